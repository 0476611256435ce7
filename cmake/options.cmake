# SPDX-License-Identifier: Apache-2.0
# Switches of the build and the flags that every target of ours gets (kalamdb_flags). Presets set the switches.

# Off in release: every program and test is then optimised anew when linked, which took four times as long as the whole
# build without it.
option(KALAMDB_LTO "Link-time optimisation" OFF)
option(KALAMDB_FAULT_POINTS "Compile KALAMDB_FAULT_POINT() in; without it they are nothing" OFF)
option(KALAMDB_HOSTILE "Absurdly small limits, so that rare paths run all the time" OFF)
option(KALAMDB_COVERAGE "Count executed lines (gcov)" OFF)
option(KALAMDB_FUZZ "Build the fuzz targets (needs clang)" OFF)
option(KALAMDB_SYSTEM_DUCKDB "Use the DuckDB of the system instead of the pinned npm parts" OFF)
option(KALAMDB_TESTS "Build the tests" ON)
set(KALAMDB_SANITIZERS "" CACHE STRING "Value of -fsanitize=, e.g. address,undefined or thread")

set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
# Executables find libduckdb.so relative to themselves, so a build folder can be moved or copied whole.
set(CMAKE_BUILD_RPATH_USE_ORIGIN ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")

# Line tables are enough for stack traces and profiles, at a third of the size of -g. A debugger session that wants
# variables uses the dev preset.
set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O2 -g1 -DNDEBUG")
set(KALAMDB_DEBUG_FLAGS "-O0 -g" CACHE STRING "Flags of the Debug configuration; presets set it")
set(CMAKE_CXX_FLAGS_DEBUG "${KALAMDB_DEBUG_FLAGS}")

add_library(kalamdb_flags INTERFACE)
target_compile_options(kalamdb_flags INTERFACE -Wall -Wextra -Wshadow -Wconversion -Werror)
target_compile_definitions(kalamdb_flags INTERFACE
  $<$<BOOL:${KALAMDB_FAULT_POINTS}>:KALAMDB_FAULT_POINTS=1>
  $<$<BOOL:${KALAMDB_HOSTILE}>:KALAMDB_HOSTILE=1>
  # Bounds checks of the standard library's containers where speed does not matter; the layout stays the same.
  $<$<CONFIG:Debug>:_GLIBCXX_ASSERTIONS>)

# Paths in the objects are relative to the checkout: no build machine's folders in the binary, shared ccache entries.
add_compile_options("-ffile-prefix-map=${CMAKE_SOURCE_DIR}/=")

if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC 12 reports a false -Wrestrict for `"literal" + std::string` at -O2 (GCC bug 105651).
  target_compile_options(kalamdb_flags INTERFACE -Wno-restrict)
  if(KALAMDB_SANITIZERS)
    # Sanitizer instrumentation hides assignments and sizes from these analyses (GCC manual, -fsanitize);
    # atomic_thread_fence is used by Boost.Asio and unknown to TSan (-Wtsan).
    target_compile_options(kalamdb_flags INTERFACE -Wno-array-bounds -Wno-maybe-uninitialized -Wno-tsan)
  endif()
elseif(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  target_compile_options(kalamdb_flags INTERFACE -Wthread-safety)
endif()

if(CMAKE_UNITY_BUILD)
  # Both are about what stands in the main file, and in a unity build that is every file of the module at once. The
  # other presets keep them on.
  target_compile_options(kalamdb_flags INTERFACE -Wno-shadow -Wno-subobject-linkage)
endif()

if(KALAMDB_LINKER)
  add_link_options("-fuse-ld=${KALAMDB_LINKER}")
endif()

if(KALAMDB_SANITIZERS)
  add_compile_options("-fsanitize=${KALAMDB_SANITIZERS}" -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options("-fsanitize=${KALAMDB_SANITIZERS}")
elseif(CMAKE_BUILD_TYPE STREQUAL "RelWithDebInfo")
  # A network server: cheap hardening stays on in what we ship.
  add_compile_options(-fstack-protector-strong -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
  add_link_options(-Wl,-z,relro,-z,now)
endif()

if(KALAMDB_COVERAGE)
  add_compile_options(--coverage)
  add_link_options(--coverage)
endif()

if(KALAMDB_LTO)
  include(CheckIPOSupported)
  check_ipo_supported()
  set(CMAKE_INTERPROCEDURAL_OPTIMIZATION ON)
endif()

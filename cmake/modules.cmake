# SPDX-License-Identifier: Apache-2.0
# How the folders under src/ and tests/ declare what is in them.
#
#   kalamdb_module(store SOURCES rocks_store.cc PUBLIC kalamdb::base kalamdb::types PRIVATE RocksDB::rocksdb)
#   kalamdb_module(sql SOURCES ... PRIVATE DuckDB::duckdb PCH <duckdb.hpp> PCH_FILES duck_*)
#   kalamdb_executable(kalam SOURCES main.cc PRIVATE kalamdb::cli)
#   kalamdb_test(store rocks_store_test snapshot_test [LIBS ...])
#   kalamdb_bench(store rocks_store_bench [LIBS ...])
#   kalamdb_fuzz(types key_codec_fuzz)
#   kalamdb_pytest(http_sql tests/http/test_sql.py [TIMEOUT 120] [LABELS slow] [SERIAL])

include(unity)

# Every .cc below src/, tests/, bench/ and fuzz/ has to be named by one of the functions.
function(kalamdb_register_files)
  foreach(file IN LISTS ARGN)
    cmake_path(ABSOLUTE_PATH file BASE_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}" NORMALIZE)
    set_property(GLOBAL APPEND PROPERTY KALAMDB_REGISTERED_FILES "${file}")
  endforeach()
endfunction()

# One library per module. Sources are listed. PCH names heavy headers of an outside library to parse once; they are put
# before the sources whose file names match PCH_FILES, and only those, because the others may not include that library.
function(kalamdb_module name)
  cmake_parse_arguments(arg "" "" "SOURCES;PUBLIC;PRIVATE;PCH;PCH_FILES" ${ARGN})
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "kalamdb_module(${name}): what is ${arg_UNPARSED_ARGUMENTS}?")
  endif()
  kalamdb_register_files(${arg_SOURCES})
  set(target "kalamdb_${name}")
  if(arg_SOURCES)
    add_library(${target} STATIC ${arg_SOURCES})
    kalamdb_group_sources(${target} ${name} ${arg_SOURCES})
    target_include_directories(${target} PUBLIC "${CMAKE_SOURCE_DIR}/src")
    target_link_libraries(${target} PUBLIC ${arg_PUBLIC} PRIVATE ${arg_PRIVATE} kalamdb_flags)
    # Macros change what headers declare: whoever includes them has to see the same ones.
    target_compile_definitions(${target}
      PUBLIC $<TARGET_PROPERTY:kalamdb_flags,INTERFACE_COMPILE_DEFINITIONS>)
    if(arg_PCH)
      target_precompile_headers(${target} PRIVATE ${arg_PCH})
      kalamdb_skip_precompiled_headers(SOURCES ${arg_SOURCES} EXCEPT ${arg_PCH_FILES})
    endif()
  else()
    add_library(${target} INTERFACE)
    target_include_directories(${target} INTERFACE "${CMAKE_SOURCE_DIR}/src")
    target_link_libraries(${target} INTERFACE ${arg_PUBLIC} ${arg_PRIVATE})
  endif()
  add_library(kalamdb::${name} ALIAS ${target})
endfunction()

function(kalamdb_skip_precompiled_headers)
  cmake_parse_arguments(arg "" "" "SOURCES;EXCEPT" ${ARGN})
  list(TRANSFORM arg_EXCEPT REPLACE "\\*" "[a-z0-9_]*")
  list(JOIN arg_EXCEPT "|" expression)
  foreach(source IN LISTS arg_SOURCES)
    cmake_path(GET source FILENAME file)
    if(NOT file MATCHES "^(${expression})\\.cc$")
      set_source_files_properties("${source}" PROPERTIES SKIP_PRECOMPILE_HEADERS ON)
    endif()
  endforeach()
endfunction()

# A program in build/<preset>/bin.
function(kalamdb_executable name)
  cmake_parse_arguments(arg "" "" "SOURCES;PRIVATE" ${ARGN})
  kalamdb_register_files(${arg_SOURCES})
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE ${arg_PRIVATE} kalamdb_flags)
endfunction()

# Time limits are for a build without sanitizers on two idle cores; with them everything takes several times as long.
function(kalamdb_test_timeout out seconds)
  if(KALAMDB_SANITIZERS)
    math(EXPR seconds "${seconds} * 5")
  endif()
  set(${out} ${seconds} PARENT_SCOPE)
endfunction()

# Variables for every test process. Suppressions are for libraries that are built without sanitizers; each line of
# those files is explained there.
function(kalamdb_test_environment out)
  set(dir "${CMAKE_SOURCE_DIR}/tools/sanitizers")
  set(${out}
    "ASAN_OPTIONS=detect_stack_use_after_return=1:strict_string_checks=1:detect_leaks=1:abort_on_error=0"
    "LSAN_OPTIONS=suppressions=${dir}/lsan.txt:print_suppressions=0"
    "UBSAN_OPTIONS=suppressions=${dir}/ubsan.txt:print_stacktrace=1"
    "TSAN_OPTIONS=suppressions=${dir}/tsan.txt:second_deadlock_stack=1:halt_on_error=1:history_size=4"
    "KALAMDB_BIN_DIR=${CMAKE_BINARY_DIR}/bin"
    "KALAMDB_SOURCE_DIR=${CMAKE_SOURCE_DIR}"
    "KALAMDB_FAULT_POINTS=${KALAMDB_FAULT_POINTS}"
    "KALAMDB_DEPS_DIR=${KALAMDB_DEPS_DIR}"
    PARENT_SCOPE)
endfunction()

# How test programs are compiled. Their own code is not worth optimising: with -O0 and GoogleTest parsed once, they take
# half the time to build; the code under test keeps the flags of the preset.
function(kalamdb_configure_test_program target)
  if(CMAKE_BUILD_TYPE STREQUAL "RelWithDebInfo")
    target_compile_options(${target} PRIVATE -O0 -U_FORTIFY_SOURCE)
  endif()
  set_target_properties(${target} PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/tests"
    UNITY_BUILD OFF
    INTERPROCEDURAL_OPTIMIZATION OFF)
  target_link_libraries(${target} PRIVATE GTest::gmock GTest::gtest_main Threads::Threads kalamdb_flags)
endfunction()

# Holds the precompiled header of all test programs. A program, because their code is compiled with -fPIE.
function(kalamdb_add_test_headers)
  set(source "${CMAKE_BINARY_DIR}/generated/test_headers.cc")
  file(CONFIGURE OUTPUT "${source}" CONTENT "int main() {}\n")
  add_executable(kalamdb_test_headers EXCLUDE_FROM_ALL "${source}")
  kalamdb_configure_test_program(kalamdb_test_headers)
  target_precompile_headers(kalamdb_test_headers PRIVATE <gmock/gmock.h> <gtest/gtest.h>)
endfunction()

# One GoogleTest program per module, made of all its test files: linking is what costs time here.
function(kalamdb_test module)
  cmake_parse_arguments(arg "" "TIMEOUT" "LIBS;LABELS" ${ARGN})
  set(sources "")
  foreach(test IN LISTS arg_UNPARSED_ARGUMENTS)
    list(APPEND sources "${CMAKE_CURRENT_SOURCE_DIR}/${test}.cc")
  endforeach()
  kalamdb_register_files(${sources})
  if(NOT KALAMDB_TESTS)
    return()
  endif()
  set(target "${module}_tests")
  if(NOT TARGET ${target})
    if(NOT TARGET kalamdb_test_headers)
      kalamdb_add_test_headers()
    endif()
    add_executable(${target} ${sources})
    kalamdb_configure_test_program(${target})
    target_precompile_headers(${target} REUSE_FROM kalamdb_test_headers)
    if(TARGET kalamdb_${module})
      target_link_libraries(${target} PRIVATE kalamdb_${module})
    endif()
    add_test(NAME ${module} COMMAND ${target} --gtest_brief=1)
    kalamdb_test_environment(environment)
    kalamdb_test_timeout(timeout 300)
    set_tests_properties(${module} PROPERTIES ENVIRONMENT "${environment}" TIMEOUT ${timeout} LABELS unit)
  else()
    target_sources(${target} PRIVATE ${sources})
  endif()
  target_link_libraries(${target} PRIVATE ${arg_LIBS})
  if(arg_TIMEOUT)
    kalamdb_test_timeout(timeout ${arg_TIMEOUT})
    set_tests_properties(${module} PROPERTIES TIMEOUT ${timeout})
  endif()
  if(arg_LABELS)
    set_property(TEST ${module} APPEND PROPERTY LABELS ${arg_LABELS})
  endif()
endfunction()

# Google Benchmark programs beside the code: build/<preset>/bench/<module>_bench.
function(kalamdb_bench module)
  cmake_parse_arguments(arg "" "" "LIBS" ${ARGN})
  set(sources "")
  foreach(bench IN LISTS arg_UNPARSED_ARGUMENTS)
    list(APPEND sources "${CMAKE_CURRENT_SOURCE_DIR}/${bench}.cc")
  endforeach()
  kalamdb_register_files(${sources})
  if(NOT benchmark_FOUND)
    return()
  endif()
  set(target "${module}_bench")
  if(NOT TARGET ${target})
    add_executable(${target} EXCLUDE_FROM_ALL ${sources})
    set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bench")
    target_link_libraries(${target} PRIVATE benchmark::benchmark_main kalamdb_flags)
    if(TARGET kalamdb_${module})
      target_link_libraries(${target} PRIVATE kalamdb_${module})
    endif()
    if(NOT TARGET micro_benches)
      add_custom_target(micro_benches)
    endif()
    add_dependencies(micro_benches ${target})
  else()
    target_sources(${target} PRIVATE ${sources})
  endif()
  target_link_libraries(${target} PRIVATE ${arg_LIBS})
endfunction()

# One libFuzzer program per entry: build/fuzz/fuzz/<name>. The corpus is fuzz/<name>/ in the tree.
function(kalamdb_fuzz module)
  cmake_parse_arguments(arg "" "" "LIBS" ${ARGN})
  foreach(name IN LISTS arg_UNPARSED_ARGUMENTS)
    kalamdb_register_files("${name}.cc")
    if(NOT KALAMDB_FUZZ)
      continue()
    endif()
    cmake_path(GET name FILENAME target)
    add_executable(${target} "${name}.cc")
    set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/fuzz")
    target_link_options(${target} PRIVATE -fsanitize=fuzzer)
    target_link_libraries(${target} PRIVATE kalamdb_flags kalamdb_${module} ${arg_LIBS})
    # As a test: every input of the corpus once, then a short run from a fixed seed.
    add_test(NAME fuzz_${target} COMMAND ${target} -seed=1 -runs=20000 -timeout=10 -rss_limit_mb=4096)
    set(corpus "${CMAKE_SOURCE_DIR}/fuzz/${target}")
    if(EXISTS "${corpus}")
      # libFuzzer adds what it finds to the first folder it is given: that one is not in the source tree.
      file(MAKE_DIRECTORY "${CMAKE_BINARY_DIR}/fuzz/found/${target}")
      set_property(TEST fuzz_${target} APPEND PROPERTY LABELS fuzz)
      add_test(NAME fuzz_${target}_corpus
        COMMAND ${target} -seed=1 -runs=20000 -timeout=10 "${CMAKE_BINARY_DIR}/fuzz/found/${target}" "${corpus}")
    endif()
  endforeach()
endfunction()

# A pytest file or folder, run with the system's Python against the binaries of this build. `path` is relative to the
# root of the source tree. SERIAL: alone on the machine, for tests that measure.
function(kalamdb_pytest name path)
  cmake_parse_arguments(arg "SERIAL" "TIMEOUT" "LABELS" ${ARGN})
  if(NOT KALAMDB_TESTS)
    return()
  endif()
  if(NOT EXISTS "${CMAKE_SOURCE_DIR}/${path}")
    message(FATAL_ERROR "kalamdb_pytest(${name}): there is no ${path}")
  endif()
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 300)
  endif()
  kalamdb_test_timeout(timeout ${arg_TIMEOUT})
  kalamdb_test_environment(environment)
  add_test(NAME ${name}
    COMMAND /usr/bin/python3 -m pytest -q -p no:cacheprovider "${CMAKE_SOURCE_DIR}/${path}"
    WORKING_DIRECTORY "${CMAKE_BINARY_DIR}")
  set_tests_properties(${name} PROPERTIES
    ENVIRONMENT "${environment};PYTHONDONTWRITEBYTECODE=1"
    TIMEOUT ${timeout}
    LABELS "${arg_LABELS}"
    RUN_SERIAL "${arg_SERIAL}")
endfunction()

# Fails on a source or test file that no CMakeLists.txt names: it would silently not be built, or not run. With
# KALAMDB_DRAFT=1 in the environment it only warns, for work in progress.
function(kalamdb_check_every_file_is_registered)
  get_property(registered GLOBAL PROPERTY KALAMDB_REGISTERED_FILES)
  file(GLOB_RECURSE found CONFIGURE_DEPENDS
    "${CMAKE_SOURCE_DIR}/src/*.cc" "${CMAKE_SOURCE_DIR}/tests/*.cc"
    "${CMAKE_SOURCE_DIR}/bench/*.cc" "${CMAKE_SOURCE_DIR}/fuzz/*.cc")
  set(missing ${found})
  list(REMOVE_ITEM missing ${registered})
  if(missing)
    list(JOIN missing "\n  " lines)
    if("$ENV{KALAMDB_DRAFT}" STREQUAL "1")
      message(WARNING "Named in no CMakeLists.txt:\n  ${lines}")
    else()
      message(FATAL_ERROR "Named in no CMakeLists.txt (KALAMDB_DRAFT=1 turns this into a warning):\n  ${lines}")
    endif()
  endif()
endfunction()

# SPDX-License-Identifier: Apache-2.0
# Every outside library as an imported target. Nothing is downloaded here: `./dev` has installed the Debian packages of
# deps/apt.txt and the npm parts of deps/package-lock.json before.
#
# Debian's own CMake packages for RocksDB and prometheus-cpp pull in the link dependencies of their static libraries
# (gflags, snappy, civetweb, curl, ...), which we do not use; so the shared libraries are found by name.

function(kalamdb_find_library target)
  cmake_parse_arguments(arg "" "HEADER;LIBRARY" "DEFINITIONS" ${ARGN})
  string(MAKE_C_IDENTIFIER "KALAMDB_${target}" id)
  find_path(${id}_INCLUDE_DIR "${arg_HEADER}" REQUIRED)
  mark_as_advanced(${id}_INCLUDE_DIR)
  if(arg_LIBRARY)
    find_library(${id}_LIBRARY "${arg_LIBRARY}" REQUIRED)
    mark_as_advanced(${id}_LIBRARY)
    add_library(${target} UNKNOWN IMPORTED GLOBAL)
    set_target_properties(${target} PROPERTIES IMPORTED_LOCATION "${${id}_LIBRARY}")
  else()
    add_library(${target} INTERFACE IMPORTED GLOBAL)
  endif()
  # Imported targets' include folders count as system ones: no warnings from them.
  set_target_properties(${target} PROPERTIES INTERFACE_INCLUDE_DIRECTORIES "${${id}_INCLUDE_DIR}")
  if(arg_DEFINITIONS)
    target_compile_definitions(${target} INTERFACE ${arg_DEFINITIONS})
  endif()
endfunction()

set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)
find_package(ZLIB REQUIRED)
find_package(OpenSSL 3.0 REQUIRED)
find_package(fmt 9.1 CONFIG REQUIRED)
find_package(spdlog 1.10 CONFIG REQUIRED)
find_package(simdjson CONFIG REQUIRED)
find_package(tomlplusplus 3.3 CONFIG REQUIRED)
find_package(CLI11 2.1 CONFIG REQUIRED)
find_package(nlohmann_json 3.11 CONFIG REQUIRED)

kalamdb_find_library(RocksDB::rocksdb HEADER rocksdb/db.h LIBRARY rocksdb)
kalamdb_find_library(Prometheus::core HEADER prometheus/registry.h LIBRARY prometheus-cpp-core)
kalamdb_find_library(Crypt::crypt HEADER crypt.h LIBRARY crypt)
kalamdb_find_library(Edit::edit HEADER histedit.h LIBRARY edit)
kalamdb_find_library(Boost::headers HEADER boost/beast.hpp)
target_link_libraries(Boost::headers INTERFACE Threads::Threads)

if(KALAMDB_TESTS)
  find_package(GTest 1.12 CONFIG REQUIRED)
endif()
find_package(benchmark 1.7 CONFIG QUIET)

include(boost_beast)
include(duckdb)

# SPDX-License-Identifier: Apache-2.0
# DuckDB::duckdb: the C++ headers of npm's `duckdb` and the shared library of `@duckdb/node-bindings-linux-x64`, both
# pinned in deps/package-lock.json to the same DuckDB version. KALAMDB_DEPS_DIR is npm's node_modules folder; the
# default is where `./dev` puts it.

if(KALAMDB_SYSTEM_DUCKDB)
  find_path(KALAMDB_DUCKDB_INCLUDE_DIR duckdb/catalog/catalog.hpp REQUIRED)
  find_library(KALAMDB_DUCKDB_LIBRARY duckdb REQUIRED)
  set(KALAMDB_DUCKDB_SOURCE_DIR "" CACHE PATH "DuckDB's sources of the same version: its Parquet headers")
  set(duckdb_library "${KALAMDB_DUCKDB_LIBRARY}")
  set(duckdb_tree "${KALAMDB_DUCKDB_SOURCE_DIR}")
  set(duckdb_include "${KALAMDB_DUCKDB_INCLUDE_DIR}")
endif()

set(lock "${CMAKE_SOURCE_DIR}/deps/package-lock.json")
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${lock}")
if(DEFINED ENV{KALAMDB_CACHE})
  set(cache "$ENV{KALAMDB_CACHE}")
else()
  set(cache "$ENV{HOME}/.cache/kalamdb")
endif()
file(SHA256 "${lock}" lock_hash)
string(SUBSTRING "${lock_hash}" 0 16 lock_hash)
# Not cached: a changed lock file has to take effect in an existing build folder.
if(NOT KALAMDB_DEPS_DIR)
  set(KALAMDB_DEPS_DIR "${cache}/npm-${lock_hash}/node_modules")
endif()

if(NOT KALAMDB_SYSTEM_DUCKDB)
  set(duckdb_tree "${KALAMDB_DEPS_DIR}/duckdb/src/duckdb")
  set(duckdb_include "${duckdb_tree}/src/include")
  set(duckdb_source "${KALAMDB_DEPS_DIR}/@duckdb/node-bindings-linux-x64/libduckdb.so")
  if(NOT EXISTS "${duckdb_source}" OR NOT EXISTS "${duckdb_include}/duckdb.hpp")
    message(FATAL_ERROR "DuckDB is not in ${KALAMDB_DEPS_DIR}: run `./dev deps`, which fetches it.")
  endif()
  # Inside the build folder, so that the folder works when moved. A hard link where the file system allows.
  set(duckdb_library "${CMAKE_BINARY_DIR}/lib/libduckdb.so")
  file(MAKE_DIRECTORY "${CMAKE_BINARY_DIR}/lib")
  file(REMOVE "${duckdb_library}")
  file(CREATE_LINK "${duckdb_source}" "${duckdb_library}" COPY_ON_ERROR)
endif()

add_library(DuckDB::duckdb SHARED IMPORTED GLOBAL)
set_target_properties(DuckDB::duckdb PROPERTIES
  IMPORTED_LOCATION "${duckdb_library}"
  IMPORTED_SONAME libduckdb.so
  INTERFACE_INCLUDE_DIRECTORIES "${duckdb_include}")

# DuckDB::parquet: the headers of its Parquet reader and writer, whose code is in the same library.
add_library(duckdb_parquet INTERFACE)
add_library(DuckDB::parquet ALIAS duckdb_parquet)
target_include_directories(duckdb_parquet SYSTEM INTERFACE
  "${duckdb_tree}/extension/parquet/include"
  "${duckdb_tree}/third_party/parquet"
  "${duckdb_tree}/third_party/thrift"
  "${duckdb_tree}/third_party/fastpforlib"
  "${duckdb_tree}/third_party/lz4"
  "${duckdb_tree}/third_party/brotli/include"
  "${duckdb_tree}/third_party/snappy"
  "${duckdb_tree}/third_party/miniz"
  "${duckdb_tree}/third_party/mbedtls/include"
  "${duckdb_tree}/third_party/zstd/include")
target_link_libraries(duckdb_parquet INTERFACE DuckDB::duckdb)

# SPDX-License-Identifier: Apache-2.0
# DuckDB::duckdb: the C++ headers of npm's `duckdb` and the shared library of `@duckdb/node-bindings-linux-x64`, both
# pinned in deps/package-lock.json to the same DuckDB version. KALAMDB_DEPS_DIR is npm's node_modules folder; the
# default is where `./dev` puts it.

if(KALAMDB_SYSTEM_DUCKDB)
  find_path(KALAMDB_DUCKDB_INCLUDE_DIR duckdb/catalog/catalog.hpp REQUIRED)
  find_library(KALAMDB_DUCKDB_LIBRARY duckdb REQUIRED)
  set(duckdb_library "${KALAMDB_DUCKDB_LIBRARY}")
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
  set(duckdb_include "${KALAMDB_DEPS_DIR}/duckdb/src/duckdb/src/include")
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

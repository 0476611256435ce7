# SPDX-License-Identifier: Apache-2.0
# The files of the SQL engine: everything in sql/ that includes DuckDB, apart from the parser.
set(KALAMDB_SQL_DUCK_SOURCES
  exec/duck_bounds.cc
  exec/duck_catalog.cc
  exec/duck_collector.cc
  exec/duck_cursor.cc
  exec/duck_database.cc
  exec/duck_engine.cc
  exec/duck_error.cc
  exec/duck_functions.cc
  exec/duck_guard.cc
  exec/duck_ids.cc
  exec/duck_operators.cc
  exec/duck_range.cc
  exec/duck_row_filter.cc
  exec/duck_rows.cc
  exec/duck_scan.cc
  exec/duck_state.cc
  exec/duck_tree.cc
  exec/duck_wrap.cc)
set(KALAMDB_SQL_DUCK_TESTS
  exec/duck_bounds_test
  exec/duck_engine_test
  exec/duck_guard_test
  exec/duck_range_test
  exec/duck_types_test)
set(KALAMDB_SQL_DUCK_BENCHES exec/duck_engine_bench)

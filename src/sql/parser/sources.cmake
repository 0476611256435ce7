# SPDX-License-Identifier: Apache-2.0
# The parser's part of module `sql`, relative to src/sql.
set(KALAMDB_SQL_PARSER_SOURCES
  parser/allowed_functions.cc
  parser/column_parser.cc
  parser/complexity.cc
  parser/create_table_parser.cc
  parser/default_parser.cc
  parser/dialect.cc
  parser/duck_direct.cc
  parser/duck_dml.cc
  parser/duck_literal.cc
  parser/duck_parse.cc
  parser/duck_security_walk.cc
  parser/duck_security_walk_expression.cc
  parser/insert_values.cc
  parser/keywords.cc
  parser/lexer.cc
  parser/own_parser.cc
  parser/parser.cc
  parser/show_parser.cc
  parser/storage_parser.cc
  parser/table_options_parser.cc
  parser/token_cursor.cc
  parser/user_parser.cc)
set(KALAMDB_SQL_PARSER_TESTS
  parser/parser_test)

# SPDX-License-Identifier: Apache-2.0
"""Stock DuckDB through the C interface of the library the server is built with: the judge of answers.

    with reference_duckdb.Database() as duckdb:
        duckdb.rows("SELECT 1, 'a', NULL")  ->  [["1", "a", None]]     every value as text
"""

import ctypes
import pathlib

import harness


class Result(ctypes.Structure):
    _fields_ = [
        ("deprecated_column_count", ctypes.c_uint64),
        ("deprecated_row_count", ctypes.c_uint64),
        ("deprecated_rows_changed", ctypes.c_uint64),
        ("deprecated_columns", ctypes.c_void_p),
        ("deprecated_error_message", ctypes.c_char_p),
        ("internal_data", ctypes.c_void_p),
    ]


def library_path():
    found = sorted(pathlib.Path(harness.BIN_DIR).parent.glob("**/libduckdb.so"))
    assert found, f"no libduckdb.so beside {harness.BIN_DIR}"
    return found[0]


class Database:
    def __init__(self):
        self.library = ctypes.CDLL(str(library_path()))
        self.library.duckdb_value_varchar.restype = ctypes.c_void_p
        self.library.duckdb_value_varchar.argtypes = [ctypes.c_void_p, ctypes.c_uint64, ctypes.c_uint64]
        self.library.duckdb_result_error.restype = ctypes.c_char_p
        self.library.duckdb_free.argtypes = [ctypes.c_void_p]
        for counter in (self.library.duckdb_column_count, self.library.duckdb_row_count):
            counter.restype = ctypes.c_uint64
        self.database = ctypes.c_void_p()
        self.connection = ctypes.c_void_p()
        assert self.library.duckdb_open(None, ctypes.byref(self.database)) == 0
        assert self.library.duckdb_connect(self.database, ctypes.byref(self.connection)) == 0
        for setting in ("integer_division = true", "default_null_order = 'postgres'", "TimeZone = 'UTC'"):
            self.rows(f"SET {setting}")

    def rows(self, sql):
        result = Result()
        pointer = ctypes.byref(result)
        try:
            code = self.library.duckdb_query(self.connection, sql.encode(), pointer)
            assert code == 0, (self.library.duckdb_result_error(pointer) or b"").decode()
            columns = self.library.duckdb_column_count(pointer)
            return [[self._text(pointer, column, row) for column in range(columns)]
                    for row in range(self.library.duckdb_row_count(pointer))]
        finally:
            self.library.duckdb_destroy_result(pointer)

    def _text(self, result, column, row):
        pointer = self.library.duckdb_value_varchar(result, column, row)
        if not pointer:
            return None
        try:
            return ctypes.string_at(pointer).decode()
        finally:
            self.library.duckdb_free(pointer)

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.library.duckdb_disconnect(ctypes.byref(self.connection))
        self.library.duckdb_close(ctypes.byref(self.database))

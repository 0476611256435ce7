# SPDX-License-Identifier: Apache-2.0
"""A few bytes of SQL cannot take the server's memory: each statement is refused, and the server stays small."""

import pytest

import harness

STATEMENTS = [
    "SELECT length(repeat('x', 1000000000))",
    "SELECT length(repeat(repeat('x', 10000), 100000))",
    "SELECT length(lpad('x', 1000000000, 'y'))",
    "SELECT length(rpad('x', 1000000000, 'y'))",
    "SELECT length(concat(repeat('x', 500000000), repeat('x', 500000000)))",
    "SELECT length(replace(repeat('x', 100000), 'x', repeat('y', 10000)))",
    "SELECT length(a || a || a || a) FROM (SELECT b || b || b || b AS a FROM (SELECT repeat('x', 30000000) AS b))",
    "SELECT max(length(repeat('x', i::INT * 1000))) FROM range(30000) t(i)",
    "SELECT len(range(300000000))",
    "SELECT len(generate_series(1, 200000000))",
    "SELECT len(list_resize([1], 300000000))",
    "SELECT length(array_to_string(range(50000000), ','))",
    "SELECT bit_count(bitstring('1', 1000000000))",
    "SELECT length(format('{:1000000000}', 1))",
    "SELECT length(printf('%1000000000d', 1))",
    "SELECT length(string_agg(repeat('x', 1000000), '')) FROM range(800)",
    "SELECT list(i) FROM range(1000000000) t(i)",
]
PEAK_BYTES_MAX = 900 * 2**20  # The engine's memory limit, 512 MiB, and the rest of the server.


@pytest.mark.parametrize("sql", STATEMENTS)
def test_statement_is_refused(server, sql):
    server.reset_peak_memory()
    status, envelope = server.try_sql(sql)
    assert status == 400, envelope
    assert envelope["error"]["code"] in ("INVALID_SQL", "SQL_EXECUTION_ERROR", "RESOURCE_EXHAUSTED")
    if not harness.is_sanitized():
        assert server.memory_bytes("VmHWM") < PEAK_BYTES_MAX
    assert server.rows("SELECT 1") == [[1]]


def test_many_joins_are_refused_before_they_are_ordered(server):
    joins = " ".join(f"JOIN system.stats t{i} ON t{i}.metric_name = t{i - 1}.metric_name" for i in range(1, 200))
    assert "joins" in server.sql_error(f"SELECT 1 FROM system.stats t0 {joins}")["message"]

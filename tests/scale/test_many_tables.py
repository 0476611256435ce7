# SPDX-License-Identifier: Apache-2.0
"""10,000 tables in one namespace: memory, CREATE TABLE throughout, restart. KALAMDB_TABLES sets how many."""

import os
import statistics
import time

import pytest

import harness

TABLES = int(os.environ.get("KALAMDB_TABLES", "10000"))


@pytest.mark.skipif(harness.is_sanitized(), reason="limits of time and memory do not apply to sanitizer builds")
def test_many_tables_in_one_namespace():
    with harness.Server() as server:
        server.sql("CREATE NAMESPACE many")
        server.sql("CREATE SHARED TABLE many.first (id BIGINT PRIMARY KEY, name TEXT)")
        before = server.memory_bytes()
        times = []
        for number in range(TABLES):
            begin = time.perf_counter()
            server.sql(f"CREATE SHARED TABLE many.t{number} (id BIGINT PRIMARY KEY, name TEXT NOT NULL, n INT DEFAULT 7)")
            times.append((time.perf_counter() - begin) * 1000)
        grown = server.memory_bytes() - before
        tail = statistics.median(times[-1000:])
        server.stop()
        begin = time.perf_counter()
        server.start()
        restart = time.perf_counter() - begin
        server.sql(f"INSERT INTO many.t{TABLES - 1} (id, name) VALUES (1, 'x')")
        assert server.rows(f"SELECT n FROM many.t{TABLES - 1} WHERE id = 1") == [[7]]
        assert server.rows("SELECT COUNT(*) FROM system.tables WHERE namespace_id = 'many'") == [[str(TABLES + 1)]]
    print(f"{TABLES} tables: {grown / 2**20:.0f} MB more, CREATE p50 {statistics.median(times):.2f} ms, "
          f"of the last 1000 {tail:.2f} ms, restart {restart:.2f} s")
    assert grown < 200 * 2**20 * TABLES / 10_000 + 20 * 2**20
    assert tail < 5
    assert restart < 3

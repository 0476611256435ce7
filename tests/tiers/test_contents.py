# SPDX-License-Identifier: Apache-2.0
"""Everything that a table can hold is the same before and after it moves into segments and through a compaction, and
every kind of statement works on rows that are there."""

import pytest

import harness
import segments

# One column of each type, and the literals that it must keep.
TYPES = {
    "flag": ("BOOLEAN", ["true", "false"]),
    "small": ("SMALLINT", ["-32768", "32767", "0"]),
    "num": ("INT", ["-2147483648", "2147483647", "0"]),
    "big": ("BIGINT", ["-9223372036854775808", "9223372036854775807", "9007199254740993"]),
    "flt": ("FLOAT", ["1.5", "-3.4028235e38", "1e-40", "-0.0"]),
    "dbl": ("DOUBLE", ["1.7976931348623157e308", "-5e-324", "0.1", "-0.0"]),
    "dec": ("DECIMAL(38,10)", ["9999999999999999999999999999.9999999999", "-0.0000000001", "12"]),
    "cents": ("DECIMAL(10,2)", ["99999999.99", "-0.01"]),
    "txt": ("TEXT", ["''", "'a'", "'zeilen\n\ttab \"quote\" ''apostrophe'''", "'日本語 ü 🎉'", "repeat('long ', 100000)", "' '"]),
    "bin": ("BYTES", ["''", "'\\x00'", "'\\x0000ff00'"]),
    "uid": ("UUID", ["'00000000-0000-0000-0000-000000000000'", "'ffffffff-ffff-ffff-ffff-ffffffffffff'"]),
    "day": ("DATE", ["'0001-01-01'", "'1969-12-31'", "'9999-12-31'"]),
    "at": ("TIMESTAMP", ["'0001-01-01 00:00:00'", "'9999-12-31 23:59:59.999999'", "'1969-12-31 23:59:59.999999'"]),
    "moment": ("DATETIME", ["'2026-05-01 12:00:00+02'", "'1960-01-01 00:00:00'"]),
    "clock": ("TIME", ["'00:00:00'", "'23:59:59.999999'"]),
    "doc": ("JSON", ["'{\"a\": [1, 2.5, null, \"x\"], \"b\": {}}'", "'[]'", "'\"text\"'"]),
    "vec": ("EMBEDDING(3)", ["'[0.1, -2, 3e10]'", "'[0, 0, 0]'"]),
}
KEY_TYPES = [("BIGINT", ["-9223372036854775808", "-1", "0", "9223372036854775807"]), ("INT", ["-5", "5"]),
             ("SMALLINT", ["-32768", "7"]), ("TEXT", ["''", "'a'", "'ab'", "'z/../ü'"]), ("BOOLEAN", ["false", "true"]),
             ("DATE", ["'0001-01-01'", "'2026-01-01'"]), ("TIMESTAMP", ["'1969-12-31 23:59:59.999999'", "'2026-01-01 00:00:00'"]),
             ("UUID", ["'00000000-0000-4000-8000-000000000001'", "'ffffffff-0000-4000-8000-000000000001'"]),
             ("BYTES", ["'\\x00'", "'\\x01'", "'\\xff'"])]


def both_paths(server, sql):
    """The rows of a query with a WHERE clause, read by key or range and by the engine; they must be the same."""
    direct = server.rows(sql)
    engine = server.rows(sql.replace(" WHERE ", " WHERE (SELECT true) AND ", 1))
    assert sorted(map(str, direct)) == sorted(map(str, engine)), sql
    return direct


@pytest.fixture(scope="module")
def types(shared_server):
    """A table with a row for each literal of each type."""
    server = shared_server
    server.sql("CREATE NAMESPACE t")
    columns = ", ".join(f'"{name}" {kind}' for name, (kind, _) in TYPES.items())
    server.sql(f"CREATE SHARED TABLE t.every (id BIGINT PRIMARY KEY, {columns})")
    server.sql("INSERT INTO t.every (id) VALUES (1000)")
    key = 0
    for name, (_, literals) in TYPES.items():
        for literal in literals:
            status, envelope = server.try_sql(f'INSERT INTO t.every (id, "{name}") VALUES ({key}, {literal})')
            assert status == 200, (name, literal, envelope["error"])
            key += 1
    return server, list(TYPES)


def test_every_type_through_flush_and_compaction(types):
    server, names = types
    queries = ["SELECT * FROM t.every WHERE id >= 0 ORDER BY id", "SELECT _seq, _updated, id FROM t.every WHERE id < 2000"]
    queries += [f'SELECT id FROM t.every WHERE "{name}" IS NOT NULL' for name in names]
    queries += [f'SELECT id, "{name}" FROM t.every WHERE "{name}" = {TYPES[name][1][0]} ORDER BY id' for name in names
                if name not in ("doc", "vec", "flt")]
    queries += [f'SELECT MIN("{name}"), MAX("{name}"), COUNT("{name}"), COUNT(DISTINCT "{name}") FROM t.every WHERE id >= 0'
                for name in names if name not in ("doc", "vec", "bin", "flag")]
    before = {sql: both_paths(server, sql) for sql in queries}
    assert len(before[queries[0]]) > 40
    segments.flush(server, "t.every")
    for sql in queries:
        assert both_paths(server, sql) == before[sql], sql
    server.sql("DELETE FROM t.every WHERE id = 1000")
    segments.flush(server, "t.every")
    segments.compact(server, "t.every")
    for sql in queries[:2]:
        expected = [row for row in before[sql] if "1000" not in (row[0], row[-1])]
        assert both_paths(server, sql) == expected, sql
    segments.wait_until_tidy(server)
    server.kill()
    server.start()
    assert [row for row in before[queries[0]] if row[0] != "1000"] == both_paths(server, queries[0])


def test_bytes_keep_zeroes(types):
    server, _ = types
    found = server.rows("SELECT bin FROM t.every WHERE bin IS NOT NULL ORDER BY id")
    assert found == [[[]], [[0]], [[0, 0, 255, 0]]]


@pytest.mark.parametrize("kind,literals", KEY_TYPES, ids=[kind for kind, _ in KEY_TYPES])
def test_statements_on_cold_rows_by_key(server, kind, literals):
    server.sql("CREATE NAMESPACE IF NOT EXISTS k")
    table = f"k.of_{kind.lower()}"
    server.sql(f"CREATE SHARED TABLE {table} (k {kind}, part INT, body TEXT, PRIMARY KEY (k, part))")
    for part in (1, -1):
        for literal in literals:
            server.sql(f"INSERT INTO {table} VALUES ({literal}, {part}, 'first')")

    def check(expected):
        for literal in literals:
            for part in (1, -1):
                assert both_paths(server, f"SELECT body FROM {table} WHERE k = {literal} AND part = {part}") == [[expected]]
        ordered = server.rows(f"SELECT k, part FROM {table} ORDER BY k, part")
        assert len(ordered) == 2 * len(literals)
        assert ordered == server.rows(f"SELECT k, part FROM {table} WHERE (SELECT true) ORDER BY k, part")
        some = f"({literals[0]}, {literals[-1]})"
        assert len(both_paths(server, f"SELECT k FROM {table} WHERE k IN {some}")) == 4
        assert len(both_paths(server, f"SELECT k FROM {table} WHERE k > {literals[0]}")) == 2 * len(literals) - 2
        assert server.rows(f"SELECT COUNT(*) FROM {table} WHERE body = '{expected}'") == [[str(2 * len(literals))]]

    check("first")
    segments.flush(server, table)
    check("first")
    first = literals[0]
    error = server.sql_error(f"INSERT INTO {table} VALUES ({first}, 1, 'again')")
    assert "already exists" in error["message"], error
    answer = server.sql(f"UPDATE {table} SET body = 'second' WHERE k = {first} AND part = 1 RETURNING body, part")["results"][0]
    assert answer["rows"] == [["second", 1]]
    server.sql(f"INSERT INTO {table} VALUES ({first}, -1, 'x') ON CONFLICT (k, part) DO UPDATE SET body = 'second'")
    server.sql(f"BEGIN; UPDATE {table} SET body = 'never' WHERE part = 1; ROLLBACK")
    server.sql(f"BEGIN; UPDATE {table} SET body = 'second' WHERE body = 'first'; COMMIT")
    check("second")
    segments.flush(server, table)
    segments.compact(server, table)
    check("second")
    answer = server.sql(f"DELETE FROM {table} WHERE k = {first} AND part = 1 RETURNING body")["results"][0]
    assert answer["rows"] == [["second"]]
    assert both_paths(server, f"SELECT body FROM {table} WHERE k = {first} AND part = 1") == []
    assert both_paths(server, f"SELECT _deleted FROM {table} WHERE k = {first} AND part = 1 AND _deleted = true") == [[True]]
    segments.flush(server, table)
    assert both_paths(server, f"SELECT _deleted FROM {table} WHERE k = {first} AND part = 1 AND _deleted = true") == [[True]]
    server.sql(f"INSERT INTO {table} VALUES ({first}, 1, 'second')")
    check("second")


def test_seq_and_updated_filters(server):
    server.sql("CREATE NAMESPACE IF NOT EXISTS k; CREATE SHARED TABLE k.seqs (id BIGINT PRIMARY KEY, body TEXT)")
    for first in (0, 100, 200):
        server.sql(f"INSERT INTO k.seqs SELECT {first} + i, 'x' FROM generate_series(0, 49) AS g(i)")
        if first < 200:
            segments.flush(server, "k.seqs")
    seqs = {int(key): int(seq) for key, seq in server.rows("SELECT id, _seq FROM k.seqs")}
    for key in (0, 25, 49, 120, 200, 249):
        expected = sorted(other for other, seq in seqs.items() if seq > seqs[key])
        found = both_paths(server, f"SELECT id FROM k.seqs WHERE _seq > {seqs[key]}")
        assert sorted(int(row[0]) for row in found) == expected
        found = both_paths(server, f"SELECT id FROM k.seqs WHERE _seq = {seqs[key]}")
        assert found == [[str(key)]]
    assert server.rows("SELECT COUNT(*) FROM k.seqs WHERE _updated <= NOW()") == [["150"]]
    last = server.rows("SELECT id FROM k.seqs ORDER BY _seq DESC LIMIT 60")
    assert [int(row[0]) for row in last] == sorted(seqs, key=seqs.get, reverse=True)[:60]

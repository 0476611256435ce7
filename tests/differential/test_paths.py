# SPDX-License-Identifier: Apache-2.0
"""The direct path and the engine give the same answers: random statements run both ways. So do a table that stays hot
and one that is flushed and compacted now and then.

`AND (SELECT true)` makes no difference to a WHERE clause but its path: subqueries are the engine's. KALAMDB_SEED
repeats a run, KALAMDB_STATEMENTS sets how many (default 1500, and a quarter of it for the two tiers).
"""

import json
import os
import random
import time

import harness
import segments

SEED = int(os.environ.get("KALAMDB_SEED", str(time.time_ns() % 1_000_000)))
STATEMENTS = int(os.environ.get("KALAMDB_STATEMENTS", "1500"))
COLUMNS = {
    "id": "BIGINT PRIMARY KEY", "small": "SMALLINT", "num": "INT", "big": "BIGINT", "dbl": "DOUBLE", "dec": "DECIMAL(10,2)",
    "txt": "TEXT", "flag": "BOOLEAN", "day": "DATE", "at": "TIMESTAMP", "clock": "TIME", "uid": "UUID",
}
OPERATORS = ["=", "<>", "<", "<=", ">", ">="]
ENGINE = " AND (SELECT true)"


class Generator:
    def __init__(self, seed):
        self.rng = random.Random(seed)

    def literal(self, column):
        rng = self.rng
        if rng.random() < 0.06:
            return "NULL"
        if column in ("id", "num", "small", "big"):
            number = rng.choice([rng.randrange(-5, 60), rng.randrange(-40000, 40000)])
            if column == "small":
                number = max(-32768, min(32767, number))
            if column == "big" and rng.random() < 0.3:
                number = rng.choice([9007199254740993, -9223372036854775807, 9223372036854775807])
            return str(number)
        if column == "dbl":
            return rng.choice(["0.5", "-1.25", "3", "1e3", "0", "-0.0", str(rng.randrange(20))])
        if column == "dec":
            return rng.choice(["1.5", "-0.50", "12", "0.01", "99999999.99", str(rng.randrange(20))])
        if column == "txt":
            return "'" + rng.choice(["", "a", "b", "ab", "B", "z''z", "ü", "日本", "10", "9", " a"]) + "'"
        if column == "flag":
            return rng.choice(["true", "false"])
        if column == "day":
            return f"'20{rng.randrange(20, 30)}-0{rng.randrange(1, 10)}-1{rng.randrange(10)}'"
        if column == "at":
            return f"'2026-05-0{rng.randrange(1, 5)} 1{rng.randrange(10)}:00:00{rng.choice(['', '.5', '.000001'])}'"
        if column == "clock":
            return f"'1{rng.randrange(10)}:30:00'"
        return f"'00000000-0000-4000-8000-00000000000{rng.randrange(10)}'"

    def foreign_literal(self, column):
        """A constant of another type than the column's, where both paths must still agree."""
        if column in ("num", "big", "small", "id"):
            return self.rng.choice(["3.5", "7.0", "'12'", "2e1"])
        if column == "dbl":
            return self.rng.choice(["1.25", "'0.5'", "9007199254740993"])
        if column == "dec":
            return self.rng.choice(["1.505", "'1.50'", "1e1"])
        return self.literal(column)

    def predicate(self):
        rng = self.rng
        column = rng.choice(list(COLUMNS))
        literal = self.foreign_literal if rng.random() < 0.15 else self.literal
        shape = rng.random()
        if shape < 0.12:
            return f'"{column}" IS {rng.choice(["", "NOT "])}NULL'
        if shape < 0.3:
            return f'"{column}" IN ({", ".join(literal(column) for _ in range(rng.randrange(1, 5)))})'
        if shape < 0.4:
            return f'"{column}" BETWEEN {literal(column)} AND {literal(column)}'
        if shape < 0.5:
            return f'{literal(column)} {rng.choice(OPERATORS)} "{column}"'
        return f'"{column}" {rng.choice(OPERATORS)} {literal(column)}'

    def where(self):
        clause = " AND ".join(self.predicate() for _ in range(self.rng.choice([1, 1, 1, 2, 2, 3])))
        if self.rng.random() < 0.08:
            clause += " AND _deleted = " + self.rng.choice(["true", "false"])
        return clause

    def row(self, key):
        return "(" + ", ".join(str(key) if c == "id" else self.literal(c) for c in COLUMNS) + ")"


def answer(server, sql):
    status, envelope = server.try_sql(sql, namespace="diff")
    if status != 200:
        return "error"
    return sorted(json.dumps(row) for row in envelope["results"][0]["rows"])


def contents(server, table):
    names = ", ".join(f'"{column}"' for column in COLUMNS)
    return server.rows(f"SELECT {names} FROM {table} ORDER BY id", namespace="diff")


def test_same_answers_on_both_paths():
    print(f"KALAMDB_SEED={SEED} KALAMDB_STATEMENTS={STATEMENTS}")
    make = Generator(SEED)
    counts = {"select": 0, "update": 0, "delete": 0, "rows": 0}
    with harness.Server() as server:
        server.sql("CREATE NAMESPACE diff")
        columns = ", ".join(f'"{name}" {kind}' for name, kind in COLUMNS.items())
        for table in ("left_t", "right_t"):
            server.sql(f"CREATE SHARED TABLE diff.{table} ({columns})")
        next_key = 0
        names = ", ".join(f'"{column}"' for column in COLUMNS)
        for step in range(STATEMENTS):
            if step % 50 == 0:
                values = ", ".join(make.row(key) for key in range(next_key, next_key + 12))
                next_key += 12
                for table in ("left_t", "right_t"):
                    server.sql(f"INSERT INTO diff.{table} ({names}) VALUES {values}")
            where = make.where()
            kind = make.rng.random()
            if kind < 0.75:
                counts["select"] += 1
                direct = answer(server, f"SELECT {names} FROM left_t WHERE {where}")
                engine = answer(server, f"SELECT {names} FROM left_t WHERE {where}{ENGINE}")
                assert direct == engine, f"seed {SEED} step {step}: {where}\n direct {direct}\n engine {engine}"
                counts["rows"] += len(direct)
                continue
            if kind < 0.92:
                counts["update"] += 1
                column = make.rng.choice([c for c in COLUMNS if c != "id"])
                change = f'UPDATE {{}} SET "{column}" = {make.literal(column)} WHERE {where}'
            else:
                counts["delete"] += 1
                where += f" AND id < {next_key - 6}"
                change = f"DELETE FROM {{}} WHERE {where}"
            direct = server.try_sql(change.format("left_t"), namespace="diff")
            engine = server.try_sql(change.format("right_t") + ENGINE, namespace="diff")
            assert direct[0] == engine[0], f"seed {SEED} step {step}: {change}\n{direct}\n{engine}"
            if direct[0] == 200:
                assert direct[1]["results"][0]["row_count"] == engine[1]["results"][0]["row_count"], \
                    f"seed {SEED} step {step}: {change}"
            left, right = contents(server, "left_t"), contents(server, "right_t")
            assert left == right, f"seed {SEED} step {step}: {change}"
    print(f"seed {SEED}: {counts}")
    assert counts["rows"] > 0


def make_change(make, next_key):
    """A random statement that changes rows of the table {}, with what it returns."""
    kind = make.rng.random()
    column = make.rng.choice([c for c in COLUMNS if c != "id"])
    where = f"id = {make.rng.randrange(next_key)}" if make.rng.random() < 0.3 else make.where()
    if kind < 0.5:
        return f'UPDATE {{}} SET "{column}" = {make.literal(column)} WHERE {where} RETURNING id, "{column}"'
    if kind < 0.65:
        return f"DELETE FROM {{}} WHERE {where} AND id < {next_key - 6} RETURNING id"
    names = ", ".join(f'"{c}"' for c in COLUMNS)
    insert = f"INSERT INTO {{}} ({names}) VALUES {make.row(make.rng.randrange(next_key))}"
    if kind < 0.75:
        return insert  # Fails when the key is there.
    if kind < 0.85:
        return insert + f' ON CONFLICT (id) DO UPDATE SET "{column}" = EXCLUDED."{column}"'
    if kind < 0.9:
        return insert + " ON CONFLICT (id) DO NOTHING"
    key = make.rng.randrange(next_key)
    return (f'BEGIN; UPDATE {{0}} SET "{column}" = {make.literal(column)} WHERE id = {key}; DELETE FROM {{0}} WHERE id = {key + 1};'
            f" SELECT COUNT(*) FROM {{0}}; {make.rng.choice(['COMMIT', 'ROLLBACK'])}")


def make_query(make, next_key):
    """A random query of the table {}."""
    names = ", ".join(f'"{column}"' for column in COLUMNS)
    column = make.rng.choice(list(COLUMNS))
    shape = make.rng.randrange(8)
    if shape == 0:
        return f"SELECT {names} FROM {{}} WHERE id = {make.rng.randrange(next_key)}"
    if shape == 1:
        return f"SELECT {names} FROM {{}} WHERE id > {make.rng.randrange(next_key)} ORDER BY id LIMIT 7"
    if shape == 2:
        return f"SELECT {names} FROM {{}} WHERE id IN ({', '.join(str(make.rng.randrange(next_key)) for _ in range(5))})"
    if shape == 3:
        return f'SELECT COUNT(*), COUNT("{column}"), MIN("{column}"), MAX("{column}") FROM {{}} WHERE {make.where()}'
    if shape == 4:
        return f"SELECT id, _deleted FROM {{}} WHERE _deleted = {make.rng.choice(['true', 'false'])}"
    if shape == 5:
        return f'SELECT "{column}", COUNT(*) FROM {{}} WHERE id < {make.rng.randrange(next_key)} GROUP BY "{column}"'
    if shape == 6:
        return f"SELECT {names} FROM {{}} ORDER BY id DESC LIMIT 9"
    return f"SELECT {names} FROM {{}} WHERE {make.where()}"


def test_same_answers_hot_and_cold():
    steps = STATEMENTS // 4
    print(f"KALAMDB_SEED={SEED} statements: {steps}")
    make = Generator(SEED)
    counts = {"select": 0, "change": 0, "rows": 0, "flush": 0, "compact": 0}
    with harness.Server() as server:
        server.sql("CREATE NAMESPACE diff")
        columns = ", ".join(f'"{name}" {kind}' for name, kind in COLUMNS.items())
        names = ", ".join(f'"{column}"' for column in COLUMNS)
        for table in ("hot_t", "cold_t"):
            server.sql(f"CREATE SHARED TABLE diff.{table} ({columns})")
        next_key = 0
        for step in range(steps):
            if step % 25 == 0:
                values = ", ".join(make.row(key) for key in range(next_key, next_key + 12))
                next_key += 12
                for table in ("hot_t", "cold_t"):
                    server.sql(f"INSERT INTO diff.{table} ({names}) VALUES {values}")
            kind = make.rng.random()
            if kind < 0.07:
                counts["flush"] += 1
                segments.flush(server, "diff.cold_t")
            elif kind < 0.1:
                counts["compact"] += 1
                segments.compact(server, "diff.cold_t")
            elif kind < 0.65:
                counts["select"] += 1
                sql = make_query(make, next_key)
                hot, cold = (answer(server, sql.format(table)) for table in ("hot_t", "cold_t"))
                assert hot == cold, f"seed {SEED} step {step}: {sql}\n hot  {hot}\n cold {cold}"
                counts["rows"] += len(hot)
            else:
                counts["change"] += 1
                sql = make_change(make, next_key)
                hot, cold = (server.try_sql(sql.format(table), namespace="diff") for table in ("hot_t", "cold_t"))
                outcome = [(status, [(sorted(map(str, result.get("rows") or [])), result.get("row_count"))
                                     for result in envelope["results"]]) for status, envelope in (hot, cold)]
                assert outcome[0] == outcome[1], f"seed {SEED} step {step}: {sql}\n hot  {hot}\n cold {cold}"
                assert contents(server, "hot_t") == contents(server, "cold_t"), f"seed {SEED} step {step}: {sql}"
    print(f"seed {SEED}: {counts}")
    assert counts["rows"] > 0 and counts["flush"] > 0

# SPDX-License-Identifier: Apache-2.0
"""Flushes and compactions at the same time as each other, as DROP and CREATE TABLE, as writers, as slow readers."""

import contextlib
import json
import os
import random
import threading
import time

import harness
import segments

SECONDS = float(os.environ.get("KALAMDB_SECONDS", "4"))
SEED = int(os.environ.get("KALAMDB_SEED", str(time.time_ns() % 1_000_000)))


class Client:
    """A connection of its own; a Server has one for all its callers."""

    def __init__(self, server):
        self.client = harness.Server(directory=server.directory, start=False)
        self.client.host, self.client.port = server.host, server.port
        self.client._tokens = dict(server._tokens)

    def __getattr__(self, name):
        return getattr(self.client, name)


def run_all(works):
    """Runs the functions in threads of their own; the first error of one is raised here."""
    errors = []

    def guarded(work):
        try:
            work()
        except BaseException as error:  # pylint: disable=broad-except
            errors.append(error)

    threads = [threading.Thread(target=guarded, args=(work,), daemon=True) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
        assert not thread.is_alive(), "a thread hangs"
    if errors:
        raise errors[0]


def maintain(server, tables, deadline, seed):
    rng = random.Random(seed)
    client = Client(server)
    while time.monotonic() < deadline:
        verb = rng.choice(["FLUSH", "FLUSH", "COMPACT"])
        status, envelope = client.try_sql(f"STORAGE {verb} TABLE {rng.choice(tables)}")
        if status != 200:
            message = envelope["error"]["message"]
            assert "already queued or running" in message or "not found" in message.lower(), message
        threading.Event().wait(rng.random() * 0.02)


def jobs_end(server):
    """Waits for all jobs and returns those that failed."""
    harness.wait_for(lambda: not server.rows("SELECT job_id FROM system.jobs WHERE status NOT IN "
                                             "('completed', 'skipped', 'failed', 'cancelled')"), "the end of all jobs")
    return server.rows("SELECT job_id, message FROM system.jobs WHERE status = 'failed'")


def test_two_flushes_at_once():
    with harness.Server() as server:
        server.sql("CREATE NAMESPACE t; CREATE SHARED TABLE t.rows (id BIGINT PRIMARY KEY, body TEXT)")
        for turn in range(5):
            first = 1000 * turn
            server.sql(f"INSERT INTO t.rows SELECT {first} + i, 'x' FROM generate_series(0, 999) AS g(i)")
            run_all([lambda: segments.flush(Client(server), "t.rows")] * 2 + [lambda: segments.compact(Client(server), "t.rows")])
            assert server.rows("SELECT COUNT(*), COUNT(DISTINCT id) FROM t.rows") == [[str(first + 1000)] * 2]
        segments.wait_until_tidy(server)


class KeyWriter:
    """Changes keys of its own in every way there is and compares each answer with a model."""

    def __init__(self, server, number, deadline, seed):
        self.client, self.number, self.deadline = Client(server), number, deadline
        self.rng = random.Random(seed)
        self.rows = {}
        self.keys = range(number * 1000, number * 1000 + 40)

    def run(self):
        steps = [self.insert, self.update, self.delete, self.upsert, self.transaction, self.rollback, self.read, self.read_range]
        while time.monotonic() < self.deadline:
            self.rng.choice(steps)()

    def text(self):
        return f"v{self.rng.randrange(10**9)}"

    def insert(self):
        key, text = self.rng.choice(self.keys), self.text()
        status, envelope = self.client.try_sql(f"INSERT INTO t.rows VALUES ({key}, '{text}')")
        assert (status == 200) == (key not in self.rows), (key, self.rows.get(key), envelope)
        self.rows.setdefault(key, text)

    def update(self):
        key, text = self.rng.choice(self.keys), self.text()
        answer = self.client.sql(f"UPDATE t.rows SET body = '{text}' WHERE id = {key} RETURNING id, body")["results"][0]
        assert answer["rows"] == ([[str(key), text]] if key in self.rows else []), answer
        if key in self.rows:
            self.rows[key] = text

    def delete(self):
        low = self.rng.choice(self.keys)
        gone = [key for key in self.rows if low <= key < low + 3]
        answer = self.client.sql(f"DELETE FROM t.rows WHERE id >= {low} AND id < {low + 3} AND id < {self.keys.stop}")
        assert answer["results"][0]["row_count"] == len(gone), (answer, gone)
        for key in gone:
            del self.rows[key]

    def upsert(self):
        key, text = self.rng.choice(self.keys), self.text()
        self.client.sql(f"INSERT INTO t.rows VALUES ({key}, '{text}') ON CONFLICT (id) DO UPDATE SET body = EXCLUDED.body")
        self.rows[key] = text

    def transaction(self):
        keys, text = self.rng.sample(self.keys, 3), self.text()
        changes = "; ".join(f"UPDATE t.rows SET body = '{text}' WHERE id = {key}" for key in keys)
        self.client.sql(f"BEGIN; {changes}; COMMIT")
        self.rows |= {key: text for key in keys if key in self.rows}

    def rollback(self):
        self.client.sql(f"BEGIN; DELETE FROM t.rows WHERE id = {self.rng.choice(self.keys)}; ROLLBACK")

    def read(self):
        key = self.rng.choice(self.keys)
        rows = self.client.rows(f"SELECT body FROM t.rows WHERE id = {key}")
        assert rows == ([[self.rows[key]]] if key in self.rows else []), (key, rows, self.rows.get(key))

    def read_range(self):
        engine = self.rng.choice(["", " AND (SELECT true)"])
        rows = self.client.rows(f"SELECT id, body FROM t.rows WHERE id >= {self.keys.start} AND id < {self.keys.stop}{engine}")
        assert sorted((int(key), body) for key, body in rows) == sorted(self.rows.items()), engine


def test_writers_and_maintenance():
    print(f"KALAMDB_SEED={SEED} KALAMDB_SECONDS={SECONDS}")
    with harness.Server() as server:
        server.login()
        server.sql("CREATE NAMESPACE t; CREATE SHARED TABLE t.rows (id BIGINT PRIMARY KEY, body TEXT) WITH (FLUSH_POLICY = 'rows:60');"
                   "CREATE SHARED TABLE t.counter (id BIGINT PRIMARY KEY, n BIGINT); INSERT INTO t.counter VALUES (1, 0)")
        deadline = time.monotonic() + SECONDS
        writers = [KeyWriter(server, number, deadline, SEED + number) for number in range(4)]
        added = []

        def add_up():
            client = Client(server)
            while time.monotonic() < deadline:
                client.sql("UPDATE t.counter SET n = n + 1 WHERE id = 1")
                added.append(1)

        run_all([writer.run for writer in writers] + [add_up] * 2 +
                [lambda: maintain(server, ["t.rows", "t.counter"], deadline, SEED)] * 2)
        assert not jobs_end(server)
        rows = {int(key): body for key, body in server.rows("SELECT id, body FROM t.rows")}
        assert rows == {key: body for writer in writers for key, body in writer.rows.items()}
        assert server.rows("SELECT n FROM t.counter") == [[str(len(added))]]
        for table in ("t.rows", "t.counter"):
            segments.flush(server, table)
        segments.wait_until_tidy(server)


def test_drop_and_create_again():
    print(f"KALAMDB_SEED={SEED} KALAMDB_SECONDS={SECONDS}")
    with harness.Server(settings={"jobs.retry_backoff_ms": 20}) as server:
        server.login()
        server.sql("CREATE NAMESPACE t")
        deadline = time.monotonic() + SECONDS
        rng = random.Random(SEED)

        def drop_and_create():
            client = Client(server)
            turn = 0
            while time.monotonic() < deadline:
                turn += 1
                client.sql("CREATE SHARED TABLE t.rows (id BIGINT PRIMARY KEY, body TEXT) WITH (FLUSH_POLICY = 'rows:40')")
                assert client.rows("SELECT COUNT(*) FROM t.rows") == [["0"]]
                rows = 0
                for _ in range(rng.randrange(6)):
                    client.sql(f"INSERT INTO t.rows SELECT {rows} + i, 'turn {turn}' FROM generate_series(1, 30) AS g(i)")
                    rows += 30
                    found = client.rows("SELECT COUNT(*), COUNT(DISTINCT body), COUNT(DISTINCT id) FROM t.rows")
                    assert found == [[str(rows), "1", str(rows)]]
                    threading.Event().wait(rng.random() * 0.02)
                client.sql("DROP TABLE t.rows")

        run_all([drop_and_create] + [lambda: maintain(server, ["t.rows"], deadline, SEED)] * 2)
        assert not jobs_end(server)
        harness.wait_for(lambda: not segments.files(server), "the files of dropped tables to go")
        server.sql("CREATE SHARED TABLE t.rows (id BIGINT PRIMARY KEY, body TEXT); INSERT INTO t.rows VALUES (1, 'last')")
        segments.flush(server, "t.rows")
        threading.Event().wait(1.2)  # Two sweeps.
        segments.wait_until_tidy(server)
        assert len(segments.files(server)) == 1
        assert server.rows("SELECT body FROM t.rows") == [["last"]]
        server.restart()
        assert server.rows("SELECT body FROM t.rows") == [["last"]]


def test_a_slow_reader_across_three_compactions():
    rows = 100_000
    with harness.Server() as server:
        server.sql("CREATE NAMESPACE t; CREATE SHARED TABLE t.rows (id BIGINT PRIMARY KEY, body TEXT)")
        server.sql(f"INSERT INTO t.rows SELECT i, 'the first text of row number ' || i FROM generate_series(1, {rows}) AS g(i)")
        segments.flush(server, "t.rows")
        before = segments.files(server)
        body = json.dumps({"sql": "SELECT id, body FROM t.rows"})
        with contextlib.closing(server.raw(timeout=60, receive_buffer_bytes=4096)) as raw:
            raw.send(f"POST /v1/api/sql HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {server.login()}\r\n"
                     f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}")
            assert raw.read_head()[0] == 200
            for turn in range(3):
                server.sql(f"UPDATE t.rows SET body = 'new' WHERE id % 1000 = {turn}; DELETE FROM t.rows WHERE id % 500 = {turn + 10}")
                segments.flush(server, "t.rows")
                segments.compact(server, "t.rows")
            assert before <= segments.files(server), "files that a reader needs"
            answer = bytearray()
            while chunk := raw.read_chunk():
                answer += chunk
        result = json.loads(answer)["results"][0]["rows"]
        assert sorted(int(key) for key, _ in result) == list(range(1, rows + 1))
        assert all(text == f"the first text of row number {key}" for key, text in result)
        segments.wait_until_tidy(server)
        assert not before & segments.files(server)
        assert server.rows("SELECT COUNT(*) FROM t.rows") == [[str(rows - 3 * (rows // 500))]]
        assert server.rows("SELECT COUNT(*) FROM t.rows WHERE body = 'new'") == [[str(3 * (rows // 1000))]]

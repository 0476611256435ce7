# SPDX-License-Identifier: Apache-2.0
"""kill -9 under a write load: every acknowledged row is there after the restart, every other one whole or absent.

KALAMDB_KILLS sets how often (default 10; 50 for the full run), KALAMDB_SEED repeats a run.
"""

import http.client
import json
import os
import random
import threading
import time

import harness

KILLS = int(os.environ.get("KALAMDB_KILLS", "10"))
SEED = int(os.environ.get("KALAMDB_SEED", str(time.time_ns() % 1_000_000)))
WRITERS = 8
ROWS_PER_BATCH = 5


class Writer(threading.Thread):
    """Inserts, updates and deletes rows of its own until the server dies, and remembers what was acknowledged."""

    def __init__(self, server, number, token, state, seed):
        super().__init__(daemon=True)
        self.server, self.number, self.token = server, number, token
        self.state = state  # key -> text of the last acknowledged version
        self.pending = {}  # key -> versions that may or may not have been written; None is "absent"
        self.rng = random.Random(seed)

    def run(self):
        connection = http.client.HTTPConnection(self.server.host, self.server.port, timeout=30)
        try:
            while True:
                self.step(connection)
        except (OSError, http.client.HTTPException):
            pass  # Killed.

    def send(self, connection, sql, changes):
        """Sends one statement; `changes` says what it makes of which keys."""
        self.pending = changes
        connection.request("POST", "/v1/api/sql", json.dumps({"sql": sql}),
                           {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"})
        answer = connection.getresponse()
        body = answer.read()
        assert answer.status == 200, body
        self.pending = {}
        for key, text in changes.items():
            if text is None:
                self.state.pop(key, None)
            else:
                self.state[key] = text

    def step(self, connection):
        base = self.number * 10_000_000
        choice = self.rng.random()
        if choice < 0.5 or not self.state:
            first = base + self.rng.randrange(9_000_000)
            keys = [key for key in range(first, first + ROWS_PER_BATCH) if key not in self.state]
            changes = {key: f"insert {key} {self.rng.random()}" for key in keys}
            values = ", ".join(f"({key}, '{text}')" for key, text in changes.items())
            self.send(connection, f"INSERT INTO crash.rows (id, body) VALUES {values}", changes)
        elif choice < 0.8:
            key = self.rng.choice(list(self.state))
            text = f"update {key} {self.rng.random()}"
            self.send(connection, f"UPDATE crash.rows SET body = '{text}' WHERE id = {key}", {key: text})
        else:
            keys = self.rng.sample(list(self.state), min(3, len(self.state)))
            statements = "; ".join(f"DELETE FROM crash.rows WHERE id = {key}" for key in keys)
            self.send(connection, f"BEGIN; {statements}; COMMIT", dict.fromkeys(keys))


def check(stored, writer):
    """Compares what is stored with what one writer was told; makes the writer's state what is stored."""
    mine = {key: text for key, text in stored.items() if key // 10_000_000 == writer.number}
    before = {key: writer.state.get(key) for key in writer.pending}
    outcomes = {key: mine.get(key) for key in writer.pending}
    assert outcomes in (before, writer.pending), f"half a statement: {outcomes}, neither {before} nor {writer.pending}"
    certain = {key: text for key, text in writer.state.items() if key not in writer.pending}
    found = {key: text for key, text in mine.items() if key not in writer.pending}
    missing = {key: text for key, text in certain.items() if found.get(key) != text}
    assert not missing, f"{len(missing)} acknowledged rows are missing or old, such as {list(missing.items())[:3]}"
    assert found == certain, "rows that nobody was told of"
    writer.state.clear()
    writer.state.update(mine)


def test_acknowledged_writes_survive_kill():
    print(f"KALAMDB_SEED={SEED} KALAMDB_KILLS={KILLS}")
    rng = random.Random(SEED)
    states = [{} for _ in range(WRITERS)]
    acknowledged = 0
    with harness.Server() as server:
        server.sql("CREATE NAMESPACE crash")
        server.sql("CREATE SHARED TABLE crash.rows (id BIGINT PRIMARY KEY, body TEXT NOT NULL)")
        for kill in range(KILLS):
            token = server.login()
            writers = [Writer(server, n, token, states[n], f"{SEED}-{kill}-{n}") for n in range(WRITERS)]
            for writer in writers:
                writer.start()
            threading.Event().wait(0.15 + rng.random() * 0.4)
            server.kill()
            for writer in writers:
                writer.join(timeout=60)
                assert not writer.is_alive()
            server.start()
            stored = {int(key): text for key, text in server.rows("SELECT id, body FROM crash.rows")}
            for writer in writers:
                check(stored, writer)
            # The index and the rows agree: every key is found by itself, and the engine counts as many.
            assert int(server.rows("SELECT COUNT(*) FROM crash.rows")[0][0]) == len(stored)
            for key in rng.sample(sorted(stored), min(20, len(stored))):
                assert server.rows("SELECT body FROM crash.rows WHERE id = $1", [key]) == [[stored[key]]]
            acknowledged = len(stored)
    print(f"{KILLS} kills, {acknowledged} rows at the end, no acknowledged row lost")
    assert acknowledged > 0

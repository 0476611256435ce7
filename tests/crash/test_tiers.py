# SPDX-License-Identifier: Apache-2.0
"""kill -9 while rows move into segments: at every fault point, and at random moments under load.

After each restart every acknowledged row is there exactly once, nothing unacknowledged is half there, every file below
storage/ is named by a manifest and every name has its file. KALAMDB_KILLS sets how often the server is killed at random
(default 4), KALAMDB_SEED repeats a run. Fault points are compiled in by the presets that have KALAMDB_FAULT_POINTS.
"""

import contextlib
import http.client
import os
import random
import signal
import threading
import time

import pytest

import harness
import segments
from test_kill import Writer, check

KILLS = int(os.environ.get("KALAMDB_KILLS", "4"))
SEED = int(os.environ.get("KALAMDB_SEED", str(time.time_ns() % 1_000_000)))
WRITERS = 4
WAIT_SECONDS_MAX = 60.0
FAULT_POINTS = ["jobs.started", "segment.begun", "segment.written", "segment.synced", "segment.renamed",
                "segment.published", "manifest.written", "manifest.renamed", "flush.before_commit", "flush.committed",
                "jobs.handler_returned"]
COMPACTION_POINTS = FAULT_POINTS[:-4] + ["manifest.renamed", "compaction.before_commit", "compaction.committed",
                                         "jobs.handler_returned"]


def jobs_end(server):
    """Waits for every job: those that ran when the server died go on."""
    def unfinished():
        return server.rows("SELECT job_id, status FROM system.jobs WHERE status NOT IN "
                           "('completed', 'skipped', 'failed', 'cancelled')")

    harness.wait_for(lambda: not unfinished(), "the end of recovered jobs", WAIT_SECONDS_MAX)
    failed = server.rows("SELECT job_id, message FROM system.jobs WHERE status = 'failed'")
    assert not failed, failed


def check_storage(server, tables):
    """Publishes every manifest anew, then compares names and files."""
    for statement, table in tables:
        server.sql(statement)
        segments.flush(server, table)
    segments.wait_until_tidy(server)


def contents(server, table, where="true"):
    """{key: text}; fails when a key is there twice."""
    rows = server.rows(f"SELECT id, body FROM {table} WHERE {where}")
    found = {int(key): text for key, text in rows}
    assert len(found) == len(rows), f"{len(rows) - len(found)} keys of {table} are there twice"
    return found


def has_fault_points():
    return b"segment.published" in (harness.BIN_DIR / "kalamdb-server").read_bytes()


class Model:
    """A table that is written to between crashes, and what it must hold."""

    def __init__(self, server):
        self.server, self.rows, self.next = server, {}, 0

    def change(self):
        """New rows, changed rows, deleted rows: old and new ones of each."""
        keys = range(self.next, self.next + 40)
        self.next += 40
        self.server.sql("INSERT INTO t.rows (id, body) VALUES " + ", ".join(f"({key}, 'new {key}')" for key in keys))
        self.rows |= {key: f"new {key}" for key in keys}
        for low, high, text in ((self.next - 45, self.next - 35, "changed"), (0, 3, f"changed at {self.next}")):
            self.server.sql(f"UPDATE t.rows SET body = '{text}' WHERE id >= {low} AND id < {high}")
            self.rows |= {key: text for key in range(low, high) if key in self.rows}
        for key in (self.next - 50, self.next - 3):
            self.server.sql(f"DELETE FROM t.rows WHERE id = {key}")
            self.rows.pop(key, None)

    def check(self):
        assert contents(self.server, "t.rows") == self.rows
        assert contents(self.server, "t.rows", "(SELECT true)") == self.rows
        for key in list(self.rows)[:2] + list(self.rows)[-2:]:
            assert self.server.rows(f"SELECT body FROM t.rows WHERE id = {key}") == [[self.rows[key]]]


@pytest.mark.skipif(not has_fault_points(), reason="this build has no fault points (KALAMDB_FAULT_POINTS)")
def test_every_fault_point():
    plan = [("FLUSH", point) for point in FAULT_POINTS] + [("COMPACT", point) for point in COMPACTION_POINTS]
    with harness.Server() as server:
        server.sql("CREATE NAMESPACE t; CREATE SHARED TABLE t.rows (id BIGINT PRIMARY KEY, body TEXT)")
        model = Model(server)
        for verb, point in plan:
            print(verb, point)
            model.change()
            if verb == "COMPACT":
                segments.flush(server, "t.rows")
                model.change()
                segments.flush(server, "t.rows")
            server.stop()
            server.extra_env["KALAMDB_FAULT"] = point
            server.start()
            with contextlib.suppress(OSError, http.client.HTTPException):
                server.try_sql(f"STORAGE {verb} TABLE t.rows")
            code = server.process.wait(timeout=WAIT_SECONDS_MAX)
            assert code == -signal.SIGKILL, f"{verb} never came to {point}"
            del server.extra_env["KALAMDB_FAULT"]
            server.kill()
            server.start()
            model.check()
            jobs_end(server)
            model.check()
            model.rows[-1 - model.next] = "x"
            check_storage(server, [(f"INSERT INTO t.rows VALUES ({-1 - model.next}, 'x')", "t.rows")])
            model.check()


class Maintainer(threading.Thread):
    """Flushes and compacts until the server dies."""

    def __init__(self, server, token, seed):
        super().__init__(daemon=True)
        self.server, self.token, self.rng = server, token, random.Random(seed)

    def run(self):
        connection = http.client.HTTPConnection(self.server.host, self.server.port, timeout=30)
        with contextlib.suppress(OSError, http.client.HTTPException):
            while True:
                verb = self.rng.choice(["FLUSH", "FLUSH", "COMPACT"])
                connection.request("POST", "/v1/api/sql", f'{{"sql": "STORAGE {verb} TABLE crash.rows"}}',
                                   {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"})
                connection.getresponse().read()
                threading.Event().wait(0.005)


def test_kill_at_random():
    print(f"KALAMDB_SEED={SEED} KALAMDB_KILLS={KILLS}")
    rng = random.Random(SEED)
    states = [{} for _ in range(WRITERS)]
    with harness.Server() as server:
        server.sql("CREATE NAMESPACE crash")
        server.sql("CREATE SHARED TABLE crash.rows (id BIGINT PRIMARY KEY, body TEXT) WITH (FLUSH_POLICY = 'rows:50')")
        token = server.login()
        for kill in range(KILLS):
            writers = [Writer(server, n, token, states[n], rng.random()) for n in range(WRITERS)]
            threads = [*writers, Maintainer(server, token, rng.random())]
            for thread in threads:
                thread.start()
            threading.Event().wait(0.3 + rng.random() * 0.7)
            server.kill()
            for thread in threads:
                thread.join(timeout=60)
                assert not thread.is_alive()
            server.start()
            for _ in range(2):
                stored = contents(server, "crash.rows", "id >= 0")
                for writer in writers:
                    check(stored, writer)
                    writer.pending = {}
                jobs_end(server)
            check_storage(server, [(f"INSERT INTO crash.rows VALUES ({-1 - kill}, 'x')", "crash.rows")])
    assert sum(map(len, states)) > 0
    print(f"{KILLS} kills, {sum(map(len, states))} rows at the end")

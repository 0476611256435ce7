# SPDX-License-Identifier: Apache-2.0
"""Flush policies: what is due is flushed at once, for that user only, also after a crash, and a storage that fails
does not make the server spin."""

import threading
import time

import harness
import segments


def put(server, table, rows, first=0, token=None):
    server.sql(f"INSERT INTO {table} (id, body) SELECT {first} + i, 'text ' || i FROM generate_series(1, {rows}) AS g(i)", token=token)


def flushed_rows(server, user=None):
    """Rows in segments, of one user's folders when `user` is given."""
    return sum(segment["row_count"] for manifest in segments.manifests(server).values()
               for segment in manifest["segments"] if user is None or manifest["user_id"] == user)


def wait_for_rows(server, rows, seconds, user=None):
    """How long it took until so many rows were in segments."""
    begin = time.monotonic()
    harness.wait_for(lambda: flushed_rows(server, user) >= rows, f"{rows} flushed rows", seconds)
    return time.monotonic() - begin


def wait_a_moment(seconds):
    """For what must not happen."""
    threading.Event().wait(seconds)


def flush_jobs(server, more="true"):
    return server.rows(f"SELECT job_id, status, created_at FROM system.jobs WHERE job_type = 'flush' AND {more}")


def test_rows_of_one_user():
    with harness.Server() as server:
        tokens = {user: server.create_user(user) for user in ("ann", "bob")}
        server.sql("CREATE NAMESPACE t; CREATE USER TABLE t.notes (id BIGINT PRIMARY KEY, body TEXT) "
                   "WITH (FLUSH_POLICY = 'rows:10000')")
        put(server, "t.notes", 500, token=tokens["bob"])
        put(server, "t.notes", 9_999, token=tokens["ann"])
        wait_a_moment(0.3)
        assert flush_jobs(server) == []
        put(server, "t.notes", 2_001, first=20_000, token=tokens["ann"])
        wait_for_rows(server, 12_000, 10, "ann")
        job_id, status, _ = flush_jobs(server)[0]
        segments.wait_for_job(server, job_id)
        assert flushed_rows(server) == 12_000
        # From the commit to the start of the job.
        late = server.rows(f"SELECT date_diff('millisecond', created_at, started_at) FROM system.jobs WHERE job_id = '{job_id}'")
        assert harness.is_sanitized() or int(late[0][0]) < 100, late
        assert [server.rows("SELECT COUNT(*) FROM t.notes", token=tokens[user])[0][0] for user in tokens] == ["12000", "500"]


def test_the_job_starts_soon_after_the_limit():
    with harness.Server() as server:
        server.sql("CREATE NAMESPACE t; CREATE SHARED TABLE t.notes (id BIGINT PRIMARY KEY, body TEXT) FLUSH POLICY ROWS 10")
        pauses = []
        for round_number in range(5):
            put(server, "t.notes", 9, first=100 * round_number)
            put(server, "t.notes", 1, first=100 * round_number + 50)
            pauses.append(wait_for_rows(server, 10 * (round_number + 1), 10))
        # Includes writing the segment.
        assert harness.is_sanitized() or sorted(pauses)[2] < 0.1, pauses


def test_interval_in_both_spellings():
    with harness.Server() as server:
        server.sql("CREATE NAMESPACE t; CREATE SHARED TABLE t.a (id BIGINT PRIMARY KEY, body TEXT) WITH (FLUSH_POLICY = 'interval:2');"
                   "CREATE SHARED TABLE t.b (id BIGINT PRIMARY KEY, body TEXT) FLUSH POLICY INTERVAL 2 SECONDS")
        begin = time.monotonic()
        for table in ("t.a", "t.b"):
            put(server, table, 3)
        wait_for_rows(server, 6, 10)
        took = time.monotonic() - begin
        assert harness.is_sanitized() or 1.9 <= took < 3.0, took
        # A row that is cold already counts when it changes: the table is due again.
        server.sql("UPDATE t.a SET body = 'x' WHERE id = 1; DELETE FROM t.b WHERE id = 1")
        wait_for_rows(server, 8, 10)


def test_changes_of_cold_rows_count_also_after_a_crash():
    with harness.Server() as server:
        server.sql("CREATE NAMESPACE t; CREATE SHARED TABLE t.notes (id BIGINT PRIMARY KEY, body TEXT) FLUSH POLICY ROWS 10")
        put(server, "t.notes", 9)
        server.kill()
        server.start()
        wait_a_moment(0.7)
        assert flushed_rows(server) == 0
        put(server, "t.notes", 1, first=100)
        wait_for_rows(server, 10, 10)
        for key in range(1, 10):
            server.sql(f"UPDATE t.notes SET body = 'a' WHERE id = {key}; UPDATE t.notes SET body = 'b' WHERE id = {key}")
        wait_a_moment(0.3)
        assert flushed_rows(server) == 10, "a row that changes twice in the hot tier is one row"
        server.sql("UPDATE t.notes SET body = 'c' WHERE id = 101")
        wait_for_rows(server, 20, 10)
        server.kill()
        server.start()
        server.sql("UPDATE t.notes SET body = 'd' WHERE id >= 0")
        wait_for_rows(server, 30, 10)
        assert server.rows("SELECT DISTINCT body FROM t.notes") == [["d"]]


def test_a_failing_storage_makes_few_jobs():
    settings = {"jobs.max_retries": 2, "jobs.retry_backoff_ms": 100}
    with harness.Server(settings=settings) as server:
        server.sql("CREATE NAMESPACE t; CREATE SHARED TABLE t.notes (id BIGINT PRIMARY KEY, body TEXT) FLUSH POLICY ROWS 10")
        storage, away = segments.folder(server), server.data_directory / "away"
        storage.rename(away)
        deadline = time.monotonic() + 3
        rows = 0
        while time.monotonic() < deadline:
            put(server, "t.notes", 5, first=rows)
            rows += 5
        jobs = flush_jobs(server)
        assert [status for _, status, _ in jobs] == ["failed"], jobs
        assert server.rows("SELECT retry_count FROM system.jobs") == [[2]]
        assert server.rows("SELECT COUNT(*) FROM t.notes") == [[str(rows)]]
        away.rename(storage)
        segments.flush(server, "t.notes")
        wait_for_rows(server, rows, 10)


def test_a_killed_job_leaves_the_rest_due():
    with harness.Server() as server:
        server.sql("CREATE NAMESPACE t; CREATE USER TABLE t.notes (id BIGINT PRIMARY KEY, body TEXT) FLUSH POLICY INTERVAL 1 SECONDS")
        tokens = [server.create_user(f"user{i}") for i in range(30)]
        for token in tokens:
            put(server, "t.notes", 1, token=token)
        job_id = harness.wait_for(lambda: flush_jobs(server), "the flush", 10)[0][0]
        server.try_sql(f"KILL JOB '{job_id}'")
        wait_for_rows(server, 30, 30)

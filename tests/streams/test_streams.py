# SPDX-License-Identifier: Apache-2.0
"""STREAM tables from outside: how long events live, how many are kept, who sees them, and what a restart leaves."""

import http.client
import json
import os
import threading
import time

import harness

DAY = "WITH (TTL_SECONDS = 86400)"


def wait_until(moment):
    threading.Event().wait(max(0.0, moment - time.monotonic()))


def count(server, table, token=None, where="true"):
    return int(server.rows(f"SELECT COUNT(*) FROM {table} WHERE {where}", token=token)[0][0])


def stats(server):
    return {name: int(value) for name, value in
            server.rows("SELECT metric_name, metric_value FROM system.stats WHERE metric_name LIKE 'stream_events_%'")}


def stored(server):
    return stats(server)["stream_events_buffered"]


def fill(server, table, rows, first=0, token=None):
    server.sql(f"INSERT INTO {table} (id, body) SELECT {first} + i, 'text' FROM generate_series(1, {rows}) AS g(i)", token=token)


def create(server, table, options, more=""):
    server.sql(f"CREATE STREAM TABLE s.{table} (id BIGINT PRIMARY KEY, body TEXT{more}) {options}")


def start(**arguments):
    server = harness.Server(**arguments)
    server.sql("CREATE NAMESPACE s")
    return server


def test_events_are_invisible_at_once_and_gone_within_a_second():
    with start() as server:
        create(server, "e", "WITH (TTL_SECONDS = 2)")
        create(server, "keep", DAY)
        fill(server, "s.keep", 10)
        begin = time.monotonic()
        fill(server, "s.e", 5_000)
        end = time.monotonic()
        wait_until(begin + 1.8)
        seen = count(server, "s.e")
        assert seen == 5_000 or time.monotonic() > begin + 2
        wait_until(end + 2.001)
        # Invisible on both paths, by key, in a join, and to DELETE.
        assert server.rows("SELECT id FROM s.e LIMIT 1") == []
        assert server.rows("SELECT id FROM s.e WHERE id = 5") == []
        assert server.rows("SELECT id FROM s.e ORDER BY id LIMIT 1") == []
        assert count(server, "s.e") == 0
        assert server.rows("SELECT COUNT(*) FROM s.e a JOIN s.keep b ON a.id = b.id") == [["0"]]
        assert server.sql("DELETE FROM s.e WHERE id = 6")["results"][0]["row_count"] == 0
        # Their keys are free.
        server.sql("INSERT INTO s.e VALUES (1, 'again')")
        assert server.rows("SELECT body FROM s.e") == [["again"]]
        wait_until(end + 3)
        assert harness.is_sanitized() or stored(server) == 11, stats(server)
        harness.wait_for(lambda: stored(server) == 10, "the last event to go", 5)
        assert stats(server)["stream_events_expired_total"] == 5_000 + 1


def test_a_stream_under_load_keeps_to_its_time():
    """What is stored never falls more than a second behind what lives."""
    with start() as server:
        create(server, "e", "WITH (TTL_SECONDS = 1)")
        begin = time.monotonic()
        sent, numbers = [], 0
        while time.monotonic() < begin + 5:
            fill(server, "s.e", 1_000, first=numbers)
            numbers += 1_000
            sent.append((time.monotonic(), 1_000))
            limit = sum(rows for moment, rows in sent if moment > time.monotonic() - 2.0)
            assert harness.is_sanitized() or stored(server) <= limit
        harness.wait_for(lambda: stored(server) == 0, "all events to go", 10)
        assert stats(server)["stream_events_stored_total"] == numbers


def test_the_oldest_are_evicted():
    with start() as server:
        ann, bob = server.create_user("ann"), server.create_user("bob")
        create(server, "e", "WITH (TTL_SECONDS = 86400, MAX_BUFFER = 100)")
        for number in range(250):
            server.sql(f"INSERT INTO s.e VALUES ({number}, 'x')", token=ann)
            assert count(server, "s.e", token=ann) == min(number + 1, 100)
        assert server.rows("SELECT MIN(id), MAX(id) FROM s.e", token=ann) == [["150", "249"]]
        fill(server, "s.e", 1_000, token=bob)
        assert server.rows("SELECT MIN(id), MAX(id), COUNT(*) FROM s.e", token=bob) == [["901", "1000", "100"]]
        assert count(server, "s.e", token=ann) == 100
        assert stats(server)["stream_events_evicted_total"] == 150 + 900
        assert stored(server) == 200
        server.restart()
        server.sql("INSERT INTO s.e VALUES (250, 'x')", token=ann)
        assert server.rows("SELECT MIN(id), COUNT(*) FROM s.e", token=ann) == [["151", "100"]]


def test_readers_never_see_more_or_less_than_the_buffer():
    with start() as server:
        create(server, "e", "WITH (TTL_SECONDS = 86400, MAX_BUFFER = 50)")
        fill(server, "s.e", 50)
        done, wrong = threading.Event(), []

        def read():
            while not done.is_set():
                status, _, answer = sql_of(server, "SELECT COUNT(*), MAX(id) - MIN(id) FROM s.e")
                if answer != [["50", "49"]]:
                    wrong.append((status, answer))

        readers = [threading.Thread(target=read) for _ in range(3)]
        for reader in readers:
            reader.start()
        for number in range(51, 700):
            server.sql(f"INSERT INTO s.e VALUES ({number}, 'x')")
        done.set()
        for reader in readers:
            reader.join()
        assert wrong == []


def sql_of(server, sql, token=None):
    """One statement on a connection of its own, for threads: status, row count, rows."""
    connection = http.client.HTTPConnection(server.host, server.port, timeout=60)
    connection.request("POST", "/v1/api/sql", json.dumps({"sql": sql}),
                       {"Authorization": f"Bearer {token or server.login()}", "Content-Type": "application/json"})
    answer = connection.getresponse()
    body = json.loads(answer.read())
    connection.close()
    result = (body.get("results") or [{}])[0]
    return answer.status, result.get("row_count"), result.get("rows")


def test_a_scan_of_a_busy_buffer_stays_fast():
    """Half a million evicted events must not be in the way of the ten that are left."""
    with start() as server:
        create(server, "e", "WITH (TTL_SECONDS = 86400, MAX_BUFFER = 10)")
        for batch in range(50):
            for part in range(10):
                fill(server, "s.e", 1_000, first=(batch * 10 + part) * 1_000)
        times = []
        for _ in range(20):
            begin = time.monotonic()
            assert count(server, "s.e") == 10
            times.append(time.monotonic() - begin)
        print(f"median {sorted(times)[10] * 1000:.2f} ms")
        assert harness.is_sanitized() or sorted(times)[10] < 0.02, times


def test_ephemeral_events_without_a_subscriber_are_discarded():
    with start() as server:
        create(server, "e", "WITH (TTL_SECONDS = 86400, EPHEMERAL = true)")
        fill(server, "s.e", 20)
        assert server.rows("INSERT INTO s.e VALUES (1, 'x') RETURNING id, body, _seq > 0") == [["1", "x", True]]
        assert count(server, "s.e") == 0
        assert stored(server) == 0
        assert stats(server)["stream_events_discarded_total"] == 21


def test_users_see_their_own_events_only():
    with start() as server:
        create(server, "e", DAY)
        tokens = {name: server.create_user(name) for name in ("ann", "ann2", "an", "bob")}
        for number, token in enumerate(tokens.values(), start=1):
            fill(server, "s.e", number * 10, token=token)
        for number, token in enumerate(tokens.values(), start=1):
            assert count(server, "s.e", token=token) == number * 10
            assert count(server, "s.e", token=token, where="id IN (1, 2, 3)") == 3
        assert count(server, "s.e") == 0
        server.sql("DELETE FROM s.e WHERE true", token=tokens["ann"])
        assert [count(server, "s.e", token=token) for token in tokens.values()] == [0, 20, 30, 40]


def test_events_survive_a_restart_and_a_kill_and_go_on_aging():
    with start() as server:
        create(server, "e", "WITH (TTL_SECONDS = 6)")
        create(server, "long", DAY)
        begin = time.monotonic()
        fill(server, "s.e", 100)
        fill(server, "s.long", 100)
        server.restart()
        assert count(server, "s.long") == 100
        assert count(server, "s.e") == 100 or time.monotonic() > begin + 6
        fill(server, "s.long", 50, first=1_000)
        server.kill()
        server.start()
        assert count(server, "s.long") == 150
        assert server.rows("SELECT body FROM s.long WHERE id = 1050") == [["text"]]
        server.sql("DELETE FROM s.long WHERE id > 1000")
        server.kill()
        server.start()
        assert count(server, "s.long") == 100
        harness.wait_for(lambda: stored(server) == 100, "the short-lived events to go", 20)
        assert count(server, "s.e") == 0


def test_acknowledged_events_survive_a_kill_under_load():
    with start() as server:
        create(server, "e", DAY)
        create(server, "ring", "WITH (TTL_SECONDS = 86400, MAX_BUFFER = 20)")
        token, acknowledged = server.login(), []

        def write():
            try:
                for number in range(1_000_000):
                    first = number * 3
                    values = ", ".join(f"({first + i}, 'x')" for i in range(3))
                    if sql_of(server, f"INSERT INTO s.e VALUES {values}", token)[0] == 200:
                        acknowledged.append(first)
                    sql_of(server, f"INSERT INTO s.ring VALUES {values}", token)
            except (OSError, http.client.HTTPException, ValueError):
                pass  # Killed.

        writer = threading.Thread(target=write)
        writer.start()
        harness.wait_for(lambda: len(acknowledged) > 200, "a few events", 30)
        server.kill()
        writer.join()
        server.start()
        ids = {int(row[0]) for row in server.rows("SELECT id FROM s.e")}
        assert {first + i for first in acknowledged for i in range(3)} <= ids
        assert all(number - number % 3 + i in ids for number in ids for i in range(3)), "half a statement"
        assert count(server, "s.ring") == 20
        assert stored(server) == len(ids) + 20
        newest = int(server.rows("SELECT MAX(id) FROM s.ring")[0][0])
        server.sql(f"INSERT INTO s.ring VALUES ({newest + 1}, 'x')")
        assert server.rows("SELECT MAX(id) - MIN(id), COUNT(*) FROM s.ring") == [["19", "20"]]


def test_dropping_a_stream_frees_its_events():
    with start() as server:
        create(server, "e", DAY)
        create(server, "other", DAY)
        fill(server, "s.e", 1_000)
        fill(server, "s.other", 10)
        server.sql("DROP TABLE s.e")
        assert stored(server) == 10
        create(server, "e", DAY)
        assert count(server, "s.e") == 0
        fill(server, "s.e", 5)
        server.sql("DROP NAMESPACE s CASCADE")
        harness.wait_for(lambda: stored(server) == 0, "the events of the namespace to go", 5)
        server.kill()
        server.start()
        assert stored(server) == 0


def test_a_thousand_streams():
    with start() as server:
        server.sql("CREATE STREAM TABLE s.first (id BIGINT PRIMARY KEY, body TEXT) WITH (TTL_SECONDS = 1, MAX_BUFFER = 10)")
        before, begin = server.memory_bytes(), time.monotonic()
        for number in range(1_000):
            server.sql(f"CREATE STREAM TABLE s.t{number} (id BIGINT PRIMARY KEY, body TEXT) WITH (TTL_SECONDS = 3, MAX_BUFFER = 10)")
        created = time.monotonic() - begin
        for number in range(1_000):
            server.sql(f"INSERT INTO s.t{number} VALUES (1, 'a'), (2, 'b')")
        grown = server.memory_bytes() - before
        harness.wait_for(lambda: stored(server) == 0, "the events of all streams to go", 15)
        used = cpu_seconds(server)
        wait_until(time.monotonic() + 2)
        idle = (cpu_seconds(server) - used) / 2
        print(f"1000 streams: {grown / 2**20:.1f} MB, {created * 1000 / 1000:.2f} ms each, idle {idle * 100:.1f} % of a core")
        assert harness.is_sanitized() or (grown < 40 * 2**20 and idle < 0.05)
        server.restart()
        server.sql("INSERT INTO s.t999 VALUES (1, 'a')")
        assert count(server, "s.t999") == 1


def cpu_seconds(server):
    fields = open(f"/proc/{server.pid}/stat").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_what_streams_refuse():
    with start() as server:
        create(server, "e", DAY)
        server.sql("CREATE USER TABLE s.rows (id BIGINT PRIMARY KEY, body TEXT)")
        server.sql("INSERT INTO s.e VALUES (1, 'x'); INSERT INTO s.rows VALUES (1, 'x')")
        for statement in ("UPDATE s.e SET body = 'y' WHERE id = 1",
                          "UPDATE s.e SET body = r.body FROM s.rows r WHERE r.id = s.e.id",
                          "INSERT INTO s.e VALUES (1, 'y') ON CONFLICT (id) DO UPDATE SET body = 'y'",
                          "STORAGE FLUSH TABLE s.e", "STORAGE COMPACT TABLE s.e"):
            error = server.sql_error(statement)
            assert error["code"] == "SQL_EXECUTION_ERROR" and "STREAM table" in error["message"], error
        assert "ALTER TABLE" in server.sql_error("ALTER TABLE s.e ADD COLUMN more TEXT")["message"]
        # Whole namespaces are flushed around them.
        server.sql("STORAGE FLUSH ALL IN s")
        assert server.rows("SELECT body FROM s.e") == [["x"]]


def test_streams_are_never_flushed():
    with start() as server:
        create(server, "e", DAY)
        fill(server, "s.e", 3_000)
        server.sql("STORAGE FLUSH ALL IN s")
        assert not list(server.data_directory.glob("**/*.parquet"))
        assert server.rows("SELECT COUNT(*) FROM system.manifest") == [["0"]]
        row = server.rows("SHOW STATS FOR TABLE s.e")[0]
        assert row[:6] == ["e", "s", 1, "3000", "0", "0"] and row[7] == "3000", row


def test_writers_deleters_and_readers_at_once():
    """Every event that was acknowledged and not deleted is there; keys are unique; deletes count what they removed."""
    with start() as server:
        create(server, "e", DAY, ", n INT")
        tokens = [server.create_user(f"u{number}") for number in range(3)]
        problems, deleted, duplicates = [], [0] * 6, [0] * 6

        def work(number):
            token = tokens[number // 2]  # Two threads of each user fight for the same keys.
            for step in range(150):
                status, _, _ = sql_of(server, f"INSERT INTO s.e VALUES ({step}, 'x', {number})", token)
                duplicates[number] += status != 200
                if step % 3 == 2:
                    status, rows, _ = sql_of(server, f"DELETE FROM s.e WHERE id = {step - 1}", token)
                    deleted[number] += rows or 0
                    if status != 200:
                        problems.append(status)

        threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert problems == []
        for user, token in enumerate(tokens):
            inserted = 300 - duplicates[2 * user] - duplicates[2 * user + 1]
            removed = deleted[2 * user] + deleted[2 * user + 1]
            assert count(server, "s.e", token=token) == inserted - removed
            assert server.rows("SELECT COUNT(DISTINCT id) = COUNT(*) FROM s.e", token=token) == [[True]]
        assert stored(server) == sum(count(server, "s.e", token=token) for token in tokens)


def test_metrics():
    with start() as server:
        create(server, "e", DAY)
        fill(server, "s.e", 7)
        text = server.request("GET", "/metrics").text()
        assert "kalamdb_stream_events_buffered 7" in text
        for name in ("stored", "expired", "evicted", "discarded"):
            assert f"kalamdb_stream_events_{name}_total" in text

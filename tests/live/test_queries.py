# SPDX-License-Identifier: Apache-2.0
"""Live queries from outside: what is refused, what a subscriber is told, and how it catches up."""

import gzip
import json
import os
import re
import threading
import time

import pytest

import harness
import jobs_client
import live_client
from live_client import BINARY

SETTINGS = {"rate_limit.max_messages_per_sec": 0, "rate_limit.max_subscriptions_per_user": 1000}
NOTES = "id BIGINT PRIMARY KEY, room TEXT, n INT, body TEXT, doc JSON"


@pytest.fixture(scope="module")
def shared_server():
    with harness.Server(settings=SETTINGS) as running:
        running.sql("CREATE NAMESPACE app")
        for name, role in (("alice", "user"), ("bob", "user"), ("sam", "service"), ("dora", "dba")):
            running.create_user(name, role=role)
        yield running


class World:
    """A USER table of the test's own, its writer alice, and her connection."""

    def __init__(self, server, client, table, token):
        self.server, self.client, self.table, self.token = server, client, table, token

    def write(self, sql, **arguments):
        return self.server.sql(sql.replace("TABLE", self.table), token=self.token, **arguments)

    def rows(self, sql):
        return self.server.rows(sql.replace("TABLE", self.table), token=self.token)

    def subscribe(self, where="", options=None, columns="*", name="s"):
        return self.client.subscribe(name, f"SELECT {columns} FROM {self.table} {where}", options)


@pytest.fixture
def world(server, request):
    table = "app." + re.sub(r"\W+", "_", request.node.name)[:60].lower()
    server.sql(f"CREATE USER TABLE {table} ({NOTES})")
    token = token_of(server, "alice")
    with live_client.connect(server, token=token) as client:
        yield World(server, client, table, token)


def token_of(server, user):
    return server.login(user, "User-pass-1")


def inserted(change, key="id"):
    assert change["change_type"] == "insert" and "old_values" not in change, change
    return change["rows"][0][key]


def deleted(change, key="id"):
    assert change["change_type"] == "delete" and "rows" not in change, change
    return change["old_values"][0][key]


class Mirror:
    """What a client holds of one query: rows by key, and the order of what it was told."""

    def __init__(self):
        self.rows, self.position, self.events = {}, 0, 0

    def put(self, row):
        assert int(row["_seq"]) > self.position, "in the order of commits, nothing twice"
        self.position = int(row["_seq"])
        self.rows[row["id"]] = row
        self.events += 1

    def take(self, message):
        """Applies one message; True when it was the last one of a load or of a resync."""
        assert message["type"] != "error", message
        if message["type"] == "initial_data_batch":
            for row in message["rows"]:
                self.put(row)
            return message["batch_control"]["status"] == "ready"
        if message["type"] == "change":
            assert len(message.get("rows") or message["old_values"]) == 1
            if message["change_type"] == "delete":
                row = message["old_values"][0]
                assert int(row["_seq"]) > self.position
                self.position = int(row["_seq"])
                self.rows.pop(row["id"], None)
                self.events += 1
            else:
                self.put(message["rows"][0])
        return False


# -- What is told of a change --

def test_a_snapshot_then_changes(world):
    world.write("INSERT INTO TABLE VALUES (1, 'a', 2, 'hi', '{\"k\":1}'), (2, NULL, NULL, NULL, NULL)")
    subscription = world.subscribe(options={})
    assert subscription.ack["total_rows"] == 0
    assert subscription.ack["batch_control"] == subscription.batches[0]["batch_control"]
    assert [(column["name"], column["data_type"], column["index"]) for column in subscription.ack["schema"]] == [
        ("id", "BigInt", 0), ("room", "Text", 1), ("n", "Int", 2), ("body", "Text", 3), ("doc", "Json", 4),
        ("_seq", "BigInt", 5), ("_deleted", "Boolean", 6)]
    first, second = subscription.rows
    assert {**first, "_seq": ""} == {"id": "1", "room": "a", "n": 2, "body": "hi", "doc": '{"k":1}', "_seq": "",
                                     "_deleted": False}
    assert second["room"] is None and second["doc"] is None
    assert int(first["_seq"]) < int(second["_seq"]) == subscription.last_seq

    world.write("INSERT INTO TABLE (id, body) VALUES (3, 'ü')")
    change = world.client.next_change("s")
    assert inserted(change) == "3"
    assert {**change["rows"][0], "_seq": ""} == {"id": "3", "room": None, "n": None, "body": "ü", "doc": None,
                                                 "_seq": "", "_deleted": False}

    # An update: the row without what is NULL, and of the old row what was different.
    world.write("UPDATE TABLE SET n = NULL, body = 'ho' WHERE id = 1")
    change = world.client.next_change("s")
    row = change["rows"][0]
    assert change["change_type"] == "update" and int(row["_seq"]) > subscription.last_seq
    assert {**row, "_seq": ""} == {"id": "1", "room": "a", "body": "ho", "doc": '{"k":1}', "_seq": ""}
    assert change["old_values"] == [{"id": "1", "n": 2, "body": "hi", "_seq": first["_seq"]}]

    world.write("DELETE FROM TABLE WHERE id = 1")
    change = world.client.next_change("s")
    assert deleted(change) == "1"
    old = change["old_values"][0]
    assert int(old["_seq"]) > int(row["_seq"])
    assert {**old, "_seq": ""} == {"id": "1", "room": "a", "n": None, "body": "ho", "doc": '{"k":1}', "_seq": "",
                                   "_deleted": True}
    world.client.unsubscribe("s")
    world.write("INSERT INTO TABLE (id) VALUES (9)")
    assert world.client.is_silent()


def test_what_changes_nothing_is_silent(world):
    world.write("INSERT INTO TABLE (id, n) VALUES (1, 1)")
    world.subscribe()
    world.write("UPDATE TABLE SET n = 1 WHERE id = 1")
    world.write("UPDATE TABLE SET n = 2 WHERE id = 7")
    world.write("DELETE FROM TABLE WHERE id = 7")
    world.write("INSERT INTO TABLE (id) VALUES (1) ON CONFLICT DO NOTHING")
    world.server.sql_error(f"INSERT INTO {world.table} (id) VALUES (5), (1)", token=world.token)
    assert world.client.is_silent()


@pytest.mark.parametrize("where, inside, outside", [
    ("room = 'a'", "room = 'a'", "room = 'b'"),
    ("room != 'b'", "room = 'a'", "room = NULL"),
    ("room < 'b'", "room = 'a'", "room = 'b'"),
    ("n IN (1, -2, 3)", "n = -2", "n = 2"),
    ("room NOT IN ('x', 'y')", "room = 'a'", "room = 'y'"),
    ("n BETWEEN -5 AND 5", "n = -5", "n = 6"),
    ("body LIKE 'h_llo%'", "body = 'hello!'", "body = 'Hello'"),
    ("body ILIKE '%WORLD'", "body = 'a World'", "body = 'worlds'"),
    ("body LIKE '50!%%' ESCAPE '!'", "body = '50% off'", "body = '500'"),
    ("room IS NULL", "room = NULL", "room = ''"),
    ("room IS NOT NULL", "room = ''", "room = NULL"),
    ("n * 2 + 1 > 10", "n = 5", "n = 4"),
    ("n % 3 = 0", "n = 9", "n = 10"),
    ("length(body) >= 3", "body = 'üüü'", "body = 'üü'"),
    ("upper(room) = 'A' AND coalesce(n, 0) = 0", "room = 'a', n = NULL", "room = 'a', n = 1"),
    ("doc->>'kind' = 'post'", "doc = '{\"kind\":\"post\"}'", "doc = '{\"kind\":\"like\"}'"),
    ("CAST(doc->'a'->>'b' AS INT) > 5", "doc = '{\"a\":{\"b\":6}}'", "doc = '{\"a\":{\"b\":5}}'"),
    ("room = CURRENT_USER()", "room = 'alice'", "room = 'bob'"),
    ("room = 'a' OR n = 7", "room = 'b', n = 7", "room = 'b', n = 8"),
    ("NOT (room = 'a' OR n > 3)", "room = 'b', n = 3", "room = 'b', n = 4"),
    ("CASE WHEN n > 0 THEN room ELSE body END = 'x'", "n = 1, room = 'x'",
     "n = 0, body = 'y'"),
    ("id = 1 AND n = 2", "n = 2", "n = 3"),
])
def test_rows_enter_and_leave(world, where, inside, outside):
    world.write("INSERT INTO TABLE (id) VALUES (1)")
    world.write(f"UPDATE TABLE SET {outside} WHERE id = 1")
    subscription = world.subscribe(f"WHERE {where}", {})
    assert subscription.rows == []
    world.write(f"UPDATE TABLE SET {inside} WHERE id = 1")
    assert inserted(world.client.next_change("s")) == "1"
    assert len(world.subscribe(f"WHERE {where}", {}, name="t").rows) == 1
    world.client.unsubscribe("t")
    world.write("UPDATE TABLE SET body = coalesce(body, 'x'), doc = coalesce(doc, '[]') WHERE id = 1")
    stays = world.rows(f"SELECT id FROM TABLE WHERE {where}") != []
    world.write(f"UPDATE TABLE SET {outside} WHERE id = 1")
    world.write(f"UPDATE TABLE SET {inside} WHERE id = 1")
    world.write("DELETE FROM TABLE WHERE id = 1")
    world.write("INSERT INTO TABLE (id) VALUES (1)")
    world.write("DELETE FROM TABLE WHERE id = 1")
    kinds = []
    while not (kinds[-3:] == ["delete", "insert", "delete"]):
        kinds.append(world.client.next_change("s")["change_type"])
    assert set(kinds[:-3]) <= {"update"} and stays, kinds
    # The row as inserted is in some of the filters.
    assert world.rows(f"SELECT id FROM TABLE WHERE {where}") == []


def test_columns(world):
    subscription = world.subscribe(columns="body, _seq, _deleted, _updated", options={})
    assert [column["name"] for column in subscription.ack["schema"]] == ["body", "_seq", "_deleted", "_updated"]
    world.subscribe(columns="id, body AS text", name="as")
    world.write("INSERT INTO TABLE VALUES (3, 'b', 1, 'z', NULL)")
    row = world.client.next_change("s")["rows"][0]
    assert set(row) == {"id", "body", "_seq", "_deleted", "_updated"}, "the key always comes along"
    assert row["_deleted"] is False and abs(row["_updated"] / 1e6 - time.time()) < 60
    assert set(world.client.next_change("as")["rows"][0]) == {"id", "text", "_seq"}
    world.write("UPDATE TABLE SET body = 'zz' WHERE id = 3")
    change = world.client.next_change("s")
    assert set(change["rows"][0]) == {"id", "body", "_seq", "_updated"}
    assert change["old_values"] == [{"id": "3", "body": "z", "_seq": row["_seq"]}]
    world.client.next_change("as")
    # A column that is not listed: the row has a new _seq, nothing else.
    world.write("UPDATE TABLE SET n = 5 WHERE id = 3")
    change = world.client.next_change("as")
    assert change["rows"][0]["text"] == "zz" and set(change["old_values"][0]) == {"id", "_seq"}
    world.client.next_change("s")
    world.write("DELETE FROM TABLE WHERE id = 3")
    assert set(world.client.next_change("s")["old_values"][0]) == {"id", "body", "_seq", "_deleted", "_updated"}
    assert set(world.client.next_change("as")["old_values"][0]) == {"id", "text", "_seq"}


def test_composite_keys_and_types(server):
    server.sql("CREATE SHARED TABLE app.kinds (a BIGINT, b TEXT, flag BOOLEAN, r DOUBLE, at TIMESTAMP, d DATE, "
               "PRIMARY KEY (a, b)) WITH (ACCESS_LEVEL = 'public')")
    with live_client.connect(server) as client:
        client.subscribe("s", "SELECT flag FROM app.kinds WHERE a = 9007199254740993")
        server.sql("INSERT INTO app.kinds VALUES (9007199254740993, 'x', true, 1.5, '2024-01-02 03:04:05', '2024-01-02'),"
                   " (9007199254740992, 'x', true, 1.5, NULL, NULL)")
        row = client.next_change("s")["rows"][0]
        assert {**row, "_seq": ""} == {"a": "9007199254740993", "b": "x", "flag": True, "_seq": ""}
        assert client.is_silent(0.1)
        client.subscribe("all", "SELECT * FROM app.kinds", {})
        names = [column["name"] for column in server.sql("SELECT * FROM app.kinds")["results"][0]["schema"]]
        server.sql("UPDATE app.kinds SET r = -0.25 WHERE a = 9007199254740993")
        told = client.next_change("all")["rows"][0]
        queried = dict(zip(names, server.rows("SELECT * FROM app.kinds WHERE flag AND r < 0")[0], strict=True))
        assert {**queried, **told} == queried


# -- Who sees what --

def test_users_are_told_of_their_own_rows(world):
    world.subscribe(options={})
    with live_client.connect(world.server, token=token_of(world.server, "bob")) as bob, \
            live_client.connect(world.server) as root:
        for other in (bob, root):
            assert other.subscribe("s", f"SELECT * FROM {world.table}", {}).rows == []
        world.write("INSERT INTO TABLE (id) VALUES (1)")
        world.server.sql(f"INSERT INTO {world.table} (id) VALUES (2)", token=token_of(world.server, "bob"))
        assert inserted(world.client.next_change("s")) == "1"
        assert inserted(bob.next_change("s")) == "2"
        for client in (world.client, bob, root):
            assert client.is_silent(0.1)


@pytest.mark.parametrize("level, readers", [
    ("public", {"alice", "sam", "dora"}), ("private", {"sam", "dora"}), ("restricted", {"sam", "dora"}),
    ("dba", {"dora"}),
])
def test_shared_tables_by_access_level(server, level, readers):
    server.sql(f"CREATE SHARED TABLE app.{level} (id BIGINT PRIMARY KEY) WITH (ACCESS_LEVEL = '{level}')")
    for user in ("alice", "sam", "dora"):
        with live_client.connect(server, token=token_of(server, user)) as client:
            client.ask("s", f"SELECT * FROM app.{level}")
            answer = client.next_message()
            assert (answer["type"] == "subscription_ack") == (user in readers), (user, answer)
            if user in readers:
                server.sql(f"INSERT INTO app.{level} VALUES ({len(user)}) ON CONFLICT DO NOTHING")
                server.sql(f"DELETE FROM app.{level} WHERE true")
                assert inserted(client.next_change("s")) == deleted(client.next_change("s"))
            else:
                assert (answer["type"], answer["code"]) == ("error", "UNAUTHORIZED")


# -- STREAM tables --

def test_streams(server):
    server.sql("CREATE STREAM TABLE app.events (id BIGINT PRIMARY KEY, body TEXT) WITH (TTL_SECONDS = 1)")
    alice, bob = token_of(server, "alice"), token_of(server, "bob")
    with live_client.connect(server, token=alice) as client, live_client.connect(server, token=bob) as other:
        for one in (client, other):
            assert one.subscribe("s", "SELECT * FROM app.events WHERE body != 'no'", {}).rows == []
        server.sql("INSERT INTO app.events VALUES (1, 'x'), (2, 'no'), (3, 'y')", token=alice)
        assert [inserted(client.next_change("s")) for _ in range(2)] == ["1", "3"]
        server.sql("DELETE FROM app.events WHERE id = 1", token=alice)
        assert client.next_change("s")["change_type"] == "delete"
        assert [row["id"] for row in client.subscribe("t", "SELECT * FROM app.events", {}).rows] == ["2", "3"]
        harness.wait_for(lambda: server.rows("SELECT id FROM app.events", token=alice) == [], "the end of the events")
        assert client.is_silent(1.2), "expiry tells nobody"
        assert client.subscribe("u", "SELECT * FROM app.events", {}).rows == []
        assert other.is_silent(0.05)


def test_ephemeral_streams_keep_what_somebody_watches(server):
    server.sql("CREATE STREAM TABLE app.ephemeral (id BIGINT PRIMARY KEY) WITH (TTL_SECONDS = 60, EPHEMERAL = true)")
    alice = token_of(server, "alice")
    server.sql("INSERT INTO app.ephemeral VALUES (1)", token=alice)
    with live_client.connect(server, token=alice) as client:
        assert client.subscribe("s", "SELECT * FROM app.ephemeral", {}).rows == []
        server.sql("INSERT INTO app.ephemeral VALUES (2)", token=alice)
        assert inserted(client.next_change("s")) == "2"
        assert [row["id"] for row in client.subscribe("t", "SELECT * FROM app.ephemeral", {}).rows] == ["2"]

    def is_discarded():
        server.sql("DELETE FROM app.ephemeral WHERE true; INSERT INTO app.ephemeral VALUES (3)", token=alice)
        return server.rows("SELECT id FROM app.ephemeral", token=alice) == []

    harness.wait_for(is_discarded, "the end of the subscription", 1.0)


def test_a_deletion_of_an_event_ends_the_history_before_it(server):
    server.sql("CREATE STREAM TABLE app.wiped (id BIGINT PRIMARY KEY) WITH (TTL_SECONDS = 600)")
    sql = "SELECT * FROM app.wiped"
    server.sql("INSERT INTO app.wiped VALUES (1), (2)")
    with live_client.connect(server) as client:
        position = client.subscribe("s", sql, {}).last_seq
        client.unsubscribe("s")
        server.sql("DELETE FROM app.wiped WHERE id = 1")
        client.ask("s", sql, {"from": position})
        assert client.next_message()["code"] == "SNAPSHOT_REQUIRED"
        assert [row["id"] for row in client.subscribe("s", sql, {}).rows] == ["2"]
        server.sql("INSERT INTO app.wiped VALUES (3)")
        position = int(client.next_change("s")["rows"][0]["_seq"])
        server.sql("INSERT INTO app.wiped VALUES (4)")
        assert [row["id"] for row in client.subscribe("t", sql, {"from": position}).rows] == ["4"]


def test_a_burst_of_events_is_whole(server):
    server.sql("CREATE STREAM TABLE app.burst (id BIGINT PRIMARY KEY) WITH (TTL_SECONDS = 60)")
    with live_client.connect(server) as client:
        client.subscribe("s", "SELECT id FROM app.burst")
        for first in range(0, 10_000, 1_000):
            server.sql(f"INSERT INTO app.burst SELECT {first} + i FROM generate_series(0, 999) AS g(i)")
        mirror = Mirror()
        while len(mirror.rows) < 10_000:
            mirror.take(client.next_message())


# -- Refusals --

@pytest.mark.parametrize("sql, code, reason", [
    ("SELECT * FROM TABLE a JOIN TABLE b ON a.id = b.id", "INVALID_SQL", "several tables"),
    ("SELECT * FROM TABLE a, TABLE b", "INVALID_SQL", "several tables"),
    ("SELECT COUNT(*) FROM TABLE", "INVALID_SQL", "aggregates"),
    ("SELECT n + 1 FROM TABLE", "INVALID_SQL", "expressions"),
    ("SELECT DISTINCT room FROM TABLE", "INVALID_SQL", "DISTINCT"),
    ("SELECT room FROM TABLE GROUP BY room", "INVALID_SQL", "GROUP BY"),
    ("SELECT * FROM TABLE ORDER BY id", "INVALID_SQL", "ORDER BY"),
    ("SELECT * FROM TABLE LIMIT 1", "INVALID_SQL", "LIMIT"),
    ("SELECT * FROM TABLE OFFSET 1", "INVALID_SQL", "OFFSET"),
    ("SELECT * FROM TABLE WHERE id IN (SELECT 1)", "INVALID_SQL", "subquery"),
    ("SELECT * FROM (SELECT * FROM TABLE) q", "INVALID_SQL", ""),
    ("WITH q AS (SELECT 1) SELECT * FROM q", "INVALID_SQL", ""),
    ("SELECT * FROM TABLE UNION SELECT * FROM TABLE", "INVALID_SQL", "UNION"),
    ("SELECT * FROM TABLE WHERE NOW() IS NOT NULL", "INVALID_SQL", "now()"),
    ("SELECT * FROM TABLE WHERE current_timestamp IS NOT NULL", "INVALID_SQL", "value changes"),
    ("SELECT * FROM TABLE WHERE random() < 2", "INVALID_SQL", "random()"),
    ("SELECT * FROM TABLE WHERE SNOWFLAKE_ID() > 1", "INVALID_SQL", "value changes"),
    ("SELECT * FROM TABLE WHERE nope = 1", "INVALID_SQL", "nope"),
    ("SELECT nope FROM TABLE", "INVALID_SQL", "nope"),
    ("SELECT * FROM TABLE WHERE SUM(n) > 1", "INVALID_SQL", ""),
    ("SELECT * FROM TABLE WHERE id = $1", "INVALID_SQL", "$1"),
    ("SELECT * FROM TABLE WHERE", "INVALID_SQL", ""),
    ("SELECT * FROM TABLE; SELECT * FROM TABLE", "INVALID_SQL", "one statement"),
    ("SELECT 1", "INVALID_SQL", ""),
    ("", "INVALID_SQL", ""),
    ("DELETE FROM TABLE WHERE true", "INVALID_SQL", "SELECT"),
    ("DROP TABLE TABLE", "INVALID_SQL", ""),
    ("SELECT * FROM read_csv('/etc/passwd')", "INVALID_SQL", ""),
    ("SELECT * FROM notes", "INVALID_SQL", "namespace.table"),
    ("SELECT * FROM app.nope", "NOT_FOUND", "app.nope"),
    ("SELECT * FROM system.jobs", "UNAUTHORIZED", "system.jobs"),
    ("SELECT * FROM system.users", "UNAUTHORIZED", "system.users"),
])
def test_what_cannot_be_live(world, sql, code, reason):
    world.client.ask("s", sql.replace("TABLE", world.table), {})
    error = world.client.next_message()
    assert (error["type"], error["subscription_id"], error["code"]) == ("error", "s", code), error
    assert reason in error["message"]
    # The connection is none the worse.
    world.subscribe()
    world.write("INSERT INTO TABLE (id) VALUES (1)")
    assert inserted(world.client.next_change("s")) == "1"


def test_system_tables_have_no_changes(server):
    with live_client.connect(server) as client:
        client.ask("s", "SELECT * FROM system.jobs")
        assert client.next_error()["code"] == "UNSUPPORTED"


def test_a_filter_that_fails_ends_its_subscription(world):
    world.subscribe("WHERE 10 / n > 1")
    world.subscribe(name="t")
    world.write("INSERT INTO TABLE (id, n) VALUES (1, 0)")
    assert world.client.next_change("s")["code"] == "SUBSCRIPTION_FAILED"
    assert inserted(world.client.next_change("t")) == "1"


# -- Options --

def test_without_options_there_are_changes_only(world):
    world.write("INSERT INTO TABLE (id) VALUES (1)")
    ready = {"batch_num": 0, "has_more": False, "status": "ready", "last_seq_id": None}
    assert world.subscribe().ack["batch_control"] == ready
    world.client.send({"type": "subscribe", "subscription": {"id": "null", "sql": f"SELECT * FROM {world.table}",
                                                             "options": None}})
    assert world.client.next_message()["batch_control"] == ready
    world.client.send({"type": "next_batch", "subscription_id": "s"})
    assert world.client.next_error()["code"] == "BATCH_FETCH_FAILED"
    world.write("UPDATE TABLE SET n = 1 WHERE id = 1")
    for name in ("s", "null"):
        assert world.client.next_change(name)["change_type"] == "update"


def test_pages(world):
    world.write("INSERT INTO TABLE (id) SELECT i FROM generate_series(1, 2500) AS g(i)")
    subscription = world.subscribe(options={})
    assert [len(batch["rows"]) for batch in subscription.batches] == [1000, 1000, 500]
    subscription = world.subscribe("WHERE id > 2490", {"batch_size": 4}, name="small")
    controls = [batch["batch_control"] for batch in subscription.batches]
    assert [(control["batch_num"], control["has_more"], control["status"]) for control in controls] == [
        (0, True, "loading"), (1, True, "loading_batch"), (2, False, "ready")]
    assert [row["id"] for row in subscription.rows] == [str(key) for key in range(2491, 2501)]
    assert [control["last_seq_id"] for control in controls] == [
        int(batch["rows"][-1]["_seq"]) for batch in subscription.batches]
    world.client.send({"type": "next_batch", "subscription_id": "nope"})
    assert world.client.next_error()["code"] == "BATCH_FETCH_FAILED"


def test_a_page_can_be_asked_for_again(world):
    world.write("INSERT INTO TABLE (id) SELECT i FROM generate_series(1, 5) AS g(i)")
    client = world.client
    client.ask("s", f"SELECT id FROM {world.table}", {"batch_size": 2})
    assert client.next_message()["type"] == "subscription_ack"
    first = client.next_message()
    for last in (first["batch_control"]["last_seq_id"], str(first["batch_control"]["last_seq_id"])):
        client.send({"type": "next_batch", "subscription_id": "s", "last_seq_id": last})
        assert [row["id"] for row in client.next_message()["rows"]] == ["3", "4"]
    client.send({"type": "next_batch", "subscription_id": "s"})
    assert [row["id"] for row in client.next_message()["rows"]] == ["1", "2"]


def test_the_newest_rows(world):
    world.write("INSERT INTO TABLE (id) SELECT i FROM generate_series(1, 50) AS g(i)")
    subscription = world.subscribe("WHERE id % 2 = 0", {"last_rows": 3})
    assert [row["id"] for row in subscription.rows] == ["46", "48", "50"]
    assert subscription.batches[0]["batch_control"]["status"] == "ready"
    assert len(world.subscribe(options={"last_rows": 100}, name="all").rows) == 50
    assert world.subscribe(options={"last_rows": 0}, name="none").rows == []
    world.client.ask("wrong", f"SELECT * FROM {world.table}", {"last_rows": 5, "batch_size": 2})
    assert world.client.next_error()["code"] == "UNSUPPORTED"
    # `from` goes before `last_rows`.
    position = int(subscription.rows[0]["_seq"])
    both = world.subscribe("WHERE id % 2 = 0", {"last_rows": 1, "from": position}, name="both")
    assert [row["id"] for row in both.rows] == ["48", "50"]


def test_batches_of_no_rows(world):
    world.write("INSERT INTO TABLE (id) VALUES (1)")
    subscription = world.subscribe(options={"batch_size": 0})
    assert subscription.rows == [] and subscription.batches[0]["batch_control"]["status"] == "ready"
    world.write("UPDATE TABLE SET n = 1 WHERE id = 1")
    assert world.client.next_change("s")["change_type"] == "update"


def test_the_same_id_again_replaces(world):
    for _ in range(3):
        world.subscribe("WHERE n = 1")
    world.subscribe("WHERE n = 2")
    world.write("INSERT INTO TABLE (id, n) VALUES (1, 1), (2, 2)")
    assert inserted(world.client.next_change("s")) == "2"
    assert world.client.is_silent(0.1)
    assert len(world.server.rows(f"SELECT * FROM system.live WHERE query LIKE '%{world.table} %'")) == 1


# -- Joining snapshot and changes; resuming --

def test_paging_while_rows_change(world):
    world.write("INSERT INTO TABLE (id, n) SELECT i, 0 FROM generate_series(1, 400) AS g(i)")
    done, statements = threading.Event(), []

    def write():
        with Statements(world.server, world.token) as run:
            while not done.is_set():
                number = len(statements)
                statements.append(run(f"UPDATE {world.table} SET n = n + 1 WHERE id = {number * 37 % 500 + 1}"))
                statements.append(run(f"DELETE FROM {world.table} WHERE id = {number * 11 % 400 + 1}"))
                statements.append(run(f"INSERT INTO {world.table} (id, n) VALUES ({401 + number}, {number})"))

    writer = threading.Thread(target=write)
    writer.start()
    client, mirror, ready = world.client, Mirror(), False
    try:
        client.ask("s", f"SELECT id, n FROM {world.table} WHERE n < 3", {"batch_size": 10})
        assert client.next_message()["type"] == "subscription_ack"
        while not ready:
            message = client.next_message()
            assert message["type"] == "initial_data_batch", "changes come after the last page"
            ready = mirror.take(message)
            if not ready:
                client.send({"type": "next_batch", "subscription_id": "s", "last_seq_id": mirror.position})
        for _ in range(20):
            mirror.take(client.next_message())
    finally:
        done.set()
        writer.join()
    assert len(statements) > 30
    converge(world, client, mirror, "WHERE n < 3")


def converge(world, client, mirror, where, seconds=10.0):
    """Reads until the mirror holds what the query returns."""
    wanted = dict(world.rows(f"SELECT id, n FROM TABLE {where}"))
    deadline = time.monotonic() + seconds
    while {key: row.get("n") for key, row in mirror.rows.items()} != wanted:
        mirror.take(client.next_message(max(0.01, deadline - time.monotonic())))
    assert client.is_silent(0.1)


class Statements:
    """Sends them over a connection of its own, for threads: the status of each."""

    def __init__(self, server, token):
        self.raw, self.token = server.raw(), token

    def __call__(self, sql):
        body = json.dumps({"sql": sql}).encode()
        self.raw.send(f"POST /v1/api/sql HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {self.token}\r\n"
                      f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
        return self.raw.read_response().status

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.raw.close()


@pytest.mark.parametrize("batch_size", [1, 3, 1000])
@pytest.mark.parametrize("is_cold", [False, True])
def test_a_resume_reports_what_is_gone(world, batch_size, is_cold):
    world.write("INSERT INTO TABLE (id, room, n) SELECT i, 'a', 0 FROM generate_series(1, 9) AS g(i)")
    subscription = world.subscribe("WHERE room = 'a'", {})
    mirror = Mirror()
    for batch in subscription.batches:
        mirror.take(batch)
    world.client.drop()
    if is_cold:
        jobs_client.run(world.server, f"STORAGE FLUSH TABLE {world.table}")
    world.write("DELETE FROM TABLE WHERE id IN (1, 2)")
    world.write("UPDATE TABLE SET room = 'b' WHERE id = 3")
    world.write("UPDATE TABLE SET n = 5 WHERE id = 4")
    world.write("DELETE FROM TABLE WHERE id = 5; INSERT INTO TABLE (id, room, n) VALUES (5, 'a', 9)")
    world.write("INSERT INTO TABLE (id, room, n) VALUES (10, 'a', 7), (11, 'b', 7)")
    world.write("INSERT INTO TABLE (id, room, n) VALUES (12, 'a', 7)")
    world.write("DELETE FROM TABLE WHERE id = 12")
    if is_cold:
        jobs_client.run(world.server, f"STORAGE FLUSH TABLE {world.table}")
    with live_client.connect(world.server, token=world.token) as client:
        client.ask("s", f"SELECT * FROM {world.table} WHERE room = 'a'",
                   {"from": mirror.position, "batch_size": batch_size})
        assert client.next_message()["type"] == "subscription_ack"
        while True:
            message = client.next_message()
            is_ready = mirror.take(message)
            if is_ready:
                break
            if message["type"] == "initial_data_batch" and message["batch_control"]["has_more"]:
                client.send({"type": "next_batch", "subscription_id": "s",
                             "last_seq_id": message["batch_control"]["last_seq_id"]})
        assert {key: row["n"] for key, row in mirror.rows.items()} == {
            "4": 5, "5": 9, "6": 0, "7": 0, "8": 0, "9": 0, "10": 7}
        world.write("UPDATE TABLE SET n = 1 WHERE id = 6")
        assert client.next_change("s")["rows"][0]["n"] == 1


def test_nothing_happened_meanwhile(world):
    world.write("INSERT INTO TABLE (id) VALUES (1)")
    position = world.subscribe(options={}).last_seq
    for text in (position, str(position)):
        subscription = world.subscribe(options={"from": text}, name="t")
        assert subscription.rows == [] and len(subscription.batches) == 1
    world.client.send({"type": "subscribe", "subscription": {
        "id": "u", "sql": f"SELECT * FROM {world.table}", "options": {"from_seq_id": position}}})
    assert [world.client.next_message()["type"] for _ in range(2)] == ["subscription_ack", "initial_data_batch"]


def test_history_that_is_gone(server):
    server.sql(f"CREATE USER TABLE app.history ({NOTES}) WITH (DELETED_RETENTION = '1s')")
    alice = token_of(server, "alice")
    sql = "SELECT * FROM app.history"
    server.sql("INSERT INTO app.history (id) VALUES (1), (2), (3)", token=alice)
    with live_client.connect(server, token=alice) as client:
        position = client.subscribe("s", sql, {}).last_seq
        client.unsubscribe("s")
        server.sql("DELETE FROM app.history WHERE id = 2", token=alice)
        jobs_client.run(server, "STORAGE FLUSH TABLE app.history")

        def answer():
            jobs_client.run(server, "STORAGE COMPACT TABLE app.history")
            client.ask("s", sql, {"from": position})
            first = client.next_message()
            if first["type"] == "error":
                return first
            messages = [client.next_message() for _ in range(2)]
            assert deleted(messages[0]) == "2", messages
            client.unsubscribe("s")
            return None

        error = harness.wait_for(answer, "the end of the tombstone", 20)
        assert (error["code"], error["subscription_id"]) == ("SNAPSHOT_REQUIRED", "s")
        subscription = client.subscribe("s", sql, {})
        assert {row["id"] for row in subscription.rows} == {"1", "3"}
        server.sql("UPDATE app.history SET n = 1 WHERE id = 3", token=alice)
        position = int(client.next_change("s")["rows"][0]["_seq"])
        assert client.subscribe("t", sql, {"from": position}).rows == []


def test_history_that_is_gone_between_two_pages(server):
    server.sql(f"CREATE USER TABLE app.pages ({NOTES}) WITH (DELETED_RETENTION = '1s')")
    alice = token_of(server, "alice")
    sql = "SELECT * FROM app.pages"
    server.sql("INSERT INTO app.pages (id) VALUES (1), (2), (3)", token=alice)
    with live_client.connect(server, token=alice) as client:
        position = client.subscribe("s", sql, {}).last_seq
        client.unsubscribe("s")
        server.sql("UPDATE app.pages SET n = 1 WHERE id = 1; DELETE FROM app.pages WHERE id = 2", token=alice)
        client.ask("s", sql, {"from": position, "batch_size": 1})
        assert client.next_message()["type"] == "subscription_ack"
        page = client.next_message()
        assert [row["id"] for row in page["rows"]] == ["1"] and page["batch_control"]["has_more"]
        jobs_client.run(server, "STORAGE FLUSH TABLE app.pages")

        def is_gone():
            jobs_client.run(server, "STORAGE COMPACT TABLE app.pages")
            with live_client.connect(server, token=alice) as probe:
                probe.ask("probe", sql, {"from": position})
                return probe.next_message()["type"] == "error"

        harness.wait_for(is_gone, "the end of the tombstone", 20)
        client.send({"type": "next_batch", "subscription_id": "s",
                     "last_seq_id": page["batch_control"]["last_seq_id"]})
        answer = client.wait_for(lambda m: m["subscription_id"] == "s")
        assert (answer["type"], answer.get("code")) == ("error", "SNAPSHOT_REQUIRED"), answer
        assert live_rows(server, "s") == []


def test_a_position_of_a_dropped_table(world):
    world.write("INSERT INTO TABLE (id) VALUES (1)")
    position = world.subscribe(options={}).last_seq
    world.client.unsubscribe("s")
    world.server.sql(f"DROP TABLE {world.table}; CREATE USER TABLE {world.table} ({NOTES})")
    world.write("INSERT INTO TABLE (id) VALUES (2)")
    world.client.ask("s", f"SELECT * FROM {world.table}", {"from": position})
    assert world.client.wait_for(lambda m: m["type"] != "error" or m["code"] != "NOT_FOUND")["code"] == "SNAPSHOT_REQUIRED"
    subscription = world.subscribe(options={"from": 0})
    assert [row["id"] for row in subscription.rows] == ["2"]
    assert world.subscribe(options={"from": subscription.last_seq}).rows == []


def test_flush_and_compaction_are_invisible(world):
    world.write("INSERT INTO TABLE (id, n) SELECT i, 0 FROM generate_series(1, 100) AS g(i)")
    world.subscribe("WHERE n < 50")
    for number in range(1, 4):
        world.write(f"UPDATE TABLE SET n = {number} WHERE id <= 10")
        for _ in range(10):
            assert world.client.next_change("s")["old_values"][0]["n"] == number - 1
        assert jobs_client.run(world.server, f"STORAGE FLUSH TABLE {world.table}")["status"] == "completed"
        assert world.client.is_silent(0.1)
    jobs_client.run(world.server, f"STORAGE COMPACT TABLE {world.table}")
    assert world.client.is_silent(0.3)
    # Old values of rows that only the cold tier has.
    world.write("UPDATE TABLE SET n = 77 WHERE id = 50")
    assert deleted(world.client.next_change("s")) == "50"
    assert len(world.subscribe("WHERE n < 50", {"batch_size": 30}, name="t").rows) == 99


def test_transactions(world):
    world.write("INSERT INTO TABLE (id, n) VALUES (1, 2)")
    world.subscribe()
    world.write("BEGIN; UPDATE TABLE SET n = 3 WHERE id = 1; UPDATE TABLE SET n = 4 WHERE id = 1; "
                "INSERT INTO TABLE (id) VALUES (2); DELETE FROM TABLE WHERE id = 2; "
                "INSERT INTO TABLE (id) VALUES (3); COMMIT")
    change = world.client.next_change("s")
    assert (change["rows"][0]["n"], change["old_values"][0]["n"]) == (4, 2)
    assert inserted(world.client.next_change("s")) == "3"
    world.write("BEGIN; INSERT INTO TABLE (id) VALUES (9); ROLLBACK")
    assert world.client.is_silent()
    world.write("DELETE FROM TABLE WHERE id = 1; INSERT INTO TABLE (id, n) VALUES (1, 8)")
    assert [world.client.next_change("s")["change_type"] for _ in range(2)] == ["delete", "insert"]


def test_a_restart_loses_no_position():
    with harness.Server(settings=SETTINGS) as server:
        server.sql(f"CREATE NAMESPACE app; CREATE USER TABLE app.t ({NOTES})")
        server.sql("INSERT INTO app.t (id) VALUES (1), (2)")
        with live_client.connect(server) as client:
            position = client.subscribe("s", "SELECT * FROM app.t", {}).last_seq
            server.sql("DELETE FROM app.t WHERE id = 1")
            server.kill()
        server.start()
        with live_client.connect(server) as client:
            client.ask("s", "SELECT * FROM app.t", {"from": position})
            assert client.next_message()["type"] == "subscription_ack"
            assert deleted(client.next_message()) == "1"


# -- Slow readers --

def test_a_slow_reader_converges_and_sees_it():
    with harness.Server(settings={**SETTINGS, "live.connection_queue_bytes": 16_384}) as server:
        server.sql(f"CREATE NAMESPACE app; CREATE USER TABLE app.t ({NOTES})")
        with live_client.connect(server, path="/v1/ws?compress=false", receive_buffer_bytes=4096) as client:
            client.subscribe("s", "SELECT * FROM app.t WHERE n < 900", {})
            body = os.urandom(10_000).hex()
            begin = time.monotonic()
            for number in range(300):
                server.sql("INSERT INTO app.t (id, n, body) VALUES ($1, $2, $3) ON CONFLICT (id) DO UPDATE SET "
                           "n = excluded.n", params=[number % 50, number, body])
            server.sql("DELETE FROM app.t WHERE id < 5; UPDATE app.t SET n = 999 WHERE id = 7")
            assert harness.is_sanitized() or time.monotonic() - begin < 25, "nobody waits for a slow reader"
            state = server.rows("SELECT status, resyncs, queue_bytes, lag_ms FROM system.live")[0]
            assert state[0] == "behind" and int(state[2]) <= 16_384 + 40_000 and int(state[3]) > 0, state
            mirror, statuses = Mirror(), set()
            wanted = dict(server.rows("SELECT id, n FROM app.t WHERE n < 900"))
            assert len(wanted) == 44
            while {key: row["n"] for key, row in mirror.rows.items()} != wanted:
                message = client.next_message()
                if message["type"] == "initial_data_batch":
                    statuses.add(message["batch_control"]["status"])
                mirror.take(message)
            assert "resync" in statuses
            assert int(server.rows("SELECT resyncs FROM system.live")[0][0]) > 0
            # Live again.
            harness.wait_for(lambda: server.rows("SELECT status FROM system.live") == [["live"]], "the end of resync")
            server.sql("INSERT INTO app.t (id, n) VALUES (1000, 1)")
            assert client.wait_for(lambda m: m.get("change_type") == "insert" and m["rows"][0]["id"] == "1000")


def test_a_stuck_reader_is_closed():
    settings = {**SETTINGS, "live.slow_reader_timeout_secs": 1, "websocket.client_timeout_secs": 60}
    with harness.Server(settings=settings) as server:
        server.sql(f"CREATE NAMESPACE app; CREATE USER TABLE app.t ({NOTES})")
        with live_client.connect(server, path="/v1/ws?compress=false", receive_buffer_bytes=4096) as client, \
                live_client.connect(server) as idle:
            client.subscribe("s", "SELECT * FROM app.t")
            idle.subscribe("s", "SELECT id FROM app.t WHERE id < 0")
            body = os.urandom(20_000).hex()
            for number in range(200):
                server.sql("INSERT INTO app.t (id, body) VALUES ($1, $2)", params=[number, body])
            threading.Event().wait(2.5)
            assert client.wait_for_close()[0] == 4008
            server.sql("INSERT INTO app.t (id) VALUES (-1)")
            assert inserted(idle.next_change("s")) == "-1"
            harness.wait_for(lambda: len(server.rows("SELECT * FROM system.live")) == 1, "the end of the other", 5)


# -- Administration --

def live_rows(server, client_id):
    return server.rows(f"SELECT live_id, user_id, query, status, changes FROM system.live "
                       f"WHERE subscription_id = '{client_id}'")


def test_system_live(world):
    server, query = world.server, f"SELECT id FROM {world.table} WHERE n = 1"
    world.client.subscribe("listed", query, {"batch_size": 5})
    world.write("INSERT INTO TABLE (id, n) VALUES (1, 1), (2, 2), (3, 1)")
    for _ in range(2):
        world.client.next_change("listed")
    names = [column["name"] for column in server.sql("SELECT * FROM system.live")["results"][0]["schema"]]
    row = dict(zip(names, server.rows("SELECT * FROM system.live WHERE subscription_id = 'listed'")[0], strict=True))
    assert row["live_id"] == f"alice-{row['connection_id']}-listed" and len(row["connection_id"]) == 32
    assert (row["user_id"], row["query"], row["status"]) == ("alice", query, "live")
    assert row["namespace_id"] + "." + row["table_name"] == world.table
    assert json.loads(row["options"]) == {"batch_size": 5}
    assert row["changes"] == "2" and int(row["bytes"]) > 100
    assert (row["queue_length"], row["queue_bytes"], row["lag_ms"], row["resyncs"]) == ("0", "0", "0", "0")
    assert server.rows("SELECT * FROM system.live_queries WHERE query_id = 'listed'") != []
    assert server.sql_error("SELECT * FROM system.live", token=world.token)["code"] == "PERMISSION_DENIED"
    world.client.drop()
    harness.wait_for(lambda: live_rows(server, "listed") == [], "the end of the row", 1.0)


@pytest.mark.parametrize("end", ["unsubscribe", "close", "drop", "abort"])
def test_every_end_is_seen_within_a_second(world, end):
    world.subscribe(name=end)
    assert len(live_rows(world.server, end)) == 1
    if end == "unsubscribe":
        world.client.unsubscribe(end)
    elif end == "abort":
        world.client.raw.abort()
    else:
        getattr(world.client, end)()
    harness.wait_for(lambda: live_rows(world.server, end) == [], "the end of the row", 1.0)


def test_kill(world):
    world.subscribe(name="it's-mine")
    world.subscribe(name="t")
    server = world.server
    live_id = server.rows("SELECT live_id FROM system.live WHERE subscription_id = 'it''s-mine'")[0][0].replace("'", "''")
    assert server.sql_error(f"KILL LIVE QUERY '{live_id}'", token=world.token)["code"] == "PERMISSION_DENIED"
    server.sql(f"KILL LIVE QUERY '{live_id}'", token=token_of(server, "dora"))
    error = world.client.next_error()
    assert (error["subscription_id"], error["code"]) == ("it's-mine", "KILLED")
    assert "not found" in server.sql_error(f"KILL LIVE QUERY '{live_id}'")["message"]
    world.write("INSERT INTO TABLE (id) VALUES (1)")
    assert inserted(world.client.next_change("t")) == "1"
    assert world.client.is_silent(0.1)


def test_subscribe_to_over_http(world):
    names, rows = ["status", "ws_url", "subscription", "message"], world.rows(
        "SUBSCRIBE TO TABLE WHERE room = 'it''s' OPTIONS (last_rows = 5, batch_size = 10)")
    answer = dict(zip(names, rows[0], strict=True))
    assert answer["ws_url"] == f"ws://{world.server.host}:{world.server.port}/v1/ws"
    subscription = json.loads(answer["subscription"])
    assert subscription["options"] == {"last_rows": 5, "batch_size": 10}
    world.client.send({"type": "subscribe", "subscription": subscription})
    assert world.client.next_message()["type"] == "subscription_ack"
    world.client.next_message()
    world.write("INSERT INTO TABLE (id, room) VALUES (1, 'x'), (2, 'it''s')")
    assert inserted(world.client.next_change(subscription["id"])) == "2"


@pytest.mark.parametrize("rest", ["WHERE NOW() IS NULL", "WHERE nope = 1", "ORDER BY id", "LIMIT 1", "WHERE"])
def test_subscribe_to_what_cannot_be_live(world, rest):
    world.server.sql_error(f"SUBSCRIBE TO {world.table} {rest}", token=world.token)


def test_a_dropped_table_ends_its_subscriptions(world):
    world.subscribe()
    world.server.sql(f"DROP TABLE {world.table}")
    error = world.client.next_error(5)
    assert (error["subscription_id"], error["code"]) == ("s", "NOT_FOUND")
    world.server.sql(f"CREATE USER TABLE {world.table} ({NOTES})")
    world.subscribe()
    world.write("INSERT INTO TABLE (id) VALUES (1)")
    assert inserted(world.client.next_change("s")) == "1"


@pytest.mark.parametrize("user, sql", [("carl", "DROP USER 'carl'"), ("cleo", "ALTER USER 'cleo' SET ROLE service")])
def test_a_user_that_changes_is_sent_away(world, user, sql):
    token = world.server.create_user(user)
    with live_client.connect(world.server, token=token) as client:
        client.subscribe("s", f"SELECT * FROM {world.table}")
        world.server.sql(sql)
        assert client.wait_for_close(5)[0] == 1008


def test_limits():
    with harness.Server(settings={"rate_limit.max_subscriptions_per_user": 3, "rate_limit.max_messages_per_sec": 0}) \
            as server:
        server.sql(f"CREATE NAMESPACE app; CREATE USER TABLE app.t ({NOTES})")
        alice = server.create_user("alice")
        with live_client.connect(server, token=alice) as one, live_client.connect(server, token=alice) as two:
            for name, client in (("a", one), ("b", one), ("a", two), ("a", two)):
                client.subscribe(name, "SELECT * FROM app.t")
            one.ask("c", "SELECT * FROM app.t")
            error = one.next_error()
            assert (error["subscription_id"], error["code"]) == ("c", "SUBSCRIPTION_LIMIT_EXCEEDED")
            two.ask("wrong", "SELECT * FROM app.nope")
            two.next_error()
            one.unsubscribe("b")
            one.subscribe("c", "SELECT * FROM app.t")
            two.drop()
            harness.wait_for(lambda: len(server.rows("SELECT * FROM system.live")) == 2, "the other's end", 2)
            one.subscribe("d", "SELECT * FROM app.t")


def test_subscriptions_of_a_connection(world):
    for number in range(100):
        world.subscribe(f"WHERE n = {number}", name=str(number))
    world.client.ask("more", f"SELECT * FROM {world.table}")
    assert world.client.next_error()["code"] == "SUBSCRIPTION_LIMIT_EXCEEDED"
    world.write("INSERT INTO TABLE (id, n) VALUES (1, 42)")
    assert world.client.next_message()["subscription_id"] == "42"
    world.write("UPDATE TABLE SET n = 43 WHERE id = 1")
    kinds = {(m["subscription_id"], m["change_type"]) for m in (world.client.next_message() for _ in range(2))}
    assert kinds == {("42", "delete"), ("43", "insert")}


# -- Encodings --

def unpack(data):
    """The value of MessagePack bytes."""
    def take(size):
        nonlocal at
        at += size
        return data[at - size:at]

    def number(size, signed=False):
        return int.from_bytes(take(size), "big", signed=signed)

    def value():
        kind = number(1)
        if kind <= 0x7f:
            return kind
        if kind <= 0x8f:
            return {value(): value() for _ in range(kind & 0x0f)}
        if kind <= 0x9f:
            return [value() for _ in range(kind & 0x0f)]
        if kind <= 0xbf:
            return take(kind & 0x1f).decode()
        if kind >= 0xe0:
            return kind - 256
        if kind in (0xc0, 0xc2, 0xc3):
            return {0xc0: None, 0xc2: False, 0xc3: True}[kind]
        if 0xcc <= kind <= 0xcf:
            return number(1 << (kind - 0xcc))
        if 0xd0 <= kind <= 0xd3:
            return number(1 << (kind - 0xd0), signed=True)
        if 0xd9 <= kind <= 0xdb:
            return take(number(1 << (kind - 0xd9))).decode()
        if kind in (0xdc, 0xdd):
            return [value() for _ in range(number(2 if kind == 0xdc else 4))]
        assert kind in (0xde, 0xdf), hex(kind)
        return {value(): value() for _ in range(number(2 if kind == 0xde else 4))}

    at = 0
    result = value()
    assert at == len(data)
    return result


def test_message_pack(world):
    protocol = {"serialization": "msgpack", "compression": "gzip"}
    with live_client.connect(world.server, token=world.token, protocol=protocol) as client:
        def next_unpacked():
            opcode, payload = client.next_frame()
            assert opcode == BINARY
            is_compressed = payload[:2] == b"\x1f\x8b"
            return unpack(gzip.decompress(payload) if is_compressed else payload), is_compressed

        client.ask("s", f"SELECT * FROM {world.table}", {})
        ack = next_unpacked()[0]
        assert ack["type"] == "subscription_ack" and ack["batch_control"]["last_seq_id"] is None
        assert next_unpacked()[0]["rows"] == []
        world.subscribe()
        for body, is_compressed in (("ü", False), ("x" * 10_000, True)):
            world.write("INSERT INTO TABLE VALUES ($1, 'r', -5, $2, NULL)", params=[len(body), body])
            assert next_unpacked() == (world.client.next_change("s"), is_compressed)
        world.write("UPDATE TABLE SET n = 300 WHERE id = 1")
        assert next_unpacked()[0] == world.client.next_change("s")
        # The position is a number, whole.
        client.ask("t", f"SELECT * FROM {world.table}", {})
        last = next_unpacked()[0]["batch_control"]["last_seq_id"]
        assert last == int(next_unpacked()[0]["rows"][-1]["_seq"])


def test_gzip(world):
    with live_client.connect(world.server, token=world.token, path="/v1/ws?compress=false") as plain:
        plain.subscribe("s", f"SELECT * FROM {world.table}")
        world.subscribe()
        compressed = world.client.compressed_frames
        for body in ("small", "large" * 1_000, os.urandom(30).hex()):
            world.write("INSERT INTO TABLE (id, body) VALUES ($1, $2)", params=[len(body), body])
            assert plain.next_change("s") == world.client.next_change("s")
        assert (world.client.compressed_frames - compressed, plain.compressed_frames) == (1, 0)


def test_many_connections_get_the_same(world):
    clients = [live_client.connect(world.server, token=world.token) for _ in range(30)]
    for number, client in enumerate(clients):
        client.subscribe("s" if number % 2 else f"s{number}", f"SELECT * FROM {world.table} WHERE room = 'a'", {})
    world.write("INSERT INTO TABLE (id, room) VALUES (1, 'a'), (2, 'b')")
    world.write("UPDATE TABLE SET room = 'b' WHERE id = 1")
    told = [[client.next_message() for _ in range(2)] for client in clients]
    for messages in told:
        assert [{**message, "subscription_id": ""} for message in messages] == [
            {**message, "subscription_id": ""} for message in told[0]]
    for client in clients:
        client.drop()


def test_unknown_messages_of_subscriptions(world):
    world.client.unsubscribe("never")
    world.client.send({"type": "next_batch", "subscription_id": "never"})
    error = world.client.next_error()
    assert (error["subscription_id"], error["code"]) == ("never", "BATCH_FETCH_FAILED")

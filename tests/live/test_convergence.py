# SPDX-License-Identifier: Apache-2.0
"""What subscribers hold converges to what their queries return, whatever happens on the way.

Several users write at random while dozens of subscribers with random filters connect, page, stall, drop their
connections and resume, and the server is killed and started again. At the end every subscriber holds the result of its
query, and was told of each change once, in the order of `_seq`.

KALAMDB_LIVE_SEED: the first seed. KALAMDB_LIVE_ROUNDS: how many seeds. KALAMDB_LIVE_SUBSCRIBERS, KALAMDB_LIVE_SECONDS: the
size of each.
"""

import http.client
import json
import os
import random
import threading
import time

import pytest

import harness
import live_client

SEED = int(os.environ.get("KALAMDB_LIVE_SEED", "1"))
ROUNDS = int(os.environ.get("KALAMDB_LIVE_ROUNDS", "1"))
SUBSCRIBERS = int(os.environ.get("KALAMDB_LIVE_SUBSCRIBERS", "36"))
SECONDS = float(os.environ.get("KALAMDB_LIVE_SECONDS", "10"))
CONVERGE_SECONDS = 150.0 if harness.is_sanitized() else 30.0
USERS = ("u0", "u1", "u2", "u3")
TABLES = ("app.mine", "app.ours")
KEYS = 80
KILLS = 2


def random_filter(rng):
    """A WHERE clause, or none."""
    simple = [lambda: f"room = 'r{rng.randrange(4)}'", lambda: f"n > {rng.randrange(20)}",
              lambda: f"n BETWEEN {rng.randrange(10)} AND {rng.randrange(8, 20)}",
              lambda: f"id IN ({rng.randrange(KEYS)}, {rng.randrange(KEYS)}, {rng.randrange(KEYS)})",
              lambda: "n IS NULL", lambda: "room IS NOT NULL", lambda: f"body LIKE '%{rng.randrange(10)}%'",
              lambda: f"n % {rng.randrange(2, 5)} = 1", lambda: f"length(body) > {rng.randrange(200)}",
              lambda: f"id = {rng.randrange(KEYS)}", lambda: f"doc->>'k' = '{rng.randrange(3)}'",
              lambda: "room = CURRENT_USER()", lambda: f"upper(room) < 'R{rng.randrange(1, 4)}'"]
    shape = rng.randrange(6)
    if shape == 0:
        return ""
    one, two = rng.choice(simple)(), rng.choice(simple)()
    return " WHERE " + [one, one, f"{one} AND {two}", f"{one} OR {two}", f"NOT ({one} AND {two})"][shape - 1]


def random_statement(rng, user):
    table, key = rng.choice(TABLES), rng.randrange(KEYS)
    room = rng.choice([f"'r{rng.randrange(4)}'", f"'{user}'", "NULL"])
    body = "b" * rng.choice([1, 50, 400, 1_500]) + str(rng.randrange(1000))
    doc = f"'{{\"k\":{rng.randrange(3)}}}'"
    row = f"({key}, {room}, {rng.choice(['NULL', str(rng.randrange(20))])}, '{body}', {doc})"
    return rng.choice([
        f"INSERT INTO {table} VALUES {row} ON CONFLICT (id) DO UPDATE SET room = excluded.room, n = excluded.n, "
        f"body = excluded.body, doc = excluded.doc",
        f"INSERT INTO {table} VALUES {row}",
        f"INSERT INTO {table} VALUES {row} ON CONFLICT DO NOTHING",
        f"UPDATE {table} SET room = {room} WHERE id = {key}",
        f"UPDATE {table} SET n = n + 1, body = '{body}' WHERE id BETWEEN {key} AND {key + 5}",
        f"UPDATE {table} SET n = NULL WHERE n > {rng.randrange(15, 25)}",
        f"UPDATE {table} SET n = {rng.randrange(20)} WHERE room = {room}",
        f"DELETE FROM {table} WHERE id = {key}",
        f"DELETE FROM {table} WHERE n = {rng.randrange(20)}",
    ])


class Writer(threading.Thread):
    """One user's statements. Conflicts, duplicate keys and a server that goes away are part of it."""

    def __init__(self, server, user, token, seed):
        super().__init__(name=user)
        self.server, self.user, self.token, self.rng = server, user, token, random.Random(seed)
        self.done, self.statements, self.wrong = threading.Event(), 0, []
        self.connection = None

    def run(self):
        while not self.done.is_set():
            sql = random_statement(self.rng, self.user)
            if self.rng.randrange(5) == 0:
                sql = "; ".join(["BEGIN", sql, *(random_statement(self.rng, self.user) for _ in range(3)), "COMMIT"])
            elif self.rng.randrange(60) == 0:
                sql = f"STORAGE {self.rng.choice(['FLUSH', 'FLUSH', 'COMPACT'])} TABLE {self.rng.choice(TABLES)}"
            try:
                self.send(sql)
            except (OSError, http.client.HTTPException, ValueError):
                self.connection = None
                self.done.wait(0.05)
            self.done.wait(self.rng.random() * 0.02)

    def send(self, sql):
        if self.connection is None:
            self.connection = http.client.HTTPConnection(self.server.host, self.server.port, timeout=60)
        self.connection.request("POST", "/v1/api/sql", json.dumps({"sql": sql}),
                                {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"})
        answer = self.connection.getresponse()
        body = answer.read()
        self.statements += 1
        if answer.status >= 500:
            self.wrong.append((answer.status, sql[:200], body[:300]))


class Subscriber(threading.Thread):
    """One query that is followed through many connections. `rows`: what the client holds, by key."""

    def __init__(self, server, number, token, seed):
        super().__init__(name=f"subscriber {number}")
        self.server, self.number, self.token, self.rng = server, number, token, random.Random(seed)
        self.table = self.rng.choice(TABLES)
        self.where = random_filter(self.rng)
        self.columns = self.rng.choice(["*", "id, n", "n, room, _updated", "body, _seq, _deleted"])
        self.sql = f"SELECT {self.columns} FROM {self.table}{self.where}"
        self.path = self.rng.choice(["/v1/ws", "/v1/ws?compress=false"])
        self.rows, self.position, self.is_fresh = {}, 0, True
        self.events = self.connections = self.resumes = self.resyncs = self.snapshots_required = 0
        self.done, self.calm, self.wrong = threading.Event(), threading.Event(), None
        self.is_ready = False
        self.lock = threading.Lock()

    def run(self):
        try:
            while not self.done.is_set():
                try:
                    self.follow()
                except (OSError, EOFError, live_client.Closed, live_client.Refused):
                    self.done.wait(0.02)  # Dropped, or the server is away.
        except BaseException as error:  # noqa: BLE001 - reported by the test.
            self.wrong = error

    def follow(self):
        """One connection, until this side drops it or it ends."""
        self.is_ready = False
        options = {"batch_size": self.rng.choice([1, 7, 50, 1000])}
        if not self.is_fresh:
            options["from"] = self.position
            self.resumes += 1
        self.connections += 1
        small = self.rng.choice([None, 4096])
        with live_client.connect(self.server, token=self.token, path=self.path, receive_buffer_bytes=small) as client:
            if self.is_fresh:
                with self.lock:
                    self.rows, self.position = {}, 0
                self.is_fresh = False
            client.ask("s", self.sql, options)
            while not self.done.is_set():
                try:
                    message = client.next_message(0.2)
                except TimeoutError:
                    continue
                if not self.take(client, message):
                    return
                if not self.calm.is_set():
                    chance = self.rng.randrange(400)
                    if chance == 0:
                        return
                    if chance < 3:
                        self.calm.wait(self.rng.random())

    def take(self, client, message):
        """Applies one message. False: a new connection has to be made."""
        if message["type"] == "error":
            assert message["code"] == "SNAPSHOT_REQUIRED", message
            self.snapshots_required += 1
            self.is_fresh = True
            return False
        with self.lock:
            if message["type"] == "initial_data_batch":
                control = message["batch_control"]
                for row in message["rows"]:
                    self.put(row)
                self.is_ready = control["status"] == "ready"
                self.resyncs += control["status"] == "resync"
                if control["has_more"]:
                    client.send({"type": "next_batch", "subscription_id": "s", "last_seq_id": control["last_seq_id"]})
            elif message["type"] == "change" and message["change_type"] == "delete":
                row = message["old_values"][0]
                self.advance(row)
                self.rows.pop(row["id"], None)
            elif message["type"] == "change":
                self.put(message["rows"][0])
        return True

    def advance(self, row):
        seq = int(row["_seq"])
        assert seq > self.position, f"{self.sql}: {row} after {self.position}"
        self.position = seq
        self.events += 1

    def put(self, row):
        self.advance(row)
        # Updates leave out what is NULL.
        self.rows[row["id"]] = {name: value for name, value in row.items() if value is not None and name != "_deleted"}

    def expected(self):
        names = ["id", "room", "n", "body", "doc", "_seq", "_deleted"]
        if self.columns != "*":
            names = [name.strip() for name in self.columns.split(",")]
            names += [name for name in ("id", "_seq") if name not in names]
        # _deleted in the list would show the deleted ones as well.
        names = [name for name in names if name != "_deleted"]
        rows = self.server.rows(f"SELECT {', '.join(names)} FROM {self.table}{self.where}", token=self.token)
        listed = [{name: value for name, value in zip(names, row, strict=True) if value is not None} for row in rows]
        return {row["id"]: row for row in listed}

    def held(self):
        with self.lock:
            return dict(self.rows)


def converged(subscriber, deadline):
    wanted = subscriber.expected()
    while subscriber.wrong is None and time.monotonic() < deadline:
        if subscriber.held() == wanted:
            return
        threading.Event().wait(0.02)
    assert subscriber.wrong is None, subscriber.wrong
    held = subscriber.held()
    missing = {key: row for key, row in wanted.items() if held.get(key) != row}
    invented = {key: row for key, row in held.items() if key not in wanted}
    raise AssertionError(f"{subscriber.name}, {subscriber.sql}, at {subscriber.position}, "
                         f"{'ready' if subscriber.is_ready else 'loading'}: missing or old "
                         f"{[(row, held.get(key)) for key, row in missing.items()][:3]}, invented {list(invented.values())[:3]}")


@pytest.mark.parametrize("seed", range(SEED, SEED + ROUNDS))
def test_everything_converges(seed):
    rng = random.Random(seed)
    settings = {"rate_limit.max_messages_per_sec": 0, "rate_limit.max_subscriptions_per_user": 10_000,
                "live.connection_queue_bytes": rng.choice([4_096, 20_000, 200_000]),
                "live.change_queue_bytes": rng.choice([65_536, 1 << 20])}
    with harness.Server(settings=settings) as server:
        server.sql("CREATE NAMESPACE app")
        columns = "id BIGINT PRIMARY KEY, room TEXT, n INT, body TEXT, doc JSON"
        retention = rng.choice(["", ", DELETED_RETENTION = '1s'"])
        server.sql(f"CREATE USER TABLE app.mine ({columns}) WITH (STORAGE_ID = 'local'{retention})")
        server.sql(f"CREATE SHARED TABLE app.ours ({columns}) WITH (ACCESS_LEVEL = 'public'{retention})")
        tokens = {user: server.create_user(user, role="service") for user in USERS}
        writers = [Writer(server, user, tokens[user], rng.random()) for user in USERS]
        subscribers = [Subscriber(server, number, tokens[rng.choice(USERS)], rng.random())
                       for number in range(SUBSCRIBERS)]
        threads = writers + subscribers
        try:
            for thread in threads:
                thread.start()
            for kill in range(KILLS + 1):
                threading.Event().wait(SECONDS / (KILLS + 1))
                if kill < KILLS:
                    server.kill()
                    server.start()
            for writer in writers:
                writer.done.set()
            for writer in writers:
                writer.join()
            for subscriber in subscribers:
                subscriber.calm.set()
            deadline = time.monotonic() + CONVERGE_SECONDS
            for subscriber in subscribers:
                converged(subscriber, deadline)
        finally:
            for thread in threads:
                thread.done.set()
                getattr(thread, "calm", thread.done).set()
            for thread in threads:
                thread.join()

        def total(name):
            return sum(getattr(subscriber, name) for subscriber in subscribers)

        print(f"seed {seed}: {sum(writer.statements for writer in writers)} statements, {total('events')} events checked, "
              f"{total('connections')} connections, {total('resumes')} resumes, {total('resyncs')} resyncs, "
              f"{total('snapshots_required')} snapshots required; {settings}{retention}")
        assert [wrong for writer in writers for wrong in writer.wrong] == []
        assert total("events") > 0 and total("resumes") > 0

# SPDX-License-Identifier: Apache-2.0
"""What holds for every WebSocket, whatever is subscribed to: the upgrade, authentication, garbage, limits, closes."""

import json
import random
import re
import struct

import pytest

import harness
import live_client
from live_client import BINARY, CLOSE, PING, PONG, TEXT, frame

SETTINGS = {"websocket.auth_timeout_secs": 1, "websocket.client_timeout_secs": 2, "security.max_ws_message_size": 4096,
            "rate_limit.max_messages_per_sec": 20}


@pytest.fixture(scope="module")
def shared_server():
    with harness.Server(settings=SETTINGS) as running:
        yield running


@pytest.fixture
def client(server):
    with live_client.connect(server) as connected:
        yield connected


def is_alive(client):
    """Whether the connection still works: an error of the protocol comes back at once."""
    client.send_bytes(frame(BINARY, b"alive?"))
    return client.next_error()["code"] == "UNSUPPORTED_DATA"


# -- Upgrade --

def test_only_websockets(server):
    response = server.request("GET", "/v1/ws")
    assert response.status == 426
    assert response.headers["upgrade"] == "websocket"


@pytest.mark.parametrize("field, value, status", [
    ("Sec-WebSocket-Version", "8", 426), ("Sec-WebSocket-Key", "short", 400), ("Upgrade", "h2c", 426),
    ("Connection", "keep-alive", 426),
])
def test_handshakes_that_are_none(server, field, value, status):
    with pytest.raises(live_client.Refused) as refused:
        live_client.Client(server, headers={field: value})
    assert refused.value.status == status


def test_origins():
    settings = {"security.cors.allowed_origins": ["https://app.example"], "security.strict_ws_origin_check": True}
    with harness.Server(settings=settings) as server:
        for headers in ({}, {"Origin": "https://app.example.evil"}):
            with pytest.raises(live_client.Refused) as refused:
                live_client.Client(server, headers=headers)
            assert refused.value.status == 403
        live_client.Client(server, headers={"Origin": "https://app.example"}).drop()


# -- Authentication --

def test_by_message(server):
    with live_client.Client(server) as client:
        answer = client.authenticate(server.login())
        assert answer == {"type": "auth_success", "user": "root", "role": "system",
                          "protocol": {"serialization": "json", "compression": "gzip"}}
        assert client.authenticate(server.login()) == answer
        assert is_alive(client)


def test_by_header(server):
    headers = {"Authorization": f"Bearer {server.login()}"}
    with live_client.Client(server, "/v1/ws?compress=false", headers) as client:
        assert client.next_message()["protocol"] == {"serialization": "json", "compression": "none"}
    with live_client.Client(server, headers={"Authorization": "Bearer x"}) as client:
        assert client.next_message() == {"type": "auth_error", "message": "Invalid credentials"}
        assert client.wait_for_close() == (1008, "Authentication failed")


def test_tokens_that_do_not_do(server):
    refresh = server.request("POST", "/v1/api/auth/login",
                             {"user": "root", "password": harness.ROOT_PASSWORD}).json()["refresh_token"]
    for token in ("", "x", server.login()[:-2], refresh, "ü" * 500):
        with live_client.Client(server) as client:
            client.send({"type": "authenticate", "method": "jwt", "token": token})
            assert client.next_message() == {"type": "auth_error", "message": "Invalid credentials"}
            assert client.wait_for_close() == (1008, "Authentication failed")


def test_nothing_before_authentication(server):
    with live_client.Client(server) as client:
        for message in ({"type": "subscribe", "subscription": {"id": "s", "sql": "SELECT 1"}},
                        {"type": "next_batch", "subscription_id": "s"},
                        {"type": "unsubscribe", "subscription_id": "s"}):
            client.send(message)
            error = client.next_message()
            assert (error["code"], error["subscription_id"]) == ("AUTH_REQUIRED", "subscribe")
        assert "Authentication timeout" in client.next_message()["message"]
        assert client.wait_for_close() == (1008, "Authentication timeout")


def test_attempts_from_one_address():
    with harness.Server(settings={"rate_limit.max_auth_requests_per_ip_per_sec": 5}) as server:
        messages = []
        for _ in range(10):
            with live_client.Client(server, headers={"X-Forwarded-For": "203.0.113.9"}) as client:
                client.send({"type": "authenticate", "method": "jwt", "token": "x"})
                messages.append(client.next_message()["message"])
        assert messages[0] == "Invalid credentials"
        assert messages[-1] == "Too many authentication attempts. Please retry shortly."


def test_a_token_that_expires():
    with harness.Server(settings={"websocket.token_expiry_grace_secs": 0}) as server:
        # Good for HTTP for a minute after its end, when clocks differ; the connection ends at once.
        with live_client.connect(server, token=live_client.token_with(server, -5)) as client:
            assert client.wait_for_close() == (4401, "Token expired")


# -- Garbage --

@pytest.mark.parametrize("data, code", [
    (frame(TEXT, "nope"), 1011), (frame(TEXT, "[]"), 1011), (frame(TEXT, '{"type":"dance"}'), 1011),
    (frame(TEXT, '{"type":7}'), 1011), (frame(TEXT, '{"type":"subscribe"}'), 1011),
    (frame(TEXT, '{"type":"subscribe","subscription":{"id":1,"sql":2}}'), 1011),
    (frame(TEXT, '{"type":"subscribe","subscription":{"id":"s","sql":"x","options":{"from":-1}}}'), 1011),
    (frame(TEXT, '{"type":"next_batch","subscription_id":"s","last_seq_id":1.5}'), 1011),
    (frame(TEXT, '{"type":"next_batch","subscription_id":"s","last_seq_id":18446744073709551616}'), 1011),
    (frame(TEXT, '{"type":"ping","x":' + "[" * 1500 + "]" * 1500 + "}"), 1011),
    (frame(TEXT, b"\xff\xfe"), 1007), (frame(TEXT, b"\xed\xa0\x80"), 1007),
    (frame(TEXT, "x", mask=None), 1002), (frame(TEXT, "x", reserved=4), 1002), (frame(3, "x"), 1002),
    (frame(0, "x"), 1002), (frame(PING, b"x" * 126), 1002), (frame(PING, is_final=False), 1002),
    (frame(TEXT, "x", is_final=False) + frame(TEXT, "y"), 1002), (frame(CLOSE, b"x"), 1002),
    (struct.pack("!BBQ", 0x81, 0xff, 1 << 62) + b"mask", 1009),
])
def test_garbage_ends_the_connection(client, data, code):
    client.send_bytes(data)
    closed = client.wait_for_close()
    assert closed[0] == code and (closed[1] != "" or code == 1000)


def test_random_bytes(server):
    rng = random.Random(20)
    for _ in range(100):
        with live_client.Client(server) as client:
            client.send_bytes(rng.randbytes(rng.randrange(1, 300)))
    with live_client.connect(server) as client:
        assert is_alive(client)


def test_a_connection_that_is_dropped_anywhere(server):
    data = frame(TEXT, json.dumps({"type": "subscribe", "subscription": {"id": "s", "sql": "SELECT 1"}}))
    for size in range(0, len(data), 7):
        with live_client.connect(server) as client:
            client.send_bytes(data[:size])


# -- Frames --

def test_fragments_with_pings_between(client):
    message = json.dumps({"type": "subscribe", "subscription": {"id": "", "sql": "SELECT 'ü'"}}, ensure_ascii=False)
    data = message.encode()
    for index in range(len(data)):
        client.send_bytes(frame(TEXT if index == 0 else 0, data[index:index + 1], is_final=index == len(data) - 1))
        if index % 10 == 0:
            client.send_bytes(frame(PING, str(index)))
    assert client.next_error()["code"] == "INVALID_SUBSCRIPTION_ID"
    assert client.pongs == [str(index).encode() for index in range(0, len(data), 10)]


def test_close_is_answered(client):
    assert client.close(4321, "ü" * 40) == 4321


def test_close_without_a_code(client):
    client.send_bytes(frame(CLOSE))
    assert client.wait_for_close()[0] == 1000


# -- Limits --

def test_large_messages_are_dropped(client):
    for data in (frame(TEXT, "x" * 4097), frame(TEXT, "x" * 4000, is_final=False) + frame(0, "x" * 4000)):
        client.send_bytes(data)
        error = client.next_error()
        assert (error["code"], error["subscription_id"]) == ("MESSAGE_TOO_LARGE", "protocol")
        assert is_alive(client)


def test_too_many_messages(client):
    for _ in range(60):
        client.send({"type": "ping"})
    error = client.next_error()
    assert error == {"type": "error", "subscription_id": "rate_limit", "code": "RATE_LIMIT_EXCEEDED",
                     "message": "Too many messages"}


def test_ids_of_subscriptions(client):
    for wrong in ("", "x" * 257):
        client.ask(wrong, "SELECT 1")
        error = client.next_error()
        assert (error["code"], error["subscription_id"]) == ("INVALID_SUBSCRIPTION_ID", "invalid_subscription")


def test_a_silent_client_is_pinged_and_then_closed(client):
    first = client.raw.read_exactly(2)
    assert first == b"\x89\x00", "a ping"
    client.send_bytes(frame(PONG))
    assert client.raw.read_exactly(2) == b"\x89\x00"
    assert client.wait_for_close() == (1000, "Heartbeat timeout")


def test_shutdown_says_so():
    with harness.Server() as server:
        clients = [live_client.connect(server) for _ in range(20)]
        assert server.stop() == 0
        for client in clients:
            assert client.wait_for_close() == (1001, "Server shutting down")
            client.drop()


def test_metrics(server):
    def opened():
        text = server.request("GET", "/metrics", token=server.login()).text()
        return int(re.search(r"^kalamdb_ws_connections_open (\d+)", text, re.MULTILINE)[1])

    before = opened()
    with live_client.connect(server):
        assert opened() == before + 1
    harness.wait_for(lambda: opened() == before, "the end of the connection")

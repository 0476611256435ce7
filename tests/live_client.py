# SPDX-License-Identifier: Apache-2.0
"""A WebSocket client for live queries, and for what no real client would send. Standard library only.

    with live_client.connect(server, user="alice", password="...") as client:
        subscription = client.subscribe("s1", "SELECT * FROM chat.notes", {})
        assert subscription.rows == [...]               # The whole snapshot, all pages.
        change = client.next_change("s1")
        assert change["change_type"] == "insert"

Answers pings while it waits. Messages that one wait does not want are kept for the next.
"""

import base64
import collections
import dataclasses
import gzip
import hashlib
import hmac
import json
import os
import struct
import time

import harness

SECONDS_MAX = 150.0 if harness.is_sanitized() else 30.0
TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
ACCEPT_SUFFIX = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class Closed(AssertionError):
    """The connection ended while a message was awaited. `code`: of the close frame; None without one."""

    def __init__(self, code, reason):
        self.code, self.reason = code, reason
        super().__init__(f"closed with {code}: {reason}")


class Refused(AssertionError):
    """The server did not upgrade. `status` and `body` of its answer."""

    def __init__(self, response):
        self.status, self.body = response.status, response.body
        super().__init__(f"HTTP {response.status}: {response.body[:200]!r}")


@dataclasses.dataclass
class Subscription:
    ack: dict
    rows: list = dataclasses.field(default_factory=list)
    batches: list = dataclasses.field(default_factory=list)

    @property
    def last_seq(self):
        """Where to resume when nothing came since."""
        return self.batches[-1]["batch_control"]["last_seq_id"] if self.batches else None


def frame(opcode, payload=b"", is_final=True, mask=b"\x12\x34\xab\xcd", reserved=0):
    """The bytes of a client's frame. `mask` None: not masked, which is against the protocol."""
    payload = payload.encode() if isinstance(payload, str) else payload
    first = (0x80 if is_final else 0) | reserved << 4 | opcode
    masked = 0 if mask is None else 0x80
    if len(payload) <= 125:
        head = struct.pack("!BB", first, masked | len(payload))
    elif len(payload) <= 0xffff:
        head = struct.pack("!BBH", first, masked | 126, len(payload))
    else:
        head = struct.pack("!BBQ", first, masked | 127, len(payload))
    if mask is None:
        return head + payload
    repeated = (mask * (len(payload) // 4 + 1))[:len(payload)]
    turned = (int.from_bytes(payload, "big") ^ int.from_bytes(repeated, "big")).to_bytes(len(payload), "big")
    return head + mask + turned


class Client:
    """One WebSocket. A context manager: on leaving, the connection is closed."""

    def __init__(self, server, path="/v1/ws", headers=None, receive_buffer_bytes=None):
        self.raw = server.raw(timeout=SECONDS_MAX, receive_buffer_bytes=receive_buffer_bytes)
        key = base64.b64encode(os.urandom(16))
        fields = {"Host": f"{server.host}:{server.port}", "Upgrade": "websocket", "Connection": "Upgrade",
                  "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": key.decode(), **(headers or {})}
        self.raw.send(f"GET {path} HTTP/1.1\r\n" + "".join(f"{k}: {v}\r\n" for k, v in fields.items()) + "\r\n")
        status, _, fields, _ = self.raw.read_head()
        if status != 101:
            length = int(dict((k.lower(), v) for k, v in fields).get("content-length", 0))
            self.raw.close()
            raise Refused(harness.Response(status, "", fields, b"" if length == 0 else self.raw.buffer[:length]))
        accept = dict((k.lower(), v) for k, v in fields)["sec-websocket-accept"]
        assert accept == base64.b64encode(hashlib.sha1(key + ACCEPT_SUFFIX).digest()).decode()
        self.kept = collections.deque()  # Messages nobody has asked for yet.
        self.pongs = []
        self.frames = 0
        self.compressed_frames = 0

    # -- Sending --

    def send_bytes(self, data):
        self.raw.send(data)

    def send(self, message):
        """`message`: text as it is, or anything else as JSON."""
        self.raw.send(frame(TEXT, message if isinstance(message, str) else json.dumps(message)))

    def authenticate(self, token, **fields):
        self.send({"type": "authenticate", "method": "jwt", "token": token, **fields})
        answer = self.next_message()
        assert answer["type"] == "auth_success", answer
        return answer

    # -- Receiving --

    def next_frame(self, seconds=SECONDS_MAX):
        """(opcode, payload) of the next frame that is no ping; a ping is answered."""
        deadline = time.monotonic() + seconds
        while True:
            self.raw.socket.settimeout(max(0.001, deadline - time.monotonic()))
            taken = b""
            try:
                taken += self.raw.read_exactly(2)
                first, second = taken
                assert first & 0xf0 == 0x80 and second & 0x80 == 0, "a server's frame is whole and not masked"
                size = second
                if size >= 126:
                    taken += self.raw.read_exactly(2 if size == 126 else 8)
                    size = int.from_bytes(taken[2:], "big")
                payload = self.raw.read_exactly(size)
            except TimeoutError:
                self.raw.buffer = taken + self.raw.buffer  # For the next call.
                raise
            except EOFError:
                raise Closed(None, "the connection ended without a close frame") from None
            if first & 0x0f == PING:
                self.raw.send(frame(PONG, payload))
                continue
            return first & 0x0f, payload

    def next_message(self, seconds=SECONDS_MAX):
        """The next message in order of arrival, kept ones first."""
        return self.kept.popleft() if self.kept else self._read_message(seconds)

    def _read_message(self, seconds=SECONDS_MAX):
        while True:
            opcode, payload = self.next_frame(seconds)
            if opcode == PONG:
                self.pongs.append(payload)
                continue
            if opcode == CLOSE:
                code = int.from_bytes(payload[:2], "big") if payload else None
                raise Closed(code, payload[2:].decode())
            self.frames += 1
            if payload[:2] == b"\x1f\x8b":
                assert opcode == BINARY
                self.compressed_frames += 1
                payload = gzip.decompress(payload)
            return json.loads(payload)

    def wait_for(self, wanted, seconds=SECONDS_MAX):
        """The first message for which `wanted(message)` is true; the others are kept."""
        for message in self.kept:
            if wanted(message):
                self.kept.remove(message)
                return message
        deadline = time.monotonic() + seconds
        while True:
            message = self._read_message(max(0.001, deadline - time.monotonic()))
            if wanted(message):
                return message
            self.kept.append(message)

    def wait_for_close(self, seconds=SECONDS_MAX):
        """(code, reason) of the server's close frame."""
        try:
            while True:
                self._read_message(seconds)
        except Closed as closed:
            return closed.code, closed.reason

    def is_silent(self, seconds=0.3):
        """True when nothing more comes within `seconds`: for what must not happen."""
        if self.kept:
            return False
        try:
            self.kept.append(self._read_message(seconds))
            return False
        except TimeoutError:
            return True

    # -- Live queries --

    def ask(self, subscription_id, sql, options=None):
        """Sends `subscribe`. `options` None: the field is left out."""
        subscription = {"id": subscription_id, "sql": sql}
        if options is not None:
            subscription["options"] = options
        self.send({"type": "subscribe", "subscription": subscription})

    def subscribe(self, subscription_id, sql, options=None):
        """Subscribes and reads all pages. Fails with the server's error when there is one."""
        self.ask(subscription_id, sql, options)
        ack = self._next_of(subscription_id, "subscription_ack")
        result = Subscription(ack)
        if options is None:
            return result
        while True:
            result.batches.append(self._next_of(subscription_id, "initial_data_batch"))
            result.rows += result.batches[-1]["rows"]
            control = result.batches[-1]["batch_control"]
            if control["status"] == "ready":
                return result
            if control["has_more"]:  # Not between the deletions of a resume, which are kept.
                self.send({"type": "next_batch", "subscription_id": subscription_id,
                           "last_seq_id": control["last_seq_id"]})

    def _next_of(self, subscription_id, kind):
        message = self.wait_for(lambda m: m.get("subscription_id") == subscription_id
                                and m["type"] in (kind, "error"))
        assert message["type"] == kind, message
        return message

    def next_change(self, subscription_id, seconds=SECONDS_MAX):
        return self.wait_for(lambda m: m.get("subscription_id") == subscription_id
                             and m["type"] in ("change", "error"), seconds)

    def next_error(self, seconds=SECONDS_MAX):
        return self.wait_for(lambda m: m["type"] == "error", seconds)

    def unsubscribe(self, subscription_id):
        self.send({"type": "unsubscribe", "subscription_id": subscription_id})

    def close(self, code=1000, reason=""):
        """Closes as the protocol wants it; the code that the server answers with."""
        self.raw.send(frame(CLOSE, struct.pack("!H", code) + reason.encode()))
        return self.wait_for_close()[0]

    def drop(self):
        """Ends the connection without a word."""
        self.raw.close()

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.drop()


def token_with(server, seconds_left):
    """Root's token, good for `seconds_left` from now; negative: expired."""
    def encoded(data):
        return base64.urlsafe_b64encode(data).rstrip(b"=")

    token = server.login()
    claims = {**harness.token_claims(token), "exp": int(time.time()) + seconds_left}
    signed = token.split(".")[0].encode() + b"." + encoded(json.dumps(claims).encode())
    signature = hmac.new(harness.JWT_SECRET.encode(), signed, hashlib.sha256).digest()
    return (signed + b"." + encoded(signature)).decode()


def connect(server, user=harness.ROOT_USER, password=None, path="/v1/ws", token=None, receive_buffer_bytes=None,
            **fields):
    """A client that is authenticated. `fields` go into the message, such as protocol={...}."""
    token = token or server.login(user, password)
    client = Client(server, path, receive_buffer_bytes=receive_buffer_bytes)
    client.authenticate(token, **fields)
    return client

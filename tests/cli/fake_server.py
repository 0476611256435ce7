# SPDX-License-Identifier: Apache-2.0
"""A server that misbehaves on demand, for what the real one cannot be made to do: expired tokens, lost connections,
answers that are cut off, slow or hostile. It knows the wire, no SQL: each test says what a statement answers."""

import base64
import hashlib
import http.server
import json
import threading


def table(columns, rows):
    """One result with rows. `columns`: {"id": "BigInt", ...}."""
    schema = [{"name": name, "data_type": kind, "index": index} for index, (name, kind) in enumerate(columns.items())]
    return {"schema": schema, "rows": rows, "row_count": len(rows), "as_user": "alice"}


def message(text, count=0):
    return {"row_count": count, "message": text, "as_user": "alice"}


def success(*results):
    return 200, {"status": "success", "results": list(results), "took": 1.5}


def failure(code, text, status=400, details=None):
    error = {"code": code, "message": text}
    if details is not None:
        error["details"] = details
    return status, {"status": "error", "results": [], "took": 0.5, "error": error}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def handle(self):
        self.server.connections += 1
        try:
            super().handle()
        except (ConnectionError, TimeoutError):
            self.server.lost.set()

    def answer(self, status, body):
        """`body`: anything JSON, or bytes sent as they are."""
        is_json = not isinstance(body, bytes)
        data = json.dumps(body).encode() if is_json else body
        self.send_response(status)
        self.send_header("Content-Type", "application/json" if is_json else "text/plain")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def start_chunked(self):
        """For answers that arrive piece by piece, with send_chunk()."""
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

    def send_chunk(self, data):
        data = data.encode() if isinstance(data, str) else data
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.wfile.flush()

    def end_chunked(self):
        self.wfile.write(b"0\r\n\r\n")

    def token(self):
        return self.headers.get("Authorization", "").removeprefix("Bearer ")

    def do_GET(self):
        if self.path == "/v1/api/auth/status":
            self.answer(200, {"needs_setup": self.server.needs_setup, "message": ""})
        elif self.path.startswith("/v1/ws") and self.server.live_replies is not None:
            self.serve_live()
        else:
            self.answer(404, {"error": "not found"})

    def read_frame(self):
        """(opcode, payload) of a frame of the client."""
        first, size = self.rfile.read(2)
        size &= 0x7f
        if size >= 126:
            size = int.from_bytes(self.rfile.read(2 if size == 126 else 8), "big")
        mask = self.rfile.read(4)
        return first & 0x0f, bytes(byte ^ mask[i % 4] for i, byte in enumerate(self.rfile.read(size)))

    def send_frame(self, opcode, data):
        head = bytes([0x80 | opcode, len(data)]) if len(data) < 126 else bytes([0x80 | opcode, 126]) + len(
            data).to_bytes(2, "big")
        self.wfile.write(head + data)

    def serve_live(self):
        """A WebSocket: `live_replies` maps the SQL of a subscription to the messages for it. Bytes are the payload of a
        close frame; None waits for a message of the client."""
        accept = hashlib.sha1(self.headers["Sec-WebSocket-Key"].encode() + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11")
        self.send_response(101)
        for name, value in (("Upgrade", "websocket"), ("Connection", "Upgrade"),
                            ("Sec-WebSocket-Accept", base64.b64encode(accept.digest()).decode())):
            self.send_header(name, value)
        self.end_headers()
        self.close_connection = True
        if json.loads(self.read_frame()[1])["token"] not in self.server.access_tokens:
            self.send_frame(1, b'{"type":"auth_error","message":"Invalid credentials"}')
            return
        self.send_frame(1, b'{"type":"auth_success","user":"alice","role":"user"}')
        subscription = json.loads(self.read_frame()[1])["subscription"]
        self.server.subscriptions.append(subscription)
        for message in self.server.live_replies[subscription["sql"]]:
            if message is None:
                self.server.live_messages.append(self.read_frame()[1].decode())
            elif isinstance(message, bytes):
                self.send_frame(8, message)
            else:
                self.send_frame(1, json.dumps(message).encode())
        self.server.lost.clear()
        self.read_frame()

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        fields = json.loads(body) if body else {}
        self.server.requests.append((self.path, fields))
        route = {"/v1/api/auth/login": self.log_in, "/v1/api/auth/refresh": self.refresh,
                 "/v1/api/auth/setup": self.set_up, "/v1/api/sql": self.run_sql}.get(self.path)
        if route is None:
            self.answer(404, {"error": "not found"})
        else:
            route(fields)

    def log_in(self, fields):
        if self.server.needs_setup:
            self.answer(428, {"error": "setup_required", "message": "Setup is required"})
        elif self.server.users.get(fields["user"]) != fields["password"]:
            self.answer(401, {"error": "unauthorized", "message": "Invalid credentials"})
        else:
            self.answer(200, self.server.new_tokens(fields["user"]))

    def refresh(self, _fields):
        user = self.server.refresh_tokens.get(self.token())
        if user is None:
            self.answer(401, {"error": "unauthorized", "message": "Invalid credentials"})
        else:
            self.answer(200, self.server.new_tokens(user))

    def set_up(self, fields):
        if len(fields["password"]) < 8:
            self.answer(400, {"error": "weak_password", "message": "DBA user password: too short"})
            return
        self.server.users = {fields["user"]: fields["password"], "root": fields["root_password"]}
        self.server.needs_setup = False
        self.answer(200, {"user": {"id": fields["user"], "role": "dba"}, "message": "done"})

    def run_sql(self, fields):
        if self.token() not in self.server.access_tokens:
            self.answer(*failure("TOKEN_EXPIRED", "Invalid credentials", status=401))
            return
        self.server.statements.append((fields["sql"], fields.get("namespace_id")))
        reply = self.server.replies.get(fields["sql"], success(message("done")))
        if callable(reply):
            reply(self)
        else:
            self.answer(*reply)


class FakeServer(http.server.ThreadingHTTPServer):
    """`replies` maps SQL text to (status, body) or to a function that gets the handler."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.users = {"alice": "secret-1"}
        self.needs_setup = False
        self.access_tokens = {}
        self.refresh_tokens = {}
        self.replies = {"SELECT 1": success(table({"1": "Int"}, [[1]]))}
        self.requests = []    # (path, fields)
        self.statements = []  # (sql, namespace)
        self.live_replies = {}   # SQL -> messages; None: there are no WebSockets.
        self.subscriptions = []  # What was subscribed to.
        self.live_messages = []  # Texts that came after that.
        self.connections = 0
        self.lost = threading.Event()  # A client went away during an answer.

    def new_tokens(self, user):
        number = len(self.access_tokens) + 1
        access, refresh = f"access-{number}", f"refresh-{number}"
        self.access_tokens[access] = user
        self.refresh_tokens[refresh] = user
        return {"user": {"id": user, "role": "user", "email": None}, "admin_ui_access": False,
                "expires_at": "2026-05-06T10:00:00+00:00", "access_token": access, "refresh_token": refresh,
                "refresh_expires_at": "2026-05-12T10:00:00+00:00"}

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}"

    def __enter__(self):
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *unused):
        self.shutdown()
        self.server_close()

    def handle_error(self, request, client_address):
        pass  # Clients that go away are part of the tests.

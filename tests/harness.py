# SPDX-License-Identifier: Apache-2.0
"""Runs the real server for black-box tests: a fresh directory, a free port, and its log on failure.

    with harness.Server() as server:
        server.sql("CREATE NAMESPACE chat")
        assert server.rows("SELECT 1") == [[1]]
        server.kill()      # kill -9
        server.start()     # the same directory again

Needs KALAMDB_BIN_DIR (the folder with kalamdb-server; default build/release/bin). Standard library only.
"""

import base64
import contextlib
import gzip
import http.client
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

ROOT_USER = "root"
ROOT_PASSWORD = "Root-pass-1"
JWT_SECRET = "harness-secret-of-more-than-32-characters"
SOURCE_DIR = pathlib.Path(os.environ.get("KALAMDB_SOURCE_DIR", pathlib.Path(__file__).resolve().parent.parent))
BIN_DIR = pathlib.Path(os.environ.get("KALAMDB_BIN_DIR", SOURCE_DIR / "build" / "release" / "bin"))
START_SECONDS_MAX = 60.0  # Sanitizer builds start slowly.
STOP_SECONDS_MAX = 20.0  # The product promises 5; sanitizer builds on a busy machine get more.


def is_sanitized():
    """True when the binaries under test are instrumented, so that limits of time and memory do not apply."""
    return any(part in ("asan", "tsan") for part in BIN_DIR.parts)


# For the answer to one request; a large INSERT takes its time in a sanitizer build.
REQUEST_SECONDS_MAX = 600.0 if is_sanitized() else 120.0


class SqlError(AssertionError):
    """A statement that was expected to succeed did not. `code`, `message` and `status` as in the answer."""

    def __init__(self, sql, status, envelope):
        error = (envelope or {}).get("error") or {}
        self.status = status
        self.envelope = envelope
        self.code = error.get("code")
        self.message = error.get("message")
        self.details = error.get("details")
        super().__init__(f"HTTP {status} {self.code}: {self.message}\n  in: {sql[:500]}")


class Response:
    """An answer read to its end. `headers` has lower-case names; repeated ones are in `header_list` only once each."""

    def __init__(self, status, reason, header_list, body, version=11):
        self.status = status
        self.reason = reason
        self.version = version
        self.header_list = [(name.lower(), value) for name, value in header_list]
        self.headers = dict(self.header_list)
        self.raw_body = body
        is_gzip = self.headers.get("content-encoding") == "gzip"
        self.body = gzip.decompress(body) if is_gzip and body else body

    def json(self):
        return json.loads(self.body)

    def text(self):
        return self.body.decode()

    def all(self, name):
        """Every value of a header that may be repeated, as Set-Cookie is."""
        return [value for key, value in self.header_list if key == name.lower()]

    def __repr__(self):
        return f"Response({self.status}, {self.headers}, {self.body[:300]!r})"


class RawConnection:
    """A TCP connection that sends exact bytes and reads HTTP answers one by one."""

    def __init__(self, host, port, timeout=30.0, receive_buffer_bytes=None):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        if receive_buffer_bytes is not None:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer_bytes)
        self.socket.settimeout(timeout)
        self.socket.connect((host, port))
        self.buffer = b""

    def send(self, data):
        self.socket.sendall(data.encode() if isinstance(data, str) else data)

    def read_some(self, size=65536):
        """The next bytes; b"" when the server closed, also when it did so by a reset."""
        if self.buffer:
            data, self.buffer = self.buffer[:size], self.buffer[size:]
            return data
        try:
            return self.socket.recv(size)
        except ConnectionResetError:
            return b""

    def read_all(self):
        """Everything up to the end of the connection."""
        parts = []
        while data := self.read_some():
            parts.append(data)
        return b"".join(parts)

    def _fill(self):
        try:
            data = self.socket.recv(65536)
        except ConnectionResetError:
            data = b""
        if not data:
            raise EOFError(f"the server closed the connection; unread: {self.buffer[:200]!r}")
        self.buffer += data

    def read_line(self):
        while b"\r\n" not in self.buffer:
            self._fill()
        line, self.buffer = self.buffer.split(b"\r\n", 1)
        return line

    def read_exactly(self, size):
        while len(self.buffer) < size:
            self._fill()
        data, self.buffer = self.buffer[:size], self.buffer[size:]
        return data

    def read_head(self):
        """(status, reason, headers, version) of the next answer; its body stays unread."""
        protocol, status, *reason = self.read_line().decode("latin-1").split(" ", 2)
        headers = []
        while line := self.read_line():
            name, value = line.decode("latin-1").split(":", 1)
            headers.append((name.lower(), value.strip()))
        version = {"HTTP/1.0": 10, "HTTP/1.1": 11}[protocol]
        return int(status), reason[0] if reason else "", headers, version

    def read_chunk(self):
        """The next chunk of a chunked body; b"" after the last one."""
        size = int(self.read_line().split(b";")[0], 16)
        data = self.read_exactly(size)
        assert self.read_line() == b"", "a chunk must end with CR LF"
        return data

    def read_response(self, is_head=False):
        """The next answer that is not 100 Continue, body included."""
        status, reason, headers, version = self.read_head()
        while status == 100:
            status, reason, headers, version = self.read_head()
        named = dict(headers)
        body = b""
        if is_head or status in (204, 304):
            pass
        elif named.get("transfer-encoding") == "chunked":
            while chunk := self.read_chunk():
                body += chunk
        elif "content-length" in named:
            body = self.read_exactly(int(named["content-length"]))
        else:
            body = self.read_all()
        return Response(status, reason, headers, body, version)

    def is_closed(self):
        """Waits until the server closes (True) or the timeout passes (False)."""
        try:
            return self.read_some() == b""
        except TimeoutError:
            return False

    def abort(self):
        """Closes with a reset instead of an orderly end."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
        self.socket.close()

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.close()


class Server:
    """One server process on its own directory. A context manager: on leaving, it is stopped and must exit with 0."""

    def __init__(self, directory=None, settings=None, env=None, root_password=ROOT_PASSWORD, start=True,
                 binary="kalamdb-server"):
        """`settings`: {"server.workers": 4, "rate_limit.max_queries_per_sec": 0, ...} written as TOML."""
        self.binary = BIN_DIR / binary
        self.owns_directory = directory is None
        self.directory = pathlib.Path(directory or tempfile.mkdtemp(prefix="kalamdb-test-"))
        self.directory.mkdir(parents=True, exist_ok=True)
        self.data_directory = self.directory / "data"
        self.log_path = self.directory / "output.log"
        self.settings = {"auth.bcrypt_cost": 4, "auth.jwt_secret": JWT_SECRET, **(settings or {})}
        self.extra_env = dict(env or {})
        self.root_password = root_password
        self.host = "127.0.0.1"
        self.port = None
        self.process = None
        self._tokens = {}
        self._connection = None
        self._log_shown = 0
        self._log_start = 0
        if start:
            try:
                self.start()
            except BaseException:
                self._cleanup()
                raise

    # -- life cycle --

    def start(self, wait=True):
        """Starts the process and waits until it answers /health. After stop() or kill(): the same directory again."""
        assert self.process is None, "the server runs already"
        if not self.binary.exists():
            raise FileNotFoundError(f"{self.binary} is not built (set KALAMDB_BIN_DIR)")
        for attempt in range(5):
            self.port = free_port()
            self._write_config()
            with open(self.log_path, "ab") as log:
                self._log_start = log.tell()
                self.process = subprocess.Popen([str(self.binary), str(self.directory / "server.toml")],
                                                cwd=self.directory, env=self._environment(), stdin=subprocess.DEVNULL,
                                                stdout=log, stderr=log)
            if not wait or self._wait_until_healthy():
                return self
            # Another process may have taken the port since free_port() looked.
            lost_port = "in use" in self.log_text().lower()
            code = self.process.returncode
            self.process = None
            if not lost_port or attempt == 4:
                self.show_log()
                raise RuntimeError(f"the server did not start (exit code {code})")

    def _says_it_listens(self):
        with open(self.log_path, "rb") as log:
            log.seek(self._log_start)
            return f":{self.port}".encode() in log.read()

    def _wait_until_healthy(self):
        deadline = time.monotonic() + START_SECONDS_MAX
        while time.monotonic() < deadline:
            try:
                connection = http.client.HTTPConnection(self.host, self.port, timeout=5)
                connection.request("GET", "/health")
                # Another test's server may answer on a port that two were given: ours says when it listens.
                if connection.getresponse().status == 200 and self._says_it_listens():
                    return True
            except OSError:
                pass
            finally:
                connection.close()
            try:
                self.process.wait(timeout=0.01)  # Also notices at once when it exits.
                return False
            except subprocess.TimeoutExpired:
                pass
        self.process.kill()
        self.process.wait()
        return False

    def _write_config(self):
        sections = {}
        for key, value in {"server.host": self.host, "server.port": self.port, **self.settings}.items():
            section, _, name = key.rpartition(".")
            sections.setdefault(section, []).append(f"{name} = {to_toml(value)}")
        lines = [line for section, rows in sections.items() for line in ([f"[{section}]"] if section else []) + rows]
        (self.directory / "server.toml").write_text("\n".join(lines) + "\n")

    def _environment(self):
        env = {key: value for key, value in os.environ.items() if not key.startswith("KALAMDB_")}
        env["KALAMDB_DATA_DIR"] = str(self.data_directory)
        env["KALAMDB_LOGS_DIR"] = str(self.directory / "logs")
        if self.root_password is not None:
            env["KALAMDB_ROOT_PASSWORD"] = self.root_password
        env.update(self.extra_env)
        return env

    def stop(self):
        """SIGTERM, then the exit code."""
        self._drop_connection()
        process, self.process = self.process, None
        process.send_signal(signal.SIGTERM)
        try:
            return process.wait(timeout=STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            self.show_log()
            raise AssertionError(f"the server did not stop within {STOP_SECONDS_MAX} s of SIGTERM") from None

    def kill(self):
        """kill -9."""
        self._drop_connection()
        process, self.process = self.process, None
        process.kill()
        process.wait()

    def restart(self):
        code = self.stop()
        assert code == 0, f"exit code {code}"
        return self.start()

    def __enter__(self):
        return self

    def __exit__(self, error_type, *unused):
        code = 0
        try:
            if self.process is not None:
                code = self.stop()
            if error_type is not None or code != 0:
                self.show_log()
        finally:
            self._cleanup()
        if error_type is None:
            assert code == 0, f"the server exited with {code}"

    def _cleanup(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
        if self.owns_directory and not os.environ.get("KALAMDB_TEST_KEEP"):
            shutil.rmtree(self.directory, ignore_errors=True)

    # -- looking at the process --

    @property
    def pid(self):
        return self.process.pid

    @property
    def url(self):
        return f"http://{self.host}:{self.port}"

    def memory_bytes(self, field="VmRSS"):
        """VmRSS: in memory now. VmHWM: the most there ever was."""
        for line in pathlib.Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith(field + ":"):
                return int(line.split()[1]) * 1024
        raise KeyError(field)

    def reset_peak_memory(self):
        """Sets VmHWM back to what is in memory now."""
        pathlib.Path(f"/proc/{self.pid}/clear_refs").write_text("5")

    def log_text(self):
        return self.log_path.read_text(errors="replace") if self.log_path.exists() else ""

    def show_log(self):
        """Prints what the server wrote since the last call; pytest shows it when the test fails."""
        text = self.log_text()
        if text[self._log_shown:]:
            print(f"---- server log ({self.log_path}) ----\n{text[self._log_shown:][-20000:]}", file=sys.stderr)
        self._log_shown = len(text)

    # -- requests --

    def raw(self, timeout=30.0, receive_buffer_bytes=None):
        return RawConnection(self.host, self.port, timeout, receive_buffer_bytes)

    def request(self, method, path, body=None, headers=None, token=None):
        """One request on the shared keep-alive connection. `body`: bytes, text, or anything else sent as JSON."""
        headers = dict(headers or {})
        if body is not None and not isinstance(body, (bytes, str)):
            body = json.dumps(body)
            headers.setdefault("Content-Type", "application/json")
        if isinstance(body, str):
            body = body.encode()
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        if self._connection is None:
            self._connection = http.client.HTTPConnection(self.host, self.port, timeout=REQUEST_SECONDS_MAX)
        try:
            self._connection.request(method, path, body, headers)
            answer = self._connection.getresponse()
            response = Response(answer.status, answer.reason, answer.getheaders(), answer.read(), answer.version)
        except (OSError, http.client.HTTPException):
            self._drop_connection()
            raise
        if answer.will_close:
            self._drop_connection()
        return response

    def _drop_connection(self):
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def login(self, user=ROOT_USER, password=None):
        """An access token; remembered, so that many tests need few logins."""
        password = self.root_password if password is None and user == ROOT_USER else password
        key = (user, password)
        if key not in self._tokens:
            response = self.request("POST", "/v1/api/auth/login", {"user": user, "password": password})
            assert response.status == 200, f"login of {user}: {response}"
            self._tokens[key] = response.json()["access_token"]
        return self._tokens[key]

    def try_sql(self, sql, params=None, namespace=None, token=None, headers=None):
        """(HTTP status, envelope), also of a statement that fails. `token` defaults to root's."""
        body = {"sql": sql}
        if params is not None:
            body["params"] = params
        if namespace is not None:
            body["namespace_id"] = namespace
        response = self.request("POST", "/v1/api/sql", body, headers, token or self.login())
        try:
            return response.status, response.json()
        except ValueError as error:
            raise AssertionError(f"not JSON: {response}") from error

    def sql(self, sql, params=None, namespace=None, token=None):
        """The envelope of a request that succeeds; SqlError otherwise."""
        status, envelope = self.try_sql(sql, params, namespace, token)
        if status != 200 or envelope.get("status") != "success":
            raise SqlError(sql, status, envelope)
        return envelope

    def rows(self, sql, params=None, namespace=None, token=None):
        """The rows of the last statement."""
        return self.sql(sql, params, namespace, token)["results"][-1].get("rows", [])

    def sql_error(self, sql, params=None, namespace=None, token=None):
        """The `error` object of a request that fails."""
        status, envelope = self.try_sql(sql, params, namespace, token)
        assert envelope["status"] == "error", f"succeeded: {sql[:500]}\n{envelope}"
        assert envelope["results"] == []
        assert status >= 400
        return envelope["error"]

    def create_user(self, name, password="User-pass-1", role="user"):
        """Creates a user and returns an access token for it."""
        quoted_name, quoted_password = name.replace("'", "''"), password.replace("'", "''")
        self.sql(f"CREATE USER '{quoted_name}' WITH PASSWORD '{quoted_password}' ROLE {role}")
        return self.login(name, password)


def free_port():
    with contextlib.closing(socket.socket(socket.AF_INET, socket.SOCK_STREAM)) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def to_toml(value):
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(to_toml(item) for item in value) + "]"
    return json.dumps(value)


def token_claims(token):
    """The payload of a JWT, unchecked."""
    payload = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))


def wait_for(condition, what, seconds=30.0):
    """Polls until `condition()` is true and returns its value; for effects that no call can wait for."""
    deadline = time.monotonic() + seconds
    pause = threading.Event()
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        pause.wait(0.01)

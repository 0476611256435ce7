# SPDX-License-Identifier: Apache-2.0
"""Starting, refusing to start, and stopping: exit codes and what the operator reads."""

import contextlib
import json
import os
import pathlib
import signal
import socket
import subprocess
import tempfile
import time
import urllib.request

import pytest

import harness

BINARY = harness.BIN_DIR / "kalamdb-server"
# 10^12 rows.
_NUMBERS = "(VALUES " + ", ".join(f"({i})" for i in range(100)) + ")"
ENDLESS_QUERY = "SELECT sum(" + " * ".join(f"t{i}.x" for i in range(6)) + ") FROM " + \
    ", ".join(f"{_NUMBERS} AS t{i}(x)" for i in range(6))


def run(*arguments, config=None, directory=None, env=None, **kwargs):
    """Runs the server to its end; for starts that fail and for --options."""
    if config is not None:
        (directory / "kalamdb.toml").write_text(config)
        arguments = (*arguments, "kalamdb.toml")
    environment = {key: value for key, value in os.environ.items() if not key.startswith("KALAMDB_")}
    environment.update(env or {})
    return subprocess.run([str(BINARY), *arguments], cwd=directory, env=environment, stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=harness.START_SECONDS_MAX, **kwargs)


def error_lines(result):
    """What a failed start wrote to standard error, without log lines."""
    return [line for line in result.stderr.splitlines() if line.startswith("kalamdb-server: ")]


def fails_with(result, text):
    assert result.returncode == 1, result.stderr
    assert error_lines(result) == [f"kalamdb-server: {text}"], result.stderr
    assert result.stdout == ""


class TestBadSettings:
    def test_bad_value_in_the_file(self, tmp_path):
        result = run(directory=tmp_path, config='[storage]\n\nsync = "sometimes"\n')
        fails_with(result, 'storage.sync: "sometimes" is not one of always, interval (kalamdb.toml:3)')
        assert result.stderr.count("\n") == 1
        assert not (tmp_path / "data").exists()

    def test_bad_value_in_the_environment(self, tmp_path):
        result = run(directory=tmp_path, env={"KALAMDB_SERVER_PORT": "http"})
        fails_with(result, 'server.port: "http" is not a whole number (environment KALAMDB_SERVER_PORT)')

    def test_syntax_error(self, tmp_path):
        result = run(directory=tmp_path, config="[server]\nport = \n")
        assert result.returncode == 1
        [line] = error_lines(result)
        assert line.startswith("kalamdb-server: kalamdb.toml:2: ")

    def test_missing_file(self, tmp_path):
        result = run("none.toml", directory=tmp_path)
        fails_with(result, "cannot read the configuration file none.toml: No such file or directory")

    def test_short_secret_on_a_public_address(self, tmp_path):
        result = run(directory=tmp_path, env={"KALAMDB_SERVER_HOST": "0.0.0.0", "KALAMDB_JWT_SECRET": "hunter2",
                                              "KALAMDB_SECURITY_CORS_ALLOWED_ORIGINS": "https://app.example.com"})
        fails_with(result, "auth.jwt_secret: 7 characters are too few, 32 are needed")
        assert "hunter2" not in result.stderr

    def test_public_address_without_origins(self, tmp_path):
        result = run(directory=tmp_path, config='[server]\nhost = "0.0.0.0"\n')
        assert result.returncode == 1
        [line] = error_lines(result)
        assert line.startswith("kalamdb-server: security.cors.allowed_origins: required because server.host 0.0.0.0 ")

    def test_usage_mistake(self, tmp_path):
        assert run("--no-such-option", directory=tmp_path).returncode == 2

    def test_check_config(self, tmp_path):
        good = run("--check-config", directory=tmp_path, config="[server]\nprot = 1\n")
        assert good.returncode == 0
        assert 'unknown setting "server.prot" (kalamdb.toml:2): did you mean server.port?' in good.stderr
        assert not (tmp_path / "data").exists()
        assert run("--check-config", directory=tmp_path, config="[server]\nport = -1\n").returncode == 1

    def test_version_and_help(self, tmp_path):
        assert run("--version", directory=tmp_path).stdout.startswith("kalamdb-server ")
        assert "--check-config" in run("--help", directory=tmp_path).stdout


class TestRootPassword:
    @pytest.mark.parametrize("password, rule", [
        ("short", "the password is too short: at least 8 characters"),
        ("x" * 73, "the password is too long: at most 72 bytes"),
        ("PassWord", "the password is one of the most common ones: choose another"),
    ])
    def test_has_to_obey_the_rules_of_create_user(self, tmp_path, password, rule):
        result = run(directory=tmp_path, env={"KALAMDB_ROOT_PASSWORD": password, "KALAMDB_SERVER_PORT": "0"})
        fails_with(result, f"auth.root_password: {rule}")

    def test_complexity_is_enforced_when_configured(self, tmp_path):
        result = run(directory=tmp_path, env={"KALAMDB_ROOT_PASSWORD": "long-enough", "KALAMDB_SERVER_PORT": "0",
                                              "KALAMDB_AUTH_ENFORCE_PASSWORD_COMPLEXITY": "true"})
        assert result.returncode == 1
        [line] = error_lines(result)
        assert line.startswith("kalamdb-server: auth.root_password: the password needs an upper-case letter")

    def test_the_refused_start_leaves_a_usable_directory(self, tmp_path):
        environment = {"KALAMDB_DATA_DIR": str(tmp_path / "data"), "KALAMDB_SERVER_PORT": "0"}
        assert run(directory=tmp_path, env={**environment, "KALAMDB_ROOT_PASSWORD": "short"}).returncode == 1
        with harness.Server(directory=tmp_path) as server:
            assert server.rows("SELECT 1") == [[1]]


class TestUnusableSurroundings:
    def test_port_in_use(self, tmp_path):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            result = run(directory=tmp_path, config=f"[server]\nport = {port}\n")
        assert result.returncode == 1
        [line] = error_lines(result)
        assert line.startswith(f"kalamdb-server: cannot listen on 127.0.0.1:{port}: ")
        assert line.endswith("in use")

    def test_address_of_another_machine(self, tmp_path):
        result = run(directory=tmp_path, env={
            "KALAMDB_SERVER_HOST": "192.0.2.1", "KALAMDB_SECURITY_CORS_ALLOWED_ORIGINS": "*"})
        assert result.returncode == 1
        [line] = error_lines(result)
        assert line.startswith("kalamdb-server: cannot listen on 192.0.2.1:8080: ")

    def test_data_directory_below_a_file(self, tmp_path):
        (tmp_path / "file").write_text("x")
        result = run(directory=tmp_path, env={"KALAMDB_DATA_DIR": str(tmp_path / "file" / "data")})
        fails_with(result, f"cannot create data directory {tmp_path}/file/data: Not a directory")

    def test_unwritable_data_directory(self):
        # Permissions do not stop root, so root runs this server as nobody.
        as_nobody = {"user": 65534, "group": 65534, "extra_groups": []} if os.geteuid() == 0 else {}
        with tempfile.TemporaryDirectory(prefix="kalamdb-test-") as parent:  # tmp_path is closed to others.
            os.chmod(parent, 0o755)
            data = pathlib.Path(parent) / "data"
            data.mkdir()
            data.chmod(0o555)
            if as_nobody and not can_nobody_reach(BINARY, data):
                pytest.skip("the user nobody cannot reach the binary")
            result = run(directory="/", env={"KALAMDB_DATA_DIR": str(data)}, **as_nobody)
            fails_with(result, f"cannot write to data directory {data}: Permission denied")

    def test_unwritable_log_directory(self, tmp_path):
        (tmp_path / "file").write_text("x")
        result = run(directory=tmp_path, env={"KALAMDB_LOGS_DIR": str(tmp_path / "file")})
        fails_with(result, f"cannot create the log directory {tmp_path}/file: not a directory")

    def test_second_server_on_the_same_directory(self, fresh_server):
        result = run(directory=fresh_server.directory, env={"KALAMDB_DATA_DIR": str(fresh_server.data_directory),
                                                            "KALAMDB_SERVER_PORT": "0"})
        fails_with(result, f"data directory {fresh_server.data_directory} is in use by process {fresh_server.pid}")
        assert fresh_server.rows("SELECT 1") == [[1]]


def can_nobody_reach(*paths):
    parents = {parent for path in paths for parent in pathlib.Path(path).resolve().parents}
    return all(parent.stat().st_mode & 0o001 for parent in parents)


class TestSettings:
    def test_unknown_names_are_warnings(self):
        with harness.Server(settings={"server.prot": 1}, env={"KALAMDB_SERVER_WORKER": "2"}) as server:
            assert "unknown setting \"server.prot\"" in server.log_text()
            assert "did you mean server.port?" in server.log_text()
            assert ("unknown environment variable KALAMDB_SERVER_WORKER: did you mean KALAMDB_SERVER_WORKERS?"
                    in server.log_text())

    def test_keys_of_the_reference_are_accepted_silently(self):
        settings = {"server.enable_http2": True, "datafusion.batch_size": 1024, "flush.default_row_limit": 10000,
                    "websocket.auth_timeout_secs": 3, "auth.jwt_trusted_issuers": ""}
        with harness.Server(settings=settings) as server:
            assert "WARN" not in server.log_text()

    def test_environment_overrides_the_file(self, tmp_path):
        with harness.Server(settings={"logging.level": "warn", "logging.format": "json"},
                            env={"KALAMDB_LOG_LEVEL": "info"}) as server:
            assert '"level":"INFO"' in server.log_text()
            assert (server.directory / "logs" / "server.jsonl").read_text().startswith('{"timestamp":')

    def test_settings_are_rows_and_secrets_are_masked(self, fresh_server):
        rows = {row[0]: row[1] for row in fresh_server.rows("SELECT name, value FROM system.settings")}
        assert rows["server.port"] == str(fresh_server.port)
        assert rows["auth.bcrypt_cost"] == "4"
        assert rows["auth.jwt_secret"] == "***"
        assert rows["auth.root_password"] == "***"

    def test_secrets_reach_no_log_and_no_output(self):
        with harness.Server(env={"KALAMDB_LOG_LEVEL": "trace"}) as server:
            token = server.login()
            server.rows("SELECT 1")
            text = server.log_text() + (server.directory / "logs" / "server.log").read_text()
            for secret in (harness.JWT_SECRET, harness.ROOT_PASSWORD, token):
                assert secret not in text

    def test_generated_secret_survives_a_restart(self):
        with harness.Server(settings={"auth.jwt_secret": ""}) as server:
            secret = server.data_directory / "secrets" / "jwt"
            assert secret.stat().st_mode & 0o777 == 0o600
            before = secret.read_text()
            token = server.login()
            server.restart()
            assert secret.read_text() == before
            assert server.rows("SELECT 1", token=token) == [[1]]


class TestBanner:
    def test_port_zero_prints_the_port(self, tmp_path):
        with Process(tmp_path, {"KALAMDB_SERVER_PORT": "0"}) as process:
            assert process.url.startswith("http://127.0.0.1:")
            assert not process.url.endswith(":0")
            with socket.create_connection(("127.0.0.1", int(process.url.rpartition(":")[2]))):
                pass

    def test_port_zero_is_told_by_cluster_health(self, tmp_path):
        with Process(tmp_path, {"KALAMDB_SERVER_PORT": "0"}) as process:
            with urllib.request.urlopen(f"{process.url}/v1/api/cluster/health", timeout=30) as answer:
                [node] = json.load(answer)["nodes"]
            assert "http://" + node["api_addr"] == process.url

    def test_tells_how_to_set_the_first_password(self, tmp_path):
        with Process(tmp_path, {"KALAMDB_SERVER_PORT": "0"}) as process:
            text = process.read_banner_to("the password of the user root.")
            curl = text[text.index("curl "):text.index("\n\nor start")].replace("\\\n", " ").replace("PASSWORD", "Set-up-1")
            if subprocess.run(["which", "curl"], capture_output=True).returncode == 0:
                done = subprocess.run(["sh", "-c", "curl -sS -w '%{http_code}' " + curl.removeprefix("curl ")],
                                      capture_output=True, text=True, timeout=60)
                assert done.stdout.endswith("200"), done
            assert process.stop() == 0
        with Process(tmp_path, {"KALAMDB_SERVER_PORT": "0", "KALAMDB_ROOT_PASSWORD": "Root-pass-1"}) as process:
            assert process.stop() == 0
            assert "No password" not in process.banner + process.process.stdout.read()


class Process:
    """A server whose standard output is read, on a port of its choice."""

    def __init__(self, directory, env):
        environment = {key: value for key, value in os.environ.items() if not key.startswith("KALAMDB_")}
        environment.update({"KALAMDB_DATA_DIR": str(directory / "data"), "KALAMDB_AUTH_BCRYPT_COST": "4"}, **env)
        self.process = subprocess.Popen([str(BINARY)], cwd=directory, env=environment, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.banner = self.process.stdout.readline()
        assert " is ready at http://" in self.banner
        self.url = self.banner.split()[-1]

    def read_banner_to(self, end):
        while end not in self.banner:
            line = self.process.stdout.readline()
            assert line, self.banner
            self.banner += line
        return self.banner

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=harness.STOP_SECONDS_MAX)

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.process.stdout.close()


class TestStop:
    # The product promises 5 seconds; sanitizers slow everything down.
    SECONDS_MAX = harness.STOP_SECONDS_MAX if harness.is_sanitized() else 5.0

    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
    def test_stops_when_idle(self, number):
        with harness.Server() as server:
            with server.raw():  # An idle keep-alive connection does not hold it up.
                code, seconds = stop(server, number)
        assert code == 0
        assert seconds < self.SECONDS_MAX

    def test_cancels_a_long_query(self):
        with harness.Server() as server:
            with running_query(server):
                code, seconds = stop(server, signal.SIGTERM)
        assert code == 0
        assert seconds < self.SECONDS_MAX

    def test_a_second_signal_ends_it_at_once(self):
        with harness.Server(settings={"shutdown.grace_ms": 2000}) as server:
            with running_query(server):
                process = server.process
                process.send_signal(signal.SIGTERM)
                harness.wait_for(lambda: "SIGTERM: stopping" in server.log_text(), "it stops")
                code, _ = stop(server, signal.SIGINT)
            assert code == 1
            assert "a second signal came" in server.log_text()
            server.start()
            assert server.rows("SELECT 1") == [[1]]

    def test_keeps_what_was_acknowledged(self):
        for sync in ("always", "interval"):
            with harness.Server(settings={"storage.sync": sync, "storage.sync_interval_ms": 60000}) as server:
                server.sql("CREATE NAMESPACE stop")
                server.sql("CREATE SHARED TABLE stop.t (id BIGINT PRIMARY KEY)")
                server.sql("INSERT INTO stop.t VALUES (1), (2), (3)")
                server.restart()
                assert server.rows("SELECT count(*) FROM stop.t") == [["3"]] or \
                    server.rows("SELECT count(*) FROM stop.t") == [[3]]


@contextlib.contextmanager
def running_query(server):
    """A query that never ends, under way."""
    body = json.dumps({"sql": ENDLESS_QUERY})
    token = server.login()
    used = cpu_seconds(server)
    with server.raw() as connection:
        connection.send(f"POST /v1/api/sql HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n"
                        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}")
        # It keeps a CPU busy, and nothing else does.
        harness.wait_for(lambda: cpu_seconds(server) > used + 0.5, "the query runs")
        yield


def cpu_seconds(server):
    fields = pathlib.Path(f"/proc/{server.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def stop(server, number):
    """(exit code, seconds)."""
    server._drop_connection()
    process, server.process = server.process, None
    begin = time.monotonic()
    process.send_signal(number)
    return process.wait(timeout=harness.STOP_SECONDS_MAX), time.monotonic() - begin

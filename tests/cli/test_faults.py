# SPDX-License-Identifier: Apache-2.0
"""The shell against a server that does what a good one does not."""

import json
import os
import pathlib
import re
import socket
import stat
import subprocess
import threading

import pytest

import fake_server
import shell
from fake_server import failure, message, success, table

# The start of an answer with one text column; rows follow.
TEXT_ROWS = '{"status":"success","results":[{"schema":[{"name":"x","data_type":"Text","index":0}],"rows":['


@pytest.fixture
def home(tmp_path):
    return shell.Home(tmp_path)


@pytest.fixture
def server():
    with fake_server.FakeServer() as running:
        yield running


def test_no_server_is_exit_code_3(home):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{probe.getsockname()[1]}"
        result = shell.run(home, url, "-c", "SELECT 1")
    assert result.returncode == 3
    assert result.stderr == f"ERROR CONNECTION_FAILED: cannot connect to {url}: Connection refused\n"
    assert result.stdout == ""


def test_an_expired_token_is_renewed_and_kept(home, server):
    assert shell.run(home, server.url, "--save-credentials", "-c", "SELECT 1").returncode == 0
    server.access_tokens.clear()
    server.access_tokens["taken"] = "nobody"  # So that new names are made.
    result = shell.run(home, server.url, "-c", "SELECT 1", user=None, password=None)
    assert result.returncode == 0, result.stderr
    assert [path for path, _ in server.requests[-3:]] == ["/v1/api/sql", "/v1/api/auth/refresh", "/v1/api/sql"]
    stored = json.loads(home.credentials.read_text())["logins"]
    assert [login["access_token"] for login in stored] == ["access-2"]
    # The next run uses the new token at once.
    before = len(server.requests)
    assert shell.run(home, server.url, "-c", "SELECT 1", user=None, password=None).returncode == 0
    assert len(server.requests) == before + 1


def test_a_login_that_cannot_be_renewed_fails_once(home, server):
    assert shell.run(home, server.url, "--save-credentials", "-c", "SELECT 1").returncode == 0
    server.access_tokens.clear()
    server.refresh_tokens.clear()
    result = shell.run(home, server.url, "-c", "SELECT 1", user=None, password=None)
    assert result.returncode == 1
    assert "has expired: log in again" in result.stderr
    assert "ERROR TOKEN_EXPIRED: Invalid credentials" in result.stderr


def test_a_password_at_hand_renews_the_login(home, server):
    def expire(handler):
        server.refresh_tokens.clear()
        server.access_tokens.clear()
        handler.answer(*success(message("expired")))

    server.replies["EXPIRE"] = expire
    result = shell.run(home, server.url, "-c", "EXPIRE; SELECT 1")
    assert result.returncode == 0, result.stderr
    assert "(1 row)" in result.stdout


def test_stored_credentials_are_private(home, server):
    old_mask = os.umask(0)
    try:
        assert shell.run(home, server.url, "--save-credentials", "-c", "SELECT 1").returncode == 0
    finally:
        os.umask(old_mask)
    assert stat.S_IMODE(home.credentials.stat().st_mode) == 0o600
    assert stat.S_IMODE(home.credentials.parent.stat().st_mode) == 0o700
    assert "secret-1" not in home.credentials.read_text()
    home.credentials.chmod(0o644)
    result = shell.run(home, server.url, "-c", "SELECT 1", user=None, password=None)
    assert result.returncode == 1
    assert f"{home.credentials} can be read or changed by other users (mode 0644)" in result.stderr
    assert f"chmod 600 {home.credentials}" in result.stderr
    assert len(server.statements) == 1


def test_stored_credentials_go_to_their_server_only(home, server):
    assert shell.run(home, server.url, "--save-credentials", "-c", "SELECT 1").returncode == 0
    with fake_server.FakeServer() as other:
        result = shell.run(home, other.url, "-c", "SELECT 1", user=None, password=None)
        assert result.returncode == 2
        assert f"no login for {other.url}" in result.stderr
        assert other.requests == []


def test_stored_credentials_can_be_forgotten(home, server):
    assert shell.run(home, server.url, "--save-credentials", "-c", "SELECT 1").returncode == 0
    assert shell.run(home, server.url, "--forget-credentials").stdout == "The stored login is removed.\n"
    assert shell.run(home, server.url, "--forget-credentials").stdout == "There was no stored login.\n"
    assert shell.run(home, server.url, "-c", "SELECT 1", password=None).returncode == 2


def test_a_connection_closed_while_idle_is_replaced(home, server):
    def close_after(handler):
        handler.answer(*success(message("closing")))
        handler.close_connection = True  # Without saying so in a header.

    server.replies["CLOSE"] = close_after
    result = shell.run(home, server.url, "-c", "CLOSE; SELECT 1; CLOSE; SELECT 1")
    # The close may still be on its way when the next statement is sent; then the shell must not send it twice.
    if result.returncode == 0:
        assert result.stdout.count("(1 row)") == 2
    else:
        assert result.returncode == 3
        assert "unknown" in result.stderr


def test_connections_are_reused(home, server):
    assert shell.run(home, server.url, "-c", "SELECT 1; SELECT 1; SELECT 1").returncode == 0
    assert server.connections == 1


def test_a_statement_that_may_have_run_is_never_sent_twice(home, server):
    def drop(handler):
        handler.close_connection = True

    server.replies["DROP TABLE a"] = drop
    result = shell.run(home, server.url, "-c", "DROP TABLE a; SELECT 1")
    assert result.returncode == 3
    assert "whether the statement took effect is unknown" in result.stderr
    assert [sql for sql, _ in server.statements] == ["DROP TABLE a"]


@pytest.mark.parametrize("body, expected", [
    (b"Json deserialize error", "ERROR HTTP_400: Json deserialize error"),
    (b"\x1b]0;owned\x07", "ERROR HTTP_400: \\x1b]0;owned\\x07"),
    (b"", "ERROR HTTP_400: the server gave no reason"),
])
def test_errors_that_are_no_json(home, server, body, expected):
    server.replies["SELECT 2"] = (400, body)
    result = shell.run(home, server.url, "-c", "SELECT 2")
    assert (result.returncode, result.stderr) == (1, expected + "\n")


def test_errors_of_the_http_layer(home, server):
    server.replies["SELECT 2"] = (413, {"error": "BODY_TOO_LARGE", "message": "too large", "max_bytes": 1})
    result = shell.run(home, server.url, "-c", "SELECT 2")
    assert (result.returncode, result.stderr) == (1, "ERROR BODY_TOO_LARGE: too large\n")


@pytest.mark.parametrize("ends_chunks", [True, False])
@pytest.mark.parametrize("mode", ["--csv", "--json", None])
def test_an_answer_that_is_cut_off(home, server, mode, ends_chunks):
    def cut(handler):
        handler.start_chunked()
        handler.send_chunk(TEXT_ROWS + '["a"],["b"],[')
        if ends_chunks:
            handler.end_chunked()
        handler.close_connection = True

    server.replies["CUT"] = cut
    result = shell.run(home, server.url, *([mode] if mode else []), "-c", "CUT; SELECT 1")
    if ends_chunks:
        assert result.returncode == 1
        assert result.stderr == "ERROR INVALID_RESPONSE: the answer of the server ended early\n"
    else:
        assert result.returncode == 3
        assert "the server closed the connection" in result.stderr
    expected = {"--csv": "x\na\nb\n", "--json": '{"x":"a"}\n{"x":"b"}\n', None: ""}[mode]
    assert result.stdout == expected


def test_an_answer_that_is_no_envelope(home, server):
    server.replies["SELECT 2"] = (200, [1, 2])
    result = shell.run(home, server.url, "-c", "SELECT 2")
    assert result.returncode == 1
    assert result.stderr.startswith("ERROR INVALID_RESPONSE: ")


def test_rows_are_shown_while_they_arrive(home, server):
    seen = threading.Event()

    def trickle(handler):
        handler.start_chunked()
        handler.send_chunk(TEXT_ROWS)
        row = '["' + "y" * 1000 + '"]'
        handler.send_chunk(",".join([row] * 200))
        assert seen.wait(shell.SECONDS_MAX)
        handler.send_chunk('],"row_count":200}],"took":1,"error":null}')
        handler.end_chunked()

    server.replies["TRICKLE"] = trickle
    with subprocess.Popen([str(shell.KALAM), "-h", server.url, "--csv", "-c", "TRICKLE"], stdout=subprocess.PIPE,
                          env=home.environment(KALAM_USER="alice", KALAM_PASSWORD="secret-1")) as process:
        assert process.stdout.readline() == b"x\n"
        assert len(process.stdout.readline()) == 1001
        seen.set()
        assert process.stdout.read().count(b"\n") == 199
        assert process.wait() == 0


@pytest.mark.parametrize("mode", ["--csv", "--json"])
def test_large_results_take_little_memory(home, server, mode):
    rows = 300_000

    def large(handler):
        handler.start_chunked()
        handler.send_chunk(TEXT_ROWS + '["z"]')
        chunk = (',["' + "y" * 200 + '"]') * 1000
        for _ in range(rows // 1000):
            handler.send_chunk(chunk)
        handler.send_chunk('],"row_count":1}]}')
        handler.end_chunked()

    server.replies["LARGE"] = large
    env = home.environment(KALAM_USER="alice", KALAM_PASSWORD="secret-1")
    with subprocess.Popen([str(shell.KALAM), "-h", server.url, mode, "-c", "LARGE"], stdout=subprocess.PIPE,
                          env=env) as process:
        lines = [process.stdout.readline() for _ in range(rows - 1000)]
        # The rest is more than the pipe holds, so the shell is still there.
        status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
        lines += process.stdout
        assert process.wait() == 0
    assert len(lines) == rows + 1 + (mode == "--csv")
    if not shell.harness.is_sanitized():
        assert int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) < 30_000, "for 60 MB of rows"


def test_a_reader_that_goes_away_ends_it_quietly(home, server):
    def endless(handler):
        handler.start_chunked()
        handler.send_chunk(TEXT_ROWS + '["z"]')
        while True:
            handler.send_chunk(',["z"]' * 10000)

    server.replies["ENDLESS"] = endless
    env = home.environment(KALAM_USER="alice", KALAM_PASSWORD="secret-1")
    with subprocess.Popen([str(shell.KALAM), "-h", server.url, "--csv", "-c", "ENDLESS"], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, env=env) as process:
        assert process.stdout.readline() == b"x\n"
        process.stdout.close()
        assert process.wait(shell.SECONDS_MAX) == 0
        assert process.stderr.read() == b""
    assert server.lost.wait(shell.SECONDS_MAX), "the statement was not cancelled"


def test_a_full_disk_is_an_error(home, server):
    with open("/dev/full", "wb") as full:
        process = subprocess.run([str(shell.KALAM), "-h", server.url, "-c", "SELECT 1"], stdout=full,
                                 stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True, check=False,
                                 env=home.environment(KALAM_USER="alice", KALAM_PASSWORD="secret-1"))
    assert process.returncode == 1
    assert "No space left" in process.stderr


def test_hostile_text_cannot_drive_the_terminal(home, server):
    evil = "\x1b]52;c;QQ==\x07\u009b31m\u202e\r\n"
    server.replies["EVIL"] = success(table({"a" + evil: "Text"}, [[evil]]), message(evil))
    server.replies["FAIL"] = failure("X" + evil, evil, details=evil)
    result = shell.run(home, server.url, "-c", "EVIL", "-c", "FAIL")
    for text in (result.stdout, result.stderr):
        assert not set(text) & {"\x1b", "\x07", "\u009b", "\u202e", "\r"}, text
    assert "\\x1b]52;c;QQ==\\x07" in result.stdout


def test_values_of_every_type(home, server):
    columns = {"b": "Boolean", "n": "BigInt", "d": {"Decimal": {"precision": 10, "scale": 2}}, "f": "Double",
               "t": "Text", "ts": "Timestamp", "day": "Date", "time": "Time", "bytes": "Bytes", "j": "Json",
               "e": {"Embedding": 2}}
    row = [True, "9007199254740993", "-0.50", 1.5, "a,\"b\"\n", 1777902000000001, 20577, 36000000000, [222, 173],
           '{"a":1}', [0.5, -1.0]]
    nulls = [None] * len(row)
    server.replies["T"] = success(table(columns, [row, nulls]))
    as_csv = shell.run(home, server.url, "--csv", "-c", "T").stdout
    assert as_csv == ('b,n,d,f,t,ts,day,time,bytes,j,e\n'
                      'true,9007199254740993,-0.50,1.5,"a,""b""\n",2026-05-04 13:40:00.000001,2026-05-04,10:00:00,'
                      '\\xdead,"{""a"":1}","[0.5, -1.0]"\n' + "," * 10 + "\n")
    lines = shell.run(home, server.url, "--json", "-c", "T").stdout.splitlines()
    assert [json.loads(line) for line in lines] == [dict(zip(columns, row)), dict(zip(columns, nulls))]
    as_table = shell.run(home, server.url, "-c", "T").stdout.splitlines()
    assert as_table[2] == (' true | 9007199254740993 | -0.50 |  1.5 | a,"b"\\n | 2026-05-04 13:40:00.000001 |'
                           ' 2026-05-04 | 10:00:00 | \\xdead | {"a":1} | [0.5, -1.0]')
    assert as_table[3].split() == " | ".join(["NULL"] * len(row)).split()


def test_transactions_are_one_request(home, server):
    script = "INSERT 1;\nBEGIN; INSERT 2; -- two\nINSERT 3;\nCOMMIT;\nINSERT 4;\n"
    assert shell.run(home, server.url, text=script).returncode == 0
    assert [sql for sql, _ in server.statements] == ["INSERT 1", "BEGIN\n;INSERT 2\n;INSERT 3\n;COMMIT", "INSERT 4"]


def test_the_failing_line_of_a_transaction_is_named(home, server, tmp_path):
    script = tmp_path / "load.sql"
    script.write_text("-- a\nBEGIN;\nINSERT 2;\n\nINSERT 3;\nCOMMIT;\nSELECT 1;\n")
    server.replies["BEGIN\n;INSERT 2\n;INSERT 3\n;COMMIT"] = failure("SQL_EXECUTION_ERROR", "Statement 3 failed: no")
    result = shell.run(home, server.url, "-f", str(script))
    assert result.returncode == 1
    assert result.stderr == f"{script}:5: ERROR SQL_EXECUTION_ERROR: Statement 3 failed: no\n"
    assert len(server.statements) == 1


def test_the_namespace_goes_with_each_request(home, server):
    assert shell.run(home, server.url, "-n", "one", "-c", "SELECT 1; USE two; SELECT 1; SET NAMESPACE Three; SELECT 1;"
                     "\n\\c \"Four\"\nSELECT 1").returncode == 0
    assert [name for _, name in server.statements] == ["one", "one", "two", "two", "three", "three", "four"]
    server.replies["USE five"] = failure("INVALID_INPUT", "Namespace 'five' not found")
    server.statements.clear()
    assert shell.run(home, server.url, "-n", "one", "-c", "USE five").returncode == 1


def test_setup_is_explained_to_scripts(home, server):
    server.needs_setup = True
    for password in ("secret-1", None):
        result = shell.run(home, server.url, "-c", "SELECT 1", password=password)
        assert result.returncode == 1
        assert "ERROR setup_required: " in result.stderr
        assert f"kalam -h {server.url}" in result.stderr
        assert "/v1/api/auth/setup" in result.stderr
    assert server.statements == []


def test_wrong_passwords_fail(home, server):
    result = shell.run(home, server.url, "-c", "SELECT 1", password="wrong")
    assert (result.returncode, result.stderr) == (1, "ERROR unauthorized: Invalid credentials\n")


def test_the_password_can_come_from_standard_input(home, server):
    result = shell.run(home, server.url, "--password-stdin", text="secret-1\nSELECT 1;\n", password=None)
    assert result.returncode == 0, result.stderr
    assert "(1 row)" in result.stdout
    result = shell.run(home, server.url, "--password-stdin", "-c", "SELECT 1", text="", password=None)
    assert result.returncode == 2


def test_ctrl_c_ends_a_script(home, server):
    started = threading.Event()

    def hang(handler):
        started.set()
        handler.start_chunked()
        while True:
            handler.send_chunk(" ")
            server.lost.wait(0.01)

    server.replies["HANG"] = hang
    env = home.environment(KALAM_USER="alice", KALAM_PASSWORD="secret-1")
    with subprocess.Popen([str(shell.KALAM), "-h", server.url, "-c", "HANG; SELECT 1"], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, env=env) as process:
        assert started.wait(shell.SECONDS_MAX)
        process.send_signal(2)
        assert process.wait(shell.SECONDS_MAX) == 130
    assert server.lost.wait(shell.SECONDS_MAX), "the statement was not cancelled"
    assert len(server.statements) == 1


@pytest.mark.parametrize("args", [
    ["--nonsense"], ["-c", "SELECT 1", "-f", "-"], ["--json", "--csv"], ["-f", "/no/such/file"], ["extra"],
])
def test_usage_errors_are_exit_code_2(home, server, args):
    result = shell.run(home, server.url, *args)
    assert result.returncode == 2
    assert result.stderr.startswith("kalam: ")
    assert server.requests == []


@pytest.mark.parametrize("url", ["https://127.0.0.1", "ftp://x", "http://", "http://a:b", "http://a:99999",
                                 "http://a b", "http://[::1", "http://a/ b", "http://x\r\nHost: y"])
def test_bad_urls_are_exit_code_2(home, url):
    result = shell.run(home, url, "-c", "SELECT 1")
    assert result.returncode == 2, result.stderr
    assert "bad URL" in result.stderr


def test_help_and_version(home):
    for option in ("--help", "--version"):
        result = shell.run(home, "http://127.0.0.1:1", option)
        assert result.returncode == 0
        assert "kalam" in result.stdout

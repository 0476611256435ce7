# SPDX-License-Identifier: Apache-2.0
"""Live queries in the shell: \\watch and SUBSCRIBE TO."""

import json
import struct

import pytest

import fake_server
import shell
from fake_server import success, table

SQL = "SELECT id, body FROM chat.notes WHERE room = 'a  b'"
BIG = 301112223334445056
ACK = {"type": "subscription_ack", "subscription_id": "kalam",
       "schema": [{"name": "id", "data_type": "BigInt", "index": 0}, {"name": "body", "data_type": "Text", "index": 1}]}
FAILED = {"type": "error", "subscription_id": "kalam", "code": "GONE", "message": "no more"}


def batch(rows, last_seq=None):
    control = {"batch_num": 0, "has_more": last_seq is not None, "status": "loading", "last_seq_id": last_seq}
    return {"type": "initial_data_batch", "subscription_id": "kalam", "rows": rows, "batch_control": control}


def change(kind, row):
    return {"type": "change", "subscription_id": "kalam", "change_type": kind,
            "old_values" if kind == "delete" else "rows": [row]}


MESSAGES = [ACK, batch([{"id": "1", "body": "x", "_seq": "5"}, {"body": None, "_seq": "6", "id": "2"}], BIG), None,
            batch([]), change("insert", {"id": "3", "body": "\x1b[2J", "_seq": "7"}),
            change("update", {"id": "3", "_seq": "8"}), change("delete", {"id": "3", "body": "y", "_seq": "9"}), FAILED]


@pytest.fixture
def home(tmp_path):
    return shell.Home(tmp_path)


@pytest.fixture
def server():
    with fake_server.FakeServer() as running:
        running.live_replies[SQL] = MESSAGES
        yield running


def test_rows_and_then_changes(home, server):
    result = shell.run(home, server.url, "--json", "-c", f"\\watch {SQL};")
    assert result.returncode == 1
    assert [json.loads(line) for line in result.stdout.splitlines()] == [
        {"change": "row", "id": "1", "body": "x", "_seq": "5"}, {"change": "row", "id": "2", "body": None, "_seq": "6"},
        {"change": "insert", "id": "3", "body": "\x1b[2J", "_seq": "7"},
        {"change": "update", "id": "3", "body": None, "_seq": "8"},
        {"change": "delete", "id": "3", "body": "y", "_seq": "9"}]
    assert result.stderr == "ERROR GONE: no more\n"
    assert server.subscriptions == [{"id": "kalam", "sql": SQL, "options": {}}]
    assert json.loads(server.live_messages[0]) == {"type": "next_batch", "subscription_id": "kalam", "last_seq_id": BIG}


def test_tables_and_csv(home, server):
    result = shell.run(home, server.url, "-c", f"\\watch {SQL}")
    assert result.stdout.startswith(" change | id | body | _seq\n")
    assert result.stdout.count("change |") == 4
    assert "\x1b" not in result.stdout
    result = shell.run(home, server.url, "--csv", "-c", f"\\watch {SQL}")
    assert result.stdout.splitlines()[:3] == ["change,id,body,_seq", "row,1,x,5", "row,2,,6"]
    assert result.stdout.count("change,") == 1


def test_subscribe_to_does_what_the_server_says(home, server):
    described = {"id": "sub-1", "sql": SQL, "options": {"last_rows": 5}}
    server.replies["SUBSCRIBE TO chat.notes WHERE room = 'a  b' OPTIONS (last_rows=5)"] = success(
        table({"status": "Text", "ws_url": "Text", "subscription": "Json", "message": "Text"},
              [["active", "ws://elsewhere/v1/ws", json.dumps(described), ""]]))
    result = shell.run(home, server.url, "--csv", "-c",
                       "subscribe to chat.notes; SUBSCRIBE TO chat.notes WHERE room = 'a  b' OPTIONS (last_rows=5);")
    assert "did not say what to subscribe to" in result.stderr
    result = shell.run(home, server.url, "--csv", "-c",
                       "SUBSCRIBE TO chat.notes WHERE room = 'a  b' OPTIONS (last_rows=5);")
    assert result.stdout.splitlines()[1] == "row,1,x,5"
    assert server.subscriptions == [{"id": "kalam", "sql": SQL, "options": {"last_rows": 5}}]


def test_an_expired_token_is_renewed(home, server):
    assert shell.run(home, server.url, "--save-credentials", "-c", "SELECT 1").returncode == 0
    server.access_tokens.clear()
    server.access_tokens["taken"] = "nobody"
    result = shell.run(home, server.url, "--csv", "-c", f"\\watch {SQL}", user=None, password=None)
    assert result.stdout.startswith("change,id")


def test_the_end_of_the_connection_is_exit_code_3(home, server):
    server.live_replies["SELECT 1"] = [ACK, struct.pack("!H", 4401) + b"Token expired"]
    result = shell.run(home, server.url, "-c", "\\watch SELECT 1")
    assert result.returncode == 3
    assert result.stderr == "ERROR CONNECTION_FAILED: the server closed the connection: Token expired (4401)\n"
    server.live_replies = None
    result = shell.run(home, server.url, "-c", "\\watch SELECT 1")
    assert result.returncode == 3
    assert "the server refused a WebSocket: 404" in result.stderr


def test_ctrl_c_returns_to_the_prompt(home, server):
    server.live_replies["SELECT 1"] = [ACK, batch([{"id": "1", "body": "here", "_seq": "5"}]), None]
    with shell.Terminal(home, server.url, KALAM_USER="alice", KALAM_PASSWORD="secret-1") as terminal:
        terminal.expect("default=> ")
        terminal.line("\\watch SELECT 1")
        terminal.expect("here")
        terminal.send("\x03")
        terminal.expect("Cancelled.")
        terminal.expect("default=> ")
        terminal.line("\\watch")
        terminal.expect("usage: \\watch SELECT ...")
        terminal.line("\\q")
        assert terminal.wait() == 0

# SPDX-License-Identifier: Apache-2.0
"""The shell in the hands of somebody at a terminal."""

import json
import signal
import stat
import threading

import pytest

import fake_server
import shell
from fake_server import failure, success, table

LOGIN = {"KALAM_USER": "alice", "KALAM_PASSWORD": "secret-1"}


@pytest.fixture
def home(tmp_path):
    return shell.Home(tmp_path)


@pytest.fixture
def server():
    with fake_server.FakeServer() as running:
        yield running


@pytest.fixture
def terminal(home, server):
    with shell.Terminal(home, server.url, **LOGIN) as running:
        running.expect("Connected to")
        running.expect("default=> ")
        yield running


def quit_and_wait(terminal):
    terminal.line("\\q")
    assert terminal.wait() == 0


def test_a_statement_may_span_lines(terminal, server):
    terminal.line("SELECT")
    terminal.expect("default-> ")
    terminal.line("'a;")
    terminal.expect("default'> ")
    terminal.line("b' /* ; */ ; SELECT 1;")
    terminal.expect("done")
    terminal.expect("(1 row)")
    terminal.expect("default=> ")
    assert [sql for sql, _ in server.statements] == ["SELECT 1", "SELECT\n'a;\nb' /* ; */", "SELECT 1"]
    quit_and_wait(terminal)


def test_errors_do_not_end_the_conversation(terminal, server):
    server.replies["SELEC"] = failure("INVALID_SQL", "Statement 1 failed: no")
    terminal.line("SELEC; SELECT 1;")
    terminal.expect("ERROR INVALID_SQL: Statement 1 failed: no")
    terminal.expect("default=> ")
    assert len(server.statements) == 2, "what follows a failure on its line must not run"
    terminal.line("\\nonsense")
    terminal.expect("there is no command \\nonsense")
    terminal.expect("default=> ")
    quit_and_wait(terminal)


def test_timing_can_be_switched(terminal):
    terminal.line("\\timing")
    terminal.expect("Timing is on.")
    terminal.line("SELECT 1;")
    terminal.expect("Time: ")
    terminal.expect("ms (server 1.500 ms)")
    terminal.line("\\timing off")
    terminal.expect("Timing is off.")
    quit_and_wait(terminal)


def test_ctrl_c_at_the_prompt_drops_the_statement(terminal, server):
    terminal.line("SELECT one,")
    terminal.expect("default-> ")
    terminal.send("two\x03")
    terminal.expect("^C")
    terminal.expect("default=> ")
    for _ in range(3):  # Nothing to drop: nothing happens.
        terminal.send("\x03")
        terminal.expect("default=> ")
    terminal.line("SELECT 1;")
    terminal.expect("(1 row)")
    assert [sql for sql, _ in server.statements] == ["SELECT 1", "SELECT 1"]
    quit_and_wait(terminal)


def test_ctrl_c_cancels_a_running_statement(terminal, server):
    started = threading.Event()

    def hang(handler):
        started.set()
        handler.start_chunked()
        while True:
            handler.send_chunk(" ")
            server.lost.wait(0.01)

    server.replies["HANG"] = hang
    terminal.line("HANG;")
    assert started.wait(shell.SECONDS_MAX)
    terminal.send("\x03")
    terminal.expect("Cancelled.")
    assert server.lost.wait(shell.SECONDS_MAX), "the connection must be closed: that is what cancels in the server"
    terminal.expect("default=> ")
    terminal.send("\x03\x03")
    terminal.line("SELECT 1;")
    terminal.expect("(1 row)")
    quit_and_wait(terminal)


def test_ctrl_d_quits(terminal):
    terminal.send("\x04")
    assert terminal.wait() == 0


def test_a_request_to_terminate_is_followed(terminal):
    terminal.send("SELECT")
    terminal.expect("SELECT")
    terminal.signal(signal.SIGTERM)
    assert terminal.wait() == 0
    assert terminal.echo_is_on()


def test_transactions_are_collected(terminal, server):
    terminal.line("BEGIN; INSERT 1;")
    terminal.expect("default*> ")
    terminal.line("INSERT 2;")
    terminal.expect("default*> ")
    assert len(server.statements) == 1
    terminal.line("COMMIT;")
    terminal.expect("done")
    assert server.statements[-1][0] == "BEGIN\n;INSERT 1\n;INSERT 2\n;COMMIT"
    quit_and_wait(terminal)


def test_the_namespace_is_in_the_prompt(terminal, server):
    terminal.line("USE chat;")
    terminal.expect("chat=> ")
    terminal.line("\\c shop")
    terminal.expect("shop=> ")
    server.replies['USE NAMESPACE "nowhere"'] = failure("INVALID_INPUT", "Namespace 'nowhere' not found")
    terminal.line("\\n nowhere")
    terminal.expect("not found")
    terminal.expect("shop=> ")
    quit_and_wait(terminal)


def test_formats_can_be_switched(terminal, server):
    server.replies["T"] = success(table({"id": "BigInt", "title": "Text"}, [["7", None]]))
    terminal.line("T;")
    terminal.expect(" id | title")
    terminal.expect("  7 | \x1b[2mNULL\x1b[0m")
    terminal.line("\\x")
    terminal.line("T;")
    terminal.expect("-[ RECORD 1 ]-")
    terminal.expect("id    | 7")
    terminal.line("\\x off")
    terminal.line("\\json")
    terminal.line("T;")
    terminal.expect('{"id":"7","title":null}')
    terminal.line("\\csv")
    terminal.line("T;")
    terminal.expect("id,title\r\n7,\r\n")
    terminal.line("\\table")
    terminal.line("T;")
    terminal.expect("(1 row)")
    quit_and_wait(terminal)


def test_wide_tables_can_be_expanded_automatically(terminal, server):
    server.replies["WIDE"] = success(table({"a": "Text", "b": "Text"}, [["x" * 60, "y" * 60]]))
    terminal.line("\\x auto")
    terminal.line("WIDE;")
    terminal.expect("-[ RECORD 1 ]-")
    terminal.line("SELECT 1;")
    terminal.expect(" 1\r\n---\r\n 1\r\n")
    quit_and_wait(terminal)


def test_the_catalogue_commands(terminal, server):
    for line, start in [("\\d", "SELECT table_schema AS namespace, table_name AS name, table_type"),
                        ("\\d notes", 'DESCRIBE TABLE "default"."notes"'),
                        ("\\d chat.notes", 'DESCRIBE TABLE "chat"."notes"'),
                        ("\\dt", "SELECT table_schema"),
                        ("\\dt chat", "SELECT table_schema"),
                        ("\\l", "SHOW NAMESPACES")]:
        terminal.line(line)
        terminal.expect("done")
        terminal.expect("default=> ")
        assert server.statements[-1][0].startswith(start), line
    terminal.line("\\?")
    terminal.expect("\\timing [on|off]")
    terminal.expect("default=> ")
    quit_and_wait(terminal)


def test_files_can_be_included(terminal, server, tmp_path):
    inner = tmp_path / "inner.sql"
    inner.write_text("SELECT 1;\n\\q\nSELECT 2;\n")
    outer = tmp_path / "outer file.sql"
    outer.write_text(f"\\i {inner}\nSELEC;\nSELECT 3;\n")
    server.replies["SELEC"] = failure("INVALID_SQL", "no")
    terminal.line(f"\\i '{outer}'")
    terminal.expect("(1 row)")
    terminal.expect(f"{outer}:2: ERROR INVALID_SQL: no")
    terminal.expect("default=> ")
    assert [sql for sql, _ in server.statements] == ["SELECT 1", "SELECT 1", "SELEC"]
    endless = tmp_path / "endless.sql"
    endless.write_text(f"\\i {endless}\n")
    terminal.line(f"\\i {endless}")
    terminal.expect("is included too deep")
    terminal.line("\\i /no/such/file")
    terminal.expect("No such file")
    quit_and_wait(terminal)


def names_reply(server):
    def reply(column, names):
        return success(table({column: "Text"}, [[name] for name in names]))

    server.replies["SELECT schema_name FROM information_schema.schemata LIMIT 10000"] = reply(
        "schema_name", ["chat", "default", "shop"])
    server.replies["SELECT table_name FROM information_schema.tables WHERE table_schema = 'default' LIMIT 10000"] = \
        reply("table_name", ["members", "messages"])
    server.replies["SELECT column_name FROM information_schema.columns WHERE table_schema = 'default' "
                   "AND table_name = 'messages' LIMIT 10000"] = reply("column_name", ["id", "author", "body"])


def test_tab_completes_names(terminal, server):
    names_reply(server)
    terminal.send("sel\t* from me\t")  # The editor redraws as little as it can: only what is listed can be expected.
    terminal.expect("members   messages")
    terminal.send("ss\twhere au\t")
    terminal.line("= 'x';")
    terminal.expect("done")
    assert server.statements[-1][0] == "select * from messages where author = 'x'"
    quit_and_wait(terminal)


def test_completion_survives_a_server_that_refuses(terminal, server):
    server.access_tokens.clear()
    server.refresh_tokens.clear()
    server.users.clear()
    terminal.send("SELECT * FROM me\t")
    terminal.expect("\x07")
    terminal.send("\x03")
    terminal.expect("default=> ")
    quit_and_wait(terminal)


def test_wide_characters_can_be_typed(terminal, server):
    terminal.line("SELECT 'Grüße 日本 😀';")
    terminal.expect("done")
    assert server.statements[-1][0] == "SELECT 'Grüße 日本 😀'"
    quit_and_wait(terminal)


def test_the_window_may_change(terminal, server):
    terminal.send("SELECT ")
    terminal.expect("SELECT ")
    terminal.signal(signal.SIGWINCH)
    terminal.line("1;")
    terminal.expect("(1 row)")
    assert server.statements[-1][0] == "SELECT 1"
    quit_and_wait(terminal)


def test_history_is_kept_without_secrets(home, server, terminal):
    terminal.line("SELECT 'first")
    terminal.expect("default'> ")
    terminal.line("second';")
    terminal.expect("done")
    terminal.line("CREATE USER bob WITH PASSWORD 'hunter2' ROLE user;")
    terminal.expect("done")
    quit_and_wait(terminal)
    assert stat.S_IMODE(home.history.stat().st_mode) == 0o600
    text = home.history.read_text()
    assert "hunter2" not in text
    with shell.Terminal(home, server.url, **LOGIN) as again:
        again.expect("default=> ")
        again.send("\x1b[A\x1b[A")  # Past \q.
        again.expect("second';")
        again.send("\r")
        again.expect("done")
        assert server.statements[-1][0] == "SELECT 'first\nsecond'"
        quit_and_wait(again)


def test_a_history_that_others_can_read_is_not_used(home, server):
    home.history.parent.mkdir(parents=True)
    home.history.write_text("")
    home.history.chmod(0o644)
    with shell.Terminal(home, server.url, **LOGIN) as terminal:
        terminal.expect("the history is not kept")
        terminal.expect("default=> ")
        terminal.line("SELECT 1;")
        terminal.expect("(1 row)")
        quit_and_wait(terminal)
    assert home.history.read_text() == ""


def test_the_password_is_asked_for_without_echo(home, server):
    with shell.Terminal(home, server.url, "-u", "alice") as terminal:
        terminal.expect("Password for alice: ")
        assert not terminal.echo_is_on()
        terminal.line("wrong-1")
        terminal.expect("Invalid credentials")
        terminal.expect("Password for alice: ")
        terminal.line("secret-1")
        terminal.expect("Stay logged in")
        assert terminal.echo_is_on()
        terminal.line("y")
        terminal.expect("default=> ")
        quit_and_wait(terminal)
        assert "wrong-1" not in terminal.screen
        assert "secret-1" not in terminal.screen
    assert json.loads(home.credentials.read_text())["logins"][0]["user"] == "alice"
    with shell.Terminal(home, server.url) as terminal:
        terminal.expect("as alice")
        terminal.expect("default=> ")
        quit_and_wait(terminal)


def test_the_user_is_asked_for_too(home, server):
    with shell.Terminal(home, server.url, "-c", "SELECT 1") as terminal:
        terminal.expect("User: ")
        terminal.line("alice")
        terminal.expect("Password for alice: ")
        terminal.line("secret-1")
        terminal.expect("Stay logged in")
        terminal.line("")
        terminal.expect("(1 row)")
        assert terminal.wait() == 0
    assert not home.credentials.exists()


def test_three_wrong_passwords_end_it(home, server):
    with shell.Terminal(home, server.url, "-u", "alice") as terminal:
        for _ in range(3):
            terminal.expect("Password for alice: ")
            terminal.line("wrong-1")
        terminal.expect("ERROR unauthorized: Invalid credentials")
        assert terminal.wait() == 1


@pytest.mark.parametrize("key, code", [("\x03", 130), ("\x04", 130)])
def test_the_login_can_be_given_up(home, server, key, code):
    with shell.Terminal(home, server.url, "-u", "alice") as terminal:
        terminal.expect("Password for alice: ")
        terminal.send(key)
        assert terminal.wait() == code
        assert terminal.echo_is_on()


def test_an_expired_login_is_asked_for_again(home, server, terminal):
    del terminal  # Only to know that the other way works.
    with shell.Terminal(home, server.url, "-u", "alice") as asked:
        asked.expect("Password for alice: ")
        asked.line("secret-1")
        asked.expect("Stay logged in")
        asked.line("")
        asked.expect("default=> ")
        server.access_tokens.clear()
        server.refresh_tokens.clear()
        asked.line("SELECT 1;")
        asked.expect("The login of alice has expired.")
        asked.expect("Password for alice: ")
        asked.line("secret-1")
        asked.expect("(1 row)")
        quit_and_wait(asked)


def test_a_new_server_is_set_up(home, server):
    server.needs_setup = True
    with shell.Terminal(home, server.url) as terminal:
        terminal.expect("has no administrator yet")
        terminal.expect("Name of the administrator: ")
        terminal.line("boss")
        for password, again in (("short", "short"), ("boss-pass-1", "boss-pass-2"), ("boss-pass-1", "boss-pass-1")):
            terminal.expect("New password for boss: ")
            terminal.line(password)
            terminal.expect("The same again: ")
            terminal.line(again)
            if password == "short":
                for prompt in ("New password for root: ", "The same again: "):
                    terminal.expect(prompt)
                    terminal.line("root-pass-1")
                terminal.expect("(may be empty): ")
                terminal.line("")
                terminal.expect("too short")
                terminal.expect("Name of the administrator [boss]: ")
                terminal.line("")
            elif password != again:
                terminal.expect("not the same")
        for prompt in ("New password for root: ", "The same again: "):
            terminal.expect(prompt)
            terminal.line("root-pass-1")
        terminal.expect("(may be empty): ")
        terminal.line("boss@example.com")
        terminal.expect("Done. Logging in as boss.")
        terminal.expect("Stay logged in")
        terminal.line("n")
        terminal.expect("default=> ")
        quit_and_wait(terminal)
        assert "pass-1" not in terminal.screen
    assert server.users == {"boss": "boss-pass-1", "root": "root-pass-1"}
    assert [fields for path, fields in server.requests if path.endswith("/setup")][-1] == {
        "user": "boss", "password": "boss-pass-1", "root_password": "root-pass-1", "email": "boss@example.com"}

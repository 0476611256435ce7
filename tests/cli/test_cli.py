# SPDX-License-Identifier: Apache-2.0
"""The shell against the real server."""

import csv
import io
import json
import pathlib
import subprocess
import time

import harness
import pytest
import shell

PASSWORD = "User-pass-1"


@pytest.fixture
def home(tmp_path):
    return shell.Home(tmp_path)


@pytest.fixture(scope="module")
def database(shared_server):
    shared_server.sql("CREATE NAMESPACE chat")
    shared_server.sql("""
        CREATE SHARED TABLE chat.notes (id BIGINT PRIMARY KEY, title TEXT NOT NULL, price DECIMAL(10,2), day DATE,
                                        at TIMESTAMP, data BYTES, ok BOOLEAN) WITH (ACCESS_LEVEL = 'PUBLIC')""")
    shared_server.sql("""
        INSERT INTO chat.notes (id, title, price, day, at, ok) VALUES
        (9007199254740993, 'Grüße, "日本"', -0.50, DATE '2026-05-04', TIMESTAMP '2026-05-04 13:40:00.25', true),
        (2, 'NULL', NULL, NULL, NULL, NULL)""")
    shared_server.create_user("alice", PASSWORD)
    return shared_server


def as_root(home, server, *args, **extra):
    return shell.run(home, server.url, *args, user="root", password=server.root_password, **extra)


SELECT = "SELECT id, title, price, day, at, ok FROM chat.notes ORDER BY id DESC"


def test_tables(home, database):
    result = as_root(home, database, "-c", SELECT)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout == (
        "               id | title         | price | day        | at                     | ok\n"
        "------------------+---------------+-------+------------+------------------------+------\n"
        " 9007199254740993 | Grüße, \"日本\" | -0.50 | 2026-05-04 | 2026-05-04 13:40:00.25 | true\n"
        "                2 | \"NULL\"        |  NULL | NULL       | NULL                   | NULL\n"
        "(2 rows)\n\n")


def test_csv(home, database):
    result = as_root(home, database, "--csv", "-c", SELECT)
    assert list(csv.reader(io.StringIO(result.stdout))) == [
        ["id", "title", "price", "day", "at", "ok"],
        ["9007199254740993", 'Grüße, "日本"', "-0.50", "2026-05-04", "2026-05-04 13:40:00.25", "true"],
        ["2", "NULL", "", "", "", ""]]


def test_json_is_what_the_server_sent(home, database):
    result = as_root(home, database, "--json", "-c", SELECT)
    rows = [list(json.loads(line).values()) for line in result.stdout.splitlines()]
    assert rows == database.rows(SELECT)


def test_messages_go_beside_the_data(home, database):
    database.sql("CREATE SHARED TABLE chat.counted (id INT PRIMARY KEY)")
    insert = "INSERT INTO chat.counted VALUES (1), (2)"
    delete = "DELETE FROM chat.counted WHERE id > 0"
    assert as_root(home, database, "-c", insert).stdout == "Inserted 2 row(s)\n"
    result = as_root(home, database, "--csv", "-c", delete)
    assert (result.stdout, result.stderr) == ("", "Deleted 2 row(s)\n")


def test_a_script_stops_at_the_first_failure(home, database, tmp_path):
    script = tmp_path / "load.sql"
    script.write_text("-- What happens; when it fails?\nSELECT 1;\n\nSELECT 'a\nb', x FROM chat.nowhere;\nSELECT 3;\n")
    result = as_root(home, database, "--csv", "-f", str(script))
    assert result.returncode == 1
    assert result.stderr.startswith(f"{script}:4: ERROR ")
    assert "nowhere" in result.stderr
    assert result.stdout.splitlines()[1:] == ["1"]
    for how in (["-c", script.read_text()], []):
        result = as_root(home, database, *how, text=script.read_text())
        assert result.returncode == 1
        assert result.stderr.startswith("ERROR ")


def test_transactions(home, database):
    database.sql("CREATE SHARED TABLE chat.accounts (id INT PRIMARY KEY, amount INT)")
    script = ("BEGIN; INSERT INTO chat.accounts VALUES (1, 10); INSERT INTO chat.accounts VALUES (2, 20); COMMIT;\n"
              "BEGIN;\nUPDATE chat.accounts SET amount = 0 WHERE id = 1;\nROLLBACK;\n")
    result = as_root(home, database, text=script)
    assert result.returncode == 0, result.stderr
    assert database.rows("SELECT id, amount FROM chat.accounts ORDER BY id") == [[1, 10], [2, 20]]
    result = as_root(home, database, text="BEGIN; INSERT INTO chat.accounts VALUES (3, 1);\n"
                                          "INSERT INTO chat.accounts VALUES (1, 1); COMMIT;")
    assert result.returncode == 1
    result = as_root(home, database, text="BEGIN; INSERT INTO chat.accounts VALUES (3, 1);")
    assert result.returncode == 1
    assert "rolled back" in result.stderr
    assert database.rows("SELECT count(*) FROM chat.accounts") == [["2"]]


def test_the_namespace(home, database):
    select = "SELECT id FROM notes WHERE id = 2"
    assert as_root(home, database, "-c", select).returncode == 1
    assert as_root(home, database, "-n", "chat", "-c", select).returncode == 0
    assert as_root(home, database, "-c", f"USE chat; {select}").returncode == 0
    assert as_root(home, database, "-c", f"\\c chat\n{select}").returncode == 0
    result = as_root(home, database, "-c", "\\c default\n\\c")
    assert (result.returncode, result.stdout.splitlines()[-1]) == (0, "The namespace is default.")
    assert as_root(home, database, "-c", "USE nowhere").returncode == 1


@pytest.mark.parametrize("user, password", [("root", harness.ROOT_PASSWORD), ("alice", PASSWORD)])
def test_the_catalogue_commands(home, database, user, password):
    def output(*args):
        result = shell.run(home, database.url, *args, user=user, password=password)
        assert (result.returncode, result.stderr) == (0, "")
        return result.stdout

    listed = output("--csv", "-c", "\\d").splitlines()
    assert listed[0] == "namespace,name,type"
    assert "chat,notes,BASE TABLE" in listed
    assert not [line for line in listed if line.startswith(("system,", "information_schema,"))]
    assert "chat,notes" in output("--csv", "-c", "\\dt").splitlines()
    assert "chat,notes" in output("--csv", "-c", "\\dt chat").splitlines()
    assert output("--csv", "-c", "\\dt default").splitlines() == ["namespace,name"]
    assert "chat" in output("-c", "\\l")
    described = list(csv.DictReader(io.StringIO(output("--csv", "-c", "\\d chat.notes"))))
    assert [row["column_name"] for row in described][:3] == ["id", "title", "price"]
    assert list(described[0]) == ["column_name", "data_type", "is_nullable", "is_primary_key", "column_default"]
    assert output("-c", "\\d chat.notes") == output("-n", "chat", "-c", "\\d notes")


def test_errors_of_describe(home, database):
    result = as_root(home, database, "-c", "\\d nowhere")
    assert result.returncode == 1
    assert "nowhere" in result.stderr


def test_a_stored_login_is_renewed(home, database):
    result = as_root(home, database, "--save-credentials", "-c", "SELECT 1")
    assert result.returncode == 0, result.stderr
    stored = json.loads(home.credentials.read_text())
    old_token = stored["logins"][0]["access_token"]
    stored["logins"][0]["access_token"] = old_token[:-4] + "AAAA"
    home.credentials.write_text(json.dumps(stored))
    result = shell.run(home, database.url, "-c", "SELECT CURRENT_USER()", user=None, password=None)
    assert result.returncode == 0, result.stderr
    assert "root" in result.stdout
    assert json.loads(home.credentials.read_text())["logins"][0]["access_token"][-4:] != "AAAA"


def test_large_results_through_head(home, database):
    database.sql("CREATE SHARED TABLE chat.many (id INT PRIMARY KEY, filler TEXT)")
    for begin in range(0, 20_000, 1000):
        values = ", ".join(f"({i}, '{'x' * 100}')" for i in range(begin, begin + 1000))
        database.sql(f"INSERT INTO chat.many VALUES {values}")
    env = home.environment(KALAM_USER="root", KALAM_PASSWORD=database.root_password)
    command = [str(shell.KALAM), "-h", database.url, "-c", "SELECT a.id, b.filler FROM chat.many a, chat.many b"]
    for mode in ("--csv", "--json", "--timing"):
        with subprocess.Popen([*command, mode], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env) as process:
            assert process.stdout.readline()
            process.stdout.close()
            assert process.wait(shell.SECONDS_MAX) == 0
            assert process.stderr.read() == b""
    result = as_root(home, database, "--csv", "-c", "SELECT id, filler FROM chat.many ORDER BY id")
    assert [line.split(",")[0] for line in result.stdout.splitlines()] == ["id", *map(str, range(20_000))]


def test_a_session_at_the_terminal(home, database):
    with shell.Terminal(home, database.url, "-u", "root") as terminal:
        terminal.expect("Password for root: ")
        terminal.line(database.root_password)
        terminal.expect("Stay logged in")
        terminal.line("")
        terminal.expect(f"Connected to {database.url} as root.")
        terminal.expect("default=> ")
        terminal.line("\\c chat")
        terminal.expect("chat=> ")
        terminal.line("SELECT title")
        terminal.expect("chat-> ")
        terminal.line("FROM notes WHERE id = 2;")
        terminal.expect("\"NULL\"")
        terminal.expect("(1 row)")
        terminal.line("\\timing")
        terminal.expect("Timing is on.")
        terminal.line("SELECT 1;")
        terminal.expect("ms (server ")
        terminal.send("SELECT tit\x03")
        terminal.expect("^C")
        terminal.send("SELECT * FROM no\t")
        terminal.line("WHERE tit\t= 'NULL';")
        terminal.expect("(1 row)")
        terminal.line("\\q")
        assert terminal.wait() == 0


def cpu_ticks(server):
    fields = pathlib.Path(f"/proc/{server.pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def test_ctrl_c_cancels_in_the_server(home, database):
    database.sql("CREATE SHARED TABLE chat.numbers (id INT PRIMARY KEY)")
    database.sql("INSERT INTO chat.numbers VALUES " + ", ".join(f"({i})" for i in range(4000)))
    login = {"KALAM_USER": "root", "KALAM_PASSWORD": database.root_password}
    with shell.Terminal(home, database.url, "-n", "chat", **login) as terminal:
        terminal.expect("chat=> ")
        start = cpu_ticks(database)
        terminal.line("SELECT count(*) FROM numbers a, numbers b, numbers c, numbers d WHERE a.id+b.id*c.id-d.id = -7;")
        harness.wait_for(lambda: cpu_ticks(database) > start + 20, "the statement is running")
        terminal.send("\x03")
        terminal.expect("Cancelled.")
        terminal.expect("chat=> ")
        terminal.line("SELECT 1;")
        terminal.expect("(1 row)")
        terminal.line("\\q")
        assert terminal.wait() == 0
    history = []

    def is_idle():
        history.append((time.monotonic(), cpu_ticks(database)))
        recent = [ticks for when, ticks in history if when >= history[-1][0] - 0.5]
        return history[-1][0] - history[0][0] > 0.5 and recent[-1] - recent[0] <= 5

    harness.wait_for(is_idle, "the server stopped working on the statement")


def test_first_run(home):
    with harness.Server(root_password=None) as server:
        result = shell.run(home, server.url, "-c", "SELECT 1", user="root", password="")
        assert result.returncode == 1
        assert "/v1/api/auth/setup" in result.stderr
        with shell.Terminal(home, server.url, "-u", "admin") as terminal:
            terminal.expect("Name of the administrator [admin]: ")
            terminal.line("")
            for password in ("Admin-pass-1", "Root-pass-1"):
                terminal.expect("New password for ")
                terminal.line(password)
                terminal.expect("The same again: ")
                terminal.line(password)
            terminal.expect("(may be empty): ")
            terminal.line("admin@example.com")
            terminal.expect("Stay logged in")
            terminal.line("y")
            terminal.expect("as admin.")
            terminal.line("CREATE NAMESPACE first;")
            terminal.expect("created successfully")
            terminal.line("\\q")
            assert terminal.wait() == 0
        result = shell.run(home, server.url, "-c", "SELECT CURRENT_USER()", user=None, password=None)
        assert (result.returncode, result.stderr) == (0, "")
        assert "admin" in result.stdout

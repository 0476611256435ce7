# SPDX-License-Identifier: Apache-2.0
"""Runs every tests/sql/**/*.test against one server. A script runs in a namespace of its own and is made of blocks,
separated by blank lines:

    # a comment
    ok                      the statement succeeds
    CREATE TABLE t (id INT PRIMARY KEY)

    ok Inserted 2 row(s)    ... with this message
    INSERT INTO t VALUES (1), (2)

    error SQL_EXECUTION_ERROR already exists      fails with this code and a message that contains the text
    INSERT INTO t VALUES (1)

    query                   rows as JSON arrays, one a line, in this order; `query sorted` compares them sorted
    SELECT id FROM t ORDER BY id
    ----
    [1]
    [2]

    types                   the schema as name:type entries
    SELECT id FROM t
    ----
    id:Int

    user alice              from here on as this user (role user; `user bob service` for another role); `user root`
    params [1, "x"]         for the next statement
"""

import json
import pathlib

import pytest

import harness

FOLDER = pathlib.Path(__file__).resolve().parent
SCRIPTS = sorted(FOLDER.glob("**/*.test"))


def blocks(text):
    """(line number, lines) of each block."""
    current, start = [], 0
    for number, line in enumerate(text.splitlines() + [""], start=1):
        if line.strip() == "":
            if current:
                yield start, current
            current = []
        elif not (line.startswith("#") and not current):
            if not current:
                start = number
            current.append(line)


class Script:
    def __init__(self, server, path):
        self.server = server
        self.path = path
        self.namespace = "s_" + "".join(c if c.isalnum() else "_" for c in str(path.relative_to(FOLDER))[:-5])
        self.token = None
        self.params = None
        self.users = {}

    def run(self):
        self.server.sql(f"CREATE NAMESPACE IF NOT EXISTS {self.namespace}")
        for number, lines in blocks(self.path.read_text()):
            try:
                self.run_block(lines)
            except AssertionError as error:
                raise AssertionError(f"{self.path.name}:{number}: {error}") from error

    def run_block(self, lines):
        kind, _, rest = lines[0].partition(" ")
        if kind in ("user", "params"):
            if kind == "user":
                self.switch_user(*rest.split())
            else:
                self.params = json.loads(rest)
            if len(lines) > 1:
                self.run_block(lines[1:])
        else:
            divider = lines.index("----") if "----" in lines else len(lines)
            sql = "\n".join(lines[1:divider])
            expected = lines[divider + 1:]
            params, self.params = self.params, None
            getattr(self, "check_" + kind)(sql, params, rest, expected)

    def switch_user(self, name, role="user"):
        if name == "root":
            self.token = None
            return
        if name not in self.users:
            self.users[name] = self.server.create_user(f"{self.namespace}_{name}", role=role)
        self.token = self.users[name]

    def check_ok(self, sql, params, message, expected):
        envelope = self.server.sql(sql, params, self.namespace, self.token)
        if message:
            assert envelope["results"][-1].get("message") == message, envelope["results"][-1]

    def check_error(self, sql, params, rest, expected):
        code, _, text = rest.partition(" ")
        error = self.server.sql_error(sql, params, self.namespace, self.token)
        assert error["code"] == code, error
        assert text.lower() in error["message"].lower(), error

    def check_query(self, sql, params, order, expected):
        rows = [json.dumps(row) for row in self.server.rows(sql, params, self.namespace, self.token)]
        wanted = [json.dumps(json.loads(line)) for line in expected]
        if order == "sorted":
            rows, wanted = sorted(rows), sorted(wanted)
        assert rows == wanted, "\n  got:    " + "\n          ".join(rows) + "\n  wanted: " + "\n          ".join(wanted)

    def check_types(self, sql, params, rest, expected):
        result = self.server.sql(sql, params, self.namespace, self.token)["results"][-1]
        types = [f'{c["name"]}:{c["data_type"]}' for c in result["schema"]]
        assert types == expected, types


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: str(path.relative_to(FOLDER)))
def test_script(server, path):
    Script(server, path).run()


def test_there_are_scripts():
    assert SCRIPTS, harness.SOURCE_DIR

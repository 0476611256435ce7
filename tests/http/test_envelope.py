# SPDX-License-Identifier: Apache-2.0
"""/v1/api/sql: envelopes, value encoding, parameters, batches and errors, byte for byte where clients depend on it."""

import json
import re

import pytest

import harness


@pytest.fixture(scope="module")
def notes(shared_server):
    """Three rows in chat.notes, readable by everybody."""
    shared_server.sql("CREATE NAMESPACE chat")
    shared_server.sql("CREATE SHARED TABLE chat.notes (id BIGINT PRIMARY KEY, title TEXT NOT NULL, n INT)"
                      " WITH (ACCESS_LEVEL = 'PUBLIC')")
    shared_server.sql("INSERT INTO chat.notes VALUES (1, 'one', 10), (2, 'two', NULL), (9007199254740993, 'big', 3)")
    return shared_server


def post(server, body, headers=None):
    return server.request("POST", "/v1/api/sql", body, {"Content-Type": "application/json", **(headers or {})},
                          server.login())


def exact(response):
    """The body with the one part that varies made fixed."""
    return re.sub(r'"took":\d+\.\d{3}\b', '"took":0.000', response.text())


def test_rows_of_one_statement(server, notes):
    response = post(server, {"sql": "SELECT id, title FROM chat.notes WHERE id = 1"})
    assert response.status == 200
    assert response.headers["content-type"] == "application/json"
    assert exact(response) == (
        '{"status":"success","results":[{"schema":[{"name":"id","data_type":"BigInt","index":0,"flags":["pk","nn","uq"]},'
        '{"name":"title","data_type":"Text","index":1,"flags":["nn"]}],"rows":[["1","one"]],"row_count":1,'
        '"as_user":"root"}],"took":0.000,"error":null}')


def test_no_rows_still_have_a_schema(server, notes):
    response = post(server, {"sql": "SELECT n FROM chat.notes WHERE id = -5"})
    assert exact(response) == ('{"status":"success","results":[{"schema":[{"name":"n","data_type":"Int","index":0}],"rows":[],'
                               '"row_count":0,"as_user":"root"}],"took":0.000,"error":null}')


def test_changes_have_counts_and_messages(server, notes):
    server.sql("CREATE SHARED TABLE chat.counts (id INT PRIMARY KEY, v INT)")
    for sql, count, message in [
            ("INSERT INTO chat.counts VALUES (1, 1), (2, 2), (3, 3)", 3, "Inserted 3 row(s)"),
            ("UPDATE chat.counts SET v = 9 WHERE id > 1", 2, "Updated 2 row(s)"),
            ("DELETE FROM chat.counts WHERE id = 1", 1, "Deleted 1 row(s)"),
            ("DELETE FROM chat.counts WHERE id = 1", 0, "Deleted 0 row(s)")]:
        assert exact(post(server, {"sql": sql})) == (
            f'{{"status":"success","results":[{{"row_count":{count},"message":"{message}","as_user":"root"}}],"took":0.000}}')


def test_a_batch_has_one_entry_per_statement(server, notes):
    results = server.sql("USE chat; CREATE SHARED TABLE b (id INT PRIMARY KEY); INSERT INTO b VALUES (1), (2);"
                         " SELECT id FROM b ORDER BY id; DELETE FROM b WHERE true")["results"]
    assert [sorted(r) for r in results] == [
        ["as_user", "message", "row_count"], ["as_user", "message", "row_count"], ["as_user", "message", "row_count"],
        ["as_user", "row_count", "rows", "schema"], ["as_user", "message", "row_count"]]
    assert results[3]["rows"] == [[1], [2]]
    assert [r["row_count"] for r in results] == [0, 0, 2, 2, 2]


def test_value_encoding(server, notes):
    server.sql("""CREATE SHARED TABLE chat.kinds (id INT PRIMARY KEY, bo BOOLEAN, si SMALLINT, bi BIGINT, fl FLOAT,
                  dbl DOUBLE, de DECIMAL(10,2), te TEXT, ts TIMESTAMP, dt DATETIME, da DATE, ti TIME, uu UUID, by BYTES,
                  js JSON, em EMBEDDING(2))""")
    server.sql("""INSERT INTO chat.kinds VALUES (1, true, -7, 9007199254740993, 0.5, 1.5, -0.5, 'a"\\é\U0001f600\n',
                  '2026-05-04 13:40:00', '2026-05-04T13:40:00Z', '2026-05-04', '10:00:00',
                  'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11', '\\xDEAD', '{"a": 1}', '[0.1, 2]')""")
    server.sql("INSERT INTO chat.kinds (id) VALUES (2)")
    first, second = server.rows("SELECT bo, si, bi, fl, dbl, de, te, ts, dt, da, ti, uu, by, js, em FROM chat.kinds"
                                " ORDER BY id")
    assert first[:6] == [True, -7, "9007199254740993", 0.5, 1.5, "-0.50"]
    assert first[6] == 'a"\\é\U0001f600\n'
    assert first[7:11] == [1777902000000000, 1777902000000000, 20577, 36000000000]
    assert first[11:13] == ["a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", [222, 173]]
    assert json.loads(first[13]) == {"a": 1}
    assert first[14] == [0.10000000149011612, 2]
    assert second == [None] * 15


def test_schema_names_every_type(server, notes):
    schema = server.sql("SELECT * FROM chat.kinds LIMIT 0")["results"][0]["schema"]
    assert [c["data_type"] for c in schema[:16]] == [
        "Int", "Boolean", "SmallInt", "BigInt", "Float", "Double", {"Decimal": {"precision": 10, "scale": 2}}, "Text",
        "Timestamp", "DateTime", "Date", "Time", "Uuid", "Bytes", "Json", {"Embedding": 2}]
    assert [c["index"] for c in schema] == list(range(len(schema)))


def test_parameters_keep_their_types(server, notes):
    assert server.rows("SELECT title FROM chat.notes WHERE id = $1", [9007199254740993]) == [["big"]]
    assert server.rows("SELECT $1 || 'x', $2 + 1, $3, $4 IS NULL", ["té", 1.5, True, None]) == [["téx", 2.5, True, True]]


@pytest.mark.parametrize("value", [2**63, -2**63 - 1, 2**64, 10**30, [1], {"a": 1}, []])
def test_parameters_that_are_no_scalars_that_fit(server, notes, value):
    error = server.sql_error("SELECT $1", [value])
    assert error["code"] == "INVALID_PARAMETER"
    assert error["message"].startswith("Parameter $1 ")


def test_parameter_limits(server, notes):
    assert server.sql_error("SELECT 1", [0] * 51)["code"] == "INVALID_PARAMETER"
    assert server.rows("SELECT $50", [0] * 49 + [7]) == [["7"]]
    assert server.rows("SELECT length($1)", ["a" * 524_288]) == [["524288"]]
    assert server.sql_error("SELECT length($1)", ["a" * 524_289])["code"] == "INVALID_PARAMETER"
    assert server.sql_error("SELECT $1; SELECT $1", [1])["code"] == "PARAMS_WITH_BATCH"


@pytest.mark.parametrize("body, code", [
    (b"", "INVALID_INPUT"), (b"{", "INVALID_INPUT"), (b"[]", "INVALID_INPUT"), (b"null", "INVALID_INPUT"),
    (b'{"sql":1}', "INVALID_INPUT"), (b'{"query":"x"}', "INVALID_INPUT"), (b'{"sql":"SELECT 1"} x', "INVALID_INPUT"),
    (b'{"sql":"SELECT 1","params":{}}', "INVALID_INPUT"), (b'{"sql":"SELECT 1","namespace_id":5}', "INVALID_INPUT"),
    (b'{"sql":"SELECT \xff"}', "INVALID_INPUT"), (b'{"sql":"\\ud800"}', "INVALID_INPUT"),
    (b'{"sql":"SELECT \'\\u0000\'"}', "INVALID_SQL"), (b'{"sql":""}', "EMPTY_SQL"), (b'{"sql":" ; -- x\\n ;"}', "EMPTY_SQL"),
    (b'{"sql":"SELECT \'x"}', "BATCH_PARSE_ERROR"), (b'{"sql":"/* x"}', "BATCH_PARSE_ERROR"),
    (b'{"sql":"FROB 1"}', "INVALID_SQL"), (b'{"sql":"SELEC 1"}', "INVALID_SQL"),
])
def test_bad_requests(server, body, code):
    response = post(server, body)
    assert response.status == 400
    envelope = response.json()
    assert list(envelope) == ["status", "results", "took", "error"]
    assert envelope["status"] == "error" and envelope["results"] == []
    assert envelope["error"]["code"] == code, envelope
    if code == "INVALID_INPUT":
        assert envelope["error"]["message"].startswith("Invalid JSON payload:")


def test_unknown_fields_are_ignored_and_the_last_of_equal_keys_wins(server):
    response = post(server, b'{"x":[{}],"sql":"SELECT 1","sql":"SELECT 2 AS two"}')
    assert response.json()["results"][0]["rows"] == [[2]]


def test_content_type_is_required(server):
    response = server.request("POST", "/v1/api/sql", b'{"sql":"SELECT 1"}', {"Content-Type": "text/plain"}, server.login())
    assert response.status == 400
    assert response.json()["error"]["code"] == "INVALID_INPUT"


def test_sql_length(server):
    assert server.rows("SELECT 1".ljust(1 << 20)) == [[1]]
    assert server.sql_error("SELECT 1".ljust((1 << 20) + 1))["code"] == "INVALID_SQL"


def test_nesting_is_refused_not_followed(server):
    error = server.sql_error("SELECT " + "(" * 10_000 + "1" + ")" * 10_000)
    assert error["code"] == "INVALID_SQL"
    assert server.rows("SELECT 1") == [[1]]


def test_failures_name_the_statement(server, notes):
    status, envelope = server.try_sql("INSERT INTO chat.notes VALUES (100, 'x', 1); SELECT * FROM chat.missing")
    assert status == 400
    assert envelope["error"]["code"] == "SQL_EXECUTION_ERROR"
    assert envelope["error"]["message"].startswith("Statement 2 failed: Table not found: ")
    assert envelope["error"]["details"] == "SELECT * FROM chat.missing"
    # What came before stays: every statement commits by itself.
    assert server.rows("SELECT n FROM chat.notes WHERE id = 100") == [[1]]


@pytest.mark.parametrize("sql, prefix", [
    ("INSERT INTO chat.notes (id, title) VALUES (1, 'x')", "Already exists: "),
    ("INSERT INTO chat.notes (id) VALUES (77)", "Constraint violation: "),
    ("SELECT * FROM chat.missing", "Table not found: "),
    ("SELECT 1 / 0", "Execution error: "),
])
def test_error_classes(server, notes, sql, prefix):
    error = server.sql_error(sql)
    assert error["code"] == "SQL_EXECUTION_ERROR"
    assert error["message"].startswith("Statement 1 failed: " + prefix), error
    assert error["details"] == sql


def test_details_are_for_admins(server, notes):
    token = server.create_user("reader")
    error = server.sql_error("SELECT * FROM chat.missing", token=token)
    assert "details" not in error
    assert error["message"].startswith("Statement 1 failed: Table not found: ")


def test_permission_denied_is_403(server, notes):
    token = server.create_user("visitor")
    status, envelope = server.try_sql("DROP TABLE chat.notes", token=token)
    assert status == 403
    assert envelope["error"]["code"] == "PERMISSION_DENIED"
    # Roles are checked for the whole batch before anything runs.
    status, _ = server.try_sql("CREATE USER TABLE chat.own (id INT PRIMARY KEY); DROP TABLE chat.notes", token=token)
    assert status == 403
    assert server.sql_error("SELECT * FROM chat.own", token=token)["message"].startswith("Statement 1 failed: Table not found")


def test_namespace_field(server, notes):
    assert server.rows("SELECT count(*) FROM notes WHERE id = 1", namespace="chat") == [["1"]]
    assert "Table not found" in server.sql_error("SELECT 1 FROM notes")["message"]


def test_multipart(server, notes):
    boundary = "x-boundary-7"

    def part(disposition, content):
        return f"--{boundary}\r\nContent-Disposition: form-data; {disposition}\r\n\r\n{content}\r\n"

    def send(*parts):
        body = "".join(parts) + f"--{boundary}--\r\n"
        return server.request("POST", "/v1/api/sql", body, {"Content-Type": f"multipart/form-data; boundary={boundary}"},
                              server.login())

    answer = send(part('name="sql"', "SELECT title FROM notes WHERE id = $1"), part('name="params"', "[2]"),
                  part('name="namespace_id"', "chat"))
    assert answer.json()["results"][0]["rows"] == [["two"]]
    answer = send(part('name="sql"', "SELECT 1"), part('name="file:a"; filename="a.png"', "data"))
    assert answer.status == 400
    assert answer.json()["error"]["code"] == "INVALID_INPUT"
    assert "file uploads are not available" in answer.json()["error"]["message"]


def test_secrets_are_masked_for_others(server):
    token = server.create_user("curious")
    assert server.rows("SELECT 'x' AS password_hash, 'y' AS other", token=token) == [["***", "y"]]
    assert server.rows("SELECT 'x' AS password_hash") == [["x"]]


def test_nan_and_infinity_never_break_the_json(server):
    response = post(server, {"sql": "SELECT 'NaN'::DOUBLE, 'Infinity'::DOUBLE, 1.5::DOUBLE"})
    assert response.status == 200
    assert response.json()["results"][0]["rows"] == [["NaN", "Infinity", 1.5]]


def test_took_is_a_number_of_milliseconds(server):
    text = post(server, {"sql": "SELECT 1"}).text()
    assert re.search(r'"took":\d+\.\d{3},"error":null}$', text), text
    assert harness.SqlError("x", 400, json.loads(text)).code is None

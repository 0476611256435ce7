# SPDX-License-Identifier: Apache-2.0
"""Large results: bounded memory, compression, slow readers, clients that go away."""

import json
import zlib

import pytest

import harness

ROWS = 200_000


@pytest.fixture(scope="module")
def big(shared_server):
    shared_server.sql("CREATE NAMESPACE big")
    shared_server.sql("CREATE SHARED TABLE big.rows (id BIGINT PRIMARY KEY, title TEXT NOT NULL)")
    shared_server.sql(f"INSERT INTO big.rows SELECT i, 'the title of row number ' || i FROM generate_series(1, {ROWS}) AS g(i)")
    return shared_server


def send(server, sql, headers=""):
    raw = server.raw(timeout=60)
    body = json.dumps({"sql": sql})
    raw.send(f"POST /v1/api/sql HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {server.login()}\r\nContent-Type: "
             f"application/json\r\nContent-Length: {len(body)}\r\n{headers}\r\n{body}")
    return raw


def test_a_large_result_needs_little_memory(server, big):
    query = "SELECT id, title FROM big.rows"
    server.rows(query + " LIMIT 1000")
    server.reset_peak_memory()
    before = server.memory_bytes("VmHWM")
    total = 0
    with send(server, query) as raw:
        status, _, headers, _ = raw.read_head()
        assert status == 200
        assert dict(headers)["transfer-encoding"] == "chunked"
        body = bytearray()
        chunks = 0
        while chunk := raw.read_chunk():
            body += chunk
            chunks += 1
            assert len(chunk) < 1_000_000
        total = len(body)
    envelope = json.loads(body)
    assert list(envelope) == ["status", "results", "took", "error"]
    assert envelope["error"] is None
    result = envelope["results"][0]
    assert list(result) == ["schema", "rows", "row_count", "as_user"]
    assert result["row_count"] == ROWS
    assert sorted(int(row[0]) for row in result["rows"]) == list(range(1, ROWS + 1))
    assert chunks > 10
    grown = server.memory_bytes("VmHWM") - before
    if not harness.is_sanitized():
        assert grown < 24 << 20, f"{grown >> 20} MiB for an answer of {total >> 20} MiB"


def test_a_streamed_result_can_be_compressed(server, big):
    with send(server, "SELECT id, title FROM big.rows ORDER BY id", "Accept-Encoding: gzip\r\n") as raw:
        status, _, headers, _ = raw.read_head()
        assert status == 200
        assert dict(headers)["content-encoding"] == "gzip"
        inflate = zlib.decompressobj(31)
        text, received = bytearray(), 0
        while chunk := raw.read_chunk():
            received += len(chunk)
            text += inflate.decompress(chunk)
    text += inflate.flush()
    assert inflate.eof
    assert received < len(text) / 3
    rows = json.loads(text)["results"][0]["rows"]
    assert rows[0] == ["1", "the title of row number 1"] and len(rows) == ROWS


def test_http_1_0_gets_it_without_chunks(server, big):
    body = json.dumps({"sql": "SELECT id FROM big.rows"})
    with server.raw(timeout=60) as raw:
        raw.send(f"POST /v1/api/sql HTTP/1.0\r\nAuthorization: Bearer {server.login()}\r\nContent-Type: application/json\r\n"
                 f"Content-Length: {len(body)}\r\n\r\n{body}")
        response = raw.read_response()
    assert "transfer-encoding" not in response.headers
    assert response.json()["results"][0]["row_count"] == ROWS


def test_a_slow_reader_does_not_hold_others_up(server, big):
    server.reset_peak_memory()
    before = server.memory_bytes("VmHWM")
    slow = [send(server, "SELECT id, title FROM big.rows") for _ in range(16)]
    try:
        for raw in slow:
            assert raw.read_head()[0] == 200
        # Sixteen results wait for their readers; every worker is free. On a slow machine the connection of before has
        # been idle for too long.
        server._drop_connection()
        for i in range(50):
            assert server.rows("SELECT title FROM big.rows WHERE id = $1", [i + 1]) == [[f"the title of row number {i + 1}"]]
        if not harness.is_sanitized():
            assert server.memory_bytes("VmHWM") - before < 128 << 20
        # And they are whole when they are read at last.
        response = slow[0]
        body = bytearray()
        while chunk := response.read_chunk():
            body += chunk
        assert json.loads(body)["results"][0]["row_count"] == ROWS
    finally:
        for raw in slow:
            raw.close()


def test_clients_that_leave_in_the_middle(server, big):
    for i in range(30):
        raw = send(server, "SELECT id, title FROM big.rows")
        if i % 3:
            raw.read_some(1000)
        if i % 2:
            raw.abort()
        else:
            raw.close()
    assert server.rows("SELECT count(*) FROM big.rows") == [[str(ROWS)]]

    def running():
        return metric(server, "kalamdb_http_requests_running")

    # Asking is a request as well.
    harness.wait_for(lambda: running() == 1, "abandoned requests to end")


def test_a_client_that_leaves_cancels_its_statement(server, big):
    cancelled_before = metric(server, "kalamdb_http_disconnects_total")
    raw = send(server, "SELECT count(*) FROM big.rows a, big.rows b WHERE a.id + b.id < 0")
    harness.wait_for(lambda: metric(server, "kalamdb_http_requests_running") >= 2, "the statement to run")
    raw.close()
    harness.wait_for(lambda: metric(server, "kalamdb_http_disconnects_total") == cancelled_before + 1, "the statement to end")
    harness.wait_for(lambda: metric(server, "kalamdb_http_requests_running") == 1, "the statement to end")


def metric(server, name):
    for line in server.request("GET", "/metrics").text().splitlines():
        if line.startswith(name + " "):
            return float(line.split()[1])
    raise KeyError(name)

# SPDX-License-Identifier: Apache-2.0
"""The HTTP connection itself: keep-alive, pipelining, limits, malformed requests, old clients."""

import json
import random
import threading

import pytest

import harness


def sql_request(server, sql, headers="", version="1.1", params=None):
    body = json.dumps({"sql": sql, **({"params": params} if params is not None else {})})
    return (f"POST /v1/api/sql HTTP/{version}\r\nHost: x\r\nAuthorization: Bearer {server.login()}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body.encode())}\r\n{headers}\r\n{body}")


def test_a_connection_serves_many_requests(server):
    with server.raw() as raw:
        for i in range(200):
            raw.send(sql_request(server, "SELECT $1", params=[i]))
            response = raw.read_response()
            assert response.status == 200
            assert response.json()["results"][0]["rows"] == [[str(i)]]


def test_pipelined_requests_are_answered_in_order(server):
    with server.raw() as raw:
        raw.send("".join(sql_request(server, "SELECT $1", f"X-Request-ID: p{i}\r\n", params=[i]) for i in range(100)))
        for i in range(100):
            response = raw.read_response()
            assert response.headers["x-request-id"] == f"p{i}"
            assert response.json()["results"][0]["rows"] == [[str(i)]]


def test_requests_cut_anywhere(server):
    request = sql_request(server, "SELECT 'é'").encode()
    for cut in range(1, len(request), 7):
        with server.raw() as raw:
            raw.send(request[:cut])
            raw.send(request[cut:])
            assert raw.read_response().status == 200


def test_close_is_honoured(server):
    with server.raw() as raw:
        raw.send(sql_request(server, "SELECT 1", "Connection: close\r\n"))
        assert raw.read_response().headers["connection"] == "close"
        assert raw.is_closed()


def test_http_1_0(server):
    with server.raw() as raw:
        raw.send("GET /health HTTP/1.0\r\n\r\n")
        response = raw.read_response()
        assert response.status == 200
        assert response.headers["connection"] == "close"
        assert raw.is_closed()
    with server.raw() as raw:
        for _ in range(3):
            raw.send("GET /health HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            assert raw.read_response().headers["connection"] == "keep-alive"


def test_expect_continue(server):
    request = sql_request(server, "SELECT 1", "Expect: 100-continue\r\n")
    head, body = request.split("\r\n\r\n", 1)
    with server.raw() as raw:
        raw.send(head + "\r\n\r\n")
        assert raw.read_head()[0] == 100
        raw.send(body)
        assert raw.read_response().status == 200
    # A body that would be refused is refused before it is sent.
    with server.raw() as raw:
        raw.send("POST /v1/api/sql HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 20000000\r\n\r\n")
        assert raw.read_head()[0] == 413


def test_chunked_requests(server):
    head = (f"POST /v1/api/sql HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {server.login()}\r\n"
            "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n")
    with server.raw() as raw:
        raw.send(head + '7\r\n{"sql":\r\nb\r\n"SELECT 1"}\r\n0\r\n\r\n')
        assert raw.read_response().status == 200
        raw.send(head + "FFFFFFFFFFFFFFFFF\r\n")
        assert raw.read_response().status == 400
    with server.raw() as raw:
        raw.send(head)
        for _ in range(200):
            try:
                raw.send(b"10000\r\n" + b" " * 65536 + b"\r\n")
            except OSError:
                break
        assert raw.read_response().status == 413


def test_the_body_limit_holds_for_loopback(server):
    for size, status in [(10 * 1024 * 1024, 400), (10 * 1024 * 1024 + 1, 413)]:
        response = server.request("POST", "/v1/api/sql", b"x" * size, {"Content-Type": "application/json"}, server.login())
        assert response.status == status
    assert response.json() == {
        "error": "BODY_TOO_LARGE",
        "message": "Request body of 10485761 bytes is larger than the limit of 10485760 bytes.",
        "size_bytes": 10485761, "max_bytes": 10485760}
    response = server.request("POST", "/v1/api/auth/login", b"x" * (2 * 1024 * 1024 + 1))
    assert response.status == 413


def test_the_header_limit(server):
    for fields, status in [("X: " + "a" * 16_000, 200), ("X: " + "a" * 16_500, 431), ("X: y\r\n" * 5_000 + "Z: z", 431)]:
        with server.raw() as raw:
            raw.send(f"GET /health HTTP/1.1\r\nHost: x\r\n{fields}\r\n\r\n")
            assert raw.read_response().status == status


@pytest.mark.parametrize("text, status", [
    ("NONSENSE\r\n\r\n", 400),
    ("GET /health HTTP/3.0\r\nHost: x\r\n\r\n", 505),
    ("GET /health HTTP/1.1\r\n\r\n", 400),
    ("GET /health HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", 400),
    ("GET /health HTTP/1.1\r\nHost: x\r\nA b: c\r\n\r\n", 400),
    ("GET /health HTTP/1.1\r\nHost : x\r\n\r\n", 400),
    ("GET /health HTTP/1.1\nHost: x\n\n", 505),
    ("GET  /health HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    ("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1, 2\r\n\r\n", 400),
    ("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0x10\r\n\r\n", 400),
    ("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
    ("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: identity\r\n\r\n", 501),
    ("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, chunked\r\n\r\n", 501),
    ("POST /v1/api/sql HTTP/1.1\r\nHost: x\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc", 415),
])
def test_malformed_requests_end_the_connection(server, text, status):
    with server.raw() as raw:
        raw.send(text)
        response = raw.read_response()
        assert response.status == status
        assert set(response.json()) == {"error", "message"}


def test_random_bytes(server):
    seed = random.randrange(1 << 30)
    print("seed", seed)
    rng = random.Random(seed)
    good = sql_request(server, "SELECT 1").encode()
    for _ in range(300):
        data = bytearray(good)
        for _ in range(rng.randrange(1, 6)):
            at = rng.randrange(len(data))
            choice = rng.randrange(3)
            if choice == 0:
                data[at] = rng.randrange(256)
            elif choice == 1:
                data[at:at] = rng.choice([b"\r\n", b"\0", b":", b" ", b"\xff", b"9", b"{", b'"'])
            else:
                del data[at:at + rng.randrange(1, 9)]
        with server.raw(timeout=10) as raw:
            raw.send(bytes(data))
            raw.socket.shutdown(1)  # No more from us: the server must not wait for the rest.
            raw.read_all()
    assert server.rows("SELECT 1") == [[1]]


def test_routes(server):
    response = server.request("GET", "/nothing/here")
    assert response.status == 404
    assert response.json()["error"] == "NOT_FOUND"
    response = server.request("GET", "/v1/api/sql")
    assert response.status == 405
    assert response.headers["allow"] == "POST, OPTIONS"
    assert server.request("GET", "/health?x=1").status == 200
    assert server.request("GET", "/Health").status == 404
    assert server.request("GET", "/health/").status == 404
    with server.raw() as raw:
        raw.send("HEAD /health HTTP/1.1\r\nHost: x\r\n\r\nGET /health HTTP/1.1\r\nHost: x\r\n\r\n")
        head = raw.read_response(is_head=True)
        assert head.status == 200
        # A host that is gone shows in the next answer: HEAD must not have sent a body.
        body = raw.read_response().body
        assert int(head.headers["content-length"]) == len(body)


def test_request_ids(server):
    assert server.request("GET", "/health", headers={"X-Request-ID": "abc-1"}).headers["x-request-id"] == "abc-1"
    made = {server.request("GET", "/health").headers["x-request-id"] for _ in range(10)}
    assert len(made) == 10


def test_gzip(server):
    accept = {"Accept-Encoding": "gzip"}

    def ask(sql, headers):
        return server.request("POST", "/v1/api/sql", {"sql": sql}, headers, server.login())

    small = ask("SELECT 1", accept)
    assert "content-encoding" not in small.headers
    large = ask("SELECT repeat('text ', 2000) AS t", accept)
    assert large.headers["content-encoding"] == "gzip"
    assert large.headers["vary"] == "Accept-Encoding"
    assert len(large.raw_body) < 2000
    assert large.json()["results"][0]["rows"] == [["text " * 2000]]
    assert "content-encoding" not in ask("SELECT repeat('text ', 2000)", {"Accept-Encoding": "gzip;q=0, br"}).headers
    failed = ask("SELECT '" + "x" * 2000 + "' FROM missing", accept)
    assert failed.status == 400
    assert failed.headers["content-encoding"] == "gzip"
    assert failed.json()["error"]["code"] == "SQL_EXECUTION_ERROR"


def test_many_connections_at_once(server):
    server.sql("CREATE SHARED TABLE default.busy (id BIGINT PRIMARY KEY, v BIGINT)")
    token = server.login()
    failures = []

    def work(worker):
        try:
            with server.raw(timeout=60) as raw:
                for i in range(25):
                    key = worker * 1000 + i
                    for sql in (f"INSERT INTO default.busy VALUES ({key}, {i})", f"SELECT v FROM default.busy WHERE id = {key}"):
                        body = json.dumps({"sql": sql})
                        raw.send(f"POST /v1/api/sql HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Type: "
                                 f"application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}")
                        answer = raw.read_response()
                        assert answer.status == 200, answer
                    assert answer.json()["results"][0]["rows"] == [[str(i)]]
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(64)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures, failures[0]
    assert server.rows("SELECT count(*) FROM default.busy") == [["1600"]]


def test_a_thousand_idle_connections_cost_little(server):
    before = server.memory_bytes()
    connections = [server.raw() for _ in range(1000)]
    try:
        for connection in connections:
            connection.send("GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
        for connection in connections:
            assert connection.read_response().status == 200
        if not harness.is_sanitized():
            assert server.memory_bytes() - before < 32 << 20
        assert server.rows("SELECT 1") == [[1]]
    finally:
        for connection in connections:
            connection.close()


def test_too_many_connections():
    settings = {"performance.max_connections": 5}
    with harness.Server(settings=settings) as server:
        server.login()
        held = [server.raw() for _ in range(4)]
        for connection in held:
            connection.send("GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
            assert connection.read_response().status == 200
        with server.raw() as one_more:
            response = one_more.read_response()
            assert response.status == 503
            assert response.json()["error"] == "TOO_MANY_CONNECTIONS"
            assert one_more.is_closed()
        for connection in held:
            connection.close()
        harness.wait_for(lambda: server.rows("SELECT 1") == [[1]], "room again")


def test_slow_requests_time_out():
    settings = {"performance.client_request_timeout": 1, "performance.request_timeout": 1, "performance.keepalive_timeout": 1}
    with harness.Server(settings=settings) as server:
        for text, status in [("GET /health HTTP/1.1\r\n", 408),
                             ("POST /v1/api/sql HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{", 408)]:
            with server.raw() as raw:
                raw.send(text)
                response = raw.read_response()
                assert response.status == status
                assert response.json()["error"] == "REQUEST_TIMEOUT"
        with server.raw() as raw:
            raw.send("GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
            assert raw.read_response().status == 200
            assert raw.is_closed(), "an idle connection ends after keepalive_timeout"

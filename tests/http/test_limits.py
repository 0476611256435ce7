# SPDX-License-Identifier: Apache-2.0
"""Rates, cross-origin rules, health and metrics."""

import re

import pytest

import harness

ORIGIN = {"Origin": "https://app.example"}


def test_any_origin_by_default(server):
    response = server.request("GET", "/health", headers=ORIGIN)
    assert response.headers["access-control-allow-origin"] in ("*", "https://app.example")
    assert "access-control-allow-origin" not in server.request("GET", "/health").headers


def test_preflight(server):
    response = server.request("OPTIONS", "/v1/api/sql", headers={**ORIGIN, "Access-Control-Request-Method": "POST",
                                                                "Access-Control-Request-Headers": "authorization"})
    assert response.status == 200
    assert response.body == b""
    assert response.headers["access-control-allow-methods"] == "GET, POST, PUT, DELETE, PATCH, OPTIONS"
    assert response.headers["access-control-allow-headers"] == "Authorization, Content-Type, Accept, Origin, X-Requested-With"
    assert response.headers["access-control-max-age"] == "3600"


@pytest.mark.parametrize("method, path, body, status", [
    ("GET", "/nothing", None, 404), ("GET", "/v1/api/sql", None, 405), ("POST", "/v1/api/sql", b"{}", 401),
    ("POST", "/v1/api/auth/login", b"{", 400), ("POST", "/v1/api/sql", b"x" * 10_500_000, 413),
])
def test_errors_carry_cross_origin_fields(server, method, path, body, status):
    response = server.request(method, path, body, ORIGIN)
    assert response.status == status
    assert "access-control-allow-origin" in response.headers


def test_a_list_of_origins():
    settings = {"security.cors.allowed_origins": ["https://app.example"], "security.cors.allow_credentials": True,
                "security.cors.expose_headers": ["X-Request-ID"]}
    with harness.Server(settings=settings) as server:
        allowed = server.request("GET", "/nothing", headers=ORIGIN)
        assert allowed.headers["access-control-allow-origin"] == "https://app.example"
        assert allowed.headers["access-control-allow-credentials"] == "true"
        assert allowed.headers["access-control-expose-headers"] == "X-Request-ID"
        assert allowed.headers["vary"] == "Origin"
        other = {"Origin": "https://app.example.evil", "Access-Control-Request-Method": "POST"}
        assert "access-control-allow-origin" not in server.request("GET", "/health", headers=other).headers
        assert server.request("OPTIONS", "/v1/api/sql", headers=other).status == 403


def test_requests_per_address():
    with harness.Server(settings={"rate_limit.max_requests_per_ip_per_sec": 10}) as server:
        headers = {"X-Forwarded-For": "203.0.113.9", **ORIGIN}
        answers = [server.request("GET", "/", headers=headers) for _ in range(40)]
        limited = [a for a in answers if a.status == 429]
        assert len(limited) >= 20
        assert limited[0].json()["error"] == "RATE_LIMIT_EXCEEDED"
        assert limited[0].json()["retry_after_seconds"] == 1
        assert limited[0].headers["retry-after"] == "1"
        assert "access-control-allow-origin" in limited[0].headers
        banned = limited[-1]
        assert banned.json()["error"] == "IP_BANNED"
        assert 250 < banned.json()["retry_after_seconds"] <= 300
        preflight = server.request("OPTIONS", "/v1/api/sql", headers={**headers, "Access-Control-Request-Method": "POST"})
        assert preflight.status == 200
        assert server.request("GET", "/", headers={"X-Forwarded-For": "203.0.113.10"}).status == 200
        assert all(server.request("GET", "/").status == 200 for _ in range(100)), "loopback is exempt"


def test_queries_per_user():
    with harness.Server(settings={"rate_limit.max_queries_per_sec": 5}) as server:
        token = server.login()
        answers = [server.try_sql("SELECT 1", token=token) for _ in range(40)]
        limited = [envelope for status, envelope in answers if status == 429]
        assert limited
        assert limited[0]["error"] == {"code": "RATE_LIMIT_EXCEEDED",
                                       "message": "Too many queries per second. Please slow down."}


def test_health(server):
    for path in ("/health", "/v1/api/healthcheck"):
        body = server.request("GET", path).json()
        assert list(body) == ["status", "version", "api_version", "build_date"]
        assert body["status"] == "healthy" and body["api_version"] == "v1"
        assert re.match(r"\d+\.\d+\.\d+", body["version"])


def test_cluster_health(server):
    body = server.request("GET", "/v1/api/cluster/health").json()
    assert list(body) == ["status", "version", "build_date", "is_cluster_mode", "cluster_id", "node_id", "is_leader",
                          "total_groups", "groups_leading", "current_term", "last_applied", "millis_since_quorum_ack", "nodes"]
    assert body["status"] == "healthy" and body["is_cluster_mode"] is False and body["is_leader"] is True
    node, = body["nodes"]
    assert list(node) == ["node_id", "role", "status", "api_addr", "is_self", "is_leader", "replication_lag",
                          "catchup_progress_pct", "hostname", "memory_usage_mb", "cpu_usage_percent", "uptime_seconds",
                          "uptime_human"]
    assert node["role"] == "leader" and node["status"] == "active" and node["replication_lag"] is None
    assert node["api_addr"] == f"{server.host}:{server.port}"
    assert 5 < node["memory_usage_mb"] < 10_000
    assert re.fullmatch(r"(\d+[dhm] )?\d+[hms]", node["uptime_human"])


def test_metrics(server):
    server.rows("SELECT 1")
    response = server.request("GET", "/metrics")
    assert response.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    text = response.text()
    for line in text.splitlines():
        assert re.fullmatch(r'(# (HELP|TYPE) .+)|([a-zA-Z_:][\w:]*(\{[^}]*\})? [-+0-9.eInfNa]+)', line), line
    assert re.search(r'kalamdb_http_requests_total\{method="POST",route="/v1/api/sql",status="200"\} [1-9]', text)
    assert 'kalamdb_http_request_duration_seconds_bucket{method="POST",route="/v1/api/sql",le="+Inf"}' in text
    for name in ("kalamdb_http_connections_open", "kalamdb_worker_queue_depth", "process_resident_memory_bytes"):
        assert re.search(rf"^{name} \d", text, re.MULTILINE), name
    # Each family is described once, and no series comes twice.
    names = re.findall(r"^# TYPE (\S+)", text, re.MULTILINE)
    assert len(names) == len(set(names))
    series = re.findall(r"^([a-z]\S*(?:\{[^}]*\})?) ", text, re.MULTILINE)
    assert len(series) == len(set(series))


def test_metrics_are_for_operators(server):
    remote = {"X-Forwarded-For": "203.0.113.77"}
    token = server.create_user("observer")
    assert server.request("GET", "/metrics", headers=remote).status == 403
    assert server.request("GET", "/metrics", headers=remote, token=token).status == 403
    assert server.request("GET", "/metrics", headers=remote, token=server.login()).status == 200


def test_root_page(server):
    body = server.request("GET", "/").json()
    assert body["name"] == "KalamDB"
    assert body["links"]["sql"] == "/v1/api/sql"

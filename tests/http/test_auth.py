# SPDX-License-Identifier: Apache-2.0
"""Log-in, tokens, cookies, first-run set-up and who may reach which endpoint."""

import re
import time

import pytest

import harness

REMOTE = {"X-Forwarded-For": "203.0.113.9"}
UNAUTHORIZED = {"error": "unauthorized", "message": "Invalid credentials"}


def login(server, user=harness.ROOT_USER, password=harness.ROOT_PASSWORD, **headers):
    return server.request("POST", "/v1/api/auth/login", {"user": user, "password": password}, headers)


def test_login(server):
    response = login(server)
    assert response.status == 200
    body = response.json()
    assert list(body) == ["user", "admin_ui_access", "expires_at", "access_token", "refresh_token", "refresh_expires_at"]
    assert list(body["user"]) == ["id", "role", "email", "created_at", "updated_at"]
    assert body["user"]["id"] == "root" and body["user"]["role"] == "system" and body["admin_ui_access"] is True
    for moment in (body["expires_at"], body["refresh_expires_at"], body["user"]["created_at"]):
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?\+00:00", moment), moment
    assert response.headers["cache-control"] == "no-store"


def test_token_claims(server):
    body = login(server).json()
    now = time.time()
    access, refresh = harness.token_claims(body["access_token"]), harness.token_claims(body["refresh_token"])
    assert access["sub"] == "root" and access["iss"] == "kalamdb" and access["role"] == "system"
    assert access["token_type"] == "access" and refresh["token_type"] == "refresh"
    assert "email" in access
    assert access["exp"] - access["iat"] == 24 * 3600
    assert refresh["exp"] - refresh["iat"] == 7 * 24 * 3600
    assert abs(access["iat"] - now) < 60


def test_cookies(server):
    response = login(server)
    cookies = response.all("set-cookie")
    assert len(cookies) == 2
    body = response.json()
    for cookie, name, token in zip(cookies, ("kalamdb_auth", "kalamdb_refresh"), (body["access_token"], body["refresh_token"])):
        assert re.fullmatch(rf"{name}={re.escape(token)}; HttpOnly; Path=/; SameSite=Strict; Expires=\w+, [\w :]+ GMT", cookie)
    for cookie in login(server, **{"X-Forwarded-Proto": "https"}).all("set-cookie"):
        assert cookie.endswith("; Secure")


def test_wrong_credentials_are_not_told_apart(server):
    server.create_user("wrongpw")
    for user, password in [("wrongpw", "nope"), ("nobody-there", "nope"), ("wrongpw", ""), ("", "x")]:
        response = login(server, user, password)
        assert (response.status, response.json()) == (401, UNAUTHORIZED)


@pytest.mark.parametrize("body", [
    b"", b"{", b"[]", b'"x"', b'{"user":"root"}', b'{"password":"x"}', b'{"user":1,"password":"x"}', b'{"user":null,"password":"x"}',
    b'{"user":"root","password":"x","extra":1}', b'{"user":"root","username":"root","password":"x"}',
    b'{"user":"' + b"u" * 129 + b'","password":"x"}', b'{"user":"root","password":"' + b"p" * 257 + b'"}',
    b'{"user":"\xff","password":"x"}',
])
def test_bad_bodies(server, body):
    response = server.request("POST", "/v1/api/auth/login", body, {"Content-Type": "application/json"})
    assert response.status == 400
    assert set(response.json()) == {"error", "message"}


def test_user_may_be_called_username(server):
    response = server.request("POST", "/v1/api/auth/login", {"username": "root", "password": harness.ROOT_PASSWORD})
    assert response.status == 200


def test_five_failures_lock_the_account(server):
    server.create_user("forgetful")
    for _ in range(5):
        assert login(server, "forgetful", "wrong").json()["error"] in ("unauthorized", "account_locked")
    response = login(server, "forgetful", "User-pass-1")
    assert response.status == 401
    assert response.json()["error"] == "account_locked"
    assert re.search(r"\d+ minute\(s\)", response.json()["message"])
    assert login(server).status == 200, "others are not locked"


def test_success_resets_the_count(server):
    server.create_user("clumsy")
    for _ in range(3):
        for _ in range(4):
            assert login(server, "clumsy", "wrong").status == 401
        assert login(server, "clumsy", "User-pass-1").status == 200


def test_me(server):
    token = server.create_user("myself")
    body = server.request("GET", "/v1/api/auth/me", token=token).json()
    assert list(body) == ["user", "admin_ui_access"]
    assert body["user"]["id"] == "myself" and body["user"]["role"] == "user" and body["admin_ui_access"] is False
    assert body["user"]["email"] is None
    response = server.request("GET", "/v1/api/auth/me", headers={"Cookie": f"x=y; kalamdb_auth={token}"})
    assert response.status == 200
    # A bearer token, even a bad one, goes before the cookie.
    response = server.request("GET", "/v1/api/auth/me", headers={"Cookie": f"kalamdb_auth={token}", "Authorization": "Bearer x"})
    assert response.status == 401
    assert server.request("GET", "/v1/api/auth/me").status == 401


def test_refresh(server):
    body = login(server).json()
    for headers in ({"Cookie": f"kalamdb_refresh={body['refresh_token']}"}, {"Authorization": f"Bearer {body['refresh_token']}"}):
        response = server.request("POST", "/v1/api/auth/refresh", headers=headers)
        assert response.status == 200
        assert len(response.all("set-cookie")) == 2
        assert server.rows("SELECT 1", token=response.json()["access_token"]) == [[1]]
    response = server.request("POST", "/v1/api/auth/refresh", token=body["access_token"])
    assert response.status == 401
    assert response.json()["message"] == "Refresh endpoint requires a refresh token"
    assert server.request("POST", "/v1/api/auth/refresh").status == 401


def test_logout(server):
    response = server.request("POST", "/v1/api/auth/logout")
    assert response.json() == {"message": "Logged out successfully"}
    assert [c.split("=")[0] for c in response.all("set-cookie")] == ["kalamdb_auth", "kalamdb_refresh"]
    assert all("Expires=Thu, 01 Jan 1970 00:00:00 GMT" in c for c in response.all("set-cookie"))


def test_sql_takes_access_tokens_in_the_header_only(server):
    body = login(server).json()
    access, refresh = body["access_token"], body["refresh_token"]

    def code(headers):
        response = server.request("POST", "/v1/api/sql", {"sql": "SELECT 1"}, headers)
        assert response.status == 401
        envelope = response.json()
        assert list(envelope) == ["status", "results", "took", "error"]
        return envelope["error"]["code"]

    assert code({}) == "MISSING_AUTHORIZATION"
    assert code({"Cookie": f"kalamdb_auth={access}"}) == "MISSING_AUTHORIZATION"
    for value in (f"Bearer {refresh}", f"Bearer {access}x", f"Bearer {access[:-4]}AAAA", "Bearer", "Basic cm9vdDpyb290",
                  access, "Bearer a.b.c"):
        assert code({"Authorization": value}) == "INVALID_CREDENTIALS", value
    head, payload, signature = access.split(".")
    none = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0"
    assert code({"Authorization": f"Bearer {none}.{payload}."}) == "INVALID_CREDENTIALS"
    assert code({"Authorization": f"Bearer {none}.{payload}.{signature}"}) == "INVALID_CREDENTIALS"


def test_tokens_of_another_server_are_refused(server):
    with harness.Server(settings={"auth.jwt_secret": "another-secret-of-more-than-32-characters"}) as other:
        token = other.login()
    response = server.request("POST", "/v1/api/sql", {"sql": "SELECT 1"}, token=token)
    assert response.json()["error"]["code"] == "INVALID_CREDENTIALS"


def test_dropped_users_and_changed_roles_lose_their_tokens_at_once(server):
    token = server.create_user("leaver")
    assert server.rows("SELECT 1", token=token) == [[1]]
    server.sql("DROP USER 'leaver'")
    assert server.try_sql("SELECT 1", token=token)[0] == 401
    assert login(server, "leaver", "User-pass-1").json() == UNAUTHORIZED
    token = server.create_user("riser")
    server.sql("ALTER USER 'riser' SET ROLE service")
    assert server.try_sql("SELECT 1", token=token)[0] == 401
    assert server.rows("SELECT 1", token=server.request(
        "POST", "/v1/api/auth/login", {"user": "riser", "password": "User-pass-1"}).json()["access_token"]) == [[1]]


def test_attempts_per_address_are_limited():
    # A limit that is reached however slow the machine is.
    with harness.Server(settings={"rate_limit.max_auth_requests_per_ip_per_sec": 1}) as server:
        answers = [login(server, "nobody", "x", **REMOTE) for _ in range(40)]
        limited = [answer for answer in answers if answer.status == 429]
        assert limited
        assert limited[0].json() == {"error": "rate_limited",
                                     "message": "Too many authentication attempts. Please retry shortly."}
        assert login(server).status == 200


def test_tokens_and_passwords_stay_out_of_the_log(server):
    token = server.login()
    assert token not in server.log_text()
    assert harness.ROOT_PASSWORD not in server.log_text()
    assert harness.JWT_SECRET not in server.log_text()


def test_operators_pages_are_for_loopback(server):
    for path, text in [("/health", "Access denied. Health endpoint is localhost-only."),
                       ("/v1/api/healthcheck", "Access denied. Health endpoint is localhost-only."),
                       ("/v1/api/cluster/health", "Access denied. Cluster health is localhost-only.")]:
        response = server.request("GET", path, headers=REMOTE)
        assert (response.status, response.json()) == (403, {"error": text})
        # What a client puts in front of its own address is not believed.
        assert server.request("GET", path, headers={"X-Forwarded-For": "127.0.0.1, 203.0.113.9"}).status == 403
        assert server.request("GET", path, headers={"X-Real-IP": "203.0.113.9"}).status == 403
        assert server.request("GET", path, headers={"X-Forwarded-For": "127.0.0.1"}).status == 200


def test_only_listed_pages_may_log_in():
    with harness.Server(settings={"security.cors.allowed_origins": ["https://app.example"]}) as server:
        assert login(server, Origin="https://app.example").status == 200
        assert login(server, Origin=server.url).status == 200
        for origin in ("https://evil.example", "http://app.example", "null"):
            for path in ("login", "refresh", "logout"):
                response = server.request("POST", f"/v1/api/auth/{path}",
                                          {"user": "root", "password": harness.ROOT_PASSWORD}, {"Origin": origin})
                assert (response.status, response.json()["error"]) == (403, "origin_not_allowed")
                assert response.all("set-cookie") == []


def test_setup():
    with harness.Server(root_password=None) as server:
        # A page that the user has open somewhere else must not become the owner of the server, whatever it sends.
        stolen = '{"user": "eve", "password": "Eve-pass-12", "root_password": "Root-pass-3"}'
        for origin in ("https://evil.example", "null", f"http://127.0.0.1:{server.port + 1}"):
            for kind in ("text/plain", "application/x-www-form-urlencoded", "application/json"):
                response = server.request("POST", "/v1/api/auth/setup", stolen, {"Origin": origin, "Content-Type": kind})
                assert (response.status, response.json()["error"]) == (403, "origin_not_allowed")
        # A name that was made to point here: the page's origin and the host it asks are the same.
        rebound = {"Origin": "http://evil.example:8080", "Host": "evil.example:8080", "Content-Type": "application/json"}
        assert server.request("POST", "/v1/api/auth/setup", stolen, rebound).status == 403
        for kind in (None, "text/plain", "application/x-www-form-urlencoded"):
            headers = {"Content-Type": kind} if kind else {}
            for path in ("setup", "login"):
                assert server.request("POST", f"/v1/api/auth/{path}", stolen, headers).status == 400
        assert server.request("GET", "/v1/api/auth/status").json()["needs_setup"] is True

        status = server.request("GET", "/v1/api/auth/status")
        assert status.json()["needs_setup"] is True
        assert server.request("GET", "/v1/api/auth/status", headers=REMOTE).status == 403
        response = login(server, "root", "")
        assert (response.status, response.json()["error"]) == (428, "setup_required")

        good = {"user": "ada", "password": "Ada-pass-1", "root_password": "Root-pass-2", "email": "ada@example.com"}

        def setup(headers=None, **changes):
            response = server.request("POST", "/v1/api/auth/setup", {**good, **changes}, headers)
            return response.status, response.json()

        status, body = setup(REMOTE)
        assert (status, body["error"]) == (403, "forbidden")
        status, body = setup(password="short")
        assert (status, body["error"]) == (400, "weak_password")
        assert body["message"].startswith("DBA user password:")
        status, body = setup(root_password="password")
        assert (status, body["error"]) == (400, "weak_password")
        assert body["message"].startswith("Root password:")
        assert setup(unknown="x")[0] == 400
        status, body = setup({"Origin": server.url})
        assert status == 200
        assert list(body) == ["user", "message"]
        assert body["user"]["id"] == "ada" and body["user"]["role"] == "dba" and body["user"]["email"] == "ada@example.com"
        status, body = setup()
        assert (status, body["error"]) == (409, "already_configured")
        assert server.request("GET", "/v1/api/auth/status").json()["needs_setup"] is False
        assert login(server, "ada", "Ada-pass-1").status == 200
        assert login(server, "root", "Root-pass-2").status == 200
        server.restart()
        assert login(server, "root", "Root-pass-2").status == 200

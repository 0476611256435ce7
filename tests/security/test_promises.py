# SPDX-License-Identifier: Apache-2.0
"""What SECURITY.md promises and no other test tries: each test quotes the sentence it is for."""

import json

import pytest


def test_which_user_a_statement_runs_for_comes_from_the_session(server):
    """Only `EXECUTE AS USER` names another one, for users of no higher role than the caller's."""
    server.sql("CREATE NAMESPACE promises")
    server.sql("CREATE USER TABLE promises.notes (id BIGINT PRIMARY KEY, body TEXT)")
    tokens = {role: server.create_user(f"as_{role}", role=role) for role in ("user", "service", "dba")}
    for role, token in tokens.items():
        server.sql(f"INSERT INTO promises.notes VALUES (1, 'of {role}')", token=token)
    server.sql("INSERT INTO promises.notes VALUES (1, 'of root')")
    may = {"user": ["user"], "service": ["user", "service"], "dba": ["user", "service", "dba"]}
    for actor, token in tokens.items():
        assert server.rows("SELECT body FROM promises.notes", token=token) == [[f"of {actor}"]]
        for target in ("as_user", "as_service", "as_dba", "root"):
            role = target.removeprefix("as_")
            sql = f"EXECUTE AS USER '{target}' (SELECT body FROM promises.notes)"
            status, envelope = server.try_sql(sql, token=token)
            if role in may[actor]:
                assert envelope["results"][0]["rows"] == [[f"of {role}"]]
            else:
                assert status == 403, f"{actor} as {target}"
                assert "of " + role not in json.dumps(envelope)


def test_create_storage_is_for_administrators_and_keeps_out_of_the_servers_files(server, tmp_path):
    """`CREATE STORAGE` makes the folder it names, but not in system folders nor among the server's own files."""
    for role in ("user", "service"):
        token = server.create_user(f"storage_{role}", role=role)
        folder = tmp_path / role
        status, _ = server.try_sql(f"CREATE STORAGE s TYPE filesystem PATH '{folder}'", token=token)
        assert status == 403
        assert not folder.exists()
    link = tmp_path / "link"
    link.symlink_to(server.data_directory)
    for folder in ("/etc/kalamdb", "/", "/proc/self", f"{tmp_path}/../x", str(server.data_directory / "rocksdb"),
                   str(server.data_directory / "secrets" / "x"), f"{link}/rocksdb"):
        status, _ = server.try_sql(f"CREATE STORAGE s TYPE filesystem PATH '{folder}'")
        assert status == 400, folder
    assert not (server.data_directory / "secrets" / "x").exists()


def test_names_chosen_by_users_never_become_parts_of_paths(server):
    token = server.create_user("../../evil-user")
    server.sql("CREATE NAMESPACE paths")
    server.sql("CREATE USER TABLE paths.evil_table (id BIGINT PRIMARY KEY)")
    server.sql("INSERT INTO paths.evil_table VALUES (1)", token=token)
    server.restart()
    files = [str(path) for path in server.directory.rglob("*") if "evil" in path.name]
    assert files == []
    for name in ('"../x"', '"a/b"', "\"a\\b\"", '".."'):
        assert server.try_sql(f"CREATE NAMESPACE {name}")[0] == 400
        assert server.try_sql(f"CREATE SHARED TABLE paths.{name} (id BIGINT PRIMARY KEY)")[0] == 400


def test_passwords_are_stored_as_bcrypt_hashes(server):
    password = "Very-secret-pass-77"
    server.create_user("hashed", password)
    [[stored]] = server.rows("SELECT password_hash FROM system.users WHERE user_id = 'hashed'")
    assert stored == "***" or stored.startswith("$2b$")
    server.restart()
    for path in server.directory.rglob("*"):
        if path.is_file():
            assert password.encode() not in path.read_bytes(), path


@pytest.mark.parametrize("path", ["/v1/api/sql", "/v1/api/auth/login", "/v1/api/auth/setup"])
@pytest.mark.parametrize("body", [
    b"[" * 1_000_000, b'{"user":' * 100_000, b'{"user":' + b"[" * 500_000 + b"]" * 500_000 + b"}",
], ids=["arrays", "objects", "value"])
def test_nesting_is_limited_before_a_request_is_authenticated(server, path, body):
    response = server.request("POST", path, body, {"Content-Type": "application/json"})
    assert response.status in (400, 401), response
    assert server.request("GET", "/health").status == 200


@pytest.mark.parametrize("path", ["/v1/api/sql", "/v1/api/auth/login", "/v1/api/auth/setup", "/nothing"])
def test_size_is_limited_before_a_request_is_authenticated(server, path):
    with server.raw() as connection:
        # Refused by its head: not one byte of the body is waited for.
        connection.send(f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                        f"Content-Length: {1 << 40}\r\n\r\n")
        assert connection.read_response().status == 413
    with server.raw() as connection:
        connection.send(f"POST {path} HTTP/1.1\r\nHost: x\r\nX-Long: {'x' * 100_000}\r\n\r\n")
        assert connection.read_response().status in (400, 431)

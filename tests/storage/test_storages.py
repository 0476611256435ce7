# SPDX-License-Identifier: Apache-2.0
"""Storages end to end: tables on one, what is refused while it is used, and storages that fail."""

import json
import shutil

import pytest

import harness
import jobs_client


@pytest.fixture
def place(fresh_server):
    """A folder beside the data directory, in which a test makes its storages."""
    folder = fresh_server.directory / "elsewhere"
    folder.mkdir()
    return folder


def create(server, storage, directory, more=""):
    server.sql(f"CREATE STORAGE {storage} TYPE filesystem PATH '{directory}' {more}")


def usage(server, storage):
    rows = server.rows(f"SELECT usage_count FROM system.storage_locations WHERE location_name = '{storage}'")
    return int(rows[0][0])


def fill(server, table, begin, count):
    values = ", ".join(f"({number}, 'row {number}')" for number in range(begin, begin + count))
    server.sql(f"INSERT INTO {table} VALUES {values}")


def read(server, table):
    return server.rows(f"SELECT id, label FROM {table} ORDER BY id")


def flush(server, table):
    return jobs_client.run(server, f"STORAGE FLUSH TABLE {table}")


def parquet_files(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.glob("**/*.parquet"))


def test_a_table_on_another_storage_has_its_files_there(fresh_server, place):
    server = fresh_server
    server.sql("CREATE NAMESPACE chat")
    create(server, "archive", place / "archive", "SHARED_TABLES_TEMPLATE 'shared/{namespace}/{tableName}' "
                                                 "USER_TABLES_TEMPLATE 'of_users/{namespace}/{tableName}/{userId}'")
    server.sql("CREATE SHARED TABLE chat.rooms (id INT PRIMARY KEY, label TEXT) WITH (STORAGE_ID = 'archive')")
    server.sql("CREATE USER TABLE chat.notes (id INT PRIMARY KEY, label TEXT) LOCATION REFERENCE 'archive'")
    assert usage(server, "archive") == 2
    for table in ("chat.rooms", "chat.notes"):
        fill(server, table, 0, 5)
        assert flush(server, table)["status"] == "completed"
    assert parquet_files(place / "archive") == ["of_users/chat/notes/root/batch-0.parquet",
                                                "shared/chat/rooms/batch-0.parquet"]
    assert parquet_files(server.data_directory) == []
    expected = read(server, "chat.rooms")
    assert len(expected) == 5

    # After kill -9 the files are read again, and later rows join them.
    server.kill()
    server.start()
    assert read(server, "chat.rooms") == read(server, "chat.notes") == expected
    assert usage(server, "archive") == 2

    # New templates are for new files; the old ones stay where their manifests name them.
    server.sql("ALTER STORAGE archive SET SHARED_TABLES_TEMPLATE 'new/{namespace}/{tableName}'")
    fill(server, "chat.rooms", 5, 5)
    flush(server, "chat.rooms")
    assert parquet_files(place / "archive" / "new") == ["chat/rooms/batch-1.parquet"]
    server.restart()
    assert len(read(server, "chat.rooms")) == 10
    assert server.rows("SELECT status, segment_count FROM system.manifest WHERE table_name = 'rooms'") == [["ok", "2"]]

    server.sql("DROP TABLE chat.rooms; DROP TABLE chat.notes")
    harness.wait_for(lambda: not any((place / "archive").iterdir()), "nothing of dropped tables stays")


def test_usage_counts_are_exact_and_a_used_storage_stays(fresh_server, place):
    server = fresh_server
    server.sql("CREATE NAMESPACE chat")
    create(server, "archive", place / "archive")
    for number in range(3):
        server.sql(f"CREATE SHARED TABLE chat.t{number} (id INT PRIMARY KEY, label TEXT) WITH (STORAGE_ID = 'archive')")
    server.sql_error("CREATE SHARED TABLE chat.t0 (id INT PRIMARY KEY) WITH (STORAGE_ID = 'archive')")
    server.sql_error("CREATE SHARED TABLE chat.bad (id NOTATYPE PRIMARY KEY) WITH (STORAGE_ID = 'archive')")
    server.sql_error("CREATE SHARED TABLE chat.lost (id INT PRIMARY KEY) WITH (STORAGE_ID = 'nowhere')")
    assert usage(server, "archive") == 3
    server.sql("DROP TABLE chat.t0")
    assert usage(server, "archive") == 2
    server.restart()
    assert usage(server, "archive") == 2
    assert "2 table(s) still using it" in server.sql_error("DROP STORAGE archive")["message"]

    rows = server.rows("SELECT location_name, location_type, path, credentials_ref, usage_count, "
                       "created_at <= updated_at FROM system.storage_locations ORDER BY usage_count")
    assert rows[-1] == ["archive", "filesystem", f"{place}/archive/{{namespace}}/{{tableName}}/{{userId}}", None, "2",
                        True]
    assert [row[0] for row in server.rows("SHOW STORAGES")] == ["local", "archive"]

    server.sql("DROP NAMESPACE chat CASCADE")
    assert usage(server, "archive") == 0
    server.sql("DROP STORAGE archive")
    assert [row[0] for row in server.rows("SHOW STORAGES")] == ["local"]
    assert server.sql_error("DROP STORAGE local")["message"]
    assert server.sql_error("DROP STORAGE archive")["message"]
    assert "skipped" in server.sql("DROP STORAGE IF EXISTS archive")["results"][0]["message"]


def test_a_storage_with_files_that_wait_for_removal_stays(fresh_server, place):
    server = fresh_server
    server.sql("CREATE NAMESPACE chat")
    create(server, "archive", place / "archive")
    server.sql("CREATE SHARED TABLE chat.rooms (id INT PRIMARY KEY, label TEXT) WITH (STORAGE_ID = 'archive')")
    fill(server, "chat.rooms", 0, 5)
    flush(server, "chat.rooms")
    # A file system that does not let the file go: a folder with something in it has taken its name.
    segment = place / "archive" / "chat" / "rooms" / "batch-0.parquet"
    segment.unlink()
    segment.mkdir()
    (segment / "x").write_text("x")
    server.sql("DROP TABLE chat.rooms")
    message = server.sql_error("DROP STORAGE archive")["message"]
    assert "Cannot drop storage 'archive': 1 file(s) of dropped tables" in message
    server.restart()
    assert "1 file(s)" in server.sql_error("DROP STORAGE archive")["message"]
    waiting = server.rows("SELECT metric_value FROM system.stats WHERE metric_name = 'files_waiting_for_removal'")
    assert waiting == [["1"]]
    shutil.rmtree(segment)
    server.sql("DROP STORAGE archive")


def test_the_directory_of_a_storage_cannot_be_changed(fresh_server, place):
    server = fresh_server
    server.sql("CREATE NAMESPACE chat")
    create(server, "archive", place / "archive")
    for clause in ("BASE_DIRECTORY", "PATH"):
        message = server.sql_error(f"ALTER STORAGE archive SET {clause} '{place}/other'")["message"]
        assert "the directory of a storage cannot be changed" in message
    assert not (place / "other").exists()
    server.sql("ALTER STORAGE archive SET NAME 'Old rows' SET DESCRIPTION 'cheap disk'")
    row = server.rows("SELECT storage_name, description, base_directory FROM system.storages "
                      "WHERE storage_id = 'archive'")
    assert row == [["Old rows", "cheap disk", f"{place}/archive"]]


@pytest.mark.parametrize("fault", ["missing", "a file", "unwritable"])
def test_a_storage_that_cannot_be_written_fails_the_flush_and_loses_nothing(place, fresh_server, fault):
    server = fresh_server
    server.settings["jobs.max_retries"] = 0
    server.restart()
    server.sql("CREATE NAMESPACE chat")
    base = place / "archive"
    create(server, "archive", base)
    server.sql("CREATE SHARED TABLE chat.rooms (id INT PRIMARY KEY, label TEXT) WITH (STORAGE_ID = 'archive')")
    fill(server, "chat.rooms", 0, 5)
    expected = read(server, "chat.rooms")
    base.rmdir()
    if fault == "a file":
        base.write_text("in the way")
    elif fault == "unwritable":
        # Root may write everywhere but in /proc.
        base.symlink_to("/proc/self")
    job = flush(server, "chat.rooms")
    assert job["status"] == "failed", job
    assert str(base) in job["error_message"], job
    if fault == "missing":
        assert not base.exists(), "the folder of a disk that is not mounted is not made anew"
    assert read(server, "chat.rooms") == expected
    fill(server, "chat.rooms", 5, 1)
    server.kill()
    server.start()
    assert len(read(server, "chat.rooms")) == 6

    if base.is_symlink() or base.exists():
        base.unlink()
    base.mkdir()
    assert flush(server, "chat.rooms")["status"] == "completed"
    assert len(read(server, "chat.rooms")) == 6
    assert len(parquet_files(base)) == 1


def test_counts_know_both_tiers(fresh_server):
    server = fresh_server
    server.sql("CREATE NAMESPACE chat; CREATE SHARED TABLE chat.rooms (id INT PRIMARY KEY, label TEXT)")
    fill(server, "chat.rooms", 0, 100)
    server.sql("DELETE FROM chat.rooms WHERE id < 10")

    def stats():
        result = server.sql("SHOW STATS FOR TABLE chat.rooms")["results"][0]
        return dict(zip([column["name"] for column in result["schema"]], result["rows"][0], strict=True))

    def numbers():
        return dict(server.rows("SELECT metric_name, metric_value FROM system.stats"))

    hot = stats()
    assert (hot["logical_rows"], hot["hot_rows"], hot["cold_rows"], hot["flushed_segments"], hot["files"]) == \
        ("90", "100", "0", "0", "0")
    flush(server, "chat.rooms")
    server.sql("UPDATE chat.rooms SET label = 'new' WHERE id >= 90")
    server.sql("DELETE FROM chat.rooms WHERE id >= 10 AND id < 15")
    server.sql("INSERT INTO chat.rooms VALUES (0, 'again')")
    both = stats()
    count = server.rows("SELECT COUNT(*) FROM chat.rooms")[0][0]
    assert count == "86"
    assert (both["logical_rows"], both["hot_rows"], both["cold_rows"], both["dead_rows"], both["files"]) == \
        (count, "16", "100", "16", "2")
    segment = next((server.data_directory / "storage").glob("**/*.parquet"))
    assert both["segment_bytes"] == str(segment.stat().st_size)

    flush(server, "chat.rooms")
    found = numbers()
    assert (found["segments"], found["cold_rows"], found["flushes_total"], found["flushed_rows_total"]) == \
        ("2", "116", "2", "116")
    assert found["write_amplification"] == "1.00"
    jobs_client.run(server, "STORAGE COMPACT TABLE chat.rooms")
    found = numbers()
    assert (found["segments"], found["compactions_total"]) == ("1", "1")
    assert float(found["write_amplification"]) > 1
    assert int(found["segment_bytes"]) == int(stats()["segment_bytes"])
    assert stats()["logical_rows"] == count
    harness.wait_for(lambda: numbers()["files_waiting_for_removal"] == "0", "the merged files are removed")
    harness.wait_for(lambda: numbers()["files_removed_total"] == "2", "the removal of the merged files")
    metrics = server.request("GET", "/metrics", token=server.login()).text()
    assert "kalamdb_segments 1\n" in metrics
    assert "kalamdb_write_amplification" in metrics

    server.restart()
    assert numbers()["segments"] == "1"
    assert stats()["logical_rows"] == count


def test_the_manifest_table_shows_a_lost_file_to_admins_only(fresh_server):
    server = fresh_server
    server.sql("CREATE NAMESPACE chat; CREATE SHARED TABLE chat.rooms (id INT PRIMARY KEY, label TEXT)")
    fill(server, "chat.rooms", 0, 3)
    assert server.rows("SELECT * FROM system.manifest") == []
    flush(server, "chat.rooms")
    fill(server, "chat.rooms", 3, 1)
    query = "SELECT cache_key, scope, sync_state, in_memory, status FROM system.manifest"
    assert server.rows(query) == [["chat:rooms:shared", "shared", "pending_write", True, "ok"]]
    error = server.sql_error(query, token=server.create_user("alice"))
    assert error["code"] == "PERMISSION_DENIED", error
    assert server.rows(query, token=server.create_user("keeper", role="dba"))

    segments = json.loads(server.rows("SELECT segments FROM system.manifest")[0][0])
    assert [segment["path"] for segment in segments] == ["chat/rooms/batch-0.parquet"]
    assert (segments[0]["row_count"], segments[0]["schema_version"], segments[0]["status"]) == (3, 1, "ok")
    (server.data_directory / "storage" / "chat" / "rooms" / "batch-0.parquet").unlink()
    assert server.rows(query)[0][2:] == ["error", True, "chat/rooms/batch-0.parquet: missing"]

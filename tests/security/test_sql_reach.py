# SPDX-License-Identifier: Apache-2.0
"""No SQL text reaches files, the network, engine settings or another user's rows. Every line is an attempt."""

import json

import pytest


SECRET = "the-content-of-a-secret-file"

ATTEMPTS = """
SELECT * FROM read_csv('{file}')
SELECT * FROM read_csv_auto('{file}')
SELECT * FROM read_text('{file}')
SELECT * FROM read_blob('{file}')
SELECT * FROM read_json('{file}')
SELECT * FROM read_json_auto('{file}')
SELECT * FROM read_json_objects('{file}')
SELECT * FROM read_ndjson('{file}')
SELECT * FROM read_parquet('{file}')
SELECT * FROM parquet_scan('{file}')
SELECT * FROM parquet_metadata('{file}')
SELECT * FROM parquet_schema('{file}')
SELECT * FROM sniff_csv('{file}')
SELECT * FROM glob('{directory}/*')
SELECT * FROM '{file}'
SELECT * FROM "{file}"
SELECT * FROM '{directory}/*.csv'
FROM '{file}'
FROM read_text('{file}')
SELECT (SELECT content FROM read_text('{file}'))
SELECT 1 WHERE EXISTS (FROM read_text('{file}'))
WITH x AS (SELECT * FROM read_text('{file}')) SELECT * FROM x
WITH RECURSIVE x AS (SELECT 1 UNION ALL SELECT 1 FROM read_text('{file}')) SELECT * FROM x
SELECT 1 UNION ALL SELECT content FROM read_text('{file}')
SELECT * FROM (SELECT 1) a, LATERAL (SELECT * FROM read_text('{file}')) b
SELECT * FROM (PIVOT read_csv('{file}') ON a)
SELECT * FROM (SUMMARIZE read_csv('{file}'))
SELECT * FROM (DESCRIBE SELECT * FROM read_csv('{file}'))
SELECT 1 ORDER BY (SELECT content FROM read_text('{file}'))
SELECT 1 LIMIT (SELECT LENGTH(content) FROM read_text('{file}'))
VALUES ((SELECT content FROM read_text('{file}')))
EXPLAIN ANALYZE SELECT * FROM read_text('{file}')
INSERT INTO reach.t SELECT 1, content FROM read_text('{file}')
INSERT INTO reach.t VALUES (1, (SELECT content FROM read_text('{file}')))
UPDATE reach.t SET body = (SELECT content FROM read_text('{file}')) WHERE true
UPDATE reach.t SET body = x.content FROM read_text('{file}') x WHERE true
DELETE FROM reach.t USING read_text('{file}') x WHERE true
DELETE FROM reach.t WHERE body = (SELECT content FROM read_text('{file}'))
INSERT INTO reach.t VALUES (1, 'x') ON CONFLICT (id) DO UPDATE SET body = (SELECT content FROM read_text('{file}'))
INSERT INTO reach.t VALUES (77, 'x') RETURNING (SELECT content FROM read_text('{file}'))
CREATE SHARED TABLE reach.bad (id INT PRIMARY KEY, body TEXT DEFAULT (SELECT content FROM read_text('{file}')))
COPY (SELECT 1) TO '{directory}/out.csv'
COPY reach.t TO '{directory}/out.csv'
COPY reach.t FROM '{file}'
EXPORT DATABASE '{directory}/out'
IMPORT DATABASE '{directory}'
ATTACH '{directory}/other.db' AS other
DETACH kalam
USE other.main
INSTALL httpfs
LOAD httpfs
LOAD '{directory}/evil.duckdb_extension'
PRAGMA database_list
PRAGMA enable_profiling
PRAGMA memory_limit='1TB'
SET enable_external_access = true
SET GLOBAL threads = 64
SET memory_limit = '1TB'
SET VARIABLE x = 1
RESET memory_limit
CALL pragma_version()
CALL duckdb_settings()
CHECKPOINT
FORCE CHECKPOINT
VACUUM
SELECT getenv('HOME')
SELECT current_setting('memory_limit')
SELECT * FROM duckdb_settings()
SELECT * FROM duckdb_tables()
SELECT * FROM duckdb_secrets()
SELECT * FROM duckdb_extensions()
SELECT * FROM duckdb_functions()
SELECT * FROM duckdb_databases()
SELECT * FROM pragma_database_size()
SELECT * FROM pragma_table_info('reach.t')
SELECT * FROM pg_catalog.pg_tables
SELECT * FROM pg_settings
SELECT * FROM sqlite_master
SELECT * FROM system.main.duckdb_settings
SELECT * FROM temp.main.x
SELECT * FROM memory.main.x
SELECT * FROM query('SELECT 1')
SELECT * FROM query_table('reach.t')
SELECT json_execute_serialized_sql('x')
SELECT * FROM json_execute_serialized_sql(json_serialize_sql('SELECT 1'))
SELECT * FROM which_secret('x', 'y')
SELECT nextval('x')
SELECT currval('x')
SELECT txid_current()
SELECT write_log('x')
SELECT getvariable('x')
SELECT sleep_ms(1000)
CREATE SECRET s (TYPE S3)
CREATE MACRO m(a) AS a
CREATE FUNCTION m(a) AS a
CREATE VIEW reach.v AS SELECT * FROM read_text('{file}')
CREATE TABLE reach.c AS SELECT * FROM read_text('{file}')
CREATE TEMP TABLE x (a INT)
CREATE SEQUENCE s
CREATE INDEX i ON reach.t (body)
CREATE TYPE x AS ENUM ('a')
CREATE SCHEMA x
ALTER DATABASE kalam SET x = 1
PREPARE p AS SELECT * FROM read_text('{file}')
EXECUTE p
DEALLOCATE p
DO $$ x $$
LISTEN x
GRANT ALL ON reach.t TO alice
"""


@pytest.fixture(scope="module")
def secret_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("reach") / "secret.csv"
    path.write_text(f"a\n{SECRET}\n")
    return path


def attempts():
    return [line for line in ATTEMPTS.splitlines() if line.strip()]


def test_every_attempt_is_refused(server, secret_file):
    server.sql("CREATE NAMESPACE reach")
    server.sql("CREATE SHARED TABLE reach.t (id INT PRIMARY KEY, body TEXT) WITH (ACCESS_LEVEL='public')")
    server.sql("INSERT INTO reach.t VALUES (1, 'untouched')")
    folder = secret_file.parent
    before = sorted(folder.rglob("*"))
    tokens = [server.login(), server.create_user("reach_user")]
    tried = 0
    for attempt in attempts():
        sql = attempt.format(file=secret_file, directory=folder)
        for token in tokens:
            status, envelope = server.try_sql(sql, token=token)
            tried += 1
            assert status in (400, 403), f"{status} for {sql}: {json.dumps(envelope)[:500]}"
            assert envelope["error"]["code"] in ("INVALID_SQL", "SQL_EXECUTION_ERROR", "PERMISSION_DENIED",
                                                 "INVALID_INPUT", "BATCH_PARSE_ERROR"), (sql, envelope)
            assert SECRET not in json.dumps(envelope)
    assert sorted(folder.rglob("*")) == before
    assert server.rows("SELECT id, body FROM reach.t") == [[1, "untouched"]]
    print(f"{tried} attempts, all refused")
    assert len(attempts()) >= 60


def test_no_statement_reaches_another_users_rows(server):
    server.sql("CREATE NAMESPACE scoped")
    server.sql("CREATE USER TABLE scoped.notes (id BIGINT PRIMARY KEY, body TEXT)")
    alice, mallory = server.create_user("scoped_alice"), server.create_user("scoped_mallory")
    server.sql(f"INSERT INTO scoped.notes VALUES (1, '{SECRET}')", token=alice)
    for sql in [
        "SELECT * FROM scoped.notes",
        "SELECT * FROM scoped.notes WHERE id = 1",
        "SELECT body FROM scoped.notes WHERE _seq > 0",
        "SELECT * FROM scoped.notes WHERE _deleted = false OR true",
        "SELECT * FROM scoped.notes a JOIN scoped.notes b ON true",
        "WITH n AS (SELECT * FROM scoped.notes) SELECT * FROM n",
        "SELECT * FROM kalam.scoped.notes",
        "SELECT (SELECT MAX(body) FROM scoped.notes)",
        "UPDATE scoped.notes SET body = body || 'x' WHERE true RETURNING *",
        "DELETE FROM scoped.notes WHERE true RETURNING *",
        "INSERT INTO scoped.notes VALUES (1, 'mine') ON CONFLICT (id) DO UPDATE SET body = notes.body RETURNING *",
        "EXECUTE AS USER 'scoped_alice' (SELECT * FROM scoped.notes)",
        "SELECT * FROM \"scoped\".\"notes\"",
    ]:
        status, envelope = server.try_sql(sql, token=mallory)
        assert SECRET not in json.dumps(envelope), sql
        assert status in (200, 400, 403), sql
    assert server.rows("SELECT id, body FROM scoped.notes", token=alice) == [["1", SECRET]]

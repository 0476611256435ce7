# SPDX-License-Identifier: Apache-2.0
"""Jobs as clients see them: STORAGE statements start them, system.jobs shows them, KILL JOB stops them."""

import re
import time

import harness

FINISHED = ("completed", "skipped", "failed", "cancelled")
WAIT_SECONDS_MAX = 60.0


def start_job(server, sql):
    message = server.sql(sql)["results"][-1]["message"]
    found = re.search(r"Job ID: ([A-Z]{2}-[0-9a-f]{12})$", message)
    assert found, message
    return message, found.group(1)


def job(server, job_id, columns):
    rows = server.rows(f"SELECT {columns} FROM system.jobs WHERE job_id = '{job_id}'")
    assert len(rows) == 1, rows
    return rows[0]


def wait_for(server, job_id):
    deadline = time.monotonic() + WAIT_SECONDS_MAX
    while (status := job(server, job_id, "status")[0]) not in FINISHED:
        assert time.monotonic() < deadline, status
    return status


def test_a_job_is_shown_and_stays_shown():
    with harness.Server(settings={"cluster.node_id": 5, "jobs.max_retries": 2}) as server:
        server.sql("CREATE NAMESPACE chat")
        server.sql("CREATE SHARED TABLE chat.notes (id INT PRIMARY KEY)")
        server.sql("INSERT INTO chat.notes VALUES (1)")
        message, job_id = start_job(server, "STORAGE FLUSH TABLE chat.notes")
        assert message.startswith("Storage flush started for table 'chat.notes'. ")
        assert job_id.startswith("FL-")
        status = wait_for(server, job_id)

        columns = ("job_type, idempotency_key, namespace_id, table_name, max_retries, node, node_id, "
                   "parameters->>'table_id', created_at <= started_at, started_at <= finished_at, cpu_used >= 0")
        row = job(server, job_id, columns)
        assert row == ["flush", "flush-chat-notes", "chat", "notes", 2, "5", "5", "chat.notes", True, True, True]

        error = server.sql_error(f"KILL JOB '{job_id}'")
        assert error["message"].endswith(f"Cannot cancel job in status {status}"), error

        server.kill()
        server.start()
        assert job(server, job_id, "status") == [status]


def test_a_namespace_takes_one_statement():
    with harness.Server() as server:
        server.sql("CREATE NAMESPACE chat")
        for table in ("a", "b"):
            server.sql(f"CREATE SHARED TABLE chat.{table} (id INT PRIMARY KEY)")
        message = server.sql("STORAGE COMPACT ALL IN chat")["results"][-1]["message"]
        assert message.startswith("Storage compaction started for 2 table(s) in namespace 'chat'. Job IDs: [CO-")
        for job_id in re.findall(r"CO-[0-9a-f]{12}", message):
            wait_for(server, job_id)
        assert server.rows("SELECT COUNT(*) FROM system.jobs WHERE job_type = 'compact'") == [["2"]]

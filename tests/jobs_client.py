# SPDX-License-Identifier: Apache-2.0
"""Starts background jobs and waits for them.

    job = jobs_client.run(server, "STORAGE FLUSH TABLE chat.notes")
    assert job["status"] == "completed", job
"""

import re

import harness

FINISHED = ("completed", "skipped", "failed", "cancelled")
COLUMNS = ("status", "message", "error_message", "result", "retry_count")


def find(server, job_id):
    rows = server.rows(f"SELECT {', '.join(COLUMNS)} FROM system.jobs WHERE job_id = '{job_id}'")
    assert len(rows) == 1, rows
    return dict(zip(COLUMNS, rows[0], strict=True))


def run(server, sql, seconds=120.0):
    """The job that `sql` starts, once it has ended. A message without a job (nothing to do) is {"status": None}."""
    message = server.sql(sql)["results"][-1]["message"]
    ids = re.findall(r"[A-Z]{2}-[0-9a-f]{12}", message)
    if not ids:
        return {"status": None, "message": message}
    assert len(ids) == 1, message

    def ended():
        job = find(server, ids[0])
        return job if job["status"] in FINISHED else None

    return harness.wait_for(ended, f"the end of {ids[0]}", seconds)

# SPDX-License-Identifier: Apache-2.0
"""What tests of the cold tier share: flushes and compactions that are waited for, and the files of a storage."""

import contextlib
import json
import pathlib
import re

import harness

FINISHED = ("completed", "skipped", "failed", "cancelled")


def folder(server):
    """Where the storage `local` keeps its files."""
    return server.data_directory / "storage"


def below(base):
    """Every path below a folder, as of a moment at which none of its folders went away."""
    while True:
        with contextlib.suppress(FileNotFoundError):
            return list(base.rglob("*"))


def files(server, storage=None):
    """Every file below a storage but the published manifests."""
    base = pathlib.Path(storage or folder(server))
    return {str(path.relative_to(base)) for path in below(base) if path.is_file() and path.name != "manifest.json"}


def manifests(server, storage=None):
    """{folder: manifest} of every published manifest."""
    base = pathlib.Path(storage or folder(server))
    return {str(path.parent.relative_to(base)): json.loads(path.read_text())
            for path in below(base) if path.name == "manifest.json"}


def named_files(server, storage=None):
    """Every file that a published manifest names."""
    return {f"{where}/{segment['path']}" for where, manifest in manifests(server, storage).items()
            for segment in manifest["segments"]}


def job(server, job_id, columns="status, message"):
    rows = server.rows(f"SELECT {columns} FROM system.jobs WHERE job_id = '{job_id}'")
    assert len(rows) == 1, rows
    return rows[0]


def wait_for_job(server, job_id, seconds=60.0):
    """(status, message) of a job when it has ended."""
    return harness.wait_for(lambda: (found := job(server, job_id))[0] in FINISHED and found, f"the end of {job_id}", seconds)


def start(server, sql):
    """The id of the job that a STORAGE statement starts; None when there is nothing to do. Waits for another one of the
    same table to end."""
    def try_once():
        status, envelope = server.try_sql(sql)
        if status == 200:
            return envelope["results"][-1]["message"]
        message = envelope["error"]["message"]
        assert "already queued or running" in message, f"{sql}: {message}"
        return None

    message = harness.wait_for(try_once, f"room for {sql}", 60.0)
    found = re.search(r"Job ID: ([A-Z]{2}-[0-9a-f]{12})$", message)
    return found.group(1) if found else None


def flush(server, table):
    """Flushes a table and waits; the job must not fail."""
    run(server, f"STORAGE FLUSH TABLE {table}")


def compact(server, table):
    run(server, f"STORAGE COMPACT TABLE {table}")


def run(server, sql):
    job_id = start(server, sql)
    if job_id is not None:
        status, message = wait_for_job(server, job_id)
        assert status in ("completed", "skipped"), f"{sql}: {status}: {message}"


def wait_until_tidy(server, storage=None, seconds=20.0):
    """Waits until the files of the storage are those that manifests name; files go a moment after their last reader."""
    def is_tidy():
        return files(server, storage) == named_files(server, storage)

    try:
        harness.wait_for(is_tidy, "the removal of files that nobody names", seconds)
    except AssertionError:
        there, named = files(server, storage), named_files(server, storage)
        raise AssertionError(f"without a manifest: {there - named}; without a file: {named - there}") from None

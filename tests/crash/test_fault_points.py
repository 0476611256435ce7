# SPDX-License-Identifier: Apache-2.0
"""The server dies at every fault point on the way of a change; what was acknowledged is there, nothing is half done.

A first run without faults notes what a client sees after each statement of the workload, and which points were passed.
Then, for each point and each time it is passed, a server dies there: after the restart the client sees what it saw
before the statement under way, or after it, and the rest of the workload ends where the first run ended.
"""

import http.client
import itertools
import os
import shutil

import pytest

import harness

# Each visit of a point is a start and a restart: sanitized servers, which start slowly, die at the first ones only.
VISITS_MAX = 2 if harness.is_sanitized() else 100

WORKLOAD = [
    "CREATE NAMESPACE faults",
    "CREATE SHARED TABLE faults.notes (id BIGINT PRIMARY KEY, body TEXT)",
    "INSERT INTO faults.notes VALUES (1, 'one'), (2, 'two'), (3, 'three')",
    "UPDATE faults.notes SET body = body || '!' WHERE id <= 2",
    "BEGIN; INSERT INTO faults.notes VALUES (4, 'four'); DELETE FROM faults.notes WHERE id = 1; COMMIT",
    "CREATE USER 'fay' WITH PASSWORD 'Fay-pass-12' ROLE user",
    "ALTER USER 'fay' SET ROLE service",
    "DROP USER 'fay'",
    "CREATE SHARED TABLE faults.gone (id BIGINT PRIMARY KEY)",
    "INSERT INTO faults.gone VALUES (1), (2)",
    "DROP TABLE faults.gone",
    "CREATE NAMESPACE doomed",
    "CREATE SHARED TABLE doomed.a (id BIGINT PRIMARY KEY)",
    "CREATE SHARED TABLE doomed.b (id BIGINT PRIMARY KEY)",
    "INSERT INTO doomed.b VALUES (7)",
    "DROP NAMESPACE doomed CASCADE",
    "DELETE FROM faults.notes WHERE id = 3",
]

# The points that WORKLOAD passes; each is a test below. A new one has to be named here.
POINTS = {f"{change}.{moment}"
          for change in ("catalog.create_namespace", "catalog.drop_namespace", "catalog.create_table",
                         "catalog.drop_table", "catalog.write_users", "catalog.update_user", "commit")
          for moment in ("before_write", "written")}


def columns_of(table):
    return "id, body" if table == "faults.notes" else "id"


def observe(server):
    """Everything that the statements of WORKLOAD change, as a client sees it."""
    tables = [f"{space}.{name}" for space, name in server.rows(
        "SELECT namespace_id, table_name FROM system.tables WHERE namespace_id IN ('faults', 'doomed') ORDER BY 1, 2")]
    return {
        "namespaces": server.rows("SELECT namespace_id FROM system.namespaces ORDER BY 1"),
        "users": server.rows("SELECT user_id, role FROM system.users WHERE deleted_at IS NULL ORDER BY 1"),
        "tables": {table: server.rows(f"SELECT {columns_of(table)} FROM {table} ORDER BY id") for table in tables},
        # The primary key's index agrees with the rows.
        "counts": {table: server.rows(f"SELECT COUNT(*) FROM {table}") for table in tables},
    }


def run(server, statements):
    """Runs statements until the server dies; how many were acknowledged."""
    for count, sql in enumerate(statements):
        try:
            server.sql(sql)
        except (OSError, http.client.HTTPException):
            assert server.process.wait(timeout=harness.START_SECONDS_MAX) < 0, "it closed the connection and lives"
            return count
    return len(statements)


class Rehearsal:
    """A directory to begin with, the states that the workload goes through, and the points it passes."""

    def __init__(self, folder):
        self.folder = folder
        self.template = folder / "template"
        listed = folder / "points"
        with harness.Server(directory=self.template, env={"KALAMDB_FAULT_LIST": str(listed)}) as server:
            self.points = read_lines(listed)  # Of a first start.
            self.token = server.login()
        self.states = []
        if not self.points:
            return
        listed.unlink()
        with self.open(listed.with_name("rehearsal"), {"KALAMDB_FAULT_LIST": str(listed)}) as server:
            self.states.append(observe(server))
            for sql in WORKLOAD:
                server.sql(sql)
                self.states.append(observe(server))
        self.workload_points = read_lines(listed)

    def open(self, directory, env):
        """A server on a copy of the directory. No login: it would pass fault points."""
        shutil.copytree(self.template, directory)
        server = harness.Server(directory=directory, env=env)
        server._tokens[(harness.ROOT_USER, harness.ROOT_PASSWORD)] = self.token
        return server


def read_lines(path):
    return path.read_text().splitlines() if path.exists() else []


@pytest.fixture(scope="module")
def rehearsal(tmp_path_factory):
    made = Rehearsal(tmp_path_factory.mktemp("faults"))
    if not made.points:
        assert os.environ.get("KALAMDB_FAULT_POINTS") != "ON", "the build has fault points, but passes none"
        pytest.skip("the server is built without fault points (they are in the presets dev, asan and hostile)")
    return made


def test_the_workload_passes_every_point_of_changes(rehearsal):
    assert set(rehearsal.workload_points) == POINTS
    # All states differ, or else a test could not tell a lost statement from one that was never sent.
    for before, after in itertools.pairwise(rehearsal.states):
        assert before != after


def die_and_check(rehearsal, point, visit):
    """One run with one death; False when the workload ended before the point was passed `visit` times."""
    directory = rehearsal.folder / f"{point}.{visit}"
    with rehearsal.open(directory, {"KALAMDB_FAULT": f"{point}:{visit}"}) as server:
        done = run(server, WORKLOAD)
        if done == len(WORKLOAD):
            return False
        server._drop_connection()
        server.process = None
        del server.extra_env["KALAMDB_FAULT"]
        server.start()
        seen = observe(server)
        before, after = rehearsal.states[done], rehearsal.states[done + 1]
        where = f"died at {point}, visit {visit}, in: {WORKLOAD[done]}"
        assert seen in (before, after), where
        # One write is one statement here, so that it is known which of the two it has to be.
        if point.endswith(".written"):
            assert seen == after, f"{where}: it was on disk and is not there"
        run(server, WORKLOAD[done + 1:] if seen == after else WORKLOAD[done:])
        assert observe(server) == rehearsal.states[-1], where
    shutil.rmtree(directory)
    return True


@pytest.mark.parametrize("point", sorted(POINTS))
def test_dying_there_loses_nothing_and_leaves_nothing_half_done(rehearsal, point):
    visits = 0
    while visits < VISITS_MAX and die_and_check(rehearsal, point, visits + 1):
        visits += 1
    assert visits > 0
    print(f"{point}: died {visits} times")


def test_dying_at_the_first_start_leaves_a_directory_that_starts(rehearsal, tmp_path):
    for point in rehearsal.points:
        with harness.Server(directory=tmp_path / point, env={"KALAMDB_FAULT": point}, start=False) as server:
            server.start(wait=False)
            assert server.process.wait(timeout=harness.START_SECONDS_MAX) < 0, f"{point} is not passed"
            server.process = None
            del server.extra_env["KALAMDB_FAULT"]
            server.start()
            assert observe(server)["namespaces"] == rehearsal.states[0]["namespaces"]

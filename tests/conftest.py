# SPDX-License-Identifier: Apache-2.0
"""Fixtures for every black-box test. Being here also puts tests/ on the import path, for `import harness`."""

import pytest

import harness


@pytest.fixture(scope="module")
def shared_server():
    """One server for all tests of a file that do not stop it."""
    with harness.Server() as running:
        yield running


@pytest.fixture
def server(shared_server):
    """The file's server. Its log of this test is printed, which pytest shows on failure."""
    shared_server.show_log()
    yield shared_server
    shared_server.show_log()
    if shared_server.process is not None:
        code = shared_server.process.poll()
        assert code is None, f"the server died during the test (exit code {code})"


@pytest.fixture
def fresh_server():
    """A server of the test's own."""
    with harness.Server() as running:
        yield running
        running.show_log()

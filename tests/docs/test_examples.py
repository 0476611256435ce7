# SPDX-License-Identifier: Apache-2.0
"""Runs the examples of the README and of docs/*.md.

A fenced block ```console holds commands, each on a line that begins with `$ `, and what they print. They run in bash,
in order, against one server for each page, as root, with the built binaries on PATH. A line `...` stands for any
lines, and `...` within a line for any text. A block ```sql holds statements that have to succeed; one that begins with
`-- error CODE` has to fail with that code.
"""

import os
import re
import subprocess

import pytest

import harness

PAGES = [harness.SOURCE_DIR / "README.md", *sorted((harness.SOURCE_DIR / "docs").glob("*.md"))]
SKIPPED = ("http.md",)  # Has a format and a test of its own.
FENCE = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def examples(page):
    """(line number, kind, text) of each block that is to be run."""
    text = page.read_text()
    for match in FENCE.finditer(text):
        if match.group(1) in ("console", "sql"):
            yield text.count("\n", 0, match.start()) + 1, match.group(1), match.group(2)


def commands(block):
    """(command, expected output) pairs. A command goes on over lines that end with a backslash or begin with `> `."""
    command, output = None, []
    for line in block.splitlines():
        if line.startswith("$ "):
            if command is not None:
                yield command, "\n".join(output)
            command, output = line[2:], []
        elif line.startswith("> ") and command is not None and not output:
            command += "\n" + line[2:]
        else:
            output.append(line)
    if command is not None:
        yield command, "\n".join(output)


def matches(expected, actual):
    parts = []
    for line in expected.rstrip().splitlines():
        if line.strip() == "...":
            parts.append(r"(?:.*\n)*?")
        else:
            parts.append(".*?".join(re.escape(piece) for piece in line.rstrip().split("...")) + r"[ \t]*\n")
    return re.fullmatch("".join(parts), actual.rstrip() + "\n" if actual.strip() else "") is not None


def run_console(server, block):
    environment = {
        **os.environ, "PATH": f"{harness.BIN_DIR}:{os.environ['PATH']}", "KALAM_URL": server.url, "KALAM_USER": "root",
        "KALAM_PASSWORD": server.root_password, "HOME": str(server.directory), "LC_ALL": "C.UTF-8",
        "XDG_CONFIG_HOME": str(server.directory / "config"),
    }
    for command, expected in commands(block):
        run = subprocess.run(["bash", "-c", command], env=environment, cwd=server.directory, text=True, timeout=60,
                             stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        assert matches(expected, run.stdout), f"$ {command}\n--- expected\n{expected}\n--- printed\n{run.stdout}"


def run_sql(server, block):
    first = block.splitlines()[0]
    if first.startswith("-- error "):
        error = server.sql_error(block, namespace="docs")
        assert error["code"] == first.split()[2], (error, block)
    else:
        server.sql(block, namespace="docs")


@pytest.mark.parametrize("page", [p for p in PAGES if p.name not in SKIPPED], ids=lambda page: page.name)
def test_examples_of_page(page):
    found = list(examples(page))
    if not found:
        pytest.skip("no examples")
    with harness.Server() as server:
        server.sql("CREATE NAMESPACE docs")
        for line, kind, block in found:
            try:
                {"console": run_console, "sql": run_sql}[kind](server, block)
            except AssertionError as error:
                raise AssertionError(f"{page.name}:{line}: {error}") from error

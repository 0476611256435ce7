# SPDX-License-Identifier: Apache-2.0
"""The pages about settings say what the binary says."""

import re
import subprocess

import harness

BINARY = harness.BIN_DIR / "kalamdb-server"
PAGE = harness.SOURCE_DIR / "docs" / "configuration.md"
EXAMPLE = harness.SOURCE_DIR / "docs" / "kalamdb.example.toml"
BEGIN = "<!-- begin: kalamdb-server --print-config-docs -->\n"
END = "<!-- end -->\n"


def printed(option):
    return subprocess.run([str(BINARY), option], capture_output=True, text=True, check=True, timeout=60).stdout


def check_config(path):
    return subprocess.run([str(BINARY), "--check-config", str(path)], capture_output=True, text=True, timeout=60,
                          env={})


def test_page_is_up_to_date():
    page = PAGE.read_text()
    assert page[page.index(BEGIN) + len(BEGIN):page.index(END)] == printed("--print-config-docs"), \
        f"replace the marked part of {PAGE} by the output of kalamdb-server --print-config-docs"


def test_example_file_is_up_to_date_and_valid():
    assert EXAMPLE.read_text() == printed("--print-example-config"), \
        f"write the output of kalamdb-server --print-example-config to {EXAMPLE}"
    result = check_config(EXAMPLE)
    assert (result.returncode, result.stderr) == (0, "")


def test_examples_of_the_page_are_valid(tmp_path):
    examples = re.findall(r"```toml\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert examples
    for example in examples:
        (tmp_path / "server.toml").write_text(example)
        result = check_config(tmp_path / "server.toml")
        assert (result.returncode, result.stderr) == (0, ""), example

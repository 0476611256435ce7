# SPDX-License-Identifier: Apache-2.0
"""The demo on a slice of its data: every answer equals DuckDB's on the original file."""

import json
import os
import pathlib
import subprocess
import sys

import harness
import reference_duckdb

sys.path.insert(0, str(harness.SOURCE_DIR / "demo"))

import workload  # noqa: E402

ROWS = int(os.environ.get("KALAMDB_DEMO_ROWS", "20000"))


def same(ours, reference):
    """Our JSON value against DuckDB's text for it."""
    if ours is None or reference is None:
        return ours is None and reference is None
    if isinstance(ours, (int, float)):
        return abs(ours - float(reference)) < 1e-9
    return str(ours) == reference


def test_answers_are_those_of_duckdb_on_the_file():
    data = pathlib.Path(os.environ["KALAMDB_DEPS_DIR"]) / "vega-datasets" / "data"
    run = subprocess.run(
        [harness.SOURCE_DIR / "demo" / "run", "--json", f"--rows={ROWS}", f"--bin={harness.BIN_DIR}", f"--data={data}"],
        capture_output=True, text=True, timeout=280)
    assert run.returncode == 0, run.stderr
    report = json.loads(run.stdout)
    assert report["totals"]["flights"] == ROWS
    files = workload.files(data)
    with reference_duckdb.Database() as duckdb:
        for question, answer in zip(workload.QUESTIONS, report["answers"], strict=True):
            sql = question["reference"].format(file=files[question["file"]], rows=ROWS)
            expected = duckdb.rows(sql)
            assert answer["rows"], question["title"]
            assert len(answer["rows"]) == len(expected), (question["title"], answer["rows"], expected)
            for row, reference in zip(answer["rows"], expected, strict=True):
                assert all(same(*pair) for pair in zip(row, reference, strict=True)), (question["title"], row, reference)

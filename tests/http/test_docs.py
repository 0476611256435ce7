# SPDX-License-Identifier: Apache-2.0
"""Runs the examples of docs/http.md, in order, against one server.

A fenced block ```http is a request line, header fields, and after a blank line a body; then a blank line, `=> STATUS`,
header fields that the answer must have, and its body. `{{name:=}}` in an answer remembers what stands there, `{{name}}` in
a request puts it in. `...` in an answer is any text.
"""

import re

import harness

PAGE = harness.SOURCE_DIR / "docs" / "http.md"
BLOCK = re.compile(r"^```http\n(.*?)^```", re.MULTILINE | re.DOTALL)


def parse_request(text, values):
    text = re.sub(r"\{\{(\w+)\}\}", lambda match: values[match.group(1)], text)
    head, _, body = text.partition("\n\n")
    line, *fields = head.splitlines()
    method, path = line.split()
    return method, path, dict(field.split(": ", 1) for field in fields), body.strip() or None


def pattern_of(expected):
    parts = re.split(r"(\.\.\.|\{\{\w+:=\}\})", expected)
    return "".join(".*?" if part == "..." else f"(?P<{part[2:-4]}>[^\"]+)" if part.startswith("{{") else re.escape(part)
                   for part in parts)


def test_every_example():
    blocks = BLOCK.findall(PAGE.read_text())
    assert len(blocks) >= 15
    values = {}
    with harness.Server() as server:
        for block in blocks:
            request, answer = block.split("\n\n=> ", 1)
            method, path, headers, body = parse_request(request, values)
            response = server.request(method, path, body, headers)
            status, *lines = answer.rstrip().splitlines()
            assert response.status == int(status), (block, response)
            fields = [line for line in lines if re.match(r"[A-Za-z-]+: ", line)]
            for field in fields:
                name, value = field.split(": ", 1)
                assert response.headers[name.lower()] == value, block
            expected = "\n".join(lines[len(fields):])
            match = re.fullmatch(pattern_of(expected), response.text(), re.DOTALL)
            assert match, f"{request}\n--- expected\n{expected}\n--- answered\n{response.text()}"
            values.update(match.groupdict())

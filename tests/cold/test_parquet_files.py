# SPDX-License-Identifier: Apache-2.0
"""The files that a flush leaves, as other programs see them: hyparquet, which shares no code with the server, and stock
DuckDB. Also manifest.json, and the folders of users with odd names.
"""

import datetime
import decimal
import json
import os
import pathlib
import random
import struct
import subprocess

import pytest

import harness
import jobs_client
import reference_duckdb

ROWS = 30_000
SEED = 20_261_122
ROWS_PER_INSERT = 1_000
COLUMNS = {
    "id": "BIGINT PRIMARY KEY", "flag": "BOOLEAN", "small": "SMALLINT", "number": "INT", "large": "BIGINT",
    "real4": "FLOAT", "real8": "DOUBLE", "price": "DECIMAL(12,4)", "exact": "DECIMAL(38,10)", "label": "TEXT",
    "raw": "BYTES", "doc": "JSON", "at": "TIMESTAMP", "at_utc": "DATETIME", "day": "DATE", "clock": "TIME",
    "uid": "UUID", "vec": "EMBEDDING(3)", "attachment": "FILE",
}
EPOCH = datetime.datetime(1970, 1, 1)


def float32(value):
    return struct.unpack("<f", struct.pack("<f", value))[0]


def micros_of(moment):
    return (moment - EPOCH) // datetime.timedelta(microseconds=1)


def make_row(rng, number):
    """{column: (literal of SQL, what a reader has to show)}; NULL is ("NULL", None)."""
    moment = datetime.datetime(1900, 1, 1) + datetime.timedelta(microseconds=rng.randrange(8 * 10**15))
    clock = rng.randrange(86_400_000_000)
    price, exact = rng.randrange(-10**12 + 1, 10**12), rng.randrange(-10**37, 10**37)
    label = rng.choice(["", "plain", "quote ' quote", "straße 東京 🎉", "x" * rng.randrange(300), f"name {number}"])
    doc = json.dumps({"n": number, "list": [1, None, "ä"], "s": label}, ensure_ascii=rng.random() < 0.5)
    attachment = json.dumps({"id": str(number), "name": "ä.txt", "size": number})
    uid = "-".join(f"{rng.getrandbits(4 * size):0{size}x}" for size in (8, 4, 4, 4, 12))
    raw = rng.randbytes(rng.randrange(20)).hex()
    vec = [float32(rng.uniform(-2, 2)) for _ in range(3)]
    real4, real8 = float32(rng.uniform(-1e6, 1e6)), rng.uniform(-1e300, 1e300)
    small, integer, large = rng.randrange(-2**15, 2**15), rng.randrange(-2**31, 2**31), rng.randrange(-2**63, 2**63)
    flag = rng.random() < 0.5

    def quoted(text):
        return "'" + text.replace("'", "''") + "'"

    def unscaled(value, scale):
        return format(decimal.Decimal(value).scaleb(-scale, decimal.Context(prec=60)), "f")

    when = moment.isoformat(sep=" ", timespec="microseconds")
    row = {
        "flag": (str(flag).lower(), str(flag).lower()), "small": (str(small), str(small)),
        "number": (str(integer), str(integer)), "large": (quoted(str(large)), str(large)),
        "real4": (repr(real4), real4), "real8": (repr(real8), real8),
        "price": (quoted(unscaled(price, 4)), str(price)), "exact": (quoted(unscaled(exact, 10)), str(exact)),
        "label": (quoted(label), label), "raw": (quoted("\\x" + raw), raw), "doc": (quoted(doc), doc),
        "at": (quoted(when), str(micros_of(moment))), "at_utc": (quoted(when + "Z"), str(micros_of(moment))),
        "day": (quoted(when[:10]), str((moment - EPOCH).days)),
        "clock": (quoted((EPOCH + datetime.timedelta(microseconds=clock)).time().isoformat("microseconds")),
                  str(clock)),
        "uid": (quoted(uid), uid), "vec": (quoted(json.dumps(vec)), vec), "attachment": (quoted(attachment), attachment),
    }
    for position, column in enumerate(row):
        if (number + position) % 7 == 0:
            row[column] = ("NULL", None)
    return {"id": (str(number), str(number)), **row}


def parse(texts):
    """A row of a reader as make_row() expects it, without the columns `_seq` and `_deleted`."""
    row = dict(zip([*COLUMNS, "_seq", "_deleted"], texts, strict=True))
    assert row.pop("_deleted") == "false"
    seq = int(row.pop("_seq"))
    for column in ("real4", "real8"):
        row[column] = None if row[column] is None else float(row[column])
    row["real4"] = None if row["real4"] is None else float32(row["real4"])
    row["vec"] = None if row["vec"] is None else [float32(element) for element in json.loads(row["vec"])]
    return seq, row


def read_with_hyparquet(files):
    script = pathlib.Path(__file__).with_name("read_parquet.mjs")
    modules = os.environ["KALAMDB_DEPS_DIR"]
    run = subprocess.run(["node", str(script), modules, *map(str, files)], capture_output=True, timeout=240)
    assert run.returncode == 0, run.stderr.decode()
    return [json.loads(line) for line in run.stdout.decode().splitlines()]


# What DuckDB has to be asked so that it answers as read_parquet.mjs does.
AS_NUMBER = {
    "price": "(price * 10000)::BIGINT", "exact": "replace(exact::VARCHAR, '.', '')", "raw": "lower(hex(raw))",
    "at": 'epoch_us("at")', "at_utc": "epoch_us(at_utc)", "day": "day - DATE '1970-01-01'",
    "clock": "date_diff('microsecond', TIME '00:00:00', clock)",
}


def read_with_duckdb(files):
    columns = ", ".join(f"({AS_NUMBER.get(column, chr(34) + column + chr(34))})::VARCHAR"
                        for column in [*COLUMNS, "_seq", "_deleted"])
    names = ", ".join(f"'{file}'" for file in files)
    with reference_duckdb.Database() as duckdb:
        groups = duckdb.rows("SELECT DISTINCT compression, row_group_num_rows <= 131072 "
                             f"FROM parquet_metadata([{names}])")
        rows = duckdb.rows(f"SELECT {columns} FROM read_parquet([{names}])")
    assert groups == [["ZSTD", "true"]]
    exact = list(COLUMNS).index("exact")
    for row in rows:
        row[exact] = None if row[exact] is None else str(int(row[exact]))
    return rows


def files_of(folder):
    return sorted(folder.glob("batch-*.parquet"), key=lambda file: int(file.stem.split("-")[1]))


def test_every_type_is_what_other_readers_see(fresh_server):
    server = fresh_server
    server.sql("CREATE NAMESPACE chat")
    columns = ", ".join(f'"{name}" {kind}' for name, kind in COLUMNS.items())
    server.sql(f"CREATE SHARED TABLE chat.kinds ({columns})")
    rng = random.Random(SEED)
    rows = [make_row(rng, number) for number in range(ROWS)]
    for begin in range(0, ROWS, ROWS_PER_INSERT):
        values = ", ".join("(" + ", ".join(literal for literal, _ in row.values()) + ")"
                           for row in rows[begin:begin + ROWS_PER_INSERT])
        server.sql(f"INSERT INTO chat.kinds VALUES {values}")
    expected = [{column: shown for column, (_, shown) in row.items()} for row in rows]

    before = server.rows("SELECT * FROM chat.kinds ORDER BY id LIMIT 200")
    assert jobs_client.run(server, "STORAGE FLUSH TABLE chat.kinds")["status"] == "completed"
    assert server.rows("SELECT * FROM chat.kinds ORDER BY id LIMIT 200") == before

    folder = server.data_directory / "storage" / "chat" / "kinds"
    files = files_of(folder)
    assert files
    for read in (read_with_hyparquet, read_with_duckdb):
        found = [parse(texts) for texts in read(files)]
        assert [seq for seq, _ in found] == sorted(seq for seq, _ in found), "rows are in the order of _seq"
        assert len(found) == ROWS
        for (_, row), wanted in zip(found, expected, strict=True):
            assert row == wanted, read.__name__


def check_manifest(manifest, table, user, folder):
    """storage-and-jobs 4.1, and that it tells the truth about the files."""
    assert list(manifest) == ["table_id", "user_id", "version", "created_at", "updated_at", "segments",
                              "last_sequence_number", "files", "vector_indexes"]
    assert manifest["table_id"] == table
    assert manifest["user_id"] == user
    assert manifest["version"] >= 1
    assert 1_700_000_000_000 < manifest["created_at"] <= manifest["updated_at"] < 10_000_000_000_000
    assert (manifest["files"], manifest["vector_indexes"]) == (None, {})
    named = [segment["path"] for segment in manifest["segments"]]
    assert named == [file.name for file in files_of(folder)]
    assert manifest["last_sequence_number"] == max(int(name[len("batch-"):-len(".parquet")]) for name in named)
    last = 0
    for segment in manifest["segments"]:
        assert segment["id"] == segment["path"]
        assert last < segment["min_seq"] <= segment["max_seq"]
        last = segment["max_seq"]
        assert segment["size_bytes"] == (folder / segment["path"]).stat().st_size
        assert manifest["created_at"] - 60_000 < segment["created_at"] <= manifest["updated_at"]
        assert segment["status"] == "committed"
        with reference_duckdb.Database() as duckdb:
            counts = duckdb.rows('SELECT COUNT(*), MIN("_seq"), MAX("_seq") '
                                 f"FROM read_parquet('{folder / segment['path']}')")
        assert counts == [[str(segment[key]) for key in ("row_count", "min_seq", "max_seq")]]


def test_the_manifest_describes_the_files(fresh_server):
    server = fresh_server
    server.sql("CREATE NAMESPACE chat; CREATE USER TABLE chat.notes (id BIGINT PRIMARY KEY, n INT, title TEXT)")
    alice = server.create_user("alice")
    for step in range(3):
        server.sql(f"INSERT INTO chat.notes VALUES ({2 * step}, {step}, 'a'), ({2 * step + 1}, NULL, 'zz')",
                   token=alice)
        jobs_client.run(server, "STORAGE FLUSH TABLE chat.notes")
    folder = server.data_directory / "storage" / "chat" / "notes" / "alice"
    manifest = json.loads((folder / "manifest.json").read_text())
    check_manifest(manifest, "chat.notes", "alice", folder)
    assert manifest["version"] == 3
    assert manifest["last_sequence_number"] == 2
    stats = [segment["column_stats"] for segment in manifest["segments"]]
    assert stats[1]["1"] == {"min": {"Int64": "2"}, "max": {"Int64": "3"}, "null_count": 0}
    assert stats[1]["2"] == {"min": {"Int32": 1}, "max": {"Int32": 1}, "null_count": 1}
    assert stats[1]["3"] == {"min": {"Utf8": "a"}, "max": {"Utf8": "zz"}, "null_count": 0}

    row = server.rows("SELECT cache_key, scope, sync_state, version, segment_count, row_count, status, "
                      "manifest_json FROM system.manifest")
    assert [cell for cell in row[0][:-1]] == ["chat:notes:alice", "alice", "in_sync", "3", "3", "6", "ok"]
    assert json.loads(row[0][-1]) == manifest

    jobs_client.run(server, "STORAGE COMPACT TABLE chat.notes")
    harness.wait_for(lambda: len(files_of(folder)) == 1, "the merged files are removed")
    check_manifest(json.loads((folder / "manifest.json").read_text()), "chat.notes", "alice", folder)


ODD_USERS = ["../x", "a/b", ".", "..", "%2E", "a%2Fb", "Ünïcode 東京", "x" * 128, "x" * 127 + "/", "a", "A", "a.", ".a",
             "manifest.json", "batch-0.parquet", "~", "nul\\x", "quote'\"", "\U0001F389" * 32, "{userId}"]


def test_odd_user_ids_get_folders_of_their_own(fresh_server):
    server = fresh_server
    server.sql("CREATE NAMESPACE chat; CREATE USER TABLE chat.notes (id INT PRIMARY KEY, owner TEXT)")
    users = []
    for name in ODD_USERS:
        try:
            users.append((name, server.create_user(name)))
        except (harness.SqlError, AssertionError) as refused:
            print(f"not a user id: {name!r}: {refused}")
    assert {"../x", "a/b", "."} <= {name for name, _ in users}
    for name, token in users:
        server.sql("INSERT INTO chat.notes VALUES (1, $1)", params=[name], token=token)
    assert jobs_client.run(server, "STORAGE FLUSH TABLE chat.notes")["status"] == "completed"

    base = server.data_directory / "storage"
    inside = base / "chat" / "notes"
    manifests = sorted(path for path in server.directory.glob("**/manifest.json") if path.is_file())
    assert len(manifests) == len(users)
    owners = set()
    for manifest in manifests:
        assert manifest.resolve().is_relative_to(inside.resolve()) and manifest.parent != inside
        owner = json.loads(manifest.read_text())["user_id"]
        owners.add(owner)
        rows = [texts[1] for texts in read_with_hyparquet(files_of(manifest.parent))]
        assert rows == [owner], "a file holds the rows of its user"
    assert owners == {name for name, _ in users}
    assert sorted(path.name for path in base.iterdir()) == ["chat"]
    server.restart()
    for name, _ in users:
        assert server.rows("SELECT owner FROM chat.notes", token=server.login(name, "User-pass-1")) == [[name]]

    server.sql("DROP TABLE chat.notes")
    harness.wait_for(lambda: not list(base.glob("**/*.parquet")) and not inside.exists(),
                     "the files and folders of a dropped table are removed")



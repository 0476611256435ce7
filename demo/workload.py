# SPDX-License-Identifier: Apache-2.0
"""The demo's data and questions: flights as a SHARED table, movies as a USER table of 100 viewers.

Every question is asked twice in the test: of the server, and of DuckDB reading the original file. `reference` is the
question for the latter; {file} is the file, {rows} how many of its rows were loaded.
"""

import json
import pathlib

VIEWERS = 100
BATCH_ROWS = 1000

SCHEMA = [
    "CREATE NAMESPACE IF NOT EXISTS demo",
    """CREATE SHARED TABLE demo.flights (
         id BIGINT PRIMARY KEY,
         delay INT,
         distance INT NOT NULL,
         departure DOUBLE
       ) WITH (ACCESS_LEVEL = 'public')""",
    """CREATE USER TABLE demo.movies (
         id BIGINT PRIMARY KEY,
         title TEXT,
         genre TEXT,
         rating DOUBLE,
         votes INT,
         us_gross BIGINT,
         released TEXT
       )""",
]

QUESTIONS = [
    {
        "title": "Flights by distance",
        "sql": """SELECT distance // 500 * 500 AS miles, COUNT(*) AS flights, ROUND(AVG(delay), 2) AS mean_delay
                  FROM demo.flights GROUP BY miles ORDER BY miles""",
        "reference": """SELECT distance // 500 * 500 AS miles, COUNT(*), ROUND(AVG(delay), 2)
                        FROM (FROM '{file}' LIMIT {rows}) GROUP BY miles ORDER BY miles""",
        "file": "flights",
    },
    {
        "title": "Share of flights more than an hour late",
        "sql": """SELECT COUNT(*) FILTER (WHERE delay > 60) AS late, COUNT(*) AS flights,
                         ROUND(100.0 * COUNT(*) FILTER (WHERE delay > 60) / COUNT(*), 3) AS percent
                  FROM demo.flights""",
        "reference": """SELECT COUNT(*) FILTER (WHERE delay > 60), COUNT(*),
                               ROUND(100.0 * COUNT(*) FILTER (WHERE delay > 60) / COUNT(*), 3)
                        FROM (FROM '{file}' LIMIT {rows})""",
        "file": "flights",
    },
    {
        "title": "The longest delays",
        "sql": "SELECT delay, distance, id FROM demo.flights ORDER BY delay DESC, id LIMIT 5",
        "reference": """SELECT delay, distance, id FROM
                          (SELECT *, row_number() OVER () - 1 AS id FROM (FROM '{file}' LIMIT {rows}))
                        ORDER BY delay DESC, id LIMIT 5""",
        "file": "flights",
    },
    {
        "title": "One flight by its key",
        "sql": "SELECT id, delay, distance FROM demo.flights WHERE id = 1234",
        "reference": """SELECT id, delay, distance FROM
                          (SELECT *, row_number() OVER () - 1 AS id FROM (FROM '{file}' LIMIT {rows})) WHERE id = 1234""",
        "file": "flights",
    },
    {
        "title": "Genres among the movies of viewer007",
        "user": "viewer007",
        "sql": """SELECT genre, COUNT(*) AS movies, MAX(rating) AS best
                  FROM demo.movies GROUP BY genre ORDER BY movies DESC, genre LIMIT 5""",
        "reference": """SELECT "Major Genre", COUNT(*) AS movies, MAX("IMDB Rating")
                        FROM (SELECT *, row_number() OVER () - 1 AS id FROM (FROM '{file}' LIMIT {rows}))
                        WHERE id % 100 = 7 GROUP BY 1 ORDER BY movies DESC, 1 NULLS LAST LIMIT 5""",
        "file": "movies",
    },
    {
        "title": "The best-rated movie of viewer042 in each genre",
        "user": "viewer042",
        "sql": """SELECT genre, title, rating FROM (
                    SELECT genre, title, rating, ROW_NUMBER() OVER (PARTITION BY genre ORDER BY rating DESC, id) AS place
                    FROM demo.movies WHERE rating IS NOT NULL AND genre IS NOT NULL)
                  WHERE place = 1 ORDER BY genre""",
        "reference": """SELECT "Major Genre", "Title"->>'$', "IMDB Rating" FROM (
                          SELECT *, ROW_NUMBER() OVER (PARTITION BY "Major Genre" ORDER BY "IMDB Rating" DESC, id) AS place
                          FROM (SELECT *, row_number() OVER () - 1 AS id FROM (FROM '{file}' LIMIT {rows}))
                          WHERE id % 100 = 42 AND "IMDB Rating" IS NOT NULL AND "Major Genre" IS NOT NULL)
                        WHERE place = 1 ORDER BY "Major Genre" """,
        "file": "movies",
    },
]


def files(data: pathlib.Path) -> dict[str, pathlib.Path]:
    return {"flights": data / "flights-200k.json", "movies": data / "movies.json"}


def literal(value) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return repr(value)


def text(value):
    """Some titles of the original are numbers."""
    return value if value is None else str(value)


def batches(rows):
    for first in range(0, len(rows), BATCH_ROWS):
        yield rows[first : first + BATCH_ROWS]


def insert(table: str, columns: str, rows) -> str:
    values = ",".join("(" + ",".join(map(literal, row)) + ")" for row in rows)
    return f"INSERT INTO {table} ({columns}) VALUES {values}"


def flight_statements(path: pathlib.Path, limit: int):
    """(rows, SQL) of each request."""
    flights = json.loads(path.read_text())[:limit]
    rows = [(number, f["delay"], f["distance"], f["time"]) for number, f in enumerate(flights)]
    for batch in batches(rows):
        yield len(batch), insert("demo.flights", "id, delay, distance, departure", batch)


def movie_statements(path: pathlib.Path, limit: int):
    """Movie n belongs to viewer n mod 100; each INSERT runs as its viewer."""
    movies = json.loads(path.read_text())[:limit]
    columns = "id, title, genre, rating, votes, us_gross, released"
    for viewer in range(VIEWERS):
        rows = [
            (number, text(m["Title"]), m["Major Genre"], m["IMDB Rating"], m["IMDB Votes"], m["US Gross"],
             text(m["Release Date"]))
            for number, m in enumerate(movies)
            if number % VIEWERS == viewer
        ]
        for batch in batches(rows):
            yield len(batch), as_user(f"viewer{viewer:03}", insert("demo.movies", columns, batch))


def as_user(user, sql: str) -> str:
    return f"EXECUTE AS USER '{user}' ({sql})" if user else sql

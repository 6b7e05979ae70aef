"""A large download from a server that dies meanwhile: nobody takes what came for the whole."""

from __future__ import annotations

import http.client
import re
import shutil
import signal
import sqlite3
import urllib.parse
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from sipas.catalogue import lookups, models
from sipas.staff import accounts
from tests.conftest import PASSWORD, make_app
from tests.journeys.serving import Served

VIEWER = "viewer@test.example"
FILE = "/province/downloads/aggregates.jsonl?period=2025&step=month"


def tallies(connection: sqlite3.Connection) -> Iterator[tuple[object, ...]]:
    """Rows of a year for every field, channel and question of each centre, and their sums for the province."""
    units = [row[0] for row in connection.execute("SELECT id FROM unit WHERE level = 'centre'")]
    (root,) = connection.execute("SELECT id FROM unit WHERE parent_id IS NULL").fetchone()
    fields = [row[0] for row in connection.execute("SELECT id FROM service_field LIMIT 1")]
    questions = [
        row[0] for row in connection.execute("SELECT min(id) FROM question WHERE kind LIKE 'rating%' GROUP BY code")
    ]
    for month in range(1, 13):
        for field in fields:
            for channel in models.CHANNELS[:4]:
                for question in questions:
                    cell = (f"2025-{month:02}-01", field, channel, question, 0)
                    yield root, *cell, *(len(units) * count for count in (1, 2, 3, 4, 50, 0))
                    yield from ((unit, *cell, 1, 2, 3, 4, 50, 0) for unit in units)


@pytest.fixture
def folder(sqlite_template: Path, tmp_path: Path) -> Path:
    """An installation with rows for 15 MB, more than the sockets between server and client hold."""
    shutil.copy(sqlite_template, tmp_path / "sipas.sqlite")
    with closing(sqlite3.connect(tmp_path / "sipas.sqlite")) as connection, connection:
        connection.executemany(
            "INSERT INTO question_tally VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", tallies(connection)
        )
    with make_app(tmp_path).app_context():
        accounts.add(VIEWER, PASSWORD, "viewer", lookups.unit("quang-ninh"))
    return tmp_path


@contextmanager
def signed_in(address: str) -> Iterator[tuple[http.client.HTTPConnection, dict[str, str]]]:
    """A connection to a server, and the cookie of who has signed in there."""
    with closing(http.client.HTTPConnection(urllib.parse.urlsplit(address).netloc, timeout=60)) as connection:
        yield connection, {"Cookie": _sign_in(connection)}


def _sign_in(connection: http.client.HTTPConnection) -> str:
    connection.request("GET", "/sign-in")
    answer = connection.getresponse()
    token = re.findall(r'name="csrf_token"[^>]*value="([^"]+)"', answer.read().decode())[0]
    headers = {"Cookie": cookies(answer), "Content-Type": "application/x-www-form-urlencoded"}
    form = urllib.parse.urlencode({"email": VIEWER, "password": PASSWORD, "csrf_token": token})
    connection.request("POST", "/sign-in", form, headers)
    answer = connection.getresponse()
    answer.read()
    assert answer.status == 302
    return cookies(answer)


def cookies(answer: http.client.HTTPResponse) -> str:
    given: Iterable[str] = answer.headers.get_all("Set-Cookie") or []
    return "; ".join(one.partition(";")[0] for one in given)


def test_a_server_that_is_killed_while_it_sends_leaves_no_file_that_looks_whole(folder: Path) -> None:
    chosen = {"SIPAS_SECOND_STEP_ROLES": "", "SIPAS_REPORT_DELAY_DAYS": "0"}
    with Served(folder, **chosen) as server, signed_in(server.address) as (connection, cookie):
        connection.request("GET", FILE, headers=cookie)
        with closing(connection.getresponse()) as answer:
            length, etag = int(answer.headers["Content-Length"]), answer.headers["ETag"]
            begun = answer.read(100_000)
            assert length > 12_000_000
            server.stop(signal.SIGKILL)
            with pytest.raises((http.client.IncompleteRead, ConnectionError)):
                answer.read()
    assert list((folder / "downloads").iterdir()) == []
    with Served(folder, **chosen) as server, signed_in(server.address) as (connection, cookie):
        connection.request("GET", FILE, headers=cookie | {"Range": f"bytes={len(begun)}-", "If-Range": etag})
        with closing(connection.getresponse()) as answer:
            assert answer.status == 206
            assert len(begun) + len(answer.read()) == length

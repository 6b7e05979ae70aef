"""A server that is stopped writes down the scans that it counted."""

from __future__ import annotations

import shutil
import sqlite3
import urllib.request
from contextlib import closing
from pathlib import Path

from tests.conftest import COUNTER_1, EXIT_OF_PROVINCE
from tests.journeys.serving import Served


def test_no_scan_is_lost_when_the_server_stops(sqlite_template: Path, tmp_path: Path) -> None:
    shutil.copy(sqlite_template, tmp_path / "sipas.sqlite")
    with Served(tmp_path) as server:
        for code in [EXIT_OF_PROVINCE] * 5 + [COUNTER_1]:
            with urllib.request.urlopen(f"{server.address}/r/{code}") as answer:
                assert answer.status == 200
        assert server.stop()[0] == 0
    with closing(sqlite3.connect(tmp_path / "sipas.sqlite")) as connection:
        found = connection.execute(
            "SELECT code, scans FROM scan JOIN touchpoint ON id = touchpoint_id ORDER BY scans"
        ).fetchall()
    assert found == [(COUNTER_1, 1), (EXIT_OF_PROVINCE, 5)]

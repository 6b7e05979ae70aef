"""Files of the aggregates: the same from both databases, whole or not there, from the command line too."""

from __future__ import annotations

import os
import shutil
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

import pytest
from flask import Flask

from sipas.core import background_files
from sipas.core.errors import NotFound
from sipas.downloads import aggregate_files
from sipas.downloads.aggregate_files import SHAPES
from sipas.numbers import periods
from sipas.reporting.aggregates import Extent
from sipas.responses import recording
from tests.conftest import draft, make_app, new_database
from tests.files.test_long_tables import files_of_at_most
from tests.reporting.test_aggregates import answer

MARCH = Extent(periods.parse("2026-03"), "month")


def test_both_databases_give_the_same_bytes(sqlite_template: Path, postgres_template: str, tmp_path: Path) -> None:
    shutil.copy(sqlite_template, tmp_path / "sipas.sqlite")
    addresses = ["", new_database(f"test_{uuid4().hex}", postgres_template)]
    found = []
    for number, address in enumerate(addresses):
        with make_app(tmp_path, address).app_context():
            answer(200)
            made = [aggregate_files.write(tmp_path / f"{number}.{one}", one, MARCH) for one in SHAPES if one != "zip"]
            found.append([one.sha256 for one in made])
    assert found[0] == found[1]


def test_a_disk_that_is_full_leaves_an_error_and_nothing_else(inside: Flask, tmp_path: Path) -> None:
    answer(200)
    folder = tmp_path / "downloads"
    with (
        pytest.raises(OSError, match="File too large"),
        files_of_at_most(600),
        aggregate_files.at_once(folder, MARCH, "csv"),
    ):
        raise AssertionError("there is no file to send")
    assert list(folder.iterdir()) == []
    identity, _ = aggregate_files.begin(folder, MARCH, "csv", "somebody")
    with files_of_at_most(600):
        aggregate_files.make(inside, folder, identity)
    assert aggregate_files.state(folder, identity).stage == "failed"
    assert [one.name for one in (folder / identity).iterdir()] == ["state.json"]
    with pytest.raises(NotFound):
        aggregate_files.file(folder, identity)


def test_what_is_being_made_is_not_made_twice_and_what_a_dead_process_left_is_told_and_swept(
    inside: Flask, tmp_path: Path
) -> None:
    identity, is_new = aggregate_files.begin(tmp_path, MARCH, "csv", "somebody")
    assert is_new
    assert aggregate_files.begin(tmp_path, MARCH, "csv", "another") == (identity, False)
    assert aggregate_files.begin(tmp_path, MARCH, "xlsx", "another")[1]
    (tmp_path / identity / "unfinished").write_text("half a ta")
    old = (periods.now() - background_files.STOPPED_AFTER - timedelta(seconds=5)).timestamp()
    os.utime(tmp_path / identity / "state.json", (old, old))
    assert aggregate_files.state(tmp_path, identity).stage == "failed"
    with pytest.raises(NotFound):
        aggregate_files.file(tmp_path, identity)
    assert aggregate_files.begin(tmp_path, MARCH, "csv", "another")[1]
    (tmp_path / "at-once-left").mkdir()
    aggregate_files.sweep(tmp_path, periods.now() + timedelta(days=2))
    assert not (tmp_path / "at-once-left").exists()
    assert identity in dict(aggregate_files.listed(tmp_path))
    aggregate_files.sweep(tmp_path, periods.now() + timedelta(days=8))
    assert aggregate_files.listed(tmp_path) == []


def test_the_command_writes_a_file_that_is_whole_or_none(app: Flask, tmp_path: Path) -> None:
    with app.app_context():
        recording.record_many([draft(at=datetime(2026, 3, 2, 3, tzinfo=UTC)) for _ in range(6)], UTC)
    file = tmp_path / "out" / "march.csv"
    file.parent.mkdir()

    def run(*options: str) -> tuple[int, str]:
        done = app.test_cli_runner().invoke(args=["export", "aggregates", str(file), *options])
        return done.exit_code, done.output

    status, said = run("--period", "2026-03")
    assert status == 0
    assert sha256(file.read_bytes()).hexdigest() in said
    assert file.read_text("utf-8-sig").splitlines()[1].startswith("2026-03,trung-tam-tinh,dat-dai,qr,overall,,0,")
    before = file.read_bytes()
    with files_of_at_most(20):
        assert run("--period", "2026-03")[0] == 1
    assert run("--period", "2026-03", "--step", "year")[0] == 1
    assert run("--period", "soon")[0] == 2
    assert run("--shape", "exe")[0] == 2
    assert file.read_bytes() == before
    assert [one.name for one in file.parent.iterdir()] == ["march.csv"]

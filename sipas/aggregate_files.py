"""Files of the aggregates: made at once where they are small, in a thread where they are large, kept for a week."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic

from flask import Flask

from sipas import aggregates, datapackages, orders, periods, places, table_files
from sipas.aggregates import Extent, Row, Step
from sipas.datapackages import About, Resource
from sipas.faults import reason
from sipas.periods import Period
from sipas.statistics import METHOD
from sipas.table_files import Made

SHAPES = (*table_files.SHAPES, "zip")
"""Kinds of table files, and a package: the table as CSV with its description."""

MOST_AT_ONCE = 150_000
MOST_AT_ONCE_IN_EXCEL = 15_000
"""Rows that are made while somebody waits: a second or two. Workbooks take ten times as long as text."""

TITLE = reason("Satisfaction with public administrative services: aggregated answers")
_ABOUT = reason(
    "How often each score was given to each question, by period, unit, service field and channel. Everybody is counted "
    "in exactly one row of each question. Cells of fewer than five responses are put together with others; what still "
    "has fewer is empty. Responses that were set aside do not count."
)
_AT_ONCE = "at-once-"

Told = Callable[[int, bool], None]


@dataclass(frozen=True, kw_only=True)
class State(orders.State):
    """How far an ordered file is. `stage`: waiting, writing, finishing, ready or failed; `total` rows at most."""

    period: str
    step: Step
    shape: str
    total: int
    done: int = 0
    sha256: str = ""

    @property
    def file_name(self) -> str:
        """What the file is called."""
        return file_name(self.period, self.step, self.shape)

    @property
    def covers(self) -> Period:
        """Its period, as one."""
        return periods.parse(self.period)

    @property
    def asked_at(self) -> datetime:
        """When it was begun."""
        return datetime.fromisoformat(self.begun_at)

    @property
    def asks(self) -> tuple[str, str, str]:
        """What it is to hold: two that ask the same need not both be made."""
        return self.period, self.step, self.shape


_shelf = orders.Shelf(State, "file", kept=timedelta(days=7))
state, file, listed = _shelf.state, _shelf.file, _shelf.listed
"""How far an order is; its file; all of them: as orders do it."""


def file_name(period: str, step: str, shape: str) -> str:
    """What a file is called, in ASCII that any system takes."""
    return f"sipas-aggregates-{period}-by-{step}.{shape}"


def is_large(rows: int, shape: str) -> bool:
    """Whether nobody should be kept waiting for a file of so many rows."""
    return rows > (MOST_AT_ONCE_IN_EXCEL if shape == "xlsx" else MOST_AT_ONCE)


@contextmanager
def at_once(folder: Path, wanted: Extent, shape: str) -> Iterator[tuple[Path, Made]]:
    """A finished file and what it is; both are gone afterwards, but for who has opened it."""
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=folder, prefix=_AT_ONCE) as own:
        path = Path(own) / file_name(str(wanted.period), wanted.step, shape)
        yield path, write(path, shape, wanted)


def write(path: Path, shape: str, wanted: Extent, told: Told = lambda *_: None) -> Made:
    """Write the aggregates to a path in a folder of its own; `told` how many rows there are, and whether all."""
    with aggregates.reading(wanted) as rows:
        counted = _counted(rows, told)
        if shape == "zip":
            return _write_package(path, wanted, counted)
        return table_files.write(path, shape, aggregates.COLUMNS, counted)


def _counted(rows: Iterator[Row], told: Told) -> Iterator[Row]:
    number, told_at = 0, monotonic()
    for row in rows:
        number += 1
        if number % 1000 == 0 and monotonic() - told_at > 1:
            told(number, False)
            told_at = monotonic()
        yield row
    told(number, True)


def _write_package(path: Path, wanted: Extent, rows: Iterator[Row]) -> Made:
    table = path.with_name("aggregates.csv")
    made = table_files.write(table, "csv", aggregates.COLUMNS, rows)
    resource = Resource(table.name, TITLE, aggregates.COLUMNS, made.bytes, made.sha256, aggregates.KEY)
    about = About(_ABOUT, METHOD, periods.now(), str(wanted.period), places.province().name_vi)
    described = datapackages.descriptor("sipas-aggregates", TITLE, about, [resource])
    datapackages.pack(path, described, [table])
    table.unlink()
    return table_files.of_file(path)


def begin(folder: Path, wanted: Extent, shape: str, by: str) -> tuple[str, bool]:
    """Note that a file is to be made: its identity, and whether it is new; what is being made is not made twice."""
    sweep(folder, periods.now())
    total = aggregates.at_most(wanted)
    noted = State(
        begun_by=by,
        begun_at=periods.now().isoformat(),
        period=str(wanted.period),
        step=wanted.step,
        shape=shape,
        total=total,
    )
    for identity, other in listed(folder):
        if other.is_under_way and other.asks == noted.asks:
            return identity, False
    return _shelf.begin(folder, noted), True


def start(app: Flask, folder: Path, identity: str) -> threading.Thread:
    """Make a file that was begun, in a thread of its own."""
    thread = threading.Thread(target=make, args=(app, folder, identity), name="aggregates", daemon=True)
    thread.start()
    return thread


def make(app: Flask, folder: Path, identity: str) -> None:
    """Make a file that was begun; of several in a process one after the other. What goes wrong stands in its state."""
    with app.app_context():
        _shelf.make(folder, identity, _made)


def _made(path: Path, state: State, tell: Callable[[State], None]) -> State:
    wanted, last = Extent(state.covers, state.step), state

    def told(number: int, is_all: bool) -> None:
        nonlocal last
        last = replace(state, done=number, stage="finishing" if is_all else "writing")
        tell(last)

    made = write(path, state.shape, wanted, told)
    return replace(last, sha256=made.sha256)


def sweep(folder: Path, now: datetime) -> None:
    """Remove what is older than a week, and what a process that died left of files made at once."""
    _shelf.sweep(folder, now)
    for left in folder.glob(f"{_AT_ONCE}*"):
        if now.timestamp() - left.stat().st_mtime > timedelta(days=1).total_seconds():
            shutil.rmtree(left, ignore_errors=True)

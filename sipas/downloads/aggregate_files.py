"""Files of the aggregates: made at once where they are small, in a thread where they are large, kept for a week."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic

from flask import Flask

from sipas.catalogue import lookups
from sipas.core import background_files
from sipas.core.errors import Reason, reason
from sipas.files import data_packages, long_tables
from sipas.files.data_packages import About, Resource
from sipas.files.long_tables import Made
from sipas.files.tables import Cell, Column
from sipas.numbers import periods
from sipas.numbers.periods import Period
from sipas.numbers.shares import METHOD
from sipas.reporting import aggregates
from sipas.reporting.aggregates import Extent, Row, Step

SHAPES = (*long_tables.SHAPES, "zip")
"""Kinds of table files, and a package: the table as CSV with its description."""

MOST_AT_ONCE = 150_000
"""Rows that are made while somebody waits: some seconds of a processor."""

TITLE = reason("Satisfaction with public administrative services: aggregated answers")
_ABOUT = reason(
    "How often each score was given to each question, by period, unit, service field and channel. Everybody is counted "
    "in exactly one row of each question. Cells of fewer than five responses are put together with others; what still "
    "has fewer is empty. Responses that were set aside do not count."
)
_AT_ONCE = "at-once-"

Told = Callable[[int, bool], None]


@dataclass(frozen=True, kw_only=True)
class AggregateState(background_files.FileState):
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
        return file_name(self.covers, self.step, self.shape)

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


_shelf = background_files.FileStore(AggregateState, "file", kept=timedelta(days=7))
state, file, listed = _shelf.state, _shelf.file, _shelf.listed
"""How far an order is; its file; all of them: as orders do it."""


def file_name(period: Period, step: str, shape: str) -> str:
    """What a file is called: a period that has no name of its own by its first and last month."""
    name = str(period)
    if ".." in name:
        name = f"{period.start:%Y-%m}-to-{period.last_day:%Y-%m}"
    return f"sipas-aggregates-{name}-by-{step}.{shape}"


def is_large(rows: int) -> bool:
    """Whether nobody should be kept waiting for a file of so many rows."""
    return rows > MOST_AT_ONCE


@contextmanager
def at_once(folder: Path, wanted: Extent, shape: str) -> Iterator[tuple[Path, Made]]:
    """A finished file and what it is; both are gone afterwards, but for who has opened it."""
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=folder, prefix=_AT_ONCE) as own:
        path = Path(own) / file_name(wanted.period, wanted.step, shape)
        yield path, write(path, shape, wanted)


def write(path: Path, shape: str, wanted: Extent, told: Told = lambda *_: None) -> Made:
    """Write the aggregates to a path in a folder of its own; `told` how many rows there are, and whether all."""
    with aggregates.reading(wanted) as rows:
        counted = _counted(rows, told)
        if shape == "zip":
            return _write_package(path, wanted, counted)
        return long_tables.write(path, shape, aggregates.COLUMNS, counted)


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
    listed: list[tuple[str, Reason, tuple[Column, ...], Iterable[Sequence[Cell]], tuple[str, ...]]] = [
        ("aggregates", TITLE, aggregates.COLUMNS, rows, aggregates.KEY),
        ("units", reason("Units of the table"), aggregates.UNITS, aggregates.unit_rows(), ("unit_code",)),
        ("fields", reason("Service fields"), aggregates.FIELDS, aggregates.field_rows(), ("field_code",)),
    ]
    resources = []
    for name, title, columns, cells, key in listed:
        made = long_tables.write(path.with_name(f"{name}.csv"), "csv", columns, cells)
        refers = aggregates.REFERS if name == "aggregates" else ()
        resources.append(Resource(f"{name}.csv", title, columns, made.bytes, made.sha256, key, refers))
    about = About(_ABOUT, METHOD, periods.now(), str(wanted.period), lookups.province().name_vi)
    described = data_packages.descriptor("sipas-aggregates", TITLE, about, resources)
    files = [path.with_name(one.path) for one in resources]
    data_packages.pack(path, described, files)
    for file in files:
        file.unlink()
    return long_tables.of_file(path)


def begin(folder: Path, wanted: Extent, shape: str, by: str) -> tuple[str, bool]:
    """Note that a file is to be made: its identity, and whether it is new; what is being made is not made twice."""
    sweep(folder, periods.now())
    total = aggregates.at_most(wanted)
    noted = AggregateState(
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


def _made(path: Path, state: AggregateState, tell: Callable[[AggregateState], None]) -> AggregateState:
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

"""Scans: how often each touchpoint's survey was opened, counted in memory and written down now and then.

A citizen who opens a survey must not wait for the database, so each process counts for itself and adds what it
counted every half minute, before staff read it, and when it stops. Of whoever scanned nothing is kept.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from flask import Flask
from sqlalchemy import ForeignKey, case, func, select
from sqlalchemy.orm import Mapped, mapped_column

from sipas.core.db import Model, db, insert, is_down, writing

FLUSH_SECONDS = 30.0
"""How long a scan stays in memory alone; a process that is killed forgets no more than this."""

STOP_SECONDS = 3.0
"""How long a server that stops waits for its last scans to be written: it must be gone within five."""


class Scan(Model):
    """How often a touchpoint's survey was opened on a day; of whom nothing is known."""

    __tablename__ = "scan"

    touchpoint_id: Mapped[int] = mapped_column(ForeignKey("touchpoint.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    scans: Mapped[int]


class Waiting:
    """What one process counted and has not written down yet."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[int, date]] = Counter()
        self._lock = threading.Lock()
        self._writing = threading.Lock()

    def count(self, touchpoint_id: int, day: date) -> None:
        """Count one scan; touches memory only."""
        with self._lock:
            self._counts[touchpoint_id, day] += 1

    def write_down(self) -> int:
        """Add what was counted to the table in one transaction, and say how many scans.

        What cannot be written is kept and tried again with the next. Raises db.Unwritable.
        """
        with self._writing:
            with self._lock:
                counts, self._counts = self._counts, Counter()
            try:
                _add(counts)
            except BaseException:
                with self._lock:
                    self._counts.update(counts)
                raise
        return counts.total()


def waiting(app: Flask) -> Waiting:
    """The scans that this process counted for an application."""
    kept: Waiting = app.extensions.get("sipas_scans") or app.extensions.setdefault("sipas_scans", Waiting())
    return kept


def write_down(app: Flask) -> None:
    """Write down what was counted, within an application context; a database that is away is no fault here."""
    try:
        waiting(app).write_down()
    except Exception as error:
        db.session.rollback()
        if not is_down(error):
            raise
        app.logger.warning("scans wait for the database: %s", error)


class Flushing:
    """A thread that writes down what an application counted, until it is stopped."""

    def __init__(self, app: Flask, seconds: float = FLUSH_SECONDS) -> None:
        self._app, self._seconds = app, seconds
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="scans", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Write down what is left, and end; a database that does not answer is waited for STOP_SECONDS at most."""
        self._stopped.set()
        last = threading.Thread(target=self._write_down, name="last scans", daemon=True)
        last.start()
        last.join(STOP_SECONDS)

    def _run(self) -> None:
        while not self._stopped.wait(self._seconds):
            self._write_down()

    def _write_down(self) -> None:
        try:
            with self._app.app_context():
                write_down(self._app)
        except Exception:
            self._app.logger.exception("scans could not be written down")


def _add(counts: Mapping[tuple[int, date], int]) -> None:
    """In the order of their keys, so that two processes never wait for each other."""
    if not counts:
        return
    table = Scan.metadata.tables[Scan.__tablename__]
    statement = insert(table)
    adding = statement.on_conflict_do_update(
        index_elements=list(table.primary_key), set_={"scans": table.c.scans + statement.excluded.scans}
    )
    rows = [{"touchpoint_id": one, "day": day, "scans": number} for (one, day), number in sorted(counts.items())]
    with writing() as session:
        session.execute(adding, rows)


@dataclass(frozen=True)
class Scanned:
    """How often a touchpoint was scanned: ever, since some day, and the last day it was."""

    ever: int = 0
    recently: int = 0
    last: date | None = None


NEVER = Scanned()


def scanned(touchpoint_ids: Collection[int], since: date) -> Mapping[int, Scanned]:
    """How often touchpoints were scanned, `recently` from a day on; those never scanned are absent."""
    recent = func.sum(case((Scan.day >= since, Scan.scans), else_=0))
    found = db.session.execute(
        select(Scan.touchpoint_id, func.sum(Scan.scans), recent, func.max(Scan.day))
        .where(Scan.touchpoint_id.in_(touchpoint_ids))
        .group_by(Scan.touchpoint_id)
    )
    return MappingProxyType({row[0]: Scanned(int(row[1]), int(row[2]), row[3]) for row in found})


def by_day(touchpoint_id: int, since: date) -> Mapping[date, int]:
    """The scans of one touchpoint by day, from a day on; days without are absent."""
    found = db.session.execute(
        select(Scan.day, Scan.scans).where(Scan.touchpoint_id == touchpoint_id, Scan.day >= since)
    )
    return MappingProxyType({day: int(number) for day, number in found})

"""Dossier counts: what the one-stop software says was received, finished and on time, by unit, field and month."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, func, select
from sqlalchemy.orm import Mapped, mapped_column

from sipas import db as database
from sipas.db import Model, db, writing
from sipas.periods import Period


class DossierCount(Model):
    """Dossiers of one unit, field and month."""

    __tablename__ = "dossier_count"
    __table_args__ = (
        CheckConstraint("received >= 0 AND finished >= 0 AND on_time >= 0", name="not_negative"),
        CheckConstraint("on_time <= finished", name="on_time_are_finished"),
        {"sqlite_with_rowid": False},
    )

    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), primary_key=True)
    month: Mapped[date] = mapped_column(primary_key=True)
    field_id: Mapped[int] = mapped_column(ForeignKey("service_field.id"), primary_key=True)
    received: Mapped[int]
    finished: Mapped[int]
    on_time: Mapped[int]


@dataclass(frozen=True)
class Dossiers:
    """Counts of dossiers, pooled over units and months."""

    received: int = 0
    finished: int = 0
    on_time: int = 0

    def __add__(self, other: Dossiers) -> Dossiers:
        """Both pooled."""
        return Dossiers(
            self.received + other.received,
            self.finished + other.finished,
            self.on_time + other.on_time,
        )


def load(rows: Iterable[Mapping[str, Any]]) -> tuple[int, int, int]:
    """Keep dossier counts (unit_id, month, field_id, received, finished, on_time), replacing those kept before.

    One transaction; returns how many were added, were changed, and were the same before.
    """
    listed = list(rows)
    added = changed = 0
    if listed:
        with writing() as session:
            table = DossierCount.metadata.tables[DossierCount.__tablename__]
            columns = (table.c[name] for name in (*_CELL, *_COUNTS))
            before = {tuple(row[:3]): tuple(row[3:]) for row in session.execute(select(*columns))}
            for row in listed:
                kept = before.get(tuple(row[name] for name in _CELL))
                added += kept is None
                changed += kept is not None and kept != tuple(row[name] for name in _COUNTS)
            statement = database.insert(table)
            renewed = {name: statement.excluded[name] for name in _COUNTS}
            session.execute(
                statement.on_conflict_do_update(index_elements=list(table.primary_key), set_=renewed), listed
            )
    return added, changed, len(listed) - added - changed


_CELL = ("unit_id", "month", "field_id")
_COUNTS = ("received", "finished", "on_time")


def by_field(unit_ids: Collection[int], period: Period) -> dict[int, Dossiers]:
    """Dossiers of some units in the months that begin in a period, by field id."""
    count = DossierCount
    sums = (func.sum(count.received), func.sum(count.finished), func.sum(count.on_time))
    rows = db.session.execute(select(count.field_id, *sums).where(*_of(unit_ids, period)).group_by(count.field_id))
    return {field_id: Dossiers(*map(int, counts)) for field_id, *counts in rows}


def months_loaded(unit_ids: Collection[int], period: Period) -> dict[int, int]:
    """In how many months that begin in a period each of some units has counts, by unit id."""
    count = DossierCount
    months = func.count(count.month.distinct())
    rows = db.session.execute(select(count.unit_id, months).where(*_of(unit_ids, period)).group_by(count.unit_id))
    return dict(rows.all())


def _of(unit_ids: Collection[int], period: Period) -> tuple[ColumnElement[bool], ...]:
    count = DossierCount
    return count.unit_id.in_(unit_ids), count.month >= period.start, count.month < period.end

"""Dossier counts: what the one-stop software says was received, finished and on time, by unit, field and month."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any, NamedTuple

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, delete, func, select
from sqlalchemy.orm import Mapped, mapped_column

from sipas.catalogue import lookups
from sipas.catalogue.models import Unit
from sipas.core import audit, edit_conflicts
from sipas.core import db as database
from sipas.core.db import Model, db, writing
from sipas.core.edit_conflicts import ChangedMeanwhile
from sipas.core.languages import sort_key
from sipas.numbers.periods import Period, month_of


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


class DossierCell(NamedTuple):
    """What a count is of."""

    unit_id: int
    month: date
    field_id: int


COUNTS = ("received", "finished", "on_time")


_TABLE = DossierCount.metadata.tables[DossierCount.__tablename__]


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

    @property
    def on_time_rate(self) -> Fraction | None:
        """Those on time out of those finished; None while none is."""
        return Fraction(self.on_time, self.finished) if self.finished else None

    def __str__(self) -> str:
        """The three counts, as the audit writes them."""
        return f"{self.received} / {self.finished} / {self.on_time}"


Wanted = Mapping[DossierCell, Dossiers | None]
"""What counts shall be; None: there shall be none."""


@dataclass(frozen=True)
class Comparison:
    """What keeping counts would do to those that are there: (before, after) of every cell that becomes another."""

    added: Mapping[DossierCell, Dossiers]
    changed: Mapping[DossierCell, tuple[Dossiers, Dossiers]]
    removed: Mapping[DossierCell, Dossiers]
    same: int

    @property
    def is_change(self) -> bool:
        """Whether it would do anything."""
        return bool(self.added or self.changed or self.removed)

    @property
    def as_seen(self) -> dict[str, object]:
        """What somebody has seen who was shown it; forms carry its fingerprint."""
        parts = (self.added, self.changed, self.removed)
        return {str(place): [(*cell, counts) for cell, counts in part.items()] for place, part in enumerate(parts)}


def compare(wanted: Wanted) -> Comparison:
    """What keeping these counts would add, change and take away."""
    before = _kept(wanted)
    added = {cell: now for cell, now in wanted.items() if now and cell not in before}
    changed = {
        cell: (before[cell], now) for cell, now in wanted.items() if now and cell in before and before[cell] != now
    }
    removed = {cell: before[cell] for cell, now in wanted.items() if now is None and cell in before}
    return Comparison(added, changed, removed, len(wanted) - len(added) - len(changed) - len(removed))


def _kept(cells: Collection[DossierCell]) -> dict[DossierCell, Dossiers]:
    """The counts that are kept for some cells."""
    if not cells:
        return {}
    count, months = DossierCount, [cell.month for cell in cells]
    columns = (count.unit_id, count.month, count.field_id, count.received, count.finished, count.on_time)
    wanted = select(*columns).where(count.unit_id.in_({cell.unit_id for cell in cells}))
    rows = db.session.execute(wanted.where(count.month.between(min(months), max(months))))
    found = {DossierCell(*row[:3]): Dossiers(*row[3:]) for row in rows}
    return {cell: found[cell] for cell in cells if cell in found}


def keep(wanted: Wanted, act: str, source: str, seen: str | None = None) -> Comparison:
    """Keep counts in place of those kept before, as one transaction that notes an act for every unit.

    `seen` is the fingerprint of the comparison that somebody agreed to; where it would be another one by now,
    nothing is kept and ChangedMeanwhile raised. What is kept already may be sent again.
    """
    with writing() as session:
        database.keep_writers_out(session, _TABLE)  # what is compared stays until it is kept
        found = compare(wanted)
        if seen is not None and found.is_change and seen != edit_conflicts.fingerprint(found.as_seen):
            raise ChangedMeanwhile({})
        _store(found)
        _note(found, wanted, act, source)
    return found


def _store(found: Comparison) -> None:
    table = _TABLE
    new = {**found.added, **{cell: now for cell, (_, now) in found.changed.items()}}
    if new:
        statement = database.insert(table)
        renewed = {name: statement.excluded[name] for name in COUNTS}
        rows = [{**cell._asdict(), **vars(counts)} for cell, counts in new.items()]
        db.session.execute(statement.on_conflict_do_update(index_elements=list(table.primary_key), set_=renewed), rows)
    for cell in found.removed:
        db.session.execute(delete(table).where(*(table.c[name] == value for name, value in cell._asdict().items())))


def _note(found: Comparison, wanted: Wanted, act: str, source: str) -> None:
    """Note what became of each unit's counts; those that were there before stand in the entry."""
    codes = {field.id: field.code for field in lookups.fields()}
    numbers = Counter(cell.unit_id for cell in wanted)
    added = Counter(cell.unit_id for cell in found.added)
    removed = Counter(cell.unit_id for cell in found.removed)
    changed = Counter(cell.unit_id for cell in found.changed)
    before: dict[int, dict[str, object]] = {unit_id: {} for unit_id in numbers}
    after: dict[int, dict[str, object]] = {
        one: {"added": added[one], "changed": changed[one], "removed": removed[one],
              "unchanged": numbers[one] - added[one] - changed[one] - removed[one]}
        for one in numbers
    }  # fmt: skip
    for cell, (was, now) in found.changed.items():
        name = f"{codes[cell.field_id]} {cell.month:%Y-%m}"
        before[cell.unit_id][name], after[cell.unit_id][name] = str(was), str(now)
    for cell, was in found.removed.items():
        before[cell.unit_id][f"{codes[cell.field_id]} {cell.month:%Y-%m}"] = str(was)
    for unit_id in sorted(numbers):
        audit.note(act, source or "-", unit_id, before[unit_id], after[unit_id])


def load(rows: Iterable[Mapping[str, Any]], source: str = "-") -> Comparison:
    """Keep dossier counts (unit_id, month, field_id, received, finished, on_time), replacing those kept before."""
    wanted = {
        DossierCell(*(row[name] for name in DossierCell._fields)): Dossiers(*(row[name] for name in COUNTS))
        for row in rows
    }
    return keep(wanted, "dossiers.imported", source)


class Emptied(Exception):
    """Counts that are kept would be gone, and a rate the better for it; the argument is the ids of their fields."""


def type_in(
    unit_id: int, month: date, typed: Mapping[int, Dossiers | None], seen: str, may_empty: bool = False
) -> Comparison:
    """Keep the counts of one unit and month, by field id, as somebody typed them who saw those with this fingerprint.

    Raises ChangedMeanwhile with what is kept by now, and Emptied unless whoever types may take counts away.
    """
    with writing() as session:
        database.keep_writers_out(session, _TABLE)
        now = as_seen(unit_id, month)
        wanted = {DossierCell(unit_id, month, field_id): counts for field_id, counts in typed.items()}
        found = compare(wanted)
        if found.is_change and seen != edit_conflicts.fingerprint(now):
            raise ChangedMeanwhile(now)
        if found.removed and not may_empty:
            raise Emptied([cell.field_id for cell in found.removed])
        _store(found)
        if found.is_change:
            _note(found, wanted, "dossiers.typed", f"{month:%Y-%m}")
    return found


def as_seen(unit_id: int, month: date) -> dict[str, str | None]:
    """What a form shows of one unit and month: each count of each field, by `received-CODE` and so on."""
    kept = of_month(unit_id, month)
    counts = {field.code: vars(kept[field.id]) if field.id in kept else {} for field in lookups.fields()}
    return {f"{name}-{code}": str(known[name]) if known else None for code, known in counts.items() for name in COUNTS}


def of_month(unit_id: int, month: date) -> dict[int, Dossiers]:
    """What is kept of one unit alone in one month, by field id."""
    rows = db.session.scalars(select(DossierCount).where(*_of([unit_id], month_of(month))))
    return {row.field_id: Dossiers(row.received, row.finished, row.on_time) for row in rows}


def by_field(unit_ids: Collection[int], period: Period) -> dict[int, Dossiers]:
    """Dossiers of some units in the months that begin in a period, by field id."""
    count = DossierCount
    rows = db.session.execute(select(count.field_id, *_SUMS).where(*_of(unit_ids, period)).group_by(count.field_id))
    return {field_id: Dossiers(*map(int, counts)) for field_id, *counts in rows}


def by_month(unit_ids: Collection[int], period: Period) -> dict[tuple[int, date, int], Dossiers]:
    """The same apart by (unit id, month, field id)."""
    count = DossierCount
    columns = (count.unit_id, count.month, count.field_id, count.received, count.finished, count.on_time)
    rows = db.session.execute(select(*columns).where(*_of(unit_ids, period)))
    return {(unit_id, month, field_id): Dossiers(*counts) for unit_id, month, field_id, *counts in rows}


_SUMS = (func.sum(DossierCount.received), func.sum(DossierCount.finished), func.sum(DossierCount.on_time))


@dataclass(frozen=True)
class Gap:
    """A unit without counts in some months."""

    unit: Unit
    months: tuple[date, ...]


def missing(unit: Unit, period: Period) -> list[Gap]:
    """The units below one (or itself) whose counts of months begun in a period are not all there.

    Every unit where touchpoints hang needs counts for every month in which it was open, its own or those of a
    unit above it within the one asked about: a reception point's dossiers are its centre's.
    """
    chains = _chains(unit)
    loaded = _months_loaded({one.id for chain in chains for one in chain}, period)
    gaps: dict[Unit, set[date]] = {}
    for chain in chains:
        known = set().union(*(loaded.get(one.id, ()) for one in chain))
        if lacking := {month for month in period.months() if was_open(chain[0], month)} - known:
            gaps.setdefault(_holder(chain), set()).update(lacking)
    listed = sorted(gaps, key=lambda one: sort_key(one.name_vi))
    return [Gap(one, tuple(sorted(gaps[one]))) for one in listed]


def holders(unit: Unit) -> list[Unit]:
    """The units below one (or itself) whose counts are expected; the unit itself where nothing hangs."""
    return list(dict.fromkeys(map(_holder, _chains(unit)))) or [unit]


def _chains(unit: Unit) -> list[list[Unit]]:
    """For each unit where touchpoints hang: itself and those above it up to the one asked about."""
    units = {one.id: one for one in lookups.units_in(lookups.subtree(unit.id))}
    serving = lookups.serving(units)
    found = []
    for one in units.values():
        if one.id in serving:
            chain = [one]
            while above := units.get(chain[-1].parent_id or 0):
                chain.append(above)
            found.append(chain)
    return found


def _holder(chain: list[Unit]) -> Unit:
    """Who of a unit and those above it has its dossiers: its centre, if there is one."""
    return next((one for one in chain if one.level == "centre"), chain[0])


def was_open(unit: Unit, month: date) -> bool:
    """Whether a unit was open on any day of a month, as far as its days are known."""
    begun = unit.opened_on is None or unit.opened_on < month_of(month).end
    return begun and (unit.closed_on is None or unit.closed_on > month)


def _months_loaded(unit_ids: Collection[int], period: Period) -> dict[int, set[date]]:
    """The months that begin in a period for which each of some units has counts, by unit id."""
    count = DossierCount
    found: dict[int, set[date]] = {}
    rows = db.session.execute(select(count.unit_id, count.month).where(*_of(unit_ids, period)).distinct())
    for unit_id, month in rows:
        found.setdefault(unit_id, set()).add(month)
    return found


def _of(unit_ids: Collection[int], period: Period) -> tuple[ColumnElement[bool], ...]:
    count = DossierCount
    return count.unit_id.in_(unit_ids), count.month >= period.start, count.month < period.end

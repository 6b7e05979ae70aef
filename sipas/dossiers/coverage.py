"""What is loaded of dossier counts and what is missing: months beside units, or beside fields."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from sipas.catalogue import lookups
from sipas.catalogue.models import OTHER_FIELD, ServiceField, Unit
from sipas.dossiers import dossier_counts
from sipas.dossiers.dossier_counts import Dossiers, was_open
from sipas.numbers import periods
from sipas.numbers.periods import Period
from sipas.responses import tally_reads
from sipas.responses.tally_reads import TallyRequest

MOST_MONTHS = 24

State = Literal["loaded", "missing", "partly", "none", "closed"]
"""Of a cell: counts are there; they are needed and not there; they are there for some units alone; there are none,
nor need there be; the unit was not open."""


@dataclass(frozen=True)
class Spot:
    """One month of a row: its counts, and how complete they are."""

    month: date
    state: State
    dossiers: Dossiers | None = None


@dataclass(frozen=True)
class CoverageRow:
    """A unit or a field with its months."""

    thing: Unit | ServiceField
    spots: tuple[Spot, ...]

    @property
    def lacks(self) -> int:
        """In how many months something is missing."""
        return sum(one.state in ("missing", "partly") for one in self.spots)


@dataclass(frozen=True)
class Grid:
    """Rows of one kind, and all of them together."""

    months: tuple[date, ...]
    rows: tuple[CoverageRow, ...]
    total: CoverageRow

    @property
    def lacks(self) -> int:
        """How many months of rows lack something."""
        return sum(row.lacks for row in self.rows)


@dataclass(frozen=True)
class _Read:
    """What is kept of some units in some months: pooled over fields, pooled over units, and by unit what lacks."""

    by_unit: Mapping[tuple[int, date], Dossiers]
    by_field: Mapping[tuple[int, date], Dossiers]
    lacking: Mapping[int, Collection[date]]


def recent(last_day: date) -> Period:
    """The twelve months up to that of a day."""
    month = periods.month_of(last_day)
    return Period(periods.add_months(month.start, -11), month.end)


def months_of(period: Period, last_day: date) -> tuple[date, ...]:
    """The months that a grid of a period shows: those that have begun, the last MOST_MONTHS of them."""
    return tuple(month for month in period.months() if month <= last_day)[-MOST_MONTHS:]


def by_unit(unit: Unit, months: tuple[date, ...]) -> Grid:
    """The units right below one, each with all that is below it, and the unit itself where it serves."""
    units = {one.id: one for one in lookups.units_in(lookups.subtree(unit.id))}
    read = _read(unit, months, units)
    branches = _branches(unit, units)
    if unit.id not in lookups.serving([unit.id]):
        branches.pop(unit.id, None)
    rows = [
        CoverageRow(one, tuple(_spot_of_unit(one, month, branches[one.id], read) for month in months))
        for one in units.values()
        if one.id in branches
    ]
    return Grid(months, tuple(rows), _total(unit, units, months, read))


def by_field(unit: Unit, months: tuple[date, ...], last_day: date) -> Grid:
    """The fields of a unit with all below it; a field is missing where people answered for it up to a day."""
    units = lookups.subtree(unit.id)
    read = _read(unit, months, units)
    closed = [(month, periods.month_of(month).until(last_day)) for month in months]
    answered = {(field_id, month) for month, period in closed for field_id in _answered(unit.id, period)}
    rows = []
    for field in lookups.fields():
        spots = tuple(_spot_of_field((field.id, month), read, answered) for month in months)
        is_known = any(one.dossiers for one in spots)
        if field.code != OTHER_FIELD and (is_known or field.closed_on is None):
            rows.append(CoverageRow(field, spots))
    return Grid(months, tuple(rows), _total(unit, units, months, read))


def _answered(unit_id: int, period: Period) -> list[int]:
    """The fields that people answered for, set aside or not."""
    return list(tally_reads.by_field(TallyRequest(unit_id, period), with_factors=False)) if period.days else []


def _branches(root: Unit, units: Mapping[int, Unit]) -> dict[int, list[int]]:
    """By the root, which stands for itself alone, and each unit right below it: all that belong to it."""
    found: dict[int, list[int]] = {root.id: [root.id]}
    for one in units.values():
        here = one
        while here.id != root.id and here.parent_id != root.id and here.parent_id is not None:
            here = units[here.parent_id]
        if here.id != root.id:
            found.setdefault(here.id, []).append(one.id)
    return found


def _read(unit: Unit, months: tuple[date, ...], unit_ids: Collection[int]) -> _Read:
    if not months:
        return _Read({}, {}, {})
    period = Period(months[0], periods.month_of(months[-1]).end)
    of_units: defaultdict[tuple[int, date], Dossiers] = defaultdict(Dossiers)
    of_fields: defaultdict[tuple[int, date], Dossiers] = defaultdict(Dossiers)
    for (unit_id, month, field_id), counts in dossier_counts.by_month(unit_ids, period).items():
        of_units[unit_id, month] += counts
        of_fields[field_id, month] += counts
    lacking = {gap.unit.id: gap.months for gap in dossier_counts.missing(unit, period)}
    return _Read(dict(of_units), dict(of_fields), lacking)


def _spot_of_unit(unit: Unit, month: date, branch: Iterable[int], read: _Read) -> Spot:
    found = [read.by_unit[one, month] for one in branch if (one, month) in read.by_unit]
    lacks = any(month in read.lacking.get(one, ()) for one in branch)
    if found:
        return Spot(month, "partly" if lacks else "loaded", sum(found, Dossiers()))
    if lacks:
        return Spot(month, "missing")
    return Spot(month, "none" if was_open(unit, month) else "closed")


def _spot_of_field(place: tuple[int, date], read: _Read, answered: Collection[tuple[int, date]]) -> Spot:
    if found := read.by_field.get(place):
        return Spot(place[1], "loaded", found)
    return Spot(place[1], "missing" if place in answered else "none")


def _total(unit: Unit, unit_ids: Collection[int], months: tuple[date, ...], read: _Read) -> CoverageRow:
    return CoverageRow(unit, tuple(_spot_of_unit(unit, month, unit_ids, read) for month in months))

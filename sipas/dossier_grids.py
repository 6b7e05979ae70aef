"""What is loaded of dossier counts and what is missing: months beside units, or beside fields."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from sipas import dossiers, periods, places, tallied
from sipas.dossiers import Dossiers, was_open
from sipas.periods import Period
from sipas.places import OTHER_FIELD, ServiceField, Unit
from sipas.tallied import Wanted

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
class Row:
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
    rows: tuple[Row, ...]
    total: Row

    @property
    def lacks(self) -> int:
        """How many months of rows lack something."""
        return sum(row.lacks for row in self.rows)


Counted = Mapping[tuple[int, date, int], Dossiers]


def recent(last_day: date) -> Period:
    """The twelve months up to that of a day."""
    month = periods.month_of(last_day)
    return Period(periods.add_months(month.start, -11), month.end)


def months_of(period: Period, last_day: date) -> tuple[date, ...]:
    """The months that a grid of a period shows: those that have begun, the last MOST_MONTHS of them."""
    return tuple(month for month in period.months() if month <= last_day)[-MOST_MONTHS:]


def by_unit(unit: Unit, months: tuple[date, ...]) -> Grid:
    """The units right below one, each with all that is below it, and the unit itself where it serves."""
    units = {one.id: one for one in places.units_in(places.subtree(unit.id))}
    counted, lacking = _read(unit, months, units)
    serving = places.serving(units)
    rows = []
    for one in units.values():
        if one.parent_id == unit.id or (one.id == unit.id and serving & {unit.id}):
            below = {unit.id} if one.id == unit.id else set(places.subtree(one.id))
            rows.append(Row(one, tuple(_spot_of_unit(one, month, below, counted, lacking) for month in months)))
    return Grid(months, tuple(rows), _total(unit, units, months, counted, lacking))


def by_field(unit: Unit, months: tuple[date, ...], last_day: date) -> Grid:
    """The fields of a unit with all below it; a field is missing where people answered for it up to a day."""
    units = {one.id: one for one in places.units_in(places.subtree(unit.id))}
    counted, lacking = _read(unit, months, units)
    closed = [(month, periods.month_of(month).until(last_day)) for month in months]
    answered = {(month, field_id) for month, period in closed for field_id in _answered(unit.id, period)}
    rows = []
    for field in places.fields():
        spots = tuple(_spot_of_field(field, month, counted, (month, field.id) in answered) for month in months)
        is_known = any(one.dossiers for one in spots)
        if field.code != OTHER_FIELD and (is_known or field.closed_on is None):
            rows.append(Row(field, spots))
    return Grid(months, tuple(rows), _total(unit, units, months, counted, lacking))


def _answered(unit_id: int, period: Period) -> list[int]:
    """The fields that people answered for, set aside or not."""
    return list(tallied.by_field(Wanted(unit_id, period), with_factors=False)) if period.days else []


def _read(
    unit: Unit, months: tuple[date, ...], unit_ids: Collection[int]
) -> tuple[Counted, Mapping[int, Collection[date]]]:
    """The counts of some units in some months, and by unit the months that it lacks."""
    if not months:
        return {}, {}
    period = Period(months[0], periods.month_of(months[-1]).end)
    lacking = {gap.unit.id: gap.months for gap in dossiers.missing(unit, period)}
    return dossiers.by_month(unit_ids, period), lacking


def _pooled(counted: Counted, month: date, unit_ids: Collection[int]) -> Dossiers | None:
    found = [one for (unit_id, of, _), one in counted.items() if of == month and unit_id in unit_ids]
    return sum(found, Dossiers()) if found else None


def _spot_of_unit(
    unit: Unit, month: date, below: Collection[int], counted: Counted, lacking: Mapping[int, Collection[date]]
) -> Spot:
    found = _pooled(counted, month, below)
    lacks = any(month in lacking.get(one, ()) for one in below)
    if found:
        return Spot(month, "partly" if lacks else "loaded", found)
    if lacks:
        return Spot(month, "missing")
    return Spot(month, "none" if was_open(unit, month) else "closed")


def _spot_of_field(field: ServiceField, month: date, counted: Counted, is_answered: bool) -> Spot:
    found = [one for (_, of, field_id), one in counted.items() if of == month and field_id == field.id]
    if found:
        return Spot(month, "loaded", sum(found, Dossiers()))
    return Spot(month, "missing" if is_answered else "none")


def _total(
    unit: Unit,
    units: Collection[int],
    months: tuple[date, ...],
    counted: Counted,
    lacking: Mapping[int, Collection[date]],
) -> Row:
    return Row(unit, tuple(_spot_of_unit(unit, month, units, counted, lacking) for month in months))

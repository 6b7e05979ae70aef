"""The picture of the province: all its units by factor and by month, and which of them need help since when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import reduce
from operator import add

from sqlalchemy import or_, select

from sipas.catalogue import lookups
from sipas.catalogue.models import ServiceField, Unit
from sipas.core.db import db
from sipas.core.languages import plain, sort_key
from sipas.numbers import changes
from sipas.numbers.falls import Counts
from sipas.numbers.periods import Period
from sipas.numbers.shares import Share, Tally, is_too_few, proportion
from sipas.reporting.report_lines import factors, satisfaction
from sipas.reporting.unit_outlook import Fall, Low, Month, Outlook, Span, by_need, dated, span
from sipas.responses import tally_reads, tally_reads_by_unit

RANKED = "centre"
"""The level of the units that stand beside each other."""

MOST_SHOWN = 120
"""More units than anybody takes in at a glance: of more, those that need help most are shown."""

ByMonth = Mapping[date, Counts]
"""Responses and how many of them were satisfied, by the month's first day."""


@dataclass(frozen=True)
class ProvincePicture:
    """The units of the province, those that need help first: `outlooks` are those shown of so many (`of`).

    Figures are of all responses, or of those about one service field. `total` is the whole province.
    """

    province: Unit
    span: Span
    field: ServiceField | None
    total: Outlook
    outlooks: tuple[Outlook, ...]
    of: int

    @property
    def fallen(self) -> list[Outlook]:
        """Units that fell, or of which a field fell."""
        return [one for one in self.outlooks if one.has_fallen or one.fields]

    @property
    def low(self) -> list[Outlook]:
        """Units that did not fall and lie below all others together."""
        return [one for one in self.outlooks if one.is_low and not (one.has_fallen or one.fields)]


@dataclass(frozen=True)
class Close:
    """One unit from near: the unit itself, and its service fields, those that fell first.

    `province` is the province's figure of each field, by field id, and of everything under None.
    """

    span: Span
    whole: Outlook
    fields: tuple[Outlook, ...]
    province: Mapping[int | None, Share | None]


def picture(asked: Period, last_day: date, field: ServiceField | None = None, name: str = "") -> ProvincePicture:
    """The picture of a period: of all responses or those about one field; of units with `name` in their names.

    How many readings it takes does not depend on how many units there are. Raises NotFound without a province.
    """
    days, province = span(asked, last_day), lookups.province()
    units, field_id = _units(days.period), field.id if field else None
    ids = [province.id, *(unit.id for unit in units)]
    counted = _counted(ids, days, field_id)
    total, *found = counted.outlooks([province, *units])
    low = counted.low(ids)
    sought = [replace(one, is_low=one.unit.id in low) for one in dated(found) if _is_called(one.unit, name)]
    total, *shown = _with_factors([total, *by_need(sought)[:MOST_SHOWN]], days, field_id)
    if not field:
        shown = _with_fields(shown, days, province)
    return ProvincePicture(province, days, field, total, by_need(shown), len(sought))


def close(unit: Unit, asked: Period, last_day: date) -> Close:
    """One unit and its service fields by month.

    The unit is tested among all units, so that the picture says the same of it; its fields among each other.
    """
    days, province = span(asked, last_day), lookups.province()
    whole = _counted([unit.id], days, None).outlooks([unit])
    counted = tally_reads.by_unit([unit.id, province.id], days.period)
    months, own = _fields_by_month([unit.id], days).get(unit.id, {}), counted.get(unit.id, {})
    fields = [
        _of_field(unit, field, own.get(field.id, Tally()), months.get(field.id) or _of(days, {}))
        for field in lookups.fields()
        if field.id in own or field.id in months
    ]
    told = dated(whole, len(_units(days.period)))[0]
    return Close(days, told, by_need(dated(fields)), _figures(counted.get(province.id, {})))


def _of_field(unit: Unit, field: ServiceField, tally: Tally, months: tuple[Month, ...]) -> Outlook:
    return Outlook(unit, tally.responses, satisfaction(tally), months, field)


def _figures(counted: Mapping[int, Tally]) -> dict[int | None, Share | None]:
    everything = reduce(add, counted.values(), Tally())
    return {None: satisfaction(everything), **{number: satisfaction(tally) for number, tally in counted.items()}}


def _units(period: Period) -> list[Unit]:
    """The ranked units that were open in a period, in alphabetical order."""
    listed = select(Unit).where(Unit.level == RANKED, or_(Unit.closed_on.is_(None), Unit.closed_on > period.start))
    return sorted(db.session.scalars(listed), key=lambda unit: sort_key(unit.name_vi))


def _is_called(unit: Unit, name: str) -> bool:
    return plain(name.strip()) in plain(f"{unit.name_vi} {unit.name_en or ''}")


@dataclass(frozen=True)
class _Counted:
    """What was counted of units by month, in the period, in its latest part and in the part before, by unit id."""

    months: Mapping[int, tuple[Month, ...]]
    now: Mapping[int, Counts]
    recent: Mapping[int, Counts]
    before: Mapping[int, Counts]

    def outlooks(self, units: Sequence[Unit]) -> list[Outlook]:
        """Their figures with their changes: the first's is tested alone, the others' together."""
        pairs = [(_share(self.recent[one.id]), _share(self.before[one.id])) for one in units]
        tested = [*changes.changes(pairs[:1]), *changes.changes(pairs[1:])]
        return [
            Outlook(one, self.now[one.id][0], _share(self.now[one.id]), self.months[one.id], change=change)
            for one, change in zip(units, tested, strict=True)
        ]

    def low(self, ids: Sequence[int]) -> set[int]:
        """Those but the first (the whole) that lie below all others together of late; they are tested together."""
        whole, *parts = (self.recent[number] for number in ids)
        tested = changes.changes([_beside(part, whole) for part in parts])
        return {number for number, one in zip(ids[1:], tested, strict=True) if one and one.is_fall}


def _counted(ids: Sequence[int], days: Span, field_id: int | None) -> _Counted:
    """Months are read once; only a period that is no run of them needs a reading of its own."""
    months = _months(ids, days, field_id)

    def within(period: Period) -> dict[int, Counts]:
        run = days.places(period)
        if run is not None:
            return {number: _together(months[number][run.start : run.stop]) for number in ids}
        found = tally_reads_by_unit.headlines(ids, period, field_id)
        return {number: _counts(found.get(number, Tally())) for number in ids}

    now = within(days.period)
    return _Counted(months, now, now if days.recent == days.period else within(days.recent), within(days.before))


def _with_factors(outlooks: Sequence[Outlook], days: Span, field_id: int | None) -> list[Outlook]:
    """The same with the five factors of the period."""
    field_ids = None if field_id is None else [field_id]
    found = tally_reads_by_unit.totals([one.unit.id for one in outlooks], days.period, field_ids)
    return [replace(one, factors=factors(found.get(one.unit.id, Tally()))) for one in outlooks]


def _share(counts: Counts) -> Share | None:
    return None if is_too_few(counts[0]) else proportion(counts[1], counts[0])


def _beside(part: Counts, whole: Counts) -> tuple[Share | None, Share | None]:
    """The figure of a part, and of everything but it."""
    return _share(part), _share((whole[0] - part[0], whole[1] - part[1]))


def _months(ids: Sequence[int], days: Span, field_id: int | None) -> dict[int, tuple[Month, ...]]:
    """What was counted of some units by month; of one that runs, its days alone."""
    found = tally_reads_by_unit.counts_by_month(ids, days.window, field_id)
    if days.running:
        for number, tally in tally_reads_by_unit.headlines(ids, days.running, field_id).items():
            found.setdefault(number, {})[days.running.start] = _counts(tally)
    return {number: _of(days, found.get(number, {})) for number in ids}


def _of(days: Span, counted: ByMonth) -> tuple[Month, ...]:
    return tuple(Month(month, *counted.get(month.start, (0, 0))) for month in days.months)


def _counts(tally: Tally) -> Counts:
    return tally.responses, tally.satisfied


def _together(months: Iterable[Month]) -> Counts:
    counted = [(month.responses, month.satisfied) for month in months]
    return sum(one[0] for one in counted), sum(one[1] for one in counted)


def _fields_by_month(ids: Sequence[int], days: Span) -> dict[int, dict[int, tuple[Month, ...]]]:
    """The same of the fields of some units: by unit id, then field id."""
    found = tally_reads_by_unit.by_field_and_month(ids, days.window)
    if days.running:
        for number, fields in tally_reads.by_unit(ids, days.running).items():
            for field_id, tally in fields.items():
                found.setdefault(number, {}).setdefault(field_id, {})[days.running.start] = _counts(tally)
    return {
        number: {field_id: _of(days, months) for field_id, months in fields.items()} for number, fields in found.items()
    }


def _with_fields(outlooks: Sequence[Outlook], days: Span, province: Unit) -> list[Outlook]:
    """The same with the fields that fell in each, and of those that are low, the field in which they are lowest.

    All fields of all these units are tested together.
    """
    fields = {field.id: field for field in lookups.fields()}
    found = _fields_by_month([province.id, *(one.unit.id for one in outlooks)], days)
    whole = found.pop(province.id, {})
    rows = [
        _of_field(one.unit, fields[number], Tally(), months)
        for one in outlooks
        for number, months in found.get(one.unit.id, {}).items()
    ]
    fallen: dict[int, list[Fall]] = {}
    for row in dated(rows):
        if row.fall:
            fallen.setdefault(row.unit.id, []).append(row.fall)
    deepest = {number: tuple(sorted(falls, key=lambda fall: fall.size)) for number, falls in fallen.items()}
    low = {one.unit.id for one in outlooks if one.is_low}
    lowest = _lowest([row for row in rows if row.unit.id in low], whole)
    return [replace(one, fields=deepest.get(one.unit.id, ()), lowest=lowest.get(one.unit.id)) for one in outlooks]


def _lowest(rows: Sequence[Outlook], whole: Mapping[int, tuple[Month, ...]]) -> dict[int, Low]:
    """By unit id the field that lies farthest below the same field of all others, where one surely does."""
    fields = [row.field for row in rows if row.field]
    pairs = [
        _beside(_together(row.months), _together(whole.get(field.id, ())))
        for row, field in zip(rows, fields, strict=True)
    ]
    found: dict[int, Low] = {}
    for row, field, (own, others), change in zip(rows, fields, pairs, changes.changes(pairs), strict=True):
        if change and change.is_fall and own and others:
            low = Low(field, own, others)
            found[row.unit.id] = min(found.get(row.unit.id, low), low, key=lambda one: one.own.value - one.others.value)
    return found

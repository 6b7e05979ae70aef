"""How many of a unit's own responses share what might be said beside a comment: what labels are made from."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from datetime import date

from sqlalchemy import select

from sipas.catalogue.models import Unit
from sipas.core.db import db
from sipas.numbers import comment_labels, periods
from sipas.numbers.comment_labels import MOODS, Cell, Labels
from sipas.numbers.periods import ONE_DAY, Period, Span
from sipas.numbers.shares import SMALLEST_SHOWN
from sipas.responses import tally_reads

Cells = defaultdict[int, Counter[Cell]]
"""Counts by unit."""


def labelled(unit_ids: Collection[int], last_day: date, period: Period | None = None) -> dict[int, Labels]:
    """The labels of some units' comments of a period, made from all responses up to and including a day."""
    months = _months(unit_ids, last_day)
    days = _own(unit_ids, "day", _touched(months, last_day, period), SMALLEST_SHOWN)
    return {unit_id: Labels(months[unit_id], days[unit_id]) for unit_id in unit_ids}


def _months(unit_ids: Collection[int], last_day: date) -> Cells:
    """Counts by month; of a month that is not over those of the days that are."""
    current = periods.month_of(last_day + ONE_DAY)
    found = _own(unit_ids, "month", Period(date.min, current.start))
    for unit_id, cells in _own(unit_ids, "day", current.until(last_day)).items():
        for (_, field_id, mood), number in cells.items():
            found[unit_id][current.start, field_id, mood] += number
    return found


def _touched(months: Cells, last_day: date, period: Period | None) -> Period:
    """The closed days of all spans that share a day with a period: whole, for a day is told by the others of its span.

    Without a period those of all spans.
    """
    spans = {span for cells in months.values() for span in comment_labels.spans(cells).values()}
    if period:
        spans = {span for span in spans if span.start < period.end and period.start < span.end}
    first = min((span.start for span in spans), default=last_day)
    return Period(first, max((span.end for span in spans), default=first)).until(last_day)


def _own(unit_ids: Collection[int], span: Span, period: Period, fewest: int = 1) -> Cells:
    """Counts of what units received themselves: those of their subtrees less those of the units just below.

    A cell with less than `fewest` may be absent.
    """
    below = _children(unit_ids)
    parents = set(below.values())
    found = _read(set(unit_ids) - parents, span, period, fewest)
    found |= _read(parents, span, period)
    for child_id, cells in _read(below, span, period).items():
        found[below[child_id]].subtract(cells)
    return found


def _children(unit_ids: Collection[int]) -> dict[int, int]:
    """The units just below some units, each with the one above it."""
    below = select(Unit.id, Unit.parent_id).where(Unit.parent_id.in_(unit_ids))
    return {child_id: parent_id for child_id, parent_id in db.session.execute(below) if parent_id is not None}


def _read(unit_ids: Iterable[int], span: Span, period: Period, fewest: int = 1) -> Cells:
    found: Cells = defaultdict(Counter)
    asked = list(unit_ids)
    for unit_id, day, field_id, numbers in tally_reads.by_mood(asked, span, period, fewest) if asked else ():
        for mood, number in zip(MOODS, numbers, strict=True):
            if number:
                found[unit_id][day, field_id, mood] = number
    return found

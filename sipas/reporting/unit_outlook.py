"""How a unit or one of its service fields fares: its figures, its months, and since when it has been low."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

from sipas.catalogue.models import ServiceField, Unit
from sipas.numbers import periods
from sipas.numbers.changes import Change
from sipas.numbers.falls import Onset, onset
from sipas.numbers.periods import Period
from sipas.numbers.shares import CONFIDENCE, Share, is_too_few, proportion

MONTHS = 12
"""How many months a picture shows, up to the one in which its period ends."""

_LONG, _RECENT = 180, 3
"""A period of at least so many days is held against its own past: its last three months against those before."""

FAR = 0.1
"""A figure so far from the province's, beyond chance, has the deeper shade."""


@dataclass(frozen=True)
class Span:
    """The days of a picture: its `period`, the `months` shown, and the two parts that changes compare."""

    period: Period
    months: tuple[Period, ...]
    recent: Period
    before: Period

    @property
    def window(self) -> Period:
        """All months shown as one period."""
        return Period(self.months[0].start, self.months[-1].end)

    def places(self, period: Period) -> range | None:
        """Which of the months make up a period; None where it is no run of them."""
        starts, ends = [month.start for month in self.months], [month.end for month in self.months]
        if period.start not in starts or period.end not in ends:
            return None
        return range(starts.index(period.start), ends.index(period.end) + 1)

    @property
    def running(self) -> Period | None:
        """The last month, where days of it are still to come or not asked for."""
        last = self.months[-1]
        return None if last.is_whole_months or not last.days else last


@dataclass(frozen=True)
class Month:
    """One month, perhaps unfinished: how many responses, and how many of them were satisfied."""

    period: Period
    responses: int = 0
    satisfied: int = 0

    @cached_property
    def satisfaction(self) -> Share | None:
        """Its figure; None where there are too few responses to show it."""
        return None if is_too_few(self.responses) else proportion(self.satisfied, self.responses)


@dataclass(frozen=True)
class Fall:
    """That a unit, or one of its service fields, fell with a month and has stayed low."""

    month: date
    onset: Onset
    field: ServiceField | None = None

    @property
    def size(self) -> float:
        """By how much, as a ratio below zero."""
        return float(self.onset.since.value - self.onset.before.value)


@dataclass(frozen=True)
class Low:
    """A service field in which a unit lies below all other units together, beyond chance."""

    field: ServiceField
    own: Share
    others: Share


@dataclass(frozen=True)
class Outlook:
    """One row of a picture: a unit, or a service field of it, in the period.

    Figures are None where there are too few responses to show them; `factors` are there once they were asked for.
    `change` is that of the latest part; `fall` since when it has been low, and `fields` the same of a unit's
    fields. `is_low` says that in the latest part it lies below all other units together, beyond chance, and
    `lowest` in which field it lies farthest below them.
    """

    unit: Unit
    responses: int
    satisfaction: Share | None
    months: tuple[Month, ...]
    field: ServiceField | None = None
    factors: tuple[Share | None, ...] = ()
    change: Change | None = None
    fall: Fall | None = None
    fields: tuple[Fall, ...] = ()
    is_low: bool = False
    lowest: Low | None = None

    @property
    def has_fallen(self) -> bool:
        """Whether it fell as a whole: lately, or since a month that can be named."""
        return self.fall is not None or bool(self.change and self.change.is_fall)

    @property
    def worst(self) -> float:
        """Its deepest fall as a ratio below zero, its fields' among them; 0 without one."""
        change = float(self.change.value) if self.change and self.change.is_fall else 0.0
        return min([change, *(one.size for one in (*self.fields, self.fall) if one)])


def span(asked: Period, last_day: date) -> Span:
    """The days of the picture of a period, as far as they have closed."""
    period = asked.until(last_day)
    end = min(period.end, last_day + periods.ONE_DAY)
    last = (end - periods.ONE_DAY).replace(day=1)
    months = [periods.month_of(periods.add_months(last, back)) for back in range(1 - MONTHS, 1)]
    shown = (*months[:-1], Period(last, end))
    if period.days < _LONG:
        return Span(period, shown, period, period.previous())
    recent, before = (periods.add_months(last, back) for back in (1 - _RECENT, 1 - 2 * _RECENT))
    return Span(period, shown, Period(recent, period.end), Period(before, recent))


def usual_period(last_day: date) -> Period:
    """The period of a picture where none is asked for: the last twelve months, with the one that runs."""
    return Period(periods.add_months(last_day.replace(day=1), 1 - MONTHS), periods.month_of(last_day).end)


def dated(outlooks: Sequence[Outlook], together: int = 1) -> list[Outlook]:
    """The same with since when each has been low; they are tested together, for they are read together.

    `together` says how many there are, where some are read on another page.
    """
    level = (1 - CONFIDENCE) / max(len(outlooks), together)
    return [replace(one, fall=_fall(one, level)) for one in outlooks]


def _fall(one: Outlook, level: float) -> Fall | None:
    found = onset([(month.responses, month.satisfied) for month in one.months], level)
    return Fall(one.months[found.place].period.start, found, one.field) if found else None


def by_need(outlooks: Iterable[Outlook]) -> tuple[Outlook, ...]:
    """Those that fell first, the deepest leading; then those below all others; each by where its interval ends."""
    return tuple(sorted(outlooks, key=_need))


def _need(one: Outlook) -> tuple[int, float, int]:
    share = one.satisfaction
    if one.worst:
        return (0, one.worst, -one.responses)
    if share is None:
        return (3 if one.responses else 4, 0.0, 0)
    return (1 if one.is_low else 2, share.high, -share.total)


def shade(share: Share | None, against: Share | None) -> int:
    """How a figure lies beside the province's: −2 far below, −1 below, 0 not to be told apart, 1 above, 2 far above.

    Below and above only where the figure's interval leaves out the province's.
    """
    if share is None or against is None or share.low <= against.value <= share.high:
        return 0
    side = -1 if share.value < against.value else 1
    return side * (2 if abs(share.value - against.value) >= FAR else 1)

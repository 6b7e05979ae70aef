"""In which borders a unit is counted over time: in those of then, following its predecessors, or in today's.

**As it was** (`then`): each response counts for the unit that it was given to. Before a unit was founded its
predecessors are followed, each with what was counted in its own subtree, pooled.

**In today's borders** (`today`): everything that was given through the survey points that hang in the unit's subtree
today counts for it, whatever unit they hung in when it was given. Every point hangs in one unit, so the units of
today share all responses between them, each counted once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from sipas.catalogue import lookups, unit_history
from sipas.catalogue.models import Unit
from sipas.catalogue.unit_history import Succession
from sipas.numbers.periods import Period
from sipas.responses import tally_reads
from sipas.responses.tally_reads import TallyRequest

Borders = Literal["then", "today"]
BORDERS: tuple[Borders, ...] = ("then", "today")

Steps = Mapping[date, tuple[int, int]]
"""Responses and satisfied ones by the first day of each step."""

Count = Callable[[TallyRequest], Steps]


@dataclass(frozen=True)
class Stretch:
    """That a unit counts from one day up to another; None: from the beginning, or up to now."""

    unit_id: int
    since: date | None = None
    until: date | None = None

    def within(self, period: Period) -> Period | None:
        """The part of a period that it covers; None where there is none."""
        start = max(period.start, self.since or period.start)
        end = min(period.end, self.until or period.end)
        return Period(start, end) if start < end else None


@dataclass(frozen=True)
class History:
    """What a unit goes on from: the successions that are followed, and what counts when."""

    followed: tuple[Succession, ...]
    stretches: tuple[Stretch, ...]


def history(unit: Unit) -> History:
    """Whom a unit follows: from whom it took over when it was founded, and whom those followed in turn."""
    followed: list[Succession] = []
    until: dict[int, date | None] = {unit.id: None}
    for one, end in _followed(unit, None, {unit.id}):
        followed.append(one)
        known = until.get(one.predecessor_id, end)
        until[one.predecessor_id] = max(known, end) if known and end else None
    return History(tuple(followed), tuple(_apart(until)) if followed else (Stretch(unit.id),))


def _followed(unit: Unit, end: date | None, on_the_way: set[int]) -> Iterator[tuple[Succession, date | None]]:
    """Each succession that is followed, and up to when its predecessor counts.

    One that has ended counts to its end: what came in after the day, before the merger was entered, is its own.
    """
    taken = unit_history.predecessors(unit.id)
    begun = _begun(unit) if taken else None
    for one in taken:
        if (begun and begun < one.day) or one.predecessor_id in on_the_way:
            continue  # the unit was there before: its own figures are what it was
        last = end if one.predecessor.closed_on else min(one.day, end or one.day)
        yield one, last
        yield from _followed(one.predecessor, last, on_the_way | {one.predecessor_id})


def _begun(unit: Unit) -> date | None:
    """Since when a unit is there: the day it was opened, else that of its first response."""
    if unit.opened_on:
        return unit.opened_on
    return tally_reads.first_day(unit.id)


def _apart(until: Mapping[int, date | None]) -> Iterator[Stretch]:
    """A stretch for each unit, so that what stands below another of them is not counted twice."""
    above = lookups.above(list(until))
    for unit_id, end in until.items():
        higher = [until[one] for one in above[unit_id] if one != unit_id and one in until]
        if None not in higher:
            since = max((one for one in higher if one), default=None)
            if not (since and end and since >= end):
                yield Stretch(unit_id, since, end)


def as_it_was(found: History, wanted: TallyRequest, count: Count) -> Steps:
    """What was counted in the units of then."""
    parts = [(one.unit_id, one.within(wanted.period)) for one in found.stretches]
    return _sum((1, count(replace(wanted, unit_id=unit_id, period=part))) for unit_id, part in parts if part)


@dataclass(frozen=True)
class Moved:
    """Survey points that came into a unit's subtree or left it, each with the units where they hung before."""

    came: tuple[set[int], set[int]]
    left: tuple[set[int], set[int]]

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self.came[0] or self.left[0])


def moved(unit: Unit) -> Moved:
    """What was moved over a unit's borders; never anything over the province's, which holds all."""
    if unit.parent_id is None:
        return Moved((set(), set()), (set(), set()))
    subtree = lookups.subtree(unit.id)
    return Moved(unit_history.points_that_came(subtree), unit_history.points_that_left(subtree))


def in_todays(found: Moved, wanted: TallyRequest, step: Literal["day", "week", "month"]) -> Steps:
    """What the points of today brought: the unit's own counts, with what came along and without what has left."""
    came, left = (
        tally_reads.by_start_of_points(unit_ids, point_ids, wanted, step)
        for point_ids, unit_ids in (found.came, found.left)
    )
    return _sum([(1, tally_reads.by_start(wanted, step)), (1, came), (-1, left)])


def _sum(parts: Iterable[tuple[int, Steps]]) -> Steps:
    found: dict[date, tuple[int, int]] = {}
    for sign, steps in parts:
        for day, (responses, satisfied) in steps.items():
            before = found.get(day, (0, 0))
            found[day] = (before[0] + sign * responses, before[1] + sign * satisfied)
    return {day: counts for day, counts in found.items() if counts[0]}

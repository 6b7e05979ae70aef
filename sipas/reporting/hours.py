"""Hours: when citizens answer in the week, and how satisfied they are then."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from sipas.catalogue.models import Unit
from sipas.numbers.periods import Period
from sipas.numbers.shares import Share, is_too_few, proportion
from sipas.responses import tally_reads


@dataclass(frozen=True)
class Hour:
    """One hour of one weekday: how many responses, and their share where there are enough to show it."""

    responses: int
    satisfaction: Share | None


@dataclass(frozen=True)
class Hours:
    """The hours of a week in a unit's subtree, by weekday (0 is Monday) and hour; those without responses are absent.

    All fields and channels together but paper, which says when staff typed it in.
    """

    unit: Unit
    period: Period
    cells: Mapping[tuple[int, int], Hour]

    @property
    def responses(self) -> int:
        """How many responses they hold."""
        return sum(cell.responses for cell in self.cells.values())


SHORTEST = 28
"""Days of a period that is told by the hour: of fewer each hour would be some few people on a known day."""


def hours(unit: Unit, period: Period, last_day: date) -> Hours:
    """Count the hours of a period's days up to and including `last_day`; none of a period of less than four weeks."""
    closed = period.until(last_day)
    counts = tally_reads.by_hour(unit.id, closed) if closed.days >= SHORTEST else {}
    return Hours(unit, closed, MappingProxyType({cell: _hour(*both) for cell, both in sorted(counts.items())}))


def _hour(responses: int, satisfied: int) -> Hour:
    return Hour(responses, None if is_too_few(responses) else proportion(satisfied, responses))

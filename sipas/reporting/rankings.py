"""Rankings: units of one level of the tree in order, from which a page, its chart and every file take their figures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Literal, NamedTuple

from sipas.catalogue import lookups
from sipas.catalogue.models import ServiceField, Unit
from sipas.numbers import changes
from sipas.numbers.changes import Change
from sipas.numbers.periods import Period
from sipas.numbers.shares import METHOD, Share, Tally, is_too_few, pooled
from sipas.numbers.standings import ABOVE, BELOW, MIDDLE, SMALLEST_RANKED, Band, Standing, ranks, standings
from sipas.reporting import report_lines
from sipas.responses import tally_reads_by_unit

By = Literal["satisfaction", "index"]
BY: tuple[By, ...] = ("satisfaction", "index")
"""What units may be ranked by."""

BANDS: tuple[Band, ...] = (ABOVE, MIDDLE, BELOW)
"""In the order in which they are shown."""

USUAL_LEVEL = "centre"


@dataclass(frozen=True)
class RankingRequest:
    """What a ranking is asked: which units, those of a level below `root`, and by which of their responses."""

    root: Unit
    period: Period
    level: str = USUAL_LEVEL
    field: ServiceField | None = None
    by: By = "satisfaction"
    channel: str | None = None


class Before(NamedTuple):
    """The rank in the previous period, and of how many."""

    rank: int
    of: int


@dataclass(frozen=True)
class RankLine:
    """A unit with what was counted of it, its standing now and before, and how its figure changed.

    `standing` is None where the unit is not ranked, `change` where one of the two figures is not shown.
    """

    unit: Unit
    tally: Tally
    by: By
    standing: Standing | None = None
    before: Before | None = None
    change: Change | None = None

    @property
    def responses(self) -> int:
        """How many responses."""
        return self.tally.responses

    @property
    def base(self) -> int:
        """How many citizens the figure rests on: all, or for the index those who rated a factor."""
        return citizens(self.tally, self.by)

    @cached_property
    def satisfaction(self) -> Share | None:
        """Responses that were satisfied overall, out of all."""
        return report_lines.satisfaction(self.tally)

    @cached_property
    def index(self) -> Share | None:
        """Satisfied ratings out of the valid ones, pooled over the five factors."""
        return _figure(self.tally, "index")

    @property
    def figure(self) -> Share | None:
        """The one that the unit is ranked by; None where it is too few to show."""
        return self.index if self.by == "index" else self.satisfaction

    @property
    def change_rank(self) -> int | None:
        """How many places up since the previous period (down: negative); None where not ranked in both."""
        return self.before.rank - self.standing.rank if self.before and self.standing else None


@dataclass(frozen=True)
class Ranking:
    """The answer: ranked units in order, then those that are not ranked.

    `period` is the part of the asked period whose days have closed; it may be empty.
    """

    question: RankingRequest
    period: Period
    lines: tuple[RankLine, ...]
    method: str = METHOD

    @cached_property
    def ranked(self) -> tuple[RankLine, ...]:
        """The units that are ranked, in order."""
        return tuple(line for line in self.lines if line.standing)

    @cached_property
    def unranked(self) -> tuple[RankLine, ...]:
        """Those with too few responses: first those that have a figure, last those without any."""
        return tuple(line for line in self.lines if not line.standing)

    @cached_property
    def bands(self) -> dict[Band, tuple[RankLine, ...]]:
        """The ranked ones clearly above all others together, not distinguishable from them, clearly below."""
        return {
            band: tuple(line for line in self.ranked if line.standing and line.standing.band == band) for band in BANDS
        }

    @cached_property
    def by_band(self) -> tuple[RankLine, ...]:
        """All lines as people read them: band by band, within each in order, those that are not ranked last."""
        return (*(line for band in BANDS for line in self.bands[band]), *self.unranked)

    @property
    def of(self) -> int:
        """How many units are ranked."""
        return len(self.ranked)

    @cached_property
    def responses(self) -> int:
        """The responses of all units listed."""
        return sum(line.responses for line in self.lines)

    @property
    def previous(self) -> Period:
        """The period of equal length that changes are counted against."""
        return self.period.previous()

    @property
    def is_unfinished(self) -> bool:
        """Whether days of the asked period are still to come, or not yet open to staff."""
        return self.period != self.question.period

    @cached_property
    def apart(self) -> int:
        """How many pairs of ranked units differ beyond chance: each counts once, for the lower of the two."""
        return sum(line.standing.low - 1 for line in self.ranked if line.standing)


def ranking(question: RankingRequest, last_day: date) -> Ranking:
    """Rank what a question asks about, over days up to and including `last_day`."""
    period = question.period.until(last_day)
    units = {unit.id: unit for unit in _units(question)}
    now = _counted(question, units, period)
    earlier = _counted(question, units, period.previous(), with_index=question.by == "index")
    listed = [unit for unit in units.values() if unit.id in now or _was_open(unit, period)]
    nothing, by = Tally(), question.by
    found = zip(
        listed,
        (now.get(unit.id, nothing) for unit in listed),
        standings([_ranked_by(now.get(unit.id, nothing), by) for unit in listed]),
        _before(listed, earlier, by),
        # all that are shown are tested together, for they are read together
        changes.changes(
            [(_figure(now.get(unit.id, nothing), by), _figure(earlier.get(unit.id, nothing), by)) for unit in listed]
        ),
        strict=True,
    )
    made = (RankLine(unit, tally, by, standing, before, change) for unit, tally, standing, before, change in found)
    return Ranking(question, period, tuple(sorted(made, key=_order)))


def citizens(tally: Tally, by: By) -> int:
    """How many citizens a figure rests on."""
    return tally.index.citizens if by == "index" else tally.responses


def _units(question: RankingRequest) -> list[Unit]:
    """The units of the level below the root, in alphabetical order, closed ones too."""
    found = lookups.units_in(lookups.subtree(question.root.id))
    return [unit for unit in found if unit.level == question.level and unit.id != question.root.id]


def _counted(
    question: RankingRequest, unit_ids: Iterable[int], period: Period, with_index: bool = True
) -> dict[int, Tally]:
    field_id = question.field.id if question.field else None
    return tally_reads_by_unit.headlines(list(unit_ids), period, field_id, question.channel, with_index)


def _was_open(unit: Unit, period: Period) -> bool:
    """Whether a unit without responses is missed: one that is open, and was before the period ended."""
    return unit.closed_on is None and (unit.opened_on is None or unit.opened_on < period.end)


def _before(listed: Iterable[Unit], earlier: Mapping[int, Tally], by: By) -> list[Before | None]:
    """Where units stood among all that were ranked in the previous period, those closed since included."""
    ranked = {unit_id: share for unit_id, tally in earlier.items() if (share := _ranked_by(tally, by))}
    found = dict(zip(ranked, ranks(list(ranked.values())), strict=True))
    return [Before(found[unit.id], len(ranked)) if unit.id in found else None for unit in listed]


def _ranked_by(tally: Tally, by: By) -> Share | None:
    return _figure(tally, by) if citizens(tally, by) >= SMALLEST_RANKED else None


def _figure(tally: Tally, by: By) -> Share | None:
    if by == "satisfaction":
        return report_lines.satisfaction(tally)
    return None if is_too_few(tally.index.citizens) else pooled(tally.index)


def _order(line: RankLine) -> tuple[int, int]:
    """By rank; then those that have a figure, too few for one, nothing. What is equal stays in alphabetical order."""
    if line.standing:
        return (0, line.standing.rank)
    return (1, 0 if line.figure else 1 if line.responses else 2)

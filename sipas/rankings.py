"""Rankings: units of one level of the tree in order, from which a page, its chart and every file take their figures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Literal

from sipas import changes, lines, places, tallied_units
from sipas.changes import Change
from sipas.i18n import sort_key
from sipas.periods import Period
from sipas.places import LEVELS, ServiceField, Unit
from sipas.standings import ABOVE, BELOW, MIDDLE, SMALLEST_RANKED, Band, Standing, standings
from sipas.statistics import METHOD, Share, Tally, is_too_few, pooled

By = Literal["satisfaction", "index"]
BY: tuple[By, ...] = ("satisfaction", "index")
"""What units may be ranked by."""

BANDS: tuple[Band, ...] = (ABOVE, MIDDLE, BELOW)
"""In the order in which they are shown."""

USUAL_LEVEL = "centre"


@dataclass(frozen=True)
class Question:
    """What a ranking is asked: which units, those of a level below `root`, and by which of their responses."""

    root: Unit
    period: Period
    level: str = USUAL_LEVEL
    field: ServiceField | None = None
    by: By = "satisfaction"
    channel: str | None = None


@dataclass(frozen=True)
class RankLine:
    """A unit with what was counted of it, its standing now and before, and how its figure changed.

    `standing` is None where the unit is not ranked, `change` where one of the two figures is not shown.
    """

    unit: Unit
    tally: Tally
    by: By
    standing: Standing | None = None
    before: Standing | None = None
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
        return lines.satisfaction(self.tally)

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
    """The answer: ranked units in order, then those that are not ranked, by name.

    `period` is the part of the asked period whose days have closed; it may be empty.
    """

    question: Question
    period: Period
    lines: tuple[RankLine, ...]
    method: str = METHOD

    @cached_property
    def ranked(self) -> tuple[RankLine, ...]:
        """The units that are ranked, in order."""
        return tuple(line for line in self.lines if line.standing)

    @cached_property
    def unranked(self) -> tuple[RankLine, ...]:
        """Those with too few responses, by name."""
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
        """How many pairs of ranked units can be told apart: each unit's range leaves them out, and theirs it."""
        return sum(line.standing.low - 1 for line in self.ranked if line.standing)


def ranking(question: Question, last_day: date) -> Ranking:
    """Rank what a question asks about, over days up to and including `last_day`."""
    period = question.period.until(last_day)
    units = {unit.id: unit for unit in _units(question)}
    now, earlier = (_counted(question, units, span) for span in (period, period.previous()))
    listed = [
        RankLine(unit, now.get(unit.id, Tally()), question.by)
        for unit in units.values()
        if unit.id in now or _was_open(unit, period)
    ]
    places_now, places_before = (_standings(counted, question.by) for counted in (now, earlier))
    found = (
        replace(
            line,
            standing=places_now.get(line.unit.id),
            before=places_before.get(line.unit.id),
            change=change,
        )
        for line, change in zip(listed, _changes(listed, earlier, question.by), strict=True)
    )
    return Ranking(question, period, tuple(sorted(found, key=_order)))


def levels_below(root: Unit) -> tuple[str, ...]:
    """The levels of units that lie below one, the highest first."""
    found = {unit.level for unit in places.units_in(places.subtree(root.id)) if unit.id != root.id}
    return tuple(level for level in LEVELS if level in found)


def citizens(tally: Tally, by: By) -> int:
    """How many citizens a figure rests on."""
    return tally.index.citizens if by == "index" else tally.responses


def _units(question: Question) -> list[Unit]:
    """The units of the level below the root, in alphabetical order, closed ones too."""
    found = places.units_in(places.subtree(question.root.id))
    return [unit for unit in found if unit.level == question.level and unit.id != question.root.id]


def _counted(question: Question, unit_ids: Iterable[int], period: Period) -> dict[int, Tally]:
    field_id = question.field.id if question.field else None
    return tallied_units.headlines(list(unit_ids), period, field_id, question.channel)


def _was_open(unit: Unit, period: Period) -> bool:
    """Whether a unit without responses is missed: one that is open, and was before the period ended."""
    return unit.closed_on is None and (unit.opened_on is None or unit.opened_on < period.end)


def _standings(counted: Mapping[int, Tally], by: By) -> dict[int, Standing]:
    shares = {
        unit_id: _figure(tally, by) for unit_id, tally in counted.items() if citizens(tally, by) >= SMALLEST_RANKED
    }
    found = zip(shares, standings(list(shares.values())), strict=True)
    return {unit_id: standing for unit_id, standing in found if standing}


def _changes(listed: Iterable[RankLine], earlier: Mapping[int, Tally], by: By) -> list[Change | None]:
    """The changes of all lines shown, tested together, for they are read together."""
    return changes.changes([(line.figure, _figure(earlier.get(line.unit.id, Tally()), by)) for line in listed])


def _figure(tally: Tally, by: By) -> Share | None:
    if by == "satisfaction":
        return lines.satisfaction(tally)
    return None if is_too_few(tally.index.citizens) else pooled(tally.index)


def _order(line: RankLine) -> tuple[bool, int, str]:
    return (line.standing is None, line.standing.rank if line.standing else 0, sort_key(line.unit.name_vi))

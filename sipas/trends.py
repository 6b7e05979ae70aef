"""Trends: satisfaction step by step through a period, with its gaps and with what changed between the steps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType
from typing import Literal

from sqlalchemy import select

from sipas import lineage, periods, places, reports, tallied
from sipas.db import db
from sipas.periods import Period
from sipas.places import Touchpoint, Unit
from sipas.questionnaires import Questionnaire
from sipas.reports import Question
from sipas.statistics import Share, is_too_few, proportion

Step = Literal["day", "week", "month", "quarter"]
STEPS: tuple[Step, ...] = ("day", "week", "month", "quarter")

_LONGEST: tuple[tuple[Step, int], ...] = (("day", 45), ("week", 200), ("month", 1100))
"""The step that is offered first for a period of at most so many days."""


LONGEST_WHOLE = 3 * 366
"""A longer period is shown from its first response on: who asks for all time does not mean two thousand years."""

MOST_DAYS: Mapping[Step, int] = MappingProxyType(
    {"day": 2 * 366, "week": 10 * 366, "month": 60 * 366, "quarter": date.max.toordinal()}
)
"""Of longer periods this step would be more points than anybody can see; the next one is taken."""


@dataclass(frozen=True)
class Point:
    """One step: its days, how many responses, and their share where there are enough to show it."""

    period: Period
    responses: int
    satisfaction: Share | None


@dataclass(frozen=True)
class Break:
    """That from a day on something else was measured: another version of the questions, or another unit.

    Across another unit no line is drawn.
    """

    day: date
    subject: Questionnaire | Unit

    @property
    def kind(self) -> Literal["questionnaire", "unit"]:
        """Of what it is a change."""
        return "unit" if isinstance(self.subject, Unit) else "questionnaire"


@dataclass(frozen=True)
class Trend:
    """The answer to a question, step by step; `period` is the part of it whose days have closed."""

    question: Question
    period: Period
    step: Step
    points: tuple[Point, ...]
    breaks: tuple[Break, ...]


def usual_step(period: Period) -> Step:
    """The step that shows a period best."""
    return next((step for step, longest in _LONGEST if period.days <= longest), "quarter")


def trend(question: Question, last_day: date, step: Step | None = None) -> Trend:
    """Count what a question asks step by step, over days up to and including `last_day`."""
    period = question.period.until(last_day)
    chosen = step or usual_step(period)
    counted = _counted(question, period, chosen)
    if period.days > LONGEST_WHOLE:
        period = Period(min((period.end, *(max(day, period.start) for day in counted))), period.end)
    while period.days > MOST_DAYS[chosen]:
        chosen = STEPS[STEPS.index(chosen) + 1]
        counted = _counted(question, period, chosen)
    points = tuple(_point(one, chosen, counted) for one in _steps(period, chosen))
    return Trend(question, period, chosen, points, tuple(_breaks(question.unit, period)))


def _counted(question: Question, period: Period, step: Step) -> dict[date, tuple[int, int]]:
    wanted = reports.wanted(question, period, places.fields())
    return tallied.by_start(wanted, "month" if step == "quarter" else step)


def _steps(period: Period, step: Step) -> Iterator[Period]:
    """The period cut into steps; the first and the last may be shorter."""
    day = period.start
    while day < period.end:
        end = min(_next(day, step), period.end)
        yield Period(day, end)
        day = end


def _next(day: date, step: Step) -> date:
    if step == "day":
        return day + periods.ONE_DAY
    if step == "week":
        return _monday(day) + timedelta(days=7)
    return (periods.month_of if step == "month" else periods.quarter_of)(day).end


def _point(span: Period, step: Step, counted: Mapping[date, tuple[int, int]]) -> Point:
    """Counts stand under the first day of their whole day, week or month, which may lie before the period."""
    if step == "quarter":
        firsts = list(span.months())
    else:
        firsts = [span.start if step == "day" else _monday(span.start) if step == "week" else span.start.replace(day=1)]
    found = [counted[first] for first in firsts if first in counted]
    responses, satisfied = (sum(counts) for counts in zip(*found, strict=True)) if found else (0, 0)
    return Point(span, responses, None if is_too_few(responses) else proportion(satisfied, responses))


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _breaks(unit: Unit, period: Period) -> list[Break]:
    """What changed within the period, from its second day on, in the order of days."""
    since = period.start + periods.ONE_DAY
    asked = select(Touchpoint.questionnaire).where(Touchpoint.unit_id.in_(places.subtree(unit.id)))
    versions = db.session.scalars(
        select(Questionnaire).where(
            Questionnaire.code.in_(asked),
            Questionnaire.version > 1,
            Questionnaire.effective_on >= since,
            Questionnaire.effective_on < period.end,
        )
    )
    found = [Break(version.effective_on, version) for version in versions if version.effective_on]
    taken = [Break(one.day, one.predecessor) for one in lineage.predecessors(unit.id)]
    given = [Break(one.day, one.successor) for one in lineage.successors(unit.id)]
    found += [one for one in (*taken, *given) if since <= one.day < period.end]
    return sorted(found, key=lambda one: (one.day, one.kind, one.subject.code))

"""Trends: satisfaction step by step through a period, with its gaps and with what changed between the steps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType
from typing import Literal

from sqlalchemy import select

from sipas.catalogue import lookups, unit_history
from sipas.catalogue.models import Touchpoint, Unit
from sipas.catalogue.questionnaires import Questionnaire
from sipas.core.db import db
from sipas.core.languages import sort_key
from sipas.numbers import periods
from sipas.numbers.periods import Period
from sipas.numbers.shares import Share, is_too_few, proportion
from sipas.reporting import reports
from sipas.reporting import unit_borders as borders_of
from sipas.reporting.reports import ReportRequest
from sipas.reporting.unit_borders import Borders, History, Steps
from sipas.responses import tally_reads

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
    """That from a day on something else was measured: another version of the questions, or other units.

    Of units `sense` says what it means: they were followed up to then, they make before and after different, or
    nothing, where all is counted in today's borders. Across different units no line is drawn.
    """

    day: date
    subjects: tuple[Questionnaire | Unit, ...]
    sense: Literal["followed", "different", "none"] = "none"

    @property
    def subject(self) -> Questionnaire | Unit:
        """What changed, or the first of several units."""
        return self.subjects[0]

    @property
    def kind(self) -> Literal["questionnaire", "unit"]:
        """Of what it is a change."""
        return "unit" if isinstance(self.subject, Unit) else "questionnaire"

    @property
    def parts(self) -> bool:
        """Whether the figures before and after are of different things."""
        return self.kind == "unit" and self.sense != "none"


@dataclass(frozen=True)
class Trend:
    """The answer to a question, step by step; `period` is the part of it whose days have closed.

    `borders` are those that it is counted in, `other_borders` those in which it would be another one, if any.
    `follows` are the units whose figures stand before the unit was founded.
    """

    question: ReportRequest
    period: Period
    step: Step
    points: tuple[Point, ...]
    breaks: tuple[Break, ...]
    borders: Borders = "then"
    other_borders: Borders | None = None
    follows: tuple[Unit, ...] = ()


def usual_step(period: Period) -> Step:
    """The step that shows a period best."""
    return next((step for step, longest in _LONGEST if period.days <= longest), "quarter")


def trend(question: ReportRequest, last_day: date, step: Step | None = None, borders: Borders = "then") -> Trend:
    """Count what a question asks step by step, over days up to and including `last_day`.

    `borders` are kept where it makes a difference whether the unit is counted as it was or as it is today.
    """
    readings = _Readings(question)
    period = question.period.until(last_day)
    chosen = step or usual_step(period)
    counted, other = readings.counted(period, chosen, borders)
    if period.days > LONGEST_WHOLE:
        period = Period(min((period.end, *(max(day, period.start) for day in (*counted, *(other or ()))))), period.end)
    while period.days > MOST_DAYS[chosen]:
        chosen = STEPS[STEPS.index(chosen) + 1]
        counted, other = readings.counted(period, chosen, borders)
    shown: Borders = borders if other is not None else "then"
    return Trend(
        question,
        period,
        chosen,
        tuple(_point(one, chosen, counted) for one in _steps(period, chosen)),
        tuple(_breaks(question.unit, period, readings.history, shown)),
        shown,
        None if other is None else "today" if shown == "then" else "then",
        readings.follows if shown == "then" else (),
    )


class _Readings:
    """What a question counts in the borders of then and of today."""

    def __init__(self, question: ReportRequest) -> None:
        self.question, self.fields = question, lookups.fields()
        self.history, self.moved = borders_of.history(question.unit), borders_of.moved(question.unit)

    @property
    def follows(self) -> tuple[Unit, ...]:
        """Whose figures stand before the unit was founded."""
        return tuple(dict.fromkeys(one.predecessor for one in self.history.followed))

    def counted(self, period: Period, step: Step, wanted: Borders) -> tuple[Steps, Steps | None]:
        """What is wanted, and the other reading where there is one that differs; else as it was, and none."""
        then = self._then(period, step)
        today = self._today(period, step) if self.moved else None
        if not today or today == then:
            return then, None
        return (then, today) if wanted == "then" else (today, then)

    def _then(self, period: Period, step: Step) -> Steps:
        whole = reports.wanted(self.question, period, self.fields)
        return borders_of.as_it_was(self.history, whole, lambda one: tally_reads.by_start(one, _kept(step)))

    def _today(self, period: Period, step: Step) -> Steps:
        whole = reports.wanted(self.question, period, self.fields)
        return borders_of.in_todays(self.moved, whole, _kept(step))


def _kept(step: Step) -> Literal["day", "week", "month"]:
    """The step in which counts are read: quarters are made of months."""
    return "month" if step == "quarter" else step


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


def _breaks(unit: Unit, period: Period, history: History, borders: Borders) -> list[Break]:
    """What changed within the period, from its second day on, in the order of days."""
    since = period.start + periods.ONE_DAY
    asked = select(Touchpoint.questionnaire).where(Touchpoint.unit_id.in_(lookups.subtree(unit.id)))
    versions = db.session.scalars(
        select(Questionnaire).where(
            Questionnaire.code.in_(asked),
            Questionnaire.version > 1,
            Questionnaire.effective_on >= since,
            Questionnaire.effective_on < period.end,
        )
    )
    found = [Break(version.effective_on, (version,)) for version in versions if version.effective_on]
    found += [one for one in _breaks_of_units(unit, history, borders) if since <= one.day < period.end]
    return sorted(found, key=lambda one: (one.day, one.kind, one.subject.code))


def _breaks_of_units(unit: Unit, history: History, borders: Borders) -> Iterator[Break]:
    """On which day which units came together or apart; those of one day and one sense are one break."""
    followed = {(one.day, one.predecessor): True for one in history.followed}
    taken = {(one.day, one.predecessor): False for one in unit_history.predecessors(unit.id)}
    given = {(one.day, one.successor): False for one in unit_history.successors(unit.id)}
    together: dict[tuple[date, bool], list[Unit]] = {}
    for (day, other), is_followed in (given | taken | followed).items():
        together.setdefault((day, is_followed), []).append(other)
    for (day, is_followed), units in together.items():
        listed = tuple(sorted(units, key=lambda one: sort_key(one.name_vi)))
        yield Break(day, listed, "none" if borders == "today" else "followed" if is_followed else "different")

"""What was counted: the only reader of the tallies. No reading's cost grows with the number of responses."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import reduce
from operator import add as add_up
from typing import Any, Literal

from sqlalchemy import Column, ColumnElement, Select, Table, func, or_, select, union_all

from sipas.catalogue import lookups, models
from sipas.core.db import db, first_of_month, week_of, weekday_of
from sipas.numbers import comment_labels
from sipas.numbers.comment_labels import MOODS
from sipas.numbers.periods import Period, Span
from sipas.numbers.shares import FACTORS, SCORES, Cluster, Tally, is_satisfied
from sipas.responses.tally_tables import (
    COUNTERS,
    NO_HOUR,
    OFFSETS,
    QUESTION_COUNTERS,
    SUMS,
    hour_tally,
    option_tally,
    question_tally,
    tally,
    touchpoint_tally,
)

BY_QUESTION = QUESTION_COUNTERS
"""What `by_question` counts, in its order."""

SCORE_COUNTERS = tuple(f"score_{score}" for score in SCORES)
SATISFIED_COUNTERS = tuple(f"score_{score}" for score in SCORES if is_satisfied(score))


@dataclass(frozen=True)
class TallyRequest:
    """Which responses: those of a unit's subtree in a period, and of them only some, where something is given."""

    unit_id: int
    period: Period
    field_ids: Collection[int] | None = None
    channel: str | None = None
    language: str | None = None
    touchpoint_id: int | None = None

    @property
    def is_whole(self) -> bool:
        """Whether nothing narrows it down but unit and period."""
        return (self.field_ids, self.channel, self.language, self.touchpoint_id) == (None, None, None, None)


@dataclass(frozen=True)
class Both:
    """Responses that stand, and those that were set aside."""

    stand: Tally = field(default_factory=Tally)
    aside: Tally = field(default_factory=Tally)


def by_field(wanted: TallyRequest, with_factors: bool = True) -> dict[int, Both]:
    """What was counted, by field id; fields without responses are absent.

    Without factors a reading costs a seventh: only overall scores are summed.
    """
    names = COUNTERS if with_factors else SCORE_COUNTERS
    table, conditions = _table(wanted)
    columns = (table.c.field_id, table.c.aside, *(table.c[name] for name in names))
    found: dict[int, dict[bool, Tally]] = {}
    for row in summed(table, columns, 2, conditions, wanted.period):
        found.setdefault(row[0], {})[row[1]] = of_counters(row[2:])
    return {number: Both(one.get(False, Tally()), one.get(True, Tally())) for number, one in found.items()}


def by_unit(unit_ids: Collection[int], period: Period) -> dict[int, dict[int, Tally]]:
    """The overall scores of responses that stand, of many units at once: by unit id, then by field id."""
    one = tally.c
    columns = (one.unit_id, one.field_id, *(one[name] for name in SCORE_COUNTERS))
    conditions = [one.unit_id.in_(list(unit_ids)), one.aside.is_(False)]
    found: dict[int, dict[int, Tally]] = {}
    for row in summed(tally, columns, 2, conditions, period):
        found.setdefault(row[0], {})[row[1]] = of_counters(row[2:])
    return found


def by_start(wanted: TallyRequest, step: Literal["day", "week", "month"]) -> dict[date, tuple[int, int]]:
    """How many responses stand and how many of them were satisfied, by the first day of each step.

    Weeks begin on Monday; steps at the ends of the period count its days alone; those without are absent.
    """
    return _by_start(_pieces(wanted, step), step)


def by_start_of_points(
    unit_ids: Collection[int], point_ids: Collection[int], wanted: TallyRequest, step: Literal["day", "week", "month"]
) -> dict[date, tuple[int, int]]:
    """The same of what some survey points brought while they hung in some units, narrowed as is wanted."""
    if wanted.touchpoint_id is not None:
        point_ids = {wanted.touchpoint_id}.intersection(point_ids)
    if not (unit_ids and point_ids):
        return {}
    one = touchpoint_tally.c
    conditions = [one.unit_id.in_(unit_ids), one.touchpoint_id.in_(point_ids), *_spoken(touchpoint_tally, wanted)]
    return _by_start(_spans(touchpoint_tally, conditions, wanted.period, step), step)


_Pieces = Iterator[tuple[Table, Sequence[ColumnElement[int]], list[ColumnElement[bool]]]]
"""Where to count, what, and which rows."""


def _by_start(pieces: _Pieces, step: str) -> dict[date, tuple[int, int]]:
    found: dict[date, tuple[int, int]] = {}
    for table, counted, within in pieces:
        start = _start(table.c.day, step)
        sums = select(start, *map(func.sum, counted)).where(*within, table.c.aside.is_(False)).group_by(start)
        for row in db.session.execute(sums):
            before = found.get(row[0], (0, 0))
            found[row[0]] = (before[0] + int(row[1]), before[1] + int(row[2]))
    return found


def _pieces(wanted: TallyRequest, step: str) -> _Pieces:
    """Days alone stand together by the hour, whatever they are about."""
    if wanted.is_whole and step != "month":
        table = hour_tally
        within = [table.c.unit_id == wanted.unit_id, *_days(table, wanted.period)]
        yield table, (table.c.responses, table.c.satisfied), within
        return
    table, conditions = _table(wanted)
    yield from _spans(table, conditions, wanted.period, step)


def _spans(table: Table, conditions: Sequence[ColumnElement[bool]], period: Period, step: str) -> _Pieces:
    counted = (plus(table, SCORE_COUNTERS), plus(table, SATISFIED_COUNTERS))
    for span, piece in period.pieces() if step == "month" else [("day", period)]:
        yield table, counted, [*conditions, *_span(table, span, piece)]


def _start(day: ColumnElement[date], step: str) -> ColumnElement[date]:
    return day if step == "day" else week_of(day) if step == "week" else first_of_month(day)


def _days(table: Table, period: Period) -> list[ColumnElement[bool]]:
    return [table.c.day >= period.start, table.c.day < period.end]


def _span(table: Table, span: str, period: Period) -> list[ColumnElement[bool]]:
    return [table.c.span == span, *_days(table, period)]


def plus(table: Table, names: Iterable[str]) -> ColumnElement[int]:
    """The sum of some counters of a row."""
    return reduce(add_up, (table.c[name] for name in names))


def by_hour(unit_id: int, period: Period) -> dict[tuple[int, int], tuple[int, int]]:
    """How many responses stand and were satisfied, by weekday (0 is Monday) and hour; paper forms have no hour."""
    one = hour_tally.c
    weekday = weekday_of(one.day)
    found = db.session.execute(
        select(weekday, one.hour, func.sum(one.responses), func.sum(one.satisfied))
        .where(one.unit_id == unit_id, one.aside.is_(False), one.hour > NO_HOUR, *_days(hour_tally, period))
        .group_by(weekday, one.hour)
    )
    return {(row[0], row[1]): (int(row[2]), int(row[3])) for row in found}


def by_mood(
    unit_ids: Collection[int], span: Span, period: Period, fewest: int = 1
) -> Iterator[tuple[int, date, int, tuple[int, ...]]]:
    """(unit, day or month's first day, field, how many of each of labels.MOODS), of each subtree, set-asides included.

    Rows without a mood that has `fewest` are left out.
    """
    one, moods = tally.c, [_of_mood(mood) for mood in MOODS]
    cell = (one.unit_id, one.day, one.field_id)
    wanted = select(*cell, *moods).where(one.unit_id.in_(unit_ids), *_span(tally, span, period)).group_by(*cell)
    for unit_id, day, field_id, *numbers in db.session.execute(
        wanted.having(or_(*(number >= fewest for number in moods)))
    ):
        yield unit_id, day, field_id, tuple(map(int, numbers))


def _of_mood(mood: str) -> ColumnElement[int]:
    return func.sum(plus(tally, [f"score_{score}" for score in SCORES if comment_labels.mood(score) == mood]))


def options(wanted: TallyRequest) -> dict[int, int]:
    """How often each option was ticked in responses that stand, by option id; language and touchpoint aside."""
    table, one = option_tally, option_tally.c
    conditions = [one.unit_id == wanted.unit_id, one.aside.is_(False), *_narrowed(table, wanted)]
    return {row[0]: int(row[1]) for row in summed(table, (one.option_id, one.chosen), 1, conditions, wanted.period)}


def first_month(unit_id: int) -> date | None:
    """The month of the first response in a unit's subtree, by its first day; None without any."""
    found: date | None = db.session.scalar(
        select(func.min(tally.c.day)).where(tally.c.unit_id == unit_id, tally.c.span == "month")
    )
    return found


def first_day(unit_id: int) -> date | None:
    """The day of the first response in a unit's subtree; None without any."""
    days = select(tally.c.day).where(tally.c.unit_id == unit_id, tally.c.span == "day")
    return db.session.scalar(days.order_by(tally.c.day).limit(1))


def by_question(unit_id: int, period: Period) -> Iterator[tuple[int, str, int, list[int]]]:
    """(field id, channel, question id, counts as BY_QUESTION names them) of a subtree in a period of whole months."""
    one = question_tally.c
    cell = (one.field_id, one.channel, one.question_id)
    sums = [func.sum(one[name]) for name in QUESTION_COUNTERS]
    for row in db.session.execute(select(*cell, *sums).where(*_rated([unit_id], period)).group_by(*cell)):
        yield row[0], row[1], row[2], list(map(int, row[3:]))


def rated_months(unit_id: int, period: Period) -> set[date]:
    """The months of a period in which any question was answered in a unit's subtree, by their first days."""
    return set(db.session.scalars(select(question_tally.c.month).where(*_rated([unit_id], period)).distinct()))


def cells_by_question(unit_ids: Collection[int], period: Period) -> int:
    """How many cells of unit, month, field, channel and question a period holds."""
    return int(db.session.execute(select(func.count()).where(*_rated(unit_ids, period))).scalar_one())


def _rated(unit_ids: Collection[int], period: Period) -> list[ColumnElement[bool]]:
    one = question_tally.c
    return [one.unit_id.in_(unit_ids), one.month >= period.start, one.month < period.end, one.aside.is_(False)]


def times_rated(question_ids: Collection[int]) -> dict[int, int]:
    """How often each of some questions was given a score, in the whole installation, set-asides included."""
    root = select(models.Unit.id).where(models.Unit.parent_id.is_(None)).scalar_subquery()
    one = question_tally.c
    times = func.sum(plus(question_tally, SCORE_COUNTERS))
    wanted = select(one.question_id, times).where(one.unit_id == root, one.question_id.in_(list(question_ids)))
    return {question: int(number) for question, number in db.session.execute(wanted.group_by(one.question_id))}


def _table(wanted: TallyRequest) -> tuple[Table, list[ColumnElement[bool]]]:
    """Where the wanted counts stand: a touchpoint's own are kept by the units that it hung in."""
    table = tally if wanted.touchpoint_id is None else touchpoint_tally
    conditions = _spoken(table, wanted)
    if wanted.touchpoint_id is None:
        return table, [table.c.unit_id == wanted.unit_id, *conditions]
    subtree = lookups.subtree(wanted.unit_id)
    return table, [table.c.unit_id.in_(subtree), table.c.touchpoint_id == wanted.touchpoint_id, *conditions]


def _spoken(table: Table, wanted: TallyRequest) -> list[ColumnElement[bool]]:
    conditions = _narrowed(table, wanted)
    if wanted.language is not None:
        conditions.append(table.c.language == wanted.language)
    return conditions


def _narrowed(table: Table, wanted: TallyRequest) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.channel is not None:
        conditions.append(table.c.channel == wanted.channel)
    if wanted.field_ids is not None:
        conditions.append(table.c.field_id.in_(list(wanted.field_ids)))
    return conditions


def summed(
    table: Table, columns: Sequence[Column[Any]], keys: int, conditions: Sequence[ColumnElement[bool]], period: Period
) -> Iterable[Sequence[Any]]:
    """The sums of a table's counters over the whole months and single days of a period, by its first columns."""
    pieces: list[Select[Any]] = [
        select(*columns).where(*conditions, *_span(table, span, piece)) for span, piece in period.pieces()
    ]
    if not pieces:
        return []
    rows = union_all(*pieces).subquery()
    kept, counted = list(rows.c)[:keys], list(rows.c)[keys:]
    return db.session.execute(select(*kept, *map(func.sum, counted)).group_by(*kept)).all()


def of_counters(counters: Sequence[int]) -> Tally:
    """A tally of its counters: the scores alone, or all of them in the order of `tallies.COUNTERS`."""
    values = [int(value) for value in counters]
    if len(values) == len(SCORES):
        return Tally(tuple(values))
    clusters = {scope: Cluster(*values[offset : offset + len(SUMS)]) for scope, offset in OFFSETS.items()}
    return Tally(tuple(values[: len(SCORES)]), clusters["index"], tuple(clusters[factor] for factor in FACTORS))

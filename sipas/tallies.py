"""Tallies: counts kept beside the responses, changed in the same transaction, read by every report.

Two tables, shaped by what was measured on ten million responses (docs/architecture.md): `tally` has a row
for each unit, field, channel and day, and one for each month, with all counters side by side;
`question_tally` has a row for each question and month. A unit's rows count it and everything below it, so
the province's report costs what a centre's does. Nothing else reads or writes them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import cache, lru_cache, reduce
from operator import add as add_up
from typing import Any, NamedTuple

from sqlalchemy import (
    CheckConstraint,
    Column,
    ColumnElement,
    Connection,
    Date,
    ForeignKey,
    Integer,
    String,
    Table,
    bindparam,
    func,
    select,
    union_all,
)
from sqlalchemy.dialects import postgresql, sqlite

from sipas import db as database
from sipas import places
from sipas.db import Base, db
from sipas.periods import Period
from sipas.places import CHANNELS
from sipas.statistics import FACTORS, SCORES, Cluster, Tally

SCOPES = ("index", *FACTORS)
SUMS = ("citizens", "k", "m", "kk", "km", "mm")
"""The sums that an interval needs, in the order of `Cluster`'s attributes."""

CELL = ("unit_id", "span", "day", "field_id", "channel")
COUNTERS = (
    *(f"score_{score}" for score in SCORES),
    *(f"{scope}_{sum_}" for scope in SCOPES for sum_ in SUMS),
)
_OFFSET = {scope: len(SCORES) + place * len(SUMS) for place, scope in enumerate(SCOPES)}

QUESTION_CELL = ("unit_id", "month", "field_id", "channel", "question_id")
QUESTION_COUNTERS = (*(f"score_{score}" for score in SCORES), "not_applicable")


def _counters(names: Iterable[str]) -> Iterator[Column[Any]]:
    return (Column(name, Integer, nullable=False) for name in names)


def _dimensions() -> Iterator[Column[Any]]:
    yield Column("field_id", ForeignKey("service_field.id"), primary_key=True)
    yield Column("channel", String(10), primary_key=True)


_CHANNEL_CHECK = f"channel IN ({', '.join(repr(channel) for channel in CHANNELS)})"

tally = Table(
    "tally",
    Base.metadata,
    Column("unit_id", ForeignKey("unit.id"), primary_key=True),
    Column("span", String(5), primary_key=True),
    Column("day", Date, primary_key=True),
    *_dimensions(),
    *_counters(COUNTERS),
    CheckConstraint("span IN ('day', 'month')", name="span_known"),
    CheckConstraint(_CHANNEL_CHECK, name="channel_known"),
    sqlite_with_rowid=False,
)
"""Counters of a day, or of the month that begins on `day`."""

question_tally = Table(
    "question_tally",
    Base.metadata,
    Column("unit_id", ForeignKey("unit.id"), primary_key=True),
    Column("month", Date, primary_key=True),
    *_dimensions(),
    Column("question_id", ForeignKey("question.id"), primary_key=True),
    *_counters(QUESTION_COUNTERS),
    CheckConstraint(_CHANNEL_CHECK, name="channel_known"),
    sqlite_with_rowid=False,
)
"""How often each score was given to each question in the month that begins on `month`."""


class Counted(NamedTuple):
    """What one response adds: `ratings` are (question id, factor or None, score or None if not applicable)."""

    unit_id: int
    day: date
    field_id: int
    channel: str
    overall: int
    ratings: tuple[tuple[int, str | None, int | None], ...]


def add(connection: Connection, counted: Iterable[Counted]) -> None:
    """Add responses to the kept counts, within the caller's transaction.

    Rows are written in the order of their keys, so that two transactions never wait for each other.
    """
    days, questions = _no_counts(COUNTERS), _no_counts(QUESTION_COUNTERS)
    for one in counted:
        counters = days[one.unit_id, "day", one.day, one.field_id, one.channel]
        for place, value in _added(one.overall, one.ratings):
            counters[place] += value
        month = one.day.replace(day=1)
        for question_id, _, score in one.ratings:
            questions[one.unit_id, month, one.field_id, one.channel, question_id][(score or 6) - 1] += 1
    above = places.above({unit_id for unit_id, *_ in days})
    by_day = _pooled(days, above)
    _put(connection, tally, by_day | _months(by_day))
    _put(connection, question_tally, _pooled(questions, above))


_Counts = dict[tuple[Any, ...], list[int]]
"""Counters by the key of their row."""


def _no_counts(counters: Sequence[str]) -> defaultdict[tuple[Any, ...], list[int]]:
    return defaultdict(lambda: [0] * len(counters))


@lru_cache(maxsize=8192)
def _added(overall: int, ratings: tuple[tuple[int, str | None, int | None], ...]) -> list[tuple[int, int]]:
    """Which counters one response changes and by how much; kept, for most people answer like one before."""
    added = {overall - 1: 1}
    for scope, offset in _OFFSET.items():
        scores = [score for _, factor, score in ratings if factor and scope in ("index", factor)]
        sums = Cluster.of(scores)
        added |= {place: getattr(sums, name) for place, name in enumerate(SUMS, offset)}
    return [(place, value) for place, value in added.items() if value]


def _pooled(counts: _Counts, above: Mapping[int, Sequence[int]]) -> _Counts:
    """The same counts for every unit that holds the one they were given in."""
    return _summed(
        ((above_id, *cell), counters) for (unit_id, *cell), counters in counts.items() for above_id in above[unit_id]
    )


def _months(days: _Counts) -> _Counts:
    return _summed(
        ((unit_id, "month", day.replace(day=1), *dimensions), counters)
        for (unit_id, _, day, *dimensions), counters in days.items()
    )


def _summed(counted: Iterable[tuple[tuple[Any, ...], list[int]]]) -> _Counts:
    """Counters summed by key; a key that comes once, as most do, keeps its own."""
    sums: _Counts = {}
    for cell, counters in counted:
        before = sums.get(cell)
        sums[cell] = list(map(add_up, before, counters)) if before else counters
    return sums


def _put(connection: Connection, table: Table, counts: _Counts) -> None:
    statement = _adding(table, connection.dialect.name)
    database.run_for_each(connection, statement, [(*cell, *counts[cell]) for cell in sorted(counts)])


@cache
def _adding(table: Table, dialect: str) -> sqlite.Insert | postgresql.Insert:
    return _summing(table, database.insert(table))


def _summing(table: Table, statement: sqlite.Insert | postgresql.Insert) -> sqlite.Insert | postgresql.Insert:
    """An INSERT that adds to the counters of rows that are there already."""
    return statement.on_conflict_do_update(
        index_elements=list(table.primary_key),
        set_={column.name: column + statement.excluded[column.name] for column in _counted(table)},
    )


def carry(connection: Connection, unit_id: int, leaving: Collection[int], joining: Collection[int]) -> None:
    """Take what was counted in a unit's subtree out of the units that it leaves and add it to those it joins.

    Within the caller's transaction, in which no response may be recorded. It costs what the unit's own rows
    cost, not a pass over all responses: citizens who answer meanwhile wait for milliseconds.
    """
    for table in (tally, question_tally):
        for above_id, sign in (*((one, -1) for one in leaving), *((one, 1) for one in joining)):
            connection.execute(_carrying(table), {"unit_id": unit_id, "above_id": above_id, "sign": sign})
        empty = (column == 0 for column in _counted(table))
        connection.execute(table.delete().where(table.c.unit_id.in_(leaving), *empty))


def _counted(table: Table) -> list[Column[Any]]:
    return [column for column in table.columns if not column.primary_key]


def _carrying(table: Table) -> sqlite.Insert | postgresql.Insert:
    """An INSERT of a unit's rows into those of a unit above it, with the sign of their counters."""
    cell = [column for column in table.primary_key if column.name != "unit_id"]
    sign = bindparam("sign", type_=Integer)
    counters = [(column * sign).label(column.name) for column in _counted(table)]
    above_id = bindparam("above_id", type_=Integer).label("unit_id")
    own = select(above_id, *cell, *counters).where(table.c.unit_id == bindparam("unit_id"))
    names = ["unit_id", *(column.name for column in (*cell, *_counted(table)))]
    return _summing(table, database.insert(table).from_select(names, own))


def by_field(unit_id: int, period: Period, channel: str | None = None, field_id: int | None = None) -> dict[int, Tally]:
    """What was counted in a unit's subtree in a period, by field id; fields without responses are absent."""
    wanted: list[ColumnElement[bool]] = [tally.c.unit_id == unit_id]
    if channel is not None:
        wanted.append(tally.c.channel == channel)
    if field_id is not None:
        wanted.append(tally.c.field_id == field_id)
    columns = (tally.c.field_id, *(tally.c[name] for name in COUNTERS))
    pieces = [
        select(*columns).where(*wanted, tally.c.span == span, tally.c.day >= piece.start, tally.c.day < piece.end)
        for span, piece in period.pieces()
    ]
    if not pieces:
        return {}
    rows = union_all(*pieces).subquery()
    sums = (func.sum(rows.c[name]) for name in COUNTERS)
    found = db.session.execute(select(rows.c.field_id, *sums).group_by(rows.c.field_id))
    return {row[0]: _tally(row[1:]) for row in found}


def _tally(counters: Sequence[int]) -> Tally:
    values = [int(value) for value in counters]
    clusters = {scope: Cluster(*values[offset : offset + len(SUMS)]) for scope, offset in _OFFSET.items()}
    return Tally(tuple(values[: len(SCORES)]), clusters["index"], tuple(clusters[factor] for factor in FACTORS))


def times_rated(question_ids: Collection[int]) -> dict[int, int]:
    """How often each of some questions was given a score, in the whole installation."""
    root = select(places.Unit.id).where(places.Unit.parent_id.is_(None)).scalar_subquery()
    counted = question_tally.c
    times = func.sum(reduce(add_up, (counted[f"score_{score}"] for score in SCORES)))
    wanted = select(counted.question_id, times).where(
        counted.unit_id == root, counted.question_id.in_(list(question_ids))
    )
    return {question: int(number) for question, number in db.session.execute(wanted.group_by(counted.question_id))}

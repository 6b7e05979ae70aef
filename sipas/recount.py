"""Recount: tallies made anew from the responses, held against those that were kept."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Date,
    Integer,
    MetaData,
    Row,
    Select,
    String,
    Table,
    and_,
    case,
    func,
    literal,
    select,
)
from sqlalchemy.types import TypeEngine

from sipas import audit, places, responses
from sipas.db import db, first_of_month, snapshot, writing
from sipas.questionnaires import OVERALL, Question
from sipas.responses import Rating, Response
from sipas.statistics import FACTORS, SATISFIED, SCORES
from sipas.tallies import CELL, COUNTERS, QUESTION_CELL, QUESTION_COUNTERS, SCOPES, question_tally, tally

_TYPES: dict[str, TypeEngine[Any]] = {"span": String(5), "channel": String(10), "day": Date(), "month": Date()}


def _scratch(name: str, cell: tuple[str, ...], counters: tuple[str, ...]) -> Table:
    columns: list[Column[Any]] = [Column(column, _TYPES.get(column, Integer())) for column in (*cell, *counters)]
    return Table(name, MetaData(), *columns, prefixes=["TEMPORARY"])


_made_anew = (
    (_scratch("recounted", CELL, COUNTERS), tally, CELL),
    (_scratch("question_recounted", QUESTION_CELL, QUESTION_COUNTERS), question_tally, QUESTION_CELL),
)


def differences(mend: bool = False) -> list[str]:
    """Where the kept tallies differ from the responses, a line each; with `mend` they are put right.

    Looks at one moment of the database and costs a pass over all responses; only mending keeps writers waiting.
    """
    if not mend:
        with snapshot():
            return _differences(mend=False)
    with writing():
        return rebuild()


def rebuild() -> list[str]:
    """Put the kept tallies right within the caller's transaction, and say where they differed."""
    responses.hold_back()
    found = _differences(mend=True)
    if found:
        audit.note("tallies.mended", f"{len(found)}")
    return found


def _differences(mend: bool) -> list[str]:
    found: list[str] = []
    for scratch, kept, cell in _made_anew:
        scratch.create(db.session.connection())
        names = [column.name for column in scratch.columns]
        for made in _counts(scratch, kept):
            db.session.execute(scratch.insert().from_select(names, made))
        differing = list(_compared(scratch, kept, cell))
        found += differing
        if mend and differing:
            db.session.execute(kept.delete())
            db.session.execute(kept.insert().from_select(names, select(*scratch.columns)))
        scratch.drop(db.session.connection())
    return found


def _compared(scratch: Table, kept: Table, cell: tuple[str, ...]) -> Iterator[str]:
    anew = select(*scratch.columns)
    now = select(*(kept.c[column.name] for column in scratch.columns))
    for title, rows in (("responses give", anew.except_(now)), ("kept are", now.except_(anew))):
        for row in db.session.execute(rows):
            yield f"{kept.name} {_place(row, cell)}: {title} {_counters(row, cell)}"


def _place(row: Row[Any], cell: tuple[str, ...]) -> str:
    return " ".join(f"{name}={value}" for name, value in zip(cell, row, strict=False))


def _counters(row: Row[Any], cell: tuple[str, ...]) -> str:
    counted = list(row._mapping.items())[len(cell) :]
    return " ".join(f"{name}={value}" for name, value in counted if value)


def _counts(scratch: Table, kept: Table) -> list[Select[Any]]:
    """What to put into the scratch table, in this order: days, then months from its days."""
    if kept is question_tally:
        return [_pooled(_question_counts(), QUESTION_COUNTERS)]
    by_day = _pooled(_cell_counts(), COUNTERS).subquery()
    month = first_of_month(scratch.c.day)
    dimensions = (scratch.c.field_id, scratch.c.channel)
    sums = [func.sum(scratch.c[name]) for name in COUNTERS]
    return [
        select(by_day.c.unit_id, literal("day"), *list(by_day.c)[1:]),
        select(scratch.c.unit_id, literal("month"), month, *dimensions, *sums)
        .where(scratch.c.span == "day")
        .group_by(scratch.c.unit_id, month, *dimensions),
    ]


def _pooled(own: Select[Any], counters: tuple[str, ...]) -> Select[Any]:
    """Counts of each unit's own (its id is their first column), summed into every unit that holds it."""
    one, chain = own.subquery(), places.chains().subquery()
    dimensions = [column for column in one.c if column.name not in ("unit_id", *counters)]
    sums = [func.sum(one.c[name]).label(name) for name in counters]
    return (
        select(chain.c.above_id.label("unit_id"), *dimensions, *sums)
        .join(one, one.c.unit_id == chain.c.unit_id)
        .group_by(chain.c.above_id, *dimensions)
    )


def _cell_counts() -> Select[Any]:
    """Counters by unit, day, field and channel."""
    one = _each_response().subquery()
    dimensions = (one.c.unit_id, one.c.day, one.c.field_id, one.c.channel)
    scores = [_count(one.c.overall == score).label(f"score_{score}") for score in SCORES]
    sums = [column for scope in SCOPES for column in _cluster(scope, one.c[f"k_{scope}"], one.c[f"m_{scope}"])]
    return select(*dimensions, *scores, *sums).group_by(*dimensions)


def _each_response() -> Select[Any]:
    """Each response with its overall score and, for each scope, its satisfied (k) and valid (m) ratings."""
    overall = func.max(case((Question.code == OVERALL, Rating.score))).label("overall")
    sums = [
        column
        for scope in SCOPES
        for column in (
            _count(and_(_within(scope), Rating.score.in_(SATISFIED))).label(f"k_{scope}"),
            _count(and_(_within(scope), Rating.score.is_not(None))).label(f"m_{scope}"),
        )
    ]
    # Grouped before the responses are joined, ratings come in the order of their key: nothing is sorted.
    rated = (
        select(Rating.response_id, overall, *sums)
        .join(Question, Question.id == Rating.question_id)
        .group_by(Rating.response_id)
        .subquery()
    )
    columns = (Response.unit_id, Response.day, Response.field_id, Response.channel)
    counted = [column for column in rated.c if column is not rated.c.response_id]
    return select(*columns, *counted).join(rated, rated.c.response_id == Response.id)


def _within(scope: str) -> ColumnElement[bool]:
    return Question.factor == scope if scope in FACTORS else Question.factor.is_not(None)


def _cluster(scope: str, k: ColumnElement[int], m: ColumnElement[int]) -> list[ColumnElement[int]]:
    sums = (_count(m > 0), func.sum(k), func.sum(m), func.sum(k * k), func.sum(k * m), func.sum(m * m))
    names = ("citizens", "k", "m", "kk", "km", "mm")
    return [sum_.label(f"{scope}_{name}") for name, sum_ in zip(names, sums, strict=True)]


def _question_counts() -> Select[Any]:
    month = first_of_month(Response.__table__.c.day)
    dimensions = (Response.unit_id, month, Response.field_id, Response.channel, Rating.question_id)
    conditions = [*(Rating.score == score for score in SCORES), Rating.score.is_(None)]
    counters = [_count(one).label(name) for name, one in zip(QUESTION_COUNTERS, conditions, strict=True)]
    return (
        select(Response.unit_id, month.label("month"), *dimensions[2:], *counters)
        .join(Rating, Rating.response_id == Response.id)
        .group_by(*dimensions)
    )


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    """How many rows fulfil a condition; a sum of booleans is not for every database."""
    return func.sum(case((condition, 1), else_=0))

"""Recount: tallies made anew from the responses, held against those that were kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    MetaData,
    Row,
    Select,
    Table,
    case,
    func,
    literal,
    select,
)

from sipas.catalogue import lookups
from sipas.catalogue.questionnaires import OVERALL, Question
from sipas.core import audit
from sipas.core.db import db, first_of_month, snapshot, writing
from sipas.numbers.shares import SATISFIED, SCORES
from sipas.responses import recording, set_asides
from sipas.responses.models import Chosen, Rating, Response
from sipas.responses.sql_counts import counters, how_many, rated
from sipas.responses.tally_tables import (
    COUNTERS,
    QUESTION_COUNTERS,
    hour_tally,
    option_tally,
    question_tally,
    tally,
    touchpoint_tally,
)

_made_anew = (touchpoint_tally, tally, question_tally, option_tally, hour_tally)
"""In this order: what each touchpoint brought is counted from the responses, and all units from that."""


def _keys(table: Table) -> list[str]:
    return [column.name for column in table.primary_key]


def _scratch(kept: Table) -> Table:
    """A table of the same columns that lasts as long as the counting."""
    columns: list[Column[Any]] = [Column(column.name, column.type) for column in kept.columns]
    return Table(f"{kept.name}_anew", MetaData(), *columns, prefixes=["TEMPORARY"])


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
    recording.hold_back()
    found = _differences(mend=True)
    if found:
        audit.note("tallies.mended", f"{len(found)}")
    return found


def is_behind() -> bool:
    """Whether there are responses and nothing at all was counted, as after the tables were made anew."""
    nothing = [db.session.execute(select(literal(1)).select_from(kept).limit(1)).first() is None for kept in _made_anew]
    return any(nothing[:2]) and db.session.scalar(select(Response.id).limit(1)) is not None


def _differences(mend: bool) -> list[str]:
    found: list[str] = []
    connection = db.session.connection()
    scratches = {kept.name: _scratch(kept) for kept in _made_anew}
    for kept in _made_anew:
        scratch = scratches[kept.name]
        scratch.create(connection)
        for made in _counts(kept, scratches):
            db.session.execute(scratch.insert().from_select([column.name for column in scratch.columns], made))
        differing = list(_compared(scratch, kept))
        found += differing
        if mend and differing:
            names = [column.name for column in scratch.columns]
            db.session.execute(kept.delete())
            db.session.execute(kept.insert().from_select(names, select(*scratch.columns)))
    for scratch in scratches.values():
        scratch.drop(connection)
    return found


def _compared(scratch: Table, kept: Table) -> Iterator[str]:
    anew = select(*scratch.columns)
    now = select(*(kept.c[column.name] for column in scratch.columns))
    cell = _keys(kept)
    for title, rows in (("responses give", anew.except_(now)), ("kept are", now.except_(anew))):
        for row in db.session.execute(rows):
            yield f"{kept.name} {_place(row, cell)}: {title} {_counters(row, cell)}"


def _place(row: Row[Any], cell: list[str]) -> str:
    return " ".join(f"{name}={value}" for name, value in zip(cell, row, strict=False))


def _counters(row: Row[Any], cell: list[str]) -> str:
    counted = list(row._mapping.items())[len(cell) :]
    return " ".join(f"{name}={value}" for name, value in counted if value)


def _counts(kept: Table, scratches: Mapping[str, Table]) -> list[Select[Any]]:
    """What to put into the scratch table of a tally, in this order: days, then months from its days."""
    own, scratch = scratches[touchpoint_tally.name], scratches[kept.name]
    if kept is touchpoint_tally:
        return [_own_days(), _months(scratch, COUNTERS)]
    if kept is tally:
        columns = [own.c[name] for name in (*_keys(tally), *COUNTERS)]
        days = select(*columns).where(own.c.span == "day")
        return [_pooled(days, COUNTERS), _months(scratch, COUNTERS)]
    if kept is option_tally:
        return [_pooled(_option_days(), ("chosen",)), _months(scratch, ("chosen",))]
    if kept is question_tally:
        return [_pooled(_question_counts(), QUESTION_COUNTERS)]
    return [_pooled(_hours(), ("responses", "satisfied"))]


def _months(scratch: Table, counters: tuple[str, ...]) -> Select[Any]:
    """The days of a scratch table, summed by month."""
    cell = {name: scratch.c[name] for name in (column.name for column in scratch.columns) if name not in counters}
    cell |= {"span": literal("month"), "day": first_of_month(scratch.c.day)}  # type: ignore[dict-item]
    grouped = [column for name, column in cell.items() if name != "span"]
    sums = [func.sum(scratch.c[name]) for name in counters]
    return select(*cell.values(), *sums).where(scratch.c.span == "day").group_by(*grouped)


def _pooled(own: Select[Any], counters: tuple[str, ...]) -> Select[Any]:
    """Counts of each unit's own (its id is their first column), summed into every unit that holds it."""
    one, chain = own.subquery(), lookups.chains().subquery()
    dimensions = [column for column in one.c if column.name not in ("unit_id", *counters)]
    sums = [func.sum(one.c[name]).label(name) for name in counters]
    return (
        select(chain.c.above_id.label("unit_id"), *dimensions, *sums)
        .join(one, one.c.unit_id == chain.c.unit_id)
        .group_by(chain.c.above_id, *dimensions)
    )


def _own_days() -> Select[Any]:
    """Counters by unit, touchpoint, day and what else a tally tells apart."""
    one = _each_response().subquery()
    cell = [one.c[name] for name in _keys(touchpoint_tally) if name != "span"]
    return select(*cell[:2], literal("day"), *cell[2:], *counters(one)).group_by(*cell)


def _aside() -> ColumnElement[bool]:
    return set_asides.is_aside().label("aside")


def _each_response() -> Select[Any]:
    """Each response with its overall score and, for each scope, its satisfied (k) and valid (m) ratings."""
    one = rated().subquery()
    columns = (Response.unit_id, Response.touchpoint_id, Response.day, Response.field_id, Response.channel)
    counted = [column for column in one.c if column is not one.c.response_id]
    return select(*columns, Response.language, _aside(), *counted).join(one, one.c.response_id == Response.id)


def _question_counts() -> Select[Any]:
    month = first_of_month(Response.__table__.c.day)
    one = select(
        Response.unit_id, month.label("month"), Response.field_id, Response.channel, Rating.question_id, _aside()
    )
    one = one.add_columns(Rating.score).join(Rating, Rating.response_id == Response.id)
    rated = one.subquery()
    cell = [rated.c[name] for name in _keys(question_tally)]
    conditions = [*(rated.c.score == score for score in SCORES), rated.c.score.is_(None)]
    counters = [how_many(one).label(name) for name, one in zip(QUESTION_COUNTERS, conditions, strict=True)]
    return select(*cell, *counters).group_by(*cell)


def _option_days() -> Select[Any]:
    columns = (Response.unit_id, literal("day").label("span"), Response.day, Response.field_id, Response.channel)
    ticked = select(*columns, Chosen.option_id, _aside()).join(Chosen, Chosen.response_id == Response.id).subquery()
    return select(*ticked.c, func.count().label("chosen")).group_by(*ticked.c)


def _hours() -> Select[Any]:
    columns = (Response.unit_id, Response.day, Response.hour, _aside())
    is_satisfied = case((Rating.score.in_(SATISFIED), 1), else_=0).label("is_satisfied")
    overall = select(Question.id).where(Question.code == OVERALL)
    rated = (
        select(*columns, is_satisfied)
        .join(Rating, Rating.response_id == Response.id)
        .where(Rating.question_id.in_(overall))
        .subquery()
    )
    cell = [rated.c[name] for name in _keys(hour_tally)]
    counted = (func.count().label("responses"), func.sum(rated.c.is_satisfied).label("satisfied"))
    return select(*cell, *counted).group_by(*cell)

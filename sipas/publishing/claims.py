"""Which responses stand behind a release, and what they add up to."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Select, and_, delete, func, insert, literal, null, or_, select, update

from sipas.catalogue.questionnaires import Question
from sipas.core.db import db, keep_writers_out
from sipas.numbers.periods import Period
from sipas.numbers.publishable_blocks import NO_RATINGS, Counts
from sipas.numbers.shares import FACTORS
from sipas.publishing.releases import PublishedPlace, PublishedResponse, Release
from sipas.responses import sql_counts
from sipas.responses.models import Rating, Response
from sipas.responses.set_asides import is_aside
from sipas.responses.tally_reads import of_counters

Cell = tuple[int, int, str]
"""Unit in which responses were given, service field, channel."""


@dataclass(frozen=True)
class Counted:
    """What responses add up to, by cell, and the first day of each unit's."""

    cells: Mapping[Cell, Counts]
    first_days: Mapping[int, date]

    @property
    def responses(self) -> int:
        """How many there are."""
        return sum(counts.tally.responses for counts in self.cells.values())


def alone() -> None:
    """Let nobody else publish or correct until the caller's transaction ends."""
    keep_writers_out(db.session, PublishedResponse.metadata.tables[PublishedResponse.__tablename__])


def claim(number: int, period: Period, released: Iterable[Period]) -> None:
    """Let a release have every response that no other has: of its period, and what others left over.

    What is left over was given in the period of another release that ended no later: in a unit that was carried over,
    on a paper form that was typed in late, in a response that counts again. Within the caller's transaction.
    """
    free = _free(period, released).add_columns(literal(number), null())
    table = PublishedResponse.metadata.tables[PublishedResponse.__tablename__]
    db.session.execute(insert(table).from_select(["response_id", "number", "removed_in"], free))


def let_go(number: int, unit_ids: Collection[int]) -> None:
    """Let the responses of some units be published by a later release. Within the caller's transaction."""
    theirs = select(Response.id).where(Response.unit_id.in_(unit_ids))
    mine = (PublishedResponse.number == number, PublishedResponse.response_id.in_(theirs))
    db.session.execute(delete(PublishedResponse).where(*mine).execution_options(synchronize_session=False))


def let_go_of_unfinished() -> None:
    """Let go what releases and corrections claimed that never came to be. Within the caller's transaction."""
    known = select(Release.number)
    for table in (PublishedResponse, PublishedPlace):
        unfinished = delete(table).where(table.number.not_in(known))
        db.session.execute(unfinished.execution_options(synchronize_session=False))
    editions = select(func.max(Release.edition)).where(Release.number == PublishedResponse.number).scalar_subquery()
    mine = update(PublishedResponse).where(PublishedResponse.removed_in > editions).values(removed_in=None)
    db.session.execute(mine.execution_options(synchronize_session=False))


def behind(number: int, edition: int | None = None) -> Select[int]:
    """In SQL: the ids of the responses behind an edition; behind the coming one where none is named."""
    mine = select(PublishedResponse.response_id).where(PublishedResponse.number == number)
    still = PublishedResponse.removed_in.is_(None)
    return mine.where(still if edition is None else or_(still, PublishedResponse.removed_in > edition))


def fingerprint(number: int, removed_in: int | None = None) -> tuple[int, ...]:
    """Tells the responses that a release has, or that one of its corrections takes out, from any others.

    How many there are, and two sums of their ids: somebody else's may be as many.
    """
    one = PublishedResponse.response_id
    mine = PublishedResponse.removed_in == removed_in if removed_in else PublishedResponse.number == number
    sums = select(func.count(), func.sum(one), func.sum((one % 65_521) * (one % 65_519)))
    row = db.session.execute(sums.where(PublishedResponse.number == number, mine)).one()
    return tuple(int(value or 0) for value in row)


def counted(number: int, edition: int | None = None) -> Counted:
    """What the responses behind an edition add up to."""
    return _counted(behind(number, edition))


def _counted(ids: Select[int]) -> Counted:
    ratings = _ratings(ids)
    rated = sql_counts.rated(Rating.response_id.in_(ids)).subquery()
    cell = (Response.unit_id, Response.field_id, Response.channel)
    sums = select(*cell, func.min(Response.day), *sql_counts.counters(rated))
    cells: dict[Cell, Counts] = {}
    first_days: dict[int, date] = {}
    for unit_id, field_id, channel, day, *numbers in db.session.execute(
        sums.join(rated, rated.c.response_id == Response.id).group_by(*cell)
    ):
        key = (unit_id, field_id, channel)
        cells[key] = Counts(of_counters(numbers), ratings.get(key, (NO_RATINGS,) * len(FACTORS)))
        first_days[unit_id] = min(day, first_days.get(unit_id, day))
    return Counted(cells, first_days)


def _ratings(ids: Select[int]) -> dict[Cell, tuple[tuple[int, ...], ...]]:
    """How often each score was given to the questions of each factor, by cell."""
    found: dict[Cell, list[list[int]]] = {}
    cell = (Response.unit_id, Response.field_id, Response.channel)
    wanted = (
        select(*cell, Question.factor, Rating.score, func.count())
        .select_from(Rating)
        .join(Response, Response.id == Rating.response_id)
        .join(Question, Question.id == Rating.question_id)
        .where(Rating.response_id.in_(ids), Question.factor.is_not(None))
        .group_by(*cell, Question.factor, Rating.score)
    )
    for unit_id, field_id, channel, factor, score, number in db.session.execute(wanted):
        key = (unit_id, field_id, channel)
        rows = found.setdefault(key, [list(NO_RATINGS) for _ in FACTORS])
        rows[FACTORS.index(factor)][(score or 6) - 1] += number
    return {key: tuple(map(tuple, rows)) for key, rows in found.items()}


def places_of(number: int) -> dict[int, int]:
    """Under which unit a release tells each unit's responses."""
    wanted = select(PublishedPlace.unit_id, PublishedPlace.place_id).where(PublishedPlace.number == number)
    return {row[0]: row[1] for row in db.session.execute(wanted)}


def doubtful(number: int) -> dict[Cell, int]:
    """How many responses behind a release are set aside by now, by cell."""
    cell = (Response.unit_id, Response.field_id, Response.channel)
    wanted = select(*cell, func.count()).where(Response.id.in_(behind(number)), is_aside()).group_by(*cell)
    return {(unit_id, field_id, channel): many for unit_id, field_id, channel, many in db.session.execute(wanted)}


def remove(number: int, edition: int, cells: Collection[Cell], with_the_rest: bool) -> int:
    """Let an edition count responses of some cells no longer: the doubtful, or all. Within the caller's transaction.

    Returns how many.
    """
    wanted = select(Response.id).where(Response.id.in_(behind(number)), or_(*map(_of_cell, cells)))
    ids = list(db.session.scalars(wanted if with_the_rest else wanted.where(is_aside())))
    for start in range(0, len(ids), 500):
        mine = PublishedResponse.response_id.in_(ids[start : start + 500])
        change = update(PublishedResponse).where(mine).values(removed_in=edition)
        db.session.execute(change.execution_options(synchronize_session=False))
    return len(ids)


def _of_cell(cell: Cell) -> ColumnElement[bool]:
    unit_id, field_id, channel = cell
    return and_(Response.unit_id == unit_id, Response.field_id == field_id, Response.channel == channel)


def _within(span: Period) -> ColumnElement[bool]:
    return and_(Response.day >= span.start, Response.day < span.end)


def waiting(period: Period, released: Iterable[Period]) -> Counted:
    """What a release of a period would have, if it were published now; claims nothing."""
    return _counted(_free(period, released))


def _free(period: Period, released: Iterable[Period]) -> Select[int]:
    """In SQL: responses that stand and that no release has, of a period and of released ones that ended by then."""
    spans = or_(*(_within(span) for span in (period, *released) if span.end <= period.end))
    known = PublishedResponse.number.in_(select(Release.number))
    taken = select(PublishedResponse.response_id).where(PublishedResponse.response_id == Response.id, known).exists()
    return select(Response.id).where(spans, ~is_aside(), ~taken)

"""Set-asides: doubtful responses that do not count, by a separate, attributed and reversible record with a reason.

What is set aside is chosen by place and time, or by one receipt, never by score: otherwise bad answers could
be removed. The responses themselves stay as they are; reports show figures with and without them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Index, String, exists, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from sipas.catalogue import lookups
from sipas.catalogue.models import Touchpoint, Unit
from sipas.catalogue.questionnaires import OVERALL, Question
from sipas.core import audit, codes
from sipas.core.db import Instant, Model, db, insert_rows, keep_writers_out, text_check, writing
from sipas.core.errors import NotFound
from sipas.numbers import periods
from sipas.responses import tally_writes
from sipas.responses.models import Chosen, Rating, Response
from sipas.responses.tally_writes import CountedResponse

REASON_LENGTH = 500
_RESPONSES = Response.metadata.tables[Response.__tablename__]


class NothingFound(Exception):
    """No response was found that is not set aside already."""


class AlreadyLifted(Exception):
    """This set-aside was lifted before; the argument is its id."""


class SetAside(Model):
    """That responses do not count: which, why and by whose word, until it is lifted.

    With a receipt it is that one response; else those that came in the unit's subtree, or through one
    touchpoint, from `start` up to and not including `end`.
    """

    __audited__ = "set-aside"
    __silent__ = ("begun_at", "begun_by")
    __tablename__ = "set_aside"
    __table_args__ = (
        text_check("reason", REASON_LENGTH),
        CheckConstraint('start < "end"', name="start_before_end"),
        CheckConstraint("(lifted_at IS NULL) = (lifted_by IS NULL)", name="lifted_by_somebody"),
        CheckConstraint("responses > 0", name="of_some"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    touchpoint_id: Mapped[int | None] = mapped_column(ForeignKey("touchpoint.id"), index=True)
    start: Mapped[datetime | None] = mapped_column(Instant)
    end: Mapped[datetime | None] = mapped_column(Instant)
    receipt: Mapped[str | None] = mapped_column(String(20))
    responses: Mapped[int]
    reason: Mapped[str] = mapped_column(String(REASON_LENGTH))
    begun_at: Mapped[datetime] = mapped_column(Instant)
    begun_by: Mapped[str] = mapped_column(String(255))
    lifted_at: Mapped[datetime | None] = mapped_column(Instant)
    lifted_by: Mapped[str | None] = mapped_column(String(255))
    lift_reason: Mapped[str | None] = mapped_column(String(REASON_LENGTH))

    unit: Mapped[Unit] = relationship()
    touchpoint: Mapped[Touchpoint | None] = relationship()

    @property
    def audit_subject(self) -> str:
        """What the audit calls it."""
        return self.receipt or f"{self.unit.code} {self.start:%Y-%m-%d %H:%M}..{self.end:%Y-%m-%d %H:%M} UTC"

    @property
    def audit_unit_id(self) -> int:
        """Whose responses they are."""
        return self.unit_id


class SetAsideResponse(Model):
    """One response that a set-aside holds."""

    __tablename__ = "set_aside_response"
    __table_args__ = (Index("ix_set_aside_response_response_id", "response_id"), {"sqlite_with_rowid": False})

    set_aside_id: Mapped[int] = mapped_column(ForeignKey("set_aside.id"), primary_key=True)
    response_id: Mapped[int] = mapped_column(ForeignKey("response.id"), primary_key=True)


@dataclass(frozen=True)
class Selection:
    """Which responses of a unit's subtree: one receipt, or a span of time and perhaps one touchpoint."""

    unit_id: int
    start: datetime | None = None
    end: datetime | None = None
    touchpoint_id: int | None = None
    receipt: str | None = None


def is_aside() -> ColumnElement[bool]:
    """Whether a response is set aside now, in SQL."""
    held = select(SetAsideResponse.response_id).join(SetAside, SetAside.id == SetAsideResponse.set_aside_id)
    return exists(held.where(SetAsideResponse.response_id == Response.id, SetAside.lifted_at.is_(None)))


def found(selection: Selection) -> list[int]:
    """The ids of the responses that a selection catches and that are not set aside already."""
    wanted = select(Response.id).where(Response.unit_id.in_(lookups.subtree(selection.unit_id)), ~is_aside())
    if selection.receipt is not None:
        number = codes.response_of(selection.receipt)
        return list(db.session.scalars(wanted.where(Response.id == number))) if number is not None else []
    if selection.start is None or selection.end is None:
        raise ValueError("a selection without a receipt needs a span of time")
    wanted = wanted.where(Response.received_at >= selection.start, Response.received_at < selection.end)
    if selection.touchpoint_id is not None:
        wanted = wanted.where(Response.touchpoint_id == selection.touchpoint_id)
    return list(db.session.scalars(wanted.order_by(Response.id)))


def begin(selection: Selection, reason: str) -> SetAside:
    """Set responses aside, and count them so, in one transaction. Raises NothingFound."""
    with writing() as session:
        # First: of two who set the same aside, the second finds nothing; nor may a unit move meanwhile.
        keep_writers_out(session, _RESPONSES)
        ids = found(selection)
        if not ids:
            raise NothingFound
        row = SetAside(
            unit_id=selection.unit_id,
            touchpoint_id=selection.touchpoint_id,
            start=selection.start,
            end=selection.end,
            receipt=selection.receipt,
            responses=len(ids),
            reason=reason,
            begun_at=periods.now(),
            begun_by=audit.actor(),
        )
        row.unit = session.get_one(Unit, selection.unit_id)
        session.add(row)
        tally_writes.shift(session.connection(), counted(ids), aside=True)
        session.flush()
        held = SetAsideResponse.metadata.tables[SetAsideResponse.__tablename__]
        insert_rows(session.connection(), held, [(row.id, number) for number in ids])
    return row


def lift(set_aside_id: int, reason: str) -> SetAside:
    """Let the responses of a set-aside count again, those excepted that another one holds. Raises AlreadyLifted."""
    with writing() as session:
        keep_writers_out(session, _RESPONSES)
        row = session.get_one(SetAside, set_aside_id, with_for_update=True, populate_existing=True)
        if row.lifted_at is not None:
            raise AlreadyLifted(set_aside_id)
        row.lifted_at, row.lifted_by, row.lift_reason = periods.now(), audit.actor(), reason
        session.flush()
        held = select(SetAsideResponse.response_id).where(SetAsideResponse.set_aside_id == row.id)
        ids = list(session.scalars(select(Response.id).where(Response.id.in_(held), ~is_aside())))
        tally_writes.shift(session.connection(), counted(ids), aside=False)
    return row


def one(set_aside_id: int, unit_ids: Collection[int]) -> SetAside:
    """A set-aside of one of some units. Raises places.NotFound."""
    row = db.session.get(SetAside, set_aside_id)
    if row is None or row.unit_id not in unit_ids:
        raise NotFound(str(set_aside_id))
    return row


def listed(unit_ids: Collection[int]) -> list[SetAside]:
    """The set-asides of some units, or that hold a response of theirs, the newest first."""
    theirs = select(SetAsideResponse.set_aside_id).join(Response, Response.id == SetAsideResponse.response_id)
    holds = SetAside.id.in_(theirs.where(Response.unit_id.in_(unit_ids)))
    wanted = select(SetAside).where(SetAside.unit_id.in_(unit_ids) | holds)
    return list(db.session.scalars(wanted.order_by(SetAside.begun_at.desc(), SetAside.id.desc())))


IDS_AT_ONCE = 900
"""How many ids one question names: databases take no more than some thousands of parameters."""


def counted(ids: Sequence[int]) -> list[CountedResponse]:
    """What responses added to the tallies when they were recorded, by their ids."""
    return [one for start in range(0, len(ids), IDS_AT_ONCE) for one in _counted(ids[start : start + IDS_AT_ONCE])]


MOST_SET_ASIDE = 10_000
"""Responses in one set-aside; who doubts more doubts a whole survey point, and closes it."""


class TooManySetAside(Exception):
    """A selection catches more than MOST_SET_ASIDE; the argument is how many."""


@dataclass(frozen=True)
class Preview:
    """How many responses are caught."""

    responses: int


def preview(selection: Selection) -> Preview | None:
    """What a selection would set aside; None where it catches nothing. Raises TooManySetAside.

    Two previews a minute apart would tell how the citizen of that minute rated, so no figure stands in one.
    """
    number = len(found(selection))
    if number > MOST_SET_ASIDE:
        raise TooManySetAside(number)
    return Preview(number) if number else None


def _counted(ids: Sequence[int]) -> Iterable[CountedResponse]:
    ratings: dict[int, list[tuple[int, str | None, int | None]]] = {}
    overall: dict[int, int] = {}
    rated = select(Rating, Question.code, Question.factor).join(Question, Question.id == Rating.question_id)
    for rating, code, factor in db.session.execute(rated.where(Rating.response_id.in_(ids))):
        ratings.setdefault(rating.response_id, []).append((rating.question_id, factor, rating.score))
        if code == OVERALL and rating.score:
            overall[rating.response_id] = rating.score
    ticked: dict[int, list[int]] = {}
    for chosen in db.session.scalars(select(Chosen).where(Chosen.response_id.in_(ids))):
        ticked.setdefault(chosen.response_id, []).append(chosen.option_id)
    for row in db.session.scalars(select(Response).where(Response.id.in_(ids))):
        yield CountedResponse(
            row.unit_id, row.touchpoint_id, row.day, row.hour, row.field_id, row.channel, row.language,
            overall[row.id], tuple(ratings[row.id]), tuple(ticked.get(row.id, ())),
        )  # fmt: skip

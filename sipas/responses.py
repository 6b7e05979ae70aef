"""Responses: what a citizen sent once, kept for good; nothing here changes or deletes one."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, SmallInteger, String, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column, scoped_session

from sipas import db as database
from sipas import periods, places, tallies
from sipas.db import Instant, Model, db, insert_rows, one_of, text_check, writing
from sipas.masking import mask
from sipas.questionnaires import COMMENT_LENGTH, OVERALL, Sheet

RECEIPT_LENGTH = 10
_BODIES = len(places.ALPHABET) ** (RECEIPT_LENGTH - 1)


class KeyReused(Exception):
    """The key of a response came again with other answers; the argument is the first one's receipt."""


class Response(Model):
    """What one citizen sent once.

    The id is random, so that rows do not tell the order in which people left; the minute is enough for
    patterns by hour. `day` is the local day, fixed on receipt. Unit and channel are kept here because a
    touchpoint's unit may be merged later and history stays with whom it belonged.
    """

    __tablename__ = "response"
    __table_args__ = (
        text_check("key", 64),
        one_of("channel", places.CHANNELS),
        CheckConstraint(f"id >= 0 AND id < {_BODIES}", name="id_is_a_receipt"),
        Index("ix_response_unit_id_day", "unit_id", "day"),
        Index("ix_response_touchpoint_id_day", "touchpoint_id", "day"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    key: Mapped[str] = mapped_column(String(64), unique=True)
    touchpoint_id: Mapped[int] = mapped_column(ForeignKey("touchpoint.id"))
    questionnaire_id: Mapped[int] = mapped_column(ForeignKey("questionnaire.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    field_id: Mapped[int] = mapped_column(ForeignKey("service_field.id"))
    channel: Mapped[str] = mapped_column(String(10))
    language: Mapped[str] = mapped_column(String(10))
    day: Mapped[date]
    received_at: Mapped[datetime] = mapped_column(Instant)


class Rating(Model):
    """One score for one question of one response; no score means "does not apply"."""

    __tablename__ = "rating"
    __table_args__ = (
        CheckConstraint("score BETWEEN 1 AND 5", name="score_on_scale"),
        {"sqlite_with_rowid": False},
    )

    response_id: Mapped[int] = mapped_column(ForeignKey("response.id"), primary_key=True)
    question_id: Mapped[int] = mapped_column(ForeignKey("question.id"), primary_key=True)
    score: Mapped[int | None] = mapped_column(SmallInteger)


class Chosen(Model):
    """One option that a response ticked."""

    __tablename__ = "chosen"
    __table_args__ = ({"sqlite_with_rowid": False},)

    response_id: Mapped[int] = mapped_column(ForeignKey("response.id"), primary_key=True)
    option_id: Mapped[int] = mapped_column(ForeignKey("option.id"), primary_key=True)


class Comment(Model):
    """A response's free text, with personal data already masked."""

    __tablename__ = "comment"
    __table_args__ = (text_check("text", COMMENT_LENGTH * 2),)

    response_id: Mapped[int] = mapped_column(ForeignKey("response.id"), primary_key=True)
    text: Mapped[str] = mapped_column(String(COMMENT_LENGTH * 2))


@dataclass(frozen=True, slots=True)
class Place:
    """Where a response was given, as it is kept with the response."""

    touchpoint_id: int
    unit_id: int
    channel: str


@dataclass(frozen=True, slots=True)
class Answers:
    """What a citizen chose: scores by question code (None: does not apply), option ids, free text in NFC."""

    scores: Mapping[str, int | None]
    option_ids: Sequence[int] = ()
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """A response that is complete and checked, ready to be recorded."""

    key: str
    place: Place
    sheet: Sheet
    field_id: int
    answers: Answers
    language: str
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Recorded:
    """That a response is kept: its receipt, and whether it had been kept before."""

    receipt: str
    is_repeat: bool


def new_key() -> str:
    """The random key that a form carries, so that sending it twice counts once."""
    return secrets.token_urlsafe(16)


def receipt_of(response_id: int) -> str:
    """The receipt number of a response: its id in the letters of touchpoint codes, with a check character."""
    body = ""
    for _ in range(RECEIPT_LENGTH - 1):
        response_id, digit = divmod(response_id, len(places.ALPHABET))
        body = places.ALPHABET[digit] + body
    return body + places.check_character(body)


def response_of(receipt: str) -> int | None:
    """The id that a receipt stands for; None where it is no receipt."""
    tidy = places.tidy_code(receipt)
    if len(tidy) != RECEIPT_LENGTH or not set(tidy) <= set(places.ALPHABET):
        return None
    body = tidy[:-1]
    if places.check_character(body) != tidy[-1]:
        return None
    value = 0
    for character in body:
        value = value * len(places.ALPHABET) + places.ALPHABET.index(character)
    return value


def is_received(receipt: str, touchpoint_id: int) -> bool:
    """Whether a response with this receipt came through this touchpoint."""
    response = db.session.get(Response, response_of(receipt)) if response_of(receipt) is not None else None
    return response is not None and response.touchpoint_id == touchpoint_id


def record(draft: Draft, zone: tzinfo) -> Recorded:
    """Keep one response and count it, in one transaction; the same draft again is the same response.

    Raises KeyReused where the key was used for other answers, db.Unwritable where nothing could be kept.
    """
    while True:
        try:
            with writing() as session:
                response_id = _free_id()
                if _insert_new(session, response_id, draft, zone):
                    _insert_answers(session, [(response_id, draft)])
                    tallies.add(session, [_counted(draft, zone)])
                    return Recorded(receipt_of(response_id), is_repeat=False)
                return Recorded(_receipt_of_same(session, draft), is_repeat=True)
        except IntegrityError as error:
            if not _is_taken_id(error):
                raise


def record_many(drafts: Iterable[Draft], zone: tzinfo) -> int:
    """Keep many responses with keys of their own in one transaction, and say how many.

    Raises sqlalchemy's IntegrityError, keeping none, where a key was used before.
    """
    numbered = sorted(((_free_id(), draft) for draft in drafts), key=lambda pair: pair[0])
    with writing() as session:
        insert_rows(session, _table(Response), (_row(number, draft, zone) for number, draft in numbered))
        _insert_answers(session, numbered)
        tallies.add(session, (_counted(draft, zone) for _, draft in numbered))
    return len(numbered)


def _free_id() -> int:
    return secrets.randbelow(_BODIES)


def _table(model: type[Model]) -> database.Table:
    return model.metadata.tables[model.__tablename__]


def _row(response_id: int, draft: Draft, zone: tzinfo) -> dict[str, object]:
    return {
        "id": response_id,
        "key": draft.key,
        "touchpoint_id": draft.place.touchpoint_id,
        "questionnaire_id": draft.sheet.id,
        "unit_id": draft.place.unit_id,
        "field_id": draft.field_id,
        "channel": draft.place.channel,
        "language": draft.language,
        "day": periods.local_day(draft.received_at, zone),
        "received_at": draft.received_at.replace(second=0, microsecond=0),
    }


def _insert_new(session: scoped_session[Session], response_id: int, draft: Draft, zone: tzinfo) -> bool:
    """Insert the response unless its key is taken; the unique key decides, not a look beforehand."""
    statement = database.insert(_table(Response)).on_conflict_do_nothing(index_elements=["key"])
    result = session.execute(statement.returning(Response.id), _row(response_id, draft, zone))
    return result.first() is not None


def _insert_answers(session: scoped_session[Session], numbered: Sequence[tuple[int, Draft]]) -> None:
    insert_rows(
        session,
        _table(Rating),
        (
            {"response_id": number, "question_id": item.id, "score": draft.answers.scores[item.code]}
            for number, draft in numbered
            for item in draft.sheet.ratings
            if item.code in draft.answers.scores
        ),
    )
    insert_rows(
        session,
        _table(Chosen),
        (
            {"response_id": number, "option_id": option_id}
            for number, draft in numbered
            for option_id in draft.answers.option_ids
        ),
    )
    insert_rows(
        session,
        _table(Comment),
        (
            {"response_id": number, "text": mask(draft.answers.comment)}
            for number, draft in numbered
            if draft.answers.comment
        ),
    )


def _counted(draft: Draft, zone: tzinfo) -> tallies.Counted:
    scores = draft.answers.scores
    overall = scores[OVERALL]
    assert overall is not None  # noqa: S101 - a form without it never becomes a draft
    return tallies.Counted(
        draft.place.unit_id,
        periods.local_day(draft.received_at, zone),
        draft.field_id,
        draft.place.channel,
        overall,
        [(item.id, item.factor, scores[item.code]) for item in draft.sheet.ratings if item.code in scores],
    )


def _receipt_of_same(session: scoped_session[Session], draft: Draft) -> str:
    first = session.scalars(select(Response).where(Response.key == draft.key)).one()
    receipt = receipt_of(first.id)
    if (first.touchpoint_id, first.field_id) != (draft.place.touchpoint_id, draft.field_id):
        raise KeyReused(receipt)
    ids = {item.id: draft.answers.scores[item.code] for item in draft.sheet.ratings if item.code in draft.answers.scores}
    kept = {one.question_id: one.score for one in session.scalars(select(Rating).where(Rating.response_id == first.id))}
    ticked = set(session.scalars(select(Chosen.option_id).where(Chosen.response_id == first.id)))
    comment = session.scalar(select(Comment.text).where(Comment.response_id == first.id)) or ""
    if (ids, set(draft.answers.option_ids), mask(draft.answers.comment)) != (kept, ticked, comment):
        raise KeyReused(receipt)
    return receipt


def _is_taken_id(error: IntegrityError) -> bool:
    return "response.id" in str(error.orig) or "pk_response" in str(error.orig)

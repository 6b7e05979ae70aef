"""Responses: what a citizen sent once, kept for good; nothing here changes or deletes one."""

from __future__ import annotations

import secrets
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from operator import attrgetter
from typing import NamedTuple

from flask_sqlalchemy.session import Session
from sqlalchemy import Connection, Table, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import scoped_session

from sipas.catalogue.questionnaires import OVERALL, Item, Version
from sipas.core import codes, languages
from sipas.core.db import Model, Unwritable, db, insert_new, insert_rows, keep_writers_out, writing
from sipas.core.group_commit import GroupCommit
from sipas.core.masking import mask
from sipas.responses import tally_tables, tally_writes
from sipas.responses.models import Chosen, Comment, Rating, Response


class KeyReused(Exception):
    """The key of a response came again with other answers; the argument is the first one's receipt."""


@dataclass(frozen=True, slots=True)
class ResponsePlace:
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
class ResponseDraft:
    """A response that is complete and checked, ready to be recorded."""

    key: str
    place: ResponsePlace
    sheet: Version
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
    """The random key that a form carries, so that sending it twice counts once.

    Made in stock: to ask the system for each would let go of the interpreter, which a busy server gets back late.
    """
    while True:
        try:
            return _keys.popleft()
        except IndexError:
            _keys.extend(secrets.token_urlsafe(16) for _ in range(256))


_keys: deque[str] = deque()


def is_received(receipt: str, touchpoint_id: int) -> bool:
    """Whether a response with this receipt came through this touchpoint."""
    response_id = codes.response_of(receipt)
    response = None if response_id is None else db.session.get(Response, response_id)
    return response is not None and response.touchpoint_id == touchpoint_id


def record(draft: ResponseDraft, zone: tzinfo) -> Recorded:
    """Keep one response and count it, in one transaction; the same draft again is the same response.

    Responses that arrive while one is being written share the next transaction. Raises KeyReused where
    the key was used for other answers, db.Unwritable where nothing could be kept.
    """
    group = _groups.setdefault(str(db.engine.url), GroupCommit(_written))
    return group.do((draft, zone))


_groups: dict[str, GroupCommit[tuple[ResponseDraft, tzinfo], Recorded]] = {}
"""Responses that wait to be written, by database."""


def _written(drafts: Sequence[tuple[ResponseDraft, tzinfo]]) -> list[Recorded | BaseException]:
    """Keep responses in one transaction: those that are new, and for the others what was kept before."""
    while True:
        numbered = [_numbered([draft], zone)[0] for draft, zone in drafts]
        try:
            with writing() as session:
                return list(_kept(session, numbered).values())
        except IntegrityError as error:
            if not _is_taken_id(error):
                raise
        except Unwritable as error:
            return [Unwritable(str(error)) for _ in drafts]  # one wait for a locked database is enough for all


def hold_back() -> None:
    """Let no response be recorded until the caller's transaction ends; then each finds the tree as it is.

    A response is stored before it looks which units it counts for: who waits here has not looked yet.
    """
    keep_writers_out(db.session, _table(Response))


def _kept(session: scoped_session[Session], numbered: Sequence[_Numbered]) -> dict[int, Recorded | KeyReused]:
    """Keep those that are new, within the caller's transaction; by id what became of each."""
    connection = session.connection()
    new = _insert_new(connection, numbered)
    _insert_answers(connection, [one for one in numbered if one.id in new])
    return {
        one.id: Recorded(codes.receipt_of(one.id), is_repeat=False) if one.id in new else _repeated(session, one)
        for one in numbered
    }


def keep(session: scoped_session[Session], drafts: Sequence[ResponseDraft], zone: tzinfo) -> list[Recorded | KeyReused]:
    """Keep responses within the caller's transaction, those whose keys are taken excepted; what became of each.

    In the order of the drafts. Who asks notes what was done in the same transaction: paper forms are typed so.
    """
    numbered = [_numbered([draft], zone)[0] for draft in drafts]
    outcomes = _kept(session, numbered)
    return [outcomes[one.id] for one in numbered]


def record_many(drafts: Iterable[ResponseDraft], zone: tzinfo) -> int:
    """Keep many responses with keys of their own in one transaction, and say how many.

    Raises sqlalchemy's IntegrityError, keeping none, where a key was used before.
    """
    numbered = _numbered(drafts, zone)
    with writing() as session:
        connection = session.connection()
        insert_rows(connection, _table(Response), map(_row, numbered))
        _insert_answers(connection, numbered)
    return len(numbered)


class _Numbered(NamedTuple):
    """A draft with its id, its local day and hour, and its ratings as (question id, factor, score)."""

    id: int
    draft: ResponseDraft
    day: date
    hour: int
    ratings: tuple[tuple[int, str | None, int | None], ...]


def _numbered(drafts: Iterable[ResponseDraft], zone: tzinfo) -> list[_Numbered]:
    """Drafts in the order of their new ids: so they are stored fastest."""
    asked: dict[int, tuple[Item, ...]] = {}
    numbered = []
    for draft in drafts:
        items = asked.get(draft.sheet.id) or asked.setdefault(draft.sheet.id, draft.sheet.ratings)
        scores = draft.answers.scores
        ratings = tuple([(item.id, item.factor, scores[item.code]) for item in items if item.code in scores])
        there = draft.received_at.astimezone(zone)
        hour = tally_tables.NO_HOUR if draft.place.channel == "paper" else there.hour
        numbered.append(_Numbered(codes.free_response_id(), draft, there.date(), hour, ratings))
    return sorted(numbered, key=attrgetter("id"))


def _table(model: type[Model]) -> Table:
    return model.metadata.tables[model.__tablename__]


def _row(one: _Numbered) -> tuple[object, ...]:
    draft, place = one.draft, one.draft.place
    received_at = draft.received_at.replace(second=0, microsecond=0)
    return (
        one.id, draft.key, place.touchpoint_id, draft.sheet.id, place.unit_id, draft.field_id, place.channel,
        draft.language, one.day, received_at, one.hour,
    )  # fmt: skip


def _insert_new(connection: Connection, numbered: Sequence[_Numbered]) -> set[int]:
    """Insert those responses whose keys are not taken; the unique key decides, not a look beforehand. Their ids.

    In the order of their keys, so that two transactions with the same keys never wait for each other.
    """
    ids = {one.id for one in numbered}
    rows = map(_row, sorted(numbered, key=lambda one: one.draft.key))
    if insert_new(connection, _table(Response), "key", rows) == len(numbered):
        return ids
    return set(connection.scalars(select(Response.id).where(Response.id.in_(ids))))


def _insert_answers(connection: Connection, numbered: Sequence[_Numbered]) -> None:
    """Insert what the responses hold, and count it."""
    answers = [(one.id, one.draft.answers) for one in numbered]
    ratings = ((one.id, question_id, score) for one in numbered for question_id, _, score in one.ratings)
    chosen = ((number, option_id) for number, one in answers for option_id in one.option_ids)
    comments = (_comment(one) for one in numbered if one.draft.answers.comment)
    insert_rows(connection, _table(Rating), ratings)
    insert_rows(connection, _table(Chosen), chosen)
    insert_rows(connection, _table(Comment), comments)
    tally_writes.add(connection, map(_counted, numbered))


def _comment(one: _Numbered) -> tuple[object, ...]:
    draft, text = one.draft, mask(one.draft.answers.comment)
    overall = draft.answers.scores[OVERALL]
    return (
        one.id,
        text,
        secrets.token_hex(6),
        draft.place.unit_id,
        one.day,
        draft.field_id,
        overall,
        languages.plain(text),
    )


def _counted(one: _Numbered) -> tally_writes.CountedResponse:
    draft = one.draft
    overall = draft.answers.scores[OVERALL]
    assert overall is not None  # noqa: S101 - a form without it never becomes a draft
    place = draft.place
    return tally_writes.CountedResponse(
        place.unit_id, place.touchpoint_id, one.day, one.hour, draft.field_id, place.channel, draft.language, overall,
        one.ratings, tuple(draft.answers.option_ids),
    )  # fmt: skip


def _repeated(session: scoped_session[Session], one: _Numbered) -> Recorded | KeyReused:
    """What a draft whose key was used gets: the first receipt, or that the first answers differ."""
    draft, scores = one.draft, {question_id: score for question_id, _, score in one.ratings}
    first = session.scalars(select(Response).where(Response.key == draft.key)).one()
    receipt = codes.receipt_of(first.id)
    ratings = session.scalars(select(Rating).where(Rating.response_id == first.id))
    kept = {rating.question_id: rating.score for rating in ratings}
    ticked = set(session.scalars(select(Chosen.option_id).where(Chosen.response_id == first.id)))
    answers = draft.answers
    before = (first.touchpoint_id, first.field_id, kept, ticked, _text(session, first.id, mask(answers.comment)))
    sent = (draft.place.touchpoint_id, draft.field_id, scores, set(answers.option_ids), mask(answers.comment))
    return Recorded(receipt, is_repeat=True) if sent == before else KeyReused(receipt)


def _text(session: scoped_session[Session], response_id: int, sent: str) -> str:
    """The comment that a response came with; of one that was erased nobody can say that it was another than now."""
    kept = session.scalar(select(Comment).where(Comment.response_id == response_id))
    return "" if kept is None else sent if kept.text is None else kept.text


def _is_taken_id(error: IntegrityError) -> bool:
    return "response.id" in str(error.orig) or "pk_response" in str(error.orig)

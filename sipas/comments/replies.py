"""You said, we did: what a unit answers to its citizens' comments, drafted, published and withdrawn."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, or_, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from sipas.catalogue import lookups
from sipas.catalogue.models import ServiceField, Unit
from sipas.comments import cases
from sipas.comments.cases import PersonalData
from sipas.core import edit_conflicts
from sipas.core.db import Model, db, text_check, writing
from sipas.core.edit_conflicts import ALONE
from sipas.core.errors import NotFound
from sipas.core.languages import LANGUAGES
from sipas.core.masking import is_masked
from sipas.responses.models import Comment

MOST_SAID, MOST_DONE = 300, 500
EDITED = ("field_id", "said_vi", "done_vi", "said_en", "done_en")
WRITTEN = ("said_vi", "done_vi", "said_en", "done_en")

SHOWN_FOR = timedelta(days=365)
"""How long a published answer is shown: what was mended longer ago is no news."""


class PublishedReply(Exception):
    """The answer is published: it is withdrawn before it is changed or thrown away."""


class Answer(Model):
    """What citizens said and what was done, for a unit and perhaps one field; shown from the day it is published."""

    __audited__ = "answer"
    __tablename__ = "answer"
    __table_args__ = (
        text_check("said_vi", MOST_SAID),
        text_check("done_vi", MOST_DONE),
        text_check("said_en", MOST_SAID),
        text_check("done_en", MOST_DONE),
        CheckConstraint("(said_en IS NULL) = (done_en IS NULL)", name="english_is_whole"),
        Index("ix_answer_unit_id_published_on", "unit_id", "published_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    field_id: Mapped[int | None] = mapped_column(ForeignKey("service_field.id"))
    said_vi: Mapped[str] = mapped_column(String(MOST_SAID))
    done_vi: Mapped[str] = mapped_column(String(MOST_DONE))
    said_en: Mapped[str | None] = mapped_column(String(MOST_SAID))
    done_en: Mapped[str | None] = mapped_column(String(MOST_DONE))
    published_on: Mapped[date | None]

    unit: Mapped[Unit] = relationship()
    field: Mapped[ServiceField | None] = relationship()

    @property
    def audit_subject(self) -> str:
        """What the audit calls it."""
        return self.said_vi

    @property
    def audit_unit_id(self) -> int:
        """Whose act it is."""
        return self.unit_id


class Answered(Model):
    """That an answer answers a comment."""

    __tablename__ = "answered_comment"

    answer_id: Mapped[int] = mapped_column(ForeignKey("answer.id"), primary_key=True)
    response_id: Mapped[int] = mapped_column(ForeignKey("comment.response_id"), primary_key=True, index=True)


@dataclass(frozen=True)
class ReplyShown:
    """A published answer as citizens read it; `written_in` tells, by the page's language, which one it stands in."""

    said: Mapping[str, str]
    done: Mapping[str, str]
    written_in: Mapping[str, str]
    published_on: date


def as_shown(answer: Answer, day: date) -> ReplyShown:
    """An answer as citizens read it, or would if it were published on a day."""
    written_in = {one: one if getattr(answer, f"said_{one}", None) else "vi" for one in LANGUAGES}
    said, done = (
        {one: str(getattr(answer, f"{part}_{own}")) for one, own in written_in.items()} for part in ("said", "done")
    )
    return ReplyShown(said, done, written_in, answer.published_on or day)


def shown(unit_id: int, today: date, field_id: int | None = None, most: int = 2) -> tuple[ReplyShown, ...]:
    """A unit's newest published answers; with a field those about it or about the whole unit, never another's."""
    wanted = select(Answer).where(Answer.unit_id == unit_id, Answer.published_on > today - SHOWN_FOR)
    if field_id is not None:
        wanted = wanted.where(or_(Answer.field_id == field_id, Answer.field_id.is_(None)))
    newest = wanted.order_by(Answer.published_on.desc(), Answer.id.desc()).limit(most)
    return tuple(as_shown(one, today) for one in db.session.scalars(newest))


def is_shown(kept: Answer, today: date) -> bool:
    """Whether citizens may still read it."""
    return kept.published_on is not None and kept.published_on > today - SHOWN_FOR


def answer(unit: Unit, answer_id: int) -> Answer:
    """An answer of a unit's subtree. Raises NotFound."""
    kept = db.session.get(Answer, answer_id)
    if kept is None or kept.unit_id not in lookups.subtree(unit.id):
        raise NotFound(str(answer_id))
    return kept


def listed(unit: Unit) -> list[Answer]:
    """The answers of a unit's subtree: drafts first, then the newest."""
    kept = db.session.scalars(select(Answer).where(Answer.unit_id.in_(lookups.subtree(unit.id))))
    return sorted(kept, key=lambda one: (one.published_on or date.max, one.id), reverse=True)


def answered(kept: Answer) -> list[Comment]:
    """The comments that it answers."""
    wanted = select(Comment).join(Answered, Answered.response_id == Comment.response_id)
    return list(db.session.scalars(wanted.where(Answered.answer_id == kept.id).order_by(Comment.code)))


def draft(unit: Unit, values: Mapping[str, object], comments: Collection[Comment] = ()) -> Answer:
    """Write an answer that nobody sees yet: the values of EDITED. Raises PersonalData with a text's name."""
    _check(values)
    unit_id, response_ids = unit.id, sorted(one.response_id for one in comments)
    with writing() as session:
        made = Answer(unit_id=unit_id, **values)
        session.add(made)
        session.flush()
        session.add_all(Answered(answer_id=made.id, response_id=one) for one in response_ids)
    return made


def change(kept: Answer, values: Mapping[str, object], seen: str) -> None:
    """Change a draft. Raises PersonalData, Published or editing.ChangedMeanwhile."""
    _check(values)
    answer_id = kept.id
    with writing():
        edit_conflicts.change(_draft(answer_id), values, seen)


def publish(kept: Answer, today: date, closing: bool = False) -> None:
    """Show an answer to citizens; with `closing`, set the comments that it answers to done in the same transaction.

    Publishing it again changes nothing.
    """
    answer_id = kept.id
    with writing() as session:
        found = session.get_one(Answer, answer_id, with_for_update=ALONE)
        found.published_on = found.published_on or today
        if closing:
            cases.close([one.response_id for one in answered(found)])


def withdraw(kept: Answer) -> None:
    """Show a published answer no more; it is a draft again."""
    answer_id = kept.id
    with writing() as session:
        session.get_one(Answer, answer_id, with_for_update=ALONE).published_on = None


def discard(kept: Answer) -> None:
    """Throw a draft away. Raises Published."""
    answer_id = kept.id
    with writing() as session:
        found = _draft(answer_id)
        for link in session.scalars(select(Answered).where(Answered.answer_id == answer_id)):
            session.delete(link)
        session.flush()
        session.delete(found)


def _draft(answer_id: int) -> Answer:
    found = db.session.get_one(Answer, answer_id, with_for_update=ALONE)
    if found.published_on:
        raise PublishedReply(str(answer_id))
    return found


def _check(values: Mapping[str, object]) -> None:
    """Refuse what masking would change: an answer is read by anyone, and a mark in it would help nobody."""
    for name in WRITTEN:
        if not is_masked(str(values.get(name) or "")):
            raise PersonalData(name)

"""Questionnaires: what citizens are asked, in versions that nobody changes once they are published."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from types import MappingProxyType

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, String, UniqueConstraint, func, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from sipas.catalogue.models import Touchpoint
from sipas.core.db import Code, Instant, Model, db, one_of, text_check
from sipas.core.errors import NotFound
from sipas.core.languages import DEFAULT_LANGUAGE
from sipas.numbers.shares import FACTORS

KINDS = ("rating", "rating_na", "choice", "choices", "field", "comment")
"""A score of 1–5; the same or "not applicable"; one of options; several; the service field; free text."""

OVERALL = "overall"
DEFAULT = "short"
COMMENT_LENGTH = 500
MOST_VERSIONS = 1_000_000
"""Beyond any that is ever published; a database refuses to compare with numbers that it cannot hold."""

RESERVED = frozenset(
    {"key", "version", "field", "comment", "lang", "send", "data", "errors", "meta", "populate", "process", "validate"}
)
"""Names that the survey's form uses itself, and no question may have (but the kinds `field` and `comment`)."""


class NothingPublished(Exception):
    """No version of this questionnaire is published; the argument is its code."""


class Questionnaire(Model):
    """One version of the questions; with `published_at` set it is frozen, and asked from `effective_on` on."""

    __audited__ = "questionnaire"
    __tablename__ = "questionnaire"
    __table_args__ = (UniqueConstraint("code", "version"), text_check("code", 60))

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(Code)
    version: Mapped[int]
    published_at: Mapped[datetime | None] = mapped_column(Instant)
    effective_on: Mapped[date | None]

    questions: Mapped[list[Question]] = relationship(order_by="Question.position")

    audit_unit_id = None

    @property
    def audit_subject(self) -> str:
        """What the audit calls it."""
        return f"{self.code} {self.version}"


class Question(Model):
    """One question of one version; one with a factor enters the index."""

    __tablename__ = "question"
    __table_args__ = (
        UniqueConstraint("questionnaire_id", "code"),
        UniqueConstraint("questionnaire_id", "position"),
        one_of("kind", KINDS),
        one_of("factor", FACTORS),
        CheckConstraint("factor IS NULL OR kind IN ('rating', 'rating_na')", name="factor_is_rated"),
        CheckConstraint(f"code <> '{OVERALL}' OR (kind = 'rating' AND factor IS NULL)", name="overall_is_a_rating"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    questionnaire_id: Mapped[int] = mapped_column(ForeignKey("questionnaire.id"))
    code: Mapped[str] = mapped_column(Code)
    position: Mapped[int]
    kind: Mapped[str] = mapped_column(String(10))
    factor: Mapped[str | None] = mapped_column(String(10))
    when_low: Mapped[bool] = mapped_column(default=False)

    wordings: Mapped[list[Wording]] = relationship()
    options: Mapped[list[Option]] = relationship(order_by="Option.position")


class Wording(Model):
    """A question's text in one language, with the words for "not applicable" where it offers that."""

    __tablename__ = "wording"
    __table_args__ = (text_check("text", 300),)

    question_id: Mapped[int] = mapped_column(ForeignKey("question.id"), primary_key=True)
    language: Mapped[str] = mapped_column(String(10), primary_key=True)
    text: Mapped[str] = mapped_column(String(300))
    not_applicable: Mapped[str | None] = mapped_column(String(120))


class Option(Model):
    """One option of a `choice` or `choices` question."""

    __tablename__ = "option"
    __table_args__ = (UniqueConstraint("question_id", "code"), UniqueConstraint("question_id", "position"))

    id: Mapped[int] = mapped_column(primary_key=True)
    question_id: Mapped[int] = mapped_column(ForeignKey("question.id"))
    code: Mapped[str] = mapped_column(Code)
    position: Mapped[int]

    wordings: Mapped[list[OptionWording]] = relationship()


class OptionWording(Model):
    """An option's text in one language."""

    __tablename__ = "option_wording"
    __table_args__ = (text_check("text", 120),)

    option_id: Mapped[int] = mapped_column(ForeignKey("option.id"), primary_key=True)
    language: Mapped[str] = mapped_column(String(10), primary_key=True)
    text: Mapped[str] = mapped_column(String(120))


@dataclass(frozen=True)
class Choice:
    """An option as it is shown: its texts by language."""

    code: str
    texts: Mapping[str, str]
    id: int = field(default=0, compare=False)

    def text(self, language: str) -> str:
        """The text in a language, or in the first language where there is none."""
        return _in(self.texts, language)


@dataclass(frozen=True)
class Item:
    """A question as it is shown."""

    code: str
    kind: str
    factor: str | None
    when_low: bool
    texts: Mapping[str, str]
    not_applicable: Mapping[str, str]
    choices: tuple[Choice, ...] = ()
    id: int = field(default=0, compare=False)

    def text(self, language: str) -> str:
        """The question in a language, or in the first language where there is none."""
        return _in(self.texts, language)

    def not_applicable_text(self, language: str) -> str:
        """The words for "not applicable" in a language."""
        return _in(self.not_applicable, language)

    @property
    def is_rating(self) -> bool:
        """Whether it is answered with a score."""
        return self.kind in ("rating", "rating_na")


@dataclass(frozen=True)
class Version:
    """A whole questionnaire in memory, detached from the database; two are equal that ask the same."""

    code: str
    items: tuple[Item, ...]
    version: int = field(default=0, compare=False)
    id: int = field(default=0, compare=False)

    def __hash__(self) -> int:
        """Made of less than equality compares: the texts are mappings, and long."""
        return hash((self.code, len(self.items)))

    def item(self, code: str) -> Item | None:
        """The question with this code, if there is one."""
        return next((item for item in self.items if item.code == code), None)

    @property
    def overall(self) -> Item:
        """The question that satisfaction is counted from."""
        return next(item for item in self.items if item.code == OVERALL)

    @property
    def ratings(self) -> tuple[Item, ...]:
        """The questions answered with a score, in order."""
        return tuple(item for item in self.items if item.is_rating)

    def of_kind(self, *kinds: str) -> tuple[Item, ...]:
        """The questions of some kinds, in order."""
        return tuple(item for item in self.items if item.kind in kinds)


def _in(texts: Mapping[str, str], language: str) -> str:
    return texts.get(language) or texts.get(DEFAULT_LANGUAGE, "")


def sheet(questionnaire_id: int) -> Version:
    """The questionnaire with this id, read whole. Raises places.NotFound where a draft was discarded meanwhile."""
    row = db.session.get(Questionnaire, questionnaire_id)
    if row is None:
        raise NotFound(str(questionnaire_id))
    return Version(row.code, tuple(_item(question) for question in row.questions), row.version, row.id)


def _item(question: Question) -> Item:
    return Item(
        question.code,
        question.kind,
        question.factor,
        question.when_low,
        MappingProxyType({one.language: one.text for one in question.wordings}),
        MappingProxyType({one.language: one.not_applicable for one in question.wordings if one.not_applicable}),
        tuple(
            Choice(option.code, MappingProxyType({one.language: one.text for one in option.wordings}), option.id)
            for option in question.options
        ),
        question.id,
    )


def current(code: str, today: date) -> int:
    """The id of the newest published version of a questionnaire that is asked already. Raises NothingPublished."""
    found = db.session.scalar(
        select(Questionnaire.id)
        .where(Questionnaire.code == code, Questionnaire.published_at.is_not(None), _is_asked(today))
        .order_by(Questionnaire.version.desc())
        .limit(1)
    )
    if found is None:
        raise NothingPublished(code)
    return found


def _is_asked(today: date) -> ColumnElement[bool]:
    """A version without a day is asked from the moment it is published."""
    return Questionnaire.effective_on.is_(None) | (Questionnaire.effective_on <= today)


def published(code: str, version: int, today: date) -> int | None:
    """The id of one published version that is asked or was once, None where there is none."""
    if not code.isprintable():  # PostgreSQL refuses a NUL in a text
        return None
    return db.session.scalar(
        select(Questionnaire.id).where(
            Questionnaire.code == code,
            Questionnaire.version == version,
            Questionnaire.published_at.is_not(None),
            _is_asked(today),
        )
    )


def codes() -> set[str]:
    """The questionnaires of which a version is published."""
    return set(db.session.scalars(select(Questionnaire.code).where(Questionnaire.published_at.is_not(None))))


def versions(code: str | None = None) -> list[Questionnaire]:
    """All versions of one questionnaire or of all, by code, the newest first."""
    listed = select(Questionnaire).order_by(Questionnaire.code, Questionnaire.version.desc())
    return list(db.session.scalars(listed if code is None else listed.where(Questionnaire.code == code)))


def version(code: str, number: int) -> Questionnaire:
    """One version, published or not. Raises places.NotFound."""
    wanted = select(Questionnaire).where(Questionnaire.code == code, Questionnaire.version == number)
    found = db.session.scalar(wanted) if code.isprintable() and number < MOST_VERSIONS else None
    if found is None:
        raise NotFound(f"{code} {number}")
    return found


def overalls() -> dict[int, int]:
    """The id of the question that satisfaction is counted from, by that of each version."""
    asked = select(Question.questionnaire_id, Question.id).where(Question.code == OVERALL)
    return dict(db.session.execute(asked).all())


def uses() -> dict[str, int]:
    """How many open touchpoints ask each questionnaire."""
    counted = select(Touchpoint.questionnaire, func.count()).where(Touchpoint.closed_on.is_(None))
    return dict(db.session.execute(counted.group_by(Touchpoint.questionnaire)).all())


def meanings(code: str) -> dict[str, tuple[str, str | None]]:
    """What each question code of the published versions stands for: its kind and factor, by the newest that asks it."""
    asked = (
        select(Question.code, Question.kind, Question.factor)
        .join(Questionnaire, Questionnaire.id == Question.questionnaire_id)
        .where(Questionnaire.code == code, Questionnaire.published_at.is_not(None))
        .order_by(Questionnaire.version)
    )
    return {question: (kind, factor) for question, kind, factor in db.session.execute(asked)}

"""What was received: the tables that hold each response; nothing changes or deletes a row but the text of a comment."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from sipas.catalogue import models
from sipas.catalogue.questionnaires import COMMENT_LENGTH
from sipas.core import codes
from sipas.core.db import Instant, Model, WideId, one_of, text_check

MOST_OF_A_COMMENT = COMMENT_LENGTH * 2
"""Characters kept: marks may be longer than what they stand for, though never twice as long."""


class Response(Model):
    """What one citizen sent once.

    The id is random, so that rows do not tell the order in which people left; the minute is enough for
    patterns by hour. `day` is the local day, fixed on receipt. Unit and channel are kept here because a
    touchpoint's unit may be merged later and history stays with whom it belonged. `hour` is the local hour, fixed
    like the day, or tallies.NO_HOUR for paper, which says when staff typed it in.
    """

    __tablename__ = "response"
    __table_args__ = (
        text_check("key", 64),
        one_of("channel", models.CHANNELS),
        CheckConstraint(f"id >= 0 AND id < {codes.RESPONSE_IDS}", name="id_is_a_receipt"),
        Index("ix_response_unit_id_day", "unit_id", "day"),
        Index("ix_response_touchpoint_id_day", "touchpoint_id", "day"),
    )

    id: Mapped[int] = mapped_column(WideId, primary_key=True, autoincrement=False)
    key: Mapped[str] = mapped_column(String(64), unique=True)
    touchpoint_id: Mapped[int] = mapped_column(ForeignKey("touchpoint.id"))
    questionnaire_id: Mapped[int] = mapped_column(ForeignKey("questionnaire.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    field_id: Mapped[int] = mapped_column(ForeignKey("service_field.id"))
    channel: Mapped[str] = mapped_column(String(10))
    language: Mapped[str] = mapped_column(String(10))
    day: Mapped[date]
    received_at: Mapped[datetime] = mapped_column(Instant)
    hour: Mapped[int] = mapped_column(SmallInteger, server_default="-1")


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
    """A response's free text, with personal data already masked; no text is left of one that was erased.

    `code` is what staff call it by: the response's id is its receipt, which they must not learn from a list.
    `plain` is for searching. Unit, day, field and overall score are the response's, which never change: so a list
    reads this table alone, and no more of it than its unit's.
    """

    __tablename__ = "comment"
    __table_args__ = (
        text_check("text", MOST_OF_A_COMMENT),
        CheckConstraint("overall BETWEEN 1 AND 5", name="overall_on_scale"),
        CheckConstraint("(text IS NULL) = (plain IS NULL)", name="erased_for_good"),
        Index("ix_comment_unit_id_day", "unit_id", "day"),
    )

    response_id: Mapped[int] = mapped_column(ForeignKey("response.id"), primary_key=True)
    text: Mapped[str | None] = mapped_column(String(MOST_OF_A_COMMENT))
    code: Mapped[str] = mapped_column(String(12), unique=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    day: Mapped[date]
    field_id: Mapped[int] = mapped_column(ForeignKey("service_field.id"))
    overall: Mapped[int] = mapped_column(SmallInteger)
    plain: Mapped[str | None] = mapped_column(Text)

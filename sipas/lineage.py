"""What units were before: former names and places in the tree, and who took over from whom."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from sipas.db import Model, Name, text_check


class Succession(Model):
    """That one unit took over from another on a day; of a merger or a split there are several."""

    __tablename__ = "succession"
    __table_args__ = (
        CheckConstraint("predecessor_id <> successor_id", name="successor_is_another"),
        Index("ix_succession_successor_id", "successor_id"),
    )

    predecessor_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), primary_key=True)
    successor_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), primary_key=True)
    day: Mapped[date]


class FormerName(Model):
    """What a unit was called until a day, from which on it has another name."""

    __tablename__ = "former_name"
    __table_args__ = (text_check("name_vi", 300),)

    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), primary_key=True)
    until: Mapped[date] = mapped_column(primary_key=True)
    name_vi: Mapped[str] = mapped_column(Name)
    name_en: Mapped[str | None] = mapped_column(Name)


class FormerParent(Model):
    """Where in the tree a unit stood until a day."""

    __tablename__ = "former_parent"

    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), primary_key=True)
    until: Mapped[date] = mapped_column(primary_key=True)
    parent_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))

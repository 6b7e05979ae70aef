"""Where service is given and for what: units, service fields with their agency, procedures, touchpoints."""

from __future__ import annotations

from datetime import date

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from sipas.core.codes import CODE_LENGTH
from sipas.core.db import Code, Model, Name, one_of, text_check

LEVELS = ("province", "centre", "point")
"""Levels of a unit: the province, a centre that is ranked, a further reception point of a centre."""

CHANNELS = ("qr", "receipt", "kiosk", "link", "paper")

OTHER_FIELD = "other"
"""The field of citizens who do not find theirs or do not remember it; every installation has it."""


class Unit(Model):
    """An administrative unit that serves and is ranked; units form a tree with the province at its root."""

    __audited__ = "unit"
    __tablename__ = "unit"
    __table_args__ = (
        text_check("code", 60),
        text_check("name_vi", 300),
        one_of("level", LEVELS),
        CheckConstraint("parent_id <> id", name="parent_is_another"),
        CheckConstraint("(parent_id IS NULL) = (level = 'province')", name="province_is_root"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(Code, unique=True)
    level: Mapped[str] = mapped_column(String(20))
    name_vi: Mapped[str] = mapped_column(Name)
    name_en: Mapped[str | None] = mapped_column(Name)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"), index=True)
    official_code: Mapped[str | None] = mapped_column(String(20), unique=True)
    opened_on: Mapped[date | None]
    closed_on: Mapped[date | None]

    parent: Mapped[Unit | None] = relationship(remote_side="Unit.id")

    @property
    def audit_subject(self) -> str:
        """What the audit calls it."""
        return self.code

    @property
    def audit_unit_id(self) -> int:
        """Whose act it is."""
        return self.id


class Agency(Model):
    """Who handles a field: the unit's own authority, or a vertical one (tax, police, land office, insurance)."""

    __audited__ = "agency"
    __tablename__ = "agency"
    __table_args__ = (text_check("name_vi", 300),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name_vi: Mapped[str] = mapped_column(Name, unique=True)
    name_en: Mapped[str | None] = mapped_column(Name)
    is_vertical: Mapped[bool]

    audit_unit_id = None

    @property
    def audit_subject(self) -> str:
        """What the audit calls it."""
        return self.name_vi


class ServiceField(Model):
    """A field of service (civil status, land …) and the agency that handles it."""

    __audited__ = "field"
    __tablename__ = "service_field"
    __table_args__ = (text_check("code", 60), text_check("name_vi", 300))

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(Code, unique=True)
    name_vi: Mapped[str] = mapped_column(Name)
    name_en: Mapped[str | None] = mapped_column(Name)
    agency_id: Mapped[int | None] = mapped_column(ForeignKey("agency.id"), index=True)
    position: Mapped[int]
    closed_on: Mapped[date | None]

    agency: Mapped[Agency | None] = relationship()

    audit_unit_id = None

    @property
    def audit_subject(self) -> str:
        """What the audit calls it."""
        return self.code


class Procedure(Model):
    """One procedure of a field, with its national code."""

    __audited__ = "procedure"
    __tablename__ = "procedure"
    __table_args__ = (text_check("code", 30), text_check("name_vi", 500))

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(30), unique=True)
    name_vi: Mapped[str] = mapped_column(String(500))
    name_en: Mapped[str | None] = mapped_column(String(500))
    field_id: Mapped[int] = mapped_column(ForeignKey("service_field.id"), index=True)
    closed_on: Mapped[date | None]

    field: Mapped[ServiceField] = relationship()

    audit_unit_id = None

    @property
    def audit_subject(self) -> str:
        """What the audit calls it."""
        return self.code


class Touchpoint(Model):
    """The place a QR code hangs: a unit, a label, a channel, and perhaps one field.

    Its code is on paper and never changes; it says nothing of the place.
    """

    __audited__ = "touchpoint"
    __tablename__ = "touchpoint"
    __table_args__ = (
        CheckConstraint(f"length(code) = {CODE_LENGTH} AND code = upper(code)", name="code_shape"),
        text_check("label_vi", 120),
        one_of("channel", CHANNELS),
        UniqueConstraint("unit_id", "channel", "label_vi"),
        Index("ix_touchpoint_field_id", "field_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(CODE_LENGTH), unique=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    label_vi: Mapped[str] = mapped_column(String(120))
    label_en: Mapped[str | None] = mapped_column(String(120))
    channel: Mapped[str] = mapped_column(String(10))
    field_id: Mapped[int | None] = mapped_column(ForeignKey("service_field.id"))
    questionnaire: Mapped[str] = mapped_column(Code, default="short")
    opened_on: Mapped[date | None]
    closed_on: Mapped[date | None]

    unit: Mapped[Unit] = relationship()
    field: Mapped[ServiceField | None] = relationship()

    @property
    def audit_subject(self) -> str:
        """What the audit calls it."""
        return self.code

    @property
    def audit_unit_id(self) -> int:
        """Whose act it is."""
        return self.unit_id

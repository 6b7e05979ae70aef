"""Where service is given and for what: units, service fields with their agency, procedures, touchpoints."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date
from typing import TypeVar

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    Select,
    String,
    UniqueConstraint,
    bindparam,
    select,
)
from sqlalchemy.orm import Mapped, joinedload, mapped_column, relationship

from sipas.codes import CODE_LENGTH, is_code, tidy_code
from sipas.db import Code, Model, Name, db, one_of, text_check
from sipas.i18n import named, own_part, sort_key

LEVELS = ("province", "centre", "point")
"""Levels of a unit: the province, a centre that is ranked, a further reception point of a centre."""

CHANNELS = ("qr", "receipt", "kiosk", "link", "paper")

OTHER_FIELD = "other"
"""The field of citizens who do not find theirs or do not remember it; every installation has it."""


Placed = TypeVar("Placed", "Unit", "ServiceField", "Touchpoint")


class NotFound(Exception):
    """Nothing has this code (or nothing within the asker's scope); the argument is the code."""


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


def touchpoint(code: str) -> Touchpoint:
    """The touchpoint with this code, typed in any case. Raises NotFound."""
    tidy = tidy_code(code)
    return _with_code(Touchpoint, tidy if is_code(tidy) else "", code)


def unit(code: str) -> Unit:
    """The unit with this code. Raises NotFound."""
    return _with_code(Unit, code, code)


def _with_code(model: type[Placed], code: str, asked: str) -> Placed:
    """PostgreSQL refuses a NUL in a text with an error of its own; here it is a code that nothing has."""
    found = db.session.scalar(select(model).where(model.code == code)) if code.isprintable() else None
    if found is None:
        raise NotFound(asked)
    return found


def province() -> Unit:
    """The root of the tree. Raises NotFound while there is none."""
    found = db.session.scalar(select(Unit).where(Unit.parent_id.is_(None)))
    if found is None:
        raise NotFound("province")
    return found


def field(code: str) -> ServiceField:
    """The service field with this code. Raises NotFound."""
    return _with_code(ServiceField, code, code)


def subtree(root_id: int) -> list[int]:
    """The ids of a unit and of all below it."""
    tree = select(Unit.id).where(Unit.id == root_id).cte("tree", recursive=True)
    tree = tree.union_all(select(Unit.id).join(tree, Unit.parent_id == tree.c.id))
    return list(db.session.scalars(select(tree.c.id)))


def above(unit_ids: Collection[int]) -> dict[int, list[int]]:
    """For each of some units the ids of itself and of all above it."""
    connection = db.session.connection()
    return {
        unit_id: [above_id for _, above_id in connection.execute(_ABOVE, {"unit_id": unit_id})] for unit_id in unit_ids
    }


def chains(*wanted: ColumnElement[bool]) -> Select[int, int]:
    """In SQL: (unit_id, above_id) for units and themselves and every unit above them."""
    unit_ = Unit.__table__.c  # the table, not the class: what is asked with every answer takes the short way
    start = select(unit_.id.label("unit_id"), unit_.id.label("above_id"), unit_.parent_id).where(*wanted)
    chain = start.cte("chain", recursive=True)
    higher = select(chain.c.unit_id, unit_.id, unit_.parent_id).join(Unit.__table__, unit_.id == chain.c.parent_id)
    chain = chain.union_all(higher)
    return select(chain.c.unit_id, chain.c.above_id)


_ABOVE = chains(Unit.__table__.c.id == bindparam("unit_id"))


def serving(unit_ids: Collection[int]) -> set[int]:
    """Those of some units where touchpoints hang."""
    return set(db.session.scalars(select(Touchpoint.unit_id).where(Touchpoint.unit_id.in_(unit_ids)).distinct()))


def within(root_id: int, code: str) -> Unit:
    """The unit with this code if it is the root or below it. Raises NotFound otherwise, telling nobody it exists."""
    found = unit(code)
    if found.id not in subtree(root_id):
        raise NotFound(code)
    return found


def short_name(unit: Unit, language: str) -> str:
    """What tells a unit from its neighbours, in few words: "phường Hồng Gai"."""
    neighbours = db.session.scalars(select(Unit).where(Unit.parent_id == unit.parent_id, Unit.level == unit.level))
    return own_part(named(unit, language), [named(one, language) for one in neighbours])


def fields() -> list[ServiceField]:
    """All service fields, in the catalogue's order, closed ones too."""
    listed = select(ServiceField).order_by(ServiceField.position, ServiceField.id)
    return list(db.session.scalars(listed.options(joinedload(ServiceField.agency))))


def units_in(ids: Iterable[int]) -> list[Unit]:
    """The units with these ids, in Vietnamese alphabetical order."""
    found = db.session.scalars(select(Unit).where(Unit.id.in_(list(ids))))
    return sorted(found, key=lambda one: sort_key(one.name_vi))


def touchpoints_of(unit_ids: Iterable[int]) -> list[Touchpoint]:
    """The touchpoints of these units, by unit and label."""
    listed = select(Touchpoint).where(Touchpoint.unit_id.in_(list(unit_ids)))
    found = db.session.scalars(listed.options(joinedload(Touchpoint.unit), joinedload(Touchpoint.field)))
    return sorted(found, key=lambda one: (sort_key(one.unit.name_vi), sort_key(one.label_vi)))

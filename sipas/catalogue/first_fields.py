"""The fields that a unit's survey points offer first."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ForeignKey, UniqueConstraint, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from sipas.catalogue.models import ServiceField, Unit
from sipas.core import audit
from sipas.core.db import Model, db, writing
from sipas.core.edit_conflicts import ALONE, ChangedMeanwhile, fingerprint

FIELDS_FIRST = 6
"""How many fields a citizen sees before opening the rest."""


class ChosenTwice(Exception):
    """A field stands twice in a choice; the argument is its place there, from 0 on."""


class FirstField(Model):
    """A field that a unit's survey points offer among the first, at a place from 1 on."""

    __tablename__ = "first_field"
    __table_args__ = (UniqueConstraint("unit_id", "field_id"),)

    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    field_id: Mapped[int] = mapped_column(ForeignKey("service_field.id"))


def chosen(unit_id: int) -> list[ServiceField]:
    """The fields that somebody chose for a unit, in their order; none where its use decides."""
    wanted = select(ServiceField).join(FirstField, FirstField.field_id == ServiceField.id)
    return list(db.session.scalars(wanted.where(FirstField.unit_id == unit_id).order_by(FirstField.position)))


def as_seen(unit_id: int) -> dict[str, object]:
    """What somebody who changes a unit's choice has seen: field codes by the names of their places."""
    codes = [field.code for field in chosen(unit_id)] + [""] * FIELDS_FIRST
    return {f"field_{place}": code for place, code in enumerate(codes[:FIELDS_FIRST], 1)}


def choose(unit: Unit, fields: Sequence[ServiceField], seen: str) -> None:
    """Let a unit's survey points offer these fields first; none: those that are used most.

    One transaction and one act. Raises ChosenTwice or ChangedMeanwhile.
    """
    ids = [field.id for field in fields]
    for place, field_id in enumerate(ids):
        if field_id in ids[:place]:
            raise ChosenTwice(place)
    after = [field.code for field in fields]
    with writing() as session:
        session.get_one(Unit, unit.id, with_for_update=ALONE)
        before = [field.code for field in chosen(unit.id)]
        if after == before:
            return
        if fingerprint(as_seen(unit.id)) != seen:
            raise ChangedMeanwhile(as_seen(unit.id))
        session.execute(delete(FirstField).where(FirstField.unit_id == unit.id))
        session.add_all(
            FirstField(unit_id=unit.id, position=place, field_id=field_id) for place, field_id in enumerate(ids, 1)
        )
        audit.note("first-fields.chosen", unit.code, unit.id, {"fields": before}, {"fields": after})

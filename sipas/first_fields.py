"""The fields that a unit's survey points offer first."""

from __future__ import annotations

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from sipas.db import Model


class FirstField(Model):
    """A field that a unit's survey points offer among the first, at a place from 1 on."""

    __audited__ = "first-field"
    __tablename__ = "first_field"
    __table_args__ = (UniqueConstraint("unit_id", "field_id"),)

    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    field_id: Mapped[int] = mapped_column(ForeignKey("service_field.id"))

    @property
    def audit_subject(self) -> str:
        """What the audit calls it."""
        return f"{self.unit_id}/{self.position}"

    @property
    def audit_unit_id(self) -> int:
        """Whose act it is."""
        return self.unit_id

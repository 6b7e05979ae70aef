"""Thresholds: below which satisfaction a unit wants to be told; one's own, else that of the nearest unit above."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import CheckConstraint, ForeignKey, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from sipas.catalogue.models import Unit
from sipas.core import edit_conflicts
from sipas.core.db import Model, db, writing

DEFAULT = 80
"""Per cent satisfied, where nobody set anything."""

LOWEST, HIGHEST = 50, 99
"""What may be set, in per cent: below the half everybody wants to be told, and 100 nobody can be sure of."""


class Threshold(Model):
    """What somebody set for a unit and all below it that set nothing."""

    __audited__ = "threshold"
    __tablename__ = "threshold"
    __table_args__ = (CheckConstraint(f"percent BETWEEN {LOWEST} AND {HIGHEST}", name="percent_bounded"),)

    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), primary_key=True)
    percent: Mapped[int]

    unit: Mapped[Unit] = relationship()

    @property
    def audit_subject(self) -> str:
        """What the audit calls it."""
        return self.unit.code

    @property
    def audit_unit_id(self) -> int:
        """Whose act it is."""
        return self.unit_id


@dataclass(frozen=True)
class ThresholdInForce:
    """The threshold in force for a unit, in per cent, and the id of the unit that set it; None: nobody did."""

    percent: int = DEFAULT
    set_by: int | None = None


def in_force(unit_ids: Collection[int]) -> dict[int, ThresholdInForce]:
    """The thresholds in force for some units."""
    percents = {row.unit_id: row.percent for row in db.session.scalars(select(Threshold))}
    parents: dict[int, int | None] = dict(db.session.execute(select(Unit.id, Unit.parent_id)).all())
    return {unit_id: _nearest(unit_id, percents, parents) for unit_id in unit_ids}


def _nearest(unit_id: int, percents: Mapping[int, int], parents: Mapping[int, int | None]) -> ThresholdInForce:
    asked: int | None = unit_id
    while asked is not None and asked not in percents:
        asked = parents.get(asked)
    return ThresholdInForce() if asked is None else ThresholdInForce(percents[asked], asked)


def own(unit: Unit) -> int | None:
    """What was set for this very unit."""
    row = db.session.get(Threshold, unit.id)
    return row.percent if row else None


def choose(unit: Unit, percent: int | None, seen: str) -> None:
    """Set a unit's own threshold, or let that of the units above be in force again. Raises ChangedMeanwhile."""
    with writing() as session:
        locked = session.get_one(Unit, unit.id, with_for_update=edit_conflicts.ALONE)
        row = session.get(Threshold, unit.id)
        now = {"percent": row.percent if row else None}
        if now["percent"] == percent:
            return
        if seen != edit_conflicts.fingerprint(now):
            raise edit_conflicts.ChangedMeanwhile(now)
        if row is None:
            session.add(Threshold(unit=locked, percent=percent))
        elif percent is None:
            session.delete(row)
        else:
            row.percent = percent

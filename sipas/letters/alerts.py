"""Alerts: what somebody should look at; one lasting condition is one alert, which ends when the condition does."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, select, text
from sqlalchemy.orm import Mapped, joinedload, mapped_column, relationship

from sipas.catalogue import lookups
from sipas.catalogue.models import ServiceField, Touchpoint, Unit
from sipas.core import audit
from sipas.core.db import Instant, Model, db, keep_writers_out, one_of, text_check, writing
from sipas.core.edit_conflicts import ALONE
from sipas.core.errors import NotFound
from sipas.numbers import periods
from sipas.staff.accounts import User

KINDS = ("low", "drop", "low-ratings", "silent")
"""A field below the threshold; a field below its own last quarter; low ratings in an hour; a silent survey point."""

ORDER = ("low-ratings", "drop", "low", "silent")
"""What cannot wait stands first."""

SAME_AGAIN = timedelta(days=7)
"""What ends and begins again within these days is the same alert, of which nobody is told twice."""

LONGEST_NOTE = 500


@dataclass(frozen=True)
class Sighting:
    """That a rule holds now; the key is the same for as long as it is the same condition."""

    key: str
    kind: str
    unit_id: int
    field_id: int | None = None
    touchpoint_id: int | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


class Alert(Model):
    """A condition that lasts or lasted; `facts` is a JSON object of the figures it was last seen with."""

    __tablename__ = "alert"
    __table_args__ = (
        text_check("key", 80),
        one_of("kind", KINDS),
        CheckConstraint("(seen_at IS NULL) = (seen_by IS NULL)", name="seen_by_somebody"),
        CheckConstraint("ended_at IS NULL OR ended_at >= begun_at", name="ends_after_it_began"),
        Index(
            "uq_alert_open_key", "key", unique=True,
            sqlite_where=text("ended_at IS NULL"), postgresql_where=text("ended_at IS NULL"),
        ),
        Index("ix_alert_unit_id_begun_at", "unit_id", "begun_at"),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(80))
    kind: Mapped[str] = mapped_column(String(20))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    field_id: Mapped[int | None] = mapped_column(ForeignKey("service_field.id"))
    touchpoint_id: Mapped[int | None] = mapped_column(ForeignKey("touchpoint.id"), index=True)
    facts: Mapped[str] = mapped_column(Text)
    begun_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    seen_at: Mapped[datetime | None] = mapped_column(Instant)
    seen_by: Mapped[str | None] = mapped_column(String(255))
    note: Mapped[str | None] = mapped_column(String(LONGEST_NOTE))

    unit: Mapped[Unit] = relationship()
    field: Mapped[ServiceField | None] = relationship()
    touchpoint: Mapped[Touchpoint | None] = relationship()

    @property
    def known(self) -> dict[str, Any]:
        """The figures that it was last seen with."""
        known: dict[str, Any] = json.loads(self.facts)
        return known


class AlertNotice(Model):
    """That somebody was told of an alert by letter."""

    __tablename__ = "alert_told"

    alert_id: Mapped[int] = mapped_column(ForeignKey("alert.id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), primary_key=True, index=True)


@dataclass(frozen=True)
class Settled:
    """How many alerts began, go on and ended."""

    begun: int = 0
    lasting: int = 0
    ended: int = 0


def settle(kinds: Collection[str], sightings: Iterable[Sighting]) -> Settled:
    """Bring the alerts of some kinds in line with what is seen now, all units' in one transaction."""
    seen, now = {one.key: one for one in sightings}, periods.now()
    with writing() as session:
        keep_writers_out(session, Alert.__table__)  # type: ignore[arg-type]  # a command may settle at the same time
        lasting = session.scalars(select(Alert).where(Alert.kind.in_(kinds), Alert.ended_at.is_(None))).all()
        ended = [one for one in lasting if one.key not in seen]
        for one in ended:
            one.ended_at = now
        for one in lasting:
            if sighting := seen.pop(one.key, None):
                one.unit_id, one.facts = sighting.unit_id, _written(sighting.facts)  # a survey point may have moved
        begun = [_begin(sighting, now) for sighting in seen.values()]
        session.add_all(one for one in begun if one)
    return Settled(len(begun), len(lasting) - len(ended), len(ended))


def _begin(sighting: Sighting, now: datetime) -> Alert | None:
    """A new alert; None where one of the same condition, which ended a few days ago, goes on."""
    same = (Alert.key == sighting.key) & (Alert.ended_at >= now - SAME_AGAIN)
    earlier = db.session.scalar(select(Alert).where(same).order_by(Alert.id.desc()).limit(1))
    if earlier:
        earlier.ended_at, earlier.facts = None, _written(sighting.facts)
        return None
    return Alert(
        key=sighting.key,
        kind=sighting.kind,
        unit_id=sighting.unit_id,
        field_id=sighting.field_id,
        touchpoint_id=sighting.touchpoint_id,
        facts=_written(sighting.facts),
        begun_at=now,
    )


def _written(facts: Mapping[str, Any]) -> str:
    return json.dumps(facts, ensure_ascii=False, sort_keys=True)


def open_for(unit: Unit) -> list[Alert]:
    """The alerts that last in a unit's subtree: those nobody has looked at, what cannot wait and the newest first."""
    found = db.session.scalars(_of(lookups.subtree(unit.id)).where(Alert.ended_at.is_(None)))
    return sorted(found, key=lambda one: (one.seen_at is not None, ORDER.index(one.kind), -one.id))


def ended_for(unit: Unit, most: int = 100) -> list[Alert]:
    """The alerts of a unit's subtree that are over, the last ended first."""
    over = _of(lookups.subtree(unit.id)).where(Alert.ended_at.is_not(None))
    return list(db.session.scalars(over.order_by(Alert.ended_at.desc(), Alert.id.desc()).limit(most)))


def _of(unit_ids: Collection[int]) -> Any:  # noqa: ANN401 - a Select of alerts
    listed = select(Alert).where(Alert.unit_id.in_(unit_ids))
    return listed.options(joinedload(Alert.unit), joinedload(Alert.field), joinedload(Alert.touchpoint))


def one(unit: Unit, alert_id: int) -> Alert:
    """One alert of a unit's subtree. Raises NotFound."""
    found: Alert | None = db.session.scalar(_of(lookups.subtree(unit.id)).where(Alert.id == alert_id))
    if found is None:
        raise NotFound(str(alert_id))
    return found


def acknowledge(alert: Alert, user: User, note: str | None) -> None:
    """Note that somebody has looked at an alert, and what is done about it; a later note takes the place of it."""
    with writing() as session:
        row = session.get_one(Alert, alert.id, with_for_update=ALONE)
        row.seen_at, row.seen_by, row.note = periods.now(), user.email, note
        audit.note("alert.acknowledged", row.unit.code, row.unit_id, after={"alert": row.kind, "note": note or ""})


def untold(user: User) -> list[Alert]:
    """The alerts in somebody's subtree that last, that nobody has looked at and of which no letter told this person."""
    told = select(AlertNotice.alert_id).where(AlertNotice.user_id == user.id)
    wanted = _of(lookups.subtree(user.root.id)).where(Alert.ended_at.is_(None), Alert.seen_at.is_(None))
    return list(db.session.scalars(wanted.where(Alert.id.not_in(told)).order_by(Alert.id)))


def note_told(user_id: int, alert_ids: Iterable[int]) -> None:
    """Note of which alerts a letter tells somebody, within the caller's transaction."""
    db.session.add_all(AlertNotice(alert_id=alert_id, user_id=user_id) for alert_id in alert_ids)

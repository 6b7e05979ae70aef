"""What units were before: former names and places in the tree, who took over from whom, where points hung."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Index, func, select
from sqlalchemy.orm import Mapped, joinedload, mapped_column, relationship

from sipas.catalogue.models import Touchpoint, Unit
from sipas.core.db import Model, Name, db, text_check


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

    predecessor: Mapped[Unit] = relationship(foreign_keys=[predecessor_id])
    successor: Mapped[Unit] = relationship(foreign_keys=[successor_id])


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

    parent: Mapped[Unit] = relationship(foreign_keys=[parent_id])


class FormerHome(Model):
    """In which units a survey point hung before; the answers that it brought there stay there."""

    __tablename__ = "former_home"
    __table_args__ = (Index("ix_former_home_unit_id", "unit_id"),)

    touchpoint_id: Mapped[int] = mapped_column(ForeignKey("touchpoint.id"), primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), primary_key=True)


def former_names(unit_id: int) -> list[FormerName]:
    """What a unit was called before, the latest first."""
    wanted = select(FormerName).where(FormerName.unit_id == unit_id)
    return list(db.session.scalars(wanted.order_by(FormerName.until.desc())))


def former_names_of(unit_ids: Iterable[int]) -> dict[int, list[str]]:
    """The former Vietnamese names of some units, by unit id."""
    found: dict[int, list[str]] = {}
    wanted = select(FormerName.unit_id, FormerName.name_vi).where(FormerName.unit_id.in_(list(unit_ids)))
    for unit_id, name in db.session.execute(wanted):
        found.setdefault(unit_id, []).append(name)
    return found


def former_parents(unit_id: int) -> list[FormerParent]:
    """Where a unit stood before, the latest first."""
    wanted = select(FormerParent).where(FormerParent.unit_id == unit_id).options(joinedload(FormerParent.parent))
    return list(db.session.scalars(wanted.order_by(FormerParent.until.desc())))


def predecessors(unit_id: int) -> list[Succession]:
    """From whom a unit took over, the latest first."""
    wanted = select(Succession).where(Succession.successor_id == unit_id).options(joinedload(Succession.predecessor))
    return list(db.session.scalars(wanted.order_by(Succession.day.desc(), Succession.predecessor_id)))


def successors(unit_id: int) -> list[Succession]:
    """Who took over from a unit, the latest first."""
    wanted = select(Succession).where(Succession.predecessor_id == unit_id).options(joinedload(Succession.successor))
    return list(db.session.scalars(wanted.order_by(Succession.day.desc(), Succession.successor_id)))


def taken_over(unit_ids: Iterable[int]) -> set[int]:
    """Those of some units that were closed because others took over from them."""
    ended = select(Succession.predecessor_id).join(Unit, Unit.id == Succession.predecessor_id)
    return set(db.session.scalars(ended.where(Unit.id.in_(list(unit_ids)), Unit.closed_on == Succession.day)))


def keep_name(unit: Unit, until: date, names: tuple[str, str | None]) -> None:
    """Keep the name that a unit has until a day, from which on it has others, within the caller's transaction.

    Of several changes with one day only the first counts; one that is taken back on its day was none.
    """
    kept = db.session.get(FormerName, (unit.id, until))
    if kept is None:
        db.session.add(FormerName(unit_id=unit.id, until=until, name_vi=unit.name_vi, name_en=unit.name_en))
    elif (kept.name_vi, kept.name_en) == names:
        db.session.delete(kept)


def keep_parent(unit: Unit, until: date, parent_id: int) -> None:
    """Keep the place in the tree that a unit has until a day, from which on it has another, in the same way."""
    kept = db.session.get(FormerParent, (unit.id, until))
    if kept is None:
        db.session.add(FormerParent(unit_id=unit.id, until=until, parent_id=unit.parent_id))
    elif kept.parent_id == parent_id:
        db.session.delete(kept)


def keep_succession(predecessor: Unit, successor: Unit, day: date) -> bool:
    """Keep that one unit took over from another, within the caller's transaction; whether that was not known."""
    if kept := db.session.get(Succession, (predecessor.id, successor.id)):
        is_news, kept.day = kept.day != day, day
        return is_news
    db.session.add(Succession(predecessor_id=predecessor.id, successor_id=successor.id, day=day))
    return True


def keep_home(point: Touchpoint, home_id: int) -> None:
    """Keep where a survey point hangs that gets another home, within the caller's transaction."""
    if point.unit_id != home_id:
        db.session.merge(FormerHome(touchpoint_id=point.id, unit_id=point.unit_id))


def points_that_came(unit_ids: Collection[int]) -> tuple[set[int], set[int]]:
    """The survey points that hang in some units and once hung elsewhere, and the units where they did."""
    return _moved(Touchpoint.unit_id.in_(unit_ids), FormerHome.unit_id.not_in(unit_ids))


def points_that_left(unit_ids: Collection[int]) -> tuple[set[int], set[int]]:
    """The survey points that once hung in some units and hang elsewhere now, and those of the units where they did."""
    return _moved(Touchpoint.unit_id.not_in(unit_ids), FormerHome.unit_id.in_(unit_ids))


def _moved(*wanted: ColumnElement[bool]) -> tuple[set[int], set[int]]:
    found = select(FormerHome.touchpoint_id, FormerHome.unit_id).join(Touchpoint).where(*wanted)
    pairs = db.session.execute(found).all()
    return {point_id for point_id, _ in pairs}, {unit_id for _, unit_id in pairs}


def last_name_until(unit_id: int) -> date | None:
    """The day on which a unit's name was last changed."""
    return db.session.scalar(select(func.max(FormerName.until)).where(FormerName.unit_id == unit_id))


def last_parent_until(unit_id: int) -> date | None:
    """The day on which a unit was last moved."""
    return db.session.scalar(select(func.max(FormerParent.until)).where(FormerParent.unit_id == unit_id))

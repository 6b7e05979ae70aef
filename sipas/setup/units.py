"""Units through time: created, renamed, moved, closed and opened again; what they were before stays known.

Each verb is a whole transaction and raises one of the nouns below, leaving everything as it was. Codes never
change. Answers stay with the unit that they were given to.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from flask_sqlalchemy.session import Session
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import scoped_session

from sipas.catalogue import lookups, unit_history
from sipas.catalogue.models import Unit
from sipas.core import audit, edit_conflicts
from sipas.core.db import db, keep_writers_out, writing
from sipas.core.edit_conflicts import ChangedMeanwhile
from sipas.core.languages import ascii_slug
from sipas.responses import recording, tally_writes


class NotPossible(Exception):
    """What the tree of units does not allow; which of it, the classes below say."""


class DayAhead(NotPossible):
    """The day lies ahead: what will be is entered when it is."""


class DayTooEarly(NotPossible):
    """The day lies before one from which on it could be; the argument is that one."""

    def __init__(self, earliest: date) -> None:
        super().__init__(earliest)
        self.earliest = earliest


class CodeTaken(NotPossible):
    """Another unit has this code; the argument is the code."""


class OfficialCodeTaken(NotPossible):
    """Another unit has this official code; the argument is the code."""


class SecondProvince(NotPossible):
    """There is a province already, the root of the tree."""


class ProvinceStays(NotPossible):
    """The province is not moved, closed, merged or split."""


class Circular(NotPossible):
    """A unit would stand below itself."""


class ParentClosed(NotPossible):
    """The unit above is closed."""


class ClosedAlready(NotPossible):
    """A unit is closed; the argument is its name."""


class TakenOver(NotPossible):
    """The unit was closed because others took over from it."""


@dataclass(frozen=True)
class New:
    """A unit to be made. `code` empty: one is made from the Vietnamese name."""

    name_vi: str
    parent_id: int | None
    level: str = "centre"
    name_en: str | None = None
    code: str | None = None
    official_code: str | None = None


NAMES = ("name_vi", "name_en")


def create(new: New, opened_on: date | None, today: date) -> Unit:
    """Make a unit; the first of an installation is its province. Raises NotPossible's kinds."""
    with writing() as session:
        alone(session)
        check_day(opened_on, today)
        return add(session, new, opened_on)


def add(session: scoped_session[Session], new: New, opened_on: date | None) -> Unit:
    """Make a unit within the caller's transaction."""
    if new.parent_id is None and db.session.scalar(select(Unit.id).limit(1)):
        raise SecondProvince
    if new.parent_id is not None and session.get_one(Unit, new.parent_id).closed_on:
        raise ParentClosed
    level = "province" if new.parent_id is None else new.level
    unit = Unit(
        code=new.code or free_code(new.name_vi),
        level=level,
        name_vi=new.name_vi,
        name_en=new.name_en,
        parent_id=new.parent_id,
        official_code=new.official_code,
        opened_on=opened_on,
    )
    session.add(unit)
    _store(session, unit)
    return unit


def _store(session: scoped_session[Session], unit: Unit) -> None:
    """Send a unit to the database, whose unique keys say what is taken."""
    code, official_code = unit.code, unit.official_code
    try:
        session.flush()
    except IntegrityError as error:
        if "official_code" in str(error.orig):
            raise OfficialCodeTaken(official_code) from error
        raise CodeTaken(code) from error


_KINDS = re.compile(r"(trung-tam-((phuc-vu-)?hanh-chinh-cong-)?)?((cap-)?(xa|phuong|dac-khu|thi-tran|huyen|tinh)-)?")
"""What names of units begin with and codes leave out."""


def free_code(name: str) -> str:
    """A code that no unit has, from a Vietnamese name: Trung tâm Phục vụ hành chính công xã Quảng Hà, quang-ha."""
    whole = ascii_slug(name) or "unit"
    short = (whole[match.end() :] if (match := _KINDS.match(whole)) else "") or whole
    short = short[:55].strip("-")
    taken = set(db.session.scalars(select(Unit.code).where(Unit.code.startswith(short, autoescape=True))))
    return next(code for code in _numbered(short) if code not in taken)


def _numbered(code: str) -> Iterable[str]:
    yield code
    yield from (f"{code}-{number}" for number in range(2, 10_000))


def rename(unit: Unit, name_vi: str, name_en: str | None, since: date | None, seen: str, today: date) -> None:
    """Give a unit other names from a day on; without a day the names were wrong and are put right.

    The former ones are kept. Raises DayAhead, DayTooEarly or ChangedMeanwhile.
    """
    with writing() as session:
        alone(session)
        unit = session.get_one(Unit, unit.id)
        values = {"name_vi": name_vi, "name_en": name_en}
        if edit_conflicts.values_of(unit, NAMES) == values:
            return
        check_day(since, today, unit.opened_on, unit_history.last_name_until(unit.id) if since else None)
        if since and edit_conflicts.fingerprint(edit_conflicts.values_of(unit, NAMES)) == seen:
            unit_history.keep_name(unit, since, (name_vi, name_en))
        edit_conflicts.change(unit, values, seen)


def give_official_code(unit: Unit, official_code: str | None, seen: str) -> None:
    """Change a unit's official code. Raises OfficialCodeTaken or ChangedMeanwhile."""
    with writing() as session:
        alone(session)
        unit = session.get_one(Unit, unit.id)
        edit_conflicts.change(unit, {"official_code": official_code}, seen)
        _store(session, unit)


def place_of(unit: Unit) -> dict[str, object]:
    """What somebody who moves a unit has seen."""
    return {"parent": unit.parent.code if unit.parent else None}


def move(unit: Unit, parent: Unit, since: date, seen: str, today: date) -> None:
    """Put a unit, with all below it, below another from a day on; reports count it there from now on.

    Raises ProvinceStays, UnitClosed, ParentClosed, Circular, DayAhead, DayTooEarly or ChangedMeanwhile.
    """
    with writing() as session:
        alone(session)
        unit, parent = session.get_one(Unit, unit.id), session.get_one(Unit, parent.id)
        if unit.parent_id == parent.id:
            return
        if seen != edit_conflicts.fingerprint(place_of(unit)):
            raise ChangedMeanwhile(place_of(unit))
        _check_move(unit, parent)
        check_day(since, today, unit.opened_on, unit_history.last_parent_until(unit.id))
        unit_history.keep_parent(unit, since, parent.id)
        before = unit.parent.code if unit.parent else None
        hang(session, unit, parent.id)
        audit.note("unit.moved", unit.code, unit.id, {"parent": before}, {"parent": parent.code, "since": str(since)})


def _check_move(unit: Unit, parent: Unit) -> None:
    if unit.parent_id is None:
        raise ProvinceStays
    if unit.closed_on:
        raise ClosedAlready(unit.name_vi)
    if parent.closed_on:
        raise ParentClosed
    if parent.id in lookups.subtree(unit.id):
        raise Circular


def hang(session: scoped_session[Session], unit: Unit, parent_id: int | None) -> None:
    """Put a unit below another in the caller's transaction; what was counted in it goes with it."""
    recording.hold_back()
    before = set(lookups.above([unit.id])[unit.id])
    unit.parent_id = parent_id
    session.flush()
    session.expire(unit, ["parent"])
    after = set(lookups.above([unit.id])[unit.id])
    tally_writes.carry(session.connection(), unit.id, before - after, after - before)


def close(unit: Unit, day: date, today: date) -> None:
    """Close a unit and all below it: their survey points take no more answers, their figures stay.

    Raises ProvinceStays, UnitClosed, DayAhead or DayTooEarly.
    """
    with writing() as session:
        alone(session)
        unit = session.get_one(Unit, unit.id)
        if unit.closed_on == day:
            return
        check_may_end(unit)
        shut(session, [unit], day, today)


def reopen(unit: Unit) -> None:
    """Open a closed unit again, with what was closed below it on the same day.

    Raises TakenOver where others took over from it, or ParentClosed.
    """
    with writing() as session:
        alone(session)
        unit = session.get_one(Unit, unit.id)
        day = unit.closed_on
        if day is None:
            return
        if unit.parent and unit.parent.closed_on:
            raise ParentClosed
        below = lookups.subtree(unit.id)
        ended = unit_history.taken_over(below)
        if unit.id in ended:
            raise TakenOver
        for one in lookups.units_in(set(below) - ended):
            if one.closed_on == day and not ended.intersection(lookups.above([one.id])[one.id]):
                one.closed_on = None


def check_may_end(unit: Unit) -> None:
    """Raise ProvinceStays or UnitClosed where a unit cannot be closed."""
    if unit.parent_id is None:
        raise ProvinceStays
    if unit.closed_on:
        raise ClosedAlready(unit.name_vi)


def shut(session: scoped_session[Session], units: Iterable[Unit], day: date, today: date) -> list[Unit]:
    """Close units and all that is open below them within the caller's transaction, and name what was closed."""
    ids = {below for unit in units for below in lookups.subtree(unit.id)}
    closing = [one for one in lookups.units_in(ids) if one.closed_on is None]
    check_day(day, today, *(one.opened_on for one in closing))
    for one in closing:
        one.closed_on = day
    session.flush()
    return closing


def check_day(day: date | None, today: date, *earliest: date | None) -> None:
    """Raise DayAhead or DayTooEarly where a day cannot be that of an act."""
    if day is None:
        return
    if day > today:
        raise DayAhead
    if known := [one for one in earliest if one and one > day]:
        raise DayTooEarly(max(known))


def alone(session: scoped_session[Session]) -> None:
    """Let nobody else change the tree until this transaction ends: two moves at once could make a circle."""
    keep_writers_out(session, Unit.metadata.tables[Unit.__tablename__])

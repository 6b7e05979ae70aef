"""The catalogue of service fields: their names, order, agencies and procedures, as administrators keep it.

Each verb is a whole transaction. Codes never change and nothing is deleted: what is closed is offered to
nobody any more, and keeps its history.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_sqlalchemy.session import Session
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import joinedload, scoped_session

from sipas.catalogue import lookups
from sipas.catalogue.models import OTHER_FIELD, Agency, Procedure, ServiceField, Touchpoint, Unit
from sipas.core import edit_conflicts, errors
from sipas.core.db import db, writing
from sipas.core.edit_conflicts import ALONE
from sipas.core.languages import ascii_slug, sort_key


class Taken(Exception):
    """Another one has this code or name; the argument is that one."""


class OtherStays(Exception):
    """The built-in field of citizens who do not find theirs is not closed, and stays the last one."""


class FieldFixed(Exception):
    """Open survey points fix this field, so that it cannot be closed; `points` are they."""

    def __init__(self, points: list[Touchpoint]) -> None:
        super().__init__(len(points))
        self.points = points


@dataclass(frozen=True)
class NewAgency:
    """An agency to be made with what it is to handle."""

    name_vi: str
    name_en: str | None
    is_vertical: bool


Handling = int | NewAgency | None
"""Who handles a field: the id of an agency, one to be made, or nobody in particular."""

NAMES = ("name_vi", "name_en")


def agencies() -> list[Agency]:
    """All agencies, in Vietnamese alphabetical order."""
    return sorted(db.session.scalars(select(Agency)), key=lambda one: sort_key(one.name_vi))


def agency(agency_id: int) -> Agency:
    """The agency with this id. Raises places.NotFound."""
    found = db.session.get(Agency, agency_id)
    if found is None:
        raise errors.NotFound(str(agency_id))
    return found


def procedure(code: str) -> Procedure:
    """The procedure with this national code. Raises places.NotFound."""
    found = db.session.scalar(select(Procedure).where(Procedure.code == code)) if code.isprintable() else None
    if found is None:
        raise errors.NotFound(code)
    return found


def procedures(field_id: int | None = None) -> list[Procedure]:
    """The procedures, by code; of one field if asked."""
    wanted = select(Procedure).order_by(Procedure.code).options(joinedload(Procedure.field))
    if field_id is not None:
        wanted = wanted.where(Procedure.field_id == field_id)
    return list(db.session.scalars(wanted))


def points_fixing() -> Mapping[int, list[Touchpoint]]:
    """By field id the open survey points that fix it, those of one unit together."""
    wanted = select(Touchpoint).join(Unit, Unit.id == Touchpoint.unit_id).options(joinedload(Touchpoint.unit))
    is_open = (Touchpoint.closed_on.is_(None), Unit.closed_on.is_(None), Touchpoint.field_id.is_not(None))
    found: defaultdict[int, list[Touchpoint]] = defaultdict(list)
    for point in sorted(db.session.scalars(wanted.where(*is_open)), key=lambda one: sort_key(one.unit.name_vi)):
        if point.field_id is not None:
            found[point.field_id].append(point)
    return found


def add_field(code: str | None, name_vi: str, name_en: str | None, handling: Handling) -> ServiceField:
    """Make a field, the last before the built-in one; without a code one is made from its name. Raises Taken."""
    with writing() as session:
        last = select(func.max(ServiceField.position)).where(ServiceField.code != OTHER_FIELD)
        field = ServiceField(
            code=code or _free_code(name_vi),
            name_vi=name_vi,
            name_en=name_en,
            agency_id=_agency_id(session, handling),
            position=(session.scalar(last) or 0) + 1,
        )
        session.add(field)
        _store(session, field.code)
    return field


def _free_code(name: str) -> str:
    short = ascii_slug(name)[:55].strip("-") or "field"
    taken = set(db.session.scalars(select(ServiceField.code)))
    return next(code for code in (short, *(f"{short}-{n}" for n in range(2, 10_000))) if code not in taken)


def _agency_id(session: scoped_session[Session], handling: Handling) -> int | None:
    if not isinstance(handling, NewAgency):
        return handling
    made = Agency(name_vi=handling.name_vi, name_en=handling.name_en, is_vertical=handling.is_vertical)
    session.add(made)
    _store(session, made.name_vi)
    return made.id


def _store(session: scoped_session[Session], taken: str) -> None:
    """Send to the database, whose unique keys decide what is taken."""
    try:
        session.flush()
    except IntegrityError as error:
        raise Taken(taken) from error


def field_seen(field: ServiceField) -> dict[str, object]:
    """What somebody who edits a field has seen."""
    return {**edit_conflicts.values_of(field, NAMES), "agency": str(field.agency_id or "")}


def edit_field(field: ServiceField, name_vi: str, name_en: str | None, handling: Handling, seen: str) -> None:
    """Change a field's names and who handles it. Raises Taken or ChangedMeanwhile."""
    with writing() as session:
        field = session.get_one(ServiceField, field.id, with_for_update=ALONE)
        now = field_seen(field)
        wanted = {"name_vi": name_vi, "name_en": name_en, "agency": str(handling or "")}
        if edit_conflicts.fingerprint(now) != seen and now != wanted:
            raise edit_conflicts.ChangedMeanwhile(now)
        field.name_vi, field.name_en = name_vi, name_en
        field.agency_id = _agency_id(session, handling)
        session.flush()
        session.expire(field, ["agency"])


def shift(field: ServiceField, is_up: bool) -> None:
    """Put a field one place up or down among those that citizens choose from. Raises OtherStays."""
    with writing():
        listed = [one for one in lookups.fields() if one.code != OTHER_FIELD]
        if field.code == OTHER_FIELD:
            raise OtherStays
        at = next(place for place, one in enumerate(listed) if one.id == field.id)
        to = at - 1 if is_up else at + 1
        if 0 <= to < len(listed):
            listed[at], listed[to] = listed[to], listed[at]
        for place, one in enumerate(listed, 1):
            if one.position != place:
                one.position = place


def close_field(field: ServiceField, day: date) -> None:
    """Offer a field to citizens no more. Raises OtherStays, or FieldFixed while open survey points fix it."""
    with writing() as session:
        field = session.get_one(ServiceField, field.id, with_for_update=ALONE)
        if field.code == OTHER_FIELD:
            raise OtherStays
        if points := points_fixing().get(field.id):
            raise FieldFixed(points)
        field.closed_on = field.closed_on or day


def reopen_field(field: ServiceField) -> None:
    """Offer a closed field again."""
    with writing() as session:
        session.get_one(ServiceField, field.id).closed_on = None


def edit_agency(agency_: Agency, values: Mapping[str, Any], seen: str) -> None:
    """Change an agency's names and whether it is a vertical one. Raises Taken or ChangedMeanwhile."""
    with writing() as session:
        row = session.get_one(Agency, agency_.id, with_for_update=ALONE)
        edit_conflicts.change(row, values, seen)
        _store(session, str(values["name_vi"]))


def add_procedure(code: str, name_vi: str, name_en: str | None, field: ServiceField) -> Procedure:
    """Make a procedure of a field. Raises Taken."""
    with writing() as session:
        made = Procedure(code=code, name_vi=name_vi, name_en=name_en, field_id=field.id)
        session.add(made)
        _store(session, code)
    return made


def procedure_seen(one: Procedure) -> dict[str, object]:
    """What somebody who edits a procedure has seen."""
    return {**edit_conflicts.values_of(one, NAMES), "field": one.field.code}


def edit_procedure(one: Procedure, name_vi: str, name_en: str | None, field: ServiceField, seen: str) -> None:
    """Change a procedure's names and its field. Raises ChangedMeanwhile."""
    with writing() as session:
        row = session.get_one(Procedure, one.id, with_for_update=ALONE)
        now, wanted = procedure_seen(row), {"name_vi": name_vi, "name_en": name_en, "field": field.code}
        if edit_conflicts.fingerprint(now) != seen and now != wanted:
            raise edit_conflicts.ChangedMeanwhile(now)
        row.name_vi, row.name_en, row.field_id = name_vi, name_en, field.id
        session.flush()
        session.expire(row, ["field"])


def close_procedure(one: Procedure, day: date) -> None:
    """Note that a procedure is done no more from a day on."""
    with writing() as session:
        session.get_one(Procedure, one.id).closed_on = day


def reopen_procedure(one: Procedure) -> None:
    """Note that a closed procedure is done again."""
    with writing() as session:
        session.get_one(Procedure, one.id).closed_on = None

"""Finding what the catalogue holds: by code, in the tree of units, in the order that people read."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TypeVar

from sqlalchemy import ColumnElement, Select, bindparam, select
from sqlalchemy.orm import joinedload

from sipas.catalogue.models import ServiceField, Touchpoint, Unit
from sipas.core.codes import is_code, tidy_code
from sipas.core.db import db
from sipas.core.errors import NotFound
from sipas.core.languages import named, own_part, sort_key

Placed = TypeVar("Placed", Unit, ServiceField, Touchpoint)


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

"""Mergers and splits of units: who takes over from whom on which day, and where the survey points hang then."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from flask_sqlalchemy.session import Session
from sqlalchemy import select
from sqlalchemy.orm import scoped_session

from sipas.catalogue import lookups, unit_history
from sipas.catalogue.models import Touchpoint, Unit
from sipas.core import audit
from sipas.core.db import writing
from sipas.core.edit_conflicts import ALONE
from sipas.setup import units
from sipas.setup.units import ClosedAlready, New, NotPossible, ProvinceStays

LABEL_LENGTH = 120

Heir = int | New
"""Who takes over: the id of a unit that is there, or one to be made."""


class NothingToMerge(NotPossible):
    """No unit is named that would be merged into another."""


class TooFewSuccessors(NotPossible):
    """A unit that ends by a split needs two successors, one that goes on needs one."""


class SuccessorTwice(NotPossible):
    """A successor is named twice, or is the unit itself; the argument is its name."""


class IntoItsOwn(NotPossible):
    """The successor stands below a unit that ends, and would end with it."""


class PointWithoutSuccessor(NotPossible):
    """A survey point of the unit that ends was given to no successor; the argument is its label."""


def merge(gone: Iterable[int], heir: Heir, day: date, today: date) -> Unit:
    """Let one unit take over from others, which are closed on that day with all below them.

    All their survey points hang at the successor from now on, so that posters keep working; answers given
    before stay with whom they were given to. A successor that is named among the others goes on.
    Raises NotPossible's kinds.
    """
    with writing() as session:
        _nothing_is_hung(session)
        ending = [session.get_one(Unit, one) for one in dict.fromkeys(gone) if one != heir]
        if not ending:
            raise NothingToMerge
        for unit in ending:
            units.check_may_end(unit)
        _check_heirs([heir], {below for unit in ending for below in lookups.subtree(unit.id)}, session)
        successor = _heir(session, heir, day, today)
        for unit in ending:
            unit_history.keep_succession(unit, successor, day)
        closed = units.shut(session, ending, day, today)
        _give(session, {point.id: successor for point in lookups.touchpoints_of(one.id for one in closed)})
        _note("unit.merged", successor, day, predecessors=ending)
    return successor


def split(
    unit: Unit, heirs: Sequence[Heir], given: Mapping[int, int | None], goes_on: bool, day: date, today: date
) -> list[Unit]:
    """Let several units take over from one, which is closed on that day with all below it, unless it goes on.

    `given` says for each survey point, by its id, which of the heirs has it from now on; None: it stays.
    Raises NotPossible's kinds.
    """
    with writing() as session:
        _nothing_is_hung(session)
        unit = session.get_one(Unit, unit.id)
        units.check_may_end(unit)
        check_enough(heirs, goes_on)
        _check_heirs(heirs, set() if goes_on else set(lookups.subtree(unit.id)), session, unit)
        points = points_to_give(unit, goes_on)
        successors = [_heir(session, heir, day, today) for heir in heirs]
        units.check_day(day, today, unit.opened_on)
        _give(session, _given(points, given, successors, goes_on))
        for successor in successors:
            unit_history.keep_succession(unit, successor, day)
        if not goes_on:
            units.shut(session, [unit], day, today)
        _note("unit.split", unit, day, successors=successors)
    return successors


def _nothing_is_hung(session: scoped_session[Session]) -> None:
    """Let nobody else change the tree, or hang or move a survey point, until this transaction ends.

    A point that is hung at a unit while that ends would be left behind there.
    """
    units.alone(session)
    session.execute(select(Unit.id).order_by(Unit.id).with_for_update(**ALONE))


def check_enough(heirs: Sequence[Heir], goes_on: bool) -> None:
    """Raise TooFewSuccessors: a unit that goes on needs one successor, else there must be two."""
    if len(heirs) < (1 if goes_on else 2):
        raise TooFewSuccessors


def points_to_give(unit: Unit, goes_on: bool) -> list[Touchpoint]:
    """The survey points that a split gives away: those of the unit and, where it ends, of what ends with it."""
    if goes_on:
        return lookups.touchpoints_of([unit.id])
    return lookups.touchpoints_of(one.id for one in lookups.units_in(lookups.subtree(unit.id)) if not one.closed_on)


def _given(
    points: Iterable[Touchpoint], given: Mapping[int, int | None], successors: Sequence[Unit], goes_on: bool
) -> dict[int, Unit]:
    """By survey point the unit that has it from now on."""
    found: dict[int, Unit] = {}
    for point in points:
        place = given.get(point.id)
        if place is not None and 0 <= place < len(successors):
            found[point.id] = successors[place]
        elif place is not None or not goes_on:
            raise PointWithoutSuccessor(point.label_vi)
    return found


def _check_heirs(
    heirs: Sequence[Heir], ending: set[int], session: scoped_session[Session], unit: Unit | None = None
) -> None:
    """Look whether units may take over: `ending` are the ids of what will be closed."""
    seen = {unit.id} if unit else set()
    for heir in heirs:
        above_id = heir.parent_id if isinstance(heir, New) else heir
        if isinstance(heir, int):
            one = session.get_one(Unit, heir)
            if one.id in seen:
                raise SuccessorTwice(one.name_vi)
            if one.parent_id is None:
                raise ProvinceStays
            if one.closed_on:
                raise ClosedAlready(one.name_vi)
            seen.add(one.id)
        if above_id in ending:
            raise IntoItsOwn


def _heir(session: scoped_session[Session], heir: Heir, day: date, today: date) -> Unit:
    units.check_day(day, today)
    if isinstance(heir, New):
        return units.add(session, heir, day)
    found = session.get_one(Unit, heir)
    units.check_day(day, today, found.opened_on)
    return found


def _give(session: scoped_session[Session], homes: Mapping[int, Unit]) -> None:
    """Hang survey points at other units; a label that is taken there gets the name of where it was before."""
    taken = {
        (point.unit_id, point.channel, point.label_vi)
        for point in lookups.touchpoints_of({home.id for home in homes.values()})
    }
    for point_id, home in homes.items():
        point = session.get_one(Touchpoint, point_id)
        unit_history.keep_home(
            point, home.id
        )  # first: what it asks would store a new label in the old unit, taken perhaps
        before, label = point.unit, _free_label(point, home, taken)
        if point.label_en and label != point.label_vi:
            point.label_en = _fitting(point.label_en, before.name_en or before.name_vi)
        point.label_vi, point.unit = label, home
        taken.add((home.id, point.channel, label))
        session.flush()


def _free_label(point: Touchpoint, home: Unit, taken: set[tuple[int, str, str]]) -> str:
    named = _fitting(point.label_vi, point.unit.name_vi)
    numbered = (_fitting(point.label_vi, point.unit.name_vi, f" {number}") for number in range(2, 10_000))
    labels = (point.label_vi, named, *numbered)
    return next(label for label in labels if (home.id, point.channel, label) not in taken)


def _fitting(label: str, name: str, number: str = "") -> str:
    """A label with a name and perhaps a number behind it, within the length that labels have."""
    return f"{label[:60].strip()} – {name}"[: LABEL_LENGTH - len(number)].strip() + number


def _note(act: str, unit: Unit, day: date, **others: Iterable[Unit]) -> None:
    named = {role: [one.code for one in listed] for role, listed in others.items()}
    audit.note(act, unit.code, unit.id, after={**named, "day": str(day)})

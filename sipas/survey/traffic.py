"""Traffic: what survey points brought, scans and responses, and which of them hang there and bring nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import func, select

from sipas.catalogue.models import Touchpoint
from sipas.core.db import db
from sipas.responses.models import Response
from sipas.survey import scans
from sipas.survey.scans import NEVER

RECENT_DAYS = 30
"""How far back "recently" goes, today included."""

QUIET_WORKING_DAYS = 7
"""After so many working days without scan or response a point that had its rhythm has fallen silent.

Mondays to Fridays: the feasts of the lunar new year, the longest there are, take at most six of them.
"""

USUAL_DAYS, USUAL_RESPONSES = 28, 10
"""What a rhythm is: at least so many responses in so many days."""


@dataclass(frozen=True)
class Brought:
    """What one point brought; `scans` and `responses` ever, of them so many in the last RECENT_DAYS days."""

    scans: int
    scans_recently: int
    last_scan: date | None
    responses_recently: int


@dataclass(frozen=True)
class Day:
    """What one point brought on one day."""

    day: date
    scans: int
    responses: int


def since(today: date) -> date:
    """The first of the last RECENT_DAYS days."""
    return today - timedelta(days=RECENT_DAYS - 1)


def brought(points: Iterable[Touchpoint], today: date) -> Mapping[int, Brought]:
    """What points brought, by their ids."""
    ids, first = [point.id for point in points], since(today)
    scanned = scans.scanned(ids, first)
    recent = dict(
        db.session.execute(
            select(Response.touchpoint_id, func.count())
            .where(Response.touchpoint_id.in_(ids), Response.day >= first)
            .group_by(Response.touchpoint_id)
        ).all()
    )
    return {one: _brought(scanned.get(one, NEVER), int(recent.get(one, 0))) for one in ids}


def _brought(scanned: scans.Scanned, recent: int) -> Brought:
    return Brought(scanned.ever, scanned.recently, scanned.last, recent)


def responses_ever(point: Touchpoint) -> int:
    """How many responses came through a point since it hangs."""
    return db.session.scalar(select(func.count()).where(Response.touchpoint_id == point.id)) or 0


def by_day(point: Touchpoint, today: date) -> list[Day]:
    """The days of the last RECENT_DAYS on which a point brought something, the newest first."""
    first = since(today)
    scanned = scans.by_day(point.id, first)
    counted = select(Response.day, func.count()).where(Response.touchpoint_id == point.id, Response.day >= first)
    answered: dict[date, int] = dict(db.session.execute(counted.group_by(Response.day)).all())
    days = sorted(set(scanned) | set(answered), reverse=True)
    return [Day(day, scanned.get(day, 0), answered.get(day, 0)) for day in days]


def is_silent(point: Touchpoint, one: Brought, today: date) -> bool:
    """Whether a point is open, hangs for RECENT_DAYS days at least, and brought nothing in them.

    One whose first day nobody kept hangs for longer. Points for paper forms hang nowhere.
    """
    if point.channel == "paper" or point.closed_on or point.unit.closed_on:
        return False
    if point.opened_on is not None and point.opened_on > today - timedelta(days=RECENT_DAYS):
        return False
    return not (one.scans_recently or one.responses_recently)


def silent(points: Sequence[Touchpoint], today: date) -> list[Touchpoint]:
    """Those of some points that are silent, in their order."""
    found = brought(points, today)
    return [point for point in points if is_silent(point, found[point.id], today)]


@dataclass(frozen=True)
class FellSilent:
    """A point that had its rhythm until it fell silent: the first day without anything, and what was usual before."""

    point: Touchpoint
    since: date
    usual: int


def fell_silent(points: Sequence[Touchpoint], last_day: date) -> list[FellSilent]:
    """Those of some open points that had a rhythm and brought nothing for QUIET_WORKING_DAYS up to a day, or after."""
    ids = [point.id for point in points if not (point.channel == "paper" or point.closed_on or point.unit.closed_on)]
    first = first_of_working_days(last_day, QUIET_WORKING_DAYS)
    begin, scanned = first - timedelta(days=USUAL_DAYS), scans.scanned(ids, first)
    is_late = Response.day >= first
    counted = (
        select(Response.touchpoint_id, func.count().filter(~is_late), func.count().filter(is_late))
        .where(Response.touchpoint_id.in_(ids), Response.day >= begin)
        .group_by(Response.touchpoint_id)
    )
    usual = {one: int(before) for one, before, late in db.session.execute(counted) if not late}
    return [
        FellSilent(point, first, usual[point.id])
        for point in points
        if usual.get(point.id, 0) >= USUAL_RESPONSES and not scanned.get(point.id, NEVER).recently
    ]


def first_of_working_days(last_day: date, number: int) -> date:
    """The first of the last so many working days, Mondays to Fridays, up to and including a day."""
    day = last_day
    while number:
        number -= day.weekday() < _SATURDAY
        if number:
            day -= timedelta(days=1)
    return day


_SATURDAY = 5

"""Traffic: what survey points brought, scans and responses, and which of them hang there and bring nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import func, select

from sipas import scans
from sipas.db import db
from sipas.places import Touchpoint
from sipas.received import Response
from sipas.scans import NEVER

RECENT_DAYS = 30
"""How far back "recently" goes, today included."""


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

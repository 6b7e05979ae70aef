"""The rules of alerts: each looks at what was counted and says where it holds now (docs/alerts.md says why)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from datetime import date, datetime, timedelta, tzinfo
from typing import Any

from sqlalchemy import select

from sipas.catalogue import lookups, questionnaires
from sipas.catalogue.models import Unit
from sipas.core.db import db
from sipas.letters import alerts, thresholds
from sipas.letters.alerts import Settled, Sighting
from sipas.numbers import changes, periods
from sipas.numbers.periods import ONE_DAY, Period
from sipas.numbers.shares import Share
from sipas.reporting import report_lines
from sipas.responses import set_asides, tally_reads
from sipas.responses.models import Rating, Response
from sipas.survey import traffic

FOUR_WEEKS = 28
ENOUGH = 30
"""Below so many responses no field is alerted of: as below it no unit is ranked."""

LOW_SCORE, LOW_RATINGS, WITHIN = 2, 3, timedelta(minutes=60)
"""So many overall scores of at most this, within so long, are one alert."""

DAILY, HOURLY = ("low", "drop", "silent"), ("low-ratings",)
"""The kinds that are looked for once a day, and those that cannot wait."""


def look_daily(last_day: date) -> Settled:
    """Look for what days up to and including `last_day`, which have closed, show; begin and end alerts."""
    units = _open_units()
    centres = [unit.id for unit in units if unit.level == "centre"]
    points = silent_points([unit.id for unit in units], last_day)
    return alerts.settle(DAILY, [*low_fields(centres, last_day), *dropped_fields(centres, last_day), *points])


def look_now(zone: tzinfo) -> Settled:
    """Look for low ratings that came together today or yesterday; begin and end alerts."""
    return alerts.settle(HOURLY, low_ratings([unit.id for unit in _open_units()], periods.now(), zone))


def _open_units() -> list[Unit]:
    return list(db.session.scalars(select(Unit).where(Unit.closed_on.is_(None)).order_by(Unit.id)))


def low_fields(unit_ids: Collection[int], last_day: date) -> Iterator[Sighting]:
    """Fields that in four weeks lay below their unit's threshold beyond doubt: their whole interval does."""
    period = Period(last_day - (FOUR_WEEKS - 1) * ONE_DAY, last_day + ONE_DAY)
    wanted = thresholds.in_force(unit_ids)
    for unit_id, shares in _shares(unit_ids, period).items():
        percent = wanted[unit_id].percent
        for field_id, share in shares.items():
            if share.high < percent / 100:
                facts = _facts(share) | {"threshold": percent, "period": str(period)}
                yield Sighting(f"low:{unit_id}:{field_id}", "low", unit_id, field_id, facts=facts)


def dropped_fields(unit_ids: Collection[int], last_day: date) -> Iterator[Sighting]:
    """Fields that this quarter are below their own last quarter beyond doubt, of all fields of the unit together."""
    quarter = periods.quarter_of(last_day)
    now, before = _shares(unit_ids, quarter.until(last_day)), _shares(unit_ids, quarter.previous())
    for unit_id in sorted(now.keys() & before.keys()):
        both = sorted(now[unit_id].keys() & before[unit_id].keys())
        found = changes.changes([(now[unit_id][one], before[unit_id][one]) for one in both])
        for field_id, change in zip(both, found, strict=True):
            if change and change.is_fall:
                facts = _facts(now[unit_id][field_id]) | {"before": _facts(change.before), "quarter": str(quarter)}
                yield Sighting(f"drop:{unit_id}:{field_id}:{quarter}", "drop", unit_id, field_id, facts=facts)


def _shares(unit_ids: Collection[int], period: Period) -> dict[int, dict[int, Share]]:
    """The satisfaction with each field that has ENOUGH responses, by unit, counted as reports count it."""
    return {
        unit_id: {
            field_id: share
            for field_id, counted in sorted(fields.items())
            if (share := report_lines.satisfaction(counted)) and share.total >= ENOUGH
        }
        for unit_id, fields in sorted(tally_reads.by_unit(unit_ids, period).items())
    }


def _facts(share: Share) -> dict[str, Any]:
    return {"satisfied": share.satisfied, "responses": share.total}


def silent_points(unit_ids: Collection[int], last_day: date) -> Iterator[Sighting]:
    """Survey points that had their rhythm and brought nothing for seven working days."""
    for one in traffic.fell_silent(lookups.touchpoints_of(unit_ids), last_day):
        facts = {"since": one.since.isoformat(), "usual": one.usual}
        point = one.point
        yield Sighting(f"silent:{point.id}", "silent", point.unit_id, touchpoint_id=point.id, facts=facts)


def low_ratings(unit_ids: Collection[int], now: datetime, zone: tzinfo) -> Iterator[Sighting]:
    """Days, today and yesterday, on which three citizens of a unit gave low ratings within an hour.

    What staff typed in from paper does not count, nor what was set aside. The sighting says in which hour the
    third came, and no more: neither field nor place nor how many, for each would help to tell who it was.
    """
    today = periods.local_day(now, zone)
    overall = set(questionnaires.overalls().values())
    low = (
        select(Response.unit_id, Response.received_at)
        .join(Rating, Rating.response_id == Response.id)
        .where(Response.unit_id.in_(unit_ids), Response.day.in_([today - back * ONE_DAY for back in range(3)]))
        .where(Response.channel != "paper", ~set_asides.is_aside())
        .where(Rating.question_id.in_(overall), Rating.score <= LOW_SCORE)
    )
    by_unit: dict[int, list[datetime]] = defaultdict(list)
    for unit_id, at in db.session.execute(low):
        by_unit[unit_id].append(at)
    for unit_id, instants in sorted(by_unit.items()):
        first: dict[date, datetime] = {}
        for third in together(instants):
            first.setdefault(periods.local_day(third, zone), third)
        for day in sorted({today, today - ONE_DAY} & set(first)):
            facts = {"day": day.isoformat(), "hour": first[day].astimezone(zone).hour}
            yield Sighting(f"low-ratings:{unit_id}:{day}", "low-ratings", unit_id, facts=facts)


def together(instants: Iterable[datetime]) -> list[datetime]:
    """Each instant at which LOW_RATINGS of some lie WITHIN the time that ends with it, in order."""
    ordered = sorted(instants)
    pairs = zip(ordered, ordered[LOW_RATINGS - 1 :], strict=False)
    return [last for first, last in pairs if last - first <= WITHIN]

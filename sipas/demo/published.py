"""What the demo's province published: its four last finished quarters, the latest but one corrected once."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, datetime, time, timedelta, tzinfo

from sqlalchemy import func, select

from sipas.catalogue import lookups
from sipas.catalogue.models import Touchpoint
from sipas.core import audit
from sipas.core.db import db
from sipas.numbers import periods
from sipas.numbers.periods import Period
from sipas.publishing import publication, releases
from sipas.publishing.publication import NothingToPublish, PublishedBefore
from sipas.responses import set_asides
from sipas.responses.models import Response
from sipas.responses.set_asides import NothingFound, Selection

QUARTERS = 4
DAYS_UNTIL_PUBLISHED = 9
DAYS_UNTIL_CORRECTED = 30
DOUBTFUL = 25
"""So many answers of one survey point turn out to be doubtful."""

REASON = "Answers of a training day, given by the staff themselves (made up for the demo)"
NOTE = "Các phiếu trả lời của một buổi tập huấn tại một điểm khảo sát đã được tạm loại và không còn được tính."
NOTE_EN = "Answers of a training day at one survey point were set aside and no longer count."


def publish(shown_unit: str, province: str, auditor: str, today: date, zone: tzinfo) -> None:
    """Publish the last finished quarters in the province's name, then correct one after the auditor's set-aside.

    What an earlier start did of it stays.
    """
    latest = periods.quarter_of(today).previous()
    quarters = [latest]
    while len(quarters) < QUARTERS:
        quarters.insert(0, quarters[0].previous())
    with audit.acting(province):
        for one in quarters:
            with suppress(PublishedBefore, NothingToPublish):  # the year's first days may hold too few
                publication.publish(one, today, _after(one, DAYS_UNTIL_PUBLISHED, today))
    doubted = releases.of_period(quarters[-2])
    if doubted is None or doubted.edition > 1:
        return
    with audit.acting(auditor), suppress(NothingFound):
        set_asides.begin(_doubtful(quarters[-2], shown_unit, zone), REASON)
    with audit.acting(province):
        publication.correct(doubted.number, NOTE, _after(quarters[-1], DAYS_UNTIL_CORRECTED, today), NOTE_EN)


def _after(period: Period, days: int, today: date) -> date:
    return min(today, period.last_day + timedelta(days=days))


def _doubtful(period: Period, besides: str, zone: tzinfo) -> Selection:
    """The first answers of a period at the counter of one field with most of them, the shown unit's left out."""
    one = Response.__table__.c
    counters = select(Touchpoint.id).where(Touchpoint.field_id.is_not(None), Touchpoint.channel == "qr")
    inside = [one.day >= period.start, one.day < period.end, one.unit_id != lookups.unit(besides).id]
    inside.append(one.touchpoint_id.in_(counters))
    many = func.count()
    busiest = select(one.touchpoint_id, one.unit_id).where(*inside).group_by(one.touchpoint_id, one.unit_id)
    touchpoint_id, unit_id = db.session.execute(busiest.order_by(many.desc(), one.touchpoint_id).limit(1)).one()
    days = select(one.day, many).where(*inside, one.touchpoint_id == touchpoint_id).group_by(one.day).order_by(one.day)
    found, last = 0, period.start
    for day, number in db.session.execute(days):
        found, last = found + number, day
        if found >= DOUBTFUL:
            break
    start, end = (datetime.combine(day, time(), zone) for day in (period.start, last + periods.ONE_DAY))
    return Selection(unit_id, start, end, touchpoint_id)

"""Digests: a letter for the week and one for the month whose subject is the answer and whose text fits a screen."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Literal

from sqlalchemy import func, select

from sipas.catalogue import lookups
from sipas.catalogue.models import Unit
from sipas.core import formats
from sipas.core.db import db, writing
from sipas.core.errors import NotFound
from sipas.core.languages import named
from sipas.core.smtp import Attachment, Letter
from sipas.downloads import report_files
from sipas.downloads.report_files import Gathered
from sipas.letters import alert_letters, alerts, outbox, subscriptions
from sipas.letters.alerts import Alert
from sipas.letters.subscriptions import Wishes
from sipas.numbers import periods
from sipas.numbers.changes import Change
from sipas.numbers.periods import ONE_DAY, Period
from sipas.reporting import hours, reports, trends
from sipas.reporting.report_lines import Line
from sipas.reporting.reports import Report, ReportRequest
from sipas.responses.models import Comment, Response
from sipas.staff.accounts import User

Rhythm = Literal["weekly", "monthly"]
RHYTHMS: tuple[Rhythm, ...] = ("weekly", "monthly")

AT = time(7)
"""When digests are made, on local clocks."""

NOT_LATER = timedelta(days=3)
"""A digest that could not be made for longer is not made: of the week before last nobody wants to hear."""

MOST_NAMED = 5
"""So many fields or alerts are spelled out; the report has all."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Digest:
    """What a digest tells of a unit: its report of a period, the alerts that last, and how many comments came."""

    report: Report
    alerts: tuple[Alert, ...]
    comments: int


def due(rhythm: Rhythm, now: datetime, zone: tzinfo, delay_days: int) -> Period | None:
    """The week or month whose digest is to be made now; None outside the days after its end.

    The week's is made on Monday and the month's on the first, at seven; later where days close later.
    """
    local = now.astimezone(zone)
    period = last(rhythm, local.date())
    closes = datetime.combine(period.last_day + max(delay_days, 1) * ONE_DAY, AT, zone)
    return period if closes <= local < closes + NOT_LATER else None


def last(rhythm: Rhythm, day: date) -> Period:
    """The last whole week, Monday to Sunday, or month before a day."""
    if rhythm == "monthly":
        return periods.month_of(day).previous()
    monday = day - day.weekday() * ONE_DAY
    return Period(monday - 7 * ONE_DAY, monday)


def queue_all(rhythm: Rhythm, period: Period, zone: tzinfo, address: str) -> int:
    """Queue the digests of a period for all who want them, each once, and say how many were new."""
    made: dict[tuple[int, str], _Made] = {}

    def queue_for(user: User, wanted: Wishes) -> bool:
        key = f"{rhythm}:{user.id}:{period}"
        unit = None if outbox.was_queued(key) else _root(user)
        if unit is None:
            return False
        kept = (unit.id, wanted.language)
        if kept not in made:
            made[kept] = _make(unit, period, rhythm, wanted.language, zone, address)
        return _queue(user, wanted, key, rhythm, made[kept], zone, address)

    return subscriptions.for_each(rhythm, queue_for)


@dataclass(frozen=True)
class _Made:
    """A unit's digest in a language, as all who want it get it."""

    subject: str
    body: str
    files: tuple[Attachment, ...]


def _make(unit: Unit, period: Period, rhythm: Rhythm, language: str, zone: tzinfo, address: str) -> _Made:
    found = digest(unit, period)
    subject, body = written(found, rhythm, language, address)
    return _Made(subject, body, attached(found.report, language, periods.local_day(periods.now(), zone)))


def _root(user: User) -> Unit | None:
    try:
        return user.root
    except NotFound:  # an installation without units
        return None


def _queue(user: User, wanted: Wishes, key: str, rhythm: Rhythm, made: _Made, zone: tzinfo, address: str) -> bool:
    stop = f"{address}/letters/stop/{subscriptions.stop_token(user, rhythm)}?lang={wanted.language}"
    body = made.body + "\n\n" + alert_letters.signed(wanted.language, address, stop) + "\n"
    letter, user_id = Letter(user.email, made.subject, body, made.files), user.id
    with writing():
        return outbox.queue(letter, key, rhythm, user_id, wanted.next_open(periods.now(), zone), stop)


def digest(unit: Unit, period: Period) -> Digest:
    """What is told of a unit and a period, whose days have all closed."""
    found = reports.report(ReportRequest(unit, period), period.last_day)
    counted = select(func.count()).select_from(Comment).join(Response, Response.id == Comment.response_id)
    within = Response.unit_id.in_(lookups.subtree(unit.id))
    days = (Response.day >= period.start) & (Response.day < period.end)
    comments = db.session.scalar(counted.where(within, days)) or 0
    return Digest(found, tuple(alerts.open_for(unit)), comments)


def attached(report: Report, language: str, made_on: date) -> tuple[Attachment, ...]:
    """The report on two pages of paper, as the file that goes with its digest.

    If the file cannot be made, the fault is logged and the digest goes without: its figures stand in the text.
    """
    question, last_day = report.question, report.question.period.last_day
    try:
        trend, week = trends.trend(question, last_day), hours.hours(report.unit, question.period, last_day)
        content = report_files.to_pdf(Gathered(report, trend, week, language, made_on))
    except Exception:
        _log.exception("the report of %s could not be attached", report.unit.code)
        return ()
    return (Attachment(f"sipas-{report.unit.code}-{question.period}.pdf", "application/pdf", content),)


def written(found: Digest, rhythm: Rhythm, language: str, address: str) -> tuple[str, str]:
    """Subject and text of a digest."""
    unit, period = found.report.unit, found.report.period
    answer = list(_answer(found.report.total, rhythm, language))
    page = f"{address}/reports/{unit.code}?period={period}&lang={language}"
    parts = [
        f"{named(unit, language)}\n{formats.period(period, language)}",
        *(f"{part[:1].upper()}{part[1:]}." for part in answer),
        *_fallen(found.report.lines, rhythm, language),
        *_told(found, language, f"{address}/alerts/{unit.code}?lang={language}"),
        formats.words(language).gettext("The whole report: %(page)s") % {"page": page},
    ]
    return f"SIPAS {lookups.short_name(unit, language)}: {', '.join(answer)}", "\n\n".join(parts)


def _answer(line: Line, rhythm: Rhythm, language: str) -> Iterator[str]:
    """The figure with its interval and base, then whether it changed."""
    words = formats.words(language)
    number = formats.responses(line.responses, language)
    if line.satisfaction is None:
        yield words.gettext("%(responses)s: too few to show a figure") % {"responses": number}
        return
    yield words.gettext("%(percent)s satisfied (%(interval)s), %(responses)s") % {
        "percent": formats.percent(line.satisfaction.value, language),
        "interval": formats.interval(line.satisfaction, language),
        "responses": number,
    }
    if line.change:
        yield _changed(line.change, rhythm, language)


def _changed(change: Change, rhythm: Rhythm, language: str) -> str:
    """Whether a figure changed beyond chance, and then by how much."""
    _ = formats.words(language).gettext
    how = ("down" if change.is_fall else "up") if change.is_real else "same"
    said = {
        ("same", "weekly"): _("no clear change against the week before"),
        ("same", "monthly"): _("no clear change against the month before"),
        ("down", "weekly"): _("clearly down, %(points)s points against the week before"),
        ("down", "monthly"): _("clearly down, %(points)s points against the month before"),
        ("up", "weekly"): _("clearly up, %(points)s points against the week before"),
        ("up", "monthly"): _("clearly up, %(points)s points against the month before"),
    }[how, rhythm]
    return said % {"points": formats.points(abs(change.value), language)}


def _fallen(lines: Iterable[Line], rhythm: Rhythm, language: str) -> Iterator[str]:
    """The fields that fell beyond chance."""
    fallen = [line for line in lines if line.field and line.change and line.change.is_fall]
    if fallen:
        said = [
            f"• {named(line.field, language)}: {', '.join(_answer(line, rhythm, language))}"
            for line in fallen[:MOST_NAMED]
        ]
        yield "\n".join([formats.words(language).gettext("Fields that are clearly down:"), *said])


def _told(found: Digest, language: str, page: str) -> Iterator[str]:
    """Alerts and comments, each where there are any."""
    words = formats.words(language)
    if found.alerts:
        said = words.ngettext("%(count)s alert lasts:", "%(count)s alerts last:", len(found.alerts))
        lines = [f"• {alert_letters.line(one, found.report.unit, language)}" for one in found.alerts[:MOST_NAMED]]
        yield "\n".join([said % {"count": formats.count(len(found.alerts), language)}, *lines, page])
    if found.comments:
        said = words.ngettext("%(count)s new comment", "%(count)s new comments", found.comments)
        yield said % {"count": formats.count(found.comments, language)} + "."

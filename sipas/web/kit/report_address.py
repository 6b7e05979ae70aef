"""What a report is asked: an address read into a question and written again, so that a view can be kept and sent."""

from __future__ import annotations

from datetime import date

from flask import abort, request
from flask_babel import gettext

from sipas.catalogue import fields, lookups
from sipas.catalogue.models import CHANNELS, Agency, ServiceField, Touchpoint, Unit
from sipas.core.errors import NotFound
from sipas.core.languages import LANGUAGES
from sipas.numbers import periods
from sipas.numbers.periods import Period
from sipas.reporting.reports import HANDLED, ReportRequest
from sipas.reporting.trends import STEPS, Step
from sipas.reporting.unit_borders import BORDERS, Borders
from sipas.web.kit import here

NARROWING = ("field", "channel", "touchpoint", "agency", "handled", "language")
"""What an address may say beside its period, in the order in which pages write it."""


def question(unit: Unit) -> ReportRequest:
    """What the address asks about a unit. Answers 400 naming what nobody offers, 404 for a point elsewhere."""
    channel, handled, spoken = one_of("channel", CHANNELS), one_of("handled", HANDLED), asked("language")
    if spoken and spoken not in LANGUAGES:
        abort(400, f"language={spoken}")
    return ReportRequest(unit, period(), field(), channel, _touchpoint(unit), _agency(), handled, spoken)


def asked(name: str) -> str | None:
    """What the address says under a name; None where nothing."""
    return request.args.get(name) or None


def repeated(found: ReportRequest) -> dict[str, str | None]:
    """What the address must say to ask the same again."""
    return {
        "period": str(found.period),
        "field": found.field.code if found.field else None,
        "channel": found.channel,
        "touchpoint": found.touchpoint.code if found.touchpoint else None,
        "agency": str(found.agency.id) if found.agency else None,
        "handled": found.handled,
        "language": found.language,
    }


def step() -> Step | None:
    """The step of the trend that is asked for; None for the usual one."""
    found = asked("step")
    if found is None:
        return None
    return next((one for one in STEPS if one == found), None) or abort(400, f"step={found}")


def borders() -> Borders:
    """In which borders the trend is asked for: as the unit was, unless the address says otherwise."""
    return "today" if one_of("borders", BORDERS) == "today" else "then"


def one_of(name: str, offered: tuple[str, ...]) -> str | None:
    """What the address says under a name; None where nothing. Answers 400 for what is not offered."""
    found = asked(name)
    if found and found not in offered:
        abort(400, f"{name}={found}")
    return found


def field() -> ServiceField | None:
    """The service field that the address names. Answers 400 for one that there is not."""
    code = asked("field")
    try:
        return lookups.field(code) if code else None
    except NotFound:
        abort(400, f"field={code}")


def _touchpoint(unit: Unit) -> Touchpoint | None:
    """A point that hangs in the unit's subtree, or hung there and moved within it."""
    code = asked("touchpoint")
    if not code:
        return None
    found = lookups.touchpoint(code)
    if found.unit_id not in lookups.subtree(unit.id):
        raise NotFound(code)
    return found


def _agency() -> Agency | None:
    number = asked("agency")
    if not number:
        return None
    found = next((one for one in fields.agencies() if str(one.id) == number), None)
    return found or abort(400, f"agency={number}")


def period() -> Period:
    """The period asked for; the current quarter where none is.

    `?period=` is a period as `periods.parse` reads it. `?from=` and `?to=` are the first and the last day
    (or month) of one, as people think of it; without an end it goes on to the last closed day, without a
    beginning it begins with its last day's year. Raises PeriodWrong.
    """
    first, last, named = asked("from"), asked("to"), asked("period")
    if first or last:
        end = periods.parse(last).end if last else here.last_closed_day() + periods.ONE_DAY
        begin = periods.parse(first).start if first else date((end - periods.ONE_DAY).year, 1, 1)
        return Period(begin, end)
    return periods.parse(named) if named else periods.quarter_of(here.last_closed_day())


def periods_offered() -> list[tuple[str, Period]]:
    """The periods that most people ask for, each with its name."""
    month, quarter, year = (
        of(here.last_closed_day()) for of in (periods.month_of, periods.quarter_of, periods.year_of)
    )
    return [
        (gettext("This month"), month),
        (gettext("Last month"), month.previous()),
        (gettext("This quarter"), quarter),
        (gettext("Last quarter"), quarter.previous()),
        (gettext("This year"), year),
        (gettext("Last 12 months"), Period(periods.add_months(month.start, -11), month.end)),
    ]


def earlier_periods() -> list[tuple[str, list[Period]]]:
    """Further periods to choose from: months, quarters and years, the newest first."""
    day = here.last_closed_day()
    return [
        (gettext("Months"), _back(periods.month_of(day), 12)),
        (gettext("Quarters"), _back(periods.quarter_of(day), 6)),
        (gettext("Years"), _back(periods.year_of(day), 3)),
    ]


def _back(latest: Period, number: int) -> list[Period]:
    listed = [latest]
    while len(listed) < number:
        listed.append(listed[-1].previous())
    return listed

"""For managers and the province: the report of a unit's subtree, as a page and as files of its figures."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from sipas import audit, charts, exports, periods, places, report_tables, reports, wording
from sipas.periods import Period
from sipas.places import CHANNELS, NotFound, ServiceField, Unit
from sipas.reports import Question, Report
from sipas.statistics import SMALLEST_SHOWN
from sipas.web import here
from sipas.web.access import current_user
from sipas.web.language import language

pages = Blueprint("manager", __name__)


@pages.app_context_processor
def _scope() -> dict[str, object]:
    """What every page of staff may ask: whose figures the reader may see, and the names of channels."""
    return {"own_unit": own_unit, "own_units": own_units, "channel_names": channel_names}


def own_unit() -> Unit | None:
    """The unit at the root of what the reader may see; None for visitors and while there are no units."""
    try:
        return current_user.root if current_user.is_authenticated else None
    except NotFound:
        return None


def own_units() -> list[Unit]:
    """All units that the reader may see, in alphabetical order."""
    unit = own_unit()
    return places.units_in(places.subtree(unit.id)) if unit else []


def channel_names() -> dict[str, str]:
    """What people call each channel, in the page's language."""
    return {code: wording.channel(code, language()) for code in CHANNELS}


@pages.get("/reports")
def own() -> AnyResponse | str:
    """The report of the unit chosen in the filters, else of one's own; without units, what to do first."""
    unit = own_unit()
    if unit is None:
        return render_template("manager/empty.html")
    asked: dict[str, Any] = {name: _asked(name) for name in ("field", "channel", "lang")}
    if any(map(_asked, ("period", "from", "to"))):
        asked["period"] = str(_period())
    return redirect(url_for("manager.report", code=_asked("unit") or unit.code, **asked))


@pages.get("/reports/<code>")
def report(code: str) -> str:
    """The report of a unit as a page."""
    found = _report(code)
    return render_template(
        "manager/report.html",
        report=found,
        lines=charts.by_attention(found),
        steps=charts.spread(found.total),
        sentence=charts.description(found, language()),
        asked=_repeated(found.question),
        periods=_periods_offered(),
        earlier=_earlier_periods(),
        last_day=_last_day(),
        fields=places.fields(),
        smallest=SMALLEST_SHOWN,
    )


@pages.get("/reports/<code>.<any(csv, json, svg):shape>")
def report_file(code: str, shape: str) -> Response:
    """The same report as a file."""
    found = _report(code)
    if shape == "svg":
        return Response(charts.report_svg(found, language()), mimetype="image/svg+xml")
    table = report_tables.table(found, language(), gettext("Total"))
    name = f"sipas-{found.unit.code}-{found.question.period}.{shape}"
    audit.keep("report.exported", name, found.unit.id, {"address": request.full_path})
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    if shape == "csv":
        return Response(exports.to_csv(table), content_type="text/csv; charset=utf-8", headers=headers)
    about: dict[str, Any] = {"unit_code": found.unit.code, "period": str(found.question.period)}
    about |= {"method": found.method, "apart": report_tables.apart(found)}
    return Response(exports.to_json(table, **about), mimetype="application/json")


def _report(code: str) -> Report:
    unit = places.within(current_user.root.id, code)
    field, channel = _asked("field"), _asked("channel")
    if channel and channel not in CHANNELS:
        abort(400, f"channel={channel}")
    question = Question(unit, _period(), _field(field) if field else None, channel)
    return reports.report(question, _last_day())


def _asked(name: str) -> str | None:
    return request.args.get(name) or None


def _repeated(question: Question) -> dict[str, str | None]:
    """What the address must say to ask the same again."""
    return {
        "period": str(question.period),
        "field": question.field.code if question.field else None,
        "channel": question.channel,
    }


def _field(code: str) -> ServiceField:
    try:
        return places.field(code)
    except NotFound:
        abort(400, f"field={code}")


def _period() -> Period:
    """The period asked for; the current quarter where none is.

    `?period=` is a period as `periods.parse` reads it. `?from=` and `?to=` are the first and the last day
    (or month) of one, as people think of it; without an end it goes on to the last closed day, without a
    beginning it begins with its last day's year. Raises PeriodWrong.
    """
    first, last, asked = _asked("from"), _asked("to"), _asked("period")
    if first or last:
        end = periods.parse(last).end if last else _last_day() + periods.ONE_DAY
        begin = periods.parse(first).start if first else date((end - periods.ONE_DAY).year, 1, 1)
        return Period(begin, end)
    return periods.parse(asked) if asked else periods.quarter_of(_last_day())


def _last_day() -> date:
    return reports.last_closed_day(here.today(), here.settings().report_delay_days)


def _periods_offered() -> list[tuple[str, Period]]:
    """The periods that most people ask for, each with its name."""
    month, quarter, year = (of(_last_day()) for of in (periods.month_of, periods.quarter_of, periods.year_of))
    return [
        (gettext("This month"), month),
        (gettext("Last month"), month.previous()),
        (gettext("This quarter"), quarter),
        (gettext("Last quarter"), quarter.previous()),
        (gettext("This year"), year),
        (gettext("Last 12 months"), Period(periods.add_months(month.start, -11), month.end)),
    ]


def _earlier_periods() -> list[tuple[str, list[Period]]]:
    """Further periods to choose from: months, quarters and years, the newest first."""
    day = _last_day()
    return [
        (gettext("Months"), _back(periods.month_of(day), 12)),
        (gettext("Quarters"), _back(periods.quarter_of(day), 6)),
        (gettext("Years"), _back(periods.year_of(day), 3)),
    ]


def _back(period: Period, number: int) -> list[Period]:
    listed = [period]
    while len(listed) < number:
        listed.append(listed[-1].previous())
    return listed

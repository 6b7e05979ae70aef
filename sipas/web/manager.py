"""For managers and the province: the report of a unit's subtree, as a page and as files of the same figures."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, Response, abort, current_app, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_login import current_user
from werkzeug.wrappers import Response as AnyResponse

from sipas import charts, exports, periods, places, reports
from sipas.periods import Period
from sipas.places import CHANNELS, NotFound, ServiceField
from sipas.reports import Question, Report
from sipas.settings import Settings
from sipas.web.language import language

pages = Blueprint("manager", __name__)


@pages.get("/reports")
def own() -> AnyResponse:
    """The report of the unit one belongs to."""
    return redirect(url_for("manager.report", code=current_user.root.code))


@pages.get("/reports/<code>")
def report(code: str) -> str:
    """The report of a unit as a page."""
    found = _report(code)
    return render_template(
        "manager/report.html",
        report=found,
        periods=_periods_offered(),
        fields=places.fields(),
        channels=CHANNELS,
        below=places.units_in(places.subtree(found.unit.id)),
        question=request.args.to_dict(),
        sentence=charts.description(found, language()),
    )


@pages.get("/reports/<code>.<any(csv, json, svg):shape>")
def report_file(code: str, shape: str) -> Response:
    """The same report as a file."""
    found = _report(code)
    if shape == "svg":
        return Response(charts.report_svg(found, language()), mimetype="image/svg+xml")
    table = reports.table(found, language(), gettext("Total"))
    name = f"sipas-{found.unit.code}-{found.question.period}.{shape}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    if shape == "csv":
        return Response(exports.to_csv(table), content_type="text/csv; charset=utf-8", headers=headers)
    about = {"unit_code": found.unit.code, "period": str(found.question.period), "method": found.method}
    return Response(exports.to_json(table, **about), mimetype="application/json")


def _report(code: str) -> Report:
    unit = places.within(current_user.root.id, code)
    field, channel = request.args.get("field"), request.args.get("channel")
    if channel and channel not in CHANNELS:
        abort(400, f"channel={channel}")
    question = Question(unit, _period(), _field(field) if field else None, channel or None)
    return reports.report(question, _last_day())


def _field(code: str) -> ServiceField:
    try:
        return places.field(code)
    except NotFound:
        abort(400, f"field={code}")


def _period() -> Period:
    asked = request.args.get("period")
    return periods.parse(asked) if asked else periods.quarter_of(_last_day())


def _last_day() -> date:
    chosen: Settings = current_app.config["SIPAS"]
    return reports.last_closed_day(reports.today(chosen.zone), chosen.report_delay_days)


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

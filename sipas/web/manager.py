"""For managers and the province: the report of a unit's subtree, as a page and as files of its figures."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from sipas import audit, catalogue, charts, exports, hours, places, reasons, report_tables, reports, trends, wording
from sipas.i18n import LANGUAGES
from sipas.places import CHANNELS, NotFound, Unit
from sipas.reports import Report
from sipas.statistics import SMALLEST_SHOWN
from sipas.trends import STEPS
from sipas.web import asking
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
    asked: dict[str, Any] = {name: asking.asked(name) for name in (*asking.NARROWING, "step", "lang")}
    if any(map(asking.asked, ("period", "from", "to"))):
        asked["period"] = str(asking.period())
    code = asking.asked("unit") or unit.code
    if asked["touchpoint"] and not _hangs_in(asked["touchpoint"], code):
        asked["touchpoint"] = None  # another unit was chosen beside a point of the one before
    return redirect(url_for("manager.report", code=code, **asked))


def _hangs_in(point_code: str, unit_code: str) -> bool:
    try:
        return places.touchpoint(point_code).unit_id in places.subtree(places.unit(unit_code).id)
    except NotFound:
        return False


@pages.get("/reports/<code>")
def report(code: str) -> str:
    """The report of a unit as a page."""
    found = _report(code)
    last_day, question = asking.last_day(), found.question
    trend = trends.trend(question, last_day, asking.step())
    is_all = not (question.is_narrowed or question.field or question.agency or question.handled)
    return render_template(
        "manager/report.html",
        report=found,
        lines=charts.by_attention(found),
        steps=charts.spread(found.total),
        sentence=charts.description(found, language()),
        trend=trend,
        steps_of_trend=STEPS,
        hours=hours.hours(found.unit, question.period, last_day) if is_all else None,
        reasons=reasons.reasons(found),
        asked=asking.repeated(question),
        periods=asking.periods_offered(),
        earlier=asking.earlier_periods(),
        last_day=last_day,
        fields=places.fields(),
        agencies=catalogue.agencies(),
        points=places.touchpoints_of(places.subtree(found.unit.id)) if found.unit.level != "province" else (),
        languages=LANGUAGES,
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
    return reports.report(asking.question(unit), asking.last_day())

"""For managers and the province: the report of a unit's subtree, as a page and as files of its figures."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from sipas import charts
from sipas.catalogue import fields, lookups
from sipas.catalogue.models import CHANNELS
from sipas.charts import drawing
from sipas.comments import listing
from sipas.core import audit, formats
from sipas.core.errors import NotFound
from sipas.core.languages import LANGUAGES
from sipas.downloads import report_files
from sipas.downloads.report_files import Gathered
from sipas.numbers.periods import PeriodWrong
from sipas.numbers.shares import SMALLEST_SHOWN
from sipas.reporting import hours, reasons, reports, trends
from sipas.reporting.reports import Report
from sipas.reporting.trends import STEPS
from sipas.web.kit import here, report_address
from sipas.web.kit.access import current_user
from sipas.web.kit.language import language
from sipas.web.kit.scope import above_of, own_unit, own_units
from sipas.web.staff.comments import Card, CommentNames

pages = Blueprint("reports", __name__)


@pages.app_context_processor
def _scope() -> dict[str, object]:
    """What every page of staff may ask: whose figures the reader may see, and the names of channels."""
    return {"own_unit": own_unit, "own_units": own_units, "channel_names": channel_names, "above_of": above_of}


def channel_names() -> dict[str, str]:
    """What people call each channel, in the page's language."""
    return {code: formats.channel(code, language()) for code in CHANNELS}


@pages.get("/reports")
def own() -> AnyResponse | str:
    """The report of the unit chosen in the filters, else of one's own; without units, what to do first."""
    unit = own_unit()
    if unit is None:
        return render_template("reports/empty.html")
    asked: dict[str, Any] = {name: report_address.asked(name) for name in (*report_address.NARROWING, "step", "lang")}
    if any(map(report_address.asked, ("period", "from", "to"))):
        try:
            asked["period"] = str(report_address.period())
        except PeriodWrong:
            flash(gettext("These days cannot be shown: the last one must be a day after the first, of 1900 to 2199."))
    code = report_address.asked("unit") or unit.code
    if asked["touchpoint"] and not _hangs_in(asked["touchpoint"], code):
        asked["touchpoint"] = None  # another unit was chosen beside a point of the one before
    return redirect(url_for("reports.report", code=code, **asked))


def _hangs_in(point_code: str, unit_code: str) -> bool:
    try:
        return lookups.touchpoint(point_code).unit_id in lookups.subtree(lookups.unit(unit_code).id)
    except NotFound:
        return False


@pages.get("/reports/<code>")
def report(code: str) -> str:
    """The report of a unit as a page."""
    gathered = _gathered(code)
    found, trend, week = gathered.report, gathered.trend, gathered.hours
    return render_template(
        "reports/report.html",
        report=found,
        lines=charts.by_attention(found),
        steps=charts.spread(found.total),
        sentence=charts.description(found, language()),
        trend=trend,
        steps_of_trend=STEPS,
        hours=week,
        charts=charts.of(found, trend, week, language()),
        reasons=reasons.reasons(found),
        cards=_newest(found),
        asked=report_address.repeated(found.question)
        | {"borders": trend.borders if trend.borders == "today" else None},
        breaks=[charts.break_in_words(one, language()) for one in trend.breaks],
        borders=charts.borders_in_words(trend, language()),
        periods=report_address.periods_offered(),
        earlier=report_address.earlier_periods(),
        last_day=here.last_closed_day(),
        fields=lookups.fields(),
        agencies=fields.agencies(),
        points=lookups.touchpoints_of(lookups.subtree(found.unit.id)) if found.unit.level != "province" else (),
        languages=LANGUAGES,
        smallest=SMALLEST_SHOWN,
    )


@pages.get("/reports/<code>.<any(csv, json, xlsx, pdf, svg, png):shape>")
def report_file(code: str, shape: str) -> Response:
    """The same report as a file."""
    found = _gathered(code)
    content_type, made = report_files.FILES[shape]
    if shape == "svg":  # shown in the page, not taken away
        return Response(made(found), content_type=content_type)
    name = f"sipas-{found.report.unit.code}-{found.report.question.period}.{shape}"
    audit.keep("report.exported", name, found.report.unit.id, {"address": request.full_path})
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(made(found), content_type=content_type, headers=headers)


@pages.get("/reports/<code>/charts/<any(fields, trend, factors, spread, hours):chart>.<any(svg, png):shape>")
def report_chart(code: str, chart: str, shape: str) -> Response:
    """One chart of a report, for its page or for slides."""
    found = _gathered(code)
    shown = charts.of(found.report, found.trend, found.hours, language()).get(chart)
    if shown is None:
        abort(404)
    if shape == "svg":
        return Response(drawing.svg(shown.picture), mimetype="image/svg+xml")
    name = f"sipas-{found.report.unit.code}-{found.report.question.period}-{chart}.png"
    audit.keep("report.exported", name, found.report.unit.id, {"address": request.full_path})
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(drawing.png(shown.picture), mimetype="image/png", headers=headers)


def _newest(found: Report) -> list[Card] | None:
    """The newest comments of a report; none for the whole province, which reads them centre by centre."""
    question = found.question
    if question.unit.parent_id is None:
        return None
    field_id = question.field.id if question.field else None
    return CommentNames().cards(listing.newest(question.unit, question.period, here.last_closed_day(), field_id))


def _gathered(code: str) -> Gathered:
    """The report of what is asked, with its trend, and its week where it is about all responses."""
    unit = lookups.within(current_user.root.id, code)
    question, step, last_day = report_address.question(unit), report_address.step(), here.last_closed_day()
    is_all = not (question.is_narrowed or question.field or question.agency or question.handled)
    return Gathered(
        reports.report(question, last_day),
        trends.trend(question, last_day, step, report_address.borders()),
        hours.hours(unit, question.period, last_day) if is_all else None,
        language(),
        here.today(),
    )

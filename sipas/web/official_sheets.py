"""For managers and the province: the sheets of Decision 766 and Decree 61, as far as the figures here can fill them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from flask import Blueprint, Response, request

from sipas import audit, lookups, official_sheets, periods, reports
from sipas.reports import Question, Report
from sipas.tables import Table
from sipas.web import here
from sipas.web.access import current_user
from sipas.web.downloads import download
from sipas.web.language import language

pages = Blueprint("official_sheets", __name__)

SHEETS: Mapping[str, Callable[[Report, str], Table]] = MappingProxyType(
    {"decision-766": official_sheets.decision_766, "decree-61": official_sheets.decree_61}
)


@pages.get('/reports/<code>/<any("decision-766", "decree-61"):sheet>.<any(csv, xlsx):shape>')
def file(code: str, sheet: str, shape: str) -> Response:
    """One of the sheets of a unit and period; of the current quarter where none is asked for."""
    unit = lookups.within(current_user.root.id, code)
    last_day = here.last_closed_day()
    asked = request.args.get("period")
    period = periods.parse(asked) if asked else periods.quarter_of(last_day)
    table = SHEETS[sheet](reports.report(Question(unit, period), last_day), language())
    name = f"{sheet}-{unit.code}-{period}"
    audit.keep("report.exported", f"{name}.{shape}", unit.id, {"address": request.full_path})
    return download(table, name, shape)

"""For managers and the province: the sheets of Decision 766 and Decree 61, as far as the figures here can fill them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from flask import Blueprint, Response, request

from sipas.catalogue import lookups
from sipas.core import audit
from sipas.files.tables import Table
from sipas.numbers import periods
from sipas.reporting import official_sheets, reports
from sipas.reporting.reports import Report, ReportRequest
from sipas.web.kit import here
from sipas.web.kit.access import current_user
from sipas.web.kit.downloads import download
from sipas.web.kit.language import language

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
    table = SHEETS[sheet](reports.report(ReportRequest(unit, period), last_day), language())
    name = f"{sheet}-{unit.code}-{period}"
    audit.keep("report.exported", f"{name}.{shape}", unit.id, {"address": request.full_path})
    return download(table, name, shape)

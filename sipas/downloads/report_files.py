"""A report as files: every kind is made from the same report object, so all of them say the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from sipas import charts
from sipas.charts import drawing
from sipas.charts.words import narrowed, speaker
from sipas.core import formats
from sipas.core.languages import named
from sipas.downloads import report_columns
from sipas.downloads.report_pdf import report_pdf
from sipas.files import csv_json
from sipas.files.tables import Table
from sipas.files.xlsx_writer import to_xlsx
from sipas.numbers.shares import SMALLEST_SHOWN
from sipas.reporting.hours import Hours
from sipas.reporting.reports import Report
from sipas.reporting.trends import Trend


@dataclass(frozen=True)
class Gathered:
    """What one question brings: the report, its trend, its week where it is about all responses, and the day it is."""

    report: Report
    trend: Trend
    hours: Hours | None
    language: str
    made_on: date


def to_csv(found: Gathered) -> bytes:
    """The report's rows."""
    return csv_json.to_csv(rows(found))


def to_json(found: Gathered) -> bytes:
    """The report's rows as objects, and everything beside them."""
    report = found.report
    return csv_json.to_json(
        rows(found),
        unit_code=report.unit.code,
        period=str(report.question.period),
        method=report.method,
        apart=report_columns.apart(report),
        **report_columns.beside(report, found.language),
        trend=report_columns.objects(report_columns.of_trend(found.trend)),
        hours=report_columns.objects(report_columns.of_hours(found.hours)) if found.hours else None,
    )


def to_workbook(found: Gathered) -> bytes:
    """The report's rows as the first sheet, then trend, factors, changes, agencies and hours, and how to read them."""
    report = found.report
    sheets = {
        "report": rows(found),
        "trend": report_columns.of_trend(found.trend),
        "factors": report_columns.of_factors(report),
        "changes": report_columns.of_changes(report),
        "agencies": report_columns.of_agencies(report, found.language),
    }
    if found.hours:
        sheets["hours"] = report_columns.of_hours(found.hours)
    title = f"{named(report.unit, found.language)}, {formats.period(report.period, found.language)}"
    return to_xlsx(sheets, title, {"method": method(found)})


def to_pdf(found: Gathered) -> bytes:
    """The report on two pages of A4."""
    return report_pdf(found.report, found.trend, found.hours, found.language, found.made_on)


def to_svg(found: Gathered) -> bytes:
    """The chart of service fields."""
    return charts.report_svg(found.report, found.language)


def to_png(found: Gathered) -> bytes:
    """The same chart for slides."""
    return drawing.png(charts.fields_picture(found.report, found.language))


FILES: dict[str, tuple[str, Callable[[Gathered], bytes]]] = {
    "csv": ("text/csv; charset=utf-8", to_csv),
    "json": ("application/json", to_json),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", to_workbook),
    "pdf": ("application/pdf", to_pdf),
    "svg": ("image/svg+xml", to_svg),
    "png": ("image/png", to_png),
}
"""Each kind of file with its content type and how it is made."""


def rows(found: Gathered) -> Table:
    """The report in the columns that programs rely on."""
    return report_columns.table(found.report, found.language, speaker(found.language)("Total"))


def method(found: Gathered) -> Table:
    """What the figures are about and what the columns mean, in words."""
    gettext = speaker(found.language)
    report = found.report
    about = [
        (gettext("Unit"), named(report.unit, found.language)),
        (gettext("Period"), formats.period(report.question.period, found.language)),
        (gettext("Days counted"), _days(report, found.language)),
        (
            gettext("Only"),
            "; ".join(words for _, words in narrowed(report.question, found.language)) or gettext("all responses"),
        ),
        (gettext("Responses"), formats.count(report.total.responses, found.language)),
        (gettext("Set aside as doubtful"), _aside(report, found.language)),
        (gettext("Method"), report.method),
    ]
    return Table((gettext("What"), gettext("Meaning")), (*about, *_columns(found.language)))


def _days(report: Report, language: str) -> str:
    return formats.period(report.period, language)


def _aside(report: Report, language: str) -> str:
    if report.aside is None:
        return formats.count(0, language)
    share = report.aside.satisfaction
    number = formats.count(report.aside.responses, language)
    if share is None:
        return number
    with_them = f"{formats.percent(share.value, language)}, n = {formats.count(share.total, language)}"
    gettext = speaker(language)
    return gettext("%(number)s (with them: %(figure)s)", number=number, figure=with_them)


def _columns(language: str) -> list[tuple[str, str]]:
    gettext = speaker(language)
    return [
        ("field_code", gettext("Code of the service field; total is the last row, all fields pooled.")),
        ("agency", gettext("Who handles the field: the unit's own authority or a vertical agency.")),
        ("period_from, period_to", gettext("First and last day counted.")),
        ("responses", gettext("The base: responses with an overall rating.")),
        ("satisfied", gettext("Responses that rated the visit 4 or 5 of 5.")),
        ("satisfaction", gettext("Satisfied out of all responses, per cent.")),
        ("low, high", gettext("Its 95%% interval (Wilson), per cent.")),
        ("index", gettext("Satisfied ratings out of the valid ones, pooled over the five factors, per cent.")),
        ("index_low, index_high", gettext("Its 95%% interval; ratings of one citizen count as a cluster.")),
        ("access … feedback", gettext("The same share for each of the five factors, per cent.")),
        ("dossiers", gettext("Dossiers finished in the period, where they are loaded for all units and months.")),
        (
            "response_rate, on_time_rate",
            gettext("Responses out of dossiers finished; dossiers on time out of those finished."),
        ),
        (
            "change_points, change_low, change_high",
            gettext(
                "Difference to the previous period of equal length, in points, with its interval (Newcombe, Holm)."
            ),
        ),
        ("change_is_real", gettext("yes: the interval leaves out zero; no: it may be chance.")),
        ("before, before_responses", gettext("The share and the base it is held against.")),
        ("year_…", gettext("The same against the same days of the year before.")),
        ("weekday, hour", gettext("1 is Monday; 8 is from 8:00 to 8:59. Paper forms have no hour.")),
        (gettext("empty cell"), gettext("No data, or fewer than %(smallest)s responses.", smallest=SMALLEST_SHOWN)),
    ]

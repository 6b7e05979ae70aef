"""A report as the columns of its files, which programs rely on (docs: the files' columns stand in the README)."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from sipas.core.languages import named
from sipas.files.tables import Table
from sipas.numbers.shares import FACTORS, Share, per_cent
from sipas.reporting.report_lines import Line, LinePart
from sipas.reporting.reports import Report

REPORT_COLUMNS = (
    "unit_code", "unit", "field_code", "field", "agency", "period_from", "period_to", "responses", "satisfied",
    "satisfaction", "low", "high", "index", "index_low", "index_high", *FACTORS, "dossiers", "response_rate",
    "on_time_rate", "method",
)  # fmt: skip


def table(found: Report, language: str, total_name: str) -> Table:
    """A report as the columns of its files: a row for each field, then the total; per cent with two decimals."""
    return Table(REPORT_COLUMNS, tuple(_row(found, line, language, total_name) for line in (*found.lines, found.total)))


def apart(found: Report) -> dict[str, dict[str, int | float | None]] | None:
    """What stands beside the rows in a file that has room for it: paper forms and all others, each alone."""
    if found.apart is None:
        return None
    return {"paper": _part(found.apart.paper), "others": _part(found.apart.others)}


def _part(part: LinePart) -> dict[str, int | float | None]:
    share = part.satisfaction
    satisfaction, low, high = _cells(share)
    return {
        "responses": part.responses,
        "satisfied": share.satisfied if share else None,
        "satisfaction": satisfaction,
        "low": low,
        "high": high,
    }


def _row(found: Report, line: Line, language: str, total_name: str) -> tuple[str | int | float | date | None, ...]:
    field, agency = line.field, line.field and line.field.agency
    return (
        found.unit.code,
        named(found.unit, language),
        field.code if field else "total",
        named(field, language) if field else total_name,
        named(agency, language) if agency else None,
        found.period.start,
        found.period.last_day if found.period.days else None,
        line.responses,
        line.satisfaction.satisfied if line.satisfaction else None,
        *_cells(line.satisfaction),
        *_cells(line.index),
        *(_cell(factor.value if factor else None) for factor in line.factors),
        line.dossiers.finished if line.dossiers else None,
        _cell(line.response_rate),
        _cell(line.on_time_rate),
        found.method,
    )


def _cells(share: Share | None) -> tuple[float | None, float | None, float | None]:
    return (_cell(share.value), _cell(share.low), _cell(share.high)) if share else (None, None, None)


def _cell(ratio: Fraction | float | None) -> float | None:
    return None if ratio is None else per_cent(ratio)

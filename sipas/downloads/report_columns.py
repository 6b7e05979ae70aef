"""A report as the columns of its files, which programs rely on (docs/files.md), and what stands beside its rows.

Shares are per cent with two decimals, changes points with two; cells without data are None.
"""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from sipas.core.languages import named
from sipas.files.tables import Cell, Table
from sipas.numbers.changes import Change
from sipas.numbers.shares import FACTORS, Share, in_points, per_cent
from sipas.numbers.weighting import Weighted
from sipas.reporting.hours import Hours
from sipas.reporting.report_lines import Line, LinePart
from sipas.reporting.reports import Report
from sipas.reporting.trends import Trend

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


_SHARE = ("responses", "satisfied", "satisfaction", "low", "high")
_CHANGE = ("change_points", "change_low", "change_high", "change_is_real", "before", "before_responses")
_YEAR_CHANGE = tuple(f"year_{name}" for name in _CHANGE)


def of_trend(found: Trend) -> Table:
    """A row for each step, with its first and its last day; `borders` says as of when the unit is counted."""
    rows = (
        (point.period.start, point.period.last_day, *_share(point.satisfaction, point.responses), found.borders)
        for point in found.points
    )
    return Table(("period_from", "period_to", *_SHARE, "borders"), tuple(rows))


def of_factors(found: Report) -> Table:
    """A row for each factor, then the index that pools them; `responses` counts those with a valid rating."""
    total = found.total
    shifts = found.factor_changes or (None,) * len(FACTORS)
    rows = zip(FACTORS, total.factors, total.tally.factors, shifts, strict=True)
    listed = [*rows, ("index", total.index, total.tally.index, None)]
    return Table(
        ("factor", "responses", "ratings", *_SHARE[1:], *_CHANGE),
        tuple(
            (name, sums.citizens, share.total if share else None, *_share(share, 0)[1:], *_change(change))
            for name, share, sums, change in listed
        ),
    )


def of_changes(found: Report) -> Table:
    """A row for each field and the total: how its share moved since the previous period, and within a year."""
    return Table(
        ("field_code", "satisfaction", *_CHANGE, *_YEAR_CHANGE),
        tuple(
            (
                line.field.code if line.field else "total",
                _share(line.satisfaction, 0)[2],
                *_change(line.change),
                *_change(line.year_change),
            )
            for line in (*found.lines, found.total)
        ),
    )


def of_agencies(found: Report, language: str) -> Table:
    """A row for each agency whose fields were answered about; `handled` says whose house it is."""
    rows: list[tuple[Cell, ...]] = [
        (
            named(one.agency, language) if one.agency else None,
            ("vertical" if one.is_vertical else "own") if one.agency else None,
            *_line(one.line),
        )
        for one in found.agencies
    ]
    rows += [(None, kind, *_line(line)) for kind, line in found.handled]
    return Table(("agency", "handled", *_SHARE, *_CHANGE), tuple(rows))


def of_hours(found: Hours) -> Table:
    """A row for each hour of the week with responses; weekdays count from 1, Monday."""
    rows = (
        (day + 1, hour, *_share(cell.satisfaction, cell.responses)) for (day, hour), cell in sorted(found.cells.items())
    )
    return Table(("weekday", "hour", *_SHARE), tuple(rows))


def beside(found: Report, language: str) -> dict[str, object]:
    """What stands beside a report's rows in a file that has room for it."""
    aside, weighted = found.aside, found.weighted
    return {
        "previous_period": str(found.previous) if found.period.days else None,
        "year_before": str(found.year_before) if found.period.days else None,
        "changes": objects(of_changes(found)),
        "factors": objects(of_factors(found)),
        "agencies": objects(of_agencies(found, language)),
        "weighted": _weighted(weighted) if weighted else None,
        "aside": {"responses": aside.responses, "total_with_them": _total(aside.total)} if aside else None,
        "answers_wanted": found.total.answers_wanted,
    }


def objects(table: Table) -> list[dict[str, Cell]]:
    """A table's rows as objects."""
    return [dict(zip(table.columns, row, strict=True)) for row in table.rows]


def _total(line: Line | None) -> dict[str, Cell] | None:
    return None if line is None else dict(zip(_SHARE, _share(line.satisfaction, line.responses), strict=True))


def _weighted(found: Weighted) -> dict[str, Cell]:
    return {
        "satisfaction": per_cent(found.value),
        "low": per_cent(found.low),
        "high": per_cent(found.high),
        "effective_size": round(found.effective_size, 1),
        "dossiers_covered": per_cent(found.covered),
    }


def _line(line: Line) -> tuple[Cell, ...]:
    return (*_share(line.satisfaction, line.responses), *_change(line.change))


def _share(share: Share | None, responses: int) -> tuple[Cell, ...]:
    if share is None:
        return (responses, None, None, None, None)
    return (responses, share.satisfied, per_cent(share.value), per_cent(share.low), per_cent(share.high))


def _change(change: Change | None) -> tuple[Cell, ...]:
    if change is None:
        return (None,) * len(_CHANGE)
    moved = (in_points(change.value), in_points(change.low), in_points(change.high))
    return (*moved, "yes" if change.is_real else "no", per_cent(change.before.value), change.before.total)

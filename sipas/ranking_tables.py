"""A ranking as the columns of its files, which programs rely on (docs/files.md)."""

from __future__ import annotations

from fractions import Fraction

from sipas.i18n import named
from sipas.rankings import Ranking, RankLine
from sipas.standings import MIDDLE, Band
from sipas.statistics import percentage
from sipas.tables import Cell, Table

RANKING_COLUMNS = (
    "rank", "rank_low", "rank_high", "unit_code", "unit", "responses", "satisfaction", "low", "high", "index",
    "change_points", "change_low", "change_high", "change_rank", "band", "period_from", "period_to", "method",
)  # fmt: skip

NOT_DISTINGUISHABLE = "not_distinguishable"


def table(found: Ranking, language: str) -> Table:
    """A ranking as the columns of its files: a row for each unit, the unranked ones last; two decimals.

    `low` and `high` and the change are those of the figure that is ranked by.
    """
    return Table(RANKING_COLUMNS, tuple(_row(found, line, language) for line in found.lines))


def band(of: Band) -> str:
    """What files call a band."""
    return NOT_DISTINGUISHABLE if of == MIDDLE else of


def _row(found: Ranking, line: RankLine, language: str) -> tuple[Cell, ...]:
    standing, figure, change = line.standing, line.figure, line.change
    return (
        *((standing.rank, standing.low, standing.high) if standing else (None, None, None)),
        line.unit.code,
        named(line.unit, language),
        line.responses,
        _cell(line.satisfaction.value) if line.satisfaction else None,
        *((_cell(figure.low), _cell(figure.high)) if figure else (None, None)),
        _cell(line.index.value) if line.index else None,
        *((_signed(change.value), _signed(change.low), _signed(change.high)) if change else (None, None, None)),
        line.change_rank,
        band(standing.band) if standing else None,
        found.period.start,
        found.period.last_day if found.period.days else None,
        found.method,
    )


def _cell(ratio: Fraction | float) -> float:
    return float(percentage(ratio, 2))


def _signed(ratio: Fraction | float) -> float:
    """Rounded by its size, so that a fall and a rise of the same size look the same; never a negative zero."""
    return _cell(max(ratio, -ratio)) * (-1 if ratio < 0 else 1) + 0.0

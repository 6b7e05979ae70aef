"""A ranking as the columns of its files, which programs rely on (docs/files.md)."""

from __future__ import annotations

from sipas.core.languages import named
from sipas.files.tables import Cell, Table
from sipas.numbers.shares import in_points, per_cent
from sipas.numbers.standings import MIDDLE, Band
from sipas.reporting.rankings import Ranking, RankLine

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
        per_cent(line.satisfaction.value) if line.satisfaction else None,
        *((per_cent(figure.low), per_cent(figure.high)) if figure else (None, None)),
        per_cent(line.index.value) if line.index else None,
        *((in_points(change.value), in_points(change.low), in_points(change.high)) if change else (None, None, None)),
        line.change_rank,
        band(standing.band) if standing else None,
        found.period.start,
        found.period.last_day if found.period.days else None,
        found.method,
    )

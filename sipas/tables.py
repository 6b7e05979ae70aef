"""Tables: columns and rows of plain values, which every kind of file is made from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

Cell = str | int | float | date | None
"""A value of a table; None where there is no data."""


@dataclass(frozen=True)
class Table:
    """Columns and rows of plain values for a file; a cell without data is None."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]

"""Tables: columns and rows of plain values, which every kind of file is made from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from sipas.core.errors import Reason

Cell = str | int | float | Decimal | date | None
"""A value of a table; None where there is no data. A Decimal keeps the places that it was printed with."""

Kind = Literal["string", "integer", "number", "date"]


@dataclass(frozen=True)
class Table:
    """Columns and rows of plain values for a file; a cell without data is None."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True)
class Column:
    """A column whose cells are of one kind, and what it holds, for files that describe themselves."""

    name: str
    kind: Kind
    about: Reason
    is_required: bool = False
    one_of: tuple[str, ...] = ()

    @property
    def is_count(self) -> bool:
        """Whether no cell is below zero, for it counts."""
        return self.kind == "integer"

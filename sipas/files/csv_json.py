"""Tables as files: the one place for the byte order mark, quoting and the guard against formulas."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from typing import TextIO

from sipas.files.tables import Cell, Table

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def guarded(text: str) -> str:
    """A text that no spreadsheet takes for a formula; numbers never pass through here."""
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


def to_csv(table: Table) -> bytes:
    """UTF-8 with byte order mark, RFC 4180 quoting, decimal point, ISO dates, empty cells without data."""
    file = io.StringIO(newline="")
    write_csv(file, (table.columns, *table.rows))
    return file.getvalue().encode("utf-8-sig")


def write_csv(file: TextIO, rows: Iterable[Sequence[Cell]], is_guarded: bool = True) -> None:
    """Write rows as lines of CSV, one after the other, however many; unguarded only for a program that reads them.

    The file must be open with `newline=""`.
    """
    lines = csv.writer(file, lineterminator="\r\n")
    shown = _text if is_guarded else _plain
    lines.writerows([shown(cell) for cell in row] for row in rows)


def _text(cell: Cell) -> Cell:
    return guarded(cell) if isinstance(cell, str) else _plain(cell)


def _plain(cell: Cell) -> Cell:
    """A cell as csv takes it; that writes nothing for None."""
    return f"{cell:.2f}" if isinstance(cell, float) else cell


def to_json(table: Table, **about: object) -> bytes:
    """An object with what the table is about and its rows as objects; null without data."""
    rows = [dict(zip(table.columns, row, strict=True)) for row in table.rows]
    return json.dumps({**about, "rows": rows}, ensure_ascii=False, indent=1, default=str).encode()


def csv_line(cells: Sequence[Cell], first: bool = False) -> str:
    """One line of a CSV file that is written as it is read; the first begins with the byte order mark."""
    file = io.StringIO(newline="")
    write_csv(file, [cells])
    return "\ufeff" * first + file.getvalue()

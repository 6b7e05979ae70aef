"""Tables as files: the one place for the byte order mark, quoting and the guard against formulas."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from datetime import date

from sipas.tables import Table

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def guarded(text: str) -> str:
    """A text that no spreadsheet takes for a formula; numbers never pass through here."""
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


def to_csv(table: Table) -> bytes:
    """UTF-8 with byte order mark, RFC 4180 quoting, decimal point, ISO dates, empty cells without data."""
    file = io.StringIO(newline="")
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow(table.columns)
    writer.writerows([_text(cell) for cell in row] for row in table.rows)
    return file.getvalue().encode("utf-8-sig")


def _text(cell: str | int | float | date | None) -> str:
    if cell is None:
        return ""
    if isinstance(cell, str):
        return guarded(cell)
    return f"{cell:.2f}" if isinstance(cell, float) else str(cell)


def to_json(table: Table, **about: object) -> bytes:
    """An object with what the table is about and its rows as objects; null without data."""
    rows = [dict(zip(table.columns, row, strict=True)) for row in table.rows]
    return json.dumps({**about, "rows": rows}, ensure_ascii=False, indent=1, default=str).encode()


def csv_line(cells: Sequence[str | int | float | date | None], first: bool = False) -> str:
    """One line of a CSV file that is written as it is read; the first begins with the byte order mark."""
    file = io.StringIO(newline="")
    csv.writer(file, lineterminator="\r\n").writerow(map(_text, cells))
    return "\ufeff" * first + file.getvalue()

"""Long tables as files: rows are written as they come, in memory that does not grow with their number.

A file is finished on disk before anybody sees it: what breaks off half-way leaves an error and no file.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import file_digest
from pathlib import Path
from typing import TYPE_CHECKING

from sipas import exports, parquet
from sipas.tables import Cell, Column

if TYPE_CHECKING:
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

Rows = Iterable[Sequence[Cell]]

MOST_ROWS_OF_A_SHEET = 1_048_575
"""Excel's limit less the row of the header; what is more goes on in a further sheet."""


class FileNotMade(Exception):
    """A file could not be finished; the argument says why, for the log."""


@dataclass(frozen=True)
class Made:
    """A finished file: how many bytes, and their SHA-256 in hexadecimal digits."""

    bytes: int
    sha256: str


def write(path: Path, shape: str, columns: Sequence[Column], rows: Rows) -> Made:
    """Write a table to a path as one of SHAPES, and say what the file is.

    What else it needs for a while lies beside it, under names that begin with its own. An error leaves no whole file.
    """
    SHAPES[shape](path, columns, rows)
    return of_file(path)


def of_file(path: Path) -> Made:
    """What a finished file is."""
    with path.open("rb") as file:
        digest = file_digest(file, "sha256").hexdigest()
    return Made(path.stat().st_size, digest)


def _csv(path: Path, columns: Sequence[Column], rows: Rows) -> None:
    """UTF-8 with byte order mark, RFC 4180; text that looks like a formula is guarded."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        exports.write_csv(file, [_names(columns)])
        exports.write_csv(file, rows)


def _jsonl(path: Path, columns: Sequence[Column], rows: Rows) -> None:
    """An object on each line, null without data; text as it is."""
    names = _names(columns)
    with path.open("w", encoding="utf-8", newline="\n") as file:
        encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=str).encode
        file.writelines(encode(dict(zip(names, row, strict=True))) + "\n" for row in rows)


def _parquet(path: Path, columns: Sequence[Column], rows: Rows) -> None:
    """Made of a plain CSV by a process of its own, whose memory goes with it."""
    plain = path.with_name(f"{path.name}.csv")
    try:
        with plain.open("w", encoding="utf-8", newline="") as file:
            exports.write_csv(file, rows, is_guarded=False)
        task = {"source": str(plain), "target": str(path), "columns": {one.name: one.kind for one in columns}}
        command = [sys.executable, "-I", str(parquet.__file__)]
        done = subprocess.run(  # noqa: S603 - our own program
            command, input=json.dumps(task), capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise FileNotMade(done.stderr[-2000:])
    finally:
        plain.unlink(missing_ok=True)


def _xlsx(path: Path, columns: Sequence[Column], rows: Rows) -> None:
    """Rows as they come, on as many sheets as they need; then a sheet that says what each column holds."""
    from xlsxwriter.workbook import Workbook

    options = {
        "constant_memory": True,
        "tmpdir": str(path.parent),
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    workbook = Workbook(path, options)
    workbook.set_properties({"title": path.stem, "created": datetime(2000, 1, 1)})  # noqa: DTZ001 - a fixed day
    _fill(workbook, columns, iter(rows))
    about = workbook.add_worksheet("columns")
    for number, column in enumerate(columns):
        about.write_row(number, 0, (column.name, str(column.about)))
    about.set_column(0, 0, 20)
    about.set_column(1, 1, 110)
    workbook.close()


def _fill(workbook: Workbook, columns: Sequence[Column], rows: Iterator[Sequence[Cell]]) -> None:
    head = workbook.add_format({"bold": True, "bottom": 2, "bg_color": "#E2F2EE"})
    row = next(rows, None)
    number = 0
    while number == 0 or row is not None:
        number += 1
        sheet = workbook.add_worksheet("data" if number == 1 else f"data-{number}")
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, len(columns) - 1, 14)
        sheet.write_row(0, 0, _names(columns), head)
        place = 0
        while row is not None and place < MOST_ROWS_OF_A_SHEET:
            place += 1
            _write_row(sheet, place, row)
            row = next(rows, None)
        sheet.autofilter(0, 0, max(place, 1), len(columns) - 1)


def _write_row(sheet: Worksheet, place: int, row: Sequence[Cell]) -> None:
    for column, cell in enumerate(row):
        if isinstance(cell, int | float):
            sheet.write_number(place, column, cell)
        elif cell is not None:
            sheet.write_string(place, column, str(cell))


def _names(columns: Sequence[Column]) -> tuple[str, ...]:
    return tuple(column.name for column in columns)


SHAPES: Mapping[str, Callable[[Path, Sequence[Column], Rows], None]] = {
    "csv": _csv,
    "xlsx": _xlsx,
    "jsonl": _jsonl,
    "parquet": _parquet,
}

MEDIA_TYPES: Mapping[str, str] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "jsonl": "application/jsonl; charset=utf-8",
    "parquet": "application/vnd.apache.parquet",
    "zip": "application/zip",
}
"""What the web calls each shape; `zip` is a package of a table with its description."""

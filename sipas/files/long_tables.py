"""Long tables as files: rows are written as they come, in memory that does not grow with their number.

A file is finished on disk before anybody sees it: what breaks off half-way leaves an error and no file.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from hashlib import file_digest
from pathlib import Path

from sipas.files import csv_json, parquet, xlsx_stream
from sipas.files.tables import Cell, Column

Rows = Iterable[Sequence[Cell]]


class FileNotMade(Exception):
    """A file could not be finished; the argument says why, for the log."""


@dataclass(frozen=True)
class Made:
    """A finished file: how many bytes, and their SHA-256 in hexadecimal digits."""

    bytes: int
    sha256: str


def write(path: Path, shape: str, columns: Sequence[Column], rows: Rows) -> Made:
    """Write a table to a path as one of SHAPES, and say what the file is.

    What else it needs for a while lies beside it, under a name that begins with its own. What an error leaves is no
    whole file and lies under that path: who calls gives a name that nobody takes for a finished one.
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
        csv_json.write_csv(file, [_names(columns)])
        csv_json.write_csv(file, rows)


def _jsonl(path: Path, columns: Sequence[Column], rows: Rows) -> None:
    """An object on each line, null without data; text as it is."""
    names = _names(columns)
    with path.open("w", encoding="utf-8", newline="\n") as file:
        encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=_plain).encode
        file.writelines(encode(dict(zip(names, row, strict=True))) + "\n" for row in rows)


def _plain(cell: object) -> float | str:
    """What JSON has no kind for: a number with places is one, a day is text."""
    return float(cell) if isinstance(cell, Decimal) else str(cell)


def _parquet(path: Path, columns: Sequence[Column], rows: Rows) -> None:
    """Made of a plain CSV by a process of its own, whose memory goes with it."""
    plain = path.with_name(f"{path.name}.csv")
    try:
        with plain.open("w", encoding="utf-8", newline="") as file:
            csv_json.write_csv(file, rows, is_guarded=False)
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
    """On as many sheets as the rows need; then a sheet that says what each column holds."""
    xlsx_stream.write(path, _names(columns), rows, [(column.name, str(column.about)) for column in columns])


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

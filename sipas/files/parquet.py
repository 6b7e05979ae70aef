"""A CSV file as Parquet, in a process of its own: `python -I parquet.py`, told what to do as JSON on its input.

DuckDB needs 70 MB beside what it holds; the server shall not keep them. Nothing here reaches for the network.
"""

from __future__ import annotations

import json
import sys

_KINDS = {"string": "VARCHAR", "integer": "BIGINT", "number": "DOUBLE", "date": "DATE"}
_MEMORY = "40MB"
_ROWS_OF_A_GROUP = 32_768
_LONGEST_LINE = 65_536
"""Bytes; DuckDB reads sixteen such lines at a time, of its usual two megabytes more than it may hold here."""


def convert(source: str, target: str, columns: dict[str, str]) -> None:
    """Write a CSV file without header as Parquet, its rows in their order, an empty cell as null."""
    import duckdb

    settings: dict[str, str | bool | int | float | list[str]] = {
        "threads": 1,
        "memory_limit": _MEMORY,
        "temp_directory": f"{target}.tmp",
        "preserve_insertion_order": True,
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    types = ", ".join(f"{_text(name)}: {_text(_KINDS[kind])}" for name, kind in columns.items())
    rows = (
        f"read_csv({_text(source)}, columns={{{types}}}, auto_detect=false, header=false, delim=',', quote='\"', "
        "escape='\"', new_line='\\r\\n', nullstr='', encoding='utf-8', parallel=false, "
        f"max_line_size={_LONGEST_LINE}, buffer_size={16 * _LONGEST_LINE})"
    )
    with duckdb.connect(":memory:", config=settings) as connection:
        written = f"(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {_ROWS_OF_A_GROUP})"
        connection.execute(f"COPY (SELECT * FROM {rows}) TO {_text(target)} {written}")  # noqa: S608 - our own texts


def _text(value: str) -> str:
    """A text as SQL writes it."""
    return "'" + value.replace("'", "''") + "'"


if __name__ == "__main__":
    convert(**json.load(sys.stdin))

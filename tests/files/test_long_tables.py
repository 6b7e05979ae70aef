"""Long tables as files: each shape gives back what was written, in as many sheets as it takes, or there is no file."""

from __future__ import annotations

import csv
import json
import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from itertools import repeat
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sipas.core.errors import reason
from sipas.files import csv_json, long_tables, xlsx_stream
from sipas.files.long_tables import SHAPES, FileNotMade
from sipas.files.tables import Cell, Column

COLUMNS = (Column("what", "string", reason("A text.")), Column("many", "integer", reason("A count.")))
Rows = list[tuple[str | None, int | None]]

_texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1, max_size=12)
_rows = st.lists(st.tuples(st.none() | _texts, st.none() | st.integers(0, 2**40)), max_size=8)


def back(path: Path, shape: str) -> list[tuple[Cell, ...]]:
    """What a program reads in a file."""
    if shape == "csv":
        with path.open(encoding="utf-8-sig", newline="") as file:
            found = list(csv.reader(file))
        return [(what or None, int(many) if many else None) for what, many in found[1:]]
    if shape == "jsonl":
        return [tuple(json.loads(line).values()) for line in path.read_text().split("\n")[:-1]]
    return duckdb.read_parquet(str(path)).fetchall()


@settings(max_examples=40)
@given(_rows)
def test_text_files_give_back_what_was_written(tmp_path_factory: pytest.TempPathFactory, rows: Rows) -> None:
    folder = tmp_path_factory.mktemp("files")
    for shape in ("csv", "jsonl"):
        path = folder / f"table.{shape}"
        made = long_tables.write(path, shape, COLUMNS, rows)
        assert made == long_tables.of_file(path)
        guarded = [(csv_json.guarded(what) if what and shape == "csv" else what, many) for what, many in rows]
        assert back(path, shape) == guarded


NASTY: Rows = [
    ("=1+1", 1), ("a,b\"c'd;\r\ne\nf", None), (None, 0), ("  đất đai ", 2**40), ("<&>]]>", 5), ("_x0041_\x07", 6),
]  # fmt: skip


def test_parquet_gives_back_any_text_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "it's a table.parquet"
    long_tables.write(path, "parquet", COLUMNS, NASTY)
    assert back(path, "parquet") == NASTY
    assert [str(kind) for kind in duckdb.read_parquet(str(path)).types] == ["VARCHAR", "BIGINT"]
    assert [one.name for one in tmp_path.iterdir()] == [path.name]


def test_a_workbook_goes_on_in_further_sheets_and_text_is_never_a_formula(tmp_path: Path) -> None:
    path = tmp_path / "table.xlsx"
    xlsx_stream.write(path, ("what", "many"), NASTY, [("what", "A text.")], most_rows=4)
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["data", "data-2", "columns"]
    told = [row for name in ("data", "data-2") for row in book[name].iter_rows(min_row=2, values_only=True)]
    assert len(told) == len(NASTY)
    assert (told[0], told[2], told[4]) == (NASTY[0], NASTY[2], NASTY[4])
    assert told[3] == NASTY[3]
    assert told[5] == ("_x005F_x0041__x0007_", 6)  # as Excel wants to be told; it shows what was written
    assert book["data"]["A2"].data_type in ("s", "inlineStr")
    assert book["data"].freeze_panes == "A2"
    assert list(book["data-2"].iter_rows(max_row=1, values_only=True)) == [("what", "many")]


def test_a_sheet_of_nothing_still_has_its_header(tmp_path: Path) -> None:
    for shape in SHAPES:
        path = tmp_path / f"table.{shape}"
        long_tables.write(path, shape, COLUMNS, [])
        if shape == "xlsx":
            assert list(openpyxl.load_workbook(path)["data"].values) == [("what", "many")]
        else:
            assert back(path, shape) == []


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """No file of this process, or of one that it starts, can grow larger: as on a disk that is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)


@pytest.mark.parametrize("shape", SHAPES)
def test_a_full_disk_is_an_error_and_no_whole_file(tmp_path: Path, shape: str) -> None:
    rows: Iterator[tuple[str, int]] = (
        (f"row {number * 7919 % 100003}", number) for number, _ in enumerate(repeat(0, 60000))
    )
    with files_of_at_most(100_000), pytest.raises((OSError, FileNotMade)):
        long_tables.write(tmp_path / "table", shape, COLUMNS, rows)


def test_the_same_rows_give_the_same_bytes(tmp_path: Path) -> None:
    for shape in SHAPES:
        first, second = (long_tables.write(tmp_path / name, shape, COLUMNS, NASTY) for name in ("one", "two"))
        assert first == second, shape


def test_a_number_with_places_is_a_number_in_every_shape(tmp_path: Path) -> None:
    columns = (Column("share", "number", reason("A share.")), Column("day", "date", reason("A day.")))
    rows: list[Any] = [(Decimal("12.50"), date(2026, 9, 1)), (None, None)]
    for shape in SHAPES:
        long_tables.write(tmp_path / f"table.{shape}", shape, columns, rows)
    assert (tmp_path / "table.csv").read_text("utf-8-sig") == "share,day\n12.50,2026-09-01\n,\n"
    assert (tmp_path / "table.jsonl").read_text().splitlines()[0] == '{"share":12.5,"day":"2026-09-01"}'
    assert duckdb.read_parquet(str(tmp_path / "table.parquet")).fetchall() == [(12.5, date(2026, 9, 1)), (None, None)]
    assert openpyxl.load_workbook(tmp_path / "table.xlsx")["data"]["A2"].value == 12.5

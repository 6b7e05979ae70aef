"""Spreadsheets in: what others wrote is read as they show it, and what is no honest file is refused at once."""

from __future__ import annotations

import resource
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from time import monotonic
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sipas.files import table_reader, xlsx_reader
from sipas.files.table_reader import FileFaulty, TableIn

COLUMNS = ("unit", "month", "number")


def spreadsheet(folder: Path, rows: list[list[Any]], name: str = "file.xlsx") -> Path:
    book = openpyxl.Workbook()
    for row in rows:
        book.worksheets[0].append(row)
    book.save(folder / name)
    return folder / name


def cells(sheet: TableIn) -> list[list[str]]:
    return [[row.cells[name] for name in COLUMNS] for row in sheet]


def why(path: Path) -> str:
    with pytest.raises(FileFaulty) as caught:
        table_reader.read(path, COLUMNS)
    return str(caught.value)


def changed(path: Path, part: str, change: Callable[[bytes], bytes]) -> Path:
    """The same file with one of its parts made into another."""
    other = path.with_name("changed.xlsx")
    with zipfile.ZipFile(path) as before, zipfile.ZipFile(other, "w", zipfile.ZIP_DEFLATED) as after:
        for name in before.namelist():
            content = before.read(name)
            after.writestr(name, change(content) if name == part else content)
    return other


def test_numbers_days_texts_and_results_of_formulas_are_read_as_they_are_shown(tmp_path: Path) -> None:
    path = tmp_path / "file.xlsx"
    with xlsxwriter.Workbook(path) as book:
        page = book.add_worksheet()
        day = book.add_format({"num_format": "mm/yyyy"})
        page.write_row(0, 0, COLUMNS)
        page.write_row(1, 0, ["Hồng Gai", "2026-09", 12])
        page.write(2, 0, " Bãi  Cháy ")
        page.write_datetime(2, 1, datetime(2026, 9, 1), day)  # noqa: DTZ001 - spreadsheets know no zones
        page.write_formula(2, 2, "=6*7", None, 42)
        page.write_row(4, 0, ["Cẩm Phả", "9/2026", "7"])
        page.write(5, 2, 2.5)
    read = table_reader.read(path, COLUMNS)
    assert cells(read) == [
        ["Hồng Gai", "2026-09", "12"],
        [" Bãi  Cháy ", "2026-09-01", "42"],
        ["Cẩm Phả", "9/2026", "7"],
        ["", "", "2.5"],
    ]
    assert [row.month("month") for row in read][:3] == [date(2026, 9, 1)] * 3
    assert [row.line for row in read] == [2, 3, 5, 6]


def test_the_header_stands_below_titles_and_goes_by_other_names(tmp_path: Path) -> None:
    rows: list[list[Any]] = [
        ["BÁO CÁO THÁNG 9"],
        [],
        ["STT", "ĐƠN  VỊ", "Month", "number"],
        [1, "Hồng Gai", "2026-09", 3],
    ]
    read = table_reader.read(spreadsheet(tmp_path, rows), COLUMNS, called={"đơn vị": "unit"})
    assert cells(read) == [["Hồng Gai", "2026-09", "3"]]
    read.rows[0].fault("unit", table_reader.reason("is empty"))
    assert (read.faults[0].line, read.faults[0].column) == (4, "ĐƠN VỊ")


def test_the_first_sheet_with_the_header_is_read_but_none_that_is_hidden(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.worksheets[0].append(["about", "this", "file"])
    for name, value, state in (("old", 1, "hidden"), ("new", 2, "visible"), ("newer", 3, "visible")):
        page = book.create_sheet(name)
        page.sheet_state = state
        page.append(list(COLUMNS))
        page.append(["x", "2026-09", value])
    book.save(tmp_path / "file.xlsx")
    assert cells(table_reader.read(tmp_path / "file.xlsx", COLUMNS)) == [["x", "2026-09", "2"]]


@pytest.mark.parametrize(
    "text",
    [
        "2026-09",
        "2026-09-30",
        "09/2026",
        "9/2026",
        "9-2026",
        "Tháng 9/2026",
        "tháng 09 năm 2026",
        "T9/2026",
        "T.9.2026",
    ],
)
def test_a_month_is_read_as_offices_write_it(tmp_path: Path, text: str) -> None:
    (row,) = table_reader.read(spreadsheet(tmp_path, [[*COLUMNS], ["x", text, 1]]), COLUMNS)
    assert row.month("month") == date(2026, 9, 1)
    assert not row.sheet.faults


@pytest.mark.parametrize("text", ["2026-13", "13/2026", "2026", "tháng 9", "0/2026", "9/26", "1999-01"])
def test_what_is_no_month_is_a_fault(tmp_path: Path, text: str) -> None:
    (row,) = table_reader.read(spreadsheet(tmp_path, [[*COLUMNS], ["x", text, 1]]), COLUMNS)
    row.month("month")
    assert [fault.value for fault in row.sheet.faults] == [text]


@pytest.mark.parametrize(
    ("separator", "encoding"), [(",", "utf-8-sig"), (";", "utf-8"), ("\t", "utf-8"), ("\t", "utf-16"), (";", "utf-16")]
)
def test_a_text_is_read_as_spreadsheets_save_it(tmp_path: Path, separator: str, encoding: str) -> None:
    lines = [["Báo cáo"], list(COLUMNS), ["Hồng Gai", "2026-09", "3"]]
    path = tmp_path / "file.csv"
    path.write_bytes("\r\n".join(separator.join(line) for line in lines).encode(encoding))
    assert cells(table_reader.read(path, COLUMNS)) == [["Hồng Gai", "2026-09", "3"]]


TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20)
VALUES = st.one_of(TEXTS, st.integers(-(10**9), 10**9), st.dates(date(1950, 1, 1), date(2100, 1, 1)), st.none())


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(VALUES, min_size=1, max_size=6), min_size=1, max_size=6))
def test_whatever_another_library_wrote_is_read_as_it_reads_it_itself(tmp_path: Path, rows: list[list[Any]]) -> None:
    book = openpyxl.Workbook()
    for number, row in enumerate(rows, 1):
        for column, value in enumerate(row, 1):
            cell = book.worksheets[0].cell(number, column)
            cell.value = value
            if isinstance(value, str):
                cell.data_type = "s"  # a text that looks like a formula stays one
    book.save(tmp_path / "file.xlsx")
    theirs = openpyxl.load_workbook(tmp_path / "file.xlsx").worksheets[0]
    ours = xlsx_reader.opened(tmp_path / "file.xlsx")
    read = dict(ours.rows(ours.pages[0]))
    for number, values in enumerate(theirs.iter_rows(values_only=True), 1):
        wanted = [
            "" if one is None else str(one.date() if isinstance(one, datetime) else one).strip() for one in values
        ]
        found = read.get(number, [])
        assert [one.strip() for one in found] + [""] * (len(wanted) - len(found)) == wanted


def bomb(content: bytes) -> bytes:
    return content.replace(b"<sheetData>", b"<sheetData><row>" + b"<c/>" * 9_000_000 + b"</row>")


def endless(content: bytes) -> bytes:
    return content.replace(b"<sheetData>", b"<sheetData>" + b"<row/>" * 3_000_000)


def wide(content: bytes) -> bytes:
    return content.replace(b"<sheetData>", b'<sheetData><row r="1"><c r="XFD1"><v>1</v></c></row>')


def entities(content: bytes) -> bytes:
    return content.replace(b"<worksheet", b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">]><worksheet', 1)


def torn(content: bytes) -> bytes:
    return content[: len(content) // 2]


def lost(content: bytes) -> bytes:
    return content.replace(b't="inlineStr"', b't="s"').replace(b"<v>0</v>", b"<v>99</v>")


@pytest.mark.parametrize(
    ("change", "said"),
    [(bomb, "cut the file"), (endless, "cut the file"), (wide, "cut the file"), (entities, "can be read"),
     (torn, "can be read"), (lost, "can be read")],
    ids=lambda value: getattr(value, "__name__", ""),
)  # fmt: skip
def test_a_hostile_spreadsheet_is_refused_soon_and_takes_little_memory(
    tmp_path: Path, change: Callable[[bytes], bytes], said: str
) -> None:
    path = changed(spreadsheet(tmp_path, [[*COLUMNS], ["x", "2026-09", 1]]), "xl/worksheets/sheet1.xml", change)
    before, begun = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, monotonic()
    assert said in why(path)
    assert monotonic() - begun < 15
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000, "more than 100 MB"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le"), "by a password"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "of the old kind (.xls)"),
        (b"PK\x03\x04 but no archive", "can be read"),
        (b"<html><table><tr><td>unit</td></tr></table></html>", "is missing from the header"),
    ],
    ids=["encrypted", "old", "no archive", "a page"],
)
def test_what_is_called_a_spreadsheet_but_is_none_is_named(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "file.xlsx"
    path.write_bytes(content)
    assert said in why(path)


def test_an_archive_of_something_else_is_named(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "file.xlsx", "w") as archive:
        archive.writestr("word/document.xml", "<document/>")
    assert "can be read" in why(tmp_path / "file.xlsx")

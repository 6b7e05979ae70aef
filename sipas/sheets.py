"""CSV files in: read strictly, with every fault named by file, line, column and value."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from types import MappingProxyType

from sipas.i18n import one_line

_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_YES = {"yes": True, "1": True, "true": True, "no": False, "0": False, "false": False, "": False}
MOST_FAULTS = 50
"""Faults printed of one file; the rest are only counted."""

MOST_ROWS = 100_000
MOST_COLUMNS = 100
MOST_CELLS = 1_000_000
"""Of a file: eight megabytes can hold four million rows, and while those were read nothing else would have room."""


class Reason(str):
    """Why a cell cannot be taken: English as it stands, for commands and logs.

    A page says it in its reader's language from `message`, a message id with `%(name)s` in it, and `values`.
    """

    message: str
    values: Mapping[str, object]

    def __new__(cls, message: str, **values: object) -> Reason:
        """Make one."""
        made = super().__new__(cls, message % values if values else message)
        made.message, made.values = message, MappingProxyType(values)
        return made


reason = Reason
"""Makes one; messages are collected for translation by this name."""


@dataclass(frozen=True)
class Fault:
    """What is wrong, and where: `line` counts from 1 with the header."""

    file: str
    line: int
    column: str
    value: str
    why: Reason

    def __str__(self) -> str:
        """One line for people."""
        return f"{self.file}, line {self.line}, column {self.column}, value {self.value!r}: {self.why}"


class FileFaulty(Exception):
    """A file with faults; nothing of it was kept."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(faults)
        self.faults = faults

    def __str__(self) -> str:
        """A line for each fault, then how many are not listed."""
        lines = [str(fault) for fault in self.faults[:MOST_FAULTS]]
        if len(self.faults) > MOST_FAULTS:
            lines.append(f"… and {len(self.faults) - MOST_FAULTS} more faults")
        return "\n".join(lines)


@dataclass
class Row:
    """One line of a file; reading a cell notes its fault and gives a harmless value instead."""

    sheet: Sheet
    line: int
    cells: dict[str, str]

    def fault(self, column: str, why: Reason) -> None:
        """Note that a cell is wrong."""
        self.sheet.fault(self.line, column, self.cells.get(column, ""), why)

    def text(self, column: str, most: int, needed: bool = True) -> str:
        """A text of at most `most` characters, composed and without doubled spaces."""
        text = one_line(self.cells.get(column, ""))
        if needed and not text:
            self.fault(column, reason("is empty"))
        if len(text) > most:
            self.fault(column, reason("is longer than %(most)s characters", most=most))
        if not text.isprintable():
            self.fault(column, reason("holds characters that cannot be printed"))
        return text

    def optional(self, column: str, most: int) -> str | None:
        """A text, or None where the cell is empty or the column is missing."""
        return self.text(column, most, needed=False) or None

    def slug(self, column: str, needed: bool = True) -> str:
        """A code of lower-case ASCII letters and digits, in words joined by single dashes."""
        text = self.cells.get(column, "").strip()
        if (needed or text) and not (_SLUG.fullmatch(text) and len(text) <= 60):
            self.fault(column, reason("is no code: up to 60 lower-case letters a–z, digits and single dashes"))
        return text

    def one_of(self, column: str, values: Collection[str]) -> str:
        """One of some values."""
        text = self.cells.get(column, "").strip()
        if text not in values:
            self.fault(column, reason("is none of %(values)s", values=", ".join(values)))
        return text

    def yes(self, column: str) -> bool:
        """Yes or no."""
        text = self.cells.get(column, "").strip().lower()
        if text not in _YES:
            self.fault(column, reason("is neither yes nor no"))
        return _YES.get(text, False)

    def whole(self, column: str) -> int:
        """A whole number from 0 to a thousand million."""
        text = self.cells.get(column, "").strip()
        if not (text.isascii() and text.isdecimal() and int(text) <= 10**9):
            self.fault(column, reason("is no whole number from 0 up"))
            return 0
        return int(text)

    def day(self, column: str) -> date | None:
        """A day such as 2025-07-01; None where the cell is empty."""
        text = self.cells.get(column, "").strip()
        try:
            if text and re.fullmatch(r"(19|20)\d\d-\d\d-\d\d", text):
                return date.fromisoformat(text)
        except ValueError:  # such as 2025-02-30
            pass
        if text:
            self.fault(column, reason("is no day such as 2025-07-01"))
        return None

    def month(self, column: str) -> date:
        """A month such as 2026-09, as its first day."""
        text = self.cells.get(column, "").strip()
        if match := re.fullmatch(r"(20\d\d)-(0[1-9]|1[0-2])", text):
            return date(int(match[1]), int(match[2]), 1)
        self.fault(column, reason("is no month such as 2026-09"))
        return date(2000, 1, 1)


@dataclass
class Sheet:
    """A file being read."""

    file: str
    rows: list[Row] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    def fault(self, line: int, column: str, value: str, why: Reason) -> None:
        """Note a fault."""
        self.faults.append(Fault(self.file, line, column, value[:80], why))

    def __iter__(self) -> Iterator[Row]:
        """The rows in order."""
        return iter(self.rows)

    def unique(self, *columns: str) -> None:
        """Note every row that repeats an earlier one in these columns together."""
        seen: dict[tuple[str, ...], int] = {}
        for row in self.rows:
            key = tuple(one_line(row.cells.get(column, "")) for column in columns)
            if any(key) and seen.setdefault(key, row.line) != row.line:
                row.fault(columns[-1], reason("stands in line %(line)s already", line=seen[key]))

    def stop_if_faulty(self) -> None:
        """Raise FileFaulty if a fault was noted."""
        if self.faults:
            raise FileFaulty(sorted(self.faults, key=lambda fault: fault.line))


def read(path: Path, columns: Sequence[str], most: int = MOST_ROWS) -> Sheet:
    """A CSV file in UTF-8 (with or without byte order mark) with a header; `,` or `;` between the cells.

    Columns in any order; further ones are passed over. It may have `most` rows. Raises FileFaulty where it cannot
    be read as such.
    """
    sheet = Sheet(path.name)
    text = _decoded(sheet, path)
    header, _, _ = text.partition("\n")
    reader = csv.reader(
        io.StringIO(text, newline=""),
        delimiter=";" if header.count(";") > header.count(",") else ",",
        strict=True,
    )
    try:
        names = [name.strip().lower() for name in next(reader, [])]
        _check_header(sheet, names, columns)
        most = min(most, MOST_CELLS // len(names))
        for cells in reader:
            if len(sheet.rows) == most:
                sheet.fault(
                    reader.line_num,
                    "-",
                    "",
                    reason("is beyond the %(most)s rows that a file may have; cut the file", most=most),
                )
                break
            _add_row(sheet, reader.line_num, names, cells)
    except csv.Error as error:
        sheet.fault(reader.line_num, "-", "", reason("is no CSV: %(error)s", error=error))
    if not sheet.rows and not sheet.faults:
        sheet.fault(1, "-", "", reason("has no rows under its header"))
    sheet.stop_if_faulty()
    return sheet


def _decoded(sheet: Sheet, path: Path) -> str:
    try:
        content = path.read_bytes()
        return content.decode("utf-8-sig")
    except OSError as error:
        sheet.fault(0, "-", str(path), reason("cannot be read: %(error)s", error=error.strerror))
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        sheet.fault(
            line,
            "-",
            repr(content[error.start : error.start + 8]),
            reason("is not UTF-8; save the file as CSV UTF-8"),
        )
    sheet.stop_if_faulty()
    raise AssertionError("unreachable")


def _check_header(sheet: Sheet, names: list[str], columns: Sequence[str]) -> None:
    if len(names) > MOST_COLUMNS:
        why = reason("has %(columns)s columns; there may be %(most)s", columns=len(names), most=MOST_COLUMNS)
        sheet.fault(1, "-", "", why)
        sheet.stop_if_faulty()
    for column in columns:
        if column not in names:
            sheet.fault(1, column, ",".join(names), reason("is missing from the header"))
    for name in {name for name in names if name and names.count(name) > 1}:
        sheet.fault(1, name, name, reason("stands twice in the header"))
    sheet.stop_if_faulty()


def _add_row(sheet: Sheet, line: int, names: list[str], cells: list[str]) -> None:
    if not any(cell.strip() for cell in cells):
        return
    if len(cells) > len(names):
        sheet.fault(
            line,
            "-",
            cells[len(names)],
            reason("has %(cells)s cells under %(columns)s columns", cells=len(cells), columns=len(names)),
        )
    sheet.rows.append(Row(sheet, line, dict.fromkeys(names, "") | dict(zip(names, cells, strict=False))))

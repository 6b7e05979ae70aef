"""Spreadsheets in: the cells of an .xlsx file as texts, in bounded time and memory whoever made the file.

A small reader of our own: libraries build a tree of what they read, and sixty kilobytes unpack into a row whose
tree takes gigabytes. Here a sheet is a stream of rows. How spreadsheets write days, openpyxl knows.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from pathlib import Path
from typing import Any
from xml.sax import SAXException
from xml.sax.handler import ContentHandler

from defusedxml import DefusedXmlException, sax  # type: ignore[import-untyped]
from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format
from openpyxl.utils.datetime import CALENDAR_MAC_1904, CALENDAR_WINDOWS_1900, from_excel
from openpyxl.utils.escape import unescape

MOST_ELEMENTS = 2_500_000
MOST_STRINGS = 500_000
MOST_CELLS = 1_000_000
MOST_IN_A_ROW = 1_000
LONGEST_CELL = 32_767
"""What the spreadsheet programs themselves allow in a cell."""

_COLUMN = re.compile(r"[A-Z]{1,3}(?=\d)", re.ASCII)


class Unreadable(Exception):
    """A file that cannot be read; `why` is "encrypted", "old", "broken" or "large"."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class Reader(ContentHandler):
    """What all parts share. Elements go by their names without prefix, so that both kinds of the format are read."""

    texts_of: frozenset[str] = frozenset()

    def __init__(self) -> None:
        super().__init__()
        self.starting: dict[str, Callable[[Mapping[str, str]], None]] = {}
        self.ending: dict[str, Callable[[], None]] = {}
        self.text: list[str] | None = None
        self.length = 0
        self._left = MOST_ELEMENTS

    def startElement(self, name: str, attrs: Any) -> None:  # noqa: N802, ANN401 - the parser calls it so
        """Begin an element."""
        self._left -= 1
        if self._left < 0:
            raise Unreadable("large")
        plain = name.rpartition(":")[2]
        if begin := self.starting.get(plain):
            begin({key.rpartition(":")[2]: value for key, value in attrs.items()})
        if plain in self.texts_of:
            self.text = []

    def endElement(self, name: str) -> None:  # noqa: N802
        """End it."""
        plain = name.rpartition(":")[2]
        if finish := self.ending.get(plain):
            finish()
        if plain in self.texts_of:
            self.text = None

    def characters(self, content: str) -> None:
        """Keep a piece of text, unless its cell is full."""
        if self.text is not None and self.length < LONGEST_CELL:
            self.text.append(content)
            self.length += len(content)


class Relations(Reader):
    """What a part refers to: by identity the part and its kind."""

    def __init__(self, folder: str) -> None:
        super().__init__()
        self.folder = folder
        self.parts: dict[str, tuple[str, str]] = {}
        self.starting = {"Relationship": self._relationship}

    def _relationship(self, said: Mapping[str, str]) -> None:
        target = posixpath.normpath(posixpath.join("/", self.folder, said.get("Target", "")))
        self.parts[said.get("Id", "")] = (target.lstrip("/"), said.get("Type", ""))


class SheetNames(Reader):
    """The sheets: name, identity, whether hidden; and from which year days are counted."""

    def __init__(self) -> None:
        super().__init__()
        self.sheets: list[tuple[str, str, bool]] = []
        self.is_from_1904 = False
        self.starting = {"sheet": self._sheet, "workbookPr": self._settings}

    def _sheet(self, said: Mapping[str, str]) -> None:
        is_hidden = said.get("state", "visible") != "visible"
        self.sheets.append((said.get("name", ""), said.get("id", ""), is_hidden))

    def _settings(self, said: Mapping[str, str]) -> None:
        self.is_from_1904 = said.get("date1904") in ("1", "true")


class Styles(Reader):
    """Which styles of cells show a number as a day."""

    def __init__(self) -> None:
        super().__init__()
        self.dates: list[bool] = []
        self._formats: dict[int, str] = dict(BUILTIN_FORMATS)
        self._is_used = False
        self.starting = {"numFmt": self._format, "cellXfs": self._begin, "xf": self._style}
        self.ending = {"cellXfs": self._end}

    def _format(self, said: Mapping[str, str]) -> None:
        self._formats[int(said["numFmtId"])] = said.get("formatCode", "")

    def _begin(self, _: Mapping[str, str]) -> None:
        self._is_used = True

    def _end(self) -> None:
        self._is_used = False

    def _style(self, said: Mapping[str, str]) -> None:
        if self._is_used:
            code = self._formats.get(int(said.get("numFmtId", 0)), "General")
            self.dates.append(bool(is_date_format(code)))


class Strings(Reader):
    """The texts that cells refer to by number; what says how to read them aloud is left out."""

    texts_of = frozenset({"t"})

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._pieces: list[str] = []
        self._is_spoken = False
        self.starting = {"si": self._begin, "rPh": self._aloud}
        self.ending = {"t": self._piece, "rPh": self._silent, "si": self._end}

    def _begin(self, _: Mapping[str, str]) -> None:
        self._pieces, self.length = [], 0

    def _aloud(self, _: Mapping[str, str]) -> None:
        self._is_spoken = True

    def _silent(self) -> None:
        self._is_spoken = False

    def _piece(self) -> None:
        if not self._is_spoken:
            self._pieces += self.text or []

    def _end(self) -> None:
        if len(self.texts) == MOST_STRINGS:
            raise Unreadable("large")
        self.texts.append(unescape("".join(self._pieces)))


class Rows(Reader):
    """Rows as they come; `rows` is emptied by who takes them. A cell without anything in it takes no room."""

    texts_of = frozenset({"v", "t"})

    def __init__(self, said: Callable[[str, str, str], str]) -> None:
        super().__init__()
        self.rows: list[tuple[int, list[str]]] = []
        self._said = said
        self._number = self._column = self._taken = self._met = 0
        self._cells: list[str] = []
        self._kind = self._style = self._written = ""
        self._is_spoken = False
        self.starting = {"row": self._row, "c": self._cell, "rPh": self._aloud}
        self.ending = {"row": self._end_of_row, "c": self._end_of_cell, "rPh": self._silent}
        self.ending |= {"v": self._value, "t": self._piece}

    def _row(self, said: Mapping[str, str]) -> None:
        self._number = int(said.get("r", self._number + 1))
        self._cells, self._column = [], 0

    def _cell(self, said: Mapping[str, str]) -> None:
        self._met += 1
        if self._met > MOST_CELLS:
            raise Unreadable("large")
        named = _COLUMN.match(said.get("r", ""))
        self._column = _number_of(named[0]) if named else self._column + 1
        self._kind, self._style = said.get("t", "n"), said.get("s", "")
        self._written, self.length = "", 0

    def _aloud(self, _: Mapping[str, str]) -> None:
        self._is_spoken = True

    def _silent(self) -> None:
        self._is_spoken = False

    def _value(self) -> None:
        self._written = "".join(self.text or [])

    def _piece(self) -> None:
        if not self._is_spoken:
            self._written += "".join(self.text or [])

    def _end_of_cell(self) -> None:
        if not (text := self._said(self._kind, self._style, self._written.strip())):
            return
        missing = self._column - len(self._cells)
        self._taken += missing
        if self._column > MOST_IN_A_ROW or self._taken > MOST_CELLS:
            raise Unreadable("large")
        self._cells += [""] * (missing - 1)
        self._cells.append(text)

    def _end_of_row(self) -> None:
        if self._cells:
            self.rows.append((self._number, self._cells))
        self._cells = []


def _number_of(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


MOST_BYTES = 48 * 1024 * 1024
"""Of one part of a file, unpacked; a sheet of half a million cells takes half of it."""

MOST_PARTS = 2_000

_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_CHUNK = 64 * 1024
_BROKEN = (
    SAXException, DefusedXmlException, zipfile.BadZipFile, zlib.error, KeyError, ValueError, IndexError,
    OverflowError, NotImplementedError, EOFError, RuntimeError,
)  # fmt: skip
"""What reading says of a file that is no spreadsheet: bad XML or archive, a number that is none, a missing part."""


def is_workbook(path: Path) -> bool:
    """Whether a file is a spreadsheet by what it holds, whatever it is called. Raises OSError."""
    with path.open("rb") as file:
        return file.read(8).startswith((_ZIP, _OLE))


@dataclass(frozen=True)
class WorkbookSheet:
    """A sheet of a workbook: its name, the part of the file that it is, and whether it is hidden."""

    name: str
    part: str
    is_hidden: bool = False


@dataclass(frozen=True)
class Workbook:
    """A spreadsheet whose rows can be read, several times if need be."""

    path: Path
    pages: tuple[WorkbookSheet, ...]
    strings: list[str] = field(repr=False)
    dates: list[bool] = field(repr=False)
    epoch: datetime

    def rows(self, page: WorkbookSheet) -> Iterator[tuple[int, list[str]]]:
        """(number, cells) of each row with anything in it, numbered as the spreadsheet does. Raises Unreadable."""
        found = Rows(self._text)
        with _archive(self.path) as archive:
            for _ in _fed(archive, page.part, found):
                yield from found.rows
                found.rows.clear()

    def _text(self, kind: str, style: str, written: str) -> str:
        """What a cell holds, as a text; `kind` and `style` are what the file says about it."""
        if not written or kind in ("str", "inlineStr", "e", "d"):
            return unescape(written)
        if kind == "s":
            return self.strings[int(written)]
        if kind == "b":
            return "yes" if written == "1" else "no"
        number = float(written)
        if style and self.dates[int(style)]:
            return _moment(number, self.epoch)
        return str(int(number)) if number.is_integer() else repr(number)


def _moment(number: float, epoch: datetime) -> str:
    """A day as ISO writes it, with its time only where it has one."""
    moment = from_excel(number, epoch)
    if isinstance(moment, datetime) and moment.time() == time():
        return str(moment.date())
    return str(moment)


def opened(path: Path) -> Workbook:
    """A spreadsheet with the names of its sheets. Raises Unreadable, or OSError where there is no such file."""
    content = path.read_bytes()
    if content.startswith(_OLE):
        raise Unreadable("encrypted" if _ENCRYPTED in content else "old")
    with _archive(path) as archive:
        root = next((part for part, kind in _related(archive, "").values() if kind.endswith("/officeDocument")), "")
        names, styles, strings = SheetNames(), Styles(), Strings()
        _read(archive, root, names)
        related = _related(archive, root)
        for part, kind in related.values():
            if kind.endswith("/styles"):
                _read(archive, part, styles)
            elif kind.endswith("/sharedStrings"):
                _read(archive, part, strings)
    pages = (
        WorkbookSheet(name, related[one][0], hidden) for name, one, hidden in names.sheets if _is_sheet(related, one)
    )
    epoch = CALENDAR_MAC_1904 if names.is_from_1904 else CALENDAR_WINDOWS_1900
    return Workbook(path, tuple(pages), strings.texts, styles.dates, epoch)


def _is_sheet(related: dict[str, tuple[str, str]], identity: str) -> bool:
    """Charts are listed among the sheets too."""
    return related.get(identity, ("", ""))[1].endswith("/worksheet")


def _archive(path: Path) -> zipfile.ZipFile:
    try:
        archive = zipfile.ZipFile(path)
    except _BROKEN as error:
        raise Unreadable("broken") from error
    if len(archive.infolist()) > MOST_PARTS:
        archive.close()
        raise Unreadable("large")
    return archive


def _fed(archive: zipfile.ZipFile, part: str, handler: ContentHandler) -> Iterator[None]:
    """Let a handler read a part of the file piece by piece. Raises Unreadable.

    A part never gives more bytes than its entry says it has. Document types, and so entities, are refused.
    """
    try:
        if archive.getinfo(part).file_size > MOST_BYTES:
            raise Unreadable("large")
        parser = sax.make_parser()
        parser.forbid_dtd = True
        parser.setContentHandler(handler)
        with archive.open(part) as file:
            while piece := file.read(_CHUNK):
                parser.feed(piece)
                yield
        parser.close()
        yield
    except _BROKEN as error:
        raise Unreadable("broken") from error


def _read(archive: zipfile.ZipFile, part: str, handler: ContentHandler) -> None:
    for _ in _fed(archive, part, handler):
        pass


def _related(archive: zipfile.ZipFile, part: str) -> dict[str, tuple[str, str]]:
    """By identity (part, kind) of everything that a part of the file refers to."""
    folder, name = posixpath.split(part)
    found = Relations(folder)
    where = posixpath.join(folder, "_rels", f"{name}.rels")
    if where in archive.namelist():
        _read(archive, where, found)
    return found.parts

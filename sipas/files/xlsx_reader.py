"""Spreadsheets in: the cells of an .xlsx file as texts, in bounded time and memory whoever made the file.

A small reader of our own: libraries build a tree of what they read, and sixty kilobytes unpack into a row whose
tree takes gigabytes. Here a sheet is a stream of rows. How spreadsheets write days, openpyxl knows.
"""

from __future__ import annotations

import posixpath
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, time
from pathlib import Path
from xml.sax import SAXException
from xml.sax.handler import ContentHandler

from defusedxml import DefusedXmlException, sax  # type: ignore[import-untyped]
from openpyxl.utils.datetime import CALENDAR_MAC_1904, CALENDAR_WINDOWS_1900, from_excel
from openpyxl.utils.escape import unescape

from sipas.files.xlsx_parts import Relations, Rows, SheetNames, Strings, Styles, Unreadable

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

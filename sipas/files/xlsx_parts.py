"""What stands in the parts of a spreadsheet file: each is read as a stream that ends where it grows too large."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Mapping
from typing import Any
from xml.sax.handler import ContentHandler

from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format
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

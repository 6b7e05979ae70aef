"""Workbooks of any length: sheets written into the archive row by row, in no memory and without files beside.

What spreadsheets.py makes looks better and is held whole; this is for what nobody can hold. Source: ECMA-376 part 1,
18.3 (worksheets: inline strings, frozen panes) and 22.9.2.19 (characters that XML cannot hold, written `_x0000_`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from functools import lru_cache
from itertools import islice
from pathlib import Path
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from sipas.tables import Cell

MOST_ROWS = 1_048_575
"""Excel's limit less the row of the header; what is more goes on in a further sheet."""

MOST_BYTES = 1_500_000_000
"""A sheet of 2 GiB would need an archive of a kind that Excel is said to refuse."""

_AT_A_TIME = 500
_SPREADSHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_KINDS = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")

_DEFAULTS = (
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
)
_STYLES = (
    f'{_XML}<styleSheet xmlns="{_SPREADSHEET}"><fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
    '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts><fills count="2"><fill><patternFill '
    'patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border>'
    '<left/><right/><top/><bottom/><diagonal/></border></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>'
    '<cellXfs count="2"><xf xfId="0"/><xf fontId="1" applyFont="1" xfId="0"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)


def write(
    path: Path,
    names: Sequence[str],
    rows: Iterable[Sequence[Cell]],
    notes: Sequence[Sequence[str]],
    most_rows: int = MOST_ROWS,
) -> None:
    """Write rows below a header that stays in sight, on sheets `data`, `data-2` …; then `notes` as sheet `columns`.

    Text is text and never a formula; a cell without data is empty. The same rows give the same bytes.
    """
    with ZipFile(path, "w", ZIP_DEFLATED, compresslevel=3) as archive:
        sheets, left = list[str](), iter(rows)
        while (first := next(left, None)) is not None or not sheets:
            sheets.append("data" if not sheets else f"data-{len(sheets) + 1}")
            _sheet(archive, len(sheets), names, _with(first, left, most_rows), (16,) * len(names))
        sheets.append("columns")
        _sheet(archive, len(sheets), (), iter(notes), (20, 110))
        for name, text in _parts(sheets):
            archive.writestr(_entry(name), text)


def _with(first: Sequence[Cell] | None, left: Iterator[Sequence[Cell]], most_rows: int) -> Iterator[Sequence[Cell]]:
    if first is not None:
        yield first
        yield from islice(left, most_rows - 1)


def _sheet(
    archive: ZipFile, number: int, names: Sequence[str], rows: Iterator[Sequence[Cell]], widths: Sequence[int]
) -> None:
    """One sheet, of as many rows as come and fit; without names there is no header."""
    letters = [_letters(place) for place, _ in enumerate(widths)]
    pane = '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>' if names else ""
    columns = "".join(
        f'<col min="{place}" max="{place}" width="{width}" customWidth="1"/>' for place, width in enumerate(widths, 1)
    )
    place, size = 0, 0
    with archive.open(_entry(f"xl/worksheets/sheet{number}.xml"), "w") as file:
        begin = f'<sheetViews><sheetView workbookViewId="0">{pane}</sheetView></sheetViews><cols>{columns}</cols>'
        file.write(f'{_XML}<worksheet xmlns="{_SPREADSHEET}">{begin}<sheetData>'.encode())
        if names:
            place = 1
            file.write(_row(1, letters, names, ' s="1"').encode())
        while size < MOST_BYTES and (some := list(islice(rows, _AT_A_TIME))):
            text = "".join([_row(place + nth, letters, row) for nth, row in enumerate(some, 1)]).encode()
            place, size = place + len(some), size + file.write(text)
        file.write(b"</sheetData></worksheet>")


def _row(number: int, letters: Sequence[str], row: Sequence[Cell], style: str = "") -> str:
    cells = []
    for letter, cell in zip(letters, row, strict=True):
        if isinstance(cell, int | float | Decimal):
            cells.append(f'<c r="{letter}{number}"><v>{cell}</v></c>')
        elif cell is not None:
            cells.append(f'<c r="{letter}{number}"{style} t="inlineStr">{_inline(str(cell))}</c>')
    return f'<row r="{number}">{"".join(cells)}</row>'


@lru_cache(maxsize=4096)
def _inline(text: str) -> str:
    """A text in a cell; kept, for codes come again and again."""
    shown = escape(_UNWRITABLE.sub(lambda found: f"_x{ord(found[0]):04X}_", text))
    return f'<is><t xml:space="preserve">{shown}</t></is>'


def _letters(place: int) -> str:
    """What a spreadsheet calls a column: A to Z, then AA and so on."""
    return chr(ord("A") + place) if place < 26 else _letters(place // 26 - 1) + _letters(place % 26)


def _parts(sheets: Sequence[str]) -> Iterator[tuple[str, str]]:
    """The parts that hold the archive together."""
    numbered = list(enumerate(sheets, 1))
    styles = len(sheets) + 1
    listed = "".join(f'<sheet name="{name}" sheetId="{number}" r:id="rId{number}"/>' for number, name in numbered)
    yield (
        "xl/workbook.xml",
        f'{_XML}<workbook xmlns="{_SPREADSHEET}" xmlns:r="{_RELATIONS}"><sheets>{listed}</sheets></workbook>',
    )
    targets = [("worksheet", f"worksheets/sheet{number}.xml") for number, _ in numbered] + [("styles", "styles.xml")]
    yield "xl/_rels/workbook.xml.rels", _relations(targets)
    yield "_rels/.rels", _relations([("officeDocument", "xl/workbook.xml")])
    yield "xl/styles.xml", _STYLES
    parts = [("/xl/workbook.xml", "sheet.main"), ("/xl/styles.xml", "styles")]
    parts += [(f"/xl/worksheets/sheet{number}.xml", "worksheet") for number in range(1, styles)]
    kinds = "".join(f'<Override PartName="{name}" ContentType="{_KINDS}.{kind}+xml"/>' for name, kind in parts)
    yield (
        "[Content_Types].xml",
        f'{_XML}<Types xmlns="{_PACKAGE}/content-types">{_DEFAULTS}{kinds}</Types>',
    )


def _relations(targets: Sequence[tuple[str, str]]) -> str:
    listed = "".join(
        f'<Relationship Id="rId{number}" Type="{_RELATIONS}/{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(targets, 1)
    )
    return f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">{listed}</Relationships>'


def _entry(name: str) -> ZipInfo:
    """A part of the archive with a fixed day, so that the same content gives the same bytes."""
    entry = ZipInfo(name, (2000, 1, 1, 0, 0, 0))
    entry.compress_type = ZIP_DEFLATED
    return entry

"""The QR code of a touchpoint and the poster that carries it: pure functions of an address and some names."""

from __future__ import annotations

import io
import json
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Literal
from xml.sax.saxutils import escape

from sipas.files.typst import TEMPLATES, typeset

if TYPE_CHECKING:
    from sipas.catalogue.models import Touchpoint

Matrix = list[list[bool]]
"""The modules of a QR code row by row, True where dark, its quiet zone included."""

QUIET = 4
"""Modules of white around the code; the standard asks for four, and scanners fail without."""

SMALLEST_VERSION = 3
"""29 modules: with fewer, the quiet zone (which grows with the module) would not fit the poster's margins."""

LONGEST_NAME = 300
"""Characters of a name that a poster shows; the tables allow no more."""

Paper = Literal["a4", "a5", "58mm", "80mm"]
PAPERS: tuple[Paper, ...] = ("a4", "a5", "58mm", "80mm")
"""What is printed on: sheets for posters, strips of two widths for slips that people take home."""

TEMPLATE = TEMPLATES / "poster.typ"
SLIP_TEMPLATE = TEMPLATES / "slip.typ"


@dataclass(frozen=True)
class Poster:
    """What one poster says beside its fixed sentences; a name without English is printed once.

    `address` is the whole address of the survey, which the QR code carries
    (`https://host/r/ABCDEFGH`); `code` is the part of it to type by hand.
    """

    address: str
    code: str
    unit_vi: str
    place_vi: str
    unit_en: str | None = None
    place_en: str | None = None

    @property
    def site(self) -> str:
        """The address to type by hand: no scheme, and nothing that the code already says."""
        return self.address.rpartition("://")[2].removesuffix(f"/r/{self.code}")


def of_touchpoint(touchpoint: Touchpoint, address: str) -> Poster:
    """The poster of a touchpoint whose survey has this address."""
    return Poster(
        address,
        touchpoint.code,
        touchpoint.unit.name_vi,
        touchpoint.label_vi,
        touchpoint.unit.name_en,
        touchpoint.label_en,
    )


def qr_matrix(address: str) -> Matrix:
    """Encode `address` at correction level Q, where a quarter of the code may be lost.

    Raises `qrcode.exceptions.DataOverflowError` above about 1,600 bytes.
    """
    from qrcode import QRCode  # 50 ms, for Pillow comes with it
    from qrcode.constants import ERROR_CORRECT_Q

    code = QRCode(version=SMALLEST_VERSION, error_correction=ERROR_CORRECT_Q, border=QUIET)
    code.add_data(address)
    code.make(fit=True)
    return [[bool(module) for module in row] for row in code.get_matrix()]


def qr_svg(address: str) -> bytes:
    """Draw the QR code as an SVG file: black on white, a module a millimetre, its title the address."""
    return _svg(qr_matrix(address), address).encode()


def qr_png(address: str, module_pixels: int = 12) -> bytes:
    """Draw the QR code as a PNG file of two colours, each module `module_pixels` wide."""
    from PIL import Image

    matrix = qr_matrix(address)
    size = len(matrix)
    grey = bytes(0 if dark else 255 for row in matrix for dark in row)
    image = Image.frombytes("L", (size, size), grey).convert("1")
    file = io.BytesIO()
    image.resize((size * module_pixels, size * module_pixels), Image.Resampling.NEAREST).save(file, "PNG")
    return file.getvalue()


def qr_terminal(address: str) -> str:
    """Draw the QR code as lines to print on a terminal, two rows of modules a line.

    Black and white come from the fixed part of the 256 colours (16 and 231): the first sixteen are the
    theme's, and on a dark theme a phone would meet a code with its colours swapped.
    """
    matrix = qr_matrix(address)
    matrix += [[False] * len(matrix)] * (len(matrix) % 2)
    halves = {(False, False): " ", (True, False): "▀", (False, True): "▄", (True, True): "█"}
    lines = zip(matrix[::2], matrix[1::2], strict=True)
    drawn = ("".join(halves[pair] for pair in zip(*line, strict=True)) for line in lines)
    return "".join(f"\x1b[38;5;16;48;5;231m{line}\x1b[0m\n" for line in drawn)


def poster_pdf(posters: Sequence[Poster], paper: Paper = "a4", drawn: Callable[[], None] = lambda: None) -> bytes:
    """Make a PDF with one page for each poster (or slip), in Vietnamese and English, black on white.

    The same posters give the same bytes. `drawn` is told of each code that is drawn. Raises ValueError
    without posters.
    """
    if not posters:
        raise ValueError("a PDF needs at least one poster")
    data = []
    for poster in posters:
        data.append(_data(poster))
        drawn()
    template = SLIP_TEMPLATE if paper.endswith("mm") else TEMPLATE
    return typeset(template, {"paper": paper, "posters": json.dumps(data)})


def _data(poster: Poster) -> dict[str, object]:
    """Say of one poster what the template asks."""
    matrix = qr_matrix(poster.address)
    words = {
        "address": poster.address,
        "site": poster.site,
        "code": poster.code,
        "unit_vi": poster.unit_vi,
        "unit_en": poster.unit_en or "",
        "place_vi": poster.place_vi,
        "place_en": poster.place_en or "",
    }
    plain = {name: _plain(text) for name, text in words.items()}
    return plain | {"qr": _svg(matrix, poster.address), "modules": len(matrix)}


def _plain(text: str) -> str:
    """Bring text to one line in NFC without invisible characters, cut where no name is as long."""
    line = " ".join(unicodedata.normalize("NFC", text).split())
    seen = "".join(character for character in line if unicodedata.category(character)[0] != "C")
    return seen if len(seen) <= LONGEST_NAME else seen[: LONGEST_NAME - 1] + "…"


def _svg(matrix: Matrix, title: str) -> str:
    size = len(matrix)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{size}mm" height="{size}mm" '
        f'viewBox="0 0 {size} {size}" role="img"><title>{escape(_plain(title))}</title>'
        f'<path fill="#fff" d="M0 0h{size}v{size}H0z"/>'
        f'<path shape-rendering="crispEdges" d="{_outline(matrix)}"/></svg>\n'
    )


def _outline(matrix: Matrix) -> str:
    """SVG path commands that fill every run of dark modules of each row."""
    commands = []
    for y, row in enumerate(matrix):
        x = 0
        for dark, run in groupby(row):
            width = len(list(run))
            commands += [f"M{x} {y}h{width}v1H{x}z"] if dark else []
            x += width
    return "".join(commands)

"""Drawing dots with intervals as SVG: where things stand, how wide text is, and clean bytes at the end."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Literal, cast
from xml.etree import ElementTree

from sipas.settings import ROOT

if TYPE_CHECKING:
    from matplotlib.font_manager import FontProperties

WIDTH, MARGIN = 360.0, 14.0
"""Points. Narrow, so that its letters are still read when a phone shrinks it to its own width."""

INK, GREY, RULE, MARK = "#17211f", "#55605d", "#d3dad8", "#0b6258"
_LEFT, _RIGHT = MARGIN + 6, WIDTH - MARGIN - 6
"""The axis ends so far inside that a dot at 0 or 100 % stays whole."""

_SVG = "{http://www.w3.org/2000/svg}"
_LINK = "{http://www.w3.org/1999/xlink}href"
_ALONG = re.compile(r"translate\(([\d.]+) 0\)")
_FEATURES = ("tnum",)
_TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)
_Weight = Literal["Regular", "SemiBold"]
_one_at_a_time = Lock()


@dataclass(frozen=True)
class Row:
    """One line of a chart: `share` is (low, value, high) as ratios, None where there is nothing to draw."""

    name: str
    figure: str
    base: str
    share: tuple[float, float, float] | None


@dataclass(frozen=True)
class Picture:
    """All that a chart shows; two equal pictures are drawn once."""

    title: str
    subject: str
    base: str
    total: Row
    rows: tuple[Row, ...]
    ticks: tuple[str, ...]
    notes: tuple[str, ...]
    description: str


def drawn(picture: Picture) -> bytes:
    """The picture as an SVG file whose letters are outlines, so that it looks the same everywhere.

    matplotlib's settings are the process's and not a thread's: one picture is drawn at a time.
    """
    with _one_at_a_time:
        return _drawn(picture)


@lru_cache(maxsize=64)
def _drawn(picture: Picture) -> bytes:
    pen = _Pen()
    pen.paragraph(picture.title, 14, "SemiBold", INK)
    pen.paragraph(picture.subject, 10.5, "Regular", INK)
    pen.paragraph(picture.base, 10.5, "Regular", GREY)
    pen.y += 10
    rows = (picture.total, *picture.rows)
    pen.bases = max((pen.width(row.base, 10.5) for row in rows if row.share), default=0.0)
    pen.total = picture.total.share and picture.total.share[1]
    pen.row(picture.total, "D", INK)
    pen.ticks(picture.ticks)
    for row in picture.rows:
        pen.row(row, "o", MARK)
    pen.y += 12
    for note in picture.notes:
        pen.paragraph(note, 8.5, "Regular", GREY)
    return _cleaned(pen.svg(), picture)


class _Pen:
    """A sheet that grows downwards: `y` is where the next thing goes, in points from the top."""

    def __init__(self) -> None:
        from matplotlib.backends.backend_svg import FigureCanvasSVG  # 1.5 s, so not before a chart is wanted
        from matplotlib.figure import Figure

        self.figure = Figure(figsize=(WIDTH / 72, 1), dpi=72, facecolor="white")
        FigureCanvasSVG(self.figure)
        self.axes = self.figure.add_axes((0, 0, 1, 1), xlim=(0, WIDTH))
        self.axes.set_axis_off()
        self.y = MARGIN - 4
        self.bases = 0.0
        self.total: float | None = None

    def text(self, x: float, words: str, size: float, weight: _Weight, colour: str, end: bool = False) -> None:
        """Write on the line whose foot is at `y`, from `x` on or so that it ends there."""
        self.axes.text(
            x - self.width(words, size, weight) if end else x,
            self.y,
            _drawable(words, weight),
            font=_font(weight),
            fontsize=size,
            color=colour,
            fontfeatures=_FEATURES,
            parse_math=False,
        )

    def paragraph(self, words: str, size: float, weight: _Weight, colour: str) -> None:
        """Write over the whole width, on as many lines as it takes."""
        for line in self.wrapped(words, size, weight, WIDTH - 2 * MARGIN):
            self.y += size * 1.4
            self.text(MARGIN, line, size, weight, colour)

    def row(self, row: Row, marker: str, colour: str) -> None:
        """Write a name with its figure and base, and beneath it draw its dot and interval."""
        self.y += 22
        right = WIDTH - MARGIN
        self.text(right, row.base, 10.5, "Regular", GREY, end=True)
        taken = self.bases + 8 if row.share else self.width(row.base, 10.5)
        if row.figure:
            self.text(right - taken, row.figure, 11.5, "SemiBold", INK, end=True)
            taken += self.width(row.figure, 11.5, "SemiBold")
        first, *rest = self.wrapped(row.name, 11.5, "Regular", right - taken - 12 - MARGIN)
        self.text(MARGIN, first, 11.5, "Regular", INK)
        for line in rest:
            self.y += 15
            self.text(MARGIN, line, 11.5, "Regular", INK)
        if row.share:
            self.y += 14
            self._axis()
            self._dot(row.share, marker, colour)

    def _axis(self) -> None:
        """The axis stays beside the dots: lines through the whole chart would cross the words."""
        self._line((0, 1), (self.y, self.y), RULE)
        for ratio in _TICKS:
            self._line((ratio, ratio), (self.y - 4, self.y + 4), RULE)
        if self.total is not None:
            self._line((self.total, self.total), (self.y - 7, self.y + 7), GREY)

    def _dot(self, share: tuple[float, float, float], marker: str, colour: str) -> None:
        low, value, high = share
        self._line((low, high), (self.y, self.y), colour, 2.4)
        self.axes.plot(_x(value), self.y, marker, color=colour, markersize=7.5, markeredgecolor="white", clip_on=False)

    def _line(self, ratios: tuple[float, float], heights: tuple[float, float], colour: str, width: float = 0.8) -> None:
        places = [_x(ratio) for ratio in ratios]
        self.axes.plot(places, heights, color=colour, linewidth=width, solid_capstyle="butt", clip_on=False)

    def ticks(self, labels: tuple[str, ...]) -> None:
        """Write the axis."""
        self.y += 20
        for ratio, label in zip(_TICKS, labels, strict=True):
            half = self.width(label, 8.5) / 2
            x = min(_x(ratio) + half, WIDTH - MARGIN)
            self.text(x, label, 8.5, "Regular", GREY, end=True)
        self.y += 2

    def width(self, words: str, size: float, weight: _Weight = "Regular") -> float:
        """How wide words are, in points."""
        from matplotlib.font_manager import get_font
        from matplotlib.ft2font import LoadFlags

        font = get_font(_file(weight))
        font.set_size(size, 72)
        font.set_text(_drawable(words, weight), flags=LoadFlags.NO_HINTING, features=_FEATURES)
        return float(font.get_width_height()[0]) / 64

    def wrapped(self, words: str, size: float, weight: _Weight, width: float) -> list[str]:
        """The words on lines of at most `width` points; a word longer than that is cut."""
        lines = [""]
        for word in words.split():
            joined = f"{lines[-1]} {word}".lstrip()
            if self.width(joined, size, weight) <= width:
                lines[-1] = joined
                continue
            pieces = self._cut(word, size, weight, width)
            lines = [*lines, *pieces] if lines[-1] else pieces
        return lines

    def _cut(self, word: str, size: float, weight: _Weight, width: float) -> list[str]:
        pieces = [""]
        for letter in word:
            if pieces[-1] and self.width(pieces[-1] + letter, size, weight) > width:
                pieces.append("")
            pieces[-1] += letter
        return pieces

    def svg(self) -> bytes:
        """What was drawn, as matplotlib writes it."""
        from matplotlib import rc_context

        self.y += MARGIN
        self.figure.set_size_inches(WIDTH / 72, self.y / 72)
        self.axes.set_ylim(self.y, 0)
        file = io.BytesIO()
        with rc_context({"svg.hashsalt": "sipas", "svg.fonttype": "path"}):
            self.figure.savefig(file, format="svg", metadata={"Date": None})
        return file.getvalue()


@cache
def _font(weight: _Weight) -> FontProperties:
    from matplotlib.font_manager import FontProperties

    return FontProperties(fname=_file(weight))


def _file(weight: _Weight) -> Path:
    return ROOT / "static" / "fonts" / f"BeVietnamPro-{weight}.ttf"


@cache
def _letters(weight: _Weight) -> frozenset[str]:
    from matplotlib.font_manager import get_font

    return frozenset(map(chr, get_font(_file(weight)).get_charmap()))


def _drawable(words: str, weight: _Weight) -> str:
    """The words with a question mark for each letter that the font lacks; the description has them whole."""
    return "".join(letter if letter in _letters(weight) else "?" for letter in words)


def _x(ratio: float) -> float:
    return _LEFT + (_RIGHT - _LEFT) * ratio


def _cleaned(svg: bytes, picture: Picture) -> bytes:
    """The file with its title and description, half as long, and without styles.

    Style attributes become plain ones, because a strict policy of a page switches styles off.
    """
    for prefix, name in (("", "2000/svg"), ("xlink", "1999/xlink")):
        ElementTree.register_namespace(prefix, f"http://www.w3.org/{name}")
    root = ElementTree.fromstring(svg)  # noqa: S314 - we wrote it just now
    short: dict[str, str] = {}
    for element in list(root.iter()):
        _without_metadata(element)
        _without_styles(element)
        _shorten(element, short)
    for place, (tag, words) in enumerate((("title", picture.title), ("desc", picture.description))):
        element = ElementTree.Element(f"{_SVG}{tag}", {"id": tag})
        element.text = words
        root.insert(place, element)
    root.attrib.update({"role": "img", "aria-labelledby": "title desc", "stroke-linejoin": "round"})
    return cast(bytes, ElementTree.tostring(root, encoding="utf-8", xml_declaration=True))


def _without_metadata(element: ElementTree.Element) -> None:
    element.text = element.tail = None
    for child in list(element):
        if child.tag in (f"{_SVG}metadata", f"{_SVG}style"):
            element.remove(child)


def _without_styles(element: ElementTree.Element) -> None:
    for rule in filter(None, element.attrib.pop("style", "").split(";")):
        name, _, value = rule.partition(":")
        element.set(name.strip(), value.strip())


def _shorten(element: ElementTree.Element, short: dict[str, str]) -> None:
    """Shorten the ids that are linked to, drop the others, and write places of letters short."""
    if element.tag in (f"{_SVG}g", f"{_SVG}svg"):
        element.attrib.pop("id", None)
    elif "id" in element.attrib:
        element.set("id", short.setdefault(element.attrib["id"], f"_{len(short)}"))
    if (link := element.get(_LINK)) is not None:
        element.set(_LINK, "#" + short.setdefault(link.removeprefix("#"), f"_{len(short)}"))
    if place := _ALONG.fullmatch(element.get("transform", "")):
        del element.attrib["transform"]
        element.set("x", str(round(float(place[1]))))

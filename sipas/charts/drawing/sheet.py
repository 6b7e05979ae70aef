"""A sheet that pictures are drawn on from the top down, and what all pictures have in common."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sipas.charts.drawing.ground import FEATURES, GREY, INK, Weight, drawable, font, width_of, wrapped

_INCH = 72.0


@dataclass(frozen=True)
class Paper:
    """A width in points, the least height as a part of it, and how many pixels a point has in a PNG file.

    `margin` is left blank on all sides, and a plot is `plot` points high where nothing asks for more.
    """

    width: float
    least: float = 0.0
    pixels: float = 2.0
    margin: float = 14.0
    plot: float = 150.0

    @property
    def is_wide(self) -> bool:
        """Whether names have room beside what is drawn, not only above it."""
        return self.width >= 480


PHONE = Paper(360)
"""Narrow, so that its letters are still read when a phone shrinks it to its own width."""

A4 = Paper(493, margin=2, plot=112)
"""As wide as the text of a printed sheet, in which others write the words around it."""

SLIDE = Paper(640, 9 / 16, 3.0)
"""A slide of 1920 × 1080 pixels; taller only where the rows of a picture need it."""


@dataclass(frozen=True, kw_only=True)
class Picture:
    """All that a chart shows; two equal pictures are drawn once. What is empty takes no room.

    `title`, `subject` and `base` (period and number of responses) stand above what is drawn, `notes`
    (how to read it, source, method) below; `description` says it to those who cannot see it. Where something
    else writes the title, it is not drawn (`is_titled`).
    """

    title: str
    subject: str = ""
    base: str = ""
    notes: tuple[str, ...] = ()
    description: str = ""
    is_titled: bool = True

    def draw(self, sheet: Canvas) -> None:
        """Draw what lies between head and foot."""
        raise NotImplementedError


class Canvas:
    """A sheet that grows downwards: `y` is where the next thing goes, in points from the top."""

    def __init__(self, paper: Paper) -> None:
        from matplotlib.figure import Figure  # 0.5 s, so not before a chart is wanted
        from matplotlib.transforms import Affine2D

        self.paper = paper
        self.figure = Figure(figsize=(paper.width / _INCH, 1), dpi=_INCH, facecolor="white")
        self._turned = Affine2D()
        self._points = self._turned + self.figure.dpi_scale_trans
        self.left, self.right = paper.margin, paper.width - paper.margin
        self.y = paper.margin - 4
        self.foot_height = 0.0

    def head(self, picture: Picture) -> None:
        """Say what is shown, of whom, when and of how many."""
        self.paragraph(picture.title if picture.is_titled else "", 14, "SemiBold", INK)
        self.paragraph(picture.subject, 10.5, "Regular", INK)
        self.paragraph(picture.base, 10.5, "Regular", GREY)
        self.y += 10 if picture.is_titled else 0
        lines = sum(len(wrapped(note, 8.5, "Regular", self.right - self.left)) for note in picture.notes)
        self.foot_height = lines * 8.5 * 1.4 + 12 + self.paper.margin

    def foot(self, picture: Picture) -> None:
        """Say how it is read, where it comes from and by which method; at the bottom of a sheet of fixed height."""
        self.y = max(self.y + (12 if picture.notes else 2), self.paper.width * self.paper.least - self.foot_height + 12)
        for note in picture.notes:
            self.paragraph(note, 8.5, "Regular", GREY)
        self.y += self.paper.margin

    @property
    def room(self) -> float:
        """How much height a sheet of fixed height still has, above its foot; 0 on one that grows."""
        return max(0.0, self.paper.width * self.paper.least - self.foot_height - self.y)

    def text(
        self,
        x: float,
        words: str,
        size: float,
        weight: Weight = "Regular",
        colour: str = INK,
        place: Literal["start", "middle", "end"] = "start",
    ) -> None:
        """Write on the line whose foot is at `y`, so that it starts, has its middle or ends at `x`."""
        part = {"start": 0.0, "middle": 0.5, "end": 1.0}[place]
        self.figure.text(
            x - part * width_of(words, size, weight) if part else x,
            self.y,
            drawable(words, weight),
            transform=self._points,
            font=font(weight),
            fontsize=size,
            color=colour,
            fontfeatures=FEATURES,
            parse_math=False,
        )

    def paragraph(self, words: str, size: float, weight: Weight = "Regular", colour: str = INK) -> None:
        """Write over the whole width, on as many lines as it takes; no words take none."""
        for line in wrapped(words, size, weight, self.right - self.left) if words else ():
            self.y += size * 1.4
            self.text(self.left, line, size, weight, colour)

    def line(
        self, xs: Sequence[float], ys: Sequence[float], colour: str, width: float = 0.8, dashed: bool = False
    ) -> None:
        """Draw through these places."""
        from matplotlib.lines import Line2D

        self.figure.add_artist(
            Line2D(
                xs,
                ys,
                color=colour,
                linewidth=width,
                linestyle=(0, (3, 2.5)) if dashed else "-",
                solid_capstyle="butt",
                transform=self._points,
            )
        )

    def mark(self, x: float, y: float, marker: str, colour: str, size: float = 7.5) -> None:
        """Put a dot, a diamond or another sign of matplotlib's with a white edge."""
        from matplotlib.lines import Line2D

        self.figure.add_artist(
            Line2D(
                [x],
                [y],
                marker=marker,
                color=colour,
                markersize=size,
                markeredgecolor="white",
                linestyle="none",
                transform=self._points,
            )
        )

    def area(self, corners: Sequence[tuple[float, float]], colour: str) -> None:
        """Fill what lies between these corners."""
        self.areas([corners], colour)

    def areas(self, shapes: Sequence[Sequence[tuple[float, float]]], colour: str) -> None:
        """Fill many shapes as one: a year of daily bars is drawn as fast as one bar."""
        self._path([[*shape, shape[0]] for shape in shapes], facecolor=colour, edgecolor="none")

    def box(self, left: float, top: float, width: float, height: float, colour: str) -> None:
        """Fill a rectangle."""
        self.area(corners(left, top, left + width, top + height), colour)

    def strokes(self, lines: Sequence[Sequence[tuple[float, float]]], colour: str, width: float = 0.8) -> None:
        """Draw many lines as one."""
        self._path(lines, facecolor="none", edgecolor=colour, linewidth=width, capstyle="butt")

    def _path(self, lines: Sequence[Sequence[tuple[float, float]]], **look: str | float) -> None:
        from matplotlib.patches import PathPatch
        from matplotlib.path import Path

        places = [place for line in lines for place in line]
        codes = [Path.LINETO if number else Path.MOVETO for line in lines for number in range(len(line))]
        if places:
            self.figure.add_artist(PathPatch(Path(places, codes), transform=self._points, **look))

    def svg(self) -> bytes:
        """What was drawn, as matplotlib writes it."""
        from matplotlib import rc_context

        with rc_context({"svg.hashsalt": "sipas", "svg.fonttype": "path"}):
            return self._saved("svg", _INCH, {"Date": None})

    def png(self, title: str, description: str) -> bytes:
        """What was drawn, as pixels, with its words for those who cannot see it."""
        return self._saved(
            "png", _INCH * self.paper.pixels, {"Software": None, "Title": title, "Description": description}
        )

    def _saved(self, shape: str, dpi: float, metadata: dict[str, str | None]) -> bytes:
        self.figure.set_size_inches(self.paper.width / _INCH, self.y / _INCH)
        self._turned.clear().scale(1 / _INCH, -1 / _INCH).translate(0, self.y / _INCH)
        file = io.BytesIO()
        self.figure.savefig(file, format=shape, dpi=dpi, metadata=metadata)
        return file.getvalue()


def corners(left: float, top: float, right: float, bottom: float) -> list[tuple[float, float]]:
    """The four corners of a rectangle."""
    return [(left, top), (right, top), (right, bottom), (left, bottom)]

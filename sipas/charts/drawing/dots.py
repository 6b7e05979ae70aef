"""Dots with their intervals on one axis: service fields, factors."""

from __future__ import annotations

from dataclasses import dataclass

from sipas.charts.drawing.ground import GREY, INK, MARK, RULE, width_of, wrapped
from sipas.charts.drawing.sheet import Canvas, Picture

_TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)


@dataclass(frozen=True)
class DotRow:
    """One line of a chart: `share` is (low, value, high) as ratios, None where there is nothing to draw.

    `change` is a real change in points, as it is written; `falls` says which way it went.
    """

    name: str
    figure: str
    base: str
    share: tuple[float, float, float] | None
    change: str = ""
    falls: bool = False


@dataclass(frozen=True, kw_only=True)
class Dots(Picture):
    """Rows beneath the total, whose place all of them show."""

    total: DotRow
    rows: tuple[DotRow, ...]
    ticks: tuple[str, ...]

    def draw(self, sheet: Canvas) -> None:
        """Draw the total with the axis, then each row."""
        _Columns(self, sheet).draw()


class _Columns:
    """Where names, dots and figures stand: on a narrow sheet the dots under the names, on a wide one beside."""

    def __init__(self, picture: Dots, sheet: Canvas) -> None:
        self.picture, self.sheet = picture, sheet
        rows = (picture.total, *picture.rows)
        self.bases = max((width_of(row.base, 10.5, "Regular") for row in rows if row.share), default=0.0)
        self.figures = max((width_of(row.figure, 11.5, "SemiBold") for row in rows), default=0.0)
        changes = max((width_of(row.change, 10.5, "SemiBold") + 20 for row in rows if row.change), default=0.0)
        taken = self.bases + 8 + self.figures + changes
        wide = sheet.paper.is_wide
        self.names = sheet.left + (sheet.right - sheet.left) * 0.36 if wide else 0.0
        # The axis ends so far inside that a dot at 0 or 100 % stays whole.
        self.zero = self.names + 14 if wide else sheet.left + 6
        self.whole = sheet.right - taken - 18 if wide else sheet.right - 6

    def draw(self) -> None:
        self.row(self.picture.total, "D", INK)
        self.ticks()
        for row in self.picture.rows:
            self.row(row, "o", MARK)

    def row(self, row: DotRow, marker: str, colour: str) -> None:
        """Write a name with its figure and base, and draw its dot and interval."""
        sheet = self.sheet
        sheet.y += 20 if self.names else 22
        taken = self.figures_of(row)
        room = (self.names or sheet.right - taken - 12) - sheet.left
        first, *rest = wrapped(row.name, 11.5, "Regular", room)
        sheet.text(sheet.left, first, 11.5)
        if row.share and self.names:
            self.dot(row.share, sheet.y - 4, marker, colour)
        for line in rest:
            sheet.y += 15
            sheet.text(sheet.left, line, 11.5)
        if row.share and not self.names:
            sheet.y += 14
            self.dot(row.share, sheet.y, marker, colour)

    def figures_of(self, row: DotRow) -> float:
        """Write change, figure and base at the end of the line; how much room they took."""
        sheet = self.sheet
        sheet.text(sheet.right, row.base, 10.5, colour=GREY, place="end")
        if not row.share:
            return width_of(row.base, 10.5, "Regular")
        taken = self.bases + 8
        sheet.text(sheet.right - taken, row.figure, 11.5, "SemiBold", place="end")
        taken += width_of(row.figure, 11.5, "SemiBold")
        if row.change:
            taken += 8
            sheet.text(sheet.right - taken, row.change, 10.5, "SemiBold", place="end")
            taken += width_of(row.change, 10.5, "SemiBold") + 7
            sheet.mark(sheet.right - taken, sheet.y - 4, "v" if row.falls else "^", INK, 7)
            taken += 5
        return taken

    def dot(self, share: tuple[float, float, float], y: float, marker: str, colour: str) -> None:
        """Draw the axis beside the dot: lines through the whole chart would cross the words."""
        sheet, (low, value, high) = self.sheet, share
        sheet.line((self.x(0), self.x(1)), (y, y), RULE)
        for ratio in _TICKS:
            sheet.line((self.x(ratio), self.x(ratio)), (y - 4, y + 4), RULE)
        if total := self.picture.total.share:
            sheet.line((self.x(total[1]), self.x(total[1])), (y - 7, y + 7), GREY)
        sheet.line((self.x(low), self.x(high)), (y, y), colour, 2.4)
        sheet.mark(self.x(value), y, marker, colour)

    def ticks(self) -> None:
        """Write the axis."""
        self.sheet.y += 18 if self.names else 20
        for ratio, label in zip(_TICKS, self.picture.ticks, strict=True):
            half = width_of(label, 8.5, "Regular") / 2
            self.sheet.text(min(self.x(ratio) + half, self.sheet.right), label, 8.5, colour=GREY, place="end")
        self.sheet.y += 2

    def x(self, ratio: float) -> float:
        """The place of a ratio on the axis."""
        return self.zero + (self.whole - self.zero) * ratio

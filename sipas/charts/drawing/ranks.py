"""Units in order with the range of each rank: dots with their intervals on one axis, in bands apart."""

from __future__ import annotations

from dataclasses import dataclass

from sipas.charts.drawing.ground import GREY, INK, MARK, RULE, width_of, wrapped
from sipas.charts.drawing.sheet import Canvas, Picture

_STEPS = 5
"""Into how many parts ticks divide the axis."""

_BAND_GAP = 12.0


@dataclass(frozen=True)
class RankMark:
    """A unit's line: its rank with the range (nothing where it is not ranked), name, figure and base."""

    rank: str
    name: str
    figure: str
    base: str
    share: tuple[float, float, float] | None


@dataclass(frozen=True)
class Group:
    """Lines that stand together under a heading; `left_out` says what is not drawn after them, if anything.

    One without a heading goes on with what stands before it.
    """

    heading: str
    places: tuple[RankMark, ...]
    left_out: str = ""


@dataclass(frozen=True, kw_only=True)
class Ranks(Picture):
    """Groups of units on an axis that begins at `floor` and has six `ticks`."""

    groups: tuple[Group, ...]
    floor: float
    ticks: tuple[str, ...]

    def draw(self, sheet: Canvas) -> None:
        """Draw the axis, then each group."""
        _Columns(self, sheet).draw()


class _Columns:
    """Where ranks, names, dots and figures stand: on a narrow sheet the dots under the names, on a wide one beside."""

    def __init__(self, picture: Ranks, sheet: Canvas) -> None:
        self.picture, self.sheet = picture, sheet
        rows = [place for group in picture.groups for place in group.places]
        widest = {
            name: max((width_of(getattr(row, name), size, weight) for row in rows), default=0.0)
            for name, size, weight in (("rank", 10.5, "SemiBold"), ("figure", 10.5, "SemiBold"))
        }
        self.bases = max((width_of(row.base, 9.5, "Regular") for row in rows if row.share), default=0.0)
        self.figures = widest["figure"]
        taken = self.bases + 8 + self.figures
        wide = sheet.paper.is_wide
        self.names = sheet.left + widest["rank"] + 8
        narrow = sheet.left + (18 if picture.floor else 6)
        self.zero = sheet.left + (sheet.right - sheet.left) * 0.52 if wide else narrow
        self.whole = sheet.right - taken - 16 if wide else sheet.right - 6
        self.room = (self.zero - 14 if wide else sheet.right - taken - 10) - self.names
        self.is_wide = wide

    def draw(self) -> None:
        self.ticks()
        for number, group in enumerate(self.picture.groups):
            self.sheet.y += _BAND_GAP if number and group.heading else 0
            self.sheet.paragraph(group.heading, 10.5, "SemiBold", INK)
            self.sheet.y += 2
            for place in group.places:
                self.row(place)
            if group.left_out:
                self.sheet.y += 4
                self.sheet.paragraph(group.left_out, 9.5, "Regular", GREY)

    def row(self, place: RankMark) -> None:
        """Write rank, name, figure and base, and draw the dot with its interval."""
        sheet = self.sheet
        sheet.y += 17 if self.is_wide else 20
        sheet.text(self.names - 8, place.rank, 10.5, "SemiBold", place="end")
        sheet.text(sheet.right, place.base, 9.5, colour=GREY, place="end")
        room = self.room
        if place.share:
            sheet.text(sheet.right - self.bases - 8, place.figure, 10.5, "SemiBold", place="end")
        else:
            room = sheet.right - width_of(place.base, 9.5, "Regular") - 10 - self.names
        first, *rest = wrapped(place.name, 10.5, "Regular", room)
        sheet.text(self.names, first, 10.5)
        if place.share and self.is_wide:
            self.dot(place.share, sheet.y - 3.5)
        for line in rest:
            sheet.y += 13
            sheet.text(self.names, line, 10.5)
        if place.share and not self.is_wide:
            sheet.y += 12
            self.dot(place.share, sheet.y)

    def dot(self, share: tuple[float, float, float], y: float) -> None:
        sheet, (low, value, high) = self.sheet, share
        sheet.line((self.zero, self.whole), (y, y), RULE)
        places = [self.zero + (self.whole - self.zero) * part / _STEPS for part in range(_STEPS + 1)]
        sheet.strokes([[(x, y - 3), (x, y + 3)] for x in places], RULE)
        sheet.line((self.x(low), self.x(high)), (y, y), MARK, 2.2)
        sheet.mark(self.x(value), y, "o", MARK, 6.5)

    def ticks(self) -> None:
        """Write the axis; where it does not begin at nothing, two strokes say so beside the note."""
        sheet = self.sheet
        sheet.y += 14
        for part, label in enumerate(self.picture.ticks):
            middle = self.zero + (self.whole - self.zero) * part / _STEPS
            half = width_of(label, 8.5, "Regular") / 2
            sheet.text(min(middle + half, sheet.right), label, 8.5, colour=GREY, place="end")
        if self.picture.floor:
            for x in (self.zero - 15, self.zero - 12):
                sheet.line((x, x + 3), (sheet.y + 1, sheet.y - 7), GREY)
        sheet.y += 4

    def x(self, ratio: float) -> float:
        """The place of a ratio on the axis."""
        floor = self.picture.floor
        return self.zero + (self.whole - self.zero) * (ratio - floor) / (1 - floor)

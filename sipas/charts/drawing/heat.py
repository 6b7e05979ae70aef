"""A week as a calendar shows it, or on a wide sheet with a line for each day; darker where more were satisfied."""

from __future__ import annotations

from dataclasses import dataclass

from sipas.charts.drawing.ground import GREY, INK, ON_SHADES, SHADES, width_of
from sipas.charts.drawing.sheet import Canvas, Picture

_CELL, _STACKED, _NARROWEST = 23.0, 27.0, 30.0
"""Points: the height of a cell with figure and base beside each other, and with the one above the other, and how
wide a cell must be at least where hours stand side by side."""


@dataclass(frozen=True)
class HeatCell:
    """What is written in an hour, and its shade (0 lightest); None where the figure may not be shown."""

    figure: str
    base: str
    shade: int | None


@dataclass(frozen=True, kw_only=True)
class Heat(Picture):
    """A row of seven cells for each hour in use; a cell is None where nobody answered."""

    days: tuple[str, ...]
    hours: tuple[str, ...]
    cells: tuple[tuple[HeatCell | None, ...], ...]
    shades: tuple[str, ...]

    def draw(self, sheet: Canvas) -> None:
        """Draw the calendar and what its shades mean."""
        if sheet.paper.is_wide and (sheet.right - sheet.left) / max(len(self.hours), 1) >= _NARROWEST:
            turned = tuple(tuple(cells[day] for cells in self.cells) for day in range(len(self.days)))
            self.table(sheet, self.hours, self.days, turned)
        else:
            self.table(sheet, self.days, self.hours, self.cells)
        self.legend(sheet)

    def table(
        self,
        sheet: Canvas,
        heads: tuple[str, ...],
        names: tuple[str, ...],
        rows: tuple[tuple[HeatCell | None, ...], ...],
    ) -> None:
        """Draw the cells with what stands above their columns and beside their rows."""
        left = sheet.left + max((width_of(name, 8.5, "Regular") for name in names), default=0.0) + 7
        wide = (sheet.right - left) / max(len(heads), 1)
        stacked = any(_width(cell) > wide - 4 for cells in rows for cell in cells if cell)
        high = max(_STACKED if stacked else _CELL, (sheet.room - 60) / max(len(rows), 1))
        sheet.y += 14
        size = 9 if all(width_of(head, 9, "Regular") < wide - 4 for head in heads) else 7.5
        for number, head in enumerate(heads):
            sheet.text(left + wide * (number + 0.5), head, size, colour=INK, place="middle")
        sheet.y += 6
        for name, cells in zip(names, rows, strict=True):
            top = sheet.y
            sheet.y = top + high / 2 + 3
            sheet.text(left - 6, name, 8.5, colour=GREY, place="end")
            for number, cell in enumerate(cells):
                if cell:
                    _fill(sheet, cell, (left + wide * number, top, wide, high), stacked)
            sheet.y = top + high

    def legend(self, sheet: Canvas) -> None:
        """Each shade with its range, as many in a line as there is room for."""
        sheet.y += 20
        x = sheet.left
        for shade, words in zip(SHADES, self.shades, strict=True):
            wide = 18 + width_of(words, 8.5, "Regular")
            if x + wide > sheet.right:
                x, sheet.y = sheet.left, sheet.y + 15
            sheet.box(x - 0.6, sheet.y - 9.1, 12.2, 11.2, GREY)
            sheet.box(x, sheet.y - 8.5, 11, 10, shade)
            sheet.text(x + 15, words, 8.5, colour=GREY)
            x += wide + 9


def _width(cell: HeatCell) -> float:
    """How much room figure and base take beside each other."""
    return width_of(cell.figure, 10.5, "SemiBold") + 4 + width_of(cell.base, 8.5, "Regular")


def _fill(sheet: Canvas, cell: HeatCell, place: tuple[float, float, float, float], stacked: bool) -> None:
    left, top, wide, high = place
    middle, sheet.y = left + wide / 2, top + high / 2 + 3.5
    if cell.shade is None:
        sheet.text(middle, cell.base, 8.5, colour=GREY, place="middle")
        return
    sheet.box(left + 0.75, top + 0.75, wide - 1.5, high - 1.5, SHADES[cell.shade])
    colour = ON_SHADES[cell.shade]
    size = 10.5 if width_of(cell.figure, 10.5, "SemiBold") <= wide - 4 else 8.5
    if stacked:
        sheet.y = top + high / 2 - 0.5
        sheet.text(middle, cell.figure, size, "SemiBold", colour, place="middle")
        sheet.y += 10.5
        sheet.text(middle, cell.base, 8.5, colour=colour, place="middle")
        return
    start = middle - _width(cell) / 2
    sheet.text(start, cell.figure, 10.5, "SemiBold", colour)
    sheet.text(start + _width(cell), cell.base, 8.5, colour=colour, place="end")

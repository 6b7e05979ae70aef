"""Small multiples: one small chart for each of many, all on one axis, as many in a row as there is room for."""

from __future__ import annotations

from dataclasses import dataclass

from sipas.charts.drawing.ground import GREY, INK, MARK, RULE, STEPS, width_of, wrapped
from sipas.charts.drawing.sheet import Canvas, Picture

_NARROWEST, _GAP, _PLOT, _BOX = 100.0, 14.0, 30.0, 12.0
"""Points: how wide a cell is at least, what lies between two, and how high its line and its boxes are."""

FACE = {-2: (STEPS[0], "#ffffff"), -1: (STEPS[1], INK), 0: ("", INK), 1: (STEPS[3], INK), 2: (STEPS[4], "#ffffff")}
"""Ground and letters of a figure by its shade: far below, below, not to be told apart, above, far above."""


@dataclass(frozen=True)
class Box:
    """A figure with its shade, from −2 to 2."""

    words: str
    shade: int


@dataclass(frozen=True)
class Small:
    """One cell: `values` are ratios along the axis, None for a gap; from `low_from` on it has been low."""

    name: str
    figure: str
    base: str
    values: tuple[float | None, ...]
    boxes: tuple[Box, ...]
    low_from: int | None = None
    remark: str = ""

    def runs(self) -> list[list[tuple[int, float]]]:
        """The values that a line may join, with their places: none across a gap."""
        runs: list[list[tuple[int, float]]] = [[]]
        for place, value in enumerate(self.values):
            if value is None:
                runs.append([])
            else:
                runs[-1].append((place, value))
        return [run for run in runs if run]

    def parts(self) -> list[tuple[bool, list[tuple[int, float]]]]:
        """The same cut where it has been low: whether a part is low, and its values with their places."""
        if self.low_from is None:
            return [(False, run) for run in self.runs()]
        found = []
        for run in self.runs():
            low = [one for one in run if one[0] >= self.low_from]
            usual = run[: len(run) - len(low)]
            found += [(False, [*usual, *low[:1]])] if usual else []
            found += [(True, low)] if low else []
        return found


@dataclass(frozen=True, kw_only=True)
class Multiples(Picture):
    """Cells in their order; every axis runs from `floor` to 1 and shows where `level` lies."""

    cells: tuple[Small, ...]
    floor: float
    level: float | None

    def draw(self, sheet: Canvas) -> None:
        """Draw row by row; a row is as high as its highest cell."""
        room = sheet.right - sheet.left
        across = max(1, int((room + _GAP) // (_NARROWEST + _GAP)))
        wide = (room - _GAP * (across - 1)) / across
        for start in range(0, len(self.cells), across):
            top = bottom = sheet.y + 6
            for number, cell in enumerate(self.cells[start : start + across]):
                sheet.y = top
                self.cell(sheet, cell, sheet.left + number * (wide + _GAP), wide)
                bottom = max(bottom, sheet.y)
            sheet.y = bottom + 6

    def cell(self, sheet: Canvas, cell: Small, left: float, wide: float) -> None:
        """Write the name with its figure, and draw its line and boxes."""
        for line in wrapped(cell.name, 9, "SemiBold", wide):
            sheet.y += 11
            _write(sheet, left, line, 9, "SemiBold")
        sheet.y += 12
        sheet.text(left, cell.figure, 9.5, "SemiBold")
        sheet.text(left + width_of(cell.figure, 9.5, "SemiBold") + 4, cell.base, 7.5, colour=GREY)
        self.line(sheet, cell, left, wide)
        for line in wrapped(cell.remark, 7.5, "Regular", wide) if cell.remark else ():
            sheet.y += 10
            _write(sheet, left, line, 7.5, "Regular", STEPS[0])
        _boxes(sheet, cell.boxes, left, wide)

    def line(self, sheet: Canvas, cell: Small, left: float, wide: float) -> None:
        """Draw the values by month, red from where it has been low, beside where the whole lies."""
        top = sheet.y + 5
        foot, step = top + _PLOT, wide / max(len(cell.values) - 1, 1)

        def place(at: int, value: float) -> tuple[float, float]:
            return left + at * step, foot - _PLOT * max(0.0, value - self.floor) / (1 - self.floor)

        for ratio in (self.floor, 1.0):
            y = place(0, ratio)[1]
            sheet.line((left, left + wide), (y, y), RULE, 0.6)
        if self.level is not None:
            y = place(0, self.level)[1]
            sheet.line((left, left + wide), (y, y), GREY, 0.6, dashed=True)
        for is_low, part in cell.parts():
            if len(part) > 1:
                sheet.strokes([[place(*one) for one in part]], STEPS[0] if is_low else MARK, 2.0 if is_low else 1.4)
        for run in cell.runs():
            at, value = run[-1]
            is_low = cell.low_from is not None and at >= cell.low_from
            sheet.mark(*place(at, value), "o", STEPS[0] if is_low else MARK, 5.0)
        sheet.y = foot + 3


def _write(sheet: Canvas, x: float, words: str, size: float, weight: str, colour: str = INK) -> None:
    sheet.text(x, words, size, "SemiBold" if weight == "SemiBold" else "Regular", colour)


def _boxes(sheet: Canvas, boxes: tuple[Box, ...], left: float, wide: float) -> None:
    sheet.y += 4
    each = wide / max(len(boxes), 1)
    top = sheet.y
    for number, box in enumerate(boxes):
        ground, ink = FACE[box.shade]
        x = left + number * each
        if ground:
            sheet.box(x + 0.4, top, each - 0.8, _BOX, ground)
        sheet.y = top + _BOX - 3.4
        sheet.text(x + each / 2, box.words, 7.5, "SemiBold" if ground else "Regular", ink, place="middle")
    sheet.y = top + _BOX

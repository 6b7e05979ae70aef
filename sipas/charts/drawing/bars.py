"""Diverging bars: how answers were spread over the five steps, the neutral ones' middle at one place in all rows."""

from __future__ import annotations

from dataclasses import dataclass

from sipas.charts.drawing.ground import GREY, INK, ON_STEPS, STEPS, width_of, wrapped
from sipas.charts.drawing.sheet import Canvas, Picture

_HEIGHT = 17.0


@dataclass(frozen=True)
class BarPart:
    """One of the five answers in a bar: where it starts and how wide it is, as parts of the whole width."""

    score: int
    start: float
    width: float
    words: str


@dataclass(frozen=True)
class Bar:
    """A row: a name, how many responses, and the five parts of its bar."""

    name: str
    base: str
    parts: tuple[BarPart, ...]


@dataclass(frozen=True, kw_only=True)
class Bars(Picture):
    """Rows with `neutral`, where the middle of the neutral answers stands; `scale` names the answers, 1 first."""

    bars: tuple[Bar, ...]
    neutral: float
    scale: tuple[str, ...]

    def draw(self, sheet: Canvas) -> None:
        """Draw what the colours mean, then each bar beneath its name, or on a wide sheet beside it."""
        _legend(sheet, self.scale)
        wide = sheet.paper.is_wide
        base = max((width_of(bar.base, 10.5, "Regular") for bar in self.bars), default=0.0)
        left = sheet.left + (sheet.right - sheet.left) * 0.34 if wide else sheet.left
        right = sheet.right - base - 10 if wide else sheet.right
        for bar in self.bars:
            top = _named(sheet, bar, left - 10 if wide else sheet.right - base - 10)
            self.bar(sheet, bar, (left, top, right - left))

    def bar(self, sheet: Canvas, bar: Bar, place: tuple[float, float, float]) -> None:
        """Draw the parts, each with its figure where there is room."""
        left, top, whole = place
        below = sheet.y
        for part in bar.parts:
            sheet.box(
                left + part.start * whole, top, max(part.width * whole - 0.8, 0.0), _HEIGHT, STEPS[part.score - 1]
            )
            if width_of(part.words, 8.5, "SemiBold") + 6 <= part.width * whole:
                sheet.y = top + _HEIGHT / 2 + 3
                middle = left + (part.start + part.width / 2) * whole
                sheet.text(middle, part.words, 8.5, "SemiBold", ON_STEPS[part.score - 1], place="middle")
        x = left + self.neutral * whole
        sheet.line((x, x), (top - 3, top), INK, 0.9)
        sheet.line((x, x), (top + _HEIGHT, top + _HEIGHT + 3), INK, 0.9)
        sheet.y = max(below, top + _HEIGHT)


def _named(sheet: Canvas, bar: Bar, right: float) -> float:
    """Write name and base; where the top of the bar is."""
    sheet.y += 20 if not sheet.paper.is_wide else 21
    line = sheet.y
    sheet.text(sheet.right, bar.base, 10.5, colour=GREY, place="end")
    first, *rest = wrapped(bar.name, 11.5, "Regular", right - sheet.left)
    sheet.text(sheet.left, first, 11.5)
    for words in rest:
        sheet.y += 15
        sheet.text(sheet.left, words, 11.5)
    return line - 12.5 if sheet.paper.is_wide else sheet.y + 6


def _legend(sheet: Canvas, scale: tuple[str, ...]) -> None:
    """The five answers in their order, as many in a line as there is room for."""
    sheet.y += 8
    x = sheet.left
    for colour, words in zip(STEPS, scale, strict=True):
        wide = 17 + width_of(words, 9, "Regular")
        if x + wide > sheet.right:
            x, sheet.y = sheet.left, sheet.y + 15
        sheet.box(x, sheet.y - 8.5, 11, 10, colour)
        sheet.text(x + 15, words, 9)
        x += wide + 9
    sheet.y += 4

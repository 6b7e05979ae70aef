"""Figures over time: a line with the band of its intervals, broken wherever the figures cannot be compared."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from sipas.charts.drawing.ground import BAND, GREY, INK, MARK, RULE, STEPS, width_of
from sipas.charts.drawing.sheet import Canvas, Picture, corners

_BASES = 30.0
"""Points: the height of the strip below the figures that shows how many responses stand behind each."""

_FEW = 16
"""Up to so many points each gets a dot; more would run into each other."""


@dataclass(frozen=True)
class CurvePoint:
    """A step of time with its middle in days from the beginning; `share` is (low, value, high), None for a gap."""

    at: float
    share: tuple[float, float, float] | None
    responses: int


@dataclass(frozen=True)
class PointLabel:
    """What is written beside the point of this number."""

    point: int
    words: str


@dataclass(frozen=True)
class BreakMark:
    """A day from which on something is different: marked by a letter, which `words` explain below.

    No line is drawn across one that `parts` the figures.
    """

    at: float
    letter: str
    words: str
    parts: bool


@dataclass(frozen=True, kw_only=True)
class Curve(Picture):
    """Points over `days`; the axis runs from `floor` (0 unless the notes say otherwise) to 1.

    `levels` and `dates` are what is written along the two axes, each with its place; `weeks` get short
    ticks. `responses` names the strip of bases and `most` its highest.
    """

    days: float
    points: tuple[CurvePoint, ...]
    levels: tuple[tuple[float, str], ...]
    dates: tuple[tuple[float, str], ...]
    weeks: tuple[float, ...] = ()
    labels: tuple[PointLabel, ...] = ()
    breaks: tuple[BreakMark, ...] = ()
    floor: float = 0.0
    responses: str = ""
    most: str = ""

    def draw(self, sheet: Canvas) -> None:
        """Draw the figures, the bases below them and what the breaks mean."""
        _Plot(self, sheet).draw()

    def runs(self) -> Iterator[list[CurvePoint]]:
        """The points that a line may join: none across a gap, none across a break that parts them."""
        run: list[CurvePoint] = []
        cuts = [one.at for one in self.breaks if one.parts]
        for point in self.points:
            if run and (point.share is None or any(run[-1].at < cut <= point.at for cut in cuts)):
                yield run
                run = []
            if point.share is not None:
                run.append(point)
        if run:
            yield run


class _Plot:
    """The frame of a trend: where a day and a ratio stand."""

    def __init__(self, picture: Curve, sheet: Canvas) -> None:
        self.picture, self.sheet = picture, sheet
        labels = [label for _, label in picture.levels] + [picture.most]
        self.left = sheet.left + max(width_of(label, 8.5, "Regular") for label in labels) + 7
        self.right = sheet.right - 4
        self.top = sheet.y + (16 if picture.breaks else 8)
        legend = 13.0 * len(picture.breaks) + 26 + _BASES + 34
        self.bottom = self.top + max(sheet.paper.plot, sheet.room - (self.top - sheet.y) - legend)

    def draw(self) -> None:
        self.levels()
        runs = list(self.picture.runs())
        self.band(runs)
        self.cuts()
        self.line(runs)
        self.words()
        self.time()
        self.bases()
        self.meanings()

    def x(self, day: float) -> float:
        """The place of a moment, in days from the beginning."""
        return self.left + (self.right - self.left) * day / max(self.picture.days, 1)

    def y(self, ratio: float) -> float:
        """The place of a ratio; what lies below the floor stands on it."""
        floor = self.picture.floor
        return self.bottom - (self.bottom - self.top) * max(0.0, ratio - floor) / (1 - floor)

    def levels(self) -> None:
        sheet = self.sheet
        for ratio, label in self.picture.levels:
            y = self.y(ratio)
            sheet.line((self.left, self.right), (y, y), RULE)
            sheet.y = y + 3
            sheet.text(self.left - 5, label, 8.5, colour=GREY, place="end")
        if self.picture.floor:
            self.cut_of_axis()

    def cut_of_axis(self) -> None:
        """Two strokes at the foot of the axis say that it does not begin at zero."""
        for y in (self.bottom + 2, self.bottom + 6):
            self.sheet.line((self.left - 5, self.left + 5), (y + 2, y - 2), INK, 1.0)

    def band(self, runs: list[list[CurvePoint]]) -> None:
        """The intervals: an area along each run, a thick line where a run is one point."""
        shapes: list[list[tuple[float, float]]] = []
        alone: list[list[tuple[float, float]]] = []
        for run in runs:
            places = [(self.x(point.at), *map(self.y, point.share)) for point in run if point.share]
            lower, upper = [(x, low) for x, low, _, _ in places], [(x, high) for x, _, _, high in places]
            (shapes if len(places) > 1 else alone).append([*lower, *reversed(upper)])
        self.sheet.areas(shapes, BAND)
        self.sheet.strokes(alone, BAND, 3.0)

    def line(self, runs: list[list[CurvePoint]]) -> None:
        """The figures: a line along each run; dots where points are few, or stand alone."""
        many = len(self.picture.points) > _FEW
        runs_of_places = [[(self.x(point.at), self.y(point.share[1])) for point in run if point.share] for run in runs]
        self.sheet.strokes([places for places in runs_of_places if len(places) > 1], MARK, 1.0 if many else 1.6)
        for places in runs_of_places:
            for x, y in places if not many or len(places) == 1 else ():
                self.sheet.mark(x, y, "o", MARK, 4.0 if many else 6.5)

    def cuts(self) -> None:
        """Upright lines with their letters where something changed."""
        for one in self.picture.breaks:
            x = self.x(one.at)
            self.sheet.line((x, x), (self.top - 3, self.bottom), INK, 0.9, dashed=not one.parts)
            self.sheet.y = self.top - 6
            self.sheet.text(x, one.letter, 8.5, "SemiBold", place="middle")

    def words(self) -> None:
        """Write the figures that matter below the band near their points, where nothing crosses them."""
        taken: list[tuple[float, float, float]] = []
        for label in self.picture.labels:
            point = self.picture.points[label.point]
            if point.share is None:
                continue
            self.sheet.mark(self.x(point.at), self.y(point.share[1]), "o", INK, 6.5)
            half = width_of(label.words, 9.5, "SemiBold") / 2
            middle = min(max(self.x(point.at), self.left + half + 2), self.right - half)
            foot = self.free_foot(middle - half - 3, middle + half + 3)
            if any(abs(middle - other) < half + wide + 4 and abs(foot - at) < 12 for other, wide, at in taken):
                continue
            taken.append((middle, half, foot))
            self.sheet.y = foot
            self.sheet.text(middle, label.words, 9.5, "SemiBold", place="middle")

    def free_foot(self, left: float, right: float) -> float:
        """Where words between these places stand free: under the band, or over it where it reaches the floor."""
        shares = [point.share for point in self.picture.points if point.share and left <= self.x(point.at) <= right]
        under = max((self.y(low) for low, _, _ in shares), default=self.top) + 12
        if under <= self.bottom - 2:
            return under
        return max(min((self.y(high) for _, _, high in shares), default=self.top) - 5, self.top + 8)

    def time(self) -> None:
        """Ticks for weeks, longer ones with dates as far as these do not run into each other."""
        sheet, free = self.sheet, 0.0
        sheet.line((self.left, self.right), (self.bottom, self.bottom), GREY)
        weeks = [self.x(day) for day in self.picture.weeks]
        sheet.strokes([[(x, self.bottom), (x, self.bottom + 2.5)] for x in weeks], GREY, 0.6)
        sheet.y = self.bottom + 15
        for day, label in self.picture.dates:
            x = self.x(day)
            sheet.line((x, x), (self.bottom, self.bottom + 5), GREY)
            start = min(x, sheet.right - width_of(label, 8.5, "Regular"))
            if start >= free:
                sheet.text(start, label, 8.5, colour=GREY)
                free = start + width_of(label, 8.5, "Regular") + 8

    def bases(self) -> None:
        """How many responses stand behind each point, as bars under it."""
        sheet = self.sheet
        sheet.y += 18
        sheet.text(self.left, self.picture.responses, 8.5, colour=GREY)
        top, foot = sheet.y + 6, sheet.y + 6 + _BASES
        most = max((point.responses for point in self.picture.points), default=0)
        heights = [(_BASES * point.responses / max(most, 1), left, right) for point, left, right in self.columns()]
        bars = [corners(left, foot - height, right, foot) for height, left, right in heights if height]
        sheet.areas(bars, STEPS[2])
        sheet.line((self.left, self.right), (foot, foot), GREY)
        for y, label in ((top + 6, self.picture.most), (foot + 1, "0")):
            sheet.y = y
            sheet.text(self.left - 5, label, 8.5, colour=GREY, place="end")
        sheet.y = foot + 4

    def columns(self) -> Iterator[tuple[CurvePoint, float, float]]:
        """Each point with where its bar begins and ends: half way to its neighbours, nine tenths of it filled."""
        points = self.picture.points
        gaps = [after.at - before.at for before, after in pairwise(points)]
        for number, point in enumerate(points):
            before = gaps[number - 1] if number else gaps[0] if gaps else self.picture.days
            after = gaps[number] if number < len(gaps) else gaps[-1] if gaps else self.picture.days
            left, right = self.x(point.at - before * 0.45), self.x(point.at + after * 0.45)
            yield point, max(left, self.left), min(right, self.right)

    def meanings(self) -> None:
        """What the letters at the breaks stand for."""
        if self.picture.breaks:
            self.sheet.y += 4
        for one in self.picture.breaks:
            self.sheet.paragraph(f"{one.letter}: {one.words}", 9, colour=INK)

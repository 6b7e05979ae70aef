"""Drawing: pictures of one house style as SVG and PNG files, each drawn once (matplotlib's Figure, never pyplot)."""

from __future__ import annotations

from functools import lru_cache
from threading import Lock

from sipas.charts.drawing.bars import Bar, BarPart, Bars
from sipas.charts.drawing.dots import DotRow, Dots
from sipas.charts.drawing.heat import Heat, HeatCell
from sipas.charts.drawing.multiples import Box, Multiples, Small
from sipas.charts.drawing.ranks import Group, RankMark, Ranks
from sipas.charts.drawing.sheet import A4, PHONE, SLIDE, Canvas, Paper, Picture
from sipas.charts.drawing.svg import cleaned
from sipas.charts.drawing.trend import BreakMark, Curve, CurvePoint, PointLabel

__all__ = [
    "A4",
    "PHONE",
    "SLIDE",
    "Bar",
    "BarPart",
    "Bars",
    "Box",
    "BreakMark",
    "Curve",
    "CurvePoint",
    "DotRow",
    "Dots",
    "Group",
    "Heat",
    "HeatCell",
    "Multiples",
    "Paper",
    "Picture",
    "PointLabel",
    "RankMark",
    "Ranks",
    "Small",
    "png",
    "svg",
]

_one_at_a_time = Lock()


def svg(picture: Picture, paper: Paper = PHONE) -> bytes:
    """The picture as an SVG file whose letters are outlines, so that it looks the same everywhere.

    Equal pictures are drawn once. matplotlib's settings are the process's and not a thread's: one picture
    is drawn at a time.
    """
    with _one_at_a_time:
        return _svg(picture, paper)


def png(picture: Picture, paper: Paper = SLIDE) -> bytes:
    """The picture as a PNG file, for slides and letters; drawn once as well."""
    with _one_at_a_time:
        return _png(picture, paper)


@lru_cache(maxsize=64)
def _svg(picture: Picture, paper: Paper) -> bytes:
    return cleaned(_drawn(picture, paper).svg(), picture.title, picture.description)


@lru_cache(maxsize=16)
def _png(picture: Picture, paper: Paper) -> bytes:
    return _drawn(picture, paper).png(picture.title, picture.description)


def _drawn(picture: Picture, paper: Paper) -> Canvas:
    sheet = Canvas(paper)
    sheet.head(picture)
    picture.draw(sheet)
    sheet.foot(picture)
    return sheet

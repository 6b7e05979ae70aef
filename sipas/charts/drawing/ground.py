"""What every picture stands on: colours that also tell apart in grey, one family of letters, and how wide they are."""

from __future__ import annotations

from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from sipas.core.settings import ROOT

if TYPE_CHECKING:
    from matplotlib.font_manager import FontProperties

INK, GREY, RULE, MARK, BAND = "#17211f", "#55605d", "#d3dad8", "#0b6258", "#c3e0d9"

STEPS = ("#b01f24", "#e07b25", "#a9b0b6", "#4a90d0", "#12438a")
"""The five answers, 1 to 5: those of static/css/tokens.css."""

ON_STEPS = ("#ffffff", INK, INK, INK, "#ffffff")
"""What is written on each of them; at least 4.5:1."""

SHADES = ("#eef4f2", "#c8e2db", "#93c7ba", "#4ba192", "#0b6258")
"""One hue from light (few satisfied) to dark (nearly all)."""

ON_SHADES = (INK, INK, INK, INK, "#ffffff")

Weight = Literal["Regular", "SemiBold"]
FEATURES = ("tnum",)
"""Digits of one width, so that figures stand under each other."""


@cache
def font(weight: Weight) -> FontProperties:
    """The family in one of its two weights."""
    from matplotlib.font_manager import FontProperties

    return FontProperties(fname=_file(weight))


@lru_cache(maxsize=8192)
def width_of(words: str, size: float, weight: Weight) -> float:
    """How wide words are, in points."""
    from matplotlib.font_manager import get_font
    from matplotlib.ft2font import LoadFlags

    face = get_font(_file(weight))
    face.set_size(size, 72)
    face.set_text(drawable(words, weight), flags=LoadFlags.NO_HINTING, features=FEATURES)
    return float(face.get_width_height()[0]) / 64


def drawable(words: str, weight: Weight) -> str:
    """The words with a question mark for each letter that the font lacks; the description has them whole."""
    return "".join(letter if letter in _letters(weight) else "?" for letter in words)


def wrapped(words: str, size: float, weight: Weight, room: float) -> list[str]:
    """The words on lines of at most `room` points; a word longer than that is cut."""
    lines, taken, gap = [""], 0.0, width_of("n n", size, weight) - width_of("nn", size, weight)
    for word in words.split():
        wide = width_of(word, size, weight)
        if lines[-1] and taken + gap + wide <= room:
            lines[-1], taken = f"{lines[-1]} {word}", taken + gap + wide
            continue
        pieces = [word] if wide <= room else _cut(word, size, weight, room)
        lines = [*lines, *pieces] if lines[-1] else pieces
        taken = width_of(pieces[-1], size, weight)
    return lines


def _cut(word: str, size: float, weight: Weight, room: float) -> list[str]:
    pieces = [""]
    for letter in word:
        if pieces[-1] and width_of(pieces[-1] + letter, size, weight) > room:
            pieces.append("")
        pieces[-1] += letter
    return pieces


@cache
def _letters(weight: Weight) -> frozenset[str]:
    from matplotlib.font_manager import get_font

    return frozenset(map(chr, get_font(_file(weight)).get_charmap()))


def _file(weight: Weight) -> Path:
    return ROOT / "static" / "fonts" / f"BeVietnamPro-{weight}.ttf"

"""Make the fonts of this folder from the complete Be Vietnam Pro; README.md says how to run it.

Three things the original lacks are added, because the office pages and the files need them: figures of one
width (`tnum`), so that columns of numbers line up; a right arrow; the narrow no-break and the thin space.
"""

import sys
import unicodedata
from pathlib import Path

from fontTools.feaLib.builder import addOpenTypeFeaturesFromString
from fontTools.pens.transformPen import TransformPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont, newTable
from fontTools.ttLib.tables.ttProgram import Program

HERE = Path(__file__).parent.parent / "static" / "fonts"
WEIGHTS = {"400Regular": "Regular", "600SemiBold": "SemiBold"}
DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
FEATURES = ["kern", "mark", "mkmk", "tnum"]
VIETNAMESE = {
    unicodedata.normalize("NFC", letter + tone)
    for letter in "aăâeêioôơuưyAĂÂEÊIOÔƠUƯY"
    for tone in ("", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323")
} | set("đĐ")
MARKS = "\u0300\u0301\u0302\u0303\u0306\u0309\u031b\u0323"
PUNCTUATION = "–—‘’“”„…•−·×÷±≤≥≠≈→₫€™\u2009\u202f"
WEB = VIETNAMESE | set(MARKS + PUNCTUATION) | {chr(n) for n in (*range(0x20, 0x7F), *range(0xA0, 0x100))}


def add_glyph(font: TTFont, name: str, pen: TTGlyphPen, width: int, codepoint: int | None = None) -> None:
    """Add one glyph; widths are in units of 1/1000 em."""
    glyph = pen.glyph()
    font["glyf"][name] = glyph
    glyph.recalcBounds(font["glyf"])
    font["hmtx"][name] = (width, getattr(glyph, "xMin", 0))
    if codepoint:
        for table in font["cmap"].tables:
            table.cmap[codepoint] = name


def add_tabular_figures(font: TTFont) -> None:
    """Give every digit a twin as wide as zero, its shape in the middle, under the feature `tnum`.

    It becomes the only substitution: the original's others (fractions, Romanian forms…) are nothing we write.
    """
    glyphs, widths = font.getGlyphSet(), font["hmtx"]
    width = widths["zero"][0]
    for digit in DIGITS:
        pen = TTGlyphPen(glyphs)
        shift = (width - widths[digit][0]) // 2
        glyphs[digit].draw(TransformPen(pen, (1, 0, 0, 1, shift, 0)))
        add_glyph(font, f"{digit}.tnum", pen, width)
    rules = "".join(f"sub {digit} by {digit}.tnum;" for digit in DIGITS)
    addOpenTypeFeaturesFromString(font, f"feature tnum {{ {rules} }} tnum;", tables=["GSUB"])


def add_arrow(font: TTFont) -> None:
    """Draw → from a shaft as thick as the minus sign and two strokes at 45°."""
    minus, width = font["glyf"]["minus"], 900
    low, high = minus.yMin, minus.yMax
    thick, middle = high - low, (low + high) / 2
    left, tip, reach, slant = 70, 830, 230, (high - low) * 1.414
    pen = TTGlyphPen(None)
    outline = [
        (left, low), (left, high), (tip - thick * 1.207, high), (tip - slant / 2 - reach, middle + reach),
        (tip - reach, middle + reach + slant / 2), (tip, middle),
        (tip - reach, middle - reach - slant / 2), (tip - slant / 2 - reach, middle - reach),
        (tip - thick * 1.207, low),
    ]  # fmt: skip
    pen.moveTo(outline[0])
    for point in outline[1:]:
        pen.lineTo(point)
    pen.closePath()
    add_glyph(font, "arrowright", pen, width, 0x2192)


def subset(font: TTFont, characters: set[str]) -> None:
    """Drop everything but `characters` and what they need, and the hints, which are half of the bytes.

    The two tables set afterwards are the usual pair for fonts without hints: smooth in both directions at
    every size, which Windows would otherwise do only for large letters.
    """
    options = Options(layout_features=FEATURES, hinting=False, name_IDs=[*range(7), 13, 14, 16, 17])
    subsetter = Subsetter(options)
    subsetter.populate(text="".join(characters))
    subsetter.subset(font)
    font["gasp"] = gasp = newTable("gasp")
    gasp.gaspRange = {0xFFFF: 0x000F}
    font["prep"] = prep = newTable("prep")
    prep.program = Program()
    prep.program.fromAssembly(["PUSHW[]", "511", "SCANCTRL[]", "PUSHB[]", "4", "SCANTYPE[]"])


def complete(source: Path) -> TTFont:
    """Open the original and add what it lacks."""
    font = TTFont(source, recalcTimestamp=False)
    add_arrow(font)
    add_glyph(font, "thinspace", TTGlyphPen(None), 160, 0x2009)
    add_glyph(font, "narrownbspace", TTGlyphPen(None), 160, 0x202F)
    add_tabular_figures(font)
    return font


def main(package: Path) -> None:
    """Write the TTF (all letters) and the WOFF2 (what our pages write) of each weight beside this file."""
    for folder, weight in WEIGHTS.items():
        source = package / folder / f"BeVietnamPro_{folder}.ttf"
        full = complete(source)
        subset(full, {chr(n) for n in full.getBestCmap()})
        full.save(HERE / f"BeVietnamPro-{weight}.ttf")
        web = complete(source)
        subset(web, WEB)
        web.flavor = "woff2"
        web.save(HERE / f"BeVietnamPro-{weight}.woff2")


if __name__ == "__main__":
    main(Path(sys.argv[1]))

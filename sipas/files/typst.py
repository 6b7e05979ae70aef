"""Setting pages with typst: our templates, data that stays data, no fonts but ours, the same bytes again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast

from sipas.core.settings import ROOT

if TYPE_CHECKING:
    import typst

FONTS = ROOT / "static" / "fonts"
TEMPLATES = ROOT / "sipas" / "typst"


def typeset(template: Path, inputs: dict[str, str]) -> bytes:
    """Make a PDF of `template`, tagged for those who cannot see it, without a date of its own."""
    import typst

    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[FONTS])
    compiler = typst.Compiler(template, root=template.parent, font_paths=fonts, sys_inputs=inputs)
    try:
        pdf = compiler.compile(format="pdf", pdf_standards="ua-1", timestamp=0)
    except typst.TypstError:
        # PDF/UA forbids letters that the font lacks. A name in another script shows boxes in their place
        # and costs us the claim of accessibility, not the file.
        pdf = compiler.compile(format="pdf", timestamp=0)
    finally:
        _forget(typst.Compiler(font_paths=fonts))
    return cast(bytes, pdf)


def _forget(compiler: typst.Compiler) -> None:
    """Make typst drop what it remembers of earlier compilations.

    It keeps the work of the last ten for the next, process-wide: 170 MB for each 200 posters, which no
    server of ours has to spare. Eleven empty ones cost 2 ms.
    """
    for _ in range(11):
        compiler.compile(input=b" ", format="svg")

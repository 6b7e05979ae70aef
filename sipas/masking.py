"""Personal data in free text, replaced before anyone reads it; the original is not kept."""

from __future__ import annotations

import re

_EMAIL = re.compile(r"[\w.+-]+\s?@\s?[\w-]+(?:\.[\w-]+)+")
_DIGITS = re.compile(r"[+(]{0,2}\d(?:[ .\-–/()]{0,2}\d){7,}")
"""Eight digits or more, with the separators that people write: telephone, ID and card numbers."""

_DATE = re.compile(r"\d{1,2}[./-]\d{1,2}[./-]\d{4}|\d{4}-\d{2}-\d{2}")

EMAIL_MARK = "[e-mail]"
NUMBER_MARK = "[số]"


def mask(text: str) -> str:
    """The text with e-mail addresses and telephone, identity and card numbers replaced; dates stay."""
    return _DIGITS.sub(_number, _EMAIL.sub(EMAIL_MARK, text))


def _number(found: re.Match[str]) -> str:
    return found[0] if _DATE.fullmatch(found[0]) else NUMBER_MARK

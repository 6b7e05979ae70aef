"""Personal data in free text, replaced before anyone reads it; the original is not kept.

Text is first folded: every script's digits become ours, dashes and spaces one kind, what nobody sees is left out.
What is found in the folded text is replaced in the text as it was written. Every pattern reads each character a
bounded number of times: whoever sends a hostile text keeps nobody waiting.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache

PHONE_MARK = "[số điện thoại]"
PAPER_MARK = "[số giấy tờ]"
EMAIL_MARK = "[e-mail]"
CARD_MARK = "[số thẻ]"
DOSSIER_MARK = "[mã hồ sơ]"
LINK_MARK = "[liên kết]"
NUMBER_MARK = "[số]"
MARKS = (PHONE_MARK, PAPER_MARK, EMAIL_MARK, CARD_MARK, DOSSIER_MARK, LINK_MARK, NUMBER_MARK)
"""What stands in place of what was taken out; `[số]` where it is not clear what the number was."""

FEWEST_DIGITS = 8
"""Shorter numbers lead to nobody: house numbers, years, fees, counters."""

Found = re.Match[str]


def mask(text: str) -> str:
    """The text with whatever leads to a person replaced by a mark; dates, fees, times and short numbers stay.

    Masking what is masked changes nothing. Names are left: no list tells a citizen's from an official's, nor
    either from a word.
    """
    folded = _fold(text)
    step = 0
    while step < len(_STEPS):
        masked = _replaced(text, folded, *_STEPS[step])
        if masked is None:
            step += 1
        else:  # what was put in may stand beside what an earlier pattern waits for
            text, folded, step = masked, _fold(masked), 0
    return text


def is_masked(text: str) -> bool:
    """Whether there is nothing in a text that masking would replace."""
    return mask(text) == text


Folded = tuple[str, list[int]]
"""A text as patterns read it, and where each of its characters stands in the text as it was written."""


def _fold(text: str) -> Folded:
    pieces = [(place, piece) for place, piece in enumerate(map(_folded, text)) if piece]
    folded = "".join(piece for _, piece in pieces)
    return _O_AS_ZERO.sub("0", folded), [place for place, _ in pieces]


def _replaced(text: str, folded: Folded, pattern: re.Pattern[str], mark: Callable[[Found], str | None]) -> str | None:
    """The text with a mark for each find in its folded form, unless the mark is None; None where there is none."""
    read, places = folded
    parts, end = [], 0
    for found in pattern.finditer(read):
        if (put := mark(found)) is not None:
            parts += [text[end : places[found.start()]], put]
            end = places[found.end() - 1] + 1
    return "".join([*parts, text[end:]]) if parts else None


@lru_cache(maxsize=4096)
def _folded(character: str) -> str:
    """One character in the form that patterns know, "" for what nobody sees."""
    if (digit := unicodedata.digit(character, None)) is not None:
        return str(digit)
    category = unicodedata.category(character)
    if category in ("Cf", "Me") or character == "\ufe0f":  # zero-width characters; the frame of a digit in a key
        return ""
    if category == "Pd" or character == "\u2212":
        return "-"
    if character.isspace():
        return " "
    plain = unicodedata.normalize("NFKC", character)
    return plain if len(plain) == 1 else character


_O_AS_ZERO = re.compile(r"(?<![^\W\d_])[oO](?=[ .-]?\d)|(?<=\d)[oO](?![^\W\d_])")
"""The letter o that stands for a zero: beside a digit and beside no letter."""

_LINK = re.compile(
    r"(?:https?:// ?|www\.)[^ ]{1,300}"
    r"|(?<![\w.@-])(?:zalo|fb|m|t)\.me/[^ ]{1,200}"
    r"|(?<![\w.@-])[\w-]{2,63}(?:\.[\w-]{1,63}){0,3}\.(?:com|vn|net|org)\b(?:/[^ ]{0,300})?",
    re.IGNORECASE,
)
_PUBLIC_SITE = re.compile(r"[\w.-]+\.gov\.vn", re.IGNORECASE)

_AT = r"(?:@|\[at\]|\(at\)|(?<= )a c[oò]ng(?= ))"
_EMAIL = re.compile(
    rf"[\w.+-]{{1,64}}+(?: {{0,2}}{_AT} {{0,2}}[\w-]{{1,63}}+(?:(?:\.| ch[aấ]m )[\w-]{{1,63}}+){{1,5}}"
    r"|@[\w-]{3,63}+)",
    re.IGNORECASE,
)
_DOSSIER = re.compile(
    r"(?<!\w)(?:\d{1,3}[. ]{1,2}){0,4}H ?\d{2}(?:[. ]{1,2}\d{1,3}){0,4} ?- ?\d{6} ?- ?\d{3,6}(?!\d)", re.IGNORECASE
)
"""The one-stop software's number: office, day received, number of that day (H49.22.18-260915-0007)."""

_PASSPORT = re.compile(r"(?<![^\W_])[A-Z] ?\d{7,8}(?!\d)")

_WORD = r"(?:không|khong|một|mốt|mot|hai|ba|bốn|bon|tư|năm|nam|lăm|lam|sáu|sau|bảy|bẩy|bay|tám|tam|chín|chin)"
# A possessive star on a group keeps a space too many in the regular expressions of Python 3.11.2 (Debian 12); at the
# end of a pattern a greedy one does not go back either.
_IN_WORDS = re.compile(rf"(?<!\w)(?:{_WORD}|\d++)(?!\w)(?:[ .,-]{{1,3}}(?:{_WORD}|\d++)(?!\w))*", re.IGNORECASE)
_FEWEST_WORDS = 4

_RUN = re.compile(r"[+(]{0,2}\d(?:[ .\-/()_+*|·]{0,3}\d)*")

_SEVERAL = r"(?:{one})(?: ?- ?(?:{one})| (?:{one}))*"
_DAY, _MONTH, _YEAR = r"(?:0?[1-9]|[12]\d|3[01])", r"(?:0?[1-9]|1[0-2])", r"(?:19|20)\d\d"
_DATE = "|".join(
    rf"{_DAY}{sign}{_MONTH}{sign}{_YEAR}|{_YEAR}{sign}{_MONTH}{sign}{_DAY}" for sign in (" ?/ ?", r"\.", " ?- ?")
)
_TIME = r"(?:[01]?\d|2[0-3])\.[0-5]\d"
_THOUSANDS = r"[1-9]\d{0,2}(?:[. ]\d{3})+"
_HARMLESS = re.compile(
    rf"(?:\d{{1,2}} )?{_SEVERAL.format(one=_DATE)}(?: \d{{1,2}})?"  # dates, a counter or an hour beside them
    rf"|{_YEAR}(?: ?[-/ ] ?{_YEAR}){{1,2}}|{_SEVERAL.format(one=_TIME)}"
    r"|1[89]00[ .-]?\d{4}|1[89]00[ .-]?\d{2}[ .-]?\d{2}[ .-]?\d{2}"  # a public telephone number
    r"|[1-3]\.\d{6}\.000\.00\.00"  # a procedure's national code
    r"|[1-9]\d{0,2}(?:\.\d{3}){1,2} ?- ?[1-9]\d{0,2}(?:\.\d{3}){1,2}"
    r"|[1-9]\d?\.\d{3}\.\d{3}"
)
_UNGROUPED = r"(?:[1-9]\d{4,7}|[1-9]\d{1,8}000)"  # as long as a number of a paper only where it is a round sum
_MONEY = re.compile(rf"{_SEVERAL.format(one=_THOUSANDS)}|{_UNGROUPED}(?: ?- ?{_UNGROUPED})?")
_MONEY_WORD = re.compile(r" ?(?:đồng(?! chí)|đ|dong|vnd|vnđ)(?!\w)", re.IGNORECASE)

_PHONE = re.compile(r"(?:(?:00)?84|0)(?:[35789]\d{8}|2\d{8,9})")
_TWO_PHONES = re.compile(r"(?:0[35789]\d{8}){2}")
_PHONE_BEFORE = re.compile(r"(?:s[đd]t|đt|điện thoại|dien thoai|zalo|gọi|tel|phone)\W{0,3}\Z", re.IGNORECASE)
_PAPER_BEFORE = re.compile(r"(?:cccd|cmnd|cmt|căn cước|can cuoc|chứng minh)\W{0,3}\Z", re.IGNORECASE)


def _link(found: Found) -> str | None:
    return None if _PUBLIC_SITE.fullmatch(found[0]) else LINK_MARK


def _in_words(found: Found) -> str | None:
    """A number spelt word by word; four words and nine digits at least, for "hai ba" may be anything."""
    tokens = re.findall(r"\w+", found[0])
    words = [one for one in tokens if not one.isdecimal()]
    digits = len(words) + sum(len(one) for one in tokens if one.isdecimal())
    return PHONE_MARK if len(words) >= _FEWEST_WORDS and digits > FEWEST_DIGITS else None


def _number(found: Found) -> str | None:
    """What a run of digits is called; None where it leads to nobody."""
    digits = re.sub(r"\D", "", found[0])
    if len(digits) < FEWEST_DIGITS or _HARMLESS.fullmatch(found[0]) or _is_money(found):
        return None
    before = found.string[max(0, found.start() - 16) : found.start()]
    if _PHONE.fullmatch(digits) or _TWO_PHONES.fullmatch(digits):
        return PHONE_MARK
    if _is_paper(digits) or (_PAPER_BEFORE.search(before) and len(digits) in (9, 12)):
        return PAPER_MARK
    if len(digits) < 12 and _PHONE_BEFORE.search(before):
        return PHONE_MARK
    return CARD_MARK if 13 <= len(digits) <= 19 else NUMBER_MARK


def _is_money(found: Found) -> bool:
    return bool(_MONEY.fullmatch(found[0]) and _MONEY_WORD.match(found.string, found.end()))


def _is_paper(digits: str) -> bool:
    """Twelve digits of today's identity cards, which begin with 0; nine of the old ones, whose first is 0 to 2.

    Nine digits that begin otherwise may as well be a telephone number without its 0.
    """
    return (len(digits) == 12 and digits[0] == "0") or (len(digits) == 9 and digits[0] in "012")


_STEPS: tuple[tuple[re.Pattern[str], Callable[[Found], str | None]], ...] = (
    (_EMAIL, lambda _: EMAIL_MARK),
    (_LINK, _link),
    (_DOSSIER, lambda _: DOSSIER_MARK),
    (_PASSPORT, lambda _: PAPER_MARK),
    (_IN_WORDS, _in_words),
    (_RUN, _number),
)

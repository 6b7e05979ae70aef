"""Languages, the normal form of text, and the alphabetical order of Vietnamese names."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache

from babel import Locale

from sipas.core.settings import ROOT

TRANSLATIONS = ROOT / "sipas" / "translations"
CATALOGUE = "LC_MESSAGES/messages.po"


def _known(found: Iterable[str]) -> dict[str, str]:
    """Vietnamese, English (which the code speaks itself), then every language that has a catalogue."""
    others = sorted(code for code in found if re.fullmatch("[a-z]{2,3}", code))
    return {code: _own_name(code) for code in dict.fromkeys(["vi", "en", *others])}


def _own_name(code: str) -> str:
    name = str(Locale.parse(code).display_name)
    return name[:1].upper() + name[1:]


LANGUAGES = _known(path.parts[-3] for path in TRANSLATIONS.glob(f"*/{CATALOGUE}"))
"""Language codes and what each calls itself; the first is the one shown when nobody chose."""

DEFAULT_LANGUAGE = next(iter(LANGUAGES))

_LETTERS = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
_RANK = {letter: chr(ord("a") + index) for index, letter in enumerate(_LETTERS)}
_TONES = {"\u0300": "1", "\u0309": "2", "\u0303": "3", "\u0301": "4", "\u0323": "5"}
"""Grave, hook, tilde, acute, dot below: the order of tones in Vietnamese dictionaries, after none."""


def nfc(text: str) -> str:
    """The text in Unicode's composed form, which phones that send letters and marks apart do not keep."""
    return unicodedata.normalize("NFC", text)


def one_line(text: str) -> str:
    """A name as it is stored: composed, without outer or doubled white space."""
    return " ".join(nfc(text).split())


def visible(text: str) -> str:
    """The text with each control character (but line ends) as the sign for a broken one, fit for a page."""
    return "".join("\ufffd" if unicodedata.category(one) == "Cc" and one not in "\n\r\t" else one for one in text)


def ascii_slug(text: str) -> str:
    """Words in lower-case ASCII letters and digits with dashes between: "Xã Đường Hoa", "xa-duong-hoa"."""
    return "-".join(re.findall("[a-z0-9]+", plain(text)))


def plain(text: str) -> str:
    """The text in lower case without any marks, as people type it who look for a name in haste."""
    parts = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    return "".join(part for part in parts if not unicodedata.combining(part))


@lru_cache(maxsize=8192)
def sort_key(name: str) -> str:
    """A key for `sorted` that puts Vietnamese names in dictionary order.

    Letters decide first (a, ă, â, b … đ after d), tones only between names of the same letters.
    Names are sorted here, never in SQL: without ICU, PostgreSQL and SQLite put "Đống Đa" after "Z".
    """
    letters, tones = [], []
    for character in nfc(name).casefold():
        letter, tone = _without_tone(character)
        letters.append(_RANK.get(letter, letter))
        tones.append(tone)
    return "".join(letters) + "\t" + "".join(tones)


def _without_tone(character: str) -> tuple[str, str]:
    parts = unicodedata.normalize("NFD", character)
    tone = next((_TONES[part] for part in parts if part in _TONES), "0")
    letter = nfc("".join(part for part in parts if part not in _TONES))
    return letter, tone


def own_part(name: str, others: Iterable[str]) -> str:
    """A name without the words that at least half of some others begin with too, for where room is short.

    "Trung tâm Phục vụ hành chính công phường Hồng Gai" is "phường Hồng Gai" among its neighbours.
    """
    words, beginnings = name.split(), [other.split() for other in others if other != name]
    shared = 0
    while shared < len(words) - 1:
        alike = sum(other[: shared + 1] == words[: shared + 1] for other in beginnings)
        if not beginnings or alike * 2 < len(beginnings):
            break
        shared += 1
    return " ".join(words[shared:])


def own_parts(names: Iterable[str]) -> dict[str, str]:
    """The own part of each of many names among all of them, in one pass: what `own_part` says of each."""
    split = [(name, name.split()) for name in names]
    beginnings = Counter(tuple(words[:length]) for _, words in split for length in range(1, len(words) + 1))
    times = Counter(name for name, _ in split)
    found = {}
    for name, words in split:
        others, shared = len(split) - times[name], 0
        while shared < len(words) - 1 and others:
            if (beginnings[tuple(words[: shared + 1])] - times[name]) * 2 < others:
                break
            shared += 1
        found[name] = " ".join(words[shared:])
    return found


def named(thing: object, language: str, attribute: str = "name") -> str:
    """The thing's name in a language, in Vietnamese where it has none in that language."""
    return getattr(thing, f"{attribute}_{language}", None) or str(getattr(thing, f"{attribute}_vi"))

"""Faults of files as a page says them; the commands say them in English only."""

from __future__ import annotations

import re

from flask_babel import gettext

from sipas.sheets import Fault
from sipas.web.language import lazy

_WORDS: tuple[tuple[str, str], ...] = (
    (r"is empty", lazy("is empty")),
    (r"is longer than (?P<a>\d+) characters", lazy("is longer than %(a)s characters")),
    (r"holds characters that cannot be printed", lazy("holds characters that cannot be printed")),
    (r"is no code: .*", lazy("is no code: up to 60 lower-case letters a–z, digits and single dashes")),
    (r"is none of (?P<a>.*)", lazy("is none of %(a)s")),
    (r"is neither yes nor no", lazy("is neither yes nor no")),
    (r"is no day such as (?P<a>.*)", lazy("is no day such as %(a)s")),
    (r"lies ahead; enter it on that day", lazy("lies ahead; enter it on that day")),
    (r"lies before opened_on", lazy("lies before opened_on")),
    (r"stands in line (?P<a>\d+) already", lazy("stands in line %(a)s already")),
    (r"is missing from the header", lazy("is missing from the header")),
    (r"stands twice in the header", lazy("stands twice in the header")),
    (r"has no rows under its header", lazy("has no rows under its header")),
    (r"is not UTF-8; .*", lazy("is not UTF-8; save the file as CSV UTF-8")),
    (r"is no CSV: (?P<a>.*)", lazy("is no CSV: %(a)s")),
    (r"has (?P<a>\d+) cells under (?P<b>\d+) columns", lazy("has %(a)s cells under %(b)s columns")),
    (r"is not in the catalogue", lazy("is not in the catalogue")),
    (r"must be empty: a province is the root", lazy("must be empty: a province is the root")),
    (r"is empty, but only a province is a root", lazy("is empty, but only a province is a root")),
    (r"is no unit of this file .*", lazy("is no unit of this file or of the catalogue")),
    (r"leads? back to the unit itself", lazy("leads back to the unit itself")),
    (r"is that of (?P<a>.*)", lazy("is that of %(a)s")),
    (r"is a second province; (?P<a>.*) is one", lazy("is a second province; %(a)s is one")),
    (r"is closed, but the unit is open", lazy("is closed, but the unit is open")),
    (r"is given, but (?P<a>.*) below it is open", lazy("is given, but %(a)s below it is open")),
    (r"names (?P<a>\S+), no unit .*", lazy("names %(a)s, no unit of this file or of the catalogue")),
    (r"names (?P<a>\S+), but it has .*", lazy("names %(a)s, but it has no closed_on and the unit no opened_on")),
    (r"contradicts an earlier line .* agency (?P<a>.*)", lazy("contradicts an earlier line with the agency %(a)s")),
    (r"is the built-in field .*", lazy("is the built-in field of citizens who do not find theirs")),
)


def why(text: str) -> str:
    """Why a cell is wrong, in the page's language."""
    for pattern, words in _WORDS:
        if match := re.fullmatch(pattern, text, re.DOTALL):
            return str(words) % match.groupdict()
    return text


def sentence(fault: Fault) -> str:
    """Where a fault is and what it is, in the page's language."""
    if fault.column == "-":
        return gettext("%(file)s, line %(line)s: %(why)s", file=fault.file, line=fault.line, why=why(fault.why))
    return gettext(
        "%(file)s, line %(line)s, column %(column)s, value “%(value)s”: %(why)s",
        file=fault.file, line=fault.line, column=fault.column, value=fault.value, why=why(fault.why),
    )  # fmt: skip

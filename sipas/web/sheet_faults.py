"""What is wrong in a file that somebody sent, in the reader's language."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from flask_babel import gettext

from sipas.sheets import MOST_FAULTS, FileFaulty


@dataclass(frozen=True)
class Told:
    """One fault: where it is, what stands there, and why it cannot be."""

    file: str
    line: int
    column: str
    value: str
    why: str


def told(error: FileFaulty) -> list[Told]:
    """The faults of a file, the first MOST_FAULTS of them."""
    shown = [Told(one.file, one.line, one.column, one.value[:200], _why(one.why)) for one in error.faults[:MOST_FAULTS]]
    if more := len(error.faults) - len(shown):
        shown.append(Told(shown[0].file, 0, "-", "", gettext("and %(more)s more faults", more=more)))
    return shown


def _why(why: str) -> str:
    for pattern, words in _WORDS:
        if found := re.fullmatch(pattern, why, re.DOTALL):
            return words() % found.groupdict()
    return why


_WORDS: list[tuple[str, Callable[[], str]]] = [
    (r"is missing from the header", lambda: gettext("is missing from the first line")),
    (r"stands twice in the header", lambda: gettext("stands twice in the first line")),
    (r"is not UTF-8; .*", lambda: gettext("is not UTF-8; please save the file as CSV UTF-8")),
    (r"is no CSV: .*", lambda: gettext("is no CSV; please save the file as CSV UTF-8")),
    (r"has no rows under its header", lambda: gettext("has no lines under the first")),
    (
        r"has (?P<cells>\d+) cells under (?P<columns>\d+) columns",
        lambda: gettext("has %(cells)s cells under %(columns)s columns"),
    ),
    (r"stands in line (?P<line>\d+) already", lambda: gettext("stands in line %(line)s already")),
    (r"is empty", lambda: gettext("is empty")),
    (r"is longer than (?P<most>\d+) characters", lambda: gettext("is longer than %(most)s characters")),
    (r"holds characters that cannot be printed", lambda: gettext("holds characters that cannot be printed")),
    (r"is none of (?P<offered>.*)", lambda: gettext("is none of %(offered)s")),
    (r"is no open service field", lambda: gettext("is no open service field")),
    (r"is no day such as 2026-09-14", lambda: gettext("is no day such as 2026-09-14")),
    (r"is to come, or more than (?P<days>\d+) days ago", lambda: gettext("is to come, or more than %(days)s days ago")),
    (r"was typed before with other answers", lambda: gettext("was typed before with other answers")),
    (r"is more than (?P<most>\d+) forms; .*", lambda: gettext("is more than %(most)s forms; please cut the file")),
]
"""The reasons that files of staff may meet, by what the core says of them."""

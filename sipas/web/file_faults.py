"""The reasons for which a file's cell is refused, in the reader's language.

Files are read by the commands too, whose messages are English; here each reason is known again by its words.
"""

from __future__ import annotations

import re

from sipas.web.language import lazy

_REASONS = tuple(
    (re.compile(pattern + r"\Z"), message)
    for pattern, message in (
        (r"is empty", lazy("is empty")),
        (r"is empty, but .*", lazy("is empty, but belongs to what stands beside it")),
        (r"is longer than (?P<most>\d+) characters", lazy("is longer than %(most)s characters")),
        (r"has a text that is too long", lazy("has a text that is too long")),
        (r"holds characters that cannot be printed", lazy("holds characters that cannot be printed")),
        (r"is no code.*", lazy("is no code: up to 60 lower-case letters a–z, digits and single dashes")),
        (r"names .*, which is no code", lazy("is no code: up to 60 lower-case letters a–z, digits and single dashes")),
        (
            r"is none of (?P<values>[^,]+(, [^,]+)*), or the question is not rated",
            lazy("is none of %(values)s, or the question is not rated"),
        ),
        (r"is none of (?P<values>.*)", lazy("is none of %(values)s")),
        (r"is neither yes nor no", lazy("is neither yes nor no")),
        (r"stands in line (?P<line>\d+) already", lazy("stands in line %(line)s already")),
        (r"stands twice in the header", lazy("stands twice in the header")),
        (r"is missing from the header", lazy("is missing from the header")),
        (r"has no rows under its header", lazy("has no rows under its header")),
        (r"is not UTF-8.*", lazy("is not UTF-8; save the file as CSV UTF-8")),
        (r"is no CSV: .*", lazy("is no CSV; save the file as CSV UTF-8")),
        (
            r"has (?P<cells>\d+) cells under (?P<columns>\d+) columns",
            lazy("has %(cells)s cells under %(columns)s columns"),
        ),
        (r"is a name that the form uses itself", lazy("is a name that the form uses itself")),
        (r"must be (?P<kind>field|comment) for this kind", lazy("must be %(kind)s for this kind")),
        (r"must be rating, .*", lazy("must be rating, without a factor, for the question overall")),
        (
            r"is not what an earlier version had.*",
            lazy("is not what an earlier version had; trends follow the code, so take a new one"),
        ),
        (
            r"are for questions of the kinds .*",
            lazy("are for questions of the kinds choice and choices, and needed there"),
        ),
        (r"names an option twice", lazy("names an option twice")),
        (r"has no text for the option (?P<choice>.*)", lazy("has no text for the option %(choice)s")),
        (
            r"has (?P<texts>\d+) texts for (?P<options>\d+) options",
            lazy("has %(texts)s texts for %(options)s options"),
        ),
        (r"has no question overall", lazy("has no question overall")),
        (r"asks for more answers than a form can hold", lazy("asks for more answers than a form can hold")),
    )
)


def said(why: str) -> str:
    """A reason in the reader's language; as it is where it is not known."""
    for pattern, message in _REASONS:
        if match := pattern.match(why):
            return str(message) % match.groupdict()
    return why

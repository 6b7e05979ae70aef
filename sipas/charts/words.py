"""Words that all charts share, in a chart's language."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

from sipas.core import formats
from sipas.core.languages import LANGUAGES, named
from sipas.numbers.changes import Change
from sipas.numbers.periods import Period
from sipas.numbers.shares import FACTORS
from sipas.reporting.reports import ReportRequest

Say = Callable[..., str]
"""A sentence in the chart's language, its named values put in."""

TICKS = ("0", "25", "50", "75")
"""What is written along an axis, up to the whole."""


def speaker(language: str) -> Say:
    """Says messages in a language."""

    def say(message: str, **values: object) -> str:
        return formats.words(language).gettext(message) % values

    return say


def base(question: ReportRequest, period: Period, responses: int, language: str) -> str:
    """Period, number of responses, and what these were narrowed to."""
    return plain(
        " · ".join(
            [
                formats.period(period, language),
                formats.responses(responses, language),
                *(words for _, words in narrowed(question, language)),
            ]
        )
    )


def narrowed(question: ReportRequest, language: str) -> list[tuple[str, str]]:
    """What a question narrows its responses to, by the name that addresses use for it."""
    gettext = speaker(language)
    found = []
    if question.field:
        found.append(("field", named(question.field, language)))
    if question.channel:
        found.append(("channel", formats.channel(question.channel, language)))
    if question.touchpoint:
        found.append(("touchpoint", named(question.touchpoint, language, "label")))
    if question.handled:
        own = question.handled == "own"
        found.append(("handled", gettext("own authority") if own else gettext("vertical agencies")))
    if question.agency:
        found.append(("agency", named(question.agency, language)))
    if question.language:
        found.append(("language", gettext("responses in %(language)s", language=LANGUAGES[question.language])))
    return found


def source(method: str, gettext: Say) -> str:
    """Where the figures come from and how they were made."""
    return gettext("Source: citizens' responses, counted by SIPAS. Method: %(method)s.", method=method)


def changed(change: Change | None, language: str) -> tuple[str, bool]:
    """A real change in points and whether it is a fall; nothing for what may be chance."""
    if change is None or not change.is_real:
        return "", False
    return formats.difference(change.value, language), change.is_fall


def change_in_words(change: Change | None, language: str) -> str:
    """Whether something changed, by how many points and how sure that is; a dash where nothing is known."""
    gettext = speaker(language)
    if change is None:
        return formats.DASH
    size, span = formats.difference(change.value, language), formats.span(change, language)
    if change.is_real:
        return gettext("%(size)s points (%(span)s)", size=size, span=span)
    return gettext("no clear change (%(size)s; %(span)s)", size=size, span=span)


def factor_names(language: str) -> tuple[str, ...]:
    """What people call the five factors."""
    gettext = speaker(language)
    names = {
        "access": gettext("Access"),
        "procedure": gettext("Procedures"),
        "staff": gettext("Civil servants"),
        "result": gettext("Results"),
        "feedback": gettext("Handling of feedback"),
    }
    return tuple(names[factor] for factor in FACTORS)


def scale(language: str) -> tuple[str, ...]:
    """What people call the five answers, 1 first."""
    gettext = speaker(language)
    return (
        gettext("Very dissatisfied"),
        gettext("Dissatisfied"),
        gettext("Neutral"),
        gettext("Satisfied"),
        gettext("Very satisfied"),
    )


def whole(language: str) -> str:
    """The end of the axis: 100 %; 100%."""
    return formats.percent(1, language).replace(formats.points(1, language), "100")


def plain(text: str) -> str:
    """Text on one line without invisible characters, which no XML file may hold."""
    return "".join(one for one in " ".join(text.split()) if unicodedata.category(one)[0] != "C")

"""Charts of a report: what they say, in words and as a drawing (matplotlib's Figure, never pyplot)."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from sipas import drawing, lines, wording
from sipas.drawing import Picture, Row
from sipas.i18n import named
from sipas.lines import Line
from sipas.reports import Report
from sipas.statistics import SCORES, SMALLEST_SHOWN, Share

Say = Callable[..., str]
"""A sentence in the chart's language, its named values put in."""


def by_attention(found: Report) -> tuple[Line, ...]:
    """The lines of a report, those that need attention first."""
    return lines.by_attention(found.lines)


def report_svg(found: Report, language: str) -> bytes:
    """A report's fields as dots with their 95 % intervals on one axis, as an SVG file (360 points wide).

    The same figures in the same language give the same bytes, and are drawn once.
    """
    return drawing.drawn(_picture(found, language))


def description(found: Report, language: str) -> str:
    """The chart's finding in words: the total, the weakest and the strongest field, each with its base."""
    gettext = _speaker(language)
    sentences = [f"{_plain(named(found.unit, language))}, {wording.period(found.period, language)}:"]
    sentences += [_total(found.total, language, gettext), *_ends(found, language, gettext)]
    hidden = sum(line.is_too_few for line in found.lines)
    if hidden and found.total.satisfaction:
        sentences.append(gettext("Fields with too few responses to show: %(fields)s.", fields=hidden))
    return " ".join(sentences)


def _speaker(language: str) -> Say:
    def say(message: str, **values: object) -> str:
        return wording.words(language).gettext(message) % values

    return say


def _total(total: Line, language: str, gettext: Say) -> str:
    if share := total.satisfaction:
        return gettext(
            "%(percent)s of %(responses)s satisfied (95%% interval %(interval)s).",
            percent=wording.percent(share.value, language),
            responses=wording.responses(share.total, language),
            interval=wording.interval(share, language),
        )
    if total.responses:
        return gettext(
            "%(responses)s, too few to show a figure.", responses=wording.responses(total.responses, language)
        )
    return gettext("no responses.")


def _ends(found: Report, language: str, gettext: Say) -> list[str]:
    """The fields that are surely lowest and surely highest, where there are two to compare."""
    shown = [(line, share) for line in by_attention(found) if (share := line.satisfaction)]
    if len(shown) < 2:
        return []
    strongest = max(shown, key=lambda pair: pair[1].low)
    weakest = next(pair for pair in shown if pair is not strongest)
    return [
        gettext("Needs attention first: %(field)s.", field=_finding(*weakest, language)),
        gettext("Strongest: %(field)s.", field=_finding(*strongest, language)),
    ]


def _finding(line: Line, share: Share, language: str) -> str:
    gettext = _speaker(language)
    return gettext(
        "%(name)s, %(percent)s of %(responses)s",
        name=_plain(named(line.field, language)),
        percent=wording.percent(share.value, language),
        responses=wording.responses(share.total, language),
    )


def _picture(found: Report, language: str) -> Picture:
    gettext = _speaker(language)
    return Picture(
        title=gettext("Satisfied citizens by service field"),
        subject=_plain(named(found.unit, language)),
        base=_base(found, language),
        total=_row(found.total, gettext("Total"), language),
        rows=tuple(_row(line, named(line.field, language), language) for line in by_attention(found)),
        ticks=("0", "25", "50", "75", _whole(language)),
        notes=_notes(found, gettext),
        description=description(found, language),
    )


def _base(found: Report, language: str) -> str:
    question = found.question
    parts = [wording.period(found.period, language), wording.responses(found.total.responses, language)]
    if question.field:
        parts.append(named(question.field, language))
    if question.channel:
        parts.append(wording.channel(question.channel, language))
    return _plain(" · ".join(parts))


def _whole(language: str) -> str:
    return wording.percent(1, language).replace(wording.points(1, language), "100")


def _notes(found: Report, gettext: Say) -> tuple[str, ...]:
    return (
        gettext(
            "Dot: share of responses that rated the visit 4 or 5 of 5. Line through it: 95%% interval. "
            "Upright line: the total."
        ),
        gettext(
            "Order: what fell beyond chance, then the lowest upper end of the interval. "
            "Below %(smallest)s responses no figure is shown.",
            smallest=SMALLEST_SHOWN,
        ),
        gettext("Source: citizens' responses, counted by SIPAS. Method: %(method)s.", method=found.method),
    )


def _row(line: Line, name: str, language: str) -> Row:
    share = line.satisfaction
    number = f"n = {wording.count(line.responses, language)}"
    if share is None:
        gettext = _speaker(language)
        few = gettext("%(base)s, too few to show", base=number)
        return Row(_plain(name), "", few if line.responses else wording.DASH, None)
    at = (share.low, float(share.value), share.high)
    return Row(_plain(name), wording.percent(share.value, language), number, at)


def _plain(text: str) -> str:
    """Text on one line without invisible characters, which no XML file may hold."""
    return "".join(one for one in " ".join(text.split()) if unicodedata.category(one)[0] != "C")


@dataclass(frozen=True)
class Step:
    """One of the five steps in the bar of all responses; `start` and `width` are parts of its length."""

    score: int
    count: int
    share: Fraction
    start: Fraction
    width: Fraction

    @property
    def middle(self) -> Fraction:
        """Where its label goes."""
        return self.start + self.width / 2


def spread(line: Line) -> tuple[Step, ...]:
    """The overall scores as one bar, lowest first; the neutral ones' middle is at one place on all pages.

    Left of that place lies room for 30 %, and more only where more were dissatisfied; right of it for all.
    Empty where there are too few responses. Source: Heiberger and Robbins (2014), J. Stat. Softw. 57(5).
    """
    if line.scores is None:
        return ()
    shares = [Fraction(count, line.responses) for count in line.scores]
    below = sum(shares[:2]) + shares[2] / 2
    left = max(below, _ROOM_LEFT)
    at, steps = left - below, []
    for score, count, share in zip(SCORES, line.scores, shares, strict=True):
        steps.append(Step(score, count, share, at / (1 + left), share / (1 + left)))
        at += share
    return tuple(steps)


_ROOM_LEFT = Fraction(3, 10)

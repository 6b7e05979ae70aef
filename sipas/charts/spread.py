"""How answers were spread over the five steps, as one bar or a bar for each service field."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from sipas.charts.drawing import Bar, BarPart, Bars
from sipas.charts.fields import by_attention
from sipas.charts.words import base, plain, scale, source, speaker
from sipas.core import formats
from sipas.core.languages import named
from sipas.files.tables import Table
from sipas.numbers.shares import SCORES, SMALLEST_SHOWN
from sipas.reporting.report_lines import Line
from sipas.reporting.reports import Report


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
"""Room for the dissatisfied, as a part of all responses."""


def picture(found: Report, language: str) -> Bars:
    """A bar for the total and for each field with enough responses, in the order of the report."""
    gettext = speaker(language)
    shown = [line for line in (found.total, *by_attention(found)) if line.scores]
    bars = {line: spread(line) for line in shown}
    left = max((steps[2].middle / (1 - steps[2].middle) for steps in bars.values()), default=_ROOM_LEFT)
    return Bars(
        title=gettext("How answers were spread, by service field"),
        subject=plain(named(found.unit, language)),
        base=base(found.question, found.period, found.total.responses, language),
        notes=(
            gettext(
                "Per cent of each field's responses. Satisfied answers lie right of the upright line, dissatisfied "
                "ones left; neutral ones half on either side. Below %(smallest)s responses no bar is shown.",
                smallest=SMALLEST_SHOWN,
            ),
            source(found.method, gettext),
        ),
        description=description(found, language),
        bars=tuple(
            Bar(
                plain(named(line.field, language) if line.field else gettext("Total")),
                f"n = {formats.count(line.responses, language)}",
                _parts(steps, left, language),
            )
            for line, steps in bars.items()
        ),
        neutral=float(left / (1 + left)),
        scale=scale(language),
    )


def _parts(steps: tuple[Step, ...], left: Fraction, language: str) -> tuple[BarPart, ...]:
    """A bar's parts on the axis that all bars share."""
    below = sum((step.share for step in steps[:2]), Fraction(0)) + steps[2].share / 2
    at, parts = left - below, []
    for step in steps:
        words = formats.points(step.share, language)
        parts.append(BarPart(step.score, float(at / (1 + left)), float(step.share / (1 + left)), words))
        at += step.share
    return tuple(parts)


def description(found: Report, language: str) -> str:
    """The spread of all responses in words."""
    gettext = speaker(language)
    head = f"{plain(named(found.unit, language))}, {formats.period(found.period, language)}:"
    steps = spread(found.total)
    if not steps:
        return " ".join([head, gettext("too few responses to show how they were spread.")])
    parts = [
        f"{formats.percent(step.share, language)} {words}" for step, words in zip(steps, scale(language), strict=True)
    ]
    number = formats.responses(found.total.responses, language)
    return " ".join([head, gettext("%(parts)s, of %(responses)s.", parts="; ".join(parts), responses=number)])


def table(found: Report, language: str) -> Table:
    """The same bars as a table in words."""
    gettext = speaker(language)
    rows = tuple(
        (
            named(line.field, language) if line.field else gettext("Total"),
            formats.count(line.responses, language),
            *(
                f"{formats.percent(step.share, language)} ({formats.count(step.count, language)})"
                for step in spread(line)
            ),
        )
        for line in (found.total, *by_attention(found))
        if line.scores
    )
    return Table((gettext("Service field"), gettext("Responses"), *scale(language)), rows)

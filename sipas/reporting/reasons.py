"""Reasons: what citizens ticked as not good, now and in the period before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from sqlalchemy import select

from sipas.catalogue import lookups
from sipas.catalogue.questionnaires import Option, OptionWording, Question
from sipas.core.db import db
from sipas.core.languages import DEFAULT_LANGUAGE
from sipas.numbers.shares import is_too_few
from sipas.reporting import reports
from sipas.reporting.reports import Report
from sipas.responses import tally_reads


@dataclass(frozen=True)
class ReasonCount:
    """One reason: how many ticked it among all responses, and among those of the period before."""

    code: str
    texts: Mapping[str, str]
    chosen: int
    of: int
    chosen_before: int
    of_before: int

    @property
    def share(self) -> Fraction:
        """The part of all responses that ticked it; most tick nothing."""
        return Fraction(self.chosen, self.of)

    @property
    def share_before(self) -> Fraction | None:
        """The same of the period before; None where there were too few responses to show it."""
        return None if is_too_few(self.of_before) else Fraction(self.chosen_before, self.of_before)

    def text(self, language: str) -> str:
        """The reason in a language, or in the first language where there is none."""
        return self.texts.get(language) or self.texts.get(DEFAULT_LANGUAGE, self.code)


def reasons(found: Report) -> tuple[ReasonCount, ...] | None:
    """What was ticked in the responses of a report, the most frequent first.

    None where the report is of one touchpoint or language alone: ticks are not counted by these. Options
    with one code in several versions of a questionnaire are one reason, in the newest version's words.
    """
    question = found.question
    if question.touchpoint or question.language or not found.total.satisfaction:
        return None
    asked = lookups.fields()
    now, before = (
        tally_reads.options(reports.wanted(question, period, asked)) for period in (found.period, found.previous)
    )
    totals: dict[str, list[int]] = {}
    texts: dict[str, dict[str, str]] = {}
    for option_id, code, words in _options({*now, *before}):
        counts = totals.setdefault(code, [0, 0])
        counts[0] += now.get(option_id, 0)
        counts[1] += before.get(option_id, 0)
        texts[code] = words
    of, of_before = found.total.responses, found.before.previous.responses
    ticked = [ReasonCount(code, texts[code], now, of, then, of_before) for code, (now, then) in totals.items() if now]
    return tuple(sorted(ticked, key=lambda one: (-one.chosen, one.code)))


def _options(option_ids: Iterable[int]) -> list[tuple[int, str, dict[str, str]]]:
    """Those of some options that are reasons, with their words; of one code the newest last."""
    wanted = (
        select(Option.id, Option.code, OptionWording.language, OptionWording.text)
        .join(Question, Question.id == Option.question_id)
        .join(OptionWording, OptionWording.option_id == Option.id)
        .where(Option.id.in_(list(option_ids)), Question.when_low)
        .order_by(Option.id)
    )
    found: dict[int, tuple[int, str, dict[str, str]]] = {}
    for option_id, code, language, text in db.session.execute(wanted):
        found.setdefault(option_id, (option_id, code, {}))[2][language] = text
    return list(found.values())

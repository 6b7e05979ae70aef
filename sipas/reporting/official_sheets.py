"""The sheets of Decision 766 and Decree 61, as far as a survey can fill them; what it cannot give says why.

Their rules are those that were found in public sources, with the standing of each (`sipas/official/`). No figure
here is the ministry's: none is guessed, and none of ours is turned into points by a rule that was not found.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import cache

from sqlalchemy import select

from sipas.catalogue import lookups
from sipas.catalogue.questionnaires import Option, Question
from sipas.core import formats
from sipas.core.db import db
from sipas.core.languages import named
from sipas.core.settings import ROOT
from sipas.files.tables import Cell, Table
from sipas.numbers.shares import FACTORS, is_too_few, per_cent
from sipas.reporting import reports
from sipas.reporting.reports import Report
from sipas.responses import tally_reads

FOLDER = ROOT / "sipas" / "official"

VISITS = "visits"
"""The question that asks how often somebody had to come or to make contact."""

Row = Mapping[str, str]
Figure = tuple[float | None, int | None, str | None]
"""Per cent, its base, and what it is."""

DECREE_COLUMNS = (
    "no", "index", "maximum", "points", "why_empty", "nearest_figure", "nearest_percent", "nearest_base",
    "filled_by", "status", "source",
)  # fmt: skip
DECISION_COLUMNS = (
    "rule", "group", "group_maximum", "index", "maximum", "percent", "base", "points", "why_empty", "status", "source",
)  # fmt: skip


def decree_61(found: Report, language: str) -> Table:
    """The nine indices of Decree 61: two points each, from citizens' forms or the unit's own scoring.

    No question of ours has the official scale, so no index has points; beside some stands our nearest figure.
    """
    rows = [_label(found, language, DECREE_COLUMNS)]
    for row in _rows("decree_61"):
        value, base, what = _nearest(found, row["nearest"], language)
        rows.append((
            row["no"], row[_name(language)], _number(row["maximum"]), None, _why(row["why"], language), what, value,
            base, row["filled_by"], row["status"], row["source"],
        ))  # fmt: skip
    return Table(DECREE_COLUMNS, tuple(rows))


def decision_766(found: Report, language: str) -> Table:
    """The groups and rules of Decision 766; of them a survey and dossier counts know two shares, and no points."""
    rows = [_label(found, language, DECISION_COLUMNS)]
    group = f"group_{_language(language)}"
    for row in _rows("decision_766"):
        value, base = _measured(found, row["measure"])
        why = _why(row["why"], language)
        if row["measure"] and value is None:
            why = _why("no-dossiers", language)
        elif row["measure"] == "overdue":
            why = f"{why} {_overdue(found, language)}"
        rows.append((
            row["rule"], row[group], _number(row["group_maximum"]), row[_name(language)], _number(row["maximum"]),
            value if row["measure"] == "on-time" else None, base, None, why, row["status"], row["source"],
        ))  # fmt: skip
    return Table(DECISION_COLUMNS, tuple(rows))


@cache
def _rows(sheet: str) -> tuple[Row, ...]:
    with (FOLDER / f"{sheet}.csv").open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


def _language(language: str) -> str:
    return "vi" if language == "vi" else "en"


def _name(language: str) -> str:
    return f"name_{_language(language)}"


def _number(text: str) -> int | None:
    return int(text) if text else None


def _label(found: Report, language: str, columns: tuple[str, ...]) -> tuple[Cell, ...]:
    """The first row: what this is and of what, and that it is nobody's official score."""
    gettext = formats.words(language).gettext
    words = gettext("Prepared from the everyday survey SIPAS and from dossier counts; not the ministry's score.")
    about = f"{words} {named(found.unit, language)}, {formats.period(found.period, language)}."
    return (None, about, *(None for _ in columns[2:]))


def _measured(found: Report, measure: str) -> tuple[float | None, int | None]:
    """A share of dossiers that are counted: per cent with two decimals, and how many were finished."""
    counts, rate = found.total.dossiers, found.total.on_time_rate
    if not measure or counts is None or rate is None:
        return None, None
    return per_cent(rate if measure == "on-time" else 1 - rate), counts.finished


def _overdue(found: Report, language: str) -> str:
    """Of what makes up rule 5.4: the part that is known."""
    gettext = formats.words(language).gettext
    late = formats.percent(1 - (found.total.on_time_rate or Fraction(0)), language)
    return gettext("Known here: %(late)s of the dossiers were finished late.") % {"late": late}


def _nearest(found: Report, what: str, language: str) -> Figure:
    """The figure of ours that comes nearest to an index of Decree 61."""
    gettext = formats.words(language).gettext
    if what == "on-time":
        value, base = _measured(found, what)
        return value, base, gettext("dossiers finished on time, from dossier counts")
    if what == VISITS:
        return _came_once(found, gettext)
    if what in FACTORS:
        share = found.total.factors[FACTORS.index(what)]
        words = {
            "procedure": gettext("satisfied ratings of the procedure, on five steps"),
            "staff": gettext("satisfied ratings of those who served, on five steps"),
        }[what]
        return (per_cent(share.value), share.total, words) if share else (None, None, words)
    return None, None, None


def _came_once(found: Report, gettext: Callable[[str], str]) -> Figure:
    """Of those who said how often they came or made contact: the part for whom once was enough."""
    words = gettext("said that they came or made contact once")
    if found.question.touchpoint or found.question.language:
        return None, None, words
    asked = select(Option.id, Option.code).join(Question, Question.id == Option.question_id)
    codes = dict(db.session.execute(asked.where(Question.code == VISITS)).all())
    ticked = tally_reads.options(reports.wanted(found.question, found.period, lookups.fields()))
    given = dict.fromkeys(codes.values(), 0)
    for option_id, number in ticked.items():
        if option_id in codes:
            given[codes[option_id]] += number
    base = sum(given.values())
    return (None, None, words) if is_too_few(base) else (per_cent(Fraction(given.get("1", 0), base)), base, words)


def _why(code: str, language: str) -> str:
    """Why a cell is empty."""
    gettext = formats.words(language).gettext
    return {
        "other-scale": gettext(
            "The official form asks on a scale of its own; ours has another, and no rule turns one into the other."
        ),
        "not-asked": gettext("The survey does not ask this."),
        "self-score": gettext("The unit scores this itself once per period; citizens are not asked."),
        "parts-missing": gettext("Its parts are empty."),
        "elsewhere": gettext("Neither a survey nor dossier counts measure this; it comes from the national portal."),
        "petitions": gettext("Petitions are not counted here, and how the points are split was not found."),
        "petitions-points": gettext(
            "Petitions are not counted here, and the sources contradict each other about its points."
        ),
        "no-points-rule": gettext(
            "Of finished dossiers alone: those still within their deadline are not counted here. "
            "How the share becomes points was not found."
        ),
        "no-petitions-of-dossiers": gettext(
            "Which dossiers drew a petition or a dislike is not known: answers are anonymous and belong to no dossier."
        ),
        "no-dossiers": gettext("Dossier counts of this unit and period are not all loaded."),
    }[code]

"""A report on paper: two A4 pages that answer first and show the charts after, tagged for those who cannot see it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

from sipas import charts
from sipas.charts import drawing
from sipas.charts.drawing import A4, Picture
from sipas.charts.words import Say, change_in_words, narrowed, speaker
from sipas.core import formats
from sipas.core.languages import named
from sipas.files.typst import TEMPLATES, typeset
from sipas.numbers.changes import Change
from sipas.numbers.shares import SMALLEST_SHOWN
from sipas.reporting.hours import Hours
from sipas.reporting.report_lines import Line, LinePart
from sipas.reporting.reports import Report
from sipas.reporting.trends import Trend

_TEMPLATE = TEMPLATES / "report.typ"


def report_pdf(found: Report, trend: Trend, hours: Hours | None, language: str, made_on: date) -> bytes:
    """Set a report, its trend and its week as a PDF; the same figures on the same day give the same bytes."""
    gettext = speaker(language)
    data = {
        "language": language,
        "title": f"{named(found.unit, language)}, {formats.period(found.period, language)}",
        "unit": named(found.unit, language),
        "asked": _asked(found, language),
        "made": gettext("Made on %(day)s", day=formats.day(made_on, language)),
        "page": gettext("Page"),
        "headings": {"fields": gettext("By service field"), "method": gettext("How this is counted")},
        "answer": _answer(found.total, language),
        "facts": _facts(found, language),
        "notes": _notes(found, language),
        "fields": _fields(found, language),
        "charts": _charts(found, trend, hours, language),
        "method": _method(found, gettext),
    }
    return typeset(_TEMPLATE, {"report": json.dumps(data)})


def _asked(found: Report, language: str) -> str:
    words = [formats.period(found.period, language), *(said for _, said in narrowed(found.question, language))]
    return " · ".join(words)


def _answer(total: Line, language: str) -> dict[str, str]:
    gettext = speaker(language)
    share = total.satisfaction
    if share is None:
        few = gettext(
            "%(responses)s, too few to show a figure.", responses=formats.responses(total.responses, language)
        )
        return {"figure": "", "words": few if total.responses else gettext("No responses"), "interval": ""}
    responses = formats.responses(share.total, language)
    satisfied = formats.count(share.satisfied, language)
    return {
        "figure": formats.percent(share.value, language),
        "words": gettext("satisfied: %(satisfied)s of %(responses)s", satisfied=satisfied, responses=responses),
        "interval": gettext("95%% interval %(interval)s", interval=formats.interval(share, language)),
    }


def _facts(found: Report, language: str) -> list[tuple[str, str, str]]:
    """What stands around the answer: a name, a figure and what it rests on."""
    gettext, total, facts = speaker(language), found.total, []
    if total.satisfaction:
        facts += [
            (
                gettext("Against the period before"),
                *_change(total.change, formats.period(found.previous, language), language),
            ),
            (
                gettext("Against the same days a year before"),
                *_change(total.year_change, formats.period(found.year_before, language), language),
            ),
        ]
    if total.dossiers and total.response_rate is not None:
        of = gettext("of %(count)s dossiers", count=formats.count(total.dossiers.finished, language))
        wanted = gettext(
            "%(wanted)s responses wanted for ±5 points", wanted=formats.count(total.answers_wanted, language)
        )
        facts.append((gettext("Dossiers answered"), formats.percent(total.response_rate, language), f"{of}; {wanted}"))
        facts.append((gettext("Finished on time"), formats.percent(total.on_time_rate, language), of))
    if index := total.index:
        rests = f"{formats.interval(index, language)}; n = {formats.count(index.total, language)}"
        facts.append((gettext("Index of the five factors"), formats.percent(index.value, language), rests))
    return facts + _weighted(found, language)


def _change(change: Change | None, period: str, language: str) -> tuple[str, str]:
    gettext = speaker(language)
    if change is None:
        return formats.DASH, gettext("%(period)s: too few responses or none", period=period)
    before = gettext(
        "before: %(percent)s, n = %(base)s (%(period)s)",
        percent=formats.percent(change.before.value, language),
        base=formats.count(change.before.total, language),
        period=period,
    )
    return change_in_words(change, language), before


def _weighted(found: Report, language: str) -> list[tuple[str, str, str]]:
    if (weighted := found.weighted) is None:
        return []
    gettext, low, high = (
        speaker(language),
        formats.points(weighted.low, language),
        formats.percent(weighted.high, language),
    )
    size = formats.count(round(weighted.effective_size), language)
    covered = formats.percent(weighted.covered, language)
    rests = gettext(
        "as sure as %(size)s equal responses; fields with responses hold %(percent)s of the dossiers",
        size=size,
        percent=covered,
    )
    return [(gettext("Weighted by dossiers"), formats.percent(weighted.value, language), f"{low}–{high}; {rests}")]


def _notes(found: Report, language: str) -> list[str]:
    """What must be known beside the answer: days still to come, responses set aside, paper forms."""
    gettext, notes = speaker(language), []
    if found.is_unfinished and found.period.days:
        notes.append(
            gettext(
                "Figures so far: days up to %(last)s are counted.", last=formats.day(found.period.last_day, language)
            )
        )
    if aside := found.aside:
        number = formats.responses(aside.responses, language)
        notes.append(gettext("%(number)s set aside as doubtful, counted in no figure here.", number=number))
        if share := aside.satisfaction:
            figure = f"{formats.percent(share.value, language)} ({formats.interval(share, language)}), "
            base = f"n = {formats.count(share.total, language)}"
            notes.append(gettext("With them: %(figure)s.", figure=figure + base))
    if apart := found.apart:
        paper, others = gettext("On paper, typed in by staff"), gettext("All other channels")
        notes.append(f"{paper}: {_part(apart.paper, language)} · {others}: {_part(apart.others, language)}")
    return notes


def _part(part: LinePart, language: str) -> str:
    number = f"n = {formats.count(part.responses, language)}"
    share = part.satisfaction
    return f"{formats.percent(share.value, language)}, {number}" if share else number


def _fields(found: Report, language: str) -> dict[str, object]:
    gettext = speaker(language)
    columns = [
        gettext("Service field"),
        gettext("Responses"),
        gettext("Satisfied"),
        "0–100",
        gettext("95%% interval"),
        gettext("Change, points"),
    ]
    has_dossiers = found.total.dossiers is not None or any(line.dossiers for line in found.lines)
    if has_dossiers:
        columns += [gettext("Answered"), gettext("On time")]
    rows = [_row(line, has_dossiers, language) for line in (*charts.by_attention(found), found.total)]
    total = found.total.satisfaction
    return {"columns": columns, "rows": rows, "total": float(total.value) if total else None}


def _row(line: Line, has_dossiers: bool, language: str) -> dict[str, object]:
    share, field = line.satisfaction, line.field
    cells = [
        formats.count(line.responses, language) if line.responses else formats.DASH,
        formats.percent(share.value if share else None, language),
        formats.interval(share, language) if share else formats.DASH,
        formats.difference(line.change.value, language) if line.change else formats.DASH,
    ]
    if has_dossiers:
        cells += [formats.percent(line.response_rate, language), formats.percent(line.on_time_rate, language)]
    return {
        "name": named(field, language) if field else speaker(language)("Total"),
        "agency": named(field.agency, language) if field and field.agency else "",
        "cells": cells,
        "share": (share.low, float(share.value), share.high) if share else None,
        "change": line.change.is_fall if line.change and line.change.is_real else None,
        "is_total": field is None,
    }


def _charts(found: Report, trend: Trend, hours: Hours | None, language: str) -> list[dict[str, object]]:
    """The charts of the second page."""
    shown = charts.of(found, trend, hours, language)
    return [_chart(shown[name].picture) for name in ("trend", "factors", "hours") if name in shown]


def _chart(picture: Picture) -> dict[str, object]:
    """A chart without the words that the page sets itself."""
    bare = replace(picture, subject="", base="", notes=(), is_titled=False)
    return {
        "title": picture.title,
        "svg": drawing.svg(bare, A4).decode(),
        "alt": picture.description,
        "note": picture.notes[0] if picture.notes else "",
    }


def _method(found: Report, gettext: Say) -> str:
    return gettext(
        "Satisfied is who rated the visit 4 or 5 of 5; one response, one vote. The index is the share of satisfied "
        "ratings among all valid ratings of the five factors. The 95%% interval (Wilson) says how far chance alone "
        "may have moved a figure. A triangle marks a change whose interval (Newcombe; after Holm where several are "
        "shown together) leaves out zero; what has none may be chance. Below %(smallest)s responses no figure is "
        "shown; a dash means no data. Counted from citizens' responses by SIPAS, method %(method)s.",
        smallest=SMALLEST_SHOWN,
        method=found.method,
    )

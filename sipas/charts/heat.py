"""The chart of the week: at which hours citizens answer, and how satisfied they are then."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

from babel import Locale

from sipas.charts.drawing import Heat, HeatCell
from sipas.charts.words import plain, source, speaker, whole
from sipas.core import formats
from sipas.core.languages import named
from sipas.files.tables import Table
from sipas.numbers.shares import METHOD, SMALLEST_SHOWN, Share
from sipas.reporting.hours import Hour, Hours

_BOUNDS = tuple(Fraction(tenths, 10) for tenths in (6, 7, 8, 9))
"""Where the shades change; the same on every chart, so that two can be compared."""


def picture(found: Hours, language: str) -> Heat:
    """All that the chart shows."""
    gettext = speaker(language)
    in_use = _in_use(found)
    return Heat(
        title=gettext("Satisfied citizens by weekday and hour"),
        subject=plain(named(found.unit, language)),
        base=f"{formats.period(found.period, language)} · {formats.responses(found.responses, language)}",
        notes=(
            gettext(
                "In each hour: per cent satisfied, with it the number of responses; paper forms have no hour. "
                "Hours with fewer than %(smallest)s responses show only their number (n), hours without none.",
                smallest=SMALLEST_SHOWN,
            ),
            source(METHOD, gettext),
        ),
        description=description(found, language),
        days=tuple(_day(number, language, "abbreviated") for number in range(7)),
        hours=tuple(f"{hour}–{hour + 1}" for hour in in_use),
        cells=tuple(tuple(_cell(found.cells.get((day, hour)), language) for day in range(7)) for hour in in_use),
        shades=_shades(language),
    )


def _in_use(found: Hours) -> range:
    """From the first hour that has responses to the last."""
    hours = [hour for _, hour in found.cells]
    return range(min(hours), max(hours) + 1) if hours else range(0)


def _cell(hour: Hour | None, language: str) -> HeatCell | None:
    if hour is None or not hour.responses:
        return None
    number = formats.count(hour.responses, language)
    if hour.satisfaction is None:
        return HeatCell("", f"n = {number}", None)
    value = hour.satisfaction.value
    return HeatCell(formats.points(value, language), number, sum(value >= bound for bound in _BOUNDS))


def _shades(language: str) -> tuple[str, ...]:
    gettext, end = speaker(language), whole(language)
    between = [f"{low * 100}–{high * 100}" for low, high in pairwise(_BOUNDS)]
    return (
        gettext("below %(percent)s", percent=end.replace("100", "60")),
        *between,
        gettext("%(percent)s and more", percent=end.replace("100", "90")),
    )


def _day(number: int, language: str, width: str) -> str:
    if language == "vi" and width == "abbreviated":
        return "CN" if number == 6 else f"T{number + 2}"
    return str(Locale.parse(language).days["stand-alone"][width][number])


def description(found: Hours, language: str) -> str:
    """The busiest and the least satisfied hour in words."""
    gettext = speaker(language)
    head = f"{plain(named(found.unit, language))}, {formats.period(found.period, language)}:"
    shown = [(cell, hour, hour.satisfaction) for cell, hour in found.cells.items() if hour.satisfaction]
    if not shown:
        return " ".join([head, gettext("no hour with enough responses.")])
    busiest = max(shown, key=lambda one: one[1].responses)
    lowest = min(shown, key=lambda one: one[2].high)
    return " ".join(
        [
            head,
            gettext("Most responses: %(hour)s.", hour=_finding(*busiest, language)),
            gettext("Needs attention first: %(field)s.", field=_finding(*lowest, language)),
        ]
    )


def _finding(cell: tuple[int, int], hour: Hour, share: Share, language: str) -> str:
    day, begins = cell
    gettext = speaker(language)
    return gettext(
        "%(name)s, %(percent)s of %(responses)s",
        name=f"{_day(day, language, 'wide')} {begins}–{begins + 1}",
        percent=formats.percent(share.value, language),
        responses=formats.responses(hour.responses, language),
    )


def table(found: Hours, language: str) -> Table:
    """The same hours as a table in words: a row for each hour, a column for each weekday."""
    gettext = speaker(language)
    columns = (gettext("Hour"), *(_day(number, language, "wide") for number in range(7)))
    rows = (
        (f"{hour}–{hour + 1}", *(_words(found.cells.get((day, hour)), language) for day in range(7)))
        for hour in _in_use(found)
    )
    return Table(columns, tuple(rows))


def _words(hour: Hour | None, language: str) -> str:
    if hour is None or not hour.responses:
        return formats.DASH
    number = f"n = {formats.count(hour.responses, language)}"
    share = hour.satisfaction
    return f"{formats.percent(share.value, language)}, {number}" if share else number

"""The chart of a trend: its line, its gaps, and what changed on the way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta

from babel.dates import format_date

from sipas.charts import drawing
from sipas.charts.words import TICKS, Say, base, plain, source, speaker, whole
from sipas.core import formats
from sipas.core.languages import named
from sipas.files.tables import Table
from sipas.numbers.periods import Period
from sipas.numbers.shares import METHOD, SMALLEST_SHOWN, Share
from sipas.reporting.trends import Break, Point, Step, Trend

_LOW_ENOUGH = 0.6
"""Where no interval reaches below this, the axis may begin at one half, and says so."""


def picture(found: Trend, language: str) -> drawing.Curve:
    """All that the chart shows."""
    gettext = speaker(language)
    shown = [point.satisfaction for point in found.points if point.satisfaction]
    floor = 0.5 if shown and min(share.low for share in shown) > _LOW_ENOUGH else 0.0
    most = max((point.responses for point in found.points), default=0)
    return drawing.Curve(
        title=gettext("Satisfied citizens over time"),
        subject=plain(named(found.question.unit, language)),
        base=_base(found, language),
        notes=_notes(found, floor, language),
        description=description(found, language),
        days=float(found.period.days),
        points=tuple(_point(found.period, point) for point in found.points),
        levels=tuple((level, words) for level, words in _levels(language) if level >= floor),
        dates=_dates(found.period, language),
        weeks=_weeks(found.period),
        labels=_labels(found, language),
        breaks=tuple(_break(found.period, number, one, language) for number, one in enumerate(found.breaks)),
        floor=floor,
        responses=_per_step(found.step, gettext),
        most=formats.count(most, language),
    )


def _base(found: Trend, language: str) -> str:
    return base(found.question, found.period, sum(point.responses for point in found.points), language)


def _levels(language: str) -> list[tuple[float, str]]:
    return list(zip((0.0, 0.25, 0.5, 0.75, 1.0), (*TICKS, whole(language)), strict=True))


def _point(period: Period, point: Point) -> drawing.CurvePoint:
    share = point.satisfaction
    middle = (point.period.start - period.start).days + point.period.days / 2
    return drawing.CurvePoint(middle, (share.low, float(share.value), share.high) if share else None, point.responses)


def _dates(period: Period, language: str) -> tuple[tuple[float, str], ...]:
    """Beginnings of months, of years where there are many, and days where there are few."""
    if period.days > 800:
        days = [day for day in period.months() if day.month == 1 and day >= period.start]
        return tuple((_place(period, day), f"{day.year}") for day in days)
    if period.days > 62:
        days = [day for day in period.months() if day >= period.start]
        return tuple((_place(period, day), _month(day, days[0], language)) for day in days)
    days = [period.start + timedelta(days=number) for number in range(0, period.days, 7 if period.days > 10 else 1)]
    return tuple(
        (_place(period, day), f"{day.day}/{day.month}" if language == "vi" else _short(day, language)) for day in days
    )


def _month(day: date, first: date, language: str) -> str:
    if language == "vi":
        return f"{day.month}/{day.year}" if day in (first, date(day.year, 1, 1)) else f"T{day.month}"
    pattern = "LLL y" if day in (first, date(day.year, 1, 1)) else "LLL"
    return format_date(day, pattern, locale=language)


def _short(day: date, language: str) -> str:
    return format_date(day, "d MMM", locale=language)


def _weeks(period: Period) -> tuple[float, ...]:
    """Mondays, where a year or less is shown."""
    if not 10 < period.days <= 400:
        return ()
    first = period.start + timedelta(days=-period.start.weekday() % 7)
    return tuple(float(number) for number in range((first - period.start).days, period.days, 7))


def _place(period: Period, day: date) -> float:
    return float((day - period.start).days)


def _labels(found: Trend, language: str) -> tuple[drawing.PointLabel, ...]:
    """The last, the lowest and the first figure; which of two that run into each other is kept, their order says."""
    shown = [(number, point.satisfaction) for number, point in enumerate(found.points) if point.satisfaction]
    if not shown:
        return ()
    lowest = min(shown, key=lambda pair: pair[1].value)
    wanted = dict.fromkeys([shown[-1], lowest, shown[0]])
    return tuple(drawing.PointLabel(number, formats.percent(share.value, language)) for number, share in wanted)


def _break(period: Period, number: int, one: Break, language: str) -> drawing.BreakMark:
    letter = chr(ord("A") + number) if number < 26 else f"{number + 1}"
    return drawing.BreakMark(_place(period, one.day), letter, break_in_words(one, language), one.parts)


def break_in_words(one: Break, language: str) -> str:
    """From when on what else was measured."""
    gettext, day = speaker(language), formats.day(one.day, language)
    if one.kind == "unit":
        units = ", ".join(plain(named(unit, language)) for unit in one.subjects)
        return _SENSES[one.sense](gettext, day, units)
    version = getattr(one.subject, "version", "")
    return gettext(
        "%(day)s: version %(version)s of the questionnaire %(code)s.", day=day, version=version, code=one.subject.code
    )


_SENSES: Mapping[str, Callable[[Say, str, str], str]] = {
    "different": lambda gettext, day, units: gettext(
        "%(day)s: together with or apart from %(unit)s; before and after are different units.", day=day, unit=units
    ),
    "followed": lambda gettext, day, units: gettext(
        "%(day)s: goes on from %(units)s, whose figures stand before that day.", day=day, units=units
    ),
    "none": lambda gettext, day, units: gettext(
        "%(day)s: together with or apart from %(unit)s; before and after are counted in today's borders.",
        day=day,
        unit=units,
    ),
}


def borders_in_words(found: Trend, language: str) -> str:
    """In which borders the unit is counted, where that makes a difference; else nothing."""
    gettext = speaker(language)
    if found.borders == "today":
        return gettext(
            "In today's borders: all that was given at the survey points that belong to it today, "
            "whatever unit they hung in then."
        )
    if found.follows:
        units = ", ".join(plain(named(unit, language)) for unit in found.follows)
        return gettext("As it was: before it was founded, the figures are those of %(units)s.", units=units)
    if found.other_borders:
        return gettext("As it was: each response counts for the unit that it was given to.")
    return ""


def _per_step(step: Step, gettext: Say) -> str:
    return {
        "day": gettext("Responses per day"),
        "week": gettext("Responses per week"),
        "month": gettext("Responses per month"),
        "quarter": gettext("Responses per quarter"),
    }[step]


def _notes(found: Trend, floor: float, language: str) -> tuple[str, ...]:
    gettext = speaker(language)
    how = gettext(
        "Line: share of responses that rated the visit 4 or 5 of 5. Band: 95%% interval. "
        "Gaps: no responses, or fewer than %(smallest)s.",
        smallest=SMALLEST_SHOWN,
    )
    cut = gettext("The axis begins at %(percent)s.", percent=whole(language).replace("100", "50"))
    said = " ".join(filter(None, [borders_in_words(found, language), how, cut if floor else ""]))
    return (said, source(METHOD, gettext))


def description(found: Trend, language: str) -> str:
    """The first, the last and the lowest figure in words, and what is missing."""
    gettext = speaker(language)
    head = f"{plain(named(found.question.unit, language))}, {formats.period(found.period, language)}:"
    borders = filter(None, [borders_in_words(found, language)])
    shown = [(point, point.satisfaction) for point in found.points if point.satisfaction]
    if not shown:
        return " ".join([head, gettext("no step with enough responses.")])
    (first, begun), (last, ended) = shown[0], shown[-1]
    lowest, least = min(shown, key=lambda pair: pair[1].value)
    said = [
        gettext("first %(figure)s.", figure=_figure(first, begun, language)),
        gettext("Last %(figure)s.", figure=_figure(last, ended, language)),
        gettext("Lowest %(figure)s.", figure=_figure(lowest, least, language)),
    ]
    if missing := len(found.points) - len(shown):
        said.append(gettext("Steps without a figure: %(missing)s of %(all)s.", missing=missing, all=len(found.points)))
    return " ".join([head, *said, *borders, *(break_in_words(one, language) for one in found.breaks)])


def _figure(point: Point, share: Share, language: str) -> str:
    gettext = speaker(language)
    return gettext(
        "%(percent)s of %(responses)s (%(period)s)",
        percent=formats.percent(share.value, language),
        responses=formats.responses(share.total, language),
        period=formats.period(point.period, language),
    )


def table(found: Trend, language: str) -> Table:
    """The same figures as a table in words."""
    gettext = speaker(language)
    columns = (gettext("Period"), gettext("Responses"), gettext("Satisfied"), gettext("95%% interval"))
    return Table(columns, tuple(_row(point, language) for point in found.points))


def _row(point: Point, language: str) -> tuple[str, str, str, str]:
    share = point.satisfaction
    return (
        formats.period(point.period, language),
        formats.count(point.responses, language),
        formats.percent(share.value if share else None, language),
        formats.interval(share, language) if share else formats.DASH,
    )

"""How figures and dates are written on pages; files have their own rules (sipas.exports)."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from babel.dates import format_date
from flask import Flask
from flask_babel import gettext

from sipas.i18n import named
from sipas.periods import Period
from sipas.statistics import percentage
from sipas.web.language import language

_MARKS = {"vi": (",", "."), "en": (".", ",")}
_DASH = "–"
_THIN = "\u202f"


def offer(app: Flask) -> None:
    """Make the filters known to templates."""
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.filters.update(
        count=count, percent=percent, points=points, day=day, period=period, named=in_own_language
    )


def count(value: int | None) -> str:
    """A whole number with its thousands apart; a dash where there is none."""
    if value is None:
        return _DASH
    return f"{value:,}".replace(",", _MARKS.get(language(), _MARKS["en"])[1])


def points(ratio: Fraction | float | None) -> str:
    """A ratio as per cent with one decimal, without the sign; a dash where there is none."""
    if ratio is None:
        return _DASH
    return str(percentage(ratio, 1)).replace(".", _MARKS.get(language(), _MARKS["en"])[0])


def percent(ratio: Fraction | float | None) -> str:
    """A ratio as per cent with one decimal and its sign, as the language writes it."""
    if ratio is None:
        return _DASH
    return f"{points(ratio)}{'' if language() == 'en' else _THIN}%"


def day(value: date) -> str:
    """A day in words: 21 tháng 11, 2026; 21 November 2026."""
    return format_date(value, "d MMMM y" if language() == "en" else "d MMMM, y", locale=language())


def period(value: Period) -> str:
    """A period in words: its one day, or from its first to its last day."""
    if value.days == 0:
        return gettext("no closed day yet")
    if value.days == 1:
        return day(value.start)
    return f"{day(value.start)} – {day(value.last_day)}"


def in_own_language(thing: object, attribute: str = "name") -> str:
    """A thing's name in the page's language."""
    return named(thing, language(), attribute)

"""What templates say figures and dates with: `sipas.wording` in the language of the page."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from fractions import Fraction
from itertools import groupby
from operator import attrgetter
from typing import Any

from flask import Flask

from sipas.core import formats
from sipas.core.languages import named
from sipas.numbers.shares import Share, percentage
from sipas.web.kit import here
from sipas.web.kit.forms import described
from sipas.web.kit.language import language


def offer(app: Flask) -> None:
    """Make the filters known to templates."""
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.globals["described"] = described
    spoken = (
        formats.count, formats.points, formats.percent, formats.interval, formats.difference, formats.span,
        formats.day, formats.period, formats.mark,
    )  # fmt: skip
    app.jinja_env.filters.update({write.__name__: _in_own_language(write) for write in spoken})
    app.jinja_env.filters.update(named=in_own_language, opening=opening, place=place, runs=runs, moment=moment)
    app.jinja_env.filters.update(month_name=month_name, of_hundred=of_hundred, of_percent=of_percent)
    app.jinja_env.filters.update(document_name=document_name)


def _in_own_language(write: Callable[..., str]) -> Callable[[Any], str]:
    def written(value: Any) -> str:  # noqa: ANN401 - each filter takes what its function takes
        return write(value, language())

    return written


def in_own_language(thing: object, attribute: str = "name") -> str:
    """A thing's name in the page's language."""
    return named(thing, language(), attribute)


def moment(at: datetime) -> str:
    """An instant in the installation's time zone, to the minute."""
    return formats.moment(at.astimezone(here.settings().zone), language())


def month_name(month: date) -> str:
    """A month as tables write it: 9/2026; Sep 2026."""
    return formats.month(month, language())


def of_hundred(share: Share) -> str:
    """How many of a hundred: the share without decimals."""
    return str(percentage(share.value, 0))


def of_percent(number: float) -> str:
    """A figure that is kept in per cent, as releases keep their rates."""
    return formats.percent(Fraction(str(number)) / 100, language())


def document_name(names: Mapping[str, str | None]) -> str:
    """A name in the page's language, of those that a release keeps; in Vietnamese where it has none."""
    return names.get(f"name_{language()}") or str(names["name_vi"])


def runs(things: Iterable[Any], attribute: str) -> list[tuple[Any, list[Any]]]:
    """Things cut where an attribute changes, in their own order (Jinja's groupby would sort them anew)."""
    return [(value, list(run)) for value, run in groupby(things, attrgetter(attribute))]


def opening(words: str) -> str:
    """Words as a sentence opens: the first letter is a capital, the others stay."""
    return words[:1].upper() + words[1:]


def place(ratio: float) -> str:
    """A ratio as a place on an axis from 0 to 100 %, for the attributes of an inline SVG."""
    return f"{float(ratio) * 100:.2f}%"

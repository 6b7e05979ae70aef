"""How values of other indices are said: with their scale, their place, and what changed."""

from __future__ import annotations

from decimal import Decimal

from flask_babel import gettext, ngettext

from sipas.core import formats
from sipas.reporting.other_indices import OF, PERCENT, IndexEntry, IndexValue
from sipas.web.kit.language import language, lazy

LEVELS = {
    "national": lazy("the whole country"),
    "province": lazy("province"),
    "department": lazy("department"),
    "district": lazy("district"),
    "commune": lazy("commune"),
    "centre": lazy("centre"),
    "other": lazy("other body"),
}

STATUSES = {
    "VERIFIED": lazy("read in its source"),
    "DERIVED": lazy("by arithmetic from its source"),
    "PARTLY": lazy("read in its source in part"),
    "INFERRED": lazy("concluded, not printed"),
    "UNVERIFIED": lazy("not looked up in its source"),
}


def value(row: IndexValue) -> str:
    """A value with its scale: 93.12%; 45.74 points; 133.28 of 170."""
    if row.value is None:
        return formats.DASH
    if row.scale == PERCENT:
        return formats.printed_percent(row.value, language())
    number = formats.printed(row.value, language())
    if row.scale.startswith(OF):
        return gettext("%(value)s of %(most)s", value=number, most=most(row))
    return gettext("%(value)s points", value=number)


def most(row: IndexValue) -> str:
    """The highest value that a scale has."""
    return formats.printed(row.scale.removeprefix(OF), language())


def place(rank: int | None, out_of: int | None) -> str:
    """A rank as it is printed: 10/13."""
    if rank is None:
        return formats.DASH
    return str(rank) if out_of is None else f"{rank}/{out_of}"


def points(change: Decimal) -> str:
    """A change of value with its sign: −0.5 points."""
    return gettext("%(change)s points", change=formats.printed_change(change, language()))


def places(gained: int) -> str:
    """A change of rank with its sign: −3 places; +1 place."""
    if not gained:
        return gettext("same place")
    sign = "+" if gained > 0 else "−"
    return ngettext("%(sign)s%(num)s place", "%(sign)s%(num)s places", abs(gained), sign=sign)


def in_short(entry: IndexEntry) -> str:
    """What follows a value in a sentence: rank 10 of 13 · −0.5 points · −3 places."""
    parts = []
    if entry.rank is not None and entry.row.out_of:
        parts.append(gettext("rank %(rank)s of %(number)s", rank=entry.rank, number=entry.row.out_of))
    elif entry.rank is not None:
        parts.append(gettext("rank %(rank)s", rank=entry.rank))
    if entry.change is not None:
        parts.append(points(entry.change))
    if entry.places is not None:
        parts.append(places(entry.places))
    return " · ".join(parts)

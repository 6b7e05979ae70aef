"""The chart of the five factors: each with its interval and what changed beyond chance."""

from __future__ import annotations

from sipas.charts.drawing import DotRow, Dots
from sipas.charts.words import TICKS, base, change_in_words, changed, factor_names, plain, source, speaker, whole
from sipas.core import formats
from sipas.core.languages import named
from sipas.files.tables import Table
from sipas.numbers.changes import Change
from sipas.numbers.shares import SMALLEST_SHOWN, Cluster, Share
from sipas.reporting.reports import Report

Factor = tuple[str, Share | None, Cluster, Change | None]
"""A name, its share and what it was made from, and how it changed."""


def _factors(found: Report, language: str) -> list[Factor]:
    total, names = found.total, factor_names(language)
    shifts = found.factor_changes or (None,) * len(names)
    return list(zip(names, total.factors, total.tally.factors, shifts, strict=True))


def _index(found: Report, language: str) -> Factor:
    return (speaker(language)("Index of the five factors"), found.total.index, found.total.tally.index, None)


def picture(found: Report, language: str) -> Dots:
    """Dots on one axis in the order of the method, beneath the index that pools them."""
    gettext = speaker(language)
    return Dots(
        title=gettext("The five factors"),
        subject=plain(named(found.unit, language)),
        base=base(found.question, found.period, found.total.responses, language),
        total=_row(_index(found, language), language),
        rows=tuple(_row(factor, language) for factor in _factors(found, language)),
        ticks=(*TICKS, whole(language)),
        notes=(
            gettext(
                "Dot: satisfied ratings out of the valid ones (n). Line through it: 95%% interval. Upright line: the "
                "index, all five pooled. Triangles: changes beyond chance against %(period)s, in points. "
                "Below %(smallest)s responses no figure is shown.",
                period=formats.period(found.previous, language),
                smallest=SMALLEST_SHOWN,
            ),
            source(found.method, gettext),
        ),
        description=description(found, language),
    )


def _row(factor: Factor, language: str) -> DotRow:
    name, share, sums, change = factor
    if share is None:
        gettext = speaker(language)
        few = gettext("%(base)s, too few to show", base=f"n = {formats.count(sums.citizens, language)}")
        return DotRow(name, "", few if sums.citizens else formats.DASH, None)
    at = (share.low, float(share.value), share.high)
    figure, number = formats.percent(share.value, language), f"n = {formats.count(share.total, language)}"
    return DotRow(name, figure, number, at, *changed(change, language))


def description(found: Report, language: str) -> str:
    """The index and each factor in words."""
    gettext = speaker(language)
    said = [
        gettext(
            "%(name)s %(percent)s (%(interval)s)",
            name=name,
            percent=formats.percent(share.value, language),
            interval=formats.interval(share, language),
        )
        for name, share, _, _ in (_index(found, language), *_factors(found, language))
        if share
    ]
    head = f"{plain(named(found.unit, language))}, {formats.period(found.period, language)}:"
    return " ".join([head, f"{'; '.join(said)}." if said else gettext("no factor with enough responses.")])


def table(found: Report, language: str) -> Table:
    """The same figures as a table in words."""
    gettext = speaker(language)
    columns = (
        gettext("Factor"),
        gettext("Satisfied"),
        gettext("95%% interval"),
        gettext("Ratings"),
        gettext("Change, points"),
    )
    rows = []
    for name, share, sums, change in (*_factors(found, language), _index(found, language)):
        row = _row((name, share, sums, change), language)
        interval = formats.interval(share, language) if share else formats.DASH
        number = formats.count(share.total, language) if share else row.base
        rows.append((name, row.figure or formats.DASH, interval, number, change_in_words(change, language)))
    return Table(columns, tuple(rows))

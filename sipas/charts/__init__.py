"""Charts: what each says, in words, as a table and as a picture; `drawing` makes files of the pictures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

from sipas.charts.drawing import Picture
from sipas.charts.factors import description as factors_description
from sipas.charts.factors import picture as factors_picture
from sipas.charts.factors import table as factors_table
from sipas.charts.fields import by_attention, description, report_svg
from sipas.charts.fields import picture as fields_picture
from sipas.charts.fields import table as fields_table
from sipas.charts.heat import description as heat_description
from sipas.charts.heat import picture as heat_picture
from sipas.charts.heat import table as heat_table
from sipas.charts.spread import Step, spread
from sipas.charts.spread import description as spread_description
from sipas.charts.spread import picture as spread_picture
from sipas.charts.spread import table as spread_table
from sipas.charts.trend import borders_in_words, break_in_words
from sipas.charts.trend import description as trend_description
from sipas.charts.trend import picture as trend_picture
from sipas.charts.trend import table as trend_table
from sipas.files.tables import Table
from sipas.reporting.hours import Hours
from sipas.reporting.reports import Report
from sipas.reporting.trends import Trend

__all__ = [
    "Chart",
    "Step",
    "borders_in_words",
    "break_in_words",
    "by_attention",
    "description",
    "factors_picture",
    "factors_table",
    "fields_picture",
    "fields_table",
    "heat_picture",
    "heat_table",
    "of",
    "report_svg",
    "spread",
    "spread_picture",
    "spread_table",
    "trend_picture",
    "trend_table",
]


@dataclass(frozen=True)
class Chart:
    """What a chart shows, and the same as a table in words; each is made when it is first asked for."""

    name: str
    draw: Callable[[], Picture]
    listed: Callable[[], Table]
    said: Callable[[], str]

    @cached_property
    def picture(self) -> Picture:
        """All that is drawn."""
        return self.draw()

    @cached_property
    def table(self) -> Table:
        """The same as a table in words."""
        return self.listed()

    @cached_property
    def description(self) -> str:
        """The same in a sentence or two; a page needs them without the picture, which is fetched apart."""
        return self.said()


def of(found: Report, trend: Trend, hours: Hours | None, language: str) -> dict[str, Chart]:
    """The charts of a report by name, those but the first left out that would show nothing."""
    has_trend = any(point.satisfaction for point in trend.points)
    has_week = hours and any(hour.satisfaction for hour in hours.cells.values())
    offered: list[tuple[str, object, object, tuple[Callable[..., Any], ...]]] = [
        ("fields", True, found, (fields_picture, fields_table, description)),
        ("trend", has_trend, trend, (trend_picture, trend_table, trend_description)),
        ("factors", any(found.total.factors), found, (factors_picture, factors_table, factors_description)),
        ("spread", found.total.scores, found, (spread_picture, spread_table, spread_description)),
        ("hours", has_week, hours, (heat_picture, heat_table, heat_description)),
    ]
    return {
        name: Chart(name, *(partial(make, about, language) for make in making))
        for name, is_shown, about, making in offered
        if is_shown
    }

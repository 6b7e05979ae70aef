"""Charts: what each says, in words, as a table and as a picture; `drawing` makes files of the pictures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial

from sipas.charts.factors import picture as factors_picture
from sipas.charts.factors import table as factors_table
from sipas.charts.fields import by_attention, description, report_svg
from sipas.charts.fields import picture as fields_picture
from sipas.charts.fields import table as fields_table
from sipas.charts.heat import picture as heat_picture
from sipas.charts.heat import table as heat_table
from sipas.charts.spread import Step, spread
from sipas.charts.spread import picture as spread_picture
from sipas.charts.spread import table as spread_table
from sipas.charts.trend import picture as trend_picture
from sipas.charts.trend import table as trend_table
from sipas.drawing import Picture
from sipas.hours import Hours
from sipas.reports import Report
from sipas.tables import Table
from sipas.trends import Trend

__all__ = [
    "Chart",
    "Step",
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

    @cached_property
    def picture(self) -> Picture:
        """All that is drawn."""
        return self.draw()

    @cached_property
    def table(self) -> Table:
        """The same as a table in words."""
        return self.listed()


def of(found: Report, trend: Trend, hours: Hours | None, language: str) -> dict[str, Chart]:
    """The charts of a report by name, those but the first left out that would show nothing."""
    drawn = [Chart("fields", partial(fields_picture, found, language), partial(fields_table, found, language))]
    if any(point.satisfaction for point in trend.points):
        drawn.append(Chart("trend", partial(trend_picture, trend, language), partial(trend_table, trend, language)))
    if any(found.total.factors):
        pictured = partial(factors_picture, found, language)
        drawn.append(Chart("factors", pictured, partial(factors_table, found, language)))
    if found.total.scores:
        drawn.append(Chart("spread", partial(spread_picture, found, language), partial(spread_table, found, language)))
    if hours and any(hour.satisfaction for hour in hours.cells.values()):
        drawn.append(Chart("hours", partial(heat_picture, hours, language), partial(heat_table, hours, language)))
    return {chart.name: chart for chart in drawn}

"""How long charts and files of a report take, of a processor: they wait for nothing, and others share the machine."""

from __future__ import annotations

import dataclasses
import statistics
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from time import process_time

from sipas import charts, create_app
from sipas.catalogue import lookups
from sipas.charts import drawing
from sipas.core.settings import Settings
from sipas.downloads import report_files
from sipas.downloads.report_files import Gathered
from sipas.numbers.periods import Period
from sipas.reporting import hours, reports, trends
from sipas.reporting.reports import ReportRequest


def shapes(path: Path, today: date) -> dict[str, float]:
    """Twelve months by day as a chart drawn anew, and a year's report as files whose charts were drawn before."""
    app = create_app(Settings(instance_path=path, database_url=""))
    with app.app_context():
        question = ReportRequest(lookups.province(), Period(today - timedelta(days=364), today + timedelta(days=1)))
        trend = trends.trend(question, today, "day")
        week = hours.hours(question.unit, question.period, today)
        found = Gathered(reports.report(question, today), trend, week, "vi", today)
        picture = charts.trend_picture(trend, "vi")

    def chart(number: int) -> None:
        drawing.svg(dataclasses.replace(picture, base=f"{picture.base} {number}"))

    def pdf(number: int) -> None:
        report_files.to_pdf(dataclasses.replace(found, made_on=today - timedelta(days=number)))

    with app.app_context():
        return {
            "chart_daily_ms": middle(chart, 15),
            "xlsx_ms": middle(lambda _: report_files.to_workbook(found), 7),
            "pdf_ms": middle(pdf, 7),
        }


def middle(work: Callable[[int], object], times: int) -> float:
    """The middle of the times that work takes, in milliseconds, after one that warms up."""
    taken = []
    for number in range(times + 1):
        begun = process_time()
        work(number)
        taken.append((process_time() - begun) * 1000)
    return statistics.median(taken[1:])

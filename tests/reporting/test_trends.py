"""Trends and hours: what was counted step by step, with its gaps and breaks."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from sipas.catalogue import lookups
from sipas.numbers import periods
from sipas.reporting import hours, reports, trends
from sipas.reporting.reports import ReportRequest
from sipas.reporting.trends import STEPS, Step, Trend
from sipas.responses import recording
from sipas.setup import unit_mergers
from tests.conftest import COUNTER_1, EXIT_OF_PROVINCE, draft

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
LAST = date(2026, 12, 31)


def give(number: int, day: date, hour: int = 9, code: str = EXIT_OF_PROVINCE, **scores: int | None) -> None:
    at = datetime(day.year, day.month, day.day, hour, tzinfo=ZONE)
    for _ in range(number):
        recording.record(draft(code, "dat-dai", at.astimezone(UTC), None, "", **scores), ZONE)


def trend(period: str, step: Step | None = None, last: date = LAST, **narrowed: object) -> Trend:
    question = ReportRequest(lookups.unit("trung-tam-tinh"), periods.parse(period), **narrowed)  # type: ignore[arg-type]
    return trends.trend(question, last, step)


def test_days_without_answers_and_with_too_few_are_gaps(inside: Flask) -> None:
    give(5, date(2026, 9, 2), overall=4)
    give(4, date(2026, 9, 3))
    found = trend("2026-09-01..2026-09-05").points
    assert [point.responses for point in found] == [0, 5, 4, 0]
    assert [point.satisfaction and point.satisfaction.value for point in found] == [None, 1, None, None]


def test_weeks_begin_on_monday_and_the_ends_are_cut(inside: Flask) -> None:
    found = trend("2026-09-02..2026-09-16", "week")
    assert [str(point.period) for point in found.points] == [
        "2026-09-02..2026-09-07",
        "2026-09-07..2026-09-14",
        "2026-09-14..2026-09-16",
    ]


@hypothesis_settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 120), st.integers(1, 5), st.booleans()), max_size=6), st.integers(100, 118))
def test_all_steps_and_filters_add_up_to_what_the_report_counts(
    inside: Flask, rows: list[tuple[int, int, bool]], cut: int
) -> None:
    first = date(2026, 8, 20)
    for later, overall, at_counter in rows:
        give(1, first + timedelta(days=later), code=COUNTER_1 if at_counter else EXIT_OF_PROVINCE, overall=overall)
    last = first + timedelta(days=cut)
    for narrowed in ({}, {"touchpoint": lookups.touchpoint(COUNTER_1)}, {"language": "vi"}, {"channel": "qr"}):
        question = ReportRequest(lookups.unit("trung-tam-tinh"), periods.parse("2026-08-20..2026-12-24"), **narrowed)
        whole = reports.report(question, last).total.responses
        for step in STEPS:
            assert sum(point.responses for point in trends.trend(question, last, step).points) == whole


@pytest.mark.parametrize(("period", "step"), [("2026-09", "day"), ("2026-Q3", "week"), ("2026", "month")])
def test_a_period_is_first_shown_in_the_step_that_suits_it(inside: Flask, period: str, step: str) -> None:
    assert trend(period).step == step


def test_where_a_unit_took_over_from_another_the_trend_has_a_break(inside: Flask) -> None:
    today = date(2026, 9, 10)
    unit_mergers.merge([lookups.unit("bai-chay").id], lookups.unit("hong-gai").id, today, today)
    question = ReportRequest(lookups.unit("hong-gai"), periods.parse("2026-Q3"))
    (found,) = trends.trend(question, LAST).breaks
    assert (found.day, found.kind, found.subject.code) == (today, "unit", "bai-chay")


def test_hours_of_the_week_hold_what_came_then_but_paper(inside: Flask) -> None:
    give(5, date(2026, 9, 14), hour=8, overall=2)
    give(1, date(2026, 9, 21), hour=8)
    give(3, date(2026, 9, 15), hour=23)
    found = hours.hours(lookups.unit("quang-ninh"), periods.parse("2026-09"), LAST)
    assert {cell: one.responses for cell, one in found.cells.items()} == {(0, 8): 6, (1, 23): 3}
    assert found.cells[0, 8].satisfaction
    assert found.cells[0, 8].satisfaction.satisfied == 1
    assert found.cells[1, 23].satisfaction is None

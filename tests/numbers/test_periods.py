"""Periods: how they are written, cut and compared."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipas.numbers import periods
from sipas.numbers.periods import Period, PeriodWrong, parse

DAYS = st.dates(date(2000, 1, 1), date(2100, 1, 1))
PERIODS = st.builds(lambda day, length: Period(day, day + timedelta(days=length)), DAYS, st.integers(0, 1500))
HANOI = ZoneInfo("Asia/Ho_Chi_Minh")


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2026", "2026-01-01", "2027-01-01"),
        ("2026-Q1", "2026-01-01", "2026-04-01"),
        ("2026-Q4", "2026-10-01", "2027-01-01"),
        ("2026-02", "2026-02-01", "2026-03-01"),
        ("2024-02-29", "2024-02-29", "2024-03-01"),
        ("2026-09-14..2026-10-02", "2026-09-14", "2026-10-02"),
        (" 2026-12 ", "2026-12-01", "2027-01-01"),
    ],
)
def test_a_period_is_read_as_it_is_written(text: str, start: str, end: str) -> None:
    assert parse(text) == Period(date.fromisoformat(start), date.fromisoformat(end))


@pytest.mark.parametrize(
    "text",
    ["", "26", "2026-Q5", "2026-13", "2026-02-30", "2026-9", "2026-09-14..", "2026-09-14..2026-09-13", "..", "9999",
     "2026-q1", "２０２６", "2026-09-14..2026-09-15..2026-09-16", "0000", "\x00", "2026-Q1\n2026"],
)  # fmt: skip
def test_what_is_no_period_is_refused_with_its_text(text: str) -> None:
    with pytest.raises(PeriodWrong) as caught:
        parse(text)
    assert str(caught.value) == text


@given(st.text())
def test_any_text_is_a_period_or_refused(text: str) -> None:
    try:
        period = parse(text)
    except PeriodWrong:
        return
    assert period.start <= period.end


@given(PERIODS)
def test_a_period_written_down_is_read_back(period: Period) -> None:
    assert parse(str(period)) == period


@given(PERIODS)
def test_pieces_are_whole_months_and_days_and_make_up_the_period(period: Period) -> None:
    pieces = period.pieces()
    covered = [day for _, piece in pieces for day in _days(piece)]
    assert covered == _days(period)
    for span, piece in pieces:
        assert piece.days > 0
        if span == "month":
            assert piece.is_whole_months
        else:
            assert piece.days < 62
    assert [span for span, _ in pieces].count("month") <= 1


def _days(period: Period) -> list[date]:
    return [period.start + timedelta(days=number) for number in range(period.days)]


@given(PERIODS.filter(lambda period: period.days > 0))
def test_the_previous_period_ends_where_this_one_begins(period: Period) -> None:
    previous = period.previous()
    assert previous.end == period.start
    if period.is_whole_months:
        assert len(list(previous.months())) == len(list(period.months()))
    else:
        assert previous.days == period.days


def test_the_quarter_before_the_first_is_last_years_fourth() -> None:
    assert str(parse("2026-Q1").previous()) == "2025-Q4"
    assert str(parse("2026").previous()) == "2025"
    assert str(parse("2026-03").previous()) == "2026-02"
    assert str(parse("2026-03-01").previous()) == "2026-02-28"


@given(PERIODS, DAYS)
def test_the_part_until_a_day_holds_no_later_day(period: Period, day: date) -> None:
    part = period.until(day)
    assert part.start == period.start
    assert part.end <= max(period.start, day + timedelta(days=1))
    assert part.end <= period.end


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        (datetime(2026, 9, 14, 16, 59, 59, tzinfo=UTC), date(2026, 9, 14)),
        (datetime(2026, 9, 14, 17, 0, 0, tzinfo=UTC), date(2026, 9, 15)),
        (datetime(2026, 12, 31, 17, 0, tzinfo=UTC), date(2027, 1, 1)),
    ],
)
def test_the_local_day_begins_at_local_midnight(instant: datetime, day: date) -> None:
    assert periods.local_day(instant, HANOI) == day


def test_an_instant_without_a_zone_has_no_day() -> None:
    with pytest.raises(ValueError, match="time zone"):
        periods.local_day(datetime(2026, 9, 14, 12, 0), HANOI)  # noqa: DTZ001 - the very thing refused


@given(DAYS)
def test_month_quarter_and_year_hold_their_day(day: date) -> None:
    for holder in (periods.month_of, periods.quarter_of, periods.year_of):
        period = holder(day)
        assert period.start <= day < period.end
        assert period.is_whole_months


@given(st.sets(st.integers(0, 60)))
def test_months_become_the_fewest_periods_that_hold_them_and_nothing_else(numbers: set[int]) -> None:
    months = [periods.add_months(date(2023, 1, 1), number) for number in sorted(numbers)]
    found = periods.joined(months)
    assert [month for period in found for month in period.months()] == months
    assert all(before.end < after.start for before, after in pairwise(found))

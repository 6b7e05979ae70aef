"""Periods: half-open spans of local days, as people write them (`2026-Q3`) and as queries need them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Literal

Span = Literal["day", "month"]

_YEAR = re.compile(r"(\d{4})", re.ASCII)
_QUARTER = re.compile(r"(\d{4})-Q([1-4])", re.ASCII)
_MONTH = re.compile(r"(\d{4})-(\d{2})", re.ASCII)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
ONE_DAY = timedelta(days=1)


class PeriodWrong(ValueError):
    """A text that is no period; the argument is the text."""


@dataclass(frozen=True, order=True)
class Period:
    """The local days from `start` up to, and not including, `end`; never of negative length."""

    start: date
    end: date

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise PeriodWrong(f"{self.start}..{self.end}")

    def __str__(self) -> str:
        """The shortest way to write it, which `parse` reads back."""
        return _named(self) or f"{self.start}..{self.end}"

    @property
    def days(self) -> int:
        """Its length in days."""
        return (self.end - self.start).days

    @property
    def last_day(self) -> date:
        """The last day included; of an empty period the day before its start."""
        return self.end - ONE_DAY

    @property
    def is_whole_months(self) -> bool:
        """Whether it begins and ends with a month, and holds at least one."""
        return self.start.day == 1 and self.end.day == 1 and self.start < self.end

    def until(self, day: date) -> Period:
        """The part of it up to and including `day` (perhaps empty)."""
        return Period(self.start, max(self.start, min(self.end, day + ONE_DAY)))

    def previous(self) -> Period:
        """The period of equal kind (month, quarter, year) or else of equal length just before it."""
        if self.is_whole_months:
            return Period(add_months(self.start, -_months_between(self.start, self.end)), self.start)
        return Period(self.start - (self.end - self.start), self.start)

    def year_before(self) -> Period:
        """The same days of the year before; 29 February becomes 28 February."""
        return Period(_year_before(self.start), max(_year_before(self.start), _year_before(self.end)))

    def months(self) -> Iterator[date]:
        """The first day of every month that it touches."""
        month = self.start.replace(day=1)
        while month < self.end:
            yield month
            month = add_months(month, 1)

    def pieces(self) -> list[tuple[Span, Period]]:
        """Cut into whole months and the days before and after them, in order, none empty."""
        first, last = _month_at_or_after(self.start), self.end.replace(day=1)
        if first >= last:
            cuts: list[tuple[Span, Period]] = [("day", self)]
        else:
            cuts = [
                ("day", Period(self.start, first)),
                ("month", Period(first, last)),
                ("day", Period(last, self.end)),
            ]
        return [(span, piece) for span, piece in cuts if piece.days]


EARLIEST, LATEST = date(1900, 1, 1), date(2200, 1, 1)
"""No day of this work lies outside; who asks for one has mistyped, or wants the server to count centuries."""


def parse(text: str) -> Period:
    """Read `2026`, `2026-Q3`, `2026-09`, `2026-09-14` or `from..to` (the day `to` is not included).

    Raises PeriodWrong with the text where it is none of these, or names a day that does not exist or lies
    before EARLIEST or after LATEST.
    """
    try:
        found = _parse(text.strip())
    except (ValueError, OverflowError) as error:
        raise PeriodWrong(text) from error
    if found.start < EARLIEST or found.end > LATEST:
        raise PeriodWrong(text)
    return found


def _parse(text: str) -> Period:
    if match := _YEAR.fullmatch(text):
        return _span_of_months(int(match[1]), 1, 12)
    if match := _QUARTER.fullmatch(text):
        return _span_of_months(int(match[1]), int(match[2]) * 3 - 2, 3)
    if match := _MONTH.fullmatch(text):
        return _span_of_months(int(match[1]), int(match[2]), 1)
    if _DAY.fullmatch(text):
        day = date.fromisoformat(text)
        return Period(day, day + ONE_DAY)
    start, dots, end = text.partition("..")
    if not (dots and _DAY.fullmatch(start) and _DAY.fullmatch(end)):
        raise PeriodWrong(text)
    return Period(date.fromisoformat(start), date.fromisoformat(end))


def _span_of_months(year: int, month: int, count: int) -> Period:
    start = date(year, month, 1)
    return Period(start, add_months(start, count))


def _named(period: Period) -> str:
    if period.days == 1:
        return period.start.isoformat()
    if not period.is_whole_months:
        return ""
    start, count = period.start, _months_between(period.start, period.end)
    if count == 12 and start.month == 1:
        return f"{start:%Y}"
    if count == 3 and start.month % 3 == 1:
        return f"{start:%Y}-Q{start.month // 3 + 1}"
    return f"{start:%Y-%m}" if count == 1 else ""


def add_months(month: date, count: int) -> date:
    """The first day of the month `count` months after that of `month`."""
    years, index = divmod(month.month - 1 + count, 12)
    return date(month.year + years, index + 1, 1)


def _year_before(day: date) -> date:
    is_leap_day = (day.month, day.day) == (2, 29)
    return day.replace(year=day.year - 1, day=28 if is_leap_day else day.day)


def joined(months: Iterable[date]) -> list[Period]:
    """Months, given by their first days in order, as the fewest periods without gaps."""
    found: list[Period] = []
    for month in months:
        begun = found.pop().start if found and found[-1].end == month else month
        found.append(Period(begun, add_months(month, 1)))
    return found


def _months_between(start: date, end: date) -> int:
    return (end.year - start.year) * 12 + end.month - start.month


def _month_at_or_after(day: date) -> date:
    return day if day.day == 1 else add_months(day, 1)


def month_of(day: date) -> Period:
    """The calendar month that holds `day`."""
    return _span_of_months(day.year, day.month, 1)


def quarter_of(day: date) -> Period:
    """The calendar quarter that holds `day`."""
    return _span_of_months(day.year, day.month - (day.month - 1) % 3, 3)


def year_of(day: date) -> Period:
    """The calendar year that holds `day`."""
    return _span_of_months(day.year, 1, 12)


def local_day(instant: datetime, zone: tzinfo) -> date:
    """The day that clocks in `zone` show at `instant` (which must carry its own offset)."""
    if instant.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return instant.astimezone(zone).date()


def now() -> datetime:
    """This instant, in UTC; the only clock the program reads."""
    return datetime.now(UTC)

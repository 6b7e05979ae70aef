"""Aggregates: everybody once, nobody alone, whole months, and the same figures as the report."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from sipas.catalogue import lookups, models, touchpoints
from sipas.catalogue.touchpoints import NewTouchpoint
from sipas.numbers import periods
from sipas.numbers.periods import Period
from sipas.numbers.shares import SMALLEST_SHOWN
from sipas.reporting import aggregates, reports
from sipas.reporting.aggregates import COLUMNS, MONTHS_OF, Extent, NothingWhole, Row
from sipas.reporting.reports import ReportRequest
from sipas.responses import recording, set_asides
from sipas.responses.recording import Answers
from sipas.responses.set_asides import Selection
from tests.conftest import COUNTER_1, draft

MARCH = periods.parse("2026-03")
NAMES = [column.name for column in COLUMNS]
SCORES = slice(NAMES.index("score_1"), NAMES.index("score_5") + 1)


def counted(rows: list[Row], question: str = "overall") -> list[int]:
    """How many gave each score to a question, over all rows that say so."""
    told = [row[SCORES] for row in rows if row[4] == question and row[6] is not None]
    return [sum(int(str(cell)) for cell in column) for column in zip(*told, strict=True)]


_numbers = st.lists(st.integers(0, 9), min_size=5, max_size=5)
_cell = st.tuples(st.sampled_from(["a", "b", "c", "d"]), st.sampled_from(models.CHANNELS))


@given(st.dictionaries(_cell, _numbers, max_size=12))
def test_nobody_is_left_out_and_no_row_tells_of_fewer_than_five(overall: dict[tuple[str, str], list[int]]) -> None:
    counts = {(*cell, ("overall", "")): [*scores, 0] for cell, scores in overall.items()}
    counts |= {(*cell, ("staff", "staff")): [sum(scores[:2]), 0, 0, 0, 0, 3] for cell, scores in overall.items()}
    rows = list(aggregates.rows_of(MARCH, "a-unit", counts))
    everybody = sum(map(sum, overall.values()))
    told = [sum(int(str(cell)) for cell in row[SCORES]) for row in rows if row[6] is not None]
    assert all(number == 0 or number >= SMALLEST_SHOWN for number in told)
    assert sum(counted(rows)) == (everybody if everybody >= SMALLEST_SHOWN else 0)
    keys = Counter(row[:6] for row in rows)
    assert all(times == 1 for times in keys.values())
    if 0 < everybody < SMALLEST_SHOWN:
        assert rows == [("2026-03", "a-unit", "other-fields", "mixed", "overall", None, *[None] * 6)]


def test_small_fields_and_channels_go_together_under_a_name_that_says_so() -> None:
    sizes = {("a", "qr"): 7, ("a", "paper"): 1, ("a", "link"): 6, ("b", "qr"): 4, ("c", "kiosk"): 5, ("d", "qr"): 9}
    counts = {(*cell, ("overall", "")): [0, 0, 0, 0, size, 0] for cell, size in sizes.items()}
    rows = aggregates.rows_of(MARCH, "x", counts)
    assert [(row[2], row[3], row[10]) for row in rows] == [
        ("a", "qr", 7),
        ("a", "mixed", 7),  # paper alone would be one person
        ("d", "qr", 9),
        ("other-fields", "mixed", 9),
    ]


def test_a_question_that_few_of_a_cell_rated_keeps_its_row_without_scores() -> None:
    counts = {
        ("a", "qr", ("overall", "")): [0, 0, 0, 1, 6, 0],
        ("a", "qr", ("result", "result")): [0, 0, 0, 0, 4, 3],
        ("a", "qr", ("feedback", "feedback")): [0, 0, 0, 0, 0, 7],
    }
    found = {row[4]: row[5:] for row in aggregates.rows_of(MARCH, "x", counts)}
    assert found["result"] == ("result", None, None, None, None, None, 3)
    assert found["feedback"] == ("feedback", 0, 0, 0, 0, 0, 7)


def answer(number: int) -> None:
    """Answers of two months in two centres, at a reception point of one of them, and at the province itself."""
    touchpoints.hang(lookups.province(), [NewTouchpoint("qr", "Trụ sở")], date(2026, 1, 1))
    codes = [
        next(one for one in lookups.touchpoints_of([lookups.unit(unit).id]) if one.field_id is None).code
        for unit in ("quang-ninh", "hong-gai", "bai-chay", "bai-chay-diem-2")
    ]
    ready = {(code, field): draft(code, field) for code in codes for field in ("dat-dai", "thue", "ho-tich")}
    drafts = []
    for place in range(number):
        at = datetime(2026, 3 + place % 2, 2, 3, tzinfo=UTC)
        scores = {"overall": place % 11 % 5 + 1, "access": place % 5 + 1, "result": None if place % 3 else 4}
        one = ready[codes[place % 7 % 4], ("dat-dai", "thue", "ho-tich")[place % 17 % 3]]
        drafts.append(replace(one, key=recording.new_key(), answers=Answers(scores), received_at=at))
    recording.record_many([*drafts, draft(COUNTER_1, at=at)], UTC)


def read(extent: Extent) -> list[Row]:
    with aggregates.reading(extent) as rows:
        return list(rows)


@pytest.mark.parametrize("step", ["month", "quarter"])
def test_the_sum_over_units_is_the_provinces_report_and_each_units_is_its_own(
    inside: Flask, step: aggregates.Step
) -> None:
    answer(300)
    period = periods.parse("2026-Q1" if step == "quarter" else "2026-03")
    rows = read(Extent(period, step))
    assert {row[0] for row in rows} == {str(period)}

    def report(code: str) -> reports.Report:
        return reports.report(ReportRequest(lookups.unit(code), period), date(2026, 12, 31))

    for code in ("hong-gai", "bai-chay"):
        whole = report(code).total.tally
        own = [row for row in rows if row[1] == code]
        assert whole.responses > 30
        assert tuple(counted(own)) == whole.scores
        assert sum(counted(own, "access")) == whole.factors[0].m
    lone = [row for row in rows if row[1] == "trung-tam-tinh"]  # COUNTER_1 hangs there: one answer, in April
    assert lone == []
    assert tuple(counted(rows)) == report("quang-ninh").total.tally.scores
    assert sum(counted([row for row in rows if row[1] == "quang-ninh"])) > 30
    assert aggregates.at_most(Extent(period, step)) >= len(rows)


def test_a_unit_that_few_answered_has_a_row_without_numbers(inside: Flask) -> None:
    answer(40)
    rows = read(Extent(periods.parse("2026-04"), "month"))
    assert [row[2:] for row in rows if row[1] == "trung-tam-tinh"] == [
        ("other-fields", "mixed", "overall", None, *[None] * 6)
    ]


def test_what_was_set_aside_is_not_told(inside: Flask) -> None:
    answer(100)
    at = datetime(2026, 3, 1, tzinfo=UTC)
    set_asides.begin(Selection(lookups.unit("hong-gai").id, at, at + timedelta(days=2)), "Only a test")
    assert not [row for row in read(Extent(MARCH, "month")) if row[1] == "hong-gai"]


@pytest.mark.parametrize(
    ("today", "closed", "expected"),
    [
        (date(2026, 11, 22), date(2026, 11, 21), date(2026, 11, 1)),
        (date(2026, 12, 1), date(2026, 11, 30), date(2026, 12, 1)),
        (date(2026, 12, 1), date(2026, 11, 28), date(2026, 11, 1)),  # the month is over, its last days are not open
        (date(2026, 11, 30), date(2026, 11, 30), date(2026, 11, 1)),  # without a delay the day itself still runs
    ],
)
def test_a_month_counts_once_it_is_over_and_open(today: date, closed: date, expected: date) -> None:
    assert aggregates.open_from(today, closed) == expected


@given(st.dates(date(2020, 1, 1), date(2026, 12, 31)), st.integers(1, 900), st.sampled_from(list(MONTHS_OF)))
def test_an_extent_is_all_the_whole_steps_that_lie_in_a_period(start: date, days: int, step: aggregates.Step) -> None:
    asked = Period(start, start + timedelta(days=days))
    kind = {"month": periods.month_of, "quarter": periods.quarter_of, "year": periods.year_of}[step]
    inside = {kind(start + timedelta(days=number)) for number in range(days)}
    whole = sorted(one for one in inside if asked.start <= one.start and one.end <= min(asked.end, date(2026, 11, 1)))
    try:
        assert list(aggregates.extent(asked, step, date(2026, 11, 1)).steps) == whole
    except NothingWhole:
        assert whole == []

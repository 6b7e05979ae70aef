"""A report says what was counted, with its base, and keeps silent where it should."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sipas.catalogue import lookups
from sipas.dossiers import dossier_counts
from sipas.downloads import report_columns
from sipas.files import csv_json
from sipas.files.tables import Table
from sipas.numbers.periods import Period, parse
from sipas.numbers.shares import FACTORS
from sipas.reporting import report_lines, reports
from sipas.reporting.reports import Report, ReportRequest
from sipas.responses import recording
from tests.conftest import COUNTER_1, draft

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
LAST = date(2026, 12, 31)


CENTRE = "trung-tam-tinh"


def ask(unit: str = "quang-ninh", period: str = "2026", field: str | None = None, channel: str | None = None) -> Report:
    question = ReportRequest(lookups.unit(unit), parse(period), lookups.field(field) if field else None, channel)
    return reports.report(question, LAST)


def give(number: int, **answers: Any) -> None:
    recording.record_many([draft(**answers) for _ in range(number)], ZONE)


def by_code(found: Report) -> dict[str, report_lines.Line]:
    return {line.field.code: line for line in found.lines if line.field}


def test_satisfaction_is_those_of_four_and_five_out_of_all(inside: Flask) -> None:
    give(6, overall=5)
    give(3, overall=4)
    give(11, overall=3)
    total = ask().total
    assert total.responses == 20
    assert total.satisfaction is not None
    assert total.satisfaction.value == Fraction(9, 20)


def test_the_index_pools_ratings_and_leaves_out_what_does_not_apply(inside: Flask) -> None:
    give(5, overall=3, access=5, result=None)
    give(5, overall=3, access=1, procedure=4, feedback=None)
    total = ask().total
    assert total.index is not None
    assert (total.index.satisfied, total.index.total) == (10, 15)
    shares = dict(zip(FACTORS, total.factors, strict=True))
    assert shares["access"] is not None
    assert shares["access"].value == Fraction(1, 2)
    assert shares["procedure"] is not None
    assert shares["procedure"].value == 1
    assert shares["result"] is None
    assert shares["feedback"] is None


def test_fewer_than_five_show_their_number_and_no_figure(inside: Flask) -> None:
    give(4, overall=5, access=5)
    line = by_code(ask())["dat-dai"]
    assert line.responses == 4
    assert line.is_too_few
    assert (line.satisfaction, line.index, line.scores) == (None, None, None)
    assert set(line.factors) == {None}


def test_a_factor_that_fewer_than_five_rated_has_no_figure_though_the_field_has(inside: Flask) -> None:
    give(4, overall=5, access=5)
    give(1, overall=5)
    line = by_code(ask())["dat-dai"]
    assert line.satisfaction is not None
    assert line.index is None
    assert line.factors[0] is None


def test_no_data_is_no_data(inside: Flask) -> None:
    found = ask()
    assert found.total.responses == 0
    assert found.total.satisfaction is None
    assert not found.total.is_too_few
    assert {line.responses for line in found.lines} == {0}
    assert len(found.lines) == 20


def test_the_field_of_the_undecided_has_a_line_only_when_used(inside: Flask) -> None:
    assert "other" not in by_code(ask())
    give(5, field="other")
    assert by_code(ask())["other"].responses == 5


def test_a_higher_unit_pools_the_answers_of_those_below(inside: Flask) -> None:
    give(7, overall=5)
    hong_gai = next(
        one for one in lookups.touchpoints_of(lookups.subtree(lookups.unit("hong-gai").id)) if not one.field
    )
    give(3, code=hong_gai.code, overall=1)
    assert ask("trung-tam-tinh").total.responses == 7
    assert ask("hong-gai").total.responses == 3
    total = ask("quang-ninh").total
    assert total.satisfaction is not None
    assert total.satisfaction.value == Fraction(7, 10)


def test_filters_by_field_and_channel_count_the_same_answers(inside: Flask) -> None:
    give(6, field="thue", overall=5)
    give(5, code=COUNTER_1, overall=2)
    assert ask(field="thue").total.responses == 6
    assert [line.field and line.field.code for line in ask(field="thue").lines] == ["thue"]
    assert ask(channel="qr").total.responses == 11
    assert ask(channel="receipt").total.responses == 0


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.dates(date(2025, 11, 20), date(2026, 3, 10)), min_size=1, max_size=12),
    st.dates(date(2025, 11, 1), date(2026, 3, 20)),
    st.integers(0, 130),
)
def test_any_period_counts_just_its_days(inside: Flask, days: list[date], start: date, length: int) -> None:
    """Whole months come from the monthly counters, the rest from the daily ones."""
    period = Period(start, start + timedelta(days=length))
    unit = lookups.unit("trung-tam-tinh")
    before = reports.report(ReportRequest(unit, period), LAST).total.responses
    at = [datetime(day.year, day.month, day.day, 4, tzinfo=UTC) for day in days]
    recording.record_many([draft(at=when) for when in at], ZONE)
    after = reports.report(ReportRequest(unit, period), LAST).total.responses
    assert after - before == sum(period.start <= day < period.end for day in days)


def test_the_lines_add_up_to_the_total(inside: Flask) -> None:
    for number, field in enumerate(("thue", "dat-dai", "ho-tich", "other"), 2):
        give(number, field=field, overall=number, access=number, staff=5)
    found = ask()
    assert found.total.responses == sum(line.responses for line in found.lines) == 14
    assert found.total.tally.index.m == sum(line.tally.index.m for line in found.lines)


def load_dossiers(field: str, month: date, finished: int, on_time: int, unit: str = "trung-tam-tinh") -> None:
    ids = {"unit_id": lookups.unit(unit).id, "field_id": lookups.field(field).id}
    dossier_counts.load([{**ids, "month": month, "received": finished, "finished": finished, "on_time": on_time}])


def test_response_rate_and_on_time_rate_stand_beside_satisfaction(inside: Flask) -> None:
    give(8, field="thue")
    load_dossiers("thue", date(2026, 9, 1), 100, 97)
    line = by_code(ask(CENTRE, "2026-09"))["thue"]
    assert line.response_rate == Fraction(8, 100)
    assert line.on_time_rate == Fraction(97, 100)
    assert ask(CENTRE, "2026-09").total.response_rate == Fraction(8, 100)


def test_dossier_counts_loaded_again_replace_the_earlier_ones(inside: Flask) -> None:
    give(8, field="thue")
    load_dossiers("thue", date(2026, 9, 1), 100, 97)
    load_dossiers("thue", date(2026, 9, 1), 80, 80)
    assert by_code(ask(CENTRE, "2026-09"))["thue"].response_rate == Fraction(8, 80)


@pytest.mark.parametrize(
    ("period", "channel"), [("2026-09-01..2026-09-20", None), ("2026-09", "qr"), ("2026-Q3", None)]
)
def test_no_rate_is_made_of_counts_that_do_not_cover_the_answers(
    inside: Flask, period: str, channel: str | None
) -> None:
    """A cut month, a single channel, a month without counts."""
    give(8, field="thue")
    load_dossiers("thue", date(2026, 9, 1), 100, 97)
    assert by_code(ask(CENTRE, period, channel=channel))["thue"].dossiers is None


def test_a_unit_without_counts_leaves_the_province_without_rate(inside: Flask) -> None:
    give(8, field="thue")
    load_dossiers("thue", date(2026, 9, 1), 100, 97)
    assert ask("quang-ninh", "2026-09").total.response_rate is None
    for unit in lookups.units_in(lookups.serving(lookups.subtree(lookups.province().id))):
        if unit.level == "centre":
            load_dossiers("thue", date(2026, 9, 1), 10, 10, unit.code)
    load_dossiers("thue", date(2026, 9, 1), 100, 97)
    assert ask("quang-ninh", "2026-09").total.response_rate == Fraction(8, 100 + 54 * 10)


def test_a_reception_point_s_dossiers_are_its_centre_s(inside: Flask) -> None:
    load_dossiers("thue", date(2026, 9, 1), 50, 50, "bai-chay")
    assert by_code(ask("bai-chay", "2026-09"))["thue"].dossiers is not None
    assert by_code(ask("bai-chay-diem-2", "2026-09"))["thue"].dossiers is None


def test_a_field_with_answers_but_no_counts_leaves_the_total_without_rate(inside: Flask) -> None:
    give(8, field="thue")
    give(8, field="dat-dai")
    load_dossiers("thue", date(2026, 9, 1), 100, 97)
    found = ask(CENTRE, "2026-09")
    assert by_code(found)["thue"].response_rate is not None
    assert found.total.response_rate is None


def test_the_files_hold_the_columns_promised_and_the_figures_of_the_report(inside: Flask) -> None:
    give(9, field="thue", overall=5, access=4, result=None)
    give(3, field="dat-dai", overall=1)
    found = ask(period="2026-Q3")
    content = csv_json.to_csv(report_columns.table(found, "vi", "Tổng"))
    assert content.startswith(b"\xef\xbb\xbfunit_code,unit,field_code,field,agency,period_from,period_to,responses,")
    rows = {row["field_code"]: row for row in csv.DictReader(io.StringIO(content.decode("utf-8-sig")))}
    assert list(rows)[-1] == "total"
    assert rows["thue"]["satisfaction"] == "100.00"
    assert rows["thue"]["low"] == "70.09"
    assert rows["thue"]["field"] == "Thuế"
    assert rows["thue"]["agency"] == "Cơ quan thuế"
    assert (rows["thue"]["period_from"], rows["thue"]["period_to"]) == ("2026-07-01", "2026-09-30")
    assert rows["thue"]["result"] == ""
    assert (rows["dat-dai"]["responses"], rows["dat-dai"]["satisfied"], rows["dat-dai"]["satisfaction"]) == (
        "3",
        "",
        "",
    )
    assert (rows["ho-tich"]["responses"], rows["ho-tich"]["satisfaction"]) == ("0", "")
    assert rows["total"]["responses"] == "12"
    assert rows["total"]["satisfaction"] == "75.00"
    assert rows["total"]["method"] == "sipas-1"


def test_csv_and_json_hold_the_same_cells(inside: Flask) -> None:
    give(9, field="thue", overall=4, access=2)
    table = report_columns.table(ask(), "en", "Total")
    from_csv = list(csv.DictReader(io.StringIO(csv_json.to_csv(table).decode("utf-8-sig"))))
    from_json = json.loads(csv_json.to_json(table, unit_code="quang-ninh"))["rows"]
    for one, two in zip(from_csv, from_json, strict=True):
        for column in table.columns:
            value = two[column]
            assert one[column] == ("" if value is None else f"{value:.2f}" if isinstance(value, float) else str(value))


CELLS = st.one_of(st.none(), st.integers(-(10**9), 10**9), st.text(), st.floats(-100, 100), st.dates())


@given(st.lists(st.tuples(CELLS, CELLS), max_size=20))
def test_every_csv_is_read_back_and_holds_no_formula(rows: list[tuple[Any, ...]]) -> None:
    content = csv_json.to_csv(Table(("one", "two"), tuple(rows))).decode("utf-8-sig")
    read = list(csv.reader(io.StringIO(content, newline="")))
    assert read[0] == ["one", "two"]
    assert len(read) == len(rows) + 1
    for written, row in zip(rows, read[1:], strict=True):
        for value, cell in zip(written, row, strict=True):
            if isinstance(value, str):
                assert cell in (value, "'" + value)
                assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))
            elif isinstance(value, int):
                assert cell == str(value)


def test_a_guarded_number_keeps_its_minus_sign() -> None:
    assert csv_json.to_csv(Table(("a", "b"), ((-3.5, "-3.5"),))).decode("utf-8-sig") == "a,b\r\n-3.50,'-3.5\r\n"

"""A page, its charts and every file of a report give the same figures, and keep silent about the same."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import pypdfium2
import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from sipas import charts
from sipas.catalogue import lookups
from sipas.core import db, formats
from sipas.downloads.report_columns import REPORT_COLUMNS
from sipas.numbers.periods import parse
from sipas.numbers.shares import FACTORS
from sipas.reporting import hours, reports, trends
from sipas.responses import recording, set_asides
from tests.conftest import draft
from tests.pages import Page, Visitor

SignedIn = Callable[..., Visitor]
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
ADDRESS = "/reports/trung-tam-tinh"
ASKED = "?period=2026-Q3&lang=en"

answers = st.fixed_dictionaries(
    {
        "field": st.sampled_from(("dat-dai", "ho-tich", "thue")),
        "overall": st.integers(1, 5),
        "access": st.integers(1, 5),
        "at": st.integers(0, 90).map(lambda days: datetime(2026, 7, 1, 3, tzinfo=UTC) + timedelta(days=days)),
    }
)


def give(app: Flask, given_answers: list[dict[str, Any]]) -> None:
    with app.app_context():
        recording.record_many([draft(**one) for one in given_answers], ZONE)


def read_csv(page: Page) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(page.response.data.decode("utf-8-sig"))))


def sheets(page: Page) -> dict[str, list[tuple[Any, ...]]]:
    book = load_workbook(io.BytesIO(page.response.data))
    return {sheet.title: [tuple(row) for row in sheet.iter_rows(values_only=True)] for sheet in book.worksheets}


def as_csv(cell: Any) -> str:
    """How a cell of a workbook, or a value of the JSON file, stands in the CSV file."""
    value = getattr(cell, "value", cell)
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, float) or getattr(cell, "number_format", "") == "0.00":
        return "" if value is None else f"{value:.2f}"
    return "" if value is None else str(value)


def first_sheet(page: Page) -> list[list[str]]:
    """The first sheet of a workbook, as the CSV file has it; its first row holds the columns."""
    book = load_workbook(io.BytesIO(page.response.data))
    return [[as_csv(cell) for cell in row] for row in book.worksheets[0].iter_rows()]


def pdf_text(page: Page) -> str:
    document = pypdfium2.PdfDocument(page.response.data)
    return " ".join(" ".join(one.get_textpage().get_text_range().split()) for one in document)


def shown_on(page: Page) -> dict[str, str]:
    """The satisfaction of each row of the table of fields."""
    rows = [row for row in page.all('section[aria-labelledby="fields"] tr') if row.query("td.main")]
    return {_words(row.query("th")[0]): _words(row.query("td.main")[0].query("b")[0]) for row in rows}


def _words(element: Any) -> str:
    return " ".join(str(element.to_text()).split())


@settings(
    max_examples=3, phases=(Phase.explicit, Phase.generate), suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(answers, min_size=1, max_size=40))
def test_page_charts_and_files_say_the_same(app: Flask, signed_in: SignedIn, made: list[dict[str, Any]]) -> None:
    give(app, made)
    browser = signed_in("province")
    page = browser.get(ADDRESS + ASKED)
    rows = read_csv(browser.get(f"{ADDRESS}.csv{ASKED}"))
    objects = json.loads(browser.get(f"{ADDRESS}.json{ASKED}").response.data)["rows"]
    book = first_sheet(browser.get(f"{ADDRESS}.xlsx{ASKED}"))
    text = pdf_text(browser.get(f"{ADDRESS}.pdf{ASKED}"))

    assert book == [list(REPORT_COLUMNS), *(list(row.values()) for row in rows)]
    assert [[as_csv(cell) for cell in row.values()] for row in objects] == [list(row.values()) for row in rows]
    said = shown_on(page)
    for row in rows:
        expected = (
            formats.percent(Fraction(int(row["satisfied"]), int(row["responses"])), "en") if row["satisfied"] else None
        )
        name = next((name for name in said if name.startswith(row["field"])), None)
        assert (said[name] if name else None) == expected
        assert expected is None or f"{row['responses']} {expected}" in text
    assert drawn(app) == chart_figures(rows)


def chart_figures(rows: list[dict[str, str]]) -> dict[str, str]:
    return {
        row["field"]: formats.percent(Fraction(int(row["satisfied"]), int(row["responses"])), "en")
        for row in rows
        if row["satisfied"]
    }


def drawn(app: Flask) -> dict[str, str]:
    """What the chart of fields writes beside its dots."""
    with app.app_context():
        question = reports.ReportRequest(lookups.unit("trung-tam-tinh"), parse("2026-Q3"))
        picture = charts.fields_picture(reports.report(question, date(2026, 12, 31)), "en")
        return {row.name: row.figure for row in (picture.total, *picture.rows) if row.share}


@pytest.fixture
def answered(app: Flask) -> Flask:
    at = [datetime(2026, 8, day, 2, tzinfo=UTC) for day in range(3, 23)]
    give(
        app,
        [{"field": "dat-dai", "overall": 1 + number % 5, "access": 4, "at": at[number % 20]} for number in range(60)],
    )
    return app


def test_trend_and_hours_of_the_files_are_those_of_the_chart(answered: Flask, signed_in: SignedIn) -> None:
    found = json.loads(signed_in("province").get(f"{ADDRESS}.json{ASKED}&step=week").response.data)
    book = sheets(signed_in("province").get(f"{ADDRESS}.xlsx{ASKED}&step=week"))
    with answered.app_context():
        question = reports.ReportRequest(lookups.unit("trung-tam-tinh"), parse("2026-Q3"))
        trend = trends.trend(question, date(2026, 12, 31), "week")
        week = hours.hours(question.unit, question.period, date(2026, 12, 31))
        picture = charts.trend_picture(trend, "en")
    counted = [point.responses for point in picture.points]
    assert [row["responses"] for row in found["trend"]] == counted
    assert [row[2] for row in book["trend"][1:]] == counted
    assert sum(counted) == 60
    assert {(row["weekday"], row["hour"]): row["responses"] for row in found["hours"]} == {
        (day + 1, hour): cell.responses for (day, hour), cell in week.cells.items()
    }
    assert len(book["hours"]) == 1 + len(week.cells)


def test_a_report_on_paper_is_two_tagged_pages_in_vietnamese(answered: Flask, signed_in: SignedIn) -> None:
    address = f"{ADDRESS}.pdf?period=2026-Q3&lang=vi"
    browser = signed_in("province")
    data = browser.get(address).response.data
    document = pypdfium2.PdfDocument(data)
    assert len(document) == 2
    assert document[0].get_size() == pytest.approx((595.3, 841.9), abs=1)
    assert b"/StructTreeRoot" in data
    assert b"pdfuaid" in data
    assert re.search(rb"/Lang\s*\(vi", data)
    text = pdf_text(browser.get(address))
    for words in ("hài lòng: 24 trong 60 phiếu", "40,0", "Đất đai", "Trang 1 / 2", "Cách tính", "sipas-1"):
        assert words in text
    assert browser.get(address).response.data == data


def test_a_workbook_keeps_its_header_in_sight_and_takes_no_text_for_a_formula(app: Flask, signed_in: SignedIn) -> None:
    with app.app_context(), db.writing() as session:
        session.merge(lookups.field("dat-dai")).name_en = "=1+1"
    page = signed_in("province").get(f"{ADDRESS}.xlsx{ASKED}")
    book = load_workbook(io.BytesIO(page.response.data))
    sheet = book["report"]
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref
    cell = next(one for one in sheet["D"] if one.value == "=1+1")
    assert cell.data_type == "s"
    assert (
        next(
            one
            for one in read_csv(signed_in("province").get(f"{ADDRESS}.csv{ASKED}"))
            if one["field_code"] == "dat-dai"
        )["field"]
        == "'=1+1"
    )
    assert "method" in book.sheetnames


def test_a_chart_is_there_as_svg_and_png_and_one_that_shows_nothing_is_not(
    answered: Flask, signed_in: SignedIn
) -> None:
    browser = signed_in("province")
    for name in ("fields", "trend", "factors", "spread", "hours"):
        for shape, start in (("svg", b"<?xml"), ("png", b"\x89PNG")):
            got = browser.get(f"{ADDRESS}/charts/{name}.{shape}{ASKED}&step=month").response.data
            assert got.startswith(start)
    browser.get(f"/reports/hong-gai/charts/trend.svg{ASKED}", 404)
    browser.get(f"{ADDRESS}/charts/hours.svg{ASKED}&channel=qr", 404)


def test_a_chart_on_the_page_has_its_words_and_its_table(answered: Flask, signed_in: SignedIn) -> None:
    page = signed_in("province").get(f"{ADDRESS}{ASKED}&step=month")
    picture = page.one('section[aria-labelledby="trend"] img')
    assert "Lowest" in picture.attrs["alt"]
    assert "step=month" in picture.attrs["src"]
    table = [_words(row) for row in page.all('section[aria-labelledby="trend"] tbody tr')]
    assert table == ["July 2026 0 – –", "August 2026 60 40.0% 28.6–52.6%", "September 2026 0 – –"]


def test_a_report_without_responses_is_a_file_of_every_kind_that_says_so(app: Flask, signed_in: SignedIn) -> None:
    with app.app_context(), db.writing() as session:
        session.merge(lookups.unit("hong-gai")).name_en = "下龍 </script> $x$ #include"
    browser = signed_in("province")
    page = browser.get(f"/reports/hong-gai.pdf{ASKED}")
    assert "No responses" in pdf_text(page)
    assert not re.search(r"\d%", pdf_text(page).partition("How this is counted")[0].replace("95% interval", ""))
    assert sheets(browser.get(f"/reports/hong-gai.xlsx{ASKED}"))["report"][-1][9] is None
    assert json.loads(browser.get(f"/reports/hong-gai.json{ASKED}").response.data)["rows"][-1]["satisfaction"] is None
    assert browser.get(f"/reports/hong-gai.png{ASKED}").response.data.startswith(b"\x89PNG")


def test_what_was_set_aside_is_told_in_every_file_that_has_room(answered: Flask, signed_in: SignedIn) -> None:
    browser = signed_in("province")
    with answered.app_context():
        start = datetime(2026, 8, 3, tzinfo=UTC)
        doubtful = set_asides.Selection(lookups.unit("quang-ninh").id, start=start, end=start + timedelta(days=1))
        set_asides.begin(doubtful, "All in one minute")
    found = json.loads(browser.get(f"{ADDRESS}.json{ASKED}").response.data)
    assert found["aside"]["responses"] == 3
    assert found["aside"]["total_with_them"] is None, "of three it would tell how single people rated"
    assert (found["rows"][-1]["responses"], found["rows"][-1]["satisfaction"]) == (57, 42.11)
    assert {row["field_code"] for row in found["changes"]} >= {"dat-dai", "total"}
    assert [row["factor"] for row in found["factors"]] == [*FACTORS, "index"]
    assert found["previous_period"] == "2026-Q2"
    method = dict(sheets(browser.get(f"{ADDRESS}.xlsx{ASKED}"))["method"])
    assert method["Responses"] == "57"
    assert method["Set aside as doubtful"] == "3"
    text = pdf_text(browser.get(f"{ADDRESS}.pdf{ASKED}"))
    assert "3 responses set aside as doubtful" in text
    assert "With them" not in text
    with answered.app_context():
        set_asides.begin(
            replace(doubtful, start=start + timedelta(days=1), end=start + timedelta(days=4)), "All in one"
        )
    found = json.loads(browser.get(f"{ADDRESS}.json{ASKED}").response.data)
    assert found["aside"]["total_with_them"]["satisfaction"] == 40.0
    assert "With them: 40.0%" in pdf_text(browser.get(f"{ADDRESS}.pdf{ASKED}"))
    assert method["Method"] == "sipas-1"

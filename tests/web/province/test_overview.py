"""The picture of the province: who needs help, in which field, since when; two clicks from the question."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from sipas.catalogue import lookups
from sipas.catalogue.models import Touchpoint
from sipas.core.db import db
from sipas.numbers import periods
from sipas.numbers.shares import proportion
from sipas.reporting import province_picture, reports, unit_outlook
from sipas.reporting.reports import ReportRequest
from sipas.responses import recording
from tests.conftest import draft
from tests.pages import Page, Visitor

SignedIn = Callable[..., Visitor]
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
LAST = date(2026, 10, 20)


@pytest.fixture(autouse=True)
def _in_october() -> Iterator[None]:
    with time_machine.travel(datetime(2026, 10, 20, 5, tzinfo=UTC), tick=True):
        yield


def given(unit: str, field: str, month: int, satisfied: int, number: int) -> Iterator[recording.ResponseDraft]:
    """So many responses in the middle of a month, the first of them satisfied."""
    at_hand = select(Touchpoint.code).where(Touchpoint.unit_id == lookups.unit(unit).id, Touchpoint.channel == "qr")
    point = db.session.scalars(at_hand.where(Touchpoint.field_id.is_(None))).first()
    at = datetime(2026, month, 14, 9, tzinfo=ZONE).astimezone(UTC)
    first = draft(str(point), field, at)
    for place in range(number):
        score = 5 if place < satisfied else 2
        answers = recording.Answers({"overall": score, "access": score}, (), "")
        yield replace(first, key=recording.new_key(), answers=answers)


@pytest.fixture
def one_field_fell(app: Flask) -> None:
    """Bãi Cháy's civil status fell in September; nothing else happened."""
    with app.app_context():
        sent = [*given("co-to", "thue", 10, 1, 4)]
        for month in (6, 7, 8, 9, 10):
            sent += given("bai-chay", "ho-tich", month, 6 if month >= 9 else 19, 20)
            sent += given("bai-chay", "thue", month, 9, 10)
            sent += given("ba-che", "ho-tich", month, 9, 10)
        recording.record_many(sent, ZONE)


def follow(browser: Visitor, page: Page, words: str) -> Page:
    """The page behind the first link of the content with these words."""
    found = [one for one in page.all("main a") if " ".join(one.to_text().split()) == words]
    assert found, [one.to_text() for one in page.all("main a")]
    return browser.get(found[0].attrs["href"])


@pytest.mark.usefixtures("one_field_fell")
def test_which_unit_which_field_since_when_is_answered_in_two_clicks(signed_in: SignedIn) -> None:
    browser = signed_in("province")
    first = browser.get("/province?lang=en")
    assert "Bãi Cháy ward" in first.words(".needs tbody tr:nth-child(2) th")
    assert "Certification" not in first.words(".needs")
    assert "Civil status Sep 2026 95.0% → 30.0%, n = 40" in first.words(".needs")
    near = follow(browser, first, "Bãi Cháy ward")
    assert "Civil status , Sep 2026 95.0% → 30.0%, n = 40" in near.words(".finding").replace("status,", "status ,")
    rows = [" ".join(row.to_text().split()) for row in near.all(".shaded tbody tr")]
    assert rows[1].startswith("Civil status n = 100 low since Sep 2026")
    assert "low since" not in " ".join(rows[2:])
    report = follow(browser, near, "Civil status")
    assert "Civil status" in report.words(".asked")
    assert "Bãi Cháy" in report.words("h1")
    straight = follow(browser, first, "Civil status")
    assert straight.words("h1") == report.words("h1")


@pytest.mark.usefixtures("one_field_fell")
def test_the_picture_has_the_figures_of_the_reports_and_none_of_fewer_than_five(app: Flask) -> None:
    with app.app_context():
        period = periods.parse("2026-09")
        found = province_picture.picture(period, LAST)
        for one in found.outlooks:
            line = reports.report(ReportRequest(one.unit, period), LAST).total
            assert (one.satisfaction, one.factors) == (line.satisfaction, line.factors)
        year = province_picture.picture(unit_outlook.usual_period(LAST), LAST)
        of = {one.unit.code: one for one in year.outlooks}
        assert of["co-to"].responses == 4
        assert of["co-to"].satisfaction is None
        assert all(month.satisfaction is None for month in of["co-to"].months)
        assert [month.responses for month in of["bai-chay"].months] == [0] * 7 + [30] * 5
        assert of["bai-chay"].months[-1].satisfaction == proportion(15, 30)
        assert year.span.months[-1].end == date(2026, 10, 21)
        assert year.total.responses == 204
        assert [
            len(province_picture.picture(period, LAST, name=name).outlooks) for name in ("BAI chay", "nowhere")
        ] == [1, 0]


@pytest.mark.usefixtures("one_field_fell")
def test_the_picture_is_a_table_and_a_drawing_too(signed_in: SignedIn) -> None:
    browser = signed_in("viewer")
    file = browser.client.get("/province/picture.csv").data.decode("utf-8-sig")
    rows = {row["unit_code"]: row for row in csv.DictReader(io.StringIO(file))}
    assert len(rows) == 55
    assert rows["bai-chay"]["2026-09"] == "50.00"
    assert rows["bai-chay"]["fields_low_since"] == "ho-tich:2026-09"
    assert (rows["co-to"]["responses"], rows["co-to"]["satisfaction"], rows["co-to"]["2026-10"]) == ("4", "", "")
    assert "55 units" in browser.client.get("/province/picture.svg?lang=en").data.decode()
    assert browser.client.get("/province/picture.png").data.startswith(b"\x89PNG")
    shown = [" ".join(one.to_text().split()) for one in browser.get("/province?view=months&lang=en").all("tr")]
    assert [row for row in shown if "100.0" in row] == []
    order = [one.to_text() for one in browser.get("/province?order=name&lang=en").all(".cells h3")]
    assert order[0].split() == ["An", "Sinh", "ward"]
    assert "n = 4" in browser.get("/province?name=cô+tô").words(".cells")


def test_a_province_without_answers_says_so(signed_in: SignedIn) -> None:
    browser = signed_in("province")
    for view in ("units", "factors", "months"):
        for asked in (
            "",
            "&period=2031",
            "&period=2026-10-03..2026-10-09&field=thue",
            "&period=2026-10-20..2026-10-20",
        ):
            page = browser.get(f"/province?view={view}{asked}&lang=en")
            assert "No responses" in page.words(".headline")
            assert "%" not in page.words(".headline")
    browser.get("/province/units/co-to?period=2031")
    browser.get("/province?view=nothing", 400)
    browser.get("/province?field=nothing", 400)

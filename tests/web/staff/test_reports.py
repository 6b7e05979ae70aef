"""The report's page: what changed and whether it is real, narrowed down by its address, read from the top."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask

from sipas.catalogue import lookups
from sipas.dossiers import dossier_counts
from sipas.reporting.reasons import ReasonCount
from sipas.responses import recording, set_asides
from sipas.responses.set_asides import Selection
from tests.conftest import COUNTER_1, EXIT_OF_PROVINCE, draft
from tests.pages import Visitor

SignedIn = Callable[..., Visitor]
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
SEPTEMBER, AUGUST = datetime(2026, 9, 14, 3, 30, tzinfo=UTC), datetime(2026, 8, 14, 3, 30, tzinfo=UTC)
REPORT = "/reports/trung-tam-tinh?period=2026-09&lang=en"


def give(app: Flask, number: int, at: datetime = SEPTEMBER, language: str = "vi", **answers: Any) -> None:
    with app.app_context():
        drafts = [replace(draft(at=at, **answers), language=language) for _ in range(number)]
        recording.record_many(drafts, ZONE)


def read(element: Any) -> str:
    """An element's text without doubled white space."""
    return " ".join(element.to_text().split())


@pytest.fixture
def manager(app: Flask, signed_in: SignedIn) -> Visitor:
    """The manager of the provincial centre."""
    return signed_in("manager", "trung-tam-tinh")


def test_a_fall_beyond_chance_is_called_one_and_a_chance_one_is_not(app: Flask, manager: Visitor) -> None:
    give(app, 90, AUGUST, field="chung-thuc", overall=5)
    give(app, 40, AUGUST, field="thue", overall=5)
    give(app, 60, field="chung-thuc", overall=5, access=4)
    give(app, 30, field="chung-thuc", overall=2, access=2)
    give(app, 38, field="thue", overall=4)
    give(app, 2, field="thue", overall=1)
    page = manager.get(REPORT)
    finding = page.words(".finding")
    assert "Fell, beyond chance: Certification of copies and signatures −33.3" in finding
    assert "Lower, but no clear change: Tax −5.0" in finding
    first, second = page.all(".fields tbody tr")[:2]
    assert "▼ −33.3 points" in read(first)
    assert "no clear change" in read(second)


def test_the_headline_is_held_against_the_period_and_the_year_before(app: Flask, manager: Visitor) -> None:
    give(app, 50, AUGUST, overall=5)
    give(app, 20, datetime(2025, 9, 10, 3, tzinfo=UTC), overall=2)
    give(app, 50, overall=4)
    facts = manager.get(REPORT).words(".answer .facts")
    assert "Against the period before no clear change 0.0; −7.1 … +7.1" in facts
    assert "▲ +100.0 points" in facts
    assert "before: 0.0%, n = 20 (September 2025)" in facts


NARROWED = {
    "channel=qr": ("QR code at the counter", 26),
    f"touchpoint={COUNTER_1}": ("Counter 1", 6),
    "language=en": ("responses in English", 7),
    "handled=vertical": ("vertical agencies", 13),
    "handled=own": ("own authority", 13),
    "field=thue": ("Tax", 13),
    "field=ho-tich&language=vi": ("Civil status", 6),
}


@pytest.mark.parametrize("asked", NARROWED)
def test_an_address_narrows_the_report_and_says_so(app: Flask, manager: Visitor, asked: str) -> None:
    give(app, 6, code=COUNTER_1)
    give(app, 6, field="thue")
    give(app, 7, field="thue", language="en")
    give(app, 7, field="chung-thuc")
    said, number = NARROWED[asked]
    page = manager.get(f"{REPORT}&{asked}")
    assert said in page.words(".asked")
    assert f"of {number} responses" in page.words(".headline")
    name, _, value = asked.partition("&")[0].partition("=")
    chosen = page.one(f".choices select[name={name}] option[selected]").attrs["value"]
    assert chosen == value
    for link in page.all(".periods a"):
        assert asked.partition("&")[0] in str(link.attrs["href"])


def test_a_view_that_nobody_offers_is_refused_and_a_point_elsewhere_is_not_there(app: Flask, manager: Visitor) -> None:
    for asked in ("channel=fax", "language=xx", "handled=both", "agency=999", "agency=x", "step=hour", "field=no-such"):
        manager.get(f"{REPORT}&{asked}", 400)
    with app.app_context():
        elsewhere = lookups.touchpoints_of([lookups.unit("hong-gai").id])[0].code
    manager.get(f"{REPORT}&touchpoint={elsewhere}", 404)
    manager.get(f"{REPORT}&touchpoint=NOSUCH22", 404)


@pytest.mark.parametrize("period", ["1900", "1900-01-01..2199-12-31&step=day", "1990-01-01..2026-10-01&step=week"])
def test_the_longest_and_the_oldest_periods_are_answered(app: Flask, manager: Visitor, period: str) -> None:
    give(app, 6)
    page = manager.get(f"/reports/trung-tam-tinh?period={period}&lang=en")
    assert len(page.text) < 200_000
    address = f"/reports/trung-tam-tinh/charts/trend.svg?period={period}"
    assert manager.get(address, None).status in (200, 404)


@pytest.mark.parametrize("period", ["0001", "9999-12-30..9999-12-31", "0001-01-01..2026-12-01", "2201"])
def test_days_that_no_work_lies_on_are_refused(manager: Visitor, period: str) -> None:
    for address in ("/reports/trung-tam-tinh", "/reports/trung-tam-tinh.json", "/dossiers/trung-tam-tinh"):
        assert manager.get(f"{address}?period={period}", None).status in (302, 303, 400)


def test_ticks_of_a_period_with_too_few_responses_are_not_told() -> None:
    assert ReasonCount("wait", {"vi": "Chờ lâu"}, 3, 10, 1, 4).share_before is None
    assert ReasonCount("wait", {"vi": "Chờ lâu"}, 3, 10, 1, 5).share_before == Fraction(1, 5)


def test_the_filters_keep_what_was_chosen_and_let_go_of_a_point_of_another_unit(
    app: Flask, signed_in: SignedIn
) -> None:
    province = signed_in("province")
    asked = f"period=2026-09&handled=own&step=week&touchpoint={EXIT_OF_PROVINCE}"
    there = province.get(f"/reports?unit=trung-tam-tinh&{asked}", 302).headers["Location"]
    assert re.fullmatch(
        rf"/reports/trung-tam-tinh\?touchpoint={EXIT_OF_PROVINCE}&handled=own&step=week&period=2026-09", there
    )
    there = province.get(f"/reports?unit=hong-gai&{asked}", 302).headers["Location"]
    assert "touchpoint" not in there


def test_dossiers_give_the_response_rate_what_is_wanted_and_the_weighted_figure(app: Flask, manager: Visitor) -> None:
    give(app, 18, field="thue", overall=5)
    give(app, 2, field="thue", overall=1)
    give(app, 40, field="dat-dai", overall=5)
    give(app, 40, field="dat-dai", overall=1)
    with app.app_context():
        unit = lookups.unit("trung-tam-tinh").id
        known = {"unit_id": unit, "month": date(2026, 9, 1)}
        dossier_counts.load([
            {**known, "field_id": lookups.field("thue").id, "received": 800, "finished": 800, "on_time": 780},
            {**known, "field_id": lookups.field("dat-dai").id, "received": 200, "finished": 200, "on_time": 150},
        ])  # fmt: skip
    facts = manager.get(REPORT).words(".answer .facts")
    assert "Dossiers answered 10.0% of 1,000 dossiers 278 responses wanted for ±5 points" in facts
    assert "Finished on time 93.0% of 1,000 dossiers" in facts
    assert "Weighted by dossiers 82.0% 65.2–91.7% as sure as 31 equal responses" in facts


def test_what_is_set_aside_is_told_with_both_figures(app: Flask, manager: Visitor) -> None:
    give(app, 10, overall=1)
    give(app, 30, SEPTEMBER + timedelta(hours=2), overall=5)
    with app.app_context():
        unit = lookups.unit("trung-tam-tinh").id
        start = SEPTEMBER + timedelta(hours=1)
        set_asides.begin(Selection(unit, start, start + timedelta(hours=2)), "Thirty in a minute from one counter")
    page = manager.get(REPORT)
    assert "0.0%" in page.words(".headline")
    told = page.words(".answer .aside")
    assert "30 responses are set aside as doubtful" in told
    assert "With them: 75.0% (59.8–85.8%), n = 40." in told


def test_own_and_vertical_agencies_stand_apart(app: Flask, manager: Visitor) -> None:
    give(app, 10, field="thue", overall=1)
    give(app, 10, field="chung-thuc", overall=5)
    page = manager.get(REPORT)
    rows = {read(row.query("th")[0]): read(row) for row in page.all("tbody tr")}
    assert "100.0%" in rows["Own authority, all together"]
    assert "0.0%" in rows["Vertical agencies, all together"]
    assert "0.0%" in rows["Tax authority"]
    link = next(one for one in page.all("tbody th a") if read(one) == "Tax authority").attrs["href"]
    assert "of 10 responses" in manager.get(str(link)).words(".headline")

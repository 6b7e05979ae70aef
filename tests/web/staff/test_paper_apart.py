"""Paper forms are typed in by those who are rated: beside the total their figure always stands apart."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date

import pytest
from flask import Flask
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from sipas.catalogue import lookups
from sipas.numbers.periods import parse
from sipas.numbers.shares import proportion
from sipas.reporting import reports
from sipas.reporting.reports import Report, ReportRequest
from sipas.responses import recording
from sipas.responses.recording import Answers
from sipas.survey import paper_forms
from sipas.survey.paper_forms import Form
from tests.conftest import draft
from tests.pages import Visitor

DAY = date(2026, 9, 14)
ADDRESS = "/reports/trung-tam-tinh{}?period=2026-09&lang=en"


def give(app: Flask, on_paper: list[int], others: list[int]) -> None:
    zone, unit = app.config["SIPAS"].zone, lookups.unit("trung-tam-tinh")
    for number, overall in enumerate(on_paper):
        form = Form(
            paper_forms.key_of(unit, DAY, str(number)), DAY, lookups.field("thue").id, Answers({"overall": overall})
        )
        paper_forms.type_in(unit, form, DAY, zone)
    recording.record_many([draft(overall=overall) for overall in others], zone)


def found(channel: str | None = None) -> Report:
    question = ReportRequest(lookups.unit("trung-tam-tinh"), parse("2026-09"), None, channel)
    return reports.report(question, date(2026, 12, 1))


@pytest.mark.parametrize("unit", ["trung-tam-tinh", "quang-ninh"])
def test_paper_and_all_others_stand_beside_the_total(app: Flask, signed_in: Callable[..., Visitor], unit: str) -> None:
    with app.app_context():
        give(app, [5] * 9 + [1], [4] * 5 + [2] * 15)
    browser = signed_in("province")
    page = browser.get(f"/reports/{unit}?period=2026-09&lang=en")
    assert [" ".join(one.to_text().split()) for one in page.all(".apart dd")] == [
        "90.0% 59.6–98.2% n = 10",
        "25.0% 11.2–46.9% n = 20",
    ]
    data = json.loads(browser.get(f"/reports/{unit}.json?period=2026-09").response.data)
    assert data["apart"]["paper"] == {
        "responses": 10,
        "satisfied": 9,
        "satisfaction": 90.0,
        "low": 59.58,
        "high": 98.21,
    }
    assert data["apart"]["others"]["satisfied"] == 5
    assert sum(part["responses"] for part in data["apart"].values()) == data["rows"][-1]["responses"]


@pytest.mark.parametrize(("on_paper", "others"), [(4, 30), (30, 4)])
def test_few_of_the_one_hide_both(app: Flask, signed_in: Callable[..., Visitor], on_paper: int, others: int) -> None:
    with app.app_context():
        give(app, [5] * on_paper, [4] * others)
    browser = signed_in("manager", "trung-tam-tinh")
    page = browser.get(ADDRESS.format(""))
    shown = [" ".join(one.to_text().split()) for one in page.all(".apart dd")]
    assert shown == [f"n = {on_paper}", f"n = {others}"]
    parts = json.loads(browser.get(ADDRESS.format(".json")).response.data)["apart"]
    assert all(part["satisfied"] is None and part["satisfaction"] is None for part in parts.values())


def test_without_paper_and_of_one_channel_nothing_stands_apart(app: Flask, signed_in: Callable[..., Visitor]) -> None:
    with app.app_context():
        give(app, [], [4] * 9)
    browser = signed_in("manager", "trung-tam-tinh")
    assert not browser.get(ADDRESS.format("")).all(".apart")
    assert json.loads(browser.get(ADDRESS.format(".json")).response.data)["apart"] is None
    with app.app_context():
        give(app, [5] * 9, [])
        assert found("paper").apart is None
        assert found("paper").total.responses == 9


@hypothesis_settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(1, 5), max_size=12), st.lists(st.integers(1, 5), max_size=12))
def test_both_parts_make_the_total(inside: Flask, on_paper: list[int], others: list[int]) -> None:
    before = found().apart
    paper_before = before.paper.responses if before else 0
    numbers = [overall for overall in on_paper if overall]
    unit, zone = lookups.unit("trung-tam-tinh"), inside.config["SIPAS"].zone
    for overall in numbers:
        answers = Answers({"overall": overall})
        form = Form(recording.new_key(), DAY, lookups.field("thue").id, answers)
        paper_forms.type_in(unit, form, DAY, zone)
    if others:
        recording.record_many([draft(overall=overall) for overall in others], zone)
    report = found()
    parts = report.apart
    if parts is None:
        assert paper_before + len(numbers) == 0
        return
    assert parts.paper.responses == paper_before + len(numbers)
    assert parts.paper.responses + parts.others.responses == report.total.responses
    if parts.paper.satisfaction and parts.others.satisfaction:
        both = parts.paper.satisfaction.satisfied + parts.others.satisfaction.satisfied
        assert proportion(both, report.total.responses) == report.total.satisfaction
        assert min(parts.paper.responses, parts.others.responses) >= 5

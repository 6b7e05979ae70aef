"""A report's trend across mergers: the choice between two readings, where there is one, and in files."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime

from flask import Flask

from sipas.catalogue import lookups
from sipas.responses import recording
from sipas.setup import unit_mergers
from sipas.setup.units import New
from tests.conftest import draft
from tests.pages import Page, Visitor

SignedIn = Callable[..., Visitor]
DAY = date(2026, 9, 10)


def responses_of(page: Page) -> int:
    """How many responses the trend of a report counts, from its file."""
    return sum(row["responses"] for row in json.loads(page.response.data)["trend"])


def test_a_trend_offers_both_readings_and_its_files_say_which_one_they_hold(app: Flask, signed_in: SignedIn) -> None:
    with app.app_context():
        for code in ("hong-gai", "bai-chay"):
            point = next(one for one in lookups.touchpoints_of([lookups.unit(code).id]) if one.field_id is None)
            for minute in range(6):
                at = datetime(2026, 3, 2, 3, minute, tzinfo=UTC)
                recording.record(draft(point.code, at=at), UTC)
        heir = lookups.unit("hong-gai").id
        unit_mergers.merge([lookups.unit("bai-chay").id], heir, DAY, DAY)
        unit_mergers.merge(
            [lookups.unit("ba-che").id, heir], New("Phường Mới", lookups.province().id, code="phuong-moi"), DAY, DAY
        )
    browser = signed_in("province")
    page = browser.get("/reports/hong-gai?period=2026&lang=en")
    assert not page.all('nav[aria-label="Borders"]'), "its points have gone: it is shown as it was"
    new = browser.get("/reports/phuong-moi?period=2026&lang=en")
    assert "before it was founded" in new.words("section[aria-labelledby=trend] > p.note")
    links = {one.to_text(): one.attrs["href"] for one in new.all('nav[aria-label="Borders"] a')}
    assert list(links) == ["As it was", "In today's borders"]
    today = browser.get(links["In today's borders"].partition("#")[0] + "&lang=en")
    assert "whatever unit they hung in" in today.words("section[aria-labelledby=trend] > p.note")
    assert all("borders=today" in one.attrs["href"] for one in today.all(".download a[href*='.json']"))
    answer = browser.get("/reports/phuong-moi.json?period=2026&borders=today")
    assert (responses_of(answer), {row["borders"] for row in json.loads(answer.response.data)["trend"]}) == (
        12,
        {"today"},
    )
    assert responses_of(browser.get("/reports/phuong-moi.json?period=2026")) == 6
    browser.get("/reports/phuong-moi?borders=tomorrow", 400)

"""What anyone may read of what was published: plain, whole, fast, and how it was mended."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from zoneinfo import ZoneInfo

import pytest
import time_machine
from flask import Flask

from sipas.catalogue import lookups
from sipas.numbers import periods
from sipas.publishing import publication
from sipas.responses import recording, set_asides
from sipas.responses.set_asides import Selection
from tests.conftest import COUNTER_1, EXIT_OF_PROVINCE, draft
from tests.pages import Visitor

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
TODAY = date(2026, 12, 1)
CENTRE = "trung-tam-tinh"
MOST_BYTES = 60_000
"""As it is compressed on the way, a page of fifty units is a tenth of it."""


@pytest.fixture(autouse=True)
def _in_december() -> Iterator[None]:
    with time_machine.travel(datetime(2026, 12, 1, 3, tzinfo=UTC), tick=True):
        yield


def given(
    number: int, satisfied: int, day: str, field: str, code: str = EXIT_OF_PROVINCE
) -> Iterator[recording.ResponseDraft]:
    first = draft(code, field, datetime.fromisoformat(f"{day}T02:00:00").replace(tzinfo=UTC))
    for place in range(number):
        score = 5 if place < satisfied else 2
        answers = recording.Answers({"overall": score, "access": score}, (), "")
        yield replace(first, key=recording.new_key(), answers=answers)


@pytest.fixture
def published(app: Flask) -> None:
    """Two quarters: the centre got worse; Hồng Gai has seven answers; of the second, fifteen turn out doubtful."""
    with app.app_context():
        small = lookups.touchpoints_of([lookups.unit("hong-gai").id])[0].code
        sent = [*given(50, 45, "2026-05-04", "dat-dai"), *given(12, 12, "2026-05-04", "thue")]
        sent += [*given(50, 20, "2026-08-04", "dat-dai"), *given(4, 4, "2026-08-04", "ho-tich", COUNTER_1)]
        sent += [*given(12, 12, "2026-08-04", "thue"), *given(7, 7, "2026-08-05", "thue", small)]
        sent += given(15, 0, "2026-09-01", "dat-dai")
        recording.record_many(sent, ZONE)
        for period in ("2026-Q2", "2026-Q3"):
            publication.publish(periods.parse(period), TODAY, TODAY)


def mend(app: Flask) -> None:
    with app.app_context():
        begin = datetime(2026, 9, 1, 2, tzinfo=UTC)
        set_asides.begin(Selection(lookups.province().id, begin, begin + timedelta(hours=1)), "A class at once")
        publication.correct(2, "A training day is no longer counted.", TODAY)


@pytest.mark.usefixtures("published")
def test_the_results_say_in_plain_words_what_was_published_and_what_was_left_out(visitor: Visitor) -> None:
    page = visitor.get("/results?lang=en")
    told = page.words("main")
    assert "44.4% satisfied" in page.words(".of")
    assert "Out of every 100 people who answered, about 44 were satisfied. 81 people answered." in told
    assert "Fell: −47.5 points against April–June 2026 (91.9% of 62 answers)." in told
    assert "Hồng Gai ward – fewer than ten answers; they are counted with the next period" in told
    assert "Other fields together" not in page.words(".ranked:not(.heads)")
    assert "nothing is published of fewer than 10 people" in told
    unit = visitor.get(f"/results/{CENTRE}?lang=en").words("main")
    assert "Rank 1 of 1" in unit
    assert "Land ▼ −59.2 points 30.8%" in unit
    assert "Q2 2026" in unit
    assert "Fewer than ten people answered here." in visitor.get("/results/hong-gai?lang=en").words("main")
    assert "91.9%" in visitor.get("/results?release=1&lang=en").words(".of")


@pytest.mark.usefixtures("published")
def test_the_pages_come_in_one_light_request_that_may_be_kept(visitor: Visitor) -> None:
    for address in ("/results", f"/results/{CENTRE}", "/results?lang=en"):
        page = visitor.get(address)
        assert len(page.response.data) < MOST_BYTES
        assert "Set-Cookie" not in page.headers
        assert "public" in page.headers["Cache-Control"]
        assert not page.all("script")
        assert not page.all("img")
        assert [one.attrs["rel"] for one in page.all("link")] == ["icon"]
        assert len(page.all("style")) == 1
        visitor.get(address, 304, headers={"If-None-Match": page.headers["ETag"]})
    file = [one.attrs["href"] for one in visitor.get("/results").all("main a") if "release.json" in one.attrs["href"]]
    content = visitor.client.get(file[0]).data
    assert sha256(content).hexdigest() == visitor.get("/results").words(".hash")


@pytest.mark.usefixtures("published")
def test_a_correction_is_named_with_its_date_and_the_replaced_figures_lead_to_the_valid_ones(
    app: Flask, visitor: Visitor
) -> None:
    mend(app)
    page = visitor.get("/results?lang=en")
    assert page.words(".note") == (
        "Corrected on 1 December 2026. A training day is no longer counted. 15 answers no longer count."
    )
    assert "54.5% satisfied" in page.words(".of")
    assert "edition 1, replaced" in page.words("main")
    for address in ("/results", f"/results/{CENTRE}"):
        before = visitor.get(f"{address}?release=2&edition=1&lang=en")
        assert "These figures were replaced by a correction on 1 December 2026." in before.words(".mended")
        valid = visitor.get(before.one(".mended a").attrs["href"])
        assert not valid.all(".mended")
        assert "A training day" in valid.words(".note")
    visitor.get("/results?release=2&edition=9", 404)

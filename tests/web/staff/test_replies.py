"""You said, we did: from a comment to what citizens read, and back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from sipas.catalogue import lookups
from sipas.comments import replies
from sipas.core.db import db, writing
from sipas.responses import recording
from sipas.responses.models import Comment
from tests.conftest import COUNTER_1, EXIT_OF_PROVINCE, draft
from tests.pages import Page, Visitor
from tests.web.staff_accounts import acts

SignedIn = Callable[..., Visitor]
SAID, DONE = "Chờ lâu ở quầy đất đai", "Từ 01/9 có thêm một quầy buổi sáng"
FORM = {"said_vi": SAID, "done_vi": DONE, "said_en": "", "done_en": "", "field_id": ""}


@pytest.fixture
def unit(app: Flask) -> str:
    """The unit of the tests' touchpoints, where somebody wrote a comment."""
    with app.app_context():
        recording.record(draft(at=datetime(2026, 9, 14, 5, tzinfo=UTC), comment="Chờ lâu"), UTC)
        return lookups.touchpoint(EXIT_OF_PROVINCE).unit.code


def publish(browser: Visitor, unit: str, comment: str = "", **sent: str) -> str:
    """Write an answer and publish it; its address."""
    asked = f"?comment={comment}" if comment else ""
    there = browser.send(f"/comments/{unit}/answers/new{asked}", FORM | sent).headers["Location"]
    closing = {"closing": "1"} if comment else {}
    browser.post(f"{there}/publish", {"csrf_token": browser.get(there).value("csrf_token"), **closing})
    return there


def read(page: Page) -> list[str]:
    return [one.to_text().strip() for one in page.all(".answered dt")]


def everywhere(app: Flask, visitor: Visitor, unit: str, lang: str = "vi") -> list[list[str]]:
    """What citizens read of a unit's answers: on the results, the survey, and after sending it."""
    app.extensions.pop("sipas_kept_surveys", None)  # as some seconds later
    survey = f"/r/{EXIT_OF_PROVINCE}"
    with app.app_context():
        receipt = recording.record(draft(), UTC).receipt
    pages = (f"/results/{unit}", survey, f"{survey}/thanks/{receipt}")
    return [read(visitor.get(f"{page}?lang={lang}")) for page in pages]


def test_a_comment_is_answered_published_and_withdrawn(
    app: Flask, signed_in: SignedIn, visitor: Visitor, unit: str
) -> None:
    browser = signed_in("manager", unit)
    with app.app_context():
        comment = db.session.scalars(select(Comment.code)).one()
    token = browser.get(f"/comments/{unit}").value("csrf_token")
    ticked = {"csrf_token": token, "comment": [comment], "act": "answer"}
    moved = browser.post(f"/comments/{unit}/together", ticked).headers["Location"]
    assert "Chờ lâu" in browser.get(moved).words(".answers-to")
    there = browser.send(moved, FORM).headers["Location"]
    assert everywhere(app, visitor, unit) == [[], [], []]
    assert SAID in browser.get(there).words(".as-shown")
    token = browser.get(there).value("csrf_token")
    browser.post(f"{there}/publish", {"csrf_token": token, "closing": "1"})
    assert everywhere(app, visitor, unit) == [[SAID]] * 3
    assert "Chờ lâu" in browser.get(f"/comments/{unit}?state=done").words(".comments .text")
    browser.send(f"{there}/edit", FORM | {"said_vi": "Khác"})  # told that it is published, and kept
    assert everywhere(app, visitor, unit) == [[SAID]] * 3
    browser.post(f"{there}/withdraw", {"csrf_token": token})
    assert everywhere(app, visitor, unit) == [[], [], []]
    browser.send(f"{there}/edit", FORM | {"said_vi": "Khác"})
    browser.post(f"{there}/discard", {"csrf_token": token})
    browser.get(there, 404)
    assert {"answer.added", "answer.changed", "answer.removed", "comment.handled"} <= set(acts(app))


def test_a_survey_point_shows_what_is_of_its_field_or_of_the_whole_unit(
    app: Flask, signed_in: SignedIn, visitor: Visitor, unit: str
) -> None:
    browser = signed_in("manager", unit)
    with app.app_context():
        taxes = str(lookups.field("thue").id)
        own = str(lookups.touchpoint(COUNTER_1).field_id)
    for said, field in (("của thuế", taxes), ("của quầy", own), ("của cả đơn vị", "")):
        publish(browser, unit, said_vi=said, field_id=field)
    assert read(visitor.get(f"/r/{COUNTER_1}")) == ["của cả đơn vị", "của quầy"]
    assert read(visitor.get(f"/r/{EXIT_OF_PROVINCE}")) == ["của cả đơn vị", "của quầy"]
    assert read(visitor.get(f"/results/{unit}")) == ["của cả đơn vị", "của quầy", "của thuế"]
    assert read(visitor.get("/results/ba-che")) == []


def test_both_languages_are_shown_each_on_its_page(
    app: Flask, signed_in: SignedIn, visitor: Visitor, unit: str
) -> None:
    browser = signed_in("manager", unit)
    publish(browser, unit, said_en="A long wait", done_en="One more counter")
    publish(browser, unit, said_vi="Ghế ít")
    assert everywhere(app, visitor, unit, "en") == [["Ghế ít", "A long wait"]] * 3
    assert visitor.get(f"/results/{unit}?lang=en").one(".answered dl[lang]").attrs["lang"] == "vi"


def test_an_answer_is_shown_for_a_year(app: Flask, unit: str) -> None:
    day = date(2026, 9, 30)
    with app.app_context():
        kept = replies.draft(lookups.unit(unit), {"said_vi": SAID, "done_vi": DONE})
        replies.publish(kept, day)
        assert len(replies.shown(kept.unit_id, day + timedelta(364))) == 1
        assert replies.shown(kept.unit_id, day + timedelta(365)) == ()


WRONG: dict[str, dict[str, str]] = {
    "said_vi": {"said_vi": "Gọi 0912345678"},
    "done_vi": {"done_vi": ""},
    "done_en": {"said_en": "A long wait"},
    "said_en": {"said_en": "x" * 301, "done_en": "More counters"},
}
"""What is wrong, by the field that tells it."""


def test_a_form_with_faults_comes_back_with_all_that_was_typed(app: Flask, signed_in: SignedIn, unit: str) -> None:
    browser = signed_in("manager", unit)
    for name, wrong in WRONG.items():
        page = browser.send(f"/comments/{unit}/answers/new", FORM | wrong, 422)
        assert page.all(f"#{name}-fault-1"), name
        for typed in wrong.values():
            assert typed in page.text
    assert "answer.added" not in acts(app)


def test_two_who_edit_the_same_draft_lose_nothing(app: Flask, signed_in: SignedIn, unit: str) -> None:
    first, second = signed_in("manager", unit), signed_in("province")
    there = first.send(f"/comments/{unit}/answers/new", FORM).headers["Location"]
    opened = second.get(f"{there}/edit")
    first.send(f"{there}/edit", FORM | {"said_vi": "Của người thứ nhất"})
    sent = FORM | {name: opened.value(name) for name in ("csrf_token", "seen")} | {"said_vi": "Của người thứ hai"}
    told = second.post(f"{there}/edit", sent, 409)
    assert "Của người thứ nhất" in told.text
    second.post(f"{there}/edit", sent | {"seen": told.value("seen")}, 303)
    with app.app_context():
        assert db.session.scalars(select(replies.Answer.said_vi)).one() == "Của người thứ hai"


def test_published_answers_leave_the_survey_as_light_as_it_was(app: Flask, visitor: Visitor, unit: str) -> None:
    with app.app_context(), writing() as session:
        unit_id, today = lookups.unit(unit).id, datetime.now(UTC).date()
        for number in range(5):
            said, done = (f"{number} Chờ lâu quá " * 25)[:300], (f"{number} Thêm quầy " * 50)[:500]
            session.add(replies.Answer(unit_id=unit_id, said_vi=said, done_vi=done, published_on=today))
    answer = visitor.client.get(f"/r/{EXIT_OF_PROVINCE}", headers={"Accept-Encoding": "gzip"})
    assert len(answer.data) + len(str(answer.headers)) <= 14_000
    assert "Set-Cookie" not in answer.headers
    assert len(read(visitor.get(f"/r/{EXIT_OF_PROVINCE}"))) == 2

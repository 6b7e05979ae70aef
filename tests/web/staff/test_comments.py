"""The pages of comments: what staff read, what becomes of it, and what citizens never notice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlalchemy import select

from sipas.catalogue import lookups
from sipas.core.codes import receipt_of
from sipas.core.db import db
from sipas.responses import recording
from sipas.responses.models import Comment, Response
from tests.conftest import draft
from tests.pages import Page, Visitor
from tests.web.staff_accounts import acts

SignedIn = Callable[..., Visitor]
UNIT = "hong-gai"
LIST = f"/comments/{UNIT}"
AT = datetime(2026, 9, 14, 5, tzinfo=UTC)


@pytest.fixture
def written(app: Flask) -> dict[str, str]:
    """Five comments of one day and field, and one of another field; their codes by text."""
    with app.app_context():
        code = point()
        for text in ("Chờ lâu quá", "Nhân viên tốt", "Ghế ít", "Gọi 0912 345 678", "Ổn"):
            recording.record(draft(code, at=AT, comment=text, overall=2), UTC)
        recording.record(draft(code, "thue", at=AT, comment="Thuế ổn"), UTC)
        return {str(one.text): one.code for one in db.session.scalars(select(Comment))}


def point(unit: str = UNIT) -> str:
    """The code of a touchpoint of a unit that fixes no field."""
    return next(one.code for one in lookups.touchpoints_of([lookups.unit(unit).id]) if one.field_id is None)


def texts(page: Page) -> list[str]:
    return [one.to_text().strip() for one in page.all(".comments .text")]


def test_staff_read_comments_with_personal_data_covered_and_no_receipt(
    app: Flask, signed_in: SignedIn, written: dict[str, str]
) -> None:
    page = signed_in("viewer", UNIT).get(LIST)
    assert sorted(texts(page)) == ["Chờ lâu quá", "Ghế ít", "Gọi [số điện thoại]", "Nhân viên tốt", "Thuế ổn", "Ổn"]
    assert not page.all('input[type="checkbox"]')
    with app.app_context():
        for number in db.session.scalars(select(Response.id)):
            assert receipt_of(number) not in page.text
            assert str(number) not in page.text


def test_nothing_is_said_of_the_one_whose_field_nobody_shares(signed_in: SignedIn, written: dict[str, str]) -> None:
    page = signed_in("manager", UNIT).get(f"{LIST}?lang=en")
    labels = {one.to_text().strip() for one in page.all(".comments .label p")}
    assert labels == {"September 2026"}, "with five of one field and mood the sixth would stand alone"


def test_the_list_is_narrowed_by_words_and_the_filters_stay(signed_in: SignedIn, written: dict[str, str]) -> None:
    browser = signed_in("manager", UNIT)
    moved = browser.get(f"/comments?unit={UNIT}&words=nhan+vien&state=&period=2026-Q3", 302)
    page = browser.get(moved.headers["Location"])
    assert texts(page) == ["Nhân viên tốt"]
    assert page.value("words") == "nhan vien"
    assert "2026-Q3" in page.one('select[name="period"] option[selected]').attrs["value"]
    assert "Show all comments" in browser.get(f"{LIST}?words=nowhere&lang=en").text


def test_what_nobody_offered_is_a_fault(signed_in: SignedIn) -> None:
    browser = signed_in("manager", UNIT)
    for wrong in ("mood=angry", "state=lost", "field=nowhere", "assignee=x", "assignee=²", "period=soon"):
        browser.get(f"{LIST}?{wrong}", 400)


def test_what_becomes_of_a_comment_is_shown_and_who_said_so(
    app: Flask, signed_in: SignedIn, written: dict[str, str]
) -> None:
    browser, there = signed_in("manager", UNIT), f"{LIST}/{written['Ghế ít']}"
    sent = {"state": "looking", "assignee_id": "", "tags": "ghế, chỗ ngồi, ghế", "note": "Hỏi phòng hành chính"}
    browser.send(f"{there}/edit", sent)
    page = browser.get(f"{there}?lang=en")
    assert "being looked into" in page.words(".case").lower()
    assert [one.to_text() for one in page.all(".tag")] == ["chỗ ngồi", "ghế"]
    assert "Hỏi phòng hành chính" in page.words(".remark")
    assert "Comment: handled" in page.words(".told")
    assert "Hỏi phòng" not in page.words(".told")
    assert browser.get(f"{LIST}?tag=ghế").words(".comments .text") == "Ghế ít"


def test_two_who_edit_the_same_comment_lose_nothing(signed_in: SignedIn, written: dict[str, str]) -> None:
    first, second = signed_in("manager", UNIT), signed_in("manager", UNIT)
    there = f"{LIST}/{written['Ổn']}/edit"
    opened = second.get(there)
    hidden = {name: opened.value(name) for name in ("csrf_token", "seen")}
    first.send(there, {"state": "done", "assignee_id": "", "tags": "xong", "note": ""})
    mine = hidden | {"state": "no_action", "assignee_id": "", "tags": "khen", "note": "cảm ơn"}
    told = second.post(f"{there}?lang=en", mine, 409)
    assert "it is now: done" in told.text
    assert "it is now: xong" in told.text
    assert told.value("tags") == "khen"
    second.post(there, mine | {"seen": told.value("seen")}, 303)
    assert "khen" in first.get(f"{LIST}/{written['Ổn']}").words(".case")


def test_tags_are_few_and_short(signed_in: SignedIn, written: dict[str, str]) -> None:
    browser = signed_in("manager", UNIT)
    for tags in ("x" * 31, ", ".join(f"nhãn {number}" for number in range(11))):
        sent = {"state": "new", "assignee_id": "", "tags": tags, "note": ""}
        assert browser.send(f"{LIST}/{written['Ổn']}/edit", sent, 422).value("tags") == tags


def test_one_thing_is_done_to_all_that_are_ticked(app: Flask, signed_in: SignedIn, written: dict[str, str]) -> None:
    browser = signed_in("manager", UNIT)
    ticked = [written["Ghế ít"], written["Ổn"]]
    token = browser.get(f"{LIST}?lang=en").value("csrf_token")

    def send(**data: object) -> str:
        address = f"{LIST}/together?state=new"
        there = browser.post(address, {"csrf_token": token, "comment": ticked, **data}).headers["Location"]
        assert "state=new" in there
        return browser.get(there).words(".said")

    assert send(act="tag", tag="ghế") == "2 comments were changed."
    assert send(act="state", state="done") == "2 comments were changed."
    assert "please choose what" in send(act="state", state="")
    assert "may not see" in send(act="assignee", assignee="999")
    assert send(act="assignee", assignee="nobody") == "0 comments were changed."
    assert "tick at least one" in send(act="state", state="done", comment=[])
    assert len(texts(browser.get(f"{LIST}?state=done"))) == 2
    assert acts(app).count("comment.handled") == 4


def test_comments_of_another_unit_are_never_touched(app: Flask, signed_in: SignedIn, written: dict[str, str]) -> None:
    browser = signed_in("manager", "ba-che")
    token = browser.get("/comments/ba-che").value("csrf_token")
    sent = {"csrf_token": token, "comment": list(written.values()), "act": "state", "state": "done"}
    browser.post("/comments/ba-che/together", sent)
    assert "comment.handled" not in acts(app)
    browser.get(f"/comments/ba-che/{written['Ổn']}", 404)


def test_a_text_is_erased_for_good_with_a_reason_that_repeats_nothing(
    app: Flask, signed_in: SignedIn, written: dict[str, str]
) -> None:
    browser, there = signed_in("manager", UNIT), f"{LIST}/{written['Nhân viên tốt']}"
    assert "0912345678" in browser.send(f"{there}/erase", {"why": "có số 0912345678"}, 422).text
    browser.send(f"{there}/erase", {"why": "có họ tên"})
    assert "Nhân viên" not in browser.get(there).text + browser.get(LIST).text + browser.get(f"{LIST}.csv").text
    audit = signed_in("administrator").get("/admin/audit?act=comment.erased&lang=en").words("main")
    assert "có họ tên" in audit
    assert "Nhân viên" not in audit


def test_the_file_holds_what_the_page_shows_and_the_download_is_noted(
    app: Flask, signed_in: SignedIn, written: dict[str, str]
) -> None:
    page = signed_in("auditor", "quang-ninh").get(f"{LIST}.csv?words=thue&lang=en")
    header, row = page.response.get_data(as_text=True).splitlines()
    assert header.removeprefix("\ufeff").split(",")[:4] == ["unit_code", "unit", "period_from", "period_to"]
    assert ",2026-09-01,2026-09-30,,,,Thuế ổn,new," in row
    assert "comments.exported" in acts(app)


def test_pages_of_twenty_five(app: Flask, signed_in: SignedIn) -> None:
    with app.app_context():
        code = point()
        recording.record_many([draft(code, at=AT, comment=f"<i>Ý kiến</i> {number}") for number in range(30)], UTC)
    browser = signed_in("manager", UNIT)
    first, second = browser.get(f"{LIST}?words=kien"), browser.get(f"{LIST}?words=kien&page=2")
    assert (len(texts(first)), len(texts(second))) == (25, 5)
    assert "<i>" in texts(first)[0]
    assert not first.all(".text i")
    assert first.one('a[rel="next"]').attrs["href"].endswith("page=2&words=kien")
    assert not set(texts(first)) & set(texts(second))
    assert texts(browser.get(f"{LIST}?page=99")) == texts(browser.get(f"{LIST}?page=2"))

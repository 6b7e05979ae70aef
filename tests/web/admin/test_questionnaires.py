"""Administrators work on questionnaires through pages: drafts, previews, publishing, comparing, files."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import time_machine
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from sipas.catalogue import lookups, questionnaires
from sipas.catalogue.questionnaires import Choice, Item, Version
from sipas.core.db import db, writing
from sipas.core.languages import one_line
from sipas.files import csv_json
from sipas.files.tables import Table
from sipas.imports import questionnaire_files
from sipas.responses import recording
from sipas.responses.models import Rating, Response
from sipas.run import installation
from sipas.setup import questionnaire_drafts
from tests.conftest import EXIT_OF_PROVINCE, draft
from tests.pages import Page, Visitor

SignedIn = Callable[..., Visitor]
ALL = "/admin/questionnaires"
DRAFT = f"{ALL}/short/2"
SURVEY = f"/r/{EXIT_OF_PROVINCE}"


@pytest.fixture
def administrator(signed_in: SignedIn) -> Visitor:
    """An administrator of the whole installation."""
    return signed_in("administrator")


@pytest.fixture
def editor(administrator: Visitor) -> Visitor:
    """The same with a draft of the short questionnaire."""
    press(administrator, f"{ALL}/short/1", f"{ALL}/short/1/draft")
    return administrator


def press(browser: Visitor, page: str, address: str, status: int = 303) -> Page:
    """Press a button of a page."""
    shown = browser.get(page)
    assert any(urlsplit(form.attrs.get("action", "")).path == address for form in shown.all("form")), address
    return browser.post(address, {"csrf_token": shown.value("csrf_token")}, status)


def filled(page: Page) -> dict[str, str]:
    """What the form of a page holds."""
    data = {
        one.attrs["name"]: one.attrs.get("value", "") for one in page.all("main .sheet input") if "name" in one.attrs
    }
    for one in page.all('main .sheet input[type="checkbox"]'):
        if "checked" not in one.attrs:
            data.pop(one.attrs["name"])
    for one in page.all("main .sheet select"):
        chosen = [option for option in one.query("option") if "selected" in option.attrs]
        data[one.attrs["name"]] = chosen[0].attrs["value"] if chosen else ""
    return data


def sheet(app: Flask, number: int, code: str = "short") -> Version:
    with app.app_context():
        return questionnaires.sheet(questionnaires.version(code, number).id)


def question(app: Flask, code: str, number: int = 2) -> Item:
    found = sheet(app, number).item(code)
    assert found
    return found


def test_the_list_says_what_is_asked_where_and_what_it_brought(app: Flask, administrator: Visitor) -> None:
    with app.app_context():
        recording.record_many([draft() for _ in range(7)], app.config["SIPAS"].zone)
    page = administrator.get(f"{ALL}?lang=en")
    rows = [" ".join(one.to_text().split()) for one in page.all("tbody tr")]
    assert len(rows) == 2
    assert "Asked now" in rows[1]
    assert rows[1].endswith("7")
    assert "Asked at" in page.text


def test_auditors_read_every_version_and_find_nothing_to_press(signed_in: SignedIn) -> None:
    auditor = signed_in("auditor")
    page = auditor.get(f"{ALL}/short/1?lang=en")
    assert "What was not good?" in page.text
    assert "Long wait" in page.text
    assert not page.all('main form[method="post"]')
    assert not auditor.get(ALL).all('main form[method="post"]')


def test_a_question_is_reworded_and_the_compared_versions_show_both_words(app: Flask, editor: Visitor) -> None:
    editor.send(
        f"{DRAFT}/questions/reasons",
        filled(editor.get(f"{DRAFT}/questions/reasons")) | {"text_en": "What went wrong?", "act": "save"},
    )
    assert question(app, "reasons").text("en") == "What went wrong?"
    page = editor.get(f"{ALL}/short/compare?lang=en")
    assert "What was not good?" in page.words("del")
    assert "What went wrong?" in page.words("ins")
    assert "Changed" in page.text


def test_a_form_with_a_fault_comes_back_with_everything_typed(app: Flask, editor: Visitor) -> None:
    address = f"{DRAFT}/questions/reasons"
    typed = filled(editor.get(address)) | {"text_vi": "x" * 301, "choice_2_en": "Seats and signs", "act": "save"}
    page = editor.send(address, typed, 422)
    assert page.value("text_vi") == "x" * 301
    assert page.value("choice_2_en") == "Seats and signs"
    assert page.all(".fault")
    assert question(app, "reasons") == sheet(app, 1).item("reasons")


def test_options_are_added_moved_and_removed_and_a_code_is_made_of_the_words(app: Flask, editor: Visitor) -> None:
    address = f"{DRAFT}/questions/visits"
    typed = filled(editor.get(address)) | {"choice_5_vi": "Đã quên mất rồi", "choice_5_en": "", "act": "room"}
    editor.send(address, typed)
    assert [one.code for one in question(app, "visits").choices] == ["1", "2", "3", "4-or-more", "da-quen-mat-roi"]
    editor.send(address, filled(editor.get(address)) | {"act": "up-5"})
    assert [one.code for one in question(app, "visits").choices][-2:] == ["da-quen-mat-roi", "4-or-more"]
    editor.send(address, filled(editor.get(address)) | {"act": "drop-1"})
    assert [one.code for one in question(app, "visits").choices] == ["2", "3", "da-quen-mat-roi", "4-or-more"]
    assert "Đã quên mất rồi" in editor.get(DRAFT).text


def test_an_emptied_option_is_removed_and_one_twice_is_told_beside_it(app: Flask, editor: Visitor) -> None:
    address = f"{DRAFT}/questions/visits"
    page = editor.send(address, filled(editor.get(address)) | {"choice_2": "1"}, 422)
    assert "“1”" in page.words("#choice_2-fault-1")
    editor.send(address, filled(editor.get(address)) | {"choice_1": "", "choice_1_vi": "", "choice_1_en": ""})
    assert [one.code for one in question(app, "visits").choices] == ["2", "3", "4-or-more"]


def test_a_question_that_was_published_offers_no_other_kind(app: Flask, editor: Visitor) -> None:
    page = editor.get(f"{DRAFT}/questions/access")
    assert not page.all('select[name="kind"]')
    editor.send(f"{DRAFT}/questions/access", filled(page) | {"kind": "choice", "factor": "staff"})
    assert (question(app, "access").kind, question(app, "access").factor) == ("rating", "access")


def test_a_new_question_is_added_worded_and_placed(app: Flask, editor: Visitor) -> None:
    there = editor.send(f"{DRAFT}/questions", {"code": "parking", "kind": "rating"}).headers["Location"]
    assert "parking" in editor.get(DRAFT).words(".readiness")
    editor.send(
        there,
        filled(editor.get(there))
        | {
            "kind": "rating_na",
            "factor": "access",
            "text_vi": "Chỗ gửi xe",
            "text_en": "Parking",
            "not_applicable_vi": "Không đi xe",
            "not_applicable_en": "No vehicle",
        },
    )
    found = question(app, "parking")
    assert (found.kind, found.factor, found.text("en"), found.not_applicable_text("vi")) == (
        "rating_na",
        "access",
        "Parking",
        "Không đi xe",
    )
    press(editor, DRAFT, f"{DRAFT}/questions/parking/up")
    assert [item.code for item in sheet(app, 2).items][-3:] == ["parking", "filled-by", "comment"]
    press(editor, f"{DRAFT}/questions/parking", f"{DRAFT}/questions/parking/remove")
    assert sheet(app, 2) == sheet(app, 1)


@pytest.mark.parametrize("code", ["key", "version", "validate", "Parking", "access", "chỗ-gửi-xe", ""])
def test_a_code_that_cannot_be_is_refused_beside_it(app: Flask, editor: Visitor, code: str) -> None:
    page = editor.send(f"{DRAFT}/questions", {"code": code, "kind": "rating"}, 422)
    assert page.all("#code-fault-1")
    assert page.value("code") == code
    assert sheet(app, 2) == sheet(app, 1)


def test_the_second_of_two_editors_is_told_and_loses_nothing(app: Flask, editor: Visitor, signed_in: SignedIn) -> None:
    address, other = f"{DRAFT}/questions/access", signed_in("administrator")
    opened = editor.get(address)
    other.send(address, filled(other.get(address)) | {"text_vi": "Chỗ ngồi"})
    mine = filled(opened) | {"text_vi": "Nơi chờ"}
    page = editor.post(address, mine, 409)
    assert page.value("text_vi") == "Nơi chờ"
    assert "Chỗ ngồi" in page.words("#text_vi-fault-1")
    editor.post(address, filled(page))
    assert question(app, "access").text("vi") == "Nơi chờ"


def test_what_another_removed_meanwhile_is_not_lost_for_who_edits_it(app: Flask, editor: Visitor) -> None:
    address = f"{DRAFT}/questions/access"
    mine = filled(editor.get(address)) | {"text_vi": "Nơi chờ"}
    press(editor, address, f"{address}/remove")
    page = editor.post(address, mine, 409)
    assert page.value("text_vi") == "Nơi chờ"
    editor.post(address, filled(page))
    assert question(app, "access").text("vi") == "Nơi chờ"
    assert question(app, "access").factor == "access"


def test_the_preview_is_the_citizens_page_and_cannot_be_sent(editor: Visitor) -> None:
    citizens = editor.get(f"{SURVEY}?lang=en")
    page = editor.get(f"{DRAFT}/preview?in=en")
    assert page.one("html").attrs["lang"] == "en"
    assert [one.to_text() for one in page.all("fieldset legend")] == [
        one.to_text() for one in citizens.all("fieldset legend")
    ]
    assert page.one("style").to_text() == citizens.one("style").to_text()
    assert page.one("form").attrs["method"] == "dialog"
    assert "action" not in page.one("form").attrs
    assert not page.all('button[type="submit"], [name="key"], [name="version"]')
    assert "Nothing can be sent" in page.words(".preview")
    assert editor.get(f"{DRAFT}/preview?in=vi").one("html").attrs["lang"] == "vi"
    assert editor.get(DRAFT).one("html").attrs["lang"] == "vi"


def test_a_draft_is_published_from_a_day_on_and_a_form_opened_before_finishes_under_its_version(
    app: Flask, editor: Visitor, visitor: Visitor
) -> None:
    editor.send(
        f"{DRAFT}/questions/overall", filled(editor.get(f"{DRAFT}/questions/overall")) | {"text_vi": "Lần này thế nào?"}
    )
    with app.app_context():
        tomorrow = datetime.now(app.config["SIPAS"].zone).date() + timedelta(days=1)
    editor.send(f"{DRAFT}/publish", {"first_day": str(tomorrow)})
    opened = visitor.get(SURVEY)
    assert "Lần này thế nào?" not in opened.text
    assert opened.value("version") == "short.1"
    noon = datetime(tomorrow.year, tomorrow.month, tomorrow.day, 5, tzinfo=UTC)
    with time_machine.travel(noon):
        app.extensions.pop("sipas_kept_surveys")
        assert visitor.get(SURVEY).words("h1") == "Lần này thế nào?"
        answers = {"overall": "4", "access": "3", "field": "dat-dai", "key": opened.value("key"), "version": "short.1"}
        visitor.post(SURVEY, answers)
        visitor.post(SURVEY, answers | {"key": recording.new_key(), "version": "short.2"})
    with app.app_context():
        kept = {version.version: responses_to(version.id) for version in questionnaires.versions("short")}
    assert kept == {1: 1, 2: 1}


def test_a_form_opened_before_its_point_was_given_another_questionnaire_finishes_as_it_was(
    app: Flask, visitor: Visitor
) -> None:
    opened = visitor.get(SURVEY)
    ask(app, "long")
    visitor.post(
        SURVEY,
        {"overall": "2", "staff": "1", "field": "thue", "key": opened.value("key"), "version": opened.value("version")},
    )
    with app.app_context():
        assert responses_to(questionnaires.version("short", 1).id) == 1
        assert len(db.session.scalars(select(Rating)).all()) == 2


def test_a_point_whose_questionnaire_begins_later_asks_the_usual_one_until_then(
    app: Flask, administrator: Visitor, visitor: Visitor
) -> None:
    administrator.send(f"{ALL}/long/1/copy", {"code": "evening"})
    administrator.send(f"{ALL}/evening/1/publish", {"first_day": "2099-01-01"})
    ask(app, "evening")
    assert visitor.get(SURVEY).value("version") == "short.1"


@pytest.mark.parametrize("version", ["short.9", "long.1.1", "\x00.1", ".1", "nowhere.1", "short.", "short.²", "9" * 9])
def test_a_version_that_never_was_is_that_of_now(app: Flask, visitor: Visitor, version: str) -> None:
    visitor.post(SURVEY, {"overall": "5", "field": "thue", "version": version})
    with app.app_context():
        assert responses_to(questionnaires.version("short", 1).id) == 1


def ask(app: Flask, questionnaire: str) -> None:
    """Let the touchpoint ask another questionnaire, seen at once."""
    with app.app_context(), writing():
        lookups.touchpoint(EXIT_OF_PROVINCE).questionnaire = questionnaire
    app.extensions.pop("sipas_kept_surveys", None)


def responses_to(version_id: int) -> int:
    return len(db.session.scalars(select(Response.id).where(Response.questionnaire_id == version_id)).all())


def test_publishing_names_all_that_is_missing(editor: Visitor) -> None:
    for code, kind in (("parking", "rating"), ("hours", "choice")):
        editor.send(f"{DRAFT}/questions", {"code": code, "kind": kind})
    page = editor.get(f"{DRAFT}/publish?lang=en")
    assert not page.all('input[name="first_day"]')
    listed = [" ".join(one.to_text().split()).replace(" :", ":") for one in page.all("main .alert li")]
    assert listed == [
        "parking: The wording in Tiếng Việt is missing.",
        "parking: The wording in English is missing.",
        "hours: The wording in Tiếng Việt is missing.",
        "hours: The wording in English is missing.",
        "hours: There are no options to choose from.",
    ]
    posted = editor.post(f"{DRAFT}/publish", {"csrf_token": page.value("csrf_token"), "first_day": "2030-01-01"}, 422)
    assert "hours" in posted.words("main .alert")


def test_yesterday_is_too_early(editor: Visitor) -> None:
    page = editor.send(f"{DRAFT}/publish?lang=en", {"first_day": "2020-01-01"}, 422)
    assert "The first possible day" in page.words("#first_day-fault-1")
    assert page.value("first_day") == "2020-01-01"


def test_a_published_version_leads_back_from_its_editing_pages(administrator: Visitor) -> None:
    for address in ("questions/access", "questions", "publish"):
        answer = administrator.get(f"{ALL}/short/1/{address}", 303)
        assert answer.headers["Location"] == f"{ALL}/short/1"
    assert administrator.get(f"{ALL}/short/1").all(".said")


def test_a_version_that_waits_is_withdrawn_and_a_draft_discarded(app: Flask, editor: Visitor) -> None:
    editor.send(f"{DRAFT}/publish", {"first_day": str(date.today() + timedelta(days=9))})  # noqa: DTZ011
    press(editor, DRAFT, f"{DRAFT}/withdraw")
    press(editor, DRAFT, f"{DRAFT}/discard")
    editor.get(DRAFT, 404)


def test_a_new_questionnaire_begins_from_a_version(app: Flask, administrator: Visitor) -> None:
    administrator.send(f"{ALL}/long/1/copy", {"code": "short"}, 422)
    administrator.send(f"{ALL}/long/1/copy", {"code": "evening"})
    assert sheet(app, 1, "evening").items == sheet(app, 1, "long").items


def upload(browser: Visitor, content: bytes, name: str = "phiếu <b>1</b>.csv", status: int = 303) -> Page:
    data = {"csrf_token": browser.get(f"{ALL}/upload").value("csrf_token"), "file": (io.BytesIO(content), name)}
    return browser.post(f"{ALL}/upload", data, status, content_type="multipart/form-data")


def test_a_downloaded_version_is_uploaded_as_the_same_draft(app: Flask, administrator: Visitor) -> None:
    answer = administrator.get(f"{ALL}/long/1.csv")
    assert "questionnaire-long-1.csv" in answer.headers["Content-Disposition"]
    upload(administrator, answer.response.get_data())
    assert sheet(app, 2, "long") == sheet(app, 1, "long")
    assert administrator.get(f"{ALL}/long/2").words(".facts b") in ("Bản nháp", "Draft")


def test_a_faulty_file_is_not_taken_and_each_fault_has_its_line_and_column(app: Flask, administrator: Visitor) -> None:
    lines = "questionnaire,question,kind,text_vi\nfair,overall,stars,A\nfair,key,rating,B\nfair,seats,choice,\n"
    page = upload(administrator, lines.encode(), status=422)
    rows = [" ".join(one.to_text().split()) for one in page.all("tbody tr")]
    assert [row.split()[1] for row in rows] == ["2", "3", "4", "4"]
    assert "phiếu <b>1</b>.csv" in page.words("main h2")
    assert "là tên chương trình đã dùng" in rows[1]
    with app.app_context():
        assert questionnaires.versions("fair") == []


def test_a_large_file_is_read_and_one_beside_a_draft_is_not_taken(app: Flask, editor: Visitor) -> None:
    content = (installation.SAMPLE / "questionnaires.csv").read_bytes()
    page = upload(editor, content + b"\r\n" * 100_000, status=422)
    assert "short" in page.words("#file-fault-1")
    with app.app_context():
        assert len(questionnaires.versions("long")) == 1


CODES = st.from_regex(r"[a-z0-9]{1,8}(-[a-z0-9]{1,8})?", fullmatch=True)
WORDS = (
    st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=20)
    .map(one_line)
    .filter(lambda text: text.isprintable() and bool(text))
)
FORMULA_LIKE = st.sampled_from(["=1+1", "'=1+1", "''-2", "'", "a;b", "\\", "\\;", ";", "@x; y\\"])
SAID = st.fixed_dictionaries({"vi": WORDS | FORMULA_LIKE}, optional={"en": WORDS | FORMULA_LIKE})
CHOICES = st.lists(st.builds(Choice, CODES, SAID), min_size=1, max_size=4, unique_by=lambda one: one.code)
ASKED = st.one_of(
    st.builds(Item, CODES, st.just("rating"), st.sampled_from([None, "access"]), st.just(False), SAID, st.just({})),
    st.builds(
        Item,
        CODES,
        st.just("rating_na"),
        st.just("staff"),
        st.just(False),
        SAID,
        SAID.map(lambda said: {"vi": said["vi"]}),
    ),
    st.builds(Item, CODES, st.just("choices"), st.none(), st.booleans(), SAID, st.just({}), CHOICES.map(tuple)),
).filter(lambda item: item.code not in questionnaires.RESERVED | {"overall"})


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(ASKED, max_size=5, unique_by=lambda item: item.code))
def test_any_questionnaire_comes_back_from_its_file_as_it_was(inside: Flask, tmp_path: Path, items: list[Item]) -> None:
    overall = Item("overall", "rating", None, False, {"vi": "Thế nào?"}, {})
    whole = Version("any", (overall, *items))
    header, rows = questionnaire_files.lines(whole)
    path = tmp_path / "any.csv"
    path.write_bytes(csv_json.to_csv(Table(tuple(header), tuple(map(tuple, rows)))))
    assert questionnaire_files.read(path) == [whole]


def test_two_drafts_of_two_people_end_as_one(inside: Flask) -> None:
    first = questionnaires.sheet(questionnaires.version("short", 1).id)
    questionnaire_drafts.begin([first])
    with pytest.raises(questionnaire_drafts.DraftExists):
        questionnaire_drafts.begin([first])
    assert [one.version for one in questionnaires.versions("short")] == [2, 1]

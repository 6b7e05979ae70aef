"""The survey as a citizen meets it, and as somebody hostile does."""

from __future__ import annotations

import gzip
import re
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import sleep
from urllib.parse import urlencode

import pytest
import time_machine
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event, func, select

from sipas.catalogue import lookups, models, touchpoints
from sipas.core.db import db, writing
from sipas.imports import catalogue
from sipas.responses import recount
from sipas.responses.models import Chosen, Comment, Rating, Response
from sipas.run import installation
from sipas.web.citizen import survey
from tests.conftest import COUNTER_1, EXIT_OF_PROVINCE, make_app
from tests.pages import Visitor

ADDRESS = f"/r/{EXIT_OF_PROVINCE}"
ANSWERS = {"overall": "5", "field": "dat-dai"}


def kept(app: Flask) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(Response)) or 0


def test_a_citizen_scans_rates_and_is_thanked(app: Flask, visitor: Visitor) -> None:
    page = visitor.get(ADDRESS)
    assert page.words("h1") == "Nhìn chung, ông/bà hài lòng đến mức nào về lần làm thủ tục này?"
    sent = visitor.post(ADDRESS, ANSWERS | {"key": page.value("key"), "version": page.value("version")})
    thanks = visitor.get(sent.headers["Location"])
    receipt = sent.headers["Location"].split("/")[-1].split("?")[0]
    assert receipt in thanks.text.replace(" ", "").replace("-", "")
    assert kept(app) == 1
    with app.app_context():
        assert recount.differences() == []


def test_english_is_one_tap_away_and_stays(visitor: Visitor) -> None:
    english = next(link for link in visitor.get(ADDRESS).all("a") if link.attrs.get("lang") == "en")
    page = visitor.get(english.attrs["href"])
    assert page.one("html").attrs["lang"] == "en"
    assert page.words("h1") == "Overall, how satisfied are you with this visit?"
    action = page.one("form").attrs["action"]
    sent = visitor.post(action, ANSWERS)
    assert visitor.get(sent.headers["Location"]).one("html").attrs["lang"] == "en"


def test_only_overall_and_the_field_are_needed(app: Flask, visitor: Visitor) -> None:
    visitor.post(ADDRESS, ANSWERS)
    visitor.post(f"/r/{COUNTER_1}", {"overall": "1"})
    assert kept(app) == 2


def test_the_touchpoint_s_own_field_is_not_asked(app: Flask, visitor: Visitor) -> None:
    assert not visitor.get(f"/r/{COUNTER_1}").all('input[name="field"]')
    visitor.post(f"/r/{COUNTER_1}", {"overall": "4", "field": "thue"})
    with app.app_context():
        assert db.session.scalars(select(Response.field_id)).one() == lookups.field("ho-tich").id


def test_six_fields_come_first_and_the_rest_behind_details(visitor: Visitor) -> None:
    page = visitor.get(ADDRESS)
    behind = page.all('details input[name="field"]')
    assert len(page.all('input[name="field"]')) - len(behind) == 6
    assert behind[-1].attrs["value"] == "other"


def test_everything_a_citizen_can_say_is_kept(app: Flask, visitor: Visitor) -> None:
    answers = [
        ("overall", "2"), ("field", "other"), ("access", "1"), ("procedure", "3"), ("staff", "5"), ("result", "na"),
        ("feedback", "na"), ("reasons", "wait"), ("reasons", "late"), ("visits", "3"), ("extra-payment", "no"),
        ("filled-by", "self"), ("comment", "Chờ lâu quá\r\nnhưng cán bộ tốt"),
    ]  # fmt: skip
    visitor.post(ADDRESS, urlencode(answers))
    with app.app_context():
        scores = db.session.scalars(select(Rating.score)).all()
        assert sorted(score or 0 for score in scores) == [0, 0, 1, 2, 3, 5]
        assert len(db.session.scalars(select(Chosen)).all()) == 5
        assert db.session.scalars(select(Comment.text)).one() == "Chờ lâu quá\nnhưng cán bộ tốt"


def test_the_pages_set_no_cookie_and_load_nothing(visitor: Visitor) -> None:
    page = visitor.get(ADDRESS)
    sent = visitor.post(ADDRESS, ANSWERS)
    thanks = visitor.get(sent.headers["Location"])
    for one in (page, sent, thanks):
        assert "Set-Cookie" not in one.headers
        assert "Cookie" not in one.headers.get("Vary", "")
    for one in (page, thanks):
        sources = [tag.attrs.get("src") or tag.attrs.get("href") for tag in one.all("script, img, link, iframe")]
        assert [source for source in sources if not str(source).startswith("data:")] == []
        assert not re.search(r"url\((?!data:)", one.text)


@pytest.mark.parametrize("questionnaire", ["short", "long"])
def test_the_page_fits_in_fourteen_kilobytes_on_the_wire(app: Flask, visitor: Visitor, questionnaire: str) -> None:
    with app.app_context(), writing() as session:
        touchpoint = lookups.touchpoint(EXIT_OF_PROVINCE)
        session.get_one(models.Touchpoint, touchpoint.id).questionnaire = questionnaire
    answer = visitor.client.get(ADDRESS, headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert len(answer.data) + len(str(answer.headers)) <= 14_000
    plain = gzip.decompress(answer.data).decode()
    other = visitor.get(ADDRESS).text
    assert _without_key(plain) == _without_key(other)
    assert len(re.findall(r'type="?radio', plain)) > 30


def _without_key(html: str) -> str:
    return re.sub(r'(name="?key"? value="?)[\w-]+', r"\1", html)


def test_every_form_has_a_key_of_its_own(visitor: Visitor) -> None:
    assert len({visitor.get(ADDRESS).value("key") for _ in range(20)}) == 20


def test_a_double_tap_counts_once_and_gets_the_same_thanks(app: Flask, visitor: Visitor) -> None:
    answers = ANSWERS | {"key": visitor.get(ADDRESS).value("key")}
    first, second = visitor.post(ADDRESS, answers), visitor.post(ADDRESS, answers)
    assert first.headers["Location"] == second.headers["Location"]
    assert kept(app) == 1


def test_the_same_form_with_other_answers_says_that_the_first_was_kept(app: Flask, visitor: Visitor) -> None:
    key = visitor.get(ADDRESS).value("key")
    visitor.post(ADDRESS, ANSWERS | {"key": key})
    page = visitor.post(ADDRESS, {**ANSWERS, "overall": "1", "key": key}, 409)
    assert "Câu trả lời đầu tiên" in page.text or "lần đầu" in page.text.lower() or "đầu tiên" in page.text
    assert kept(app) == 1


def test_a_form_left_open_for_a_week_still_sends(app: Flask, visitor: Visitor) -> None:
    with time_machine.travel(datetime(2026, 9, 1, 2, 0, tzinfo=UTC), tick=True) as clock:
        key = visitor.get(ADDRESS).value("key")
        clock.shift(timedelta(days=7))
        visitor.post(ADDRESS, ANSWERS | {"key": key})
    with app.app_context():
        assert str(db.session.scalars(select(Response.day)).one()) == "2026-09-08"


def test_a_form_opened_before_a_new_questionnaire_finishes_under_its_own(
    app: Flask, visitor: Visitor, tmp_path: Path
) -> None:
    page = visitor.get(ADDRESS)
    text = (installation.SAMPLE / "questionnaires.csv").read_text()
    lines = [line for line in text.splitlines() if not line.startswith(("long,", "short,staff"))]
    (tmp_path / "next.csv").write_text("\n".join(lines))
    with app.app_context():
        assert catalogue.questionnaire(tmp_path / "next.csv").added == 1
    visitor.post(ADDRESS, ANSWERS | {"staff": "5", "key": page.value("key"), "version": page.value("version")})
    with app.app_context():
        assert db.session.scalars(select(Rating.score)).all() == [5, 5]


def test_a_missing_answer_is_named_where_it_is_missing(app: Flask, visitor: Visitor) -> None:
    page = visitor.post(ADDRESS, {"field": "thue", "comment": "Vẫn còn đây", "staff": "2", "reasons": "wait"}, 422)
    assert "Vẫn còn đây" in page.words("textarea")
    chosen = {(tag.attrs["name"], tag.attrs["value"]) for tag in page.all("input[checked]")}
    assert chosen == {("field", "thue"), ("staff", "2"), ("reasons", "wait")}
    described = [tag for tag in page.all("[aria-describedby]") if tag.query('input[name="overall"]')]
    assert described
    assert kept(app) == 0


def test_a_comment_that_is_too_long_is_given_back_whole(app: Flask, visitor: Visitor) -> None:
    comment = "ô" * 501
    page = visitor.post(ADDRESS, ANSWERS | {"comment": comment}, 422)
    assert comment in page.text
    assert "500" in page.text
    assert kept(app) == 0


def test_a_script_in_a_comment_is_text(app: Flask, visitor: Visitor) -> None:
    evil = "</textarea><script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
    page = visitor.post(ADDRESS, {"comment": evil}, 422)
    assert not page.all("img")
    assert not page.all("script")
    assert page.one("textarea").to_text().strip() == evil


HOSTILE = [
    ("a score of six", b"overall=6&field=thue", 422),
    ("a score of zero", b"overall=0&field=thue", 422),
    ("no number", b"overall=five&field=thue", 422),
    ("full-width digits", "overall=５&field=thue".encode(), 422),
    ("overall does not offer 'not applicable'", b"overall=na&field=thue", 422),
    ("staff does not offer it either", b"overall=5&field=thue&staff=na", 422),
    ("an unknown field", b"overall=5&field=magic", 422),
    ("an unknown option", b"overall=5&field=thue&visits=99", 422),
    ("an unknown reason", b"overall=5&field=thue&reasons=wait&reasons=magic", 422),
    ("nothing", b"", 422),
    ("NUL in the comment", b"overall=5&field=thue&comment=a%00b", 422),
    ("NUL in the score", b"overall=5%00&field=thue", 422),
    ("an escape character", b"overall=5&field=thue&comment=%1b[31m", 422),
    ("NUL in the key", b"overall=5&field=thue&key=aaaaaaaa%00", 422),
    ("a key with a newline", b"overall=5&field=thue&key=aaaaaaaaaa%0a", 422),
    ("a key of a thousand letters", b"overall=5&field=thue&key=" + b"k" * 1000, 422),
    ("a lone surrogate", b"overall=5&field=thue&comment=%ED%A0%80", 400),
    ("bytes that are no UTF-8", b"overall=5&field=thue&comment=%ff%fe", 400),
    ("raw bytes that are no UTF-8", b"overall=5&field=thue&comment=\xff", 400),
    ("overall twice", b"overall=5&overall=1&field=thue", 400),
    ("the field twice", b"overall=5&field=thue&field=dat-dai", 400),
    ("ten thousand fields", b"&".join(b"x%d=1" % n for n in range(6000)), 400),
    ("one megabyte", b"overall=5&field=thue&comment=" + b"x" * 1_000_000, 413),
    ("just over 64 KiB", b"overall=5&field=thue&comment=" + b"x" * 65_530, 413),
]


@pytest.mark.parametrize(("body", "status"), [case[1:] for case in HOSTILE], ids=[case[0] for case in HOSTILE])
def test_hostile_input_is_refused_and_nothing_is_kept(app: Flask, visitor: Visitor, body: bytes, status: int) -> None:
    page = visitor.post(ADDRESS, body, status)
    assert page.words("h1")
    assert kept(app) == 0


@pytest.mark.parametrize(
    "content_type", ["application/json", "text/plain", "multipart/form-data; boundary=x", "", "nonsense"]
)
def test_another_content_type_is_refused(app: Flask, visitor: Visitor, content_type: str) -> None:
    visitor.post(ADDRESS, b"overall=5&field=thue", 415, content_type=content_type)
    assert kept(app) == 0


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.one_of(
    st.binary(max_size=300),
    st.dictionaries(st.sampled_from(["overall", "field", "key", "comment", "staff", "version", "reasons"]),
                    st.text(max_size=30)).map(lambda fields: urlencode(fields, errors="surrogatepass").encode()),
))  # fmt: skip
def test_whatever_is_sent_there_is_no_error_of_ours(app: Flask, visitor: Visitor, body: bytes) -> None:
    before = kept(app)
    answer = visitor.client.post(ADDRESS, data=body, content_type="application/x-www-form-urlencoded")
    assert answer.status_code in (303, 400, 409, 422)
    assert kept(app) - before == (answer.status_code == 303)


@pytest.mark.parametrize("code", ["AAAAAAAA", "e4xqhj48", "x", "%00", "..%2f..%2fetc", "é" * 8])
def test_an_unknown_code_is_not_found(visitor: Visitor, code: str) -> None:
    assert "Không" in visitor.get(f"/r/{code}", 404).text
    visitor.post(f"/r/{code}", ANSWERS, 404)


def test_a_code_may_be_typed_in_lower_case(app: Flask, visitor: Visitor) -> None:
    visitor.get(ADDRESS.lower())
    visitor.post(ADDRESS.lower(), ANSWERS)
    assert kept(app) == 1


def test_a_closed_touchpoint_is_gone_a_second_later(app: Flask, visitor: Visitor) -> None:
    visitor.get(ADDRESS)
    with app.app_context():
        touchpoints.close(lookups.touchpoint(EXIT_OF_PROVINCE), datetime(2026, 9, 1, tzinfo=UTC).date())
    sleep(survey.OPEN_SECONDS + 0.05)
    visitor.get(ADDRESS, 410)
    visitor.post(ADDRESS, ANSWERS, 410)
    assert kept(app) == 0


def test_a_database_that_cannot_be_written_gives_the_answers_back(
    app: Flask, visitor: Visitor, caplog: pytest.LogCaptureFixture
) -> None:
    key = visitor.get(ADDRESS).value("key")
    with app.app_context():
        read_only = "PRAGMA query_only = ON" if db.engine.dialect.name == "sqlite" else "SET TRANSACTION READ ONLY"
        engine = db.engine

    def refuse(connection: object, *_: object) -> None:
        connection.execute(read_only)  # type: ignore[attr-defined]

    event.listen(engine, "checkout", refuse)
    page = visitor.post(ADDRESS, ANSWERS | {"comment": "Giữ lấy", "key": key}, 503)
    assert "Giữ lấy" in page.words("textarea")
    assert page.value("key") == key
    assert "could not be kept" in caplog.text
    assert not {"Giữ lấy", key} & set(re.split(r"[\s'\",()]+", caplog.text)), "an answer stands in the log"
    assert page.headers["Retry-After"]
    event.remove(engine, "checkout", refuse)
    with app.app_context():
        engine.dispose()
    visitor.post(ADDRESS, ANSWERS | {"comment": "Giữ lấy", "key": key})
    assert kept(app) == 1


def test_a_database_that_is_gone_leaves_the_known_form_standing(app: Flask, visitor: Visitor) -> None:
    visitor.get(ADDRESS)
    with app.app_context():
        engine = db.engine
        engine.dispose()

    def refuse(*_: object) -> None:
        from sqlalchemy.exc import OperationalError

        raise OperationalError("connect", None, Exception("gone"))

    event.listen(engine, "checkout", refuse)
    visitor.get(ADDRESS)
    page = visitor.post(ADDRESS, ANSWERS | {"comment": "Giữ lấy"}, 503)
    assert "Giữ lấy" in page.words("textarea")


def test_citizens_behind_one_address_are_all_heard(app: Flask) -> None:
    """A centre's Wi-Fi is one address for everybody."""

    def send() -> None:
        browser = Visitor(app)
        for _ in range(10):
            browser.post(ADDRESS, ANSWERS, environ_overrides={"REMOTE_ADDR": "203.0.113.9"})

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert kept(app) == 40


def test_a_receipt_of_another_place_is_not_found(visitor: Visitor) -> None:
    sent = visitor.post(ADDRESS, ANSWERS)
    receipt = sent.headers["Location"].split("/")[-1]
    visitor.get(f"/r/{COUNTER_1}/thanks/{receipt}", 404)
    visitor.get(f"{ADDRESS}/thanks/2222222222", 404)
    visitor.get(f"{ADDRESS}/thanks/%00", 404)


def test_a_new_name_shows_within_the_time_a_page_is_kept(database: str, tmp_path: Path) -> None:
    app = make_app(tmp_path / "another", database, page_cache_seconds=1)
    visitor = Visitor(app)
    visitor.get(ADDRESS)
    with app.app_context(), writing() as session:
        session.get_one(models.Unit, lookups.unit("trung-tam-tinh").id).name_vi = "<b>Tên & mới</b>"
    sleep(1.05)
    page = visitor.get(ADDRESS)
    assert "Tên &amp; mới" in page.text
    assert "<b>Tên" not in page.text

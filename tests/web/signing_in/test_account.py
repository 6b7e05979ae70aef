"""The own account: sessions that can be ended, passwords that can be changed, links that work once."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import Message
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message as MessageHandler
from flask import Flask
from sqlalchemy import event

from sipas.catalogue import lookups
from sipas.core.db import db, writing
from sipas.staff import accounts, administration, sessions
from sipas.staff.sessions import StaffSession
from sipas.web.kit import account_letters
from tests.conftest import COUNTER_1, PASSWORD, make_app
from tests.pages import Visitor
from tests.web.staff_accounts import acts, make, set_up_second_step, type_password, user

EMAIL = "hoa.tran@test.example"
NEW = "lotus-drum-seven-boats"
FIREFOX = {"User-Agent": "Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0"}


def signed_in(app: Flask, email: str = EMAIL) -> Visitor:
    browser = Visitor(app)
    browser.sign_in(email, PASSWORD)
    return browser


def test_the_account_page_says_where_one_is_signed_in_and_ends_one(app: Flask) -> None:
    make(app, EMAIL)
    here = signed_in(app)
    there = Visitor(app)
    token = there.get("/sign-in").value("csrf_token")
    there.post("/sign-in", {"email": EMAIL, "password": PASSWORD, "csrf_token": token}, 302, headers=FIREFOX)
    page = here.get("/account?lang=en")
    assert "Firefox · Windows" in page.text
    assert page.text.count("this device") == 1
    form = next(one for one in page.all("form.press") if one.query('input[name="session"]'))
    which = form.query('input[name="session"]')[0].attrs["value"]
    here.post("/account/sessions/end", {"csrf_token": page.value("csrf_token"), "session": which})
    there.get("/account", 302)
    here.get("/account")
    here.post("/account/sessions/end", {"csrf_token": page.value("csrf_token"), "session": which})


def test_nobody_ends_the_session_of_another(app: Flask) -> None:
    make(app, EMAIL)
    other = signed_in(app, make(app, "other@test.example"))
    mine = signed_in(app)
    with app.app_context():
        which = sessions.of(user("other@test.example"))[0].id
    mine.post("/account/sessions/end", {"csrf_token": mine.get("/account").value("csrf_token"), "session": which})
    other.get("/account")


def test_all_others_can_be_ended_at_once(app: Flask) -> None:
    make(app, EMAIL)
    others = [signed_in(app) for _ in range(3)]
    mine = signed_in(app)
    mine.send("/account", {}, 405)
    mine.post("/account/sessions/end-others", {"csrf_token": mine.get("/account").value("csrf_token")})
    assert "3 thiết bị" in mine.get("/account").text
    for other in others:
        other.get("/account", 302)


def test_a_copied_cookie_is_dead_after_signing_out(app: Flask) -> None:
    make(app, EMAIL)
    browser = signed_in(app)
    cookie = browser.client.get_cookie("session")
    assert cookie
    browser.post("/sign-out", {"csrf_token": browser.get("/account").value("csrf_token")}, 302)
    thief = Visitor(app)
    thief.client.set_cookie("session", cookie.value)
    thief.get("/account", 302)
    assert acts(app, EMAIL)[-1] == "session.ended"


def test_what_a_browser_held_before_signing_in_opens_nothing_afterwards(app: Flask) -> None:
    make(app, EMAIL)
    victim = Visitor(app)
    token = victim.get("/sign-in").value("csrf_token")
    planted = victim.client.get_cookie("session")
    assert planted
    victim.post("/sign-in", {"email": EMAIL, "password": PASSWORD, "csrf_token": token}, 302)
    fresh = victim.client.get_cookie("session")
    assert fresh
    assert fresh.value != planted.value
    attacker = Visitor(app)
    attacker.client.set_cookie("session", planted.value)
    attacker.get("/account", 302)
    victim.post("/account/sessions/end-others", {"csrf_token": token}, 400)


def test_a_session_that_nobody_used_for_twelve_hours_is_over(app: Flask) -> None:
    make(app, EMAIL)
    browser = signed_in(app)
    with app.app_context(), writing() as session:
        row = session.query(StaffSession).one()
        row.seen_at -= timedelta(hours=11)
    browser.get("/account")
    with app.app_context(), writing() as session:
        row = session.query(StaffSession).one()
        assert datetime.now(UTC) - row.seen_at < timedelta(minutes=1)
        row.seen_at -= timedelta(hours=12, seconds=1)
    browser.get("/account", 302)


def test_reading_writes_nothing_for_five_minutes_and_goes_on_when_nothing_can_be_written(app: Flask) -> None:
    make(app, EMAIL)
    browser = signed_in(app)
    said: list[str] = []
    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", lambda *told: said.append(told[2]))
    browser.get("/account")
    assert not [one for one in said if re.match("insert|update|delete", one, re.IGNORECASE)]
    assert len([one for one in said if "staff_session.id = " in one]) == 1
    with app.app_context(), writing() as session:
        session.query(StaffSession).one().seen_at -= timedelta(hours=1)
    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", _refuse_writes)
    browser.get("/account")


def _refuse_writes(connection: Any, _: Any, statement: str, *__: Any) -> None:
    if statement.lower().startswith(("update", "insert")):
        from sqlalchemy.exc import OperationalError

        raise OperationalError(statement, {}, Exception("read-only"))


def test_citizens_requests_ask_for_no_session(app: Flask) -> None:
    make(app, EMAIL)
    browser = signed_in(app)
    said: list[str] = []
    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", lambda *told: said.append(told[2]))
    answer = browser.get(f"/r/{COUNTER_1}")
    assert "Set-Cookie" not in answer.headers
    assert not [one for one in said if "staff_session" in one or "user_account" in one]


def test_changing_the_password_ends_the_other_sessions_and_needs_the_old_one(app: Flask) -> None:
    make(app, EMAIL)
    other, mine = signed_in(app), signed_in(app)
    new = {"new_password": NEW, "new_password_confirm": NEW}
    page = mine.send("/account/password", {"password": "wrong", **new}, 422)
    assert "không đúng" in page.text
    page = mine.send("/account/password", {"password": PASSWORD, **new, "new_password_confirm": "x"}, 422)
    assert "không giống nhau" in page.text
    easy = {"new_password": "hoa.tran2026", "new_password_confirm": "hoa.tran2026"}
    assert "dễ đoán" in mine.send("/account/password", {"password": PASSWORD, **easy}, 422).text
    mine.send("/account/password", {"password": PASSWORD, **new}, 302)
    mine.get("/account")
    other.get("/account", 302)
    type_password(Visitor(app), EMAIL, PASSWORD, 422)
    Visitor(app).sign_in(EMAIL, NEW)


def test_a_password_with_vietnamese_marks_is_the_same_from_every_keyboard(app: Flask) -> None:
    import unicodedata

    password = "hoàng hôn trên vịnh xanh"
    with app.app_context():
        accounts.add(EMAIL, unicodedata.normalize("NFC", password), "manager", lookups.unit("hong-gai"))
    Visitor(app).sign_in(EMAIL, unicodedata.normalize("NFD", password))


def test_setting_up_the_second_step_ends_the_other_sessions(app: Flask) -> None:
    make(app, EMAIL)
    other, mine = signed_in(app), signed_in(app)
    set_up_second_step(mine)
    mine.get("/account")
    other.get("/account", 302)


def test_a_link_lets_its_owner_choose_a_password_once(app: Flask) -> None:
    make(app, EMAIL)
    old = signed_in(app)
    with app.app_context():
        link = account_letters.password_link(user(EMAIL))
        path = link.removeprefix(account_letters.public_address())
    browser = Visitor(app)
    browser.send(path, {"password": "quangninh", "password_confirm": "quangninh"}, 422)
    assert browser.send(path, {"password": NEW, "password_confirm": NEW}, 302).headers["Location"] == "/sign-in"
    old.get("/account", 302)
    assert "Đã lưu" in browser.get("/sign-in").text
    assert browser.get(path, 302).headers["Location"] == "/reset"
    assert "ba ngày" in browser.get("/reset").text
    browser.get(path[:-2] + "xx", 302)
    browser.sign_in(EMAIL, NEW)
    assert "account.password_reset" in acts(app, EMAIL)


def test_a_link_ends_after_three_days_and_with_the_account(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    make(app, EMAIL)
    with app.app_context():
        path = account_letters.password_link(user(EMAIL)).removeprefix(account_letters.public_address())
    now = time.time()
    with monkeypatch.context() as later:
        later.setattr(time, "time", lambda: now + 3 * 86400 + 60)
        Visitor(app).get(path, 302)
    Visitor(app).get(path)
    with app.app_context():
        administration.deactivate(user(EMAIL))
    Visitor(app).get(path, 302)


class Letters(MessageHandler):
    """A mail server's box."""

    def __init__(self) -> None:
        super().__init__()
        self.taken: list[Message] = []

    def handle_message(self, message: Message) -> None:
        self.taken.append(message)

    def wait_for(self, number: int) -> list[str]:
        """The texts of so many letters; waits for them a while."""
        for _ in range(100):
            if len(self.taken) >= number:
                break
            time.sleep(0.05)
        assert len(self.taken) == number
        return [one.get_payload(decode=True).decode() for one in self.taken]  # type: ignore[union-attr]


@pytest.fixture
def box() -> Iterator[tuple[Letters, int]]:
    """A real mail server on this machine, its box and its port."""
    letters_ = Letters()
    controller = Controller(letters_, hostname="127.0.0.1", port=0)
    controller.port = _free_port()
    controller.start()
    yield letters_, controller.port
    controller.stop()


def _free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def mailing(tmp_path: Path, database: str, port: int) -> Flask:
    return make_app(
        tmp_path,
        database,
        mail_server="127.0.0.1",
        mail_port=port,
        mail_tls="none",
        mail_sender="sipas@test.example",
        base_url="https://sipas.test.example",
    )


def test_who_forgot_the_password_gets_a_letter_whose_link_leads_to_the_public_address(
    database: str, tmp_path: Path, box: tuple[Letters, int]
) -> None:
    app = mailing(tmp_path, database, box[1])
    make(app, EMAIL)
    browser = Visitor(app)
    pages = []
    for email in (EMAIL, "nobody@test.example"):
        evil: dict[str, Any] = {"base_url": "https://evil.example"}
        token = browser.get("/reset", **evil).value("csrf_token")
        headers = {"Referer": "https://evil.example/reset"}
        data = {"email": email, "csrf_token": token}
        pages.append(browser.post("/reset", data, 200, headers=headers, **evil).words("main"))
    assert pages[0] == pages[1]
    (text,) = box[0].wait_for(1)
    link = re.search(r"https://\S+", text)
    assert link
    assert link[0].startswith("https://sipas.test.example/reset/")
    assert "evil" not in text
    assert "three days" in text
    path = link[0].removeprefix("https://sipas.test.example")
    https: dict[str, Any] = {"base_url": "https://sipas.test.example"}
    form = {"csrf_token": browser.get(path, **https).value("csrf_token"), "password": NEW, "password_confirm": NEW}
    browser.post(path, form, 302, headers={"Referer": "https://sipas.test.example" + path}, **https)
    assert "vừa được đổi" in box[0].wait_for(2)[1]


def test_nobody_is_flooded_with_letters(database: str, tmp_path: Path, box: tuple[Letters, int]) -> None:
    app = mailing(tmp_path, database, box[1])
    make(app, EMAIL)
    browser = Visitor(app)
    https: dict[str, Any] = {
        "base_url": "https://sipas.test.example",
        "headers": {"Referer": "https://sipas.test.example/"},
    }
    token = browser.get("/reset", base_url="https://sipas.test.example").value("csrf_token")
    answers = [browser.post("/reset", {"email": EMAIL, "csrf_token": token}, None, **https).status for _ in range(6)]
    assert answers == [200] * 5 + [429]
    box[0].wait_for(5)


def test_a_mail_server_that_is_down_is_told_to_everybody_alike(database: str, tmp_path: Path) -> None:
    app = mailing(tmp_path, database, _free_port())
    make(app, EMAIL)
    browser = Visitor(app)
    https: dict[str, Any] = {
        "base_url": "https://sipas.test.example",
        "headers": {"Referer": "https://sipas.test.example/"},
    }
    token = browser.get("/reset", base_url="https://sipas.test.example").value("csrf_token")
    for email in (EMAIL, "nobody@test.example"):
        page = browser.post("/reset", {"email": email, "csrf_token": token}, 503, **https)
        assert "thư" in page.text


def test_without_a_mail_server_the_page_says_whom_to_ask(app: Flask, visitor: Visitor) -> None:
    assert "quản trị viên" in visitor.get("/reset").text
    assert not visitor.get("/reset").all("main form")
    visitor.get("/reset?lang=en")

"""Administrators invite, change, switch off and bring back the accounts of their own unit's subtree."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from sipas.core import audit
from sipas.core.db import db
from sipas.staff import accounts, administration
from sipas.staff.accounts import User
from tests.conftest import PASSWORD, make_app
from tests.pages import Visitor
from tests.web.staff_accounts import acts, make, set_up_second_step, type_password, user

BOSS, EMAIL = "boss@test.example", "an.pham@test.example"
NEW = "lotus-drum-seven-boats"


@pytest.fixture
def boss(app: Flask) -> Visitor:
    """Who administers the whole."""
    return administrator(app, BOSS, None)


def administrator(app: Flask, email: str, unit: str | None) -> Visitor:
    make(app, email, "administrator", unit)
    browser = Visitor(app)
    browser.sign_in(email, PASSWORD)
    return browser


def invite(browser: Visitor, email: str = EMAIL, role: str = "manager", unit: str = "bai-chay") -> str:
    """Invite somebody; the address of their page."""
    sent = {"email": email, "name": "Phạm  An ", "role": role, "unit": unit}
    return browser.send("/admin/users/new", sent).headers["Location"]


def test_who_is_invited_chooses_a_password_through_a_link_that_is_shown_once(app: Flask, boss: Visitor) -> None:
    where = invite(boss)
    page = boss.get(where + "?lang=en")
    link = page.words("main pre").replace(" ", "")
    assert page.one("img.qr").attrs["src"].startswith("data:image/png")
    assert "Phạm An" in page.text
    assert not boss.get(where).all("main pre")
    path = re.sub(r"^https?://[^/]+", "", link)
    invited = Visitor(app)
    invited.send(path, {"password": NEW, "password_confirm": NEW}, 302)
    invited.sign_in(EMAIL, NEW)
    invited.get("/reports/bai-chay")
    invited.get("/reports/hong-gai", 404)
    assert {"account.added", "account.invited"} <= set(acts(app, BOSS))


def test_links_lead_to_the_public_address_whatever_the_request_claims(database: str, tmp_path: Path) -> None:
    app = make_app(tmp_path, database, base_url="http://sipas.test.example")
    boss = administrator(app, BOSS, None)
    where = invite(boss)
    with app.app_context():
        which = user(EMAIL).id
    token = boss.get(where).value("csrf_token")
    held = boss.client.get_cookie("session")
    assert held
    boss.client.set_cookie("session", held.value, domain="evil.example")
    boss.post(f"/admin/users/{which}/invite", {"csrf_token": token}, base_url="http://evil.example")
    page = boss.get(where, base_url="http://evil.example")
    assert page.words("main pre").startswith("http://sipas.test.example/reset/")


def test_what_is_wrong_with_an_invitation_stands_beside_its_field(app: Flask, boss: Visitor) -> None:
    for email, words in ((BOSS, "đã có tài khoản"), ("no address", "không phải địa chỉ")):
        page = boss.send("/admin/users/new", {"email": email, "name": "An", "role": "viewer", "unit": "bai-chay"}, 422)
        assert words in page.text
        assert page.value("name") == "An"
    boss.send("/admin/users/new", {"email": EMAIL, "role": "emperor", "unit": "bai-chay"}, 422)


def test_an_administrator_of_a_centre_gives_nobody_a_wider_scope(app: Flask) -> None:
    local = administrator(app, "local@test.example", "bai-chay")
    whole = make(app, BOSS, "administrator", None)
    page = local.get("/admin/users/new")
    offered = {one.attrs["value"] for one in page.all("#unit option")}
    assert offered == {"bai-chay", "bai-chay-diem-2"}
    local.send("/admin/users/new", {"email": EMAIL, "name": "", "role": "administrator", "unit": "quang-ninh"}, 422)
    assert invite(local, unit="bai-chay-diem-2")
    assert whole not in local.get("/admin/users").text
    with app.app_context():
        which = user(whole).id
    local.get(f"/admin/users/{which}", 404)
    local.get("/admin/users?unit=hong-gai", 404)
    mine = local.get("/admin/users").text
    assert EMAIL in mine


def test_the_list_is_narrowed_by_words_role_and_unit(app: Flask, boss: Visitor) -> None:
    invite(boss)
    make(app, "hong@test.example", "viewer", "hong-gai")
    for query, found in (
        ("words=an.ph", EMAIL),
        ("words=Phạm", EMAIL),
        ("role=viewer", "hong@test.example"),
        ("unit=bai-chay", EMAIL),
    ):
        page = boss.get(f"/admin/users?{query}")
        assert [one.attrs["href"] for one in page.all("tbody th a")], query
        assert found in page.text
        assert BOSS not in page.text
    assert not boss.get("/admin/users?words=%25").all("tbody th a")
    boss.get("/admin/users?role=emperor&lang=en")


def test_name_role_and_unit_can_be_changed_and_two_editors_are_told(app: Flask, boss: Visitor) -> None:
    where = invite(boss)
    stale = boss.get(f"{where}/edit")
    hidden = {one.attrs["name"]: one.attrs["value"] for one in stale.all('main input[type="hidden"]')}
    boss.send(f"{where}/edit", {"name": "An Phạm", "role": "viewer", "unit": "hong-gai"})
    page = boss.post(f"{where}/edit", {**hidden, "name": "Anh", "role": "manager", "unit": "bai-chay"}, 409)
    assert "An Phạm" in page.text
    assert page.value("name") == "Anh"
    again = {one.attrs["name"]: one.attrs["value"] for one in page.all('main input[type="hidden"]')}
    boss.post(f"{where}/edit", {**again, "name": "Anh", "role": "manager", "unit": "bai-chay"}, 303)
    with app.app_context():
        found = user(EMAIL)
        assert (found.name, found.role, found.unit and found.unit.code) == ("Anh", "manager", "bai-chay")


def test_another_role_begins_with_another_sign_in_and_its_second_step(database: str, tmp_path: Path) -> None:
    app = make_app(tmp_path, database, second_step_roles="administrator")
    make(app, EMAIL, "manager", "hong-gai")
    manager = Visitor(app)
    manager.sign_in(EMAIL, PASSWORD)
    make(app, BOSS, "administrator", None)
    boss = Visitor(app)
    type_password(boss, BOSS)
    set_up_second_step(boss)
    with app.app_context():
        page = f"/admin/users/{user(EMAIL).id}/edit"
    boss.send(page, {"name": "An", "role": "manager", "unit": "bai-chay"})
    manager.get("/reports/bai-chay")
    boss.send(page, {"name": "An", "role": "administrator", "unit": "quang-ninh"})
    manager.get("/admin", 302)
    assert type_password(Visitor(app), EMAIL).headers["Location"] == "/second-step/set-up"


def test_who_is_switched_off_is_out_at_once_and_can_come_back(app: Flask, boss: Visitor) -> None:
    make(app, EMAIL, "manager", "bai-chay")
    browser = Visitor(app)
    browser.sign_in(EMAIL, PASSWORD)
    with app.app_context():
        where = f"/admin/users/{user(EMAIL).id}"
    token = boss.get(where).value("csrf_token")
    boss.post(f"{where}/deactivate", {"csrf_token": token})
    browser.get("/account", 302)
    type_password(Visitor(app), EMAIL, PASSWORD, 422)
    boss.post(f"{where}/invite", {"csrf_token": token})
    assert not boss.get(where).all("main pre")
    boss.post(f"{where}/reactivate", {"csrf_token": token})
    Visitor(app).sign_in(EMAIL, PASSWORD)


def test_a_lost_phone_can_be_forgotten_and_somebody_signed_out_everywhere(app: Flask, boss: Visitor) -> None:
    make(app, EMAIL, "manager", "bai-chay")
    browser = Visitor(app)
    browser.sign_in(EMAIL, PASSWORD)
    set_up_second_step(browser)
    with app.app_context():
        where = f"/admin/users/{user(EMAIL).id}"
    page = boss.get(where)
    assert len(page.all("tbody tr")) == 1
    boss.post(f"{where}/forget-second-step", {"csrf_token": page.value("csrf_token")})
    browser.get("/account", 302)
    again = Visitor(app)
    again.sign_in(EMAIL, PASSWORD)
    again.get("/account")
    boss.post(f"{where}/end-sessions", {"csrf_token": page.value("csrf_token")})
    again.get("/account", 302)
    assert "account.second_step_reset" in acts(app, BOSS)


def test_the_last_administrator_of_the_whole_stays(app: Flask, boss: Visitor) -> None:
    make(app, "local@test.example", "administrator", "bai-chay")
    with app.app_context():
        where = f"/admin/users/{user(BOSS).id}"
    token = boss.get(where).value("csrf_token")
    boss.post(f"{where}/deactivate", {"csrf_token": token})
    assert "cuối cùng" in boss.get(where).text
    boss.send(f"{where}/edit", {"name": "", "role": "viewer", "unit": "quang-ninh"}, 422)
    boss.send(f"{where}/edit", {"name": "", "role": "administrator", "unit": "bai-chay"}, 422)
    boss.send(f"{where}/edit", {"name": "Boss", "role": "administrator", "unit": "quang-ninh"}, 303)
    make(app, "second@test.example", "administrator", "quang-ninh")
    boss.post(f"{where}/deactivate", {"csrf_token": token})
    boss.get("/admin", 302)


def test_a_mail_server_that_is_down_leaves_an_account_and_a_link(database: str, tmp_path: Path) -> None:
    app = make_app(tmp_path, database, mail_server="127.0.0.1", mail_port=9, mail_tls="none")
    boss = administrator(app, BOSS, None)
    page = boss.get(invite(boss))
    assert "không nhận thư" in page.text
    assert page.all("main pre")


def test_commands_list_invite_reset_and_switch_off(app: Flask) -> None:
    run = app.test_cli_runner().invoke

    def said(*words: str, code: int = 0) -> str:
        with audit.acting("installation"):  # as a command's own process begins
            result = run(args=["users", *words])
        assert result.exit_code == code, result.output
        return result.output

    assert "/reset/" in said("invite", EMAIL, "--role", "manager", "--unit", "hong-gai", "--name", "An")
    assert "has an account" in said("invite", EMAIL, "--role", "manager", "--unit", "hong-gai", code=1)
    assert f"{EMAIL}\tmanager\thong-gai\tpassword alone\tactive" in said("list")
    path = re.sub(r"^https?://[^/]+", "", said("reset", EMAIL, "--second-step").strip())
    Visitor(app).send(path, {"password": NEW, "password_confirm": NEW}, 302)
    Visitor(app).sign_in(EMAIL, NEW)
    said("deactivate", EMAIL)
    assert "deactivated" in said("list")
    said("reset", EMAIL, code=1)
    said("reactivate", EMAIL)
    assert "no account" in said("reset", "nobody@test.example", code=1)
    said("add", BOSS, "--role", "administrator")
    assert "last administrator" in said("deactivate", BOSS, code=1)
    easy = ("add", "x@test.example", "--role", "viewer", "--unit", "hong-gai", "--password")
    assert "easy to guess" in said(*easy, "quangninh2026", code=1)
    assert "10 characters" in said(*easy, "short", code=1)
    assert "installation" in set(_actors(app))


def _actors(app: Flask) -> list[str]:
    with app.app_context():
        return list(db.session.scalars(select(audit.AuditEntry.actor)))


def test_no_secret_of_an_account_stands_in_the_audit(app: Flask, boss: Visitor) -> None:
    invite(boss)
    with app.app_context():
        row = db.session.scalar(select(User).where(User.email == EMAIL))
        assert row
        administration.deactivate(row)
        written = " ".join(f"{one.before} {one.after}" for one in db.session.scalars(select(audit.AuditEntry)))
        assert row.password not in written
        assert row.fs_uniquifier not in written
        assert accounts.with_email("\x00") is None

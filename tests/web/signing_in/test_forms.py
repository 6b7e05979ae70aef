"""Signing in: two steps where the role needs them, limits that slow a guesser and nobody else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask

from sipas.catalogue import lookups
from sipas.core.settings import Settings, SettingsWrong
from sipas.run import installation
from sipas.staff import accounts
from tests.conftest import PASSWORD, make_app
from tests.pages import Visitor
from tests.web.staff_accounts import (
    acts,
    make,
    recovery_codes,
    set_up_second_step,
    type_password,
    user,
)

EMAIL = "lan.nguyen@test.example"


@pytest.fixture
def strict(database: str, tmp_path: Path) -> Flask:
    """The application as it comes: administrators and the province must have a second step."""
    return make_app(tmp_path, database, second_step_roles="administrator,province")


def test_an_administrator_is_led_to_set_up_the_second_step_and_gets_codes_to_print(strict: Flask) -> None:
    make(strict, EMAIL, "administrator", None)
    browser = Visitor(strict)
    assert type_password(browser, EMAIL).headers["Location"] == "/second-step/set-up"
    browser.get("/reports", 302)
    page = browser.get("/second-step/set-up?lang=en")
    assert "two steps" in page.text
    shown = browser.send("/second-step/set-up", {"setup": "authenticator"}, 200)
    assert shown.one("img.qr").attrs["src"].startswith("data:image/svg+xml;base64,")
    set_up_second_step(browser)
    browser.get("/admin")
    codes = recovery_codes(browser)
    assert len(codes) == len(set(codes)) == 8
    assert not browser.get("/account/recovery-codes?show_codes=1").all(".codes")
    assert "account.second_step_set" not in acts(strict, EMAIL)
    with strict.app_context():
        stored = user(EMAIL)
        assert len(stored.mf_recovery_codes or []) == 8
        assert not set(codes) & set(stored.mf_recovery_codes or [])
        assert "secret" not in (stored.tf_totp_secret or "secret")[:6]


def test_afterwards_the_phone_is_asked_for_each_time_and_a_code_works_once(strict: Flask) -> None:
    make(strict, EMAIL, "province", "quang-ninh")
    browser = Visitor(strict)
    type_password(browser, EMAIL)
    phone = set_up_second_step(browser)
    again = Visitor(strict)
    assert type_password(again, EMAIL).headers["Location"].startswith("/second-step")
    again.get("/reports", 302)
    code = phone.code()
    again.send("/second-step", {"code": code}, 302)
    again.get("/reports/quang-ninh")
    copied = Visitor(strict)
    type_password(copied, EMAIL)
    page = copied.send("/second-step", {"code": code}, 422)
    assert "đã dùng" in page.text
    copied.send("/second-step", {"code": ""}, 422)
    copied.get("/reports", 302)


def test_a_code_that_was_used_is_used_for_every_process(strict: Flask, database: str, tmp_path: Path) -> None:
    make(strict, EMAIL, "province", "quang-ninh")
    browser = Visitor(strict)
    type_password(browser, EMAIL)
    phone = set_up_second_step(browser)
    other = Visitor(make_app(tmp_path, database, second_step_roles="province"))
    code = phone.code()
    for one, status in ((other, 302), (Visitor(strict), 422)):
        type_password(one, EMAIL)
        one.send("/second-step", {"code": code}, status)
    with strict.app_context():
        owner = accounts.with_email(EMAIL)
        assert owner is not None
        assert owner.tf_last_counter is not None
        counter = owner.tf_last_counter
        assert not accounts.use_up(owner, counter)
        assert accounts.use_up(owner, counter + 1)


def test_a_recovery_code_opens_once(strict: Flask) -> None:
    make(strict, EMAIL, "administrator", None)
    browser = Visitor(strict)
    type_password(browser, EMAIL)
    set_up_second_step(browser)
    code = recovery_codes(browser)[3]
    other = Visitor(strict)
    type_password(other, EMAIL)
    assert other.get("/second-step/help", 302).headers["Location"] == "/second-step/recovery"
    other.send("/second-step/recovery", {"code": code.upper()}, 302)
    other.get("/admin")
    third = Visitor(strict)
    type_password(third, EMAIL)
    third.send("/second-step/recovery", {"code": code}, 422)
    third.get("/admin", 302)
    with strict.app_context():
        assert len(user(EMAIL).mf_recovery_codes or []) == 7


def test_nobody_comes_to_the_second_step_without_the_first(strict: Flask) -> None:
    for address in ("/second-step", "/second-step/set-up", "/second-step/recovery", "/second-step/choose"):
        browser = Visitor(strict)
        assert browser.get(address, 302).headers["Location"] == "/sign-in"
    assert "trước" in browser.get("/sign-in").text


def test_a_reader_may_set_it_up_and_switch_it_off_again(app: Flask) -> None:
    make(app, EMAIL, "viewer")
    browser = Visitor(app)
    browser.sign_in(EMAIL, PASSWORD)
    phone = set_up_second_step(browser)
    other = Visitor(app)
    assert type_password(other, EMAIL).headers["Location"].startswith("/second-step")
    other.send("/second-step", {"code": phone.code()}, 302)
    other.send("/second-step/set-up", {"setup": "disable"}, 302)
    browser.get("/account", 302)
    Visitor(app).sign_in(EMAIL, PASSWORD)
    done = acts(app, EMAIL)
    assert "account.second_step_set" in done
    assert "account.second_step_removed" in done


def test_who_must_have_it_cannot_switch_it_off(strict: Flask) -> None:
    make(strict, EMAIL, "administrator", None)
    browser = Visitor(strict)
    type_password(browser, EMAIL)
    set_up_second_step(browser)
    assert "disable" not in browser.get("/second-step/set-up").text
    browser.send("/second-step/set-up", {"setup": "disable"}, 200)
    with strict.app_context():
        assert user(EMAIL).has_second_step


def test_the_second_step_asks_for_the_password_again_after_half_an_hour(app: Flask) -> None:
    make(app, EMAIL)
    browser = Visitor(app)
    browser.sign_in(EMAIL, PASSWORD)
    with browser.client.session_transaction("/account") as session:
        session["fs_paa"] -= 31 * 60
        session.pop("fs_gexp", None)
    where = browser.get("/second-step/set-up", 302).headers["Location"]
    assert where.startswith("/account/confirm")
    browser.send(where, {"password": "something else"}, 422)
    assert browser.send(where, {"password": PASSWORD}, 302).headers["Location"].endswith("/second-step/set-up")
    browser.get("/second-step/set-up")


def test_the_first_administrator_is_led_through_the_second_step(empty_database: str, tmp_path: Path) -> None:
    new = make_app(tmp_path, empty_database, second_step_roles="administrator")
    with new.app_context():
        installation.prepare()
        made = installation.first_administrator()
    assert made
    browser = Visitor(new)
    assert type_password(browser, *made).headers["Location"] == "/second-step/set-up"
    set_up_second_step(browser)
    for address in ("/admin", "/account", "/admin/users"):
        browser.get(address)
    assert "đơn vị" in browser.get("/admin/users").words("main")


def test_an_easy_password_of_before_is_to_be_changed_after_signing_in(app: Flask) -> None:
    with app.app_context():
        accounts.keep(EMAIL, "quangninh2026", "manager", lookups.unit("hong-gai"), None)
    browser = Visitor(app)
    assert type_password(browser, EMAIL, "quangninh2026").headers["Location"] == "/account/password"
    assert "dễ đoán" in browser.get("/account/password").text


def test_guessing_is_slowed_down_and_the_owner_of_a_known_device_gets_in(app: Flask) -> None:
    make(app, EMAIL)
    known = Visitor(app)
    known.sign_in(EMAIL, PASSWORD)
    known.post("/sign-out", {"csrf_token": known.get("/account").value("csrf_token")}, 302)
    attacker = Visitor(app)
    for _ in range(5):
        type_password(attacker, EMAIL, "guessed", 422)
    page = type_password(attacker, EMAIL, PASSWORD, 429)
    assert 1 <= int(page.headers["Retry-After"]) <= 60
    assert "phút" in page.text
    type_password(Visitor(app), EMAIL.upper(), PASSWORD, 429)
    known.sign_in(EMAIL, PASSWORD)
    known.get("/account")
    assert acts(app).count("session.refused") == 5


def test_a_known_device_is_known_for_its_account_alone_and_is_limited_too(app: Flask) -> None:
    make(app, EMAIL)
    other = make(app, "other@test.example")
    known = Visitor(app)
    known.sign_in(EMAIL, PASSWORD)
    known.post("/sign-out", {"csrf_token": known.get("/account").value("csrf_token")}, 302)
    for _ in range(5):
        type_password(known, EMAIL, "guessed", 422)
    type_password(known, EMAIL, PASSWORD, 429)
    Visitor(app).sign_in(EMAIL, PASSWORD)
    for _ in range(5):
        type_password(Visitor(app), other, "guessed", 422)
    type_password(known, other, PASSWORD, 429)


def test_limits_tell_nobody_which_addresses_have_accounts(app: Flask) -> None:
    make(app, EMAIL)
    for email in (EMAIL, "nobody@test.example"):
        stranger = Visitor(app)
        pages = [type_password(stranger, email, "guessed", None) for _ in range(6)]
        assert [page.status for page in pages] == [422] * 5 + [429]


def test_an_address_that_guesses_at_many_accounts_is_slowed_down_behind_a_proxy_too(app: Flask) -> None:
    def guess(browser: Visitor, number: int, address: str) -> int:
        token = browser.get("/sign-in").value("csrf_token")
        data = {"email": f"n{number}@test.example", "password": "guessed", "csrf_token": token}
        return browser.client.post(
            "/sign-in", data=data, headers={"X-Forwarded-For": f"1.1.1.1, {address}"}
        ).status_code

    browser = Visitor(app)
    assert {guess(browser, number, "203.0.113.9") for number in range(60)} == {422}
    assert guess(browser, 61, "203.0.113.9") == 429
    assert guess(browser, 62, "203.0.113.10") == 422


def test_codes_are_limited_like_passwords(strict: Flask) -> None:
    make(strict, EMAIL, "administrator", None)
    browser = Visitor(strict)
    type_password(browser, EMAIL)
    phone = set_up_second_step(browser)
    thief = Visitor(strict)
    type_password(thief, EMAIL)
    for _ in range(5):
        thief.send("/second-step", {"code": "000000"}, 422)
    thief.send("/second-step", {"code": phone.code()}, 429)
    thief.send("/second-step/recovery", {"code": "1111-2222-3333"}, 429)
    own = Visitor(strict)
    assert type_password(own, EMAIL).headers["Location"].startswith("/second-step")


def test_refusals_stand_in_the_audit_without_what_was_typed(app: Flask) -> None:
    make(app, EMAIL)
    type_password(Visitor(app), EMAIL, "my-other-password", 422)
    type_password(Visitor(app), "a-password-typed@wrong.example", "x", 422)
    with app.app_context():
        from sipas.core.audit import AuditEntry
        from sipas.core.db import db

        refused = [one for one in db.session.query(AuditEntry) if one.act == "session.refused"]
        assert [one.actor for one in refused] == [EMAIL, "visitor"]
        assert not any(re.search("typed|my-other", f"{one.subject} {one.after}") for one in refused)


def test_a_role_that_is_none_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(SettingsWrong, match="SIPAS_SECOND_STEP_ROLES"):
        make_app(tmp_path, second_step_roles="administrator,boss")
    assert Settings.model_fields["second_step_roles"].default == "administrator,province"


def test_an_address_in_wide_letters_is_the_same_account_to_who_counts_guesses(app: Flask) -> None:
    make(app, EMAIL)
    name, _, domain = EMAIL.partition("@")
    wide = [f"{name}@{domain[:at]}{chr(ord(domain[at]) + 0xFEE0)}{domain[at + 1 :]}" for at in range(4)]
    for typed in (EMAIL, *wide):
        type_password(Visitor(app), typed, "wrong", 422)
    type_password(Visitor(app), wide[0].upper(), "wrong", 429)
    type_password(Visitor(app), EMAIL, status=429)

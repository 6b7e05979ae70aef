"""Single sign-on against a real OpenID Connect provider on this machine."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from flask import Flask

from tests.conftest import make_app
from tests.pages import Page, Visitor
from tests.web.staff_accounts import acts, make, set_up_second_step

EMAIL = "minh.le@test.example"
PEOPLE = (
    {"sub": "minh", "email": EMAIL, "email_verified": True},
    {"sub": "strong", "email": EMAIL, "email_verified": True, "amr": ["pwd", "otp"]},
    {"sub": "unverified", "email": EMAIL, "email_verified": False},
    {"sub": "stranger", "email": "stranger@test.example", "email_verified": True},
)


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    """The address of a provider that runs as a program of its own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    people = [part for one in PEOPLE for part in ("--user-claims", json.dumps(one))]
    command = [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "--port", str(port), *people]
    program = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_for(address)
        yield address
    finally:
        program.terminate()
        program.wait(10)


def _wait_for(address: str) -> None:
    for _ in range(100):
        try:
            requests.get(f"{address}/.well-known/openid-configuration", timeout=1).raise_for_status()
        except requests.RequestException:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("the provider did not start")


def with_provider(database: str, folder: Path, issuer: str, **chosen: object) -> Flask:
    return make_app(
        folder,
        database,
        oidc_issuer=issuer,
        oidc_client_id="sipas",
        oidc_client_secret="between-us",
        oidc_name="VNeID",
        base_url="http://sipas.test.example",
        **chosen,
    )


@pytest.fixture
def offering(database: str, tmp_path: Path, issuer: str) -> Flask:
    return with_provider(database, tmp_path, issuer)


def go(browser: Visitor, person: str, following: str = "") -> Page:
    """Press the button, say who one is at the provider, and come back."""
    page = browser.get(f"/sign-in{following}")
    form = next(one for one in page.all("main form") if "/single-sign-on/" in one.attrs["action"])
    answer = browser.post(form.attrs["action"], {"csrf_token": page.value("csrf_token")}, 302)
    there = answer.headers["Location"]
    asked = parse_qs(urlsplit(there).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["redirect_uri"] == ["http://sipas.test.example/single-sign-on/return/oidc"]
    back = requests.post(there, data={"sub": person}, allow_redirects=False, timeout=5).headers["Location"]
    return browser.get(back.removeprefix("http://sipas.test.example"), 302)


def test_the_button_is_there_only_when_a_provider_is_set_up(app: Flask, offering: Flask) -> None:
    assert "single-sign-on" not in Visitor(app).get("/sign-in").text
    page = Visitor(offering).get("/sign-in")
    assert "VNeID" in page.text
    assert "form-action 'self' http://127.0.0.1" in page.headers["Content-Security-Policy"]
    assert "127.0.0.1" not in Visitor(offering).get("/").headers["Content-Security-Policy"]
    token = Visitor(app).get("/sign-in").value("csrf_token")
    assert token
    assert Visitor(app).get("/single-sign-on/return/oidc", 302).headers["Location"] == "/sign-in"


def test_an_account_with_this_verified_address_gets_in(offering: Flask) -> None:
    make(offering, EMAIL)
    browser = Visitor(offering)
    assert go(browser, "minh").headers["Location"] == "/reports"
    browser.get("/account")
    assert "session.started" in acts(offering, EMAIL)


def test_one_comes_where_one_wanted_to_go_but_nowhere_else(offering: Flask) -> None:
    make(offering, EMAIL)
    assert go(Visitor(offering), "minh", "?next=/account").headers["Location"] == "/account"
    assert go(Visitor(offering), "minh", "?next=https://evil.example/").headers["Location"] == "/reports"


def test_who_has_no_account_or_no_verified_address_stays_out(offering: Flask) -> None:
    make(offering, EMAIL)
    for person, words in (("stranger", "chưa có tài khoản"), ("unverified", "chưa xác minh")):
        browser = Visitor(offering)
        assert go(browser, person).headers["Location"] == "/sign-in"
        assert words in browser.get("/sign-in").text
        browser.get("/account", 302)
    assert "session.refused" in acts(offering, "visitor")


def test_a_deactivated_account_stays_out(offering: Flask) -> None:
    from sipas.staff import administration
    from tests.web.staff_accounts import user

    make(offering, EMAIL)
    with offering.app_context():
        administration.deactivate(user(EMAIL))
    browser = Visitor(offering)
    assert go(browser, "minh").headers["Location"] == "/sign-in"
    browser.get("/account", 302)


def test_the_second_step_is_asked_for_unless_the_provider_has_asked(database: str, tmp_path: Path, issuer: str) -> None:
    app = with_provider(database, tmp_path, issuer, second_step_roles="manager")
    make(app, EMAIL)
    browser = Visitor(app)
    assert go(browser, "minh").headers["Location"] == "/second-step/set-up"
    browser.get("/account", 302)
    set_up_second_step(browser)
    browser.get("/account")
    again = Visitor(app)
    assert go(again, "minh").headers["Location"].startswith("/second-step")
    again.get("/account", 302)
    strong = Visitor(app)
    assert go(strong, "strong").headers["Location"] == "/reports"
    strong.get("/account")


def test_who_signed_in_so_needs_no_password_to_change_the_second_step(offering: Flask) -> None:
    make(offering, EMAIL)
    browser = Visitor(offering)
    go(browser, "minh")
    for person, leads_to in (("stranger", "/account/confirm"), ("minh", "/second-step/set-up")):
        with browser.client.session_transaction("/account") as session:
            session["fs_paa"] -= 31 * 60
            session.pop("fs_gexp", None)
        page = browser.get(browser.get("/second-step/set-up", 302).headers["Location"])
        form = next(one for one in page.all("main form") if "/single-sign-on/" in one.attrs["action"])
        answer = browser.post(form.attrs["action"], {"csrf_token": page.value("csrf_token")}, 302)
        back = requests.post(answer.headers["Location"], data={"sub": person}, allow_redirects=False, timeout=5)
        way = back.headers["Location"].removeprefix("http://sipas.test.example")
        assert browser.get(way, 302).headers["Location"].startswith(leads_to)


def test_an_answer_that_nobody_asked_for_opens_nothing(offering: Flask) -> None:
    make(offering, EMAIL)
    browser = Visitor(offering)
    assert browser.get("/single-sign-on/return/oidc?code=x&state=y", 302).headers["Location"] == "/sign-in"
    assert browser.get("/single-sign-on/return/oidc?error=access_denied", 302).headers["Location"] == "/sign-in"
    assert browser.get("/single-sign-on/return/other", 302).headers["Location"] == "/sign-in"
    browser.get("/account", 302)


def test_a_provider_that_is_down_is_told(database: str, tmp_path: Path) -> None:
    app = with_provider(database, tmp_path, "http://127.0.0.1:9")
    browser = Visitor(app)
    token = browser.get("/sign-in").value("csrf_token")
    answer = browser.post("/single-sign-on/oidc", {"csrf_token": token}, 302)
    assert answer.headers["Location"] == "/sign-in"
    assert "mật khẩu" in browser.get("/sign-in").words("p.said")

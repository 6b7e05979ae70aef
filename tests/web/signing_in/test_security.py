"""What keeps staff's sessions theirs: cookies, headers, tokens, keys."""

from __future__ import annotations

import stat
from pathlib import Path

from flask import Flask

from sipas.core import settings
from sipas.core.settings import Settings
from tests.conftest import COUNTER_1, PASSWORD, make_app
from tests.pages import Visitor
from tests.web.staff_accounts import make

EMAIL = "an@test.example"
HTTPS = "https://sipas.test.example"


def test_under_https_every_cookie_is_secure_and_browsers_are_told_to_stay(database: str, tmp_path: Path) -> None:
    app = make_app(tmp_path, database, base_url=HTTPS)
    make(app, EMAIL)
    browser = Visitor(app)
    page = browser.get("/sign-in", base_url=HTTPS)
    assert page.headers["Strict-Transport-Security"] == "max-age=31536000"
    data = {"email": EMAIL, "password": PASSWORD, "csrf_token": page.value("csrf_token")}
    answer = browser.post("/sign-in", data, 302, base_url=HTTPS, headers={"Referer": f"{HTTPS}/sign-in"})
    cookies = answer.headers.getlist("Set-Cookie")
    assert {one.split("=")[0].split("_")[0] for one in cookies} == {"session", "device"}
    for cookie in cookies:
        assert "Secure" in cookie
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie
    assert "Set-Cookie" not in browser.get(f"/r/{COUNTER_1}", base_url=HTTPS).headers


def test_without_https_nobody_is_told_to_stay_there(app: Flask, visitor: Visitor) -> None:
    assert "Strict-Transport-Security" not in visitor.get("/sign-in").headers


def test_a_form_with_an_old_token_says_what_to_do(app: Flask, visitor: Visitor) -> None:
    make(app, EMAIL)
    data = {"email": EMAIL, "password": PASSWORD, "csrf_token": "of yesterday"}
    page = visitor.post("/sign-in", data, 400)
    assert "mở lại trang" in page.text
    visitor.get("/account", 302)


def test_no_token_or_basic_sign_in_stands_in_for_a_session(app: Flask) -> None:
    make(app, EMAIL)
    browser = Visitor(app)
    token = browser.get("/sign-in").value("csrf_token")
    asked = {"email": EMAIL, "password": PASSWORD}
    headers = {"X-CSRFToken": token, "Accept": "application/json"}
    answer = browser.client.post("/sign-in?include_auth_token", json=asked, headers=headers)
    assert not answer.is_json
    with app.app_context():
        from tests.web.staff_accounts import user

        auth = str(user(EMAIL).get_auth_token())
    other = Visitor(app)
    other.get(f"/account?auth_token={auth}", 302)
    other.get("/account", 302, headers={"Authentication-Token": auth})
    other.get("/account", 302, auth=(EMAIL, PASSWORD))


def test_asking_to_be_remembered_leaves_no_cookie_that_outlives_the_session(app: Flask) -> None:
    make(app, EMAIL)
    browser = Visitor(app)
    token = browser.get("/sign-in").value("csrf_token")
    data = {"email": EMAIL, "password": PASSWORD, "csrf_token": token, "remember": "y"}
    answer = browser.post("/sign-in", data, 302)
    assert "remember_token" not in str(answer.headers.getlist("Set-Cookie"))


def test_a_device_cookie_that_somebody_made_up_is_not_known(app: Flask) -> None:
    from sipas.web.signing_in import known_devices

    make(app, EMAIL)
    with app.test_request_context(headers={"Cookie": f"{known_devices._cookie(EMAIL)}=made-up"}):
        assert known_devices.known(EMAIL) is None


def test_the_key_is_readable_for_its_owner_alone(tmp_path: Path) -> None:
    chosen = Settings(instance_path=tmp_path, secret_key="")
    key = settings.secret_key(chosen)
    assert settings.secret_key(chosen) == key
    assert stat.S_IMODE((tmp_path / "secret_key").stat().st_mode) == 0o600

"""A script in a name is text on every page and in every file, and every answer says what browsers may do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask

from bin import access_table
from sipas.catalogue import lookups
from sipas.catalogue.models import Agency, Procedure, ServiceField, Touchpoint, Unit
from sipas.core.db import writing
from sipas.web.kit.access import STAFF
from tests.conftest import EXIT_OF_PROVINCE, make_app
from tests.pages import Page, Visitor
from tests.web.kit.test_access import OWN, PAGES, methods_of, names_of

SignedIn = Callable[..., Visitor]
MARKUP = "</title><script>alert(1)</script><img src=x onerror=alert(2)>'\"{{7*7}}"


def poison(app: Flask) -> None:
    """Put markup into every name of the catalogue that administrators may choose."""
    with app.app_context(), writing() as session:
        named = [*session.query(Unit), *session.query(ServiceField), *session.query(Agency), *session.query(Procedure)]
        for place, row in enumerate(named):
            row.name_vi = row.name_en = f"{MARKUP} {place}"
        for place, point in enumerate(session.query(Touchpoint)):
            point.label_vi = point.label_en = f"{MARKUP} {place}"


def check(page: Page) -> None:
    assert not [one for one in page.all("script") if not one.attrs.get("src", "").startswith("/static/")]
    assert not page.all("img[onerror]")
    assert "49'" not in page.text
    assert page.headers["Content-Security-Policy"]


def test_markup_in_names_is_text_on_every_page_of_staff(app: Flask, signed_in: SignedIn) -> None:
    names = names_of(app, OWN)
    poison(app)
    browser = signed_in("administrator", "quang-ninh")
    met = 0
    for endpoint, address in PAGES.items():
        if "GET" in methods_of(app, endpoint) and "administrator" in STAFF[endpoint].roles:
            page = browser.get((address or "").format(**names), None)
            assert page.status < 500, endpoint
            if page.tree is not None:
                check(page)
                met += "<script>alert(1)</script>" in page.one("main").to_text() if page.all("main") else 0
    assert met > 1, "the markup was met as text nowhere"


def test_markup_in_names_is_text_on_pages_for_citizens_and_in_files(app: Flask, signed_in: SignedIn) -> None:
    poison(app)
    visitor = Visitor(app)
    for address in (f"/r/{EXIT_OF_PROVINCE}", f"/r/{EXIT_OF_PROVINCE}?lang=en", "/", "/results"):
        page = visitor.get(address)
        assert not page.all("script")
        assert not page.all("img")
    browser = signed_in("province")
    svg = browser.get(f"/reports/{OWN}.svg").response.get_data(as_text=True)
    assert "<script" not in svg
    assert "<img" not in svg
    with app.app_context():
        point = lookups.touchpoints_of([lookups.unit(OWN).id])[0].code
    assert browser.get(f"/touchpoints/{point}/poster.pdf").response.get_data().startswith(b"%PDF")


@pytest.mark.parametrize("address", ["/", "/sign-in", f"/r/{EXIT_OF_PROVINCE}", "/results", "/nowhere", "/admin"])
def test_every_answer_says_what_a_browser_may_do(visitor: Visitor, address: str) -> None:
    headers = visitor.client.get(address).headers
    policy = headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"


def test_the_host_that_a_request_names_appears_in_no_answer(visitor: Visitor) -> None:
    for address in ("/", "/sign-in", f"/r/{EXIT_OF_PROVINCE}", "/reports", "/admin"):
        answer = visitor.client.get(address, headers={"Host": "evil.example", "X-Forwarded-Host": "evil.example"})
        assert "evil.example" not in answer.get_data(as_text=True)
        assert "evil.example" not in str(answer.headers)


def test_the_printed_table_of_who_may_do_what_is_true() -> None:
    assert access_table.PAGE.read_text() == access_table.written(), "run bin/access_table.py"


def test_the_secret_key_is_made_once_and_read_by_its_owner_alone(tmp_path: Path) -> None:
    first = make_app(tmp_path, secret_key="").config["SECRET_KEY"]
    assert make_app(tmp_path, secret_key="").config["SECRET_KEY"] == first
    assert (tmp_path / "secret_key").stat().st_mode & 0o777 == 0o600

"""A real browser at the desk: paper forms are typed with the keyboard alone, and every page is fit for everybody."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from sipas.catalogue import lookups
from sipas.core.db import db
from sipas.staff import accounts
from tests.conftest import COUNTER_1, PASSWORD, make_app
from tests.journeys.serving import Served

HERE = "/paper/trung-tam-tinh"
PAGES = (
    "/touchpoints?state=open",
    "/touchpoints/silent",
    "/touchpoints/new",
    "/touchpoints/set",
    "/touchpoints/packs",
    f"/touchpoints/{COUNTER_1}",
    f"/touchpoints/{COUNTER_1}/edit",
    f"/touchpoints/{COUNTER_1}/move",
    "/alerts/trung-tam-tinh",
    "/alerts/trung-tam-tinh/threshold",
    "/account/letters",
    "/paper",
    HERE,
    f"{HERE}/import",
)

ADMINISTRATION = (
    "/admin",
    "/province",
    "/province/units/ba-che",
    "/admin/units",
    "/admin/units/ba-che",
    "/admin/units/ba-che/new",
    "/admin/units/ba-che/rename",
    "/admin/units/ba-che/official-code",
    "/admin/units/ba-che/move",
    "/admin/units/ba-che/merge",
    "/admin/units/ba-che/split",
    "/admin/units/ba-che/close",
    "/admin/fields",
    "/admin/fields-new",
    "/admin/fields/ho-tich",
    "/admin/fields/ho-tich/edit",
    "/admin/fields/ho-tich/procedures",
    "/admin/agencies/1",
    "/admin/questionnaires",
    "/admin/questionnaires/short/1",
    "/admin/questionnaires/short/1/copy",
    "/admin/questionnaires/short/compare",
    "/admin/questionnaires/upload",
    "/admin/users",
    "/admin/users/1",
    "/admin/users/1/edit",
    "/admin/users/new",
    "/admin/audit",
    "/admin/letters",
    "/units/ba-che/first-fields",
    "/account/password",
    "/account/recovery-codes",
)


@pytest.fixture(scope="module")
def site(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A served installation with a member of staff; its address."""
    folder = tmp_path_factory.mktemp("desk")
    shutil.copy(sqlite_template, folder / "sipas.sqlite")
    with make_app(folder).app_context():
        accounts.add("desk@test.example", PASSWORD, "province", lookups.province())
        accounts.add("administrator@test.example", PASSWORD, "administrator", lookups.province())
        db.session.remove()
        db.engine.dispose()
    with Served(folder, SIPAS_REPORT_DELAY_DAYS="0", SIPAS_SECOND_STEP_ROLES="") as server:
        yield server.address


def signed_in(
    browser: Browser,
    site: str,
    with_script: bool = True,
    width: int = 1280,
    scheme: str = "light",
    email: str = "desk@test.example",
) -> Page:
    context = browser.new_context(
        java_script_enabled=with_script,
        viewport={"width": width, "height": 800},
        color_scheme="dark" if scheme == "dark" else "light",
    )
    page = context.new_page()
    page.goto(f"{site}/sign-in")
    page.fill("input[name=email]", email)
    page.fill("input[name=password]", PASSWORD)
    page.click("main button")
    page.wait_for_url("**/reports/**")
    return page


def typed(page: Page) -> int:
    return int(page.locator("#desk").inner_text().split()[0])


def test_forms_are_typed_one_after_the_other_without_leaving_the_keyboard(browser: Browser, site: str) -> None:
    page = signed_in(browser, site)
    page.goto(f"{site}{HERE}?field=thue")
    before = typed(page)
    for number in range(1, 4):
        expect(page.locator("input[name=q-overall]")).to_be_focused()
        page.keyboard.type("543500")
        expect(page.locator("input[name=comment]")).to_be_focused()
        page.keyboard.type("Chờ hơi lâu")
        page.keyboard.press("Enter")
        page.wait_for_function("words => document.querySelector('#desk').textContent.trim().startsWith(words)",
                               arg=f"{before + number} ")  # fmt: skip
        assert page.locator("select[name=field]").input_value() == "thue"


def test_a_digit_too_large_is_not_taken_and_backspace_goes_back(browser: Browser, site: str) -> None:
    page = signed_in(browser, site)
    page.goto(f"{site}{HERE}?field=thue")
    page.keyboard.type("8")
    expect(page.locator("input[name=q-overall]")).to_be_focused()
    page.keyboard.type("4")
    expect(page.locator("input[name=q-access]")).to_be_focused()
    page.keyboard.press("Backspace")
    expect(page.locator("input[name=q-overall]")).to_be_focused()


def test_without_scripts_the_tab_key_does(browser: Browser, site: str) -> None:
    page = signed_in(browser, site, with_script=False)
    page.goto(f"{site}{HERE}?field=thue")
    before = typed(page)
    page.focus("input[name=q-overall]")
    for digit in "54":
        page.keyboard.type(digit)
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**day=**")
    assert typed(page) == before + 1


@pytest.mark.parametrize(("scheme", "width", "language"), [("light", 360, "vi"), ("dark", 1280, "en")])
def test_axe_finds_no_violation_on_any_page_of_the_desk(
    browser: Browser, site: str, scheme: str, width: int, language: str
) -> None:
    page = signed_in(browser, site, width=width, scheme=scheme)
    for address in PAGES:
        page.goto(f"{site}{address}{'&' if '?' in address else '?'}lang={language}")
        check(page)
    for address in (f"/touchpoints/set?unit=ba-che&lang={language}", f"{HERE}?lang={language}"):
        page.goto(f"{site}{address}")
        page.click("main form.sheet button")
        check(page)
    page.context.close()


@pytest.mark.parametrize(("scheme", "width", "language"), [("dark", 360, "en"), ("light", 768, "vi")])
def test_axe_finds_no_violation_on_any_page_of_the_administrator(
    browser: Browser, site: str, scheme: str, width: int, language: str
) -> None:
    page = signed_in(browser, site, width=width, scheme=scheme, email="administrator@test.example")
    for address in ADMINISTRATION:
        answer = page.goto(f"{site}{address}?lang={language}")
        assert answer is not None
        assert answer.status == 200, address
        check(page)
        assert page.locator("h1").count() == 1, address
        assert address == "/admin" or page.locator(".crumbs a, .beside a").count(), f"{address} has no way back"
    page.context.close()


@pytest.mark.parametrize("language", ["vi", "en"])
def test_the_head_takes_little_of_a_phone(browser: Browser, site: str, language: str) -> None:
    page = signed_in(browser, site, width=360, email="administrator@test.example")
    page.goto(f"{site}/admin?lang={language}")
    box = page.locator(".head").bounding_box()
    assert box is not None
    assert box["height"] < 3 * 48 + 8
    page.context.close()


def check(page: Page) -> None:
    """No violation of accessibility, and nothing wider than the screen."""
    found = Axe().run(page)
    assert found.violations_count == 0, f"{page.url}\n{found.generate_report()}"
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"{page.url} is {wide} pixels too wide"

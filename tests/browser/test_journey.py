"""A real browser walks the whole way: scan, rate, send, sign in, see the count go up, download."""

from __future__ import annotations

import csv
import re
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import zxingcpp
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Browser, Page, ViewportSize, expect

from sipas.catalogue import lookups
from sipas.core.db import db
from sipas.dossiers import dossier_counts
from sipas.responses import recording
from sipas.staff import accounts
from tests.conftest import COUNTER_1, EXIT_OF_PROVINCE, PASSWORD, draft, make_app
from tests.journeys.serving import Served

PHONE: ViewportSize = {"width": 360, "height": 640}
WIDTHS = (360, 768, 1280)


@pytest.fixture(scope="module")
def site(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A served installation with a manager and some answers; its address."""
    folder = tmp_path_factory.mktemp("site")
    shutil.copy(sqlite_template, folder / "sipas.sqlite")
    app = make_app(folder)
    with app.app_context():
        accounts.add("manager@test.example", PASSWORD, "manager", lookups.unit("trung-tam-tinh"))
        accounts.add("province@test.example", PASSWORD, "province", lookups.unit("quang-ninh"))
        earlier = datetime.now(UTC) - timedelta(days=2)
        drafts = [
            draft(field=("thue", "dat-dai")[n % 2], overall=1 + n % 5, access=4, result=None, at=earlier)
            for n in range(60)
        ]
        recording.record_many(drafts, app.config["SIPAS"].zone)
        unit_id, field_id = lookups.unit("trung-tam-tinh").id, lookups.field("thue").id
        month = earlier.date().replace(day=1)
        dossier_counts.load(
            [
                {
                    "unit_id": unit_id,
                    "field_id": field_id,
                    "month": month,
                    "received": 500,
                    "finished": 480,
                    "on_time": 470,
                }
            ]
        )
        db.session.remove()
        db.engine.dispose()
    with Served(folder, SIPAS_REPORT_DELAY_DAYS="0", SIPAS_SECOND_STEP_ROLES="") as server:
        yield server.address


def sign_in(page: Page, site: str, role: str = "manager") -> None:
    page.goto(f"{site}/sign-in")
    page.fill("input[name=email]", f"{role}@test.example")
    page.fill("input[name=password]", PASSWORD)
    page.click("main button")
    page.wait_for_url("**/reports/**")


def counted(page: Page, site: str) -> int:
    """The count in the manager's own report."""
    answer = page.request.get(f"{site}/reports/trung-tam-tinh.json")
    return int(answer.json()["rows"][-1]["responses"])


def choose(page: Page, name: str, value: str) -> None:
    """Tap the row of an answer, as a thumb does."""
    page.locator(f'label:has(input[name="{name}"][value="{value}"])').first.click()


def test_the_whole_way_from_the_code_on_the_poster_to_the_report(browser: Browser, site: str, tmp_path: Path) -> None:
    office = browser.new_context(viewport={"width": 1280, "height": 800}, accept_downloads=True)
    desk = office.new_page()
    sign_in(desk, site)
    before = counted(desk, site)
    (tmp_path / "code.png").write_bytes(desk.request.get(f"{site}/touchpoints/{EXIT_OF_PROVINCE}/qr.png").body())
    scanned = zxingcpp.read_barcode(Image.open(tmp_path / "code.png"))
    assert scanned is not None
    path = re.sub(r"^http://[^/]+", "", scanned.text)
    assert path == f"/r/{EXIT_OF_PROVINCE}"

    citizen = browser.new_context(viewport=PHONE, java_script_enabled=False, has_touch=True, is_mobile=True)
    phone = citizen.new_page()
    requests: list[str] = []
    phone.on("request", lambda request: requests.append(request.url))
    phone.goto(site + path)
    assert [url for url in requests if not url.startswith("data:")] == [site + path], "more than one request"
    choose(phone, "overall", "4")
    choose(phone, "field", "dat-dai")
    phone.get_by_role("button", name="Gửi").click()
    phone.wait_for_url("**/thanks/**")
    receipt = phone.url
    assert citizen.cookies() == []
    assert counted(desk, site) == before + 1

    phone.go_back()
    phone.get_by_role("button", name="Gửi").click()
    phone.wait_for_url("**/thanks/**")
    assert phone.url == receipt, "the back button made a second answer"
    assert counted(desk, site) == before + 1

    desk.goto(f"{site}/reports/trung-tam-tinh")
    expect(desk.locator("main")).to_contain_text(str(before + 1))
    with desk.expect_download() as download:
        desk.locator('a[href*=".csv"]').first.click()
    rows = list(csv.DictReader(download.value.path().read_text("utf-8-sig").splitlines()))
    assert rows[-1]["responses"] == str(before + 1)
    assert {row["field"] for row in rows} >= {"Đất đai", "Thuế"}
    desk.goto(f"{site}/sign-in")


def test_a_nervous_thumb_that_taps_twice_counts_once(browser: Browser, site: str) -> None:
    """Without script nothing stops the second tap; the server has to."""
    desk = browser.new_context().new_page()
    sign_in(desk, site)
    before = counted(desk, site)
    context = browser.new_context(viewport=PHONE, java_script_enabled=False)
    phone = context.new_page()
    phone.goto(f"{site}/r/{COUNTER_1}")
    choose(phone, "overall", "5")
    phone.get_by_role("button", name="Gửi").dblclick(no_wait_after=True)
    expect(phone).to_have_url(re.compile("/thanks/"))  # the first tap's answer is cut off by the second
    assert counted(desk, site) == before + 1


def test_changed_answers_after_the_back_button_leave_the_first(browser: Browser, site: str) -> None:
    phone = browser.new_context(viewport=PHONE).new_page()
    phone.goto(f"{site}/r/{COUNTER_1}")
    choose(phone, "overall", "5")
    phone.get_by_role("button", name="Gửi").click()
    phone.wait_for_url("**/thanks/**")
    phone.go_back()
    choose(phone, "overall", "1")
    with phone.expect_response(lambda answer: answer.request.method == "POST") as posted:
        phone.get_by_role("button", name="Gửi").click()
    assert posted.value.status == 409


def test_what_is_missing_is_shown_where_it_is_to_be_done(browser: Browser, site: str) -> None:
    phone = browser.new_context(viewport=PHONE, java_script_enabled=False).new_page()
    phone.goto(f"{site}/r/{EXIT_OF_PROVINCE}")
    choose(phone, "overall", "2")
    with phone.expect_response(lambda answer: answer.request.method == "POST") as posted:
        phone.get_by_role("button", name="Gửi").click()
    assert posted.value.status == 422
    assert phone.locator('input[name=overall][value="2"]').is_checked()
    choose(phone, "field", "thue")
    phone.get_by_role("button", name="Gửi").click()
    phone.wait_for_url("**/thanks/**")


def test_the_survey_can_be_sent_with_the_keyboard_alone(browser: Browser, site: str) -> None:
    page = browser.new_context().new_page()
    page.goto(f"{site}/r/{COUNTER_1}")
    page.focus("input[name=overall]")
    page.keyboard.press("ArrowDown")
    assert page.locator("input[name=overall]:checked").count() == 1
    page.keyboard.press("Enter")
    page.wait_for_url("**/thanks/**")


def test_reasons_are_asked_when_something_was_not_good(browser: Browser, site: str) -> None:
    page = browser.new_context(viewport=PHONE).new_page()
    page.goto(f"{site}/r/{COUNTER_1}")
    reason = page.locator('label:has(input[name=reasons][value="wait"])')
    choose(page, "overall", "5")
    expect(reason).to_be_hidden()
    choose(page, "overall", "2")
    expect(reason).to_be_visible()


CITIZEN_PAGES = [
    "/",
    f"/r/{EXIT_OF_PROVINCE}",
    f"/r/{COUNTER_1}",
    "/results",
    "/results/hong-gai",
    "/nowhere",
    "/sign-in",
]
OFFICE_PAGES = [
    "/reports/trung-tam-tinh",
    "/reports/trung-tam-tinh?period=2020",
    "/touchpoints",
    "/reports/nowhere",
]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["vi", "en"])
def test_axe_finds_no_violation_on_any_page(browser: Browser, site: str, language: str, scheme: str) -> None:
    for width in (360, 1280):
        context = browser.new_context(
            viewport={"width": width, "height": 800}, color_scheme="dark" if scheme == "dark" else "light"
        )
        page = context.new_page()
        for address in CITIZEN_PAGES:
            page.goto(f"{site}{address}?lang={language}")
            check(page)
        page.goto(f"{site}/r/{COUNTER_1}?lang={language}")
        for details in page.locator("details").all():
            details.evaluate("one => one.open = true")
        choose(page, "overall", "2")
        check(page)
        page.get_by_role("button", name="Gửi" if language == "vi" else "Send").click()
        page.wait_for_url("**/thanks/**")
        check(page)
        sign_in(page, site)
        for address in OFFICE_PAGES:
            page.goto(f"{site}{address}{'&' if '?' in address else '?'}lang={language}")
            check(page)
        context.close()


def check(page: Page) -> None:
    """No violation of accessibility, and nothing wider than the screen."""
    found = Axe().run(page)
    assert found.violations_count == 0, f"{page.url}\n{found.generate_report()}"
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"{page.url} is {wide} pixels too wide"


def test_targets_on_a_phone_are_large_enough(browser: Browser, site: str) -> None:
    page = browser.new_context(viewport=PHONE).new_page()
    page.goto(f"{site}/r/{EXIT_OF_PROVINCE}")
    for row in page.locator("label:has(input[name=overall]), label:has(input[name=field]), button").all():
        if row.is_visible():
            box = row.bounding_box()
            assert box is not None
            assert box["height"] >= 48, row.inner_text()

"""A real browser sets up a province from an empty installation, through pages alone."""

from __future__ import annotations

import re
from pathlib import Path

import pypdfium2
from playwright.sync_api import Browser, Page, expect

from tests.journeys.serving import Served
from tests.web.staff_accounts import Phone

HER_PASSWORD = "bien-xanh-vinh-ha-long"


def press(page: Page, words: str) -> None:
    page.locator("main").get_by_role("button", name=words).last.click()  # the first may be the unseen one of Enter


def follow(page: Page, words: str) -> None:
    page.locator("main").get_by_role("link", name=words).first.click()


def fill(page: Page, **values: str) -> None:
    for name, value in values.items():
        page.fill(f"[name={name}]", value)


def sign_in_with_two_steps(page: Page, site: str, email: str, password: str) -> None:
    """The first sign-in of an administrator: password, second step set up, recovery codes kept."""
    page.goto(f"{site}/sign-in?lang=en")
    fill(page, email=email, password=password)
    press(page, "Sign in")
    expect(page.locator("h1")).to_have_text("Set up the second step")
    page.goto(f"{site}/admin")
    expect(page.locator("h1")).to_have_text("Sign in")  # nothing opens before the second step
    page.goto(f"{site}/sign-in")
    fill(page, email=email, password=password)
    press(page, "Sign in")
    press(page, "Begin")
    fill(page, code=Phone(page.locator("code.key").inner_text()).code())
    press(page, "Finish")
    expect(page.locator("h1")).to_have_text("Recovery codes")
    if not page.locator(".codes li").count():
        press(page, "Make recovery codes")
    assert page.locator(".codes li").count() >= 5
    follow(page, "I have kept them")


def make_units(page: Page, site: str) -> None:
    page.goto(f"{site}/admin")
    follow(page, "Units")
    follow(page, "Make the province")
    fill(page, name_vi="Tỉnh Quảng Ninh", name_en="Quảng Ninh province", code="quang-ninh")
    press(page, "Make it")
    for name, code in (("Hồng Gai", "hong-gai"), ("Hạ Long", "ha-long"), ("Quảng Hà", "quang-ha")):
        page.goto(f"{site}/admin/units/quang-ninh")
        follow(page, "New unit below it")
        fill(page, name_vi=f"Trung tâm Phục vụ hành chính công {name}", name_en=f"Service centre of {name}")
        press(page, "Make it")
        expect(page.locator("main")).to_contain_text(f"Its code is {code}.")


def make_fields(page: Page, site: str) -> None:
    for name_vi, name_en, code in (("Hộ tịch", "Civil status", "ho-tich"), ("Đất đai", "Land", "dat-dai")):
        page.goto(f"{site}/admin/fields")
        follow(page, "New field")
        fill(page, name_vi=name_vi, name_en=name_en, code=code)
        page.fill("[name=agency_vi]", "Ủy ban nhân dân xã")
        press(page, "Save")
        page.goto(f"{site}/admin/fields/{code}")
        expect(page.locator("h1")).to_have_text(name_en)


def hang_points(page: Page, site: str) -> None:
    page.goto(f"{site}/touchpoints?unit=hong-gai")
    follow(page, "A whole set for an office")
    page.select_option("[name=unit]", "hong-gai")
    fill(page, first="1", last="3", pattern_vi="Quầy {n}", pattern_en="Counter {n}")
    page.check("[name=with_exit]")
    press(page, "Go on")
    press(page, "Create these")
    expect(page.locator("tbody")).to_contain_text("Counter 3")


def make_pack(page: Page, folder: Path) -> None:
    follow(page, "Posters of all survey points")
    press(page, "Make the posters")
    link = page.locator("main a.button", has_text="Download")
    expect(link).to_be_visible(timeout=60_000)
    with page.expect_download() as download:
        link.click()
    download.value.save_as(folder / "posters.pdf")
    assert len(pypdfium2.PdfDocument(folder / "posters.pdf")) == 5  # three counters, the exit, the appointment slip


def publish_questionnaire(page: Page, site: str) -> None:
    """The short questionnaire gets one more question, and is asked from today."""
    page.goto(f"{site}/admin/questionnaires/short/1")
    press(page, "Begin a draft")
    follow(page, "Add a question")
    fill(page, code="waiting")
    page.select_option("[name=kind]", "rating")
    press(page, "Add and write its words")
    fill(page, text_vi="Thời gian chờ đợi tại trung tâm?", text_en="The time you waited at the centre?")
    press(page, "Save")
    page.goto(f"{site}/admin/questionnaires/short/2")
    follow(page, "Preview in English")
    expect(page.locator("body")).to_contain_text("The time you waited at the centre?")
    page.goto(f"{site}/admin/questionnaires/short/2")
    follow(page, "Publish")
    press(page, "Publish")
    expect(page.locator("h1")).to_contain_text("version 2")
    expect(page.locator("main")).to_contain_text("Published")


def invite(page: Page, site: str) -> str:
    """An account for a manager; the link that is handed over to her."""
    page.goto(f"{site}/admin/users")
    follow(page, "Invite somebody")
    fill(page, email="lan@hong-gai.example", name="Lan")
    page.locator("label", has_text=re.compile("^ *Manager|manager")).first.click()
    page.select_option("[name=unit]", "hong-gai")
    press(page, "Make the account")
    return page.locator("pre").inner_text().strip()


def test_a_province_is_set_up_through_pages_alone(browser: Browser, tmp_path: Path) -> None:
    with Served(tmp_path / "instance") as server:
        site = server.address
        _, email, password = server.said(r"administrator (\S+) (\S+)").group(0).split()
        desk = browser.new_context(viewport={"width": 1280, "height": 900}, accept_downloads=True).new_page()
        sign_in_with_two_steps(desk, site, email, password)
        make_units(desk, site)
        make_fields(desk, site)
        hang_points(desk, site)
        make_pack(desk, tmp_path)
        publish_questionnaire(desk, site)
        link = invite(desk, site)

        hers = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
        hers.goto(site + re.sub(r"^https?://[^/]+", "", link) + "?lang=en")
        fill(hers, password=HER_PASSWORD, password_confirm=HER_PASSWORD)
        press(hers, "password")
        hers.goto(f"{site}/sign-in?lang=en")
        fill(hers, email="lan@hong-gai.example", password=HER_PASSWORD)
        press(hers, "Sign in")
        hers.wait_for_url("**/reports/hong-gai*")
        expect(hers.locator("h1")).to_contain_text("Hồng Gai")
        for foreign in ("/reports/ha-long", "/reports/quang-ninh", "/touchpoints?unit=ha-long", "/admin/units"):
            answer = hers.goto(site + foreign)
            assert answer is not None
            assert answer.status == 404, foreign

        hers.goto(f"{site}/touchpoints")
        code = hers.locator("code").first.inner_text().replace(" ", "")
        phone = browser.new_context(viewport={"width": 360, "height": 640}, java_script_enabled=False).new_page()
        phone.goto(f"{site}/r/{code}?lang=en")
        expect(phone.locator("body")).to_contain_text("The time you waited at the centre?")

        desk.goto(f"{site}/admin/audit")
        told = desk.locator("main").inner_text()
        for words in (
            "Unit: added", "quang-ha", "Service field: added", "Survey point: added", "Questionnaire: ", "short 2",
            "lan@hong-gai.example", email, "Signed in",
        ):  # fmt: skip
            assert words in told, f"{words} is not in the audit"

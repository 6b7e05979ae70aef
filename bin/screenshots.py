"""Make the pictures of docs/screenshots anew from the demo (after bin/setup test).

.venv/bin/python bin/screenshots.py
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from sipas.settings import ROOT
from tests.browser import chromium
from tests.journeys.serving import Served

FOLDER = ROOT / "docs" / "screenshots"
PHONE = ViewportSize(width=360, height=640)
DESK = ViewportSize(width=1280, height=900)


def main() -> None:
    """Serve a fresh demo, walk through it and keep what is seen."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, Served(Path(folder), "--demo") as server:
        survey = urlsplit(server.said(r"survey (\S+)$", 120)[1]).path
        report = urlsplit(server.said(r"report (\S+)$")[1]).path
        email, password = server.said(r"manager (\S+) (\S+)$").groups()
        with sync_playwright() as playwright:
            browser = chromium.launch(playwright)
            citizen(browser, server.address + survey)
            manager(browser, server.address, report, email, password)
            browser.close()


def citizen(browser: Browser, survey: str) -> None:
    """The survey before and after an answer, and the thanks."""
    page = browser.new_context(viewport=PHONE, device_scale_factor=2).new_page()
    page.goto(survey)
    picture(page, "survey")
    page.locator('label:has(input[name="overall"][value="4"])').click()
    page.locator('label:has(input[name="field"])').first.click()
    page.get_by_role("button", name="Gửi").click()
    page.wait_for_url("**/thanks/**")
    picture(page, "thanks")


def manager(browser: Browser, address: str, report: str, email: str, password: str) -> None:
    """The report of a centre, in both languages and on a phone."""
    context = browser.new_context(viewport=DESK)
    page = context.new_page()
    page.goto(f"{address}/sign-in")
    page.fill("input[name=email]", email)
    page.fill("input[name=password]", password)
    page.click("main button")
    page.wait_for_url("**/reports/**")
    picture(page, "report")
    page.goto(f"{address}{report}?lang=en")
    page.locator("table").first.scroll_into_view_if_needed()
    picture(page, "report-fields-en")
    page.goto(f"{address}/touchpoints?lang=vi")
    picture(page, "touchpoints")
    page.set_viewport_size(PHONE)
    page.goto(f"{address}{report}?lang=vi")
    picture(page, "report-phone")


def picture(page: Page, name: str) -> None:
    """Keep what the window shows."""
    page.screenshot(path=FOLDER / f"{name}.png")


if __name__ == "__main__":
    main()

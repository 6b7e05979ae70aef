"""Make the pictures of docs/screenshots anew from the demo (after bin/setup test).

.venv/bin/python bin/screenshots.py
"""

from __future__ import annotations

import io
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

import pypdfium2
from PIL import Image
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from sipas.core.settings import ROOT
from tests.browser import chromium
from tests.journeys.serving import Served

FOLDER = ROOT / "docs" / "screenshots"
PHONE = ViewportSize(width=360, height=640)
TABLET = ViewportSize(width=768, height=1024)
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
            administrator(browser, server.address, *server.said(r"administrator (\S+) (\S+)$").groups())
            province(browser, server.address, *server.said(r"province (\S+) (\S+)$").groups())
            anyone(browser, server.address)
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
    page = signed_in(browser, address, email, password)
    picture(page, "report")
    page.goto(f"{address}{report}?lang=en")
    page.locator("table").first.scroll_into_view_if_needed()
    picture(page, "report-fields-en")
    page.goto(f"{address}/comments?lang=vi")
    picture(page, "comments")
    page.goto(f"{address}/touchpoints?lang=vi")
    picture(page, "touchpoints")
    page.locator("tbody a").first.click()
    picture(page, "touchpoint")
    page.goto(f"{address}/paper/{report.rpartition('/')[2]}")
    paper_forms(page)
    figures(page, address, report)
    page.set_viewport_size(PHONE)
    page.goto(f"{address}{report}?lang=vi")
    picture(page, "report-phone")


def figures(page: Page, address: str, report: str) -> None:
    """What changed since when, at a desk, on a tablet in the dark, and on paper."""
    page.goto(f"{address}{report}?lang=en")
    for name in ("trend", "hours", "agencies"):
        page.evaluate("name => document.getElementById(name).scrollIntoView()", name)
        picture(page, f"report-{name}")
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size(TABLET)
    page.goto(f"{address}{report}?lang=vi")
    picture(page, "report-tablet-dark")
    page.emulate_media(color_scheme="light")
    page.set_viewport_size(DESK)
    for name in ("alerts", "dossiers"):
        page.goto(f"{address}/{name}/{report.rpartition('/')[2]}")
        picture(page, name)
    paper = pypdfium2.PdfDocument(page.request.get(f"{address}{report}.pdf?lang=vi").body())
    for number in range(2):
        kept(paper[number].render(scale=1.1).to_pil(), f"report-paper-{number + 1}")


def paper_forms(page: Page) -> None:
    """Three forms typed, and a fourth begun."""
    page.select_option("select[name=field]", index=1)
    for digits in ("545554", "443340", "555555"):
        page.locator("input[name=q-overall]").focus()
        page.keyboard.type(digits)
        page.keyboard.press("Enter")
        page.wait_for_function("() => document.activeElement.name === 'q-overall' && !document.activeElement.value")
    page.keyboard.type("542")
    picture(page, "paper")


def administrator(browser: Browser, address: str, email: str, password: str) -> None:
    """Units, a unit, a draft of a questionnaire with one question that lacks its words, and what the audit tells."""
    page = signed_in(browser, address, email, password)
    page.goto(f"{address}/admin/units?lang=vi")
    picture(page, "units")
    page.goto(f"{address}/admin/units/hong-gai")
    picture(page, "unit")
    page.goto(f"{address}/admin/questionnaires/short/1?lang=en")
    page.locator("main form.press button").click()
    draft = page.url
    page.get_by_role("link", name="Add a question").click()
    page.fill("[name=code]", "waiting")
    page.select_option("[name=kind]", "rating")
    page.locator("main form.sheet button").first.click()
    page.goto(f"{draft}?lang=vi")
    picture(page, "questionnaire-draft")
    page.goto(f"{address}/admin/audit")
    picture(page, "audit")


def province(browser: Browser, address: str, email: str, password: str) -> None:
    """Who needs help since when, the ranking, and what was published."""
    page = signed_in(browser, address, email, password)
    for name, path in (("province", ""), ("ranking", "/ranking"), ("releases", "/releases")):
        page.goto(f"{address}/province{path}?lang=vi{'#units' if name == 'ranking' else ''}")
        picture(page, name)


def anyone(browser: Browser, address: str) -> None:
    """The published results, on a phone and at a desk."""
    for name, window in (("results-phone", PHONE), ("results", DESK)):
        page = browser.new_context(viewport=window, device_scale_factor=2 if window is PHONE else 1).new_page()
        page.goto(f"{address}/results?lang=vi")
        picture(page, name)


def signed_in(browser: Browser, address: str, email: str, password: str) -> Page:
    """A page at a desk, with its report."""
    page = browser.new_context(viewport=DESK).new_page()
    page.goto(f"{address}/sign-in?lang=vi")
    page.fill("input[name=email]", email)
    page.fill("input[name=password]", password)
    page.click("main button")
    page.wait_for_url("**/reports/**")
    return page


def picture(page: Page, name: str) -> None:
    """Keep what the window shows, in few colours: pictures of pages need no more, and a clone carries them for ever."""
    page.wait_for_load_state("networkidle")
    kept(Image.open(io.BytesIO(page.screenshot())), name)


def kept(taken: Image.Image, name: str) -> None:
    """Keep a picture."""
    taken.convert("RGB").quantize(128).save(FOLDER / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main()

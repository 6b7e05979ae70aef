"""A manager's ten minutes before Monday's meeting, in a real browser, on the demo's year of answers."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import re
import sqlite3
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import openpyxl
import pypdfium2
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from sipas.core.settings import ROOT
from sipas.numbers.shares import percentage
from tests.journeys.serving import Served
from tests.mailbox import Server

UNIT = "hong-gai"
FELL, SEEMS = "Chứng thực", "chưa rõ là giảm"
SAID, DONE = "Chờ chứng thực lâu", "Từ thứ Hai có thêm một quầy chứng thực buổi sáng."


@dataclass(frozen=True)
class Site:
    """A served demo: its address, the survey's path, how the manager signs in, and the mail server beside it."""

    address: str
    survey: str
    email: str
    password: str
    folder: Path
    settings: dict[str, str]
    mail: Server


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The demo, with a mail server that catches what is sent."""
    folder, mail = tmp_path_factory.mktemp("monday"), Server()
    settings = {"SIPAS_MAIL_SERVER": "127.0.0.1", "SIPAS_MAIL_PORT": str(mail.port), "SIPAS_MAIL_TLS": "none"}
    with mail.up(), Served(folder, "--demo", **settings) as server:
        survey = urlsplit(server.said(r"survey (\S+)$", 240)[1]).path
        email, password = server.said(r"manager (\S+) (\S+)$").groups()
        yield Site(server.address, survey, email, password, folder, settings, mail)


@pytest.fixture
def desk(browser: Browser, site: Site) -> Iterator[Page]:
    """The manager at her desk, signed in, before the report of the last two months."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="vi")
    page = context.new_page()
    page.goto(f"{site.address}/sign-in")
    page.fill("input[name=email]", site.email)
    page.fill("input[name=password]", site.password)
    page.click("main button")
    page.wait_for_url("**/reports/**")
    page.goto(f"{site.address}/reports?unit={UNIT}&from={two_months(page)}&lang=vi")
    yield page
    context.close()


def two_months(page: Page) -> str:
    """The first day of last month: the demo's true fall begins then."""
    this_month = page.locator(".periods a").nth(1).get_attribute("href") or ""
    found = re.search(r"period=(\d{4}-\d{2})", this_month)
    assert found
    return f"{found[1]}-01"


def test_she_finds_what_truly_fell_and_what_only_seems_to_and_reads_why(desk: Page) -> None:
    finding = desk.locator(".finding")
    expect(finding).to_contain_text(f"Giảm rõ rệt: {FELL}")
    expect(finding).to_contain_text(SEEMS)
    fell, seems = (finding.inner_text().split("Thấp hơn nhưng ")[part] for part in (0, 1))
    assert FELL in fell
    assert FELL not in seems
    expect(desk.locator("table tbody tr").first).to_contain_text(FELL)
    expect(desk.locator("table tbody tr").first).to_contain_text("▼")
    finding.get_by_role("link", name=FELL).click()
    expect(desk.locator(".asked").first).to_contain_text(FELL)
    why = desk.get_by_role("region", name="Bảng lý do").locator("tbody tr")
    assert {why.nth(0).locator("th").inner_text(), why.nth(1).locator("th").inner_text()} == {
        "Chờ lâu",
        "Mạng/hệ thống lỗi",
    }
    expect(desk.locator("section", has=desk.locator("#comments"))).to_contain_text(FELL)


def test_she_marks_three_comments_and_answers_in_public(desk: Page, site: Site, browser: Browser) -> None:
    desk.goto(f"{site.address}/comments/{UNIT}?lang=vi&state=new")
    for box in desk.get_by_label("Chọn ý kiến").all()[:3]:
        box.check()
    desk.select_option("#together-state", "looking")
    desk.locator("button[name=act][value=state]").click()
    expect(desk.locator(".said")).to_contain_text("3")
    desk.goto(f"{site.address}/comments/{UNIT}/answers/new")
    desk.fill("[name=said_vi]", SAID)
    desk.fill("[name=done_vi]", DONE)
    desk.click("main form button[type=submit]")
    desk.locator(".publish button").click()
    citizen = browser.new_page(viewport={"width": 360, "height": 640})
    citizen.goto(f"{site.address}{site.survey}")
    shown = citizen.locator("body")
    expect(shown).to_contain_text(DONE, timeout=15_000)
    assert citizen.context.cookies() == []
    citizen.goto(f"{site.address}/results/{UNIT}")
    expect(citizen.locator("body")).to_contain_text(SAID)
    citizen.close()


def test_the_digest_of_the_week_comes_by_mail_with_the_report_and_comes_once(desk: Page, site: Site) -> None:
    desk.goto(f"{site.address}/account/letters")  # at whatever hour and day this test runs
    desk.select_option("[name=quiet_from]", "7")
    desk.select_option("[name=quiet_until]", "7")
    desk.check("[name=weekends]")
    desk.click("main form button[type=submit]")
    desk.wait_for_url("**/account")
    # On the nights of Monday and Tuesday the server has queued its digest, which waits for the morning: here it comes.
    with closing(sqlite3.connect(site.folder / "sipas.sqlite", timeout=30)) as connection, connection:
        connection.execute("UPDATE letter SET next_try = queued_at WHERE state = 'waiting'")
    settings = os.environ | site.settings | {"SIPAS_INSTANCE_PATH": str(site.folder), "SIPAS_REPORT_DELAY_DAYS": "0"}
    for command in ("digests weekly", "digests weekly", "letters send"):
        subprocess.run(
            [sys.executable, "-m", "sipas", *command.split()], cwd=ROOT, env=settings, check=True, capture_output=True
        )
    mine = [one for one in site.mail.taken if one["To"] == site.email and "application/pdf" in str(one)]
    assert len(mine) == 1
    parts = {part.get_content_type(): part for part in mine[0].walk()}
    file = parts["application/pdf"].get_payload(decode=True)
    assert isinstance(file, bytes)
    assert len(pypdfium2.PdfDocument(file)) >= 2


def test_all_files_say_what_the_page_says(desk: Page) -> None:
    shown = desk.locator(".headline b").inner_text()
    links = {
        (link.get_attribute("href") or "").partition("?")[0].rpartition(".")[2]: link.get_attribute("href") or ""
        for link in desk.locator(".download a").all()
        if "/reports/hong-gai." in (link.get_attribute("href") or "")
    }
    assert set(links) == {"csv", "json", "xlsx", "pdf", "svg", "png"}
    origin = "/".join(desk.url.split("/")[:3])
    files = {shape: desk.request.get(f"{origin}{link}").body() for shape, link in links.items()}
    rows = list(csv.DictReader(io.StringIO(files["csv"].decode("utf-8-sig"))))
    total = rows[-1]
    share = percentage(Fraction(int(total["satisfied"]), int(total["responses"])), 1)
    assert str(share).replace(".", ",") in shown.replace("\u202f", " ")
    assert json.loads(files["json"])["rows"][-1]["satisfaction"] == float(total["satisfaction"])
    sheet = openpyxl.load_workbook(io.BytesIO(files["xlsx"])).worksheets[0]
    cells = dict(zip([cell.value for cell in sheet[1]], [cell.value for cell in sheet[sheet.max_row]], strict=True))
    assert (cells["satisfaction"], cells["responses"]) == (float(total["satisfaction"]), int(total["responses"]))
    pages = pypdfium2.PdfDocument(files["pdf"])
    first = pages[0].get_textpage().get_text_range()
    assert shown.replace("\u202f", " ") in first.replace("\u202f", " ").replace("\xa0", " ")
    assert files["svg"].startswith(b"<?xml")
    assert files["png"].startswith(b"\x89PNG")


@pytest.mark.parametrize(("width", "scheme"), [(360, "dark"), (1280, "light")])
def test_the_pages_of_the_desk_are_fit_for_everybody(desk: Page, site: Site, width: int, scheme: str) -> None:
    desk.set_viewport_size({"width": width, "height": 900})
    desk.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    for path in (
        f"/reports/{UNIT}",
        f"/comments/{UNIT}",
        f"/comments/{UNIT}/answers",
        f"/alerts/{UNIT}",
        f"/dossiers/{UNIT}",
    ):
        desk.goto(f"{site.address}/{path.format(UNIT)}?lang=vi")
        found = Axe().run(desk)
        assert found.violations_count == 0, found.generate_report()
        assert desk.evaluate("document.documentElement.scrollWidth") <= width, path


def test_anyone_reads_what_the_province_published_without_signing_in(site: Site, browser: Browser) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 800}, locale="en")
    page = context.new_page()
    page.goto(f"{site.address}/results?lang=en")
    expect(page.locator("main")).to_contain_text("people answered")
    shown = page.locator("main").inner_text()
    content = context.request.get(address_of(page, "release.json")).body()
    published = json.loads(content)
    assert f"{published['total']['responses']:,} people answered" in shown
    assert hashlib.sha256(content).hexdigest() in shown.replace("\n", "")
    table = context.request.get(address_of(page, "units.csv")).text().removeprefix("\ufeff")
    with zipfile.ZipFile(io.BytesIO(context.request.get(address_of(page, "package.zip")).body())) as package:
        assert package.read("release.json") == content
    first = next(csv.DictReader(io.StringIO(table)))
    page.goto(f"{site.address}/results/{first['unit_code']}?lang=en")
    expect(page.locator("main")).to_contain_text(f"Rank 1 of {published['ranked']}")
    page.goto(f"{site.address}/results?release={published['number'] - 1}&lang=en")
    expect(page.locator("main")).to_contain_text("Answers of a training day")
    assert context.cookies() == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    context.close()


def address_of(page: Page, name: str) -> str:
    """Where the page's link to a file leads."""
    link = page.locator(f'a[href*="/{name}"]').first.get_attribute("href")
    assert link
    return urljoin(page.url, link)

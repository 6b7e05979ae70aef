"""Pages of dossier counts: what is there and missing, a file with its preview, a month typed by hand."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date
from typing import Any

import openpyxl
import pytest
from flask import Flask

from sipas.catalogue import lookups
from sipas.dossiers import dossier_counts
from sipas.dossiers.dossier_counts import DossierCell, Dossiers
from tests.pages import Page, Visitor

SignedIn = Callable[..., Visitor]
Ask = Callable[[Callable[[], Any]], Any]

HEADER = "unit_code,field_code,month,received,finished,on_time\n"
PAGE = "/dossiers/hong-gai"
FORM = "multipart/form-data"


def sent(browser: Visitor, lines: str, status: int = 303, name: str = "counts.csv") -> Page:
    """The answer to a file."""
    content = {"file": (io.BytesIO((HEADER + lines).encode()), name)}
    return browser.send(f"{PAGE}/import", content, status, content_type=FORM)


def agreed(browser: Visitor, page: Page, status: int = 303) -> Page:
    """The answer to a yes to the preview of a file that was sent."""
    return browser.send(page.headers["Location"], {}, status)


def kept(ask: Ask, unit: str = "hong-gai", month: date = date(2026, 9, 1)) -> dict[str, str]:
    """What is kept of a unit and month, by field code."""

    def found() -> dict[str, str]:
        counts = dossier_counts.of_month(lookups.unit(unit).id, month)
        return {field.code: str(counts[field.id]) for field in lookups.fields() if field.id in counts}

    answer: dict[str, str] = ask(found)
    return answer


def test_nothing_of_a_file_is_kept_before_its_preview_was_agreed_to(app: Flask, signed_in: SignedIn, ask: Ask) -> None:
    browser = signed_in("manager", "hong-gai")
    page = sent(browser, "hong-gai,thue,2026-09,12,10,9\nhong-gai,dat-dai,2026-09,8,7,6\n")
    assert kept(ask) == {}
    shown = browser.get(page.headers["Location"] + "?lang=en")
    assert shown.words(".facts") == "Added 2 Changed 0 As before 0 Probably slips 0"
    answer = agreed(browser, page)
    assert kept(ask) == {"thue": "12 / 10 / 9", "dat-dai": "8 / 7 / 6"}
    listed = browser.get(answer.headers["Location"])
    assert "2 added" in listed.words(".said[role=status]")
    assert "manager." in listed.words(".history")
    browser.get(page.headers["Location"], 404)


def test_the_preview_shows_what_was_and_what_will_be_and_doubts_first(
    app: Flask, signed_in: SignedIn, ask: Ask
) -> None:
    browser = signed_in("province")
    agreed(browser, sent(browser, "hong-gai,thue,2026-08,40,40,40\nhong-gai,thue,2026-09,41,40,39\n"))
    lines = "hong-gai,dat-dai,2026-09,1,1,1\nhong-gai,thue,2026-09,450,440,430\nhong-gai,thue,2026-08,40,40,40\n"
    shown = browser.get(sent(browser, lines).headers["Location"] + "?lang=en")
    assert shown.words(".facts") == "Added 1 Changed 1 As before 1 Probably slips 1"
    first, second = shown.all("tbody tr")
    assert "Tax Sep 2026 41 → 450 40 → 440 39 → 430 ten times" in " ".join(first.to_text().split())
    assert "Land" in second.to_text()


def test_a_manager_cannot_load_for_units_beside_the_own(app: Flask, signed_in: SignedIn, ask: Ask) -> None:
    page = sent(signed_in("manager", "hong-gai"), "hong-gai,thue,2026-09,1,1,1\nbai-chay,thue,2026-09,1,1,1\n", 422)
    (fault,) = page.all("tbody tr")
    assert fault.to_text().split()[:4] == ["counts.csv", "3", "unit_code", "bai-chay"]
    assert kept(ask) == {}
    assert kept(ask, "bai-chay") == {}


def test_who_agreed_to_what_another_has_changed_meanwhile_is_shown_it_anew(
    app: Flask, signed_in: SignedIn, ask: Ask
) -> None:
    browser = signed_in("manager", "hong-gai")
    address = sent(browser, "hong-gai,thue,2026-09,12,10,9\n").headers["Location"]
    token, seen = (browser.get(address).value(name) for name in ("csrf_token", "seen"))
    other = signed_in("manager", "hong-gai")
    agreed(other, sent(other, "hong-gai,thue,2026-09,5,5,5\n"))
    page = browser.post(address, {"csrf_token": token, "seen": seen}, 409)
    assert kept(ask) == {"thue": "5 / 5 / 5"}
    browser.post(address, {"csrf_token": token, "seen": page.value("seen")})
    assert kept(ask) == {"thue": "12 / 10 / 9"}


def test_a_spreadsheet_is_taken_and_one_that_is_none_is_told(app: Flask, signed_in: SignedIn, ask: Ask) -> None:
    browser = signed_in("manager", "hong-gai")
    file = io.BytesIO()
    book = openpyxl.Workbook()
    for row in (["Tháng 9"], ["Đơn vị", "Lĩnh vực", "Tháng", "Tiếp nhận", "Đã giải quyết", "Đúng hạn"]):
        book.worksheets[0].append(row)
    book.worksheets[0].append(["hong-gai", "Thuế", date(2026, 9, 1), 4, 3, 2])
    book.save(file)
    file.seek(0)
    page = browser.send(f"{PAGE}/import", {"file": (file, "tháng 9.xlsx")}, content_type=FORM)
    agreed(browser, page)
    assert kept(ask) == {"thue": "4 / 3 / 2"}
    broken = {"file": (io.BytesIO(b"PK\x03\x04"), "broken.xlsx")}
    assert "tệp bảng tính" in browser.send(f"{PAGE}/import", broken, 422, content_type=FORM).text


@pytest.mark.parametrize("language", ["vi", "en"])
def test_the_file_to_fill_in_comes_back_filled_in(app: Flask, signed_in: SignedIn, ask: Ask, language: str) -> None:
    browser = signed_in("manager", "bai-chay")
    address = f"/dossiers/bai-chay/template.xlsx?month=2026-09&lang={language}"
    book = openpyxl.load_workbook(io.BytesIO(browser.get(address).response.get_data()))
    page = book.worksheets[0]
    assert page.max_row == 1 + 20
    row = next(cells for cells in page.iter_rows() if cells[2].value == "thue")
    for cell, number in zip(row[5:], (6, 5, 4), strict=True):
        cell.value = number
    file = io.BytesIO()
    book.save(file)
    file.seek(0)
    answer = browser.send("/dossiers/bai-chay/import", {"file": (file, "filled.xlsx")}, content_type=FORM)
    browser.send(answer.headers["Location"], {})
    assert kept(ask, "bai-chay") == {"thue": "6 / 5 / 4"}
    same = browser.get(address.replace("xlsx", "csv")).text.splitlines()
    assert same[1].split(",")[:2] == [str(page.cell(2, column).value) for column in (1, 2)]


def test_a_month_is_typed_field_by_field_and_emptied_again(app: Flask, signed_in: SignedIn, ask: Ask) -> None:
    browser = signed_in("manager", "hong-gai")
    address = f"{PAGE}/typed?month=2026-09"
    three = {"received-thue": "12", "finished-thue": " 10 ", "on_time-thue": "9"}
    browser.send(address, three)
    assert kept(ask) == {"thue": "12 / 10 / 9"}
    page = browser.send(
        address, {**three, "on_time-thue": "11", "received-dat-dai": "1,5", "finished-dat-dai": "2"}, 422
    )
    assert [one.attrs["name"] for one in page.all("td.wrong input")] == ["received-dat-dai", "on_time-thue"]
    page = browser.send(address, {"received-thue": "", "received-dat-dai": "5"}, 422)
    assert len(page.all("td.wrong")) == 3
    page = browser.send(address, dict.fromkeys(three, ""), 422)
    assert [one.attrs["name"] for one in page.all("td.wrong input")] == ["received-thue"], "no rate is made better so"
    assert kept(ask) == {"thue": "12 / 10 / 9"}
    signed_in("province").send(address, dict.fromkeys(three, ""))
    assert kept(ask) == {}


def test_two_who_type_the_same_month_are_told_of_each_other(app: Flask, signed_in: SignedIn, ask: Ask) -> None:
    browser, address = signed_in("manager", "hong-gai"), f"{PAGE}/typed?month=2026-09"
    opened = browser.get(address)
    signed_in("province").send(address, {"received-thue": "3", "finished-thue": "3", "on_time-thue": "3"})
    typed = {"received-thue": "4", "finished-thue": "4", "on_time-thue": "4"}
    mine = {"csrf_token": opened.value("csrf_token"), "seen": opened.value("seen"), **typed}
    page = browser.post(address, mine, 409)
    assert kept(ask) == {"thue": "3 / 3 / 3"}
    assert page.value("received-thue") == "4"
    browser.post(address, {**mine, "seen": page.value("seen")})
    assert kept(ask) == {"thue": "4 / 4 / 4"}


def test_the_page_names_the_units_and_months_that_are_missing(app: Flask, signed_in: SignedIn, ask: Ask) -> None:
    def load() -> None:
        field = lookups.field("thue").id
        unit = lookups.unit("bai-chay").id
        dossier_counts.keep({DossierCell(unit, date(2026, 7, 1), field): Dossiers(9, 8, 7)}, "dossiers.typed", "-")

    ask(load)
    browser = signed_in("viewer", "bai-chay")
    page = browser.get("/dossiers/bai-chay?period=2026-Q3&lang=en")
    assert "Counts of 1 unit are missing" in page.words(".alert")
    assert "Bãi Cháy ward : August–September 2026" in page.words(".alert li")
    total = page.all("tfoot td")
    assert [" ".join(one.to_text().split()) for one in total] == ["8 87.5%", "missing", "missing"]
    assert not page.all(".doing")

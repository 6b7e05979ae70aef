"""Other indices on their board: as printed, beside our own measurement, and nothing kept of a faulty file."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from openpyxl import load_workbook

from sipas.core import audit
from sipas.core.audit import AuditSearch
from sipas.imports import index_files
from sipas.responses import recording
from sipas.run.installation import SAMPLE
from tests.conftest import draft
from tests.pages import Page, Visitor

SignedIn = Callable[..., Visitor]

HEAD = "unit,level,year,index,value,max_or_unit,rank,of,change_value,change_rank,comparable,status,source\n"
HAI_HA = "/province/indices?body=district:Hải Hà&year=2020"


def load(browser: Visitor, content: str, status: int = 303) -> Page:
    """Send a file through its form."""
    file = (io.BytesIO(content.encode()), "indices.csv")
    address = "/province/indices/import"
    return browser.send(address, {"file": file}, status, content_type="multipart/form-data")


def rows_of(page: Page) -> dict[str, list[str]]:
    """The cells of a board, by the name of the row."""
    return {
        row.query("a")[0].to_text(): [" ".join(cell.to_text().split()) for cell in row.query("td")]
        for row in page.all("table.indices tbody tr")
    }


@pytest.fixture
def province(app: Flask, signed_in: SignedIn) -> Visitor:
    """The province's browser, the sample loaded."""
    with app.app_context():
        index_files.load(SAMPLE / "indices.csv")
    return signed_in("province")


def test_hai_ha_2020_stands_on_the_board_as_it_was_printed(province: Visitor) -> None:
    start = province.get("/province/indices?lang=en")
    link = next(one for one in start.all("nav.periods a") if one.to_text() == "Hải Hà")
    page = province.get(link.attrs["href"])
    assert page.words("h1") == "Hải Hà · 2020"
    assert page.words(".headline").startswith("93.12% SIPAS as published")
    assert "rank 10 of 13 · −0.5 points · −3 places" in page.words(".headline")
    found = rows_of(page)
    assert found["SIPAS"][:4] == ["93.12%", "−0.5 points", "10/13", "−3 places"]
    assert found["PAR INDEX"][:4] == ["89.64 points", "+0.58 points", "10/13", "−4 places"]
    assert found["DDCI"][:4] == ["45.74 points", "−12.99 points", "12/13", "−2 places"]
    assert found["DGI"][:4] == ["84.83%", "+0.34 points", "8/13", "−3 places"]
    assert found["ICT"] == ["133.28 of 170", "– no data", "3/13", "+7 places", found["ICT"][4]]


def test_a_page_writes_numbers_as_its_language_does_and_a_file_with_a_decimal_point(province: Visitor) -> None:
    found = rows_of(province.get(HAI_HA + "&lang=vi"))
    assert found["SIPAS"][:4] == ["93,12 %", "−0,5 điểm", "10/13", "−3 bậc"]
    assert found["ICT"][0] == "133,28 trên 170"
    csv = province.get("/province/indices.csv?body=district:Hải Hà").text
    assert "Hải Hà,district,2020,SIPAS,93.12,percent,10,13,-0.5,-3,yes,VERIFIED," in csv
    assert "Hải Hà,district,2020,ICT,133.28,of 170,3,13,,7,yes,VERIFIED," in csv
    sheet = load_workbook(io.BytesIO(province.get("/province/indices.xlsx").response.data)).worksheets[0]
    cells = {tuple(row[1].value for row in [(0, cell) for cell in line[:4]]): line[4] for line in sheet.iter_rows()}
    papi = cells["Quảng Ninh", "province", 2020, "PAPI"]
    assert (papi.value, papi.number_format) == (48.881, "0.000")


def test_a_file_that_was_downloaded_can_be_loaded_again_and_changes_nothing(province: Visitor) -> None:
    content = province.get("/province/indices.csv").text.lstrip("\ufeff")
    answer = load(province, content)
    said = province.get(answer.headers["Location"]).words(".said")
    assert said == "Đã thêm 0 giá trị, sửa 0, giữ nguyên 38."


def test_a_workbook_that_was_downloaded_can_be_loaded_again_too(app: Flask, province: Visitor, tmp_path: Path) -> None:
    book = tmp_path / "indices.xlsx"
    book.write_bytes(province.get("/province/indices.xlsx").response.data)
    with app.app_context():
        done = index_files.load(book)
    assert (done.added, done.changed, done.same) == (0, 0, 38)


def test_a_value_that_was_loaded_by_mistake_is_removed_and_the_audit_keeps_it(app: Flask, province: Visitor) -> None:
    load(province, HEAD + "Hải Hả,district,2020,SIPAS,90.5,percent,2,13,,,,VERIFIED,a slip\n")
    page = province.get("/province/indices?body=district:Hải Hả")
    action = page.one("main details form").attrs["action"]
    after = province.get(province.post(action, {"csrf_token": page.value("csrf_token")}).headers["Location"])
    assert "Hải Hả" not in after.words("main nav.periods[aria-label='Cơ quan, địa phương']")
    with app.app_context():
        (entry,) = audit.found(AuditSearch(act="index.removed"), 5)
        assert ("value", "90.5", None) in entry.changes
    province.post(action, {"csrf_token": page.value("csrf_token")})


def test_through_the_years_a_break_of_method_stands_beside_the_values(province: Visitor) -> None:
    page = province.get("/province/indices/history?index=SIPAS&lang=en")
    assert "From 2022 on another method" in page.text
    assert rows_of(page)["Quảng Ninh"][:3] == ["91.15%", "95.26% 1/63", "1/63"]
    assert "another method than the year before" in province.get("/province/indices?year=2022").text
    province.get("/province/indices/history?index=nothing", 404)
    province.get("/province/indices?body=district:nobody", 404)


def test_our_own_measurement_stands_beside_an_index_and_names_itself_another_method(
    app: Flask, province: Visitor
) -> None:
    load(province, HEAD + "quang-ninh,province,2026,SIPAS,90.5,percent,2,34,,,,VERIFIED,a decision\n")
    assert "dl.facts" not in province.get("/province/indices?year=2026&lang=en").text
    with app.app_context():
        for minute in range(6):
            at = datetime(2026, 9, 14, 3, minute, tzinfo=UTC)
            recording.record(draft(at=at, overall=5 if minute else 1), app.config["SIPAS"].zone)
    page = province.get("/province/indices?year=2026&lang=en")
    assert page.words("h1") == "Tỉnh Quảng Ninh · 2026"
    assert "another method" in page.words(".answer .facts dt")
    assert page.words(".answer .facts b") == "83.3%"
    assert rows_of(page)["SIPAS"][0] == "90.5%"


def test_the_faults_of_a_file_stand_on_the_page_it_was_sent_from(province: Visitor) -> None:
    row = "Hải Hà,district,2018,SIPAS,90,percent,14,13,,,,,x\n"
    page = load(province, HEAD + row, 422)
    cells = " ".join(page.one("table.rows tbody tr").to_text().split())
    assert cells.startswith("indices.csv 2 rank 14 ")

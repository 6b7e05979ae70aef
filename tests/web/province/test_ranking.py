"""The ranking's page: its answer first, each unit's place in words, and the same in files."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable

import pytest
from flask import Flask

from sipas.core import audit
from sipas.core.audit import AuditSearch
from sipas.web.province import ranking
from tests.pages import Page, Visitor
from tests.reporting.test_rankings import give

SignedIn = Callable[..., Visitor]
Q3 = "/province/ranking?period=2026-Q3"


@pytest.fixture
def province(app: Flask, signed_in: SignedIn) -> Visitor:
    """Somebody of the province, with three units ranked and two that are not."""
    with app.app_context():
        for unit, satisfied, total in (("hong-gai", 70, 100), ("ba-che", 97, 100), ("bai-chay", 86, 100)):
            give(unit, satisfied, total)
        give("an-sinh", 20, 25)
        give("cam-pha", 4, 4)
    return signed_in("province")


def rows_of(page: Page) -> list[tuple[str, str]]:
    """Each unit's name in the order of the page, and what is said of it."""
    return [
        (row.query("th a")[0].to_text().strip(), " ".join(row.query(".sentence")[0].to_text().split()))
        for row in page.all(".ranking tbody tr:not(.group)")
    ]


def test_the_first_line_is_the_answer_and_the_bands_follow_in_order(province: Visitor) -> None:
    page = province.get(f"{Q3}&lang=en")
    assert page.words(".headline").startswith(
        "3 units ranked: 1 clearly above the others together, 1 not distinguishable from them, 1 clearly below."
    )
    assert "3 of 3 pairs of units can be told apart" in page.words(".headline")
    headings = [" ".join(one.to_text().split()) for one in page.all(".ranking .group")]
    assert [heading.split(" together")[0] for heading in headings[:3]] == [
        "Clearly above the others",
        "Not distinguishable from the others",
        "Clearly below the others",
    ]
    assert headings[3].startswith("Not ranked 52 A unit is ranked from 30 citizens on")
    assert rows_of(page)[:4] == [
        ("Ba Chẽ commune", "97.0%, 1st of 3 (1), no figure before to compare with"),
        ("Bãi Cháy ward", "86.0%, 2nd of 3 (2), no figure before to compare with"),
        ("Hồng Gai ward", "70.0%, 3rd of 3 (3), no figure before to compare with"),
        ("An Sinh ward", "80.0%, not ranked: 25 of 30 citizens needed"),
    ]


def test_page_table_and_program_read_the_same_figures(province: Visitor) -> None:
    page = province.get(f"{Q3}&lang=en")
    csv_rows = list(
        csv.DictReader(io.StringIO(province.get(f"{Q3.replace('?', '.csv?')}&lang=en").text.lstrip("\ufeff")))
    )
    told = json.loads(province.get(f"{Q3.replace('?', '.json?')}&lang=en").response.get_data())
    assert [row["sentence"] for row in told["rows"]] == [said for _, said in rows_of(page)]
    assert [row["unit_code"] for row in told["rows"]] == [row["unit_code"] for row in csv_rows]
    assert [row["rank"] for row in csv_rows][:4] == ["1", "2", "3", ""]


def test_a_unit_leads_to_its_report_of_the_same_question(province: Visitor) -> None:
    page = province.get(f"{Q3}&field=dat-dai&channel=qr")
    address = page.all(".ranking tbody th a")[0].attrs["href"]
    report = province.get(f"{address}&lang=en")
    assert "97.0%" in report.words(".headline")
    assert "Land" in report.words(".asked")


def test_what_is_chosen_is_written_out_and_kept_in_every_way_on(province: Visitor) -> None:
    page = province.get(f"{Q3}&by=index&field=dat-dai&lang=en")
    assert "by the index of the five factors" in page.words(".asked")
    assert page.words(".headline").startswith("Nobody is ranked")
    links = [one.attrs["href"] for one in page.all(".periods a")]
    assert all("field=dat-dai" in link for link in links)
    assert {"by=index" in link for link in links[2:]} == {True}
    assert page.all('form.choices input[name="by"][value="index"]')


def test_a_long_list_is_read_in_pages(province: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranking, "ON_A_PAGE", 20)
    listed = [name for number in (1, 2, 3) for name, _ in rows_of(province.get(f"{Q3}&page={number}"))]
    assert len(listed) == len(set(listed)) == 55
    assert rows_of(province.get(f"{Q3}&page=99")) == rows_of(province.get(f"{Q3}&page=3"))


def test_what_nobody_offers_is_refused(province: Visitor) -> None:
    for wrong in ("by=beauty", "level=village", "field=nonsense", "channel=fax", "period=2026-13"):
        province.get(f"/province/ranking?{wrong}", 400)
        province.get(f"/province/ranking.csv?{wrong}", 400)
    province.get("/province/ranking?unit=nowhere", 404)


def test_files_are_named_by_what_they_answer_and_taking_them_is_noted(app: Flask, province: Visitor) -> None:
    names = {}
    for shape in ("csv", "xlsx", "json", "png"):
        answer = province.get(f"{Q3.replace('?', f'.{shape}?')}&field=dat-dai&by=index")
        names[shape] = answer.headers["Content-Disposition"].partition("filename=")[2].strip('"')
    assert names["csv"] == "sipas-ranking-quang-ninh-centre-2026-Q3-dat-dai-index.csv"
    assert province.get(Q3.replace("?", ".svg?")).response.get_data().startswith(b"<?xml")
    with app.app_context():
        noted = [entry.subject for entry in audit.found(AuditSearch(act="ranking.exported"))]
    assert sorted(noted) == sorted(names.values())

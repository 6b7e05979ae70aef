"""Staff sign in, see their own subtree and nothing beside it."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import pypdfium2
import pytest
from flask import Flask

from sipas.catalogue import lookups
from sipas.downloads import report_columns
from sipas.numbers import shares
from sipas.numbers.periods import parse
from sipas.reporting import reports
from sipas.responses import recording
from sipas.staff import accounts
from tests.conftest import COUNTER_1, EXIT_OF_PROVINCE, PASSWORD, draft
from tests.pages import Visitor

SignedIn = Callable[..., Visitor]
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
PERIOD = "period=2026-09"


def give(app: Flask, number: int, **answers: Any) -> None:
    with app.app_context():
        recording.record_many([draft(**answers) for _ in range(number)], ZONE)


def test_a_manager_signs_in_and_sees_the_own_unit(app: Flask, signed_in: SignedIn) -> None:
    give(app, 9, overall=5)
    give(app, 1, overall=2)
    manager = signed_in("manager", "trung-tam-tinh")
    assert manager.get("/reports", 302).headers["Location"] == "/reports/trung-tam-tinh"
    page = manager.get(f"/reports/trung-tam-tinh?{PERIOD}")
    assert "90,0" in page.text
    assert "59,6" in page.text
    assert "90.0%" in manager.get(f"/reports/trung-tam-tinh?{PERIOD}&lang=en").text


def test_the_chosen_language_is_kept_for_staff(signed_in: SignedIn) -> None:
    manager = signed_in("manager", "hong-gai")
    assert manager.get("/reports/hong-gai").one("html").attrs["lang"] == "vi"
    manager.get("/reports/hong-gai?lang=en")
    assert manager.get("/reports/hong-gai").one("html").attrs["lang"] == "en"


@pytest.mark.parametrize(("email", "password"), [("nobody@test.example", PASSWORD), ("manager@test.example", "wrong")])
def test_a_wrong_address_and_a_wrong_password_are_told_alike(
    app: Flask, visitor: Visitor, email: str, password: str
) -> None:
    with app.app_context():
        accounts.add("manager@test.example", PASSWORD, "manager", lookups.unit("hong-gai"))
    token = visitor.get("/sign-in").value("csrf_token")
    page = visitor.post("/sign-in", {"email": email, "password": password, "csrf_token": token}, 422)
    assert "không đúng" in page.text
    assert page.value("email") == email
    visitor.get("/reports/hong-gai", 302)


def test_signing_in_needs_its_token(app: Flask, visitor: Visitor) -> None:
    with app.app_context():
        accounts.add("manager@test.example", PASSWORD, "manager", lookups.unit("hong-gai"))
    visitor.post("/sign-in", {"email": "manager@test.example", "password": PASSWORD, "csrf_token": "wrong"}, 400)
    visitor.get("/reports/hong-gai", 302)


@pytest.mark.parametrize("there", ["https://evil.example/", "//evil.example", "/\\evil.example"])
def test_signing_in_leads_nowhere_else(app: Flask, visitor: Visitor, there: str) -> None:
    with app.app_context():
        accounts.add("manager@test.example", PASSWORD, "manager", lookups.unit("hong-gai"))
    token = visitor.get("/sign-in").value("csrf_token")
    form = {"email": "manager@test.example", "password": PASSWORD, "csrf_token": token, "next": there}
    answer = visitor.client.post("/sign-in", data=form)
    assert answer.status_code in (200, 302)
    led_to = urlsplit(answer.headers.get("Location", "/"))
    assert (led_to.scheme, led_to.netloc) == ("", "")
    assert re.match(r"/(?![/\\\\])", led_to.path)


def test_after_signing_out_nothing_is_shown(signed_in: SignedIn) -> None:
    manager = signed_in("manager", "hong-gai")
    manager.get("/reports/hong-gai")
    manager.get("/sign-out", 405)
    manager.get("/reports/hong-gai")
    manager.post("/sign-out", {"csrf_token": manager.get("/reports/hong-gai").value("csrf_token")}, 302)
    assert "/sign-in" in manager.get("/reports/hong-gai", 302).headers["Location"]


def test_the_session_cookie_is_out_of_reach_of_scripts(app: Flask, visitor: Visitor) -> None:
    cookie = visitor.get("/sign-in").headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_a_manager_reaches_the_own_subtree_and_nothing_beside(signed_in: SignedIn) -> None:
    manager = signed_in("manager", "bai-chay")
    for unit in ("bai-chay", "bai-chay-diem-2"):
        manager.get(f"/reports/{unit}")
        manager.get(f"/reports/{unit}.csv")
    for unit in ("hong-gai", "quang-ninh", "van-don-diem-2", "nowhere", "%00"):
        for shape in ("", ".csv", ".json", ".svg"):
            manager.get(f"/reports/{unit}{shape}", 404)
    manager.get(f"/touchpoints/{EXIT_OF_PROVINCE}/qr.svg", 404)
    manager.get("/touchpoints?unit=hong-gai", 404)


def test_the_province_reaches_every_unit(signed_in: SignedIn) -> None:
    province = signed_in("province")
    for unit in ("quang-ninh", "hong-gai", "bai-chay-diem-2"):
        province.get(f"/reports/{unit}")
    province.get(f"/touchpoints/{EXIT_OF_PROVINCE}/qr.svg")


def test_page_chart_csv_and_json_give_the_same_figures(app: Flask, signed_in: SignedIn) -> None:
    give(app, 12, field="thue", overall=4, access=5, staff=2)
    give(app, 7, field="dat-dai", overall=2, procedure=1)
    manager = signed_in("manager", "trung-tam-tinh")
    address = "/reports/trung-tam-tinh{}?" + PERIOD
    csv_answer = manager.get(address.format(".csv"))
    rows = list(csv.DictReader(io.StringIO(csv_answer.response.data.decode("utf-8-sig"))))
    data = json.loads(manager.get(address.format(".json")).response.data)
    with app.app_context():
        question = reports.ReportRequest(lookups.unit("trung-tam-tinh"), parse("2026-09"))
        found = reports.report(question, datetime(2026, 12, 1, tzinfo=UTC).date())
        table = report_columns.table(found, "vi", "Tổng")
    assert [row["field_code"] for row in rows] == [row["field_code"] for row in data["rows"]]
    for row, other, cells in zip(rows, data["rows"], table.rows, strict=True):
        for column, cell in zip(table.columns, cells, strict=True):
            if column != "field" or row["field_code"] != "total":
                shown = "" if cell is None else f"{cell:.2f}" if isinstance(cell, float) else str(cell)
                assert row[column] == shown
                assert ("" if other[column] is None else str(other[column])) == ("" if cell is None else str(cell))
    assert csv_answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert 'filename="sipas-trung-tam-tinh-2026-09.csv"' in csv_answer.headers["Content-Disposition"]
    page = manager.get(address.format(""))
    for line in (*found.lines, found.total):
        if line.satisfaction:
            assert str(shares.percentage(line.satisfaction.value, 1)).replace(".", ",") in page.text


def test_the_chart_is_an_image_with_words(app: Flask, signed_in: SignedIn) -> None:
    give(app, 12, field="thue", overall=4)
    manager = signed_in("manager", "trung-tam-tinh")
    answer = manager.get(f"/reports/trung-tam-tinh.svg?{PERIOD}")
    assert answer.headers["Content-Type"].startswith("image/svg+xml")
    assert b"<svg" in answer.response.data
    image = manager.get(f"/reports/trung-tam-tinh?{PERIOD}").all("img[alt]")
    assert any("100" in one.attrs["alt"] for one in image)


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("period=2026-13", "2026-13"),
        ("period=yesterday", "yesterday"),
        ("field=magic", "magic"),
        ("channel=fax", "fax"),
    ],
)
def test_a_wrong_question_is_named(signed_in: SignedIn, query: str, named: str) -> None:
    manager = signed_in("manager", "hong-gai")
    for shape in ("", ".csv", ".json", ".svg"):
        assert named in manager.get(f"/reports/hong-gai{shape}?{query}", 400).text


@pytest.mark.parametrize(
    "period", ["2026", "2026-Q3", "2026-09", "2026-09-14", "2026-09-01..2026-09-20", "1990", "2090"]
)
def test_every_way_to_write_a_period_is_answered(app: Flask, signed_in: SignedIn, period: str) -> None:
    give(app, 6)
    manager = signed_in("manager", "trung-tam-tinh")
    for shape in ("", ".csv", ".json", ".svg"):
        manager.get(f"/reports/trung-tam-tinh{shape}?period={period}")


def test_few_answers_show_their_number_and_no_figure(app: Flask, signed_in: SignedIn) -> None:
    give(app, 3, overall=5)
    page = signed_in("manager", "trung-tam-tinh").get(f"/reports/trung-tam-tinh?{PERIOD}")
    assert "100,0" not in page.text
    assert not any("100" in image.attrs["alt"] for image in page.all("img[alt]"))


def test_a_unit_without_answers_is_told_what_to_do(signed_in: SignedIn) -> None:
    page = signed_in("manager", "hong-gai").get("/reports/hong-gai")
    assert any("/touchpoints" in str(link.attrs.get("href")) for link in page.all("main a"))


def test_the_poster_and_codes_of_an_own_touchpoint_are_printed(signed_in: SignedIn) -> None:
    manager = signed_in("manager", "trung-tam-tinh")
    listed = manager.get("/touchpoints")
    assert EXIT_OF_PROVINCE in listed.text
    assert manager.get(f"/touchpoints/{COUNTER_1}/qr.png").response.data.startswith(b"\x89PNG")
    for paper, width in (("a4", 595), ("a5", 420)):
        answer = manager.get(f"/touchpoints/{COUNTER_1}/poster.pdf?paper={paper}")
        assert round(pypdfium2.PdfDocument(answer.response.data)[0].get_width()) == width
    manager.get(f"/touchpoints/{COUNTER_1}/poster.pdf?paper=a3", 400)
    manager.get("/touchpoints/AAAAAAAA/qr.svg", 404)


def test_an_installation_without_units_tells_its_administrator_what_to_do(tmp_path: Any) -> None:
    from sipas.run import installation
    from tests.conftest import make_app

    app = make_app(tmp_path / "empty")
    with app.app_context():
        installation.prepare()
        made = installation.first_administrator()
        assert made is not None
        assert installation.first_administrator() is None
    browser = Visitor(app)
    browser.sign_in(*made)
    first = browser.get("/reports")
    led = [one.attrs["href"] for one in first.all("main a")]
    assert led == ["/admin/units", "/admin/fields", "/admin/questionnaires", "/admin/users", "/admin/province"]
    for address in (*led, "/admin"):
        page = browser.get(address)  # each is there
        assert not [one for one in page.all("main a") if one.attrs["href"] == "/touchpoints"], (
            "a way that leads nowhere"
        )


def test_a_deactivated_account_cannot_sign_in(app: Flask, visitor: Visitor) -> None:
    from sipas.core.db import writing

    with app.app_context():
        user = accounts.add("gone@test.example", PASSWORD, "manager", lookups.unit("hong-gai"))
        with writing() as session:
            session.get_one(accounts.User, user.id).active = False
    token = visitor.get("/sign-in").value("csrf_token")
    visitor.post("/sign-in", {"email": "gone@test.example", "password": PASSWORD, "csrf_token": token}, 422)
    visitor.get("/reports/hong-gai", 302)

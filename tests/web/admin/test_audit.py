"""Administrators and auditors read who did what; each sees the acts on the own units."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from datetime import date

from flask import Flask

from sipas.catalogue import lookups, touchpoints
from sipas.core import audit
from tests.conftest import COUNTER_1
from tests.pages import Page, Visitor

SignedIn = Callable[..., Visitor]


def rows(page: Page) -> list[str]:
    return [" ".join(row.to_text().split()) for row in page.all("tbody tr")]


def test_the_page_tells_who_changed_what_and_what_it_was(app: Flask, signed_in: SignedIn) -> None:
    with app.app_context(), audit.acting("lan@test.example"):
        touchpoints.close(lookups.touchpoint(COUNTER_1), date(2026, 9, 14))
    auditor = signed_in("auditor")
    found = rows(auditor.get("/admin/audit?actor=lan@test.example"))
    assert len(found) == 1
    assert "Điểm khảo sát: sửa" in found[0]
    assert COUNTER_1 in found[0]
    assert "đóng ngày: 14 tháng 9, 2026" in found[0]
    assert "Survey point: changed" in rows(auditor.get("/admin/audit?actor=lan@test.example&lang=en"))[0]
    assert not rows(auditor.get("/admin/audit?actor=lan@test.example&act=unit."))
    assert not rows(auditor.get("/admin/audit?actor=lan@test.example&last=2020-01-01"))
    assert len(rows(auditor.get(f"/admin/audit?actor=lan@test.example&words={COUNTER_1.lower()}"))) == 1
    auditor.get("/admin/audit?first=yesterday", 400)


def test_a_download_is_an_act_itself_and_holds_every_entry(app: Flask, signed_in: SignedIn) -> None:
    manager = signed_in("manager", "hong-gai")
    manager.get("/reports/hong-gai.csv?period=2026-09")
    auditor = signed_in("auditor")
    answer = auditor.get("/admin/audit.csv?act=report.exported")
    read = list(csv.DictReader(io.StringIO(answer.response.get_data().decode("utf-8-sig"))))
    assert [(row["act"], row["subject"], row["unit_code"]) for row in read] == [
        ("report.exported", "sipas-hong-gai-2026-09.csv", "hong-gai")
    ]
    assert "period=2026-09" in json.loads(read[0]["after"])["address"]
    assert rows(auditor.get("/admin/audit?act=audit.exported"))


def test_older_entries_are_a_link_away(app: Flask, signed_in: SignedIn) -> None:
    with app.app_context(), audit.acting("lan@test.example"):
        for place in range(150):
            audit.keep("report.exported", f"file-{place}")
    auditor = signed_in("auditor")
    first = auditor.get("/admin/audit?actor=lan@test.example&lang=en")
    older = next(one.attrs["href"] for one in first.all("main a") if "Older" in one.to_text())
    second = auditor.get(older)
    assert [len(rows(first)), len(rows(second))] == [100, 50]
    assert "file-149" in rows(first)[0]
    assert "file-0" in rows(second)[-1]
    assert "Older" not in second.words("main")


def test_who_belongs_to_a_unit_reads_the_acts_on_it_alone(app: Flask, signed_in: SignedIn) -> None:
    with app.app_context(), audit.acting("lan@test.example"):
        for unit in ("hong-gai", "ba-che"):
            audit.keep("report.exported", unit, lookups.unit(unit).id)
        audit.keep("questionnaire.changed", "long")
    found = rows(signed_in("auditor", "ba-che").get("/admin/audit?actor=lan@test.example"))
    assert len(found) == 1
    assert "ba-che" in found[0]


def test_markup_in_a_name_is_text(app: Flask, signed_in: SignedIn) -> None:
    with app.app_context(), audit.acting("<b>lan</b>"):
        audit.keep("unit.<i>", "=cmd|' /C calc'!A0", after={"<u>": "<script>alert(1)</script>"})
    auditor = signed_in("auditor")
    page = auditor.get("/admin/audit?act=unit.")
    assert not page.all("main td script, main td b, main td i, main td u")
    assert "<script>alert(1)</script>" in rows(page)[0]
    assert "'=cmd" in auditor.get("/admin/audit.csv?act=unit.").response.get_data(as_text=True)


def test_who_sees_one_centre_is_not_told_who_acts_elsewhere(app: Flask, signed_in: SignedIn) -> None:
    with app.app_context():
        for actor, unit in (("lan@test.example", "hong-gai"), ("minh@test.example", "bai-chay")):
            with audit.acting(actor):
                audit.keep("report.exported", "a file", lookups.unit(unit).id)
    page = signed_in("auditor", "hong-gai").get("/admin/audit")
    assert "lan@test.example" in page.text
    assert "minh@test.example" not in page.text
    assert "minh@test.example" in signed_in("auditor").get("/admin/audit").text


def test_days_at_the_ends_of_the_calendar_are_refused(signed_in: SignedIn) -> None:
    auditor = signed_in("auditor")
    for asked in ("last=9999-12-31", "first=0001-01-01"):
        assert asked in auditor.get(f"/admin/audit?{asked}", 400).text
        auditor.get(f"/admin/audit.csv?{asked}", 400)


def test_a_number_that_no_database_holds_leads_nowhere(signed_in: SignedIn) -> None:
    administrator = signed_in("administrator")
    for number in ("999999999", "9999999999", "9" * 30, "9" * 5000):
        administrator.get(f"/admin/users/{number}", 404)
        administrator.get(f"/admin/agencies/{number}", 404)
        administrator.get(f"/admin/questionnaires/short/{number}", 404)


def test_a_sign_that_no_text_holds_is_refused_in_every_question(signed_in: SignedIn) -> None:
    auditor = signed_in("auditor")
    for address in ("/admin/audit?words=", "/admin/audit?actor=", "/admin/audit.csv?act=", "/admin/users?words="):
        auditor.get(f"{address}a%00b", 400)
    auditor.get("/admin/questionnaires/%00/compare", 404)
    token = auditor.get("/account/password").value("csrf_token")
    auditor.post("/account/sessions/end", {"csrf_token": token, "session": "a\0b"})

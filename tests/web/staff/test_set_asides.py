"""Pages of set-asides: looked at first, decided by the province and auditors, read by everybody, never by score."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask

from sipas.catalogue import lookups
from sipas.core import audit
from sipas.core.audit import AuditSearch
from sipas.responses import recording, recount, set_asides
from tests.conftest import EXIT_OF_PROVINCE, draft
from tests.pages import Page, Visitor

SignedIn = Callable[..., Visitor]
Ask = Callable[[Callable[[], Any]], Any]

UNIT = "trung-tam-tinh"
NEW = f"/set-asides/{UNIT}/new"
CLASS = datetime(2026, 9, 14, 3, 10, tzinfo=UTC)
HOUR = {"place": "", "start": "2026-09-14T10:00", "end": "2026-09-14T11:00"}
REASON = {"reason": "A school class scanned the poster together"}


def give(app: Flask, number: int, at: datetime = CLASS, overall: int = 5) -> list[str]:
    with app.app_context():
        zone = app.config["SIPAS"].zone
        return [recording.record(draft(EXIT_OF_PROVINCE, at=at, overall=overall), zone).receipt for _ in range(number)]


def agreed(browser: Visitor, page: Page, typed: dict[str, str], status: int = 303) -> Page:
    hidden = {name: page.value(name) for name in ("csrf_token", "seen")}
    return browser.post(NEW, {**hidden, **typed, "begin": "1"}, status)


@pytest.mark.parametrize("role", ["province", "auditor"])
def test_it_is_looked_at_first_and_set_aside_then(app: Flask, signed_in: SignedIn, ask: Ask, role: str) -> None:
    give(app, 12, overall=1)
    give(app, 8, CLASS.replace(day=15), overall=5)
    browser = signed_in(role)
    page = browser.send(f"{NEW}?lang=en", {**HOUR, **REASON}, 200)
    assert page.words("#preview b") == "This catches 12 responses."
    assert "%" not in page.one("#preview").to_text()
    assert ask(lambda: set_asides.listed([lookups.unit(UNIT).id])) == []
    agreed(browser, page, {**HOUR, **REASON})
    for language in ("vi", "en"):
        report = browser.get(f"/reports/{UNIT}?period=2026-09&lang={language}")
        assert "8" in report.words(".headline")
        assert report.words(".aside.note").startswith("12 ")
    (row,) = signed_in("viewer", UNIT).get(f"/set-asides/{UNIT}").all("tbody tr")
    assert REASON["reason"] in row.to_text()
    assert ask(recount.differences) == []


def test_of_few_the_preview_tells_the_number_alone(app: Flask, signed_in: SignedIn) -> None:
    receipt = give(app, 1, overall=1)[0]
    give(app, 30, CLASS.replace(day=15))
    page = signed_in("province").send(NEW, {"place": "", "receipt": receipt.lower(), **REASON}, 200)
    assert "1 phiếu" in page.words("#preview b")
    assert "%" not in page.one("#preview").to_text()


def test_who_agreed_to_fewer_is_shown_how_many_they_are_now(app: Flask, signed_in: SignedIn, ask: Ask) -> None:
    give(app, 5)
    browser = signed_in("province")
    page = browser.send(NEW, {**HOUR, **REASON}, 200)
    give(app, 1)
    again = agreed(browser, page, {**HOUR, **REASON}, 200)
    assert "6" in again.words("#preview b")
    agreed(browser, again, {**HOUR, **REASON})
    assert ask(lambda: set_asides.listed([lookups.unit(UNIT).id])[0].responses) == 6


def test_every_look_stands_in_the_audit(app: Flask, signed_in: SignedIn, ask: Ask) -> None:
    give(app, 5)
    signed_in("auditor").send(NEW, {**HOUR, **REASON}, 200)
    (entry,) = ask(lambda: list(audit.found(AuditSearch(act="set-aside.looked"))))
    assert entry.actor.startswith("auditor.")
    assert ("responses", None, 5) in entry.changes


@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        ({"place": "", **REASON}, "start"),
        ({**HOUR, "end": "2026-09-14T09:00", **REASON}, "end"),
        ({**HOUR, "start": "yesterday", **REASON}, "start"),
        ({**HOUR, "reason": "spam"}, "reason"),
        ({**HOUR, "receipt": "22222", **REASON}, "receipt"),
        ({"place": "", "receipt": "22222", **REASON}, "receipt"),
        ({"place": "", "receipt": "2222222222", **REASON}, "receipt"),
        ({**HOUR, "place": "NOWHERE1", **REASON}, "place"),
        ({**HOUR, **REASON}, "start"),
    ],
)
def test_what_cannot_be_chosen_is_told_beside_its_field(
    app: Flask, signed_in: SignedIn, typed: dict[str, str], wrong: str
) -> None:
    page = signed_in("province").send(NEW, typed, 422)
    assert [one.attrs["name"] for one in page.all('[aria-invalid="true"]')] == [wrong]


def test_a_set_aside_is_lifted_with_a_reason_and_once(app: Flask, signed_in: SignedIn, ask: Ask) -> None:
    give(app, 6)

    def begin() -> int:
        at = CLASS.replace(minute=0)
        selection = set_asides.Selection(lookups.unit(UNIT).id, at, at.replace(hour=4))
        return set_asides.begin(selection, REASON["reason"]).id

    address = f"/set-asides/{UNIT}/{ask(begin)}/lift"
    browser = signed_in("province")
    browser.send(address, {"reason": "no"}, 422)
    browser.send(address, {"reason": "It was a group with an interpreter"})
    browser.send(address, {"reason": "It was a group with an interpreter"}, 409)
    page = browser.get(f"/set-asides/{UNIT}?lang=en")
    assert "It was a group with an interpreter" in page.words("tbody tr")
    assert not page.all("tbody a")
    assert ask(recount.differences) == []


def test_who_answers_for_the_figures_decides_nothing(app: Flask, signed_in: SignedIn) -> None:
    for role in ("manager", "administrator", "viewer"):
        browser = signed_in(role, UNIT)
        assert not browser.get(f"/set-asides/{UNIT}").all(".doing")
        browser.get(NEW, 404)

"""Pages of alerts and letters: what lasts, what is done about it, the threshold, what comes to whom."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from flask import Flask
from sqlalchemy import select

from sipas.catalogue import lookups
from sipas.core import audit
from sipas.core.audit import AuditSearch
from sipas.core.db import db
from sipas.letters import alerts, outbox, subscriptions, thresholds
from sipas.letters.alerts import Sighting
from sipas.staff import accounts
from sipas.staff.accounts import User
from tests.conftest import PASSWORD
from tests.mailbox import a_letter, an_alert
from tests.pages import Page, Visitor

SignedIn = Callable[..., Visitor]
Ask = Callable[[Callable[[], Any]], Any]

LOW = {"satisfied": 40, "responses": 80, "threshold": 80, "period": "2026-08-18..2026-09-15"}


def hong_gai_is_low() -> int:
    unit, field = lookups.unit("hong-gai"), lookups.field("dat-dai")
    alerts.settle(["low"], [Sighting("low:1", "low", unit.id, field.id, facts=LOW)])
    return alerts.open_for(unit)[0].id


def shown(page: Page) -> str:
    return " ".join(page.one("main").to_text().split())


def test_an_alert_stands_on_its_page_with_its_figures_until_it_is_over(app: Flask, signed_in: SignedIn) -> None:
    with app.app_context():
        hong_gai_is_low()
    manager = signed_in("manager", "hong-gai")
    page = manager.get("/alerts/hong-gai?lang=en")
    assert "1 alert lasts" in shown(page)
    assert "Land: 50.0% satisfied (95% interval 39.3–60.7%, 80 responses" in shown(page)
    province = signed_in("province").get("/alerts/quang-ninh?lang=en")
    assert "Public administration service centre of Hồng Gai ward · Land" in shown(province)
    with app.app_context():
        alerts.settle(["low"], [])
    page = manager.get("/alerts/hong-gai?lang=vi")
    assert "Không có điểm cần lưu ý" in shown(page)
    assert "Đất đai: 50,0 % hài lòng" in " ".join(page.one("tbody").to_text().replace("\u202f", " ").split())


def test_what_is_done_about_an_alert_is_noted_and_seen_by_others(app: Flask, signed_in: SignedIn, ask: Ask) -> None:
    number = ask(hong_gai_is_low)
    manager = signed_in("manager", "hong-gai")
    address = f"/alerts/hong-gai/{number}"
    too_long = manager.send(address, {"note": "a" * 501}, 422)
    assert "a" * 501 in too_long.one("textarea").to_text()
    manager.send(address, {"note": "Thêm một quầy\nvào buổi sáng"})
    page = shown(signed_in("viewer", "hong-gai").get("/alerts/hong-gai?lang=en"))
    assert "Looked at by manager." in page
    assert "Thêm một quầy" in page
    assert "Note what is done" not in page
    assert [one.act for one in ask(lambda: list(audit.found(AuditSearch(act="alert"))))] == ["alert.acknowledged"]


def test_a_threshold_holds_for_the_units_below_until_they_choose_their_own(
    app: Flask, signed_in: SignedIn, ask: Ask
) -> None:
    def in_force() -> int:
        unit = lookups.unit("hong-gai")
        return thresholds.in_force([unit.id])[unit.id].percent

    assert ask(in_force) == 80
    province, manager = signed_in("province"), signed_in("manager", "hong-gai")
    province.send("/alerts/quang-ninh/threshold", {"percent": "90"})
    assert ask(in_force) == 90
    page = manager.get("/alerts/hong-gai/threshold?lang=en")
    assert "90%, as in the unit above" in page.words("select")
    stale = {one.attrs["name"]: one.attrs.get("value", "") for one in page.all('main input[type="hidden"]')}
    manager.send("/alerts/hong-gai/threshold", {"percent": "85"})
    assert ask(in_force) == 85
    manager.post("/alerts/hong-gai/threshold", {**stale, "percent": "70"}, 409)
    manager.send("/alerts/hong-gai/threshold", {"percent": "3"}, 422)
    manager.send("/alerts/hong-gai/threshold", {"percent": ""})
    assert ask(in_force) == 90
    acts = [one.act for one in ask(lambda: list(audit.found(AuditSearch(act="threshold"))))]
    assert acts == ["threshold.removed", "threshold.added", "threshold.added"]


def test_each_person_chooses_letters_and_nobody_else_s_change(app: Flask, signed_in: SignedIn, ask: Ask) -> None:
    manager = signed_in("manager", "hong-gai")
    page = manager.get("/account/letters?lang=en")
    assert "no mail server yet" in shown(page)
    assert [one.attrs["name"] for one in page.all("input[checked]")] == ["alerts", "weekly"]
    sent = {"monthly": "y", "language": "en", "quiet_from": "0", "quiet_until": "6", "most_a_day": "3", "weekends": "y"}
    manager.send("/account/letters", sent)

    def wishes() -> subscriptions.Wishes:
        user = db.session.scalars(select(User).where(User.email.startswith("manager."))).one()
        return subscriptions.wishes(user)

    assert ask(wishes) == subscriptions.Wishes(False, False, True, "en", 0, 6, True, 3)
    for wrong in ({"quiet_from": "24"}, {"most_a_day": "many"}, {"language": "xx"}):
        manager.send("/account/letters", sent | wrong, 422)
    stale = {one.attrs["name"]: one.attrs.get("value", "") for one in page.all('main input[type="hidden"]')}
    conflict = manager.post("/account/letters", {**stale, **sent, "most_a_day": "9"}, 409)
    assert "it is now: 3" in shown(conflict)


def test_a_link_in_a_letter_only_asks_and_its_button_stops_without_a_sign_in(
    app: Flask, visitor: Visitor, ask: Ask
) -> None:
    def stop() -> str:
        user = accounts.add("an@test.example", PASSWORD, "manager", lookups.unit("hong-gai"))
        return f"/letters/stop/{subscriptions.stop_token(user, 'weekly')}"

    def wished() -> tuple[bool, bool]:
        user = accounts.with_email("an@test.example")
        assert user
        found = subscriptions.wishes(user)
        return found.alerts, found.weekly

    address = ask(stop)
    assert "letters of the week" in shown(visitor.get(f"{address}?lang=en"))
    assert ask(wished) == (True, True)
    visitor.post(address, {"List-Unsubscribe": "One-Click"})
    assert ask(wished) == (True, False)
    assert "an@" not in shown(visitor.get(f"{address}?lang=en")), "whoever finds the link learns nothing"
    visitor.post(address, {})
    assert [one.actor for one in ask(lambda: list(audit.found(AuditSearch(act="subscription"))))] == ["an@test.example"]
    for wrong in (address[:-1], address.replace("/stop/", "/stop/x"), "/letters/stop/WzEsIndlZWtseSJd"):
        visitor.get(wrong, 404)
        visitor.post(wrong, {}, 404)


def test_an_administrator_sends_a_stuck_letter_again_or_leaves_it(app: Flask, signed_in: SignedIn, ask: Ask) -> None:
    def stuck() -> list[int]:
        user = accounts.add("an@test.example", PASSWORD, "manager", lookups.unit("hong-gai"))
        return [a_letter(user, f"weekly:{state}", state).id for state in ("unclear", "given-up", "waiting")]

    unclear, given_up, waiting = ask(stuck)
    administrator = signed_in("administrator")
    page = administrator.get("/admin/letters?lang=en")
    assert len(page.all("form.press button")) == 4
    token = {"csrf_token": page.value("csrf_token")}
    administrator.post(f"/admin/letters/{unclear}/again", token)
    administrator.post(f"/admin/letters/{given_up}/leave", token)
    administrator.post(f"/admin/letters/{waiting}/leave", token)
    assert {key: number for key, number in ask(outbox.numbers).items() if number} == {"waiting": 2, "left": 1}
    said = shown(administrator.get("/admin/letters?lang=en"))
    assert "somebody had decided on this letter before" in said
    auditor = signed_in("auditor").get("/admin/letters?lang=en")
    assert not auditor.all("main form")


def test_a_report_offers_its_alerts_in_both_languages(app: Flask, signed_in: SignedIn) -> None:
    with app.app_context():
        an_alert(lookups.unit("hong-gai"))
    from flask import render_template_string

    source = '{% from "components/alerts.html" import open_alerts with context %}{{ open_alerts(unit) }}'
    said = {}
    with signed_in("manager", "hong-gai").client as client:
        for language in ("vi", "en"):
            client.get(f"/account?lang={language}")
            said[language] = render_template_string(source, unit=lookups.unit("hong-gai"))
    assert re.search("1 cảnh báo.*Ít nhất ba người dân", said["vi"], re.DOTALL)
    assert re.search("1 alert.*At least three citizens", said["en"], re.DOTALL)

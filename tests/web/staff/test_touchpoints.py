"""Managers hang survey points, see what each brings, and change them; nobody loses another's changes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from flask import Flask

from sipas.catalogue import lookups, touchpoints
from sipas.catalogue.models import Touchpoint, Unit
from sipas.catalogue.touchpoints import NewTouchpoint
from sipas.core.db import writing
from sipas.survey import scans
from sipas.web.kit import here
from tests.conftest import COUNTER_1, draft
from tests.pages import Page, Visitor

SignedIn = Callable[..., Visitor]
MARKUP = "<script>alert(1)</script>"


NEW = {"unit": "hong-gai", "channel": "qr", "field_id": "", "questionnaire": "short"}


def labels(app: Flask, unit: str) -> list[str]:
    with app.app_context():
        return [one.label_vi for one in lookups.touchpoints_of([lookups.unit(unit).id])]


def numbers(page: Page) -> list[str]:
    return [" ".join(one.to_text().split()) for one in page.all(".facts dd")]


def silence(app: Flask, code: str) -> None:
    """Every point but one was scanned today."""

    with app.test_request_context(), writing():
        today = here.today()
        for one in lookups.touchpoints_of(lookups.subtree(lookups.province().id)):
            if one.code != code:
                scans.waiting(app).count(one.id, today)


def test_a_new_point_is_created_shown_and_answers(app: Flask, signed_in: SignedIn) -> None:
    manager = signed_in("manager", "hong-gai")
    answer = manager.send("/touchpoints/new", NEW | {"label_vi": "  Quầy   98 ", "label_en": "Counter 98"})
    page = manager.get(answer.headers["Location"])
    assert page.words("h1") == "Quầy 98"
    assert "đã được tạo" in page.text
    code = answer.headers["Location"].rsplit("/", 1)[1]
    Visitor(app).get(f"/r/{code}")
    assert "Quầy 98" in manager.get("/touchpoints").text


def test_a_label_that_exists_is_said_beside_its_field_and_nothing_typed_is_lost(
    app: Flask, signed_in: SignedIn
) -> None:
    manager = signed_in("manager", "hong-gai")
    before = labels(app, "hong-gai")
    page = manager.send("/touchpoints/new", NEW | {"label_vi": "Lối ra", "label_en": "Way out"}, 422)
    assert "nhãn này" in page.words(".field.wrong .fault")
    assert page.value("label_en") == "Way out"
    manager.send("/touchpoints/new", NEW | {"label_vi": " ", "channel": "paper"}, 422)
    manager.send("/touchpoints/new", NEW | {"label_vi": "Quầy 98", "unit": "ba-che"}, 422)
    assert labels(app, "hong-gai") == before


SET = {
    "unit": "hong-gai", "questionnaire": "short", "first": "91", "last": "93",
    "pattern_vi": "Quầy {n} · {field}", "pattern_en": "Counter {n}", "with_slip": "", "with_exit": "",
}  # fmt: skip


def send_set(manager: Visitor, status: int, **data: Any) -> Page:
    form = {name: value for name, value in (SET | data).items() if value}
    return manager.send("/touchpoints/set", form, status)


def test_a_set_is_shown_before_it_is_made_and_made_as_shown(app: Flask, signed_in: SignedIn) -> None:
    manager = signed_in("manager", "hong-gai")
    before = labels(app, "hong-gai")
    with app.app_context():
        field = str(lookups.field("thue").id)
        name = lookups.field("thue").name_vi
    page = send_set(manager, 200, **{"field-92": field, "field-93": "-"})
    assert [" ".join(one.to_text().split()) for one in page.all("tbody th")] == [
        "Quầy 91",
        f"Quầy 92 · {name}",
        "Quầy 93: bỏ qua",
    ]
    shown = page.value("shown")
    assert labels(app, "hong-gai") == before
    send_set(manager, 422, **{"field-92": "", "field-93": "-", "shown": shown, "make": "1"})
    assert labels(app, "hong-gai") == before
    send_set(manager, 303, **{"field-92": field, "field-93": "-", "shown": shown, "make": "1"})
    assert sorted(labels(app, "hong-gai")) == sorted([*before, "Quầy 91", f"Quầy 92 · {name}"])


def test_a_set_with_a_label_that_exists_is_refused_whole(app: Flask, signed_in: SignedIn) -> None:
    manager = signed_in("manager", "hong-gai")
    with app.app_context():
        touchpoints.hang(lookups.unit("hong-gai"), [NewTouchpoint("qr", "Quầy 92")], date(2026, 9, 1))
    before = labels(app, "hong-gai")
    page = send_set(manager, 200)
    assert page.words("tr.wrong th").startswith("Quầy 92")
    send_set(manager, 422, shown=page.value("shown"), make="1")
    assert labels(app, "hong-gai") == before
    send_set(manager, 422, pattern_vi="Quầy")
    send_set(manager, 422, first="9", last="8")
    send_set(manager, 422, first="1", last="999")
    send_set(manager, 422, first="²", last="٣")


def test_a_changed_point_keeps_its_code_and_tells_its_history(app: Flask, signed_in: SignedIn) -> None:
    manager = signed_in("manager", "trung-tam-tinh")
    manager.send(f"/touchpoints/{COUNTER_1}/edit", {"label_vi": "Quầy số 1", "field_id": "", "questionnaire": "short"})
    page = manager.get(f"/touchpoints/{COUNTER_1}?lang=en")
    told = page.words(".told")
    assert "Label in Vietnamese: Quầy 1 · Hộ tịch → Quầy số 1" in told
    assert "Service field: Civil status → –" in told
    assert "manager." in told


def test_two_who_edit_one_point_are_told_of_each_other(app: Flask, signed_in: SignedIn) -> None:
    one, two = signed_in("manager", "trung-tam-tinh"), signed_in("administrator")
    address = f"/touchpoints/{COUNTER_1}/edit"
    opened = two.get(address)
    one.send(address, {"label_vi": "Quầy của một", "field_id": "", "questionnaire": "short"})
    form = {
        "csrf_token": opened.value("csrf_token"),
        "seen": opened.value("seen"),
        "label_vi": "Quầy của hai",
        "questionnaire": "short",
    }
    page = two.post(address, form | {"field_id": ""}, 409)
    assert "Quầy của một" in page.text
    assert page.value("label_vi") == "Quầy của hai"
    assert len(page.all(".field.wrong")) == 1
    two.post(address, form | {"field_id": "", "seen": page.value("seen")}, 303)
    with app.app_context():
        assert lookups.touchpoint(COUNTER_1).label_vi == "Quầy của hai"


def test_a_point_is_closed_and_opened_again_by_buttons_only(app: Flask, signed_in: SignedIn) -> None:
    manager = signed_in("manager", "trung-tam-tinh")
    here = f"/touchpoints/{COUNTER_1}"
    manager.get(f"{here}/close", 405)
    token = {"csrf_token": manager.get(here).value("csrf_token")}
    manager.post(f"{here}/close", token)
    Visitor(app).get(f"/r/{COUNTER_1}", 410)
    assert not manager.get(here).all('a[href*="poster"]')
    assert COUNTER_1[:4] in manager.get("/touchpoints?state=closed").text
    assert COUNTER_1[:4] not in manager.get("/touchpoints?state=open").words("main")
    manager.post(f"{here}/reopen", token)
    Visitor(app).get(f"/r/{COUNTER_1}")
    with app.app_context(), writing() as session:
        point = session.get_one(Touchpoint, lookups.touchpoint(COUNTER_1).id)
        session.get_one(Unit, point.unit_id).closed_on = point.closed_on = date(2026, 9, 1)
    manager.post(f"{here}/reopen", token)
    assert "đơn vị đã đóng" in manager.get(here).text.casefold() or "đơn vị" in manager.get(here).words(".said")


def test_a_point_moves_within_the_own_subtree_only(app: Flask, signed_in: SignedIn) -> None:
    manager = signed_in("manager", "bai-chay")
    with app.app_context():
        point = lookups.touchpoints_of([lookups.unit("bai-chay").id])[0]
        code, label = point.code, point.label_vi
    address = f"/touchpoints/{code}/move"
    manager.send(address, {"unit": "hong-gai", "label_vi": "Quầy 99"}, 422)
    manager.send(address, {"unit": "bai-chay-diem-2", "label_vi": "Quầy 99"})
    with app.app_context():
        moved = lookups.touchpoint(code)
        assert (moved.unit.code, moved.label_vi) == ("bai-chay-diem-2", "Quầy 99")
        assert label not in labels(app, "bai-chay")


def test_scans_and_responses_are_shown_with_their_point(app: Flask, signed_in: SignedIn) -> None:
    from sipas.numbers import periods
    from sipas.responses import recording

    citizen = Visitor(app)
    for _ in range(3):
        citizen.get(f"/r/{COUNTER_1}")
    with app.app_context():
        recording.record_many([draft(COUNTER_1, at=periods.now()) for _ in range(2)], app.config["SIPAS"].zone)
    page = signed_in("viewer", "trung-tam-tinh").get(f"/touchpoints/{COUNTER_1}")
    assert numbers(page)[1:5] == ["3", "2", "3", "2"]
    assert len(page.all("tbody tr")) == 1
    assert not page.all("main form")


def test_silent_points_are_listed_with_what_to_do(app: Flask, signed_in: SignedIn) -> None:
    silence(app, COUNTER_1)
    auditor = signed_in("auditor")
    page = auditor.get("/touchpoints/silent")
    assert [one.attrs["href"] for one in page.all("tbody th a")] == [f"/touchpoints/{COUNTER_1}"]
    assert page.all("ol li")
    assert len(auditor.get("/touchpoints?state=silent").all("tbody th a")) == 1
    Visitor(app).get(f"/r/{COUNTER_1}")
    assert not auditor.get("/touchpoints/silent").all("tbody")
    auditor.get("/touchpoints?state=lost", 400)


def test_markup_in_labels_and_names_is_text_everywhere(app: Flask, signed_in: SignedIn) -> None:
    manager = signed_in("manager", "hong-gai")
    with app.app_context(), writing() as session:
        session.get_one(Unit, lookups.unit("hong-gai").id).name_vi = f"{MARKUP} {{n}}"
    answer = manager.send("/touchpoints/new", NEW | {"label_vi": MARKUP, "label_en": MARKUP})
    here = answer.headers["Location"]
    manager.send(
        f"{here}/edit", {"label_vi": f"{MARKUP}2", "label_en": MARKUP, "field_id": "", "questionnaire": "short"}
    )
    for address in ("/touchpoints", here, f"{here}/edit", f"{here}/move", "/touchpoints/silent", "/touchpoints/set"):
        page = manager.get(address)
        assert MARKUP not in page.text
        assert not page.all("script")
    assert manager.get(f"{here}/poster.pdf").response.data.startswith(b"%PDF")


def test_who_moves_a_point_with_an_old_form_is_told_where_it_hangs_now(app: Flask, signed_in: SignedIn) -> None:
    manager = signed_in("manager", "bai-chay")
    with app.app_context():
        code = lookups.touchpoints_of([lookups.unit("bai-chay").id])[0].code
    address = f"/touchpoints/{code}/move"
    page = manager.get(address)
    old = {
        "csrf_token": page.value("csrf_token"),
        "seen": page.value("seen"),
        "unit": "bai-chay",
        "label_vi": "Quầy 98",
    }
    manager.send(address, {"unit": "bai-chay-diem-2", "label_vi": "Quầy 99"})
    told = manager.post(address + "?lang=en", old | {"unit": "bai-chay"}, 409)
    assert "Another person changed this meanwhile; it is now: Quầy 99." in told.text
    manager.post(address, old | {"seen": told.value("seen")})
    with app.app_context():
        assert lookups.touchpoint(code).label_vi == "Quầy 98"


def test_a_manager_finds_the_way_to_the_fields_offered_first_and_back(signed_in: SignedIn) -> None:
    manager = signed_in("manager", "hong-gai")
    listed = manager.get("/touchpoints")
    assert "/units/hong-gai/first-fields" in [one.attrs["href"] for one in listed.all(".doing a")]
    chosen = manager.get("/units/hong-gai/first-fields")
    assert [one.attrs["href"] for one in chosen.all(".crumbs a")] == ["/touchpoints?unit=hong-gai"]
    viewer = signed_in("viewer", "hong-gai")
    assert not viewer.get("/touchpoints").all(".doing a")

"""Staff type paper forms one after the other, with the keyboard alone, and import files of them."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from sipas.catalogue import lookups, touchpoints
from sipas.numbers.periods import Period
from sipas.reporting import reports
from sipas.responses import recount
from sipas.survey import paper_forms
from tests.conftest import EXIT_OF_PROVINCE
from tests.pages import Page, Visitor

SignedIn = Callable[..., Visitor]
HERE = "/paper/hong-gai"
MARKUP = "<script>alert(1)</script>"


@pytest.fixture
def manager(signed_in: SignedIn) -> Visitor:
    return signed_in("manager", "hong-gai")


def today(app: Flask) -> str:
    return str(reports.today(app.config["SIPAS"].zone))


def form(app: Flask, **values: str) -> dict[str, str]:
    return {"day": today(app), "field": "thue", "q-overall": "5", "q-access": "4", "q-result": "0"} | values


def counted(app: Flask) -> int:
    with app.app_context():
        day = reports.today(app.config["SIPAS"].zone)
        question = reports.ReportRequest(
            lookups.unit("hong-gai"), Period(day - timedelta(days=40), day + timedelta(days=1))
        )
        assert not recount.differences(mend=False)
        return reports.report(question, day).total.responses


def upload(manager: Visitor, content: bytes, name: str, status: int = 303) -> Page:
    token = manager.get(f"{HERE}/import").value("csrf_token")
    data = {"csrf_token": token, "file": (io.BytesIO(content), name)}
    return manager.post(f"{HERE}/import", data, status, content_type="multipart/form-data")


def test_one_form_after_the_other_keeps_day_and_field_and_returns_to_the_first_input(
    app: Flask, manager: Visitor
) -> None:
    there = manager.get("/paper", 302).headers["Location"]
    answer = manager.send(there, form(app))
    page = manager.get(answer.headers["Location"])
    assert page.one("[autofocus]").attrs["name"] == "q-overall"
    assert page.one("select[name=field] option[selected]").attrs["value"] == "thue"
    assert page.value("day") == today(app)
    receipt = page.words(".told code")
    assert receipt in page.words(".said")
    assert page.words("#desk").startswith("1 ")
    manager.send(there, form(app))
    assert counted(app) == 2


def test_what_is_wrong_is_said_beside_its_input_and_what_was_typed_stays(app: Flask, manager: Visitor) -> None:
    page = manager.send(HERE, form(app, **{"q-overall": "", "q-access": "0", "field": "", "comment": "Chờ lâu"}), 422)
    assert {one.attrs["id"] for one in page.all("[aria-invalid]")} == {"q-overall", "q-access", "field"}
    assert page.value("comment") == "Chờ lâu"
    later = form(app, day=str(reports.today(app.config["SIPAS"].zone) + timedelta(days=1)))
    manager.send(HERE, later, 422)
    manager.send(HERE, form(app, day="yesterday"), 422)
    manager.send(HERE, form(app, key="<"), 422)
    assert counted(app) == 0


def test_the_same_page_sent_twice_and_the_same_number_count_once(app: Flask, manager: Visitor) -> None:
    page = manager.get(HERE)
    sent = form(app, key=page.value("key"), csrf_token=page.value("csrf_token"))
    manager.post(HERE, sent)
    manager.post(HERE, sent)
    assert counted(app) == 1
    manager.send(HERE, form(app, number="12"))
    answer = manager.send(HERE, form(app, number="12"))
    assert "đã được nhập" in manager.get(answer.headers["Location"]).words(".said").casefold()
    other = manager.send(HERE, form(app, number="12", **{"q-overall": "1"}), 409)
    assert "đầu tiên" in other.words(".field.wrong .fault")
    assert counted(app) == 2


def test_a_closed_point_is_said_and_nothing_is_counted(app: Flask, manager: Visitor) -> None:
    manager.send(HERE, form(app))
    with app.app_context():
        point = paper_forms.point_of(lookups.unit("hong-gai"))
        assert point is not None
        touchpoints.close(point, reports.today(app.config["SIPAS"].zone))
    assert "đã đóng" in manager.send(HERE, form(app), 422).words(".alert")
    assert counted(app) == 1


def test_the_template_filled_in_is_imported_and_repeated_without_counting_twice(app: Flask, manager: Visitor) -> None:
    template = manager.get(f"{HERE}/template.csv").response.data
    assert next(csv.reader(io.StringIO(template.decode("utf-8-sig"))))[:4] == [
        "form_number", "day", "field_code", "overall",
    ]  # fmt: skip
    upload(manager, template, "phieu.csv")
    there = upload(manager, template, "phieu.csv").headers["Location"]
    assert "1 phiếu đã được tính từ trước" in manager.get(there).words(".said") or counted(app) == 1
    assert counted(app) == 1


def test_faults_of_a_file_are_listed_in_the_readers_language(app: Flask, manager: Visitor) -> None:
    name = f"{MARKUP}.csv"
    page = upload(manager, b"form_number,day,field_code,overall\n1,2001-01-01,magic,7\n", name, 422)
    told = " ".join(one.to_text() for one in page.all("tbody tr"))
    assert len(page.all("tbody tr")) == 3
    assert MARKUP not in page.text
    assert "field_code" in told
    assert "magic" in told
    assert "is " not in told
    upload(manager, b"\xff\xfe\x00", "phieu.csv", 422)
    upload(manager, b"", "phieu.csv", 422)
    upload(manager, b"x" * 100_000, "/../../phieu\x00.csv", 422)
    assert counted(app) == 0


def test_a_form_without_a_file_says_so(manager: Visitor) -> None:
    token = manager.get(f"{HERE}/import").value("csrf_token")
    page = manager.post(f"{HERE}/import", {"csrf_token": token}, 422, content_type="multipart/form-data")
    assert page.all(".field.wrong")


def test_who_has_several_units_chooses_one(signed_in: SignedIn) -> None:
    province = signed_in("province")
    assert province.get("/paper").all("option[value=hong-gai]")
    assert province.get("/paper?unit=hong-gai", 302).headers["Location"] == HERE
    signed_in("viewer", "hong-gai").get(HERE, 404)


def test_no_citizen_can_use_up_the_number_of_a_paper_form(app: Flask, manager: Visitor, visitor: Visitor) -> None:
    day = reports.today(app.config["SIPAS"].zone)
    with app.app_context():
        key = paper_forms.key_of(lookups.unit("hong-gai"), day, "7")
    sent = {"overall": "1", "field": "thue", "key": key}
    page = visitor.post(f"/r/{EXIT_OF_PROVINCE}", sent, 422)
    assert page.value("key") != key
    manager.send(HERE, form(app, key=key), 422)
    manager.send(HERE, form(app, number="7"))
    assert counted(app) == 1

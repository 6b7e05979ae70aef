"""The pages of service fields, agencies and procedures."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sipas.catalogue import fields, lookups
from tests.pages import Page, Visitor
from tests.web.admin.test_units import upload

SignedIn = Callable[..., Visitor]
Ask = Callable[[Callable[[], Any]], Any]


@pytest.fixture
def administrator(signed_in: SignedIn) -> Visitor:
    """Somebody who sets up the whole province."""
    return signed_in("administrator", "quang-ninh")


def press(browser: Visitor, address: str, status: int = 303) -> Page:
    token = browser.get("/admin/fields").value("csrf_token")
    return browser.post(f"{address}?lang=en", {"csrf_token": token}, status)


def fixing(code: str) -> int:
    return len(fields.points_fixing()[lookups.field(code).id])


def codes() -> list[str]:
    return [one.code for one in lookups.fields()]


def test_each_field_is_listed_with_its_agency_and_what_fixes_it(administrator: Visitor, ask: Ask) -> None:
    page = administrator.get("/admin/fields?lang=en")
    row = " ".join(page.one("#field-ho-tich").to_text().split())
    assert "Commune People's Committee" in row
    assert f" {ask(lambda: fixing('ho-tich'))} " in row
    assert len(page.all("tbody tr")) == 21


def test_a_field_is_made_with_a_new_agency(administrator: Visitor, ask: Ask) -> None:
    data = {"name_vi": "Hải quan", "agency": "*", "agency_vi": "Cơ quan hải quan", "is_vertical": "y"}
    administrator.send("/admin/fields-new", data)
    agency = ask(lambda: lookups.field("hai-quan").agency)
    assert (agency.name_vi, agency.is_vertical) == ("Cơ quan hải quan", True)
    assert ask(codes)[-2:] == ["hai-quan", "other"]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        ({"name_vi": ""}, "fill this in"),
        ({"name_vi": "Thuế", "code": "thue"}, "There is one already: thue"),
        ({"name_vi": "X", "agency": "*"}, "fill this in"),
        ({"name_vi": "X", "agency": "*", "agency_vi": "Công an"}, "There is one already: Công an"),
        ({"name_vi": "X", "agency": "999999"}, "choose one of those offered"),
    ],
)
def test_what_is_wrong_with_a_field_is_said_beside_it(
    administrator: Visitor, ask: Ask, data: dict[str, str], why: str
) -> None:
    before = ask(lambda: (codes(), len(fields.agencies())))
    page = administrator.send("/admin/fields-new?lang=en", {"agency": "", "code": "", "agency_vi": "", **data}, 422)
    assert why in page.words(".wrong .fault")
    assert ask(lambda: (codes(), len(fields.agencies()))) == before


def test_names_and_agency_are_edited_and_the_second_editor_is_told(
    administrator: Visitor, signed_in: SignedIn, ask: Ask
) -> None:
    address = "/admin/fields/ho-tich/edit"
    second = signed_in("administrator", "quang-ninh")
    seen = second.get(address)
    data = {"name_vi": "Hộ tịch và quốc tịch", "name_en": "", "agency": "", "agency_vi": "", "agency_en": ""}
    administrator.send(address, data)
    assert ask(lambda: lookups.field("ho-tich").agency) is None
    sent = {**data, "name_vi": "Hộ tịch mới", "csrf_token": seen.value("csrf_token"), "seen": seen.value("seen")}
    page = second.post(f"{address}?lang=en", sent, 409)
    assert "Hộ tịch và quốc tịch" in page.words(".wrong .fault")
    assert page.value("name_vi") == "Hộ tịch mới"


def test_fields_are_put_up_and_down_and_other_stays_last(administrator: Visitor, ask: Ask) -> None:
    before = ask(codes)
    press(administrator, f"/admin/fields/{before[1]}/up")
    assert ask(codes)[:2] == [before[1], before[0]]
    press(administrator, f"/admin/fields/{before[1]}/up")
    press(administrator, f"/admin/fields/{before[-2]}/down")
    press(administrator, "/admin/fields/other/up")
    assert ask(codes) == [before[1], before[0], *before[2:]]


def test_a_field_that_survey_points_fix_is_not_closed_and_they_are_named(administrator: Visitor, ask: Ask) -> None:
    page = press(administrator, "/admin/fields/ho-tich/close", 409)
    assert len(page.all(".alert li")) == ask(lambda: fixing("ho-tich"))
    assert ask(lambda: lookups.field("ho-tich")).closed_on is None


def test_a_closed_field_is_offered_to_nobody_until_it_is_open_again(
    administrator: Visitor, visitor: Visitor, ask: Ask
) -> None:
    def offered() -> list[str]:
        return [one.attrs["value"] for one in visitor.get("/r/E4XQHJ49").all('input[name="field"]')]

    press(administrator, "/admin/fields/y-te/close")
    assert "y-te" not in offered()
    press(administrator, "/admin/fields/y-te/reopen")
    assert ask(lambda: lookups.field("y-te")).closed_on is None


def test_the_field_of_those_who_find_none_is_renamed_and_not_closed(administrator: Visitor, ask: Ask) -> None:
    administrator.send("/admin/fields/other/edit", {"name_vi": "Việc khác", "agency": ""})
    press(administrator, "/admin/fields/other/close")
    other = ask(lambda: lookups.field("other"))
    assert (other.name_vi, other.closed_on) == ("Việc khác", None)


def test_a_procedure_is_made_edited_moved_and_closed(administrator: Visitor, ask: Ask) -> None:
    administrator.send("/admin/fields/ho-tich/procedures", {"code": "9.000001", "name_vi": "Thủ tục thử"})
    page = administrator.send(
        "/admin/fields/thue/procedures?lang=en", {"code": "9.000001", "name_vi": "Thủ tục khác"}, 422
    )
    assert "There is one already: 9.000001" in page.words(".wrong .fault")
    administrator.send("/admin/procedures/9.000001", {"name_vi": "Thủ tục A", "name_en": "", "field": "thue"})
    press(administrator, "/admin/procedures/9.000001/close")
    (one,) = [each for each in ask(fields.procedures) if each.code == "9.000001"]
    assert (one.name_vi, one.field.code, bool(one.closed_on)) == ("Thủ tục A", "thue", True)
    press(administrator, "/admin/procedures/9.000001/reopen")
    administrator.get("/admin/procedures/9.999999", 404)


def test_an_agency_is_renamed_unless_another_is_called_so(administrator: Visitor, ask: Ask) -> None:
    one = next(agency for agency in ask(fields.agencies) if agency.name_vi == "Công an")
    address = f"/admin/agencies/{one.id}"
    page = administrator.send(f"{address}?lang=en", {"name_vi": "Cơ quan thuế", "is_vertical": "y"}, 422)
    assert "There is one already" in page.words(".wrong .fault")
    administrator.send(address, {"name_vi": "Công an tỉnh", "name_en": ""})
    now = ask(lambda: fields.agency(one.id))
    assert (now.name_vi, now.is_vertical) == ("Công an tỉnh", False)
    administrator.get("/admin/agencies/999999", 404)


def test_fields_and_procedures_are_loaded_from_files(administrator: Visitor, ask: Ask) -> None:
    text = "code,name_vi,agency_vi,vertical\nhai-quan,Hải quan,Cơ quan hải quan,yes\n"
    upload(administrator, "/admin/fields", text, "fields.csv")
    assert ask(lambda: lookups.field("hai-quan").agency).name_vi == "Cơ quan hải quan"
    text = "code,name_vi,field_code\n9.1,Thử,hai-quan\n9.2,Thử,nowhere\n"
    page = upload(administrator, "/admin/fields", text, "p.csv", 422, field="procedures-file")
    assert "không có trong danh mục" in page.words(".alert li")
    upload(administrator, "/admin/fields", text.replace("nowhere", "thue"), "p.csv", field="procedures-file")
    assert ask(lambda: fields.procedure("9.2").field.code) == "thue"

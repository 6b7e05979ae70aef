"""The pages of units: what administrators do there, and what they are told."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import flask_migrate
import pytest
from sqlalchemy import select

from sipas.catalogue import lookups, models, unit_history
from sipas.catalogue.models import Unit
from sipas.core import audit, errors
from sipas.core.db import db
from sipas.run import installation
from sipas.setup import unit_mergers
from sipas.staff import accounts
from sipas.survey import surveys
from tests.conftest import PASSWORD, make_app
from tests.pages import Page, Visitor

SignedIn = Callable[..., Visitor]
Ask = Callable[[Callable[[], Any]], Any]
TODAY = datetime.now(UTC).date()
TOMORROW = TODAY + timedelta(days=2)
YESTERDAY = str(TODAY - timedelta(days=1))


@pytest.fixture
def administrator(signed_in: SignedIn) -> Visitor:
    """Somebody who sets up the whole province."""
    return signed_in("administrator", "quang-ninh")


@pytest.fixture
def of_bai_chay(signed_in: SignedIn) -> Visitor:
    """Somebody who sets up one centre."""
    return signed_in("administrator", "bai-chay")


@pytest.fixture
def stored(ask: Ask) -> Callable[[str], Unit]:
    """Looks a unit up as it is stored now, with its parent."""

    def look(code: str) -> Unit:
        found = lookups.unit(code)
        assert found.parent is None or found.parent.code
        return found

    return lambda code: ask(lambda: look(code))


def upload(
    browser: Visitor, address: str, text: str, name: str = "units.csv", status: int = 303, field: str = "file"
) -> Page:
    token = browser.get(address).value("csrf_token")
    data = {"csrf_token": token, field: (io.BytesIO(text.encode()), name)}
    target = "/admin/procedures" if field != "file" else address
    return browser.post(target, data, status, content_type="multipart/form-data")


def test_the_tree_shows_every_unit_and_what_is_below_it(administrator: Visitor) -> None:
    page = administrator.get("/admin/units?lang=en")
    assert "59 units" in page.text
    assert len(page.all(".tree a")) == 59
    links = [one.attrs["href"] for one in page.all(".tree a")]
    assert links[0] == "/admin/units/quang-ninh"
    assert links[links.index("/admin/units/bai-chay") + 1] == "/admin/units/bai-chay-diem-2"


@pytest.mark.parametrize("sought", ["duong hoa", "Đường Hoa", "duong-hoa", "ĐƯỜNG HOA"])
def test_a_unit_is_found_with_and_without_marks(administrator: Visitor, sought: str) -> None:
    page = administrator.get(f"/admin/units?q={sought}")
    assert [one.attrs["href"] for one in page.all(".tree a")] == ["/admin/units/duong-hoa"]


def test_marks_that_are_typed_count(administrator: Visitor) -> None:
    page = administrator.get("/admin/units?q=Đương Hoa&lang=en")
    assert "No unit is called so." in page.text


def test_a_unit_is_made_and_its_code_is_proposed(administrator: Visitor, stored: Callable[[str], Unit]) -> None:
    data = {"name_vi": "  Trung tâm Phục vụ  hành chính công xã Quảng Hà Đông ", "level": "centre"}
    page = administrator.send("/admin/units/quang-ninh/new", data)
    assert page.headers["Location"] == "/admin/units/quang-ha-dong"
    assert stored("quang-ha-dong").name_vi == "Trung tâm Phục vụ hành chính công xã Quảng Hà Đông"
    assert "quang-ha-dong" in administrator.get("/admin/units/quang-ha-dong").words(".said")


def test_a_wrong_form_comes_back_with_all_that_was_typed(administrator: Visitor) -> None:
    data = {"name_vi": "Hồng Gai", "level": "centre", "code": "hong-gai", "official_code": "77", "since": str(TOMORROW)}
    page = administrator.send("/admin/units/quang-ninh/new?lang=en", data, 422)
    assert page.value("name_vi") == "Hồng Gai"
    assert page.value("official_code") == "77"
    assert "This day lies ahead" in page.words(".wrong .fault")
    page = administrator.send("/admin/units/quang-ninh/new?lang=en", data | {"since": ""}, 422)
    assert "Another unit has this code: hong-gai" in page.words(".wrong .fault")


def test_a_new_name_is_kept_with_the_former_one(administrator: Visitor, stored: Callable[[str], Unit]) -> None:
    administrator.send("/admin/units/hong-gai/rename", {"name_vi": "Trung tâm A", "name_en": "", "since": YESTERDAY})
    page = administrator.get("/admin/units/hong-gai?lang=en")
    assert page.words("h1") == "Trung tâm A"
    assert "phường Hồng Gai" in page.words(".history") or "Hồng Gai ward" in page.words(".history")
    found = administrator.get("/admin/units?q=hồng gai&lang=en")
    assert [one.attrs["href"] for one in found.all(".tree a")] == ["/admin/units/hong-gai"]


def test_of_two_who_rename_the_second_is_told_and_keeps_what_was_typed(
    administrator: Visitor, signed_in: SignedIn, stored: Callable[[str], Unit]
) -> None:
    address = "/admin/units/hong-gai/rename"
    second = signed_in("administrator", "quang-ninh")
    seen = second.get(address)
    data = {"csrf_token": seen.value("csrf_token"), "seen": seen.value("seen"), "name_en": "", "since": ""}
    administrator.send(address, {"name_vi": "Trung tâm A", "name_en": ""})
    page = second.post(f"{address}?lang=en", data | {"name_vi": "Trung tâm B"}, 409)
    assert page.value("name_vi") == "Trung tâm B"
    assert "Trung tâm A" in page.words(".wrong .fault")
    assert stored("hong-gai").name_vi == "Trung tâm A"
    second.post(address, data | {"name_vi": "Trung tâm B", "seen": page.value("seen")})
    assert stored("hong-gai").name_vi == "Trung tâm B"


def test_a_unit_is_moved_and_a_circle_is_refused_beside_the_field(
    administrator: Visitor, stored: Callable[[str], Unit]
) -> None:
    address = "/admin/units/bai-chay/move"
    page = administrator.send(f"{address}?lang=en", {"parent": "bai-chay-diem-2", "since": YESTERDAY}, 422)
    assert "cannot stand below itself" in page.words(".wrong .fault")
    administrator.send(address, {"parent": "hong-gai", "since": YESTERDAY})
    assert stored("bai-chay").parent.code == "hong-gai"  # type: ignore[union-attr]
    assert "/admin/units/quang-ninh" in [
        one.attrs.get("href") for one in administrator.get("/admin/units/bai-chay").all(".history a")
    ]


def test_closing_and_opening_again_names_what_goes_along(administrator: Visitor, stored: Callable[[str], Unit]) -> None:
    assert "Điểm tiếp nhận số 2" in administrator.get("/admin/units/bai-chay/close").words(".plainly")
    administrator.send("/admin/units/bai-chay/close", {"day": YESTERDAY})
    assert stored("bai-chay-diem-2").closed_on == date.fromisoformat(YESTERDAY)
    token = administrator.get("/admin/units/bai-chay").value("csrf_token")
    administrator.post("/admin/units/bai-chay/reopen", {"csrf_token": token})
    assert stored("bai-chay-diem-2").closed_on is None


def points_of(code: str) -> list[models.Touchpoint]:
    return lookups.touchpoints_of([lookups.unit(code).id])


def test_units_are_merged_into_a_new_one(administrator: Visitor, ask: Ask) -> None:
    data = {
        "gone": ["bai-chay", "hong-gai"], "heir": "*", "name_vi": "Trung tâm Hạ Long Mới", "name_en": "",
        "code": "ha-long-moi", "official_code": "", "new_parent": "quang-ninh", "day": YESTERDAY,
    }  # fmt: skip
    administrator.send("/admin/units/bai-chay/merge", data)
    page = administrator.get("/admin/units/ha-long-moi")
    assert {one.attrs["href"] for one in page.all(".history a")} == {"/admin/units/bai-chay", "/admin/units/hong-gai"}
    assert len(page.all("#points ~ .tree li")) == len(ask(lambda: points_of("ha-long-moi"))) > 7
    assert [one.attrs["href"] for one in administrator.get("/admin/units/hong-gai").all(".history a")] == [
        "/admin/units/ha-long-moi"
    ]


@pytest.mark.parametrize(
    ("change", "field", "why"),
    [
        ({"heir": ""}, "heir", "choose who takes over"),
        ({"heir": "*"}, "name_vi", "fill this in"),
        ({"heir": "bai-chay-diem-2"}, "heir", "stands below a unit that ends"),
        ({"heir": "bai-chay"}, "gone", "choose the units that end"),
        ({"heir": "ba-che", "day": str(TOMORROW)}, "day", "lies ahead"),
        ({"heir": "*", "name_vi": "X", "code": "ba-che"}, "code", "has this code: ba-che"),
        ({"heir": "*", "name_vi": "X", "code": "Ba Che"}, "code", "lower-case letters"),
        ({"heir": "*", "name_vi": "X", "official_code": "22523053"}, "official_code", "22523053"),
    ],
)
def test_what_cannot_be_merged_is_said_beside_the_field(
    administrator: Visitor, stored: Callable[[str], Unit], change: dict[str, str], field: str, why: str
) -> None:
    data = {
        "gone": ["bai-chay"], "heir": "ba-che", "name_vi": "", "name_en": "", "code": "",
        "official_code": "", "new_parent": "quang-ninh", "day": YESTERDAY,
    }  # fmt: skip
    page = administrator.send("/admin/units/bai-chay/merge?lang=en", data | change, 422)
    wrong = page.all(f".wrong #{field}") or page.all(f"#{field}.wrong")
    assert len(wrong) == 1
    assert any(why in one.to_text() for one in page.all(".wrong .fault"))
    assert stored("bai-chay").closed_on is None


def test_a_unit_is_split_in_two_steps(administrator: Visitor, stored: Callable[[str], Unit], ask: Ask) -> None:
    address = "/admin/units/hong-gai/split"
    points = ask(lambda: points_of("hong-gai"))
    data = {"day": YESTERDAY, "heir_1": "ba-che", "name_vi_2": "Trung tâm Hồng Gai Đông"}
    first = administrator.send(address, data, 200)
    assert stored("hong-gai").closed_on is None, "nothing is done yet"
    assert len(first.all("select[name^=point-]")) == len(points)
    assert first.value("name_vi_2") == "Trung tâm Hồng Gai Đông"
    given = {f"point-{point.id}": "1" if place else "2" for place, point in enumerate(points)}
    administrator.send(address, data | given)
    assert stored("hong-gai").closed_on == date.fromisoformat(YESTERDAY)
    homes = ask(lambda: {code: [one.code for one in points_of(code)] for code in ("hong-gai-dong", "ba-che")})
    assert homes["hong-gai-dong"] == [points[0].code]
    assert set(homes["ba-che"]) >= {point.code for point in points[1:]}
    successors = ask(lambda: unit_history.successors(lookups.unit("hong-gai").id))
    assert {one.successor.code for one in successors} == {"ba-che", "hong-gai-dong"}


def test_a_split_that_names_one_successor_is_told_what_is_missing(administrator: Visitor) -> None:
    data = {"day": YESTERDAY, "heir_1": "ba-che"}
    page = administrator.send("/admin/units/hong-gai/split?lang=en", data, 422)
    assert any("at least two successors" in one.to_text() for one in page.all(".wrong .fault"))
    page = administrator.send("/admin/units/hong-gai/split?lang=en", {"day": YESTERDAY}, 422)
    assert page.all(".wrong .fault")


def test_who_sets_up_a_centre_makes_points_below_and_renames_and_no_more(
    of_bai_chay: Visitor, stored: Callable[[str], Unit]
) -> None:
    page = of_bai_chay.get("/admin/units")
    assert {one.attrs["href"] for one in page.all(".tree a")} == {
        "/admin/units/bai-chay", "/admin/units/bai-chay-diem-2",
    }  # fmt: skip
    of_bai_chay.send("/admin/units/bai-chay/new", {"name_vi": "Điểm số 3", "level": "point"})
    assert stored("diem-so-3").parent.code == "bai-chay"  # type: ignore[union-attr]
    of_bai_chay.send("/admin/units/bai-chay/new", {"name_vi": "Trung tâm X", "level": "centre"}, 422)
    of_bai_chay.send("/admin/units/bai-chay-diem-2/rename", {"name_vi": "Điểm số hai", "name_en": ""})
    links = [one.attrs["href"] for one in of_bai_chay.get("/admin/units/bai-chay").all("main a")]
    assert not [one for one in links if one.endswith(("/move", "/merge", "/split", "/quang-ninh"))]
    for other in ("quang-ninh", "hong-gai", "nowhere"):
        of_bai_chay.get(f"/admin/units/{other}", 404)


def test_an_auditor_reads_everything_and_finds_nothing_to_press(signed_in: SignedIn) -> None:
    auditor = signed_in("auditor", "quang-ninh")
    for address in ("/admin/units", "/admin/units/hong-gai", "/admin/fields", "/admin/fields/thue"):
        page = auditor.get(address)
        assert not page.all('main form[method="post"]'), address
        assert not [one for one in page.all("main a") if one.attrs["href"].endswith(("/edit", "/rename", "/new"))]


def test_a_predecessor_outside_the_own_subtree_is_named_without_a_link(
    of_bai_chay: Visitor, stored: Callable[[str], Unit], ask: Ask
) -> None:
    gone, heir = stored("hong-gai").id, stored("bai-chay").id
    ask(lambda: unit_mergers.merge([gone], heir, date(2026, 1, 1), date(2026, 11, 1)))
    page = of_bai_chay.get("/admin/units/bai-chay")
    assert "Hồng Gai" in page.words(".history")
    assert not page.all(".history a")


HEADER = "code,level,name_vi,parent_code,opened_on,closed_on,predecessor_codes\n"


def test_a_province_loads_its_history_from_a_file(administrator: Visitor, ask: Ask) -> None:
    lines = (
        "hai-ha,centre,Huyện Hải Hà,quang-ninh,2020-01-01,2025-07-01,\n"
        "quang-ha,centre,Quảng Hà,quang-ninh,2025-07-01,,hai-ha\n"
        "duong-hoa,centre,Đường Hoa,quang-ninh,2025-07-01,,hai-ha\n"
    )
    upload(administrator, "/admin/units", HEADER + lines)
    assert "thêm 1, thay đổi 2" in administrator.get("/admin/units").words(".said")
    page = administrator.get("/admin/units/hai-ha")
    assert {one.attrs["href"] for one in page.all(".history a")} == {"/admin/units/quang-ha", "/admin/units/duong-hoa"}
    newest = select(audit.AuditEntry).where(audit.AuditEntry.act == "units.imported").order_by(-audit.AuditEntry.id)
    entry = ask(lambda: db.session.scalars(newest).first())
    assert entry is not None
    assert entry.subject == "units.csv"
    assert [(name, now) for name, _, now in entry.changes] == [("added", 1), ("changed", 2), ("unchanged", 0)]


def test_every_fault_of_a_file_is_on_the_page_and_nothing_is_loaded(
    administrator: Visitor, stored: Callable[[str], Unit]
) -> None:
    lines = "x,centre,X,quang-ninh,2025-02-30,,\ny,centre,,quang-ninh,,,nowhere\nz,centre,Z,quang-ninh,,,\n"
    page = upload(administrator, "/admin/units", HEADER + lines, "<b>units.csv", 422)
    listed = [one.to_text().strip() for one in page.all(".alert li")]
    assert len(listed) == 3
    assert listed[0].startswith("<b>units.csv, dòng 2, cột opened_on")
    assert all("dòng 3" in one for one in listed[1:])
    with pytest.raises(errors.NotFound):
        stored("z")


def test_a_file_larger_than_any_form_is_loaded(administrator: Visitor, stored: Callable[[str], Unit]) -> None:
    lines = [f"diem-{number},point,Điểm tiếp nhận số {number},hong-gai,,," for number in range(1500)]
    text = HEADER + "\n".join(lines)
    assert len(text) > 64 * 1024
    upload(administrator, "/admin/units", text)
    assert stored("diem-1499").parent.code == "hong-gai"  # type: ignore[union-attr]


def test_a_file_without_a_name_or_content_is_told_of(administrator: Visitor) -> None:
    token = administrator.get("/admin/units").value("csrf_token")
    page = administrator.post("/admin/units?lang=en", {"csrf_token": token}, 422)
    assert "Please fill this in." in page.words(".alert")
    page = upload(administrator, "/admin/units", "", "../../etc/passwd", 422)
    assert ".._.._etc_passwd" in page.text


def test_an_empty_installation_begins_with_its_province(empty_database: str, tmp_path: object) -> None:
    app = make_app(tmp_path, empty_database)  # type: ignore[arg-type]
    with app.app_context():
        flask_migrate.upgrade()
        installation.prepare()
        accounts.add("first@office.example", PASSWORD, "administrator", None)
    browser = Visitor(app)
    browser.sign_in("first@office.example", PASSWORD)
    assert browser.get("/admin/units").one("main a.button").attrs["href"] == "/admin/province"
    browser.send("/admin/province", {"name_vi": "Tỉnh Quảng Ninh"})
    browser.send("/admin/units/quang-ninh/new", {"name_vi": "Trung tâm Hồng Gai", "level": "centre"})
    assert [one.to_text() for one in browser.get("/admin/units").all(".tree a")] == [
        "Tỉnh Quảng Ninh", "Trung tâm Hồng Gai",
    ]  # fmt: skip
    page = browser.send("/admin/province?lang=en", {"name_vi": "Tỉnh khác"}, 422)
    assert "There is a province already" in page.text


def test_a_manager_chooses_the_fields_offered_first_and_takes_it_back(signed_in: SignedIn, ask: Ask) -> None:
    manager = signed_in("manager", "hong-gai")
    address = "/units/hong-gai/first-fields"
    code = next(one.code for one in ask(lambda: points_of("hong-gai")) if one.field_id is None)

    def first() -> list[str]:
        return [one.code for one in surveys.survey(code, TODAY).fields_first]

    proposed = [one.attrs["value"] for one in manager.get(address).all("option[selected]")]
    assert len(proposed) == 6
    wanted = {"field_1": "y-te", "field_2": "van-hoa", **{f"field_{place}": "" for place in range(3, 7)}}
    manager.send(address, wanted)
    assert ask(first)[:2] == ["y-te", "van-hoa"]
    assert len(ask(first)) == 6
    page = manager.send(f"{address}?lang=en", wanted | {"field_3": "y-te"}, 422)
    assert page.one(".wrong select").attrs["name"] == "field_3"
    manager.send(address, wanted | {"proposal": "1"})
    assert ask(first) == proposed
    manager.get("/units/bai-chay/first-fields", 404)


def test_a_year_of_few_digits_is_a_slip_of_the_keyboard(signed_in: Callable[..., Visitor]) -> None:
    administrator = signed_in("administrator")
    page = administrator.send("/admin/units/hong-gai/close?lang=en", {"day": "0201-07-01"}, 422)
    assert "Please give a day such as" in page.text
    assert "Closed from" in page.text

"""Files into the catalogue: all or nothing, repeatable, each fault named."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from datetime import date
from pathlib import Path
from time import monotonic
from zoneinfo import ZoneInfo

import flask_migrate
import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from wtforms import Form

from sipas.catalogue import lookups, questionnaires, unit_history
from sipas.catalogue.models import Procedure, ServiceField, Touchpoint, Unit
from sipas.core import audit, codes
from sipas.core.db import db
from sipas.dossiers import dossier_counts
from sipas.files.table_reader import FileFaulty
from sipas.imports import catalogue
from sipas.numbers.periods import Period, parse
from sipas.responses import recording, recount
from sipas.run import installation
from sipas.survey import surveys
from tests.conftest import EXIT_OF_PROVINCE, draft, make_app, tally_of

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")


def write(folder: Path, text: str, name: str = "file.csv", encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


def faults(load: object, path: Path) -> list[str]:
    with pytest.raises(FileFaulty) as caught:
        load(path)  # type: ignore[operator]
    return str(caught.value).splitlines()


def count(model: type) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def test_the_sample_is_the_whole_catalogue(inside: Flask) -> None:
    assert (count(Unit), count(ServiceField), count(Procedure)) == (59, 21, 25)
    assert count(Touchpoint) == 340
    centres = db.session.scalars(select(Unit).where(Unit.official_code.is_not(None))).all()
    assert len(centres) == 48
    assert sum(bool(field.agency and field.agency.is_vertical) for field in lookups.fields()) == 6


def test_importing_the_sample_again_changes_nothing(inside: Flask) -> None:
    for kind in ("units", "fields", "procedures", "touchpoints"):
        outcome = catalogue.KINDS_OF_FILE[kind](installation.SAMPLE / f"{kind}.csv")
        assert (outcome.added, outcome.changed) == (0, 0)
    assert catalogue.questionnaire(installation.SAMPLE / "questionnaires.csv").added == 0
    assert questionnaires.sheet(questionnaires.current("short", date(2026, 11, 21))).version == 1


def test_a_file_of_which_one_line_is_wrong_changes_nothing(inside: Flask, tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "code,level,name_vi,parent_code\nnew-one,centre,Mới,quang-ninh\nBad Code,centre,Xấu,quang-ninh\n",
    )
    assert faults(catalogue.units, path) == [
        (
            "file.csv, line 3, column code, value 'Bad Code': is no code: up to 60 lower-case letters a–z, digits and "
            "single dashes"
        )
    ]
    assert count(Unit) == 59


@pytest.mark.parametrize(
    ("line", "column", "why"),
    [
        ("x,village,X,quang-ninh", "level", "is none of"),
        ("x,centre,,quang-ninh", "name_vi", "is empty"),
        ("x,centre,X,", "parent_code", "only a province is a root"),
        ("x,centre,X,nowhere", "parent_code", "is no unit"),
        ("x,province,X,", "code", "is a second province; quang-ninh is one"),
        ("x,province,X,quang-ninh", "parent_code", "must be empty"),
        ("x,centre,X,x", "parent_code", "leads back"),
        (f"x,centre,{'X' * 301},quang-ninh", "name_vi", "longer than 300"),
        ("x,centre,X\x00Y,quang-ninh", "name_vi", "cannot be printed"),
        ("x,centre,X,quang-ninh,more", "-", "5 cells under 4 columns"),
    ],
)
def test_each_fault_of_a_unit_is_named(inside: Flask, tmp_path: Path, line: str, column: str, why: str) -> None:
    found = faults(catalogue.units, write(tmp_path, f"code,level,name_vi,parent_code\n{line}\n"))
    assert any(f"line 2, column {column}, " in fault and why in fault for fault in found), found
    assert count(Unit) == 59


def test_a_unit_that_moves_takes_its_answers_along(inside: Flask, tmp_path: Path) -> None:
    zone = inside.config["SIPAS"].zone
    exits = {one.unit.code: one.code for one in lookups.touchpoints_of(lookups.subtree(lookups.province().id))}
    recording.record_many([draft(code=exits["bai-chay"], field="thue") for _ in range(6)], zone)
    recording.record(draft(code=exits["hong-gai"], field="thue"), zone)
    moved = write(tmp_path, "code,level,name_vi,parent_code\nbai-chay,point,Điểm Bãi Cháy,hong-gai\n")
    assert catalogue.units(moved).changed == 1
    assert recount.differences() == []
    counted = tally_of("hong-gai")
    assert sum(tally.responses for tally in counted.values()) == 7
    recording.record(draft(code=exits["bai-chay"], field="thue"), zone)
    assert recount.differences() == []


def test_a_second_province_is_refused_on_an_empty_installation_too(empty_database: str, tmp_path: Path) -> None:
    app = make_app(tmp_path / "empty", empty_database)
    with app.app_context():
        installation.prepare()
        path = write(tmp_path, "code,level,name_vi,parent_code\na,province,A,\nb,province,B,\n")
        assert "is a second province; a is one" in faults(catalogue.units, path)[0]
        assert count(Unit) == 0


def test_official_codes_may_be_exchanged_but_not_shared(inside: Flask, tmp_path: Path) -> None:
    header = "code,level,name_vi,parent_code,official_code\n"
    taken = write(tmp_path, header + "new-one,centre,Mới,quang-ninh,22501021\n")
    assert faults(catalogue.units, taken) == [
        "file.csv, line 2, column official_code, value '22501021': is that of hong-gai"
    ]
    exchanged = header + "hong-gai,centre,A,quang-ninh,22501017\nbai-chay,centre,B,quang-ninh,22501021\n"
    assert catalogue.units(write(tmp_path, exchanged)).changed == 2
    assert lookups.unit("hong-gai").official_code == "22501017"


def test_a_row_that_ends_early_is_named(inside: Flask, tmp_path: Path) -> None:
    path = write(tmp_path, "level,name_vi,parent_code,code\ncentre,X,quang-ninh\n")
    assert any("line 2, column code, value ''" in fault for fault in faults(catalogue.units, path))


def test_units_that_are_each_others_parents_are_refused(inside: Flask, tmp_path: Path) -> None:
    path = write(tmp_path, "code,level,name_vi,parent_code\na,centre,A,b\nb,point,B,a\n")
    assert all("leads back to the unit itself" in fault for fault in faults(catalogue.units, path))


def test_a_parent_may_stand_below_its_child(inside: Flask, tmp_path: Path) -> None:
    path = write(tmp_path, "code,level,name_vi,parent_code\nb,point,B,a\na,centre,A,quang-ninh\n")
    assert catalogue.units(path).added == 2
    assert lookups.unit("b").parent is not None


def test_a_repeated_code_is_named_with_its_first_line(inside: Flask, tmp_path: Path) -> None:
    path = write(tmp_path, "code,level,name_vi,parent_code\na,centre,A,quang-ninh\na,centre,B,quang-ninh\n")
    assert faults(catalogue.units, path) == ["file.csv, line 3, column code, value 'a': stands in line 2 already"]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"code,level\na,centre\n", "is missing from the header"),
        (b"", "is missing from the header"),
        (b"code,level,name_vi,parent_code\n", "has no rows"),
        (b"code,code,level,name_vi,parent_code\na,a,centre,A,b\n", "stands twice"),
        ("code,level,name_vi,parent_code\na,centre,Hà,b\n".encode("cp1258", "replace"), "is not UTF-8"),
        (b'code,level,name_vi,parent_code\na,"centre,A,b\n', "is no CSV"),
        ("code,level,name_vi,parent_code\n".encode("utf-16"), "has no rows"),
    ],
)
def test_a_file_that_is_none_of_ours_is_named(inside: Flask, tmp_path: Path, content: bytes, why: str) -> None:
    path = tmp_path / "file.csv"
    path.write_bytes(content)
    assert any(why in fault for fault in faults(catalogue.units, path))


def test_a_file_that_is_not_there_is_named(inside: Flask, tmp_path: Path) -> None:
    assert "cannot be read" in faults(catalogue.units, tmp_path / "missing.csv")[0]


def test_letters_and_marks_apart_are_kept_composed(inside: Flask, tmp_path: Path) -> None:
    name = unicodedata.normalize("NFD", "Trung  tâm Đường Hoa")
    path = write(tmp_path, f"code,level,name_vi,parent_code\nx,centre,{name},quang-ninh\n")
    catalogue.units(path)
    assert lookups.unit("x").name_vi == "Trung tâm Đường Hoa"


def test_semicolons_and_a_byte_order_mark_are_read_as_a_spreadsheet_saves_them(inside: Flask, tmp_path: Path) -> None:
    path = write(tmp_path, "code;level;name_vi;parent_code\r\nx;centre;X, y;quang-ninh\r\n", encoding="utf-8-sig")
    assert catalogue.units(path).added == 1
    assert lookups.unit("x").name_vi == "X, y"


def test_a_changed_name_is_changed_and_the_rest_stays(inside: Flask, tmp_path: Path) -> None:
    path = write(tmp_path, "code,level,name_vi,parent_code\nhong-gai,centre,Tên mới,quang-ninh\n")
    outcome = catalogue.units(path)
    assert (outcome.added, outcome.changed, outcome.same) == (0, 1, 0)
    assert lookups.unit("hong-gai").name_vi == "Tên mới"


def test_an_agency_cannot_be_both_own_and_vertical(inside: Flask, tmp_path: Path) -> None:
    path = write(tmp_path, "code,name_vi,agency_vi,vertical\na,A,Thuế,yes\nb,B,Thuế,no\n")
    assert "contradicts an earlier line" in faults(catalogue.fields, path)[0]


def test_the_fields_of_a_real_commune_are_imported(inside: Flask, tmp_path: Path) -> None:
    """Forty-nine fields, the reason why nobody can pick from the whole list."""
    names = [f"Lĩnh vực số {number}" for number in range(1, 50)]
    lines = "".join(f"f-{place},{name},UBND cấp xã,no\n" for place, name in enumerate(names))
    assert catalogue.fields(write(tmp_path, "code,name_vi,agency_vi,vertical\n" + lines)).added == 49
    survey = surveys.survey(EXIT_OF_PROVINCE, date(2026, 9, 1))
    assert (len(survey.fields_first), len(survey.fields_rest)) == (6, 20 + 49 + 1 - 6)


def test_a_procedure_needs_its_field(inside: Flask, tmp_path: Path) -> None:
    path = write(tmp_path, "code,name_vi,field_code\n9.999999,Thử,nowhere\n")
    assert "value 'nowhere': is not in the catalogue" in faults(catalogue.procedures, path)[0]


def test_a_touchpoint_without_code_gets_one_and_keeps_it(inside: Flask, tmp_path: Path) -> None:
    path = write(tmp_path, "unit_code,label_vi,channel\nhong-gai,Quầy 9,qr\n")
    assert catalogue.touchpoints(path).added == 1
    code = db.session.scalars(select(Touchpoint.code).where(Touchpoint.label_vi == "Quầy 9")).one()
    assert codes.is_code(code)
    assert catalogue.touchpoints(path).same == 1
    assert db.session.scalars(select(Touchpoint.code).where(Touchpoint.label_vi == "Quầy 9")).one() == code


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("hong-gai,Quầy 9,qr,AAAAAAAB", "is no touchpoint code"),
        ("hong-gai,Quầy 9,fax,", "is none of qr"),
        ("nowhere,Quầy 9,qr,", "is not in the catalogue"),
        (f"hong-gai,Quầy 9,qr,{EXIT_OF_PROVINCE}", "hangs in another unit already"),
        ("trung-tam-tinh,Lối ra,qr,QER9RTTM", "on paper already"),
        ("hong-gai,Quầy 9,qr,,nonsense", "is no published questionnaire; there are long, short"),
    ],
)
def test_each_fault_of_a_touchpoint_is_named(inside: Flask, tmp_path: Path, line: str, why: str) -> None:
    before = count(Touchpoint)
    assert (
        why
        in faults(catalogue.touchpoints, write(tmp_path, f"unit_code,label_vi,channel,code,questionnaire\n{line}\n"))[0]
    )
    assert count(Touchpoint) == before


def test_a_questionnaire_that_asks_something_else_is_the_next_version(inside: Flask, tmp_path: Path) -> None:
    text = (installation.SAMPLE / "questionnaires.csv").read_text()
    short = "".join(line for line in text.splitlines(keepends=True) if not line.startswith("long,"))
    changed = write(tmp_path, short.replace("What was not good?", "What went wrong?"))
    first = questionnaires.current("short", date(2026, 11, 21))
    assert catalogue.questionnaire(changed).added == 1
    newest = questionnaires.sheet(questionnaires.current("short", date(2026, 11, 21)))
    assert newest.version == 2
    assert questionnaires.sheet(first).version == 1
    assert questionnaires.published("short", 1, date(2026, 11, 21)) == first
    assert questionnaires.published("short", 3, date(2026, 11, 21)) is None


def test_both_questionnaires_are_shipped_whole(inside: Flask) -> None:
    short = questionnaires.sheet(questionnaires.current("short", date(2026, 11, 21)))
    long = questionnaires.sheet(questionnaires.current("long", date(2026, 11, 21)))
    assert [item.code for item in short.ratings] == [
        "overall",
        "access",
        "procedure",
        "staff",
        "result",
        "feedback",
    ]
    assert len(long.ratings) == 1 + 18
    assert {item.factor for item in long.ratings if item.factor} == {
        item.factor for item in short.ratings if item.factor
    }
    for sheet in (short, long):
        for item in sheet.items:
            assert set(item.texts) == {"vi", "en"}, item.code
            assert (item.kind == "rating_na") == (set(item.not_applicable) == {"vi", "en"})
            assert all(set(choice.texts) == {"vi", "en"} for choice in item.choices)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("q,a,rating,access,A,,", "has no question overall"),
        ("q,overall,rating,access,A,,", "must be rating, without a factor"),
        ("q,overall,rating,,,,", "is empty"),
        ("q,overall,stars,,A,,", "is none of rating"),
        ("q,overall,rating,,A,,\nq,b,rating,money,B,,", "is none of access"),
        ("q,overall,rating,,A,,\nq,b,choice,,B,,", "needed there"),
        ("q,overall,rating,,A,,\nq,b,choice,,B,x;y,một", "has 1 texts for 2 options"),
        ("q,overall,rating,,A,,\nq,text,comment,,B,,", "must be comment for this kind"),
        ("q,overall,rating,,A,,\nq,validate,rating,,B,,", "is a name that the form uses itself"),
        ("q,overall,rating,,A,,\nq,key,rating,,B,,", "is a name that the form uses itself"),
        ("q,overall,rating,,A,,\nq,b,choice,,B,x;x,một;hai", "names an option twice"),
    ],
)
def test_each_fault_of_a_questionnaire_is_named(inside: Flask, tmp_path: Path, line: str, why: str) -> None:
    header = "questionnaire,question,kind,factor,text_vi,options,options_vi\n"
    assert any(why in fault for fault in faults(catalogue.questionnaire, write(tmp_path, header + line + "\n")))
    with pytest.raises(questionnaires.NothingPublished):
        questionnaires.current("q", date(2026, 11, 21))


def test_no_question_can_take_a_name_of_the_form() -> None:
    """Every name of a form that could be a question's code is reserved."""
    names = {name for name in dir(Form) if re.fullmatch("[a-z0-9]+(-[a-z0-9]+)*", name)}
    assert names <= questionnaires.RESERVED


def test_an_own_questionnaire_does_not_keep_the_shipped_ones_out(empty_database: str, tmp_path: Path) -> None:
    app = make_app(tmp_path / "empty", empty_database)
    with app.app_context():
        flask_migrate.upgrade()
        own = write(tmp_path, "questionnaire,question,kind,text_vi\nshort,overall,rating,Ông/bà thấy thế nào?\n")
        assert catalogue.questionnaire(own).added == 1
        installation.prepare()
        assert questionnaires.codes() == {"short", "long"}
        assert len(questionnaires.sheet(questionnaires.current("short", date(2026, 11, 21))).items) == 1


def test_dossier_counts_are_read_and_checked(inside: Flask, tmp_path: Path) -> None:
    header = "unit_code,field_code,month,received,finished,on_time\n"
    good = write(tmp_path, header + "hong-gai,thue,2026-09,120,100,97\n")
    assert catalogue.dossiers(good).added == 1
    assert catalogue.dossiers(good).same == 1
    found = dossier_counts.by_field([lookups.unit("hong-gai").id], imports_period())
    assert found[lookups.field("thue").id].finished == 100
    for line, why in (
        ("hong-gai,thue,2026-13,1,1,1", "is no month"),
        ("hong-gai,thue,2026-09,1,1,2", "is more than the 1 finished"),
        ("hong-gai,thue,2026-09,-1,1,1", "is no whole number"),
        ("hong-gai,thue,2026-09,1,5,1\nhong-gai,thue,2026-09,1,1,1", "stands in line 2 already"),
    ):
        assert any(why in fault for fault in faults(catalogue.dossiers, write(tmp_path, header + line + "\n")))


def imports_period() -> Period:
    return parse("2026-09")


TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=40)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(TEXTS, TEXTS, TEXTS, TEXTS), min_size=1, max_size=5))
def test_any_file_is_imported_whole_or_its_faults_are_named(
    inside: Flask, tmp_path: Path, rows: list[tuple[str, ...]]
) -> None:
    before = count(Unit)
    file = io.StringIO()
    csv.writer(file).writerows([("code", "level", "name_vi", "parent_code"), *rows])
    added, fault = 0, "line "
    try:
        added = catalogue.units(write(tmp_path, file.getvalue())).added
    except FileFaulty as caught:
        fault = str(caught)
    assert "line " in fault
    assert count(Unit) == before + added


HISTORY = "code,level,name_vi,parent_code,opened_on,closed_on,predecessor_codes\n"


def test_a_history_is_loaded_and_loaded_again_changes_nothing(inside: Flask, tmp_path: Path) -> None:
    path = write(
        tmp_path,
        HISTORY
        + "quang-ha,centre,Quảng Hà,quang-ninh,2025-07-01,,hai-ha\n"
        + "hai-ha,centre,Huyện Hải Hà,quang-ninh,2020-01-01,2025-07-01,dam-ha-cu; ha-coi\n"
        + "dam-ha-cu,centre,Đầm Hà cũ,quang-ninh,,2020-01-01,\n"
        + "ha-coi,centre,Hà Cối,quang-ninh,,,\n",
    )
    first = catalogue.units(path)
    assert (first.added, first.changed) == (3, 1)
    assert catalogue.units(path).same == 4
    assert [(one.predecessor.code, one.day) for one in unit_history.predecessors(lookups.unit("hai-ha").id)] == [
        ("dam-ha-cu", date(2020, 1, 1)),
        ("ha-coi", date(2020, 1, 1)),
    ]
    assert unit_history.successors(lookups.unit("hai-ha").id)[0].successor.code == "quang-ha"


def test_a_file_without_columns_of_days_leaves_the_days_as_they_are(inside: Flask, tmp_path: Path) -> None:
    catalogue.units(write(tmp_path, HISTORY + "x,centre,X,quang-ninh,2020-01-01,2021-01-01,\n"))
    catalogue.units(write(tmp_path, "code,level,name_vi,parent_code\nx,centre,Y,quang-ninh\n"))
    one = lookups.unit("x")
    assert (one.name_vi, one.opened_on, one.closed_on) == ("Y", date(2020, 1, 1), date(2021, 1, 1))


@pytest.mark.parametrize(
    ("lines", "column", "why"),
    [
        ("x,centre,X,quang-ninh,2025-02-30,,", "opened_on", "is no day such as 2025-07-01"),
        ("x,centre,X,quang-ninh,1.7.2025,,", "opened_on", "is no day such as 2025-07-01"),
        ("x,centre,X,quang-ninh,2099-01-01,,", "opened_on", "lies ahead"),
        ("x,centre,X,quang-ninh,2021-01-01,2020-01-01,", "closed_on", "lies before opened_on"),
        ("x,centre,X,quang-ninh,2020-01-01,,nowhere", "predecessor_codes", "names nowhere, no unit"),
        ("x,centre,X,quang-ninh,,,hong-gai", "predecessor_codes", "names hong-gai, but it has no closed_on"),
        ("x,centre,X,quang-ninh,2020-01-01,,x", "predecessor_codes", "back to the unit itself"),
        (
            "x,centre,X,quang-ninh,2020-01-01,,y\ny,centre,Y,quang-ninh,2020-01-01,,x",
            "predecessor_codes",
            "back to the unit itself",
        ),
        ("bai-chay,centre,B,quang-ninh,,2025-01-01,", "closed_on", "bai-chay-diem-2 below it is open"),
        (
            "x,centre,X,quang-ninh,,2025-01-01,\ny,point,Y,x,,,",
            "parent_code",
            "is closed, but the unit is open",
        ),
    ],
)
def test_each_fault_of_a_history_is_named(inside: Flask, tmp_path: Path, lines: str, column: str, why: str) -> None:
    found = faults(catalogue.units, write(tmp_path, f"{HISTORY}{lines}\n"))
    assert any(f"column {column}" in fault and why in fault for fault in found), found
    assert count(Unit) == 59


def test_units_that_change_places_in_one_file_carry_their_counts_along(inside: Flask, tmp_path: Path) -> None:
    """A stands above B above C; after the file it is C that stands above A, and nothing went round in circles."""
    header = "code,level,name_vi,parent_code\n"
    catalogue.units(write(tmp_path, header + "a,centre,A,quang-ninh\nb,centre,B,a\nc,centre,C,b\n"))
    catalogue.touchpoints(write(tmp_path, "unit_code,label_vi,channel\na,Q,qr\nb,Q,qr\nc,Q,qr\n"))
    for code in "abc":
        (one,) = lookups.touchpoints_of([lookups.unit(code).id])
        recording.record(draft(one.code, overall=4), ZONE)
    catalogue.units(write(tmp_path, header + "a,centre,A,c\nb,centre,B,quang-ninh\n"))
    assert recount.differences() == []
    counted = {code: tally_of(code) for code in ("quang-ninh", "b", "c", "a")}
    assert [sum(one.responses for one in counted[code].values()) for code in counted] == [3, 3, 2, 1]


def test_each_import_is_one_act_of_the_audit(inside: Flask) -> None:
    acts = ["units.imported", "fields.imported", "procedures.imported", "touchpoints.imported"]
    for act in acts:
        (entry,) = db.session.scalars(select(audit.AuditEntry).where(audit.AuditEntry.act == act))
        assert entry.subject == f"{act.partition('.')[0]}.csv"
        assert [name for name, _, _ in entry.changes] == ["added", "changed", "unchanged"]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("code,level,name_vi,parent_code\n" + "a\n" * 3_000_000, "is beyond the 5000 rows that a file may have"),
        ("code," + ",".join(map(str, range(300_000))), "has 300001 columns; there may be 100"),
        (
            "code,level,name_vi,parent_code\na-0,centre,A,quang-ninh\n"
            + "".join(f"a-{depth + 1},point,A,a-{depth}\n" for depth in range(2000)),
            "stands more than 10 levels below the province",
        ),
    ],
    ids=["rows without end", "columns without end", "levels without end"],
)
def test_a_file_without_end_is_refused_at_once(inside: Flask, tmp_path: Path, content: str, why: str) -> None:
    begun = monotonic()
    assert why in faults(catalogue.units, write(tmp_path, content))[0]
    assert monotonic() - begun < 10

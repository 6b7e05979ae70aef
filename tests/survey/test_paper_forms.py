"""Paper forms are counted once, under the day on the paper, noted without their answers; files whole or not at all."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from flask import Flask, current_app
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from sipas.catalogue import lookups, questionnaires, touchpoints
from sipas.catalogue.questionnaires import Item
from sipas.core import audit
from sipas.core.audit import AuditEntry
from sipas.core.db import db
from sipas.core.settings import Settings
from sipas.files.table_reader import FileFaulty
from sipas.numbers.periods import Period
from sipas.reporting import reports
from sipas.responses import recount
from sipas.responses.models import Response
from sipas.responses.recording import Answers, KeyReused, Recorded
from sipas.survey import paper_forms, surveys
from sipas.survey.paper_forms import DayWrong, Form, ScoreWrong

TODAY = date(2026, 9, 14)
HEADER = "form_number,day,field_code,overall,access,procedure,staff,result,feedback,comment"


def typed(number: str, overall: int = 5, day: date = TODAY, field: str = "thue", unit: str = "hong-gai") -> Recorded:
    place = lookups.unit(unit)
    answers = Answers({"overall": overall, "access": 4, "result": None}, (), "Chờ lâu, gọi 0912345678")
    form = Form(paper_forms.key_of(place, day, number), day, lookups.field(field).id, answers)
    return paper_forms.type_in(place, form, TODAY, zone())


def zone() -> ZoneInfo:
    settings: Settings = current_app.config["SIPAS"]
    return settings.zone


def counted(unit: str = "hong-gai", channel: str | None = "paper") -> int:
    span = Period(date(2026, 8, 1), date(2026, 10, 1))
    return reports.report(reports.ReportRequest(lookups.unit(unit), span, None, channel), TODAY).total.responses


def notes() -> list[AuditEntry]:
    return list(
        db.session.scalars(select(AuditEntry).where(AuditEntry.act.startswith("paper.")).order_by(AuditEntry.id))
    )


def file(folder: Path, *lines: str, header: str = HEADER) -> Path:
    path = folder / "phiếu <b>.csv"
    path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8-sig")
    return path


def imported(folder: Path, *lines: str) -> paper_forms.FormsImported:
    return paper_forms.import_file(lookups.unit("hong-gai"), file(folder, *lines), TODAY, zone())


def test_a_typed_form_counts_under_its_day_and_channel(inside: Flask) -> None:
    typed("1", day=TODAY - timedelta(days=31))
    response = db.session.scalars(select(Response)).one()
    assert (response.day, response.channel) == (TODAY - timedelta(days=31), "paper")
    point = paper_forms.point_of(lookups.unit("hong-gai"))
    assert point is not None
    assert (point.channel, point.opened_on) == ("paper", TODAY)
    assert counted() == 1
    assert not recount.differences(mend=False)


def test_the_same_number_at_the_same_unit_and_day_is_the_same_form(inside: Flask) -> None:
    first = typed("A 7")
    again = typed("a  7")
    assert (again.receipt, again.is_repeat) == (first.receipt, True)
    with pytest.raises(KeyReused, match=first.receipt):
        typed("A 7", overall=1)
    typed("A 7", day=TODAY - timedelta(days=1))
    typed("A 7", unit="ba-che")
    assert counted() == 2
    assert counted("ba-che") == 1
    assert len(notes()) == 3


def test_what_was_typed_is_noted_with_its_receipt_and_without_the_answers(inside: Flask) -> None:
    with audit.acting("manager@test.example"):
        receipt = typed("9").receipt
    (note,) = notes()
    assert (note.actor, note.act, note.subject) == ("manager@test.example", "paper.typed", receipt)
    assert json.loads(note.after or "") == {"day": "2026-09-14"}
    desk = paper_forms.desk(lookups.unit("hong-gai"), reports.today(zone()), zone())
    assert (desk.typed, [entry.subject for entry in desk.last]) == (1, [receipt])


@pytest.mark.parametrize("days", [-1, 32])
def test_no_form_is_of_tomorrow_or_of_long_ago(inside: Flask, days: int) -> None:
    with pytest.raises(DayWrong):
        typed("1", day=TODAY - timedelta(days=days))
    assert db.session.scalar(select(func.count()).select_from(Response)) == 0


def test_a_closed_point_takes_no_forms_and_a_closed_unit_gets_none(inside: Flask) -> None:
    typed("1")
    point = paper_forms.point_of(lookups.unit("hong-gai"))
    assert point is not None
    touchpoints.close(point, TODAY)
    with pytest.raises(surveys.TouchpointClosed):
        typed("2")
    assert counted() == 1


@given(st.text(max_size=3), st.sampled_from(["rating", "rating_na"]), st.sampled_from(["overall", "access"]))
def test_any_text_is_a_score_offered_or_is_refused(text: str, kind: str, code: str) -> None:
    item = Item(code, kind, None, False, {}, {})
    try:
        scores = paper_forms.score(item, text)
    except ScoreWrong:
        assert text.strip() not in ("1", "2", "3", "4", "5")
        return
    if not scores:
        assert not text.strip()
        assert code != "overall"
    elif scores[code] is None:
        assert kind == "rating_na"
    else:
        assert str(scores[code]) == text.strip()


def test_a_file_is_counted_once_however_often_it_comes(inside: Flask, tmp_path: Path) -> None:
    lines = [f"{number},2026-09-{number:02},thue,{1 + number % 5},4,,,0,-,Tốt" for number in range(1, 13)]
    assert imported(tmp_path, *lines) == paper_forms.FormsImported(12, 0)
    assert imported(tmp_path, *lines, "13,2026-09-13,dat-dai,5,,,,,,") == paper_forms.FormsImported(1, 12)
    assert counted() == 13
    assert not recount.differences(mend=False)
    assert [(note.act, note.subject, json.loads(note.after or "")) for note in notes()] == [
        ("paper.imported", "phiếu <b>.csv", {"added": 12, "same": 0}),
        ("paper.imported", "phiếu <b>.csv", {"added": 1, "same": 12}),
    ]


def test_a_form_typed_by_hand_is_not_counted_again_from_a_file(inside: Flask, tmp_path: Path) -> None:
    typed("7", overall=5)
    lines = ['7,2026-09-14,thue,5,4,,,0,,"Chờ lâu, gọi 0912345678"']
    assert imported(tmp_path, *lines) == paper_forms.FormsImported(0, 1)
    with pytest.raises(FileFaulty, match="line 2, column form_number, value '7': was typed before"):
        imported(tmp_path, "7,2026-09-14,thue,1,4,,,0,,")
    assert counted() == 1


def test_every_fault_of_a_file_is_named_and_nothing_of_it_is_counted(inside: Flask, tmp_path: Path) -> None:
    with pytest.raises(FileFaulty) as caught:
        imported(
            tmp_path,
            "1,2026-09-14,thue,5,,,,,,",
            ",2026-09-15,magic,6,0,,,0,,",
            "1,2026-09-14,thue,,,,,9,,",
            "2,14/9,thue,5,,,,,," + "x" * 501,
        )
    found = {(fault.line, fault.column) for fault in caught.value.faults}
    assert found == {
        (3, "form_number"), (3, "day"), (3, "field_code"), (3, "overall"), (3, "access"),
        (4, "day"), (4, "overall"), (4, "result"), (5, "day"), (5, "comment"),
    }  # fmt: skip
    assert all(fault.file == "phiếu <b>.csv" for fault in caught.value.faults)
    assert counted() == 0
    assert not notes()


def test_the_columns_of_a_file_are_those_of_the_questionnaire(inside: Flask) -> None:
    assert ",".join(paper_forms.columns(lookups.unit("hong-gai"), TODAY)) == HEADER
    assert paper_forms.sheet_of(lookups.unit("hong-gai"), TODAY).code == questionnaires.DEFAULT

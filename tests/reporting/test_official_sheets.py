"""The official sheets: their rows and maxima are those of the rules, and nothing in them is guessed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from flask import Flask
from sqlalchemy import select

from sipas.catalogue import lookups
from sipas.catalogue.questionnaires import Option, Question
from sipas.core.db import db
from sipas.dossiers import dossier_counts
from sipas.dossiers.dossier_counts import Dossiers
from sipas.files.tables import Cell, Table
from sipas.numbers.periods import parse
from sipas.reporting import official_sheets, reports
from sipas.reporting.reports import Report
from sipas.responses import recording
from sipas.responses.recording import Answers
from tests.conftest import COUNTER_1, draft

Rows = dict[str, dict[str, Cell]]


def report(unit: str = "trung-tam-tinh") -> Report:
    return reports.report(reports.ReportRequest(lookups.unit(unit), parse("2026-09")), date(2026, 12, 31))


def rows(table: Table) -> Rows:
    named = [dict(zip(table.columns, row, strict=True)) for row in table.rows[1:]]
    return {str(row[table.columns[0]]): row for row in named}


def load(finished: int, on_time: int) -> None:
    for field in ("ho-tich", "dat-dai"):
        cell = dossier_counts.DossierCell(lookups.unit("trung-tam-tinh").id, date(2026, 9, 1), lookups.field(field).id)
        dossier_counts.keep({cell: Dossiers(finished, finished, on_time)}, "dossiers.typed", "-")


@pytest.mark.parametrize("sheet", [official_sheets.decree_61, official_sheets.decision_766])
@pytest.mark.parametrize("language", ["vi", "en"])
def test_a_sheet_says_first_that_it_is_nobodys_official_score(inside: Flask, sheet: object, language: str) -> None:
    first = sheet(report(), language).rows[0]  # type: ignore[operator]
    assert ("không phải điểm của Bộ" if language == "vi" else "not the ministry's score") in str(first[1])


def test_no_row_has_points_and_every_row_says_why(inside: Flask) -> None:
    load(100, 97)
    recording.record_many([draft(COUNTER_1, staff=5) for _ in range(6)], inside.config["SIPAS"].zone)
    for sheet in (official_sheets.decree_61, official_sheets.decision_766):
        found = rows(sheet(report(), "en"))
        assert len(found) in (9, 11)
        for row in found.values():
            assert row["points"] is None
            assert row["why_empty"]
            assert row["source"]


def test_the_maxima_are_those_of_the_rules(inside: Flask) -> None:
    decree = rows(official_sheets.decree_61(report(), "en"))
    assert [row["maximum"] for row in decree.values()] == [2] * 9 + [10, 18]
    decision = rows(official_sheets.decision_766(report(), "en"))
    groups = {str(row["group"]): row["group_maximum"] for row in decision.values()}
    assert sum(groups.values()) == 100  # type: ignore[arg-type]
    assert decision["5.4"]["maximum"] == 6


def test_shares_of_dossiers_stand_where_all_counts_are_loaded_and_nowhere_else(inside: Flask) -> None:
    without = rows(official_sheets.decision_766(report(), "en"))
    assert without["2.1"]["percent"] is None
    assert without["2.1"]["why_empty"] == "Dossier counts of this unit and period are not all loaded."
    load(100, 97)
    found = rows(official_sheets.decision_766(report(), "en"))
    assert (found["2.1"]["percent"], found["2.1"]["base"]) == (97.0, 200)
    assert found["5.4"]["percent"] is None
    assert str(found["5.4"]["why_empty"]).endswith("Known here: 3.0% of the dossiers were finished late.")


def test_beside_an_index_stands_our_nearest_figure_with_its_base_unless_too_few_answered(inside: Flask) -> None:
    zone = inside.config["SIPAS"].zone
    recording.record_many([draft(COUNTER_1, staff=5) for _ in range(4)], zone)
    assert rows(official_sheets.decree_61(report(), "en"))["7"]["nearest_percent"] is None
    recording.record_many([draft(COUNTER_1, staff=1)], zone)
    found = rows(official_sheets.decree_61(report(), "en"))
    assert (found["7"]["nearest_percent"], found["7"]["nearest_base"]) == (80.0, 5)
    assert found["5"]["nearest_figure"] is None


def test_how_many_came_once_is_of_those_who_said_how_often(inside: Flask) -> None:
    asked = select(Option.id).join(Question, Question.id == Option.question_id).where(Question.code == "visits")
    once, _, thrice, _ = db.session.scalars(asked.order_by(Option.id)).all()
    for ticked in (once, once, once, thrice, None):
        given = draft(COUNTER_1)
        answers = replace(given.answers, option_ids=[ticked] if ticked else [])
        recording.record(replace(given, answers=answers), inside.config["SIPAS"].zone)
    assert rows(official_sheets.decree_61(report(), "en"))["3"]["nearest_percent"] is None, "four said so"
    recording.record(replace(draft(COUNTER_1), answers=Answers({"overall": 5}, [once])), inside.config["SIPAS"].zone)
    found = rows(official_sheets.decree_61(report(), "en"))
    assert (found["3"]["nearest_percent"], found["3"]["nearest_base"]) == (80.0, 5)

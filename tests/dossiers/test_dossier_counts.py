"""Dossier counts: found in tables as offices keep them, compared before they are kept, and what is missing named."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from sipas.catalogue import lookups
from sipas.core import audit, edit_conflicts
from sipas.core.audit import AuditEntry
from sipas.core.db import db
from sipas.core.edit_conflicts import ChangedMeanwhile
from sipas.dossiers import coverage, dossier_counts
from sipas.dossiers.dossier_counts import DossierCell, Dossiers
from sipas.files.table_reader import FileFaulty
from sipas.imports import catalogue, dossier_files
from sipas.numbers.periods import parse
from sipas.responses import recording
from sipas.setup import units
from tests.conftest import EXIT_OF_PROVINCE, draft

SEPTEMBER = date(2026, 9, 1)
TODAY = date(2026, 11, 22)
HEADER = ["Đơn vị", "Lĩnh vực", "Tháng", "Tiếp nhận", "Đã giải quyết", "Đúng hạn"]


def table(folder: Path, *rows: list[Any], header: list[str] | None = None) -> Path:
    book = openpyxl.Workbook()
    page = book.worksheets[0]
    page["A1"] = "BÁO CÁO TÌNH HÌNH GIẢI QUYẾT HỒ SƠ"
    page.merge_cells("A1:F1")
    for row in (header or HEADER, *rows):
        page.append(row)
    book.save(folder / "file.xlsx")
    return folder / "file.xlsx"


def cell(unit: str, field: str, month: date = SEPTEMBER) -> DossierCell:
    return DossierCell(lookups.unit(unit).id, month, lookups.field(field).id)


def faults(path: Path, unit_ids: list[int] | None = None) -> list[str]:
    with pytest.raises(FileFaulty) as caught:
        dossier_files.read(path, TODAY, unit_ids)
    return str(caught.value).splitlines()


def test_units_and_fields_go_by_code_by_name_and_by_former_name(inside: Flask, tmp_path: Path) -> None:
    centre = lookups.unit("hong-gai")
    former = centre.name_vi
    seen = edit_conflicts.fingerprint(edit_conflicts.values_of(centre, units.NAMES))
    units.rename(centre, "Trung tâm mới", None, date(2026, 11, 1), seen, TODAY)
    path = table(
        tmp_path,
        [former.upper(), "Hộ tịch", datetime(2026, 9, 1), 5, 4, 3],  # noqa: DTZ001
        ["Trung tâm mới", "thue", "09/2026", "7", 6, 5],
        [lookups.unit("hong-gai").official_code, "Đất đai", "Tháng 9/2026", 2, 2, 2],
        ["hong-gai", "Land", None, None, None, None],
    )
    wanted = dossier_files.read(path, TODAY).wanted
    assert wanted == {
        cell("hong-gai", "ho-tich"): Dossiers(5, 4, 3),
        cell("hong-gai", "thue"): Dossiers(7, 6, 5),
        cell("hong-gai", "dat-dai"): Dossiers(2, 2, 2),
    }


def test_where_those_before_the_deadline_stand_apart_they_are_on_time_too(inside: Flask, tmp_path: Path) -> None:
    header = [*HEADER[:5], "Trước hạn", "Đúng hạn"]
    path = table(tmp_path, ["hong-gai", "thue", "2026-09", 12, 10, 6, 3], header=header)
    assert dossier_files.read(path, TODAY).wanted == {cell("hong-gai", "thue"): Dossiers(12, 10, 9)}


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (["hong-gai", "thue", "2026-12", 1, 1, 1], "file.xlsx, line 3, column Tháng, value '2026-12': lies ahead"),
        (
            ["hong-gai", "thue", "2026-09", 1, 1, 2],
            "file.xlsx, line 3, column Đúng hạn, value '2': is more than the 1 finished",
        ),
        (
            ["hong-gai", "thue", "2026-09", 1, 1.5, 1],
            "file.xlsx, line 3, column Đã giải quyết, value '1.5': is no whole number",
        ),
        (
            ["hong-gai", "thue", "2026-09", "1.234", 1, 1],
            "file.xlsx, line 3, column Tiếp nhận, value '1.234': is no whole number",
        ),
        (
            ["Nơi khác", "thue", "2026-09", 1, 1, 1],
            "file.xlsx, line 3, column Đơn vị, value 'Nơi khác': is not in the catalogue",
        ),
        (
            ["ba-che", "thue", "2026-09", 1, 1, 1],
            "file.xlsx, line 3, column Đơn vị, value 'ba-che': is not in the catalogue",
        ),
        (
            ["hong-gai", "thue", None, None, None, None],
            "file.xlsx, line 3, column Đã giải quyết, value '': is empty in every row",
        ),
    ],
)
def test_each_fault_is_named_by_its_row_and_by_the_name_of_its_column(
    inside: Flask, tmp_path: Path, row: list[Any], said: str
) -> None:
    found = faults(table(tmp_path, row), lookups.subtree(lookups.unit("hong-gai").id))
    assert [one.startswith(said) for one in found] == [True], found


def test_a_cell_that_stands_twice_however_it_is_written_is_a_fault(inside: Flask, tmp_path: Path) -> None:
    rows = (["hong-gai", "thue", "2026-09", 1, 1, 1], [lookups.unit("hong-gai").name_vi, "Thuế", "T9/2026", 2, 2, 2])
    assert "stands in line 3 already" in faults(table(tmp_path, *rows))[0]


def test_a_load_says_what_it_did_and_the_audit_keeps_what_was_before(inside: Flask, tmp_path: Path) -> None:
    first = table(tmp_path, ["hong-gai", "thue", "2026-09", 9, 8, 7], ["bai-chay", "thue", "2026-09", 1, 1, 1])
    assert catalogue.dossiers(first).added == 2
    second = table(tmp_path, ["hong-gai", "thue", "2026-09", 9, 8, 8], ["bai-chay", "thue", "2026-09", 1, 1, 1])
    outcome = catalogue.dossiers(second)
    assert (outcome.added, outcome.changed, outcome.same) == (0, 1, 1)
    entries = db.session.scalars(
        select(AuditEntry).where(AuditEntry.act == "dossiers.imported").order_by(AuditEntry.id)
    ).all()
    assert [one.unit_id for one in entries[2:]] == sorted([lookups.unit("hong-gai").id, lookups.unit("bai-chay").id])
    (changed,) = [one for one in entries if ("thue 2026-09", "9 / 8 / 7", "9 / 8 / 8") in one.changes]
    assert changed.unit_id == lookups.unit("hong-gai").id


def test_who_agreed_to_something_else_keeps_nothing(inside: Flask) -> None:
    wanted = {cell("hong-gai", "thue"): Dossiers(3, 2, 1)}
    seen = edit_conflicts.fingerprint(dossier_counts.compare(wanted).as_seen)
    dossier_counts.keep({cell("hong-gai", "thue"): Dossiers(9, 9, 9)}, "dossiers.imported", "other.csv")
    with pytest.raises(ChangedMeanwhile):
        dossier_counts.keep(wanted, "dossiers.imported", "mine.csv", seen)
    assert dossier_counts.of_month(*cell("hong-gai", "thue")[:2]) == {lookups.field("thue").id: Dossiers(9, 9, 9)}
    dossier_counts.keep(
        wanted, "dossiers.imported", "mine.csv", edit_conflicts.fingerprint(dossier_counts.compare(wanted).as_seen)
    )
    assert not dossier_counts.keep(wanted, "dossiers.imported", "mine.csv", seen).is_change, "sent twice is no conflict"


COUNTED = st.tuples(st.integers(0, 99), st.integers(0, 99), st.integers(0, 99)).map(
    lambda three: Dossiers(three[0], max(three[1:]), min(three[1:]))
)
PLACES = st.tuples(st.sampled_from(["hong-gai", "bai-chay"]), st.sampled_from(["thue", "dat-dai"]),
                   st.sampled_from([date(2026, 8, 1), SEPTEMBER]))  # fmt: skip


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.dictionaries(PLACES, st.none() | COUNTED, max_size=6), max_size=4))
def test_after_any_history_there_is_what_was_wanted_last(
    inside: Flask, history: list[dict[tuple[str, str, date], Dossiers | None]]
) -> None:
    kept: dict[DossierCell, Dossiers] = {}
    everywhere = parse("2026")
    ids = [lookups.unit(code).id for code in ("hong-gai", "bai-chay")]
    dossier_counts.keep(
        dict.fromkeys(DossierCell(*one) for one in dossier_counts.by_month(ids, everywhere)), "dossiers.typed", "-"
    )
    for named in history:
        wanted = {cell(unit, field, month): counts for (unit, field, month), counts in named.items()}
        found = dossier_counts.compare(wanted)
        assert len(found.added) + len(found.changed) + len(found.removed) + found.same == len(wanted)
        dossier_counts.keep(wanted, "dossiers.typed", "-")
        kept = {one: counts for one, counts in {**kept, **wanted}.items() if counts}
        assert {DossierCell(*one): counts for one, counts in dossier_counts.by_month(ids, everywhere).items()} == kept
        assert not dossier_counts.compare(wanted).is_change


def test_a_month_far_from_the_one_before_and_fewer_dossiers_than_answers_are_doubted(inside: Flask) -> None:
    august = date(2026, 8, 1)
    dossier_counts.load([{**cell("trung-tam-tinh", field, august)._asdict(), **vars(Dossiers(50, 40, 40))}
                   for field in ("thue", "ho-tich", "chung-thuc")])  # fmt: skip
    recording.record_many([draft(EXIT_OF_PROVINCE, "dat-dai") for _ in range(3)], inside.config["SIPAS"].zone)
    wanted = {
        cell("trung-tam-tinh", "thue"): Dossiers(400, 400, 1),
        cell("trung-tam-tinh", "ho-tich"): Dossiers(4, 4, 4),
        cell("trung-tam-tinh", "chung-thuc"): Dossiers(399, 399, 1),
        cell("trung-tam-tinh", "dat-dai"): Dossiers(2, 2, 2),
    }
    found = {(doubt.cell, doubt.kind, doubt.against) for doubt in dossier_files.doubts(wanted, TODAY)}
    assert found == {
        (cell("trung-tam-tinh", "thue"), "more", 40),
        (cell("trung-tam-tinh", "ho-tich"), "fewer", 40),
        (cell("trung-tam-tinh", "dat-dai"), "answers", 3),
    }


def load(unit: str, *months: date) -> None:
    dossier_counts.keep({cell(unit, "thue", month): Dossiers(3, 2, 1) for month in months}, "dossiers.typed", "-")


def test_what_is_missing_is_said_of_the_centre_whose_point_serves(inside: Flask) -> None:
    july, august = date(2026, 7, 1), date(2026, 8, 1)
    load("bai-chay", july, SEPTEMBER)
    (gap,) = dossier_counts.missing(lookups.unit("bai-chay"), parse("2026-Q3"))
    assert (gap.unit.code, gap.months) == ("bai-chay", (august,))
    load("bai-chay", august)
    assert dossier_counts.missing(lookups.unit("bai-chay"), parse("2026-Q3")) == []
    (point,) = dossier_counts.missing(lookups.unit("bai-chay-diem-2"), parse("2026-09"))
    assert point.unit.code == "bai-chay-diem-2", "within itself alone nothing of its centre counts"


def test_nothing_is_missing_of_months_in_which_a_unit_was_not_open(inside: Flask) -> None:
    unit = lookups.unit("hong-gai")
    unit.opened_on, unit.closed_on = date(2026, 8, 15), date(2026, 9, 1)
    (gap,) = dossier_counts.missing(unit, parse("2026-Q3"))
    assert gap.months == (date(2026, 8, 1),)
    db.session.rollback()


def test_a_grid_tells_loaded_partly_missing_and_needless_apart(inside: Flask) -> None:
    load("hong-gai", SEPTEMBER)
    months = coverage.months_of(parse("2026-Q3"), date(2026, 9, 20))
    grid = coverage.by_unit(lookups.province(), months)
    rows = {row.thing.code: [spot.state for spot in row.spots] for row in grid.rows}
    assert rows["hong-gai"] == ["missing", "missing", "loaded"]
    assert [spot.state for spot in grid.total.spots] == ["missing", "missing", "partly"]
    recording.record(draft(at=datetime(2026, 9, 14, 3, tzinfo=UTC)), inside.config["SIPAS"].zone)
    fields = coverage.by_field(lookups.unit("trung-tam-tinh"), months, date(2026, 9, 20))
    spots = {row.thing.code: row.spots[-1].state for row in fields.rows}
    assert (spots["dat-dai"], spots["thue"]) == ("missing", "none")
    assert audit.actor() == audit.INSTALLATION

"""What follows from values of other indices: places, changes, and whom they belong to."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from sipas.catalogue import lookups
from sipas.core import edit_conflicts
from sipas.files.table_reader import FileFaulty
from sipas.imports import index_files
from sipas.reporting import other_indices
from sipas.reporting.other_indices import change_of_rank, places_of
from sipas.run.installation import SAMPLE
from sipas.setup import units

HEAD = "unit,level,year,index,value,max_or_unit,rank,of,change_value,change_rank,comparable,source\n"

values = st.lists(st.decimals(0, 100, places=2), min_size=1, max_size=40)


@given(values)
def test_places_follow_from_values_and_equal_values_share_the_first(found: list[Decimal]) -> None:
    for value, (first, last) in places_of(found).items():
        assert first == 1 + sum(other > value for other in found)
        assert last == first + found.count(value) - 1


@given(st.permutations(range(1, 14)), st.permutations(range(1, 14)))
def test_what_some_gain_in_places_others_lose(before: list[int], now: list[int]) -> None:
    gained = [change_of_rank((rank, 13), (was, 13)) for rank, was in zip(now, before, strict=True)]
    assert sum(one or 0 for one in gained) == 0
    for rank, was, places_gained in zip(now, before, gained, strict=True):
        assert (places_gained or 0) > 0 if rank < was else (places_gained or 0) <= 0


def test_a_place_among_others_is_another_place() -> None:
    assert change_of_rank((3, 54), (10, 13)) is None
    assert change_of_rank((None, 13), (10, 13)) is None


def loaded(folder: Path, content: str) -> index_files.ImportedIndices:
    file = folder / "indices.csv"
    file.write_text(HEAD + content)
    return index_files.load(file)


def entry(who: str, year: int) -> other_indices.IndexEntry:
    return next(one for one in other_indices.of_body(who) if one.row.year == year)


def test_the_sample_comes_in_without_a_fault_and_again_without_a_change(inside: Flask) -> None:
    first = index_files.load(SAMPLE / "indices.csv")
    assert (first.added, first.changed, first.doubts) == (38, 0, ())
    again = index_files.load(SAMPLE / "indices.csv")
    assert (again.added, again.changed, again.same) == (0, 0, 38)


def test_changes_that_were_not_printed_follow_from_what_is_kept(inside: Flask, tmp_path: Path) -> None:
    loaded(tmp_path, "A,district,2019,PCI,60.10,points,4,13,,,,x\nA,district,2020,PCI,61.0,points,2,13,,,,x\n")
    found = entry("district:A", 2020)
    assert (found.change, found.places) == (Decimal("0.90"), 2)
    assert found.is_change_ours
    assert found.are_places_ours


@pytest.mark.parametrize("row", ["70,percent,2,13,,,no", "70,of 80,2,13,,,"])
def test_no_change_is_computed_across_a_break_of_method_or_of_scale(inside: Flask, tmp_path: Path, row: str) -> None:
    loaded(tmp_path, f"A,district,2021,SIPAS,87,percent,1,13,,,,x\nA,district,2022,SIPAS,{row},x\n")
    assert entry("district:A", 2022).change is None


def test_a_rank_that_was_not_printed_follows_once_the_whole_field_is_kept(inside: Flask, tmp_path: Path) -> None:
    loaded(tmp_path, "A,district,2020,PCI,60,points,,3,,,,x\nB,district,2020,PCI,60,points,,3,,,,x\n")
    assert entry("district:B", 2020).rank is None
    loaded(tmp_path, "C,district,2020,PCI,50,points,,3,,,,x\n")
    assert [entry(f"district:{name}", 2020).rank for name in "ABC"] == [1, 1, 3]


def test_a_printed_change_that_does_not_follow_is_told_and_kept(inside: Flask, tmp_path: Path) -> None:
    done = loaded(
        tmp_path,
        "A,district,2019,PCI,60,points,4,13,,,,x\nA,district,2020,PCI,61,points,2,13,+3.0,-1,,x\n"
        "B,district,2019,PCI,60.04,points,5,13,,,,x\nB,district,2020,PCI,61.0,points,5,13,+0.9,0,,x\n",
    )
    assert [(one.line, one.printed, one.follows) for one in done.doubts] == [(3, "-1", "+2"), (3, "+3.0", "+1")]
    found = entry("district:A", 2020)
    assert (found.change, found.places) == (Decimal("3.0"), -1)
    assert (found.other_change, found.other_places) == (Decimal(1), 2)


def test_a_body_is_a_unit_by_its_code_or_a_name_it_had_and_no_ward_of_its_name(inside: Flask, tmp_path: Path) -> None:
    unit = lookups.unit("ba-che")
    former = unit.name_vi
    seen = edit_conflicts.fingerprint({"name_vi": unit.name_vi, "name_en": unit.name_en})
    units.rename(unit, "Trung tâm Ba Chẽ mới", None, date(2026, 1, 1), seen, date(2026, 9, 1))
    loaded(
        tmp_path,
        f"ba-che,centre,2026,DGI,80,points,2,54,,,,x\n{former},centre,2025,DGI,70,points,4,54,,,,x\n"
        "Hạ Long,district,2023,DGI,70,points,1,13,,,,x\nQuảng Ninh,province,2023,PCI,70,points,1,63,,,,x\n",
    )
    assert entry("ba-che", 2026).places == 2
    assert entry("quang-ninh", 2023).row.unit == lookups.province()
    assert entry("district:Hạ Long", 2023).row.unit is None


def test_a_body_that_came_into_the_catalogue_later_is_known_again(inside: Flask, tmp_path: Path) -> None:
    row = "Xã Mới,commune,2025,DGI,70,points,4,54,,,,x\n"
    loaded(tmp_path, row)
    units.create(units.New("Xã Mới", lookups.province().id, code="xa-moi"), None, date(2026, 9, 1))
    assert loaded(tmp_path, row).changed == 1
    assert [one.row.body for one in other_indices.of_body("xa-moi")] == ["Xã Mới"]


@pytest.mark.parametrize(
    ("row", "line", "column", "value"),
    [
        ("Hải Hà,district,2018,SIPAS,90,percent,14,13,,,,,x", "2", "rank", "14"),
        ("Hải Hà,district,2018,SIPAS,100.5,percent,1,13,,,,,x", "2", "value", "100.5"),
        ("Hải Hà,district,2018,ICT,171,of 170,1,13,,,,,x", "2", "value", "171"),
        ("Hải Hà,district,2018,SIPAS,,percent,,13,,,,,x", "2", "value", "–"),
        ("Hải Hà,galaxy,2018,SIPAS,90,of many,1,13,,,,,x", "2", "level", "galaxy"),
        ("Hải Hà,district,3018,SIPAS,90,percent,1,13,,,,,x", "2", "year", "3018"),
        ("Hải Hà,district,2018,SIPAS,90,percent,1,13,fell,,,,x", "2", "change_value", "fell"),
        ("A,district,2018,SIPAS,90,percent,2,2,,,,,x\nB,district,2018,SIPAS,80,percent,1,2,,,,,x", "2", "rank", "2"),
        (
            "A,district,2018,SIPAS,90,percent,1,2,,,,,x\na,district,2018,Sipas,80,percent,2,2,,,,,x",
            "3",
            "index",
            "Sipas",
        ),
    ],
)
def test_a_faulty_file_is_named_and_nothing_of_it_is_kept(
    inside: Flask, tmp_path: Path, row: str, line: str, column: str, value: str
) -> None:
    file = tmp_path / "indices.csv"
    file.write_text(
        HEAD.replace("comparable", "comparable,status")
        + row
        + "\nBình Liêu,district,2018,SIPAS,91,percent,1,13,,,,,x\n"
    )
    with pytest.raises(FileFaulty) as caught:
        index_files.load(file)
    first = caught.value.faults[0]
    assert (str(first.line), first.column, first.value or "–") == (line, column, value)
    assert other_indices.names() == []

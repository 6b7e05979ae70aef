"""Codes that survive being typed by hand, and the tree of units."""

from __future__ import annotations

from datetime import date

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from sipas.catalogue import lookups, touchpoints
from sipas.catalogue.models import Unit
from sipas.core import codes
from sipas.core.codes import ALPHABET
from sipas.core.db import writing
from sipas.core.errors import NotFound
from sipas.core.languages import nfc, sort_key
from sipas.survey import surveys
from tests.conftest import COUNTER_1, EXIT_OF_PROVINCE

BODIES = st.text(alphabet=ALPHABET, min_size=7, max_size=7)


@given(BODIES, st.integers(0, 7), st.sampled_from(ALPHABET))
def test_every_single_wrong_character_is_found(body: str, place: int, wrong: str) -> None:
    code = body + codes.check_character(body)
    changed = code[:place] + wrong + code[place + 1 :]
    assert codes.is_code(code)
    assert codes.is_code(changed) == (changed == code)


@given(BODIES, st.integers(0, 6))
def test_every_swap_of_neighbours_is_found(body: str, place: int) -> None:
    code = body + codes.check_character(body)
    swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
    assert codes.is_code(swapped) == (swapped == code)


@given(st.text())
def test_any_text_is_a_code_or_not(text_: str) -> None:
    assert codes.is_code(codes.tidy_code(text_)) in (True, False)


def test_codes_have_no_look_alikes_and_are_random() -> None:
    made = {codes.new_code() for _ in range(500)}
    assert len(made) == 500
    assert all(codes.is_code(code) for code in made)
    assert not set("".join(made)) & set("01OILSU")


def test_a_code_is_found_however_it_is_typed(inside: Flask) -> None:
    for typed in (EXIT_OF_PROVINCE, EXIT_OF_PROVINCE.lower(), "e4xq hj49", "E4XQ-HJ49"):
        assert lookups.touchpoint(typed).code == EXIT_OF_PROVINCE


def test_an_unknown_code_is_not_found(inside: Flask) -> None:
    for typed in ("AAAAAAAA", "", "x" * 500, "é"):
        with pytest.raises(NotFound):
            lookups.touchpoint(typed)


def test_a_subtree_holds_the_unit_and_all_below_and_nothing_beside(inside: Flask) -> None:
    codes = {unit.code for unit in lookups.units_in(lookups.subtree(lookups.unit("bai-chay").id))}
    assert codes == {"bai-chay", "bai-chay-diem-2"}
    assert len(lookups.subtree(lookups.province().id)) == 59


def test_a_unit_outside_the_subtree_is_as_if_there_were_none(inside: Flask) -> None:
    root = lookups.unit("bai-chay").id
    assert lookups.within(root, "bai-chay-diem-2").code == "bai-chay-diem-2"
    for code in ("hong-gai", "quang-ninh", "nowhere"):
        with pytest.raises(NotFound):
            lookups.within(root, code)


def test_units_come_in_vietnamese_alphabetical_order(inside: Flask) -> None:
    names = [unit.name_vi for unit in lookups.units_in(lookups.subtree(lookups.province().id))]
    assert names == sorted(names, key=sort_key)
    assert names.index("Trung tâm Phục vụ hành chính công xã Đầm Hà") > names.index(
        "Trung tâm Phục vụ hành chính công xã Cái Chiên"
    )


def test_vietnamese_letters_have_their_dictionary_order() -> None:
    names = [
        "Đống Đa",
        "Zét",
        "Dân",
        "An",
        "Ân",
        "Ăn",
        "Hà",
        "Hạ",
        "Ha",
        "Hả",
        "Hã",
        "Há",
        "Hà Lầm",
        "Hạ Long",
    ]
    assert sorted(names, key=sort_key) == [
        "An", "Ăn", "Ân", "Dân", "Đống Đa", "Ha", "Hà", "Hả", "Hã", "Há", "Hạ", "Hà Lầm", "Hạ Long", "Zét",
    ]  # fmt: skip


@given(st.text())
def test_composed_and_taken_apart_names_sort_alike(name: str) -> None:
    import unicodedata

    assert sort_key(unicodedata.normalize("NFD", name)) == sort_key(nfc(name))


def test_a_closed_touchpoint_or_unit_takes_no_answers(inside: Flask) -> None:
    touchpoint = lookups.touchpoint(COUNTER_1)
    survey = surveys.survey(COUNTER_1, date(2026, 9, 1))
    touchpoints.close(touchpoint, date(2026, 9, 1))
    with pytest.raises(surveys.TouchpointClosed):
        surveys.survey(COUNTER_1, date(2026, 9, 1))
    with pytest.raises(surveys.TouchpointClosed):
        surveys.check_open(survey)
    touchpoints.reopen(touchpoint)
    surveys.check_open(survey)


@pytest.mark.parametrize(
    ("statement", "constraint"),
    [
        ("UPDATE touchpoint SET channel = 'fax'", "ck_touchpoint_channel_known"),
        ("UPDATE touchpoint SET code = lower(code)", "ck_touchpoint_code_shape"),
        ("UPDATE unit SET name_vi = '  '", "ck_unit_name_vi_length"),
        ("UPDATE unit SET level = 'village' WHERE level = 'centre'", "ck_unit_level_known"),
        ("UPDATE unit SET parent_id = NULL WHERE level = 'centre'", "ck_unit_province_is_root"),
        ("UPDATE unit SET parent_id = id WHERE level = 'centre'", "ck_unit_parent_is_another"),
        ("UPDATE service_field SET agency_id = 999999", "(?i)foreign key"),
    ],
)
def test_the_tables_refuse_what_cannot_be(inside: Flask, statement: str, constraint: str) -> None:
    with pytest.raises(IntegrityError, match=constraint), writing() as session:
        session.execute(text(statement))


def test_a_name_with_a_script_is_kept_as_text(inside: Flask) -> None:
    with writing() as session:
        session.get_one(Unit, lookups.unit("hong-gai").id).name_vi = "<script>alert(1)</script>"
    assert lookups.unit("hong-gai").name_vi == "<script>alert(1)</script>"

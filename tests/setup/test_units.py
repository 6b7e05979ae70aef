"""Units through time: nothing done by half, every answer where it was given, every count true."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from sipas.catalogue import lookups, unit_history
from sipas.catalogue.models import Touchpoint, Unit
from sipas.core import audit, codes, edit_conflicts
from sipas.core.db import db, writing
from sipas.core.languages import ascii_slug
from sipas.responses import recording, recount
from sipas.setup import unit_mergers, units
from sipas.setup.units import New, NotPossible
from sipas.survey import surveys
from tests.conftest import EXIT_OF_PROVINCE, draft, tally_of

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
TODAY = date(2026, 11, 21)
REFORM = date(2025, 7, 1)


def unit(code: str) -> Unit:
    return lookups.unit(code)


def new(name: str, below: str = "quang-ninh", **more: str | None) -> New:
    return New(name, unit(below).id, **more)  # type: ignore[arg-type]


def create(name: str, below: str = "quang-ninh", day: date | None = None, **more: str | None) -> Unit:
    return units.create(new(name, below, **more), day, TODAY)


def point(home: Unit, label: str = "Quầy 1") -> Touchpoint:
    """A survey point of a unit without a fixed field."""
    with writing() as session:
        made = Touchpoint(code=codes.new_code(), unit_id=home.id, label_vi=label, channel="qr", questionnaire="short")
        session.add(made)
    return made


def answer(code: str, day: date = TODAY, **scores: int | None) -> None:
    at = datetime(day.year, day.month, day.day, 3, tzinfo=UTC)
    recording.record(draft(code, "dat-dai", at, None, "", **scores), ZONE)


def answers(code: str) -> int:
    """How many answers a unit's reports of all years count."""
    counted = tally_of(code, "2020-01-01..2026-12-31")
    return sum(one.responses for one in counted.values())


def seen(one: Unit) -> str:
    return edit_conflicts.fingerprint(units.place_of(one))


def move(code: str, parent: str, since: date = TODAY) -> None:
    units.move(unit(code), unit(parent), since, seen(unit(code)), TODAY)


def names_seen(one: Unit) -> str:
    return edit_conflicts.fingerprint(edit_conflicts.values_of(one, units.NAMES))


def test_the_first_unit_is_the_province_and_there_is_no_second(inside: Flask) -> None:
    with pytest.raises(units.SecondProvince):
        units.create(New("Tỉnh Quảng Ninh mới", None), None, TODAY)
    made = create("Trung tâm Phục vụ hành chính công xã Đường Hoa Mới")
    assert (made.code, made.level) == ("duong-hoa-moi", "centre")
    assert create("Xã Đường Hoa Mới").code == "duong-hoa-moi-2"


@given(st.text(min_size=1, max_size=300))
def test_any_name_gives_a_code_that_the_table_takes(name: str) -> None:
    assert all(one.isascii() and (one.isalnum() or one == "-") for one in ascii_slug(name))


def test_a_code_or_official_code_that_another_has_is_refused(inside: Flask) -> None:
    count = db.session.scalar(select(func.count()).select_from(Unit))
    with pytest.raises(units.CodeTaken, match="hong-gai"):
        create("Hồng Gai", code="hong-gai")
    with pytest.raises(units.OfficialCodeTaken, match="22523053"):
        create("Cô Tô", official_code="22523053")
    with pytest.raises(units.OfficialCodeTaken, match="22523053"):
        units.give_official_code(
            unit("hong-gai"), "22523053", edit_conflicts.fingerprint({"official_code": unit("hong-gai").official_code})
        )
    assert db.session.scalar(select(func.count()).select_from(Unit)) == count


def test_a_new_name_holds_from_a_day_on_and_the_former_one_is_kept(inside: Flask) -> None:
    one = unit("hong-gai")
    before = one.name_vi
    units.rename(one, "Trung tâm A", None, date(2026, 3, 1), names_seen(one), TODAY)
    one = unit("hong-gai")
    units.rename(one, "Trung tâm B", None, date(2026, 5, 1), names_seen(one), TODAY)
    assert [(former.name_vi, former.until) for former in unit_history.former_names(one.id)] == [
        ("Trung tâm A", date(2026, 5, 1)),
        (before, date(2026, 3, 1)),
    ]
    assert unit("hong-gai").name_vi == "Trung tâm B"


def test_a_name_put_right_leaves_no_former_one(inside: Flask) -> None:
    one = unit("hong-gai")
    units.rename(one, "Trung tâm Hồng Gai", None, None, names_seen(one), TODAY)
    assert unit_history.former_names(one.id) == []


def test_what_is_taken_back_on_its_day_leaves_no_history(inside: Flask) -> None:
    one = unit("hong-gai")
    before = (one.name_vi, one.name_en)
    for names in (("Trung tâm A", None), ("Trung tâm B", None), before):
        units.rename(unit("hong-gai"), *names, TODAY, names_seen(unit("hong-gai")), TODAY)
    for parent in ("bai-chay", "ba-che", "quang-ninh"):
        move("hong-gai", parent)
    assert (unit_history.former_names(one.id), unit_history.former_parents(one.id)) == ([], [])


def test_the_same_new_name_sent_twice_is_one_renaming(inside: Flask) -> None:
    one = unit("hong-gai")
    saw = names_seen(one)
    for _ in range(2):
        units.rename(one, "Trung tâm A", None, TODAY, saw, TODAY)
    assert len(unit_history.former_names(one.id)) == 1


def test_of_two_administrators_the_second_is_told_and_nothing_is_lost(inside: Flask) -> None:
    one = unit("hong-gai")
    saw, saw_place = names_seen(one), seen(one)
    units.rename(one, "Trung tâm A", None, TODAY, saw, TODAY)
    with pytest.raises(edit_conflicts.ChangedMeanwhile) as caught:
        units.rename(one, "Trung tâm B", None, TODAY, saw, TODAY)
    assert caught.value.now["name_vi"] == "Trung tâm A"
    assert unit("hong-gai").name_vi == "Trung tâm A"
    assert len(unit_history.former_names(one.id)) == 1
    move("hong-gai", "bai-chay")
    with pytest.raises(edit_conflicts.ChangedMeanwhile):
        units.move(one, unit("ba-che"), TODAY, saw_place, TODAY)


def test_a_unit_moves_with_its_counts_and_its_former_place_is_known(inside: Flask) -> None:
    home = create("Nơi khác", "bai-chay", level="point")
    answer(point(home).code)
    answer(EXIT_OF_PROVINCE)
    assert (answers("bai-chay"), answers("ba-che"), answers("quang-ninh")) == (1, 0, 2)
    move(home.code, "ba-che", date(2026, 2, 1))
    assert (answers("bai-chay"), answers("ba-che"), answers("quang-ninh")) == (0, 1, 2)
    assert [(one.parent.code, one.until) for one in unit_history.former_parents(home.id)] == [
        ("bai-chay", date(2026, 2, 1))
    ]
    assert recount.differences() == []


REFUSED: list[tuple[Callable[[], object], type[NotPossible]]] = [
    (lambda: move("bai-chay", "bai-chay-diem-2"), units.Circular),
    (lambda: move("bai-chay", "bai-chay"), units.Circular),
    (lambda: move("quang-ninh", "bai-chay"), units.ProvinceStays),
    (lambda: move("hong-gai", "ba-che", date(2026, 11, 22)), units.DayAhead),
    (lambda: units.close(unit("quang-ninh"), TODAY, TODAY), units.ProvinceStays),
    (lambda: units.close(unit("hong-gai"), date(2027, 1, 1), TODAY), units.DayAhead),
    (lambda: create("X", day=date(2027, 1, 1)), units.DayAhead),
    (lambda: merge(["quang-ninh"], "hong-gai"), units.ProvinceStays),
    (lambda: merge(["hong-gai"], "quang-ninh"), units.ProvinceStays),
    (lambda: merge(["bai-chay"], "bai-chay-diem-2"), unit_mergers.IntoItsOwn),
    (lambda: merge(["bai-chay"], new("X", "bai-chay")), unit_mergers.IntoItsOwn),
    (lambda: merge(["bai-chay"], "bai-chay"), unit_mergers.NothingToMerge),
    (lambda: merge([], "bai-chay"), unit_mergers.NothingToMerge),
    (lambda: merge(["bai-chay"], new("X", code="hong-gai")), units.CodeTaken),
    (lambda: merge(["bai-chay"], "hong-gai", date(2027, 1, 1)), units.DayAhead),
    (lambda: split("bai-chay", ["hong-gai"]), unit_mergers.TooFewSuccessors),
    (lambda: split("bai-chay", ["hong-gai", "hong-gai"]), unit_mergers.SuccessorTwice),
    (lambda: split("bai-chay", ["hong-gai", "bai-chay"]), unit_mergers.SuccessorTwice),
    (lambda: split("bai-chay", ["hong-gai", "ba-che"]), unit_mergers.PointWithoutSuccessor),
    (lambda: split("quang-ninh", ["hong-gai", "ba-che"]), units.ProvinceStays),
]


def merge(gone: list[str], heir: str | New, day: date = TODAY) -> Unit:
    into = unit(heir).id if isinstance(heir, str) else heir
    return unit_mergers.merge([unit(code).id for code in gone], into, day, TODAY)


def split(code: str, heirs: Sequence[str | New], to: int | None = None, goes_on: bool = False) -> list[Unit]:
    """Split a unit and give all its survey points to the successor at a place."""
    one = unit(code)
    into = [unit(heir).id if isinstance(heir, str) else heir for heir in heirs]
    given = {each.id: to for each in unit_mergers.points_to_give(one, goes_on)}
    return unit_mergers.split(one, into, given, goes_on, TODAY, TODAY)


@pytest.mark.parametrize(("attempt", "why"), REFUSED, ids=lambda one: getattr(one, "__name__", ""))
def test_what_the_tree_does_not_allow_is_refused_and_leaves_nothing(
    inside: Flask, attempt: Callable[[], object], why: type[NotPossible]
) -> None:
    before = _everything()
    with pytest.raises(why):
        attempt()
    db.session.rollback()
    assert _everything() == before


def _everything() -> list[tuple[object, ...]]:
    tables = (
        Unit,
        Touchpoint,
        unit_history.Succession,
        unit_history.FormerName,
        unit_history.FormerParent,
        audit.AuditEntry,
    )
    found = (db.session.execute(select(model.__table__)) for model in tables)
    return [tuple(row) for rows in found for row in sorted(map(tuple, rows), key=str)]


def test_a_closed_parent_takes_nothing_in(inside: Flask) -> None:
    units.close(unit("bai-chay"), TODAY, TODAY)
    assert unit("bai-chay-diem-2").closed_on == TODAY
    for attempt in (
        lambda: create("X", "bai-chay", level="point"),
        lambda: move("hong-gai", "bai-chay"),
        lambda: units.reopen(unit("bai-chay-diem-2")),
    ):
        with pytest.raises(units.ParentClosed):
            attempt()
    for attempt in (lambda: merge(["hong-gai"], "bai-chay"), lambda: merge(["bai-chay"], "hong-gai")):
        with pytest.raises(units.ClosedAlready):
            attempt()


def test_a_closed_unit_takes_no_answers_until_it_is_opened_again_with_what_closed_with_it(inside: Flask) -> None:
    code = lookups.touchpoints_of([unit("bai-chay").id])[0].code
    units.close(unit("bai-chay"), TODAY, TODAY)
    with pytest.raises(surveys.TouchpointClosed):
        surveys.survey(code, TODAY)
    units.reopen(unit("bai-chay"))
    assert surveys.survey(code, TODAY).unit.code == "bai-chay"
    assert unit("bai-chay-diem-2").closed_on is None


def test_a_day_before_a_unit_began_is_refused(inside: Flask) -> None:
    made = create("Mới", day=date(2026, 5, 1))
    for attempt in (
        lambda: units.close(made, date(2026, 4, 30), TODAY),
        lambda: merge([made.code], "hong-gai", date(2026, 4, 30)),
        lambda: merge(["hong-gai"], made.code, date(2026, 4, 30)),
    ):
        with pytest.raises(units.DayTooEarly) as caught:
            attempt()
        assert caught.value.earliest == date(2026, 5, 1)


def test_hai_ha_became_four_and_every_answer_stays_where_it_was_given(inside: Flask) -> None:
    """On 2025-07-01 the district of Hải Hà became Quảng Hà, Đường Hoa, Quảng Đức and Cái Chiên."""
    district = create("Huyện Hải Hà", day=date(2020, 1, 1))
    counters = [point(district, label) for label in ("Lối ra", "Quầy 1", "Quầy 2", "Quầy 3")]
    for counter in counters:
        answer(counter.code, date(2025, 6, 30), overall=2)
    heirs = ["quang-ha", "duong-hoa", "quang-duc", "cai-chien"]
    given = {counter.id: place for place, counter in enumerate(counters)}
    unit_mergers.split(district, [unit(code).id for code in heirs], given, False, REFORM, TODAY)
    for counter in counters[:3]:
        answer(counter.code, date(2025, 7, 2))
    assert answers("hai-ha") == 4
    assert [answers(code) for code in heirs] == [1, 1, 1, 0]
    assert unit("hai-ha").closed_on == REFORM
    assert [one.successor.code for one in unit_history.successors(district.id)] == sorted(
        heirs, key=lambda code: unit(code).id
    )
    assert [one.predecessor.code for one in unit_history.predecessors(unit("quang-ha").id)] == ["hai-ha"]
    labels = {one.label_vi for one in lookups.touchpoints_of([unit("quang-ha").id])}
    assert labels >= {"Lối ra", "Lối ra – Huyện Hải Hà"}, "a label that was taken"
    assert recount.differences() == []
    with pytest.raises(units.TakenOver):
        units.reopen(unit("hai-ha"))


def test_posters_of_merged_units_work_and_count_for_the_successor(inside: Flask) -> None:
    posters = lookups.touchpoints_of(lookups.subtree(unit("bai-chay").id))
    answer(posters[0].code)
    before = answers("bai-chay")
    made = merge(["bai-chay", "hong-gai"], new("Trung tâm Phục vụ hành chính công phường Hạ Long Mới"))
    assert (made.code, made.opened_on) == ("ha-long-moi", TODAY)
    for poster in posters:
        assert surveys.survey(poster.code, TODAY).unit.code == "ha-long-moi"
        answer(poster.code)
    assert answers("ha-long-moi") == len(posters)
    assert answers("bai-chay") == before
    assert {unit(code).closed_on for code in ("bai-chay", "bai-chay-diem-2", "hong-gai")} == {TODAY}
    assert recount.differences() == []
    entry = db.session.scalars(select(audit.AuditEntry).where(audit.AuditEntry.act == "unit.merged")).one()
    assert sorted(entry.changes[0][2]) == ["bai-chay", "hong-gai"]


def test_labels_of_any_length_stay_within_what_labels_may_have(inside: Flask) -> None:
    long = "Quầy tiếp nhận " + "số " * 34
    homes = [create(f"Nhà {number} " + "dài " * 60) for number in range(3)]
    for home in homes:
        point(home, long.strip())
    merge([home.code for home in homes[:2]], homes[2].code)
    labels = [one.label_vi for one in lookups.touchpoints_of([homes[2].id])]
    assert len(set(labels)) == 3
    assert max(map(len, labels)) <= unit_mergers.LABEL_LENGTH


def test_a_unit_that_goes_on_keeps_the_rest(inside: Flask) -> None:
    one = unit("hong-gai")
    points = lookups.touchpoints_of([one.id])
    given = {points[0].id: 0} | {each.id: None for each in points[1:]}
    unit_mergers.split(one, [new("Hồng Gai Đông")], given, True, TODAY, TODAY)
    assert unit("hong-gai").closed_on is None
    assert lookups.touchpoint(points[0].code).unit.code == "hong-gai-dong"
    assert len(lookups.touchpoints_of([one.id])) == len(points) - 1


def test_a_chain_can_be_followed_over_generations(inside: Flask) -> None:
    merge(["hong-gai"], new("Một"))
    merge(["mot"], new("Hai"))
    merge(["hai", "bai-chay"], new("Ba"))
    back, here = [], unit("ba")
    while before := unit_history.predecessors(here.id):
        here = before[-1].predecessor if before[-1].predecessor.code != "bai-chay" else before[0].predecessor
        back.append(here.code)
    assert back == ["hai", "mot", "hong-gai"]
    assert {one.predecessor.code for one in unit_history.predecessors(unit("ba").id)} == {"hai", "bai-chay"}


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["create", "move", "merge", "split", "close", "reopen", "record", "record"]),
        st.integers(0, 50),
        st.integers(0, 50),
        st.integers(1, 5),
    ),
    min_size=4,
    max_size=14,
)


def test_a_point_may_get_a_label_that_another_still_has_where_it_came_from(inside: Flask) -> None:
    old, home = create("Xã cũ"), create("Xã mới")
    point(home)
    point(old)
    point(old, "Quầy 1 – Xã cũ")
    merge([old.code], home.code)
    labels = [one.label_vi for one in lookups.touchpoints_of([home.id])]
    assert len(set(labels)) == len(labels) == 3


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
def test_after_any_history_the_counts_are_those_of_the_responses(
    inside: Flask, steps: list[tuple[str, int, int, int]]
) -> None:
    """On both databases; what is refused changes nothing, and no answer is ever lost from the province."""
    before = answers("quang-ninh")
    for step, one, other, score in steps:
        listed = _some_units()
        try:
            before += _take(step, listed[one % len(listed)], listed[other % len(listed)], score)
        except (NotPossible, surveys.TouchpointClosed):
            db.session.rollback()
    assert recount.differences() == []
    assert answers("quang-ninh") == before
    for each in _some_units():
        assert "quang-ninh" in {above.code for above in lookups.units_in(lookups.above([each.id])[each.id])}


def _some_units() -> list[Unit]:
    """A few of the sample's units and all that were made since."""
    few = ["trung-tam-tinh", "hong-gai", "bai-chay", "bai-chay-diem-2", "ba-che", "van-don", "van-don-diem-2"]
    made = db.session.scalars(select(Unit.code).where(Unit.code.startswith("lan-"))).all()
    return [unit(code) for code in (*few, *made)]


def _take(step: str, one: Unit, other: Unit, score: int) -> int:
    """Take one step of a history; how many answers it recorded."""
    if step == "create":
        point(create("Lần tạo", one.code, level="point"))
    elif step == "move":
        move(one.code, other.code)
    elif step == "merge":
        merge([one.code, other.code], other.code if score > 3 else new("Lần gộp"))
    elif step == "split":
        heirs: list[unit_mergers.Heir] = [New("Lần tách", one.parent_id), other.id]
        given = {each.id: place % 2 for place, each in enumerate(unit_mergers.points_to_give(one, score > 3))}
        unit_mergers.split(one, heirs, given, score > 3, TODAY, TODAY)
    elif step == "close":
        units.close(one, TODAY, TODAY)
    elif step == "reopen":
        units.reopen(one)
    return _recorded(one, score) if step == "record" else 0


def _recorded(one: Unit, score: int) -> int:
    found = [each for each in lookups.touchpoints_of([one.id]) if each.field_id is None]
    for each in found[:1]:
        answer(each.code, date(2026, score * 2, 9), overall=score, access=score)
    return len(found[:1])

"""History across mergers: what a unit's trend counts as it was, and in today's borders."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime
from itertools import count
from typing import Literal
from zoneinfo import ZoneInfo

from flask import Flask
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from sipas.catalogue import lookups, touchpoints
from sipas.catalogue.models import Touchpoint
from sipas.core import edit_conflicts
from sipas.downloads import report_columns
from sipas.numbers import periods
from sipas.reporting import trends, unit_borders
from sipas.reporting.reports import ReportRequest
from sipas.reporting.trends import Trend
from sipas.reporting.unit_borders import BORDERS, Borders
from sipas.responses import recording, recount, tally_reads
from sipas.responses.tally_reads import TallyRequest
from sipas.setup import unit_mergers
from sipas.setup.units import New
from tests.conftest import draft

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
LAST = date(2026, 12, 31)
MERGED = date(2026, 9, 10)


def points_of(code: str) -> list[Touchpoint]:
    return [one for one in lookups.touchpoints_of([lookups.unit(code).id]) if one.field_id is None]


def give(point: Touchpoint, number: int, month: int, overall: int = 5) -> None:
    """So many answers through a point in a month."""
    at = datetime(2026, month, 2, 3, tzinfo=UTC)
    for _ in range(number):
        recording.record(draft(point.code, "dat-dai", at, overall=overall), ZONE)


def trend(code: str, reading: Borders = "then") -> Trend:
    return trends.trend(ReportRequest(lookups.unit(code), periods.parse("2026")), LAST, "month", reading)


def counted(found: Trend) -> dict[int, int]:
    return {point.period.start.month: point.responses for point in found.points if point.responses}


def merge(gone: Sequence[str], heir: int | New) -> str:
    return unit_mergers.merge([lookups.unit(one).id for one in gone], heir, MERGED, MERGED).code


def move(point: Touchpoint, code: str, label: str) -> None:
    seen = edit_conflicts.fingerprint(edit_conflicts.values_of(point, touchpoints.MOVED))
    touchpoints.move(point, lookups.unit(code), label, None, seen)


def test_a_unit_without_a_history_has_one_reading(inside: Flask) -> None:
    give(points_of("ba-che")[0], 2, 3)
    for reading in BORDERS:
        found = trend("ba-che", reading)
        assert (found.borders, found.other_borders, counted(found)) == ("then", None, {3: 2})


def test_a_unit_that_takes_another_in_is_counted_alone_as_it_was_and_with_it_in_todays_borders(inside: Flask) -> None:
    home, gone = points_of("hong-gai")[0], points_of("bai-chay")[0]
    give(home, 3, 3)
    give(gone, 5, 4, overall=1)
    merge(["bai-chay"], lookups.unit("hong-gai").id)
    give(gone, 2, 11)
    then, today = trend("hong-gai"), trend("hong-gai", "today")
    assert (counted(then), then.other_borders) == ({3: 3, 11: 2}, "today")
    assert (counted(today), today.other_borders) == ({3: 3, 4: 5, 11: 2}, "then")
    assert [one.satisfaction.value for one in today.points if one.satisfaction] == [0]
    (before,), (after,) = then.breaks, today.breaks
    assert (before.day, before.subject.code, before.parts) == (MERGED, "bai-chay", True)
    assert not after.parts
    assert (counted(trend("bai-chay")), trend("bai-chay").other_borders) == ({4: 5}, None)


def test_a_unit_that_was_founded_by_a_merger_follows_all_who_went_into_it(inside: Flask) -> None:
    give(points_of("hong-gai")[0], 3, 3)
    give(points_of("bai-chay")[0], 4, 3)
    province = lookups.province().id
    new = merge(["hong-gai", "bai-chay"], New("Phường Mới", province))
    found = trend(new)
    assert (counted(found), found.other_borders) == ({3: 7}, None)
    assert {one.code for one in found.follows} == {"hong-gai", "bai-chay"}
    (one,) = found.breaks
    assert (set(one.subjects), one.sense) == (set(found.follows), "followed")
    newest = merge([new], New("Phường Mới hơn", province))
    assert counted(trend(newest)) == {3: 7}
    assert len(trend(newest).follows) == 3


def test_after_a_split_each_part_follows_the_whole_as_it_was_and_its_own_points_in_todays_borders(
    inside: Flask,
) -> None:
    whole, province = lookups.unit("hong-gai"), lookups.province().id
    first, second = points_of("hong-gai")[:2]
    give(first, 3, 3)
    give(second, 4, 3)
    given_to = {point.id: int(point.id != first.id) for point in lookups.touchpoints_of([whole.id])}
    heirs = [New("Phường Một", province, code="mot"), New("Phường Hai", province, code="hai")]
    unit_mergers.split(whole, heirs, given_to, goes_on=False, day=MERGED, today=MERGED)
    give(first, 1, 11)
    assert (counted(trend("mot")), counted(trend("hai"))) == ({3: 7, 11: 1}, {3: 7})
    assert (counted(trend("mot", "today")), counted(trend("hai", "today"))) == ({3: 3, 11: 1}, {3: 4})
    assert counted(trend("hong-gai")) == {3: 7}


def test_parts_that_come_together_again_follow_the_whole_once(inside: Flask) -> None:
    whole, province = lookups.unit("hong-gai"), lookups.province().id
    point = points_of("hong-gai")[0]
    give(point, 3, 3)
    heirs = [New("Phường Một", province, code="mot"), New("Phường Hai", province, code="hai")]
    given_to = {one.id: number % 2 for number, one in enumerate(lookups.touchpoints_of([whole.id]))}
    unit_mergers.split(whole, heirs, given_to, goes_on=False, day=MERGED, today=MERGED)
    again = merge(["mot", "hai"], New("Phường Lại", province))
    assert counted(trend(again)) == {3: 3}


def test_a_point_that_was_moved_brings_its_past_along_in_todays_borders_alone(inside: Flask) -> None:
    first, second = points_of("hong-gai")[:2]
    give(first, 3, 3)
    give(second, 4, 3)
    move(first, "bai-chay", "Quầy đã chuyển")
    give(first, 1, 11)
    assert (counted(trend("hong-gai")), counted(trend("bai-chay"))) == ({3: 7}, {11: 1})
    assert counted(trend("hong-gai", "today")) == {3: 4}
    assert counted(trend("bai-chay", "today")) == {3: 3, 11: 1}
    assert trend("quang-ninh", "today").other_borders is None
    only = ReportRequest(lookups.unit("bai-chay"), periods.parse("2026"), touchpoint=lookups.touchpoint(first.code))
    assert counted(trends.trend(only, LAST, "month", "today")) == {3: 3, 11: 1}
    move(lookups.touchpoint(first.code), "hong-gai", "Quầy trở về")
    assert counted(trend("hong-gai", "today")) == {3: 7, 11: 1}


def test_files_say_in_which_borders_the_trend_is_counted(inside: Flask) -> None:
    first = points_of("hong-gai")[0]
    give(first, 3, 3)
    move(first, "bai-chay", "Quầy đã chuyển")
    for reading in BORDERS:
        rows = report_columns.objects(report_columns.of_trend(trend("bai-chay", reading)))
        assert {row["borders"] for row in rows} == {reading}


changes = st.lists(
    st.tuples(st.sampled_from(["merge", "found", "split", "move", "give"]), st.integers(0, 30), st.integers(0, 30)),
    min_size=2,
    max_size=9,
)


@hypothesis_settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes, st.sampled_from(["day", "week", "month"]))
def test_in_todays_borders_the_units_share_all_responses_each_counted_once(
    inside: Flask, listed: list[tuple[str, int, int]], step: Literal["day", "week", "month"]
) -> None:
    for number, (kind, one, other) in enumerate(listed):
        change(kind, one, other, number)
    province, last = lookups.province(), periods.parse("2026-01-15..2026-12-20")
    whole = tally_reads.by_start(TallyRequest(province.id, last), step)
    shared: Counter[date] = Counter()
    for unit in lookups.units_in(lookups.subtree(province.id)):
        if unit.parent_id == province.id:
            found = unit_borders.in_todays(unit_borders.moved(unit), TallyRequest(unit.id, last), step)
            shared += Counter({day: responses for day, (responses, _) in found.items()})
    assert shared == {day: responses for day, (responses, _) in whole.items()}
    assert recount.differences() == []


_numbers = count()


def still(unit_id: int) -> bool:
    """Whether points hang in a unit."""
    return bool(lookups.touchpoints_of([unit_id]))


def change(kind: str, one: int, other: int, number: int) -> None:
    """Merge, found, split or move among the open units with points, or answer there."""
    open_units = [unit for unit in lookups.units_in(lookups.subtree(lookups.province().id)) if not unit.closed_on]
    able = [unit for unit in open_units if unit.parent_id and still(unit.id)]
    unit, heir = able[one % len(able)], able[other % len(able)]
    points = lookups.touchpoints_of([unit.id])
    point = points[other % len(points)]
    province = lookups.province().id
    if kind == "give":
        give(point, 1 + other % 3, 1 + one % 12)
    elif kind == "move" and heir != unit:
        move(point, heir.code, f"Quầy thử {next(_numbers)}")
    elif kind == "merge" and heir != unit:
        merge([unit.code], heir.id)
    elif kind == "found":
        merge([unit.code], New(f"Mới {number}", province))
    elif kind == "split":
        heirs = [New(f"Một {number}", province), New(f"Hai {number}", province)]
        points_given = unit_mergers.points_to_give(unit, goes_on=False)
        given_to = {point.id: place % 2 for place, point in enumerate(points_given)}
        unit_mergers.split(unit, heirs, given_to, goes_on=False, day=MERGED, today=MERGED)

"""Points are hung, relabelled, closed and moved; their codes stay, and who did it is noted."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from time import sleep

import pytest
from flask import Flask
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from sipas.catalogue import lookups, touchpoints
from sipas.catalogue.models import Touchpoint, Unit
from sipas.catalogue.touchpoints import LabelTaken, NewTouchpoint, UnitClosed
from sipas.core import audit, codes, edit_conflicts
from sipas.core.db import writing
from sipas.numbers.periods import parse
from sipas.reporting import reports
from sipas.responses import recording, recount
from sipas.setup import unit_mergers
from sipas.survey import scans, surveys, traffic
from tests.conftest import COUNTER_1, draft

TODAY = date(2026, 9, 14)
LABELS = st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=12)


def labels(unit: str) -> list[str]:
    return [one.label_vi for one in lookups.touchpoints_of([lookups.unit(unit).id])]


def seen(point: Touchpoint) -> str:
    return edit_conflicts.fingerprint(edit_conflicts.values_of(point, touchpoints.EDITED))


def stands(point: Touchpoint) -> str:
    return edit_conflicts.fingerprint(edit_conflicts.values_of(point, touchpoints.MOVED))


def counted(unit: str) -> int:
    found = reports.report(reports.ReportRequest(lookups.unit(unit), parse("2026-09")), date(2026, 12, 1))
    return found.total.responses


def test_a_hung_point_takes_answers_from_its_first_day_on(inside: Flask) -> None:
    with audit.acting("manager@test.example"):
        (point,) = touchpoints.hang(lookups.unit("hong-gai"), [NewTouchpoint("qr", "Quầy 99", "Counter 99")], TODAY)
    assert codes.is_code(point.code)
    assert point.opened_on == TODAY
    assert surveys.survey(point.code, TODAY).unit.code == "hong-gai"
    (entry,) = touchpoints.history(point.code)
    assert (entry.actor, entry.act, entry.unit_id) == ("manager@test.example", "touchpoint.added", point.unit_id)


def test_a_set_is_hung_whole_or_not_at_all(inside: Flask) -> None:
    unit = lookups.unit("hong-gai")
    before = labels("hong-gai")
    wanted = [NewTouchpoint("qr", "Quầy 98"), NewTouchpoint("qr", "Quầy 97"), NewTouchpoint("receipt", "Quầy 98")]
    touchpoints.hang(unit, wanted, TODAY)
    with pytest.raises(LabelTaken) as caught:
        touchpoints.hang(unit, [NewTouchpoint("qr", "Quầy 96"), NewTouchpoint("qr", "Quầy 97")], TODAY)
    assert caught.value.labels == ("Quầy 97",)
    with pytest.raises(LabelTaken, match="Quầy 95"):
        touchpoints.hang(unit, [NewTouchpoint("qr", "Quầy 95"), NewTouchpoint("qr", "Quầy 95")], TODAY)
    assert sorted(labels("hong-gai")) == sorted([*before, "Quầy 98", "Quầy 97", "Quầy 98"])


@hypothesis_settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(LABELS, max_size=6))
def test_any_labels_are_hung_once_each_or_not_at_all(inside: Flask, wanted: list[str]) -> None:
    unit = lookups.unit("ba-che")
    before = labels("ba-che")
    free = len(set(wanted)) == len(wanted) and not set(wanted) & set(before)
    try:
        made = touchpoints.hang(unit, [NewTouchpoint("qr", label) for label in wanted], TODAY)
    except LabelTaken:
        assert not free
        assert labels("ba-che") == before
    else:
        assert free
        assert sorted(labels("ba-che")) == sorted([*before, *wanted])
        assert len({one.code for one in made}) == len(made)


def test_what_is_changed_keeps_its_code_and_is_noted(inside: Flask) -> None:
    point = lookups.touchpoint(COUNTER_1)
    values = {"label_vi": "Quầy 1", "label_en": None, "field_id": None, "questionnaire": "short"}
    touchpoints.change(point, values, seen(point))
    found = lookups.touchpoint(COUNTER_1)
    assert (found.label_vi, found.label_en, found.field) == ("Quầy 1", None, None)
    assert {name for name, *_ in touchpoints.history(COUNTER_1)[0].changes} == {"label_vi", "label_en", "field_id"}


def test_two_who_edit_one_point_do_not_lose_each_other(inside: Flask) -> None:
    point = lookups.touchpoint(COUNTER_1)
    first = seen(point)
    values = edit_conflicts.values_of(point, touchpoints.EDITED)
    touchpoints.change(point, values | {"label_vi": "Quầy A"}, first)
    with pytest.raises(edit_conflicts.ChangedMeanwhile):
        touchpoints.change(lookups.touchpoint(COUNTER_1), values | {"label_vi": "Quầy B"}, first)
    assert lookups.touchpoint(COUNTER_1).label_vi == "Quầy A"


def test_no_two_points_of_a_unit_get_one_label(inside: Flask) -> None:
    point = lookups.touchpoint(COUNTER_1)
    values = edit_conflicts.values_of(point, touchpoints.EDITED)
    with pytest.raises(LabelTaken):
        touchpoints.change(point, values | {"label_vi": "Lối ra"}, seen(point))
    assert lookups.touchpoint(COUNTER_1).label_vi == values["label_vi"]


def test_a_moved_point_counts_in_its_new_unit_from_then_on(inside: Flask) -> None:
    zone = inside.config["SIPAS"].zone
    recording.record_many([draft(COUNTER_1) for _ in range(3)], zone)
    point = lookups.touchpoint(COUNTER_1)
    touchpoints.move(point, lookups.unit("hong-gai"), "Quầy 99", None, stands(point))
    recording.record_many([draft(COUNTER_1) for _ in range(2)], zone)
    assert (counted("trung-tam-tinh"), counted("hong-gai")) == (3, 2)
    assert not recount.differences(mend=False)


def test_nothing_is_moved_onto_a_label_or_into_a_closed_unit(inside: Flask) -> None:
    point, there = lookups.touchpoint(COUNTER_1), lookups.unit("hong-gai")
    with pytest.raises(LabelTaken):
        touchpoints.move(point, there, "Lối ra", "Exit", stands(point))
    with writing() as session:
        session.get_one(Unit, there.id).closed_on = TODAY
    with pytest.raises(UnitClosed):
        touchpoints.move(point, lookups.unit("hong-gai"), "Quầy 99", None, stands(point))
    with pytest.raises(UnitClosed):
        touchpoints.hang(lookups.unit("hong-gai"), [NewTouchpoint("qr", "Quầy 77")], TODAY)
    assert lookups.touchpoint(COUNTER_1).unit.code == "trung-tam-tinh"


def test_a_point_closed_twice_keeps_its_first_day(inside: Flask) -> None:
    touchpoints.close(lookups.touchpoint(COUNTER_1), TODAY)
    touchpoints.close(lookups.touchpoint(COUNTER_1), TODAY + timedelta(days=3))
    assert lookups.touchpoint(COUNTER_1).closed_on == TODAY
    touchpoints.reopen(lookups.touchpoint(COUNTER_1))
    assert lookups.touchpoint(COUNTER_1).closed_on is None


@pytest.mark.parametrize(
    ("opened", "scanned", "answered", "closed", "is_silent"),
    [
        (None, None, None, False, True),
        (TODAY - timedelta(days=30), None, None, False, True),
        (TODAY - timedelta(days=29), None, None, False, False),
        (None, TODAY - timedelta(days=29), None, False, False),
        (None, TODAY - timedelta(days=30), None, False, True),
        (None, None, TODAY, False, False),
        (None, None, TODAY - timedelta(days=30), False, True),
        (None, None, None, True, False),
    ],
)
def test_silent_is_what_hangs_for_thirty_days_and_brought_nothing_in_them(
    inside: Flask, opened: date | None, scanned: date | None, answered: date | None, closed: bool, is_silent: bool
) -> None:
    point = lookups.touchpoint(COUNTER_1)
    if scanned:
        scans.waiting(inside).count(point.id, scanned)
        scans.waiting(inside).write_down()
    if answered:
        at = datetime(answered.year, answered.month, answered.day, 3, tzinfo=UTC)
        recording.record_many([draft(COUNTER_1, at=at)], inside.config["SIPAS"].zone)
    with writing() as session:
        row = session.get_one(Touchpoint, point.id)
        row.opened_on, row.closed_on = opened, TODAY if closed else None
    point = lookups.touchpoint(COUNTER_1)
    assert (traffic.silent([point], TODAY) == [point]) == is_silent
    days = traffic.by_day(point, TODAY)
    recent = [day for day in (scanned, answered) if day and day > TODAY - timedelta(days=30)]
    assert [one.day for one in days] == recent
    found = traffic.brought([point], TODAY)[point.id]
    assert (found.scans, found.last_scan) == (1 if scanned else 0, scanned)
    assert traffic.responses_ever(point) == (1 if answered else 0)


def test_who_moves_a_point_that_another_moved_meanwhile_is_told(inside: Flask) -> None:
    point = lookups.touchpoint(COUNTER_1)
    before = stands(point)
    touchpoints.move(point, lookups.unit("hong-gai"), "Quầy 99", None, before)
    with pytest.raises(edit_conflicts.ChangedMeanwhile):
        touchpoints.move(lookups.touchpoint(COUNTER_1), lookups.unit("bai-chay"), "Quầy 98", None, before)
    assert lookups.touchpoint(COUNTER_1).unit.code == "hong-gai"


@pytest.mark.parametrize("code", ["hong-gai", "bai-chay", "ha-tu", "cao-xanh"])
def test_no_point_is_left_behind_that_is_hung_while_its_unit_ends(app: Flask, code: str) -> None:
    def hang_until_it_ends() -> int:
        with app.app_context():
            for number in range(10_000):
                try:
                    touchpoints.hang(lookups.unit(code), [NewTouchpoint("qr", f"Quầy {code} {number}")], TODAY)
                except UnitClosed:
                    return number
        raise AssertionError(code)

    with ThreadPoolExecutor() as beside:
        hung = beside.submit(hang_until_it_ends)
        with app.app_context():
            sleep(0.2)
            unit_mergers.merge([lookups.unit(code).id], lookups.unit("tuan-chau").id, TODAY, TODAY)
        assert hung.result() > 0
    with app.app_context():
        assert not lookups.touchpoints_of([lookups.unit(code).id])

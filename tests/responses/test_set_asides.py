"""Set-asides: doubtful responses do not count, and can be made to count again."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from sipas.catalogue import lookups
from sipas.core import audit
from sipas.core.audit import AuditSearch
from sipas.core.db import db
from sipas.numbers import periods
from sipas.reporting import reports
from sipas.reporting.reports import Report, ReportRequest
from sipas.responses import recording, recount, set_asides
from sipas.responses.set_asides import AlreadyLifted, NothingFound, Selection
from tests.conftest import COUNTER_1, EXIT_OF_PROVINCE, draft

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
NINE = datetime(2026, 9, 14, 2, tzinfo=UTC)
REASON = "Two hundred answers within an hour from one counter"


def ask(unit: str = "quang-ninh") -> Report:
    return reports.report(ReportRequest(lookups.unit(unit), periods.parse("2026-09")), date(2026, 12, 1))


def give(number: int, at: datetime = NINE, code: str = EXIT_OF_PROVINCE, **scores: int | None) -> list[str]:
    return [recording.record(draft(code, "dat-dai", at, None, "", **scores), ZONE).receipt for _ in range(number)]


def hour(unit: str = "quang-ninh", at: datetime = NINE, code: str | None = None) -> Selection:
    touchpoint = lookups.touchpoint(code).id if code else None
    return Selection(lookups.unit(unit).id, at, at + timedelta(hours=1), touchpoint)


def test_what_is_set_aside_counts_no_more_and_both_figures_are_shown(inside: Flask) -> None:
    give(6, NINE - timedelta(hours=3), overall=1)
    give(10, access=5)
    set_asides.begin(hour(), REASON)
    found = ask()
    assert (found.total.responses, found.total.tally.satisfied) == (6, 0)
    assert found.aside
    assert found.aside.responses == 10
    assert found.aside.satisfaction
    assert found.aside.satisfaction.value == 10 / 16
    assert recount.differences() == []


def test_a_set_aside_that_is_lifted_leaves_everything_as_it_was(inside: Flask) -> None:
    give(7, overall=2, staff=1)
    before = ask()
    held = set_asides.begin(hour(), REASON)
    assert ask().total.responses == 0
    set_asides.lift(held.id, "They came from a school class")
    assert ask() == before
    assert recount.differences() == []
    with pytest.raises(AlreadyLifted):
        set_asides.lift(held.id, "again")


def test_what_two_set_asides_hold_counts_only_when_both_are_lifted(inside: Flask) -> None:
    receipt, *_ = give(3)
    one = set_asides.begin(Selection(lookups.unit("quang-ninh").id, receipt=receipt), REASON)
    other = set_asides.begin(hour(), REASON)
    assert (one.responses, other.responses) == (1, 2)
    set_asides.lift(one.id, "a mistake")
    assert ask().total.responses == 1
    set_asides.lift(other.id, "a mistake")
    assert ask().total.responses == 3
    assert recount.differences() == []


def test_only_the_chosen_touchpoint_time_and_subtree_are_caught(inside: Flask) -> None:
    give(2)
    give(3, code=COUNTER_1)
    give(4, NINE + timedelta(hours=1))
    assert len(set_asides.found(hour())) == 5
    assert len(set_asides.found(hour(code=COUNTER_1))) == 3
    assert set_asides.found(hour("hong-gai")) == []
    with pytest.raises(NothingFound):
        set_asides.begin(hour("hong-gai"), REASON)


def test_who_set_aside_and_why_is_audited(inside: Flask) -> None:
    give(1)
    with audit.acting("auditor@example.vn"):
        held = set_asides.begin(hour(), REASON)
        set_asides.lift(held.id, "They were real")
    lifted, begun = list(audit.found(AuditSearch(), 2))
    assert (begun.act, begun.actor, lifted.act) == ("set-aside.added", "auditor@example.vn", "set-aside.changed")
    assert ("reason", None, REASON) in begun.changes
    assert ("lift_reason", None, "They were real") in lifted.changes


@hypothesis_settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.sampled_from([EXIT_OF_PROVINCE, COUNTER_1]), st.integers(0, 3)), max_size=8),
    st.lists(st.tuples(st.booleans(), st.integers(0, 3)), min_size=1, max_size=5),
)
def test_after_any_order_of_setting_aside_and_lifting_a_recount_finds_no_difference(
    inside: Flask, rows: list[tuple[str, int]], acts: list[tuple[bool, int]]
) -> None:
    for code, later in rows:
        give(1, NINE + timedelta(hours=later), code, overall=1 + later, access=None if later else 4)
    for lifts, number in acts:
        at = NINE + timedelta(hours=number)
        held = [one.id for one in set_asides.listed(lookups.subtree(lookups.province().id)) if not one.lifted_at]
        if lifts and held:
            set_asides.lift(held[number % len(held)], "lifted")
        elif set_asides.found(hour(at=at)):
            set_asides.begin(hour(at=at), REASON)
    assert recount.differences() == []


def test_of_two_who_set_the_same_aside_at_once_one_finds_nothing(inside: Flask) -> None:
    give(300)
    outcomes: list[str] = []

    def begin() -> None:
        with inside.app_context():
            try:
                outcomes.append(str(set_asides.begin(hour(), REASON).responses))
            except NothingFound:
                outcomes.append("nothing")

    both = [threading.Thread(target=begin) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert sorted(outcomes) == ["300", "nothing"]
    db.session.rollback()
    assert recount.differences() == []


def test_of_fewer_than_five_set_aside_the_figure_with_them_is_not_told(inside: Flask) -> None:
    give(10, NINE - timedelta(hours=3))
    give(4)
    set_asides.begin(hour(), REASON)
    aside = ask().aside
    assert aside
    assert (aside.responses, aside.satisfaction) == (4, None)


def test_a_centre_reads_of_set_asides_of_the_province_only_those_that_hold_its_responses(inside: Flask) -> None:
    give(2)
    set_asides.begin(hour(), REASON)
    assert [one.responses for one in set_asides.listed(lookups.subtree(lookups.unit("trung-tam-tinh").id))] == [2]
    assert set_asides.listed(lookups.subtree(lookups.unit("hong-gai").id)) == []

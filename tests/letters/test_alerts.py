"""Alerts: each rule holds where it says, one lasting condition is one alert, and it ends by itself."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from itertools import combinations
from typing import Any

import time_machine
from flask import Flask, current_app
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from sipas.catalogue import lookups
from sipas.catalogue.models import Unit
from sipas.core import edit_conflicts
from sipas.core.audit import AuditEntry
from sipas.core.db import db
from sipas.letters import alert_rules, alert_words, alerts, thresholds
from sipas.letters.alert_rules import LOW_RATINGS, WITHIN
from sipas.letters.alerts import Alert, Settled, Sighting
from sipas.responses import recording, set_asides
from sipas.responses.set_asides import Selection
from sipas.staff import accounts
from sipas.survey import scans, traffic
from tests.conftest import COUNTER_1, EXIT_OF_PROVINCE, PASSWORD, draft

TODAY = date(2026, 11, 20)
"""A Friday of the fourth quarter."""

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)


def answers(
    scores: Iterable[int], day: date = date(2026, 11, 18), code: str = EXIT_OF_PROVINCE, minutes: int = 1, **about: Any
) -> None:
    """Responses through a touchpoint on a day, from ten in the morning on, so many minutes apart."""
    first = datetime(day.year, day.month, day.day, 3, 0, tzinfo=UTC)
    pattern = draft(code, at=first, **about)
    drafts = [
        replace(
            pattern,
            key=recording.new_key(),
            answers=replace(pattern.answers, scores={"overall": score}),
            received_at=first + timedelta(minutes=place * minutes),
        )
        for place, score in enumerate(scores)
    ]
    recording.record_many(drafts, alert_zone())


def alert_zone() -> tzinfo:
    zone: tzinfo = current_app.config["SIPAS"].zone
    return zone


def lasting() -> list[Alert]:
    db.session.rollback()
    return alerts.open_for(lookups.province())


def set_threshold(unit: Unit, percent: int | None) -> None:
    thresholds.choose(unit, percent, edit_conflicts.fingerprint({"percent": thresholds.own(unit)}))


def test_a_field_clearly_below_the_threshold_is_one_alert_until_it_no_longer_is(inside: Flask) -> None:
    answers([5] * 20 + [2] * 20)
    with time_machine.travel(NOW, tick=False) as clock:
        assert alert_rules.look_daily(TODAY) == Settled(begun=1, lasting=0, ended=0)
        (alert,) = lasting()
        assert (alert.kind, alert.unit.code, alert.field and alert.field.code) == ("low", "trung-tam-tinh", "dat-dai")
        assert "50.0% satisfied (95% interval 35.2–64.8%, 40 responses" in alert_words.sentence(alert, "en")
        begun = alert.begun_at
        clock.shift(timedelta(days=1))
        assert alert_rules.look_daily(TODAY) == Settled(0, 1, 0)
        set_threshold(lookups.unit("trung-tam-tinh"), 60)
        assert alert_rules.look_daily(TODAY) == Settled(0, 0, 1)
        assert lasting() == []
        set_threshold(lookups.unit("trung-tam-tinh"), None)
        clock.shift(timedelta(days=3))
        alert_rules.look_daily(TODAY)
        assert [one.begun_at for one in lasting()] == [begun], "a few days later it is the same alert"
        set_threshold(lookups.province(), 60)  # which holds for all units below that chose none
        alert_rules.look_daily(TODAY)
        set_threshold(lookups.province(), None)
        clock.shift(timedelta(days=8))
        alert_rules.look_daily(TODAY)
        assert [one.begun_at for one in lasting()] == [datetime.now(UTC)], "much later it is a new one"


def test_a_field_that_may_be_low_by_chance_or_long_ago_is_none(inside: Flask) -> None:
    answers([5] * 14 + [2] * 15, field="dat-dai")  # 29: too few
    answers([5] * 32 + [2] * 13, field="ho-tich")  # 71.1 %, but chance reaches 80
    answers([2] * 40, date(2026, 10, 23), field="thue")  # 28 days end with 24 October
    answers([2] * 40, date(2026, 11, 21), field="cu-tru-cccd")  # not closed yet
    alert_rules.look_daily(TODAY)
    assert [one for one in lasting() if one.kind == "low"] == []
    alert_rules.look_daily(TODAY + timedelta(days=1))
    assert [one.field.code for one in lasting() if one.kind == "low" and one.field] == ["cu-tru-cccd"]


def test_a_field_clearly_below_its_own_last_quarter_is_an_alert_of_that_quarter(inside: Flask) -> None:
    set_threshold(lookups.province(), 50)
    for field, low in (("dat-dai", 16), ("ho-tich", 4)):
        answers([5] * 48 + [2] * 2, date(2026, 8, 3), field=field)
        answers([5] * (40 - low) + [2] * low, field=field)
    alert_rules.look_daily(TODAY)
    (alert,) = lasting()
    assert (alert.kind, alert.field and alert.field.code) == ("drop", "dat-dai")
    said = alert_words.sentence(alert, "en")
    assert "60.0% satisfied this quarter (40 responses), clearly below 96.0% in the last one (50 responses)" in said
    alert_rules.look_daily(date(2027, 1, 4))
    assert lasting() == []


def test_three_low_ratings_within_an_hour_say_when_and_nothing_else(inside: Flask) -> None:
    with time_machine.travel(NOW + timedelta(hours=2), tick=False) as clock:
        answers([1, 2, 5, 2], TODAY, COUNTER_1, minutes=20, field="ho-tich", comment="Quầy 1 chậm")
        assert alert_rules.look_now(alert_zone()).begun == 1
        (alert,) = lasting()
        assert alert.known == {"day": "2026-11-20", "hour": 11}
        assert (alert.field_id, alert.touchpoint_id) == (None, None)
        english, vietnamese = (alert_words.sentence(alert, language) for language in ("en", "vi"))
        assert english == "At least three citizens gave low ratings within an hour, on 20 November 2026 about 11:00"
        assert not [word for word in ("Quầy", "chậm", "Hộ tịch", "Civil") if word in english + vietnamese]
        answers([1] * 9, TODAY, minutes=5)
        assert alert_rules.look_now(alert_zone()) == Settled(0, 1, 0), "one a day is enough"
        clock.shift(timedelta(days=2))
        assert alert_rules.look_now(alert_zone()).ended == 1


def test_low_ratings_around_midnight_belong_together_and_to_the_day_of_the_third(inside: Flask) -> None:
    midnight = datetime(2026, 11, 19, 17, 0, tzinfo=UTC)
    drafts = [draft(overall=1, at=midnight + timedelta(minutes=one)) for one in (-20, -10, 10)]
    recording.record_many(drafts, alert_zone())
    for days, lasts in ((0, True), (1, True), (2, False)):
        with time_machine.travel(midnight + timedelta(days=days, hours=1), tick=False):
            alert_rules.look_now(alert_zone())
        assert [one.known for one in lasting()] == [{"day": "2026-11-20", "hour": 0}] * lasts


def test_low_ratings_on_paper_apart_in_time_or_place_or_set_aside_are_no_alert(inside: Flask) -> None:
    with time_machine.travel(NOW + timedelta(hours=6), tick=False):
        first, drafts = datetime(2026, 11, 20, 3, 0, tzinfo=UTC), [draft(overall=1) for _ in range(5)]
        paper = replace(drafts[0].place, channel="paper")
        recording.record_many([replace(one, place=paper, received_at=first) for one in drafts], alert_zone())
        answers([1, 1, 1], TODAY, minutes=31)
        other = lookups.touchpoints_of([lookups.unit("bai-chay").id])[0]
        answers([1, 1], TODAY, other.code, field=other.field.code if other.field else "dat-dai")
        assert alert_rules.look_now(alert_zone()).begun == 0
        answers([1, 1, 1], TODAY, COUNTER_1, field="ho-tich", minutes=1)
        province = lookups.unit("trung-tam-tinh")
        assert alert_rules.look_now(alert_zone()).begun == 1
        set_asides.begin(Selection(province.id, first, first + timedelta(hours=5)), "all typed by one phone")
        assert alert_rules.look_now(alert_zone()).ended == 1


@given(st.lists(st.integers(0, 600), max_size=12))
def test_low_ratings_come_together_where_some_three_lie_within_an_hour(minutes: list[int]) -> None:
    instants = [NOW + timedelta(minutes=one) for one in minutes]
    near = {max(three) for three in combinations(instants, LOW_RATINGS) if max(three) - min(three) <= WITHIN}
    found = alert_rules.together(instants)
    assert set(found) == near
    assert found == sorted(found)


def test_a_survey_point_that_had_its_rhythm_and_fell_silent_is_an_alert_until_somebody_scans_it(inside: Flask) -> None:
    answers([5] * 10, date(2026, 11, 3), COUNTER_1, field="ho-tich")
    answers([5] * 9, date(2026, 11, 3))
    assert [one.kind for one in seen_daily(date(2026, 11, 11))] == [], "six working days: it may be a feast"
    (alert,) = seen_daily(date(2026, 11, 12))
    assert alert.touchpoint
    assert alert.touchpoint.code == COUNTER_1
    assert alert.known == {"since": "2026-11-04", "usual": 10}
    scans.waiting(inside).count(alert.touchpoint.id, date(2026, 11, 13))
    scans.waiting(inside).write_down()
    assert seen_daily(date(2026, 11, 13)) == []


def seen_daily(day: date) -> list[Alert]:
    alert_rules.look_daily(day)
    return lasting()


@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(1, 30))
def test_working_days_are_counted_back_without_weekends(last: date, number: int) -> None:
    first = traffic.first_of_working_days(last, number)
    days = [first + timedelta(days=one) for one in range((last - first).days + 1)]
    assert sum(day.weekday() < 5 for day in days) == number
    assert first.weekday() < 5


def test_who_looked_at_an_alert_and_what_is_done_stands_with_it_and_in_the_audit(inside: Flask) -> None:
    unit = lookups.unit("hong-gai")
    user = accounts.add("an@test.example", PASSWORD, "manager", unit)
    sighting = Sighting("low-ratings:1", "low-ratings", unit.id, facts={"day": "2026-11-20", "hour": 10})
    alerts.settle(["low-ratings"], [sighting])
    (alert,) = alerts.open_for(unit)
    assert [one.id for one in alerts.untold(user)] == [alert.id]
    alerts.acknowledge(alert, user, "Đã thêm một quầy")
    assert alerts.untold(user) == []
    assert (alert.seen_by, alert.note) == ("an@test.example", "Đã thêm một quầy")
    entry = db.session.execute(select(AuditEntry).where(AuditEntry.act == "alert.acknowledged")).scalar_one()
    assert (entry.unit_id, json.loads(entry.after or "")["note"]) == (unit.id, "Đã thêm một quầy")


def test_other_kinds_are_left_alone(inside: Flask) -> None:
    unit = lookups.unit("hong-gai")
    alerts.settle(["silent"], [Sighting("silent:1", "silent", unit.id)])
    assert alerts.settle(["low", "drop"], []) == Settled()
    assert alerts.settle(["silent"], []) == Settled(ended=1)

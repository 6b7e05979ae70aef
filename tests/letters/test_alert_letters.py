"""Letters of alerts and digests: who gets which, when, in which language, and never twice."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pypdfium2 as pdfium
import pytest
import time_machine
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from sipas.catalogue import lookups
from sipas.core import edit_conflicts, formats, turns
from sipas.core.db import db
from sipas.letters import alerts, digests, outbox
from sipas.letters import subscriptions as wanted
from sipas.letters.outbox import QueuedLetter
from sipas.letters.subscriptions import CHOSEN, Wishes
from sipas.numbers.periods import Period
from sipas.reporting import reports
from sipas.reporting.reports import ReportRequest
from sipas.responses import recording
from sipas.run import scheduler
from sipas.staff import accounts, administration
from sipas.staff.accounts import User
from tests.conftest import PASSWORD, draft, make_app
from tests.mailbox import Server, an_alert

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
THURSDAY = datetime(2026, 11, 19, 3, 0, tzinfo=UTC)
"""Ten o'clock in the morning, there."""


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def app(database: str, tmp_path: Path, server: Server) -> Iterator[Flask]:
    """An installation with a mail server, its context pushed."""
    app = make_app(tmp_path, database, **server.settings)
    with app.app_context():
        yield app


@pytest.fixture
def manager(app: Flask) -> User:
    return accounts.add("an@test.example", PASSWORD, "manager", lookups.unit("hong-gai"))


def choose(user: User, **values: object) -> None:
    now = edit_conflicts.values_of(wanted.wishes(user), CHOSEN)
    wanted.choose(user, now | values, edit_conflicts.fingerprint(now))


def letters() -> list[QueuedLetter]:
    db.session.rollback()
    return list(db.session.scalars(select(QueuedLetter).order_by(QueuedLetter.id)))


def write() -> None:
    scheduler.write_letters(lambda: False)


def test_a_manager_gets_one_letter_of_all_that_is_new_and_no_second_one(manager: User) -> None:
    unit = lookups.unit("hong-gai")
    with time_machine.travel(THURSDAY, tick=False):
        an_alert(unit, "low-ratings:a")
        an_alert(unit, "low-ratings:b")
        an_alert(lookups.unit("bai-chay"), "low-ratings:foreign")
        write()
        write()
        (letter,) = letters()
        assert letter.subject == "SIPAS Hồng Gai: 2 cảnh báo mới"
        assert letter.body.count("Ít nhất ba người dân") == 2
        assert "https://sipas.example/alerts/hong-gai" in letter.body
        an_alert(unit, "low-ratings:c")
        write()
    assert [one.subject for one in letters()][1:] == ["SIPAS Hồng Gai: nhiều mức đánh giá thấp trong một giờ"]


def test_what_comes_at_night_waits_for_the_morning_unless_somebody_looked_or_it_is_over(manager: User) -> None:
    choose(manager, weekly=False)
    unit = lookups.unit("hong-gai")
    with time_machine.travel(datetime(2026, 11, 20, 14, 0, tzinfo=UTC), tick=False) as clock:  # Friday, 21:00
        seen, over, open_ = (an_alert(unit, f"low-ratings:{one}") for one in "abc")
        write()
        alerts.acknowledge(seen, manager, None)
        kept = [alerts.Sighting(one.key, one.kind, unit.id, facts=one.known) for one in (seen, open_)]
        assert alerts.settle(["low-ratings"], kept).ended == 1
        for hours in (10, 24, 24):  # Saturday, Sunday and Monday, 7:00
            assert letters() == []
            clock.shift(timedelta(hours=hours))
            write()
        (letter,) = letters()
        assert over.ended_at
        assert letter.body.count("•") == 1


def test_more_than_so_many_letters_a_day_wait_for_the_next_day_and_come_as_one(manager: User) -> None:
    choose(manager, most_a_day=2)
    unit = lookups.unit("hong-gai")
    with time_machine.travel(THURSDAY, tick=False) as clock:
        for number in range(5):
            an_alert(unit, f"low-ratings:{number}")
            write()
        assert len(letters()) == 2
        clock.shift(timedelta(days=1))
        write()
        write()
    assert [one.body.count("•") for one in letters()] == [1, 1, 3]


def test_each_role_gets_its_own_letters_and_nobody_else_any(app: Flask, manager: User) -> None:
    for role in ("viewer", "province", "administrator", "auditor"):
        accounts.add(f"{role}@test.example", PASSWORD, role, lookups.province())
    gone = accounts.add("gone@test.example", PASSWORD, "manager", lookups.unit("hong-gai"))
    administration.deactivate(gone)
    found = {kind: [user.email for user, _ in wanted.subscribers(kind)] for kind in wanted.KINDS}
    assert found == {
        "alerts": ["an@test.example"],
        "weekly": ["an@test.example"],
        "monthly": ["province@test.example"],
    }
    choose(manager, alerts=False)
    assert wanted.subscribers("alerts") == []


def test_without_a_mail_server_nothing_is_queued(database: str, tmp_path: Path) -> None:
    app = make_app(tmp_path, database)
    with app.app_context(), time_machine.travel(THURSDAY, tick=False):
        accounts.add("an@test.example", PASSWORD, "manager", lookups.unit("hong-gai"))
        an_alert(lookups.unit("hong-gai"))
        scheduler.work()
        assert letters() == []
        assert len(alerts.open_for(lookups.unit("hong-gai"))) == 0  # that of two months ago is over


hours = st.integers(0, 23)


@given(st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)), hours, hours, st.booleans())  # noqa: DTZ001
def test_a_letter_that_waits_goes_at_the_first_full_hour_that_is_not_quiet(
    at: datetime, begin: int, end: int, weekends: bool
) -> None:
    wishes, now = Wishes(quiet_from=begin, quiet_until=end, weekends=weekends), at.replace(tzinfo=UTC)
    then = wishes.next_open(now, ZONE)
    assert not wishes.is_quiet(then.astimezone(ZONE))
    passed, quarters = now, []
    while passed < then:
        quarters.append(wishes.is_quiet(passed.astimezone(ZONE)))
        passed += timedelta(minutes=15)
    assert all(quarters), "it waits no longer than it must"


@pytest.mark.parametrize(
    ("rhythm", "now", "period"),
    [
        ("weekly", "2026-11-22T23:59", None),  # Monday 6:59
        ("weekly", "2026-11-23T00:00", "2026-11-16..2026-11-23"),
        ("weekly", "2026-11-25T23:59", "2026-11-16..2026-11-23"),
        ("weekly", "2026-11-26T00:00", None),
        ("monthly", "2026-12-01T00:00", "2026-11"),
        ("monthly", "2026-11-30T23:59", None),
    ],
)  # fmt: skip
def test_digests_are_due_when_their_days_have_closed_and_not_much_later(
    rhythm: digests.Rhythm, now: str, period: str | None
) -> None:
    found = digests.due(rhythm, datetime.fromisoformat(now).replace(tzinfo=UTC), ZONE, delay_days=0)
    assert (str(found) if found else None) == period


def test_days_that_close_later_make_the_digest_later() -> None:
    monday = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)
    assert digests.due("weekly", monday, ZONE, delay_days=3) is None
    assert digests.due("weekly", monday + timedelta(days=2), ZONE, delay_days=3)


def test_the_digest_says_what_the_report_says_in_the_reader_s_language_once(manager: User) -> None:
    english = accounts.add("linh@test.example", PASSWORD, "manager", lookups.unit("trung-tam-tinh"))
    choose(english, language="en", quiet_until=9)
    at = datetime(2026, 11, 17, 3, 0, tzinfo=UTC)
    good, bad, earlier = draft(at=at), draft(at=at, overall=2), draft(at=at - timedelta(days=7))
    made = [draft(at=at, comment="Tốt"), *[good] * 38, *[bad] * 11, *[earlier] * 60]
    recording.record_many([replace(one, key=recording.new_key()) for one in made], ZONE)
    with time_machine.travel(datetime(2026, 11, 23, 0, 0, tzinfo=UTC), tick=False):
        write()
        write()
    few, letter = letters()
    assert few.subject == "SIPAS Hồng Gai: 0 phiếu: chưa đủ để hiển thị số liệu"
    period = Period(date(2026, 11, 16), date(2026, 11, 23))
    total = reports.report(ReportRequest(lookups.unit("trung-tam-tinh"), period), date(2026, 11, 22)).total
    assert total.satisfaction
    assert total.change
    percent, interval = formats.percent(total.satisfaction.value, "en"), formats.interval(total.satisfaction, "en")
    assert percent == "78.0%"
    assert letter.subject.endswith(
        f": {percent} satisfied ({interval}), 50 responses, clearly down, 22.0 points against the week before"
    )
    assert "• Land: 78.0% satisfied" in letter.body
    assert "1 new comment." in letter.body
    assert "/reports/trung-tam-tinh?period=2026-11-16..2026-11-23&lang=en" in letter.body
    assert letter.next_try == datetime(2026, 11, 23, 2, 0, tzinfo=UTC), "nine o'clock, when quiet hours end"
    assert len(letter.body.splitlines()) < 40
    (file,) = outbox.to_send(letter).attachments
    pages = [page.get_textpage().get_text_range() for page in pdfium.PdfDocument(file.content)]
    assert file.name == "sipas-trung-tam-tinh-2026-11-16..2026-11-23.pdf"
    assert percent in pages[0]


def test_what_was_made_and_not_noted_as_done_is_made_again_and_queued_once(manager: User) -> None:
    period = Period(date(2026, 11, 16), date(2026, 11, 23))
    for _ in range(2):
        digests.queue_all("weekly", period, ZONE, "https://sipas.example")
    assert len(letters()) == 1


def test_a_fault_with_one_letter_keeps_nobody_else_s_back_and_is_told(app: Flask, manager: User) -> None:
    accounts.add("before@test.example", PASSWORD, "manager", lookups.unit("ba-che"))
    accounts.add("after@test.example", PASSWORD, "manager", lookups.unit("hong-gai"))
    done = []

    def queue(user: User, _: Wishes) -> bool:
        if user.email == "before@test.example":
            raise ZeroDivisionError
        done.append(user.email)
        return True

    with pytest.raises(ZeroDivisionError):
        wanted.for_each("alerts", queue)
    assert done == ["an@test.example", "after@test.example"]


def test_a_turn_is_done_by_one_and_again_only_where_it_failed(app: Flask) -> None:
    with time_machine.travel(THURSDAY, tick=False) as clock:
        with turns.once("work", "2026-11-19") as first, turns.once("work", "2026-11-19") as second:
            assert (first, second) == (True, False)
        with turns.once("work", "2026-11-18") as earlier:
            assert not earlier
        with pytest.raises(ZeroDivisionError), turns.once("work", "2026-11-20"):
            1 / 0  # noqa: B018 - a fault
        with turns.once("work", "2026-11-20") as at_once:
            assert not at_once
        clock.shift(timedelta(minutes=30))
        with turns.once("work", "2026-11-20") as later:
            assert later
        clock.shift(timedelta(days=1))
        with turns.once("work", "2026-11-20") as done:
            assert not done


def test_two_processes_that_look_and_write_at_once_make_one_alert_and_one_letter(app: Flask, manager: User) -> None:
    place = lookups.touchpoints_of([lookups.unit("hong-gai").id])[0]
    code, field = place.code, place.field.code if place.field else "dat-dai"
    recording.record_many([draft(code, field, overall=1, at=THURSDAY) for _ in range(3)], ZONE)
    both = threading.Barrier(2)

    def work() -> None:
        with app.app_context():
            both.wait()
            scheduler.work()

    with time_machine.travel(THURSDAY, tick=False), ThreadPoolExecutor(2) as threads:
        for done in [threads.submit(work) for _ in range(2)]:
            done.result()
    assert len(alerts.open_for(lookups.unit("hong-gai"))) == 1
    assert len(letters()) == 1


def test_the_scheduler_looks_writes_and_sends(app: Flask, manager: User, server: Server) -> None:
    place = lookups.touchpoints_of([lookups.unit("hong-gai").id])[0]
    code, field = place.code, place.field.code if place.field else "dat-dai"
    low = [draft(code, field, overall=1, at=THURSDAY - timedelta(minutes=5 * one)) for one in range(3)]
    recording.record_many(low, ZONE)
    with time_machine.travel(THURSDAY, tick=True), server.up():
        scheduler.work()
        scheduler.work()
    (taken,) = server.taken
    assert taken["To"] == "an@test.example"
    assert taken["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert outbox.numbers()["sent"] == 1

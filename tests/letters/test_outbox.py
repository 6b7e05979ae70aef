"""Letters arrive once: whatever the mail server does, however many send, and wherever a process dies."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select, update

from sipas.catalogue import lookups
from sipas.core import audit
from sipas.core.db import db, writing
from sipas.core.settings import ROOT
from sipas.core.smtp import Letter
from sipas.letters import delivery, outbox
from sipas.letters.outbox import LetterFile, QueuedLetter
from sipas.staff import accounts, administration
from sipas.staff.accounts import User
from tests.conftest import PASSWORD, make_app
from tests.mailbox import Server, a_letter, states

MONDAY = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)


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
def user(app: Flask) -> User:
    return accounts.add("an@test.example", PASSWORD, "manager", lookups.unit("hong-gai"))


def sending(database: str, tmp_path: Path, server: Server) -> subprocess.Popen[str]:
    """Another process that sends what is due."""
    chosen = {f"SIPAS_{name.upper()}": str(value) for name, value in server.settings.items()}
    chosen |= {"SIPAS_DATABASE_URL": database, "SIPAS_INSTANCE_PATH": str(tmp_path)}
    command = [sys.executable, "-P", "-m", "sipas", "letters", "send"]
    return subprocess.Popen(
        command, env=os.environ | chosen, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def test_a_letter_arrives_once_with_its_file_and_the_id_it_was_queued_with(user: User, server: Server) -> None:
    row = a_letter(user, "weekly:1", "waiting")
    with server.up():
        assert delivery.send_due().sent == 1
        assert delivery.send_due().sent == 0
    (taken,) = server.taken
    assert taken["Message-ID"] == row.message_id
    assert row.message_id.endswith("@test.example>")
    assert [part.get_filename() for part in taken.walk()][-1] == "a.pdf"
    assert states() == {"weekly:1": "sent"}
    assert db.session.scalars(select(LetterFile)).all() == []


def test_the_same_occasion_is_queued_once(user: User) -> None:
    letter, user_id = Letter(user.email, "SIPAS", "Chào"), user.id
    for is_first in (True, False):
        with writing():
            assert outbox.queue(letter, "weekly:1", "weekly", user_id, MONDAY) is is_first
    assert len(db.session.scalars(select(QueuedLetter)).all()) == 1


def test_a_server_that_is_down_is_left_alone_longer_and_longer_and_loses_nothing(user: User, server: Server) -> None:
    with time_machine.travel(MONDAY, tick=False) as clock:
        for number in range(3):
            a_letter(user, f"weekly:{number}", "waiting")
        pauses = []
        for _ in range(7):
            assert delivery.send_due().why_ended
            pause = delivery.paused()
            assert pause
            pauses.append((pause.until - datetime.now(UTC)).total_seconds() / 60)
            assert delivery.send_due().why_ended  # and is not asked again before
            clock.move_to(pause.until)
        assert pauses == [1, 5, 15, 60, 180, 360, 360]
        tried = db.session.scalars(select(QueuedLetter.tries).order_by(QueuedLetter.id)).all()
        assert tried == [7, 0, 0], "one letter is tried, the others wait"
        with server.up():
            assert delivery.send_due().sent == 3
    assert server.keys == ["weekly:0", "weekly:1", "weekly:2"]
    assert delivery.paused() is None


def test_after_three_days_a_letter_is_given_up_and_shown(user: User, server: Server) -> None:
    with time_machine.travel(MONDAY, tick=False) as clock:
        a_letter(user, "weekly:1", "waiting")
        a_letter(user, "weekly:2", "waiting")
        clock.shift(timedelta(days=3))
        assert delivery.send_due().why_ended
    assert set(states().values()) == {"given-up"}
    assert {one.answer for one in outbox.listed(delivery.STUCK)} != {None}


def test_who_is_refused_for_good_is_given_up_and_who_is_put_off_is_tried_again(user: User, server: Server) -> None:
    gone = accounts.add("gone@test.example", PASSWORD, "manager", lookups.unit("hong-gai"))
    full = accounts.add("full@test.example", PASSWORD, "manager", lookups.unit("hong-gai"))
    server.answers = {"gone@test.example": "550 no such user", "full@test.example": "452 box full"}
    with time_machine.travel(MONDAY, tick=False) as clock, server.up():
        for one in (gone, full, user):
            a_letter(one, f"weekly:{one.email}", "waiting")
        assert delivery.send_due().sent == 1
        assert states() == {
            "weekly:gone@test.example": "given-up",
            "weekly:full@test.example": "waiting",
            "weekly:an@test.example": "sent",
        }
        assert delivery.paused() is None
        server.answers = {}
        clock.shift(timedelta(minutes=1))
        assert delivery.send_due().sent == 1
    assert server.keys == ["weekly:an@test.example", "weekly:full@test.example"]


def test_an_address_that_no_letter_can_carry_holds_nobody_up(user: User, server: Server) -> None:
    a_letter(user, "weekly:1", "waiting")
    a_letter(user, "weekly:2", "waiting")
    with writing() as session:
        session.execute(update(QueuedLetter).where(QueuedLetter.key == "weekly:1").values(subject="a\nBcc: b@c.de"))
    with server.up():
        assert delivery.send_due().sent == 1
    assert states() == {"weekly:1": "given-up", "weekly:2": "sent"}


def test_a_server_that_takes_a_letter_and_never_answers_gets_it_once(app: Flask, user: User, server: Server) -> None:
    app.extensions["mailman"].timeout = 1
    with time_machine.travel(MONDAY, tick=True) as clock, server.up():
        row = a_letter(user, "weekly:1", "waiting")
        a_letter(user, "weekly:2", "waiting")
        server.is_silent = True
        assert delivery.send_due().why_ended
        assert states() == {"weekly:1": "unclear", "weekly:2": "waiting"}
        server.is_silent = False
        clock.shift(timedelta(hours=1))
        assert delivery.send_due().sent == 1
        assert states() == {"weekly:1": "unclear", "weekly:2": "sent"}
        assert delivery.send_again(row.id)
        assert not delivery.leave(row.id), "it is decided"
        assert delivery.send_due().sent == 1
    ids = [one["Message-ID"] for one in server.taken if str(one["Subject"]).endswith("weekly:1")]
    assert set(ids) == {row.message_id}, "a second copy can be told by its id"
    assert [entry.act for entry in audit.found(audit.AuditSearch(act="letter"))] == ["letter.resent"]


def test_two_processes_at_once_send_each_letter_once(user: User, server: Server, database: str, tmp_path: Path) -> None:
    keys = sorted(f"weekly:{number}" for number in range(12))
    for key in keys:
        a_letter(user, key, "waiting")
    server.seconds = 0.1  # each takes long enough for the other process to come to the same letters
    with server.up():
        said = [process.communicate(timeout=60)[0] for process in [sending(database, tmp_path, server) for _ in "ab"]]
    assert server.keys == keys
    assert sum(int(one.split()[0]) for one in said) == len(keys), said


def test_a_letter_whose_process_was_killed_is_never_sent_again_by_itself(
    user: User, server: Server, database: str, tmp_path: Path
) -> None:
    a_letter(user, "weekly:1", "waiting")
    server.is_silent = True
    with server.up():
        process = sending(database, tmp_path, server)
        assert server.has_letter.wait(30)
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=30)
        assert states() == {"weekly:1": "sending"}
        server.is_silent = False
        a_letter(user, "weekly:2", "waiting")
        assert delivery.send_due().sent == 1
        assert states() == {"weekly:1": "sending", "weekly:2": "sent"}
        with time_machine.travel(datetime.now(UTC) + timedelta(minutes=11), tick=True):
            assert delivery.send_due().sent == 0
        assert states() == {"weekly:1": "unclear", "weekly:2": "sent"}
        assert delivery.leave(outbox.listed(["unclear"])[0].id)
        assert delivery.send_due().sent == 0
    assert states()["weekly:1"] == "left"
    assert server.keys.count("weekly:2") == 1


def test_who_was_switched_off_gets_no_letter_that_was_queued_before(user: User, server: Server) -> None:
    a_letter(user, "weekly:1", "waiting")
    administration.deactivate(user)
    with server.up():
        assert delivery.send_due().sent == 0
    assert states() == {"weekly:1": "left"}
    assert db.session.scalars(select(LetterFile)).all() == []


def test_letters_that_are_done_with_are_forgotten_after_a_while(user: User, server: Server) -> None:
    with time_machine.travel(MONDAY, tick=False) as clock:
        a_letter(user, "weekly:old", "left")
        a_letter(user, "weekly:waiting", "waiting")
        clock.shift(timedelta(days=91))
        a_letter(user, "weekly:new", "left")
        delivery.forget_old()
    assert set(states()) == {"weekly:waiting", "weekly:new"}

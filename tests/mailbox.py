"""What tests of alerts and letters share: an alert, letters, and a mail server that behaves as told."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import Message
from typing import Any

from aiosmtpd.controller import Controller
from sqlalchemy import select, update

from sipas.catalogue.models import Unit
from sipas.core.db import db, writing
from sipas.core.smtp import Attachment, Letter
from sipas.letters import alerts, outbox
from sipas.letters.alerts import Alert, Sighting
from sipas.letters.outbox import QueuedLetter
from sipas.numbers import periods
from sipas.staff.accounts import User


def an_alert(unit: Unit, key: str = "") -> Alert:
    """An alert of low ratings that lasts in a unit."""
    key = key or f"low-ratings:{unit.id}:2026-09-14"
    facts = {"day": "2026-09-14", "hour": 10}
    open_now = [
        Sighting(one.key, one.kind, one.unit_id, facts=one.known)
        for one in db.session.scalars(select(Alert).where(Alert.ended_at.is_(None)))
    ]
    alerts.settle(["low-ratings"], [*open_now, Sighting(key, "low-ratings", unit.id, facts=facts)])
    return db.session.scalars(select(Alert).where(Alert.key == key)).one()


def a_letter(user: User, key: str = "", state: str = "unclear") -> QueuedLetter:
    """A letter to somebody, in a state that it may have come to."""
    key, user_id = key or f"weekly:{user.id}:2026-09-14", user.id
    letter = Letter(user.email, f"SIPAS {key}", "Chào", (Attachment("a.pdf", "application/pdf", b"%PDF-"),))
    with writing() as session:
        assert outbox.queue(letter, key, "weekly", user_id, periods.now())
        session.execute(update(QueuedLetter).where(QueuedLetter.key == key).values(state=state))
    return db.session.scalars(select(QueuedLetter).where(QueuedLetter.key == key)).one()


def states() -> dict[str, str]:
    """The state of each letter, by its key."""
    db.session.rollback()
    return dict(db.session.execute(select(QueuedLetter.key, QueuedLetter.state)).all())


class Server:
    """A real mail server: what it took, whom it refuses and how, and whether it is silent once it has a letter."""

    def __init__(self) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.taken: list[Message] = []
        self.answers: dict[str, str] = {}
        self.is_silent = False
        self.seconds = 0.0
        self.has_letter = threading.Event()

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        envelope.rcpt_tos.append(address)
        return self.answers.get(address, "250 OK")

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        message = message_from_bytes(envelope.content)
        self.has_letter.set()
        await asyncio.sleep(self.seconds)
        while self.is_silent:
            await asyncio.sleep(0.05)
        self.taken.append(message)
        return "250 OK"

    @property
    def keys(self) -> list[str]:
        """The keys of the letters that arrived, which `a_letter` puts into subjects."""
        return sorted(str(one["Subject"]).removeprefix("SIPAS ") for one in self.taken)

    @contextmanager
    def up(self) -> Iterator[Server]:
        """The server, for as long as it is up."""
        controller = Controller(self, hostname="127.0.0.1", port=self.port)
        controller.start()
        try:
            yield self
        finally:
            self.is_silent = False
            controller.stop()

    @property
    def settings(self) -> dict[str, object]:
        """How an installation reaches it."""
        return {
            "mail_server": "127.0.0.1",
            "mail_port": self.port,
            "mail_tls": "none",
            "mail_sender": "sipas@test.example",
            "base_url": "https://sipas.example",
        }

"""The outbox: letters that wait for the mail server, each queued once and sent once.

A letter is queued in the transaction of what it tells of, under a key that names occasion and recipient: the table
refuses the second. Who sends it claims it first. A process that dies between claim and note leaves a letter of which
nobody knows whether it was sent: it is never sent again by itself, and administrators are asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import uuid4

from sqlalchemy import CheckConstraint, CursorResult, ForeignKey, Index, LargeBinary, String, Text, delete, select
from sqlalchemy import func as sql
from sqlalchemy.orm import Mapped, mapped_column

from sipas.core import smtp
from sipas.core.db import Instant, Model, db, insert, one_of, text_check
from sipas.core.errors import NotFound
from sipas.core.smtp import Attachment, Letter
from sipas.numbers import periods

STATES = ("waiting", "sending", "sent", "unclear", "given-up", "left")
"""In the order of a letter's life; `left` is an unclear or given-up one that an administrator leaves as it is."""

KINDS = ("alerts", "weekly", "monthly")

KEPT = timedelta(days=90)
"""How long letters that are done with can still be looked at."""


class QueuedLetter(Model):
    """A letter, from when it is queued until long after it is sent.

    `due_at` is when it may go out first, `next_try` when it may go out next; `answer` is what the server said last.
    """

    __tablename__ = "letter"
    __table_args__ = (
        text_check("key", 120),
        one_of("kind", KINDS),
        one_of("state", STATES),
        text_check("subject", 300),
        CheckConstraint("(state = 'sent') = (sent_at IS NOT NULL)", name="sent_has_its_time"),
        CheckConstraint("state <> 'sending' OR claimed_at IS NOT NULL", name="sending_is_claimed"),
        Index("ix_letter_state_next_try", "state", "next_try"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(120), unique=True)
    kind: Mapped[str] = mapped_column(String(20))
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    address: Mapped[str] = mapped_column(String(255))
    subject: Mapped[str] = mapped_column(String(300))
    body: Mapped[str] = mapped_column(Text)
    unsubscribe: Mapped[str | None] = mapped_column(String(500))
    message_id: Mapped[str] = mapped_column(String(120), unique=True)
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    tries: Mapped[int] = mapped_column(default=0)
    queued_at: Mapped[datetime] = mapped_column(Instant)
    due_at: Mapped[datetime] = mapped_column(Instant)
    next_try: Mapped[datetime] = mapped_column(Instant)
    claimed_at: Mapped[datetime | None] = mapped_column(Instant)
    sent_at: Mapped[datetime | None] = mapped_column(Instant)
    answer: Mapped[str | None] = mapped_column(String(500))


class LetterFile(Model):
    """A file that goes with a letter; it is kept until the letter is done with."""

    __tablename__ = "letter_file"
    __table_args__ = (text_check("name", 200),)

    letter_id: Mapped[int] = mapped_column(ForeignKey("letter.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(100))
    content: Mapped[bytes] = mapped_column(LargeBinary)


def queue(letter: Letter, key: str, kind: str, user_id: int, not_before: datetime, unsubscribe: str = "") -> bool:
    """Queue a letter within the caller's transaction; False where one with this key was queued before."""
    row = {
        "key": key,
        "kind": kind,
        "user_id": user_id,
        "address": letter.to,
        "subject": letter.subject[:300],
        "body": letter.body,
        "unsubscribe": unsubscribe or None,
        "message_id": f"<{uuid4().hex}@{smtp.domain()}>",
        "state": "waiting",
        "tries": 0,
        "queued_at": periods.now(),
        "due_at": not_before,
        "next_try": not_before,
    }
    table = QueuedLetter.metadata.tables[QueuedLetter.__tablename__]
    adding = insert(table).values(row).on_conflict_do_nothing(index_elements=["key"])
    letter_id = db.session.scalar(adding.returning(table.c.id))
    if letter_id is None:
        return False
    db.session.add_all(
        LetterFile(letter_id=letter_id, position=place, name=one.name, kind=one.kind, content=one.content)
        for place, one in enumerate(letter.attachments, 1)
    )
    return True


def touched(statement: Any) -> int:  # noqa: ANN401 - an INSERT, UPDATE or DELETE
    """Run a statement within the caller's transaction and say how many rows it touched."""
    return cast("CursorResult[Any]", db.session.execute(statement)).rowcount


def was_queued(key: str) -> bool:
    """Whether a letter with this key was ever queued."""
    return db.session.scalar(select(QueuedLetter.id).where(QueuedLetter.key == key)) is not None


def queued_since(user_id: int, since: datetime) -> int:
    """How many letters were queued for somebody since an instant."""
    counted = select(sql.count()).where(QueuedLetter.user_id == user_id, QueuedLetter.queued_at >= since)
    return db.session.scalar(counted) or 0


def to_send(row: QueuedLetter) -> Letter:
    """A queued letter as it goes out, with the Message-ID that it was given when it was queued."""
    files = db.session.scalars(
        select(LetterFile).where(LetterFile.letter_id == row.id).order_by(LetterFile.position)
    ).all()
    headers = [("Message-ID", row.message_id), ("Auto-Submitted", "auto-generated")]
    if row.unsubscribe:
        headers += [
            ("List-Unsubscribe", f"<{row.unsubscribe}>"),
            ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
        ]
    attachments = tuple(Attachment(one.name, one.kind, one.content) for one in files)
    return Letter(row.address, row.subject, row.body, attachments, tuple(headers))


def forget_files(letter_id: int) -> None:
    """Let the files of a letter that is done with go, within the caller's transaction."""
    db.session.execute(delete(LetterFile).where(LetterFile.letter_id == letter_id))


def with_id(letter_id: int) -> QueuedLetter:
    """The letter with this id. Raises places.NotFound."""
    found = db.session.get(QueuedLetter, letter_id)
    if found is None:
        raise NotFound(str(letter_id))
    return found


def listed(states: Sequence[str], most: int = 200) -> list[QueuedLetter]:
    """Letters in some states, the newest first."""
    wanted = select(QueuedLetter).where(QueuedLetter.state.in_(states)).order_by(QueuedLetter.id.desc())
    return list(db.session.scalars(wanted.limit(most)))


def numbers() -> dict[str, int]:
    """How many letters are in each state."""
    counted = db.session.execute(select(QueuedLetter.state, sql.count()).group_by(QueuedLetter.state))
    found: dict[str, int] = dict(counted.all())
    return {state: found.get(state, 0) for state in STATES}

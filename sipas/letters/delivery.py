"""Delivery: takes letters from the outbox to the mail server, each one once, and waits while it is down."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import CheckConstraint, String, delete, select, update
from sqlalchemy.orm import Mapped, mapped_column

from sipas.core import audit, smtp
from sipas.core.db import Instant, Model, db, insert, writing
from sipas.core.smtp import Letter, LetterPutOff, LetterRefused, LetterUnclear, MailDown
from sipas.letters.outbox import KEPT, LetterFile, QueuedLetter, forget_files, to_send, touched
from sipas.numbers import periods
from sipas.staff.accounts import User

PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 180, 360))
"""How long is waited after each failure in a row; after the last of them always as long as that."""

PATIENCE = timedelta(days=3)
"""How long a letter is tried before it is given up."""

UNCLEAR_AFTER = timedelta(minutes=10)
"""When somebody who claimed a letter and said no more of it must have died; sending takes seconds."""


class MailPause(Model):
    """One row: how often in a row the mail server failed, and until when it is left alone."""

    __tablename__ = "mail_pause"
    __table_args__ = (CheckConstraint("id = 1", name="only_one"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    failures: Mapped[int] = mapped_column(default=0)
    until: Mapped[datetime] = mapped_column(Instant)
    why: Mapped[str | None] = mapped_column(String(500))


@dataclass(frozen=True)
class _Claimed:
    """A letter that this process claimed, for the how manieth time, and since when it has been due."""

    id: int
    tries: int
    due_at: datetime
    letter: Letter


@dataclass(frozen=True)
class Round:
    """What came of one round: how many letters were sent, and why it ended early, if it did."""

    sent: int = 0
    why_ended: str = ""


def send_due(is_stopped: Callable[[], bool] = lambda: False, *, at_once: bool = False) -> Round:
    """Send what is due, the longest due first, until nothing is or the server is down.

    `at_once` asks a server that was down again before its pause is over. Raises db.Unwritable.
    """
    _doubt_abandoned()
    _withhold_from_who_left()
    sent = 0
    if not at_once and (pause := paused()):
        return Round(0, pause.why or "")
    while not is_stopped() and (claimed := _claim()):
        try:
            sent += _delivered(claimed)
        except MailDown as down:
            return Round(sent, str(down))
    return Round(sent)


def paused() -> MailPause | None:
    """The pause that the mail server has now, if it has one."""
    found = db.session.get(MailPause, 1, populate_existing=True)
    return found if found and found.until > periods.now() else None


def _claim() -> _Claimed | None:
    """Claim the letter that is longest due, so that nobody else takes it; None where nothing is due."""
    while True:
        now = periods.now()
        is_due = (QueuedLetter.state == "waiting") & (QueuedLetter.next_try <= now)
        first = select(QueuedLetter.id).where(is_due).order_by(QueuedLetter.next_try, QueuedLetter.id).limit(1)
        letter_id = db.session.scalar(first)
        if letter_id is None:
            return None
        claim = update(QueuedLetter).where(QueuedLetter.id == letter_id, is_due)
        with writing() as session:
            mine = touched(claim.values(state="sending", claimed_at=now, tries=QueuedLetter.tries + 1))
            if mine:
                row = session.get_one(QueuedLetter, letter_id, populate_existing=True)
                return _Claimed(row.id, row.tries, row.due_at, to_send(row))


def _delivered(one: _Claimed) -> bool:
    """Take one claimed letter to the server and note what came of it. Raises MailDown, the letter waiting again."""
    try:
        smtp.deliver(one.letter)
    except MailDown as down:
        _call_down(one, "waiting", str(down))
        raise
    except LetterUnclear as unclear:  # a server that breaks off shall not make every other letter unclear too
        _call_down(one, "unclear", str(unclear))
        raise MailDown(str(unclear)) from unclear
    except LetterPutOff as put_off:
        _conclude(one, **_later(one, str(put_off)))
    except LetterRefused as refused:
        _conclude(one, state="given-up", answer=str(refused)[:500])
    else:
        _conclude(one, state="sent", sent_at=periods.now(), answer=None)
        return True
    return False


def _conclude(one: _Claimed, **values: object) -> None:
    """Note what became of a letter, unless somebody else has claimed it meanwhile; the server is up, then."""
    with writing() as session:
        _put(one, values)
        session.execute(delete(MailPause))


def _put(one: _Claimed, values: dict[str, object]) -> None:
    is_mine = (QueuedLetter.id == one.id) & (QueuedLetter.tries == one.tries)
    changed = update(QueuedLetter).where(is_mine, QueuedLetter.state.in_(("sending", "unclear")))
    if touched(changed.values(**values)) and values["state"] == "sent":
        forget_files(one.id)


def _later(one: _Claimed, why: str) -> dict[str, object]:
    """What a letter becomes that the server did not want yet."""
    now = periods.now()
    if now - one.due_at >= PATIENCE:
        return {"state": "given-up", "answer": why[:500]}
    return {"state": "waiting", "next_try": now + _pause(one.tries), "answer": why[:500]}


def _pause(failures: int) -> timedelta:
    return PAUSES[min(failures, len(PAUSES)) - 1]


def _call_down(one: _Claimed, state: str, why: str) -> None:
    """Note what the letter is now, and let all others wait: the server is left alone for a while, then one is tried.

    What was due for three days is given up, to be shown to administrators.
    """
    now = periods.now()
    with writing() as session:
        _put(one, {"state": state, "answer": why[:500]})
        table = MailPause.metadata.tables[MailPause.__tablename__]
        session.execute(insert(table).values(id=1, failures=0, until=now).on_conflict_do_nothing())
        pause = session.get_one(MailPause, 1, populate_existing=True, with_for_update=True)
        if pause.until <= now:  # of two who found out at once, one counts
            pause.failures, pause.why = pause.failures + 1, why[:500]
            pause.until = now + _pause(pause.failures)
        overdue = (QueuedLetter.state == "waiting") & (QueuedLetter.due_at <= now - PATIENCE)
        session.execute(update(QueuedLetter).where(overdue).values(state="given-up", answer=why[:500]))


def _doubt_abandoned() -> None:
    """Call unclear what somebody claimed ten minutes ago and never spoke of again."""
    abandoned = (QueuedLetter.state == "sending") & (QueuedLetter.claimed_at <= periods.now() - UNCLEAR_AFTER)
    if db.session.scalar(select(QueuedLetter.id).where(abandoned).limit(1)) is not None:
        with writing() as session:
            session.execute(update(QueuedLetter).where(abandoned).values(state="unclear"))


def _withhold_from_who_left() -> None:
    """Leave the letters of accounts that were switched off after these were queued."""
    gone = select(User.id).where(User.active.is_(False))
    theirs = (QueuedLetter.state == "waiting") & QueuedLetter.user_id.in_(gone)
    found = db.session.scalars(select(QueuedLetter.id).where(theirs)).all()
    if found:
        with writing() as session:
            session.execute(update(QueuedLetter).where(QueuedLetter.id.in_(found), theirs).values(state="left"))
            session.execute(delete(LetterFile).where(LetterFile.letter_id.in_(found)))


STUCK = ("unclear", "given-up")
"""What only an administrator moves on."""


def send_again(letter_id: int) -> bool:
    """Let a letter that is stuck go out again, with the same Message-ID; False where it is not stuck any more."""
    now = periods.now()
    anew = {"state": "waiting", "due_at": now, "next_try": now, "claimed_at": None}
    return _decide(letter_id, "letter.resent", anew)


def leave(letter_id: int) -> bool:
    """Leave a stuck letter as it is: it is not sent any more; False where it is not stuck any more."""
    return _decide(letter_id, "letter.left", {"state": "left"})


def _decide(letter_id: int, act: str, values: dict[str, object]) -> bool:
    stuck = update(QueuedLetter).where(QueuedLetter.id == letter_id, QueuedLetter.state.in_(STUCK))
    with writing() as session:
        if not touched(stuck.values(**values)):
            return False
        row = session.get_one(QueuedLetter, letter_id, populate_existing=True)
        if row.state == "left":
            forget_files(row.id)
        audit.note(act, row.address, after={"subject": row.subject})
    return True


def forget_old() -> None:
    """Forget letters that have been done with for long."""
    old = (QueuedLetter.state.in_(("sent", "left"))) & (QueuedLetter.queued_at < periods.now() - KEPT)
    with writing() as session:
        session.execute(delete(LetterFile).where(LetterFile.letter_id.in_(select(QueuedLetter.id).where(old))))
        session.execute(delete(QueuedLetter).where(old))

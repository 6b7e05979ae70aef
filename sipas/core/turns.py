"""Rounds: work that is done once in its turn, by whichever process comes first, whatever restarts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, String, update
from sqlalchemy.orm import Mapped, mapped_column

from sipas.core.db import Instant, Model, db, insert, text_check, writing
from sipas.numbers import periods

LOST_AFTER = timedelta(minutes=30)
"""When somebody who took a turn and did not end it must have died: then another may take it."""


class WorkRound(Model):
    """What was done last of one kind of work: the turn, written so that a later one sorts after it."""

    __tablename__ = "work_round"
    __table_args__ = (text_check("name", 40),)

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    turn: Mapped[str] = mapped_column(String(20))
    taken_at: Mapped[datetime] = mapped_column(Instant)
    done_at: Mapped[datetime | None] = mapped_column(Instant)


@contextmanager
def once(name: str, turn: str) -> Iterator[bool]:
    """Whether the caller is to do this turn of some work; what ends without a fault is not done again.

    A turn that ended with a fault, or whose process died, may be taken again after half an hour.
    """
    is_mine = _take(name, turn)
    yield is_mine
    if is_mine:
        with writing() as session:
            mine = update(WorkRound).where(WorkRound.name == name, WorkRound.turn == turn)
            session.execute(mine.values(done_at=periods.now()))


def _take(name: str, turn: str) -> bool:
    now, kept = periods.now(), db.session.get(WorkRound, name, populate_existing=True)
    if kept and (kept.turn > turn or (kept.turn == turn and (kept.done_at or kept.taken_at > now - LOST_AFTER))):
        return False
    lost = (WorkRound.turn == turn) & WorkRound.done_at.is_(None) & (WorkRound.taken_at <= now - LOST_AFTER)
    table = WorkRound.metadata.tables[WorkRound.__tablename__]
    with writing() as session:
        first = insert(table).values(name=name, turn="", taken_at=now, done_at=now).on_conflict_do_nothing()
        session.execute(first)
        free = update(WorkRound).where(WorkRound.name == name, (WorkRound.turn < turn) | lost)
        taken = session.execute(free.values(turn=turn, taken_at=now, done_at=None))
        return cast("CursorResult[Any]", taken).rowcount == 1

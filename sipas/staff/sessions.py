"""Sessions of staff: each sign-in is a row that can be looked at and ended; a copied cookie ends with it."""

from __future__ import annotations

import hashlib
import secrets
from datetime import UTC, datetime, timedelta

from sqlalchemy import ForeignKey, String, delete, select, update
from sqlalchemy.orm import Mapped, mapped_column

from sipas.core import audit
from sipas.core.db import Instant, Model, Unwritable, db, writing
from sipas.staff.accounts import User

IDLE = timedelta(hours=12)
"""A session nobody used for so long is over."""

SEEN_EVERY = timedelta(minutes=5)
"""How exactly it is kept when a session was last used: reading pages writes no more often."""

KEPT = timedelta(days=90)
"""How long ended sessions can still be looked at."""


class StaffSession(Model):
    """One sign-in on one device. The id is a hash of what the cookie holds, which is kept nowhere."""

    __tablename__ = "staff_session"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    browser: Mapped[str] = mapped_column(String(120))
    started_at: Mapped[datetime] = mapped_column(Instant)
    seen_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)

    def is_live(self, now: datetime) -> bool:
        """Whether it still opens pages."""
        return self.ended_at is None and now - self.seen_at < IDLE


def new_token() -> str:
    """What a session's cookie holds."""
    return secrets.token_urlsafe(32)


def id_of(token: str) -> str:
    """The id of the session whose cookie holds this."""
    return hashlib.sha256(token.encode()).hexdigest()


def start(user: User, token: str, browser: str) -> None:
    """Begin a session and note it, in the caller's transaction; those of long ago are forgotten."""
    now = datetime.now(UTC)
    db.session.execute(delete(StaffSession).where(StaffSession.user_id == user.id, StaffSession.seen_at < now - KEPT))
    db.session.add(StaffSession(id=id_of(token), user_id=user.id, browser=browser[:120], started_at=now, seen_at=now))
    audit.note("session.started", user.email, user.unit_id, after={"browser": browser[:120]})


def live(token: str) -> StaffSession | None:
    """The session whose cookie holds this, if it still opens pages; at most every five minutes it is noted as seen."""
    now = datetime.now(UTC)
    found = db.session.get(StaffSession, id_of(token))
    if found is None or not found.is_live(now):
        return None
    if now - found.seen_at >= SEEN_EVERY:
        _see(found.id, now)
    return found


def _see(session_id: str, now: datetime) -> None:
    """A database that cannot be written keeps nobody from reading."""
    try:
        with writing() as session:
            session.execute(update(StaffSession).where(StaffSession.id == session_id).values(seen_at=now))
    except Unwritable:
        return


def of(user: User) -> list[StaffSession]:
    """The user's sessions that still open pages, the last used first."""
    now = datetime.now(UTC)
    listed = select(StaffSession).where(StaffSession.user_id == user.id, StaffSession.ended_at.is_(None))
    found = db.session.scalars(listed.order_by(StaffSession.seen_at.desc()))
    return [one for one in found if one.is_live(now)]


def last_seen(user_ids: list[int]) -> dict[int, datetime]:
    """When each of some users was last seen; who never signed in is missing."""
    listed = select(StaffSession.user_id, StaffSession.seen_at).where(StaffSession.user_id.in_(user_ids))
    seen: dict[int, datetime] = {}
    for user_id, at in db.session.execute(listed):
        seen[user_id] = max(at, seen.get(user_id, at))
    return seen


def end(user: User, session_id: str) -> bool:
    """End one session of a user; False where the user has no such session any more."""
    with writing():
        return _end(user, StaffSession.id == session_id) > 0


def end_others(user: User, token: str) -> int:
    """End all sessions of a user but the one whose cookie holds this; says how many."""
    with writing():
        return end_all(user, but=token)


def end_all(user: User, but: str = "") -> int:
    """The same in the caller's transaction, and of all where no cookie is given."""
    return _end(user, StaffSession.id != (id_of(but) if but else ""))


def _end(user: User, which: object) -> int:
    now = datetime.now(UTC)
    mine = select(StaffSession).where(StaffSession.user_id == user.id, StaffSession.ended_at.is_(None), which)  # type: ignore[arg-type]
    ended = list(db.session.scalars(mine))
    for one in ended:
        one.ended_at = now
        audit.note("session.ended", user.email, user.unit_id, before={"browser": one.browser})
    return len(ended)

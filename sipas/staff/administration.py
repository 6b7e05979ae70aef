"""What administrators do with the accounts of their own unit's subtree: invite, change, switch off, find."""

from __future__ import annotations

import secrets
from collections.abc import Mapping

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import joinedload

from sipas.catalogue import lookups
from sipas.catalogue.models import Unit
from sipas.core import audit, edit_conflicts
from sipas.core.db import db, keep_writers_out, writing
from sipas.core.errors import NotFound
from sipas.staff import accounts, sessions
from sipas.staff.accounts import User


class LastAdministrator(Exception):
    """Without this account nobody could administer the whole installation any more."""


def members(asker: User, words: str = "", role: str = "", unit_id: int | None = None) -> list[User]:
    """The accounts that an administrator or auditor sees, by address; what is empty does not narrow."""
    listed = _seen_by(asker)
    if role:
        listed = listed.where(User.role == role)
    if unit_id is not None:
        listed = listed.where(User.unit_id == unit_id)
    if words:
        sought = f"%{_plain(words)}%"
        listed = listed.where(or_(User.email.like(sought, escape="\\"), _name_like(words)))
    return list(db.session.scalars(listed.order_by(User.email)))


def _plain(words: str) -> str:
    return words.strip().lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _name_like(words: str) -> ColumnElement[bool]:
    return User.name.contains(words.strip(), autoescape=True)


def _seen_by(asker: User) -> Select[User]:
    found = select(User).options(joinedload(User.unit))
    return found if asker.sees_the_whole else found.where(User.unit_id.in_(lookups.subtree(asker.root.id)))


def member(asker: User, user_id: int) -> User:
    """One of them. Raises NotFound, telling nobody that another exists."""
    found = db.session.scalar(_seen_by(asker).where(User.id == user_id))
    if found is None:
        raise NotFound(str(user_id))
    return found


def invite(email: str, name: str | None, role: str, unit: Unit | None) -> User:
    """Make an account whose owner chooses the password, through a link. Raises EmailWrong or EmailTaken."""
    return accounts.keep(accounts.tidy_email(email), secrets.token_urlsafe(32), role, unit, name)


def change(user: User, values: Mapping[str, object], seen: str) -> None:
    """Give an account another name, role or unit. Raises editing.ChangedMeanwhile or LastAdministrator.

    Another role begins with another sign-in, and with the second step where that role must have one.
    """
    with writing() as session:
        keep_writers_out(session, User.__table__)  # type: ignore[arg-type]
        row = session.get_one(User, user.id)
        held, role = _administers_the_whole(row), row.role
        edit_conflicts.change(row, values, seen)
        session.flush()
        session.expire(row, ["unit"])
        _refuse_to_lose_the_last(held)
        if row.role != role:
            sessions.end_all(row)


def deactivate(user: User) -> None:
    """Let somebody in no more: sessions and links end. Raises LastAdministrator."""
    with writing() as session:
        keep_writers_out(session, User.__table__)  # type: ignore[arg-type]
        row = session.get_one(User, user.id)
        held = _administers_the_whole(row)
        row.active = False
        row.fs_uniquifier = accounts.new_uniquifier()
        session.flush()
        _refuse_to_lose_the_last(held)
        sessions.end_all(row)


def reactivate(user: User) -> None:
    """Let somebody in again, with the password of before."""
    with writing() as session:
        session.get_one(User, user.id).active = True


def end_sessions(user: User) -> int:
    """Sign somebody out everywhere; says of how many sessions."""
    with writing() as session:
        return sessions.end_all(session.get_one(User, user.id))


def forget_second_step(user: User) -> None:
    """Let somebody who lost the phone sign in with the password alone, once: whose role needs it sets it up anew."""
    with writing() as session:
        row = session.get_one(User, user.id)
        row.tf_primary_method = row.tf_totp_secret = row.mf_recovery_codes = None
        sessions.end_all(row)
        audit.note("account.second_step_reset", row.email, row.unit_id)


def _administers_the_whole(user: User) -> bool:
    return user.active and user.role == "administrator" and user.sees_the_whole


def _refuse_to_lose_the_last(held: bool) -> None:
    """Where an account `held` the whole, it or another must still, in the caller's transaction."""
    administrators = select(User).options(joinedload(User.unit)).where(User.role == "administrator", User.active)
    if held and not any(_administers_the_whole(one) for one in db.session.scalars(administrators)):
        raise LastAdministrator

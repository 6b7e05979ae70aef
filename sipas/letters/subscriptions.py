"""Subscriptions: which letters each member of staff gets, when, how many, and in which language."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any, Literal

from flask import current_app
from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy import CheckConstraint, ForeignKey, String, select
from sqlalchemy.orm import Mapped, joinedload, mapped_column, relationship

from sipas.core import audit, edit_conflicts
from sipas.core.db import Model, db, writing
from sipas.core.errors import NotFound
from sipas.core.languages import DEFAULT_LANGUAGE, LANGUAGES
from sipas.staff.accounts import User

Kind = Literal["alerts", "weekly", "monthly"]
KINDS: tuple[Kind, ...] = ("alerts", "weekly", "monthly")

MOST_A_DAY = 20
"""More letters than this nobody may ask for; one a day is the fewest."""


class Subscription(Model):
    """What somebody chose; who chose nothing has no row and gets what the role gets."""

    __audited__ = "subscription"
    __silent__ = ("user_id",)
    __tablename__ = "subscription"
    __table_args__ = (
        CheckConstraint("quiet_from BETWEEN 0 AND 23 AND quiet_until BETWEEN 0 AND 23", name="quiet_hours_exist"),
        CheckConstraint(f"most_a_day BETWEEN 1 AND {MOST_A_DAY}", name="most_a_day_bounded"),
    )

    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), primary_key=True)
    alerts: Mapped[bool]
    weekly: Mapped[bool]
    monthly: Mapped[bool]
    language: Mapped[str] = mapped_column(String(10))
    quiet_from: Mapped[int]
    quiet_until: Mapped[int]
    weekends: Mapped[bool]
    most_a_day: Mapped[int]

    user: Mapped[User] = relationship()

    @property
    def audit_subject(self) -> str:
        """What the audit calls it."""
        return self.user.email

    @property
    def audit_unit_id(self) -> int | None:
        """Whose act it is."""
        return self.user.unit_id


@dataclass(frozen=True)
class Wishes:
    """Which letters somebody gets, in which language, and when not.

    From the hour `quiet_from` until `quiet_until` no letter comes, and none on Saturdays and Sundays unless
    `weekends`; equal hours mean that no hour is quiet.
    """

    alerts: bool = False
    weekly: bool = False
    monthly: bool = False
    language: str = DEFAULT_LANGUAGE
    quiet_from: int = 20
    quiet_until: int = 7
    weekends: bool = False
    most_a_day: int = 5

    def is_quiet(self, local: datetime) -> bool:
        """Whether no letter shall come at this local time."""
        if local.weekday() > _FRIDAY and not self.weekends:
            return True
        hour, begin, end = local.hour, self.quiet_from, self.quiet_until
        return begin <= hour < end if begin <= end else not end <= hour < begin

    def next_open(self, now: datetime, zone: tzinfo) -> datetime:
        """The instant itself, or the first full hour after it at which a letter may come."""
        found = now
        while self.is_quiet(found.astimezone(zone)):
            full = found.astimezone(zone).replace(minute=0, second=0, microsecond=0)
            found = (full + timedelta(hours=1)).astimezone(UTC)
        return found


_FRIDAY = 4

_BY_ROLE: Mapping[str, Wishes] = {"manager": Wishes(alerts=True, weekly=True), "province": Wishes(monthly=True)}
"""What who chose nothing gets; all other roles get no letters."""

CHOSEN = tuple(Wishes.__dataclass_fields__)
"""What a person chooses."""


def wishes(user: User) -> Wishes:
    """What somebody chose, else what the role gets."""
    return _wishes(user, db.session.get(Subscription, user.id))


def _wishes(user: User, row: Subscription | None) -> Wishes:
    if row is None:
        return _BY_ROLE.get(user.role, Wishes())
    chosen = edit_conflicts.values_of(row, CHOSEN)
    if chosen["language"] not in LANGUAGES:  # a catalogue that was taken away
        chosen["language"] = DEFAULT_LANGUAGE
    return Wishes(**chosen)  # type: ignore[arg-type]  # columns and fields have the same types


def subscribers(kind: Kind) -> list[tuple[User, Wishes]]:
    """Who gets letters of a kind: accounts that may sign in, each with what it wants."""
    listed = select(User, Subscription).outerjoin(Subscription, Subscription.user_id == User.id)
    found = db.session.execute(listed.where(User.active).options(joinedload(User.unit)).order_by(User.id))
    known = ((user, _wishes(user, row)) for user, row in found)
    return [(user, wanted) for user, wanted in known if getattr(wanted, kind)]


def for_each(kind: Kind, queue: Callable[[User, Wishes], bool]) -> int:
    """Queue something for everybody who gets letters of a kind, and say for how many it was new.

    A fault with one person's letter keeps nobody else's back; the first of them is raised at the end.
    """
    queued, faults = 0, []
    for user, wanted in subscribers(kind):
        try:
            queued += queue(user, wanted)
        except Exception as error:
            db.session.rollback()
            faults.append(error)
    if faults:
        raise faults[0]
    return queued


def choose(user: User, values: Mapping[str, Any], seen: str) -> None:
    """Keep what somebody chose; `values` has each of CHOSEN. Raises editing.ChangedMeanwhile."""
    with writing() as session:
        locked = session.get_one(User, user.id, with_for_update=edit_conflicts.ALONE)
        row = session.get(Subscription, user.id)
        if row is None:
            before = edit_conflicts.values_of(wishes(user), CHOSEN)
            if seen != edit_conflicts.fingerprint(before):
                raise edit_conflicts.ChangedMeanwhile(before)
            session.add(Subscription(user=locked, **values))
        else:
            edit_conflicts.change(row, values, seen)


def stop(user: User, kind: Kind) -> None:
    """Send somebody no more letters of a kind."""
    with audit.acting(user.email), writing() as session:
        locked = session.get_one(User, user.id, with_for_update=edit_conflicts.ALONE)
        row = session.get(Subscription, user.id)
        if row is None:
            row = Subscription(user=locked, **edit_conflicts.values_of(wishes(user), CHOSEN))
            session.add(row)
        setattr(row, kind, False)


def stop_token(user: User, kind: Kind) -> str:
    """What lets whoever holds a letter stop further ones of its kind, and nothing else."""
    return str(_signer().dumps([user.id, kind]))


def of_token(token: str) -> tuple[User, Kind]:
    """Whose letters of which kind a token stops. Raises places.NotFound."""
    try:
        user_id, kind = _signer().loads(token)
    except (BadSignature, ValueError, TypeError) as error:
        raise NotFound(token) from error
    user = db.session.get(User, user_id)
    if user is None or kind not in KINDS:
        raise NotFound(token)
    return user, kind


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt="letters that nobody wants any more")


def start_of_day(day: date, zone: tzinfo) -> datetime:
    """The instant at which a local day begins."""
    return datetime.combine(day, time(), zone).astimezone(UTC)

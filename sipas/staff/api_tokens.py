"""Tokens of programs that read the API: what each may read, of which units, until when, and who gave it."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import combinations
from typing import Any, cast

from sqlalchemy import CheckConstraint, CursorResult, ForeignKey, String, select, update
from sqlalchemy.orm import Mapped, joinedload, mapped_column, relationship

from sipas.catalogue.models import Unit
from sipas.core import audit
from sipas.core.db import Instant, Model, Unwritable, db, one_of, text_check, writing
from sipas.core.errors import NotFound
from sipas.numbers import periods

SCOPES = ("aggregates", "catalogue", "rankings", "reports")
"""What a token may let read, in the order in which it is kept."""

LONGEST = timedelta(days=400)
"""A token is renewed once a year, with weeks to do it in; one that nobody remembers ends by itself."""

_SETS = [" ".join(chosen) for number in range(1, len(SCOPES) + 1) for chosen in combinations(SCOPES, number)]
_WRITTEN = re.compile(r"sipas_([0-9a-f]{12})_([0-9a-f]{64})")


class TokenUnknown(Exception):
    """What was shown is no token of this installation."""


class TokenExpired(Exception):
    """The token's last day is over; the argument is that day."""


class TokenRevoked(Exception):
    """The token was revoked; the argument is the day."""


class ExpiryWrong(Exception):
    """A last day that lies in the past or too far ahead; the argument is the latest that is possible."""


class NothingToRead(Exception):
    """A token needs at least one scope, of those there are."""


class Token(Model):
    """One client's key. Its secret is shown once and kept nowhere: `digest` is its SHA-256.

    A plain hash is enough: the secret is 256 random bits, which nobody guesses however fast they hash. What makes
    hashing of passwords slow would cost each request tens of milliseconds here and protect nothing.
    """

    __audited__ = "token"
    __silent__ = ("digest", "created_at", "created_by", "revoked_at", "revoked_by", "last_used_on")
    __tablename__ = "api_token"
    __table_args__ = (
        text_check("name", 120),
        one_of("scopes", _SETS),
        CheckConstraint("length(prefix) = 12", name="prefix_length"),
        CheckConstraint("length(digest) = 64", name="digest_length"),
        CheckConstraint("(revoked_at IS NULL) = (revoked_by IS NULL)", name="revoked_by_somebody"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    prefix: Mapped[str] = mapped_column(String(12), unique=True)
    digest: Mapped[str] = mapped_column(String(64))
    scopes: Mapped[str] = mapped_column(String(60))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    expires_on: Mapped[date]
    created_at: Mapped[datetime] = mapped_column(Instant)
    created_by: Mapped[str] = mapped_column(String(255))
    revoked_at: Mapped[datetime | None] = mapped_column(Instant)
    revoked_by: Mapped[str | None] = mapped_column(String(255))
    last_used_on: Mapped[date | None]

    unit: Mapped[Unit] = relationship()

    @property
    def audit_subject(self) -> str:
        """What the audit calls it."""
        return f"{self.name} ({self.prefix})"

    @property
    def audit_unit_id(self) -> int:
        """Whose figures it opens."""
        return self.unit_id

    def opens(self, scope: str) -> bool:
        """Whether it lets read this."""
        return scope in self.scopes.split()

    def is_live(self, today: date) -> bool:
        """Whether it still opens anything."""
        return self.revoked_at is None and today <= self.expires_on


_WITH_UNIT = select(Token).options(joinedload(Token.unit))


@dataclass(frozen=True)
class Issued:
    """A new token and what its client must send, which nobody can look up again."""

    token: Token
    secret: str


def issue(name: str, scopes: Collection[str], unit: Unit, expires_on: date, today: date) -> Issued:
    """Make a token that is good up to and including a day. Raises NothingToRead or ExpiryWrong."""
    known = " ".join(scope for scope in SCOPES if scope in scopes)
    if known not in _SETS or set(scopes) - set(SCOPES):
        raise NothingToRead
    if not today <= expires_on <= today + LONGEST:
        raise ExpiryWrong(today + LONGEST)
    prefix, unit_id = secrets.token_hex(6), unit.id
    secret = f"sipas_{prefix}_{secrets.token_hex(32)}"
    with writing() as session:
        token = Token(
            name=name,
            prefix=prefix,
            digest=_digest(secret),
            scopes=known,
            unit_id=unit_id,
            expires_on=expires_on,
            created_at=periods.now(),
            created_by=audit.actor(),
        )
        session.add(token)
    return Issued(token, secret)


def revoke(prefix: str) -> Token:
    """Let a token open nothing from now on; once more is no fault. Raises places.NotFound."""
    with writing():
        token = db.session.scalar(select(Token).where(Token.prefix == prefix)) if prefix.isprintable() else None
        if token is None:
            raise NotFound(prefix)
        if token.revoked_at is None:
            token.revoked_at, token.revoked_by = periods.now(), audit.actor()
            audit.note("token.revoked", token.audit_subject, token.unit_id)
    return token


def admit(secret: str, today: date) -> Token:
    """The token with this secret. Raises TokenUnknown, TokenRevoked or TokenExpired.

    It is found by the part of it that is no secret, and the rest is compared in a time that tells nothing.
    """
    written = _WRITTEN.fullmatch(secret)
    found = db.session.scalar(_WITH_UNIT.where(Token.prefix == written[1])) if written else None
    if found is None or not hmac.compare_digest(found.digest, _digest(secret)):
        raise TokenUnknown
    if found.revoked_at is not None:
        raise TokenRevoked(found.revoked_at.date())
    if not found.is_live(today):
        raise TokenExpired(found.expires_on)
    if found.last_used_on != today:
        _see(found, today)
    return found


def _see(token: Token, today: date) -> None:
    """Note a token's first use of a day, and no other: reading writes no more often.

    A database that cannot be written keeps nobody from reading.
    """
    unseen = Token.last_used_on.is_(None) | (Token.last_used_on < today)
    noting = update(Token).where(Token.id == token.id, unseen).values(last_used_on=today)
    subject, unit_id = token.audit_subject, token.unit_id
    try:
        with writing() as session:
            if cast("CursorResult[Any]", session.execute(noting)).rowcount:
                audit.note("token.used", subject, unit_id)
    except Unwritable:
        return


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def listed() -> list[Token]:
    """All tokens, the newest first."""
    return list(db.session.scalars(_WITH_UNIT.order_by(Token.id.desc())))

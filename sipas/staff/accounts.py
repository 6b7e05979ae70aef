"""Staff accounts: a role and a unit each; nobody sees beside that unit's subtree."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import Any, cast

from email_validator import EmailNotValidError, validate_email
from flask import current_app, g
from flask_security import AsaList, RoleMixin, UserMixin, hash_password
from sqlalchemy import CheckConstraint, CursorResult, ForeignKey, String, func, select, update
from sqlalchemy.orm import Mapped, mapped_column, relationship

from sipas.catalogue.lookups import province
from sipas.catalogue.models import Unit
from sipas.core.db import Instant, Model, db, one_of, text_check, writing
from sipas.staff import passwords

ROLES = ("viewer", "manager", "province", "administrator", "auditor")
"""Who reads, who runs a centre, who compares units, who sets things up, who reads everything and changes nothing."""

WHOLE = ("administrator", "auditor")
"""Roles that need no unit: without one they see the whole."""

PASSWORD_LENGTH = passwords.LENGTH
"""Fewest characters of a password."""


class EmailTaken(Exception):
    """An account with this e-mail address exists; the argument is the address."""


class Role(RoleMixin):
    """A role as Flask-Security wants to see it."""

    permissions = None

    def __init__(self, name: str) -> None:
        self.name = name


class User(Model, UserMixin):
    """A member of staff who may sign in."""

    __audited__ = "account"
    __secret__ = ("password", "tf_totp_secret", "mf_recovery_codes")
    __silent__ = ("created_at", "fs_uniquifier", "tf_last_counter")
    __tablename__ = "user_account"
    __table_args__ = (
        text_check("email", 255),
        one_of("role", ROLES),
        CheckConstraint("unit_id IS NOT NULL OR role IN ('administrator', 'auditor')", name="unit_bounds_the_scope"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(255), unique=True)
    password: Mapped[str] = mapped_column(String(255))
    active: Mapped[bool] = mapped_column(default=True)
    fs_uniquifier: Mapped[str] = mapped_column(String(64), unique=True)
    role: Mapped[str] = mapped_column(String(20))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"), index=True)
    name: Mapped[str | None] = mapped_column(String(120))
    created_at: Mapped[datetime | None] = mapped_column(Instant)
    tf_primary_method: Mapped[str | None] = mapped_column(String(20))
    tf_totp_secret: Mapped[str | None] = mapped_column(String(255))
    tf_last_counter: Mapped[int | None]
    mf_recovery_codes: Mapped[list[str] | None] = mapped_column(AsaList)

    unit: Mapped[Unit | None] = relationship()

    @property
    def roles(self) -> list[RoleMixin]:  # type: ignore[override]  # only read: ours is a column, not a relation
        """Flask-Security's view of the one role."""
        return [Role(self.role)]

    @property
    def audit_subject(self) -> str:
        """What the audit calls it."""
        return self.email

    @property
    def audit_unit_id(self) -> int | None:
        """Whose act it is."""
        return self.unit_id

    @property
    def sees_the_whole(self) -> bool:
        """Whether the user's scope is the whole installation."""
        return self.unit is None or self.unit.parent_id is None

    @property
    def has_second_step(self) -> bool:
        """Whether a sign-in asks for a code of the user's phone after the password."""
        return bool(self.tf_primary_method and self.tf_totp_secret)

    @property
    def needs_second_step(self) -> bool:
        """Whether the installation demands that of the user's role."""
        return self.role in second_step_roles(current_app.config["SIPAS"].second_step_roles)

    def check_tf_required(
        self, tf_setup_methods: list[tuple[str, str]], tf_fresh: bool
    ) -> tuple[bool, list[tuple[str, str]]]:
        """Tell Flask-Security whether a sign-in needs its second step: where it is set up or demanded.

        Not where the provider of a single sign-on has just asked for one.
        """
        wanted = (self.has_second_step or self.needs_second_step) and not g.get("second_step_elsewhere", False)
        return wanted, tf_setup_methods

    def check_tf_required_setup(self) -> bool:
        """Tell Flask-Security whether the second step may be switched off again."""
        return self.needs_second_step

    @property
    def root(self) -> Unit:
        """The unit whose subtree the user sees: the own one, for the first administrator the province.

        Raises places.NotFound while the installation has no units.
        """
        return self.unit or province()


class EmailWrong(Exception):
    """A text that is no e-mail address; the argument says why."""


class SecondStepWrong(Exception):
    """Roles that must have a second step, one of which is none; the argument is that one."""


def second_step_roles(listed: str) -> frozenset[str]:
    """The roles that a comma-separated list names. Raises SecondStepWrong."""
    roles = frozenset(filter(None, (one.strip() for one in listed.split(","))))
    for role in roles - set(ROLES):
        raise SecondStepWrong(role)
    return roles


def add(email: str, password: str, role: str, unit: Unit | None, name: str | None = None) -> User:
    """Make an account with a password that somebody chose.

    Raises EmailWrong, EmailTaken, passwords.PasswordTooShort, PasswordTooLong or PasswordEasy.
    """
    email = tidy_email(email)
    passwords.check(password, email, name)
    return keep(email, password, role, unit, name)


def tidy_email(email: str) -> str:
    """An address as accounts keep it. Raises EmailWrong."""
    try:
        return validate_email(email.strip().lower(), check_deliverability=False).normalized
    except EmailNotValidError as error:
        raise EmailWrong(str(error)) from error


def keep(email: str, password: str, role: str, unit: Unit | None, name: str | None) -> User:
    """Store a new account whose address and password were looked at. Raises EmailTaken."""
    hashed, unit_id = hash_password(passwords.normal(password)), unit and unit.id
    with writing() as session:
        if session.scalar(select(User.id).where(User.email == email)):
            raise EmailTaken(email)
        user = User(
            email=email,
            password=hashed,
            role=role,
            unit_id=unit_id,
            name=name,
            fs_uniquifier=new_uniquifier(),
            active=True,
            created_at=datetime.now(UTC),
        )
        session.add(user)
    return user


def give_password(user: User, password: str) -> None:
    """Give an account another password, which ends its sessions."""
    hashed = hash_password(passwords.normal(password))
    with writing() as session:
        row = session.get_one(User, user.id)
        row.password, row.fs_uniquifier = hashed, new_uniquifier()


def use_up(user: User, counter: int) -> bool:
    """Note that an account's code of a half minute was used; False where that or a later one was before.

    The table decides, so that two processes, or one that starts anew, do not take a code twice. Not an act that
    the audit lists: the sign-in is.
    """
    earlier = User.tf_last_counter.is_(None) | (User.tf_last_counter < counter)
    with writing() as session:
        noted = update(User).where(User.id == user.id, earlier).values(tf_last_counter=counter)
        return cast("CursorResult[Any]", session.execute(noted)).rowcount == 1


def new_uniquifier() -> str:
    """What sessions and links know an account by; a new one ends them all."""
    return secrets.token_hex(32)


def new_password() -> str:
    """A random password that can be read out and typed."""
    return passwords.made_up()


def with_email(email: str) -> User | None:
    """The account with this address, typed in any case."""
    tidy = email.strip().lower()
    return db.session.scalar(select(User).where(User.email == tidy)) if tidy.isprintable() else None


def any_of(role: str) -> bool:
    """Whether there is an account with this role."""
    return bool(db.session.scalar(select(func.count()).select_from(User).where(User.role == role)))

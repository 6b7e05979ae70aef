"""Staff accounts: a role and a unit each; nobody sees beside that unit's subtree."""

from __future__ import annotations

import secrets
from datetime import datetime

from email_validator import EmailNotValidError, validate_email
from flask_security import AsaList, RoleMixin, SQLAlchemyUserDatastore, UserMixin, hash_password
from sqlalchemy import CheckConstraint, ForeignKey, String, func, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from sipas.db import Instant, Model, db, one_of, text_check, writing
from sipas.places import Unit, province

ROLES = ("viewer", "manager", "province", "administrator", "auditor")
"""Who reads, who runs a centre, who compares units, who sets things up, who reads everything and changes nothing."""

WHOLE = ("administrator", "auditor")
"""Roles that need no unit: without one they see the whole."""

PASSWORD_LENGTH = 10
"""Fewest characters of a password."""


class EmailTaken(Exception):
    """An account with this e-mail address exists; the argument is the address."""


class PasswordTooShort(Exception):
    """A password has fewer than PASSWORD_LENGTH characters."""


class Role(RoleMixin):
    """A role as Flask-Security wants to see it."""

    permissions = None

    def __init__(self, name: str) -> None:
        self.name = name


class User(Model, UserMixin):
    """A member of staff who may sign in."""

    __audited__ = "account"
    __secret__ = ("password", "fs_uniquifier", "tf_totp_secret", "mf_recovery_codes")
    __silent__ = ("created_at",)
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
    def root(self) -> Unit:
        """The unit whose subtree the user sees: the own one, for the first administrator the province.

        Raises places.NotFound while the installation has no units.
        """
        return self.unit or province()


class EmailWrong(Exception):
    """A text that is no e-mail address; the argument says why."""


def datastore() -> SQLAlchemyUserDatastore:
    """Where Flask-Security finds users."""
    return SQLAlchemyUserDatastore(db, User, Role)


def add(email: str, password: str, role: str, unit: Unit | None) -> User:
    """Make an account. Raises EmailWrong, EmailTaken or PasswordTooShort."""
    try:
        email = validate_email(email.strip().lower(), check_deliverability=False).normalized
    except EmailNotValidError as error:
        raise EmailWrong(str(error)) from error
    if len(password) < PASSWORD_LENGTH:
        raise PasswordTooShort
    hashed, unit_id = hash_password(password), unit and unit.id
    with writing() as session:
        if session.scalar(select(User.id).where(User.email == email)):
            raise EmailTaken(email)
        user = User(
            email=email,
            password=hashed,
            role=role,
            unit_id=unit_id,
            fs_uniquifier=secrets.token_hex(32),
            active=True,
        )
        session.add(user)
    return user


def new_password() -> str:
    """A random password that can be read out and typed."""
    return "-".join("".join(secrets.choice("abcdefghjkmnpqrstuvwxyz23456789") for _ in range(4)) for _ in range(4))


def any_of(role: str) -> bool:
    """Whether there is an account with this role."""
    return bool(db.session.scalar(select(func.count()).select_from(User).where(User.role == role)))

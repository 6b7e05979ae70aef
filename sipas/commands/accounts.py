"""The commands for staff accounts: `bin/sipas users …`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click
from flask.cli import AppGroup
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from sipas.catalogue import lookups
from sipas.catalogue.models import Unit
from sipas.core import audit, smtp
from sipas.core.db import db, writing
from sipas.core.errors import NotFound
from sipas.staff import accounts, administration, passwords
from sipas.staff.accounts import User
from sipas.web.kit import account_letters

users = AppGroup("users", help="Staff accounts: list, add, invite, reset, deactivate.")

_ROLE = click.option("--role", type=click.Choice(accounts.ROLES), required=True, help="What the account may do.")
_UNIT = click.option("--unit", help="Code of the unit whose subtree it sees; an administrator's default is the whole.")


@users.command("list")
def list_users() -> None:
    """Print address, role, unit, second step and whether it is active of each account, tabs between."""
    for one in db.session.scalars(select(User).options(joinedload(User.unit)).order_by(User.email)):
        unit = one.unit.code if one.unit else "-"
        step = "second step" if one.has_second_step else "password alone"
        click.echo(f"{one.email}\t{one.role}\t{unit}\t{step}\t{'active' if one.active else 'deactivated'}")


@users.command("add")
@click.argument("email")
@_ROLE
@_UNIT
@click.option("--name", help="Whose account it is.")
@click.option("--password", envvar="SIPAS_NEW_PASSWORD", help="At least 10 characters; without it one is made up.")
def add_user(email: str, role: str, unit: str | None, name: str | None, password: str | None) -> None:
    """Make an account and print its password."""
    password = password or accounts.new_password()
    with _faults_told(email):
        accounts.add(email, password, role, _unit(role, unit), name)
    click.echo(f"{role} {email} {password}")


@users.command("invite")
@click.argument("email")
@_ROLE
@_UNIT
@click.option("--name", help="Whose account it is.")
def invite_user(email: str, role: str, unit: str | None, name: str | None) -> None:
    """Make an account without a password: mail its owner a link to choose one, or print the link."""
    with _faults_told(email):
        user = administration.invite(email, name, role, _unit(role, unit))
    if smtp.is_set_up():
        try:
            smtp.send(account_letters.invitation(user))
        except smtp.MailDown as error:
            click.echo(f"the mail server takes no letters now: {error}", err=True)
        else:
            _note(user, "account.invited", "mail")
            click.echo(f"{role} {user.email} was sent an invitation")
            return
    _note(user, "account.invited", "link")
    click.echo(f"{role} {user.email} chooses a password within three days at\n{account_letters.password_link(user)}")


@users.command("reset")
@click.argument("email")
@click.option("--second-step", is_flag=True, help="Also remove the second step, for a lost phone.")
def reset_user(email: str, second_step: bool) -> None:
    """Print a link by which an account's owner chooses a new password, once, within three days."""
    user = _user(email)
    if not user.active:
        raise click.ClickException(f"{email} is deactivated")
    if second_step:
        administration.forget_second_step(user)
    _note(user, "account.reset_link", "link")
    click.echo(account_letters.password_link(user))


@users.command("deactivate")
@click.argument("email")
def deactivate_user(email: str) -> None:
    """Let somebody in no more; sessions and links end at once."""
    try:
        administration.deactivate(_user(email))
    except administration.LastAdministrator as error:
        raise click.ClickException(f"{email} is the last administrator of the whole") from error
    click.echo(f"{email} cannot sign in any more")


@users.command("reactivate")
@click.argument("email")
def reactivate_user(email: str) -> None:
    """Let somebody in again, with the password of before."""
    administration.reactivate(_user(email))
    click.echo(f"{email} can sign in again")


def _note(user: User, act: str, by: str) -> None:
    with writing():
        audit.note(act, user.email, user.unit_id, after={"by": by})


def _user(email: str) -> User:
    user = accounts.with_email(email)
    if user is None:
        raise click.ClickException(f"no account has the address {email}")
    return user


def _unit(role: str, unit: str | None) -> Unit | None:
    if unit is None and role not in accounts.WHOLE:
        raise click.UsageError(f"a {role} needs --unit")
    return lookups.unit(unit) if unit else None


@contextmanager
def _faults_told(email: str) -> Iterator[None]:
    try:
        yield
    except NotFound as error:
        raise click.ClickException(f"no unit has the code {error}") from error
    except accounts.EmailTaken as error:
        raise click.ClickException(f"{error} has an account already") from error
    except accounts.EmailWrong as error:
        raise click.ClickException(f"{email}: {error}") from error
    except passwords.PasswordTooShort as error:
        raise click.ClickException(f"a password needs {passwords.LENGTH} characters") from error
    except passwords.PasswordTooLong as error:
        raise click.ClickException(f"a password has at most {passwords.MOST} characters") from error
    except passwords.PasswordEasy as error:
        raise click.ClickException("this password is easy to guess: take words that have nothing in common") from error

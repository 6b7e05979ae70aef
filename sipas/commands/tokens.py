"""The commands for tokens of the API: `bin/sipas tokens …`."""

from __future__ import annotations

from datetime import date, timedelta

import click
from flask import current_app
from flask.cli import AppGroup

from sipas.catalogue import lookups
from sipas.core.errors import NotFound
from sipas.core.settings import Settings
from sipas.reporting import reports
from sipas.staff import api_tokens as kept
from sipas.staff.api_tokens import SCOPES, Token

tokens = AppGroup("tokens", help="Tokens of programs that read the API: list, add, revoke.")


def _today() -> date:
    chosen: Settings = current_app.config["SIPAS"]
    return reports.today(chosen.zone)


@tokens.command("list")
def list_tokens() -> None:
    """Print prefix, state, last day, day of last use, scopes, unit and name of each token, tabs between."""
    for one in kept.listed():
        used = one.last_used_on or "-"
        click.echo(f"{one.prefix}\t{_state(one)}\t{one.expires_on}\t{used}\t{one.scopes}\t{one.unit.code}\t{one.name}")


def _state(one: Token) -> str:
    if one.revoked_at is not None:
        return "revoked"
    return "live" if one.is_live(_today()) else "over"


@tokens.command("add")
@click.argument("name")
@click.option("--scope", "scopes", type=click.Choice(SCOPES), multiple=True, required=True, help="What it may read.")
@click.option("--unit", help="Code of the unit whose subtree it sees; without it the province's.")
@click.option("--days", type=click.IntRange(1, kept.LONGEST.days), default=365, show_default=True, help="How long.")
def add_token(name: str, scopes: tuple[str, ...], unit: str | None, days: int) -> None:
    """Give a program a token and print it; nobody can see it again."""
    try:
        seen = lookups.unit(unit) if unit else lookups.province()
    except NotFound as error:
        raise click.ClickException(f"no unit has the code {error}") from error
    today = _today()
    click.echo(kept.issue(name, scopes, seen, today + timedelta(days=days), today).secret)


@tokens.command("revoke")
@click.argument("prefix")
def revoke_token(prefix: str) -> None:
    """Let the token with this prefix open nothing any more."""
    try:
        found = kept.revoke(prefix)
    except NotFound as error:
        raise click.ClickException(f"no token begins with sipas_{error}") from error
    click.echo(f"{found.name} ({found.prefix}) opens nothing any more")

"""From nothing to a served installation, saying what is done and where to go."""

from __future__ import annotations

import fcntl
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic

import click
import flask_migrate
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from sipas import create_app, demo
from sipas.core import settings
from sipas.core.db import db
from sipas.core.settings import Settings
from sipas.run import installation, server
from sipas.survey import posters


class CannotStart(Exception):
    """The server cannot be started; the message says why and what to do."""


def run(with_demo: bool) -> None:
    """Prepare the installation (the demo's, if asked), print where to go, and serve until told to stop.

    Raises settings.SettingsWrong or CannotStart.
    """
    chosen = settings.from_environment()
    bound = _bound(chosen)
    app = create_app(chosen.model_copy(update={"port": bound.getsockname()[1]}))
    with app.app_context(), _alone(chosen):
        try:
            _prepare(app, with_demo)
        except (SQLAlchemyError, OSError) as error:
            raise CannotStart(f"{chosen.database_address}: {error}") from error
    bound.listen(1024)
    server.serve(app, bound, chosen.threads)
    click.echo("stopped")


def _bound(chosen: Settings) -> socket.socket:
    try:
        return server.listen(chosen)
    except server.PortTaken as error:
        raise CannotStart(f"cannot listen on {error}; choose another port with SIPAS_PORT or --port") from error


def _prepare(app: Flask, with_demo: bool) -> None:
    chosen: Settings = app.config["SIPAS"]
    with _step("database"):
        installation.prepare()
    if with_demo:
        _load_demo()
        _say_demo(chosen)
    else:
        _say_first(chosen)


def _load_demo() -> None:
    state = installation.note("demo")
    if state is None and demo.is_in_use():
        raise CannotStart("this database holds a real installation: start the demo with another SIPAS_INSTANCE_PATH")
    if state == "loading":
        click.echo("an earlier start was cut short: the demo is loaded anew")
        _begin_anew()
    if state != "loaded":
        installation.keep_note("demo", "loading")
        with _step("sample catalogue"):
            demo.load_catalogue()
        with click.progressbar(length=demo.RESPONSES, label="a year of made-up answers", width=24) as bar:
            demo.load_year(bar.update)
        installation.keep_note("demo", "loaded")
    demo.open_accounts()
    demo.answer_comments()
    with _step("four quarters published, one corrected"):
        demo.publish_quarters()
    demo.load_indices()


def _begin_anew() -> None:
    """Empty the demo's own database; nothing real can be in one that is marked as the demo's."""
    db.session.remove()
    flask_migrate.downgrade(revision="base")
    installation.prepare()


@contextmanager
def _alone(chosen: Settings) -> Iterator[None]:
    """Let no other start prepare the same folder meanwhile. Raises CannotStart if one does."""
    with (chosen.instance_path / "starting.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise CannotStart(f"another start is preparing {chosen.instance_path}; wait until it serves") from error
        yield


@contextmanager
def _step(title: str) -> Iterator[None]:
    begun = monotonic()
    click.echo(f"{title} … ", nl=False)
    yield
    click.echo(f"{monotonic() - begun:.1f} s")


def _say_demo(chosen: Settings) -> None:
    shown = demo.shown()
    address = f"{chosen.public_address}/r/{shown.code}"
    click.echo(posters.qr_terminal(address))
    click.echo(f"survey {address}")
    click.echo(f"report {chosen.public_address}/reports/{shown.unit_code}")
    for role, email, password in shown.accounts:
        click.echo(f"{role} {email} {password}")
    click.echo(f"sign in at {chosen.public_address}/sign-in", nl=True)


def _say_first(chosen: Settings) -> None:
    if made := installation.first_administrator():
        click.echo(f"administrator {made[0]} {made[1]}")
        click.echo("this password is shown only once")
    click.echo(f"serving {chosen.public_address}, data in {_data(chosen)}")


def _data(chosen: Settings) -> str | Path:
    return "the database of SIPAS_DATABASE_URL" if chosen.database_url else chosen.instance_path.resolve()

"""SIPAS: how satisfied citizens are with public administrative services, counted honestly."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask

from sipas.core import db, settings
from sipas.core.settings import ROOT, Settings


class Sipas(Flask):
    """The application."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """None of our functions is asynchronous; to ask each of them costs a page 15 µs of its 120."""
        return func


def create_app(chosen: Settings | None = None) -> Flask:
    """The application, wired: settings, database, sign-in, languages, pages, commands.

    Raises settings.SettingsWrong where the environment holds a setting that cannot be used.
    """
    chosen = chosen or settings.from_environment()
    app = Sipas(
        "sipas",
        instance_path=str(chosen.instance_path.resolve()),
        template_folder=str(ROOT / "templates"),
        static_folder=str(ROOT / "static"),
    )
    app.config["SECRET_KEY"] = settings.secret_key(chosen)
    app.config["SIPAS"] = chosen
    chosen.instance_path.mkdir(parents=True, exist_ok=True)
    db.connect(app, chosen.database_address)

    from sipas import web  # after the database is bound: their modules declare tables and forms
    from sipas.commands import cli

    web.open_to(app)
    cli.offer(app)
    return app

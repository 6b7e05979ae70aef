"""For the operator: whether the process lives and whether it can serve."""

from __future__ import annotations

from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Blueprint, current_app
from sqlalchemy.exc import SQLAlchemyError

from sipas.core.db import db

pages = Blueprint("health", __name__)


@pages.get("/healthz")
def alive() -> tuple[str, int, dict[str, str]]:
    """200 as long as the process answers."""
    return "ok\n", 200, _PLAIN


@pages.get("/readyz")
def ready() -> tuple[str, int, dict[str, str]]:
    """200 once requests are served from a migrated database, else 503 with the reason."""
    try:
        found = MigrationContext.configure(db.session.connection()).get_current_revision()
    except SQLAlchemyError:
        return "the database does not answer\n", 503, _PLAIN
    wanted = ScriptDirectory(f"{current_app.root_path}/migrations").get_current_head()
    if found != wanted:
        return "the database is not migrated: run bin/sipas db upgrade\n", 503, _PLAIN
    return "ready\n", 200, _PLAIN


_PLAIN = {"Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store"}

"""Every migration goes up and down with data, and ends where the models are."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import flask_migrate
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, select, text

from sipas.core.db import db
from sipas.responses import recording, recount
from sipas.responses.models import Response
from sipas.run import installation
from tests.conftest import draft, make_app, tally_of


def test_migrations_give_the_tables_of_the_models(empty_database: str, tmp_path: Path) -> None:
    app = make_app(tmp_path / "instance", empty_database)
    with app.app_context():
        flask_migrate.upgrade()
        with db.engine.connect() as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": True})
            assert compare_metadata(context, db.metadata) == []


def test_every_migration_goes_up_and_down_with_data(empty_database: str, tmp_path: Path) -> None:
    app = make_app(tmp_path / "instance", empty_database)
    with app.app_context():
        revisions = [one.revision for one in ScriptDirectory(f"{app.root_path}/migrations").walk_revisions()]
        installation.prepare()
        installation.load_sample()
        recording.record(draft(access=4, comment="Tốt"), app.config["SIPAS"].zone)
        assert recount.differences() == []
        db.session.remove()
        for _ in revisions:
            flask_migrate.downgrade()
        assert set(inspect(db.engine).get_table_names()) == {"alembic_version"}
        installation.prepare()
        installation.load_sample()
        recording.record(draft(), app.config["SIPAS"].zone)
        assert recount.differences() == []


def test_tallies_are_counted_anew_where_a_migration_made_their_tables_anew(empty_database: str, tmp_path: Path) -> None:
    app = make_app(tmp_path / "instance", empty_database)
    with app.app_context():
        installation.prepare()
        installation.load_sample()
        at = datetime(2026, 9, 14, 18, 30, tzinfo=UTC)
        for language in ("vi", "vi", "en"):
            one = replace(draft(at=at, access=4, feedback=None), language=language)
            recording.record(one, app.config["SIPAS"].zone)
        db.session.remove()
        flask_migrate.downgrade(revision="0002")
        with db.engine.connect() as connection:
            kept = connection.execute(text("SELECT SUM(score_5), COUNT(*) FROM tally WHERE span = 'day'")).one()
            assert tuple(kept) == (6, 2), "the version before finds its counts, by the centre and the province"
        flask_migrate.upgrade()
        assert recount.differences() == []
        assert set(db.session.scalars(select(Response.hour))) == {1}, "half past six in the evening of UTC"
        assert tally_of("quang-ninh")


def test_preparing_twice_changes_nothing(empty_database: str, tmp_path: Path) -> None:
    app = make_app(tmp_path / "instance", empty_database)
    with app.app_context():
        for _ in range(2):
            installation.prepare()
        assert installation.note("demo") is None
        installation.keep_note("demo", "loaded")
        installation.keep_note("demo", "loaded twice")
        assert installation.note("demo") == "loaded twice"


@pytest.mark.parametrize("name", ["journal_mode", "synchronous", "foreign_keys"])
def test_sqlite_is_set_to_survive_a_power_cut(tmp_path: Path, name: str) -> None:
    app = make_app(tmp_path / "instance")
    with app.app_context(), db.engine.connect() as connection:
        value = connection.exec_driver_sql(f"PRAGMA {name}").scalar()
    assert value == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}[name]

"""What tests share: a fresh database of each kind for every test, and a browser that checks each page it meets."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from flask import Flask
from hypothesis import settings as hypothesis_settings
from sqlalchemy import make_url

from sipas import create_app
from sipas.catalogue import lookups
from sipas.core.db import db
from sipas.core.settings import Settings
from sipas.numbers import periods
from sipas.numbers.shares import Tally
from sipas.responses import recording, tally_reads
from sipas.responses.tally_reads import TallyRequest
from sipas.run import installation
from sipas.staff import accounts
from sipas.survey import surveys
from tests import postgres
from tests.pages import Visitor

hypothesis_settings.register_profile("sipas", deadline=None, derandomize=bool(os.environ.get("CI")))
hypothesis_settings.load_profile("sipas")

PASSWORD = "sea-green-office"
EXIT_OF_PROVINCE = "E4XQHJ49"
"""A touchpoint of the provincial centre without a fixed field."""

COUNTER_1 = "QER9RTTM"
"""One of the same centre that fixes the field ho-tich."""


def pytest_configure(config: pytest.Config) -> None:
    """Start the PostgreSQL that all workers share."""
    if not hasattr(config, "workerinput"):
        try:
            postgres.share()
        except postgres.PostgresMissing as missing:
            raise pytest.UsageError(str(missing)) from missing


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop it."""
    if not hasattr(config, "workerinput"):
        postgres.unshare()


def make_app(folder: Path, address: str = "", **chosen: object) -> Flask:
    """An application on a folder and a database of its own."""
    values: dict[str, object] = {
        "database_url": address,
        "report_delay_days": 0,
        "secret_key": "only for tests",
        "second_step_roles": "",
    }
    app = create_app(Settings(instance_path=folder, **(values | chosen)))  # type: ignore[arg-type]
    app.config["TESTING"] = True
    _made.append(app)
    return app


_made: list[Flask] = []


@pytest.fixture(autouse=True)
def _all_connections_closed() -> Iterator[None]:
    """After each test the applications that it made let their connections go."""
    yield
    while _made:
        with _made.pop().app_context():
            db.session.remove()
            db.engine.dispose()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file with the sample catalogue."""
    folder = tmp_path_factory.mktemp("template")
    _fill(make_app(folder))
    return folder / "sipas.sqlite"


@pytest.fixture(scope="session")
def postgres_template(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of a migrated PostgreSQL database with the sample catalogue."""
    name = f"template_{uuid4().hex}"
    _fill(make_app(tmp_path_factory.mktemp("template"), new_database(name)))
    return name


def _fill(app: Flask) -> None:
    with app.app_context():
        installation.prepare()
        installation.load_sample()
        db.session.remove()
        db.engine.dispose()


def tally_of(unit_code: str, period: str = "2026") -> dict[int, Tally]:
    """What stands in a unit's subtree, by field id."""
    wanted = TallyRequest(lookups.unit(unit_code).id, periods.parse(period))
    return {field_id: both.stand for field_id, both in tally_reads.by_field(wanted).items()}


def new_database(name: str, template: str = "template0") -> str:
    """The address of a new PostgreSQL database, a copy of a template."""
    maintenance = make_url(postgres.url())
    plain = maintenance.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"'.encode())
    return maintenance.set(database=name).render_as_string(hide_password=False)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a fresh database with the sample catalogue, once on each kind of database."""
    if request.param == "postgresql":
        return new_database(f"test_{uuid4().hex}", request.getfixturevalue("postgres_template"))
    shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "sipas.sqlite")
    return f"sqlite:///{tmp_path / 'sipas.sqlite'}"


@pytest.fixture
def empty_database(database: str) -> str:
    """The address of a database without a table, of the same kind."""
    if database.startswith("sqlite"):
        return database.replace("sipas.sqlite", "empty.sqlite")
    return new_database(f"empty_{uuid4().hex}")


@pytest.fixture
def app(database: str, tmp_path: Path) -> Flask:
    """The application on a fresh database; staff see today's figures at once."""
    return make_app(tmp_path, database)


@pytest.fixture
def inside(app: Flask) -> Iterator[Flask]:
    """The application with its context pushed, for tests of the core."""
    with app.app_context():
        yield app


@pytest.fixture
def visitor(app: Flask) -> Visitor:
    """A browser without cookies, as a citizen's; it checks every page."""
    return Visitor(app)


@pytest.fixture
def signed_in(app: Flask) -> Callable[[str, str], Visitor]:
    """Makes an account with a role and a unit, and gives its signed-in browser."""

    def sign_in(role: str, unit: str = "quang-ninh") -> Visitor:
        email = f"{role}.{uuid4().hex[:6]}@test.example"
        with app.app_context():
            accounts.add(email, PASSWORD, role, lookups.unit(unit))
        browser = Visitor(app)
        browser.sign_in(email, PASSWORD)
        return browser

    return sign_in


@pytest.fixture
def ask(app: Flask) -> Callable[[Callable[[], Any]], Any]:
    """Asks the core in a context of its own, as a request has one: nothing of it reaches the next page."""

    def answer(question: Callable[[], Any]) -> Any:
        with app.app_context():
            return question()

    return answer


def draft(
    code: str = EXIT_OF_PROVINCE,
    field: str = "dat-dai",
    at: datetime | None = None,
    key: str | None = None,
    comment: str = "",
    **scores: int | None,
) -> recording.ResponseDraft:
    """A response through a touchpoint, `overall` 5 unless said otherwise."""
    survey = surveys.survey(code, date(2026, 1, 1))
    field_id = survey.field.id if survey.field else lookups.field(field).id
    answers = recording.Answers({"overall": 5, **scores}, (), comment)
    when = at or datetime(2026, 9, 14, 3, 30, tzinfo=UTC)
    return recording.ResponseDraft(
        key or recording.new_key(), survey.place, survey.sheet, field_id, answers, "vi", when
    )

"""The database: connection, naming of constraints, write transactions, and what the two dialects do differently."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from flask import Flask
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ColumnElement,
    Connection,
    Date,
    DateTime,
    Dialect,
    Engine,
    Insert,
    Integer,
    MetaData,
    String,
    Table,
    TypeDecorator,
    cast,
    event,
    func,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import psycopg
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import DeclarativeBase, scoped_session
from sqlalchemy.pool import ConnectionPoolEntry

SQLITE_BUSY_SECONDS = 2
"""How long a writer waits for another process (an import, a backup) before the citizen sees a 503."""


class Base(DeclarativeBase):
    """Every table's parent: constraints get names, so that migrations can find them again."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_N_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


db = SQLAlchemy(model_class=Base, session_options={"expire_on_commit": False})
migrate = Migrate(render_as_batch=True, compare_type=True)

if TYPE_CHECKING:

    class Model(Base):
        """What a type checker sees of `db.Model`."""

        __abstract__ = True
else:
    Model = db.Model


class Unwritable(Exception):
    """The database could not take a write now; nothing of it was kept."""


class Instant(TypeDecorator[datetime]):
    """An instant, stored and returned in UTC; SQLite alone would return it without its zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn any instant with a zone into UTC; one without a zone is refused."""
        if value is not None and value.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        return value and value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give back the instant with its zone."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def text_check(column: str, length: int) -> CheckConstraint:
    """A named CHECK that a text column is neither blank nor longer than `length` (SQLite ignores VARCHAR's)."""
    return CheckConstraint(f"length(trim({column})) BETWEEN 1 AND {length}", name=f"{column}_length")


def one_of(column: str, values: Iterable[str]) -> CheckConstraint:
    """A named CHECK that a column holds one of the values."""
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=f"{column}_known")


WideId = BigInteger().with_variant(Integer, "sqlite")
"""A key of 64 bits. SQLite keeps rows in its order only if it is called INTEGER; else in that of their arrival."""

Code = String(60)
Name = String(300)


def connect(app: Flask, address: str) -> None:
    """Bind the database at an SQLAlchemy address to the application."""
    app.config["SQLALCHEMY_DATABASE_URI"] = address
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = _engine_options(address)
    db.init_app(app)
    migrate.init_app(app, db, directory=f"{app.root_path}/migrations")
    with app.app_context():
        if db.engine.dialect.name == "sqlite":
            event.listen(db.engine, "connect", _prepare_sqlite)
            event.listen(db.engine, "begin", _begin_sqlite)


def _engine_options(address: str) -> dict[str, Any]:
    """How each database is spoken to. What a citizen answered stands in no message of an error, nor in a log."""
    if address.startswith("sqlite"):
        return {"hide_parameters": True, "connect_args": {"timeout": SQLITE_BUSY_SECONDS}}
    # A prepared statement keeps its generic plan, which costs a report 520 ms instead of 2.2:
    # plans are made for the values asked for.
    return {"hide_parameters": True, "pool_pre_ping": True, "connect_args": {"prepare_threshold": None}}


def _prepare_sqlite(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    """WAL lets reports read while citizens write; FULL keeps an acknowledged answer through a power cut."""
    assert isinstance(connection, sqlite3.Connection)  # noqa: S101 - the listener hangs on SQLite engines only
    connection.isolation_level = None
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "temp_store=MEMORY",
        "wal_autocheckpoint=8000",
    ):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin_sqlite(connection: Connection) -> None:
    """A write begins IMMEDIATE: a read that turns into a write fails at once where another wrote between."""
    mode = connection.get_execution_options().get("sipas_begin", "DEFERRED")
    connection.exec_driver_sql(f"BEGIN {mode}")


_turns: dict[str, threading.Lock] = {}


def _turn_of(engine: Engine) -> threading.Lock:
    return _turns.setdefault(str(engine.url), threading.Lock())


@contextmanager
def snapshot() -> Iterator[scoped_session[Session]]:
    """One moment of the database, however long the reading takes; what is written inside is let go."""
    session = db.session
    session.rollback()
    options = {} if _is_sqlite() else {"isolation_level": "REPEATABLE READ"}
    try:
        session.connection(execution_options=options)
        yield session
    finally:
        session.rollback()


@contextmanager
def writing() -> Iterator[scoped_session[Session]]:
    """One whole write: what happens inside is committed together, or nothing of it is.

    Whatever the session had read before is let go first. Threads of one process take turns, because
    SQLite's own waiting starves some writers. Raises Unwritable where the database takes no writes.
    """
    session = db.session
    session.rollback()
    with _turn_of(db.engine) if _is_sqlite() else _no_turn():
        try:
            session.connection(execution_options={"sipas_begin": "IMMEDIATE"})
            yield session
            session.commit()
        except BaseException as error:
            session.rollback()
            if is_down(error):
                raise Unwritable(str(error)) from error
            raise


def keep_writers_out(session: scoped_session[Session], table: Table) -> None:
    """Let nobody else write into a table until this transaction ends; on SQLite nobody can anyway."""
    if not _is_sqlite():
        session.execute(text(f"LOCK TABLE {table.name} IN SHARE ROW EXCLUSIVE MODE"))


def overwrite_what_goes(session: scoped_session[Session]) -> None:
    """Let what this connection takes out of SQLite's file be overwritten with zeros; otherwise its pages keep it.

    PostgreSQL does so when it next cleans the table.
    """
    if _is_sqlite():
        session.execute(text("PRAGMA secure_delete = ON"))


@contextmanager
def _no_turn() -> Iterator[None]:
    yield


def _is_sqlite() -> bool:
    return db.engine.dialect.name == "sqlite"


def insert(table: Table) -> sqlite.Insert | postgresql.Insert:
    """An INSERT that knows ON CONFLICT, in the dialect of the database in use."""
    return sqlite.insert(table) if _is_sqlite() else postgresql.insert(table)


def first_of_month(day: ColumnElement[date]) -> ColumnElement[date]:
    """The first day of a day's month, in SQL."""
    if _is_sqlite():
        return func.date(day, "start of month", type_=Date)
    return cast(func.date_trunc("month", day), Date)


def week_of(day: ColumnElement[date]) -> ColumnElement[date]:
    """The Monday of a day's week, in SQL."""
    if _is_sqlite():
        return func.date(day, "-6 days", "weekday 1", type_=Date)
    return cast(func.date_trunc("week", day), Date)


def weekday_of(day: ColumnElement[date]) -> ColumnElement[int]:
    """A day's weekday, Monday being 0, in SQL."""
    sunday_first = func.strftime("%w", day) if _is_sqlite() else func.extract("dow", day)
    return (cast(sunday_first, Integer) + 6) % 7


def insert_rows(connection: Connection, table: Table, rows: Iterable[tuple[Any, ...]]) -> None:
    """Insert rows, each a value for every column in the table's order; none is no error."""
    run_for_each(connection, _inserting(table), rows)


@cache
def _inserting(table: Table) -> Insert:
    return table.insert()


def insert_new(connection: Connection, table: Table, column: str, rows: Iterable[tuple[Any, ...]]) -> int:
    """Insert rows as above, but none whose unique `column` has a value that is taken; say how many."""
    return run_for_each(connection, _inserting_new(table, column, connection.dialect.name), rows)


@cache
def _inserting_new(table: Table, column: str, _dialect_name: str) -> Insert:
    return insert(table).on_conflict_do_nothing(index_elements=[column])


def run_for_each(connection: Connection, statement: Insert, rows: Iterable[tuple[Any, ...]]) -> int:
    """Run one INSERT for rows, each a value for every column in the table's order; say how many it touched.

    The statement should be one that is made once and kept: it is compiled at its first use and goes to the
    driver as it is, for SQLAlchemy's care of each parameter took three times as long as storing the row.
    """
    listed = list(rows)
    if not listed:
        return 0
    sql, conversions = _compiled(statement, connection.dialect.name)
    for place, convert in conversions:
        listed = [(*row[:place], convert(row[place]), *row[place + 1 :]) for row in listed]
    parameters = listed if len(listed) > 1 else listed[0]
    return connection.exec_driver_sql(sql, parameters).rowcount


_DIALECTS: Mapping[str, Dialect] = {
    "sqlite": sqlite.dialect(),
    "postgresql": psycopg.dialect(paramstyle="format"),  # type: ignore[no-untyped-call]
}
"""How the drivers in use take parameters by their place."""


@cache
def _compiled(statement: Insert, dialect_name: str) -> tuple[str, list[tuple[int, Callable[[Any], Any]]]]:
    """A statement as its driver takes it, and which of a row's values must be converted for that driver.

    Days and months come again and again: what they are converted into is kept.
    """
    dialect = _DIALECTS[dialect_name]
    columns = statement.table.columns
    converters = (column.type.dialect_impl(dialect).bind_processor(dialect) for column in columns)
    sql = str(statement.compile(dialect=dialect, column_keys=list(columns.keys())))
    return sql, [(place, lru_cache(convert)) for place, convert in enumerate(converters) if convert]


def is_down(error: BaseException) -> bool:
    """Whether an error says that the database cannot be used now, rather than that a statement was wrong.

    psycopg calls a write to a read-only server (a standby, a full disk's precaution) an internal error.
    """
    if isinstance(error, Unwritable | OperationalError):
        return True
    return isinstance(error, DBAPIError) and (
        error.connection_invalidated or getattr(error.orig, "sqlstate", None) == _READ_ONLY
    )


_READ_ONLY = "25006"

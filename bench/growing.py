"""An SQLite installation made ten times as large: each response again on other days of its month, counts along.

Recording ten million responses one by one takes twenty minutes; copying them with their counts takes some. Days
move within their month, so that months' counts are multiplied exactly and days' counts fill up as they would.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from sipas.core.codes import RESPONSE_IDS

STRIDE = RESPONSE_IDS // 97
"""Ids of copies lie so far from their models'."""

_MOVED = (
    "date({day}, 'start of month', '+' || ((CAST(strftime('%d', {day}) AS INTEGER) - 1 + {by}) % "
    "CAST(strftime('%d', {day}, 'start of month', '+1 month', '-1 day') AS INTEGER)) || ' days')"
)


def grow(path: Path, times: int) -> None:
    """Make the file of an installation so many times as large. Its counts stay those of its responses."""
    connection = sqlite3.connect(path, isolation_level=None)
    for pragma in (
        "journal_mode=OFF",
        "synchronous=OFF",
        "foreign_keys=OFF",
        "temp_store=MEMORY",
        "cache_size=-500000",
    ):
        connection.execute(f"PRAGMA {pragma}").fetchall()
    connection.execute("CREATE TEMP TABLE model AS SELECT * FROM response ORDER BY id")
    for name in ("rating", "chosen"):
        connection.execute(f"CREATE TEMP TABLE model_{name} AS SELECT * FROM {name}")  # noqa: S608 - our own names
    for by in range(1, times):
        _copy_responses(connection, by)
    for table in ("tally", "touchpoint_tally", "option_tally", "hour_tally"):
        _count_days(connection, table, times)
    for table, having in (("question_tally", ""), *((one, " WHERE span = 'month'") for one in _SPANNED)):
        counters = ", ".join(f"{name} = {name} * {times}" for name in _columns(connection, table)[1])
        connection.execute(f"UPDATE {table} SET {counters}{having}")  # noqa: S608 - our own names
    connection.execute("ANALYZE")
    connection.close()


_SPANNED = ("tally", "touchpoint_tally", "option_tally")


def _copy_responses(connection: sqlite3.Connection, by: int) -> None:
    """All responses once more, `by` days further in their month, with what they rated and ticked."""
    names = [row[1] for row in connection.execute("PRAGMA table_info(response)")]
    far = _free(connection, by)
    new = {
        "id": f"(id + {far}) % {RESPONSE_IDS}",
        "key": f"key || '-{by}'",
        "day": _MOVED.format(day="day", by=by),
    }
    columns = ", ".join(new.get(name, f'"{name}"') for name in names)
    connection.execute(f"INSERT INTO response SELECT {columns} FROM model ORDER BY 1")  # noqa: S608 - our own names
    moved = f"(response_id + {far}) % {RESPONSE_IDS}"
    for name, columns in (("rating", "question_id, score"), ("chosen", "option_id")):
        connection.execute(
            f"INSERT INTO {name} SELECT {moved}, {columns} FROM model_{name} ORDER BY 1, 2"  # noqa: S608 - our own names
        )


def _free(connection: sqlite3.Connection, by: int) -> int:
    """How far to move all ids so that none is taken; ids are random, so a million may meet one of a million."""
    far: int = by * STRIDE % RESPONSE_IDS
    taken = "SELECT 1 FROM model WHERE EXISTS (SELECT 1 FROM response r WHERE r.id = (model.id + ?) % ?) LIMIT 1"
    while connection.execute(taken, (far, RESPONSE_IDS)).fetchone():
        far = (far + 1) % RESPONSE_IDS
    return far


def _count_days(connection: sqlite3.Connection, table: str, times: int) -> None:
    """The rows of single days, once more for each copy."""
    keys, counters = _columns(connection, table)
    days = " WHERE span = 'day'" if "span" in keys else ""
    connection.execute(f"CREATE TEMP TABLE model_days AS SELECT * FROM {table}{days}")  # noqa: S608 - our own names
    listed, more = ", ".join((*keys, *counters)), ", ".join(f"{name} = {name} + excluded.{name}" for name in counters)
    for by in range(1, times):
        moved = ", ".join(_MOVED.format(day=key, by=by) if key == "day" else key for key in (*keys, *counters))
        connection.execute(
            f"INSERT INTO {table} ({listed}) SELECT {moved} FROM model_days WHERE true "  # noqa: S608 - our own names
            f"ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {more}"
        )
    connection.execute("DROP TABLE model_days")


def _columns(connection: sqlite3.Connection, table: str) -> tuple[list[str], list[str]]:
    """The names of a tally's key and of its counters."""
    rows = connection.execute(f"PRAGMA table_info({table})").fetchall()
    return [row[1] for row in rows if row[5]], [row[1] for row in rows if not row[5]]

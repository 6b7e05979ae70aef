"""Writing tallies: counts kept beside the responses, changed in the same transaction, read by every report.

Recording, setting aside, recounting and the verbs on units call this module, and nothing else may (a contract says so).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from functools import cache, lru_cache
from operator import add as add_up
from typing import Any, NamedTuple

from sqlalchemy import (
    Connection,
    Integer,
    Table,
    bindparam,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite

from sipas.catalogue import lookups
from sipas.core import db as database
from sipas.numbers.shares import Cluster, is_satisfied
from sipas.responses.tally_tables import (
    COUNTERS,
    OFFSETS,
    POOLED,
    SUMS,
    TALLIES,
    counters_of,
)


class CountedResponse(NamedTuple):
    """What one response adds: `ratings` are (question id, factor or None, score or None if not applicable)."""

    unit_id: int
    touchpoint_id: int
    day: date
    hour: int
    field_id: int
    channel: str
    language: str
    overall: int
    ratings: tuple[tuple[int, str | None, int | None], ...]
    option_ids: tuple[int, ...] = ()


def add(connection: Connection, counted: Iterable[CountedResponse]) -> None:
    """Add responses to the kept counts, within the caller's transaction."""
    counts = _counts(counted, aside=False)
    for table in TALLIES:
        _put(connection, table, counts[table.name])


def shift(connection: Connection, counted: Sequence[CountedResponse], aside: bool) -> None:
    """Count responses as set aside (or no longer so) that were counted the other way, in the caller's transaction."""
    joining, leaving = _counts(counted, aside), _counts(counted, not aside)
    units = {unit_id for cells in leaving.values() for unit_id, *_ in cells}
    for table in TALLIES:
        less = {cell: [-value for value in counters] for cell, counters in leaving[table.name].items()}
        _put(connection, table, joining[table.name] | less)
        _sweep(connection, table, units)


_Cells = dict[tuple[Any, ...], list[int]]
"""Counters by the key of their row."""


def _counts(counted: Iterable[CountedResponse], aside: bool) -> dict[str, _Cells]:
    """What responses add to each table, units above them included."""
    days, questions, options, hours = (_no_counts(number) for number in (len(COUNTERS), 6, 1, 2))
    for one in counted:
        counters = days[one.unit_id, one.touchpoint_id, "day", one.day, one.field_id, one.channel, one.language, aside]
        for place, value in _added(one.overall, one.ratings):
            counters[place] += value
        month = one.day.replace(day=1)
        for question_id, _, score in one.ratings:
            questions[one.unit_id, month, one.field_id, one.channel, question_id, aside][(score or 6) - 1] += 1
        for option_id in one.option_ids:
            options[one.unit_id, "day", one.day, one.field_id, one.channel, option_id, aside][0] += 1
        by_hour = hours[one.unit_id, one.day, one.hour, aside]
        by_hour[0] += 1
        by_hour[1] += is_satisfied(one.overall)
    above = lookups.above({unit_id for unit_id, *_ in days})
    by_unit = _pooled(_summed(((unit_id, *cell), counters) for (unit_id, _, *cell), counters in days.items()), above)
    by_option = _pooled(options, above)
    return {
        "tally": by_unit | _months(by_unit, 1),
        "touchpoint_tally": days | _months(days, 2),
        "question_tally": _pooled(questions, above),
        "option_tally": by_option | _months(by_option, 1),
        "hour_tally": _pooled(hours, above),
    }


def _no_counts(number: int) -> defaultdict[tuple[Any, ...], list[int]]:
    return defaultdict(lambda: [0] * number)


@lru_cache(maxsize=8192)
def _added(overall: int, ratings: tuple[tuple[int, str | None, int | None], ...]) -> list[tuple[int, int]]:
    """Which counters one response changes and by how much; kept, for most people answer like one before."""
    added = {overall - 1: 1}
    for scope, offset in OFFSETS.items():
        scores = [score for _, factor, score in ratings if factor and scope in ("index", factor)]
        sums = Cluster.of(scores)
        added |= {place: getattr(sums, name) for place, name in enumerate(SUMS, offset)}
    return [(place, value) for place, value in added.items() if value]


def _pooled(counts: Mapping[tuple[Any, ...], list[int]], above: Mapping[int, Sequence[int]]) -> _Cells:
    """The same counts for every unit that holds the one they were given in."""
    return _summed(
        ((above_id, *cell), counters) for (unit_id, *cell), counters in counts.items() for above_id in above[unit_id]
    )


def _months(days: Mapping[tuple[Any, ...], list[int]], before: int) -> _Cells:
    """The same counts by month; `before` is how many parts of a key stand before its span and day."""
    return _summed(
        ((*cell[:before], "month", cell[before + 1].replace(day=1), *cell[before + 2 :]), counters)
        for cell, counters in days.items()
    )


def _summed(counted: Iterable[tuple[tuple[Any, ...], list[int]]]) -> _Cells:
    """Counters summed by key; a key that comes once, as most do, keeps its own."""
    sums: _Cells = {}
    for cell, counters in counted:
        before = sums.get(cell)
        sums[cell] = list(map(add_up, before, counters)) if before else counters
    return sums


def _put(connection: Connection, table: Table, counts: _Cells) -> None:
    """Rows are written in the order of their keys, so that two transactions never wait for each other."""
    statement = _adding(table, connection.dialect.name)
    database.run_for_each(connection, statement, [(*cell, *counts[cell]) for cell in sorted(counts)])


@cache
def _adding(table: Table, dialect: str) -> sqlite.Insert | postgresql.Insert:
    return _summing(table, database.insert(table))


def _summing(table: Table, statement: sqlite.Insert | postgresql.Insert) -> sqlite.Insert | postgresql.Insert:
    """An INSERT that adds to the counters of rows that are there already."""
    return statement.on_conflict_do_update(
        index_elements=list(table.primary_key),
        set_={column.name: column + statement.excluded[column.name] for column in counters_of(table)},
    )


def carry(connection: Connection, unit_id: int, leaving: Collection[int], joining: Collection[int]) -> None:
    """Take what was counted in a unit's subtree out of the units that it leaves and add it to those it joins.

    Within the caller's transaction, in which no response may be recorded. It costs what the unit's own rows
    cost, not a pass over all responses: citizens who answer meanwhile wait for milliseconds.
    """
    for table in POOLED:
        for above_id, sign in (*((one, -1) for one in leaving), *((one, 1) for one in joining)):
            connection.execute(_carrying(table), {"unit_id": unit_id, "above_id": above_id, "sign": sign})
        _sweep(connection, table, leaving)


def _sweep(connection: Connection, table: Table, unit_ids: Collection[int]) -> None:
    """Remove the rows of some units that count nothing any more."""
    empty = (column == 0 for column in counters_of(table))
    connection.execute(table.delete().where(table.c.unit_id.in_(unit_ids), *empty))


def _carrying(table: Table) -> sqlite.Insert | postgresql.Insert:
    """An INSERT of a unit's rows into those of a unit above it, with the sign of their counters."""
    cell = [column for column in table.primary_key if column.name != "unit_id"]
    sign = bindparam("sign", type_=Integer)
    counters = [(column * sign).label(column.name) for column in counters_of(table)]
    above_id = bindparam("above_id", type_=Integer).label("unit_id")
    own = select(above_id, *cell, *counters).where(table.c.unit_id == bindparam("unit_id"))
    names = ["unit_id", *(column.name for column in (*cell, *counters_of(table)))]
    return _summing(table, database.insert(table).from_select(names, own))

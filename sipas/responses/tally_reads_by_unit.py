"""What was counted of many units at once, in one reading: for rankings and the picture of the province."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Column, ColumnElement, func, select

from sipas.core.db import db
from sipas.numbers.periods import Period
from sipas.numbers.shares import SCORES, Cluster, Tally
from sipas.responses.tally_reads import SATISFIED_COUNTERS, SCORE_COUNTERS, of_counters, plus, summed
from sipas.responses.tally_tables import COUNTERS, SUMS, tally

_HEADLINES = len(SCORES) + len(SUMS)
"""How many of the counters, which begin with the overall scores and the sums of the index."""


def totals(unit_ids: Collection[int], period: Period, field_ids: Collection[int] | None = None) -> dict[int, Tally]:
    """What stands of each unit's subtree in a period, by unit id; units without responses are absent."""
    one = tally.c
    columns = (one.unit_id, *(one[name] for name in COUNTERS))
    conditions = [one.unit_id.in_(list(unit_ids)), one.aside.is_(False)]
    if field_ids is not None:
        conditions.append(one.field_id.in_(list(field_ids)))
    return {row[0]: of_counters(row[1:]) for row in summed(tally, columns, 1, conditions, period)}


def by_month(
    unit_ids: Collection[int], period: Period, field_ids: Collection[int] | None = None
) -> dict[int, dict[date, Tally]]:
    """The same month by month, by unit id and the month's first day; `period` is cut to its whole months."""
    one = tally.c
    found: dict[int, dict[date, Tally]] = {}
    months = [piece for span, piece in period.pieces() if span == "month"]
    for whole in months:
        conditions = [one.unit_id.in_(list(unit_ids)), one.aside.is_(False), one.span == "month"]
        conditions += [one.day >= whole.start, one.day < whole.end]
        if field_ids is not None:
            conditions.append(one.field_id.in_(list(field_ids)))
        sums = [func.sum(one[name]) for name in COUNTERS]
        for row in db.session.execute(
            select(one.unit_id, one.day, *sums).where(*conditions).group_by(one.unit_id, one.day)
        ):
            found.setdefault(row[0], {})[row[1]] = of_counters(row[2:])
    return found


def headlines(
    unit_ids: Collection[int],
    period: Period,
    field_id: int | None = None,
    channel: str | None = None,
    with_index: bool = True,
) -> dict[int, Tally]:
    """Overall scores and the index without the factors, for thousands of units: a third of what `totals` reads.

    By unit id; units without responses are absent. Without the index it is a third less again.
    """
    one = tally.c
    columns = (one.unit_id, *(one[name] for name in COUNTERS[: _HEADLINES if with_index else len(SCORES)]))
    conditions: list[ColumnElement[bool]] = [one.unit_id.in_(list(unit_ids)), one.aside.is_(False)]
    if field_id is not None:
        conditions.append(one.field_id == field_id)
    if channel is not None:
        conditions.append(one.channel == channel)
    found: dict[int, Tally] = {}
    for unit_id, *counters in summed(tally, columns, 1, conditions, period):
        values = [int(value) for value in counters]
        found[unit_id] = Tally(tuple(values[: len(SCORES)]), Cluster(*values[len(SCORES) :]))
    return found


def counts_by_month(
    unit_ids: Collection[int], months: Period, field_id: int | None = None
) -> dict[int, dict[date, tuple[int, int]]]:
    """How many responses stand and how many were satisfied in whole months: by unit id and the month's first day."""
    one = tally.c
    found: dict[int, dict[date, tuple[int, int]]] = {}
    about = [] if field_id is None else [one.field_id == field_id]
    for unit_id, month, *counts in _counts(unit_ids, months, (one.unit_id, one.day), about):
        found.setdefault(unit_id, {})[month] = (int(counts[0]), int(counts[1]))
    return found


def by_field_and_month(unit_ids: Collection[int], months: Period) -> dict[int, dict[int, dict[date, tuple[int, int]]]]:
    """The same by unit id, field id and the month's first day."""
    one = tally.c
    found: dict[int, dict[int, dict[date, tuple[int, int]]]] = {}
    for unit_id, field_id, month, *counts in _counts(unit_ids, months, (one.unit_id, one.field_id, one.day), []):
        found.setdefault(unit_id, {}).setdefault(field_id, {})[month] = (int(counts[0]), int(counts[1]))
    return found


def _counts(
    unit_ids: Collection[int], months: Period, cell: Sequence[Column[Any]], about: Sequence[ColumnElement[bool]]
) -> Iterable[Sequence[Any]]:
    one = tally.c
    wanted = select(*cell, func.sum(plus(tally, SCORE_COUNTERS)), func.sum(plus(tally, SATISFIED_COUNTERS)))
    conditions = [one.unit_id.in_(list(unit_ids)), one.aside.is_(False), one.span == "month", *about]
    conditions += [one.day >= months.start, one.day < months.end]
    return db.session.execute(wanted.where(*conditions).group_by(*cell))

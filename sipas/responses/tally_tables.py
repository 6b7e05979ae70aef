"""The tables of tallies: which counts stand beside the responses, and for what.

Their shape follows what was measured on ten million responses (docs/performance.md): few rows, all counters
side by side. A unit's rows count it and everything below it, so the province's report costs what a centre's
does; only `touchpoint_tally` counts what hung in the unit itself. Each row counts either responses that stand
or (`aside`) those that were set aside. `tally_writes` changes them, `tally_reads` answers everybody else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sqlalchemy import Boolean, CheckConstraint, Column, Date, ForeignKey, Integer, SmallInteger, String, Table

from sipas.catalogue.models import CHANNELS
from sipas.core.db import Base
from sipas.numbers.shares import FACTORS, SCORES

SCOPES = ("index", *FACTORS)
SUMS = ("citizens", "k", "m", "kk", "km", "mm")
"""The sums that an interval needs, in the order of `Cluster`'s attributes."""

COUNTERS = (
    *(f"score_{score}" for score in SCORES),
    *(f"{scope}_{sum_}" for scope in SCOPES for sum_ in SUMS),
)
OFFSETS = {scope: len(SCORES) + place * len(SUMS) for place, scope in enumerate(SCOPES)}
"""Where the sums of each scope begin among the counters."""

QUESTION_COUNTERS = (*(f"score_{score}" for score in SCORES), "not_applicable")

NO_HOUR = -1
"""Stands for the hour of paper forms: they tell when staff typed them in, not when a citizen was there."""


def _keys(*names: str) -> Iterator[Column[Any]]:
    return (_KEYS[name]() for name in names)


_KEYS: Mapping[str, Any] = {
    "unit_id": lambda: Column("unit_id", ForeignKey("unit.id"), primary_key=True),
    "touchpoint_id": lambda: Column("touchpoint_id", ForeignKey("touchpoint.id"), primary_key=True),
    "span": lambda: Column("span", String(5), primary_key=True),
    "day": lambda: Column("day", Date, primary_key=True),
    "month": lambda: Column("month", Date, primary_key=True),
    "hour": lambda: Column("hour", SmallInteger, primary_key=True, autoincrement=False),
    "field_id": lambda: Column("field_id", ForeignKey("service_field.id"), primary_key=True),
    "channel": lambda: Column("channel", String(10), primary_key=True),
    "language": lambda: Column("language", String(10), primary_key=True),
    "question_id": lambda: Column("question_id", ForeignKey("question.id"), primary_key=True),
    "option_id": lambda: Column("option_id", ForeignKey("option.id"), primary_key=True),
    "aside": lambda: Column("aside", Boolean, primary_key=True),
}


def _counters(names: Iterable[str]) -> Iterator[Column[Any]]:
    return (Column(name, Integer, nullable=False) for name in names)


def _span_check() -> CheckConstraint:
    return CheckConstraint("span IN ('day', 'month')", name="span_known")


def _channel_check() -> CheckConstraint:
    return CheckConstraint(f"channel IN ({', '.join(map(repr, CHANNELS))})", name="channel_known")


tally = Table(
    "tally",
    Base.metadata,
    *_keys("unit_id", "span", "day", "field_id", "channel", "language", "aside"),
    *_counters(COUNTERS),
    _span_check(),
    _channel_check(),
    sqlite_with_rowid=False,
)
"""Counters of a day, or of the month that begins on `day`."""

touchpoint_tally = Table(
    "touchpoint_tally",
    Base.metadata,
    *_keys("unit_id", "touchpoint_id", "span", "day", "field_id", "channel", "language", "aside"),
    *_counters(COUNTERS),
    _span_check(),
    _channel_check(),
    sqlite_with_rowid=False,
)
"""The same of one touchpoint while it hung in a unit; what is below the unit is not in it."""

question_tally = Table(
    "question_tally",
    Base.metadata,
    *_keys("unit_id", "month", "field_id", "channel", "question_id", "aside"),
    *_counters(QUESTION_COUNTERS),
    _channel_check(),
    sqlite_with_rowid=False,
)
"""How often each score was given to each question in the month that begins on `month`."""

option_tally = Table(
    "option_tally",
    Base.metadata,
    *_keys("unit_id", "span", "day", "field_id", "channel", "option_id", "aside"),
    *_counters(("chosen",)),
    _span_check(),
    _channel_check(),
    sqlite_with_rowid=False,
)
"""How often each option was ticked on a day, or in the month that begins on `day`."""

hour_tally = Table(
    "hour_tally",
    Base.metadata,
    *_keys("unit_id", "day", "hour", "aside"),
    *_counters(("responses", "satisfied")),
    CheckConstraint(f"hour BETWEEN {NO_HOUR} AND 23", name="hour_of_a_day"),
    sqlite_with_rowid=False,
)
"""How many responses came in each local hour of a day, and how many of them were satisfied."""

TALLIES = (tally, touchpoint_tally, question_tally, option_tally, hour_tally)
POOLED = (tally, question_tally, option_tally, hour_tally)
"""Those whose rows count everything below their unit as well."""


def counters_of(table: Table) -> list[Column[Any]]:
    """The columns of a tally that count; the others say what."""
    return [column for column in table.columns if not column.primary_key]

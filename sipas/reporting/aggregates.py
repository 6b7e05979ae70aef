"""Aggregates: what was counted, as a tidy table by period, unit, field, channel and question, for analysts.

Everybody is in it exactly once: each unit just below the province pools its own subtree, and the province's own
code stands for what hangs at the province itself. Whole months alone are told, and no cell of fewer than five.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from operator import add
from operator import sub as subtract
from typing import Any, Literal

from sqlalchemy import select

from sipas.catalogue import lookups
from sipas.catalogue.models import CHANNELS, Unit
from sipas.catalogue.questionnaires import OVERALL, Question
from sipas.core import errors
from sipas.core.db import db, snapshot
from sipas.core.errors import reason
from sipas.files.tables import Cell, Column
from sipas.numbers import periods
from sipas.numbers.periods import Period
from sipas.numbers.shares import FACTORS, SCORES, SMALLEST_SHOWN, is_too_few
from sipas.numbers.small_groups import MIXED, OTHER_FIELDS, merged
from sipas.responses import tally_reads
from sipas.responses.tally_reads import BY_QUESTION

Step = Literal["month", "quarter", "year"]
MONTHS_OF: Mapping[Step, int] = {"month": 1, "quarter": 3, "year": 12}
"""How many months each step has; steps begin where the calendar's do."""

COLUMNS = (
    Column("period", "string", reason("Month (2026-09), quarter (2026-Q3) or year (2026)."), is_required=True),
    Column(
        "unit_code",
        "string",
        reason(
            "Code of a unit just below the province, with everything below it; or the province's own code: "
            "what was answered at the province itself."
        ),
        is_required=True,
    ),
    Column(
        "field_code",
        "string",
        reason("Code of a service field; other-fields: several fields together, because one of them is too small."),
        is_required=True,
    ),
    Column(
        "channel",
        "string",
        reason("How the response came; mixed: several channels together, because one of them is too small."),
        is_required=True,
        one_of=(*CHANNELS, MIXED),
    ),
    Column("question", "string", reason("Code of a question; overall is the one of satisfaction."), is_required=True),
    Column("factor", "string", reason("Factor of the method that the question belongs to; or empty."), one_of=FACTORS),
    *(
        Column(
            f"score_{score}",
            "integer",
            reason(
                "How many gave the score %(score)s, of 1 (very dissatisfied) to 5 (very satisfied); "
                "empty where only 1 to 4 people gave any.",
                score=score,
            ),
        )
        for score in SCORES
    ),
    Column("not_applicable", "integer", reason("How many said that the question does not apply to them.")),
)
"""What the table holds, for files that describe themselves."""

KEY = ("period", "unit_code", "field_code", "channel", "question", "factor")
"""No two rows agree in all of these."""

Row = tuple[Cell, ...]

Asked = tuple[str, str]
"""A question's code and its factor, or an empty text."""

Counts = dict[tuple[str, str, Asked], list[int]]
"""BY_QUESTION by field code, channel and question."""


class NothingWhole(Exception):
    """No whole step of the calendar lies in the period that is asked for; the argument is the period."""


@dataclass(frozen=True)
class Extent:
    """What a table is to tell: a period of whole steps of the calendar."""

    period: Period
    step: Step

    @property
    def steps(self) -> Iterator[Period]:
        """The steps, in order."""
        start = self.period.start
        while start < self.period.end:
            end = periods.add_months(start, MONTHS_OF[self.step])
            yield Period(start, end)
            start = end


def open_from(today: date, last_closed_day: date) -> date:
    """The first day of the first month that is not over, or has days that are not yet open to staff."""
    return min(today, last_closed_day + periods.ONE_DAY).replace(day=1)


def extent(asked: Period, step: Step, before: date) -> Extent:
    """The whole steps that lie in a period and end before a day. Raises NothingWhole where there is none."""
    start = _floor(asked.start, step)
    if start < asked.start:
        start = periods.add_months(start, MONTHS_OF[step])
    end = _floor(min(asked.end, before), step)
    if start >= end:
        raise NothingWhole(asked)
    return Extent(Period(start, end), step)


def _floor(day: date, step: Step) -> date:
    """The first day of the step that holds a day."""
    months = MONTHS_OF[step]
    return date(day.year, (day.month - 1) // months * months + 1, 1)


def at_most(wanted: Extent) -> int:
    """How many rows the table has, or a few more: small cells that go together are counted one by one."""
    root = lookups.province()
    units = [root.id, *(unit_id for unit_id, _ in _below(root))]
    return tally_reads.cells_by_question(units, wanted.period)


@contextmanager
def reading(wanted: Extent) -> Iterator[Iterator[Row]]:
    """The rows of the table, read from one moment of the database as they are taken, a unit and step at a time.

    By step, then by unit in the order of codes, the province's own last. Raises places.NotFound without a province.
    """
    with snapshot():
        yield _rows(wanted)


def part(step: Period, unit_code: str) -> list[Row]:
    """The rows of the table about one step and unit. Raises places.NotFound where it has none about that unit."""
    root, names = lookups.province(), _Names()
    below = {code: unit_id for unit_id, code in _below(root)}
    if unit_code in below:
        return list(rows_of(step, unit_code, names.counts(below[unit_code], step)))
    if unit_code != root.code:
        raise errors.NotFound(unit_code)
    own = names.counts(root.id, step)
    for unit_id in below.values():
        for cell, numbers in names.counts(unit_id, step).items():
            own[cell] = list(map(subtract, own[cell], numbers))
    return list(rows_of(step, root.code, own))


def parts(wanted: Extent) -> Iterator[tuple[Period, str]]:
    """The steps and units that the table has rows about, or may have, in its order."""
    root = lookups.province()
    codes = [code for _, code in _below(root)]
    for step in _counted(root, wanted):
        for code in (*codes, root.code):
            yield step, code


def _rows(wanted: Extent) -> Iterator[Row]:
    root, names = lookups.province(), _Names()
    below = _below(root)
    for step in _counted(root, wanted):
        own = names.counts(root.id, step)
        for unit_id, code in below:
            counts = names.counts(unit_id, step)
            for cell, numbers in counts.items():
                own[cell] = list(map(subtract, own[cell], numbers))
            yield from rows_of(step, code, counts)
        yield from rows_of(step, root.code, own)


def _counted(root: Unit, wanted: Extent) -> list[Period]:
    """The steps in which anything was counted."""
    months = tally_reads.rated_months(root.id, wanted.period)
    return [step for step in wanted.steps if not months.isdisjoint(step.months())]


def _below(root: Unit) -> list[tuple[int, str]]:
    """Id and code of each unit just below the province, closed ones too, in the order of their codes."""
    found = db.session.execute(select(Unit.id, Unit.code).where(Unit.parent_id == root.id))
    return sorted(((unit_id, code) for unit_id, code in found), key=lambda one: one[1])


class _Names:
    """What fields and questions are called, read once: rows of counts know them by their ids."""

    def __init__(self) -> None:
        self.fields = {field.id: field.code for field in lookups.fields()}
        asked = db.session.execute(select(Question.id, Question.code, Question.factor))
        self.questions = {number: (code, factor or "") for number, code, factor in asked}

    def counts(self, unit_id: int, period: Period) -> Counts:
        """What stands of a unit's subtree; versions of a questionnaire that ask the same are one."""
        found: Counts = defaultdict(lambda: [0] * len(BY_QUESTION))
        for field_id, channel, question_id, numbers in tally_reads.by_question(unit_id, period):
            key = (self.fields[field_id], channel, self.questions[question_id])
            found[key] = list(map(add, found[key], numbers))
        return found


def rows_of(period: Period, unit_code: str, counts: Counts) -> Iterator[Row]:
    """One unit's rows of one period, cells of fewer than five put together; a pure function.

    Where the whole unit has fewer than five there is one row without counts, for not to tell it would say zero.
    """
    head = (str(period), unit_code)
    fields = _parts(_sizes(counts, 0))
    for field_codes in fields:
        here = {cell: numbers for cell, numbers in counts.items() if cell[0] in field_codes}
        for channels in _parts(_sizes(here, 1), list(CHANNELS).index):
            names = (_name(field_codes, OTHER_FIELDS), _name(channels, MIXED))
            yield from _told((*head, *names), {cell: here[cell] for cell in here if cell[1] in channels})
    if not fields and any(map(any, counts.values())):
        yield (*head, OTHER_FIELDS, MIXED, OVERALL, None, *(None for _ in BY_QUESTION))


def _sizes(counts: Counts, place: int) -> dict[str, int]:
    """How many responses there are by one part of the cell's key: each has one overall score."""
    sizes: dict[str, int] = {}
    for cell, numbers in counts.items():
        if cell[2][0] == OVERALL:
            name = str(cell[place])
            sizes[name] = sizes.get(name, 0) + sum(numbers)
    return sizes


def _parts(sizes: dict[str, int], order: Callable[[str], Any] = str) -> list[tuple[str, ...]]:
    """Parts of at least five responses: single cells in their order, what was put together last."""
    return merged({name: sizes[name] for name in sorted(sizes, key=order)}, SMALLEST_SHOWN)


def _name(part: tuple[str, ...], together: str) -> str:
    return part[0] if len(part) == 1 else together


def _told(head: Row, counts: Counts) -> Iterator[Row]:
    """A row for each question, the overall one first."""
    by_question: dict[Asked, list[int]] = defaultdict(lambda: [0] * len(BY_QUESTION))
    for (_, _, asked), numbers in counts.items():
        by_question[asked] = list(map(add, by_question[asked], numbers))
    for asked in sorted(by_question, key=lambda one: (one[0] != OVERALL, one)):
        code, factor = asked
        *scores, not_applicable = by_question[asked]
        is_hidden = any(scores) and is_too_few(sum(scores))
        if any(scores) or not_applicable:
            yield (*head, code, factor or None, *((None,) * len(scores) if is_hidden else scores), not_applicable)


def units() -> list[Unit]:
    """The units that the table can have rows about, in the order of their codes."""
    root = lookups.province()
    told = [root.id, *(unit_id for unit_id, _ in _below(root))]
    return sorted(lookups.units_in(told), key=lambda unit: unit.code)


_NAMES = (
    Column("name_vi", "string", reason("Name in Vietnamese."), is_required=True),
    Column("name_en", "string", reason("Name in English, where there is one.")),
)
UNITS = (
    Column("unit_code", "string", reason("Code of the unit, which never changes."), is_required=True),
    *_NAMES,
    Column("official_code", "string", reason("Official code of the administrative unit, where it is known.")),
    Column("opened_on", "date", reason("First day of the unit, where it is known.")),
    Column("closed_on", "date", reason("Day on which the unit ended; empty while it serves.")),
)
FIELDS = (
    Column("field_code", "string", reason("Code of the service field, which never changes."), is_required=True),
    *_NAMES,
    Column("agency_vi", "string", reason("Agency that handles the field, in Vietnamese.")),
)
REFERS = (("unit_code", "units"), ("field_code", "fields"))
"""Which columns of the aggregates are explained by which table."""


def unit_rows() -> Iterator[Row]:
    """The units that the aggregates can name, as they are called now: those just below the province, and itself."""
    for one in units():
        yield one.code, one.name_vi, one.name_en, one.official_code, one.opened_on, one.closed_on


def field_rows() -> Iterator[Row]:
    """The service fields in the order of their codes, and what stands for several together."""
    for one in sorted(lookups.fields(), key=lambda field: field.code):
        yield one.code, one.name_vi, one.name_en, one.agency.name_vi if one.agency else None
    yield OTHER_FIELDS, "Nhiều lĩnh vực gộp chung", "Several fields together", None

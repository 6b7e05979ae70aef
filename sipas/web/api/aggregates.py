"""Aggregates for programs: the rows of the table that the province downloads, a few units and periods at a time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from sipas.catalogue import lookups
from sipas.core.db import snapshot
from sipas.numbers import periods
from sipas.numbers.periods import Period
from sipas.reporting import aggregates
from sipas.reporting.aggregates import COLUMNS, MONTHS_OF, Extent, NothingWhole, Row, Step
from sipas.web.api import auth, paging, parameters
from sipas.web.api.operations import offer
from sipas.web.api.paging import Next
from sipas.web.api.parameters import DIGITS, Asked, Code, PeriodText, one_of
from sipas.web.kit import here

KEY = r"^(19|20|21)[0-9]{2}(-Q[1-4]|-(0[1-9]|1[0-2]))?@[a-z0-9]+(-[a-z0-9]+)*$"
MOST = 10_000
Count = Annotated[int | None, Field(description="Null where only 1 to 4 people gave any.")]


class AggregatesAsked(Asked):
    """Which months: by default the last twelve that are over."""

    period: PeriodText | None = None
    step: Annotated[str, *one_of(MONTHS_OF), Field(description="What rows are told by.")] = "month"
    after: Annotated[
        str | None,
        Field(pattern=KEY, max_length=80, description="Only what follows this key, which `next` holds."),
    ] = None
    limit: Annotated[
        int,
        Field(ge=1, le=MOST, description="How many rows at most; a period of a unit comes whole, so it may be more."),
        DIGITS,
    ] = 1000


class AggregateRow(BaseModel):
    """How many gave each score to a question; docs/files.md explains the columns."""

    model_config = ConfigDict(extra="forbid")
    period: str
    unit_code: Code
    field_code: str
    channel: str
    question: str
    factor: str | None
    score_1: Count
    score_2: Count
    score_3: Count
    score_4: Count
    score_5: Count
    not_applicable: Count


class AggregatesAnswer(BaseModel):
    """Rows by period, then by unit; every response is in exactly one row of each of its questions."""

    model_config = ConfigDict(extra="forbid")
    period: str | None = Field(description="The whole steps that lie in the period; null where none does yet.")
    step: str
    rows: list[AggregateRow]
    next: Next


@offer(
    "/aggregates",
    "How many gave each score, by period, unit, field, channel and question",
    scope="aggregates",
    asked=AggregatesAsked,
    answer=AggregatesAnswer,
)
def aggregated(asked: AggregatesAsked) -> Mapping[str, Any]:
    """The table's rows about the units that the token sees."""
    step = next(one for one in MONTHS_OF if one == asked.step)
    found = _extent(asked.period, step)
    told, last = _page(found, asked) if found else ([], None)
    names = [column.name for column in COLUMNS]
    return {
        "period": str(found.period) if found else None,
        "step": step,
        "rows": [dict(zip(names, row, strict=True)) for row in told],
        "next": paging.address_after(last),
    }


def _extent(asked: str | None, step: Step) -> Extent | None:
    before = aggregates.open_from(here.today(), here.last_closed_day())
    usual = Period(periods.add_months(before, -12), before)
    try:
        return aggregates.extent(parameters.period(asked, usual), step, before)
    except NothingWhole:
        return None


def _page(found: Extent, asked: AggregatesAsked) -> tuple[list[Row], str | None]:
    """Whole parts until there are enough rows, from one moment of the database; and the key of the last one."""
    seen = {one.code for one in lookups.units_in(lookups.subtree(auth.root().id))}
    told: list[Row] = []
    with snapshot():
        last = None
        for step, code in _following(found, asked.after):
            if code not in seen:
                continue
            rows = aggregates.part(step, code)
            if told and rows and len(told) + len(rows) > asked.limit:
                return told, last
            told, last = told + rows, _key(step, code)
    return told, None


def _following(found: Extent, after: str | None) -> list[tuple[Period, str]]:
    """The parts behind a key, also of one that has no rows any more."""
    listed = list(aggregates.parts(found))
    if after is None:
        return listed
    written, _, code = after.partition("@")
    whole = lookups.province().code
    last = _order(periods.parse(written), code, whole)
    return [part for part in listed if _order(*part, whole) > last]


def _order(step: Period, code: str, whole: str) -> tuple[date, bool, str]:
    """The table's order: the province's own rows end a step."""
    return (step.start, code == whole, code)


def _key(step: Period, code: str) -> str:
    return f"{step}@{code}"

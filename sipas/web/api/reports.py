"""Reports for programs: the rows of /reports/UNIT.json, made from the same report object."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from sipas.catalogue import lookups
from sipas.charts.words import speaker
from sipas.downloads import report_columns
from sipas.numbers import periods
from sipas.reporting import reports
from sipas.reporting.reports import ReportRequest
from sipas.web.api import auth, parameters
from sipas.web.api.operations import offer
from sipas.web.api.parameters import UNIT, Channel, Code, PeriodText, Spoken
from sipas.web.kit import here

_STRICT = ConfigDict(extra="forbid")
PerCent = Annotated[float | None, Field(description="Per cent with two decimals; null without data.")]
Points = Annotated[float | None, Field(description="Points with two decimals; null without data.")]


class ReportAsked(Spoken):
    """Which responses: by default all of the current quarter."""

    period: PeriodText | None = None
    field: Annotated[Code | None, Field(description="Only responses about this service field.")] = None
    channel: Channel | None = None


class ReportRow(BaseModel):
    """A service field, or with `field_code` total all of them pooled; the columns of the report's file."""

    model_config = _STRICT
    unit_code: Code
    unit: str
    field_code: str
    field: str
    agency: str | None
    period_from: date
    period_to: date | None = Field(description="The last day included; null while no day has closed.")
    responses: int
    satisfied: int | None
    satisfaction: PerCent
    low: PerCent
    high: PerCent
    index: PerCent
    index_low: PerCent
    index_high: PerCent
    access: PerCent
    procedure: PerCent
    staff: PerCent
    result: PerCent
    feedback: PerCent
    dossiers: int | None
    response_rate: PerCent
    on_time_rate: PerCent
    method: str


class Changed(BaseModel):
    """How a share moved, with its interval; `change_is_real` says whether that is more than chance."""

    model_config = _STRICT
    change_points: Points
    change_low: Points
    change_high: Points
    change_is_real: str | None = Field(description="yes, no, or null.")
    before: PerCent
    before_responses: int | None


class ChangeRow(Changed):
    """The change of a field's satisfaction since the previous period, and within a year."""

    field_code: str
    satisfaction: PerCent
    year_change_points: Points
    year_change_low: Points
    year_change_high: Points
    year_change_is_real: str | None
    year_before: PerCent
    year_before_responses: int | None


class FactorRow(Changed):
    """A factor, or with `factor` index all five pooled; `responses` gave it a valid rating."""

    factor: str
    responses: int
    ratings: int | None
    satisfied: int | None
    satisfaction: PerCent
    low: PerCent
    high: PerCent


class AgencyRow(Changed):
    """The fields that one agency handles, pooled; without a name all of one kind."""

    agency: str | None
    handled: str | None = Field(description="own, vertical, or null where nobody is named.")
    responses: int
    satisfied: int | None
    satisfaction: PerCent
    low: PerCent
    high: PerCent


class PartOf(BaseModel):
    """A part of the responses."""

    model_config = _STRICT
    responses: int
    satisfied: int | None
    satisfaction: PerCent
    low: PerCent
    high: PerCent


class Apart(BaseModel):
    """Paper forms typed in by staff, and all others."""

    model_config = _STRICT
    paper: PartOf
    others: PartOf


class Weighted(BaseModel):
    """Satisfaction weighted by the dossiers of each field."""

    model_config = _STRICT
    satisfaction: PerCent
    low: PerCent
    high: PerCent
    effective_size: float
    dossiers_covered: PerCent


class SetAside(BaseModel):
    """Responses that were set aside as doubtful, and the total as it would be with them."""

    model_config = _STRICT
    responses: int
    total_with_them: PartOf | None


class ReportAnswer(BaseModel):
    """A report; `rows` are those of the report's file."""

    model_config = _STRICT
    unit_code: Code
    period: str
    method: str
    rows: list[ReportRow]
    apart: Apart | None
    previous_period: str | None
    year_before: str | None
    changes: list[ChangeRow]
    factors: list[FactorRow]
    agencies: list[AgencyRow]
    weighted: Weighted | None
    aside: SetAside | None
    answers_wanted: int | None = Field(description="Answers that make the figure sure within five points.")


@offer(
    "/reports/<unit>",
    "Satisfaction and index of a unit's subtree, by service field",
    scope="reports",
    asked=ReportAsked,
    answer=ReportAnswer,
    unit=UNIT,
)
def report(asked: ReportAsked, unit: str) -> Mapping[str, Any]:
    """A unit's report over the days that have closed."""
    last_day = here.last_closed_day()
    question = ReportRequest(
        lookups.within(auth.root().id, unit),
        parameters.period(asked.period, periods.quarter_of(last_day)),
        lookups.field(asked.field) if asked.field else None,
        asked.channel,
    )
    found = reports.report(question, last_day)
    return {
        "unit_code": found.unit.code,
        "period": str(question.period),
        "method": found.method,
        "rows": report_columns.objects(report_columns.table(found, asked.lang, speaker(asked.lang)("Total"))),
        "apart": report_columns.apart(found),
        **report_columns.beside(found, asked.lang),
    }

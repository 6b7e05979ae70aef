"""Rankings for programs: the rows of /province/ranking.json, made from the same ranking object."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from sipas.catalogue import lookups
from sipas.catalogue.models import LEVELS
from sipas.downloads import ranking_files, report_columns
from sipas.numbers import periods
from sipas.reporting import rankings
from sipas.reporting.rankings import BY, RankingRequest
from sipas.web.api import auth, parameters
from sipas.web.api.operations import offer
from sipas.web.api.parameters import Channel, Code, PeriodText, Spoken, one_of
from sipas.web.api.reports import PerCent, Points
from sipas.web.kit import here

_STRICT = ConfigDict(extra="forbid")
Place = Annotated[int | None, Field(description="Null where the unit has too few responses to be ranked.")]


class RankingAsked(Spoken):
    """Which units, and by which of their responses: by default the centres, by satisfaction in the current quarter."""

    period: PeriodText | None = None
    unit: Annotated[Code | None, Field(description="Only units below this one.")] = None
    level: Annotated[str, *one_of(LEVELS[1:]), Field(description="Units of this level.")] = rankings.USUAL_LEVEL
    field: Annotated[Code | None, Field(description="Only responses about this service field.")] = None
    channel: Channel | None = None
    by: Annotated[str, *one_of(BY), Field(description="What they are ranked by.")] = BY[0]


class RankRow(BaseModel):
    """A unit; the range holds every rank that the data allow it."""

    model_config = _STRICT
    rank: Place
    rank_low: Place
    rank_high: Place
    unit_code: Code
    unit: str
    responses: int
    satisfaction: PerCent
    low: PerCent
    high: PerCent
    index: PerCent
    change_points: Points
    change_low: Points
    change_high: Points
    change_rank: int | None = Field(description="Places up since the previous period; down: negative.")
    band: str | None = Field(description="above, not_distinguishable, below, or null where it is not ranked.")
    period_from: date
    period_to: date | None
    method: str


class RankingAnswer(BaseModel):
    """Units in order, those that are not ranked last."""

    model_config = _STRICT
    unit_code: Code
    level: str
    by: str
    field_code: Code | None
    channel: str | None
    period: str
    previous_period: str | None
    ranked: int = Field(description="How many units are ranked.")
    bands: dict[str, int] = Field(description="How many of them stand in each band.")
    answer: str = Field(description="The same in a sentence.")
    method: str
    rows: list[RankRow]


@offer(
    "/rankings",
    "Units in order, with the range of ranks that the data allow",
    scope="rankings",
    asked=RankingAsked,
    answer=RankingAnswer,
)
def ranking(asked: RankingAsked) -> Mapping[str, Any]:
    """The ranking over the days that have closed."""
    last_day, root = here.last_closed_day(), auth.root()
    question = RankingRequest(
        lookups.within(root.id, asked.unit) if asked.unit else root,
        parameters.period(asked.period, periods.quarter_of(last_day)),
        asked.level,
        lookups.field(asked.field) if asked.field else None,
        next(one for one in BY if one == asked.by),
        asked.channel,
    )
    found = rankings.ranking(question, last_day)
    rows = report_columns.objects(ranking_files.table(found, asked.lang))
    return {**ranking_files.about(found, asked.lang), "rows": rows}

"""The catalogue for programs: the units a token may see, the service fields, and what citizens are asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from sipas.catalogue import lookups, questionnaires
from sipas.catalogue.models import ServiceField, Unit
from sipas.catalogue.questionnaires import Item, Questionnaire
from sipas.web.api import auth, paging
from sipas.web.api.operations import offer
from sipas.web.api.paging import Next, Paged
from sipas.web.api.parameters import SLUG, Code

NAMED = ConfigDict(extra="forbid")
QUESTION_KEY = r"^[a-z0-9]+(-[a-z0-9]+)*@[0-9]{6}-[0-9]{3}$"


class UnitRow(BaseModel):
    """A unit; `parent` is null for the one whose figures the token opens."""

    model_config = NAMED
    code: Code
    level: str
    name_vi: str
    name_en: str | None
    parent: Code | None
    official_code: str | None = Field(description="The code that the state gave it.")
    opened_on: date | None
    closed_on: date | None


class Units(BaseModel):
    """Units by their codes."""

    model_config = NAMED
    rows: list[UnitRow]
    next: Next


class AgencyName(BaseModel):
    """Who handles a field."""

    model_config = NAMED
    name_vi: str
    name_en: str | None
    is_vertical: bool = Field(description="Whether of another line of authority than the unit's own house.")


class FieldRow(BaseModel):
    """A service field."""

    model_config = NAMED
    code: Code
    name_vi: str
    name_en: str | None
    agency: AgencyName | None
    position: int
    closed_on: date | None


class Fields(BaseModel):
    """Service fields by their codes."""

    model_config = NAMED
    rows: list[FieldRow]
    next: Next


class OptionRow(BaseModel):
    """One of the answers to choose from."""

    model_config = NAMED
    code: str
    texts: dict[str, str]


class QuestionRow(BaseModel):
    """A question of a published version; one with a factor enters the index."""

    model_config = NAMED
    key: Annotated[str, Field(pattern=QUESTION_KEY)]
    questionnaire: Code
    version: int
    published_at: datetime
    effective_on: date | None
    code: str
    kind: str
    factor: str | None
    texts: dict[str, str] = Field(description="The question by language.")
    options: list[OptionRow]


class Questions(BaseModel):
    """Questions by questionnaire, version and place."""

    model_config = NAMED
    rows: list[QuestionRow]
    next: Next


class AfterCode(Paged):
    """Rows whose codes follow one."""

    after: Annotated[
        str | None, Field(pattern=SLUG, max_length=60, description="Only rows whose codes follow this one.")
    ] = None


class AfterQuestion(Paged):
    """Questions whose keys follow one, perhaps of one questionnaire."""

    questionnaire: Code | None = None
    after: Annotated[
        str | None, Field(pattern=QUESTION_KEY, max_length=80, description="Only rows whose keys follow this one.")
    ] = None


@offer("/catalogue/units", "The units that the token may see", scope="catalogue", asked=AfterCode, answer=Units)
def units(asked: AfterCode) -> Mapping[str, Any]:
    """Units of the token's subtree, closed ones too."""
    seen = lookups.units_in(lookups.subtree(auth.root().id))
    codes = {one.id: one.code for one in seen}
    page = paging.page(seen, lambda one: one.code, asked.after, asked.limit)
    return {"rows": [_unit(one, codes) for one in page.rows], "next": paging.address_after(page.last)}


def _unit(one: Unit, codes: Mapping[int, str]) -> dict[str, object]:
    names = ("code", "level", "name_vi", "name_en", "official_code", "opened_on", "closed_on")
    return {name: getattr(one, name) for name in names} | {"parent": codes.get(one.parent_id or 0)}


@offer("/catalogue/fields", "The service fields", scope="catalogue", asked=AfterCode, answer=Fields)
def fields(asked: AfterCode) -> Mapping[str, Any]:
    """Service fields, closed ones too."""
    page = paging.page(lookups.fields(), lambda one: one.code, asked.after, asked.limit)
    return {"rows": [_field(one) for one in page.rows], "next": paging.address_after(page.last)}


def _field(one: ServiceField) -> dict[str, object]:
    agency = one.agency and {name: getattr(one.agency, name) for name in ("name_vi", "name_en", "is_vertical")}
    names = ("code", "name_vi", "name_en", "position", "closed_on")
    return {name: getattr(one, name) for name in names} | {"agency": agency}


@offer(
    "/catalogue/questions",
    "What citizens are and were asked",
    scope="catalogue",
    asked=AfterQuestion,
    answer=Questions,
)
def questions(asked: AfterQuestion) -> Mapping[str, Any]:
    """Questions of published versions."""
    versions = [one for one in questionnaires.versions(asked.questionnaire) if one.published_at]
    rows = [row for version in versions for row in _questions(version)]
    page = paging.page(rows, lambda row: str(row["key"]), asked.after, asked.limit)
    return {"rows": page.rows, "next": paging.address_after(page.last)}


def _questions(version: Questionnaire) -> Iterator[dict[str, object]]:
    for place, item in enumerate(questionnaires.sheet(version.id).items):
        yield {
            "key": f"{version.code}@{version.version:06}-{place:03}",
            "questionnaire": version.code,
            "version": version.version,
            "published_at": version.published_at and version.published_at.isoformat(),
            "effective_on": version.effective_on,
            **_question(item),
        }


def _question(item: Item) -> dict[str, object]:
    return {
        "code": item.code,
        "kind": item.kind,
        "factor": item.factor,
        "texts": dict(item.texts),
        "options": [{"code": one.code, "texts": dict(one.texts)} for one in item.choices],
    }

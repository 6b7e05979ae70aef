"""What the province published, for any program: no token, and scripts of other sites may read it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from sipas.core import errors
from sipas.publishing import release_files, release_packages, releases
from sipas.publishing.releases import Release, Shelf
from sipas.web.api import auth, paging
from sipas.web.api.operations import File, offer, pages
from sipas.web.api.paging import Next, Paged
from sipas.web.api.parameters import Asked, Spoken, WholeNumber

_STRICT = ConfigDict(extra="forbid")
_NUMBER = {"type": "integer", "minimum": 1, "maximum": 999_999_999, "example": 1}
_TABLE = {"type": "string", "enum": list(release_files.TABLES), "example": "units"}
_EDITION = "/releases/<int:number>/editions/<int:edition>"
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class EditionRow(BaseModel):
    """An edition: the first, or a correction whose note says what it changed. None is ever changed."""

    model_config = _STRICT
    edition: int
    published_on: date
    note: str
    note_en: str | None
    responses: int
    sha256: str = Field(description="Of the document's bytes.")
    document: str = Field(description="Where the document is: everything that was published.")
    files: list[str] = Field(description="Where the tables made from it are.")


class ReleaseRow(BaseModel):
    """A release with its editions, the valid one first."""

    model_config = _STRICT
    number: int
    period: str
    period_from: date
    period_to: date = Field(description="The last day included.")
    editions: list[EditionRow]


class Releases(BaseModel):
    """Releases by number."""

    model_config = _STRICT
    rows: list[ReleaseRow]
    next: Next


class ReleaseDocument(BaseModel):
    """What was published; docs/publication.md explains its parts."""

    model_config = ConfigDict(extra="allow")
    format: str
    method: str
    fewest: int = Field(description="No figure rests on fewer answers.")
    number: int
    edition: int
    period: str
    published_on: date
    ranked: int
    total: dict[str, Any]
    units: list[dict[str, Any]]


class AfterNumber(Paged):
    """Releases whose numbers follow one."""

    after: Annotated[WholeNumber | None, Field(description="Only releases whose numbers follow this one.")] = None


@offer("/releases", "What was published", scope=auth.OPEN, asked=AfterNumber, answer=Releases)
def published(asked: AfterNumber) -> Mapping[str, Any]:
    """Every release."""
    page = paging.page(releases.shelves(), lambda one: one.newest.number, asked.after, asked.limit)
    return {"rows": [_release(one) for one in page.rows], "next": paging.address_after(page.last)}


@offer(
    "/releases/<int:number>",
    "A release and its editions",
    scope=auth.OPEN,
    answer=ReleaseRow,
    number=_NUMBER,
)
def release(_: Asked, number: int) -> Mapping[str, Any]:
    """One release."""
    found = next((one for one in releases.shelves() if one.newest.number == number), None)
    if found is None:
        raise errors.NotFound(str(number))
    return _release(found)


@offer(
    _EDITION,
    "An edition's document: everything that was published, byte for byte",
    scope=auth.OPEN,
    answer=ReleaseDocument,
    number=_NUMBER,
    edition=_NUMBER,
)
def edition(_: Asked, number: int, edition: int) -> bytes:
    """The document, whose SHA-256 the list of releases tells."""
    return releases.content(releases.one(number, edition))


@offer(
    f"{_EDITION}/<any({', '.join(release_files.TABLES)}):table>.csv",
    "A table of an edition as CSV",
    scope=auth.OPEN,
    asked=Spoken,
    content_type="text/csv; charset=utf-8",
    number=_NUMBER,
    edition=_NUMBER,
    table=_TABLE,
)
def edition_table(asked: Spoken, number: int, edition: int, table: str) -> File:
    """Units, their fields, or the scores."""
    return _file(releases.one(number, edition), f"{table}.csv", asked.lang)


@offer(
    f"{_EDITION}/tables.xlsx",
    "All tables of an edition as a workbook",
    scope=auth.OPEN,
    asked=Spoken,
    content_type=_XLSX,
    number=_NUMBER,
    edition=_NUMBER,
)
def edition_workbook(asked: Spoken, number: int, edition: int) -> File:
    """The tables as sheets."""
    return _file(releases.one(number, edition), "tables.xlsx", asked.lang)


def _file(found: Release, name: str, language: str) -> File:
    return File(release_packages.made(found, name, language), f"sipas-{found.name}-{name}")


def _release(shelf: Shelf) -> dict[str, object]:
    period = shelf.newest.period
    return {
        "number": shelf.newest.number,
        "period": str(period),
        "period_from": period.start,
        "period_to": period.last_day,
        "editions": [_edition(one) for one in shelf.editions],
    }


def _edition(one: Release) -> dict[str, object]:
    names = ("edition", "published_on", "note", "note_en", "responses", "sha256")
    address = f"{pages.url_prefix}/releases/{one.number}/editions/{one.edition}"
    files = [f"{address}/{name}" for name in release_files.FILES if name != "release.json"]
    return {name: getattr(one, name) for name in names} | {"document": address, "files": files}

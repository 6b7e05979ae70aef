"""The files of a release, for anyone: the document itself, and tables made from it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

from sipas.core import formats
from sipas.core.languages import named
from sipas.downloads.ranking_files import RANKING_COLUMNS, band
from sipas.files import csv_json
from sipas.files.tables import Cell, Table
from sipas.files.xlsx_writer import to_xlsx
from sipas.numbers.shares import FACTORS, Share, in_points, per_cent
from sipas.publishing import releases
from sipas.publishing.release_views import Edition, Told, edition
from sipas.publishing.releases import Release
from sipas.reporting import aggregates
from sipas.reporting.rankings import BANDS

FIELD_COLUMNS = (
    "unit_code", "unit", "field_code", "field", "fields_together", "period_from", "period_to", "responses",
    "satisfied", "satisfaction", "low", "high", "method",
)  # fmt: skip
SCORE_COLUMNS = tuple(column.name for column in aggregates.COLUMNS)
COLUMNS = MappingProxyType({"units": RANKING_COLUMNS, "fields": FIELD_COLUMNS, "scores": SCORE_COLUMNS})


def units(shown: Edition, language: str) -> Table:
    """A row for each unit: ranked ones by rank, then the others; empty where fewer than ten answered."""
    ranked = [one for each in BANDS for one in shown.in_order(each)]
    ranked.sort(key=lambda one: one.standing.rank if one.standing else 0)
    return Table(RANKING_COLUMNS, tuple(_unit(shown, one, language) for one in (*ranked, *shown.in_order(None))))


def _unit(shown: Edition, one: Told, language: str) -> tuple[Cell, ...]:
    standing, change = one.standing, one.change
    return (
        *((standing.rank, standing.low, standing.high) if standing else (None, None, None)),
        one.code,
        named(one, language),
        one.responses or None,
        *_cells(one.satisfaction),
        per_cent(one.index.value) if one.index else None,
        *((in_points(change.value), in_points(change.low), in_points(change.high)) if change else (None, None, None)),
        one.change_rank,
        band(standing.band) if standing else None,
        shown.period.start,
        shown.period.last_day,
        shown.method,
    )


def fields(shown: Edition, language: str) -> Table:
    """A row for each unit's field, or its small fields together, and those of all units."""
    return Table(FIELD_COLUMNS, tuple(_fields(shown, language)))


def _fields(shown: Edition, language: str) -> Iterator[tuple[Cell, ...]]:
    days = (shown.period.start, shown.period.last_day)
    for one in (shown.total, *shown.units):
        for field in one.fields:
            together = " ".join(field.fields) if len(field.fields) > 1 else None
            name = named(field, language) if field.name_vi else formats.words(language).gettext("Other fields")
            share = field.satisfaction
            yield (
                one.code, named(one, language), field.code, name, together, *days,
                share.total, share.satisfied, *_cells(share), shown.method,
            )  # fmt: skip


def scores(shown: Edition, _: str) -> Table:
    """How often each score was given, by unit, field and channel, of `overall` and of the factors."""
    return Table(SCORE_COLUMNS, tuple(_scores(shown)))


def _scores(shown: Edition) -> Iterator[tuple[Cell, ...]]:
    period = str(shown.period)
    for one in shown.units:
        for field in one.fields:
            for channel, counts in field.parts.items():
                yield (period, one.code, field.code, channel, "overall", None, *counts, 0)
        for detail in one.row["details"] if one.row else ():
            for factor in FACTORS:
                if ratings := detail["ratings"][factor]:
                    yield (period, one.code, detail["code"], "mixed", factor, factor, *ratings)


def _cells(share: Share | None) -> tuple[float | None, float | None, float | None]:
    return (per_cent(share.value), per_cent(share.low), per_cent(share.high)) if share else (None, None, None)


def to_document(release: Release, _: str) -> bytes:
    """The document, whose SHA-256 is the release's."""
    return releases.content(release)


def _csv(make: Callable[[Edition, str], Table]) -> Callable[[Release, str], bytes]:
    return lambda release, language: csv_json.to_csv(make(edition(release), language))


def to_workbook(release: Release, language: str) -> bytes:
    """The three tables as sheets."""
    shown = edition(release)
    sheets = {name: make(shown, language) for name, make in TABLES.items()}
    return to_xlsx(sheets, f"SIPAS {shown.name}")


TABLES: Mapping[str, Callable[[Edition, str], Table]] = MappingProxyType(
    {"units": units, "fields": fields, "scores": scores}
)

FILES: Mapping[str, tuple[str, Callable[[Release, str], bytes]]] = MappingProxyType(
    {
        "release.json": ("application/json", to_document),
        **{f"{name}.csv": ("text/csv; charset=utf-8", _csv(make)) for name, make in TABLES.items()},
        "tables.xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", to_workbook),
    }
)
"""Each file of a release with its content type and how it is made."""

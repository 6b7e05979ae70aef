"""A release as a data package: its tables with a description that programs read, and the document itself."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType

from sipas.core.db import db
from sipas.core.errors import Reason, reason
from sipas.files import data_packages
from sipas.files.data_packages import About, Resource
from sipas.files.tables import Column, Kind
from sipas.publishing import release_files, releases
from sipas.publishing.release_views import edition
from sipas.publishing.releases import Release
from sipas.reporting import aggregates

NAME = "package.zip"
MEDIA_TYPE = "application/zip"

_TITLE = reason("Published satisfaction with public administrative services")
_ABOUT = reason(
    "Published once and kept as it is; every row is of ten or more people, or a sum of such rows. "
    "release.json is the document that all tables are made from."
)
_TITLES = {
    "units": reason("Units by rank"),
    "fields": reason("Service fields"),
    "scores": reason("How often each score was given"),
}
_SAID: dict[str, tuple[Kind, Reason]] = {
    "rank": ("integer", reason("Place among the ranked units; equal figures share it. Empty: not ranked.")),
    "rank_low": ("integer", reason("The best rank that the data allow.")),
    "rank_high": ("integer", reason("The worst rank that the data allow.")),
    "unit_code": ("string", reason("Code of the unit, which never changes.")),
    "unit": ("string", reason("Name of the unit when it was published.")),
    "field_code": ("string", reason("Code of the service field; other-fields are several that were told together.")),
    "field": ("string", reason("Name of the service field when it was published.")),
    "fields_together": ("string", reason("Codes of the fields that were told together, blanks between.")),
    "responses": ("integer", reason("The base: responses with an overall rating.")),
    "satisfied": ("integer", reason("Responses that rated the visit 4 or 5 of 5.")),
    "satisfaction": ("number", reason("Satisfied out of all responses, per cent.")),
    "low": ("number", reason("Lower end of its 95 % interval, per cent.")),
    "high": ("number", reason("Upper end of its 95 % interval, per cent.")),
    "index": ("number", reason("Satisfied ratings out of the valid ones, pooled over the five factors, per cent.")),
    "change_points": ("number", reason("Difference to the release before, in points.")),
    "change_low": ("number", reason("Lower end of its interval.")),
    "change_high": ("number", reason("Upper end of its interval.")),
    "change_rank": ("number", reason("Rank in the release before less rank now: above zero is up.")),
    "band": ("string", reason("Against the others together: above, not_distinguishable or below.")),
    "period_from": ("date", reason("First day counted.")),
    "period_to": ("date", reason("Last day counted.")),
    "method": ("string", reason("Name and version of the method.")),
}
_KEYS = {"units": ("unit_code",), "fields": ("unit_code", "field_code")}


def to_package(release: Release, language: str) -> bytes:
    """A zip archive with the tables as CSV, their description and the document; always the same bytes."""
    shown = edition(release)
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        (folder / "release.json").write_bytes(releases.content(release))
        resources = []
        for name in release_files.TABLES:
            content = release_files.FILES[f"{name}.csv"][1](release, language)
            (folder / f"{name}.csv").write_bytes(content)
            columns = aggregates.COLUMNS if name == "scores" else _columns(release_files.COLUMNS[name])
            digest = sha256(content).hexdigest()
            resources.append(Resource(f"{name}.csv", _TITLES[name], columns, len(content), digest, _KEYS.get(name, ())))
        about = About(
            _ABOUT, shown.method, release.published_at, str(shown.period), shown.total.name_vi, True, f"{shown.edition}"
        )
        described = data_packages.descriptor(f"sipas-release-{shown.number}", _TITLE, about, resources)
        files = [folder / "release.json", *(folder / one.path for one in resources)]
        data_packages.pack(folder / NAME, described, files)
        return (folder / NAME).read_bytes()


def _columns(names: Iterable[str]) -> tuple[Column, ...]:
    return tuple(Column(name, *_SAID[name]) for name in names)


FILES: Mapping[str, tuple[str, Callable[[Release, str], bytes]]] = MappingProxyType(
    {**release_files.FILES, NAME: (MEDIA_TYPE, to_package)}
)
"""Every file of a release with its content type and how it is made."""


def made(release: Release, name: str, language: str) -> bytes:
    """One of the FILES, made once: it never changes, and a workbook costs a third of a second."""
    return _made(str(db.engine.url), release.id, release.sha256, name, language)


@lru_cache(maxsize=32)
def _made(_address: str, release_id: int, _sha256: str, name: str, language: str) -> bytes:
    return FILES[name][1](db.session.get_one(Release, release_id), language)

"""Data packages: files with a description that programs read, after Frictionless Data Package 1.

Source: https://specs.frictionlessdata.io/data-package/ and .../tabular-data-resource/.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sipas.core import formats
from sipas.core.errors import Reason
from sipas.files.tables import Column

DESCRIPTOR = "datapackage.json"
OPEN_LICENCE = {
    "name": "CC-BY-4.0",
    "path": "https://creativecommons.org/licenses/by/4.0/",
    "title": "Creative Commons Attribution 4.0",
}
"""The licence of what is published. What is not carries none: nobody but staff may use it."""

_DIALECT = {"delimiter": ",", "lineTerminator": "\r\n", "quoteChar": '"', "doubleQuote": True, "header": True}


@dataclass(frozen=True)
class Resource:
    """A CSV file of a package: where it lies in it, what it holds, and what tells it from a broken one.

    `refers` are (column, name of another resource that has the column as its key).
    """

    path: str
    title: Reason
    columns: tuple[Column, ...]
    bytes: int
    sha256: str
    key: tuple[str, ...] = ()
    refers: tuple[tuple[str, str], ...] = ()
    media_type: str = "text/csv"


@dataclass(frozen=True)
class About:
    """What is said of a package as a whole; `period` as `sipas.periods` writes it, `by` who answers for it."""

    description: Reason
    method: str
    created: datetime
    period: str
    by: str
    is_published: bool = False
    version: str = "1"


def descriptor(name: str, title: Reason, about: About, resources: Sequence[Resource]) -> dict[str, Any]:
    """The description of a package, in English and, under names that end with `_vi`, in Vietnamese.

    `name` is a slug; titles and descriptions are message ids.
    """
    use: dict[str, Any] = {"licenses": [OPEN_LICENCE]} if about.is_published else {"internal": True}
    return {
        "profile": "tabular-data-package",
        "name": name,
        **_in_both("title", title),
        **_in_both("description", about.description),
        "version": about.version,
        "created": about.created.isoformat(timespec="seconds"),
        **use,
        "contributors": [{"title": about.by, "role": "publisher"}],
        "period": about.period,
        "method": about.method,
        "units": {"scores": "responses", "shares": "per cent"},
        "resources": [_resource(one) for one in resources],
    }


def _resource(one: Resource) -> dict[str, Any]:
    schema: dict[str, Any] = {"fields": [_field(column) for column in one.columns], "missingValues": [""]}
    if one.key:
        schema["primaryKey"] = list(one.key)
    if one.refers:
        schema["foreignKeys"] = [
            {"fields": column, "reference": {"resource": other, "fields": column}} for column, other in one.refers
        ]
    return {
        "profile": "tabular-data-resource",
        "name": Path(one.path).stem.lower(),
        **_in_both("title", one.title),
        "path": one.path,
        "format": "csv",
        "mediatype": one.media_type,
        "encoding": "utf-8",
        "bytes": one.bytes,
        "hash": f"sha256:{one.sha256}",
        "dialect": _DIALECT,
        "schema": schema,
    }


def _field(column: Column) -> dict[str, Any]:
    constraints: dict[str, Any] = {}
    if column.is_required:
        constraints["required"] = True
    if column.one_of:
        constraints["enum"] = list(column.one_of)
    if column.is_count:
        constraints["minimum"] = 0
    said = {"name": column.name, "type": column.kind, **_in_both("description", column.about)}
    return said | ({"constraints": constraints} if constraints else {})


def _in_both(key: str, said: Reason) -> dict[str, str]:
    """A text in English and in Vietnamese; the standard knows one language only."""
    return {key: str(said), f"{key}_vi": said_in(said, "vi")}


def said_in(said: Reason, language: str) -> str:
    """A message in a language."""
    text = formats.words(language).gettext(said.message)
    return text % said.values if said.values else text


def pack(path: Path, described: Mapping[str, Any], files: Sequence[Path]) -> None:
    """Write a package as a zip archive: its description first, then its files, each under its own name.

    The same content gives the same bytes.
    """
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        text = json.dumps(described, ensure_ascii=False, indent=1) + "\n"
        archive.writestr(_entry(DESCRIPTOR), text)
        for file in files:
            with file.open("rb") as source, archive.open(_entry(file.name), "w", force_zip64=True) as target:
                while piece := source.read(1 << 20):
                    target.write(piece)


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, (2000, 1, 1, 0, 0, 0))
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    return entry

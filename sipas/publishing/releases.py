"""Releases: what the province published, kept as it was published, for ever.

A release has a number; each of its editions is a row that nothing changes or deletes (a trigger refuses it), with
the document that every page and file is made from. Which responses stand behind it is kept beside, so that no
response is ever published twice, and the document can be made again and compared.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, UniqueConstraint, func, select
from sqlalchemy.orm import Mapped, defer, mapped_column

from sipas.core.db import Instant, Model, WideId, db
from sipas.core.errors import NotFound
from sipas.numbers.periods import Period

NOTE_LENGTH = 1000

KEPT_IN_MEMORY = 16
"""Editions whose documents a process keeps at hand: half a megabyte each for sixty units, 25 for three thousand."""

_LARGEST = 2**31 - 1
"""No number or edition is larger: a column of PostgreSQL holds no more, and asking about it is an error."""

Document = dict[str, Any]
"""What was published, as plain values (docs/publication.md has its parts)."""


class Release(Model):
    """One edition of a release: the first, or a correction that says what changed."""

    __tablename__ = "release"
    __table_args__ = (
        UniqueConstraint("number", "edition"),
        CheckConstraint("number > 0 AND edition > 0", name="counted_from_one"),
        CheckConstraint('start < "end"', name="start_before_end"),
        CheckConstraint("length(sha256) = 64", name="sha256_length"),
        CheckConstraint("edition = 1 OR length(trim(note)) > 0", name="correction_says_what_changed"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int]
    edition: Mapped[int]
    start: Mapped[date]
    end: Mapped[date]
    published_at: Mapped[datetime] = mapped_column(Instant)
    published_on: Mapped[date]
    published_by: Mapped[str] = mapped_column(String(255))
    note: Mapped[str] = mapped_column(String(NOTE_LENGTH), default="")
    note_en: Mapped[str | None] = mapped_column(String(NOTE_LENGTH))
    responses: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    content: Mapped[bytes] = mapped_column(LargeBinary)

    @property
    def period(self) -> Period:
        """What it is about."""
        return Period(self.start, self.end)

    @property
    def name(self) -> str:
        """What files call it: 2026-Q3, or 2026-Q3-edition-2."""
        return f"{self.period}" if self.edition == 1 else f"{self.period}-edition-{self.edition}"


class PublishedResponse(Model):
    """That a response stands behind a release, from its first edition on until one that no longer counts it."""

    __tablename__ = "published_response"
    __table_args__ = (
        CheckConstraint("removed_in > 1", name="removed_by_correction"),
        Index("ix_published_response_number", "number"),
        {"sqlite_with_rowid": False},
    )

    response_id: Mapped[int] = mapped_column(WideId, ForeignKey("response.id"), primary_key=True)
    number: Mapped[int]
    removed_in: Mapped[int | None]


class PublishedPlace(Model):
    """Under which unit a release tells what was given in a unit: later the tree may be another."""

    __tablename__ = "published_place"
    __table_args__ = (Index("ix_published_place_place_id", "place_id"), {"sqlite_with_rowid": False})

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), primary_key=True)
    place_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))


@dataclass(frozen=True)
class Shelf:
    """A release with all its editions, the newest first."""

    editions: tuple[Release, ...]

    @property
    def newest(self) -> Release:
        """The edition that is valid."""
        return self.editions[0]


def shelves() -> list[Shelf]:
    """All releases, those of the latest periods first, without their contents."""
    wanted = select(Release).options(defer(Release.content, raiseload=True))
    order = (Release.end.desc(), Release.start, Release.number.desc(), Release.edition.desc())
    found: dict[int, list[Release]] = {}
    for row in db.session.scalars(wanted.order_by(*order).execution_options(populate_existing=True)):
        found.setdefault(row.number, []).append(row)
    return [Shelf(tuple(rows)) for rows in found.values()]


def one(number: int, edition: int | None = None) -> Release:
    """An edition of a release, the newest where none is named. Raises places.NotFound."""
    if max(number, edition or 0) > _LARGEST:
        raise NotFound(f"{number}/{edition}")
    wanted = select(Release).where(Release.number == number).options(defer(Release.content, raiseload=True))
    if edition is not None:
        wanted = wanted.where(Release.edition == edition)
    found = db.session.scalar(wanted.order_by(Release.edition.desc()).limit(1))
    if found is None:
        raise NotFound(f"{number}" if edition is None else f"{number}/{edition}")
    return found


def latest() -> Release | None:
    """The valid edition of the release whose period ended last; of several the shortest period, as a quarter."""
    wanted = select(Release).options(defer(Release.content, raiseload=True))
    order = (Release.end.desc(), Release.start.desc(), Release.number.desc(), Release.edition.desc())
    return db.session.scalar(wanted.order_by(*order).limit(1))


def of_period(period: Period) -> Release | None:
    """The valid edition of the release of exactly a period."""
    wanted = select(Release).where(Release.start == period.start, Release.end == period.end)
    found = wanted.options(defer(Release.content, raiseload=True)).order_by(Release.edition.desc()).limit(1)
    return db.session.scalar(found)


def next_number() -> int:
    """The number of the next release."""
    return (db.session.scalar(select(func.max(Release.number))) or 0) + 1


def content(release: Release) -> bytes:
    """The bytes that were published; their SHA-256 is the release's."""
    return _content(str(db.engine.url), release.id, release.sha256)


def document(release: Release) -> Document:
    """What was published; nobody changes it, for all who ask get the same."""
    return _document(str(db.engine.url), release.id, release.sha256)


@lru_cache(maxsize=KEPT_IN_MEMORY)
def _document(address: str, release_id: int, sha256: str) -> Document:
    found: Document = json.loads(_content(address, release_id, sha256))
    return found


@lru_cache(maxsize=KEPT_IN_MEMORY)
def _content(_address: str, release_id: int, _sha256: str) -> bytes:
    """Kept in memory, for it never changes; after another database was put in its place it has another hash."""
    return db.session.scalars(select(Release.content).where(Release.id == release_id)).one()


def cut(period: Period, several: Iterable[Release]) -> list[Release]:
    """Those of some releases that a period would overlap without holding them whole."""
    return [
        release
        for release in several
        if release.start < period.end
        and period.start < release.end
        and not (period.start <= release.start and release.end <= period.end)
    ]

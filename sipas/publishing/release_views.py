"""A release as pages and files read it: the document's plain values as the nouns that figures are written with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import lru_cache

from sipas.core.db import db
from sipas.numbers import periods
from sipas.numbers.changes import Change
from sipas.numbers.periods import Period
from sipas.numbers.shares import FACTORS, Share, proportion
from sipas.numbers.standings import Standing
from sipas.publishing import releases
from sipas.publishing.release_documents import Correction, corrections
from sipas.publishing.releases import KEPT_IN_MEMORY, Document, Release


@dataclass(frozen=True)
class Field:
    """A service field of a unit, or several that were told together (then `fields` names them)."""

    code: str
    name_vi: str | None
    name_en: str | None
    fields: tuple[str, ...]
    satisfaction: Share
    change: Change | None
    parts: Mapping[str, tuple[int, ...]]

    @property
    def scores(self) -> tuple[int, ...]:
        """How many gave each overall score, 1 first."""
        return tuple(map(sum, zip(*self.parts.values(), strict=True)))


@dataclass(frozen=True)
class Told:
    """What a release tells of a unit; every figure is None of one that has fewer than ten answers.

    `since` is the first month of answers that were carried over from before; `dossiers` has finished, on_time and
    their rates in per cent, where they are known.
    """

    code: str
    name_vi: str
    name_en: str | None
    level: str
    responses: int
    satisfaction: Share | None = None
    index: Share | None = None
    factors: tuple[Share | None, ...] = (None,) * len(FACTORS)
    change: Change | None = None
    standing: Standing | None = None
    change_rank: int | None = None
    since: date | None = None
    dossiers: Document | None = None
    fields: tuple[Field, ...] = ()
    row: Document | None = None


@dataclass(frozen=True)
class Edition:
    """One edition of a release, ready to be shown."""

    number: int
    edition: int
    period: Period
    published_on: date
    sha256: str
    method: str
    fewest: int
    ranked: int
    set_aside: int
    held_back: int
    questionnaires: tuple[str, ...]
    corrections: tuple[Correction, ...]
    field_names: Mapping[str, Document]
    total: Told
    units: tuple[Told, ...]

    @property
    def name(self) -> str:
        """What files call it."""
        return f"{self.period}" if self.edition == 1 else f"{self.period}-edition-{self.edition}"

    def unit(self, code: str) -> Told | None:
        """What it tells of one unit; None of a unit that it does not know."""
        return next((one for one in self.units if one.code == code), None)

    def in_order(self, band: str | None) -> list[Told]:
        """The units of a band by rank (those not ranked where None), of equal rank by name."""
        found = [one for one in self.units if (one.standing.band if one.standing else None) == band]
        return sorted(found, key=lambda one: one.standing.rank if one.standing else -one.responses)


def edition(release: Release) -> Edition:
    """An edition as pages read it; made once, because it never changes."""
    return _edition(str(db.engine.url), release.id, release.sha256)


@lru_cache(maxsize=KEPT_IN_MEMORY)
def _edition(_: str, release_id: int, sha256: str) -> Edition:
    return of_document(releases.document(db.session.get_one(Release, release_id)), sha256)


def of_document(document: Document, sha256: str = "") -> Edition:
    """A document as pages read it; without a hash where it was not published yet."""
    names = document["fields"]
    return Edition(
        document["number"],
        document["edition"],
        periods.parse(document["period"]),
        date.fromisoformat(document["published_on"]),
        sha256,
        document["method"],
        document["fewest"],
        document["ranked"],
        document["set_aside"],
        document["held_back"],
        tuple(document["questionnaires"]),
        tuple(corrections(document)),
        names,
        _told(document["total"], names),
        tuple(_told(row, names) for row in document["units"]),
    )


def _told(row: Document, names: Mapping[str, Document]) -> Told:
    known = (row["code"], row["name_vi"], row["name_en"], row["level"])
    if not row["responses"]:
        return Told(*known, 0)
    standing = row.get("standing")
    return Told(
        *known,
        row["responses"],
        _share(row, "responses"),
        _share(row["index"], "ratings"),
        tuple(_share(row["factors"][factor], "ratings") for factor in FACTORS),
        _change(row["change"]),
        Standing(**standing) if standing else None,
        row.get("change_rank"),
        periods.parse(row["since"]).start if row.get("since") else None,
        row["dossiers"],
        tuple(_field(one, names) for one in row["fields"]),
        row,
    )


def _field(row: Document, names: Mapping[str, Document]) -> Field:
    named = names.get(row["code"], {})
    satisfaction = _share(row, "responses")
    assert satisfaction is not None  # noqa: S101 - no block is without answers
    parts = {channel: tuple(scores) for channel, scores in row["parts"].items()}
    fields = tuple(row["fields"])
    change = _change(row["change"])
    return Field(row["code"], named.get("name_vi"), named.get("name_en"), fields, satisfaction, change, parts)


def _share(figures: Document | None, base: str) -> Share | None:
    """A figure with the interval that was published; its size is not kept and stands for nothing here."""
    if not figures or not figures[base]:
        return None
    low, high = figures["low"] / 100, figures["high"] / 100
    return Share(figures["satisfied"], figures[base], low, high, float(figures[base]))


def _change(row: Document | None) -> Change | None:
    if row is None:
        return None
    number = row["before_responses"]
    before = proportion(round(row["before"] * number / 100), number)
    assert before is not None  # noqa: S101 - a change is against something
    return Change(Fraction(str(row["points"])) / 100, row["low"] / 100, row["high"] / 100, row["is_real"], before)

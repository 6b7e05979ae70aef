"""The document of a release: everything that was published, computed once from blocks, as plain values.

Pages and files show what stands here and reckon nothing, so a later version of the program changes nothing in it.
The bytes depend on counts and frame alone: they can be made again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from fractions import Fraction
from functools import reduce
from operator import add
from typing import Any

from sipas.numbers import changes
from sipas.numbers.changes import Change
from sipas.numbers.periods import Period
from sipas.numbers.publishable_blocks import FEWEST, Block, Detail, Published, is_enough, together
from sipas.numbers.shares import FACTORS, METHOD, Cluster, Share, Tally, in_points, per_cent, pooled, proportion
from sipas.numbers.standings import SMALLEST_RANKED, Standing, standings
from sipas.publishing.releases import Document

FORMAT = "sipas-release-1"
"""Name and version of the document's shape."""

DECIMALS = 6
"""Finer than files and pages show it: what they round was not rounded to their places before."""

Names = Mapping[str, str | None]
"""name_vi and name_en."""


@dataclass(frozen=True)
class Place:
    """A unit as it is told of: `dossiers` finished and on time in the period, where they are known."""

    code: str
    level: str
    names: Names
    dossiers: tuple[int, int] | None = None


@dataclass(frozen=True)
class Correction:
    """What an edition changed, in words that may stand in English too, and how many responses it no longer counts."""

    edition: int
    published_on: date
    note: str
    note_en: str | None
    withdrawn: int

    def said(self, language: str) -> str:
        """The words for readers of a language."""
        return (self.note_en if language == "en" else None) or self.note


@dataclass(frozen=True)
class Frame:
    """All that a document says beside its figures, fixed when it is published."""

    number: int
    edition: int
    period: Period
    published_on: date
    province: Place
    units: tuple[Place, ...]
    fields: Mapping[str, Names]
    questionnaires: tuple[str, ...]
    set_aside: int
    held_back: int = 0
    corrections: tuple[Correction, ...] = ()
    includes: tuple[tuple[int, int], ...] = ()
    compared_with: tuple[int, int] | None = None


Told = Mapping[str, tuple[Published, str | None]]
"""What is published of each unit, by code, and its first month where that lies before the period."""


def to_bytes(document: Document) -> bytes:
    """The one way to write a document: UTF-8, keys in order, no blanks; equal documents give equal bytes."""
    written = json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return f"{written}\n".encode()


def document(frame: Frame, told: Told, before: Document | None) -> Document:
    """The document of what is told; `before` is that of the release it is compared with."""
    shown = [unit for unit in frame.units if unit.code in told]
    tallies = [told[unit.code][0].tally for unit in shown]
    shares = [_satisfaction(tally) for tally in tallies]
    places = standings([share if share.total >= SMALLEST_RANKED else None for share in shares])
    earlier = {unit["code"]: unit for unit in before["units"] if not unit["carried_over"]} if before else {}
    moved = changes.changes([(now, _share_of(earlier.get(unit.code))) for now, unit in zip(shares, shown, strict=True)])
    rows = {
        unit.code: _unit(unit, told[unit.code], earlier.get(unit.code), standing, change)
        for unit, standing, change in zip(shown, places, moved, strict=True)
    }
    whole = together(told[unit.code][0] for unit in shown)
    handled = sum(row["dossiers"]["finished"] for row in rows.values() if row["dossiers"])
    return {
        **_about(frame),
        "ranked": sum(standing is not None for standing in places),
        "total": _total(frame, whole, tallies, handled, before),
        "units": [rows.get(unit.code) or _carried_over(unit) for unit in frame.units],
    }


def _about(frame: Frame) -> Document:
    return {
        "format": FORMAT,
        "method": METHOD,
        "fewest": FEWEST,
        "number": frame.number,
        "edition": frame.edition,
        "period": str(frame.period),
        "from": frame.period.start.isoformat(),
        "to": frame.period.last_day.isoformat(),
        "published_on": frame.published_on.isoformat(),
        "questionnaires": list(frame.questionnaires),
        "set_aside": frame.set_aside,
        "held_back": frame.held_back,
        "corrections": [{**asdict(one), "published_on": one.published_on.isoformat()} for one in frame.corrections],
        "includes": [{"number": number, "edition": edition} for number, edition in frame.includes],
        "compared_with": _edition(frame.compared_with),
        "fields": {code: dict(names) for code, names in frame.fields.items()},
    }


def _edition(named: tuple[int, int] | None) -> Document | None:
    return {"number": named[0], "edition": named[1]} if named else None


def _total(frame: Frame, whole: Published, tallies: Sequence[Tally], handled: int, before: Document | None) -> Document:
    """All units; their dossiers too, but where those less the `handled` that units tell of would be fewer than ten."""
    known = frame.province.dossiers
    province = frame.province if known and is_enough(known[0] - handled) else replace(frame.province, dossiers=None)
    tally = reduce(add, tallies, Tally())
    change = changes.change(_satisfaction(tally) if tally.responses else None, _share_of(before and before["total"]))
    return {
        **_named(frame.province),
        **_figures(tally),
        "change": _change(change),
        "dossiers": _dossiers(province, tally.responses),
        "fields": _fields(whole, before and before["total"]),
    }


def _unit(
    unit: Place,
    told: tuple[Published, str | None],
    earlier: Document | None,
    standing: Standing | None,
    change: Change | None,
) -> Document:
    published, since = told
    tally = published.tally
    rank_before = earlier["standing"]["rank"] if earlier and earlier["standing"] else None
    return {
        **_named(unit),
        "carried_over": False,
        "since": since,
        **_figures(tally),
        "standing": _standing(standing),
        "change": _change(change),
        "change_rank": rank_before - standing.rank if rank_before and standing else None,
        # Dossiers of the period say nothing about answers that were carried over from earlier ones.
        "dossiers": None if since else _dossiers(unit, tally.responses),
        "fields": _fields(published, earlier),
        "details": [_detail(one) for one in published.details],
    }


def _carried_over(unit: Place) -> Document:
    return {**_named(unit), "carried_over": True, "responses": None, "standing": None}


def _named(unit: Place) -> Document:
    return {"code": unit.code, "level": unit.level, **unit.names}


def _figures(tally: Tally) -> Document:
    return {
        **_share(_satisfaction(tally) if tally.responses else None, "responses"),
        "index": _ratio(tally.index),
        "factors": {factor: _ratio(one) for factor, one in zip(FACTORS, tally.factors, strict=True)},
    }


def _satisfaction(tally: Tally) -> Share:
    found = proportion(tally.satisfied, tally.responses)
    assert found is not None  # noqa: S101 - of a unit that is told of there are at least ten
    return found


def _share(share: Share | None, base: str) -> Document:
    if share is None:
        return {base: 0, "satisfied": 0, "satisfaction": None, "low": None, "high": None}
    return {
        base: share.total,
        "satisfied": share.satisfied,
        "satisfaction": per_cent(share.value, DECIMALS),
        "low": per_cent(share.low, DECIMALS),
        "high": per_cent(share.high, DECIMALS),
    }


def _ratio(sums: Cluster) -> Document | None:
    """The index or a factor: satisfied ratings out of the valid ones of so many citizens; None without any."""
    share = pooled(sums)
    return {"citizens": sums.citizens, **_share(share, "ratings")} if share else None


def _standing(standing: Standing | None) -> Document | None:
    if standing is None:
        return None
    return {name: getattr(standing, name) for name in ("rank", "low", "high", "of", "band")}


def _change(change: Change | None) -> Document | None:
    if change is None:
        return None
    return {
        "points": in_points(change.value, DECIMALS),
        "low": in_points(change.low, DECIMALS),
        "high": in_points(change.high, DECIMALS),
        "is_real": change.is_real,
        "before": per_cent(change.before.value, DECIMALS),
        "before_responses": change.before.total,
    }


def _dossiers(unit: Place, responses: int) -> Document | None:
    if unit.dossiers is None or unit.dossiers[0] < FEWEST:
        return None
    finished, on_time = unit.dossiers
    return {
        "finished": finished,
        "on_time": on_time,
        "response_rate": per_cent(Fraction(responses, finished), DECIMALS),
        "on_time_rate": per_cent(Fraction(on_time, finished), DECIMALS),
    }


def _fields(published: Published, earlier: Document | None) -> list[Document]:
    """The blocks of a unit or of all; several fields together are compared with nothing, they may be others."""
    known = {one["code"]: one for one in earlier["fields"] if len(one["fields"]) == 1} if earlier else {}
    shares = [_satisfaction(Tally(block.scores)) for block in published.blocks]
    pairs = [
        (now, _share_of(known.get(block.label)) if len(block.fields) == 1 else None)
        for now, block in zip(shares, published.blocks, strict=True)
    ]
    return [
        {
            "code": block.label,
            "fields": list(block.fields),
            **_share(share, "responses"),
            "change": _change(change),
            "parts": {channel: list(scores) for channel, scores in block.parts.items()},
        }
        for block, share, change in zip(published.blocks, shares, changes.changes(pairs), strict=True)
    ]


def _share_of(figures: Mapping[str, Any] | None) -> Share | None:
    """The share that stands in a document."""
    return proportion(figures["satisfied"], figures["responses"]) if figures and figures.get("responses") else None


_SUMS = ("citizens", "k", "m", "kk", "km", "mm")


def _detail(one: Detail) -> Document:
    return {
        "code": one.label,
        "fields": list(one.fields),
        "index": _sums(one.index),
        "factors": {factor: _sums(sums) for factor, sums in zip(FACTORS, one.factors, strict=True)},
        "ratings": {factor: list(row) if row else None for factor, row in zip(FACTORS, one.ratings, strict=True)},
    }


def _sums(cluster: Cluster | None) -> list[int] | None:
    return [getattr(cluster, name) for name in _SUMS] if cluster else None


def published(unit: Document) -> Published:
    """What is published of a unit, read back from its row of a document."""
    blocks = (
        Block(tuple(one["fields"]), {channel: tuple(scores) for channel, scores in one["parts"].items()})
        for one in unit["fields"]
    )
    return Published(tuple(blocks), tuple(map(_read_detail, unit["details"])))


def _read_detail(one: Document) -> Detail:
    sums = [one["index"], *(one["factors"][factor] for factor in FACTORS)]
    index, *factors = [Cluster(*numbers) if numbers else None for numbers in sums]
    ratings = (one["ratings"][factor] for factor in FACTORS)
    return Detail(tuple(one["fields"]), index, tuple(factors), tuple(tuple(row) if row else None for row in ratings))


def corrections(document: Document) -> Iterable[Correction]:
    """What the editions up to this one changed."""
    for one in document["corrections"]:
        yield Correction(**{**one, "published_on": date.fromisoformat(one["published_on"])})

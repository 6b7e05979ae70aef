"""A year of real releases, with everything that happens between them, gives nobody away."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from flask import Flask
from sqlalchemy import select

from sipas.catalogue import lookups
from sipas.core import codes
from sipas.core.db import db
from sipas.numbers import periods
from sipas.numbers.publishable_blocks import FEWEST
from sipas.numbers.small_groups import MIXED
from sipas.publishing import claims, publication, releases
from sipas.publishing.publication import NothingToCorrect, NothingToPublish
from sipas.publishing.releases import Release
from sipas.responses import recording, set_asides
from sipas.responses.models import Response
from sipas.responses.recording import Answers
from sipas.responses.set_asides import Selection
from tests.attack import Figure, smallest_group
from tests.conftest import draft

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
UNITS, FIELDS = ("trung-tam-tinh", "hong-gai", "co-to"), ("dat-dai", "thue", "ho-tich")
TODAY = date(2027, 1, 5)


def give_month(chance: random.Random, month: int) -> None:
    """Few or many answers in each unit and field, through points of several channels."""
    drafts = []
    for unit in UNITS:
        points = [one.code for one in lookups.touchpoints_of([lookups.unit(unit).id]) if one.field_id is None]
        for field in FIELDS:
            through = [draft(code, field) for code in points]
            for _ in range(chance.choice((0, 0, 1, 2, 4, 9))):
                at = datetime(2026, month, chance.randint(1, 28), 3, tzinfo=UTC)
                answers = Answers({"overall": chance.randint(1, 5), "access": chance.choice((None, 2, 5))})
                one = replace(chance.choice(through), key=recording.new_key(), answers=answers, received_at=at)
                drafts.append(one)
    recording.record_many(drafts, ZONE)


def doubt(chance: random.Random, share: float) -> None:
    """Some responses are set aside, one by one, and some of those set aside before count again.

    They are taken in an order that does not hang on their ids, which differ from run to run.
    """
    order = (Response.day, Response.touchpoint_id, Response.field_id)
    for number in db.session.scalars(select(Response.id).where(~set_asides.is_aside()).order_by(*order)).all():
        if chance.random() < share:
            set_asides.begin(Selection(lookups.province().id, receipt=codes.receipt_of(number)), "Doubtful")
    for row in set_asides.listed(lookups.subtree(lookups.province().id)):
        if row.lifted_at is None and chance.random() < 0.2:
            set_asides.lift(row.id, "Looked into")


def figures(release: Release) -> Iterator[Figure]:
    """The people behind each part that an edition tells of; its totals must be the sums of these."""
    document, told = releases.document(release), claims.places_of(release.number)
    codes = {unit.id: unit.code for unit in lookups.units_in(told.values())}
    fields = {field.id: field.code for field in lookups.fields()}
    behind = select(Response).where(Response.id.in_(claims.behind(release.number, release.edition)))
    people = [
        (one.id, codes[told[one.unit_id]], fields[one.field_id], one.channel) for one in db.session.scalars(behind)
    ]
    for unit in document["units"]:
        for block in unit.get("fields", ()):
            for part, scores in block["parts"].items():
                inside = [one for one in people if one[1] == unit["code"] and one[2] in block["fields"]]
                group = {one[0] for one in inside if part in (one[3], MIXED)}
                assert len(group) == sum(scores)
                yield group
        parts = [sum(scores) for block in unit.get("fields", ()) for scores in block["parts"].values()]
        assert (unit["responses"] or 0) == sum(parts)
    assert document["total"]["responses"] == sum(unit["responses"] or 0 for unit in document["units"])


def publish(period: str) -> list[Figure]:
    try:
        return list(figures(publication.publish(periods.parse(period), TODAY, TODAY)))
    except NothingToPublish:
        return []


def correct() -> list[Figure]:
    found: list[Figure] = []
    for shelf in releases.shelves():
        try:
            found += figures(publication.correct(shelf.newest.number, "Some answers were doubtful.", TODAY))
        except NothingToCorrect:
            continue
    return found


def test_no_group_under_ten_comes_out_of_a_year_of_releases(inside: Flask) -> None:
    chance = random.Random(3)
    told: list[Figure] = []
    for quarter in range(4):
        for month in range(3 * quarter + 1, 3 * quarter + 4):
            give_month(chance, month)
        told += publish(f"2026-Q{quarter + 1}")
        doubt(chance, chance.choice((0.03, 0.3)))
        told += correct()
    shelves = releases.shelves()
    assert (len(told) > 20, len(shelves), max(len(shelf.editions) for shelf in shelves) > 1) == (True, 4, True)
    assert smallest_group(told, FEWEST) is None
    assert publication.made_again(shelves[0].newest) == releases.content(shelves[0].newest)

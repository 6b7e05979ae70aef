"""Publication: what is told, what is kept back, and that it stays as it was published."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from types import ModuleType
from zoneinfo import ZoneInfo

import pytest
import time_machine
from flask import Flask
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DBAPIError

from sipas.catalogue import lookups
from sipas.core import errors
from sipas.core.db import db, writing
from sipas.core.edit_conflicts import fingerprint
from sipas.dossiers import dossier_counts
from sipas.dossiers.dossier_counts import DossierCell, Dossiers
from sipas.numbers import periods
from sipas.numbers.periods import Period
from sipas.publishing import claims, publication, releases
from sipas.publishing.publication import (
    CutsRelease,
    Interrupted,
    NotFinished,
    NothingToCorrect,
    NothingToPublish,
    NotWholeMonths,
    PublishedBefore,
)
from sipas.publishing.releases import Document, PublishedResponse, Release
from sipas.responses import recording, recount, set_asides
from sipas.responses.recording import Answers
from sipas.responses.set_asides import Selection
from sipas.setup import units
from sipas.survey import paper_forms
from tests.conftest import COUNTER_1, EXIT_OF_PROVINCE, draft

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
TODAY = date(2026, 12, 1)
CENTRE = "trung-tam-tinh"
Q2, Q3 = periods.parse("2026-Q2"), periods.parse("2026-Q3")


def nine(day: str) -> datetime:
    return datetime.fromisoformat(f"{day}T02:00:00").replace(tzinfo=UTC)


def give(
    number: int, day: str = "2026-09-14", field: str = "dat-dai", code: str = EXIT_OF_PROVINCE, **scores: int
) -> None:
    one = draft(code, field, nine(day), None, "", **scores)
    recording.record_many([replace(one, key=recording.new_key()) for _ in range(number)], ZONE)


def publish(period: str = "2026-Q3", today: date = TODAY) -> Document:
    with time_machine.travel(datetime(2026, 12, 1, 3, tzinfo=UTC), tick=False):
        return releases.document(publication.publish(periods.parse(period), TODAY, today))


def unit_of(document: Document, code: str = CENTRE) -> Document:
    found: Document = {unit["code"]: unit for unit in document["units"]}[code]
    return found


def fields_of(document: Document, code: str = CENTRE) -> dict[str, int]:
    return {one["code"]: one["responses"] for one in unit_of(document, code)["fields"]}


def aside(day: str, minutes: int = 60) -> None:
    set_asides.begin(
        Selection(lookups.province().id, nine(day), nine(day) + timedelta(minutes=minutes)), "A whole class at once"
    )


def test_small_fields_are_told_together_and_a_small_unit_waits_for_the_next_period(inside: Flask) -> None:
    give(30, field="dat-dai")
    give(12, field="thue")
    give(4, field="ho-tich")
    first = publish("2026-Q3")
    assert fields_of(first) == {"dat-dai": 30, "other-fields": 16}
    assert first["total"]["responses"] == 46
    assert [unit["code"] for unit in first["units"] if not unit["carried_over"]] == [CENTRE]


def test_a_unit_that_was_too_small_is_told_with_its_next_period_and_nobody_twice(inside: Flask) -> None:
    give(40, "2026-05-04", code=COUNTER_1)
    other = lookups.touchpoints_of([lookups.unit("hong-gai").id])[0].code
    give(7, "2026-05-05", code=other)
    assert unit_of(publish("2026-Q2"), "hong-gai")["carried_over"]
    give(6, "2026-08-05", code=other)
    give(40, "2026-08-05", code=COUNTER_1)
    second = publish("2026-Q3")
    told = unit_of(second, "hong-gai")
    assert (told["responses"], told["since"]) == (13, "2026-05")
    assert unit_of(second)["responses"] == 40
    assert second["total"]["responses"] == 53


def test_channels_are_told_apart_only_where_none_of_them_is_small(inside: Flask) -> None:
    give(20)
    give_on_paper(lookups.unit(CENTRE).code, 9)
    first = publish("2026-Q3")
    (block,) = unit_of(first)["fields"]
    assert block["parts"] == {"mixed": [0, 0, 0, 0, 29]}


def give_on_paper(unit_code: str, number: int, day: date = date(2026, 9, 20)) -> None:
    unit = lookups.unit(unit_code)
    field_id = lookups.field("dat-dai").id
    with time_machine.travel(datetime(2026, 9, 25, 3, tzinfo=UTC), tick=False):
        for one in range(number):
            form = paper_forms.Form(
                paper_forms.key_of(unit, day, f"{day}-{one}"), day, field_id, Answers({"overall": 5})
            )
            paper_forms.type_in(unit, form, date(2026, 9, 25), ZONE)


def test_what_is_published_can_be_made_again_to_the_last_byte_and_nothing_changes_it(inside: Flask) -> None:
    give(40, access=4, staff=2)
    give(25, field="thue", access=5, procedure=1)
    publish()
    release = releases.one(1)
    content = releases.content(release)
    assert sha256(content).hexdigest() == release.sha256
    give(30, "2026-10-02")
    lookups.unit(CENTRE).name_vi = "Một tên khác"
    db.session.commit()
    assert publication.made_again(release) == content
    for refused in (update(Release).values(note="x"), delete(Release)):
        with pytest.raises(DBAPIError, match="kept as they are"):
            db.session.execute(refused)
        db.session.rollback()
    assert recount.differences() == []


def test_what_comes_after_a_release_is_told_by_the_next(inside: Flask) -> None:
    give(40, "2026-09-14")
    publish("2026-Q3")
    give_on_paper(CENTRE, 3, date(2026, 9, 24))
    give(20, "2026-10-14")
    told = unit_of(publish("2026-10"))
    assert (told["responses"], told["since"]) == (23, "2026-09")


def test_a_correction_takes_ten_or_more_out_of_a_block_and_holds_fewer_back(inside: Flask) -> None:
    give(40, "2026-09-14", access=5)
    give(15, "2026-09-15", field="thue")
    give(4, "2026-09-16", field="dat-dai")
    before = publish()
    aside("2026-09-16")
    with pytest.raises(NothingToCorrect):
        publication.correct(1, "Four answers were doubtful.", TODAY)
    assert db.session.scalars(select(PublishedResponse.removed_in).distinct()).all() == [None]
    give(12, "2026-09-17", field="dat-dai")  # came late: no release has them
    aside("2026-09-14")
    after = releases.document(publication.correct(1, "A class was taken there by its teacher.", TODAY))
    assert fields_of(before) == {"dat-dai": 44, "thue": 15}
    assert fields_of(after) == {"thue": 15}, "of four left too few remain to be told"
    assert after["corrections"] == [
        {
            "edition": 2,
            "published_on": "2026-12-01",
            "note": "A class was taken there by its teacher.",
            "note_en": None,
            "withdrawn": 44,
        }
    ]
    assert releases.document(releases.one(1, 1)) == before
    for edition in (1, 2):
        release = releases.one(1, edition)
        assert publication.made_again(release) == releases.content(release)


def test_a_year_is_the_sum_of_its_quarters_and_what_was_left_over(inside: Flask) -> None:
    give(30, "2026-05-04")
    give(20, "2026-08-04", field="thue")
    give(30, "2026-08-05")
    publish("2026-Q2")
    publish("2026-Q3")
    give(11, "2026-02-04", field="thue")
    year = periods.parse("2026-01-01..2026-10-01")
    made = releases.document(publication.publish(year, TODAY, TODAY))
    assert made["includes"] == [{"number": 1, "edition": 1}, {"number": 2, "edition": 1}]
    assert fields_of(made) == {"dat-dai": 60, "thue": 31}
    assert publication.made_again(releases.one(3)) == releases.content(releases.one(3))


@pytest.mark.parametrize(
    ("period", "why"),
    [
        ("2026-Q4", NotFinished),
        ("2026-08-03..2026-09-01", NotWholeMonths),
        ("2026-09", PublishedBefore),
        ("2026-Q3", PublishedBefore),
        ("2026-09-01..2026-11-01", CutsRelease),
        ("2025", NothingToPublish),
    ],
)
def test_a_period_is_refused_that_is_not_finished_or_would_cut_a_release(
    inside: Flask, period: str, why: type[Exception]
) -> None:
    give(20)
    publish()
    with pytest.raises(why):
        publication.publish(periods.parse(period), TODAY, TODAY)
    with pytest.raises(why):
        publication.preview(periods.parse(period), TODAY, TODAY)
    assert [one.newest.number for one in releases.shelves()] == [1]


def test_a_preview_says_what_would_be_published_and_keeps_nothing(inside: Flask) -> None:
    give(40)
    shown = publication.preview(Q3, TODAY, TODAY)
    assert not releases.shelves()
    assert publish() == shown


def test_a_release_that_was_interrupted_leaves_its_responses_to_the_next(inside: Flask) -> None:
    give(40)
    with writing():
        claims.claim(1, Q3, [])
    assert claims.fingerprint(1)[0] == 40
    assert publish()["total"]["responses"] == 40


def test_what_a_publisher_left_behind_is_still_in_the_preview(inside: Flask) -> None:
    give(40)
    with writing():
        claims.claim(1, Q3, [])
    assert publication.preview(Q3, TODAY, TODAY) == publish()


def test_a_release_holds_nothing_of_days_after_its_own(inside: Flask) -> None:
    give(40, "2026-09-14", code=COUNTER_1)
    give(6, "2026-09-14", code=counter_of("hong-gai"))
    assert unit_of(publish("2026-Q3"), "hong-gai")["carried_over"]
    give(40, "2026-05-04", code=COUNTER_1)
    give(6, "2026-05-04", code=counter_of("hong-gai"))
    assert unit_of(publish("2026-Q2"), "hong-gai")["carried_over"]
    give(40, "2026-10-04", code=COUNTER_1)
    assert unit_of(publish("2026-10"), "hong-gai")["responses"] == 12


def counter_of(unit_code: str) -> str:
    return lookups.touchpoints_of([lookups.unit(unit_code).id])[0].code


def test_a_year_says_too_since_when_answers_of_its_quarters_waited(inside: Flask) -> None:
    for day, period in (("2025-11-14", "2025-Q4"), ("2026-02-14", "2026-Q1")):
        give(40, day, code=COUNTER_1)
        give(6, day, code=counter_of("hong-gai"))
        publish(period)
    give(40, "2026-05-14", code=COUNTER_1)
    told = unit_of(publish("2026-01-01..2026-07-01"), "hong-gai")
    assert (told["responses"], told["since"]) == (12, "2025-11")


def test_a_year_tells_of_a_unit_that_moved_below_another_since(inside: Flask) -> None:
    give(40, "2026-05-04", code=COUNTER_1)
    give(12, "2026-05-04", code=counter_of("hong-gai"))
    publish("2026-Q2")
    give(40, "2026-08-04", code=COUNTER_1)
    moved, below = lookups.unit("hong-gai"), lookups.unit(CENTRE)
    units.move(moved, below, date(2026, 9, 1), fingerprint(units.place_of(moved)), TODAY)
    made = publish("2026-04-01..2026-10-01")
    assert (made["total"]["responses"], unit_of(made, "hong-gai")["responses"]) == (92, 12)
    assert publication.made_again(releases.one(2)) == releases.content(releases.one(2))


def test_somebody_else_who_publishes_meanwhile_takes_nothing_of_a_release(
    inside: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    give(40, "2026-09-14")
    give(40, "2026-05-04")
    meanwhile(monkeypatch, claims, "counted", lambda: claim_once_more(Q2))
    with pytest.raises(Interrupted):
        publish("2026-Q3")
    meanwhile(monkeypatch, publication, "_first", lambda: claim_once_more(Q2))
    with pytest.raises(Interrupted):
        publish("2026-Q3")
    assert publish("2026-Q3")["total"]["responses"] == 40


def claim_once_more(period: Period) -> None:
    """What another process does first that publishes a period."""
    with writing():
        claims.let_go_of_unfinished()
        claims.claim(1, period, [])


def meanwhile(monkeypatch: pytest.MonkeyPatch, module: ModuleType, name: str, happens: Callable[[], object]) -> None:
    """Let something happen once, just before a function is called."""
    called = getattr(module, name)

    def replaced(*given: object) -> object:
        monkeypatch.setattr(module, name, called)
        happens()
        return called(*given)

    monkeypatch.setattr(module, name, replaced)


def test_somebody_else_who_publishes_meanwhile_leaves_no_correction_that_was_not_counted(
    inside: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    give(40, "2026-09-14")
    give(12, "2026-09-15")
    give(20, "2026-05-04")
    publish("2026-Q3")
    aside("2026-09-15")
    meanwhile(monkeypatch, publication, "_edition", lambda: publish("2026-Q2"))
    with pytest.raises(Interrupted):
        publication.correct(1, "Twelve answers came from one device.", TODAY)
    assert publication.correct(1, "Twelve answers came from one device.", TODAY).responses == 40
    for release in (edition for shelf in releases.shelves() for edition in shelf.editions):
        assert publication.made_again(release) == releases.content(release)


@pytest.mark.parametrize(("number", "edition"), [(2**31, None), (1, 2**63), (10**30, 1)])
def test_a_number_that_no_database_holds_is_not_found(inside: Flask, number: int, edition: int | None) -> None:
    with pytest.raises(errors.NotFound):
        releases.one(number, edition)


def handle(month: date, finished: dict[str, int]) -> None:
    """Dossiers that some units finished in a month, all on time; of all others there were none."""
    counts = {unit: finished.get(unit.code, 0) for unit in dossier_counts.holders(lookups.province())}
    field_id = lookups.field("dat-dai").id
    kept = {DossierCell(unit.id, month, field_id): Dossiers(number, number, number) for unit, number in counts.items()}
    dossier_counts.keep(kept, "dossiers.imported", "dossiers.csv")


def finished_in(document: Document) -> dict[str, int]:
    rows = {"all": document["total"], **{one["code"]: one for one in document["units"]}}
    return {name: row["dossiers"]["finished"] for name, row in rows.items() if row.get("dossiers")}


@pytest.mark.parametrize(
    ("small", "told"), [(4, {CENTRE: 50}), (12, {"all": 62, CENTRE: 50, "hong-gai": 12}), (0, {"all": 50, CENTRE: 50})]
)
def test_dossiers_of_a_few_people_come_out_neither_alone_nor_as_what_is_left(
    inside: Flask, small: int, told: dict[str, int]
) -> None:
    for code in (COUNTER_1, counter_of("hong-gai")):
        give(40, "2026-09-14", code=code)
    handle(date(2026, 9, 1), {CENTRE: 50, "hong-gai": small})
    assert finished_in(publish("2026-09")) == told


def test_a_longer_release_tells_no_dossiers_of_a_few_less_a_month_within_it(inside: Flask) -> None:
    give(40, "2026-07-14", code=COUNTER_1)
    handle(date(2026, 7, 1), {CENTRE: 50})
    publish("2026-07")
    for month, finished in ((8, 4), (9, 0), (10, 30)):
        handle(date(2026, month, 1), {CENTRE: finished})
    assert finished_in(publish("2026-Q3")) == {}
    made = publish("2026-07-01..2026-11-01")
    assert finished_in(made) == {"all": 84, CENTRE: 84}
    assert publication.made_again(releases.one(3)) == releases.content(releases.one(3))

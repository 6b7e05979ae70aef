"""The demo's year is made up, but plausible, the same every time, and recorded like real answers."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import time_machine
from flask import Flask
from flask_security import verify_password
from sqlalchemy import func, select

from sipas import demo
from sipas.catalogue import lookups, models, questionnaires
from sipas.catalogue.questionnaires import OVERALL
from sipas.comments import cases, listing, replies
from sipas.comments.listing import CommentSearch
from sipas.core.db import db
from sipas.core.masking import mask
from sipas.demo.year import Year, told
from sipas.dossiers.dossier_counts import DossierCount
from sipas.downloads import report_columns
from sipas.files.tables import Table
from sipas.numbers import periods
from sipas.numbers.periods import Period
from sipas.numbers.shares import is_satisfied
from sipas.reporting import reports
from sipas.responses import recording, recount
from sipas.responses.models import Chosen, Comment, Rating, Response
from sipas.responses.recording import ResponseDraft
from sipas.run import installation
from sipas.staff import accounts
from sipas.staff.accounts import User
from tests.conftest import draft, make_app

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
TODAY = date(2026, 3, 27)
NOON = datetime(2026, 3, 2, 5, tzinfo=UTC)
SOME = 2_000
"""Of these one answer stands for 125 of the whole year's."""


def ignore(_: int) -> None:
    """Nobody watches the progress."""


@pytest.fixture
def copy_of_sample(sqlite_template: Path, tmp_path: Path) -> Iterator[Flask]:
    """An application on a SQLite file of its own with the sample catalogue."""
    shutil.copy(sqlite_template, tmp_path / "sipas.sqlite")
    app = make_app(tmp_path)
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


@pytest.fixture(scope="module")
def filled(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """An application with a small demo year, for tests that only read."""
    folder = tmp_path_factory.mktemp("demo")
    shutil.copy(sqlite_template, folder / "sipas.sqlite")
    app = make_app(folder)
    with app.app_context():
        demo.load_catalogue()
        demo.open_accounts()
        demo.load_year(ignore, TODAY, SOME)
        db.session.remove()
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def year(filled: Flask) -> Iterator[Flask]:
    with filled.app_context():
        yield filled
        db.session.remove()


def report_of(unit: str) -> Table:
    period = Period(TODAY - timedelta(days=400), TODAY + timedelta(days=1))
    return report_columns.table(reports.report(reports.ReportRequest(lookups.unit(unit), period), TODAY), "vi", "Chung")


def count(model: type) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def test_the_year_is_recorded_whole_and_a_recount_finds_no_difference(inside: Flask) -> None:
    seen: list[int] = []
    demo.load_year(seen.append, TODAY, 300)
    assert sum(seen) == count(Response) == 300
    assert count(Rating) > 600
    assert count(Chosen) > 0
    assert recount.differences() == []


def test_the_bar_moves_with_every_transaction(copy_of_sample: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "BATCH", 40)
    seen: list[int] = []
    demo.load_year(seen.append, TODAY, 100)
    assert seen == [40, 40, 20]


def test_the_same_day_and_catalogue_give_the_same_figures(year: Flask, copy_of_sample: Flask) -> None:
    demo.load_year(ignore, TODAY, SOME)
    again = [report_of(unit) for unit in ("quang-ninh", "hong-gai", "cai-chien")]
    with year.app_context():
        assert [report_of(unit) for unit in ("quang-ninh", "hong-gai", "cai-chien")] == again


@pytest.mark.parametrize("hour", [9, 16])
def test_nothing_lies_in_the_future(copy_of_sample: Flask, hour: int) -> None:
    now = datetime(2026, 3, 27, hour, 7, 30, tzinfo=ZONE)
    with time_machine.travel(now, tick=False):
        demo.load_year(ignore, responses=SOME)
    last = db.session.scalar(select(func.max(Response.received_at)))
    assert last is not None
    assert now - timedelta(hours=2) < last <= now


def test_at_night_nobody_has_answered_today(copy_of_sample: Flask) -> None:
    with time_machine.travel(datetime(2026, 3, 27, 1, 30, tzinfo=ZONE), tick=False):
        demo.load_year(ignore, responses=SOME)
    assert db.session.scalar(select(func.max(Response.day))) == date(2026, 3, 26)


def test_every_answer_lies_in_the_twelve_months_up_to_today(year: Flask) -> None:
    first, last = db.session.execute(select(func.min(Response.day), func.max(Response.day))).one()
    assert TODAY - timedelta(days=364) <= first <= TODAY - timedelta(days=350)
    assert TODAY - timedelta(days=3) <= last <= TODAY


def test_the_day_is_that_of_the_installations_zone(year: Flask) -> None:
    for day, at in db.session.execute(select(Response.day, Response.received_at)):
        assert periods.local_day(at, ZONE) == day


def test_offices_are_busy_on_mondays_and_rest_at_tet_and_on_sundays(year: Flask) -> None:
    days = [periods.local_day(draft.received_at, ZONE) for draft in whole_year_of("trung-tam-tinh")]
    by_weekday = [sum(day.weekday() == weekday for day in days) for weekday in range(7)]
    assert by_weekday[0] == max(by_weekday)
    assert by_weekday[6] < by_weekday[5] < by_weekday[4] / 2
    assert sum(date(2026, 2, 14) <= day <= date(2026, 2, 21) for day in days) < 60


def test_units_have_as_many_answers_as_their_size_says(year: Flask) -> None:
    counts = dict(
        db.session.execute(
            select(models.Unit.code, func.count(Response.id))
            .join(Response, Response.unit_id == models.Unit.id)
            .group_by(models.Unit.code)
        ).all()
    )
    a_month = {code: number * demo.RESPONSES / SOME / 12 for code, number in counts.items()}
    assert max(a_month, key=lambda code: a_month[code]) == "trung-tam-tinh"
    assert 900 < a_month["trung-tam-tinh"] < 1_100
    assert a_month["cai-chien"] < 25
    assert len(counts) == 58


def test_most_are_satisfied_and_land_waits_for_its_results(year: Flask) -> None:
    table = report_of("quang-ninh")
    rows = {row[2]: dict(zip(table.columns, row, strict=True)) for row in table.rows}
    satisfaction, land = float(str(rows["total"]["satisfaction"])), rows["dat-dai"]
    assert 82 < satisfaction < 90
    assert float(str(land["satisfaction"])) < satisfaction - 5
    assert float(str(land["result"])) < float(str(land["staff"])) - 10


def test_the_shown_units_fall_is_no_chance_and_has_its_reason(year: Flask) -> None:
    drafts = [draft for draft in whole_year_of(demo.SHOWN_UNIT) if is_about(draft, "chung-thuc")]
    month_of = {id(draft): periods.local_day(draft.received_at, ZONE).replace(day=1) for draft in drafts}
    now = [draft for draft in drafts if month_of[id(draft)] == date(2026, 3, 1)]
    before = [draft for draft in drafts if month_of[id(draft)] < date(2026, 2, 1)]
    assert satisfied(now) < satisfied(before) - 0.15
    sheet = now[0].sheet
    system = next(choice.id for item in sheet.items for choice in item.choices if choice.code == "system")
    assert sum(system in one.answers.option_ids for one in now) > len(now) / 10


def whole_year_of(unit: str) -> list[ResponseDraft]:
    """A unit's answers in a year of full size, not recorded."""
    return next(list(one.drafts()) for one in Year(TODAY, ZONE).units(demo.RESPONSES) if one.code == unit)


def is_about(draft: ResponseDraft, field: str) -> bool:
    return draft.field_id == lookups.field(field).id


def satisfied(drafts: list[ResponseDraft]) -> float:
    return sum(is_satisfied(one.answers.scores[OVERALL] or 0) for one in drafts) / len(drafts)


def test_ratings_of_one_citizen_go_together(year: Flask) -> None:
    drafts = [one for one in whole_year_of("bai-chay") if "staff" in one.answers.scores]
    happy = [one for one in drafts if one.answers.scores[OVERALL] == 5]
    unhappy = [one for one in drafts if one.answers.scores[OVERALL] == 2]

    def fives(some: list[ResponseDraft]) -> float:
        return sum(one.answers.scores["staff"] == 5 for one in some) / len(some)

    assert fives(happy) > fives(unhappy) + 0.3


def test_comments_are_those_of_the_file_masked(year: Flask) -> None:
    with (installation.SAMPLE / "demo_comments.csv").open(encoding="utf-8") as file:
        written = {row["text"] for row in csv.DictReader(file)}
    assert any(mask(text) != text for text in written)
    kept = set(db.session.scalars(select(Comment.text)))
    assert len(kept) > 20
    assert kept <= {mask(text) for text in written}


def test_comments_and_fields_tell_of_known_themes_only(year: Flask) -> None:
    """A slip in a file would go unnoticed: a theme that no citizen ticks is never written about."""
    sheet = questionnaires.sheet(questionnaires.current(questionnaires.DEFAULT, date(2026, 11, 21)))
    reasons = {choice.code for item in sheet.of_kind("choices") for choice in item.choices}
    factors = {item.factor for item in sheet.ratings if item.factor}
    fields = {field.code for field in lookups.fields()} | {""}
    for name, allowed in (
        ("comments", {"theme": reasons | factors | {""}, "field_code": fields, "language": {"vi", "en"}}),
        ("stories", {"reason": reasons | {""}, "factor": factors | {""}, "field_code": fields}),
    ):
        with (installation.SAMPLE / f"demo_{name}.csv").open(encoding="utf-8") as file:
            for row in csv.DictReader(file):
                assert {column: row[column] in known for column, known in allowed.items()} == dict.fromkeys(
                    allowed, True
                ), row


def test_dossiers_cover_every_field_and_month_and_are_more_than_the_answers(year: Flask) -> None:
    february = reports.ReportRequest(lookups.province(), periods.parse("2026-02"))
    found = reports.report(february, TODAY)
    for line in (*found.lines, found.total):
        if line.field is None or line.field.code != models.OTHER_FIELD:
            assert line.dossiers is not None
            assert line.dossiers.on_time <= line.dossiers.finished <= line.dossiers.received
    assert found.total.response_rate is not None
    assert 0.04 < found.total.response_rate < 0.2
    assert found.total.on_time_rate is not None
    assert 0.95 < found.total.on_time_rate < 0.999
    months = {month for (month,) in db.session.execute(select(DossierCount.month))}
    assert months == set(Period(date(2025, 3, 28), TODAY + timedelta(days=1)).months())


def test_whoever_may_sign_in_is_shown_with_a_touchpoint_of_the_managers_unit(year: Flask) -> None:
    shown = demo.shown()
    touchpoint = lookups.touchpoint(shown.code)
    assert touchpoint.field is None
    assert touchpoint.unit.code == shown.unit_code
    assert [role for role, _, _ in shown.accounts] == ["viewer", "manager", "province", "administrator", "auditor"]
    for role, email, password in shown.accounts:
        user = db.session.scalars(select(User).where(User.email == email)).one()
        assert user.role == role
        assert verify_password(password, user.password)
    manager = db.session.scalars(select(User).where(User.role == "manager")).one()
    assert manager.root.code == shown.unit_code


def test_a_database_is_in_use_once_it_holds_a_catalogue(empty_database: str, tmp_path: Path) -> None:
    app = make_app(tmp_path, empty_database)
    with app.app_context():
        installation.prepare()
        assert not demo.is_in_use()
        demo.load_catalogue()
        assert demo.is_in_use()
        db.session.remove()
        db.engine.dispose()


def test_a_year_loaded_twice_is_refused_and_leaves_the_first(inside: Flask) -> None:
    demo.load_year(ignore, TODAY, 100)
    with pytest.raises(Exception, match=r"(?i)unique"):
        demo.load_year(ignore, TODAY, 100)
    assert count(Response) == 100
    assert db.session.scalar(select(func.max(Response.received_at))) < datetime(2026, 3, 28, tzinfo=UTC)  # type: ignore[operator]


def test_the_accounts_printed_can_sign_in_though_an_earlier_version_loaded_the_demo(year: Flask) -> None:
    demo.open_accounts()
    before = {one.email: one.password for one in db.session.scalars(select(User))}
    demo.open_accounts()
    assert {one.email: one.password for one in db.session.scalars(select(User))} == before
    first = db.session.scalars(select(User)).first()
    assert first is not None
    accounts.give_password(first, "what-it-was-in-that-version")
    installation.keep_note("demo accounts", "those of another version")
    demo.open_accounts()
    kept = {one.email: one.password for one in db.session.scalars(select(User))}
    for role, email, password in demo.ACCOUNTS:
        assert verify_password(password, kept[email]), role


def test_some_comments_were_handled_and_answered_once(copy_of_sample: Flask) -> None:
    demo.load_catalogue()
    demo.open_accounts()
    unit, texts = lookups.unit(demo.SHOWN_UNIT), [row["text"] for row in told("comments")]
    recording.record_many([draft(demo.shown().code, at=NOON, comment=text) for text in texts], ZONE)
    for _ in range(2):
        demo.answer_comments(TODAY)
    assert len(replies.shown(unit.id, TODAY)) == len(replies.listed(unit)) == 2
    states = {state for state in cases.STATES if listing.found(unit, CommentSearch(state=state), TODAY)}
    assert states == set(cases.STATES)
    assert {"chờ đợi", "ghế ngồi", "lời khen"} <= set(cases.tags_in_use([unit.id]))

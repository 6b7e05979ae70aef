"""Each answer is kept once, whole or not at all, and counted with it."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event, func, select, text

from sipas.catalogue import lookups
from sipas.core import audit, codes
from sipas.core.audit import AuditSearch
from sipas.core.db import Unwritable, db, writing
from sipas.numbers import periods
from sipas.numbers.shares import FACTORS, Tally
from sipas.reporting import reports
from sipas.responses import recording, recount
from sipas.responses.models import Comment, Rating, Response
from sipas.responses.recording import KeyReused
from sipas.survey import surveys
from tests.conftest import COUNTER_1, EXIT_OF_PROVINCE, draft, tally_of

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
YEAR = periods.parse("2026")


def _count(model: type) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def _total() -> tuple[int, int]:
    tally = sum(tally_of("quang-ninh", str(YEAR)).values(), Tally())
    return tally.responses, tally.satisfied


def test_a_response_is_kept_with_its_ratings_and_counted(inside: Flask) -> None:
    kept = recording.record(draft(overall=4, access=5, feedback=None, comment="Nhanh"), ZONE)
    assert not kept.is_repeat
    assert (_count(Response), _count(Rating), _count(Comment)) == (1, 3, 1)
    assert _total() == (1, 1)
    assert recount.differences() == []


def test_the_same_key_and_answers_are_the_same_response(inside: Flask) -> None:
    first = recording.record(draft(key="same-key-1", overall=2, comment="Chờ lâu"), ZONE)
    again = recording.record(draft(key="same-key-1", overall=2, comment="Chờ lâu"), ZONE)
    assert again.receipt == first.receipt
    assert again.is_repeat
    assert _count(Response) == 1
    assert _total() == (1, 0)


@pytest.mark.parametrize(
    "other",
    [
        {"overall": 1},
        {"access": 3},
        {"field": "thue"},
        {"comment": "khác"},
        {"code": COUNTER_1},
        {"feedback": None},
    ],
)
def test_the_same_key_with_other_answers_keeps_the_first(inside: Flask, other: dict[str, object]) -> None:
    first = recording.record(draft(key="same-key-2", overall=5), ZONE)
    with pytest.raises(KeyReused, match=first.receipt):
        recording.record(draft(**({"key": "same-key-2", "overall": 5} | other)), ZONE)  # type: ignore[arg-type]
    assert _count(Response) == 1
    assert _total() == (1, 1)
    assert recount.differences() == []


def test_many_threads_that_send_one_key_keep_one_response(app: Flask) -> None:
    receipts: list[str] = []

    def send() -> None:
        with app.app_context():
            receipts.append(recording.record(draft(key="one-double-tap"), ZONE).receipt)

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with app.app_context():
        assert len(receipts) == 8
        assert len(set(receipts)) == 1
        assert _count(Response) == 1
        assert recount.differences() == []


def test_many_threads_that_write_different_answers_lose_none(app: Flask) -> None:
    def send(number: int) -> None:
        with app.app_context():
            for step in range(10):
                recording.record(draft(field=("thue", "dat-dai")[step % 2], overall=1 + (number + step) % 5), ZONE)

    threads = [threading.Thread(target=send, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with app.app_context():
        assert _total()[0] == _count(Response) == 60
        assert recount.differences() == []


def test_a_write_that_fails_half_way_leaves_nothing(inside: Flask) -> None:
    """The comment is longer than its table allows, which only the last INSERT finds."""
    with pytest.raises(Exception, match=r"text_length|value too long"):
        recording.record(draft(comment="x" * 2000), ZONE)
    assert (_count(Response), _count(Rating), _count(Comment)) == (0, 0, 0)
    assert _total() == (0, 0)


def test_nothing_deletes_or_changes_a_response(inside: Flask) -> None:
    """The verbs of the module are all there are, and each only adds."""
    verbs = {name for name in vars(recording) if name.startswith(("delete", "update", "change", "remove", "edit"))}
    assert verbs == set()


@pytest.mark.parametrize(
    ("at", "day"),
    [
        (datetime(2026, 9, 14, 16, 59, tzinfo=UTC), date(2026, 9, 14)),
        (datetime(2026, 9, 14, 17, 0, tzinfo=UTC), date(2026, 9, 15)),
    ],
)
def test_the_local_day_is_fixed_on_receipt(inside: Flask, at: datetime, day: date) -> None:
    recording.record(draft(at=at), ZONE)
    kept = db.session.scalars(select(Response)).one()
    assert kept.day == day
    assert kept.received_at == at


def test_the_second_is_not_kept(inside: Flask) -> None:
    recording.record(draft(at=datetime(2026, 9, 14, 3, 30, 59, 999, tzinfo=UTC)), ZONE)
    assert db.session.scalars(select(Response)).one().received_at == datetime(2026, 9, 14, 3, 30, tzinfo=UTC)


def test_personal_data_in_a_comment_is_masked_before_it_is_kept(inside: Flask) -> None:
    recording.record(draft(comment="Gọi tôi 0912 345 678 hoặc an@gmail.com"), ZONE)
    kept = db.session.scalars(select(Comment)).one().text
    assert kept == "Gọi tôi [số điện thoại] hoặc [e-mail]"


def test_a_receipt_leads_back_to_its_touchpoint_only(inside: Flask) -> None:
    receipt = recording.record(draft(), ZONE).receipt
    assert recording.is_received(receipt, lookups.touchpoint(EXIT_OF_PROVINCE).id)
    assert recording.is_received(receipt.lower(), lookups.touchpoint(EXIT_OF_PROVINCE).id)
    assert not recording.is_received(receipt, lookups.touchpoint(COUNTER_1).id)
    assert not recording.is_received("2222222222", lookups.touchpoint(EXIT_OF_PROVINCE).id)


@given(st.integers(0, 29**9 - 1))
def test_every_id_has_a_receipt_that_is_read_back(number: int) -> None:
    receipt = codes.receipt_of(number)
    assert len(receipt) == 10
    assert codes.response_of(receipt) == number


@given(st.text(max_size=20))
def test_any_text_is_a_receipt_or_not(typed: str) -> None:
    number = codes.response_of(typed)
    assert number is None or codes.receipt_of(number) == codes.tidy_code(typed)


def test_many_at_once_are_kept_by_the_same_rules(inside: Flask) -> None:
    drafts = [draft(overall=1 + number % 5, access=5, result=None) for number in range(40)]
    assert recording.record_many(drafts, ZONE) == 40
    assert (_count(Response), _count(Rating)) == (40, 120)
    assert _total() == (40, 16)
    assert recount.differences() == []


def test_many_at_once_with_a_key_used_before_are_all_refused(inside: Flask) -> None:
    recording.record(draft(key="used-before"), ZONE)
    with pytest.raises(Exception, match=r"(?i)unique"):
        recording.record_many([draft(), draft(key="used-before")], ZONE)
    assert _count(Response) == 1
    assert _total()[0] == 1


def test_a_database_that_cannot_be_written_says_so(inside: Flask) -> None:
    prepared = draft()
    is_sqlite = db.engine.dialect.name == "sqlite"
    read_only = "PRAGMA query_only = ON" if is_sqlite else "SET TRANSACTION READ ONLY"
    event.listen(db.engine, "checkout", lambda connection, *_: connection.execute(read_only))
    with pytest.raises(Unwritable):
        recording.record(prepared, ZONE)
    assert _count(Response) == 0


RANDOM_DRAFTS = st.lists(
    st.fixed_dictionaries(
        {
            "overall": st.integers(1, 5),
            "field": st.sampled_from(["ho-tich", "dat-dai", "other"]),
            "code": st.sampled_from([EXIT_OF_PROVINCE, COUNTER_1]),
            "at": st.datetimes(datetime(2025, 12, 30), datetime(2026, 3, 2), timezones=st.just(UTC)),  # noqa: DTZ001
        },
        optional={factor: st.sampled_from([1, 2, 3, 4, 5, None]) for factor in FACTORS},
    ),
    max_size=25,
)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(RANDOM_DRAFTS, st.integers(0, 25))
def test_after_any_history_the_tallies_are_what_a_recount_gives(inside: Flask, rows: list[dict], cut: int) -> None:  # type: ignore[type-arg]
    drafts = [draft(**row) for row in rows]
    recording.record_many(drafts[:cut], ZONE)
    for one in drafts[cut:]:
        recording.record(one, ZONE)
    assert recount.differences() == []


def test_a_recount_names_what_was_tampered_with_and_mends_it(inside: Flask) -> None:
    recording.record(draft(overall=1, access=2), ZONE)
    with writing() as session:
        session.execute(text("UPDATE tally SET score_1 = 0, score_5 = 1 WHERE span = 'month'"))
        session.execute(text("DELETE FROM question_tally"))
    found = recount.differences()
    assert any("span=month" in line and "score_5=1" in line for line in found)
    assert any(line.startswith("question_tally") for line in found)
    assert recount.differences(mend=True) == found
    assert next(audit.found(AuditSearch(), 1)).act == "tallies.mended"
    assert recount.differences() == []
    assert _total() == (1, 0)


def test_a_survey_offers_the_most_used_fields_first(inside: Flask) -> None:
    recording.record_many([draft(field="thue") for _ in range(9)], ZONE)
    survey = surveys.survey(EXIT_OF_PROVINCE, date(2026, 9, 20))
    assert survey.fields_first[0].code == "thue"
    assert len(survey.fields_first) == 6
    assert survey.fields_rest[-1].code == "other"
    assert len(survey.fields) == 21


def test_figures_of_days_not_closed_are_not_reported(inside: Flask) -> None:
    recording.record_many([draft(at=datetime(2026, 9, 14, 3, tzinfo=UTC)) for _ in range(6)], ZONE)
    question = reports.ReportRequest(lookups.unit("trung-tam-tinh"), periods.parse("2026-09"))
    assert reports.report(question, reports.last_closed_day(date(2026, 9, 14), 1)).total.responses == 0
    assert reports.report(question, reports.last_closed_day(date(2026, 9, 15), 1)).total.responses == 6

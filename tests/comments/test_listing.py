"""Comments in lists: found by what is shown of them, and no list nor two of them tell one citizen from four others."""

from __future__ import annotations

import itertools
import random
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import event, select

from sipas.catalogue import lookups, models
from sipas.comments import cases, listing
from sipas.comments.cases import Act, NotAble, PersonalData, TooManyTags
from sipas.comments.listing import NOBODY, CommentSearch, Listed
from sipas.core import audit, errors
from sipas.core.db import db
from sipas.core.edit_conflicts import ChangedMeanwhile, fingerprint
from sipas.numbers import periods
from sipas.numbers.comment_labels import MOODS, CommentLabel
from sipas.numbers.periods import Period
from sipas.responses import recording, set_asides
from sipas.responses.models import Comment
from sipas.responses.set_asides import Selection
from sipas.staff import accounts
from tests.conftest import EXIT_OF_PROVINCE, PASSWORD, draft

LAST_DAY = date(2026, 9, 30)
NOON = datetime(2026, 9, 14, 5, tzinfo=UTC)
EDITED = dict.fromkeys(("assignee_id", "note")) | {"state": "new", "tags": []}


def written(texts: list[str], at: datetime = NOON, code: str = EXIT_OF_PROVINCE, **answer: object) -> models.Unit:
    """So many comments of one day, field and score; the unit that they are about."""
    for text in texts:
        recording.record(draft(code, at=at, comment=text, **answer), UTC)  # type: ignore[arg-type]
    return lookups.touchpoint(code).unit


def found(unit: models.Unit, **sought: object) -> list[str | None]:
    return [one.text for one in listing.found(unit, CommentSearch(**sought), LAST_DAY)]  # type: ignore[arg-type]


def kept(text: str) -> Comment:
    return db.session.scalars(select(Comment).where(Comment.text == text)).one()


def test_a_comment_is_shown_without_month_field_and_rating_while_fewer_than_five_share_them(inside: Flask) -> None:
    unit = written(["một", "hai", "ba", "bốn"])
    assert {one.label for one in listing.found(unit, CommentSearch(), LAST_DAY)} == {CommentLabel()}
    written(["năm"])
    day = Period(date(2026, 9, 14), date(2026, 9, 15))
    label = CommentLabel(day, lookups.field("dat-dai").id, "satisfied")
    assert {one.label for one in listing.found(unit, CommentSearch(), LAST_DAY)} == {label}


def test_responses_without_a_comment_and_those_set_aside_count_among_those_who_share(inside: Flask) -> None:
    unit = written(["ý kiến", "", "", "", ""])
    set_asides.begin(Selection(unit.id, start=NOON, end=NOON + timedelta(minutes=1)), "same phone")
    assert listing.found(unit, CommentSearch(), LAST_DAY)[0].label.mood == "satisfied"


def test_a_comment_is_found_by_what_is_shown_of_it(inside: Flask) -> None:
    unit = written(["rõ"] * 5)
    written(["giấu"], field="thue")
    land, tax = lookups.field("dat-dai").id, lookups.field("thue").id
    assert found(unit, field_id=tax) == []
    assert len(found(unit, field_id=land)) in (0, 5)
    assert len(found(unit, period=periods.parse("2026-09"))) == 6
    assert found(unit, period=periods.parse("2026-09-14")) == []  # with five of one field the sixth would stand alone


def test_a_period_that_ends_with_the_last_closed_day_holds_the_month_so_far(inside: Flask) -> None:
    for day in (1, 8, 14, 22, 29):
        unit = written([f"ngày {day}"], at=NOON.replace(day=day))
    last_day = date(2026, 9, 29)
    for period, number in (("2026-09-01..2026-09-30", 5), ("2026-09-01..2026-09-29", 0), ("2026-09-02..2026-09-30", 0)):
        assert len(listing.found(unit, CommentSearch(periods.parse(period)), last_day)) == number, period


def test_comments_of_a_day_that_has_not_closed_are_not_listed(inside: Flask) -> None:
    unit = written(["hôm nay"] * 5)
    assert listing.found(unit, CommentSearch(), date(2026, 9, 13)) == []
    with pytest.raises(errors.NotFound):
        listing.comment(unit, db.session.scalars(select(Comment.code)).first() or "", date(2026, 9, 13))


FOUND = ("thai do", "Thái độ", "THÁI", "thai 100%", "do_tot", "tot thai")
NOT_FOUND = ("thải", "do%tot", "100_", "nhân viên", "tot do x", "đo")


def test_words_are_found_with_their_marks_or_without_any(inside: Flask) -> None:
    unit = written(["Thái độ_tốt 100%"])
    assert [words for words in (*FOUND, *NOT_FOUND) if listing.found(unit, CommentSearch(words=words), LAST_DAY)] == [
        *FOUND
    ]


def everything(unit: models.Unit) -> list[CommentSearch]:
    """All combinations of filters on what is shown, periods of every kind among them."""
    days = [Period(one, one + timedelta(1)) for one in (date(2026, 8, 31) + timedelta(n) for n in range(4))]
    spans = [None, periods.parse("2026-08"), periods.parse("2026-09"), periods.parse("2026-Q3"), *days]
    fields = [None, *(one.id for one in lookups.fields()[:3])]
    return [CommentSearch(*one) for one in itertools.product(spans, fields, [None, *MOODS])]


def test_no_lists_together_tell_one_citizen_from_four_others(inside: Flask) -> None:
    """Everybody wrote. Whoever asks for all lists knows of each comment which of them hold it: a group of those
    that no list tells apart has five or more, unless nothing at all is shown of it."""
    rng, zone, fields = random.Random(1), UTC, lookups.fields()[:3]
    at = [datetime(2026, 8, 31, 5, tzinfo=UTC) + timedelta(rng.choice((0, 0, 1, 2, 3))) for _ in range(70)]
    drafts = [
        draft(
            field=rng.choices(fields, (6, 2, 1))[0].code, at=one, overall=rng.choice((5, 5, 5, 4, 3, 1)), comment=f"{n}"
        )
        for n, one in enumerate(at)
    ]
    recording.record_many(drafts, zone)
    unit = lookups.touchpoint(EXIT_OF_PROVINCE).unit
    holding: dict[str, list[CommentSearch]] = defaultdict(list)
    shown: dict[str, Listed] = {}
    for sought in everything(unit):
        for one in listing.found(unit, sought, date(2026, 9, 30)):
            holding[one.code].append(sought)
            assert shown.setdefault(one.code, one) == one, "another list says something else"
    groups: dict[tuple[object, ...], list[str]] = defaultdict(list)
    for code, lists in holding.items():
        groups[(shown[code].label, *lists)].append(code)
    assert len(shown) == 70
    for (label, *_), codes in groups.items():
        assert len(codes) >= 5 or label == CommentLabel()


def test_the_order_tells_nothing_that_is_not_shown(inside: Flask) -> None:
    for day in (1, 8, 22, 29):
        written([f"ngày {day}"], at=NOON.replace(day=day))
    unit = written(["ngày 14"])
    listed = listing.found(unit, CommentSearch(), LAST_DAY)
    assert {one.label.period for one in listed} == {periods.parse("2026-09")}
    assert [one.code for one in listed] == sorted(one.code for one in listed)


def test_those_of_whom_only_the_month_is_told_come_before_its_days_and_are_among_the_newest(inside: Flask) -> None:
    """Beside praise there is often a day; a list of the newest by day alone would be praise alone."""
    written([f"khen {day}" for day in range(9)], at=NOON.replace(day=21))
    for day in range(1, 7):
        written([f"chê {day}"], at=NOON.replace(day=day), overall=1)
    unit = written(["hôm nay"], at=NOON.replace(month=10, day=1))
    listed = listing.found(unit, CommentSearch(), date(2026, 10, 1))
    assert [str(one.text).split()[0] for one in listed] == ["hôm", *["chê"] * 6, *["khen"] * 9]
    newest = listing.newest(unit, periods.parse("2026-Q3"), LAST_DAY)
    assert [str(one.text).split()[0] for one in newest] == ["chê"] * 3


def test_a_list_reads_what_its_unit_has_and_no_more(inside: Flask) -> None:
    statements: list[str] = []
    event.listen(db.engine, "before_cursor_execute", lambda *given: statements.append(given[2]))
    unit = written(["tốt"] * 6)
    statements.clear()
    listing.found(unit, CommentSearch(periods.parse("2026-Q3")), LAST_DAY)
    reads = [one for one in statements if "SELECT" in one]
    assert len(reads) < 12
    assert not [one for one in reads if "FROM response" in one or "rating" in one]


def manager(unit: models.Unit) -> int:
    return accounts.add("an@centre.example", PASSWORD, "manager", unit).id


def test_what_was_done_is_kept_and_found_and_told_by_the_audit_but_for_the_note(inside: Flask) -> None:
    unit = written(["Chờ lâu", "Tốt"])
    person = manager(unit)
    values = {"state": "looking", "assignee_id": person, "note": "hỏi chị Hoa", "tags": ["chờ đợi", "ghế"]}
    cases.edit(kept("Chờ lâu"), values, fingerprint(EDITED))
    assert found(unit, state="looking") == found(unit, assignee_id=person) == found(unit, tag="ghế") == ["Chờ lâu"]
    assert found(unit, state="new") == found(unit, assignee_id=NOBODY) == ["Tốt"]
    assert cases.tags_in_use([unit.id]) == ["chờ đợi", "ghế"]
    (entry,) = cases.history(kept("Chờ lâu"))
    assert entry.after is not None
    assert "an@centre.example" in entry.after
    assert "Hoa" not in entry.after


def test_who_saves_over_what_another_did_meanwhile_is_told(inside: Flask) -> None:
    written(["Chờ lâu"])
    cases.edit(kept("Chờ lâu"), EDITED | {"state": "done"}, fingerprint(EDITED))
    with pytest.raises(ChangedMeanwhile):
        cases.edit(kept("Chờ lâu"), EDITED | {"state": "no_action"}, fingerprint(EDITED))
    assert cases.opened(kept("Chờ lâu")).state == "done"


def test_one_thing_is_done_to_many_comments_or_to_none(inside: Flask) -> None:
    unit = written(["a", "b", "c"])
    all_ = listing.comments(unit, list(db.session.scalars(select(Comment.code))), LAST_DAY)
    assert cases.edit_all(all_, Act("tag", "ghế")) == 3
    assert cases.edit_all(all_, Act("tag", "ghế")) == 0
    for number in range(9):
        cases.edit_all(all_[:1], Act("tag", f"nhãn {number}"))
    with pytest.raises(TooManyTags):
        cases.edit_all(all_, Act("tag", "một nữa"))
    assert "một nữa" not in cases.tags_in_use([unit.id])
    stranger = accounts.add("x@elsewhere.example", PASSWORD, "manager", lookups.unit("ba-che")).id
    viewer = accounts.add("v@centre.example", PASSWORD, "viewer", unit).id
    for person in (stranger, viewer):
        with pytest.raises(NotAble):
            cases.edit_all(all_, Act("assignee_id", person))


def test_an_erased_text_is_nowhere_any_more_and_its_rating_stays(inside: Flask) -> None:
    unit = written(["Nguyễn Văn An, số 5 Lê Lợi", "khác"], overall=1)
    comment = kept("Nguyễn Văn An, số 5 Lê Lợi")
    with pytest.raises(PersonalData):
        cases.erase(comment, "có số 0912345678")
    cases.erase(comment, "có họ tên và địa chỉ")
    cases.erase(comment, "lần nữa")
    assert sorted(map(str, found(unit))) == ["None", "khác"]
    assert found(unit, words="an") == []
    assert (comment.text, comment.plain, comment.overall) == (None, None, 1)
    entries = list(db.session.scalars(select(audit.AuditEntry).where(audit.AuditEntry.act == "comment.erased")))
    assert [entry.changes for entry in entries] == [[("why", None, "có họ tên và địa chỉ")]]


def test_an_erased_text_is_not_left_in_the_file_of_the_database(inside: Flask) -> None:
    if db.engine.url.database is None or not db.engine.url.database.endswith(".sqlite"):
        assert db.engine.url.drivername.startswith("postgresql"), "which cleans its tables itself"
        return
    event.listen(db.engine, "connect", lambda connection, _: connection.execute("PRAGMA secure_delete = OFF"))
    db.session.remove()
    db.engine.dispose()  # as on machines whose SQLite is not built to overwrite
    written(["ở lại", "Nguyễn Văn Hổ, nhà số 5"])
    file = Path(db.engine.url.database)

    def holds(text: str) -> bool:
        db.session.rollback()
        with db.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        return text.encode() in file.read_bytes()

    assert holds("Nguyễn Văn Hổ")
    assert holds("nguyen van ho")
    cases.erase(kept("Nguyễn Văn Hổ, nhà số 5"), "họ tên và địa chỉ")
    assert not holds("Văn Hổ")
    assert not holds("van ho")
    assert holds("ở lại")


def test_a_response_sent_again_after_its_comment_was_erased_is_still_the_same(inside: Flask) -> None:
    sent = draft(comment="Nguyễn Văn An", key="once-and-again")
    first = recording.record(sent, UTC)
    cases.erase(kept("Nguyễn Văn An"), "họ tên")
    assert recording.record(sent, UTC).receipt == first.receipt

"""A unit that moves takes its counts along while citizens go on answering."""

from __future__ import annotations

import threading
from datetime import date
from zoneinfo import ZoneInfo

from flask import Flask
from sqlalchemy import event, func, select

from sipas.catalogue import lookups
from sipas.core import edit_conflicts
from sipas.core.db import db
from sipas.responses import recording, recount, tally_tables
from sipas.setup import units
from tests.conftest import draft, tally_of

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
TODAY = date(2026, 11, 21)


def move(code: str, parent: str) -> None:
    seen = edit_conflicts.fingerprint(units.place_of(lookups.unit(code)))
    units.move(lookups.unit(code), lookups.unit(parent), TODAY, seen, TODAY)


def counted(code: str) -> int:
    return sum(one.responses for one in tally_of(code).values())


def point_of(code: str) -> str:
    return next(one.code for one in lookups.touchpoints_of([lookups.unit(code).id]) if one.field_id is None)


def test_a_unit_that_leaves_and_comes_back_leaves_no_empty_rows(inside: Flask) -> None:
    recording.record(draft(point_of("bai-chay"), access=5, feedback=None), ZONE)
    rows = [select(func.count()).select_from(table) for table in tally_tables.TALLIES]
    before = [db.session.scalar(one) for one in rows]
    move("bai-chay", "hong-gai")
    assert counted("hong-gai") == 1
    move("bai-chay", "quang-ninh")
    assert counted("hong-gai") == 0
    assert [db.session.scalar(one) for one in rows] == before
    assert recount.differences() == []


def test_a_move_reads_no_response(inside: Flask) -> None:
    """What a move costs does not grow with the answers that others were given."""
    recording.record(draft(point_of("bai-chay")), ZONE)
    asked: list[str] = []
    event.listen(db.engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    move("bai-chay", "hong-gai")
    assert asked
    assert not [one for one in asked if "FROM response" in one or "FROM rating" in one or "JOIN rating" in one]


def test_answers_that_come_while_a_unit_moves_are_counted_where_it_stands(app: Flask) -> None:
    with app.app_context():
        code = point_of("bai-chay")
        drafts = [draft(code, key=f"while-it-moves-{number}") for number in range(40)]

    def send(part: int) -> None:
        with app.app_context():
            for one in drafts[part::4]:
                recording.record(one, ZONE)

    senders = [threading.Thread(target=send, args=(part,)) for part in range(4)]
    for sender in senders:
        sender.start()
    with app.app_context():
        for parent in ("hong-gai", "ba-che", "quang-ninh", "van-don"):
            move("bai-chay", parent)
    for sender in senders:
        sender.join()
    with app.app_context():
        assert recount.differences() == []
        assert [counted(code) for code in ("bai-chay", "van-don", "quang-ninh", "hong-gai")] == [40, 40, 40, 0]

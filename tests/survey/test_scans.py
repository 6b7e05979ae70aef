"""Scans are counted in memory, written down together, and none is lost while the database is away."""

from __future__ import annotations

import threading
from datetime import date

import pytest
from flask import Flask
from sqlalchemy import text

from sipas.catalogue import lookups
from sipas.core.db import db, writing
from sipas.survey import scans
from sipas.survey.scans import Flushing, Scanned
from tests.conftest import COUNTER_1, EXIT_OF_PROVINCE
from tests.pages import Visitor

DAY = date(2026, 9, 14)


def written(app: Flask, code: str = EXIT_OF_PROVINCE) -> Scanned:
    with app.app_context():
        point = lookups.touchpoint(code)
        found = scans.scanned([point.id], date(2026, 1, 1)).get(point.id, scans.NEVER)
        db.session.rollback()
        return found


def write_down(app: Flask) -> None:
    with app.app_context():
        scans.write_down(app)


def test_scans_are_summed_by_touchpoint_and_day(inside: Flask) -> None:
    exit_, counter = (lookups.touchpoint(code).id for code in (EXIT_OF_PROVINCE, COUNTER_1))
    counted = scans.waiting(inside)
    for _ in range(3):
        counted.count(exit_, DAY)
    counted.count(exit_, date(2026, 9, 15))
    counted.count(counter, DAY)
    assert counted.write_down() == 5
    counted.count(exit_, DAY)
    assert counted.write_down() == 1
    assert counted.write_down() == 0
    found = scans.scanned([exit_, counter], date(2026, 9, 15))
    assert found[exit_] == Scanned(5, 1, date(2026, 9, 15))
    assert found[counter] == Scanned(1, 0, DAY)
    assert scans.by_day(exit_, DAY) == {DAY: 4, date(2026, 9, 15): 1}


def test_opening_a_survey_is_counted_and_writes_nothing(app: Flask, visitor: Visitor) -> None:
    for _ in range(4):
        visitor.get(f"/r/{EXIT_OF_PROVINCE}")
    visitor.get(f"/r/{EXIT_OF_PROVINCE.lower()}?lang=en")
    assert written(app) == scans.NEVER
    write_down(app)
    assert written(app).ever == 5


def test_headers_alone_a_preview_an_answer_and_an_unknown_code_are_no_scans(app: Flask, visitor: Visitor) -> None:
    visitor.client.head(f"/r/{EXIT_OF_PROVINCE}")
    visitor.get(f"/r/{EXIT_OF_PROVINCE}?preview")
    visitor.get(f"/r/{EXIT_OF_PROVINCE}?lang=en&preview=1")
    visitor.get("/r/AAAAAAAA", 404)
    visitor.post(f"/r/{EXIT_OF_PROVINCE}", {"overall": "5"}, 422)
    write_down(app)
    assert written(app) == scans.NEVER


def test_a_database_that_is_away_loses_no_count(app: Flask, visitor: Visitor) -> None:
    visitor.get(f"/r/{EXIT_OF_PROVINCE}")
    with app.app_context(), writing() as session:
        session.execute(text("ALTER TABLE scan RENAME TO scan_away"))
    with app.app_context(), pytest.raises(Exception, match="scan"):
        scans.waiting(app).write_down()
    visitor.get(f"/r/{EXIT_OF_PROVINCE}")
    with app.app_context(), writing() as session:
        session.execute(text("ALTER TABLE scan_away RENAME TO scan"))
    write_down(app)
    assert written(app).ever == 2


def test_threads_that_count_at_once_lose_none(app: Flask) -> None:
    with app.app_context():
        point = lookups.touchpoint(EXIT_OF_PROVINCE).id
        db.session.rollback()
    counted = scans.waiting(app)

    def scan() -> None:
        for _ in range(500):
            counted.count(point, DAY)
        with app.app_context():
            counted.write_down()

    threads = [threading.Thread(target=scan) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert written(app).ever == 2000


def test_the_flushing_thread_writes_down_what_is_counted_and_the_rest_when_it_stops(app: Flask) -> None:
    with app.app_context():
        point = lookups.touchpoint(EXIT_OF_PROVINCE).id
        db.session.rollback()
    flushing = Flushing(app, seconds=0.05)
    scans.waiting(app).count(point, DAY)
    flushing.start()
    for _ in range(100):
        if written(app).ever == 1:
            break
        threading.Event().wait(0.05)
    assert written(app).ever == 1
    scans.waiting(app).count(point, DAY)
    flushing.stop()
    assert written(app).ever == 2

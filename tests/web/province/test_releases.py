"""Publication on the web: the province looks, publishes and corrects; anyone reads, and keeps what was read."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from itertools import count
from pathlib import Path

import frictionless
import pytest
import time_machine
from flask import Flask
from openpyxl import load_workbook

from sipas.catalogue import lookups
from sipas.core import audit
from sipas.core.audit import AuditSearch
from sipas.numbers.periods import parse
from sipas.publishing import publication, release_files, release_packages, releases
from sipas.publishing.release_views import edition
from sipas.responses import recording, set_asides
from sipas.responses.set_asides import Selection
from tests.conftest import EXIT_OF_PROVINCE, draft, make_app, new_database
from tests.pages import Visitor
from tests.web.kit.test_access import SignedIn

CENTRE = "trung-tam-tinh"
AUGUST, SEPTEMBER = datetime(2026, 8, 12, 3, tzinfo=UTC), datetime(2026, 9, 14, 3, tzinfo=UTC)
NOW = datetime(2026, 10, 20, 3, tzinfo=UTC)


def give(number: int, at: datetime = SEPTEMBER, field: str = "dat-dai", **scores: int | None) -> None:
    one = draft(EXIT_OF_PROVINCE, field, at, None, "", **scores)
    recording.record_many([replace(one, key=recording.new_key()) for _ in range(number)], UTC)


def publish(period: str = "2026-Q3") -> releases.Release:
    with time_machine.travel(NOW, tick=False):
        return publication.publish(parse(period), date(2026, 10, 19), date(2026, 10, 20))


def test_the_province_looks_before_it_publishes_and_everybody_reads_it_then(
    app: Flask, signed_in: SignedIn, visitor: Visitor
) -> None:
    with app.app_context():
        give(45, overall=4)
        give(15, field="thue", overall=1)
    assert "chưa công bố" in visitor.get("/results").text
    with time_machine.travel(NOW, tick=False):
        browser = signed_in("province", "quang-ninh")
        assert "quý III" in browser.get("/province/releases").text
        page = browser.get("/province/releases/new?period=2026-Q3")
        assert "75,0" in page.text
        assert "chưa công bố" in visitor.get("/results").text
        browser.send("/province/releases/new?period=2026-Q3", {})
    public = visitor.get("/results")
    assert "75,0" in public.text
    assert "Set-Cookie" not in public.headers
    assert "75.0%" in visitor.get("/results?lang=en").text
    unit = visitor.get(f"/results/{CENTRE}")
    assert "100,0" in unit.text
    assert "Thuế" in unit.text
    with app.app_context():
        (noted,) = audit.found(AuditSearch(act="release.published"))
        assert noted.subject == "2026-Q3"


def test_a_correction_stands_beside_what_it_corrects(app: Flask, signed_in: SignedIn, visitor: Visitor) -> None:
    with app.app_context():
        give(40, SEPTEMBER)
        give(30, AUGUST, overall=1)
        publish()
        province = lookups.province().id
        set_asides.begin(Selection(province, AUGUST, AUGUST + timedelta(hours=1)), "One device sent all of them")
    with time_machine.travel(NOW, tick=False):
        browser = signed_in("province", "quang-ninh")
        browser.send("/province/releases/1/correct", {"note": ""}, 422)
        browser.send("/province/releases/1/correct", {"note": "Thirty answers came from one device."})
        token = browser.get("/province/releases/1").value("csrf_token")
        browser.post("/province/releases/1/2/compare", {"csrf_token": token}, 303)
        assert "đến từng byte" in browser.get("/province/releases/1").text
    now, before = visitor.get("/results"), visitor.get("/results?release=1&edition=1")
    assert "Thirty answers came from one device." in now.text
    assert ("100,0" in now.text, "57,1" in before.text) == (True, True)
    visitor.get("/results?release=1&edition=3", 404)
    visitor.get("/results?release=x", 404)


def test_what_is_published_may_be_kept_and_asked_about(app: Flask, visitor: Visitor) -> None:
    with app.app_context():
        give(40)
        digest = publish().sha256
    for address in ("/results", f"/results/{CENTRE}", "/results/releases/1/1/release.json"):
        first = visitor.client.get(address)
        assert "public" in first.headers["Cache-Control"]
        again = visitor.client.get(address, headers={"If-None-Match": first.headers["ETag"]})
        assert (again.status_code, again.data) == (304, b"")
    assert sha256(visitor.client.get("/results/releases/1/1/release.json").data).hexdigest() == digest
    visitor.get("/results/releases/1/1/nothing.csv", 404)


def test_all_files_of_a_release_tell_the_same_figures(inside: Flask) -> None:
    give(45, overall=4, access=5)
    give(15, field="thue", overall=1, access=2)
    give(4, field="ho-tich", overall=5)
    release = publish()
    shown = edition(release)
    files = {name: make(release, "en") for name, (_, make) in release_files.FILES.items()}
    units, fields, scores = (
        list(csv.DictReader(io.StringIO(files[name].decode("utf-8-sig"))))
        for name in ("units.csv", "fields.csv", "scores.csv")
    )
    told = next(one for one in shown.units if one.code == CENTRE)
    row = next(one for one in units if one["unit_code"] == CENTRE)
    assert (row["satisfaction"], row["responses"], row["rank"]) == ("76.56", "64", "1")
    assert told.satisfaction
    assert round(float(told.satisfaction.value) * 100, 2) == 76.56
    assert {one["field_code"]: one["responses"] for one in fields if one["unit_code"] == CENTRE} == {
        "dat-dai": "45", "other-fields": "19"
    }  # fmt: skip
    overall = [one for one in scores if one["question"] == "overall"]
    assert sum(int(one[f"score_{score}"]) for one in overall for score in range(1, 6)) == 64
    book = load_workbook(io.BytesIO(files["tables.xlsx"]))
    assert book.sheetnames == ["units", "fields", "scores"]
    assert json.loads(files["release.json"])["total"]["responses"] == 64


def test_the_package_of_a_release_passes_a_validator_and_never_changes(inside: Flask, tmp_path: Path) -> None:
    give(45, overall=4, access=5)
    give(15, field="thue", overall=1)
    release = publish()
    (tmp_path / "package.zip").write_bytes(release_packages.to_package(release, "vi"))
    with zipfile.ZipFile(tmp_path / "package.zip") as archive:
        archive.extractall(tmp_path)
    described = frictionless.Package(str(tmp_path / "datapackage.json"))
    assert described.licenses[0]["name"] == "CC-BY-4.0"
    report = described.validate()
    assert report.flatten(["rowNumber", "fieldName", "note"]) == []
    assert (tmp_path / "release.json").read_bytes() == releases.content(release)
    assert release_packages.to_package(release, "vi") == (tmp_path / "package.zip").read_bytes()


def test_the_same_answers_give_the_same_bytes_on_both_databases(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    made = []
    for kind in ("sqlite", "postgresql"):
        app = make_app(tmp_path / kind, _database(request, tmp_path, kind))
        with app.app_context():
            for field, number in (("dat-dai", 33), ("thue", 12), ("ho-tich", 5), ("y-te", 4)):
                for score in (1, 3, 4, 5):
                    give(number, SEPTEMBER + timedelta(days=score), field, overall=score, access=score, feedback=None)
            publish()
            set_asides.begin(
                Selection(lookups.province().id, SEPTEMBER, SEPTEMBER + timedelta(days=1, hours=1)),
                "Sent by one device",
            )
            with time_machine.travel(NOW, tick=False):
                publication.correct(1, "Sent by one device.", date(2026, 10, 20))
            made.append([(one.sha256, releases.content(one)) for one in releases.shelves()[0].editions])
    assert made[0] == made[1]


def _database(request: pytest.FixtureRequest, folder: Path, kind: str) -> str:
    """A fresh database of a kind, with the sample catalogue."""
    (folder / kind).mkdir()
    if kind == "sqlite":
        (folder / kind / "sipas.sqlite").write_bytes(request.getfixturevalue("sqlite_template").read_bytes())
        return f"sqlite:///{folder / kind / 'sipas.sqlite'}"
    return new_database(f"test_same_bytes_{folder.name}", request.getfixturevalue("postgres_template"))


def test_a_correction_that_leaves_nobody_is_shown_as_such(app: Flask, visitor: Visitor) -> None:
    with app.app_context():
        give(40)
        publish()
        set_asides.begin(
            Selection(lookups.province().id, SEPTEMBER, SEPTEMBER + timedelta(hours=1)), "All from one device"
        )
        with time_machine.travel(NOW, tick=False):
            publication.correct(1, "All from one device.", date(2026, 10, 20))
    assert "Không còn phiếu trả lời nào" in visitor.get("/results").text
    visitor.get(f"/results/{CENTRE}")
    for name in release_files.FILES:
        assert visitor.client.get(f"/results/releases/1/2/{name}").status_code == 200


def test_a_file_of_a_release_is_made_once_whoever_asks(
    app: Flask, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    with app.app_context():
        give(40)
        publish()
    times = count()
    kind, make = release_packages.FILES["tables.xlsx"]
    files = {"tables.xlsx": (kind, lambda *given: next(times) or make(*given))}
    monkeypatch.setattr(release_packages, "FILES", {**release_packages.FILES, **files})
    addresses = ("/results/releases/1/1/tables.xlsx", "/api/v1/releases/1/editions/1/tables.xlsx")
    answers = {visitor.client.get(address).data for address in (*addresses, *addresses)}
    assert (len(answers), next(times)) == (1, 1)

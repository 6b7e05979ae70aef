"""The province downloads what was counted: small tables at once, large ones as orders, each whole or not at all."""

from __future__ import annotations

import csv
import io
import json
import time
import zipfile
from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import duckdb
import frictionless
import openpyxl
import pytest
from flask import Flask

from sipas.downloads import aggregate_files
from sipas.responses import recording
from tests.conftest import draft
from tests.pages import Page, Visitor

SignedIn = Callable[..., Visitor]
ADDRESS = "/province/downloads"
MARCH = "?period=2026-03&step=month"


@pytest.fixture
def answered(app: Flask) -> Flask:
    """An installation with twelve answers in March and one in April."""
    with app.app_context():
        days = [datetime(2026, 3, 2, 3, tzinfo=UTC)] * 12 + [datetime(2026, 4, 2, 3, tzinfo=UTC)]
        drafts = [draft(at=at, overall=place % 5 + 1, access=4, result=None) for place, at in enumerate(days)]
        recording.record_many(drafts, UTC)
    return app


def rows_of(page: Page) -> list[list[str]]:
    return list(csv.reader(io.StringIO(page.response.data.decode("utf-8-sig"), newline="")))


def test_a_small_table_comes_at_once_with_its_length_and_hash(answered: Flask, signed_in: SignedIn) -> None:
    viewer = signed_in("viewer")
    link = viewer.get(ADDRESS + MARCH).all('a[href*="aggregates.csv"]')[0].attrs["href"]
    page = viewer.get(str(link))
    content = page.response.data
    digest = sha256(content)
    assert content.startswith(b"\xef\xbb\xbfperiod,unit_code,field_code,channel,question,factor,score_1,")
    assert rows_of(page)[1] == [
        *("2026-03", "trung-tam-tinh", "dat-dai", "qr", "overall", ""),
        *("3", "3", "2", "2", "2", "0"),
    ]
    assert int(page.headers["Content-Length"]) == len(content)
    assert page.headers["ETag"] == f'"{digest.hexdigest()}"'
    assert page.headers["Repr-Digest"] == f"sha-256=:{b64encode(digest.digest()).decode()}:"
    assert not list((Path(answered.instance_path) / "downloads").iterdir())


def test_a_download_that_broke_off_goes_on_where_it_ended_while_the_figures_are_the_same(
    answered: Flask, signed_in: SignedIn
) -> None:
    viewer = signed_in("viewer")
    whole = viewer.get(f"{ADDRESS}/aggregates.jsonl{MARCH}")
    etag, content = whole.headers["ETag"], whole.response.data
    rest = {"Range": "bytes=100-", "If-Range": etag}
    assert viewer.get(f"{ADDRESS}/aggregates.jsonl{MARCH}", 206, headers=rest).response.data == content[100:]
    with answered.app_context():
        recording.record_many([draft(at=datetime(2026, 3, 9, 3, tzinfo=UTC))], UTC)
    anew = viewer.get(f"{ADDRESS}/aggregates.jsonl{MARCH}", 200, headers=rest)
    assert anew.headers["ETag"] != etag


def test_every_shape_holds_the_same(answered: Flask, signed_in: SignedIn, tmp_path: Path) -> None:
    viewer = signed_in("viewer")
    made = {shape: viewer.get(f"{ADDRESS}/aggregates.{shape}{MARCH}").response.data for shape in aggregate_files.SHAPES}
    head, *rows = csv.reader(io.StringIO(made["csv"].decode("utf-8-sig"), newline=""))
    typed = [tuple(int(cell) if cell.isdigit() else cell or None for cell in row) for row in rows]
    assert len(typed) > 2
    assert [tuple(json.loads(line).values()) for line in made["jsonl"].decode().splitlines()] == typed
    sheet = openpyxl.load_workbook(io.BytesIO(made["xlsx"]), read_only=True)["data"]
    assert list(sheet.iter_rows(values_only=True)) == [tuple(head), *typed]
    (tmp_path / "a.parquet").write_bytes(made["parquet"])
    assert duckdb.read_parquet(str(tmp_path / "a.parquet")).columns == head
    assert duckdb.read_parquet(str(tmp_path / "a.parquet")).fetchall() == typed
    with zipfile.ZipFile(io.BytesIO(made["zip"])) as archive:
        assert archive.read("aggregates.csv") == made["csv"]


def test_a_validator_passes_the_package_and_finds_what_was_changed(
    answered: Flask, signed_in: SignedIn, tmp_path: Path
) -> None:
    package = tmp_path / "package.zip"
    package.write_bytes(signed_in("viewer").get(f"{ADDRESS}/aggregates.zip{MARCH}").response.data)
    report = frictionless.Package(str(package)).validate()
    assert report.valid, report.flatten(["type", "note"])
    with zipfile.ZipFile(package) as archive:
        described = json.loads(archive.read("datapackage.json"))
        archive.extractall(tmp_path)
        names = archive.read("units.csv").decode("utf-8-sig")
    resource = described["resources"][0]
    assert "trung-tam-tinh,Trung tâm" in names
    assert resource["hash"] == "sha256:" + sha256((tmp_path / "aggregates.csv").read_bytes()).hexdigest()
    assert "licenses" not in described
    assert described["internal"] is True
    table = tmp_path / "aggregates.csv"
    table.write_bytes(table.read_bytes()[:-40])  # cut short, as a copy that broke off
    report = frictionless.Package(str(tmp_path / "datapackage.json")).validate()
    assert {"hash-count", "byte-count"} <= {kind for (kind,) in report.flatten(["type"])}


ORDER = {"period": "2026-03", "step": "month", "shape": "csv"}


def test_a_large_table_is_ordered_watched_and_kept(answered: Flask, signed_in: SignedIn) -> None:
    viewer = signed_in("viewer")
    order = ORDER | {"csrf_token": viewer.get(ADDRESS).value("csrf_token")}
    address = viewer.post(f"{ADDRESS}/orders", order).headers["Location"]
    for _ in range(100):
        page = viewer.get(address)
        if "Refresh" not in page.headers:
            break
        time.sleep(0.1)
    link = str(page.one("main a.button").attrs["href"])
    whole = viewer.get(link)
    assert rows_of(whole)[1][0] == "2026-03"
    assert sha256(whole.response.data).hexdigest() in page.words(".hash")
    assert address in viewer.get(ADDRESS).text
    told = signed_in("auditor").get("/admin/audit?act=aggregates.")
    assert told.one("tbody").to_text().count("sipas-aggregates-2026-03-by-month.csv") == 2
    signed_in("viewer", "hong-gai").get(link, 404)


@pytest.mark.parametrize(
    ("sent", "status"),
    [({"period": "2026-03-04"}, 400), ({"period": "once"}, 400), ({"step": "week"}, 400), ({"shape": "exe"}, 400)],
)
def test_an_order_that_nobody_offers_is_refused(
    app: Flask, signed_in: SignedIn, sent: dict[str, str], status: int
) -> None:
    viewer = signed_in("viewer")
    order = ORDER | {"csrf_token": viewer.get(ADDRESS).value("csrf_token")}
    viewer.post(f"{ADDRESS}/orders", order | sent, status)
    assert not (Path(app.instance_path) / "downloads").exists()


def test_a_period_without_a_whole_step_says_so(app: Flask, signed_in: SignedIn) -> None:
    viewer = signed_in("viewer")
    assert "No whole step" in viewer.get(f"{ADDRESS}?period=2026-03&step=year&lang=en").words('[role="alert"]')
    assert "must not lie before" in viewer.get(f"{ADDRESS}?from=2026-05&to=2026-03&lang=en").words('[role="alert"]')
    viewer.get(f"{ADDRESS}/aggregates.csv?period=2026-03&step=year", 400)


def test_a_table_that_cannot_be_made_is_an_error_page(answered: Flask, signed_in: SignedIn) -> None:
    viewer = signed_in("viewer")
    (Path(answered.instance_path) / "downloads").write_text("a file where the folder belongs")
    answered.config["PROPAGATE_EXCEPTIONS"] = answered.testing = False
    page = viewer.get(f"{ADDRESS}/aggregates.csv{MARCH}", 500)
    assert page.all("h1")
    assert "Content-Disposition" not in page.headers

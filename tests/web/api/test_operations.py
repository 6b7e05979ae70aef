"""The API: closed by default, true to its description, the same figures as the pages."""

from __future__ import annotations

import csv
import io
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import schemathesis
import time_machine
from flask import Flask
from schemathesis.engine import events, from_schema
from waitress.server import create_server
from werkzeug.test import TestResponse

from sipas.catalogue import lookups, models
from sipas.core import audit
from sipas.core.db import db, writing
from sipas.numbers import periods
from sipas.publishing import publication, release_files, releases
from sipas.reporting import reports
from sipas.responses import recording
from sipas.staff import api_tokens
from sipas.staff.api_tokens import SCOPES
from sipas.web.api.operations import OFFERED, template
from sipas.web.kit.is_api import BY_TOKEN, OPEN_TO_PROGRAMS
from tests.conftest import COUNTER_1, EXIT_OF_PROVINCE, draft, make_app
from tests.pages import Visitor

SignedIn = Callable[..., Visitor]
Ask = Callable[..., TestResponse]
CLOSED = "/api/v1/catalogue/fields"
OPEN = "/api/v1/"


def secret_of(app: Flask, *scopes: str, unit: str = "quang-ninh", days: int = 30) -> str:
    """A new token's secret; of all scopes where none is named."""
    with app.app_context():
        today = reports.today(app.config["SIPAS"].zone)
        last = today + timedelta(days=days)
        return api_tokens.issue("Data portal", scopes or SCOPES, lookups.unit(unit), last, today).secret


def answered(app: Flask, times: int = 12) -> None:
    """Some answers, so that figures are shown."""
    with app.app_context():
        for number in range(times):
            recording.record(draft(overall=5 - number % 3, access=4, staff=2 + number % 4), UTC)


def published(app: Flask, period: str = "2026-Q3") -> None:
    """A release of what was answered."""
    with app.app_context():
        publication.publish(periods.parse(period), date(2026, 12, 1), date(2026, 12, 1))


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


@pytest.fixture
def ask(app: Flask) -> Ask:
    """Asks with a token, of all scopes and for the whole province where none is given."""
    client, own = app.test_client(), secret_of(app)

    def asking(address: str, secret: str = own, method: str = "GET", **headers: str) -> TestResponse:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return client.open(address, method=method, headers=bearer(secret) | sent)

    return asking


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """The application at an address of its own, by the server that serves users."""
    server: Any = create_server(app, host="127.0.0.1", port=0, threads=2)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.effective_port}"
    finally:
        server.close()
        server.task_dispatcher.shutdown()
        thread.join(5)


def test_the_api_keeps_what_its_description_promises(tmp_path: Path, sqlite_template: Path) -> None:
    """Schemathesis asks for everything that the description allows and much that it does not, all checks on."""
    (tmp_path / "sipas.sqlite").write_bytes(sqlite_template.read_bytes())
    app = make_app(tmp_path, api_requests_per_minute=100_000)
    answered(app)
    published(app)
    config = schemathesis.Config.from_dict(
        {
            "seed": 11,
            "headers": bearer(secret_of(app)),
            "generation": {"max-examples": 10, "mode": "all", "deterministic": True},
        }
    )
    faults: list[str] = []
    met: set[tuple[str, int]] = set()
    with served(app) as address:
        schema = schemathesis.openapi.from_url(f"{address}/api/v1/openapi.json", config=config)
        schema.validate()
        schema.hook(filter_query)
        for event in from_schema(schema).execute():
            if isinstance(event, events.NonFatalError | events.FatalError):
                faults.append(str(event))
            if isinstance(event, events.ScenarioFinished):
                faults += told(event)
                met |= {
                    (event.recorder.cases[number].value.operation.label, interaction.response.status_code)
                    for number, interaction in event.recorder.interactions.items()
                    if interaction.response is not None
                }
    assert not faults, "\n\n".join(faults)
    assert {label for label, status in met if status == 200} == {label for label, _ in met}, "never answered"
    assert {200, 304, 401, 404, 405, 422} <= {status for _, status in met}


def filter_query(_: Any, query: dict[str, Any] | None) -> bool:
    """Leave out what no schema can say to be wrong: a period that ends before it begins."""
    first, dots, last = str((query or {}).get("period", "")).partition("..")
    return not dots or first <= last


def told(event: Any) -> list[str]:
    """What the checks of one scenario found."""
    checks = [check for group in event.recorder.checks.values() for check in group]
    found = [check.failure_info.failure for check in checks if check.failure_info]
    return [f"{event.phase}: {one.operation}: {one.title}\n{one.message}" for one in found]


def test_every_address_is_closed_without_a_token_but_those_that_are_open(app: Flask, visitor: Visitor) -> None:
    rules = [rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/api/")]
    assert {rule.endpoint for rule in rules} == BY_TOKEN | OPEN_TO_PROGRAMS
    for operation in OFFERED:
        endpoint = f"api.{operation.name}"
        chosen = {name: shape["example"] for name, shape in operation.codes.items()}
        address = f"/api/v1{template(operation.address).format(**chosen)}"
        for method in ("GET", "HEAD"):
            answer = visitor.client.open(address, method=method)
            expected = {401} if endpoint in BY_TOKEN else {200, 404}
            assert answer.status_code in expected, f"{method} {address}: {answer.status_code}"
            if answer.status_code == 401:
                assert answer.mimetype == "application/problem+json"
                assert answer.headers["WWW-Authenticate"].startswith("Bearer")
                assert "Access-Control-Allow-Origin" not in answer.headers
        assert "GET" in visitor.client.options(address).headers["Allow"]


def test_a_session_of_staff_opens_nothing_and_no_cookie_is_set(signed_in: SignedIn, ask: Ask) -> None:
    browser = signed_in("administrator")
    assert browser.client.get(CLOSED).status_code == 401
    for address in (CLOSED, OPEN, "/api/v1/nowhere"):
        answer = ask(f"{address}?lang=en", Cookie="session=whatever")
        assert "Set-Cookie" not in answer.headers
        assert "Cookie" not in answer.headers.get("Vary", "")


def test_a_token_opens_its_scopes_its_units_and_nothing_else(app: Flask, ask: Ask) -> None:
    narrow = secret_of(app, "catalogue", unit="bai-chay")
    refused = ask("/api/v1/reports/bai-chay", narrow)
    assert (refused.status_code, refused.get_json()["status"]) == (403, 403)
    assert 'scope="reports"' in refused.headers["WWW-Authenticate"]
    assert [(row["code"], row["parent"]) for row in ask("/api/v1/catalogue/units", narrow).get_json()["rows"]] == [
        ("bai-chay", None),
        ("bai-chay-diem-2", "bai-chay"),
    ]
    reports_alone = secret_of(app, "reports", unit="bai-chay")
    assert ask("/api/v1/reports/bai-chay", reports_alone).status_code == 200
    for foreign in ("ba-che", "quang-ninh", "nowhere"):
        assert ask(f"/api/v1/reports/{foreign}", reports_alone).status_code == 404
    assert ask(CLOSED, reports_alone).status_code == 403


def test_a_token_ends_with_its_last_day_or_when_it_is_revoked(app: Flask, ask: Ask) -> None:
    secret = secret_of(app, days=2)
    for days, status in ((0, 200), (2, 200), (3, 401)):
        with time_machine.travel(datetime.now(UTC) + timedelta(days=days), tick=False):
            assert ask(CLOSED, secret).status_code == status
    with app.app_context():
        api_tokens.revoke(secret.split("_")[1])
    answer = ask(CLOSED, secret)
    assert answer.status_code == 401
    assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]
    assert "revoked" in answer.get_json()["detail"]


def test_what_is_no_token_opens_nothing(app: Flask, visitor: Visitor) -> None:
    good = secret_of(app)
    changed = good[:-1] + ("a" if good[-1] != "a" else "b")
    invented = "sipas_000000000000_" + "a" * 64
    for shown in ("", "Bearer", "Basic eDp5", f"Bearer {invented}", f"Bearer {changed}", "Bearer \xff", good):
        assert visitor.client.get(CLOSED, headers={"Authorization": shown}).status_code == 401, shown
    assert visitor.client.get(CLOSED, headers={"Authorization": f"bearer  {good}"}).status_code == 200


def test_a_secret_is_kept_nowhere_and_its_uses_are_noted_once_a_day(app: Flask, ask: Ask) -> None:
    secret = secret_of(app, "catalogue")
    for _ in range(3):
        assert ask(CLOSED, secret).status_code == 200
    _, prefix, rest = secret.split("_", 2)
    with app.app_context():
        entries = list(audit.found(audit.AuditSearch(act="token", words=prefix)))
        assert [entry.act for entry in entries] == ["token.used", "token.added"]
        assert entries[0].actor == f"api:{prefix}"
        rows = db.session.execute(db.text("SELECT * FROM api_token")).all()
        assert prefix in str(rows)
        assert rest not in str(rows)
        written = "".join(f"{one.subject}{one.before}{one.after}" for one in audit.found(audit.AuditSearch()))
        assert rest not in written
        assert "digest" not in written


def test_a_token_that_asks_too_often_waits_and_others_do_not(database: str, tmp_path: Path) -> None:
    app = make_app(tmp_path, database, api_requests_per_minute=3)
    client, eager, calm = app.test_client(), bearer(secret_of(app)), bearer(secret_of(app))
    with time_machine.travel(datetime(2026, 9, 14, 3, 0, 5, tzinfo=UTC), tick=False):
        eager, calm = bearer(secret_of(app)), bearer(secret_of(app))
        left = [client.get(CLOSED, headers=eager) for _ in range(4)]
        assert [answer.status_code for answer in left] == [200, 200, 200, 429]
        assert [answer.headers["RateLimit"].split(";")[1] for answer in left] == ["r=2", "r=1", "r=0", "r=0"]
        assert 1 <= int(left[-1].headers["Retry-After"]) <= 60
        assert left[-1].mimetype == "application/problem+json"
        assert client.get(CLOSED, headers=calm).status_code == 200
        assert client.get(OPEN).status_code == 200


def test_an_answer_that_did_not_change_is_not_sent_again(app: Flask, ask: Ask) -> None:
    address = "/api/v1/reports/quang-ninh?period=2026-09"
    first = ask(address)
    tag = first.headers["ETag"]
    same = ask(address, If_None_Match=tag)
    assert (same.status_code, same.get_data(), same.headers["ETag"]) == (304, b"", tag)
    assert first.headers["Cache-Control"] == "private, no-cache"
    answered(app)
    changed = ask(address, If_None_Match=tag)
    assert changed.status_code == 200
    assert changed.headers["ETag"] != tag
    head = ask(address, method="HEAD")
    assert (head.get_data(), head.headers["ETag"]) == (b"", changed.headers["ETag"])
    assert head.headers["Content-Length"] == changed.headers["Content-Length"]


def test_scripts_of_other_sites_read_what_is_open_and_nothing_else(visitor: Visitor, ask: Ask) -> None:
    origin = {"Origin": "https://portal.example"}
    for address in (OPEN, "/api/v1/openapi.json", f"{OPEN}?wrong=1"):
        answer = visitor.client.get(address, headers=origin)
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        asked_before = visitor.client.options(address, headers=origin | {"Access-Control-Request-Method": "GET"})
        assert asked_before.headers["Access-Control-Allow-Methods"] == "GET, HEAD"
    assert "public" in visitor.client.get(OPEN).headers["Cache-Control"]
    assert "Access-Control-Allow-Origin" not in ask(CLOSED, Origin=origin["Origin"]).headers


def test_faults_are_told_in_one_shape(visitor: Visitor, ask: Ask) -> None:
    answers = {
        404: visitor.client.get("/api/v1/nowhere"),
        405: visitor.client.post(OPEN),
        406: visitor.client.get(OPEN, headers={"Accept": "text/csv"}),
        422: ask("/api/v1/reports/quang-ninh?period=2026-02-30&colour=red&limit=1"),
    }
    for status, answer in answers.items():
        assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
        told_of = answer.get_json()
        assert told_of["status"] == status
        assert told_of["title"]
        assert told_of["detail"]
        assert answer.headers["Content-Security-Policy"]
    assert "GET" in answers[405].headers["Allow"]
    assert [one["parameter"] for one in answers[422].get_json()["errors"]] == ["period", "colour", "limit"]
    for wrong in ("?limit=1&limit=2", "?limit=0", "?limit=501", "?limit=1.0", "?after=", "?after=%00"):
        assert ask(f"/api/v1/catalogue/units{wrong}").status_code == 422, wrong
    assert ask("/api/v1/reports/quang-ninh?period=2026-09-02..2026-09-01").status_code == 422
    assert ask("/api/v1/reports/quang-ninh?field=nothing").status_code == 404


def test_a_fault_of_ours_is_told_in_the_same_shape(app: Flask, ask: Ask, database: str) -> None:
    app.config["PROPAGATE_EXCEPTIONS"] = False  # as users meet it
    assert ask(CLOSED).status_code == 200
    with app.app_context(), writing() as session:
        session.execute(db.text("ALTER TABLE service_field RENAME TO mislaid"))
    answer = ask(CLOSED)
    assert answer.status_code == (503 if database.startswith("sqlite") else 500)
    assert answer.mimetype == "application/problem+json"
    assert ("Retry-After" in answer.headers) == (answer.status_code == 503)
    assert "mislaid" not in answer.get_data(as_text=True)


def test_a_database_that_takes_no_writes_keeps_no_program_from_reading(tmp_path: Path, sqlite_template: Path) -> None:
    file = tmp_path / "sipas.sqlite"
    file.write_bytes(sqlite_template.read_bytes())
    app = make_app(tmp_path)
    headers = bearer(secret_of(app))
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert app.test_client().get(CLOSED, headers=headers).status_code == 200
    with app.app_context():
        assert not list(audit.found(audit.AuditSearch(act="token.used")))


def test_pages_of_a_list_hold_each_row_once_whatever_comes_between(app: Flask, ask: Ask) -> None:
    with app.app_context():
        codes = sorted(one.code for one in lookups.units_in(lookups.subtree(lookups.province().id)))
    met: list[str] = []
    address: str | None = "/api/v1/catalogue/units?limit=7"
    while address:
        answer = ask(address).get_json()
        met += [row["code"] for row in answer["rows"]]
        if len(met) == 7:
            with app.app_context(), writing() as session:  # a unit before the page that was read
                session.add(models.Unit(code="aa", level="centre", name_vi="A", parent_id=lookups.province().id))
        address = answer["next"]
    assert met == codes


def test_questions_come_page_by_page_with_their_words(ask: Ask) -> None:
    met: list[tuple[str, str]] = []
    address: str | None = "/api/v1/catalogue/questions?questionnaire=short&limit=4"
    while address:
        answer = ask(address)
        page = answer.get_json()
        met += [(row["code"], row["texts"]["vi"]) for row in page["rows"]]
        address = page["next"]
        assert (address is not None) == ("Link" in answer.headers)
    assert met[0][0] == "overall"
    assert len({code for code, _ in met}) == len(met) > 4


def test_figures_are_those_of_the_page_and_its_files(app: Flask, ask: Ask, signed_in: SignedIn) -> None:
    answered(app)
    for query in ("period=2026-09", "period=2026-Q3&field=dat-dai&channel=qr", "period=2025"):
        own = ask(f"/api/v1/reports/quang-ninh?{query}").get_json()
        file = signed_in("province").client.get(f"/reports/quang-ninh.json?{query}").get_json()
        assert {name: value for name, value in file.items() if name not in ("trend", "hours")} == own
    assert ask("/api/v1/reports/quang-ninh?period=2026-09").get_json()["rows"][-1]["satisfaction"] == 66.67
    english = ask("/api/v1/reports/quang-ninh?lang=en").get_json()
    assert english["rows"][-1]["field"] == "Total"


def test_ranks_are_those_of_the_page_and_its_files(app: Flask, ask: Ask, signed_in: SignedIn) -> None:
    answered(app, 30)
    query = "period=2026-Q3&lang=en&by=index"
    own = ask(f"/api/v1/rankings?{query}").get_json()
    file = signed_in("province").client.get(f"/province/ranking.json?{query}").get_json()
    for row in file["rows"]:
        del row["sentence"]
    assert own == file
    assert own["ranked"] == 1
    below = ask("/api/v1/rankings?period=2026-Q3&unit=bai-chay&level=point").get_json()
    assert [row["unit_code"] for row in below["rows"]] == ["bai-chay-diem-2"]
    narrow = secret_of(app, "rankings", unit="bai-chay")
    assert ask("/api/v1/rankings?unit=ba-che", narrow).status_code == 404
    assert ask("/api/v1/rankings?level=province").status_code == 422


def test_what_is_published_is_read_without_a_token_byte_for_byte(app: Flask, visitor: Visitor) -> None:
    answered(app, 12)
    published(app)
    get = visitor.client.get
    row = get("/api/v1/releases").get_json()["rows"][0]
    assert row == get("/api/v1/releases/1").get_json()
    told_of = row["editions"][0]
    answer = get(told_of["document"])
    assert sha256(answer.get_data()).hexdigest() == told_of["sha256"]
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "public" in answer.headers["Cache-Control"]
    assert get(told_of["document"], headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    assert len(told_of["files"]) == len(release_files.FILES) - 1
    for address in told_of["files"]:
        file = get(address)
        _, make = release_files.FILES[address.rpartition("/")[2]]
        with app.app_context():
            assert file.get_data() == make(releases.one(1), "vi")
        assert "attachment" in file.headers["Content-Disposition"]
        assert file.headers["ETag"] == get(address).headers["ETag"]
    for missing in ("/releases/2", "/releases/1/editions/2", "/releases/0", "/releases/1/editions/1/secrets.csv"):
        answer = get(f"/api/v1{missing}")
        assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")
    assert get("/api/v1/releases?after=1").get_json() == {"rows": [], "next": None}


def test_a_token_needs_a_name_something_to_read_and_an_end(signed_in: SignedIn) -> None:
    browser = signed_in("administrator")
    good = {"name": "Portal", "scopes": "reports", "unit": "quang-ninh", "expires_on": f"{datetime.now(UTC).date()}"}
    for fault, value in (("name", ""), ("scopes", ""), ("scopes", "secrets"), ("expires_on", "2999-01-01")):
        page = browser.send("/admin/tokens/new", good | {fault: value}, 422)
        assert page.all(f"#{fault}-fault-1"), (fault, value)
        assert page.value("name") == ("" if fault == "name" else "Portal")


def test_an_administrator_gives_a_token_sees_it_once_and_revokes_it(signed_in: SignedIn, ask: Ask) -> None:
    browser = signed_in("administrator")
    last = (datetime.now(UTC) + timedelta(days=100)).date()
    data = {"name": "Portal <b>", "scopes": ["reports", "catalogue"], "unit": "hong-gai", "expires_on": f"{last}"}
    page = browser.send("/admin/tokens/new", data, 200)
    secret = page.words("#secret")
    assert "no-store" in page.headers["Cache-Control"]
    assert secret not in str(page.headers)
    assert ask("/api/v1/reports/hong-gai", secret).status_code == 200
    assert ask("/api/v1/rankings", secret).status_code == 403
    listed = browser.get("/admin/tokens?lang=en")
    assert [one.to_text() for one in listed.all(".soon")] == ["ends soon"]  # the one that asks here, not this
    prefix = secret.split("_")[1]
    assert f"sipas_{prefix}…" in listed.text
    assert secret not in listed.text
    browser.post(f"/admin/tokens/{prefix}/revoke", {"csrf_token": listed.value("csrf_token")})
    assert ask("/api/v1/reports/hong-gai", secret).status_code == 401
    assert f"/{prefix}/revoke" in listed.text
    assert f"/{prefix}/revoke" not in browser.get("/admin/tokens").text


def test_commands_give_list_and_revoke_tokens(app: Flask, ask: Ask) -> None:
    runner = app.test_cli_runner()
    made = runner.invoke(args=["tokens", "add", "Data portal", "--scope", "catalogue", "--unit", "ba-che"])
    secret = made.output.strip()
    assert ask("/api/v1/catalogue/units", secret).get_json()["rows"][0]["code"] == "ba-che"
    prefix = secret.split("_")[1]
    line = next(one for one in runner.invoke(args=["tokens", "list"]).output.splitlines() if one.startswith(prefix))
    assert line.split("\t")[1] == "live"
    assert line.split("\t")[4:] == ["catalogue", "ba-che", "Data portal"]
    assert runner.invoke(args=["tokens", "revoke", prefix]).exit_code == 0
    assert ask(CLOSED, secret).status_code == 401
    assert runner.invoke(args=["tokens", "revoke", "nothing"]).exit_code == 1
    assert runner.invoke(args=["tokens", "add", "X", "--scope", "catalogue", "--unit", "nowhere"]).exit_code == 1


def test_aggregates_are_those_of_the_download_page_by_page(app: Flask, ask: Ask, signed_in: SignedIn) -> None:
    with app.app_context():
        for month in (7, 8, 9):
            for code, field in ((EXIT_OF_PROVINCE, "dat-dai"), (EXIT_OF_PROVINCE, "thue"), (COUNTER_1, "ho-tich")):
                at = datetime(2026, month, 14, 3, tzinfo=UTC)
                for number in range(4 + month % 3):
                    recording.record(draft(code, field, at, overall=1 + number % 5, access=4), UTC)
    address: str | None = "/api/v1/aggregates?period=2026-Q3&limit=1"
    told_of: list[dict[str, object]] = []
    asked = 0
    while address:
        page = ask(address).get_json()
        told_of += page["rows"]
        address, asked = page["next"], asked + 1
    file = signed_in("province").client.get("/province/downloads/aggregates.csv?period=2026-Q3")
    written = list(csv.DictReader(io.StringIO(file.get_data().decode("utf-8-sig"))))
    file.close()
    assert [{name: "" if cell is None else str(cell) for name, cell in row.items()} for row in told_of] == written
    assert {row["period"] for row in told_of} == {"2026-07", "2026-08", "2026-09"}
    assert asked == len({(row["period"], row["unit_code"]) for row in told_of}) == 3
    assert ask("/api/v1/aggregates?period=2026-Q3&after=2026-08@nowhere").get_json()["rows"][0]["period"] == "2026-08"
    assert ask("/api/v1/aggregates?period=2026-Q3", secret_of(app, "aggregates", unit="ba-che")).get_json() == {
        "period": "2026-Q3", "step": "month", "rows": [], "next": None,
    }  # fmt: skip
    assert ask("/api/v1/aggregates?period=2026-09-14").get_json()["period"] is None

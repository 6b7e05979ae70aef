"""The commands: what they print, and that a fault changes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import text

from sipas.catalogue import lookups
from sipas.core import errors
from sipas.core.db import db, writing
from sipas.responses import recording
from sipas.staff import accounts
from sipas.survey import scans
from tests.conftest import COUNTER_1, EXIT_OF_PROVINCE, draft
from tests.pages import Visitor


def run(app: Flask, *arguments: str) -> Result:
    return app.test_cli_runner().invoke(args=arguments)


def test_an_import_says_what_it_did(app: Flask, tmp_path: Path) -> None:
    file = tmp_path / "units.csv"
    file.write_text("code,level,name_vi,parent_code\nnew-centre,centre,Mới,quang-ninh\n")
    assert run(app, "import", "units", str(file)).output == "units: 1 added, 0 changed, 0 unchanged\n"
    assert run(app, "import", "units", str(file)).output == "units: 0 added, 0 changed, 1 unchanged\n"


def test_an_import_names_every_fault_and_changes_nothing(app: Flask, tmp_path: Path) -> None:
    file = tmp_path / "units.csv"
    file.write_text("code,level,name_vi,parent_code\nok,centre,Được,quang-ninh\nBad,centre,,nowhere\n")
    done = run(app, "import", "units", str(file))
    assert done.exit_code == 1
    assert "nothing was imported" in done.output
    for column in ("code", "name_vi", "parent_code"):
        assert f"units.csv, line 3, column {column}, value" in done.output
    with app.app_context(), pytest.raises(errors.NotFound):
        lookups.unit("ok")


def test_silent_touchpoints_are_listed_until_somebody_scans_them(app: Flask) -> None:
    assert COUNTER_1 in run(app, "touchpoints", "silent", "--unit", "trung-tam-tinh").output
    Visitor(app).get(f"/r/{COUNTER_1}")
    with app.app_context():
        scans.write_down(app)
    listed = run(app, "touchpoints", "silent", "--unit", "trung-tam-tinh").output
    assert COUNTER_1 not in listed
    assert f"{EXIT_OF_PROVINCE}\ttrung-tam-tinh\tqr\t-\tLối ra" in listed


def test_an_account_is_made_and_can_sign_in(app: Flask) -> None:
    done = run(app, "users", "add", "chi@test.example", "--role", "manager", "--unit", "hong-gai")
    role, email, password = done.output.split()
    assert (role, email) == ("manager", "chi@test.example")
    browser = Visitor(app)
    browser.sign_in(email, password)
    browser.get("/reports/hong-gai")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nobody", "--role", "manager", "--unit", "hong-gai"), "@-sign"),
        (("a@test.example", "--role", "manager"), "needs --unit"),
        (("a@test.example", "--role", "king", "--unit", "hong-gai"), "'king' is not one of"),
        (("a@test.example", "--role", "manager", "--unit", "nowhere"), "no unit has the code nowhere"),
        (
            ("a@test.example", "--role", "manager", "--unit", "hong-gai", "--password", "short"),
            "10 characters",
        ),
        (("taken@test.example", "--role", "manager", "--unit", "hong-gai"), "has an account already"),
    ],
)
def test_an_account_that_cannot_be_made_is_explained(app: Flask, arguments: tuple[str, ...], said: str) -> None:
    with app.app_context():
        accounts.add("taken@test.example", "long-enough-word", "manager", lookups.unit("hong-gai"))
    done = run(app, "users", "add", *arguments)
    assert done.exit_code != 0
    assert said in done.output


def test_touchpoints_are_listed_printed_closed_and_reopened(app: Flask, tmp_path: Path) -> None:
    listed = run(app, "touchpoints", "list", "--unit", "trung-tam-tinh").output
    assert f"{EXIT_OF_PROVINCE}\ttrung-tam-tinh\tqr\t-\tLối ra\n" in listed
    for name, start in (("a.svg", b"<svg"), ("a.png", b"\x89PNG")):
        assert run(app, "touchpoints", "qr", COUNTER_1.lower(), str(tmp_path / name)).exit_code == 0
        assert (tmp_path / name).read_bytes().startswith(start)
    assert "▀" in run(app, "touchpoints", "qr", COUNTER_1).output
    assert run(app, "touchpoints", "poster", str(tmp_path / "all.pdf"), "--unit", "hong-gai").exit_code == 0
    assert (tmp_path / "all.pdf").read_bytes().startswith(b"%PDF")
    assert "is closed" in run(app, "touchpoints", "close", COUNTER_1).output
    assert "\tclosed 20" in run(app, "touchpoints", "list").output
    Visitor(app).get(f"/r/{COUNTER_1}", 410)
    assert "is open" in run(app, "touchpoints", "reopen", COUNTER_1).output
    Visitor(app).get(f"/r/{COUNTER_1}")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("qr", "AAAAAAAA"), "no touchpoint has the code AAAAAAAA"),
        (("qr", COUNTER_1, "code.gif"), "must end with .svg or .png"),
        (("qr", COUNTER_1, "/nowhere/code.svg"), "cannot be written"),
        (("poster", "all.pdf"), "give --code or --unit"),
        (("list", "--unit", "nowhere"), "no unit has the code nowhere"),
        (("close", "x"), "no touchpoint has the code x"),
    ],
)
def test_a_touchpoint_command_that_fails_says_why(app: Flask, arguments: tuple[str, ...], said: str) -> None:
    done = run(app, "touchpoints", *arguments)
    assert done.exit_code != 0
    assert said in done.output


def test_a_recount_finds_tampering_and_mends_it(app: Flask) -> None:
    with app.app_context():
        recording.record(draft(overall=1), app.config["SIPAS"].zone)
    assert run(app, "recount").output == "no difference\n"
    with app.app_context(), writing() as session:
        session.execute(text("UPDATE tally SET score_1 = 0, score_5 = 1"))
    done = run(app, "recount")
    assert done.exit_code == 1
    assert "8 differences" in done.output  # the centre's day and month and the province's, each as kept and as counted
    assert "put right" in run(app, "recount", "--mend").output
    assert run(app, "recount").exit_code == 0
    with app.app_context():
        db.session.remove()

"""The server as an operator meets it: first start, stop, crash, and what goes wrong."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import sqlite3
import stat
import subprocess
import sys
import threading
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from time import monotonic, sleep
from urllib.parse import urlencode, urlsplit

import pytest

from sipas.core.settings import ROOT
from sipas.responses import recount
from tests.conftest import EXIT_OF_PROVINCE, make_app
from tests.journeys.serving import Served
from tests.pages import Visitor

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def connected(address: str) -> closing[HTTPConnection]:
    place = urlsplit(address)
    return closing(HTTPConnection(str(place.hostname), place.port, timeout=10))


def send(connection: HTTPConnection, key: str) -> int:
    connection.request(
        "POST",
        f"/r/{EXIT_OF_PROVINCE}",
        urlencode({"overall": "4", "field": "thue", "staff": "5", "key": key}),
        FORM,
    )
    answer = connection.getresponse()
    answer.read()
    return answer.status


def keys_kept(folder: Path) -> set[str]:
    with sqlite3.connect(folder / "sipas.sqlite") as connection:
        return {key for (key,) in connection.execute("SELECT key FROM response")}


def differences(folder: Path) -> list[str]:
    with make_app(folder).app_context():
        return recount.differences()


def test_the_first_start_prints_the_administrator_once(tmp_path: Path) -> None:
    with Served(tmp_path) as first:
        found = first.said(r"administrator (\S+) (\S+)$")
        assert first.address
        status, seconds = first.stop()
        assert (status, seconds < 5) == (0, True)
    browser = Visitor(make_app(tmp_path))
    browser.sign_in(found[1], found[2])
    with Served(tmp_path) as second:
        assert second.address
        second.stop(signal.SIGINT)
        assert not [line for line in second.lines if line.startswith("administrator")]
    assert stat.S_IMODE((tmp_path / "secret_key").stat().st_mode) == 0o600


class Citizens:
    """Four who send as fast as they can until the server is gone: what they sent, and what was acknowledged."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.sent: set[str] = set()
        self.acknowledged: set[str] = set()
        self.ended = threading.Event()
        self._threads = [threading.Thread(target=self._rate, args=(name,)) for name in range(4)]

    def begin(self) -> None:
        for thread in self._threads:
            thread.start()

    def wait(self) -> None:
        for thread in self._threads:
            thread.join()

    def _rate(self, name: int) -> None:
        try:
            self._send_on_and_on(name)
        except OSError:
            return
        except Exception:
            if not self.ended.is_set():
                raise

    def _send_on_and_on(self, name: int) -> None:
        with connected(self.address) as connection:
            for turn in range(100_000):
                key = f"citizen-{name}-{turn}"
                self.sent.add(key)
                if send(connection, key) == 303:
                    self.acknowledged.add(key)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_what_was_acknowledged_is_kept_however_the_server_ends(
    sqlite_template: Path, tmp_path: Path, number: int
) -> None:
    """The server is stopped, or killed, in the middle."""
    shutil.copy(sqlite_template, tmp_path / "sipas.sqlite")
    with Served(tmp_path) as server:
        citizens = Citizens(server.address)
        citizens.begin()
        sleep(1.5)
        citizens.ended.set()
        _, seconds = server.stop(number)
        citizens.wait()
    assert seconds < 5
    kept = keys_kept(tmp_path)
    assert len(citizens.acknowledged) > 50
    assert citizens.acknowledged <= kept <= citizens.sent
    assert differences(tmp_path) == []


def test_the_same_answers_sent_again_after_a_crash_count_once(sqlite_template: Path, tmp_path: Path) -> None:
    shutil.copy(sqlite_template, tmp_path / "sipas.sqlite")
    for number in (signal.SIGKILL, signal.SIGTERM):
        with Served(tmp_path) as server:
            with connected(server.address) as connection:
                assert send(connection, "once-for-all") == 303
            server.stop(number)
    assert keys_kept(tmp_path) == {"once-for-all"}


def test_a_slow_citizen_does_not_keep_the_others_waiting(sqlite_template: Path, tmp_path: Path) -> None:
    shutil.copy(sqlite_template, tmp_path / "sipas.sqlite")
    with Served(tmp_path) as server:
        place = urlsplit(server.address)
        assert place.hostname
        assert place.port
        slow = [socket.create_connection((place.hostname, place.port)) for _ in range(20)]
        for one in slow:
            one.sendall(
                f"POST /r/{EXIT_OF_PROVINCE} HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\noverall".encode()
            )
        begun = monotonic()
        with connected(server.address) as connection:
            assert send(connection, "quick-one") == 303
        assert monotonic() - begun < 3
        for one in slow:
            one.close()


def run(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    settings = {name: value for name, value in os.environ.items() if not name.startswith("SIPAS_")}
    return subprocess.run(
        [sys.executable, "-m", "sipas", *arguments],
        cwd=ROOT,
        env=settings | {"SIPAS_INSTANCE_PATH": str(folder)} | environment,
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_a_port_that_is_taken_is_named_in_one_line(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("0.0.0.0", 0))  # noqa: S104 - the address the server wants
        taken.listen()
        port = taken.getsockname()[1]
        done = run(tmp_path, "serve", "--port", str(port))
    assert done.returncode == 1
    assert f":{port}" in done.stderr
    assert "SIPAS_PORT" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("SIPAS_TIMEZONE", "Mars/Olympus"),
        ("SIPAS_DATABASE_URL", "nonsense"),
        ("SIPAS_DATABASE_URL", "mysql://x/y"),
        ("SIPAS_PORT", "many"),
        ("SIPAS_BASE_URL", "sipas.vn"),
        ("SIPAS_THREADS", "0"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(tmp_path: Path, variable: str, value: str) -> None:
    done = run(tmp_path, "serve", **{variable: value})
    assert done.returncode == 1
    assert f"{variable}={value}" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_command_on_a_database_that_is_not_there_yet_says_what_to_do(tmp_path: Path) -> None:
    for command in (("recount",), ("touchpoints", "list"), ("import", "units", "sipas/sample/units.csv")):
        done = run(tmp_path, *command)
        assert done.returncode == 1
        assert "bin/sipas db upgrade" in done.stderr
        assert "Traceback" not in done.stderr
    assert run(tmp_path, "db", "upgrade").returncode == 0
    assert run(tmp_path, "import", "units", "sipas/sample/units.csv").returncode == 0


def test_a_database_that_cannot_be_opened_is_named_in_one_line(tmp_path: Path) -> None:
    done = run(tmp_path, "serve", "--port", "0", SIPAS_DATABASE_URL="sqlite:////nowhere/at/all.sqlite")
    assert done.returncode == 1
    assert "/nowhere/at/all.sqlite" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_demo_is_loaded_once_and_says_where_to_go(tmp_path: Path) -> None:
    with Served(tmp_path, "--demo") as killed:
        killed.said("sample catalogue")
        other = run(tmp_path, "serve", "--demo", "--port", "0")
        assert other.returncode == 1
        assert "another start is preparing" in other.stderr
        killed.stop(signal.SIGKILL)
    with Served(tmp_path, "--demo") as first:
        survey = first.said(r"survey (http\S+/r/\w{8})$", 100)[1]
        report = first.said(r"report (http\S+/reports/([a-z0-9-]+))$")
        manager = first.said(r"manager (\S+) (\S+)$")
        for role in ("province", "administrator"):
            first.said(rf"{role} \S+ \S+$")
        assert first.address
        first.stop()
    assert [line for line in first.lines if "▀" in line or "█" in line], "no QR code"
    begun = monotonic()
    with Served(tmp_path, "--demo", SIPAS_REPORT_DELAY_DAYS="0") as second:
        assert second.address
        assert monotonic() - begun < 10
        second.stop()
    assert len(keys_kept(tmp_path)) == pytest.approx(250_000, rel=0.05)
    browser = Visitor(make_app(tmp_path))
    browser.sign_in(manager[1], manager[2])
    browser.get(urlsplit(report[1]).path)
    before = total(browser, report[2])
    code = survey.rsplit("/", 1)[1]
    Visitor(make_app(tmp_path)).post(f"/r/{code}", {"overall": "5", "field": "thue"})
    assert total(browser, report[2]) == before + 1
    done = run(tmp_path, "recount")
    assert (done.returncode, done.stdout) == (0, "no difference\n")


def total(browser: Visitor, unit: str) -> int:
    rows = browser.get(f"/reports/{unit}.json").response.get_json()["rows"]
    return int(rows[-1]["responses"])


def test_the_demo_never_mixes_with_a_real_installation(sqlite_template: Path, tmp_path: Path) -> None:
    shutil.copy(sqlite_template, tmp_path / "sipas.sqlite")
    done = run(tmp_path, "serve", "--demo", "--port", "0")
    assert done.returncode == 1
    assert "real installation" in done.stderr

"""bench/run [--quick]: SIPAS beside its floors, in one run on this machine."""

from __future__ import annotations

import argparse
import json
import os
import secrets
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import date
from functools import partial
from pathlib import Path
from time import monotonic, perf_counter, sleep

from bench import load
from bench.growing import grow
from bench.shapes import shapes
from sipas import create_app, demo
from sipas.catalogue import lookups
from sipas.core.db import db
from sipas.core.settings import Settings
from sipas.responses import recount
from sipas.run import installation
from sipas.staff import accounts

ROOT = Path(__file__).resolve().parent.parent
CODE = "E4XQHJ49"
TODAY = date(2026, 9, 30)
CENTRE, QUARTER = "/reports/hong-gai", "period=2026-Q3"
REPORT = "/reports/quang-ninh?period=2025-10-01..2026-09-20"
REPORTS = {
    "province's year": REPORT,
    "province's year, by day": f"{REPORT}&step=day",
    "province's year, of one channel": f"{REPORT}&channel=qr",
    "centre's quarter": f"{CENTRE}?{QUARTER}",
    "centre's quarter, of one field": f"{CENTRE}?{QUARTER}&field=chung-thuc",
    "centre's year, by week": f"{CENTRE}?period=2025-10-01..2026-09-20&step=week",
}
"""Pages of reports whose cost must not grow with the number of responses; the worst ratio of all counts."""
PASSWORD = secrets.token_urlsafe(12)
CONNECTIONS = 8
RECORDED = 1_000_000
"""So many answers at most are recorded; more are copies of them."""

GOALS = {"page_vs_floor": (">=", 0.70), "post_vs_floor": (">=", 0.50), "report_large_vs_small": ("<=", 1.5)}


def main() -> None:
    """Measure, print a table and write it to a file."""
    parser = argparse.ArgumentParser(prog="bench/run", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="smaller numbers; done in 90 s")
    parser.add_argument(
        "--large", type=int, help="how many answers the large installation has: 1000000, or a multiple of it"
    )
    parser.add_argument("--out", type=Path, default=ROOT / "bench" / "latest.json")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="sipas-bench-") as folder:
        figures = measured(Path(folder), options.quick, options.large)
    options.out.write_text(json.dumps(figures, indent=1) + "\n")
    for name, value in figures.items():
        print(f"{name:32} {value:>14,.3f}" if isinstance(value, float) else f"{name:32} {value:>14,}")
    for name, (sign, goal) in GOALS.items():
        reached = figures[name] >= goal if sign == ">=" else figures[name] <= goal
        print(f"{name} {sign} {goal}: {'reached' if reached else 'NOT REACHED'}")


def measured(folder: Path, quick: bool, wanted: int | None = None) -> dict[str, float | int]:
    """All figures, flat."""
    small, large = (2_000, wanted or 100_000) if quick else (10_000, wanted or 1_000_000)
    figures: dict[str, float | int] = {"cores": os.cpu_count() or 1}
    small_path = filled(folder / "small", small)
    with ExitStack() as stack:
        port = stack.enter_context(sipas_server(small_path))
        floor = stack.enter_context(floor_server(folder, len(fetched(port, f"/r/{CODE}"))))
        figures |= pages(port, floor, requests=1_500 if quick else 6_000, rounds=3 if quick else 5)
        figures |= posts(port, floor, requests=500 if quick else 2_500, rounds=3 if quick else 5)
    figures["stored"] = stored(small_path)
    figures["recount_differences"] = differences(small_path)
    figures |= reports(folder, small, large)
    figures |= shapes(folder / "small", TODAY)
    return figures


def pages(port: int, floor: int, requests: int, rounds: int) -> dict[str, float | int]:
    """The survey page against constant bytes of the same length."""
    constant, page = load.get("/constant", gzip=False), load.get(f"/r/{CODE}", gzip=False)
    packed = load.get(f"/r/{CODE}")
    lowest, ours, zipped = [], [], []
    for _ in range(rounds + 1):
        lowest.append(load.run(floor, requests, CONNECTIONS, lambda _: constant))
        ours.append(load.run(port, requests, CONNECTIONS, lambda _: page))
        zipped.append(load.run(port, requests, CONNECTIONS, lambda _: packed))
    for outcome in ours + zipped:
        assert set(outcome.statuses) == {200}, outcome.statuses
    return {
        "floor_page_per_second": middle(lowest),
        "page_per_second": middle(ours),
        "page_gzip_per_second": middle(zipped),
        "page_p50_ms": ours[-1].p50,
        "page_p99_ms": ours[-1].p99,
        "page_vs_floor": ratio(ours, lowest),
        "page_gzip_vs_floor": ratio(zipped, lowest),
        "page_wire_bytes": len(fetched(port, f"/r/{CODE}", whole=True, gzip=True)),
    }


def posts(port: int, floor: int, requests: int, rounds: int) -> dict[str, float | int]:
    """The durable POST against one raw row and one tally; every acknowledged answer is looked up afterwards."""
    lowest, ours, acknowledged = [], [], 0
    for _ in range(rounds + 1):
        run = secrets.token_urlsafe(6)
        lowest.append(load.run(floor, requests, CONNECTIONS, partial(sending, "/row", run)))
        ours.append(load.run(port, requests, CONNECTIONS, partial(sending, f"/r/{CODE}", run)))
        acknowledged += len(ours[-1].acknowledged)
        assert set(lowest[-1].statuses) == {303}, lowest[-1].statuses
    return {
        "floor_post_per_second": middle(lowest),
        "post_per_second": middle(ours),
        "post_p50_ms": ours[-1].p50,
        "post_p99_ms": ours[-1].p99,
        "post_vs_floor": ratio(ours, lowest),
        "sent": (rounds + 1) * requests,
        "acknowledged": acknowledged,
    }


def sending(path: str, run: str, number: int) -> bytes:
    """The POST of one citizen, with a key of its own."""
    scores = f"overall={1 + number % 5}&field=dat-dai&access=4&procedure=5&staff=5&result=na&feedback=na"
    return load.post(path, f"{scores}&comment=&key=bench-{run}-{number:06}")


def middle(outcomes: list[load.Outcome]) -> float:
    """The middle rate, without the first (warm-up) round."""
    return statistics.median(outcome.rate for outcome in outcomes[1:])


def ratio(ours: list[load.Outcome], lowest: list[load.Outcome]) -> float:
    """The middle of the ratios of rounds that ran one after the other."""
    pairs = zip(ours[1:], lowest[1:], strict=True)
    return statistics.median(one.rate / other.rate for one, other in pairs)


def reports(folder: Path, small: int, large: int) -> dict[str, float | int]:
    """The report's page and file at two sizes, in turns."""
    begun = perf_counter()
    large_path = filled(folder / "large", min(large, RECORDED))
    if large > RECORDED:
        grow(large_path / "sipas.sqlite", large // RECORDED)
    seconds = perf_counter() - begun
    with ExitStack() as stack:
        ask = [signed_in(stack.enter_context(sipas_server(path))) for path in (folder / "small", large_path)]
        pages_ = {name: in_turns(ask, address) for name, address in REPORTS.items()}
    return {
        "responses_small": small,
        "responses_large": large,
        "load_large_seconds": seconds,
        "report_small_ms": pages_["province's year"][0],
        "report_large_ms": pages_["province's year"][1],
        "report_large_vs_small": max(large_ / small_ for small_, large_ in pages_.values()),
        "report_slowest_ms": max(large_ for _, large_ in pages_.values()),
        "large_file_mb": (large_path / "sipas.sqlite").stat().st_size / 1e6,
    }


def in_turns(ask: list[Callable[[str], bytes]], address: str) -> list[float]:
    """How many milliseconds each of some installations takes for an address, the middle of several."""
    times: list[list[float]] = [[] for _ in ask]
    for turn in range(17):
        for asked, kept in zip(ask, times, strict=True):
            begun = perf_counter()
            asked(address)
            kept.extend([(perf_counter() - begun) * 1000] if turn > 1 else [])
    return [statistics.median(kept) for kept in times]


def filled(path: Path, responses: int) -> Path:
    """An installation with the sample catalogue and so many made-up answers over a year."""
    app = create_app(Settings(instance_path=path, database_url=""))
    with app.app_context():
        installation.prepare()
        installation.load_sample()
        accounts.add("bench@sipas.internal", PASSWORD, "province", lookups.province())
        demo.load_year(lambda _: None, TODAY, responses)
        db.session.remove()
        db.engine.dispose()
    return path


def stored(path: Path) -> int:
    """How many of the answers sent by the bench are in the file, read without SIPAS."""
    with sqlite3.connect(path / "sipas.sqlite") as connection:
        count: int = connection.execute("SELECT count(*) FROM response WHERE key LIKE 'bench-%'").fetchone()[0]
    return count


def differences(path: Path) -> int:
    """What a recount finds after all of it."""
    app = create_app(Settings(instance_path=path, database_url=""))
    with app.app_context():
        return len(recount.differences())


@contextmanager
def sipas_server(path: Path) -> Iterator[int]:
    """SIPAS as it is served for real, on a folder; its port."""
    port = free_port()
    served = [sys.executable, "-m", "sipas", "serve", "--port", str(port)]
    with process(served, SIPAS_INSTANCE_PATH=str(path), SIPAS_SECOND_STEP_ROLES=""):
        wait_for(lambda: fetched(port, "/readyz"))
        yield port


@contextmanager
def floor_server(folder: Path, size: int) -> Iterator[int]:
    """The floor, on the same server; its port."""
    port = free_port()
    with process([sys.executable, "-m", "bench.floor", str(port), str(size), str(folder / "floor.sqlite")]):
        wait_for(lambda: fetched(port, "/constant"))
        yield port


@contextmanager
def process(command: list[str], **environment: str) -> Iterator[None]:
    """A process that is ended afterwards."""
    with subprocess.Popen(
        command, cwd=ROOT, env=os.environ | environment, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL
    ) as running:
        try:
            yield
        finally:
            running.terminate()


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((load.HOST, 0))
        return int(probe.getsockname()[1])


def wait_for(answered: Callable[[], bytes]) -> None:
    """Wait until a server answers; at most half a minute."""
    until = monotonic() + 30
    while True:
        try:
            answered()
        except OSError:
            if monotonic() > until:
                raise
            sleep(0.05)
        else:
            return


def fetched(port: int, path: str, whole: bool = False, gzip: bool = False) -> bytes:
    """The body of a page, with its head if `whole`."""
    asked = urllib.request.Request(
        f"http://{load.HOST}:{port}{path}", headers={"Accept-Encoding": "gzip"} if gzip else {}
    )
    with urllib.request.urlopen(asked, timeout=10) as answer_:
        body: bytes = answer_.read()
        head = str(answer_.headers).encode() if whole else b""
    return head + body


def signed_in(port: int) -> Callable[[str], bytes]:
    """Sign in through the form; a function that fetches pages then."""
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    page = opener.open(f"http://{load.HOST}:{port}/sign-in", timeout=10).read().decode()
    token = page.split('name="csrf_token"')[1].split('value="')[1].split('"')[0]
    form = urllib.parse.urlencode({"email": "bench@sipas.internal", "password": PASSWORD, "csrf_token": token})

    def ask(path: str) -> bytes:
        answer_: bytes = opener.open(f"http://{load.HOST}:{port}{path}", timeout=60).read()
        return answer_

    opener.open(f"http://{load.HOST}:{port}/sign-in", form.encode(), timeout=10).read()
    assert b"sign-out" in ask(REPORT)
    return ask


if __name__ == "__main__":
    main()

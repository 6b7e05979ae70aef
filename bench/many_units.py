"""python -m bench.many_units [UNITS]: what a ranking of thousands of units costs, 20 fields, a quarter, on SQLite.

Counts are written straight into the tallies, because a ranking reads nothing else. Times are those of a processor, the
best of three, so that what else the machine does counts little.
"""

from __future__ import annotations

import random
import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from time import process_time
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import insert

from sipas import create_app
from sipas.catalogue import lookups
from sipas.catalogue.models import Unit
from sipas.core.db import writing
from sipas.core.settings import Settings
from sipas.numbers.shares import proportion
from sipas.numbers.standings import standings
from sipas.responses.tally_tables import COUNTERS, tally
from sipas.run import installation
from sipas.staff import accounts

FIELDS, MONTHS = 20, (4, 5, 6, 7, 8, 9)
QUARTER = "period=2026-Q3"
WHO = ("province@bench.example", "a-bench-of-old-oak")


def main() -> None:
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 3000
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(Settings(instance_path=Path(folder), second_step_roles="", report_delay_days=0))
        with app.app_context():
            installation.prepare()
            installation.load_sample()
            accounts.add(*WHO, "province", lookups.province())
            fill(number)
        browser = signed_in(app.test_client())
        print(f"{number} units")
        chosen = random.Random(1)
        shares = [proportion(chosen.randint(60, 100), 100) for _ in range(number)]
        tell("standings", lambda: standings(shares))
        for shape in ("", ".csv", ".json", ".xlsx"):
            address = f"/province/ranking{shape}?{QUARTER}"
            tell(address, lambda address=address: fetched(browser, address))  # type: ignore[misc]


def fill(number: int) -> None:
    """So many centres with a satisfaction of their own, and their months."""
    chosen = random.Random(5)
    with writing() as session:
        units = [Unit(code=f"c{one}", level="centre", name_vi=f"Trung tâm xã số {one}") for one in range(number)]
        for unit in units:
            unit.parent = lookups.province()
        session.add_all(units)
        session.flush()
        fields = [field.id for field in lookups.fields()][:FIELDS]
        for unit in units:
            satisfied = min(0.99, chosen.gauss(0.86, 0.05))
            session.execute(insert(tally), list(rows(unit.id, fields, satisfied, chosen)))


def rows(unit_id: int, fields: list[int], satisfied: float, chosen: random.Random) -> Iterator[dict[str, Any]]:
    for field_id in fields:
        for month in MONTHS:
            responses = chosen.randint(1, 15)
            k = sum(chosen.random() < satisfied for _ in range(responses))
            counters = dict.fromkeys(COUNTERS, 0) | {"score_5": k, "score_2": responses - k}
            sums = {"citizens": responses, "k": 4 * k, "m": 5 * responses, "kk": 16 * k, "km": 20 * k}
            counters |= {f"index_{name}": value for name, value in sums.items()} | {"index_mm": 25 * responses}
            keys = {"unit_id": unit_id, "span": "month", "day": date(2026, month, 1), "field_id": field_id}
            yield {**keys, "channel": "qr", "language": "vi", "aside": False, **counters}


def signed_in(browser: FlaskClient) -> FlaskClient:
    page = browser.get("/sign-in").get_data(as_text=True)
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert found
    email, password = WHO
    browser.post("/sign-in", data={"email": email, "password": password, "csrf_token": found[1]})
    return browser


def fetched(browser: FlaskClient, address: str) -> None:
    assert browser.get(address).status_code == 200, address


def tell(name: str, work: Callable[[], object]) -> None:
    print(f"{name}: {min(taken(work) for _ in range(3)):.2f} s")


def taken(work: Callable[[], object]) -> float:
    start = process_time()
    work()
    return process_time() - start


if __name__ == "__main__":
    main()

"""A server looks for alerts and sends letters by itself, and stops as fast as one that does not."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path
from time import monotonic, sleep

from sipas.catalogue import lookups
from sipas.core import edit_conflicts
from sipas.letters import alerts, subscriptions
from sipas.letters.subscriptions import CHOSEN
from sipas.numbers import periods
from sipas.responses import recording
from sipas.staff import accounts
from tests.conftest import PASSWORD, draft, make_app
from tests.journeys.serving import Served
from tests.mailbox import Server

AT_ANY_HOUR = {"quiet_from": 0, "quiet_until": 0, "weekends": True, "weekly": False}


def test_low_ratings_reach_the_manager_while_the_server_runs(sqlite_template: Path, tmp_path: Path) -> None:
    shutil.copy(sqlite_template, tmp_path / "sipas.sqlite")
    app = make_app(tmp_path)
    with app.app_context():
        user = accounts.add("an@test.example", PASSWORD, "manager", lookups.unit("trung-tam-tinh"))
        values = edit_conflicts.values_of(subscriptions.wishes(user), CHOSEN)
        subscriptions.choose(user, values | AT_ANY_HOUR, edit_conflicts.fingerprint(values))
        now = periods.now()
        low = [draft(overall=1, at=now - timedelta(minutes=one)) for one in (1, 2, 3)]
        recording.record_many(low, app.config["SIPAS"].zone)
    mail = Server()
    chosen = {f"SIPAS_{name.upper()}": str(value) for name, value in mail.settings.items() if name != "base_url"}
    with mail.up(), Served(tmp_path, **chosen) as served:
        assert served.address
        until = monotonic() + 60
        while not mail.taken and monotonic() < until:
            sleep(0.1)
        status, seconds = served.stop()
    assert [one["To"] for one in mail.taken] == ["an@test.example"]
    assert status == 0
    assert seconds < 5
    with app.app_context():
        assert [one.kind for one in alerts.open_for(lookups.province())] == ["low-ratings"]

"""The scheduler: a thread that looks for alerts, makes digests and delivers letters, each when it is due.

Several processes may each run one: whoever takes a turn first does it (`core.turns`), and no letter is taken twice.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import date, timedelta

from flask import Flask, current_app

from sipas.core import audit, smtp, turns
from sipas.core.db import db, is_down
from sipas.core.settings import Settings
from sipas.letters import alert_letters, alert_rules, delivery, digests
from sipas.letters.digests import RHYTHMS
from sipas.numbers import periods
from sipas.reporting import reports

EVERY_SECONDS = 30.0
"""How often it looks whether something is due."""

AFTER_START_SECONDS = 2.0
"""How long a server that has just started belongs to those who were waiting for it."""

STOP_SECONDS = 1.5
"""How long a server that stops waits for a letter that is on its way."""

DAILY_AT = timedelta(hours=6)
"""The local hour at which the scheduler's day begins: what is due once a day is done from then on."""

NAME = "caretaker"
"""Who the audit says acts; entries of years bear this name, so it stays."""

_log = logging.getLogger(__name__)


def work(is_stopped: Callable[[], bool] = lambda: False) -> None:
    """Do all that is due now, within an application context; one fault does not keep the rest from being done."""
    with audit.acting(NAME):
        for part in (look_now, look_daily, write_letters, take_letters):
            if not is_stopped():
                _attempt(part, is_stopped)


def _attempt(part: Callable[[Callable[[], bool]], object], is_stopped: Callable[[], bool]) -> None:
    try:
        part(is_stopped)
    except Exception as error:
        db.session.rollback()
        if is_down(error):
            _log.warning("%s waits for the database: %s", part.__name__, error)
        else:
            _log.exception("%s failed and will be tried again", part.__name__)
    finally:
        db.session.remove()


def look_now(_: Callable[[], bool]) -> None:
    """Look for low ratings that came together, every ten minutes."""
    now = periods.now()
    with turns.once("alerts-now", f"{now:%Y-%m-%dT%H:}{now.minute // 10}0") as is_mine:
        if is_mine:
            alert_rules.look_now(_settings().zone)


def look_daily(_: Callable[[], bool]) -> None:
    """Look at what the closed days show, once a day."""
    day = periods.local_day(periods.now() - DAILY_AT, _settings().zone)
    with turns.once("alerts-daily", day.isoformat()) as is_mine:
        if is_mine:
            alert_rules.look_daily(last_closed_day())
            delivery.forget_old()


def last_closed_day() -> date:
    """The last day that alerts and digests may tell of: today never, even where reports show it."""
    chosen = _settings()
    return reports.last_closed_day(reports.today(chosen.zone), max(chosen.report_delay_days, 1))


def write_letters(_: Callable[[], bool]) -> None:
    """Queue letters of alerts and digests, where there is a mail server to send them."""
    if not smtp.is_set_up():
        return
    chosen, now = _settings(), periods.now()
    alert_letters.queue_new(chosen.zone, chosen.public_address)
    for rhythm in RHYTHMS:
        if period := digests.due(rhythm, now, chosen.zone, chosen.report_delay_days):
            with turns.once(f"digest-{rhythm}", period.start.isoformat()) as is_mine:
                if is_mine:
                    digests.queue_all(rhythm, period, chosen.zone, chosen.public_address)


def take_letters(is_stopped: Callable[[], bool]) -> None:
    """Send what waits."""
    if smtp.is_set_up():
        delivery.send_due(is_stopped)


def _settings() -> Settings:
    chosen: Settings = current_app.config["SIPAS"]
    return chosen


class Scheduler:
    """The thread, for as long as a server runs."""

    def __init__(self, app: Flask, seconds: float = EVERY_SECONDS) -> None:
        self._app, self._seconds = app, seconds
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name=NAME, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End, once a letter that is on its way has arrived; what takes longer is found by the next start."""
        self._stopped.set()
        self._thread.join(STOP_SECONDS)

    def _run(self) -> None:
        pause = AFTER_START_SECONDS
        while not self._stopped.wait(pause):
            pause = self._seconds
            with self._app.app_context():
                work(self._stopped.is_set)

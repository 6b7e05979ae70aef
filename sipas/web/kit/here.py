"""What every page may ask of the installation that it is served by: its settings, and the day it is there."""

from __future__ import annotations

from datetime import date

from flask import current_app

from sipas.core.settings import Settings
from sipas.reporting import reports


def settings() -> Settings:
    """The settings in force."""
    chosen: Settings = current_app.config["SIPAS"]
    return chosen


def today() -> date:
    """The local day it is now."""
    return reports.today(settings().zone)


def last_closed_day() -> date:
    """The last day whose figures staff may see."""
    return reports.last_closed_day(today(), settings().report_delay_days)

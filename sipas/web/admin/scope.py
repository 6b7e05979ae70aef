"""What every page of the catalogue asks first: which unit of the own subtree, and which day it is."""

from __future__ import annotations

from datetime import date

from flask import current_app

from sipas import places, reports
from sipas.places import Unit
from sipas.settings import Settings
from sipas.web.access import current_user


def own(code: str) -> Unit:
    """The unit with this code, if it belongs to the asker's subtree. Raises NotFound as if there were none."""
    return places.within(current_user.root.id, code)


def own_ids() -> set[int]:
    """The ids of the units in the asker's subtree."""
    return set(places.subtree(current_user.root.id))


def today() -> date:
    """The local day it is now."""
    settings: Settings = current_app.config["SIPAS"]
    return reports.today(settings.zone)

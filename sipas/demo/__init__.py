"""The demo: the sample catalogue with a year of made-up answers (year.py makes them up)."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from heapq import merge
from itertools import chain, islice
from operator import attrgetter

from flask import current_app
from sqlalchemy import select

from sipas.catalogue import lookups, models
from sipas.catalogue.models import Unit
from sipas.core.db import db
from sipas.core.settings import Settings
from sipas.demo import handled, published
from sipas.demo.year import Year
from sipas.dossiers import dossier_counts
from sipas.imports import catalogue
from sipas.reporting import reports
from sipas.responses.models import Response
from sipas.responses.recording import record_many
from sipas.run import installation
from sipas.staff import accounts

RESPONSES = 250_000
"""How many answers the year has."""

BATCH = 15_000
"""How many are recorded in one transaction."""

SHOWN_UNIT = "hong-gai"
ACCOUNTS = (
    ("viewer", "viewer@demo.example", "quiet-window-bamboo"),
    ("manager", "manager@demo.example", "rice-lantern-harbour"),
    ("province", "province@demo.example", "coral-ferry-sunrise"),
    ("administrator", "administrator@demo.example", "limestone-tea-harvest"),
    ("auditor", "auditor@demo.example", "ledger-monsoon-copper"),
)
"""Role, e-mail address and password of those who may sign in."""


@dataclass(frozen=True)
class DemoEntrances:
    """Where to look first: a touchpoint without a fixed field, its unit, and who may sign in."""

    code: str
    unit_code: str
    accounts: tuple[tuple[str, str, str], ...]


def is_in_use() -> bool:
    """Whether the database holds units or responses: a real installation, or a demo."""
    return any(db.session.scalar(select(model.id).limit(1)) is not None for model in (Unit, Response))


def load_catalogue() -> None:
    """Put in the sample catalogue."""
    installation.load_sample()


def open_accounts() -> None:
    """Let those of ACCOUNTS sign in with these passwords, in a demo that an earlier version loaded too."""
    kept = sha256(repr(ACCOUNTS).encode()).hexdigest()
    if installation.note("demo accounts") == kept:
        return
    units = {"viewer": lookups.unit(SHOWN_UNIT), "manager": lookups.unit(SHOWN_UNIT), "province": lookups.province()}
    for role, email, password in ACCOUNTS:
        known = accounts.with_email(email)
        if known is None:
            accounts.add(email, password, role, units.get(role))
        else:
            accounts.give_password(known, password)
    installation.keep_note("demo accounts", kept)


def answer_comments(today: date | None = None) -> None:
    """Let the shown unit's manager do something about comments, once, in a demo that an earlier version loaded too."""
    if installation.note("demo comments") is None:
        chosen: Settings = current_app.config["SIPAS"]
        handled.handle(lookups.unit(SHOWN_UNIT), ACCOUNTS[1][1], today or reports.today(chosen.zone))
        installation.keep_note("demo comments", "handled")


def publish_quarters(today: date | None = None) -> None:
    """Let the province publish the year's quarters, once, in a demo that an earlier version loaded too."""
    if installation.note("demo releases") is None:
        chosen: Settings = current_app.config["SIPAS"]
        addresses = {role: email for role, email, _ in ACCOUNTS}
        day = today or reports.today(chosen.zone)
        published.publish(SHOWN_UNIT, addresses["province"], addresses["auditor"], day, chosen.zone)
        installation.keep_note("demo releases", "published")


def load_indices() -> None:
    """Put in other indices as they were published, once, in a demo that an earlier version loaded too."""
    if installation.note("demo indices") is None:
        catalogue.KINDS_OF_FILE["indices"](installation.SAMPLE / "indices.csv")
        installation.keep_note("demo indices", "loaded")


def load_year(progress: Callable[[int], None], today: date | None = None, responses: int = RESPONSES) -> None:
    """Record the answers of the year up to and including `today`, and its dossier counts.

    They come from a fixed seed: the same day and catalogue give the same figures. None lies in the
    future. `progress` is told after each transaction how many were newly recorded.
    """
    chosen: Settings = current_app.config["SIPAS"]
    units = list(Year(today or reports.today(chosen.zone), chosen.zone).units(responses))
    drafts = merge(*(unit.drafts() for unit in units), key=attrgetter("received_at"))
    with _without_collecting_garbage():
        while batch := list(islice(drafts, BATCH)):
            progress(record_many(batch, chosen.zone))
    dossier_counts.load(chain.from_iterable(unit.dossiers() for unit in units), "demo")


@contextmanager
def _without_collecting_garbage() -> Iterator[None]:
    """Python looks for circular garbage whenever many objects were made; here it took a fifth of the time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def shown() -> DemoEntrances:
    """Where to look first. Raises places.NotFound while there is no sample catalogue."""
    unit = lookups.unit(SHOWN_UNIT)
    without_field = [one for one in lookups.touchpoints_of([unit.id]) if one.field_id is None]
    first = min(without_field, key=lambda one: (models.CHANNELS.index(one.channel), one.id))
    return DemoEntrances(first.code, unit.code, ACCOUNTS)

"""Folders that lie for a while where every process finds them, each under an identity that nobody can guess."""

from __future__ import annotations

import re
import secrets
import shutil
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

from sipas.numbers import periods

_IDENTITY = re.compile(r"[0-9a-f]{32}")


def new(store: Path, kept: timedelta) -> str:
    """Make a folder in a store, and give its identity; what lies there for longer than `kept` is removed first."""
    sweep(store, periods.now(), kept)
    identity = secrets.token_hex(16)
    (store / identity).mkdir(parents=True)
    return identity


def at(store: Path, identity: str) -> Path | None:
    """The folder with this identity; None where there is none, or none any more."""
    here = store / identity
    return here if _IDENTITY.fullmatch(identity) and here.is_dir() else None


def remove(store: Path, identity: str) -> None:
    """Keep a folder no longer."""
    if here := at(store, identity):
        shutil.rmtree(here, ignore_errors=True)


def age(here: Path, now: datetime) -> timedelta:
    """Since when nothing that lies in a folder was written or touched; of an empty one, since when it is there."""
    touched = []
    for one in here.iterdir():
        with suppress(FileNotFoundError):  # replaced meanwhile
            touched.append(one.stat().st_mtime)
    return timedelta(seconds=now.timestamp() - max(touched, default=here.stat().st_mtime))


def sweep(store: Path, now: datetime, kept: timedelta) -> None:
    """Remove the folders that nobody touched for longer than they are kept."""
    for here in store.iterdir() if store.is_dir() else ():
        with suppress(FileNotFoundError, NotADirectoryError):  # another process was quicker; not a folder of ours
            if _IDENTITY.fullmatch(here.name) and age(here, now) > kept:
                shutil.rmtree(here, ignore_errors=True)

"""Files that were sent and wait for a yes: each in a folder of its own, for a day, where every process finds it."""

from __future__ import annotations

import re
import secrets
import shutil
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sipas.numbers import periods

KEPT = timedelta(days=1)
_IDENTITY = re.compile(r"[0-9a-f]{32}")


class NotParked(Exception):
    """There is no such file, or not any more; the argument is its identity."""


def park(folder: Path, owner: str, file: Path) -> str:
    """Keep a file for `owner` (a code), and give the identity under which it is found again.

    `folder` is that of all parked files; those older than a day are removed from it first.
    """
    sweep(folder, periods.now())
    identity = secrets.token_hex(16)
    here = folder / identity / owner
    here.mkdir(parents=True)
    shutil.copy(file, here / file.name)
    return identity


def found(folder: Path, owner: str, identity: str) -> Path:
    """The file that was kept for `owner`. Raises NotParked."""
    here = folder / identity / owner
    files = list(here.iterdir()) if _IDENTITY.fullmatch(identity) and here.is_dir() else []
    if not files:
        raise NotParked(identity)
    return files[0]


def drop(folder: Path, identity: str) -> None:
    """Keep a file no longer."""
    if _IDENTITY.fullmatch(identity):
        shutil.rmtree(folder / identity, ignore_errors=True)


def sweep(folder: Path, now: datetime) -> None:
    """Remove the files that are older than a day."""
    for one in folder.iterdir() if folder.is_dir() else ():
        with suppress(FileNotFoundError):  # another process was quicker
            if now - datetime.fromtimestamp(one.stat().st_mtime, UTC) > KEPT:
                shutil.rmtree(one, ignore_errors=True)

"""Files that were sent and wait for a yes: each in a folder of its own, for a day, where every process finds it."""

from __future__ import annotations

import shutil
from datetime import datetime, timedelta
from pathlib import Path

from sipas.core import kept_folders

KEPT = timedelta(days=1)


class NotParked(Exception):
    """There is no such file, or not any more; the argument is its identity."""


def park(folder: Path, owner: str, file: Path) -> str:
    """Keep a file for `owner` (a code), and give the identity under which it is found again.

    `folder` is that of all parked files; those older than a day are removed from it first.
    """
    identity = kept_folders.new(folder, KEPT)
    here = folder / identity / owner
    here.mkdir()
    shutil.copy(file, here / file.name)
    return identity


def found(folder: Path, owner: str, identity: str) -> Path:
    """The file that was kept for `owner`. Raises NotParked."""
    here = kept_folders.at(folder, identity)
    files = list((here / owner).iterdir()) if here and (here / owner).is_dir() else []
    if not files:
        raise NotParked(identity)
    return files[0]


def drop(folder: Path, identity: str) -> None:
    """Keep a file no longer."""
    kept_folders.remove(folder, identity)


def sweep(folder: Path, now: datetime) -> None:
    """Remove the files that are older than a day."""
    kept_folders.sweep(folder, now, KEPT)

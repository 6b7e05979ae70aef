"""Orders: files that take long to make, each made in a thread, its state kept in files.

The state lies beside the result in a folder of its own, so that any process of the installation can tell how far
an order is. A file gets its name when it is whole; after a while everything is removed.
"""

from __future__ import annotations

import json
import logging
import shutil
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import Generic, TypeVar

from sipas.core import kept_folders
from sipas.core.errors import NotFound
from sipas.numbers import periods

STOPPED_AFTER = timedelta(minutes=3)
"""Of an order whose state did not change for so long the process is gone."""

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class FileState:
    """How far an order is. `stage` is waiting, ready, failed, or a word for what is being done."""

    begun_by: str
    begun_at: str
    stage: str = "waiting"
    seconds: float = 0.0
    size: int = 0

    @property
    def is_under_way(self) -> bool:
        """Whether it is worth to look again."""
        return self.stage not in ("ready", "failed")


Kept = TypeVar("Kept", bound=FileState)

Work = Callable[[Path, Kept, Callable[[Kept], None]], Kept]
"""Makes a file at a path; told the state, and whom to tell every further one; gives the last."""


class FileStore(Generic[Kept]):
    """Where orders of one kind lie: what their state is, what their result is called, how long they are kept."""

    def __init__(self, kind: type[Kept], result: str, kept: timedelta) -> None:
        self._kind, self._result, self._kept = kind, result, kept
        self._turn = threading.Lock()

    def begin(self, folder: Path, state: Kept) -> str:
        """Note that something is to be made, and give its identity; what is old is removed first."""
        identity = kept_folders.new(folder, self._kept)
        _keep(folder / identity, state)
        return identity

    def make(self, folder: Path, identity: str, work: Work[Kept]) -> None:
        """Make what was begun; of several in a process one after the other. What goes wrong stands in its state."""
        here, done = folder / identity, threading.Event()
        threading.Thread(target=_beat, args=(here, done), name="beat", daemon=True).start()
        try:
            with self._turn:
                self._make(here, work)
        except Exception:
            _logger.exception("the order %s could not be made", identity)
            _remove_all_but_state(here)
            _keep(here, replace(self._read(here), stage="failed"))
        finally:
            done.set()

    def _make(self, here: Path, work: Work[Kept]) -> None:
        begun, unfinished = monotonic(), here / "unfinished"
        last = work(unfinished, self._read(here), lambda state: _keep(here, state))
        size = unfinished.stat().st_size
        unfinished.rename(here / self._result)
        _keep(here, replace(last, stage="ready", seconds=round(monotonic() - begun, 1), size=size))

    def state(self, folder: Path, identity: str) -> Kept:
        """How far an order is. Raises places.NotFound where there is none, or none any more."""
        here = kept_folders.at(folder, identity)
        if here is None or not (here / "state.json").is_file():
            raise NotFound(identity)
        found = self._read(here)
        if found.is_under_way and _silence(here) > STOPPED_AFTER:
            return replace(found, stage="failed")
        return found

    def file(self, folder: Path, identity: str) -> Path:
        """The finished result. Raises places.NotFound while it is not."""
        if self.state(folder, identity).stage != "ready":
            raise NotFound(identity)
        return folder / identity / self._result

    def listed(self, folder: Path) -> list[tuple[str, Kept]]:
        """All orders that are kept, the newest first."""
        found = []
        for here in folder.glob("*/state.json"):
            try:
                found.append((here.parent.name, self.state(folder, here.parent.name)))
            except NotFound:
                continue  # swept meanwhile
        return sorted(found, key=lambda one: one[1].begun_at, reverse=True)

    def sweep(self, folder: Path, now: datetime) -> None:
        """Remove the orders that nobody touched for as long as they are kept."""
        kept_folders.sweep(folder, now, self._kept)

    def _read(self, here: Path) -> Kept:
        return self._kind(**json.loads((here / "state.json").read_text()))


def _beat(here: Path, done: threading.Event) -> None:
    """Show that the process lives, also while it waits for its turn or for what tells no progress."""
    while not done.wait(STOPPED_AFTER.total_seconds() / 6):
        (here / "state.json").touch()


def _remove_all_but_state(here: Path) -> None:
    for file in here.iterdir():
        if file.name != "state.json":
            shutil.rmtree(file) if file.is_dir() else file.unlink()


def _silence(here: Path) -> timedelta:
    """Since when the process that makes a file has shown no sign of life."""
    return timedelta(seconds=periods.now().timestamp() - (here / "state.json").stat().st_mtime)


def _keep(here: Path, kept: FileState) -> None:
    """Whoever reads meanwhile finds the state before or this one, never half of it."""
    beside = here / "state.new"
    beside.write_text(json.dumps(asdict(kept)))
    beside.rename(here / "state.json")

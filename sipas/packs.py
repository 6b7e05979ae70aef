"""Packs of posters: those of all open points of a unit, made in a thread, their state kept in files.

The state lies beside the result in a folder of its own, so that any process of the installation can tell how far
a pack is; after a day it is removed.
"""

from __future__ import annotations

import json
import logging
import re
import secrets
import shutil
import threading
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import Literal

from sipas import periods, posters
from sipas.places import NotFound, Touchpoint
from sipas.posters import Paper, Poster

Shape = Literal["pdf", "zip"]
SHAPES: tuple[Shape, ...] = ("pdf", "zip")
"""One file with all posters, or an archive with a file for each unit."""

MOST_IN_A_FILE = 400
"""Posters in one PDF: while it is made they all lie in memory, about a megabyte each."""

KEPT = timedelta(days=1)
STOPPED_AFTER = timedelta(minutes=3)
"""Of a pack whose state did not change for so long the process is gone."""

_IDENTITY = re.compile(r"[0-9a-f]{32}")
_turn = threading.Lock()
_logger = logging.getLogger(__name__)


class NoPosters(Exception):
    """The unit has no open point to print; the argument is its code."""


class TooMany(Exception):
    """More posters than one file may have; the argument is how many there are."""


@dataclass(frozen=True)
class Sheaf:
    """The posters of one unit."""

    unit_code: str
    posters: tuple[Poster, ...]


@dataclass(frozen=True)
class State:
    """How far a pack is. `stage`: waiting, drawing, typesetting, ready or failed."""

    unit_code: str
    paper: Paper
    shape: Shape
    total: int
    begun_by: str
    begun_at: str
    stage: str = "waiting"
    drawn: int = 0
    seconds: float = 0.0
    size: int = 0

    @property
    def is_under_way(self) -> bool:
        """Whether it is worth to look again."""
        return self.stage in ("waiting", "drawing", "typesetting")

    @property
    def file_name(self) -> str:
        """What the result is called; unit codes are slugs, so any system takes it."""
        return f"posters-{self.unit_code}-{self.paper}.{self.shape}"


def sheaves(points: Iterable[Touchpoint], address: str) -> list[Sheaf]:
    """The posters of the open points, unit by unit; `address` is that of the installation."""
    by_unit: dict[str, list[Poster]] = {}
    for point in points:
        if not (point.closed_on or point.unit.closed_on or point.channel == "paper"):
            poster = posters.of_touchpoint(point, f"{address}/r/{point.code}")
            by_unit.setdefault(point.unit.code, []).append(poster)
    return [Sheaf(code, tuple(listed)) for code, listed in by_unit.items()]


def begin(folder: Path, unit_code: str, paper: Paper, shape: Shape, wanted: Sequence[Sheaf], by: str) -> str:
    """Note that a pack is to be made, and give its identity. Raises NoPosters or TooMany.

    `folder` is that of all packs; those older than a day are removed from it first.
    """
    total = sum(len(one.posters) for one in wanted)
    if not total:
        raise NoPosters(unit_code)
    if shape == "pdf" and total > MOST_IN_A_FILE:
        raise TooMany(total)
    sweep(folder, periods.now())
    identity = secrets.token_hex(16)
    (folder / identity).mkdir(parents=True)
    _keep(folder / identity, State(unit_code, paper, shape, total, by, periods.now().isoformat()))
    return identity


def start(folder: Path, identity: str, wanted: Sequence[Sheaf]) -> threading.Thread:
    """Make a pack that was begun, in a thread of its own."""
    thread = threading.Thread(target=make, args=(folder, identity, wanted), name="pack", daemon=True)
    thread.start()
    return thread


def make(folder: Path, identity: str, wanted: Sequence[Sheaf]) -> None:
    """Make a pack that was begun; of several in a process one after the other. What goes wrong stands in its state."""
    here = folder / identity
    while not _turn.acquire(timeout=STOPPED_AFTER.total_seconds() / 6):
        _keep(here, _read(here))  # still waiting, not stopped
    try:
        _make(here, wanted)
    except Exception:
        _logger.exception("the pack %s could not be made", identity)
        _keep(here, replace(_read(here), stage="failed"))
    finally:
        _turn.release()


def _make(here: Path, wanted: Sequence[Sheaf]) -> None:
    state, begun = _read(here), monotonic()
    drawn = 0

    def count() -> None:
        nonlocal drawn
        drawn += 1
        is_last = state.shape == "pdf" and drawn == state.total
        _keep(here, replace(state, drawn=drawn, stage="typesetting" if is_last else "drawing"))

    unfinished = here / "unfinished"
    if state.shape == "pdf":
        everything = [poster for one in wanted for poster in one.posters]
        unfinished.write_bytes(posters.poster_pdf(everything, state.paper, count))
    else:
        with zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            for one in wanted:
                pdf = posters.poster_pdf(one.posters, state.paper, count)
                archive.writestr(f"{one.unit_code}-{state.paper}.pdf", pdf)
    size = unfinished.stat().st_size
    unfinished.rename(here / "pack")
    _keep(here, replace(state, stage="ready", drawn=drawn, seconds=round(monotonic() - begun, 1), size=size))


def state(folder: Path, identity: str) -> State:
    """How far a pack is. Raises places.NotFound where there is none, or none any more."""
    here = folder / identity
    if not _IDENTITY.fullmatch(identity) or not (here / "state.json").is_file():
        raise NotFound(identity)
    found = _read(here)
    if found.is_under_way and _age(here, periods.now()) > STOPPED_AFTER:
        return replace(found, stage="failed")
    return found


def file(folder: Path, identity: str) -> Path:
    """The finished pack. Raises places.NotFound while it is not."""
    if state(folder, identity).stage != "ready":
        raise NotFound(identity)
    return folder / identity / "pack"


def sweep(folder: Path, now: datetime) -> None:
    """Remove the packs that nobody touched for a day."""
    for here in folder.glob("*"):
        if _IDENTITY.fullmatch(here.name) and _age(here, now) > KEPT:
            shutil.rmtree(here, ignore_errors=True)


def _age(here: Path, now: datetime) -> timedelta:
    try:
        return timedelta(seconds=now.timestamp() - (here / "state.json").stat().st_mtime)
    except FileNotFoundError:
        return timedelta(seconds=now.timestamp() - here.stat().st_mtime)


def _keep(here: Path, kept: State) -> None:
    """Whoever reads meanwhile finds the state before or this one, never half of it."""
    beside = here / "state.new"
    beside.write_text(json.dumps(asdict(kept)))
    beside.rename(here / "state.json")


def _read(here: Path) -> State:
    return State(**json.loads((here / "state.json").read_text()))

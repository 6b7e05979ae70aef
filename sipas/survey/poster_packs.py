"""Packs of posters: those of all open points of a unit, made in a thread and kept for a day."""

from __future__ import annotations

import threading
import zipfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Literal

from sipas.catalogue.models import Touchpoint
from sipas.core import background_files
from sipas.numbers import periods
from sipas.survey import posters
from sipas.survey.posters import Paper, Poster

Shape = Literal["pdf", "zip"]
SHAPES: tuple[Shape, ...] = ("pdf", "zip")
"""One file with all posters, or an archive with a file for each unit."""

MOST_IN_A_FILE = 400
"""Posters in one PDF: while it is made they all lie in memory, about a megabyte each."""


class NoPosters(Exception):
    """The unit has no open point to print; the argument is its code."""


class TooManyPosters(Exception):
    """More posters than one file may have; the argument is how many there are."""


@dataclass(frozen=True)
class Sheaf:
    """The posters of one unit."""

    unit_code: str
    posters: tuple[Poster, ...]


@dataclass(frozen=True, kw_only=True)
class PackState(background_files.FileState):
    """How far a pack is. `stage`: waiting, drawing, typesetting, ready or failed."""

    unit_code: str
    paper: Paper
    shape: Shape
    total: int
    drawn: int = 0

    @property
    def file_name(self) -> str:
        """What the result is called; unit codes are slugs, so any system takes it."""
        return f"posters-{self.unit_code}-{self.paper}.{self.shape}"


_shelf = background_files.FileStore(PackState, "pack", kept=timedelta(days=1))
state, file, sweep = _shelf.state, _shelf.file, _shelf.sweep
"""How far a pack is; its file; what is old removed: as orders do it."""


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
        raise TooManyPosters(total)
    begun_at = periods.now().isoformat()
    noted = PackState(begun_by=by, begun_at=begun_at, unit_code=unit_code, paper=paper, shape=shape, total=total)
    return _shelf.begin(folder, noted)


def start(folder: Path, identity: str, wanted: Sequence[Sheaf]) -> threading.Thread:
    """Make a pack that was begun, in a thread of its own."""
    thread = threading.Thread(target=make, args=(folder, identity, wanted), name="pack", daemon=True)
    thread.start()
    return thread


def make(folder: Path, identity: str, wanted: Sequence[Sheaf]) -> None:
    """Make a pack that was begun; of several in a process one after the other. What goes wrong stands in its state."""
    _shelf.make(folder, identity, lambda path, state, tell: _made(path, state, tell, wanted))


def _made(path: Path, state: PackState, tell: Callable[[PackState], None], wanted: Sequence[Sheaf]) -> PackState:
    drawn = 0

    def count() -> None:
        nonlocal drawn
        drawn += 1
        is_last = state.shape == "pdf" and drawn == state.total
        tell(replace(state, drawn=drawn, stage="typesetting" if is_last else "drawing"))

    if state.shape == "pdf":
        everything = [poster for one in wanted for poster in one.posters]
        path.write_bytes(posters.poster_pdf(everything, state.paper, count))
    else:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            for one in wanted:
                pdf = posters.poster_pdf(one.posters, state.paper, count)
                archive.writestr(f"{one.unit_code}-{state.paper}.pdf", pdf)
    return replace(state, drawn=drawn)

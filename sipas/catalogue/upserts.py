"""Loading rows from files: known again by their natural key, added or changed, and counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from sipas.catalogue.models import ServiceField, Unit
from sipas.core import audit
from sipas.core.db import db
from sipas.files.table_reader import TableRow, reason


@dataclass(frozen=True)
class Imported:
    """How many rows a file added, changed, and found as they were."""

    added: int = 0
    changed: int = 0
    same: int = 0

    def __str__(self) -> str:
        """One line for people."""
        return f"{self.added} added, {self.changed} changed, {self.same} unchanged"

    def note(self, act: str, file: str) -> Imported:
        """Note the import as one act, within the caller's transaction."""
        audit.note(act, file or "-", after={"added": self.added, "changed": self.changed, "unchanged": self.same})
        return self


class Kept:
    """The rows of a table by their natural key, and what putting values into them changed."""

    def __init__(self, model: type[Any], key: str) -> None:
        self.model, self.key = model, key
        self.rows: dict[str, Any] = {getattr(row, key): row for row in db.session.scalars(select(model))}
        self._done: dict[str, str] = {}

    def put(self, key: str, values: Mapping[str, Any]) -> None:
        """Add a row or change the one that is there."""
        before = self.rows.get(key)
        if before is None:
            self.rows[key] = self.model(**{self.key: key}, **values)
            db.session.add(self.rows[key])
            self._done[key] = "added"
            return
        changed = {name: value for name, value in values.items() if getattr(before, name) != value}
        for name, value in changed.items():
            setattr(before, name, value)
        self._done.setdefault(key, "changed" if changed else "same")

    def touch(self, key: str) -> None:
        """Count a row as changed, because something that belongs to it was."""
        if self._done.get(key) != "added":
            self._done[key] = "changed"

    @property
    def outcome(self) -> Imported:
        """What was put in so far."""
        return Imported(**Counter(self._done.values()))


def ids(model: type[Unit] | type[ServiceField]) -> dict[str, int]:
    """The ids of units or fields by code."""
    return dict(db.session.execute(select(model.code, model.id)).all())


def known(row: TableRow, column: str, among: Mapping[str, int]) -> int:
    """The id of what a cell names; 0, with a fault noted, where nothing has that code."""
    code = row.cells.get(column, "").strip()
    if code not in among:
        row.fault(column, reason("is not in the catalogue"))
    return among.get(code, 0)

"""Editing by several people: who saves over what another changed meanwhile is told, and loses nothing."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from hashlib import sha256
from typing import Any

ALONE: dict[str, Any] = {"key_share": True}
"""For `with_for_update`: nobody else edits the row meanwhile, while answers that point to it still come in."""


class ChangedMeanwhile(Exception):
    """What somebody edits is no longer what they saw; `now` holds the values that it has."""

    def __init__(self, now: Mapping[str, object]) -> None:
        super().__init__(", ".join(now))
        self.now = now


def values_of(row: object, names: Collection[str]) -> dict[str, object]:
    """The values of a row that a form edits."""
    return {name: getattr(row, name) for name in names}


def fingerprint(values: Mapping[str, object]) -> str:
    """A short text that is another one whenever one of the values is; forms carry it as what was `seen`."""
    written = json.dumps(values, sort_keys=True, default=str, ensure_ascii=False)
    return sha256(written.encode()).hexdigest()[:16]


def change(row: Any, values: Mapping[str, object], seen: str) -> None:  # noqa: ANN401 - a row of any table
    """Put values into a row whose editor saw those with the fingerprint `seen`, in the caller's transaction.

    The same values again are no conflict: who sends a form twice is thanked twice. Raises ChangedMeanwhile.
    """
    now = values_of(row, values)
    if seen != fingerprint(now) and now != dict(values):
        raise ChangedMeanwhile(now)
    for name, value in values.items():
        setattr(row, name, value)

"""What goes wrong, as nouns; and why a cell cannot be taken, said once in every language."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType


class Reason(str):
    """Why a cell cannot be taken: English as it stands, for commands and logs.

    A page says it in its reader's language from `message`, a message id with `%(name)s` in it, and `values`.
    """

    message: str
    values: Mapping[str, object]

    def __new__(cls, message: str, **values: object) -> Reason:
        """Make one."""
        made = super().__new__(cls, message % values if values else message)
        made.message, made.values = message, MappingProxyType(values)
        return made


reason = Reason
"""Makes one; messages are collected for translation by this name."""


class NotFound(Exception):
    """Nothing has this code (or nothing within the asker's scope); the argument is the code."""

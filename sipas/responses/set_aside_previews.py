"""What setting responses aside would do: how many it catches, and nothing of what they say.

Two previews a minute apart would tell how the citizen of that minute rated, so no figure stands in one.
"""

from __future__ import annotations

from dataclasses import dataclass

from sipas.responses import set_asides
from sipas.responses.set_asides import Selection

MOST = 10_000
"""Responses in one set-aside; who doubts more doubts a whole survey point, and closes it."""


class TooManySetAside(Exception):
    """A selection catches more than MOST; the argument is how many."""


@dataclass(frozen=True)
class Preview:
    """How many responses are caught."""

    responses: int


def preview(selection: Selection) -> Preview | None:
    """What a selection would set aside; None where it catches nothing. Raises TooMany."""
    number = len(set_asides.found(selection))
    if number > MOST:
        raise TooManySetAside(number)
    return Preview(number) if number else None

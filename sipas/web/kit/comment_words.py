"""What people call the state of a comment, and what its author was."""

from __future__ import annotations

from collections.abc import Mapping

from sipas.comments.cases import DONE, LOOKING, NEW, NO_ACTION
from sipas.numbers.comment_labels import DISSATISFIED, NEUTRAL, SATISFIED
from sipas.web.kit.language import lazy

STATES: Mapping[str, str] = {
    NEW: lazy("new"),
    LOOKING: lazy("being looked into"),
    DONE: lazy("done"),
    NO_ACTION: lazy("nothing to do"),
}

MOODS: Mapping[str, str] = {
    SATISFIED: lazy("satisfied"),
    NEUTRAL: lazy("neutral"),
    DISSATISFIED: lazy("dissatisfied"),
}

FACES: Mapping[str, int] = {SATISFIED: 4, NEUTRAL: 3, DISSATISFIED: 2}
"""Which of the five faces stands for a mood."""

"""What people think in the demo's made-up year: scores, reasons, comments."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from sipas.catalogue.questionnaires import OVERALL, Version
from sipas.numbers.shares import FACTORS, SATISFIED
from sipas.responses.recording import Answers

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

SCOPES = (OVERALL, *FACTORS)
LEVELS = (0.2, 0.25, 0.1, 0.3, 0.15, -0.05)
"""Mean opinion by scope; one above 0 is a score of 5."""

THRESHOLDS = (-2.1, -1.65, -1.0, 0.0)
"""An opinion above the first is a score of 2, above the second 3, and so on; its standard deviation is 1."""

MOOD = 0.75
"""The part of an opinion that is the same for all ratings of one citizen: its square is their correlation."""

BLANK, NOT_APPLICABLE = 0, 6
RATE_FACTORS, SKIP, NEVER_GAVE_FEEDBACK = 0.6, 0.04, 0.72

REASONS = (
    ("wait", "system"),
    ("wait", "seats"),
    ("papers", "extra-papers"),
    ("attitude", "guidance"),
    ("late", "error"),
    ("unanswered",),
)
"""What is not good where the scope of this place was rated worst."""

TICK_REASON, TELL_STORY, SECOND_REASON = 0.75, 0.75, 0.2

CHOICES = {
    "visits": {"1": 0.08, "2": 0.05, "3": 0.02, "4-or-more": 0.01},
    "extra-payment": {"no": 0.1, "yes": 0.001, "no-answer": 0.01},
    "filled-by": {"self": 0.09, "relative": 0.02, "staff": 0.01},
}
"""How many choose each option of the other questions; the rest leave them out."""

WRITE = {"good": 0.035, "bad": 0.16}
"""How many of the satisfied and of the others write a comment."""


def scores(rng: np.random.Generator, pull: Floats, has_no_result: Floats) -> Ints:
    """The ratings of each response by scope, 1–5, BLANK or NOT_APPLICABLE.

    `pull` is by how much each opinion differs from the usual; `has_no_result` the chance of no result yet.
    """
    import numpy as np

    count = len(pull)
    mood, own = rng.standard_normal((count, 1)), rng.standard_normal(pull.shape)
    opinion = np.array(LEVELS) + pull + MOOD * mood + (1 - MOOD**2) ** 0.5 * own
    rated = 1 + np.searchsorted(THRESHOLDS, opinion)
    rated[:, SCOPES.index("result")][rng.random(count) < has_no_result] = NOT_APPLICABLE
    rated[:, SCOPES.index("feedback")][rng.random(count) < NEVER_GAVE_FEEDBACK] = NOT_APPLICABLE
    is_left_out = (rng.random((count, 1)) >= RATE_FACTORS) | (rng.random(pull.shape) < SKIP)
    is_left_out[:, SCOPES.index(OVERALL)] = False
    return np.where(is_left_out, BLANK, rated)


def reasons(rng: np.random.Generator, rated: Ints, stories: Sequence[str]) -> list[tuple[str, ...]]:
    """What each response ticks as not good; `stories` says what is known to be the matter, "" if nothing."""
    import numpy as np

    valid = np.where((rated == BLANK) | (rated == NOT_APPLICABLE), 9, rated)
    worst, lowest = valid.argmin(axis=1), valid.min(axis=1)
    is_ticked = (lowest < min(SATISFIED)) & (rng.random(len(rated)) < TICK_REASON)
    is_story, has_second = (rng.random(len(rated)) < part for part in (TELL_STORY, SECOND_REASON))
    turn = rng.integers(2, size=len(rated))
    ticked: list[tuple[str, ...]] = [()] * len(rated)
    for row in np.flatnonzero(is_ticked).tolist():
        usual = REASONS[worst[row]]
        first = stories[row] if stories[row] and is_story[row] else usual[turn[row] % len(usual)]
        second = usual[(turn[row] + 1) % len(usual)]
        ticked[row] = (first, second) if has_second[row] and second != first else (first,)
    return ticked


def choices(rng: np.random.Generator, count: int) -> list[tuple[tuple[str, str], ...]]:
    """The (question, option) pairs of the other questions that each response chose."""
    import numpy as np

    chosen: list[tuple[tuple[str, str], ...]] = [()] * count
    for question, parts in CHOICES.items():
        place = np.searchsorted(np.cumsum(list(parts.values())), rng.random(count), "right")
        options = [((question, option),) for option in parts] + [()]
        chosen = [before + options[here] for before, here in zip(chosen, place.tolist(), strict=True)]
    return chosen


class Comments:
    """What people write."""

    def __init__(self, rows: Iterable[Mapping[str, str]]) -> None:
        self._texts: dict[tuple[str, ...], list[str]] = {}
        for row in rows:
            for theme in (row["theme"], "any"):
                key = (row["language"], row["mood"], theme, row["field_code"])
                self._texts.setdefault(key, []).append(row["text"])

    def of(
        self,
        rng: np.random.Generator,
        rated: Ints,
        ticked: Sequence[tuple[str, ...]],
        fields: Sequence[str],
        languages: Sequence[str],
    ) -> list[str]:
        """The comment of each response, "" for most: praise by the satisfied, else on what they ticked."""
        import numpy as np

        is_good = rated[:, 0] >= min(SATISFIED)
        is_written = rng.random(len(rated)) < np.where(is_good, WRITE["good"], WRITE["bad"])
        pick = rng.integers(10**6, size=len(rated))
        written = [""] * len(rated)
        for row in np.flatnonzero(is_written).tolist():
            themes = ("any",) if is_good[row] else (*ticked[row], "", "any")
            texts = self._fitting((languages[row], "good" if is_good[row] else "bad"), themes, fields[row])
            written[row] = texts[pick[row] % len(texts)]
        return written

    def _fitting(self, manner: tuple[str, str], themes: Iterable[str], field: str) -> list[str]:
        """The texts on the first of the themes that has any."""
        for theme in themes:
            of_field, of_any = (self._texts.get((*manner, theme, code), []) for code in (field, ""))
            if of_field or of_any:
                return of_field + of_any
        return [""]


class Respondent:
    """Fills in a sheet."""

    def __init__(self, sheet: Version) -> None:
        self._option_ids = {(item.code, choice.code): choice.id for item in sheet.items for choice in item.choices}
        self._ratings = [
            (item.code, SCOPES.index(item.factor or OVERALL), item.kind == "rating_na")
            for item in sheet.ratings
            if item.factor or item.code == OVERALL
        ]

    def answers(
        self, rated: Sequence[int], ticked: Iterable[str], chosen: Iterable[tuple[str, str]], comment: str
    ) -> Answers:
        """The answers for ratings by scope, codes of reasons, and (question, option) pairs.

        What the sheet does not ask is left out.
        """
        given = {
            code: None if rated[place] == NOT_APPLICABLE else rated[place]
            for code, place, offers_na in self._ratings
            if rated[place] != BLANK and (offers_na or rated[place] != NOT_APPLICABLE)
        }
        pairs = (*(("reasons", code) for code in ticked), *chosen)
        return Answers(given, [self._option_ids[pair] for pair in pairs if pair in self._option_ids], comment)

"""An attack on what was published: which groups of people can be reckoned out of it, and how small they are.

Each published figure is a sum over a set of people. Whoever has all figures can add and subtract them; what comes
out about a group, if its indicator is a combination of those of the sets. People who are in the same sets cannot be
told apart, so a group that can be reckoned out is a union of such classes.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from itertools import combinations

import numpy as np

Figure = Iterable[Hashable]
"""The people behind one published figure."""


def smallest_group(figures: Sequence[Figure], below: int) -> int | None:
    """The size of the smallest group under `below` people that can be reckoned out of some figures; None if none."""
    sets = [frozenset(figure) for figure in figures]
    members: dict[tuple[bool, ...], int] = {}
    for person in frozenset().union(*sets):
        of = tuple(person in one for one in sets)
        members[of] = members.get(of, 0) + 1
    classes = list(members)
    small = [place for place, one in enumerate(classes) if members[one] < below]
    if not small:
        return None
    matrix = np.array(classes, dtype=float).T
    found = [
        sum(members[classes[place]] for place in group)
        for size in (1, 2, 3)
        for group in combinations(small, size)
        if sum(members[classes[place]] for place in group) < below and _is_reckoned(matrix, group)
    ]
    return min(found, default=None)


def _is_reckoned(matrix: np.ndarray[tuple[int, ...], np.dtype[np.float64]], group: Sequence[int]) -> bool:
    indicator = np.zeros(matrix.shape[1])
    indicator[list(group)] = 1
    weights = np.linalg.lstsq(matrix.T, indicator, rcond=None)[0]
    return bool(np.allclose(matrix.T @ weights, indicator, atol=1e-6))

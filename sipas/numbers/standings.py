"""Standings: shares in order, and how far that order is more than chance (docs/method.md, Standing).

Pure functions on shares. Every pair is compared, so thousands of units are compared in blocks by numpy.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cmp_to_key
from itertools import pairwise
from statistics import NormalDist
from typing import TYPE_CHECKING, Literal

from sipas.numbers.shares import CONFIDENCE, Share

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]

SMALLEST_RANKED = 30
"""A unit whose figure rests on fewer citizens is not ranked."""

Band = Literal["above", "middle", "below"]
"""Against all others together: clearly above, not distinguishable, clearly below."""

ABOVE: Band = "above"
MIDDLE: Band = "middle"
BELOW: Band = "below"

_NORMAL = NormalDist()
_PAIRS_AT_ONCE = 1 << 16
"""How many pairs are compared in one step: half a megabyte of each number that they take, which fits the cache."""

_LEAST_VARIANCE = 1e-300
"""Below it only two shares that are equal, all or nothing: they lie 0 apart, and nothing is divided by zero."""


@dataclass(frozen=True)
class Standing:
    """A unit's place among `of` ranked ones; those with equal shares have the same (1, 1, 3).

    From `low` to `high` is where it may stand as far as chance allows; `rank` lies within.
    """

    rank: int
    low: int
    high: int
    of: int
    band: Band


def standings(shares: Sequence[Share | None]) -> list[Standing | None]:
    """The standing of each share, the highest first; None for what is not ranked.

    All pairs are tested (two-sided score test) and all verdicts are right at once with 95 % confidence. Sources:
    Fleiss, Levin and Paik (2003), Statistical Methods for Rates and Proportions, 3rd ed., 3.2 (the test);
    Holm (1979), Scand. J. Stat. 6:65-70 (many tests); Goldstein and Spiegelhalter (1996), J. R. Stat. Soc. A
    159:385-443 (why a rank needs its range).
    """
    ranked = [share for share in shares if share]
    better, worse = _surely_apart(ranked)
    found = iter(
        Standing(rank, 1 + int(above), len(ranked) - int(below), len(ranked), band)
        for rank, above, below, band in zip(ranks(ranked), better, worse, _bands(ranked), strict=True)
    )
    return [next(found) if share else None for share in shares]


def ranks(shares: Sequence[Share]) -> list[int]:
    """Of each share 1 + how many are higher, compared as the fractions they are."""
    order = sorted(enumerate(shares), key=cmp_to_key(_compare))
    found = [1] * len(shares)
    for place, (above, now) in enumerate(pairwise(order), 2):
        found[now[0]] = place if _compare(above, now) else found[above[0]]
    return found


def _compare(first: tuple[int, Share], second: tuple[int, Share]) -> int:
    """Negative where the first is the higher, 0 where they are equal."""
    (_, one), (_, two) = first, second
    return two.satisfied * one.total - one.satisfied * two.total


def _surely_apart(shares: Sequence[Share]) -> tuple[Sequence[int], Sequence[int]]:
    """How many others are significantly better than each share, and how many significantly worse."""
    import numpy as np  # 0.1 s, so not before somebody asks for a ranking

    number = len(shares)
    better, worse = np.zeros(number, dtype=np.int64), np.zeros(number, dtype=np.int64)
    values, sizes = _columns(shares)
    # Most pairs lie beyond the strictest threshold or within the mildest, and are only counted.
    pairs = number * (number - 1) // 2
    strictest, mildest = (critical(one) for one in (max(pairs, 1), 1))
    beyond, open_ones = 0, []
    for _, _, scores in _blocks(values, sizes):
        size = np.abs(scores)
        beyond += int(np.count_nonzero(size > strictest))
        open_ones.append(size[(size > mildest) & (size <= strictest)])
    between = np.concatenate(open_ones) if open_ones else np.zeros(0)
    threshold = holm(pairs, lambda z: beyond + int(np.count_nonzero(between > z)))
    for first, last, scores in _blocks(values, sizes):
        higher, lower = scores > threshold, scores < -threshold
        worse[first:last] += higher.sum(axis=1)
        better[first:] += higher.sum(axis=0)
        better[first:last] += lower.sum(axis=1)
        worse[first:] += lower.sum(axis=0)
    return better.tolist(), worse.tolist()


def _columns(shares: Sequence[Share]) -> tuple[Numbers, Numbers]:
    """Values and effective sizes. Equal fractions give equal numbers, because Python rounds their ratio rightly."""
    import numpy as np

    values = np.array([share.satisfied / share.total for share in shares], dtype=np.float64)
    return values, np.array([share.size for share in shares], dtype=np.float64)


def _blocks(values: Numbers, sizes: Numbers) -> Iterator[tuple[int, int, Numbers]]:
    """The scores of all pairs, each once: of rows `first` to `last` against all from `first` on."""
    import numpy as np

    first = 0
    while first < len(values):
        last = min(len(values), first + max(1, _PAIRS_AT_ONCE // (len(values) - first)))
        rows = slice(first, last)
        scores = score(values[rows, None], sizes[rows, None], values[None, first:], sizes[None, first:])
        scores[np.tri(last - first, len(values) - first, dtype=bool)] = 0.0  # a pair stands above the diagonal
        yield first, last, scores
        first = last


def score(one: Numbers, one_size: Numbers, two: Numbers, two_size: Numbers) -> Numbers:
    """How many standard errors lie between two shares that are held for equal; 0 where both are all or nothing."""
    import numpy as np

    both = (one * one_size + two * two_size) / (one_size + two_size)
    variance = both * (1 - both) * (1 / one_size + 1 / two_size)
    scores: Numbers = (one - two) / np.sqrt(np.maximum(variance, _LEAST_VARIANCE))
    return scores


def holm(tests: int, beyond: Callable[[float], int]) -> float:
    """The threshold that Holm's step-down comes to, in standard errors; `beyond` counts the tests that exceed one.

    The step-down rejects while the k-th smallest chance is at most 5 % ÷ (tests − k + 1). Nothing need be sorted for
    it: r tests beyond the threshold for all are rejected, so that for `tests − r` is allowed, and so on until no
    further one lies beyond.
    """
    rejected = 0
    while rejected < tests:
        threshold = critical(tests - rejected)
        now = beyond(threshold)
        if now <= rejected:
            return threshold
        rejected = now
    return critical(1)


def critical(tests: int) -> float:
    """How many standard errors a difference must exceed where it is one of so many tests."""
    return -_NORMAL.inv_cdf((1 - CONFIDENCE) / (2 * tests))


def _bands(shares: Sequence[Share]) -> list[Band]:
    """Each share against all others pooled, tested together.

    What is pooled is as sure as its weights allow: (Σt)² ÷ Σ(t²/n) of totals t at effective sizes n, which is their sum
    where every vote counts alone. Source: Kish (1965), Survey Sampling, 11.7.
    """
    import numpy as np

    if len(shares) < 2:
        return [MIDDLE for _ in shares]
    values, sizes = _columns(shares)
    satisfied, totals = (np.array([getattr(one, name) for one in shares], float) for name in ("satisfied", "total"))
    weights = totals * totals / sizes
    others = totals.sum() - totals
    scores = score(values, sizes, (satisfied.sum() - satisfied) / others, others * others / (weights.sum() - weights))
    threshold = holm(len(shares), lambda z: int(np.count_nonzero(np.abs(scores) > z)))
    return [ABOVE if one > threshold else BELOW if one < -threshold else MIDDLE for one in scores]

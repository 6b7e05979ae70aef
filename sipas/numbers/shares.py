"""Shares, their intervals and how they are rounded: pure functions on counts (see docs/method.md)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import sqrt
from statistics import NormalDist

METHOD = "sipas-1"
"""Name and version of the method; a change of any formula or threshold below needs a new one."""

SCORES = (1, 2, 3, 4, 5)
SATISFIED = frozenset({4, 5})
"""The scores that count as satisfied, of 1 (very dissatisfied) to 5 (very satisfied)."""

FACTORS = ("access", "procedure", "staff", "result", "feedback")
"""The five factors of the method, in its order."""

SMALLEST_SHOWN = 5
"""A figure that rests on fewer responses is not shown, to anybody."""

CONFIDENCE = 0.95
CONFIDENCE_Z = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)
"""How many standard errors wide such an interval is on either side."""


@dataclass(frozen=True)
class Share:
    """`satisfied` out of `total`, with its 95 % interval; `low` and `high` are ratios from 0 to 1.

    `size` is how many independent votes say as much: all, or fewer where one citizen gave several.
    """

    satisfied: int
    total: int
    low: float
    high: float
    size: float

    @property
    def value(self) -> Fraction:
        """The share itself, exact."""
        return Fraction(self.satisfied, self.total)


@dataclass(frozen=True)
class Cluster:
    """Sums over citizens who each gave m > 0 valid ratings, k of them satisfied.

    They add up over days, fields and units: the interval of a pooled ratio needs nothing else.
    """

    citizens: int = 0
    k: int = 0
    m: int = 0
    kk: int = 0
    km: int = 0
    mm: int = 0

    @classmethod
    def of(cls, scores: Iterable[int | None]) -> Cluster:
        """The sums of one citizen; None is a rating that does not apply."""
        valid = [score for score in scores if score is not None]
        m, k = len(valid), sum(is_satisfied(score) for score in valid)
        return cls(1, k, m, k * k, k * m, m * m) if m else cls()

    def __add__(self, other: Cluster) -> Cluster:
        """The sums over both groups of citizens."""
        return Cluster(
            self.citizens + other.citizens,
            self.k + other.k,
            self.m + other.m,
            self.kk + other.kk,
            self.km + other.km,
            self.mm + other.mm,
        )


@dataclass(frozen=True)
class Tally:
    """What was counted of a group of responses: how many gave each overall score, and sums by factor."""

    scores: tuple[int, ...] = (0,) * len(SCORES)
    index: Cluster = Cluster()
    factors: tuple[Cluster, ...] = (Cluster(),) * len(FACTORS)

    @property
    def responses(self) -> int:
        """How many responses; each has an overall score."""
        return sum(self.scores)

    @property
    def satisfied(self) -> int:
        """How many of them were satisfied overall."""
        return sum(count for score, count in zip(SCORES, self.scores, strict=True) if is_satisfied(score))

    def __add__(self, other: Tally) -> Tally:
        """What was counted of both groups."""
        return Tally(
            tuple(map(sum, zip(self.scores, other.scores, strict=True))),
            self.index + other.index,
            tuple(one + two for one, two in zip(self.factors, other.factors, strict=True)),
        )


def is_satisfied(score: int) -> bool:
    """Whether a score from 1 to 5 counts as satisfied; the one place that decides it."""
    return score in SATISFIED


def is_too_few(responses: int) -> bool:
    """Whether so few responses stand behind a figure that it is not shown; the one place that decides it."""
    return responses < SMALLEST_SHOWN


def wilson(ratio: float, size: float, z: float = CONFIDENCE_Z) -> tuple[float, float]:
    """The score interval, of 95 % or `z` standard errors, of a ratio among `size` (> 0, may be fractional) trials.

    Source: Wilson (1927), J. Am. Stat. Assoc. 22:209-212, without continuity correction.
    """
    if not (0 <= ratio <= 1 and size > 0):
        raise ValueError(f"no interval for a ratio of {ratio} among {size}")
    square = z * z / size
    centre = (ratio + square / 2) / (1 + square)
    half = z / (1 + square) * sqrt(ratio * (1 - ratio) / size + square / (4 * size))
    return (0.0 if ratio == 0 else max(0.0, centre - half), 1.0 if ratio == 1 else min(1.0, centre + half))


def proportion(satisfied: int, total: int) -> Share | None:
    """Satisfied citizens out of all who rated, each one independent vote; None without any."""
    if not total:
        return None
    return Share(satisfied, total, *wilson(satisfied / total, total), float(total))


def pooled(sums: Cluster) -> Share | None:
    """Satisfied ratings out of all valid ones, pooled over citizens; None without any.

    Ratings of one citizen go together, so the citizen is the cluster of a ratio estimate and the
    interval is Wilson's at the effective size. Source: Cochran (1977), Sampling Techniques, 3rd ed.,
    6.5 and 9A.1 (ratio of cluster totals); Korn and Graubard (1998), Survey Methodology 24:193-201
    (an interval at the effective size).
    """
    if not sums.m:
        return None
    size = effective_size(sums)
    return Share(sums.k, sums.m, *wilson(sums.k / sums.m, size), size)


def effective_size(sums: Cluster) -> float:
    """How many independent ratings say as much as these (at most their number; > 0).

    With all or none satisfied, or one citizen, the variance says nothing: the citizens are counted.
    """
    if sums.citizens < 2 or sums.k in (0, sums.m):
        return float(sums.citizens)
    k, m, n = sums.k, sums.m, sums.citizens
    # R(1 − R) ÷ variance multiplied out: whole numbers stay exact, and thousands of units need no fractions
    spread = sums.kk * m * m - 2 * k * m * sums.km + k * k * sums.mm
    if spread <= 0:
        return float(m)
    return min(k * (m - k) * (n - 1) * m * m / (n * spread), float(m))


def percentage(ratio: Fraction | float, decimals: int) -> Decimal:
    """A ratio as per cent, rounded half up; the one function that rounds a figure."""
    over, under = ratio.as_integer_ratio()
    steps = (2 * over * 100 * 10**decimals + under) // (2 * under)
    return Decimal(steps).scaleb(-decimals)


def per_cent(ratio: Fraction | float, decimals: int = 2) -> float:
    """A ratio as per cent, as files write it."""
    return float(percentage(ratio, decimals))


def in_points(difference: Fraction | float, decimals: int = 2) -> float:
    """A difference of ratios in points, as files write it.

    Rounded by its size, so that a fall and a rise of the same size look the same; never a negative zero.
    """
    return per_cent(max(difference, -difference), decimals) * (-1 if difference < 0 else 1) + 0.0

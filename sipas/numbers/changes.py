"""Changes of a share between two periods: how large, how sure, and whether it is one at all (docs/method.md)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import hypot
from statistics import NormalDist

from sipas.numbers.shares import CONFIDENCE, CONFIDENCE_Z, Share, wilson

_NORMAL = NormalDist()
_MOST_Z = 40.0
"""No difference of counts that fit into a province lies further from zero than this many standard errors."""


@dataclass(frozen=True)
class Change:
    """How a share moved from `before` to now; `value`, `low` and `high` are ratios from -1 to 1.

    The interval is at 95 %, or wider where several were tested together; it excludes zero exactly where
    `is_real` says that this is a change and not the play of chance.
    """

    value: Fraction
    low: float
    high: float
    is_real: bool
    before: Share

    @property
    def is_fall(self) -> bool:
        """Whether the share fell, beyond chance."""
        return self.is_real and self.value < 0


Pair = tuple[Share | None, Share | None]
"""A share now and before; either may be missing."""


def difference(now: Share, before: Share, z: float) -> tuple[float, float]:
    """The interval of now − before, `z` standard errors wide on either side, as ratios.

    Source: Newcombe (1998), Stat. Med. 17:873-890, method 10: the square-and-add of two Wilson intervals,
    which stand at the effective size where ratings are pooled over citizens.
    """
    (low_1, high_1), (low_2, high_2) = (wilson(one.satisfied / one.total, one.size, z) for one in (now, before))
    one, two = now.satisfied / now.total, before.satisfied / before.total
    return one - two - hypot(one - low_1, high_2 - two), one - two + hypot(high_1 - one, two - low_2)


def change(now: Share | None, before: Share | None) -> Change | None:
    """The change of one share; None where either is missing."""
    return changes([(now, before)])[0]


def changes(pairs: Sequence[Pair]) -> list[Change | None]:
    """The changes of shares that are shown together: all verdicts are right at once with 95 % confidence.

    Each interval has the width at which its verdict was reached. Source: Holm (1979), Scand. J. Stat.
    6:65-70, each test being whether Newcombe's interval excludes zero.
    """
    tested = {place: (now, before) for place, (now, before) in enumerate(pairs) if now and before}
    chances = {place: _chance(now, before) for place, (now, before) in tested.items()}
    found: list[Change | None] = [None] * len(pairs)
    is_stopped, level = False, 1 - CONFIDENCE
    for rank, place in enumerate(sorted(chances, key=lambda one: chances[one])):
        if not is_stopped:
            level = (1 - CONFIDENCE) / (len(chances) - rank)
            is_stopped = chances[place] > level
        found[place] = _at(*tested[place], level, is_real=not is_stopped)
    return found


def _at(now: Share, before: Share, level: float, is_real: bool) -> Change:
    z = _NORMAL.inv_cdf(1 - level / 2)
    return Change(now.value - before.value, *difference(now, before, z), is_real, before)


def _chance(now: Share, before: Share) -> float:
    """The largest error level whose interval still holds zero: small where the change is beyond doubt.

    Where even the interval at 95 % holds it, no test among others can call it a change: it need not be known better.
    """
    if _holds_zero(*difference(now, before, CONFIDENCE_Z)):
        return 1.0
    low, high = 0.0, _MOST_Z
    for _ in range(32):
        middle = (low + high) / 2
        low, high = (low, middle) if _holds_zero(*difference(now, before, middle)) else (middle, high)
    return 2 * _NORMAL.cdf(-low)


def _holds_zero(least: float, most: float) -> bool:
    return least <= 0 <= most

"""Since when a share is lower than it was: pure functions on counts by month (see docs/method.md)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from statistics import NormalDist

from sipas.numbers.changes import difference
from sipas.numbers.shares import Share, is_too_few, proportion

_NORMAL = NormalDist()

Counts = tuple[int, int]
"""How many responses, and how many of them were satisfied."""


@dataclass(frozen=True)
class Onset:
    """That a share fell and has stayed low: with the month at this place; what it was before, and is since."""

    place: int
    before: Share
    since: Share


class _Sums:
    """Months one after another, and what any run of them counts."""

    def __init__(self, months: Sequence[Counts], level: float) -> None:
        self.responses = [0, *accumulate(responses for responses, _ in months)]
        self.satisfied = [0, *accumulate(satisfied for _, satisfied in months)]
        self.z = _NORMAL.inv_cdf(1 - level / 2 / max(len(months) - 1, 1))

    def share(self, first: int, end: int) -> Share | None:
        """Of the months from one up to, and not including, another; None where they are too few to show."""
        total = self.responses[end] - self.responses[first]
        return None if is_too_few(total) else proportion(self.satisfied[end] - self.satisfied[first], total)

    def contrast(self, first: int, cut: int, end: int) -> float:
        """How far the months before and after a cut lie apart: the square of the score statistic, ordering alone."""
        one, two = (self.responses[cut] - self.responses[first], self.responses[end] - self.responses[cut])
        if is_too_few(one) or is_too_few(two):
            return 0.0
        good, more = (self.satisfied[cut] - self.satisfied[first], self.satisfied[end] - self.satisfied[cut])
        pooled = (good + more) / (one + two)
        spread = pooled * (1 - pooled) * (1 / one + 1 / two)
        return (good / one - more / two) ** 2 / spread if spread else 0.0

    def differ(self, first: int, cut: int, end: int) -> bool:
        """Whether the months before and after a cut differ beyond chance, all cuts being tried."""
        before, after = self.share(first, cut), self.share(cut, end)
        if before is None or after is None:
            return False
        low, high = difference(after, before, self.z)
        return low > 0 or high < 0

    def cuts(self, first: int, end: int) -> Iterator[int]:
        """Where the months part into levels, in order: at the clearest cut, then within both of its sides."""
        if end - first < 2:
            return
        best = max(range(first + 1, end), key=lambda cut: self.contrast(first, cut, end))
        if self.contrast(first, best, end) and self.differ(first, best, end):
            yield from self.cuts(first, best)
            yield best
            yield from self.cuts(best, end)


def onset(months: Sequence[Counts], level: float = 0.05) -> Onset | None:
    """Since when a share is lower than before; None where nothing is sure, or where it rose again since.

    The months are parted where the pooled months on both sides differ beyond chance (Newcombe's interval),
    at the clearest cut first and then within each side. Every cut is tested at `level` ÷ the number of cuts,
    and `level` itself is 5 % ÷ the number of series that are shown together (Bonferroni). The onset is the
    first of the falls that no rise follows. Source: binary segmentation, Scott and Knott (1974), Biometrics
    30:507-512; the tests are those of `changes`.
    """
    sums, end = _Sums(months, level), len(months)
    bounds = [0, *sums.cuts(0, end), end]
    number = len(bounds) - 2
    while number >= 1 and _falls(sums, bounds[number - 1 : number + 2]):
        number -= 1
    place = bounds[number + 1]
    if place == end or not sums.differ(bounds[number], place, end):
        return None
    before, since = sums.share(bounds[number], place), sums.share(place, end)
    return Onset(place, before, since) if before and since and since.value < before.value else None


def _falls(sums: _Sums, bounds: Sequence[int]) -> bool:
    first, cut, end = bounds
    before, after = sums.share(first, cut), sums.share(cut, end)
    return before is not None and after is not None and after.value < before.value

"""How counts of few people are put together until nobody can be told apart: pure functions on sizes.

A partition is single: each person is in exactly one part, and whatever is told is a sum of whole parts. Then no
sums and differences of what is told come down to fewer people than the smallest part has.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

OTHER_FIELDS = "other-fields"
"""What files call several service fields that were put together because some of them are too small."""

MIXED = "mixed"
"""What files call several channels that were put together for the same reason."""

Cell = TypeVar("Cell")


def merged(sizes: Mapping[Cell, int], fewest: int) -> list[tuple[Cell, ...]]:
    """Cells as parts that each hold at least `fewest`: large ones alone, small ones together in the last part.

    Where the small ones together are still too few, the smallest of the large joins them, until they are enough.
    Empty cells are in no part. There is no part at all where everything together is too few. Cells of equal size
    are taken in the order in which they come.
    """
    small = tuple(cell for cell, size in sizes.items() if 0 < size < fewest)
    large = sorted((cell for cell, size in sizes.items() if size >= fewest), key=lambda cell: -sizes[cell])
    held = sum(sizes[cell] for cell in small)
    while 0 < held < fewest and large:
        small = (*small, large.pop())
        held += sizes[small[-1]]
    together = set(small)
    alone: list[tuple[Cell, ...]] = [(cell,) for cell, size in sizes.items() if size >= fewest and cell not in together]
    if held >= fewest:
        alone.append(tuple(cell for cell in sizes if cell in together))
    return alone


def may_be_split(sizes: Mapping[Cell, int], fewest: int) -> bool:
    """Whether a part may be told cell by cell: each is empty or holds at least `fewest`."""
    return all(not size or size >= fewest for size in sizes.values())

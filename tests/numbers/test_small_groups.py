"""Parts: nobody can be told apart in them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sipas.numbers.small_groups import may_be_split, merged

_sizes = st.dictionaries(st.sampled_from("abcdefghijkl"), st.integers(0, 40), max_size=12)


@given(_sizes, st.integers(1, 15))
def test_every_part_holds_enough_and_everybody_is_in_one_part_or_in_none_at_all(
    sizes: dict[str, int], fewest: int
) -> None:
    parts = merged(sizes, fewest)
    assert all(sum(sizes[cell] for cell in part) >= fewest for part in parts)
    told = [cell for part in parts for cell in part]
    assert len(told) == len(set(told))
    enough = sum(sizes.values()) >= fewest
    assert set(told) == ({cell for cell, size in sizes.items() if size} if enough else set())


def test_small_cells_go_together_and_take_the_smallest_large_one_along_until_they_are_enough() -> None:
    assert merged({"a": 30, "b": 4, "c": 12, "d": 3, "e": 0}, 10) == [("a",), ("b", "c", "d")]
    assert merged({"a": 30, "b": 6, "c": 12, "d": 5}, 10) == [("a",), ("c",), ("b", "d")]
    assert merged({"a": 30, "b": 10}, 10) == [("a",), ("b",)]
    assert merged({"a": 5, "b": 4}, 10) == []


def test_a_part_is_told_by_channel_only_where_no_channel_is_small() -> None:
    assert may_be_split({"qr": 12, "paper": 0}, 10)
    assert not may_be_split({"qr": 12, "paper": 9}, 10)

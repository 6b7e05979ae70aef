"""Since when something is low: found where it fell, silent where nothing happens or all is well again."""

from __future__ import annotations

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from sipas.numbers.falls import Counts, onset
from sipas.numbers.shares import is_too_few

GOOD, BAD = (40, 37), (40, 24)
"""Months of forty responses: 92.5 % and 60 % satisfied."""

MONTHS = st.lists(st.integers(0, 60).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n))), max_size=14)


def test_the_onset_is_the_month_of_the_fall() -> None:
    found = onset([GOOD] * 8 + [BAD] * 4)
    assert found
    assert (found.place, found.before.total, found.since.total) == (8, 320, 160)
    assert (float(found.before.value), float(found.since.value)) == (0.925, 0.6)


def test_one_bad_month_at_the_end_is_enough_where_it_is_beyond_doubt() -> None:
    found = onset([GOOD] * 11 + [BAD])
    assert found
    assert found.place == 11


def test_what_rose_again_is_low_no_more() -> None:
    assert onset([GOOD] * 4 + [BAD] * 4 + [GOOD] * 4) is None


def test_what_was_always_low_did_not_fall() -> None:
    assert onset([BAD] * 12) is None


def test_a_fall_in_two_steps_begins_with_the_first() -> None:
    found = onset([(200, 190)] * 4 + [(200, 160)] * 4 + [(200, 110)] * 4)
    assert found
    assert found.place == 4


def test_months_without_responses_neither_hide_nor_make_a_fall() -> None:
    found = onset([GOOD] * 5 + [(0, 0)] * 3 + [BAD] * 4)
    assert found
    assert found.before.total == 200
    assert onset([(0, 0)] * 12) is None
    assert onset([]) is None


def test_where_nothing_happens_hardly_ever_a_fall_is_seen() -> None:
    """At most one series in twenty by the method's promise; its Bonferroni steps keep it well below."""
    random = Random(766)

    def month(number: int, chance: float) -> Counts:
        return number, sum(random.random() < chance for _ in range(number))

    series = [[month(random.randint(5, 50), chance) for _ in range(12)] for chance in (0.75, 0.9) for _ in range(200)]
    assert sum(onset(one) is not None for one in series) <= 20


@given(MONTHS, st.floats(1e-6, 0.05))
def test_an_onset_is_always_a_fall_of_figures_that_may_be_shown(months: list[Counts], level: float) -> None:
    found = onset(months, level)
    if found is None:
        return
    assert found.since.value < found.before.value
    assert not is_too_few(found.before.total)
    assert not is_too_few(found.since.total)
    later = months[found.place :]
    assert (found.since.satisfied, found.since.total) == (sum(one[1] for one in later), sum(one[0] for one in later))

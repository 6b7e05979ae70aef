"""Standings: ties, ranges that hold for all pairs at once, bands."""

from __future__ import annotations

import warnings
from itertools import combinations
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportions_ztest

from sipas.numbers.shares import Cluster, Share, pooled, proportion
from sipas.numbers.standings import ABOVE, BELOW, MIDDLE, Standing, critical, holm, ranks, score, standings


def share(satisfied: int, total: int) -> Share:
    found = proportion(satisfied, total)
    assert found
    return found


@st.composite
def shares(draw: st.DrawFn) -> Share:
    total = draw(st.integers(30, 900))
    return share(draw(st.integers(0, total)), total)


@st.composite
def indices(draw: st.DrawFn) -> Share:
    """Shares of ratings, five of each citizen, which are as sure as their citizens let them be."""
    sums = Cluster()
    for satisfied in range(6):
        times = draw(st.integers(5, 60))
        k, m = satisfied, 5
        sums += Cluster(times, times * k, times * m, times * k * k, times * k * m, times * m * m)
    found = pooled(sums)
    assert found
    return found


def chance(one: Share, two: Share) -> float:
    """The test of other people's code."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # where both are all or none it divides by zero, and says nan
        _, found = proportions_ztest([one.satisfied, two.satisfied], [one.total, two.total])
    return 1.0 if np.isnan(found) else float(found)


@given(st.lists(st.one_of(shares(), indices()), max_size=15))
def test_equal_shares_have_equal_ranks_and_every_rank_lies_in_its_own_range(listed: list[Share]) -> None:
    found = [one for one in standings(listed) if one]
    assert [one.rank for one in found] == [1 + sum(other.value > one.value for other in listed) for one in listed]
    for one in found:
        assert 1 <= one.low <= one.rank <= one.high <= one.of == len(listed)


@settings(max_examples=15)
@given(st.lists(shares(), min_size=2, max_size=7))
def test_ranges_are_those_of_other_peoples_test_with_other_peoples_holm(listed: list[Share]) -> None:
    pairs = list(combinations(range(len(listed)), 2))
    rejected = multipletests([chance(listed[one], listed[two]) for one, two in pairs], 0.05, "holm")[0]
    better, worse = [0] * len(listed), [0] * len(listed)
    for (one, two), is_real in zip(pairs, rejected, strict=True):
        if is_real:
            higher, lower = (one, two) if listed[one].value > listed[two].value else (two, one)
            worse[higher] += 1
            better[lower] += 1
    found = [(one.low, one.high) for one in standings(listed) if one]
    assert found == [(1 + b, len(listed) - w) for b, w in zip(better, worse, strict=True)]


@settings(max_examples=15)
@given(st.lists(shares(), min_size=2, max_size=9))
def test_bands_are_each_against_all_others_pooled_and_tested_together(listed: list[Share]) -> None:
    satisfied, total = sum(one.satisfied for one in listed), sum(one.total for one in listed)
    others = [share(satisfied - one.satisfied, total - one.total) for one in listed]
    rejected = multipletests([chance(*pair) for pair in zip(listed, others, strict=True)], 0.05, "holm")[0]
    for one, rest, is_real, found in zip(listed, others, rejected, standings(listed), strict=True):
        assert found
        assert found.band == (MIDDLE if not is_real else ABOVE if one.value > rest.value else BELOW)


@given(st.lists(st.floats(0, 8), min_size=1, max_size=60))
def test_counting_comes_to_the_threshold_of_holms_step_down(sizes: list[float]) -> None:
    rejected = 0
    for size in sorted(sizes, reverse=True):  # the textbook: from the smallest chance on, until one is too large
        if size <= critical(len(sizes) - rejected):
            break
        rejected += 1
    threshold = holm(len(sizes), lambda z: sum(size > z for size in sizes))
    assert sum(size > threshold for size in sizes) == rejected


@given(st.lists(indices(), min_size=2, max_size=4))
def test_an_index_is_compared_at_the_size_that_its_citizens_give_it(listed: list[Share]) -> None:
    one, two = listed[:2]
    columns = [
        np.array([number]) for number in (one.satisfied / one.total, one.size, two.satisfied / two.total, two.size)
    ]
    as_votes = [np.array([number]) for number in (*columns[0], one.total, *columns[2], two.total)]
    assert abs(score(*columns)[0]) <= abs(score(*as_votes)[0]) + 1e-9


@given(st.lists(shares(), min_size=1, max_size=9), st.randoms())
def test_the_order_of_asking_changes_nothing(listed: list[Share], chosen: Random) -> None:
    order = sorted(range(len(listed)), key=lambda _: chosen.random())
    shuffled = standings([listed[place] for place in order])
    assert [shuffled[order.index(place)] for place in range(len(listed))] == standings(listed)


def test_blocks_of_pairs_are_counted_as_all_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    listed = [share(30 + number * 7 % 170, 200) for number in range(40)]
    whole = standings(listed)
    monkeypatch.setattr("sipas.numbers.standings._PAIRS_AT_ONCE", 50)
    assert standings(listed) == whole
    assert len({one.low for one in whole if one}) > 3


@pytest.mark.parametrize("satisfied", [0, 40])
def test_where_all_or_nobody_is_satisfied_everybody_shares_the_first_rank(satisfied: int) -> None:
    assert standings([share(satisfied, 40)] * 3) == [Standing(1, 1, 3, 3, MIDDLE)] * 3


def test_none_and_one_have_no_others_to_be_compared_with() -> None:
    assert standings([]) == []
    assert standings([None, share(31, 40), None]) == [None, Standing(1, 1, 1, 1, MIDDLE), None]
    assert ranks([]) == []


def test_a_leader_a_crowd_and_a_last() -> None:
    found = standings([share(350, 500), *[share(425, 500)] * 6, None, share(490, 500)])
    assert found[0] == Standing(8, 8, 8, 8, BELOW)
    assert found[1:7] == [Standing(2, 2, 7, 8, MIDDLE)] * 6
    assert found[7:] == [None, Standing(1, 1, 1, 8, ABOVE)]

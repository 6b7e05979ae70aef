"""Changes between periods: Newcombe's interval, Holm's verdicts."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.proportion import confint_proportions_2indep

from sipas.numbers.changes import Change, change, changes, difference
from sipas.numbers.shares import CONFIDENCE_Z, Share, proportion


def share(satisfied: int, total: int) -> Share:
    found = proportion(satisfied, total)
    assert found
    return found


@st.composite
def shares(draw: st.DrawFn) -> Share:
    total = draw(st.integers(5, 3000))
    return share(draw(st.integers(0, total)), total)


def test_the_interval_is_the_one_newcombe_printed() -> None:
    low, high = difference(share(56, 70), share(48, 80), CONFIDENCE_Z)
    assert (round(low, 4), round(high, 4)) == (0.0524, 0.3339)


@given(shares(), shares())
def test_the_interval_is_that_of_other_peoples_code(now: Share, before: Share) -> None:
    low, high = difference(now, before, CONFIDENCE_Z)
    theirs = confint_proportions_2indep(
        now.satisfied, now.total, before.satisfied, before.total, method="newcomb", compare="diff", correction=False
    )
    assert (low, high) == pytest.approx(theirs, abs=1e-9)


@given(st.lists(st.tuples(shares(), shares()), min_size=1, max_size=12))
def test_a_change_is_real_exactly_where_its_interval_excludes_zero(pairs: list[tuple[Share, Share]]) -> None:
    for one in changes(pairs):
        assert one
        assert one.is_real == (one.low > 0 or one.high < 0)
        assert one.low <= float(one.value) <= one.high


@given(st.lists(st.tuples(shares(), shares()), min_size=2, max_size=12))
def test_together_nothing_is_called_a_change_that_is_none_alone(pairs: list[tuple[Share, Share]]) -> None:
    alone = [change(*pair) for pair in pairs]
    for together, one in zip(changes(pairs), alone, strict=True):
        assert together
        assert one
        assert one.is_real or not together.is_real
        assert together.low <= one.low + 1e-12
        assert together.high >= one.high - 1e-12


def test_among_twenty_fields_a_chance_fall_is_no_change_and_a_true_one_is() -> None:
    quiet = [(share(90, 100), share(91, 100))] * 18
    found = changes([*quiet, (share(70, 80), share(77, 80)), (share(60, 100), share(90, 100))])
    assert change(share(70, 80), share(77, 80)), "alone it would be called one"
    assert [one.is_real for one in found if one] == [*[False] * 19, True]
    fall = found[-1]
    assert fall
    assert fall == Change(Fraction(-3, 10), fall.low, fall.high, True, share(90, 100))
    assert fall.is_fall


def test_what_has_no_share_before_has_no_change_and_does_not_count_among_those_tested() -> None:
    pair = (share(60, 100), share(75, 100))
    assert changes([pair, (share(5, 9), None), (None, share(3, 9)), (None, None)]) == [change(*pair), None, None, None]

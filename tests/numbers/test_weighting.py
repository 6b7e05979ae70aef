"""Shares weighted by dossiers, and how many answers are wanted."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipas.numbers.shares import wilson
from sipas.numbers.weighting import Stratum, answers_wanted, weighted

STRATA = st.lists(
    st.integers(1, 400).flatmap(
        lambda n: st.builds(Stratum, dossiers=st.integers(0, 5000), satisfied=st.integers(0, n), responses=st.just(n))
    ),
    min_size=1,
    max_size=8,
)


def test_a_field_counts_as_its_dossiers_do_and_unequal_weights_cost_size() -> None:
    found = weighted([Stratum(800, 18, 20), Stratum(200, 40, 80)], 1000)
    assert found
    assert found.value == Fraction(82, 100)
    assert round(found.effective_size, 2) == 30.77
    assert (round(found.low, 4), round(found.high, 4)) == (0.6517, 0.9173)
    assert found.covered == 1


@given(STRATA)
def test_the_share_lies_between_those_of_the_groups_and_claims_no_more_than_all_answers(strata: list[Stratum]) -> None:
    found = weighted(strata, sum(one.dossiers for one in strata))
    known = [one for one in strata if one.dossiers]
    if not known:
        assert found is None
        return
    assert found
    shares = [Fraction(one.satisfied, one.responses) for one in known]
    assert min(shares) <= found.value <= max(shares)
    assert 0 < found.effective_size <= sum(one.responses for one in known) + 1e-9
    assert found.low <= float(found.value) <= found.high


@given(st.integers(1, 500), st.data())
def test_equal_weights_and_shares_weigh_nothing(number: int, data: st.DataObject) -> None:
    satisfied = data.draw(st.integers(0, number))
    found = weighted([Stratum(10, satisfied, number)] * 3, 30)
    assert found
    assert found.effective_size == pytest.approx(3 * number)
    assert (found.low, found.high) == pytest.approx(wilson(satisfied / number, 3 * number))


def test_dossiers_whose_field_nobody_answered_about_are_not_covered() -> None:
    found = weighted([Stratum(300, 9, 10), Stratum(100, 0, 0)], 400)
    assert found
    assert found.value == Fraction(9, 10)
    assert found.covered == Fraction(3, 4)


@pytest.mark.parametrize(("dossiers", "wanted"), [(0, 0), (1, 1), (500, 217), (10_000, 370), (10**9, 384)])
def test_so_many_answers_make_a_figure_sure_within_five_points(dossiers: int, wanted: int) -> None:
    assert answers_wanted(dossiers) == wanted

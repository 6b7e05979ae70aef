"""The formulas, against published values, another program and first principles."""

from __future__ import annotations

from fractions import Fraction
from math import isclose, sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportion_confint

from sipas.numbers import shares
from sipas.numbers.shares import Cluster, Share, Tally

COUNTS = st.integers(0, 5000).flatmap(lambda total: st.tuples(st.integers(0, total), st.just(total)))
CITIZENS = st.lists(st.lists(st.sampled_from([1, 2, 3, 4, 5, None]), max_size=18), max_size=60)


@pytest.mark.parametrize(
    ("satisfied", "total", "low", "high"),
    [
        (18, 20, 0.698966, 0.972134),
        (4, 200, 0.007804, 0.050287),
        (0, 30, 0.0, 0.113513),
        (81, 263, 0.2553, 0.3662),
    ],
)
def test_the_interval_is_the_published_one(satisfied: int, total: int, low: float, high: float) -> None:
    share = shares.proportion(satisfied, total)
    assert share is not None
    assert share.low == pytest.approx(low, abs=5e-5 if total == 263 else 5e-7)
    assert share.high == pytest.approx(high, abs=5e-5 if total == 263 else 5e-7)


@given(COUNTS.filter(lambda counts: counts[1] > 0))
def test_the_interval_is_that_of_statsmodels(counts: tuple[int, int]) -> None:
    share = shares.proportion(*counts)
    assert share is not None
    low, high = proportion_confint(*counts, alpha=0.05, method="wilson")
    assert isclose(share.low, low, abs_tol=1e-12)
    assert isclose(share.high, high, abs_tol=1e-12)


@given(COUNTS)
def test_a_share_lies_within_its_interval_and_there_is_none_without_data(counts: tuple[int, int]) -> None:
    share = shares.proportion(*counts)
    if counts[1] == 0:
        assert share is None
    else:
        assert share is not None
        assert 0 <= share.low <= float(share.value) <= share.high <= 1


@given(st.floats(0, 1), st.floats(0.5, 1e6))
def test_more_answers_never_widen_the_interval(ratio: float, size: float) -> None:
    low, high = shares.wilson(ratio, size)
    narrow_low, narrow_high = shares.wilson(ratio, size * 4)
    assert low <= narrow_low + 1e-12
    assert narrow_high <= high + 1e-12


@pytest.mark.parametrize(("ratio", "size"), [(-0.1, 5), (1.1, 5), (0.5, 0)])
def test_no_interval_is_made_of_nonsense(ratio: float, size: float) -> None:
    with pytest.raises(ValueError, match="no interval"):
        shares.wilson(ratio, size)


@given(st.integers(0, 300), st.integers(1, 300))
def test_one_rating_a_citizen_makes_the_index_interval_nearly_the_plain_one(k: int, extra: int) -> None:
    """With one rating each, the cluster formula is that of single votes but for n / (n - 1)."""
    n = k + extra
    sums = Cluster(n, k, n, k, k, n)
    if n > 1 and 0 < k < n:
        assert shares.effective_size(sums) == pytest.approx(n - 1)
    else:
        assert shares.effective_size(sums) == n


def test_citizens_who_rate_everything_alike_count_once_each() -> None:
    """Ten citizens of five equal ratings say as much as (nearly) ten ratings, not fifty."""
    sums = sum((Cluster.of([5] * 5) for _ in range(7)), Cluster()) + sum(
        (Cluster.of([1] * 5) for _ in range(3)), Cluster()
    )
    assert (sums.k, sums.m, sums.citizens) == (35, 50, 10)
    assert shares.effective_size(sums) == pytest.approx(9)


@given(CITIZENS)
def test_the_effective_size_is_what_the_formula_gives_citizen_by_citizen(
    citizens: list[list[int | None]],
) -> None:
    """The sums give what summing squared residuals over citizens gives (Cochran 1977, 6.5)."""
    sums = sum((Cluster.of(scores) for scores in citizens), Cluster())
    each = [(sum(s in (4, 5) for s in v), len(v)) for c in citizens if (v := [s for s in c if s is not None])]
    n, k_all, m_all = len(each), sum(k for k, _ in each), sum(m for _, m in each)
    assert (sums.citizens, sums.k, sums.m) == (n, k_all, m_all)
    if n < 2 or k_all in (0, m_all):
        assert shares.effective_size(sums) == n
        return
    ratio = Fraction(k_all, m_all)
    variance = Fraction(n, n - 1) * sum((k - ratio * m) ** 2 for k, m in each) / m_all**2
    expected = float(min(ratio * (1 - ratio) / variance, Fraction(m_all))) if variance else m_all
    assert shares.effective_size(sums) == pytest.approx(expected)


@given(CITIZENS)
def test_the_index_lies_within_its_interval(citizens: list[list[int | None]]) -> None:
    share = shares.pooled(sum((Cluster.of(scores) for scores in citizens), Cluster()))
    if not any(score is not None for scores in citizens for score in scores):
        assert share is None
    else:
        assert share is not None
        assert 0 <= share.low <= float(share.value) + 1e-12
        assert float(share.value) <= share.high + 1e-12 <= 1 + 2e-12


@given(CITIZENS, CITIZENS)
def test_sums_of_two_groups_are_the_sums_of_both(one: list[list[int | None]], two: list[list[int | None]]) -> None:
    def total(citizens: list[list[int | None]]) -> Cluster:
        return sum((Cluster.of(scores) for scores in citizens), Cluster())

    assert total(one) + total(two) == total(one + two)


def test_a_tally_counts_fours_and_fives_as_satisfied() -> None:
    tally = Tally(scores=(1, 2, 3, 4, 5))
    assert (tally.responses, tally.satisfied) == (15, 9)
    assert (tally + tally).scores == (2, 4, 6, 8, 10)


@pytest.mark.parametrize(
    ("ratio", "decimals", "written"),
    [
        (Fraction(1, 3), 1, "33.3"),
        (Fraction(2, 3), 2, "66.67"),
        (Fraction(1, 8), 0, "13"),
        (Fraction(9995, 10000), 1, "100.0"),
        (Fraction(1125, 100000), 2, "1.13"),
        (Fraction(0), 1, "0.0"),
        (1.0, 2, "100.00"),
        (Fraction(-125, 10000), 1, "-1.2"),
    ],
)
def test_a_figure_is_rounded_half_up(ratio: Fraction | float, decimals: int, written: str) -> None:
    assert str(shares.percentage(ratio, decimals)) == written


@given(st.fractions(0, 1), st.integers(0, 3))
def test_rounding_is_never_further_off_than_half_a_step(ratio: Fraction, decimals: int) -> None:
    rounded = Fraction(shares.percentage(ratio, decimals))
    assert abs(rounded - ratio * 100) <= Fraction(1, 2 * 10**decimals)


def test_four_responses_are_too_few_and_five_are_not() -> None:
    assert shares.is_too_few(4)
    assert not shares.is_too_few(5)


def test_the_normal_quantile_is_the_known_one() -> None:
    low, high = shares.wilson(0.5, 1)
    z = (high - low) / sqrt(1 - (high - low) ** 2)
    assert z == pytest.approx(1.959963985, abs=1e-9)


def test_a_share_knows_its_exact_value() -> None:
    assert Share(1, 3, 0.0, 1.0, 3.0).value == Fraction(1, 3)

"""Shares weighted by the dossiers they stand for, and how many answers a figure would need (docs/method.md)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from sipas.numbers.shares import CONFIDENCE_Z, wilson

MARGIN = 0.05
"""The half width of an interval that is wanted: five points, at 95 %."""


@dataclass(frozen=True)
class Stratum:
    """One group of dossiers of which some were answered about: `satisfied` of `responses` (> 0)."""

    dossiers: int
    satisfied: int
    responses: int


@dataclass(frozen=True)
class Weighted:
    """A share in which each group counts as its dossiers do; `low` and `high` are its 95 % interval.

    `effective_size` is how many equal answers would say as much, `covered` the part of all dossiers whose
    groups have answers at all.
    """

    value: Fraction
    low: float
    high: float
    effective_size: float
    covered: Fraction


def weighted(strata: Sequence[Stratum], all_dossiers: int) -> Weighted | None:
    """The share of all groups that have dossiers and responses, weighted by dossiers; None without any.

    The effective size is the smaller of two: Kish's, which counts what unequal weights cost, and the one
    that the variance within the groups gives. Source: Kish (1965), Survey Sampling, 11.7; Cochran (1977),
    Sampling Techniques, 3rd ed., 5.6 (stratified means); the interval is Wilson's at that size.
    """
    known = [one for one in strata if one.dossiers and one.responses]
    whole = sum(one.dossiers for one in known)
    if not whole:
        return None
    value = Fraction(sum(Fraction(one.dossiers * one.satisfied, one.responses) for one in known), whole)
    size = min(_kish(known, whole), _by_variance(known, whole, value))
    return Weighted(value, *wilson(float(value), size), size, Fraction(whole, max(all_dossiers, whole)))


def _kish(strata: Sequence[Stratum], whole: int) -> float:
    return float(whole**2 / sum(Fraction(one.dossiers**2, one.responses) for one in strata))


def _by_variance(strata: Sequence[Stratum], whole: int, value: Fraction) -> float:
    """Without any spread within the groups the variance says nothing, and Kish's size stands."""
    variance = Fraction(0)
    for one in strata:
        share = Fraction(one.satisfied, one.responses)
        variance += Fraction(one.dossiers, whole) ** 2 * share * (1 - share) / one.responses
    return float(value * (1 - value) / variance) if variance and 0 < value < 1 else float("inf")


def answers_wanted(dossiers: int) -> int:
    """How many answers make a figure sure within five points at 95 %, of a finite number of dossiers.

    For the least favourable share, a half; rounded half up. Source: Cochran (1977), 4.4, with the
    finite population correction: 500 dossiers want 217 answers.
    """
    if not dossiers:
        return 0
    unlimited = CONFIDENCE_Z**2 / 4 / MARGIN**2
    return int(unlimited / (1 + (unlimited - 1) / dossiers) + 0.5)

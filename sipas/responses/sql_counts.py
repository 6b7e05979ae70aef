"""Counting: what responses add up to, in SQL, from the responses themselves."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, and_, case, func, select

from sipas.catalogue.questionnaires import OVERALL, Question
from sipas.numbers.shares import FACTORS, SATISFIED, SCORES
from sipas.responses.models import Rating
from sipas.responses.tally_tables import SCOPES


def rated(*wanted: ColumnElement[bool]) -> Select[Any]:
    """Each response with its overall score and, for each scope, its satisfied (k) and valid (m) ratings.

    `wanted` narrows the ratings. Grouped before the responses are joined, they come in the order of their key:
    nothing is sorted.
    """
    overall = func.max(case((Question.code == OVERALL, Rating.score))).label("overall")
    sums = [
        column
        for scope in SCOPES
        for column in (
            how_many(and_(_within(scope), Rating.score.in_(SATISFIED))).label(f"k_{scope}"),
            how_many(and_(_within(scope), Rating.score.is_not(None))).label(f"m_{scope}"),
        )
    ]
    columns: list[ColumnElement[Any]] = [Rating.__table__.c.response_id, overall, *sums]
    one = select(*columns).join(Question, Question.id == Rating.question_id)
    return one.where(*wanted).group_by(Rating.response_id)


def counters(rows: Subquery) -> list[ColumnElement[int]]:
    """The counters of a tally (`tallies.COUNTERS`), summed over rows that have the columns of `rated`."""
    of = rows.c
    scores = [how_many(of.overall == score).label(f"score_{score}") for score in SCORES]
    return [*scores, *(column for scope in SCOPES for column in _cluster(scope, of[f"k_{scope}"], of[f"m_{scope}"]))]


def _within(scope: str) -> ColumnElement[bool]:
    return Question.factor == scope if scope in FACTORS else Question.factor.is_not(None)


def _cluster(scope: str, k: ColumnElement[int], m: ColumnElement[int]) -> list[ColumnElement[int]]:
    sums = (how_many(m > 0), func.sum(k), func.sum(m), func.sum(k * k), func.sum(k * m), func.sum(m * m))
    names = ("citizens", "k", "m", "kk", "km", "mm")
    return [sum_.label(f"{scope}_{name}") for name, sum_ in zip(names, sums, strict=True)]


def how_many(condition: ColumnElement[bool]) -> ColumnElement[int]:
    """How many rows fulfil a condition; a sum of booleans is not for every database."""
    return func.sum(case((condition, 1), else_=0))

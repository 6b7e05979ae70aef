"""Whoever knows all counts and how labels are made cannot tell a comment from four others."""

from __future__ import annotations

from collections import Counter
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from sipas.numbers.comment_labels import MOODS, Cell, CommentLabel, Labels, mood, named
from sipas.numbers.periods import Period, parse

DAYS = [date(2026, month, day) for month in (7, 8, 9) for day in (1, 2, 30)]
RESPONSES = st.lists(st.tuples(st.sampled_from(DAYS), st.integers(1, 4), st.sampled_from(MOODS)), max_size=80)
GROUPED = st.dictionaries(
    st.tuples(st.sampled_from(DAYS), st.integers(1, 3), st.sampled_from(MOODS)), st.integers(1, 9), max_size=12
)


def labels(responses: Counter[Cell]) -> Labels:
    """The labels of a unit that these responses are all of."""
    months: Counter[Cell] = Counter()
    for (day, field_id, one), number in responses.items():
        months[day.replace(day=1), field_id, one] += number
    return Labels(months, {cell: number for cell, number in responses.items() if number > 4})


def groups(responses: Counter[Cell]) -> Counter[CommentLabel]:
    made = labels(responses)
    found: Counter[CommentLabel] = Counter()
    for cell, number in responses.items():
        found[made.of(*cell)] += number
    return found


@given(RESPONSES.map(Counter) | GROUPED.map(Counter))
def test_everything_that_is_told_is_shared_by_five_responses(responses: Counter[Cell]) -> None:
    for label, number in groups(responses).items():
        assert label == CommentLabel() or number >= 5, label


@given(RESPONSES.map(Counter) | GROUPED.map(Counter))
def test_what_is_told_is_true(responses: Counter[Cell]) -> None:
    made = labels(responses)
    for day, field_id, one in responses:
        label = made.of(day, field_id, one)
        assert label.period is None or label.period.start <= day < label.period.end
        assert label.field_id in (None, field_id)
        assert label.mood in (None, one)


@given(RESPONSES.map(Counter))
def test_nothing_is_told_only_while_the_newest_months_have_fewer_than_five(responses: Counter[Cell]) -> None:
    found = groups(responses)
    assert found[CommentLabel()] < 5


@given(st.dictionaries(st.integers(), st.integers(1, 12)))
def test_groups_that_are_not_named_are_none_or_five_together(counts: dict[int, int]) -> None:
    total = sum(counts.values())
    rest = total - sum(counts[key] for key in named(counts, total))
    assert rest == 0 or rest >= 5 or rest == total


def told(day: date, **numbers: int) -> Counter[Cell]:
    """So many responses of each mood about field 1 on a day."""
    return Counter({(day, 1, one): number for one, number in numbers.items()})


def test_a_day_is_told_where_five_of_that_day_and_field_answered_alike() -> None:
    made = labels(told(DAYS[0], satisfied=5) + told(DAYS[1], satisfied=6))
    assert made.of(DAYS[1], 1, "satisfied") == CommentLabel(Period(DAYS[1], DAYS[2].replace(day=3)), 1, "satisfied")


def test_the_only_two_who_were_dissatisfied_are_not_given_away_by_what_is_told_of_the_others() -> None:
    """Were the eighteen called satisfied, nobody would doubt what the other two were."""
    found = groups(told(DAYS[0], satisfied=18, dissatisfied=2))
    assert found == {CommentLabel(parse("2026-07"), 1): 20}


def test_a_field_with_four_responses_is_told_by_its_mood_with_other_rare_fields() -> None:
    responses = Counter({(DAYS[0], field_id, "neutral"): 4 for field_id in (1, 2)}) + Counter(
        {(DAYS[0], 3, "satisfied"): 9}
    )
    assert groups(responses) == {CommentLabel(parse("2026-07"), None, "neutral"): 8, labels(responses).of(*NINE): 9}


NINE = (DAYS[0], 3, "satisfied")


def test_months_with_too_few_are_told_together_with_those_that_follow() -> None:
    found = groups(told(DAYS[0], satisfied=2) + told(DAYS[3], satisfied=4) + told(DAYS[6], satisfied=1))
    assert found == {CommentLabel(Period(date(2026, 7, 1), date(2026, 9, 1)), 1, "satisfied"): 6, CommentLabel(): 1}


def test_scores_are_sorted_into_three_moods() -> None:
    assert [mood(score) for score in range(1, 6)] == ["dissatisfied"] * 2 + ["neutral"] + ["satisfied"] * 2

"""What may be said beside a comment: so little that at least five responses of its unit share it.

The responses of a unit fall into groups of five or more, each with one label. Who knows how the groups are made, and
all counts that reports show, still cannot tell a comment from four others: where what is left over would be fewer
than five, the smallest group that could be named is left unnamed with it. Pure: counts in, labels out.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Hashable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, TypeVar

from sipas.numbers import periods
from sipas.numbers.periods import ONE_DAY, Period
from sipas.numbers.shares import is_satisfied, is_too_few

SATISFIED, NEUTRAL, DISSATISFIED = "satisfied", "neutral", "dissatisfied"
MOODS = (SATISFIED, NEUTRAL, DISSATISFIED)
_MIDDLE = 3

Key = TypeVar("Key", bound=Hashable)
Cell = tuple[date, int, str]
"""A month or a day, the field's id, the mood."""


def mood(score: int) -> str:
    """What an overall score from 1 to 5 says, as comments are sorted by it."""
    if is_satisfied(score):
        return SATISFIED
    return NEUTRAL if score == _MIDDLE else DISSATISFIED


@dataclass(frozen=True)
class CommentLabel:
    """What is shown beside a comment; what is None is not told."""

    period: Period | None = None
    field_id: int | None = None
    mood: str | None = None


def named(counts: Mapping[Key, int], total: int) -> frozenset[Key]:
    """The groups of some responses that may be named, so that those who are not are none or enough.

    `counts` may leave out groups that are too few anyway; `total` counts them too.
    """
    large = sorted((number, key) for key, number in counts.items() if not is_too_few(number))
    rest = total - sum(number for number, _ in large)
    while large and rest > 0 and is_too_few(rest):
        rest += large.pop(0)[0]
    return frozenset(key for _, key in large)


def spans(months: Mapping[Cell, int]) -> dict[date, Period]:
    """For each month the months that are told together: itself, or with those before it that had too few.

    The newest months are absent while they have too few; what came then is told with those that follow.
    """
    totals: Counter[date] = Counter()
    for (month, _, _), number in months.items():
        totals[month] += number
    told: dict[date, Period] = {}
    waiting, responses = list[date](), 0
    for month in sorted(totals):
        waiting.append(month)
        responses += totals[month]
        if not is_too_few(responses):
            told |= dict.fromkeys(waiting, Period(waiting[0], periods.month_of(month).end))
            waiting, responses = [], 0
    return told


class Labels:
    """The labels of one unit's comments.

    `months` counts its own responses by month, field and mood, of all time whatever a list is asked for, so that no
    two lists differ in what they say of a comment; `days` counts by day in the spans that the list touches, and may
    leave out what is too few.
    """

    def __init__(self, months: Mapping[Cell, int], days: Mapping[Cell, int]) -> None:
        self._months, self._days, self._spans = months, days, spans(months)
        self._made: dict[Cell, CommentLabel] = {}
        self._named: dict[Hashable, frozenset[Any]] = {}

    def of(self, day: date, field_id: int, mood: str) -> CommentLabel:
        """The label of a comment that came on a day with these answers."""
        key = (day, field_id, mood)
        if key not in self._made:
            span = self._spans.get(day.replace(day=1))
            self._made[key] = self._label(span, *key) if span else CommentLabel()
        return self._made[key]

    @cached_property
    def _cells(self) -> dict[Period, dict[int, Counter[str]]]:
        """How many responses each span has, by field and mood."""
        cells: dict[Period, dict[int, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
        for (month, field_id, mood), number in self._months.items():
            if month in self._spans:
                cells[self._spans[month]][field_id][mood] += number
        return cells

    @cached_property
    def _daily(self) -> dict[tuple[int, str], dict[date, int]]:
        daily: dict[tuple[int, str], dict[date, int]] = defaultdict(dict)
        for (day, field_id, mood), number in self._days.items():
            daily[field_id, mood][day] = number
        return daily

    def _label(self, span: Period, day: date, field_id: int, mood: str) -> CommentLabel:
        fields = self._cells[span]
        told = self._once(span, lambda: _named_fields(fields))
        if field_id not in told:
            is_mood_told = mood in self._once(("others", span), lambda: _named_moods(fields, set(fields) - told))
            return CommentLabel(span, None, mood if is_mood_told else None)
        if mood not in self._once((span, field_id), lambda: _named_moods(fields, {field_id})):
            return CommentLabel(span, field_id)
        is_day_told = day in self._once((span, field_id, mood), lambda: self._named_days(span, field_id, mood))
        return CommentLabel(Period(day, day + ONE_DAY) if is_day_told else span, field_id, mood)

    def _named_days(self, span: Period, field_id: int, mood: str) -> frozenset[date]:
        within = {one: number for one, number in self._daily[field_id, mood].items() if span.start <= one < span.end}
        return named(within, self._cells[span][field_id][mood])

    def _once(self, key: Hashable, make: Callable[[], frozenset[Key]]) -> frozenset[Key]:
        """What may be named of some responses, found out once."""
        if key not in self._named:
            self._named[key] = make()
        return self._named[key]


def _named_fields(fields: Mapping[int, Counter[str]]) -> frozenset[int]:
    totals = {field_id: moods.total() for field_id, moods in fields.items()}
    return named(totals, sum(totals.values()))


def _named_moods(fields: Mapping[int, Counter[str]], among: Collection[int]) -> frozenset[str]:
    moods = sum((fields[field_id] for field_id in among), Counter[str]())
    return named(moods, moods.total())

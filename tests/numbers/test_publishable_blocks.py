"""Nothing published tells of fewer than ten people, however it is added and subtracted."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import reduce
from operator import add

from hypothesis import given
from hypothesis import strategies as st

from sipas.numbers.publishable_blocks import (
    FEWEST,
    NO_RATINGS,
    Block,
    Counts,
    Published,
    corrected,
    of_unit,
    taken_out,
    together,
)
from sipas.numbers.shares import FACTORS, Cluster, Tally
from sipas.numbers.small_groups import MIXED
from tests.attack import Figure, smallest_group

FIELDS, CHANNELS = ("land", "tax", "births", "police"), ("qr", "paper")


@dataclass(frozen=True)
class Person:
    """Somebody who answered: where, and with a score or none for each factor."""

    number: int
    field: str
    channel: str
    overall: int
    scores: tuple[int | None, ...]


def counts_of(person: Person) -> Counts:
    scores = tuple(int(score == person.overall) for score in range(1, 6))
    clusters = tuple(Cluster.of([score]) for score in person.scores)
    ratings = tuple(tuple(int((score or 6) == one) for one in range(1, 7)) for score in person.scores)
    return Counts(Tally(scores, Cluster.of(person.scores), clusters), ratings)


def pool_of(people: Iterable[Person]) -> dict[str, dict[str, Counts]]:
    found: dict[str, dict[str, Counts]] = {}
    for person in sorted(people, key=lambda one: (one.field, one.channel, one.number)):
        channels = found.setdefault(person.field, {})
        channels[person.channel] = channels.get(person.channel, Counts()) + counts_of(person)
    return found


def crowd(seed: int, most: int, first: int) -> list[Person]:
    """Random people of one quarter: few or many, by field and channel, with factors that some do not rate."""
    chance = random.Random(seed)
    found: list[Person] = []
    for field in FIELDS:
        for channel in CHANNELS:
            for _ in range(chance.choice((0, 0, 1, 3, 8, chance.randint(0, most)))):
                scores = tuple(chance.choice((None, 1, 4, 5)) if factor else 5 for factor in range(len(FACTORS)))
                found.append(Person(first + len(found), field, channel, chance.randint(1, 5), scores))
    return found


def overall_figures(published: Published, people: Iterable[Person]) -> Iterator[Figure]:
    """The sets of people whose overall scores are told, and that each has as many as it should."""
    for block in published.blocks:
        for part, scores in block.parts.items():
            behind = {one.number for one in people if one.field in block.fields and part in (one.channel, MIXED)}
            assert len(behind) == sum(scores)
            yield behind


def rating_figures(published: Published, people: Iterable[Person]) -> Iterator[Figure]:
    """The sets of ratings (person, factor) that the index and the factors are told of."""
    for detail in published.details:
        inside = [one for one in people if one.field in detail.fields]
        for place, factor in enumerate(detail.factors):
            if factor:
                behind = {(one.number, place) for one in inside if one.scores[place] is not None}
                assert len(behind) == factor.citizens
                yield behind
        if detail.index:
            yield {(one.number, place) for one in inside for place in range(len(FACTORS)) if one.scores[place]}


@given(st.integers(0, 2**32), st.integers(1, 40), st.lists(st.sampled_from((0.02, 0.1, 0.4, 0.9)), max_size=3))
def test_no_group_under_ten_comes_out_of_four_quarters_their_year_and_all_corrections(
    seed: int, most: int, doubts: list[float]
) -> None:
    chance = random.Random(seed)
    waiting: list[Person] = []
    overall: list[Figure] = []
    ratings: list[Figure] = []
    year: list[Published] = []
    behind: list[Person] = []
    for quarter in range(4):
        waiting += crowd(seed + quarter, most, quarter * 10_000)
        published = of_unit(pool_of(waiting))
        if published is None:
            assert len(waiting) < FEWEST
            continue
        people, waiting = waiting, []
        doubtful: set[int] = set()
        for doubt in (0.0, *doubts):
            doubtful |= {one.number for one in people if chance.random() < doubt}
            people, published = _without(people, doubtful, published)
            overall += overall_figures(published, people)
            ratings += rating_figures(published, people)
        year.append(published)
        behind += people
    whole = together(year)
    overall += ({one.number for one in behind},) if behind else ()
    assert sum(sum(block.scores) for block in whole.blocks) == len(behind)
    assert smallest_group(overall, FEWEST) is None
    assert smallest_group(ratings, FEWEST) is None


def _without(people: list[Person], doubtful: set[int], published: Published) -> tuple[list[Person], Published]:
    """A correction: who goes out of which part, and what is told afterwards."""
    gone: set[int] = set()
    for block in published.blocks:
        inside = [one for one in people if one.field in block.fields]
        numbers = {
            channel: sum(one.number in doubtful for one in inside if one.channel == channel) for channel in CHANNELS
        }
        for part, with_the_rest in taken_out(block, numbers).items():
            of_part = [one for one in inside if part in (one.channel, MIXED)]
            gone |= {one.number for one in of_part if with_the_rest or one.number in doubtful}
    left = [one for one in people if one.number not in gone]
    return left, corrected(published, pool_of(left))


def test_all_people_of_a_unit_with_ten_or_more_are_told_of() -> None:
    people = crowd(7, 30, 0)
    published = of_unit(pool_of(people))
    assert published
    assert published.tally.responses == len(people)
    assert published.tally.scores == reduce(add, (counts_of(one) for one in people)).tally.scores


def test_hiding_small_cells_and_printing_the_margins_is_found_out() -> None:
    cells = {"land": range(30), "tax": range(30, 42), "births": range(42, 46)}
    everybody = [number for cell in cells.values() for number in cell]
    printed = [cells["land"], cells["tax"], everybody]
    assert smallest_group(printed, FEWEST) == 4


def test_publishing_again_without_one_person_is_found_out() -> None:
    assert smallest_group([range(40), range(39)], FEWEST) == 1


def test_ratings_of_a_factor_that_few_gave_are_told_with_nobody_elses_index() -> None:
    few = [Person(number, "land", "qr", 5, (5, 5, 5, 5, 4 if number < 6 else None)) for number in range(40)]
    (detail,) = (of_unit(pool_of(few)) or Published()).details
    assert detail.index is None
    assert [one is None for one in detail.factors] == [False, False, False, False, True]
    assert detail.ratings[4] is None


def test_a_correction_that_would_leave_or_take_fewer_than_ten_is_refused() -> None:
    people = [Person(number, "land", "qr", 5, (None,) * 5) for number in range(25)]
    published = of_unit(pool_of(people)) or Published()
    assert published.blocks == (Block(("land",), {"qr": (0, 0, 0, 0, 25)}),)
    assert published.details[0].ratings[0] == (*NO_RATINGS[:5], 25)
    for left in (24, 16, 9):
        try:
            corrected(published, pool_of(people[:left]))
        except ValueError:
            continue
        raise AssertionError(left)
    assert taken_out(published.blocks[0], {"qr": 9}) == {}
    assert taken_out(published.blocks[0], {"qr": 10}) == {"qr": False}
    assert taken_out(published.blocks[0], {"qr": 16}) == {"qr": True}

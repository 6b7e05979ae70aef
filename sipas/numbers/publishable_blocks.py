"""Blocks: what is published of a unit, each of at least ten people, none of whom is in two of them.

Pure functions on counts. Whatever is published is a sum of whole parts of blocks, and a correction takes none or at
least ten people out of a part. So nothing can be reckoned out of all that was ever published about fewer than ten
(docs/publication.md has the argument, tests/numbers/test_publishable_blocks.py attacks it).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import reduce
from operator import add

from sipas.numbers.shares import FACTORS, SCORES, Cluster, Tally
from sipas.numbers.small_groups import MIXED, OTHER_FIELDS, may_be_split, merged

FEWEST = 10
"""Nothing is published of fewer people (K)."""

Scores = tuple[int, ...]
"""How many gave each score, 1 first; of ratings how many chose "does not apply" in the last place."""

NO_RATINGS: Scores = (0,) * (len(SCORES) + 1)


@dataclass(frozen=True)
class Counts:
    """What was counted of some responses: their tally, and for each factor how often each score was given."""

    tally: Tally = field(default_factory=Tally)
    ratings: tuple[Scores, ...] = (NO_RATINGS,) * len(FACTORS)

    def __add__(self, other: Counts) -> Counts:
        """What was counted of both groups."""
        pairs = zip(self.ratings, other.ratings, strict=True)
        return Counts(self.tally + other.tally, tuple(_plus(one, two) for one, two in pairs))

    @property
    def people(self) -> tuple[int, ...]:
        """How many people gave a rating that enters the index, and one of each factor."""
        return (self.tally.index.citizens, *(one.citizens for one in self.tally.factors))


Pool = Mapping[str, Mapping[str, Counts]]
"""What there is to publish of a unit: counts by field code, then by channel."""


@dataclass(frozen=True)
class Block:
    """One service field, or several together: how many gave each overall score, by channel.

    Channels that are told together stand under partition.MIXED.
    """

    fields: tuple[str, ...]
    parts: Mapping[str, Scores]

    @property
    def label(self) -> str:
        """What files call it."""
        return label(self.fields)

    @property
    def scores(self) -> Scores:
        """The overall scores of all its parts."""
        return reduce(_plus, self.parts.values(), (0,) * len(SCORES))


@dataclass(frozen=True)
class Detail:
    """What people of some blocks said beside the overall score: sums for the index and its factors.

    None where it is not told. The index is told only together with all its factors: otherwise it would tell,
    less those shown, the one that is not.
    """

    fields: tuple[str, ...]
    index: Cluster | None
    factors: tuple[Cluster | None, ...]
    ratings: tuple[Scores | None, ...]

    @property
    def label(self) -> str:
        """What files call it."""
        return label(self.fields)


@dataclass(frozen=True)
class Published:
    """What is published of one unit."""

    blocks: tuple[Block, ...] = ()
    details: tuple[Detail, ...] = ()

    @property
    def tally(self) -> Tally:
        """All of it pooled: every overall score, and the ratings that are told."""
        scores = reduce(_plus, (block.scores for block in self.blocks), (0,) * len(SCORES))
        index = reduce(add, (one.index for one in self.details if one.index), Cluster())
        factors = (
            reduce(add, (cluster for one in self.details if (cluster := one.factors[place])), Cluster())
            for place in range(len(FACTORS))
        )
        return Tally(scores, index, tuple(factors))


def label(fields: tuple[str, ...]) -> str:
    """What files call a block of these fields."""
    return fields[0] if len(fields) == 1 else OTHER_FIELDS


def of_unit(pool: Pool) -> Published | None:
    """What of a unit's pool is published; None where all of it together is too little and is carried over."""
    by_field = {code: reduce(add, channels.values(), Counts()) for code, channels in pool.items()}
    groups = merged({code: counts.tally.responses for code, counts in by_field.items()}, FEWEST)
    if not groups:
        return None
    blocks = tuple(Block(group, _parts([pool[code] for code in group])) for group in groups)
    return Published(blocks, tuple(_details(blocks, by_field)))


def _parts(channels: Iterable[Mapping[str, Counts]]) -> dict[str, Scores]:
    """A block's overall scores by channel where no channel has too few, else all together."""
    found: dict[str, Scores] = {}
    for one in channels:
        for channel, counts in one.items():
            if counts.tally.responses:
                found[channel] = _plus(found.get(channel, (0,) * len(SCORES)), counts.tally.scores)
    if may_be_split({channel: sum(scores) for channel, scores in found.items()}, FEWEST):
        return dict(sorted(found.items()))
    return {MIXED: reduce(_plus, found.values())}


def _details(blocks: Iterable[Block], by_field: Mapping[str, Counts]) -> Iterable[Detail]:
    """Blocks of which all is told, and the others put together until all may be told of them.

    Where that fails for everything together, the factors are told that may be, and no index.
    """
    counted = {block.fields: reduce(add, (by_field[code] for code in block.fields)) for block in blocks}
    alone = [fields for fields, counts in counted.items() if _all_enough(counts)]
    together = [fields for fields in counted if fields not in alone]
    alone.sort(key=lambda fields: -counted[fields].tally.responses)
    pooled = reduce(add, (counted[fields] for fields in together), Counts())
    while together and alone and not _all_enough(pooled):
        together.append(alone.pop())
        pooled = pooled + counted[together[-1]]
    yield from (_detail(fields, counted[fields]) for fields in counted if fields in alone)
    if together:
        yield _detail(tuple(code for fields in counted if fields in together for code in fields), pooled)


def _all_enough(counts: Counts) -> bool:
    return all(map(is_enough, counts.people))


def is_enough(people: int) -> bool:
    """Whether so many may be told apart from the rest; of nobody there is nothing to tell."""
    return not people or people >= FEWEST


def _detail(fields: tuple[str, ...], counts: Counts) -> Detail:
    shown = [is_enough(cluster.citizens) for cluster in counts.tally.factors]
    index = counts.tally.index if _all_enough(counts) else None
    factors = tuple(one if is_shown else None for one, is_shown in zip(counts.tally.factors, shown, strict=True))
    ratings = tuple(one if is_shown else None for one, is_shown in zip(counts.ratings, shown, strict=True))
    return Detail(fields, index, factors, ratings)


def taken_out(block: Block, doubtful: Mapping[str, int]) -> dict[str, bool]:
    """Which parts of a block a correction changes, of the number of doubtful responses in each channel.

    By channel (or MIXED): False where the doubtful alone are taken out, True where the rest of the part goes with
    them, because fewer than ten would be left. A part with fewer than ten doubtful responses stays as it is.
    """
    numbers = {part: sum(doubtful.values()) if part == MIXED else doubtful.get(part, 0) for part in block.parts}
    left = {part: sum(scores) - numbers[part] for part, scores in block.parts.items()}
    return {part: 0 < left[part] < FEWEST for part, number in numbers.items() if number >= FEWEST}


def corrected(before: Published, pool: Pool) -> Published:
    """What is published of a unit after some responses were taken out of its parts; `pool` holds what is left.

    Raises ValueError where fewer than ten would be taken out of a part, or left in it.
    """
    blocks = tuple(block for one in before.blocks if (block := _corrected_block(one, pool)).parts)
    by_field = {code: reduce(add, channels.values(), Counts()) for code, channels in pool.items()}
    details = (_corrected_detail(one, by_field) for one in before.details)
    return Published(blocks, tuple(one for one in details if one))


def _corrected_block(before: Block, pool: Pool) -> Block:
    left: dict[str, Scores] = dict.fromkeys(before.parts, (0,) * len(SCORES))
    for code in before.fields:
        for channel, counts in pool.get(code, {}).items():
            part = channel if MIXED not in left else MIXED
            left[part] = _plus(left[part], counts.tally.scores)
    for part, scores in before.parts.items():
        if not (is_enough(sum(scores) - sum(left[part])) and is_enough(sum(left[part]))):
            raise ValueError(f"too few taken out of {before.label}, {part}, or left in it")
    return replace(before, parts={part: scores for part, scores in left.items() if sum(scores)})


def _corrected_detail(before: Detail, by_field: Mapping[str, Counts]) -> Detail | None:
    """The same of who is left; nothing any more where that or what was taken out is too few of any of it."""
    counts = reduce(add, (by_field[code] for code in before.fields if code in by_field), Counts())
    after = _detail(before.fields, counts)
    told = [(before.index, after.index), *zip(before.factors, after.factors, strict=True)]
    if any(was and not (now and is_enough(was.citizens - now.citizens)) for was, now in told):
        return None
    is_told = [one is not None for one in before.factors]
    return Detail(
        before.fields,
        after.index if before.index else None,
        tuple(one if shown else None for one, shown in zip(after.factors, is_told, strict=True)),
        tuple(one if shown else None for one, shown in zip(after.ratings, is_told, strict=True)),
    )


def together(several: Iterable[Published]) -> Published:
    """What was published of one unit in several periods that do not overlap, as sums of whole parts."""
    blocks: dict[str, Block] = {}
    details: list[Detail] = []
    for one in several:
        for block in one.blocks:
            kept = blocks.get(block.label, Block((), {}))
            fields = tuple(dict.fromkeys((*kept.fields, *block.fields)))
            parts = {
                part: _plus(kept.parts.get(part, (0,) * len(SCORES)), block.parts.get(part, (0,) * len(SCORES)))
                for part in sorted({*kept.parts, *block.parts})
            }
            blocks[block.label] = Block(fields, parts)
        details += one.details
    return Published(tuple(blocks.values()), tuple(details))


def _plus(one: Scores, other: Scores) -> Scores:
    return tuple(map(add, one, other))

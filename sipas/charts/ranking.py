"""The chart of a ranking: every unit with its rank, the range of it, its figure and interval, in three bands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sipas.charts import drawing
from sipas.charts.drawing import Group, RankMark, Ranks
from sipas.charts.rank_words import band_name, description, span
from sipas.charts.words import Say, plain, source, speaker, whole
from sipas.core import formats
from sipas.core.languages import named, own_parts
from sipas.numbers.standings import SMALLEST_RANKED
from sipas.reporting.rankings import BY, Ranking, RankLine

MOST_DRAWN = 120
"""A picture shows no more units than can be read; of more it shows each band's first and last."""

_MOST_OF_A_BAND = MOST_DRAWN // 4
_LOW_ENOUGH = 0.55
"""Where no interval reaches below this, the axis may begin at one half, and says so."""

WIDE = drawing.Paper(640)
"""As a report's page is wide; it grows with its rows."""


def picture(found: Ranking, language: str) -> Ranks:
    """All that the chart shows."""
    gettext = speaker(language)
    shares = [line.figure for line in found.lines if line.figure]
    floor = 0.5 if shares and min(share.low for share in shares) > _LOW_ENOUGH else 0.0
    return Ranks(
        title=title(found, language),
        subject=plain(named(found.question.root, language)),
        base=base(found, language),
        groups=_groups(found, language),
        floor=floor,
        ticks=_ticks(floor, language),
        notes=_notes(found, floor, gettext),
        description=description(found, language),
    )


def title(found: Ranking, language: str) -> str:
    """What is ranked by what."""
    gettext = speaker(language)
    by_index = found.question.by == BY[1]
    return gettext("Units by the index of the five factors") if by_index else gettext("Units by satisfied citizens")


def base(found: Ranking, language: str) -> str:
    """Period, number of responses, and what these were narrowed to."""
    question = found.question
    parts = [formats.period(found.period, language), formats.responses(found.responses, language)]
    if question.field:
        parts.append(named(question.field, language))
    if question.channel:
        parts.append(formats.channel(question.channel, language))
    return plain(" · ".join(parts))


def _ticks(floor: float, language: str) -> tuple[str, ...]:
    step = (1 - floor) / 5
    return (*(f"{round((floor + step * part) * 100)}" for part in range(5)), whole(language))


def _groups(found: Ranking, language: str) -> tuple[Group, ...]:
    short = own_parts(plain(named(line.unit, language)) for line in found.lines)
    headed = [(band_name(band, language), found.bands[band]) for band in found.bands]
    gettext = speaker(language)
    few = gettext("Not ranked: fewer than %(needed)s citizens", needed=SMALLEST_RANKED)
    is_long = len(found.lines) > MOST_DRAWN
    return tuple(
        group
        for heading, lines in (*headed, (few, found.unranked))
        for group in _group(heading, lines, short, language, is_long)
    )


def _group(
    heading: str, lines: Sequence[RankLine], short: Mapping[str, str], language: str, is_long: bool
) -> list[Group]:
    if not lines:
        return []
    heading = f"{heading} ({formats.count(len(lines), language)})"
    rows = [_place(line, short, language) for line in (lines if not is_long else _ends(lines))]
    if len(rows) == len(lines):
        return [Group(heading, tuple(rows))]
    half = len(rows) // 2
    between = formats.words(language).ngettext(
        "%(count)s unit between is left out.", "%(count)s units between are left out.", len(lines) - len(rows)
    )
    left_out = between % {"count": formats.count(len(lines) - len(rows), language)}
    return [Group(heading, tuple(rows[:half]), left_out), Group("", tuple(rows[half:]))]


def _ends(lines: Sequence[RankLine]) -> Sequence[RankLine]:
    if len(lines) <= _MOST_OF_A_BAND:
        return lines
    half = _MOST_OF_A_BAND // 2
    return [*lines[:half], *lines[-half:]]


def _place(line: RankLine, short: Mapping[str, str], language: str) -> RankMark:
    name = short[plain(named(line.unit, language))]
    figure = line.figure
    number = f"n = {formats.count(line.base, language)}"
    rank = f"{formats.count(line.standing.rank, language)} ({span(line.standing, language)})" if line.standing else ""
    if figure is None:
        gettext = speaker(language)
        few = gettext("%(base)s, too few to show", base=number)
        return RankMark(rank, name, "", few if line.base else formats.DASH, None)
    return RankMark(
        rank, name, formats.percent(figure.value, language), number, (figure.low, float(figure.value), figure.high)
    )


def _notes(found: Ranking, floor: float, gettext: Say) -> tuple[str, ...]:
    notes = [
        gettext("Dot: the figure. Line through it: 95%% interval. n: citizens it rests on."),
        gettext(
            "In brackets the range of the rank that chance allows (all pairs tested together, Holm): neighbours whose "
            "ranges overlap cannot be told apart by their ranks."
        ),
    ]
    if floor:
        notes.append(gettext("The axis begins at 50%%."))
    return (*notes, source(found.method, gettext))

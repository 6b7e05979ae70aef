"""A unit's place in a ranking in words, and what a ranking says as a whole."""

from __future__ import annotations

from sipas.charts.words import plain, speaker
from sipas.core import formats
from sipas.core.languages import named
from sipas.numbers.changes import Change
from sipas.numbers.shares import percentage
from sipas.numbers.standings import ABOVE, BELOW, MIDDLE, SMALLEST_RANKED, Band, Standing
from sipas.reporting.rankings import Ranking, RankLine

_TEENS = (11, 12, 13)
_ENDINGS = {1: "st", 2: "nd", 3: "rd"}


def sentence(line: RankLine, language: str) -> str:
    """All that is known of a place: 93.1%, 10th of 13 (8–12), down 0.5 points, no clear change, down 3 places."""
    gettext = speaker(language)
    if line.figure is None:
        return _unknown(line, language)
    figure = formats.percent(line.figure.value, language)
    if line.standing is None:
        return gettext("%(figure)s, %(why)s", figure=figure, why=why_unranked(line, language))
    parts = [figure, _place(line.standing, language), moved(line.change, language)]
    if line.change_rank is not None:
        parts.append(places_moved(line.change_rank, language))
    return ", ".join(parts)


def _unknown(line: RankLine, language: str) -> str:
    gettext = speaker(language)
    if not line.responses:
        return gettext("no responses, not ranked")
    return gettext("%(responses)s, too few to show a figure", responses=formats.responses(line.responses, language))


def why_unranked(line: RankLine, language: str) -> str:
    """Why a unit with a figure is not ranked."""
    gettext = speaker(language)
    return gettext(
        "not ranked: %(base)s of %(needed)s citizens needed",
        base=formats.count(line.base, language),
        needed=SMALLEST_RANKED,
    )


def _place(standing: Standing, language: str) -> str:
    gettext = speaker(language)
    return gettext(
        "%(rank)s of %(of)s (%(range)s)",
        rank=ordinal(standing.rank, language),
        of=formats.count(standing.of, language),
        range=span(standing, language),
    )


def span(standing: Standing, language: str) -> str:
    """The range of a rank: 8–12; one number where chance leaves no doubt."""
    ends = dict.fromkeys((standing.low, standing.high))
    return "–".join(formats.count(one, language) for one in ends)


def ordinal(number: int, language: str) -> str:
    """The number of a place, as it is spoken: 10th; thứ 10."""
    written = formats.count(number, language)
    if language == "en":
        return f"{written}{'th' if number % 100 in _TEENS else _ENDINGS.get(number % 10, 'th')}"
    gettext = speaker(language)
    return gettext("place %(number)s", number=written)


def moved(change: Change | None, language: str) -> str:
    """How a figure changed, and whether that is more than chance."""
    gettext = speaker(language)
    if change is None:
        return gettext("no figure before to compare with")
    size = max(change.value, -change.value)
    if not percentage(size, 1):
        return gettext("the same figure as before")
    points = formats.points(size, language)
    if change.value < 0:
        said = gettext("down %(points)s points", points=points)
    else:
        said = gettext("up %(points)s points", points=points)
    if change.is_real:
        return gettext("%(moved)s, a clear change", moved=said)
    return gettext("%(moved)s, no clear change", moved=said)


def places_moved(places: int, language: str) -> str:
    """How a rank changed: up 3 places."""
    said = formats.words(language)
    if not places:
        return said.gettext("same rank")
    number = abs(places)
    written = {"count": formats.count(number, language)}
    if places > 0:
        return said.ngettext("up %(count)s place", "up %(count)s places", number) % written
    return said.ngettext("down %(count)s place", "down %(count)s places", number) % written


def description(found: Ranking, language: str) -> str:
    """What a ranking says as a whole: how many are ranked, how many stand apart, who leads and who comes last."""
    gettext = speaker(language)
    if not found.of:
        return gettext(
            "No unit has %(needed)s responses in %(period)s, so none is ranked.",
            needed=SMALLEST_RANKED,
            period=formats.period(found.period, language),
        )
    said = [answer(found, language)]
    first, last = found.ranked[0], found.ranked[-1]
    if first is not last:
        said.append(
            gettext(
                "First: %(first)s, %(first_figure)s. Last: %(last)s, %(last_figure)s.",
                first=plain(named(first.unit, language)),
                first_figure=sentence(first, language),
                last=plain(named(last.unit, language)),
                last_figure=sentence(last, language),
            )
        )
    return " ".join(said)


def answer(found: Ranking, language: str) -> str:
    """How many units are ranked, and how many of them stand clearly apart from all others together."""
    counts = {band: formats.count(len(lines), language) for band, lines in found.bands.items()}
    said = formats.words(language).ngettext(
        "%(of)s unit ranked: %(above)s clearly above the others together, %(middle)s not distinguishable from them, "
        "%(below)s clearly below.",
        "%(of)s units ranked: %(above)s clearly above the others together, %(middle)s not distinguishable from them, "
        "%(below)s clearly below.",
        found.of,
    )
    numbers = {"above": counts[ABOVE], "middle": counts[MIDDLE], "below": counts[BELOW]}
    return said % {"of": formats.count(found.of, language), **numbers}


def band_name(band: Band, language: str) -> str:
    """What people call a band."""
    gettext = speaker(language)
    return {
        ABOVE: gettext("Clearly above the others together"),
        MIDDLE: gettext("Not distinguishable from the others together"),
        BELOW: gettext("Clearly below the others together"),
    }[band]

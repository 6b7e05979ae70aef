"""A ranking as files: every kind is made from the same object as the page, so all of them say the same."""

from __future__ import annotations

from collections.abc import Callable

from sipas.charts import drawing, rank_words
from sipas.charts.ranking import WIDE, picture, title
from sipas.charts.words import speaker
from sipas.core import formats
from sipas.core.languages import named
from sipas.files import csv_json
from sipas.files.tables import Cell, Table
from sipas.files.xlsx_writer import to_xlsx
from sipas.numbers.shares import SMALLEST_SHOWN, in_points, per_cent
from sipas.numbers.standings import MIDDLE, SMALLEST_RANKED, Band
from sipas.reporting.rankings import Ranking, RankLine

RANKING_COLUMNS = (
    "rank", "rank_low", "rank_high", "unit_code", "unit", "responses", "satisfaction", "low", "high", "index",
    "change_points", "change_low", "change_high", "change_rank", "band", "period_from", "period_to", "method",
)  # fmt: skip

NOT_DISTINGUISHABLE = "not_distinguishable"


def table(found: Ranking, language: str) -> Table:
    """A ranking as the columns of its files: a row for each unit, the unranked ones last; two decimals.

    `low` and `high` and the change are those of the figure that is ranked by.
    """
    return Table(RANKING_COLUMNS, tuple(_row(found, line, language) for line in found.lines))


def band(of: Band) -> str:
    """What files call a band."""
    return NOT_DISTINGUISHABLE if of == MIDDLE else of


def _row(found: Ranking, line: RankLine, language: str) -> tuple[Cell, ...]:
    standing, figure, change = line.standing, line.figure, line.change
    return (
        *((standing.rank, standing.low, standing.high) if standing else (None, None, None)),
        line.unit.code,
        named(line.unit, language),
        line.responses,
        per_cent(line.satisfaction.value) if line.satisfaction else None,
        *((per_cent(figure.low), per_cent(figure.high)) if figure else (None, None)),
        per_cent(line.index.value) if line.index else None,
        *((in_points(change.value), in_points(change.low), in_points(change.high)) if change else (None, None, None)),
        line.change_rank,
        band(standing.band) if standing else None,
        found.period.start,
        found.period.last_day if found.period.days else None,
        found.method,
    )


def to_csv(found: Ranking, language: str) -> bytes:
    """A row for each unit."""
    return csv_json.to_csv(table(found, language))


def to_json(found: Ranking, language: str) -> bytes:
    """The same rows as objects, each with its sentence, and what they answer."""
    rows = table(found, language)
    sentences = (rank_words.sentence(line, language) for line in found.lines)
    told = Table(
        (*rows.columns, "sentence"), tuple((*row, said) for row, said in zip(rows.rows, sentences, strict=True))
    )
    return csv_json.to_json(told, **about(found, language))


def about(found: Ranking, language: str) -> dict[str, object]:
    """What a ranking answers, as programs read it."""
    question = found.question
    return {
        "unit_code": question.root.code,
        "level": question.level,
        "by": question.by,
        "field_code": question.field.code if question.field else None,
        "channel": question.channel,
        "period": str(question.period),
        "previous_period": str(found.previous) if found.period.days else None,
        "ranked": found.of,
        "bands": {band(each): len(lines) for each, lines in found.bands.items()},
        "answer": rank_words.description(found, language),
        "method": found.method,
    }


def to_workbook(found: Ranking, language: str) -> bytes:
    """The same rows as a sheet, and how to read them."""
    heading = f"{title(found, language)}, {formats.period(found.period, language)}"
    return to_xlsx({"ranking": table(found, language)}, heading, {"method": method(found, language)})


def to_svg(found: Ranking, language: str) -> bytes:
    """The chart, as wide as a page."""
    return drawing.svg(picture(found, language), WIDE)


def to_narrow_svg(found: Ranking, language: str) -> bytes:
    """The chart as a phone shows it."""
    return drawing.svg(picture(found, language))


def to_png(found: Ranking, language: str) -> bytes:
    """The chart for slides and letters."""
    return drawing.png(picture(found, language))


FILES: dict[str, tuple[str, Callable[[Ranking, str], bytes]]] = {
    "csv": ("text/csv; charset=utf-8", to_csv),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", to_workbook),
    "json": ("application/json", to_json),
    "svg": ("image/svg+xml", to_svg),
    "png": ("image/png", to_png),
}
"""Each kind of file with its content type and how it is made."""


def method(found: Ranking, language: str) -> Table:
    """What the figures are about and what the columns mean, in words."""
    gettext = speaker(language)
    question = found.question
    field, channel = question.field, question.channel
    about = [
        (gettext("Unit"), named(question.root, language)),
        (gettext("Ranked by"), gettext("index") if question.by == "index" else gettext("satisfaction")),
        (gettext("Period"), formats.period(question.period, language)),
        (gettext("Days counted"), formats.period(found.period, language)),
        (gettext("Service field"), named(field, language) if field else gettext("All fields")),
        (gettext("Channel"), formats.channel(channel, language) if channel else gettext("All channels")),
        (gettext("Method"), found.method),
    ]
    return Table((gettext("What"), gettext("Meaning")), (*about, *_columns(language)))


def _columns(language: str) -> list[tuple[str, str]]:
    gettext = speaker(language)
    return [
        (
            "rank",
            gettext(
                "Place by the unrounded figure; equal ones share it. Empty below %(needed)s citizens.",
                needed=SMALLEST_RANKED,
            ),
        ),
        (
            "rank_low, rank_high",
            gettext(
                "From 1 + units significantly better to all ranked less those significantly worse (all pairs tested "
                "together, Holm, 5%%)."
            ),
        ),
        ("low, high", gettext("95%% interval of the figure that is ranked by, per cent.")),
        (
            "change_points, change_low, change_high",
            gettext(
                "Difference of that figure to the previous period of equal length, in points, with its interval "
                "(Newcombe, Holm)."
            ),
        ),
        ("change_rank", gettext("Places up (negative: down) since that period.")),
        ("band", gettext("Against all other ranked units pooled: above, not_distinguishable, below (Holm, 5%%).")),
        (gettext("empty cell"), gettext("No data, or fewer than %(smallest)s responses.", smallest=SMALLEST_SHOWN)),
    ]

"""The chart of service fields: which need attention, each with its interval and its base."""

from __future__ import annotations

from sipas.charts import drawing
from sipas.charts.drawing import DotRow, Dots
from sipas.charts.words import TICKS, Say, base, change_in_words, changed, plain, source, speaker, whole
from sipas.core import formats
from sipas.core.languages import named
from sipas.files.tables import Table
from sipas.numbers.shares import SMALLEST_SHOWN, Share
from sipas.reporting import report_lines
from sipas.reporting.report_lines import Line
from sipas.reporting.reports import Report


def by_attention(found: Report) -> tuple[Line, ...]:
    """The lines of a report, those that need attention first."""
    return report_lines.by_attention(found.lines)


def report_svg(found: Report, language: str) -> bytes:
    """A report's fields as dots with their 95 % intervals on one axis, as an SVG file (360 points wide).

    The same figures in the same language give the same bytes, and are drawn once.
    """
    return drawing.svg(picture(found, language))


def description(found: Report, language: str) -> str:
    """The chart's finding in words: the total, the weakest and the strongest field, each with its base."""
    gettext = speaker(language)
    sentences = [f"{plain(named(found.unit, language))}, {formats.period(found.period, language)}:"]
    sentences += [_total(found.total, language, gettext), *_ends(found, language, gettext)]
    hidden = sum(line.is_too_few for line in found.lines)
    if hidden and found.total.satisfaction:
        sentences.append(gettext("Fields with too few responses to show: %(fields)s.", fields=hidden))
    return " ".join(sentences)


def _total(total: Line, language: str, gettext: Say) -> str:
    if share := total.satisfaction:
        return gettext(
            "%(percent)s of %(responses)s satisfied (95%% interval %(interval)s).",
            percent=formats.percent(share.value, language),
            responses=formats.responses(share.total, language),
            interval=formats.interval(share, language),
        )
    if total.responses:
        return gettext(
            "%(responses)s, too few to show a figure.", responses=formats.responses(total.responses, language)
        )
    return gettext("no responses.")


def _ends(found: Report, language: str, gettext: Say) -> list[str]:
    """The fields that are surely lowest and surely highest, where there are two to compare."""
    shown = [(line, share) for line in by_attention(found) if (share := line.satisfaction)]
    if len(shown) < 2:
        return []
    strongest = max(shown, key=lambda pair: pair[1].low)
    weakest = next(pair for pair in shown if pair is not strongest)
    return [
        gettext("Needs attention first: %(field)s.", field=_finding(*weakest, language)),
        gettext("Strongest: %(field)s.", field=_finding(*strongest, language)),
    ]


def _finding(line: Line, share: Share, language: str) -> str:
    gettext = speaker(language)
    return gettext(
        "%(name)s, %(percent)s of %(responses)s",
        name=plain(named(line.field, language)),
        percent=formats.percent(share.value, language),
        responses=formats.responses(share.total, language),
    )


def picture(found: Report, language: str) -> Dots:
    """All that the chart shows."""
    gettext = speaker(language)
    return Dots(
        title=gettext("Satisfied citizens by service field"),
        subject=plain(named(found.unit, language)),
        base=base(found.question, found.period, found.total.responses, language),
        total=_row(found.total, gettext("Total"), language),
        rows=tuple(_row(line, named(line.field, language), language) for line in by_attention(found)),
        ticks=(*TICKS, whole(language)),
        notes=_notes(found, gettext),
        description=description(found, language),
    )


def _notes(found: Report, gettext: Say) -> tuple[str, ...]:
    return (
        gettext(
            "Dot: share of responses that rated the visit 4 or 5 of 5. Line through it: 95%% interval. "
            "Upright line: the total."
        ),
        gettext(
            "Order: what fell beyond chance, then the lowest upper end of the interval. "
            "Below %(smallest)s responses no figure is shown.",
            smallest=SMALLEST_SHOWN,
        ),
        source(found.method, gettext),
    )


def _row(line: Line, name: str, language: str) -> DotRow:
    share = line.satisfaction
    number = f"n = {formats.count(line.responses, language)}"
    if share is None:
        gettext = speaker(language)
        few = gettext("%(base)s, too few to show", base=number)
        return DotRow(plain(name), "", few if line.responses else formats.DASH, None)
    at = (share.low, float(share.value), share.high)
    return DotRow(plain(name), formats.percent(share.value, language), number, at, *changed(line.change, language))


def table(found: Report, language: str) -> Table:
    """The same figures as a table in words."""
    gettext = speaker(language)
    columns = (
        gettext("Service field"),
        gettext("Responses"),
        gettext("Satisfied"),
        gettext("95%% interval"),
        gettext("Change, points"),
    )
    lines_shown = ((named(line.field, language), line) for line in by_attention(found))
    rows = (
        (
            name,
            formats.count(line.responses, language),
            formats.percent(line.satisfaction.value if line.satisfaction else None, language),
            formats.interval(line.satisfaction, language) if line.satisfaction else formats.DASH,
            change_in_words(line.change, language),
        )
        for name, line in (*lines_shown, (gettext("Total"), found.total))
    )
    return Table(columns, tuple(rows))

"""Reports: the one object from which a page, its chart and every file take their figures."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta, tzinfo
from fractions import Fraction

from sipas import dossiers, periods, places, tallies
from sipas.dossiers import Dossiers
from sipas.i18n import named
from sipas.periods import Period
from sipas.places import ServiceField, Unit
from sipas.statistics import (
    FACTORS,
    METHOD,
    Cluster,
    Share,
    Tally,
    is_too_few,
    percentage,
    pooled,
    proportion,
)


@dataclass(frozen=True)
class Question:
    """What a report is asked: which unit's subtree, which period, and perhaps one field and one channel."""

    unit: Unit
    period: Period
    field: ServiceField | None = None
    channel: str | None = None


@dataclass(frozen=True)
class Line:
    """One line of a report: a service field, or the total where `field` is None.

    Every figure is None where there is no data or too few responses to show it.
    """

    field: ServiceField | None
    tally: Tally
    dossiers: Dossiers | None = None

    @property
    def responses(self) -> int:
        """The base: how many responses."""
        return self.tally.responses

    @property
    def is_too_few(self) -> bool:
        """Whether there are responses, but too few to show a figure."""
        return self.responses > 0 and is_too_few(self.responses)

    @property
    def satisfaction(self) -> Share | None:
        """Responses that were satisfied overall, out of all."""
        return None if is_too_few(self.responses) else proportion(self.tally.satisfied, self.responses)

    @property
    def index(self) -> Share | None:
        """Satisfied ratings out of the valid ones, pooled over the five factors."""
        return _shown(self.tally.index)

    @property
    def factors(self) -> tuple[Share | None, ...]:
        """The same for each factor, in the order of `FACTORS`."""
        return tuple(_shown(sums) for sums in self.tally.factors)

    @property
    def scores(self) -> tuple[int, ...] | None:
        """How many gave each overall score, 1 first."""
        return None if is_too_few(self.responses) else self.tally.scores

    @property
    def response_rate(self) -> Fraction | None:
        """Responses out of dossiers finished (it can exceed 1: visitors without a dossier answer too)."""
        return Fraction(self.responses, self.dossiers.finished) if self.dossiers and self.dossiers.finished else None

    @property
    def on_time_rate(self) -> Fraction | None:
        """Dossiers on time out of those finished."""
        if self.dossiers is None or not self.dossiers.finished:
            return None
        return Fraction(self.dossiers.on_time, self.dossiers.finished)


@dataclass(frozen=True)
class Part:
    """A part of the total: how many responses, and their share where it may be shown."""

    responses: int
    satisfaction: Share | None


@dataclass(frozen=True)
class Apart:
    """The total taken apart: what staff typed in from paper, and everything else."""

    paper: Part
    others: Part


@dataclass(frozen=True)
class Report:
    """The answer to a question: a line for each field and the total.

    `period` is the part of the asked period whose days have closed; it may be empty. `apart` is there where
    some of the responses, of all channels, came on paper.
    """

    question: Question
    period: Period
    lines: tuple[Line, ...]
    total: Line
    apart: Apart | None = None
    method: str = METHOD

    @property
    def unit(self) -> Unit:
        """The unit whose subtree was asked about."""
        return self.question.unit

    @property
    def is_unfinished(self) -> bool:
        """Whether days of the asked period are still to come, or not yet open to staff."""
        return self.period != self.question.period


@dataclass(frozen=True)
class Table:
    """Columns and rows of plain values for a file; a cell without data is None."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str | int | float | date | None, ...], ...]


def last_closed_day(today: date, delay_days: int) -> date:
    """The last local day whose figures staff may see, so that nobody learns what the one who just left answered."""
    return today - timedelta(days=delay_days)


def today(zone: tzinfo) -> date:
    """The local day it is now."""
    return periods.local_day(periods.now(), zone)


def report(question: Question, last_day: date) -> Report:
    """Count and compute what a question asks, over days up to and including `last_day`."""
    period = question.period.until(last_day)
    field_id = question.field.id if question.field else None
    counted = tallies.by_field(question.unit.id, period, question.channel, field_id)
    known = _known_dossiers(question, period)
    lines = tuple(
        Line(field, counted.get(field.id, Tally()), known.get(field.id)) for field in _listed(question, counted)
    )
    total = _total(lines)
    return Report(question, period, lines, total, _apart(question, period, total))


def _apart(question: Question, period: Period, total: Line) -> Apart | None:
    """Paper forms alone and all others alone; either is shown only where both may be.

    With the total beside it, a figure of the one part would tell the other, however few they are.
    """
    if question.channel:
        return None
    field_id = question.field.id if question.field else None
    counted = tallies.by_field(question.unit.id, period, "paper", field_id)
    number = sum(one.responses for one in counted.values())
    if not number:
        return None
    satisfied, others = sum(one.satisfied for one in counted.values()), total.responses - number
    if any(is_too_few(one) for one in (number, others) if one):
        return Apart(Part(number, None), Part(others, None))
    rest = proportion(total.tally.satisfied - satisfied, others)
    return Apart(Part(number, proportion(satisfied, number)), Part(others, rest))


def _listed(question: Question, counted: Collection[int]) -> list[ServiceField]:
    """The fields with a line: the one asked for, or all that are open or have responses."""
    if question.field:
        return [question.field]
    return [
        field
        for field in places.fields()
        if field.id in counted or (field.closed_on is None and field.code != places.OTHER_FIELD)
    ]


def _total(lines: Iterable[Line]) -> Line:
    tally, pooled_dossiers, all_known = Tally(), Dossiers(), True
    for line in lines:
        tally += line.tally
        if line.dossiers:
            pooled_dossiers += line.dossiers
        elif line.responses and line.field and line.field.code != places.OTHER_FIELD:
            all_known = False
    return Line(None, tally, pooled_dossiers if all_known and pooled_dossiers.finished else None)


def _known_dossiers(question: Question, period: Period) -> dict[int, Dossiers]:
    """Dossiers by field, only where they cover the same units and months as the responses.

    Counts come by the month and for all channels, so a period that cuts a month or a single channel has
    none. Every unit where touchpoints hang must have counts for every month begun, itself or in a unit
    above it within the one asked about (a reception point's dossiers are its centre's).
    """
    if question.channel or not question.period.is_whole_months or not period.days:
        return {}
    unit_ids, months = places.subtree(question.unit.id), len(list(period.months()))
    loaded = dossiers.months_loaded(unit_ids, period)
    complete = {unit_id for unit_id, number in loaded.items() if number == months}
    above = places.above(places.serving(unit_ids))
    is_covered = all(complete.intersection(chain) for chain in above.values())
    return dossiers.by_field(unit_ids, period) if is_covered else {}


def _shown(sums: Cluster) -> Share | None:
    return None if is_too_few(sums.citizens) else pooled(sums)


REPORT_COLUMNS = (
    "unit_code", "unit", "field_code", "field", "agency", "period_from", "period_to", "responses", "satisfied",
    "satisfaction", "low", "high", "index", "index_low", "index_high", *FACTORS, "dossiers", "response_rate",
    "on_time_rate", "method",
)  # fmt: skip


def table(found: Report, language: str, total_name: str) -> Table:
    """A report as the columns of its files: a row for each field, then the total; per cent with two decimals."""
    return Table(REPORT_COLUMNS, tuple(_row(found, line, language, total_name) for line in (*found.lines, found.total)))


def apart(found: Report) -> dict[str, dict[str, int | float | None]] | None:
    """What stands beside the rows in a file that has room for it: paper forms and all others, each alone."""
    if found.apart is None:
        return None
    return {"paper": _part(found.apart.paper), "others": _part(found.apart.others)}


def _part(part: Part) -> dict[str, int | float | None]:
    share = part.satisfaction
    satisfaction, low, high = _cells(share)
    return {
        "responses": part.responses,
        "satisfied": share.satisfied if share else None,
        "satisfaction": satisfaction,
        "low": low,
        "high": high,
    }


def _row(found: Report, line: Line, language: str, total_name: str) -> tuple[str | int | float | date | None, ...]:
    field, agency = line.field, line.field and line.field.agency
    return (
        found.unit.code,
        named(found.unit, language),
        field.code if field else "total",
        named(field, language) if field else total_name,
        named(agency, language) if agency else None,
        found.period.start,
        found.period.last_day if found.period.days else None,
        line.responses,
        line.satisfaction.satisfied if line.satisfaction else None,
        *_cells(line.satisfaction),
        *_cells(line.index),
        *(_cell(factor.value if factor else None) for factor in line.factors),
        line.dossiers.finished if line.dossiers else None,
        _cell(line.response_rate),
        _cell(line.on_time_rate),
        found.method,
    )


def _cells(share: Share | None) -> tuple[float | None, float | None, float | None]:
    return (_cell(share.value), _cell(share.low), _cell(share.high)) if share else (None, None, None)


def _cell(ratio: Fraction | float | None) -> float | None:
    return None if ratio is None else float(percentage(ratio, 2))

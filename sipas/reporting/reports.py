"""Reports: the one object from which a page, its chart and every file take their figures."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta, tzinfo
from functools import reduce
from operator import add

from sipas.catalogue import lookups, models
from sipas.catalogue.models import Agency, ServiceField, Touchpoint, Unit
from sipas.dossiers import dossier_counts
from sipas.dossiers.dossier_counts import Dossiers
from sipas.numbers import changes, periods
from sipas.numbers.changes import Change
from sipas.numbers.periods import Period
from sipas.numbers.shares import METHOD, Tally, is_too_few, proportion
from sipas.numbers.weighting import Stratum, Weighted, weighted
from sipas.reporting.report_lines import AgencyLine, Aside, Earlier, Line, LinePart, PaperApart, factors, satisfaction
from sipas.responses import tally_reads
from sipas.responses.tally_reads import Both, TallyRequest

LONGEST_WITH_DOSSIERS = 10 * 366
"""Days of a period that dossiers are counted for: further back nobody has loaded any."""

HANDLED = ("own", "vertical")
"""Who handles a field: the unit's own house, or an agency of another line of authority."""


@dataclass(frozen=True)
class ReportRequest:
    """What a report is asked: which unit's subtree, which period, and perhaps only some of its responses.

    `handled` narrows it to fields of the unit's own house or of vertical agencies, `agency` to those of one.
    """

    unit: Unit
    period: Period
    field: ServiceField | None = None
    channel: str | None = None
    touchpoint: Touchpoint | None = None
    agency: Agency | None = None
    handled: str | None = None
    language: str | None = None

    @property
    def is_narrowed(self) -> bool:
        """Whether only some responses of the unit and period are asked for, other than by field or agency."""
        return (self.channel, self.touchpoint, self.language) != (None, None, None)


@dataclass(frozen=True)
class Report:
    """The answer to a question: a line for each field and the total.

    `period` is the part of the asked period whose days have closed; it may be empty. `apart` is there where
    some of the responses, of all channels, came on paper; `aside` where some were set aside, which no other
    figure counts; `weighted` where dossier counts are loaded. `before` is what the total is held against, and
    `factor_changes` are those of its factors.
    """

    question: ReportRequest
    period: Period
    lines: tuple[Line, ...]
    total: Line
    before: Earlier = field(default_factory=Earlier)
    factor_changes: tuple[Change | None, ...] = ()
    agencies: tuple[AgencyLine, ...] = ()
    handled: tuple[tuple[str, Line], ...] = ()
    apart: PaperApart | None = None
    aside: Aside | None = None
    weighted: Weighted | None = None
    method: str = METHOD

    @property
    def unit(self) -> Unit:
        """The unit whose subtree was asked about."""
        return self.question.unit

    @property
    def is_unfinished(self) -> bool:
        """Whether days of the asked period are still to come, or not yet open to staff."""
        return self.period != self.question.period

    @property
    def previous(self) -> Period:
        """The period of equal length that changes are counted against."""
        return self.period.previous()

    @property
    def year_before(self) -> Period:
        """The same days a year before."""
        return self.period.year_before()


def last_closed_day(today: date, delay_days: int) -> date:
    """The last local day whose figures staff may see, so that nobody learns what the one who just left answered."""
    return today - timedelta(days=delay_days)


def today(zone: tzinfo) -> date:
    """The local day it is now."""
    return periods.local_day(periods.now(), zone)


def report(question: ReportRequest, last_day: date) -> Report:
    """Count and compute what a question asks, over days up to and including `last_day`."""
    period = question.period.until(last_day)
    asked = lookups.fields()
    counted = tally_reads.by_field(wanted(question, period, asked))
    earlier = _earlier(question, period, asked)
    known = _known_dossiers(question, period)
    lines = _lines(_listed(question, asked, counted), counted, earlier, known)
    before = reduce(add, earlier.values(), Earlier())
    total = _with_changes(_total(lines), before)
    return Report(
        question,
        period,
        lines,
        total,
        before,
        tuple(changes.changes(list(zip(total.factors, factors(before.previous), strict=True)))),
        _agencies(lines, earlier),
        _handled(lines, earlier),
        _apart(question, period, asked, total),
        _aside(counted.values(), total),
        _weighted(lines) if known else None,
    )


def wanted(question: ReportRequest, period: Period, asked: Iterable[ServiceField]) -> TallyRequest:
    """Which counts a question is about, in a part of its period; `asked` are all service fields."""
    return TallyRequest(
        question.unit.id,
        period,
        _field_ids(question, asked),
        question.channel,
        question.language,
        question.touchpoint.id if question.touchpoint else None,
    )


def _field_ids(question: ReportRequest, asked: Iterable[ServiceField]) -> tuple[int, ...] | None:
    """The fields that a question narrows its responses to; None where to none."""
    if question.field:
        return (question.field.id,)
    if question.agency or question.handled:
        return tuple(field.id for field in asked if _is_handled(field, question))
    return None


def _is_handled(field: ServiceField, question: ReportRequest) -> bool:
    if field.agency is None or (question.agency and field.agency.id != question.agency.id):
        return False
    return question.handled is None or question.handled == HANDLED[field.agency.is_vertical]


def _earlier(question: ReportRequest, period: Period, asked: Iterable[ServiceField]) -> dict[int, Earlier]:
    """What was counted by field in the two periods that this one is held against."""
    if not period.days:
        return {}
    previous = tally_reads.by_field(wanted(question, period.previous(), asked))
    year_before = tally_reads.by_field(wanted(question, period.year_before(), asked), with_factors=False)
    nothing = Both()
    return {
        field_id: Earlier(previous.get(field_id, nothing).stand, year_before.get(field_id, nothing).stand)
        for field_id in {*previous, *year_before}
    }


def _lines(
    listed: Iterable[ServiceField],
    counted: Mapping[int, Both],
    earlier: Mapping[int, Earlier],
    known: Mapping[int, Dossiers],
) -> tuple[Line, ...]:
    """A line for each field; their changes are tested together, for they are read together."""
    lines = [Line(field, counted.get(field.id, Both()).stand, known.get(field.id)) for field in listed]
    return _all_with_changes(lines, [earlier.get(line.field.id, Earlier()) for line in lines if line.field])


def _all_with_changes(lines: Iterable[Line], earlier: Iterable[Earlier]) -> tuple[Line, ...]:
    pairs = list(zip(lines, earlier, strict=True))
    since = changes.changes([(line.satisfaction, satisfaction(before.previous)) for line, before in pairs])
    in_year = changes.changes([(line.satisfaction, satisfaction(before.year_before)) for line, before in pairs])
    found = zip(pairs, since, in_year, strict=True)
    return tuple(replace(line, change=change, year_change=year) for (line, _), change, year in found)


def _with_changes(line: Line, earlier: Earlier) -> Line:
    return _all_with_changes([line], [earlier])[0]


def _listed(question: ReportRequest, asked: Iterable[ServiceField], counted: Collection[int]) -> list[ServiceField]:
    """The fields with a line: those asked for, or all that are open or have responses."""
    if question.field:
        return [question.field]
    narrowed = _field_ids(question, asked)
    return [
        field
        for field in asked
        if (narrowed is None or field.id in narrowed)
        and (field.id in counted or (field.closed_on is None and field.code != models.OTHER_FIELD))
    ]


def _total(lines: Iterable[Line]) -> Line:
    tally, pooled_dossiers, all_known = Tally(), Dossiers(), True
    for line in lines:
        tally += line.tally
        if line.dossiers:
            pooled_dossiers += line.dossiers
        elif line.responses and line.field and line.field.code != models.OTHER_FIELD:
            all_known = False
    return Line(None, tally, pooled_dossiers if all_known and pooled_dossiers.finished else None)


def _agencies(lines: Iterable[Line], earlier: Mapping[int, Earlier]) -> tuple[AgencyLine, ...]:
    """The lines pooled by who handles their fields, the unit's own first; one without responses is left out."""
    groups: dict[int, list[Line]] = {}
    for line in lines:
        if line.field and line.responses:
            groups.setdefault(line.field.agency_id or 0, []).append(line)
    found = [(_agency_of(group), group) for group in groups.values()]
    found.sort(key=lambda one: (one[0] is None, one[0] is not None and one[0].is_vertical, one[0].id if one[0] else 0))
    pooled = _pooled([group for _, group in found], earlier)
    return tuple(AgencyLine(agency, line) for (agency, _), line in zip(found, pooled, strict=True))


def _agency_of(group: Iterable[Line]) -> Agency | None:
    field = next(iter(group)).field
    return field.agency if field else None


def _handled(lines: Collection[Line], earlier: Mapping[int, Earlier]) -> tuple[tuple[str, Line], ...]:
    """The lines pooled into the unit's own and the vertical agencies', each where there are responses."""
    groups = {
        name: [
            line
            for line in lines
            if line.responses and line.field and line.field.agency and line.field.agency.is_vertical is is_vertical
        ]
        for name, is_vertical in zip(HANDLED, (False, True), strict=True)
    }
    found = {name: group for name, group in groups.items() if group}
    return tuple(zip(found, _pooled(list(found.values()), earlier), strict=True))


def _pooled(groups: Collection[list[Line]], earlier: Mapping[int, Earlier]) -> tuple[Line, ...]:
    before = [
        reduce(add, (earlier.get(line.field.id, Earlier()) for line in group if line.field), Earlier())
        for group in groups
    ]
    return _all_with_changes([_total(group) for group in groups], before)


def _apart(question: ReportRequest, period: Period, asked: Iterable[ServiceField], total: Line) -> PaperApart | None:
    """Paper forms alone and all others alone; either is shown only where both may be.

    With the total beside it, a figure of the one part would tell the other, however few they are.
    """
    if question.channel:
        return None
    counted = tally_reads.by_field(replace(wanted(question, period, asked), channel="paper"), with_factors=False)
    number = sum(one.stand.responses for one in counted.values())
    if not number:
        return None
    satisfied, others = sum(one.stand.satisfied for one in counted.values()), total.responses - number
    if any(is_too_few(one) for one in (number, others) if one):
        return PaperApart(LinePart(number, None), LinePart(others, None))
    rest = proportion(total.tally.satisfied - satisfied, others)
    return PaperApart(LinePart(number, proportion(satisfied, number)), LinePart(others, rest))


def _aside(counted: Iterable[Both], total: Line) -> Aside | None:
    """How many responses were set aside, and what the total would be with them."""
    aside = reduce(add, (one.aside for one in counted), Tally())
    if not aside.responses:
        return None
    is_hidden = is_too_few(aside.responses) or is_too_few(total.responses)
    return Aside(aside.responses, None if is_hidden else replace(total, tally=total.tally + aside))


def _weighted(lines: Iterable[Line]) -> Weighted | None:
    known = [(line.dossiers.finished, line.tally) for line in lines if line.dossiers]
    strata = [Stratum(finished, tally.satisfied, tally.responses) for finished, tally in known]
    responses = sum(one.responses for one in strata)
    return None if is_too_few(responses) else weighted(strata, sum(one.dossiers for one in strata))


def _known_dossiers(question: ReportRequest, period: Period) -> dict[int, Dossiers]:
    """Dossiers by field, only where they cover the same units and months as the responses.

    Counts come by the month and for all channels, so a period that cuts a month or only some responses have
    none; nor has a period of which some counts are missing (`dossiers.missing`).
    """
    if question.is_narrowed or not question.period.is_whole_months or not 0 < period.days <= LONGEST_WITH_DOSSIERS:
        return {}
    if dossier_counts.missing(question.unit, period):
        return {}
    return dossier_counts.by_field(lookups.subtree(question.unit.id), period)

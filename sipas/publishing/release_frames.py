"""What stands in a release beside its figures: names of units and fields, dossiers, which questions were asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from datetime import date
from functools import reduce
from operator import add

from sqlalchemy import or_, select

from sipas.catalogue import lookups
from sipas.catalogue.models import ServiceField, Unit
from sipas.catalogue.questionnaires import Questionnaire
from sipas.core.db import db
from sipas.core.languages import sort_key
from sipas.dossiers import dossier_counts
from sipas.numbers import periods
from sipas.numbers.periods import Period
from sipas.numbers.publishable_blocks import FEWEST, Counts, Published, is_enough, together
from sipas.publishing import release_documents, releases
from sipas.publishing.claims import Counted
from sipas.publishing.release_documents import Frame, Place
from sipas.publishing.releases import Document
from sipas.responses import tally_reads
from sipas.responses.models import Response
from sipas.responses.tally_reads import TallyRequest


def direct(province: Unit) -> dict[int, int]:
    """Under which unit of the first level below the province each unit stands now; the province for itself."""
    parents = {row[0]: row[1] for row in db.session.execute(select(Unit.id, Unit.parent_id))}

    def highest(unit_id: int) -> int:
        above = parents[unit_id]
        return unit_id if above is None or above == province.id else highest(above)

    return {unit_id: highest(unit_id) for unit_id in parents}


def pools(counted: Counted, tree: Mapping[int, int]) -> dict[int, dict[str, dict[str, Counts]]]:
    """What was counted, by unit that it is told under, field code and channel, in the order of the codes."""
    codes = {field.id: field.code for field in lookups.fields()}
    found: dict[int, dict[str, dict[str, Counts]]] = {}
    for (unit_id, field_id, channel), counts in sorted(counted.cells.items(), key=lambda cell: codes[cell[0][1]]):
        channels = found.setdefault(tree[unit_id], {}).setdefault(codes[field_id], {})
        channels[channel] = channels.get(channel, Counts()) + counts
    return found


def since(counted: Counted, tree: Mapping[int, int], period: Period) -> dict[int, str]:
    """The first month of those units' responses that were carried over from before a period, as 2026-04."""
    firsts: dict[int, date] = {}
    for unit_id, day in counted.first_days.items():
        firsts[tree[unit_id]] = min(day, firsts.get(tree[unit_id], day))
    return {place_id: f"{day:%Y-%m}" for place_id, day in firsts.items() if day < period.start}


def frame(number: int, period: Period, today: date, told: Collection[int]) -> Frame:
    """What the first edition of a release says beside its figures; `told` are the units that have any.

    Those of included releases are told too, wherever they stand by now.
    """
    before = releases.of_period(period.previous())
    province, includes = lookups.province(), included(period)
    codes = {row["code"] for one in includes for row in _told(*one)}
    handled = _handled(includes)
    told = {*told, *db.session.scalars(select(Unit.id).where(Unit.code.in_(codes)))}
    return Frame(
        number,
        1,
        period,
        today,
        _place(province, period, lookups.subtree(province.id), handled[None]),
        tuple(
            _place(unit, period, [unit.id] if unit.id == province.id else lookups.subtree(unit.id), handled[unit.code])
            for unit in _listed(province, period, told)
        ),
        {field.code: _names(field) for field in sorted(lookups.fields(), key=lambda one: one.code)},
        _questionnaires(period),
        _set_aside(province, period),
        includes=includes,
        compared_with=(before.number, before.edition) if before else None,
    )


def included(period: Period, besides: int = 0) -> tuple[tuple[int, int], ...]:
    """The valid editions of releases that lie within a period, those left out that lie within another of them."""
    newest = [shelf.newest for shelf in releases.shelves()]
    inner = [one for one in newest if one.number != besides and _holds(period, one.period)]
    outer = [one for one in inner if not any(_holds(other.period, one.period) for other in inner if other is not one)]
    return tuple((one.number, one.edition) for one in sorted(outer, key=lambda one: one.start))


def _holds(period: Period, other: Period) -> bool:
    return period.start <= other.start and other.end <= period.end


def document(frame: Frame, own: Mapping[int, Published], since: Mapping[int, str]) -> Document:
    """The document of what a release tells by its own responses, and of the releases that it includes."""
    codes = {unit.id: unit.code for unit in lookups.units_in(own)}
    firsts = {codes[unit_id]: month for unit_id, month in since.items() if unit_id in codes}
    several: dict[str, list[Published]] = {}
    for number, edition in frame.includes:
        for row in _told(number, edition):
            several.setdefault(row["code"], []).append(release_documents.published(row))
            if row["since"] and row["since"] < f"{frame.period.start:%Y-%m}":
                firsts[row["code"]] = min(row["since"], firsts.get(row["code"], row["since"]))
    for unit_id, one in own.items():
        if one.blocks:
            several.setdefault(codes[unit_id], []).append(one)
    told = {code: (together(each) if len(each) > 1 else each[0], firsts.get(code)) for code, each in several.items()}
    before = releases.document(releases.one(*frame.compared_with)) if frame.compared_with else None
    return release_documents.document(frame, told, before)


def _told(number: int, edition: int) -> list[Document]:
    """The rows of the units that an edition tells of."""
    rows: list[Document] = releases.document(releases.one(number, edition))["units"]
    return [row for row in rows if not row["carried_over"]]


def of_document(document: Document) -> Frame:
    """The frame of a document, so that its figures can be made again."""
    compared = document["compared_with"]
    return Frame(
        document["number"],
        document["edition"],
        periods.parse(document["period"]),
        date.fromisoformat(document["published_on"]),
        _read_place(document["total"]),
        tuple(map(_read_place, document["units"])),
        document["fields"],
        tuple(document["questionnaires"]),
        document["set_aside"],
        document["held_back"],
        tuple(release_documents.corrections(document)),
        tuple((one["number"], one["edition"]) for one in document["includes"]),
        (compared["number"], compared["edition"]) if compared else None,
    )


def _read_place(row: Document) -> Place:
    known = row.get("dossiers")
    names = {name: row[name] for name in ("name_vi", "name_en")}
    return Place(row["code"], row["level"], names, (known["finished"], known["on_time"]) if known else None)


def _place(unit: Unit, period: Period, unit_ids: Collection[int], handled: int) -> Place:
    return Place(unit.code, unit.level, _names(unit), _dossiers(unit, period, unit_ids, handled))


def _names(named: Unit | ServiceField) -> dict[str, str | None]:
    return {"name_vi": named.name_vi, "name_en": named.name_en}


def _dossiers(unit: Unit, period: Period, unit_ids: Collection[int], handled: int) -> tuple[int, int] | None:
    """Dossiers of some units finished and on time, where they are loaded for all units and months.

    None too where those less the `handled` that included releases tell of would be fewer than ten.
    """
    if dossier_counts.missing(unit, period):
        return None
    pooled = reduce(add, dossier_counts.by_field(unit_ids, period).values(), dossier_counts.Dossiers())
    is_told = pooled.finished >= FEWEST and is_enough(pooled.finished - handled)
    return (pooled.finished, pooled.on_time) if is_told else None


def _handled(includes: Collection[tuple[int, int]]) -> Counter[str | None]:
    """How many finished dossiers some releases tell of, or those within them that do; by unit, None being all."""
    found: Counter[str | None] = Counter()
    for number, edition in includes:
        document = releases.document(releases.one(number, edition))
        inner = _handled([(one["number"], one["edition"]) for one in document["includes"]])
        rows = {None: document["total"], **{row["code"]: row for row in document["units"]}}
        found += inner | Counter(
            {code: row["dossiers"]["finished"] for code, row in rows.items() if row.get("dossiers")}
        )
    return found


def _listed(province: Unit, period: Period, told: Collection[int]) -> list[Unit]:
    """The units of the first level that were open in a period, and all that are told of, in alphabetical order."""
    below = select(Unit.id).where(
        Unit.parent_id == province.id,
        or_(Unit.opened_on.is_(None), Unit.opened_on < period.end),
        or_(Unit.closed_on.is_(None), Unit.closed_on > period.start),
    )
    found = lookups.units_in({*db.session.scalars(below), *told})
    return sorted(found, key=lambda unit: (sort_key(unit.name_vi), unit.code))


def _questionnaires(period: Period) -> tuple[str, ...]:
    """The versions of the questions that were answered in a period: code and version."""
    used = select(Response.questionnaire_id).where(Response.day >= period.start, Response.day < period.end)
    wanted = select(Questionnaire.code, Questionnaire.version).where(Questionnaire.id.in_(used))
    return tuple(sorted(f"{code} {version}" for code, version in db.session.execute(wanted)))


def _set_aside(province: Unit, period: Period) -> int:
    """How many responses of a period are set aside."""
    counted = tally_reads.by_field(TallyRequest(province.id, period), with_factors=False)
    return sum(both.aside.responses for both in counted.values())

"""Dossier counts from a file: found in tables as offices keep them, checked, and compared with what is plausible."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from sqlalchemy import select

from sipas.catalogue import unit_history
from sipas.catalogue.models import ServiceField, Unit
from sipas.catalogue.upserts import Imported
from sipas.core.db import db
from sipas.core.languages import one_line
from sipas.dossiers import dossier_counts as counts
from sipas.dossiers.dossier_counts import COUNTS, DossierCell, Dossiers
from sipas.files import table_reader
from sipas.files.table_reader import TableRow, reason
from sipas.numbers import periods
from sipas.numbers.periods import Period
from sipas.responses import tally_reads
from sipas.responses.tally_reads import TallyRequest

COLUMNS = ("unit_code", "field_code", "month", *COUNTS)
_NEEDED = ("month", *COUNTS)

_OTHER_NAMES = {
    "unit_code": ("mã đơn vị", "mã cơ quan", "unit code"),
    "unit": ("đơn vị", "tên đơn vị", "cơ quan"),
    "field_code": ("mã lĩnh vực", "field code"),
    "field": ("lĩnh vực", "tên lĩnh vực", "service field"),
    "month": ("tháng", "tháng báo cáo", "kỳ", "kỳ báo cáo"),
    "received": ("tiếp nhận", "đã tiếp nhận", "hồ sơ tiếp nhận", "số hồ sơ tiếp nhận", "tổng số tiếp nhận"),
    "finished": ("đã giải quyết", "giải quyết", "hồ sơ đã giải quyết", "số hồ sơ đã giải quyết"),
    "on_time": ("đúng hạn", "giải quyết đúng hạn", "trước và đúng hạn", "số hồ sơ đúng hạn", "on time"),
    "early": ("trước hạn", "giải quyết trước hạn", "số hồ sơ trước hạn"),
}
CALLED: Mapping[str, str] = MappingProxyType(
    {one_line(other): name for name, others in _OTHER_NAMES.items() for other in others}
)
"""What else the columns may be called. Where those before the deadline stand apart, both are on time."""

JUMP = 10
"""A count so many times that of the month before, or such a part of it, is probably a slip."""

SMALL = 20
"""Below so many dossiers a jump is nothing."""


@dataclass(frozen=True)
class DossierDraft:
    """What a file holds, checked but not kept."""

    file: str
    wanted: Mapping[DossierCell, Dossiers]


@dataclass(frozen=True, order=True)
class DossierDoubt:
    """A count that may be a slip, and the number beside which it looks so: of the month before, or of responses."""

    cell: DossierCell
    kind: Literal["more", "fewer", "answers"]
    finished: int
    against: int


def dossiers(path: Path) -> Imported:
    """Dossier counts: unit_code, field_code, month (2026-09), received, finished, on_time."""
    draft = read(path, (datetime.now(UTC) + timedelta(hours=14)).date())
    found = counts.keep(draft.wanted, "dossiers.imported", draft.file)
    return Imported(len(found.added), len(found.changed), found.same)


def read(path: Path, today: date, unit_ids: Collection[int] | None = None) -> DossierDraft:
    """The counts of a file, of months up to that of `today`; of some units alone, where those are given.

    Units and fields are named by their code or by their whole name, units by a former name and by their official
    code too. Raises sheets.FileFaulty.
    """
    sheet = table_reader.read(path, _NEEDED, called=CALLED)
    for code, name in (("unit_code", "unit"), ("field_code", "field")):
        if not {code, name} & set(sheet.heads):
            sheet.fault(sheet.rows[0].line, code, "", reason("is missing from the header"))
    sheet.stop_if_faulty()
    units, fields = _units(unit_ids), _fields()
    wanted: dict[DossierCell, Dossiers] = {}
    lines: dict[DossierCell, int] = {}
    for row in sheet:
        if not any(row.cells[name].strip() for name in COUNTS):
            continue  # of a template with every unit and field only a part may be filled in
        faults = len(sheet.faults)
        cell = DossierCell(_one(row, "unit", units), _month(row, today), _one(row, "field", fields))
        if faults == len(sheet.faults) and lines.setdefault(cell, row.line) != row.line:
            row.fault("month", reason("stands in line %(line)s already", line=lines[cell]))
        wanted[cell] = _counts(row)
    if not wanted:
        sheet.fault(sheet.rows[0].line, "finished", "", reason("is empty in every row"))
    sheet.stop_if_faulty()
    return DossierDraft(sheet.file, wanted)


def _counts(row: TableRow) -> Dossiers:
    faults = len(row.sheet.faults)
    received, finished, on_time = (row.whole(name) for name in COUNTS)
    if row.cells.get("early", "").strip():
        on_time += row.whole("early")
    if faults == len(row.sheet.faults) and on_time > finished:
        row.fault("on_time", reason("is more than the %(finished)s finished", finished=finished))
    return Dossiers(received, finished, on_time)


def _month(row: TableRow, today: date) -> date:
    month = row.month("month")
    if month > today:
        row.fault("month", reason("lies ahead"))
    return month


Names = Mapping[str, Collection[int]]


def _one(row: TableRow, column: str, known: Names) -> int:
    """The id of what a row names, by its code or else by its name; 0, with a fault noted, where that is not one."""
    code = f"{column}_code"
    asked = code if row.cells.get(code, "").strip() or column not in row.cells else column
    found = known.get(one_line(row.cells.get(asked, "")).casefold(), ())
    if len(found) > 1:
        row.fault(asked, reason("is the name of several; give the code"))
    elif not found:
        row.fault(asked, reason("is not in the catalogue"))
    return next(iter(found), 0)


def _units(unit_ids: Collection[int] | None) -> Names:
    listed = list(db.session.scalars(select(Unit)))
    former = unit_history.former_names_of(one.id for one in listed)
    return _by_name(
        (one.id, [one.code, one.official_code, one.name_vi, one.name_en, *former.get(one.id, ())])
        for one in listed
        if unit_ids is None or one.id in unit_ids
    )


def _fields() -> Names:
    return _by_name((one.id, [one.code, one.name_vi, one.name_en]) for one in db.session.scalars(select(ServiceField)))


def _by_name(things: Iterable[tuple[int, Iterable[str | None]]]) -> Names:
    found: dict[str, set[int]] = defaultdict(set)
    for identity, names in things:
        for name in filter(None, names):
            found[one_line(name).casefold()].add(identity)
    return found


def doubts(wanted: Mapping[DossierCell, Dossiers], last_day: date) -> list[DossierDoubt]:
    """The counts that look like slips beside the month before and beside the responses up to a day."""
    before = _before(wanted)
    answered = _answered(wanted, last_day)
    return sorted(doubt for cell, now in wanted.items() for doubt in _doubts(cell, now, before, answered))


def _before(wanted: Mapping[DossierCell, Dossiers]) -> Mapping[DossierCell, Dossiers]:
    """What is kept of these units from the month before the first on, and what is wanted."""
    if not wanted:
        return {}
    months = [cell.month for cell in wanted]
    period = Period(periods.add_months(min(months), -1), periods.month_of(max(months)).end)
    kept = counts.by_month({cell.unit_id for cell in wanted}, period)
    return {**{DossierCell(*cell): counted for cell, counted in kept.items()}, **wanted}


def _answered(wanted: Mapping[DossierCell, Dossiers], last_day: date) -> Mapping[DossierCell, int]:
    """How many responses there are of each unit, month and field."""
    found = {}
    for unit_id, month in {(cell.unit_id, cell.month) for cell in wanted}:
        wanted_of = TallyRequest(unit_id, periods.month_of(month).until(last_day))
        for field_id, both in tally_reads.by_field(wanted_of, with_factors=False).items():
            found[DossierCell(unit_id, month, field_id)] = both.stand.responses
    return found


def _doubts(
    cell: DossierCell, now: Dossiers, before: Mapping[DossierCell, Dossiers], answered: Mapping[DossierCell, int]
) -> Iterator[DossierDoubt]:
    earlier = before.get(cell._replace(month=periods.add_months(cell.month, -1)))
    if earlier and now.finished >= max(SMALL, earlier.finished * JUMP) and earlier.finished:
        yield DossierDoubt(cell, "more", now.finished, earlier.finished)
    if earlier and earlier.finished >= max(SMALL, now.finished * JUMP):
        yield DossierDoubt(cell, "fewer", now.finished, earlier.finished)
    if answered.get(cell, 0) > now.finished:
        yield DossierDoubt(cell, "answers", now.finished, answered[cell])

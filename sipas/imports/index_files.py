"""Values of other indices from a file: checked, set beside what is kept, and kept all or not at all."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Any

from sqlalchemy import select

from sipas.catalogue import unit_history
from sipas.catalogue.models import Unit
from sipas.catalogue.upserts import Imported
from sipas.core import db as database
from sipas.core.db import db, writing
from sipas.core.languages import one_line
from sipas.files import table_reader
from sipas.files.table_reader import Reason, TableRow, reason
from sipas.reporting import other_indices
from sipas.reporting.other_indices import LEVELS, STATUSES, IndexValue

COLUMNS = ("unit", "level", "year", "index", "value", "max_or_unit", "rank", "of", "change_value", "change_rank",
           "comparable", "status", "source")  # fmt: skip
_NEEDED = ("unit", "level", "year", "index", "value", "max_or_unit", "rank", "of", "source")

_NUMBER = re.compile(r"\d{1,9}([.,]\d{1,9})?", re.ASCII)
_CHANGE = re.compile(r"[+−-]?\d{1,9}([.,]\d{1,9})?", re.ASCII)
_PLACES = re.compile(r"[+−-]?\d{1,4}", re.ASCII)

Key = tuple[object, int, str]
"""What a value is known again by: the unit (or level and name), the year, the index, whatever its capitals."""


@dataclass(frozen=True)
class IndexDoubt:
    """That a printed change is not what follows from the year before: in which line, of what, and both changes."""

    line: int
    subject: str
    printed: str
    follows: str

    def __str__(self) -> str:
        """One line for people."""
        return f"line {self.line}, {self.subject}: {self.printed} was printed, {self.follows} follows from what is kept"


@dataclass(frozen=True)
class ImportedIndices(Imported):
    """What a file did, and where it contradicts the values of the year before."""

    doubts: tuple[IndexDoubt, ...] = ()

    def __str__(self) -> str:
        """A line, and one more for each doubt."""
        return "\n".join([super().__str__(), *map(str, self.doubts)])


def load(path: Path) -> ImportedIndices:
    """Other indices: unit, level, year, index, value, max_or_unit (percent, points, of 170), rank, of, source.

    If known, change_value, change_rank, comparable (no: another method than the year before) and status. The unit
    is a code of the catalogue or a name; bodies that the catalogue does not know are kept by name and level.
    """
    sheet = table_reader.read(path, _NEEDED)
    units = _units()
    read = [(row, _values(row, units)) for row in sheet]
    _once(read)
    sheet.stop_if_faulty()
    with writing() as session:
        database.keep_writers_out(session, IndexValue.metadata.tables[IndexValue.__tablename__])
        kept = {key: row for row in session.scalars(select(IndexValue)) for key in _keys(vars(row))}
        pairs = [(_found(kept, values), values) for _, values in read]
        known = _by_key(pairs, kept)
        _check_ranks(read, known)
        sheet.stop_if_faulty()
        rows, found = _store(pairs)
        found.note("indices.imported", sheet.file)
        kept |= {key: row for row in rows for key in _keys(vars(row))}
        doubts = tuple(_doubts([(line.line, row) for (line, _), row in zip(read, rows, strict=True)], kept))
    return ImportedIndices(found.added, found.changed, found.same, doubts)


Values = Mapping[str, Any]
Known = Mapping[Key, Values]


def _keys(values: Values) -> list[Key]:
    """What a value is known again by, the surest first: a body may have come into the catalogue since."""
    of = values["year"], values["index_name"].casefold()
    by_name = ((values["level"], values["body"].casefold()), *of)
    return [(values["unit_id"], *of), by_name] if values["unit_id"] else [by_name]


def _found(kept: Mapping[Key, Any], values: Values) -> Any:  # noqa: ANN401 - a row or the values of one
    return next((kept[key] for key in _keys(values) if key in kept), None)


def _by_key(pairs: Sequence[tuple[IndexValue | None, Values]], kept: Mapping[Key, IndexValue]) -> Known:
    """What will be known once the file is kept: its own values, and of the others what is there."""
    replaced = {id(row) for row, _ in pairs}
    known = {key: vars(row) for key, row in kept.items() if id(row) not in replaced}
    return known | {key: values for _, values in pairs for key in _keys(values)}


def _store(pairs: Sequence[tuple[IndexValue | None, Values]]) -> tuple[list[IndexValue], Imported]:
    rows, done = [], Counter[str]()
    for known, values in pairs:
        row = known or IndexValue(**values)
        news = {name: value for name, value in values.items() if not _same(name, getattr(row, name), value)}
        for name, value in news.items():
            setattr(row, name, value)
        done["added" if known is None else "changed" if news else "same"] += 1
        rows.append(row)
    db.session.add_all(rows)
    return rows, Imported(**done)


def _same(name: str, was: object, now: object) -> bool:
    """Whether a cell says what is kept: a spreadsheet drops the zeros at the end of a number."""
    if name in ("value", "change_value") and was is not None and now is not None:
        return Decimal(str(was)) == Decimal(str(now))
    return was == now


Units = Mapping[str, Sequence[Unit]]


def _units() -> Units:
    """Units by everything that a file may call them: code, official code, name, former name."""
    listed = list(db.session.scalars(select(Unit)))
    former = unit_history.former_names_of(one.id for one in listed)
    found: dict[str, list[Unit]] = defaultdict(list)
    for one in listed:
        called = {one.code, one.official_code, one.name_vi, one.name_en, *former.get(one.id, ())}
        if one.level == "province":
            called.add(_TITLE.sub("", one.name_vi))
        for name in filter(None, called):
            found[one_line(name).casefold()].append(one)
    return found


_TITLE = re.compile(r"^(tỉnh|thành phố)\s+", re.IGNORECASE)


def _values(row: TableRow, known: Units) -> dict[str, Any]:
    body, level = row.text("unit", 200), _one_of(row, "level", LEVELS, str.lower)
    unit = _unit(row, known, body, level)
    value, scale = _number(row, "value"), _scale(row)
    rank, out_of = _place(row, "rank"), _place(row, "of")
    status = row.cells.get("status", "").strip()
    top = other_indices.most(scale)
    if value and top is not None and Decimal(value) > top:
        row.fault("value", reason("is above the %(most)s that its scale has", most=top))
    if rank and out_of and rank > out_of:
        row.fault("rank", reason("is beyond the %(of)s of its ranking", of=out_of))
    if value is None and rank is None:
        row.fault("value", reason("is empty, and so is the rank"))
    return {
        "body": unit.name_vi if unit and body == unit.code else body, "level": level,
        "unit_id": unit.id if unit else None, "year": _year(row), "index_name": row.text("index", 100),
        "value": value, "scale": scale, "rank": rank, "out_of": out_of,
        "change_value": _change(row), "change_rank": _places(row),
        "comparable": row.yes("comparable") if row.cells.get("comparable", "").strip() else True,
        "status": _one_of(row, "status", STATUSES, str.upper) if status else None, "source": row.text("source", 500),
    }  # fmt: skip


def _unit(row: TableRow, known: Units, body: str, level: str) -> Unit | None:
    """The unit of the catalogue that a row is about, if it is one: a district is no ward of the same name."""
    found = [one for one in known.get(body.casefold(), ()) if one.code == body or _is_of(one, level)]
    if len(found) > 1:
        row.fault("unit", reason("is the name of several; give the code"))
    return found[0] if len(found) == 1 else None


def _is_of(unit: Unit, level: str) -> bool:
    return level == "province" if unit.level == "province" else level not in ("national", "province")


def _one_of(row: TableRow, column: str, values: Sequence[str], spelt: Any) -> str:  # noqa: ANN401 - a method of str
    """One of some values, whatever its capitals."""
    text: str = spelt(row.cells.get(column, "").strip())
    if text not in values:
        row.fault(column, reason("is none of %(values)s", values=", ".join(values)))
    return text


def _year(row: TableRow) -> int:
    text = row.cells.get("year", "").strip()
    this = (datetime.now(UTC) + timedelta(hours=14)).year
    if not (re.fullmatch(r"(19[89]|20\d)\d", text, re.ASCII) and 1990 <= int(text) <= this):
        row.fault("year", reason("is no year from 1990 up to this one"))
        return this
    return int(text)


def _scale(row: TableRow) -> str:
    """percent, points, or "of 170": with 170 alone meant so too."""
    text = one_line(row.cells.get("max_or_unit", "")).lower()
    if text in _SCALES:
        return _SCALES[text]
    top = text.removeprefix("of ").removeprefix("trên ").replace(",", ".")
    if not (_NUMBER.fullmatch(top) and Decimal(top) > 0):
        row.fault("max_or_unit", reason("is none of percent, points, or a highest value such as “of 170”"))
        return other_indices.POINTS
    return other_indices.OF + top


_SCALES: Mapping[str, str] = MappingProxyType(
    {"percent": "percent", "%": "percent", "phần trăm": "percent", "points": "points", "điểm": "points"}
)


def _number(row: TableRow, column: str) -> str | None:
    """A number as it is written there, with a decimal point: no index has marks between thousands."""
    return _read(row, column, _NUMBER, reason("is no number such as 93.12"))


def _change(row: TableRow) -> str | None:
    found = _read(row, "change_value", _CHANGE, reason("is no change such as +0.58 or -0.5"))
    return found and found.removeprefix("+")


def _places(row: TableRow) -> int | None:
    found = _read(row, "change_rank", _PLACES, reason("is no number of places such as +7 or -3"))
    return None if found is None else int(found)


def _place(row: TableRow, column: str) -> int | None:
    text = row.cells.get(column, "").strip()
    if text and not (re.fullmatch(r"\d{1,4}", text, re.ASCII) and int(text) > 0):
        row.fault(column, reason("is no place such as 10"))
        return None
    return int(text) if text else None


def _read(row: TableRow, column: str, shape: re.Pattern[str], why: Reason) -> str | None:
    text = row.cells.get(column, "").strip()
    if text and not shape.fullmatch(text):
        row.fault(column, why)
        return None
    return text.replace(",", ".").replace("−", "-") or None


Read = Sequence[tuple[TableRow, Values]]


def _once(read: Read) -> None:
    lines: dict[Key, int] = {}
    for row, values in read:
        for key in _keys(values):
            if lines.setdefault(key, row.line) != row.line:
                row.fault("index", reason("stands in line %(line)s already", line=lines[key]))
                break


def _check_ranks(read: Read, known: Known) -> None:
    """Where the values of a whole field are known, ranks must follow from them; equal values may share or not."""
    fields: dict[tuple[object, ...], list[Decimal]] = defaultdict(list)
    for values in {id(values): values for values in known.values()}.values():
        if values["value"] is not None and values["out_of"]:
            fields[_field(values)].append(Decimal(values["value"]))
    for row, values in read:
        listed = fields[_field(values)]
        if values["rank"] and values["value"] is not None and len(listed) == values["out_of"]:
            first, last = other_indices.places_of(listed)[Decimal(values["value"])]
            if not first <= values["rank"] <= last:
                row.fault("rank", reason("is not the place %(place)s that the values of all give", place=first))


def _doubts(rows: Sequence[tuple[int, IndexValue]], kept: Mapping[Key, IndexValue]) -> Iterator[IndexDoubt]:
    """Printed changes that do not follow from the year before; whoever printed them may have had reasons."""
    for line, now in rows:
        before: IndexValue | None = _found(kept, {**vars(now), "year": now.year - 1})
        places, change = other_indices.contradicted_places(now, before), other_indices.contradicted_change(now, before)
        if places is not None:
            yield IndexDoubt(line, now.audit_subject, f"{now.change_rank:+d}", f"{places:+d}")
        if change is not None:
            yield IndexDoubt(line, now.audit_subject, f"{Decimal(now.change_value or 0):+f}", f"{change:+f}")


def _field(values: Values) -> tuple[object, ...]:
    return values["index_name"].casefold(), values["year"], values["level"], values["out_of"]

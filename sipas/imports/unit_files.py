"""Units from a file: the tree, and the history that a province brings along."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from sipas.catalogue import models, unit_history
from sipas.catalogue.models import Unit
from sipas.catalogue.upserts import Imported, Kept
from sipas.core.db import db, writing
from sipas.files import table_reader
from sipas.files.table_reader import Reason, TableIn, TableRow, reason
from sipas.responses import recording
from sipas.setup import units as tree

MOST_UNITS = 5_000
DEEPEST = 10
"""Units in a file, and levels below the province: ten times what any province has."""

DAYS = ("opened_on", "closed_on")


def units(path: Path) -> Imported:
    """Units: code, level (province, centre, point), name_vi, parent_code; name_en and official_code if known.

    For their history opened_on, closed_on (2025-07-01) and predecessor_codes (`;` between). The day on which a
    unit took over is that on which its predecessor closed, else that on which it opened itself. Days stay as
    they are where the file has no column for them.
    """
    sheet = table_reader.read(path, ("code", "level", "name_vi", "parent_code"), MOST_UNITS)
    sheet.unique("code")
    sheet.unique("official_code")
    parents = {row.slug("code"): row.slug("parent_code", needed=False) for row in sheet}
    known = {unit.code: unit for unit in db.session.scalars(select(Unit))}
    for row in sheet:
        _check_parent(row, parents, known)
    _check_once(sheet, known)
    wanted = {_code(row): _values(row) for row in sheet}
    closed = {code: unit.closed_on for code, unit in known.items()}
    closed |= {code: values["closed_on"] for code, values in wanted.items() if "closed_on" in values}
    _check_closed(sheet, _tree(parents, known), closed)
    followed = _followed(sheet, wanted, known, closed)
    sheet.stop_if_faulty()
    return _stored(sheet.file, wanted, parents, followed)


def _stored(
    file: str,
    wanted: Mapping[str, Mapping[str, Any]],
    parents: Mapping[str, str],
    followed: Mapping[str, Mapping[str, date]],
) -> Imported:
    """Each unit below its parent, which is in its place already; so nothing ever stands below itself."""
    with writing() as session:
        tree.alone(session)
        found = Kept(Unit, "code")
        now, final = _tree({}, found.rows), _tree(parents, found.rows)
        if any(final[code] != parent for code, parent in now.items()):
            recording.hold_back()  # before a row is locked that an answer might wait for while it is waited for
        _free_official_codes(found, wanted)
        for code in sorted(wanted, key=lambda one: _depth(one, final)):
            parent_id = found.rows[parents[code]].id if parents[code] else None
            before: Unit | None = found.rows.get(code)
            if before is not None and before.parent_id != parent_id:
                tree.hang(session, before, parent_id)
                found.touch(code)
            found.put(code, {**wanted[code], "parent_id": parent_id})
            session.flush()
        for code, predecessors in followed.items():
            for one, day in predecessors.items():
                if unit_history.keep_succession(found.rows[one], found.rows[code], day):
                    found.touch(code)
        return found.outcome.note("units.imported", file)


def _free_official_codes(found: Kept, wanted: Mapping[str, Mapping[str, Any]]) -> None:
    """First nobody has a code that changes hands, so that two units may exchange theirs."""
    given = {values["official_code"]: code for code, values in wanted.items() if values["official_code"]}
    for code, unit in found.rows.items():
        if given.get(unit.official_code, code) != code:
            unit.official_code = None
    db.session.flush()


def _code(row: TableRow) -> str:
    return row.cells["code"].strip()


def _values(row: TableRow) -> dict[str, Any]:
    days = {name: row.day(name) for name in DAYS if name in row.cells}
    for name, day in days.items():
        if day and day > _latest():
            row.fault(name, reason("lies ahead; enter it on that day"))
    opened_on, closed_on = (days.get(name) for name in DAYS)
    if opened_on and closed_on and closed_on < opened_on:
        row.fault("closed_on", reason("lies before opened_on"))
    return {
        "level": row.one_of("level", models.LEVELS),
        "name_vi": row.text("name_vi", 300),
        "name_en": row.optional("name_en", 300),
        "official_code": row.optional("official_code", 20),
        **days,
    }


def _latest() -> date:
    """The latest day that it is anywhere now."""
    return (datetime.now(UTC) + timedelta(hours=14)).date()


def _tree(parents: Mapping[str, str], known: Mapping[str, Unit]) -> dict[str, str]:
    """The code of every unit's parent as it will be; empty for the root."""
    return {code: unit.parent.code if unit.parent else "" for code, unit in known.items()} | dict(parents)


def _check_once(sheet: TableIn, known: Mapping[str, Unit]) -> None:
    """Note a second province, and an official code that another unit has."""
    codes = {_code(row) for row in sheet}
    others = {unit.official_code: unit.code for unit in known.values() if unit.code not in codes}
    provinces = {unit.code for unit in known.values() if unit.level == "province"} - codes
    for row in sheet:
        official, code = row.cells.get("official_code", "").strip(), _code(row)
        if official and official in others:
            row.fault("official_code", reason("is that of %(unit)s", unit=others[official]))
        if row.cells["level"].strip() == "province":
            if provinces:
                row.fault("code", reason("is a second province; %(unit)s is one", unit=", ".join(sorted(provinces))))
            provinces.add(code)


def _check_parent(row: TableRow, parents: Mapping[str, str], known: Mapping[str, Unit]) -> None:
    code, parent = _code(row), row.cells.get("parent_code", "").strip()
    is_province = row.cells.get("level", "").strip() == "province"
    if is_province and parent:
        row.fault("parent_code", reason("must be empty: a province is the root"))
    if not is_province and not parent:
        row.fault("parent_code", reason("is empty, but only a province is a root"))
    if parent and parent not in parents and parent not in known:
        row.fault("parent_code", reason("is no unit of this file or of the catalogue"))
    if why := _misplaced(code, parents, known):
        row.fault("parent_code", why)


def _misplaced(code: str, parents: Mapping[str, str], known: Mapping[str, Unit]) -> Reason | None:
    """What is wrong with where a unit stands, if anything is: below itself, or below too many others."""
    seen: set[str] = set()
    here = code
    while here and here not in seen:
        if len(seen) > DEEPEST:
            return reason("stands more than %(most)s levels below the province", most=DEEPEST)
        seen.add(here)
        stored = known.get(here)
        here = parents.get(here, stored.parent.code if stored and stored.parent else "")
    return reason("leads back to the unit itself") if here and here == code else None


def _check_closed(sheet: TableIn, final: Mapping[str, str], closed: Mapping[str, date | None]) -> None:
    """Note open units below closed ones."""
    left_open = {final[code]: code for code in final if not closed.get(code)}
    for row in sheet:
        code = _code(row)
        if not closed.get(code) and closed.get(final.get(code, "")):
            row.fault("parent_code", reason("is closed, but the unit is open"))
        elif closed.get(code) and left_open.get(code):
            row.fault("closed_on", reason("is given, but %(unit)s below it is open", unit=left_open[code]))


def _followed(
    sheet: TableIn,
    wanted: Mapping[str, Mapping[str, Any]],
    known: Mapping[str, Unit],
    closed: Mapping[str, date | None],
) -> dict[str, dict[str, date]]:
    """By unit its predecessors, each with the day on which the unit took over."""
    followed: dict[str, dict[str, date]] = {}
    for row in sheet:
        code = _code(row)
        stored = known.get(code)
        opened_on = wanted[code].get("opened_on", stored.opened_on if stored else None)
        for predecessor in filter(None, map(str.strip, row.cells.get("predecessor_codes", "").split(";"))):
            day = closed.get(predecessor) or opened_on
            if predecessor not in wanted and predecessor not in known:
                unknown = reason("names %(unit)s, no unit of this file or of the catalogue", unit=predecessor)
                row.fault("predecessor_codes", unknown)
            elif day is None:
                no_day = reason("names %(unit)s, but it has no closed_on and the unit no opened_on", unit=predecessor)
                row.fault("predecessor_codes", no_day)
            else:
                followed.setdefault(code, {})[predecessor] = day
    for row in sheet:
        if _leads_back(_code(row), followed):
            row.fault("predecessor_codes", reason("lead back to the unit itself"))
    return followed


def _leads_back(code: str, followed: Mapping[str, Mapping[str, date]]) -> bool:
    seen: set[str] = set()
    waiting = list(followed.get(code, ()))
    while waiting:
        here = waiting.pop()
        if here == code:
            return True
        if here not in seen:
            seen.add(here)
            waiting.extend(followed.get(here, ()))
    return False


def _depth(code: str, final: Mapping[str, str]) -> int:
    return 1 + _depth(final[code], final) if final.get(code) else 0

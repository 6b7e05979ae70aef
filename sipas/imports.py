"""Files into the catalogue: each import is all or nothing, and can be repeated."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from sqlalchemy import select

from sipas import codes, places, questionnaire_files, questionnaires, recount, sheets
from sipas import dossiers as dossier_counts
from sipas.db import db, writing
from sipas.places import Agency, Procedure, ServiceField, Touchpoint, Unit
from sipas.sheets import Row, Sheet


@dataclass(frozen=True)
class Imported:
    """How many rows a file added, changed, and found as they were."""

    added: int = 0
    changed: int = 0
    same: int = 0

    def __str__(self) -> str:
        """One line for people."""
        return f"{self.added} added, {self.changed} changed, {self.same} unchanged"


def units(path: Path) -> Imported:
    """Units: code, level (province, centre, point), name_vi, parent_code; name_en and official_code if known."""
    sheet = sheets.read(path, ("code", "level", "name_vi", "parent_code"))
    sheet.unique("code")
    sheet.unique("official_code")
    parents = {row.slug("code"): row.slug("parent_code", needed=False) for row in sheet}
    known = {unit.code: unit for unit in db.session.scalars(select(Unit))}
    for row in sheet:
        _check_parent(row, parents, known)
    _check_once(sheet, known)
    wanted = {
        row.cells["code"].strip(): {
            "level": row.one_of("level", places.LEVELS),
            "name_vi": row.text("name_vi", 300),
            "name_en": row.optional("name_en", 300),
            "official_code": row.optional("official_code", 20),
        }
        for row in sheet
    }
    sheet.stop_if_faulty()
    with writing() as session:
        found = _Kept(Unit, "code")
        before = {code: unit.parent_id for code, unit in found.rows.items()}
        given = {values["official_code"]: code for code, values in wanted.items() if values["official_code"]}
        for code, unit in found.rows.items():  # first nobody has it, so that two units may exchange theirs
            if given.get(unit.official_code, code) != code:
                unit.official_code = None
        session.flush()
        for code in sorted(wanted, key=lambda one: _depth(one, parents)):
            parent = found.rows.get(parents[code]) if parents[code] else None
            found.put(code, wanted[code] | {"parent_id": parent.id if parent else None})
            session.flush()
        if any(found.rows[code].parent_id != parent_id for code, parent_id in before.items()):
            recount.rebuild()
    return found.outcome


def _check_once(sheet: Sheet, known: Mapping[str, Unit]) -> None:
    """Note a second province, and an official code that another unit has."""
    codes = {row.cells["code"].strip() for row in sheet}
    others = {unit.official_code: unit.code for unit in known.values() if unit.code not in codes}
    provinces = {unit.code for unit in known.values() if unit.level == "province"} - codes
    for row in sheet:
        official, code = row.cells.get("official_code", "").strip(), row.cells["code"].strip()
        if official and official in others:
            row.fault("official_code", f"is that of {others[official]}")
        if row.cells["level"].strip() == "province":
            if provinces:
                row.fault("code", f"is a second province; {', '.join(sorted(provinces))} is one")
            provinces.add(code)


def _check_parent(row: Row, parents: Mapping[str, str], known: Mapping[str, Unit]) -> None:
    code, parent = row.cells["code"].strip(), row.cells.get("parent_code", "").strip()
    is_province = row.cells.get("level", "").strip() == "province"
    if is_province and parent:
        row.fault("parent_code", "must be empty: a province is the root")
    if not is_province and not parent:
        row.fault("parent_code", "is empty, but only a province is a root")
    if parent and parent not in parents and parent not in known:
        row.fault("parent_code", "is no unit of this file or of the catalogue")
    if _is_circular(code, parents, known):
        row.fault("parent_code", "leads back to the unit itself")


def _is_circular(code: str, parents: Mapping[str, str], known: Mapping[str, Unit]) -> bool:
    seen: set[str] = set()
    here = code
    while here and here not in seen:
        seen.add(here)
        stored = known.get(here)
        here = parents.get(here, stored.parent.code if stored and stored.parent else "")
    return bool(here) and here == code


def _depth(code: str, parents: Mapping[str, str]) -> int:
    return 1 + _depth(parents[code], parents) if parents.get(code) else 0


def fields(path: Path) -> Imported:
    """Service fields: code, name_vi, agency_vi, vertical (yes, no); name_en and agency_en if known."""
    sheet = sheets.read(path, ("code", "name_vi", "agency_vi", "vertical"))
    sheet.unique("code")
    agencies: dict[str, tuple[str | None, bool]] = {}
    wanted: dict[str, tuple[str, dict[str, Any]]] = {}
    for place, row in enumerate(sheet, 1):
        agency = row.text("agency_vi", 300)
        is_vertical = row.yes("vertical")
        kept = agencies.setdefault(agency, (row.optional("agency_en", 300), is_vertical))
        if kept[1] != is_vertical:
            row.fault("vertical", f"contradicts an earlier line with the agency {agency}")
        if row.slug("code") == places.OTHER_FIELD:
            row.fault("code", "is the built-in field of citizens who do not find theirs")
        wanted[row.slug("code")] = (agency, {
            "name_vi": row.text("name_vi", 300), "name_en": row.optional("name_en", 300), "position": place,
        })  # fmt: skip
    sheet.stop_if_faulty()
    with writing() as session:
        kept_agencies = _Kept(Agency, "name_vi")
        for name, (name_en, is_vertical) in agencies.items():
            kept_agencies.put(name, {"name_en": name_en, "is_vertical": is_vertical})
        session.flush()
        found = _Kept(ServiceField, "code")
        for code, (agency, values) in wanted.items():
            found.put(code, values | {"agency_id": kept_agencies.rows[agency].id})
    return found.outcome


def procedures(path: Path) -> Imported:
    """Procedures: code (national), name_vi, field_code; name_en if known."""
    sheet = sheets.read(path, ("code", "name_vi", "field_code"))
    sheet.unique("code")
    field_ids = _ids(ServiceField)
    wanted = {
        row.text("code", 30): {
            "name_vi": row.text("name_vi", 500),
            "name_en": row.optional("name_en", 500),
            "field_id": _known(row, "field_code", field_ids),
        }
        for row in sheet
    }
    sheet.stop_if_faulty()
    with writing():
        found = _Kept(Procedure, "code")
        for code, values in wanted.items():
            found.put(code, values)
    return found.outcome


def touchpoints(path: Path) -> Imported:
    """Touchpoints: unit_code, label_vi, channel; label_en, field_code, questionnaire and code if known.

    A touchpoint is known again by its code or, without one, by unit, channel and label; one without a
    code gets a new one, which it keeps.
    """
    sheet = sheets.read(path, ("unit_code", "label_vi", "channel"))
    sheet.unique("unit_code", "channel", "label_vi")
    sheet.unique("code")
    unit_ids, field_ids, published = _ids(Unit), _ids(ServiceField), questionnaires.codes()
    wanted = [_touchpoint(row, unit_ids, field_ids) for row in sheet]
    for row, values in zip(sheet, wanted, strict=True):
        if values["questionnaire"] not in published:
            row.fault("questionnaire", f"is no published questionnaire; there are {', '.join(sorted(published))}")
    sheet.stop_if_faulty()
    with writing():
        found = _Kept(Touchpoint, "code")
        by_place = {(one.unit_id, one.channel, one.label_vi): one.code for one in found.rows.values()}
        for row, values in zip(sheet, wanted, strict=True):
            place = (values["unit_id"], values["channel"], values["label_vi"])
            code = codes.tidy_code(row.cells.get("code", "")) or by_place.get(place) or codes.new_code()
            if by_place.get(place, code) != code:
                row.fault("code", f"is not that of this touchpoint, which has {by_place[place]} on paper already")
            elif code in found.rows and found.rows[code].unit_id != values["unit_id"]:
                row.fault("code", "hangs in another unit already")
            else:
                found.put(code, values)
        sheet.stop_if_faulty()
    return found.outcome


def _touchpoint(row: Row, unit_ids: Mapping[str, int], field_ids: Mapping[str, int]) -> dict[str, Any]:
    code = codes.tidy_code(row.cells.get("code", ""))
    if code and not codes.is_code(code):
        row.fault("code", "is no touchpoint code (eight characters, the last one a check)")
    return {
        "unit_id": _known(row, "unit_code", unit_ids),
        "label_vi": row.text("label_vi", 120),
        "label_en": row.optional("label_en", 120),
        "channel": row.one_of("channel", places.CHANNELS),
        "field_id": _known(row, "field_code", field_ids) if row.cells.get("field_code", "").strip() else None,
        "questionnaire": row.slug("questionnaire", needed=False) or questionnaires.DEFAULT,
    }


def questionnaire(path: Path, only: Collection[str] = ()) -> Imported:
    """Questionnaires: questionnaire, question, kind, text_vi; and, where they apply, others (see the README).

    factor, when_low, text_xx, not_applicable_xx, options and options_xx (`;` between), xx being a
    language. Row order is question order. Each that asks something else than its newest version is
    published as the next one; `only` leaves out all but some.
    """
    wanted = [one for one in questionnaire_files.read(path) if not only or one.code in only]
    published = [questionnaires.publish(one) for one in wanted]
    return Imported(added=sum(map(bool, published)), same=published.count(None))


def dossiers(path: Path) -> Imported:
    """Dossier counts: unit_code, field_code, month (2026-09), received, finished, on_time."""
    sheet = sheets.read(path, ("unit_code", "field_code", "month", "received", "finished", "on_time"))
    sheet.unique("unit_code", "field_code", "month")
    unit_ids, field_ids = _ids(Unit), _ids(ServiceField)
    rows = []
    for row in sheet:
        counts = {name: row.whole(name) for name in ("received", "finished", "on_time")}
        if counts["on_time"] > counts["finished"]:
            row.fault("on_time", f"is more than the {counts['finished']} finished")
        unit_id, field_id = _known(row, "unit_code", unit_ids), _known(row, "field_code", field_ids)
        rows.append({"unit_id": unit_id, "field_id": field_id, "month": row.month("month"), **counts})
    sheet.stop_if_faulty()
    return Imported(*dossier_counts.load(rows))


KINDS_OF_FILE: Mapping[str, Callable[[Path], Imported]] = MappingProxyType(
    {
        "units": units,
        "fields": fields,
        "procedures": procedures,
        "touchpoints": touchpoints,
        "questionnaire": questionnaire,
        "dossiers": dossiers,
    }
)
"""What can be imported, by the name the command has for it."""


class _Kept:
    """The rows of a table by their natural key, and what putting values into them changed."""

    def __init__(self, model: type[Any], key: str) -> None:
        self.model, self.key = model, key
        self.rows: dict[str, Any] = {getattr(row, key): row for row in db.session.scalars(select(model))}
        self.outcome = Imported()

    def put(self, key: str, values: Mapping[str, Any]) -> None:
        """Add a row or change the one that is there."""
        before, done = self.rows.get(key), self.outcome
        if before is None:
            self.rows[key] = self.model(**{self.key: key}, **values)
            db.session.add(self.rows[key])
            self.outcome = Imported(done.added + 1, done.changed, done.same)
        elif changed := {name: value for name, value in values.items() if getattr(before, name) != value}:
            for name, value in changed.items():
                setattr(before, name, value)
            self.outcome = Imported(done.added, done.changed + 1, done.same)
        else:
            self.outcome = Imported(done.added, done.changed, done.same + 1)


def _ids(model: type[Unit] | type[ServiceField]) -> dict[str, int]:
    return dict(db.session.execute(select(model.code, model.id)).all())


def _known(row: Row, column: str, ids: Mapping[str, int]) -> int:
    code = row.cells.get(column, "").strip()
    if code not in ids:
        row.fault(column, "is not in the catalogue")
    return ids.get(code, 0)

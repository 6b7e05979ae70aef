"""Files into the catalogue: each import is all or nothing, and can be repeated."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from sipas.catalogue import models, questionnaires
from sipas.catalogue.models import Agency, Procedure, ServiceField, Touchpoint, Unit
from sipas.catalogue.upserts import Imported, Kept, ids, known
from sipas.core import codes
from sipas.core.db import writing
from sipas.files import table_reader
from sipas.files.table_reader import TableRow, reason
from sipas.imports import dossier_files, index_files, questionnaire_files, unit_files
from sipas.setup import questionnaire_drafts

units = unit_files.units
dossiers = dossier_files.dossiers


def fields(path: Path) -> Imported:
    """Service fields: code, name_vi, agency_vi, vertical (yes, no); name_en and agency_en if known."""
    sheet = table_reader.read(path, ("code", "name_vi", "agency_vi", "vertical"))
    sheet.unique("code")
    agencies: dict[str, tuple[str | None, bool]] = {}
    wanted: dict[str, tuple[str, dict[str, Any]]] = {}
    for place, row in enumerate(sheet, 1):
        agency = row.text("agency_vi", 300)
        is_vertical = row.yes("vertical")
        kept = agencies.setdefault(agency, (row.optional("agency_en", 300), is_vertical))
        if kept[1] != is_vertical:
            row.fault("vertical", reason("contradicts an earlier line with the agency %(agency)s", agency=agency))
        if row.slug("code") == models.OTHER_FIELD:
            row.fault("code", reason("is the built-in field of citizens who do not find theirs"))
        wanted[row.slug("code")] = (agency, {
            "name_vi": row.text("name_vi", 300), "name_en": row.optional("name_en", 300), "position": place,
        })  # fmt: skip
    sheet.stop_if_faulty()
    with writing() as session:
        kept_agencies = Kept(Agency, "name_vi")
        for name, (name_en, is_vertical) in agencies.items():
            kept_agencies.put(name, {"name_en": name_en, "is_vertical": is_vertical})
        session.flush()
        found = Kept(ServiceField, "code")
        for code, (agency, values) in wanted.items():
            found.put(code, values | {"agency_id": kept_agencies.rows[agency].id})
        return found.outcome.note("fields.imported", sheet.file)


def procedures(path: Path) -> Imported:
    """Procedures: code (national), name_vi, field_code; name_en if known."""
    sheet = table_reader.read(path, ("code", "name_vi", "field_code"))
    sheet.unique("code")
    field_ids = ids(ServiceField)
    wanted = {
        row.text("code", 30): {
            "name_vi": row.text("name_vi", 500),
            "name_en": row.optional("name_en", 500),
            "field_id": known(row, "field_code", field_ids),
        }
        for row in sheet
    }
    sheet.stop_if_faulty()
    with writing():
        found = Kept(Procedure, "code")
        for code, values in wanted.items():
            found.put(code, values)
        return found.outcome.note("procedures.imported", sheet.file)


def touchpoints(path: Path) -> Imported:
    """Touchpoints: unit_code, label_vi, channel; label_en, field_code, questionnaire and code if known.

    A touchpoint is known again by its code or, without one, by unit, channel and label; one without a
    code gets a new one, which it keeps.
    """
    sheet = table_reader.read(path, ("unit_code", "label_vi", "channel"))
    sheet.unique("unit_code", "channel", "label_vi")
    sheet.unique("code")
    unit_ids, field_ids, published = ids(Unit), ids(ServiceField), questionnaires.codes()
    wanted = [_touchpoint(row, unit_ids, field_ids) for row in sheet]
    for row, values in zip(sheet, wanted, strict=True):
        if values["questionnaire"] not in published:
            there_are = ", ".join(sorted(published))
            row.fault("questionnaire", reason("is no published questionnaire; there are %(codes)s", codes=there_are))
    sheet.stop_if_faulty()
    with writing():
        found = Kept(Touchpoint, "code")
        by_place = {(one.unit_id, one.channel, one.label_vi): one.code for one in found.rows.values()}
        for row, values in zip(sheet, wanted, strict=True):
            place = (values["unit_id"], values["channel"], values["label_vi"])
            code = codes.tidy_code(row.cells.get("code", "")) or by_place.get(place) or codes.new_code()
            if by_place.get(place, code) != code:
                other = reason(
                    "is not that of this touchpoint, which has %(code)s on paper already", code=by_place[place]
                )
                row.fault("code", other)
            elif code in found.rows and found.rows[code].unit_id != values["unit_id"]:
                row.fault("code", reason("hangs in another unit already"))
            else:
                found.put(code, values)
        sheet.stop_if_faulty()
        return found.outcome.note("touchpoints.imported", sheet.file)


def _touchpoint(row: TableRow, unit_ids: Mapping[str, int], field_ids: Mapping[str, int]) -> dict[str, Any]:
    code = codes.tidy_code(row.cells.get("code", ""))
    if code and not codes.is_code(code):
        row.fault("code", reason("is no touchpoint code (eight characters, the last one a check)"))
    return {
        "unit_id": known(row, "unit_code", unit_ids),
        "label_vi": row.text("label_vi", 120),
        "label_en": row.optional("label_en", 120),
        "channel": row.one_of("channel", models.CHANNELS),
        "field_id": known(row, "field_code", field_ids) if row.cells.get("field_code", "").strip() else None,
        "questionnaire": row.slug("questionnaire", needed=False) or questionnaires.DEFAULT,
    }


def questionnaire(path: Path, only: Collection[str] = ()) -> Imported:
    """Questionnaires: questionnaire, question, kind, text_vi; and, where they apply, others (see the README).

    factor, when_low, text_xx, not_applicable_xx, options and options_xx (`;` between), xx being a
    language. Row order is question order. Each that asks something else than its newest version is
    published as the next one; `only` leaves out all but some.
    """
    wanted = [one for one in questionnaire_files.read(path) if not only or one.code in only]
    published = [questionnaire_drafts.publish_at_once(one) for one in wanted]
    return Imported(added=sum(map(bool, published)), same=published.count(None))


KINDS_OF_FILE: Mapping[str, Callable[[Path], Imported]] = MappingProxyType(
    {
        "units": units,
        "fields": fields,
        "procedures": procedures,
        "touchpoints": touchpoints,
        "questionnaire": questionnaire,
        "dossiers": dossiers,
        "indices": index_files.load,
    }
)
"""What can be imported, by the name the command has for it."""

"""Dossier counts on pages: the form of a month, and what a file would do in words and rows."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

from flask_babel import gettext, ngettext
from wtforms import StringField, ValidationError

from sipas.catalogue import lookups
from sipas.catalogue.models import ServiceField, Unit
from sipas.core import edit_conflicts, formats
from sipas.dossiers.dossier_counts import COUNTS, Comparison, DossierCell, Dossiers
from sipas.imports.dossier_files import DossierDoubt
from sipas.web.kit.filters import in_own_language
from sipas.web.kit.forms import StaffForm
from sipas.web.kit.language import language, lazy

NO_NUMBER = lazy("Please give a whole number without marks between the digits, or nothing.")
MORE_THAN_FINISHED = lazy("This is more than were finished.")
INCOMPLETE = lazy("Please fill in all three of this field, or none.")

MOST = 10**9


def count_names() -> dict[str, str]:
    """What the three counts are called."""
    return {"received": gettext("Received"), "finished": gettext("Finished"), "on_time": gettext("On time")}


def columns() -> tuple[str, ...]:
    """The header of a file to be filled in, in the reader's language where the importer knows its words."""
    if language() == "vi":
        return ("Mã đơn vị", "Đơn vị", "Mã lĩnh vực", "Lĩnh vực", "Tháng", "Tiếp nhận", "Đã giải quyết", "Đúng hạn")
    return ("unit_code", "unit", "field_code", "field", "month", *COUNTS)


def done(found: Comparison) -> str:
    """What keeping counts did."""
    return gettext(
        "Dossier counts were kept: %(added)s added, %(changed)s changed, %(removed)s removed, %(same)s as before.",
        added=len(found.added), changed=len(found.changed), removed=len(found.removed), same=found.same,
    )  # fmt: skip


def counted(numbers: Mapping[str, int]) -> str:
    """What one load did, in numbers."""
    words = {
        "added": gettext("%(number)s added", number=formats.count(numbers.get("added", 0), language())),
        "changed": gettext("%(number)s changed", number=formats.count(numbers.get("changed", 0), language())),
        "removed": gettext("%(number)s removed", number=formats.count(numbers.get("removed", 0), language())),
    }
    return ", ".join(said for name, said in words.items() if numbers.get(name)) or gettext("nothing changed")


def fingerprint(found: Comparison) -> str:
    """What a form carries of the comparison that its sender agrees to."""
    return edit_conflicts.fingerprint(found.as_seen)


@dataclass(frozen=True)
class ChangedCell:
    """One cell that would become another."""

    unit: Unit
    field: ServiceField
    month: date
    before: Dossiers | None
    after: Dossiers
    doubts: tuple[str, ...]


def rows(found: Comparison, doubts: Collection[DossierDoubt]) -> list[ChangedCell]:
    """What a file would add and change, the doubtful first, then what it changes."""
    cells = {**{cell: (None, now) for cell, now in found.added.items()}, **found.changed}
    units = {one.id: one for one in lookups.units_in({cell.unit_id for cell in cells})}
    fields = {one.id: one for one in lookups.fields()}
    said: dict[DossierCell, tuple[str, ...]] = {}
    for doubt in doubts:
        said[doubt.cell] = (*said.get(doubt.cell, ()), _doubt(doubt))
    listed = [
        ChangedCell(units[cell.unit_id], fields[cell.field_id], cell.month, before, after, said.get(cell, ()))
        for cell, (before, after) in cells.items()
    ]
    return sorted(listed, key=lambda row: (not row.doubts, row.before is None))


def _doubt(doubt: DossierDoubt) -> str:
    number, against = (formats.count(one, language()) for one in (doubt.finished, doubt.against))
    if doubt.kind == "more":
        return gettext("ten times the month before or more (%(against)s)", against=against)
    if doubt.kind == "fewer":
        return gettext("a tenth of the month before or less (%(against)s)", against=against)
    return ngettext(
        "%(against)s response for %(number)s finished dossiers",
        "%(against)s responses for %(number)s finished dossiers",
        doubt.against, against=against, number=number,
    )  # fmt: skip


class _CountField(StringField):
    """A count that may stay empty."""

    @property
    def number(self) -> int | None:
        """The count."""
        return int(self.data) if self.data else None

    def pre_validate(self, form: object) -> None:
        """Nothing but digits."""
        text = self.data or "0"
        if not (text.isascii() and text.isdecimal() and len(text) < 11 and int(text) <= MOST):
            raise ValidationError(NO_NUMBER)


def _tidy(text: str | None) -> str | None:
    return (text or "").strip() or None


class MonthForm(StaffForm):
    """The counts of one unit and month: three for each field."""

    codes: Sequence[str] = ()

    def validate(self, extra_validators: Any = None) -> bool:  # noqa: ANN401 - WTForms's own
        """Each field whole or not at all, and no more on time than finished."""
        is_well = bool(super().validate(extra_validators))
        return not [code for code in self.codes if not self._is_well(code)] and is_well

    def _cells(self, code: str) -> list[_CountField]:
        return [cast("_CountField", self[f"{name}-{code}"]) for name in COUNTS]

    def _is_well(self, code: str) -> bool:
        cells = self._cells(code)
        if any(cell.errors for cell in cells):
            return False
        empty = [cell for cell in cells if cell.number is None]
        for cell in empty if len(empty) < len(cells) else ():
            cell.errors = [INCOMPLETE]
        _, finished, on_time = (cell.number or 0 for cell in cells)
        if not empty and on_time > finished:
            cells[2].errors = [MORE_THAN_FINISHED]
        return not any(cell.errors for cell in cells)

    def counts(self, fields: Iterable[ServiceField]) -> dict[int, Dossiers | None]:
        """What was typed, by field id; None where nothing stands."""
        found: dict[int, Dossiers | None] = {}
        for field in fields:
            numbers = [cell.number for cell in self._cells(field.code) if cell.number is not None]
            found[field.id] = Dossiers(*numbers) if len(numbers) == len(COUNTS) else None
        return found


def month_form(fields: Sequence[ServiceField]) -> type[MonthForm]:
    """The form for some fields."""
    cells = {
        f"{name}-{field.code}": _CountField(f"{in_own_language(field)}: {words}", filters=[_tidy])
        for field in fields
        for name, words in count_names().items()
    }
    return type("MonthForm", (MonthForm,), {**cells, "codes": [field.code for field in fields]})

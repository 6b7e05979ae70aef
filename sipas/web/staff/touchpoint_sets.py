"""For managers: a whole set of survey points for an office, hung at once after a look at it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from wtforms import BooleanField, Field, ValidationError

from sipas.catalogue import questionnaires, touchpoints
from sipas.catalogue.models import ServiceField, Unit
from sipas.catalogue.touchpoints import LabelTaken, NewTouchpoint, UnitClosed
from sipas.core import edit_conflicts
from sipas.web.kit import here
from sipas.web.kit.forms import StaffForm, choice, line
from sipas.web.kit.language import lazy
from sipas.web.staff.touchpoint_forms import (
    CLOSED_UNIT,
    MOST_OF_A_LABEL,
    Answer,
    choices_of,
    open_fields,
    open_units,
    own_unit,
)
from sipas.web.staff.touchpoints import asked_unit

pages = Blueprint("touchpoint_sets", __name__)

LEFT_OUT = "-"
"""What is chosen in place of a field for a counter that gets no point."""


class _SetForm(StaffForm):
    """The counters of an office, from a number to a number, and what else hangs there."""

    unit = choice(lazy("Unit"))
    first = line(lazy("From counter"), 3)
    last = line(lazy("To counter"), 3)
    pattern_vi = line(lazy("Label in Vietnamese"), 60)
    pattern_en = line(lazy("Label in English"), 60, needed=False)
    questionnaire = choice(lazy("Questionnaire"))
    with_exit = BooleanField(lazy("Also one at the exit"))
    with_slip = BooleanField(lazy("Also one for the appointment slip"))

    def validate_first(self, field: Field) -> None:
        """A number of a counter."""
        if not (field.data.isascii() and field.data.isdecimal() and int(field.data) > 0):
            raise ValidationError(gettext("Please give a number from 1 to 999."))

    def validate_last(self, field: Field) -> None:
        """Another, not smaller and not too far."""
        self.validate_first(field)
        if not self.first.errors and not 0 <= int(field.data) - int(self.first.data or 0) < touchpoints.MOST_AT_ONCE:
            said = gettext("Please give a number not below the first one; at most %(most)s counters at once.")
            raise ValidationError(said % {"most": touchpoints.MOST_AT_ONCE})

    def validate_pattern_vi(self, field: Field) -> None:
        """Each counter needs its own label."""
        if touchpoints.NUMBER not in field.data:
            raise ValidationError(gettext("Please write {n} where the number of the counter goes."))

    @property
    def numbers(self) -> range:
        """The numbers of the counters."""
        return range(int(self.first.data or 0), int(self.last.data or 0) + 1)


@dataclass(frozen=True)
class _Row:
    """A line of the preview: what will be hung, or a counter that is left out."""

    number: int | None
    chosen: str
    wanted: NewTouchpoint | None


def _rows(form: _SetForm) -> list[_Row]:
    fields = {str(one.id): one for one in open_fields()}
    rows = [_counter(form, number, fields) for number in form.numbers]
    ends = [_EXIT] * form.with_exit.data + [_SLIP] * form.with_slip.data
    return rows + [_Row(None, "", NewTouchpoint(*end, None, form.questionnaire.data)) for end in ends]


_EXIT = ("qr", "Lối ra", "Exit")
_SLIP = ("receipt", "Phiếu hẹn trả kết quả", "Appointment slip")


def _counter(form: _SetForm, number: int, fields: dict[str, ServiceField]) -> _Row:
    chosen = request.form.get(f"field-{number}", "")
    if chosen == LEFT_OUT:
        return _Row(number, chosen, None)
    field = fields.get(chosen)
    label_vi = touchpoints.label(form.pattern_vi.data or "", number, field.name_vi if field else "")
    name_en = (field.name_en or field.name_vi) if field else ""
    label_en = touchpoints.label(form.pattern_en.data, number, name_en) if form.pattern_en.data else None
    wanted = NewTouchpoint("qr", label_vi, label_en, field.id if field else None, form.questionnaire.data)
    return _Row(number, chosen if field else "", wanted)


def _plan(unit_code: str, rows: Sequence[_Row]) -> str:
    """A short text that is another one whenever something else would be hung."""
    return edit_conflicts.fingerprint({"unit": unit_code, "rows": [str(row.wanted) for row in rows]})


@pages.route("/touchpoints/set", methods=["GET", "POST"])
def whole() -> Answer:
    """Hang a whole set after a look at what it will be."""
    unit = asked_unit()
    start: dict[str, Any] = {"unit": unit.code, "first": "1", "last": "8", "questionnaire": questionnaires.DEFAULT}
    start |= {"pattern_vi": "Quầy {n} · {field}", "pattern_en": "Counter {n} · {field}"}
    form = _SetForm(data=start | {"with_exit": True, "with_slip": True})
    form.unit.choices = open_units()
    form.questionnaire.choices = [(code, code) for code in sorted(questionnaires.codes())]
    if not form.validate_on_submit():
        return _set_page(form, unit, []), form.status
    chosen, rows = own_unit(form.unit.data), _rows(form)
    wanted = [row.wanted for row in rows if row.wanted]
    faults = _faults(chosen, wanted)
    is_shown = request.form.get("shown") == _plan(chosen.code, rows)
    if "make" not in request.form or faults or not (wanted and is_shown):
        return _set_page(form, unit, rows, faults), 422 if "make" in request.form else 200
    try:
        made = touchpoints.hang(chosen, wanted, here.today())
    except LabelTaken as error:
        return _set_page(form, unit, rows, error.labels), 422
    except UnitClosed:
        form.fault("unit", CLOSED_UNIT)
        return _set_page(form, unit, rows), 422
    flash(gettext("%(number)s survey points were created. Their posters can be printed together.", number=len(made)))
    return redirect(url_for("touchpoints.listed", unit=chosen.code), 303)


def _faults(unit: Unit, wanted: Sequence[NewTouchpoint]) -> Sequence[str]:
    """The labels that cannot be used: taken ones and those too long in either language."""
    long = [one.label_vi for one in wanted if max(len(one.label_vi), len(one.label_en or "")) > MOST_OF_A_LABEL]
    return [*touchpoints.taken(unit.id, wanted), *long]


def _set_page(form: _SetForm, unit: Unit, rows: Sequence[_Row], faults: Sequence[str] = ()) -> str:
    return render_template(
        "touchpoints/set.html",
        form=form,
        unit=unit,
        rows=rows,
        faulty=set(faults),
        shown=_plan(form.unit.data, rows) if rows else "",
        fields=choices_of(open_fields()),
        left_out=LEFT_OUT,
        number=sum(row.wanted is not None for row in rows),
        is_asked_to_make="make" in request.form,
    )

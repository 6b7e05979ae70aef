"""For managers: hanging survey points, one or a whole set, changing, closing, reopening and moving them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response
from wtforms import BooleanField, Field, ValidationError

from sipas import editing, hanging, places, questionnaires
from sipas.editing import ChangedMeanwhile
from sipas.hanging import EDITED, LabelTaken, UnitClosed, Wanted
from sipas.i18n import named
from sipas.places import ServiceField, Touchpoint, Unit
from sipas.web import touchpoints
from sipas.web.access import current_user
from sipas.web.language import language, lazy
from sipas.web.manager import channel_names, own_units
from sipas.web.staff_forms import MEANWHILE, StaffForm, choice, line

pages = Blueprint("hanging", __name__)

Answer = Response | str | tuple[str, int]

LABEL_TAKEN = lazy("This unit has a survey point with this label already. Please choose another label.")
CLOSED_UNIT = lazy("This unit is closed: nothing can be hung there.")


class _LabelForm(StaffForm):
    """The words on the poster."""

    label_vi = line(lazy("Label in Vietnamese"), 120)
    label_en = line(lazy("Label in English"), 120, needed=False)


class _PointForm(_LabelForm):
    """What of a point may be changed later."""

    field_id = choice(lazy("Service field"))
    questionnaire = choice(lazy("Questionnaire"))

    def offer(self, kept: Touchpoint | None = None) -> None:
        """Offer the open fields and the published questionnaires, and what the point has now."""
        fields = [one for one in _open_fields() if not kept or one.id != kept.field_id]
        fields += [kept.field] if kept and kept.field else []
        self.field_id.choices = [("", gettext("the citizen chooses")), *_named(fields)]
        codes = sorted(questionnaires.codes() | ({kept.questionnaire} if kept else set()))
        self.questionnaire.choices = [(code, code) for code in codes]

    @property
    def values(self) -> dict[str, Any]:
        """The values of `hanging.EDITED`."""
        return {
            "label_vi": self.label_vi.data,
            "label_en": self.label_en.data,
            "field_id": int(self.field_id.data) if self.field_id.data else None,
            "questionnaire": self.questionnaire.data,
        }

    def tell(self, conflict: ChangedMeanwhile) -> None:
        """As in every form; of a field its name is said, not its number."""
        super().tell(conflict)
        now = str(conflict.now["field_id"] or "")
        names = {value: words for value, words, *_ in self.field_id.iter_choices()}
        self.field_id.errors = [] if now == self.field_id.data else [MEANWHILE % {"value": names.get(now, now)}]


class _NewForm(_PointForm):
    unit = choice(lazy("Unit"))
    channel = choice(lazy("Where it stands"))

    def offer(self, kept: Touchpoint | None = None) -> None:
        super().offer(kept)
        names = channel_names()
        self.unit.choices = _open_units()
        self.channel.choices = [(code, names[code]) for code in hanging.HUNG]


def _open_fields() -> list[ServiceField]:
    return [one for one in places.fields() if not one.closed_on and one.code != places.OTHER_FIELD]


def _named(fields: Sequence[ServiceField]) -> list[tuple[str, str]]:
    return [(str(one.id), named(one, language())) for one in fields]


def _open_units() -> list[tuple[str, str]]:
    return [(one.code, named(one, language())) for one in own_units() if not one.closed_on]


def _there(point: Touchpoint) -> Response:
    return redirect(url_for("touchpoints.point", code=point.code), 303)


@pages.route("/touchpoints/new", methods=["GET", "POST"])
def new() -> Answer:
    """Hang one point."""
    unit = touchpoints.asked_unit()
    form = _NewForm(data={"unit": unit.code, "channel": "qr", "questionnaire": questionnaires.DEFAULT})
    form.offer()
    if form.validate_on_submit():
        wanted = Wanted(form.channel.data, **form.values)
        try:
            (point,) = hanging.hang(_own_unit(form.unit.data), [wanted], touchpoints.today())
        except LabelTaken:
            form.fault("label_vi", LABEL_TAKEN)
        except UnitClosed:
            form.fault("unit", CLOSED_UNIT)
        else:
            flash(gettext("The survey point was created. Print its poster and hang it up."))
            return _there(point)
    return render_template("manager/point_new.html", form=form, unit=unit), form.status


def _own_unit(code: str) -> Unit:
    return places.within(current_user.root.id, code)


@pages.route("/touchpoints/<code>/edit", methods=["GET", "POST"])
def edit(code: str) -> Answer:
    """Change a point's label, field or questionnaire."""
    point = touchpoints.own(code)
    kept = editing.values_of(point, EDITED)
    form = _PointForm(data=kept | {"field_id": str(point.field_id or "")})
    form.offer(point)
    form.opened_on(kept)
    is_conflict = False
    if form.validate_on_submit():
        try:
            hanging.change(point, form.values, form.seen.data or "")
        except ChangedMeanwhile as conflict:
            form.tell(conflict)
            is_conflict = True
        except LabelTaken:
            form.fault("label_vi", LABEL_TAKEN)
        else:
            flash(gettext("Saved. Who has the survey open sees it after some seconds; print the poster anew."))
            return _there(point)
    return render_template("manager/point_edit.html", form=form, point=point), 409 if is_conflict else form.status


@pages.post("/touchpoints/<code>/close")
def close(code: str) -> Response:
    """Take no more answers through a point."""
    point = touchpoints.own(code)
    hanging.close(point, touchpoints.today())
    flash(gettext("The survey point is closed. Who scans its poster is told so. Please take the poster down."))
    return _there(point)


@pages.post("/touchpoints/<code>/reopen")
def reopen(code: str) -> Response:
    """Take answers through a closed point again."""
    point = touchpoints.own(code)
    try:
        hanging.reopen(point)
    except UnitClosed:
        flash(gettext("Its unit is closed: move the survey point to another unit first."))
    else:
        flash(gettext("The survey point is open again."))
    return _there(point)


class _MoveForm(_LabelForm):
    unit = choice(lazy("To which unit"))


@pages.route("/touchpoints/<code>/move", methods=["GET", "POST"])
def move(code: str) -> Answer:
    """Hang a point in another unit of one's own subtree."""
    point = touchpoints.own(code)
    form = _MoveForm(data={"label_vi": point.label_vi, "label_en": point.label_en, "unit": point.unit.code})
    form.unit.choices = [one for one in _open_units() if one[0] != point.unit.code]
    if form.validate_on_submit():
        try:
            hanging.move(point, _own_unit(form.unit.data), str(form.label_vi.data), form.label_en.data)
        except LabelTaken:
            form.fault("label_vi", LABEL_TAKEN)
        except UnitClosed:
            form.fault("unit", CLOSED_UNIT)
        else:
            flash(gettext("The survey point was moved. Its code stays; print the poster anew, for it names the unit."))
            return _there(point)
    return render_template("manager/point_move.html", form=form, point=point), form.status


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
        if not self.first.errors and not 0 <= int(field.data) - int(self.first.data or 0) < hanging.MOST_AT_ONCE:
            said = gettext("Please give a number not below the first one; at most %(most)s counters at once.")
            raise ValidationError(said % {"most": hanging.MOST_AT_ONCE})

    def validate_pattern_vi(self, field: Field) -> None:
        """Each counter needs its own label."""
        if hanging.NUMBER not in field.data:
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
    wanted: Wanted | None


def _rows(form: _SetForm) -> list[_Row]:
    fields = {str(one.id): one for one in _open_fields()}
    rows = [_counter(form, number, fields) for number in form.numbers]
    ends = [_EXIT] * form.with_exit.data + [_SLIP] * form.with_slip.data
    return rows + [_Row(None, "", Wanted(*end, None, form.questionnaire.data)) for end in ends]


_EXIT = ("qr", "Lối ra", "Exit")
_SLIP = ("receipt", "Phiếu hẹn trả kết quả", "Appointment slip")


def _counter(form: _SetForm, number: int, fields: dict[str, ServiceField]) -> _Row:
    chosen = request.form.get(f"field-{number}", "")
    if chosen == LEFT_OUT:
        return _Row(number, chosen, None)
    field = fields.get(chosen)
    label_vi = hanging.label(form.pattern_vi.data or "", number, field.name_vi if field else "")
    name_en = (field.name_en or field.name_vi) if field else ""
    label_en = hanging.label(form.pattern_en.data, number, name_en) if form.pattern_en.data else None
    wanted = Wanted("qr", label_vi, label_en, field.id if field else None, form.questionnaire.data)
    return _Row(number, chosen if field else "", wanted)


def _plan(unit_code: str, rows: Sequence[_Row]) -> str:
    """A short text that is another one whenever something else would be hung."""
    return editing.fingerprint({"unit": unit_code, "rows": [str(row.wanted) for row in rows]})


@pages.route("/touchpoints/set", methods=["GET", "POST"])
def whole_set() -> Answer:
    """Hang a whole set after a look at what it will be."""
    unit = touchpoints.asked_unit()
    start: dict[str, Any] = {"unit": unit.code, "first": "1", "last": "8", "questionnaire": questionnaires.DEFAULT}
    start |= {"pattern_vi": "Quầy {n} · {field}", "pattern_en": "Counter {n} · {field}"}
    form = _SetForm(data=start | {"with_exit": True, "with_slip": True})
    form.unit.choices = _open_units()
    form.questionnaire.choices = [(code, code) for code in sorted(questionnaires.codes())]
    if not form.validate_on_submit():
        return _set_page(form, unit, []), form.status
    chosen, rows = _own_unit(form.unit.data), _rows(form)
    wanted = [row.wanted for row in rows if row.wanted]
    faults = _faults(chosen, wanted)
    is_shown = request.form.get("shown") == _plan(chosen.code, rows)
    if "make" not in request.form or faults or not (wanted and is_shown):
        return _set_page(form, unit, rows, faults), 422 if "make" in request.form else 200
    try:
        made = hanging.hang(chosen, wanted, touchpoints.today())
    except LabelTaken as error:
        return _set_page(form, unit, rows, error.labels), 422
    flash(gettext("%(number)s survey points were created. Their posters can be printed together.", number=len(made)))
    return redirect(url_for("touchpoints.listed", unit=chosen.code), 303)


def _faults(unit: Unit, wanted: Sequence[Wanted]) -> Sequence[str]:
    """The labels that cannot be used: taken ones and those too long."""
    return [*hanging.taken(unit.id, wanted), *(one.label_vi for one in wanted if len(one.label_vi) > 120)]


def _set_page(form: _SetForm, unit: Unit, rows: Sequence[_Row], faults: Sequence[str] = ()) -> str:
    return render_template(
        "manager/points_set.html",
        form=form,
        unit=unit,
        rows=rows,
        faulty=set(faults),
        shown=_plan(form.unit.data, rows) if rows else "",
        fields=_named(_open_fields()),
        left_out=LEFT_OUT,
        number=sum(row.wanted is not None for row in rows),
        is_asked_to_make="make" in request.form,
    )

"""For managers: putting up survey points, one or a whole set, changing, closing, reopening and moving them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from sipas.catalogue import lookups, models, questionnaires, touchpoints
from sipas.catalogue.models import ServiceField, Touchpoint, Unit
from sipas.catalogue.touchpoints import EDITED, LabelTaken, NewTouchpoint, UnitClosed
from sipas.core import edit_conflicts
from sipas.core.edit_conflicts import ChangedMeanwhile
from sipas.core.languages import named
from sipas.web.kit import here
from sipas.web.kit.access import current_user
from sipas.web.kit.forms import MEANWHILE, StaffForm, choice, line
from sipas.web.kit.language import language, lazy
from sipas.web.kit.scope import own_units
from sipas.web.staff.reports import channel_names
from sipas.web.staff.touchpoints import asked_unit, own

pages = Blueprint("touchpoint_forms", __name__)

Answer = Response | str | tuple[str, int]

MOST_OF_A_LABEL = 120
"""Characters; the table takes no more."""

LABEL_TAKEN = lazy("This unit has a survey point with this label already. Please choose another label.")
CLOSED_UNIT = lazy("This unit is closed: nothing can be hung there.")


class _LabelForm(StaffForm):
    """The words on the poster."""

    label_vi = line(lazy("Label in Vietnamese"), MOST_OF_A_LABEL)
    label_en = line(lazy("Label in English"), MOST_OF_A_LABEL, needed=False)


class _PointForm(_LabelForm):
    """What of a point may be changed later."""

    field_id = choice(lazy("Service field"))
    questionnaire = choice(lazy("Questionnaire"))

    def offer(self, kept: Touchpoint | None = None) -> None:
        """Offer the open fields and the published questionnaires, and what the point has now."""
        fields = [one for one in open_fields() if not kept or one.id != kept.field_id]
        fields += [kept.field] if kept and kept.field else []
        self.field_id.choices = [("", gettext("the citizen chooses")), *choices_of(fields)]
        codes = sorted(questionnaires.codes() | ({kept.questionnaire} if kept else set()))
        self.questionnaire.choices = [(code, code) for code in codes]

    @property
    def values(self) -> dict[str, Any]:
        """The values of `touchpoints.EDITED`."""
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
        self.unit.choices = open_units()
        self.channel.choices = [(code, names[code]) for code in touchpoints.HUNG]


def open_fields() -> list[ServiceField]:
    """The fields that a point may fix."""
    return [one for one in lookups.fields() if not one.closed_on and one.code != models.OTHER_FIELD]


def choices_of(fields: Sequence[ServiceField]) -> list[tuple[str, str]]:
    """Fields as a select offers them."""
    return [(str(one.id), named(one, language())) for one in fields]


def open_units() -> list[tuple[str, str]]:
    """The units where something may be hung, as a select offers them."""
    return [(one.code, named(one, language())) for one in own_units() if not one.closed_on]


def _there(point: Touchpoint) -> Response:
    return redirect(url_for("touchpoints.point", code=point.code), 303)


@pages.route("/touchpoints/new", methods=["GET", "POST"])
def new() -> Answer:
    """Hang one point."""
    unit = asked_unit()
    form = _NewForm(data={"unit": unit.code, "channel": "qr", "questionnaire": questionnaires.DEFAULT})
    form.offer()
    if form.validate_on_submit():
        wanted = NewTouchpoint(form.channel.data, **form.values)
        try:
            (point,) = touchpoints.hang(own_unit(form.unit.data), [wanted], here.today())
        except LabelTaken:
            form.fault("label_vi", LABEL_TAKEN)
        except UnitClosed:
            form.fault("unit", CLOSED_UNIT)
        else:
            flash(gettext("The survey point was created. Print its poster and hang it up."))
            return _there(point)
    return render_template("touchpoints/new.html", form=form, unit=unit), form.status


def own_unit(code: str) -> Unit:
    """The unit with this code within one's own subtree. Raises NotFound."""
    return lookups.within(current_user.root.id, code)


@pages.route("/touchpoints/<code>/edit", methods=["GET", "POST"])
def edit(code: str) -> Answer:
    """Change a point's label, field or questionnaire."""
    point = own(code)
    kept = edit_conflicts.values_of(point, EDITED)
    form = _PointForm(data=kept | {"field_id": str(point.field_id or "")})
    form.offer(point)
    form.opened_on(kept)
    if form.validate_on_submit():
        try:
            touchpoints.change(point, form.values, form.seen.data or "")
        except ChangedMeanwhile as conflict:
            point = own(code)
            form.tell(conflict)
        except LabelTaken:
            form.fault("label_vi", LABEL_TAKEN)
        else:
            flash(gettext("Saved. Who has the survey open sees it after some seconds; print the poster anew."))
            return _there(point)
    return render_template("touchpoints/edit.html", form=form, point=point), form.status


@pages.post("/touchpoints/<code>/close")
def close(code: str) -> Response:
    """Take no more answers through a point."""
    point = own(code)
    touchpoints.close(point, here.today())
    flash(gettext("The survey point is closed. Who scans its poster is told so. Please take the poster down."))
    return _there(point)


@pages.post("/touchpoints/<code>/reopen")
def reopen(code: str) -> Response:
    """Take answers through a closed point again."""
    point = own(code)
    try:
        touchpoints.reopen(point)
    except UnitClosed:
        flash(gettext("Its unit is closed: move the survey point to another unit first."))
    else:
        flash(gettext("The survey point is open again."))
    return _there(point)


class _MoveForm(_LabelForm):
    unit = choice(lazy("To which unit"))

    def tell(self, conflict: ChangedMeanwhile) -> None:
        """As in every form; of a unit its name is said, if one may see it."""
        super().tell(conflict)
        now = next((one for one in own_units() if one.id == conflict.now["unit_id"]), None)
        if now and now.code != self.unit.data:
            self.unit.errors = [MEANWHILE % {"value": named(now, language())}]


@pages.route("/touchpoints/<code>/move", methods=["GET", "POST"])
def move(code: str) -> Answer:
    """Hang a point in another unit of one's own subtree."""
    point = own(code)
    form = _MoveForm(data={"label_vi": point.label_vi, "label_en": point.label_en, "unit": point.unit.code})
    form.opened_on(edit_conflicts.values_of(point, touchpoints.MOVED))
    form.unit.choices = [one for one in open_units() if one[0] != point.unit.code]
    if form.validate_on_submit():
        try:
            there, seen = own_unit(form.unit.data), form.seen.data or ""
            touchpoints.move(point, there, str(form.label_vi.data), form.label_en.data, seen)
        except ChangedMeanwhile as conflict:
            point = own(code)
            form.tell(conflict)
        except LabelTaken:
            form.fault("label_vi", LABEL_TAKEN)
        except UnitClosed:
            form.fault("unit", CLOSED_UNIT)
        else:
            flash(gettext("The survey point was moved. Its code stays; print the poster anew, for it names the unit."))
            return _there(point)
    return render_template("touchpoints/move.html", form=form, point=point), form.status

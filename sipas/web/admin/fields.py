"""For administrators: service fields in their order, and who handles each."""

from __future__ import annotations

from typing import Any, Literal

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from sipas.catalogue import fields, lookups
from sipas.catalogue.fields import FieldFixed, OtherStays, Taken
from sipas.catalogue.models import OTHER_FIELD
from sipas.core.edit_conflicts import ChangedMeanwhile
from sipas.web.admin import imports
from sipas.web.admin.field_forms import FieldForm
from sipas.web.kit.here import today

pages = Blueprint("fields", __name__, url_prefix="/admin")

Answer = Response | str | tuple[str, int]


@pages.get("/fields")
def listed() -> str:
    """All fields in the order in which citizens see them."""
    return page()


@pages.post("/fields")
def import_file() -> Answer:
    """Load fields from a file: all of it, or a list of what is to be mended."""
    form = imports.FileForm()
    if form.validate_on_submit() and imports.load(form, "fields"):
        return redirect(url_for("fields.listed"), 303)
    return page(file=form), 422


def page(**more: Any) -> str:  # noqa: ANN401 - what a template takes
    """The list of fields, with what else it is to say."""
    return render_template(
        "admin/fields/listed.html",
        fields=lookups.fields(),
        agencies=fields.agencies(),
        fixed=fields.points_fixing(),
        procedures=_procedures(),
        other=OTHER_FIELD,
        **{"file": imports.FileForm(), "procedure_file": imports.FileForm(prefix="procedures"), **more},
    )


def _procedures() -> dict[int, int]:
    """How many procedures each field has, by its id."""
    counted: dict[int, int] = {}
    for one in fields.procedures():
        counted[one.field_id] = counted.get(one.field_id, 0) + (one.closed_on is None)
    return counted


@pages.get("/fields/<code>")
def shown(code: str) -> str:
    """One field: its agency, its procedures, and the survey points that fix it."""
    field = lookups.field(code)
    points = fields.points_fixing().get(field.id, [])
    found = fields.procedures(field.id)
    return render_template("admin/fields/shown.html", one=field, points=points, procedures=found, other=OTHER_FIELD)


@pages.route("/fields-new", methods=["GET", "POST"])
def create() -> Answer:
    """Make a field."""
    form = FieldForm()
    form.offer_agencies()
    if form.validate_on_submit() and form.is_whole():
        try:
            made = fields.add_field(form.code.data, str(form.name_vi.data), form.name_en.data, form.handling)
        except Taken as error:
            form.fault("agency_vi" if str(error) == form.agency_vi.data else "code", taken(error))
        else:
            flash(gettext("Made. Its code is %(code)s.", code=made.code))
            return redirect(url_for("fields.shown", code=made.code), 303)
    return render_template("admin/fields/edit.html", form=form, one=None), form.status


@pages.route("/fields/<code>/edit", methods=["GET", "POST"])
def edit(code: str) -> Answer:
    """Change a field's names and who handles it."""
    field = lookups.field(code)
    form = FieldForm(data=fields.field_seen(field))
    form.offer_agencies()
    form.opened_on(fields.field_seen(field))
    if form.validate_on_submit() and form.is_whole():
        try:
            fields.edit_field(field, str(form.name_vi.data), form.name_en.data, form.handling, str(form.seen.data))
        except Taken as error:
            form.fault("agency_vi", taken(error))
        except ChangedMeanwhile as conflict:
            form.tell(conflict)
        else:
            flash(gettext("Saved."))
            return redirect(url_for("fields.shown", code=code), 303)
    return render_template("admin/fields/edit.html", form=form, one=lookups.field(code)), form.status


def taken(error: Taken) -> str:
    """That another one has a code or a name."""
    return gettext("There is one already: %(what)s", what=str(error))


@pages.post("/fields/<code>/<any(up, down):way>")
def shift(code: str, way: Literal["up", "down"]) -> Response:
    """Put a field one place up or down."""
    try:
        fields.shift(lookups.field(code), way == "up")
    except OtherStays:
        flash(gettext("This field stays the last one."))
    return redirect(url_for("fields.listed", _anchor=f"field-{code}"), 303)


@pages.post("/fields/<code>/close")
def close(code: str) -> Answer:
    """Offer a field no more."""
    field = lookups.field(code)
    try:
        fields.close_field(field, today())
    except OtherStays:
        flash(gettext("This field is for citizens who do not find theirs, and cannot be closed."))
    except FieldFixed as error:
        field = lookups.field(code)
        found = fields.procedures(field.id)
        points: dict[str, Any] = {"one": field, "points": error.points, "procedures": found, "other": OTHER_FIELD}
        return render_template("admin/fields/shown.html", refused=True, **points), 409
    else:
        flash(gettext("Closed. Citizens are not offered it any more; its figures stay."))
    return redirect(url_for("fields.shown", code=code), 303)


@pages.post("/fields/<code>/reopen")
def reopen(code: str) -> Response:
    """Offer a closed field again."""
    fields.reopen_field(lookups.field(code))
    flash(gettext("It is open again."))
    return redirect(url_for("fields.shown", code=code), 303)

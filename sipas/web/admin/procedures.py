"""For administrators: the procedures of service fields."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from sipas.catalogue import fields, lookups
from sipas.catalogue.fields import Taken
from sipas.core.edit_conflicts import ChangedMeanwhile
from sipas.web.admin import imports
from sipas.web.admin.field_forms import NewProcedureForm, ProcedureForm
from sipas.web.admin.fields import page, taken
from sipas.web.kit.here import today

pages = Blueprint("procedures", __name__, url_prefix="/admin")

Answer = Response | str | tuple[str, int]


@pages.route("/fields/<code>/procedures", methods=["GET", "POST"])
def create(code: str) -> Answer:
    """Make a procedure of a field."""
    field = lookups.field(code)
    form = NewProcedureForm()
    if form.validate_on_submit():
        try:
            fields.add_procedure(str(form.code.data), str(form.name_vi.data), form.name_en.data, field)
        except Taken as error:
            form.fault("code", taken(error))
        else:
            return _saved(code)
    return render_template("admin/fields/procedure.html", form=form, one=None, field_=lookups.field(code)), form.status


@pages.route("/procedures/<code>", methods=["GET", "POST"])
def edit(code: str) -> Answer:
    """Change a procedure's names and its field."""
    one = fields.procedure(code)
    form = ProcedureForm(data=fields.procedure_seen(one))
    form.offer_fields()
    form.opened_on(fields.procedure_seen(one))
    if form.validate_on_submit():
        field = lookups.field(form.field.data)
        try:
            fields.edit_procedure(one, str(form.name_vi.data), form.name_en.data, field, str(form.seen.data))
        except ChangedMeanwhile as conflict:
            form.tell(conflict)
        else:
            return _saved(form.field.data)
    one = fields.procedure(code)
    return render_template("admin/fields/procedure.html", form=form, one=one, field_=one.field), form.status


@pages.post("/procedures/<code>/close")
def close(code: str) -> Response:
    """Note that a procedure is done no more."""
    one = fields.procedure(code)
    fields.close_procedure(one, today())
    return _saved(fields.procedure(code).field.code)


@pages.post("/procedures/<code>/reopen")
def reopen(code: str) -> Response:
    """Note that a procedure is done again."""
    one = fields.procedure(code)
    fields.reopen_procedure(one)
    return _saved(fields.procedure(code).field.code)


@pages.post("/procedures")
def import_file() -> Answer:
    """Load procedures from a file: all of it, or a list of what is to be mended."""
    form = imports.FileForm(prefix="procedures")
    if form.validate_on_submit() and imports.load(form, "procedures"):
        return redirect(url_for("fields.listed"), 303)
    return page(procedure_file=form), 422


def _saved(code: str) -> Response:
    flash(gettext("Saved."))
    return redirect(url_for("fields.shown", code=code), 303)

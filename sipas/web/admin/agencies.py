"""For administrators: agencies that handle service fields."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from sipas.catalogue import fields
from sipas.catalogue.fields import Taken
from sipas.core import edit_conflicts
from sipas.core.edit_conflicts import ChangedMeanwhile
from sipas.web.admin.field_forms import AgencyForm
from sipas.web.admin.fields import taken

pages = Blueprint("agencies", __name__, url_prefix="/admin/agencies")

_VALUES = ("name_vi", "name_en", "is_vertical")


@pages.route("/<int:number>", methods=["GET", "POST"])
def edit(number: int) -> Response | tuple[str, int]:
    """Change an agency's names and whether it is a vertical one."""
    one = fields.agency(number)
    form = AgencyForm(data=edit_conflicts.values_of(one, _VALUES))
    form.opened_on(edit_conflicts.values_of(one, _VALUES))
    if form.validate_on_submit():
        values = {name: form[name].data for name in _VALUES}
        try:
            fields.edit_agency(one, values, str(form.seen.data))
        except Taken as error:
            form.fault("name_vi", taken(error))
        except ChangedMeanwhile as conflict:
            form.tell(conflict)
        else:
            flash(gettext("Saved."))
            return redirect(url_for("fields.listed"), 303)
    return render_template("admin/fields/agency.html", form=form, one=fields.agency(number)), form.status

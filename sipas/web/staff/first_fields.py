"""For the managers of a unit: which fields its survey points offer first."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from sipas.catalogue import first_fields, lookups
from sipas.catalogue.first_fields import FIELDS_FIRST, ChosenTwice
from sipas.catalogue.models import ServiceField, Unit
from sipas.core import formats
from sipas.core.edit_conflicts import ChangedMeanwhile
from sipas.survey import surveys
from sipas.web.kit.access import current_user
from sipas.web.kit.filters import in_own_language
from sipas.web.kit.forms import StaffForm, choice, offer
from sipas.web.kit.here import settings, today
from sipas.web.kit.language import language, lazy

pages = Blueprint("first_fields", __name__)


class ChoiceForm(StaffForm):
    """The fields at the places from 1 on; an empty place is filled by use."""


for _number in range(1, FIELDS_FIRST + 1):
    setattr(ChoiceForm, f"field_{_number}", choice(lazy("Place %(number)s", number=_number), default=""))


@pages.route("/units/<code>/first-fields", methods=["GET", "POST"])
def chosen(code: str) -> Response | tuple[str, int]:
    """Choose the fields that a unit's survey points offer first, or let their use decide again."""
    unit = lookups.within(current_user.root.id, code)
    used = surveys.by_use(unit.id, today())
    form = ChoiceForm(data=_shown(unit, used))
    for number in range(1, FIELDS_FIRST + 1):
        offer(form, f"field_{number}", [("", "–"), *_offered(used)])
    form.opened_on(first_fields.as_seen(unit.id))
    if form.validate_on_submit():
        try:
            first_fields.choose(unit, [] if "proposal" in request.form else _fields(form), str(form.seen.data))
        except ChosenTwice as error:
            form.fault(_filled(form)[error.args[0]], gettext("This field stands above already."))
        except ChangedMeanwhile as conflict:
            form.tell(conflict)
        else:
            flash(gettext("Saved. Survey pages show it within seconds."))
            return redirect(url_for("first_fields.chosen", code=code), 303)
    unit = lookups.within(current_user.root.id, code)
    page: dict[str, Any] = {"unit": unit, "form": form, "used": used, "most": FIELDS_FIRST}
    page |= {"is_chosen": bool(first_fields.chosen(unit.id)), "seconds": settings().page_cache_seconds}
    return render_template("touchpoints/first_fields.html", **page), form.status


def _shown(unit: Unit, used: list[tuple[ServiceField, int]]) -> dict[str, Any]:
    """What the form opens with: what was chosen, else what use proposes."""
    kept = first_fields.as_seen(unit.id)
    if any(kept.values()):
        return kept
    return {f"field_{place}": field.code for place, (field, _) in enumerate(used[:FIELDS_FIRST], 1)}


def _offered(used: list[tuple[ServiceField, int]]) -> list[tuple[str, str]]:
    return [
        (
            field.code,
            gettext(
                "%(field)s (%(times)s times)", field=in_own_language(field), times=formats.count(times, language())
            ),
        )
        for field, times in used
    ]


def _filled(form: ChoiceForm) -> list[str]:
    return [name for place in range(1, FIELDS_FIRST + 1) if form[name := f"field_{place}"].data]


def _fields(form: ChoiceForm) -> list[ServiceField]:
    return [lookups.field(form[name].data) for name in _filled(form)]

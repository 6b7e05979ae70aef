"""For administrators of the whole: units merged into one, a unit split into several."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from sipas.catalogue.models import Touchpoint, Unit
from sipas.setup import unit_mergers
from sipas.setup.unit_mergers import Heir
from sipas.setup.units import New, NotPossible
from sipas.web.admin import unit_refusals
from sipas.web.admin.unit_forms import MOST_SUCCESSORS, MergeForm, SplitForm, open_units
from sipas.web.kit.access import current_user
from sipas.web.kit.filters import in_own_language
from sipas.web.kit.forms import NEEDED, offer
from sipas.web.kit.here import today
from sipas.web.kit.scope import own, own_ids

pages = Blueprint("unit_mergers", __name__, url_prefix="/admin/units")

Answer = Response | str | tuple[str, int]

NEW = "*"
"""What stands for a unit to be made where one is chosen; no code looks so."""


@pages.route("/<code>/merge", methods=["GET", "POST"])
def merge(code: str) -> Answer:
    """Let one unit, which may be new, take over from this one and others."""
    unit = own(code)
    form = MergeForm(data={"gone": [code], "day": today(), "new_parent": unit.parent.code if unit.parent else ""})
    listed = open_units(own_ids(), current_user.root.id)
    form.gone.choices = sorted(listed, key=lambda one: one[0] not in (form.gone.data or ()))  # those ticked first
    form.heir.choices = [("", gettext("– please choose –")), (NEW, gettext("a new unit, named below")), *listed]
    form.new_parent.choices = open_units(own_ids())
    if form.validate_on_submit() and _merge_is_whole(form):
        try:
            gone = [own(one).id for one in form.gone.data or ()]
            successor = unit_mergers.merge(gone, _heir_of_merger(form, unit), form.day.data, today())  # type: ignore[arg-type]
        except NotPossible as error:
            unit_refusals.put(form, error)
        else:
            flash(gettext("Merged. All survey points hang here from now on; posters keep working."))
            return redirect(url_for("units.shown", code=successor.code), 303)
    return render_template("admin/units/merge.html", form=form, unit=own(code)), form.status


def _merge_is_whole(form: MergeForm) -> bool:
    if not form.heir.data:
        form.fault("heir", gettext("Please choose who takes over."))
    elif form.heir.data == NEW and not form.name_vi.data:
        form.fault("name_vi", NEEDED)
    return not form.errors


def _heir_of_merger(form: MergeForm, unit: Unit) -> Heir:
    if form.heir.data != NEW:
        return own(form.heir.data).id
    return New(
        name_vi=str(form.name_vi.data),
        name_en=form.name_en.data,
        parent_id=own(form.new_parent.data).id,
        level=unit.level,
        code=form.code.data,
        official_code=form.official_code.data,
    )


@pages.route("/<code>/split", methods=["GET", "POST"])
def split(code: str) -> Answer:
    """Let several units take over from one: first they are named, then each survey point is given to one."""
    unit = own(code)
    form = SplitForm(data={"day": today()})
    listed = open_units(own_ids(), unit.id, current_user.root.id)
    for number in range(1, MOST_SUCCESSORS + 1):
        offer(form, f"heir_{number}", [("", "–"), (NEW, gettext("a new unit")), *listed])
    heirs = _heirs(form, unit) if form.validate_on_submit() else {}
    points: list[Touchpoint] = []
    if request.method == "POST" and not form.errors:
        try:
            unit_mergers.check_enough(_listed(heirs), form.goes_on.data)
            points = unit_mergers.points_to_give(unit, form.goes_on.data)
            given = _given(points, list(heirs), form.goes_on.data)
            if given is not None:
                unit_mergers.split(unit, _listed(heirs), given, form.goes_on.data, form.day.data, today())  # type: ignore[arg-type]
                flash(gettext("Split. The survey points hang where they were given."))
                return redirect(url_for("units.shown", code=code), 303)
        except NotPossible as error:
            unit_refusals.put(form, error)
    return _split_page(form, code, {number: name for number, (_, name) in heirs.items()}, points)


def _listed(heirs: Mapping[int, tuple[Heir, str]]) -> list[Heir]:
    return [heir for heir, _ in heirs.values()]


def _split_page(form: SplitForm, code: str, named: Mapping[int, str], points: list[Touchpoint]) -> tuple[str, int]:
    """The form; once it names successors, with a question for each survey point."""
    status = 200 if points and not form.errors else form.status
    page: dict[str, Any] = {"form": form, "unit": own(code), "named": named, "points": points, "sent": request.form}
    return render_template("admin/units/split.html", **page, numbers=range(1, MOST_SUCCESSORS + 1)), status


def _heirs(form: SplitForm, unit: Unit) -> dict[int, tuple[Heir, str]]:
    """By their number in the form the successors and what they are called."""
    found: dict[int, tuple[Heir, str]] = {}
    for number in range(1, MOST_SUCCESSORS + 1):
        chosen = form[f"heir_{number}"].data
        name_vi, name_en = form[f"name_vi_{number}"].data, form[f"name_en_{number}"].data
        if chosen and chosen != NEW:
            one = own(chosen)
            found[number] = (one.id, in_own_language(one))
        elif name_vi:
            found[number] = (New(name_vi, unit.parent_id, unit.level, name_en), name_vi)
        elif chosen == NEW:
            form.fault(f"name_vi_{number}", NEEDED)
    return found


def _given(points: list[Touchpoint], numbers: list[int], goes_on: bool) -> dict[int, int | None] | None:
    """By survey point the place of its successor among the heirs; None as long as one is still to be given."""
    places_of = {str(number): place for place, number in enumerate(numbers)}
    given: dict[int, int | None] = {}
    for point in points:
        sent = request.form.get(f"point-{point.id}", "")
        if sent not in places_of and not (goes_on and sent == "stays"):
            return None
        given[point.id] = places_of.get(sent)
    return given

"""For administrators, and for auditors to read: the tree of units and its history."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from sipas.catalogue import lookups, unit_history
from sipas.catalogue.models import Unit
from sipas.core import edit_conflicts
from sipas.core.edit_conflicts import ChangedMeanwhile
from sipas.core.errors import NotFound
from sipas.core.languages import nfc, plain
from sipas.setup import units
from sipas.setup.units import NotPossible
from sipas.web.admin import imports, unit_refusals
from sipas.web.admin.unit_forms import CloseForm, MoveForm, NamesForm, OfficialCodeForm, UnitForm, levels, open_units
from sipas.web.kit.access import current_user
from sipas.web.kit.filters import in_own_language
from sipas.web.kit.here import today
from sipas.web.kit.scope import own, own_ids

pages = Blueprint("units", __name__, url_prefix="/admin")

Answer = Response | str | tuple[str, int]


def level_name(level: str) -> str:
    """What people call a level."""
    names = {
        "province": gettext("province"),
        "centre": gettext("centre"),
        "point": gettext("reception point"),
    }
    return names[level]


@pages.get("/units")
def listed() -> Answer:
    """The tree, or what a search finds in it."""
    return render_template("admin/units/listed.html", **_tree(), file=imports.FileForm())


@pages.post("/units")
def import_file() -> Answer:
    """Load units from a file: all of it, or a list of what is to be mended."""
    form = imports.FileForm()
    if form.validate_on_submit() and imports.load(form, "units"):
        return redirect(url_for("units.listed"), 303)
    return render_template("admin/units/listed.html", **_tree(), file=form), 422


def _tree() -> dict[str, Any]:
    try:
        root = current_user.root
    except NotFound:
        return {"root": None, "found": [], "below": {}, "sought": "", "shown": "", "points": {}}
    found = lookups.units_in(lookups.subtree(root.id))
    sought, shown = request.args.get("q", "").strip(), request.args.get("show", "")
    below: dict[int | None, list[Unit]] = {}
    for one in found:
        below.setdefault(one.parent_id, []).append(one)
    former = unit_history.former_names_of(one.id for one in found) if sought else {}
    matching = [
        one
        for one in found
        if _is_found(one, sought, former.get(one.id, ())) and (not shown or (shown == "closed") == bool(one.closed_on))
    ]
    is_tree = not (sought or shown)
    return {
        "root": root, "found": matching, "below": below, "sought": sought, "shown": shown,
        "is_tree": is_tree, "former": former, "level_name": level_name, "number": len(found),
    }  # fmt: skip


def _is_found(unit: Unit, sought: str, former: Any) -> bool:  # noqa: ANN401 - names
    """Whether a unit, under any of its names, is what somebody looks for; who types no marks finds all marks."""
    names = [unit.name_vi, unit.name_en or "", unit.code, unit.official_code or "", *former]
    if sought.isascii():
        return any(plain(sought) in plain(name) for name in names)
    return any(nfc(sought).casefold() in name.casefold() for name in names)


@pages.get("/units/<code>")
def shown(code: str) -> str:
    """One unit: its names and codes, what is below it, its survey points and its history."""
    unit = own(code)
    ids = own_ids()
    chain = [one for one in lookups.above([unit.id])[unit.id] if one in ids and one != unit.id]
    by_id = {one.id: one for one in lookups.units_in(chain)}
    return render_template(
        "admin/units/shown.html",
        unit=unit,
        above=[(url_for("units.shown", code=by_id[one].code), in_own_language(by_id[one])) for one in reversed(chain)],
        below=[one for one in lookups.units_in(lookups.subtree(unit.id)) if one.parent_id == unit.id],
        points=lookups.touchpoints_of([unit.id]),
        former_names=unit_history.former_names(unit.id),
        former_parents=unit_history.former_parents(unit.id),
        predecessors=unit_history.predecessors(unit.id),
        successors=unit_history.successors(unit.id),
        mine=ids,
        level_name=level_name,
        may_reopen=unit.closed_on and not unit_history.taken_over([unit.id]),
    )


@pages.route("/province", methods=["GET", "POST"])
def found() -> Answer:
    """Make the first unit of an empty installation: the province."""
    form = UnitForm()
    form.level.choices = [("province", level_name("province"))]
    return _made(form, None)


@pages.route("/units/<code>/new", methods=["GET", "POST"])
def create(code: str) -> Answer:
    """Make a unit below another one."""
    parent = own(code)
    form = UnitForm()
    form.level.choices = levels(current_user.sees_the_whole)
    return _made(form, parent)


def _made(form: UnitForm, parent: Unit | None) -> Answer:
    if form.validate_on_submit():
        try:
            unit = units.create(form.unit(parent), form.since.data, today())
        except NotPossible as error:
            unit_refusals.put(form, error)
        else:
            flash(gettext("Made. Its code is %(code)s.", code=unit.code))
            return redirect(url_for("units.shown", code=unit.code), 303)
    return render_template("admin/units/new.html", form=form, parent=parent and own(parent.code)), form.status


@pages.route("/units/<code>/rename", methods=["GET", "POST"])
def rename(code: str) -> Answer:
    """Give a unit other names."""
    unit = own(code)
    form = NamesForm(data=edit_conflicts.values_of(unit, units.NAMES))
    form.opened_on(edit_conflicts.values_of(unit, units.NAMES))
    if form.validate_on_submit():
        name_vi, since = str(form.name_vi.data), form.since.data
        try:
            units.rename(unit, name_vi, form.name_en.data, since, str(form.seen.data), today())
        except NotPossible as error:
            unit_refusals.put(form, error)
        except ChangedMeanwhile as conflict:
            form.tell(conflict)
        else:
            return _done(code)
    return render_template("admin/units/rename.html", form=form, unit=own(code)), form.status


@pages.route("/units/<code>/official-code", methods=["GET", "POST"])
def give_official_code(code: str) -> Answer:
    """Change a unit's official code."""
    unit = own(code)
    form = OfficialCodeForm(data={"official_code": unit.official_code})
    form.opened_on({"official_code": unit.official_code})
    if form.validate_on_submit():
        try:
            units.give_official_code(unit, form.official_code.data, str(form.seen.data))
        except NotPossible as error:
            unit_refusals.put(form, error)
        except ChangedMeanwhile as conflict:
            form.tell(conflict)
        else:
            return _done(code)
    return render_template("admin/units/official_code.html", form=form, unit=own(code)), form.status


@pages.route("/units/<code>/move", methods=["GET", "POST"])
def move(code: str) -> Answer:
    """Put a unit below another one."""
    unit = own(code)
    form = MoveForm(data={**units.place_of(unit), "since": today()})
    form.opened_on(units.place_of(unit))
    form.parent.choices = open_units(own_ids())
    if form.validate_on_submit():
        try:
            units.move(unit, own(form.parent.data), form.since.data, str(form.seen.data), today())  # type: ignore[arg-type]
        except NotPossible as error:
            unit_refusals.put(form, error)
        except ChangedMeanwhile as conflict:
            form.tell(conflict)
        else:
            return _done(code)
    return render_template("admin/units/move.html", form=form, unit=own(code)), form.status


@pages.route("/units/<code>/close", methods=["GET", "POST"])
def close(code: str) -> Answer:
    """Close a unit and all below it."""
    unit = own(code)
    form = CloseForm(data={"day": today()})
    if form.validate_on_submit():
        try:
            units.close(unit, form.day.data, today())  # type: ignore[arg-type]
        except NotPossible as error:
            unit_refusals.put(form, error)
        else:
            flash(gettext("Closed. Its figures stay; its survey points take no more answers."))
            return redirect(url_for("units.shown", code=code), 303)
    unit = own(code)
    below = [one for one in lookups.units_in(lookups.subtree(unit.id)) if one.id != unit.id and not one.closed_on]
    return render_template("admin/units/close.html", form=form, unit=unit, below=below), form.status


@pages.post("/units/<code>/reopen")
def reopen(code: str) -> Response:
    """Open a closed unit again."""
    try:
        units.reopen(own(code))
        flash(gettext("It is open again."))
    except NotPossible as error:
        flash(unit_refusals.message(error))
    return redirect(url_for("units.shown", code=code), 303)


def _done(code: str) -> Response:
    flash(gettext("Saved."))
    return redirect(url_for("units.shown", code=code), 303)

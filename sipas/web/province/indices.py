"""For the province: other indices beside SIPAS, by body and year and through the years; and loading them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_wtf.file import FileField, FileRequired
from werkzeug.wrappers import Response

from sipas.catalogue.models import Unit
from sipas.core import audit
from sipas.core.languages import ascii_slug
from sipas.files.table_reader import FileFaulty
from sipas.files.tables import Table
from sipas.imports import index_files
from sipas.numbers import periods
from sipas.numbers.shares import Share
from sipas.reporting import other_indices, report_lines
from sipas.reporting.other_indices import Body, IndexEntry
from sipas.responses import tally_reads_by_unit
from sipas.web.kit import here, uploads
from sipas.web.kit.access import current_user
from sipas.web.kit.downloads import download
from sipas.web.kit.forms import NEEDED, StaffForm
from sipas.web.kit.language import lazy
from sipas.web.province import index_words

pages = Blueprint("indices", __name__)

Answer = Response | str | tuple[str, int]

MOST_LINKS = 24
"""So many bodies are offered as links; of more a list is chosen from."""


@pages.get("/province/indices")
def shown() -> str:
    """What the indices said of one body in one year."""
    listed = other_indices.bodies()
    body = _body(listed)
    year = _year(body)
    entries = [entry for entry in other_indices.of_body(body.who) if entry.row.year == year] if body else []
    return render_template(
        "province/indices.html",
        bodies=listed,
        body=body,
        year=year,
        entries=entries,
        own=_own(entries[0].row.unit, year) if entries and entries[0].row.unit else None,
        names=other_indices.names(),
        most_links=MOST_LINKS,
        words=index_words,
    )


def _body(listed: list[Body]) -> Body | None:
    """The body asked for; else the province itself, or whoever comes first."""
    asked = request.args.get("body")
    if asked:
        return next((one for one in listed if one.who == asked), None) or abort(404)
    province = current_user.root.code
    return next((one for one in listed if one.who == province), listed[0] if listed else None)


def _year(body: Body | None) -> int:
    """The year asked for, where the body has it; else its latest."""
    asked = request.args.get("year", type=int)
    years = body.years if body else ()
    return asked if asked in years else years[0] if years else 0


@dataclass(frozen=True)
class Own:
    """Our everyday measurement of the unit that an index speaks of, in the same year: another method."""

    unit: Unit
    year: int
    responses: int
    satisfaction: Share | None


def _own(unit: Unit, year: int) -> Own | None:
    period = periods.year_of(date(year, 1, 1)).until(here.last_closed_day())
    tally = tally_reads_by_unit.totals([unit.id], period).get(unit.id)
    return Own(unit, year, tally.responses, report_lines.satisfaction(tally)) if tally and tally.responses else None


@pages.get("/province/indices/history")
def history() -> str:
    """One index through the years, body by body."""
    names = other_indices.names()
    name = request.args.get("index") or (names[0] if names else "")
    if names and name not in names:
        abort(404)
    entries = other_indices.of_index(name)
    years = sorted({entry.row.year for entry in entries})
    return render_template(
        "province/indices_history.html",
        name=name,
        names=names,
        years=years,
        rows=_by_body(entries),
        breaks=sorted({entry.row.year for entry in entries if not entry.row.comparable}),
        words=index_words,
    )


def _by_body(entries: list[IndexEntry]) -> list[tuple[IndexEntry, dict[int, IndexEntry]]]:
    """Each body's latest line, and all of them by year."""
    found: dict[str, dict[int, IndexEntry]] = {}
    for entry in entries:
        found.setdefault(entry.row.who, {})[entry.row.year] = entry
    latest = [(by_year[max(by_year)], by_year) for by_year in found.values()]
    return sorted(latest, key=lambda one: (other_indices.LEVELS.index(one[0].row.level), -len(one[1])))


@pages.get("/province/indices.<any(csv, xlsx):shape>")
def file(shape: str) -> Response:
    """What is kept, of one body or index where asked for, in the columns that an import reads."""
    body, index = request.args.get("body"), request.args.get("index")
    entries = (
        other_indices.of_body(body) if body else other_indices.of_index(index) if index else other_indices.everything()
    )
    name = "-".join(filter(None, ["indices", ascii_slug(body or ""), ascii_slug(index or "")]))
    audit.keep("indices.exported", f"{name}.{shape}")
    return download(Table((*index_files.COLUMNS, *COMPUTED, "unit_code"), tuple(map(_row, entries))), name, shape)


COMPUTED = ("computed_rank", "computed_change_value", "computed_change_rank")
"""What was not printed but follows; beside what was printed, so that a file can be loaded again as it is."""


def _row(entry: IndexEntry) -> tuple[Any, ...]:
    row = entry.row
    return (
        row.body, row.level, row.year, row.index_name, row.number, row.scale, row.rank, row.out_of,
        entry.change if row.change_value else None, row.change_rank, "yes" if row.comparable else "no",
        row.status, row.source,
        entry.rank if entry.is_rank_ours else None, entry.change if entry.is_change_ours else None,
        entry.places if entry.are_places_ours else None, row.unit.code if row.unit else None,
    )  # fmt: skip


@pages.post("/province/indices/<int:number>/remove")
def remove(number: int) -> Answer:
    """Take away one value that was loaded by mistake."""
    row = other_indices.remove(number)
    if row is None:
        flash(gettext("This value is not there any more."))
        return redirect(url_for("indices.shown"), 303)
    flash(gettext("Removed: %(what)s.", what=row.audit_subject))
    is_left = any(one.who == row.who for one in other_indices.bodies())
    return redirect(url_for("indices.shown", body=row.who if is_left else None, year=row.year), 303)


class _FileForm(StaffForm):
    file = FileField(lazy("File (Excel or CSV)"), validators=[FileRequired(NEEDED)])


@pages.route("/province/indices/import", methods=["GET", "POST"])
def import_file() -> Answer:
    """Load a file of yearly values; all of it is kept, or nothing."""
    form, faults = _FileForm(), list[uploads.FaultInWords]()
    if form.validate_on_submit():
        try:
            with uploads.saved(form.file.data) as path:
                done = index_files.load(path)
        except FileFaulty as error:
            faults = uploads.told(error)
        else:
            flash(_said(done))
            return redirect(url_for("indices.shown"), 303)
    page = render_template("province/indices_import.html", form=form, faults=faults, columns=index_files.COLUMNS)
    return page, 422 if faults else form.status


def _said(done: index_files.ImportedIndices) -> str:
    numbers = {"added": done.added, "changed": done.changed, "same": done.same}
    said = gettext("%(added)s values added, %(changed)s changed, %(same)s as before.", **numbers)
    if done.doubts:
        said += " " + gettext(
            "Printed changes that do not follow from the year before: %(which)s.",
            which="; ".join(f"{one.subject} ({one.printed} ≠ {one.follows})" for one in done.doubts[:10]),
        )
    return said

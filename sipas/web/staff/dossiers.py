"""For managers and the province: which dossier counts are loaded, what is missing, and loading or typing them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_wtf.file import FileField, FileRequired
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response

from sipas.catalogue import lookups, models
from sipas.catalogue.models import Unit
from sipas.core import audit, pending_uploads
from sipas.core.audit import AuditEntry, AuditSearch
from sipas.core.edit_conflicts import ChangedMeanwhile
from sipas.core.languages import named
from sipas.core.pending_uploads import NotParked
from sipas.dossiers import coverage, dossier_counts
from sipas.dossiers.dossier_counts import Emptied
from sipas.files.table_reader import FileFaulty
from sipas.files.tables import Table
from sipas.imports import dossier_files
from sipas.imports.dossier_files import DossierDraft
from sipas.numbers import periods
from sipas.numbers.periods import Period
from sipas.web.kit import audit_words, here, uploads
from sipas.web.kit.access import current_user
from sipas.web.kit.downloads import download
from sipas.web.kit.forms import NEEDED, StaffForm
from sipas.web.kit.language import language, lazy
from sipas.web.staff import dossier_words

pages = Blueprint("dossiers", __name__)

Answer = Response | str | tuple[str, int]

LOADS_SHOWN = 8
ROWS_SHOWN = 300


@pages.get("/dossiers")
def own() -> Answer:
    """The counts of the unit that was chosen, else of one's own."""
    unit = lookups.within(current_user.root.id, request.args.get("unit") or current_user.root.code)
    kept: dict[str, Any] = {name: value for name, value in request.args.items() if name != "unit"}
    return redirect(url_for("dossiers.shown", code=unit.code, **kept))


@pages.get("/dossiers/<code>")
def shown(code: str) -> Answer:
    """Which counts of a unit are there and which are missing, month by month."""
    unit = _unit(code)
    last_day = here.last_closed_day()
    period = _period(last_day)
    months = coverage.months_of(period, last_day)
    by_unit = request.args.get("by", "unit" if unit.level == "province" else "field") == "unit"
    grid = coverage.by_unit(unit, months) if by_unit else coverage.by_field(unit, months, last_day)
    return render_template(
        "dossiers/listed.html",
        unit=unit,
        grid=grid,
        by_unit=by_unit,
        period=period,
        offered=_offered(last_day),
        gaps=dossier_counts.missing(unit, Period(months[0], periods.month_of(months[-1]).end)) if months else [],
        loads=_loads(lookups.subtree(unit.id)),
        asked={"period": request.args.get("period"), "by": request.args.get("by")},
        joined=periods.joined,
        who=audit_words.who,
        dossier_counts=dossier_words.counted,
    )


def _unit(code: str) -> Unit:
    return lookups.within(current_user.root.id, code)


def _period(last_day: date) -> Period:
    asked = request.args.get("period")
    return periods.parse(asked) if asked else coverage.recent(last_day)


def _offered(last_day: date) -> list[tuple[str, Period]]:
    """The periods to choose from: the last twelve months, and the latest years."""
    years = [periods.parse(str(last_day.year - back)) for back in range(3)]
    return [
        (gettext("Last 12 months"), coverage.recent(last_day)),
        *((str(one), one) for one in years),
    ]


def _months_back(today: date) -> list[date]:
    """The months that can be typed: this one and those before it."""
    month = today.replace(day=1)
    return [periods.add_months(month, -back) for back in range(coverage.MOST_MONTHS)]


@dataclass
class Load:
    """One act of loading or typing: of how many units, and what it did."""

    at: datetime
    actor: str
    act: str
    source: str
    units: int
    counts: dict[str, int]


def _loads(unit_ids: list[int]) -> list[Load]:
    """The latest acts on the counts of some units; a file with several units is one act."""
    found: list[Load] = []
    for entry in audit.found(AuditSearch(act="dossiers.", unit_ids=unit_ids), 1000):
        if found and _is_same_load(found[-1], entry):
            found[-1].units += 1
        elif len(found) == LOADS_SHOWN:
            break
        else:
            found.append(Load(entry.at, entry.actor, entry.act, entry.subject, 1, {}))
        for name, _, after in entry.changes:
            if name in ("added", "changed", "removed"):
                found[-1].counts[name] = found[-1].counts.get(name, 0) + int(after)
    return found


def _is_same_load(load: Load, entry: AuditEntry) -> bool:
    is_alike = (load.actor, load.act, load.source) == (entry.actor, entry.act, entry.subject)
    return is_alike and abs((load.at - entry.at).total_seconds()) < 30


@pages.get("/dossiers/<code>/template.<any(csv, xlsx):shape>")
def template(code: str, shape: str) -> Response:
    """A file with every unit and field to be filled in, for the month asked for or else the one before this."""
    unit, month = _unit(code), _month()
    columns = dossier_words.columns()
    fields = [one for one in lookups.fields() if one.closed_on is None and one.code != models.OTHER_FIELD]
    rows = tuple(
        (one.code, named(one, language()), field.code, named(field, language()), f"{month:%Y-%m}", None, None, None)
        for one in dossier_counts.holders(unit)
        for field in fields
    )
    return download(Table(columns, rows), f"dossiers-{month:%Y-%m}-{unit.code}", shape)


def _month() -> date:
    """The month asked for, else the one before this. Raises PeriodWrong."""
    asked = request.args.get("month")
    this = here.today().replace(day=1)
    if not asked:
        return periods.add_months(this, -1)
    period = periods.parse(asked)
    if period != periods.month_of(period.start) or period.start > this:
        raise periods.PeriodWrong(asked)
    return period.start


class _FileForm(StaffForm):
    file = FileField(lazy("File (Excel or CSV)"), validators=[FileRequired(NEEDED)])


@pages.route("/dossiers/<code>/import", methods=["GET", "POST"])
def import_file(code: str) -> Answer:
    """Send a file; nothing of it is kept before its preview was agreed to."""
    unit, form = _unit(code), _FileForm()
    faults: list[uploads.FaultInWords] = []
    if form.validate_on_submit():
        try:
            identity = _parked(unit, form.file.data)
        except FileFaulty as error:
            faults = uploads.told(error)
        else:
            return redirect(url_for("dossiers.preview", code=code, identity=identity), 303)
    return _upload_page(unit, form, faults)


def _upload_page(unit: Unit, form: _FileForm, faults: list[uploads.FaultInWords]) -> tuple[str, int]:
    page = render_template("dossiers/import.html", unit=unit, form=form, faults=faults, columns=dossier_words.columns())
    return page, 422 if faults else form.status


def _folder() -> Path:
    return Path(current_app.instance_path) / "parked"


def _parked(unit: Unit, sent: FileStorage) -> str:
    """Check a file and let it wait for its preview. Raises FileFaulty."""
    with uploads.saved(sent) as path:
        _read(unit, path)
        return pending_uploads.park(_folder(), unit.code, path)


def _read(unit: Unit, path: Path) -> DossierDraft:
    return dossier_files.read(path, here.today(), lookups.subtree(unit.id))


@pages.route("/dossiers/<code>/import/<identity>", methods=["GET", "POST"])
def preview(code: str, identity: str) -> Answer:
    """What a file would add and change; and, sent, doing so."""
    unit, form = _unit(code), StaffForm()
    try:
        draft = _read(unit, pending_uploads.found(_folder(), unit.code, identity))
    except NotParked:
        abort(404)
    except FileFaulty as error:  # the catalogue has changed since it was sent
        return _upload_page(unit, _FileForm(formdata=None), uploads.told(error))
    if form.validate_on_submit():
        try:
            done = dossier_counts.keep(draft.wanted, "dossiers.imported", draft.file, str(form.seen.data))
        except ChangedMeanwhile as conflict:
            form.tell(conflict)
        else:
            pending_uploads.drop(_folder(), identity)
            flash(dossier_words.done(done))
            months = [cell.month for cell in draft.wanted]
            period = Period(min(months), periods.month_of(max(months)).end)
            return redirect(url_for("dossiers.shown", code=code, period=period), 303)
    found = dossier_counts.compare(draft.wanted)
    form.seen.data = dossier_words.fingerprint(found)
    rows = dossier_words.rows(found, dossier_files.doubts(draft.wanted, here.last_closed_day()))
    about: dict[str, Any] = {"unit": unit, "form": form, "draft": draft, "found": found}
    about |= {"rows": rows[:ROWS_SHOWN], "more": max(0, len(rows) - ROWS_SHOWN)}
    about |= {"doubts": sum(bool(row.doubts) for row in rows)}
    return render_template("dossiers/preview.html", **about), form.status


STAY = lazy("Counts that are there can be corrected; only the province takes them away.")


@pages.route("/dossiers/<code>/typed", methods=["GET", "POST"])
def typed(code: str) -> Answer:
    """Type the counts of one unit and month, field by field."""
    unit, month = _unit(code), _month()
    seen = dossier_counts.as_seen(unit.id, month)
    fields = [one for one in lookups.fields() if _is_typed(one, seen)]
    form = dossier_words.month_form(fields)(data=seen)
    form.opened_on(seen)
    if form.validate_on_submit():
        try:
            counts = form.counts(fields)
            may_empty = current_user.sees_the_whole
            done = dossier_counts.type_in(unit.id, month, counts, str(form.seen.data), may_empty)
        except ChangedMeanwhile as conflict:
            form.tell(conflict)
        except Emptied as emptied:
            for field in fields:
                if field.id in emptied.args[0]:
                    form.fault(f"received-{field.code}", STAY)
        else:
            flash(dossier_words.done(done))
            return redirect(url_for("dossiers.shown", code=code), 303)
    about: dict[str, Any] = {"unit": unit, "month": month, "period": periods.month_of(month), "form": form}
    about |= {"fields": fields, "months": _months_back(here.today()), "count_names": dossier_words.count_names()}
    about |= {"has_below": len(lookups.subtree(unit.id)) > 1}
    return render_template("dossiers/typed.html", **about), form.status


def _is_typed(field: models.ServiceField, seen: dict[str, str | None]) -> bool:
    """Open fields, and closed ones that have counts."""
    is_open = field.closed_on is None and field.code != models.OTHER_FIELD
    return is_open or seen[f"received-{field.code}"] is not None

"""For the province: what was counted as a tidy table, at once where it is small, else as an order that is kept."""

from __future__ import annotations

from base64 import b64encode
from datetime import date
from pathlib import Path
from typing import cast

from flask import (
    Blueprint,
    abort,
    current_app,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    send_file,
    url_for,
)
from flask_babel import format_decimal, gettext
from werkzeug.wrappers import Response

from sipas.catalogue import lookups
from sipas.core import audit
from sipas.downloads import aggregate_files
from sipas.downloads.aggregate_files import SHAPES
from sipas.files import data_packages, long_tables
from sipas.numbers import periods
from sipas.numbers.periods import Period, PeriodWrong
from sipas.numbers.shares import SMALLEST_SHOWN
from sipas.reporting import aggregates
from sipas.reporting.aggregates import MONTHS_OF, Extent, NothingWhole, Step
from sipas.web.kit import here, report_address
from sipas.web.kit.language import language

pages = Blueprint("aggregates", __name__, url_prefix="/province/downloads")

LOOK_AGAIN_SECONDS = 2
"""How soon the page of a file that is being made comes anew by itself."""


def _folder() -> Path:
    return Path(current_app.instance_path) / "downloads"


def _open_from() -> date:
    return aggregates.open_from(here.today(), here.last_closed_day())


def _period() -> Period:
    """The period asked for; the last twelve whole months where none is. Raises PeriodWrong."""
    if any(map(report_address.asked, ("period", "from", "to"))):
        return report_address.period()
    return _last_year()


def _last_year() -> Period:
    return Period(periods.add_months(_open_from(), -12), _open_from())


def _step() -> Step:
    found = report_address.asked("step") or "month"
    return cast("Step", found) if found in MONTHS_OF else abort(400, f"step={found}")


def _extent() -> Extent:
    """What the address asks for. Raises PeriodWrong or NothingWhole."""
    return aggregates.extent(_period(), _step(), _open_from())


@pages.get("")
def shown() -> str:
    """What can be had: choose the period and the steps, then the kind of file; and what was ordered before."""
    found, fault = _extent_or_fault()
    rows = aggregates.at_most(found) if found else 0
    return render_template(
        "province/downloads.html",
        extent=found,
        fault=fault,
        rows=rows,
        step=_step(),
        steps=step_names(),
        is_large=aggregate_files.is_large(rows),
        chosen=report_address.asked("period") or "",
        last_year=_last_year(),
        earlier=_earlier(),
        until=_open_from() - periods.ONE_DAY,
        orders=aggregate_files.listed(_folder()),
        smallest=SMALLEST_SHOWN,
        columns=[(column.name, data_packages.said_in(column.about, language())) for column in aggregates.COLUMNS],
    )


def _extent_or_fault() -> tuple[Extent | None, str]:
    """What the address asks for, or why that cannot be told."""
    try:
        return _extent(), ""
    except PeriodWrong:
        words = gettext(
            "No table can be made of these months: the last must not lie before the first, "
            "and both lie between 1900 and 2199."
        )
    except NothingWhole:
        words = gettext("No whole step of the calendar lies in this period yet. Please choose a longer one.")
    return None, words


def step_names() -> dict[str, str]:
    """What people call the steps."""
    return {"month": gettext("by month"), "quarter": gettext("by quarter"), "year": gettext("by year")}


def shape_names() -> dict[str, str]:
    """What people call the kinds of files."""
    return {
        "csv": "CSV",
        "xlsx": "Excel",
        "jsonl": "JSON Lines",
        "parquet": "Parquet",
        "zip": gettext("Package (zip)"),
    }


@pages.app_context_processor
def _words() -> dict[str, object]:
    return {"step_names": step_names, "shape_names": shape_names, "megabytes": megabytes, "seconds": seconds}


def seconds(number: float) -> str:
    """A time that somebody waited, as people read it."""
    return format_decimal(number, "#,##0.0")


def megabytes(size: int) -> str:
    """Bytes as people read them."""
    number = max(size / 1_000_000, 0.01)
    return gettext("%(number)s MB", number=format_decimal(number, "#,##0.00" if number < 1 else "#,##0.0"))


def _earlier() -> list[tuple[str, list[Period]]]:
    """Periods to choose from that hold at least one whole month."""
    before = _open_from()
    groups = [
        (words, [one for one in listed if one.start < before]) for words, listed in report_address.earlier_periods()
    ]
    return [(words, listed) for words, listed in groups if listed]


@pages.get("/aggregates.<any(csv, xlsx, jsonl, parquet, zip):shape>")
def file(shape: str) -> Response:
    """A small table at once, finished before its first byte leaves; a large one is to be ordered."""
    wanted = _wanted()
    if aggregate_files.is_large(aggregates.at_most(wanted)):
        flash(gettext("This file is large: please have it made, then download it."))
        return redirect(url_for("aggregates.shown", period=str(wanted.period), step=wanted.step), 303)
    _note("aggregates.exported", aggregate_files.file_name(wanted.period, wanted.step, shape))
    with aggregate_files.at_once(_folder(), wanted, shape) as (path, made):
        return _sent(path, path.name, shape, made.sha256)


def _wanted() -> Extent:
    try:
        return _extent()
    except NothingWhole as error:
        abort(400, f"period={error}")


def _note(act: str, name: str) -> None:
    audit.keep(act, name, lookups.province().id, {"address": request.full_path.rstrip("?")})


def _sent(path: Path, name: str, shape: str, sha256: str) -> Response:
    """A finished file: its length and hash tell a whole download from a broken one, and let it go on where it broke."""
    kind = long_tables.MEDIA_TYPES[shape]
    answer = send_file(path, kind, as_attachment=True, download_name=name, etag=sha256, conditional=True)
    answer.headers["Repr-Digest"] = f"sha-256=:{b64encode(bytes.fromhex(sha256)).decode()}:"
    del answer.headers["Last-Modified"]  # of the making, not of the figures
    return answer


@pages.post("/orders")
def order() -> Response:
    """Have a large table made."""
    wanted, shape = _ordered()
    identity, is_new = aggregate_files.begin(_folder(), wanted, shape, audit.actor())
    if is_new:
        _note("aggregates.ordered", aggregate_files.file_name(wanted.period, wanted.step, shape))
        aggregate_files.start(current_app._get_current_object(), _folder(), identity)  # type: ignore[attr-defined]
    return redirect(url_for("aggregates.progress", identity=identity), 303)


def _ordered() -> tuple[Extent, str]:
    sent = request.form
    step, shape = sent.get("step", ""), sent.get("shape", "")
    if step not in MONTHS_OF or shape not in SHAPES:
        abort(400, f"step={step} shape={shape}")
    try:
        period = periods.parse(sent.get("period", ""))
        return aggregates.extent(period, cast("Step", step), _open_from()), shape
    except NothingWhole as error:
        abort(400, f"period={error}")


@pages.get("/orders/<identity>")
def progress(identity: str) -> Response:
    """How far an ordered file is, then the file; until then the page comes anew by itself."""
    found = aggregate_files.state(_folder(), identity)
    page = make_response(render_template("province/download.html", identity=identity, state=found))
    if found.is_under_way:
        page.headers["Refresh"] = str(LOOK_AGAIN_SECONDS)
    return page


@pages.get("/orders/<identity>/file")
def stored(identity: str) -> Response:
    """The finished file; while it is not finished, its page."""
    found = aggregate_files.state(_folder(), identity)
    if found.stage != "ready":
        return redirect(url_for("aggregates.progress", identity=identity), 303)
    _note("aggregates.exported", found.file_name)
    return _sent(aggregate_files.file(_folder(), identity), found.file_name, found.shape, found.sha256)

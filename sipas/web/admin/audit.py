"""For administrators and auditors: who did what and when."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import MAXYEAR, MINYEAR, date, datetime, time, timedelta
from typing import Any

from flask import Blueprint, Response, abort, g, render_template, request, stream_with_context
from flask_babel import gettext
from sqlalchemy import select

from sipas.catalogue import lookups
from sipas.catalogue.models import Agency, ServiceField, Unit
from sipas.core import audit
from sipas.core.audit import AuditEntry, AuditSearch
from sipas.core.db import db
from sipas.core.languages import named
from sipas.files import csv_json
from sipas.web.kit import audit_words, here
from sipas.web.kit.access import current_user
from sipas.web.kit.language import language

pages = Blueprint("audit", __name__, url_prefix="/admin")

ON_A_PAGE = 100
_Table = type[Unit] | type[ServiceField] | type[Agency]
_NAMED: dict[str, _Table] = {"unit": Unit, "parent": Unit, "field": ServiceField, "agency": Agency}
COLUMNS = ("at", "actor", "act", "subject", "unit_code", "before", "after")


@pages.get("/audit")
def listed() -> str:
    """The entries sought, the newest first, a hundred a page."""
    sought = _sought()
    entries = list(audit.found(sought, ON_A_PAGE + 1, _before()))
    return render_template(
        "admin/audit.html",
        entries=entries[:ON_A_PAGE],
        older=entries[ON_A_PAGE - 1].id if len(entries) > ON_A_PAGE else None,
        asked={name: value for name, value in request.args.items() if value and name not in ("before", "lang")},
        actors=audit.actors(sought.unit_ids),
        acts=audit_words.by_noun(audit.acts(sought.unit_ids)),
        said=audit_words.said,
        called=audit_words.called,
        value=_value,
        who=audit_words.who,
        moment=_moment,
        unit_names=_names(Unit),
    )


@pages.get("/audit.csv")
def file() -> Response:
    """All entries sought as CSV, written as they are read; the download is an act itself."""
    sought, codes = _sought(), dict(db.session.execute(select(Unit.id, Unit.code)).all())
    asked = {name: value for name, value in request.args.items() if value}
    audit.keep("audit.exported", "audit.csv", after=asked)
    lines = stream_with_context(_lines(sought, codes))
    headers = {"Content-Disposition": 'attachment; filename="sipas-audit.csv"'}
    return Response(lines, content_type="text/csv; charset=utf-8", headers=headers)


def _lines(sought: AuditSearch, unit_codes: dict[int, str]) -> Iterator[str]:
    yield csv_json.csv_line(COLUMNS, first=True)
    for entry in audit.found(sought):
        at = entry.at.astimezone(here.settings().zone).isoformat(timespec="seconds")
        unit = unit_codes.get(entry.unit_id, "") if entry.unit_id else ""
        cells = (at, entry.actor, entry.act, entry.subject, unit, entry.before or "", entry.after or "")
        yield csv_json.csv_line(cells)


def _sought() -> AuditSearch:
    first, last = _day("first"), _day("last")
    scope = None if current_user.sees_the_whole else lookups.subtree(current_user.root.id)
    asked = request.args
    return AuditSearch(
        asked.get("actor", ""),
        asked.get("act", ""),
        asked.get("words", "").strip(),
        _midnight(first) if first else None,
        _midnight(last + timedelta(days=1)) if last else None,
        scope,
    )


def _day(name: str) -> date | None:
    asked = request.args.get(name)
    try:
        day = date.fromisoformat(asked) if asked else None
    except ValueError:
        abort(400, f"{name}={asked}")
    if day and not MINYEAR < day.year < MAXYEAR:  # its midnight elsewhere may lie where no calendar goes
        abort(400, f"{name}={asked}")
    return day


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), here.settings().zone)


def _before() -> int | None:
    asked = request.args.get("before", "")
    return int(asked) if asked.isdecimal() and len(asked) < 19 else None


def _moment(entry: AuditEntry) -> datetime:
    return entry.at.astimezone(here.settings().zone)


def _value(name: str, value: Any) -> str:  # noqa: ANN401 - what JSON holds
    """A value as people read it: an id as the name of what it points to."""
    table = _NAMED.get(name.removesuffix("_id")) if name.endswith("_id") else None
    if table is not None and isinstance(value, int):
        return _names(table).get(value, str(value))
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    return ", ".join(map(str, value)) if isinstance(value, list) else audit_words.worded(name, str(value))


def _names(table: _Table) -> dict[int, str]:
    """The names of all rows of a table by their ids, read once a request."""
    kept: dict[str, dict[int, str]] = g.setdefault("audit_names", {})
    if table.__tablename__ not in kept:
        rows: Iterable[Unit | ServiceField | Agency] = db.session.scalars(select(table))
        kept[table.__tablename__] = {row.id: named(row, language()) for row in rows}
    return kept[table.__tablename__]

"""For staff: the comments of a unit's subtree, found, listed and downloaded; web/cases.py does something about them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from sipas.catalogue import lookups
from sipas.catalogue.models import ServiceField, Unit
from sipas.comments import cases, listing
from sipas.comments.listing import NOBODY, CommentSearch, Listed
from sipas.core import audit
from sipas.core.db import db
from sipas.core.errors import NotFound
from sipas.core.languages import named
from sipas.files import csv_json
from sipas.files.tables import Table
from sipas.numbers import comment_labels, periods
from sipas.numbers.periods import Period
from sipas.responses.models import Comment
from sipas.staff.accounts import User
from sipas.web.kit import audit_words, comment_words, here
from sipas.web.kit.access import current_user
from sipas.web.kit.language import language

pages = Blueprint("comments", __name__)

ON_A_PAGE = 25
MOST_WORDS = 200
"""Characters that a search reads; the rest would find nothing more."""

ASKED = ("period", "field", "mood", "state", "assignee", "tag", "words")
"""What the address may say to narrow the list."""

COLUMNS = ("unit_code", "unit", "period_from", "period_to", "field_code", "field", "mood", "comment", "state", "tags")


@pages.app_context_processor
def _words() -> dict[str, object]:
    """What every page that shows comments calls their states and moods."""
    return {"state_words": comment_words.STATES, "mood_words": comment_words.MOODS, "mood_faces": comment_words.FACES}


@dataclass(frozen=True)
class Card:
    """A comment as a page shows it: with names in place of ids."""

    listed: Listed
    unit: Unit
    period: Period | None
    field: ServiceField | None
    mood: str | None
    assignee: User | None
    tags: list[str]


class CommentNames:
    """The names that cards need, each kind read once."""

    @cached_property
    def fields(self) -> dict[int, ServiceField]:
        """Service fields by id."""
        return {one.id: one for one in lookups.fields()}

    def cards(self, listed: Collection[Listed]) -> list[Card]:
        """Comments as a page shows them."""
        units = {one.id: one for one in lookups.units_in({one.unit_id for one in listed})}
        ids = {one.assignee_id for one in listed if one.assignee_id}
        people = {one.id: one for one in db.session.query(User).filter(User.id.in_(ids))} if ids else {}
        tags = listing.tags(listed)
        return [
            Card(
                one,
                units[one.unit_id],
                one.label.period,
                self.fields[one.label.field_id] if one.label.field_id else None,
                one.label.mood,
                people.get(one.assignee_id) if one.assignee_id else None,
                tags[one.response_id],
            )
            for one in listed
        ]


def own_unit(code: str) -> Unit:
    """The unit with this code within one's own subtree. Raises NotFound."""
    return lookups.within(current_user.root.id, code)


def asked() -> dict[str, str]:
    """What the address says to narrow the list, to say it again."""
    return {name: value for name in ASKED if (value := request.args.get(name, "").strip()[:MOST_WORDS])}


@pages.get("/comments")
def own() -> AnyResponse:
    """The comments of the unit chosen in the filters, else of one's own."""
    told: dict[str, Any] = {**asked()}
    return redirect(url_for("comments.listed", code=request.args.get("unit") or current_user.root.code, **told))


@pages.get("/comments/<code>")
def listed(code: str) -> str:
    """The comments of a unit's subtree, 25 on a page."""
    unit = own_unit(code)
    found = listing.found(unit, _sought(), here.last_closed_day())
    pages_in_all = max(1, -(-len(found) // ON_A_PAGE))
    number = min(_page(), pages_in_all)
    unit_ids, names = lookups.subtree(unit.id), CommentNames()
    return render_template(
        "comments/listed.html",
        unit=unit,
        cards=names.cards(found[(number - 1) * ON_A_PAGE : number * ON_A_PAGE]),
        number=len(found),
        page=number,
        pages=pages_in_all,
        asked=asked(),
        periods=_periods(),
        fields=names.fields.values(),
        assignees=cases.assignees(unit_ids),
        able=cases.able(unit.id),
        tags=cases.tags_in_use(unit_ids),
        several=len(unit_ids) > 1,
    )


def _page() -> int:
    written = request.args.get("page", "1")
    return int(written) if written.isdecimal() and 0 < len(written) < 7 and int(written) else 1


def _sought() -> CommentSearch:
    told = asked()
    for name, known in (("mood", comment_labels.MOODS), ("state", cases.STATES)):
        if name in told and told[name] not in known:
            abort(400, f"{name}={told[name]}")
    return CommentSearch(
        periods.parse(told["period"]) if "period" in told else None,
        _field(told["field"]).id if "field" in told else None,
        told.get("mood"),
        told.get("state"),
        _assignee(told["assignee"]) if "assignee" in told else None,
        told.get("tag"),
        told.get("words", ""),
    )


def _field(code: str) -> ServiceField:
    try:
        return lookups.field(code)
    except NotFound:
        abort(400, f"field={code}")


def _assignee(written: str) -> int:
    if written in ("me", "nobody"):
        return int(current_user.id) if written == "me" else NOBODY
    if not written.isascii() or not written.isdecimal() or len(written) > 9:
        abort(400, f"assignee={written}")
    return int(written)


def _periods() -> list[Period]:
    """The periods offered: the last twelve months, the newest first, and the year."""
    month = periods.month_of(here.last_closed_day())
    offered = [month]
    while len(offered) < 12:
        offered.append(offered[-1].previous())
    return [*offered, periods.year_of(here.last_closed_day()), periods.year_of(here.last_closed_day()).previous()]


@pages.get("/comments/<code>.csv")
def file(code: str) -> Response:
    """The comments sought as a file, with what the page shows and no more."""
    unit = own_unit(code)
    rows = tuple(_row(card) for card in CommentNames().cards(listing.found(unit, _sought(), here.last_closed_day())))
    name = f"sipas-comments-{unit.code}.csv"
    audit.keep("comments.exported", name, unit.id, {"address": request.full_path})
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    made = csv_json.to_csv(Table(COLUMNS, rows))
    return Response(made, content_type="text/csv; charset=utf-8", headers=headers)


def _row(card: Card) -> tuple[str | date | None, ...]:
    return (
        card.unit.code,
        named(card.unit, language()),
        card.period.start if card.period else None,
        card.period.last_day if card.period else None,
        card.field.code if card.field else None,
        named(card.field, language()) if card.field else None,
        card.mood,
        card.listed.text,
        card.listed.state,
        ", ".join(card.tags) or None,
    )


@pages.get("/comments/<code>/<comment>")
def shown(code: str, comment: str) -> str:
    """One comment: what is told of it, what was done about it, and by whom."""
    unit = own_unit(code)
    kept = listing.comment(unit, comment, here.last_closed_day())
    history = [
        (entry.at, audit_words.who(entry.actor), audit_words.said(entry.act), _changes(entry))
        for entry in cases.history(kept)
    ]
    return render_template("comments/comment.html", unit=unit, card=card(kept), history=history)


def card(kept: Comment) -> Card:
    """One comment as a page shows it."""
    case, label = cases.opened(kept), listing.label(kept, here.last_closed_day())
    one = Listed(kept.code, kept.response_id, kept.unit_id, label, kept.text, case.state, case.assignee_id, case.note)
    return CommentNames().cards([one])[0]


def _changes(entry: audit.AuditEntry) -> list[tuple[str, str, str]]:
    return [(audit_words.called(name), _told(name, was), _told(name, now)) for name, was, now in entry.changes]


def _told(name: str, value: object) -> str:
    """A value of an entry as people read it."""
    return ", ".join(map(str, value)) if isinstance(value, list) else audit_words.worded(name, str(value or ""))

"""For staff: the survey points of a unit, what each brought, their QR codes and posters."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from flask import Blueprint, Response, abort, current_app, render_template, request
from flask_babel import gettext

from sipas.catalogue import lookups, touchpoints
from sipas.catalogue.models import ServiceField, Touchpoint, Unit
from sipas.core import formats
from sipas.core.audit import AuditEntry
from sipas.core.db import db
from sipas.core.errors import NotFound
from sipas.core.languages import named
from sipas.survey import posters, scans, traffic
from sipas.web.kit import audit_words
from sipas.web.kit.access import current_user
from sipas.web.kit.here import settings, today
from sipas.web.kit.language import language

pages = Blueprint("touchpoints", __name__)

STATES = ("open", "closed", "silent")


def own(code: str) -> Touchpoint:
    """The touchpoint with this code, if it belongs to the signed-in user's subtree; else as if there were none."""
    touchpoint = lookups.touchpoint(code)
    if touchpoint.unit_id not in lookups.subtree(current_user.root.id):
        raise NotFound(code)
    return touchpoint


def asked_unit() -> Unit:
    """The unit that the address names, one's own where it names none. Raises NotFound."""
    return lookups.within(current_user.root.id, request.args.get("unit") or current_user.root.code)


@dataclass(frozen=True)
class _Listed:
    """A point with what it brought and how it is: open, closed or silent."""

    point: Touchpoint
    brought: traffic.Brought
    state: str

    @property
    def unit(self) -> Unit:
        return self.point.unit


def _listed(unit: Unit) -> list[_Listed]:
    scans.write_down(current_app)
    points, day = lookups.touchpoints_of(lookups.subtree(unit.id)), today()
    found = traffic.brought(points, day)
    return [_Listed(point, found[point.id], _state(point, found[point.id], day)) for point in points]


def _state(point: Touchpoint, brought: traffic.Brought, day: date) -> str:
    if point.closed_on or point.unit.closed_on:
        return "closed"
    return "silent" if traffic.is_silent(point, brought, day) else "open"


@pages.get("/touchpoints")
def listed() -> str:
    """The survey points of a unit's subtree, with what each brought; `?state=` shows those of one state."""
    unit, state = asked_unit(), request.args.get("state") or ""
    if state and state not in STATES:
        abort(400, f"state={state}")
    found = _listed(unit)
    return render_template(
        "touchpoints/listed.html",
        unit=unit,
        state=state,
        listed=[one for one in found if state in ("", one.state) or (state == "open" and one.state == "silent")],
        all=len(found),
        numbers=_numbers(found),
    )


def _numbers(found: list[_Listed]) -> Counter[str]:
    numbers = Counter(one.state for one in found)
    numbers["open"] += numbers["silent"]  # who is silent is open
    return numbers


@pages.get("/touchpoints/silent")
def silent() -> str:
    """The points that are published and brought nothing for long, and what to do about it."""
    unit = asked_unit()
    found = [one for one in _listed(unit) if one.state == "silent"]
    return render_template("touchpoints/silent.html", unit=unit, listed=found, days=traffic.RECENT_DAYS)


@pages.get("/touchpoints/<code>")
def point(code: str) -> str:
    """One point: how it is, what it brought, what to print, and who changed it."""
    scans.write_down(current_app)
    found, day = own(code), today()
    brought = traffic.brought([found], day)[found.id]
    return render_template(
        "touchpoints/touchpoint.html",
        point=found,
        state=_state(found, brought, day),
        brought=brought,
        responses_ever=traffic.responses_ever(found),
        days=traffic.by_day(found, day),
        recent_days=traffic.RECENT_DAYS,
        address=address(found),
        history=[_told(entry) for entry in touchpoints.history(found.code)],
    )


@dataclass(frozen=True)
class _Told:
    """An entry of the audit in words: when, who, and what became of what."""

    at: datetime
    actor: str
    is_first: bool
    changes: list[tuple[str, str, str]]


def _told(entry: AuditEntry) -> _Told:
    is_first = entry.act.endswith(".added")
    changes = [] if is_first else entry.changes
    told = [(_words(name), _shown(name, was), _shown(name, now)) for name, was, now in changes]
    return _Told(entry.at.astimezone(settings().zone), audit_words.who(entry.actor), is_first, told)


def _words(name: str) -> str:
    return {
        "label_vi": gettext("Label in Vietnamese"),
        "label_en": gettext("Label in English"),
        "field_id": gettext("Service field"),
        "questionnaire": gettext("Questionnaire"),
        "unit_id": gettext("Unit"),
        "opened_on": gettext("Open since"),
        "closed_on": gettext("Closed on"),
        "channel": gettext("Channel"),
    }.get(name, name)


def _shown(name: str, value: Any) -> str:  # noqa: ANN401 - what JSON held
    """A value of the audit as people call it."""
    if value is None:
        return formats.DASH
    if name == "field_id":
        return named(db.session.get_one(ServiceField, value), language())
    if name == "unit_id":
        return named(db.session.get_one(Unit, value), language())
    return str(value)


@pages.get("/touchpoints/<code>/qr.<any(svg, png):shape>")
def qr(code: str, shape: Literal["svg", "png"]) -> Response:
    """The QR code of a touchpoint."""
    target = address(own(code))
    if shape == "svg":
        return Response(posters.qr_svg(target), mimetype="image/svg+xml")
    return Response(posters.qr_png(target), mimetype="image/png")


@pages.get("/touchpoints/<code>/poster.pdf")
def poster(code: str) -> Response:
    """The poster of a touchpoint, `?paper=a4` or `a5`."""
    touchpoint, paper = own(code), asked_paper()
    made = posters.poster_pdf([posters.of_touchpoint(touchpoint, address(touchpoint))], paper)
    name = f"poster-{touchpoint.code}-{paper}.pdf"
    return Response(made, mimetype="application/pdf", headers={"Content-Disposition": f'inline; filename="{name}"'})


def asked_paper() -> posters.Paper:
    """The paper that the request names, A4 where it names none; another is a fault (400)."""
    paper = request.values.get("paper", "a4").lower()
    if paper not in posters.PAPERS:
        abort(400, f"paper={paper}")
    return paper


def address(touchpoint: Touchpoint) -> str:
    """The address that a touchpoint's QR code carries."""
    return f"{current_app.config['SIPAS'].public_address}/r/{touchpoint.code}"

"""For staff: the touchpoints of a unit, their QR codes and posters."""

from __future__ import annotations

from typing import Literal

from flask import Blueprint, Response, abort, current_app, render_template, request

from sipas import places, posters
from sipas.places import NotFound, Touchpoint
from sipas.web.access import current_user

pages = Blueprint("touchpoints", __name__)


def _own(code: str) -> Touchpoint:
    """The touchpoint with this code, if it belongs to the signed-in user's subtree; else as if there were none."""
    touchpoint = places.touchpoint(code)
    if touchpoint.unit_id not in places.subtree(current_user.root.id):
        raise NotFound(code)
    return touchpoint


@pages.get("/touchpoints")
def listed() -> str:
    """The touchpoints of a unit's subtree, with links to what is printed."""
    unit = places.within(current_user.root.id, request.args.get("unit") or current_user.root.code)
    found = places.touchpoints_of(places.subtree(unit.id))
    return render_template("manager/touchpoints.html", unit=unit, touchpoints=found, address=address)


@pages.get("/touchpoints/<code>/qr.<any(svg, png):shape>")
def qr(code: str, shape: Literal["svg", "png"]) -> Response:
    """The QR code of a touchpoint."""
    target = address(_own(code))
    if shape == "svg":
        return Response(posters.qr_svg(target), mimetype="image/svg+xml")
    return Response(posters.qr_png(target), mimetype="image/png")


@pages.get("/touchpoints/<code>/poster.pdf")
def poster(code: str) -> Response:
    """The poster of a touchpoint, `?paper=a4` or `a5`."""
    touchpoint, paper = _own(code), request.args.get("paper", "a4").lower()
    if paper not in ("a4", "a5"):
        abort(400, f"paper={paper}")
    made = posters.poster_pdf([posters.of_touchpoint(touchpoint, address(touchpoint))], "a5" if paper == "a5" else "a4")
    name = f"poster-{touchpoint.code}-{paper}.pdf"
    return Response(made, mimetype="application/pdf", headers={"Content-Disposition": f'inline; filename="{name}"'})


def address(touchpoint: Touchpoint) -> str:
    """The address that a touchpoint's QR code carries."""
    return f"{current_app.config['SIPAS'].public_address}/r/{touchpoint.code}"

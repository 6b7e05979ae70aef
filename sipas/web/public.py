"""For anyone: the way to a survey by its typed code, and what the province published."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from sipas import answers, codes, places
from sipas.web import here

pages = Blueprint("public", __name__)

MOST_ANSWERS = 20
"""How many answers to comments the page of a unit shows, the newest first."""


@pages.get("/")
def home() -> Response | str | tuple[str, int]:
    """Type the code on the poster by hand; go to the public results."""
    typed = request.args.get("code", "")
    if not typed:
        return render_template("public/home.html", typed="", fault=None)
    code = codes.tidy_code(typed)
    if codes.is_code(code):
        return redirect(url_for("citizen.survey", code=code, lang=request.args.get("lang")))
    return render_template("public/home.html", typed=typed[:40], fault=_fault(code)), 422


def _fault(code: str) -> str:
    if len(code) != codes.CODE_LENGTH:
        return "length"
    return "letters" if not set(code) <= set(codes.ALPHABET) else "check"


@pages.get("/results")
def results() -> str:
    """What the province published."""
    return render_template("public/results.html", unit=None)


@pages.get("/results/<code>")
def unit_results(code: str) -> str:
    """What the province published about one unit, and what the unit answered to comments."""
    unit = places.unit(code)
    answered = answers.shown(unit.id, here.today(), most=MOST_ANSWERS)
    return render_template("public/results.html", unit=unit, answers=answered)

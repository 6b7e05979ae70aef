"""For managers: the posters of all open survey points of a unit, as one file or an archive."""

from __future__ import annotations

from pathlib import Path
from typing import cast

from flask import Blueprint, current_app, make_response, redirect, render_template, send_file, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from sipas.catalogue import lookups
from sipas.core import audit
from sipas.core.languages import named
from sipas.survey import poster_packs
from sipas.survey.poster_packs import MOST_IN_A_FILE, NoPosters, PackState, Shape, TooManyPosters
from sipas.survey.posters import Paper
from sipas.web.kit import here
from sipas.web.kit.access import current_user
from sipas.web.kit.forms import StaffForm, choice
from sipas.web.kit.language import language, lazy
from sipas.web.kit.scope import own_units
from sipas.web.staff import touchpoints

pages = Blueprint("poster_packs", __name__)

Answer = Response | str | tuple[str, int]

LOOK_AGAIN_SECONDS = 2
"""How soon the page of a pack that is being made comes anew by itself."""


class _PackForm(StaffForm):
    unit = choice(lazy("Unit and all below it"))
    paper = choice(lazy("Paper"))
    shape = choice(lazy("File"))


def _folder() -> Path:
    return Path(current_app.instance_path) / "packs"


def paper_names() -> list[tuple[str, str]]:
    """What can be printed on, in words."""
    return [
        ("a4", gettext("Poster A4")),
        ("a5", gettext("Poster A5")),
        ("80mm", gettext("Slip, 80 mm")),
        ("58mm", gettext("Slip, 58 mm")),
    ]


@pages.route("/touchpoints/packs", methods=["GET", "POST"])
def order() -> Answer:
    """Have the posters of a unit's subtree made."""
    unit = touchpoints.asked_unit()
    form = _PackForm(data={"unit": unit.code, "paper": "a4", "shape": "pdf"})
    form.unit.choices = [(one.code, named(one, language())) for one in own_units()]
    form.paper.choices = paper_names()
    form.shape.choices = [("pdf", gettext("one PDF")), ("zip", gettext("zip archive with a PDF for each unit"))]
    if form.validate_on_submit():
        try:
            return redirect(url_for("poster_packs.progress", pack=_begun(form)), 303)
        except NoPosters:
            form.fault("unit", gettext("There is no open survey point to print here."))
        except TooManyPosters as error:
            words = gettext("%(number)s posters are too many for one PDF (at most %(most)s). Please take the archive.")
            form.fault("shape", words % {"number": error, "most": MOST_IN_A_FILE})
    return render_template("touchpoints/poster_pack_order.html", form=form, unit=unit), form.status


def _begun(form: _PackForm) -> str:
    """Begin the pack and its thread, which needs the database no more."""
    unit = lookups.within(current_user.root.id, form.unit.data)
    points = lookups.touchpoints_of(lookups.subtree(unit.id))
    wanted = poster_packs.sheaves(points, here.settings().public_address)
    paper, shape = cast("Paper", form.paper.data), cast("Shape", form.shape.data)
    pack = poster_packs.begin(_folder(), unit.code, paper, shape, wanted, current_user.email)
    audit.keep("touchpoints.exported", poster_packs.state(_folder(), pack).file_name, unit.id)
    poster_packs.start(_folder(), pack, wanted)
    return pack


def _own(pack: str) -> PackState:
    """A pack of a unit within one's own subtree; else as if there were none."""
    found = poster_packs.state(_folder(), pack)
    lookups.within(current_user.root.id, found.unit_code)
    return found


@pages.get("/touchpoints/packs/<pack>")
def progress(pack: str) -> Response:
    """How far a pack is, then its file; until then the page comes anew by itself."""
    found = _own(pack)
    unit = lookups.within(current_user.root.id, found.unit_code)
    names = dict(paper_names())
    page = make_response(
        render_template("touchpoints/poster_pack.html", pack=pack, state=found, unit=unit, paper=names[found.paper])
    )
    if found.is_under_way:
        page.headers["Refresh"] = str(LOOK_AGAIN_SECONDS)
    return page


@pages.get("/touchpoints/packs/<pack>/file")
def file(pack: str) -> Response:
    """The finished pack; while it is not finished, its page."""
    found = _own(pack)
    if found.stage != "ready":
        return redirect(url_for("poster_packs.progress", pack=pack), 303)
    kind = "application/pdf" if found.shape == "pdf" else "application/zip"
    return send_file(poster_packs.file(_folder(), pack), kind, as_attachment=True, download_name=found.file_name)

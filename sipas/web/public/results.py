"""For anyone: the way to a survey by its typed code, and what the province published."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from flask import Blueprint, Response, current_app, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from sipas.catalogue import lookups
from sipas.comments import replies
from sipas.core import codes
from sipas.core.errors import NotFound
from sipas.core.languages import named, own_parts, sort_key
from sipas.numbers.standings import SMALLEST_RANKED
from sipas.publishing import release_packages, release_views, releases
from sipas.publishing.release_views import Edition
from sipas.publishing.releases import Release
from sipas.reporting.rankings import BANDS
from sipas.web.kit import here
from sipas.web.kit.language import language

pages = Blueprint("public", __name__)

MOST_ANSWERS = 20
"""How many answers to comments the page of a unit shows, the newest first."""

MOST_POINTS = 8
"""How many releases a trend shows: two years of quarters."""

_LOW_ENOUGH = 0.52
"""Where every interval lies above it, axes begin at a half, and the page says so."""

PAGE_SECONDS = 300
YEAR_SECONDS = 365 * 24 * 3600


@pages.get("/")
def home() -> AnyResponse | str | tuple[str, int]:
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
def results() -> Response | str:
    """What the province published: the latest release, or the one that is asked for."""
    release = _release()
    if release is None:
        return render_template("public/nothing_published.html", unit=None)
    shown = release_views.edition(release)
    names = _short_names(shown)
    return _kept(
        render_template(
            "public/results.html",
            shown=shown,
            told=shown.total,
            points=[(one.period, one.total.satisfaction) for one in _run(release)],
            names=names,
            listed=sorted(shown.units, key=lambda one: sort_key(names[named(one, language())])),
            bands=BANDS,
            shelves=releases.shelves(),
            **_about(release, shown),
        )
    )


@pages.get("/results/<code>")
def unit_results(code: str) -> Response | str:
    """What the province published about one unit, and what the unit answered to comments."""
    release = _release()
    shown = release_views.edition(release) if release else None
    told = shown and shown.unit(code)
    unit = None if told else lookups.unit(code)
    answered = replies.shown(_unit_id(code), here.today(), most=MOST_ANSWERS)
    if release is None or shown is None or told is None:
        return render_template("public/nothing_published.html", unit=unit, answers=answered)
    found = [(one.period, one.unit(code)) for one in _run(release)]
    return _kept(
        render_template(
            "public/unit.html",
            shown=shown,
            told=told,
            points=[(period, one.satisfaction if one else None) for period, one in found],
            answers=answered,
            **_about(release, shown),
        )
    )


def _about(release: Release, shown: Edition) -> dict[str, Any]:
    """What both pages say besides: what changes are counted against, which release is valid, where axes begin."""
    compared = releases.document(release)["compared_with"]
    newest = releases.one(release.number)
    lows = [one.satisfaction.low for one in shown.units if one.satisfaction]
    return {
        "compared": releases.one(compared["number"], compared["edition"]).period if compared else None,
        "newest": newest if newest.edition != release.edition else None,
        "floor": 0.5 if min(lows, default=0) > _LOW_ENOUGH else 0.0,
        "smallest_ranked": SMALLEST_RANKED,
        "here": _address(),
    }


def _short_names(shown: Edition) -> dict[str, str]:
    """What tells each unit from the others, by its name; one that would be called as the province keeps its own."""
    whole = named(shown.total, language()).casefold()
    short = own_parts(named(one, language()) for one in shown.units)
    return {name: name if part.casefold() == whole else part for name, part in short.items()}


def _address() -> dict[str, str | None]:
    """The release that the address names, for links that stay with it."""
    return {"release": request.args.get("release"), "edition": request.args.get("edition")}


def _run(release: Release) -> list[Edition]:
    """The releases of the same length up to this one, the oldest first, as they are valid; this one as it is shown."""
    months = len(list(release.period.months()))
    alike = (shelf.newest for shelf in releases.shelves())
    before = [one for one in alike if one.end < release.end and len(list(one.period.months())) == months]
    return [release_views.edition(one) for one in (*reversed(before[: MOST_POINTS - 1]), release)]


@pages.get("/results/releases/<int:number>/<int:edition>/<name>")
def release_file(number: int, edition: int, name: str) -> Response:
    """A file of a release: for ever the same bytes."""
    release = releases.one(number, edition)
    if name not in release_packages.FILES:
        raise NotFound(name)
    content = release_packages.made(release, name, language())
    answer = current_app.response_class(content, content_type=release_packages.FILES[name][0])
    answer.headers["Content-Disposition"] = f'attachment; filename="sipas-{release.name}-{name}"'
    answer.headers["Access-Control-Allow-Origin"] = "*"
    answer.cache_control.public, answer.cache_control.max_age = True, YEAR_SECONDS
    answer.set_etag(sha256(content).hexdigest())
    answer.make_conditional(request)
    return answer


def _release() -> Release | None:
    """The edition that the address names (`?release=2&edition=1`), else the latest release."""
    number, edition = request.args.get("release"), request.args.get("edition")
    if number is None:
        return releases.latest()
    if not _is_number(number) or not (edition is None or _is_number(edition)):
        raise NotFound(f"{number}/{edition}")
    return releases.one(int(number), int(edition) if edition else None)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10


def _unit_id(code: str) -> int:
    try:
        return lookups.unit(code).id
    except NotFound:
        return 0  # it stood under this code when it was published


def _kept(page: str) -> Response:
    """A page that browsers and caches may keep for some minutes, and ask about afterwards."""
    answer = current_app.response_class(page)
    answer.cache_control.public, answer.cache_control.max_age = True, PAGE_SECONDS
    answer.set_etag(sha256(page.encode()).hexdigest()[:32])
    answer.make_conditional(request)
    return answer

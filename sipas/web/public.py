"""For anyone: the way to a survey by its typed code, and what the province published."""

from __future__ import annotations

from hashlib import sha256

from flask import Blueprint, Response, current_app, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from sipas import answers, codes, places, release_files, release_views, releases
from sipas.places import NotFound
from sipas.releases import Release
from sipas.web import here
from sipas.web.language import language

pages = Blueprint("public", __name__)

MOST_ANSWERS = 20
"""How many answers to comments the page of a unit shows, the newest first."""

PAGE_SECONDS = 300
YEAR_SECONDS = 365 * 24 * 3600
BANDS = ("above", "middle", "below")


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
    return _kept(render_template("public/results.html", shown=shown, shelves=releases.shelves(), bands=BANDS))


@pages.get("/results/<code>")
def unit_results(code: str) -> Response | str:
    """What the province published about one unit, and what the unit answered to comments."""
    release = _release()
    shown = release_views.edition(release) if release else None
    told = shown and shown.unit(code)
    unit = None if told else places.unit(code)
    answered = answers.shown(_unit_id(code), here.today(), most=MOST_ANSWERS)
    if release is None or shown is None or told is None:
        return render_template("public/nothing_published.html", unit=unit, answers=answered)
    before = [(one, release_views.edition(one).unit(code)) for one in _periods_before(release)]
    page = render_template("public/unit.html", shown=shown, told=told, before=before, answers=answered)
    return _kept(page)


@pages.get("/results/releases/<int:number>/<int:edition>/<name>")
def release_file(number: int, edition: int, name: str) -> Response:
    """A file of a release: for ever the same bytes."""
    release = releases.one(number, edition)
    if name not in release_files.FILES:
        raise NotFound(name)
    content_type, make = release_files.FILES[name]
    content = make(release, language())
    answer = current_app.response_class(content, content_type=content_type)
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


def _periods_before(release: Release) -> list[Release]:
    """The valid editions of releases of the same length, the latest first, up to this one's period."""
    newest = [shelf.newest for shelf in releases.shelves()]
    months = len(list(release.period.months()))
    return [one for one in newest if one.end < release.end and len(list(one.period.months())) == months]


def _unit_id(code: str) -> int:
    try:
        return places.unit(code).id
    except NotFound:
        return 0  # it stood under this code when it was published


def _kept(page: str) -> Response:
    """A page that browsers and caches may keep for some minutes, and ask about afterwards."""
    answer = current_app.response_class(page)
    answer.cache_control.public, answer.cache_control.max_age = True, PAGE_SECONDS
    answer.set_etag(sha256(page.encode()).hexdigest()[:32])
    answer.make_conditional(request)
    return answer

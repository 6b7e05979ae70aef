"""Style sheets: what pages for citizens and anyone carry within them, and the parts of the office's joined in one."""

from __future__ import annotations

import re
from base64 import b64encode
from collections import Counter
from hashlib import sha256

from flask import Flask, Response, request

from sipas.core.settings import ROOT

_TOKEN = re.compile(r"(--[\w-]+):([^;}]+);?")


def squeezed(css: str) -> str:
    """The same style sheet without comments and the white space that only people need."""
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    css = re.sub(r"\s+", " ", css)
    css = re.sub(r" ?([{};,>~]) ?", r"\1", css)  # not before a colon: " :checked" is not ":checked"
    return css.replace(": ", ":").replace(";}", "}").strip()


def written_out(css: str) -> str:
    """A squeezed style sheet with every token that has but one value replaced by it; colours have two."""
    tokens = _TOKEN.findall(css)
    times = Counter(name for name, _ in tokens)
    single = {name: value for name, value in tokens if times[name] == 1}
    css = _TOKEN.sub(lambda match: "" if match[1] in single else match[0], css)
    return re.sub(r"var\((--[\w-]+)\)", lambda match: single.get(match[1], match[0]), css)


def _sheet(*names: str) -> str:
    return written_out(squeezed(_joined(*names)))


def _joined(*names: str) -> str:
    return "\n".join((ROOT / "static" / "css" / name).read_text() for name in names)


def _hash(css: str) -> str:
    return f"'sha256-{b64encode(sha256(css.encode()).digest()).decode()}'"


CITIZEN = _sheet("tokens.css", "citizen.css")
RESULTS = _sheet("tokens.css", "citizen.css", "results.css")
"""What the published results carry: tables and small charts besides, which the survey need not wait for."""

OFFICE_PARTS = (
    "ground",
    "head",
    "figures",
    "tables",
    "forms",
    "notices",
    "lists",
    "questionnaires",
    "reports",
    "widths",
    "print",
    "dossiers",
    "comments",
    "alerts",
    "charts",
    "ranking",
    "province",
    "indices",
    "releases",
    "aggregates",
    "periods",
)
"""What `static/css/office/` holds, a part for each kind of page, in the order in which later rules win."""

OFFICE = _joined(*(f"office/{part}.css" for part in OFFICE_PARTS))

POLICY_SOURCE = f"{_hash(CITIZEN)} {_hash(RESULTS)}"
"""How a content security policy admits just these texts."""


def offer(app: Flask) -> None:
    """Make the style sheets known to templates."""
    app.add_url_rule("/static/css/office.css", "office_style", _office)
    app.jinja_env.globals.update(citizen_style=CITIZEN, results_style=RESULTS)


def _office() -> Response:
    """The office's style sheet; a browser asks each time whether it changed, as for other static files."""
    response = Response(OFFICE, mimetype="text/css")
    response.headers["Cache-Control"] = "no-cache"
    response.add_etag()
    response.make_conditional(request)
    return response

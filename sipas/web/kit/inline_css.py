"""The style sheets that pages for citizens and anyone carry within them, to come in one request."""

from __future__ import annotations

import re
from base64 import b64encode
from collections import Counter
from hashlib import sha256

from flask import Flask

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
    return written_out(squeezed("".join((ROOT / "static" / "css" / name).read_text() for name in names)))


def _hash(css: str) -> str:
    return f"'sha256-{b64encode(sha256(css.encode()).digest()).decode()}'"


CITIZEN = _sheet("tokens.css", "citizen.css")
RESULTS = _sheet("tokens.css", "citizen.css", "results.css")
"""What the published results carry: tables and small charts besides, which the survey need not wait for."""

POLICY_SOURCE = f"{_hash(CITIZEN)} {_hash(RESULTS)}"
"""How a content security policy admits just these texts."""


def offer(app: Flask) -> None:
    """Make the style sheets known to templates."""
    app.jinja_env.globals.update(citizen_style=CITIZEN, results_style=RESULTS)

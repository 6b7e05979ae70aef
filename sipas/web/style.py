"""The one style sheet that pages for citizens and anyone carry within them, to come in one request."""

from __future__ import annotations

import re
from base64 import b64encode
from collections import Counter
from hashlib import sha256

from flask import Flask

from sipas.settings import ROOT

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


_SHEETS = [(ROOT / "static" / "css" / name).read_text() for name in ("tokens.css", "citizen.css")]
CITIZEN = written_out(squeezed("".join(_SHEETS)))
POLICY_SOURCE = f"'sha256-{b64encode(sha256(CITIZEN.encode()).digest()).decode()}'"
"""How a content security policy admits just this text."""


def offer(app: Flask) -> None:
    """Make the style sheet known to templates."""
    app.jinja_env.globals["citizen_style"] = CITIZEN

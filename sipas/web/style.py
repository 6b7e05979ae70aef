"""The one style sheet that pages for citizens and anyone carry within them, so that they come in one request."""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256

from flask import Flask

from sipas.settings import ROOT


def squeezed(css: str) -> str:
    """The same style sheet without comments and the white space that only people need."""
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    css = re.sub(r"\s+", " ", css)
    css = re.sub(r" ?([{};,>]) ?", r"\1", css)  # not before a colon: " :checked" is not ":checked"
    return css.replace(": ", ":").replace(";}", "}").strip()


CITIZEN = squeezed("".join((ROOT / "static" / "css" / name).read_text() for name in ("tokens.css", "citizen.css")))
POLICY_SOURCE = f"'sha256-{b64encode(sha256(CITIZEN.encode()).digest()).decode()}'"
"""How a content security policy admits just this text."""


def offer(app: Flask) -> None:
    """Make the style sheet known to templates."""
    app.jinja_env.globals["citizen_style"] = CITIZEN

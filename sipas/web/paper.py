"""For managers: paper forms, typed in or imported."""

from __future__ import annotations

from flask import Blueprint

pages = Blueprint("paper", __name__, url_prefix="/paper")

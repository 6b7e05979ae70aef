"""For administrators: the tree of units and its history."""

from __future__ import annotations

from flask import Blueprint

pages = Blueprint("units", __name__, url_prefix="/admin/units")

"""For administrators: accounts of staff."""

from __future__ import annotations

from flask import Blueprint

pages = Blueprint("users", __name__, url_prefix="/admin/users")

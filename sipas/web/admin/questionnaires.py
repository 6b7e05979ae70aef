"""For administrators: questionnaires, drafted, previewed, published, compared."""

from __future__ import annotations

from flask import Blueprint

pages = Blueprint("questionnaires", __name__, url_prefix="/admin/questionnaires")

"""For administrators: service fields, agencies and procedures."""

from __future__ import annotations

from flask import Blueprint

pages = Blueprint("fields", __name__, url_prefix="/admin/fields")

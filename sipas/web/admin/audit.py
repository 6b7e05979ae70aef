"""For administrators and auditors: who did what and when."""

from __future__ import annotations

from flask import Blueprint

pages = Blueprint("audit", __name__, url_prefix="/admin/audit")

"""For every member of staff: the own account, its sessions and second step."""

from __future__ import annotations

from flask import Blueprint

pages = Blueprint("account", __name__, url_prefix="/account")

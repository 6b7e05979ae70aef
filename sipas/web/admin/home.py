"""For administrators and auditors: the way to everything that is set up."""

from __future__ import annotations

from flask import Blueprint, render_template

pages = Blueprint("admin", __name__, url_prefix="/admin")


@pages.get("")
def home() -> str:
    """The way to units, fields, questionnaires, accounts and the audit."""
    return render_template("admin/home.html")

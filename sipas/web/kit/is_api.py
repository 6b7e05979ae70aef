"""What programs may read, and how one is told from a browser; they show no session, but a token (web/api/)."""

from __future__ import annotations

from flask import request

OPEN_TO_PROGRAMS = frozenset(
    {"api.home", "api.openapi", "api.published", "api.release"}
    | {"api.edition", "api.edition_table", "api.edition_workbook"}
)
"""What they may read without a token: what there is, and what was published."""

BY_TOKEN = frozenset({"api.units", "api.fields", "api.questions", "api.report", "api.ranking", "api.aggregated"})
"""What they read by a token (web/api/admission.py); sessions and cookies count for nothing there."""


def is_of_program() -> bool:
    """Whether a program asks: below /api/ there are no cookies, whether the address leads anywhere or not."""
    return request.path.startswith("/api/")

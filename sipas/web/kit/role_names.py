"""What roles are called on pages."""

from __future__ import annotations

from sipas.web.kit.language import lazy

NAMES = {
    "viewer": lazy("Reader: sees the reports of the unit"),
    "manager": lazy("Manager: runs a centre, types in paper forms"),
    "province": lazy("Province: compares units"),
    "administrator": lazy("Administrator: sets up units, questionnaires and accounts"),
    "auditor": lazy("Auditor: sees everything, may set doubtful responses aside"),
}
"""A word, a colon, and what it means."""

"""The pages, by audience: who is asking decides address, weight, language, cookies and permission."""

from __future__ import annotations

from flask import Flask

from sipas.web import (
    access,
    citizen,
    errors,
    filters,
    health,
    language,
    manager,
    public,
    session,
    touchpoints,
)


def open_to(app: Flask) -> None:
    """Register every page, and who may ask for it."""
    app.config["MAX_CONTENT_LENGTH"] = 64 * 1024
    language.speak(app)
    filters.offer(app)
    session.guard(app)
    for audience in (citizen, public, manager, touchpoints, health):
        app.register_blueprint(audience.pages)
    access.enforce(app)
    errors.explain(app)

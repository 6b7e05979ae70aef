"""The pages, by audience: who is asking decides address, weight, language, cookies and permission."""

from __future__ import annotations

from flask import Flask
from werkzeug.routing import IntegerConverter

from sipas.web import (
    access,
    account,
    aggregates,
    alerts,
    answers,
    api,
    cases,
    citizen,
    comments,
    dossiers,
    errors,
    filters,
    first_fields,
    hanging,
    health,
    indices,
    language,
    manager,
    official_sheets,
    packs,
    paper,
    point_sets,
    province,
    public,
    rankings,
    releases,
    session,
    set_asides,
    subscriptions,
    touchpoints,
)
from sipas.web.admin import (
    agencies,
    audit,
    drafts,
    fields,
    home,
    outbox,
    procedures,
    questionnaires,
    successions,
    tokens,
    units,
    users,
)
from sipas.web.api.admission import Rates

FOR_CITIZENS_AND_ANYONE = (
    citizen,
    public,
    health,
)
FOR_STAFF = (
    manager,
    touchpoints,
    hanging,
    point_sets,
    packs,
    first_fields,
    paper,
    comments,
    cases,
    answers,
    account,
    alerts,
    subscriptions,
    dossiers,
    official_sheets,
    set_asides,
    province,
    rankings,
    releases,
    aggregates,
    indices,
)
FOR_ADMINISTRATORS = (
    home,
    units,
    successions,
    fields,
    procedures,
    agencies,
    questionnaires,
    drafts,
    users,
    tokens,
    audit,
    outbox,
)
FOR_PROGRAMS = (api,)


class _Number(IntegerConverter):
    """A number in an address; one that no database could hold leads nowhere, as any other that nothing has."""

    regex = r"\d{1,9}"


def open_to(app: Flask) -> None:
    """Register every page, and who may ask for it."""
    app.url_map.converters["int"] = _Number
    app.config["MAX_CONTENT_LENGTH"] = 64 * 1024
    language.speak(app)
    filters.offer(app)
    session.guard(app)
    app.extensions["sipas.api-rates"] = Rates(app.config["SIPAS"].api_requests_per_minute)
    for audience in (*FOR_CITIZENS_AND_ANYONE, *FOR_STAFF, *FOR_ADMINISTRATORS, *FOR_PROGRAMS):
        app.register_blueprint(audience.pages)
    access.enforce(app)
    errors.explain(app)

"""The pages, by audience: who is asking decides address, weight, language, cookies and permission."""

from __future__ import annotations

from flask import Flask
from werkzeug.routing import IntegerConverter

from sipas.web import api
from sipas.web.admin import (
    accounts,
    agencies,
    api_tokens,
    audit,
    fields,
    home,
    outbox,
    procedures,
    questionnaire_drafts,
    questionnaires,
    unit_mergers,
    units,
)
from sipas.web.api.auth import Rates
from sipas.web.citizen import survey
from sipas.web.kit import access, errors, filters, language
from sipas.web.province import aggregates, indices, overview, ranking, releases
from sipas.web.public import health, results
from sipas.web.signing_in import account, security
from sipas.web.staff import (
    alerts,
    comment_cases,
    comments,
    dossiers,
    first_fields,
    official_sheets,
    paper,
    poster_packs,
    replies,
    reports,
    set_asides,
    subscriptions,
    touchpoint_forms,
    touchpoint_sets,
    touchpoints,
)

FOR_CITIZENS_AND_ANYONE = (
    survey,
    results,
    health,
)
FOR_STAFF = (
    reports,
    touchpoints,
    touchpoint_forms,
    touchpoint_sets,
    poster_packs,
    first_fields,
    paper,
    comments,
    comment_cases,
    replies,
    account,
    alerts,
    subscriptions,
    dossiers,
    official_sheets,
    set_asides,
    overview,
    ranking,
    releases,
    aggregates,
    indices,
)
FOR_ADMINISTRATORS = (
    home,
    units,
    unit_mergers,
    fields,
    procedures,
    agencies,
    questionnaires,
    questionnaire_drafts,
    accounts,
    api_tokens,
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
    security.guard(app)
    app.extensions["sipas.api-rates"] = Rates(app.config["SIPAS"].api_requests_per_minute)
    for audience in (*FOR_CITIZENS_AND_ANYONE, *FOR_STAFF, *FOR_ADMINISTRATORS, *FOR_PROGRAMS):
        app.register_blueprint(audience.pages)
    access.enforce(app)
    errors.explain(app)

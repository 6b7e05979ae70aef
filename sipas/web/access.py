"""Who may ask for which page: one table, closed by default."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, cast

import flask_login
from flask import Flask, Response, abort, current_app, request
from werkzeug.wrappers import Response as AnyResponse

from sipas.accounts import ROLES, User
from sipas.web import style

current_user = cast("User", flask_login.current_user)
"""Who asks; of visitors only `is_authenticated` is known."""

CITIZENS = frozenset({"citizen.survey", "citizen.rate", "citizen.thanks"})
"""Pages that set no cookie and read none."""

ANYONE = CITIZENS | {
    "static",
    "public.home",
    "public.results",
    "public.unit_results",
    "health.alive",
    "health.ready",
    "security.login",
    "security.logout",
}

STAFF: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "manager.own": frozenset(ROLES),
        "manager.report": frozenset(ROLES),
        "manager.report_file": frozenset(ROLES),
        "touchpoints.listed": frozenset(ROLES),
        "touchpoints.qr": frozenset(ROLES),
        "touchpoints.poster": frozenset(ROLES),
    }
)
"""Which roles may ask for a page of staff; what they see is bound to their unit's subtree besides."""

_POLICY = (
    f"default-src 'none'; style-src 'self' {style.POLICY_SOURCE}; img-src 'self' data:; font-src 'self'; "
    "script-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

SAFETY = (
    ("Content-Security-Policy", _POLICY),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "same-origin"),
)
"""What every answer says: nothing from elsewhere, no framing, no guessing of types, no address passed on."""


def enforce(app: Flask) -> None:
    """Ask for a sign-in wherever the table does not say otherwise, and send the headers of safety.

    What libraries do before and after each request to find out who is signed in is left out of citizens'
    requests: there is nobody, and nothing shall look.
    """
    style.offer(app)
    before = [*app.before_request_funcs[None], _admit]
    after = [*app.after_request_funcs[None], _harden]
    app.before_request_funcs[None] = [lambda: None if request.endpoint in CITIZENS else _first_answer(before)]
    app.after_request_funcs[None] = [lambda response: _finished(after, response)]


def _first_answer(steps: Sequence[Callable[[], Any]]) -> Any:  # noqa: ANN401 - whatever Flask takes for an answer
    return next((answer for step in steps if (answer := step()) is not None), None)


def _finished(steps: Sequence[Callable[[Any], Any]], response: Response) -> Response:
    if SAFETY[0][0] in response.headers:
        return response  # a citizen's page, which came with all its headers
    for step in reversed(steps):
        response = step(response)
    return response


def _admit() -> AnyResponse | None:
    endpoint = request.endpoint
    if endpoint is None or endpoint in ANYONE:
        return None
    if not current_user.is_authenticated:
        unauthorized: AnyResponse = current_app.login_manager.unauthorized()  # type: ignore[attr-defined]
        return unauthorized
    if current_user.role not in STAFF.get(endpoint, frozenset()):
        abort(404)
    return None


def _harden(response: Response) -> Response:
    response.headers.extend(SAFETY)
    if request.endpoint not in ANYONE:
        response.headers.setdefault("Cache-Control", "private, no-store")
    return response

"""What a program is told that does not get what it asked for: RFC 9457, one shape for every fault."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus

from flask import Blueprint, Response, current_app
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from sipas.core.db import Unwritable, db, is_down
from sipas.core.errors import NotFound
from sipas.core.languages import visible

CONTENT_TYPE = "application/problem+json"
SECONDS_UNTIL_BACK = 30
"""When to try again after the database could not be used."""

_PASSED_ON = ("Allow", "Retry-After")


class Refused(Exception):
    """A request that is not answered, with the status and what to do; `errors` are (parameter, fault) of each."""

    def __init__(
        self,
        status: int,
        detail: str,
        headers: Mapping[str, str] | None = None,
        errors: Sequence[tuple[str, str]] = (),
    ) -> None:
        super().__init__(detail)
        self.status, self.detail, self.headers, self.errors = status, detail, headers or {}, errors


class Fault(BaseModel):
    """One parameter that is wrong, and why."""

    model_config = ConfigDict(extra="forbid")
    parameter: str
    detail: str


class Problem(BaseModel):
    """A request that was not answered (RFC 9457)."""

    model_config = ConfigDict(extra="forbid")
    type: str = Field(description="What kind of problem; about:blank where the status says it all.")
    title: str = Field(description="The status in words.")
    status: int
    detail: str = Field(description="What was wrong, and what to do about it.")
    errors: list[Fault] | None = Field(default=None, description="Parameters that are wrong.", min_length=1)


DETAILS = {
    400: "The request cannot be understood.",
    404: "There is nothing at this address. GET /api/v1/ lists what there is.",
    405: "This address can only be read: use GET, HEAD or OPTIONS.",
    410: "What was here was withdrawn.",
    413: "The request is too large.",
    500: "Something went wrong on our side; it is noted in the log.",
    503: "The database cannot be used now. Please try again later.",
}


def respond(
    status: int, detail: str = "", headers: Mapping[str, str] | None = None, errors: Sequence[tuple[str, str]] = ()
) -> Response:
    """The answer that tells of a fault."""
    told = Problem(
        type="about:blank",
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail or DETAILS.get(status, DETAILS[400]),
        errors=[Fault(parameter=name, detail=fault) for name, fault in errors] or None,
    )
    body = json.dumps(told.model_dump(exclude_none=True), ensure_ascii=False)
    response = Response(body, status, content_type=CONTENT_TYPE)
    response.headers["Cache-Control"] = "no-store"
    response.headers.update(headers or {})
    return response


def explain(pages: Blueprint) -> None:
    """Answer every fault below an address of the API so."""
    pages.register_error_handler(Refused, _refused)
    pages.register_error_handler(HTTPException, of_http)
    pages.register_error_handler(NotFound, lambda error: respond(404, f"Nothing here is called {visible(str(error))}."))
    pages.register_error_handler(Unwritable, down)
    pages.register_error_handler(OperationalError, down)


def _refused(error: Refused) -> Response:
    return respond(error.status, error.detail, error.headers, error.errors)


def of_http(error: HTTPException) -> AnyResponse:
    """What Flask or Werkzeug raised; also for addresses that lead nowhere, which belong to no blueprint."""
    if error.code is None or error.code < 400:
        return error.get_response()
    cause = getattr(error, "original_exception", None)
    if cause is not None and is_down(cause):
        return down(cause)
    kept = {name: value for name, value in error.get_headers() if name in _PASSED_ON}
    return respond(error.code, headers=kept)


def down(error: Exception) -> Response:
    """The database does not answer."""
    db.session.rollback()
    current_app.logger.error("the database could not be used: %s", error)
    return respond(503, headers={"Retry-After": str(SECONDS_UNTIL_BACK)})

"""What the API offers: each operation says its scope, what it may be asked and what it answers, in one place.

The same words make the route, check its parameters, and stand in the description (description.py).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from hashlib import sha256
from typing import Any

from flask import Blueprint, Response, request
from pydantic import BaseModel
from werkzeug.wrappers import Response as AnyResponse

from sipas.web.api import auth, parameters
from sipas.web.api.parameters import Asked
from sipas.web.kit.problem_json import Refused, explain

pages = Blueprint("api", __name__, url_prefix="/api/v1")
explain(pages)

JSON = "application/json"
_KEPT_FOR = 300
"""Seconds for which anybody may keep what is open to anybody."""


@dataclass(frozen=True)
class File:
    """An answer that is kept as a file of a name."""

    content: bytes
    name: str


Body = Mapping[str, Any] | bytes | File
View = Callable[..., Body]


@dataclass(frozen=True)
class Operation:
    """One thing that can be read."""

    name: str
    address: str
    summary: str
    scope: str | None
    asked: type[Asked]
    answer: type[BaseModel] | None
    content_type: str
    codes: Mapping[str, Mapping[str, Any]]


OFFERED: list[Operation] = []
"""All of them, in the order of the description."""

_OPEN_ENDPOINTS: set[str] = set()


def offer(
    address: str,
    summary: str,
    *,
    scope: str | None,
    asked: type[Asked] = Asked,
    answer: type[BaseModel] | None = None,
    content_type: str = JSON,
    **codes: Mapping[str, Any],
) -> Callable[[View], View]:
    """Let a function answer GET below /api/v1; it takes what was `asked` and the codes in the address.

    `scope` is what a token must open, or admission.OPEN. `codes` are the shapes of the codes in the address.
    """

    def register(view: View) -> View:
        operation = Operation(view.__name__, address, summary, scope, asked, answer, content_type, codes)
        OFFERED.append(operation)
        if scope is auth.OPEN:
            _OPEN_ENDPOINTS.add(f"{pages.name}.{view.__name__}")

        @wraps(view)
        def answered(**chosen: Any) -> AnyResponse:  # noqa: ANN401 - texts, or numbers
            if scope is not auth.OPEN:
                auth.admit(scope)
            _check_accepted(content_type)
            return _answer(operation, view(parameters.read(asked, request.args), **chosen))

        pages.add_url_rule(address, view.__name__, answered, methods=["GET"], strict_slashes=False)
        return view

    return register


@pages.after_request
def _finish(response: Response) -> Response:
    """Say how many requests are left to whoever showed a token; let any site's script read what is open."""
    response.headers.update(auth.told())
    if request.endpoint in _OPEN_ENDPOINTS:
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Access-Control-Expose-Headers"] = "ETag, Link"
        if request.method == "OPTIONS":
            response.headers["Access-Control-Allow-Methods"] = "GET, HEAD"
            response.headers["Access-Control-Allow-Headers"] = "If-None-Match"
            response.headers["Access-Control-Max-Age"] = "86400"
    return response


_CODE = re.compile(r"<(?:\w+(?:\([^)]*\))?:)?(\w+)>")


def template(address: str) -> str:
    """An address below /api/v1 as descriptions write it: with codes in braces."""
    return _CODE.sub(r"{\1}", address)


def _check_accepted(content_type: str) -> None:
    plain = content_type.partition(";")[0]
    if request.accept_mimetypes and not request.accept_mimetypes.quality(plain):
        raise Refused(406, f"This address answers with {plain} alone.")


def _written(body: Body) -> bytes:
    if isinstance(body, File):
        return body.content
    return body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False, default=str).encode()


def _answer(operation: Operation, body: Body) -> AnyResponse:
    """The answer with a tag of its bytes; 304 without them where the asker has the same already."""
    written = _written(body)
    response = Response(written, content_type=operation.content_type)
    if isinstance(body, File):
        response.headers["Content-Disposition"] = f'attachment; filename="{body.name}"'
    response.set_etag(sha256(written).hexdigest()[:32])
    if operation.scope is auth.OPEN:
        response.headers["Cache-Control"] = f"public, max-age={_KEPT_FOR}"
    else:
        response.headers["Cache-Control"] = "private, no-cache"
        response.headers["Vary"] = "Authorization"
    if isinstance(body, Mapping) and body.get("next"):
        response.headers["Link"] = f'<{body["next"]}>; rel="next"'
    return response.make_conditional(request)

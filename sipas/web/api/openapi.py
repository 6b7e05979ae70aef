"""The description of the API (OpenAPI 3.1), made from the operations themselves so that it cannot differ from them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from pydantic import BaseModel, ConfigDict
from pydantic.json_schema import models_json_schema

from sipas.web.api import auth
from sipas.web.api.home import VERSION
from sipas.web.api.operations import OFFERED, Operation, offer, template
from sipas.web.api.parameters import Asked, shapes
from sipas.web.kit import problem_json
from sipas.web.kit.problem_json import Problem

_REF = "#/components/schemas/{model}"
_TEXT = {"schema": {"type": "string"}}
_NUMBER = {"schema": {"type": "integer"}}

_FAULTS = {
    "401": "No token, or one that is unknown, revoked or over.",
    "403": "The token does not open this.",
    "404": "There is nothing here, or nothing that the token may see.",
    "406": "The answer's kind is not accepted.",
    "422": "A parameter is unknown, sent twice or not of its shape.",
    "429": "Too many requests in this minute.",
    "500": "A fault of the server.",
    "503": "The database cannot be used now.",
}
_NEED_TOKEN = ("401", "403", "429")
_HEADERS_OF_FAULTS = {
    "401": {"WWW-Authenticate": {"description": "How to show a token.", "required": True, **_TEXT}},
    "403": {"WWW-Authenticate": {"description": "Which scope is wanted.", "required": True, **_TEXT}},
    "429": {"Retry-After": {"description": "Seconds to wait.", "required": True, **_NUMBER}},
    "503": {"Retry-After": {"description": "Seconds to wait.", "required": True, **_NUMBER}},
}
_TAG = {"description": "A tag of these bytes, for If-None-Match.", "required": True, **_TEXT}
_CONDITION = {
    "name": "If-None-Match",
    "in": "header",
    "required": False,
    "schema": {"type": "string"},
    "description": "Tags of answers that the asker has; where one is still true, the answer is 304 without a body.",
}


class Description(BaseModel):
    """An OpenAPI document."""

    model_config = ConfigDict(extra="allow")
    openapi: str


@offer("/openapi.json", "This description", scope=auth.OPEN, answer=Description)
def openapi(_: Asked) -> Mapping[str, Any]:
    """The OpenAPI document."""
    return document()


@cache
def document() -> dict[str, Any]:
    """The whole description, as OpenAPI 3.1."""
    answers = {one.answer for one in OFFERED if one.answer} | {Problem}
    ordered = sorted(answers, key=lambda one: one.__name__)
    _, schemas = models_json_schema([(one, "serialization") for one in ordered], ref_template=_REF)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "SIPAS",
            "version": VERSION,
            "summary": "How satisfied citizens are with public administrative services, counted honestly.",
            "description": "Figures come with their base (responses) and a 95 % interval; null is no data, or fewer "
            "than 5 responses. Tokens come from the administrators of the installation.",
        },
        "servers": [{"url": "/api/v1"}],
        "paths": {template(one.address): {"get": _operation(one)} for one in OFFERED},
        "components": {
            "schemas": schemas["$defs"],
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "description": "Opens its scopes."}},
        },
    }


def _operation(one: Operation) -> dict[str, Any]:
    is_open = one.scope is auth.OPEN
    told = {} if is_open else {"description": f"Needs a token of the scope `{one.scope}`."}
    return {
        "operationId": one.name,
        "summary": one.summary,
        **told,
        "parameters": [*_codes(one), *_asked(one), _CONDITION],
        "security": [] if is_open else [{"token": []}],
        "responses": _responses(one),
    }


def _codes(one: Operation) -> list[dict[str, Any]]:
    """The parts of the address that are chosen."""
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {part: value for part, value in shape.items() if part != "example"},
            "example": shape["example"],
        }
        for name, shape in one.codes.items()
    ]


def _asked(one: Operation) -> list[dict[str, Any]]:
    """What stands behind the question mark."""
    return [_parameter(name, schema) for name, schema in shapes(one.asked).items()]


def _parameter(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    described = {"description": text} if (text := schema.pop("description", "")) else {}
    return {"name": name, "in": "query", "required": False, **described, "schema": schema}


def _responses(one: Operation) -> dict[str, Any]:
    shape = {"schema": {"$ref": _REF.format(model=one.answer.__name__)}} if one.answer else {}
    found = {"description": one.summary, "headers": {"ETag": _TAG}, "content": {one.content_type: shape}}
    faults = [status for status in _FAULTS if one.scope is not auth.OPEN or status not in _NEED_TOKEN]
    return {
        "200": found,
        "304": {"description": "The asker has the same already.", "headers": {"ETag": _TAG}},
        **{status: _fault(status) for status in faults},
    }


def _fault(status: str) -> dict[str, Any]:
    headers = {"headers": _HEADERS_OF_FAULTS[status]} if status in _HEADERS_OF_FAULTS else {}
    schema = {"$ref": _REF.format(model=Problem.__name__)}
    return {"description": _FAULTS[status], **headers, "content": {problem_json.CONTENT_TYPE: {"schema": schema}}}

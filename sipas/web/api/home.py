"""What there is: a first address for who explores the API without reading about it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from sipas.web.api import auth, operations
from sipas.web.api.operations import offer, pages
from sipas.web.api.parameters import Asked

VERSION = "1.0.0"


class Offered(BaseModel):
    """One thing that can be read."""

    model_config = ConfigDict(extra="forbid")
    operation: str
    address: str = Field(description="With names in braces for codes.")
    summary: str
    scope: str | None = Field(description="What a token must open; null where none is needed.")


class HomeAnswer(BaseModel):
    """All that can be read."""

    model_config = ConfigDict(extra="forbid")
    version: str
    description: str = Field(description="Where the OpenAPI description is.")
    operations: list[Offered]


@offer("/", "What there is", scope=auth.OPEN, answer=HomeAnswer)
def home(_: Asked) -> Mapping[str, Any]:
    """All operations with their addresses."""
    return {
        "version": VERSION,
        "description": "/api/v1/openapi.json",
        "operations": [
            {
                "operation": one.name,
                "address": f"{pages.url_prefix}{operations.template(one.address)}",
                "summary": one.summary,
                "scope": one.scope,
            }
            for one in operations.OFFERED
        ],
    }

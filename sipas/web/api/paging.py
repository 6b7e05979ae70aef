"""Long lists page by page: what follows a key, however the list changed meanwhile; never by counting rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar
from urllib.parse import urlencode

from flask import request
from pydantic import Field

from sipas.web.api.parameters import Asked, Limit

Row = TypeVar("Row")
LIMIT = 100

Next = Annotated[str | None, Field(description="Where the next page is; null on the last one.", examples=[None])]


class Paged(Asked):
    """How many rows are wanted; which ones follow, the address of each list says itself."""

    limit: Limit = LIMIT


@dataclass(frozen=True)
class Page(Generic[Row]):
    """Some rows of a list in the order of their keys, and the key of the last where more follow."""

    rows: Sequence[Row]
    last: str | None


def page(rows: Iterable[Row], key: Callable[[Row], Any], after: Any, limit: int) -> Page[Row]:  # noqa: ANN401 - what orders
    """The `limit` rows with the lowest keys above `after`; keys are texts, or numbers."""
    following = sorted((row for row in rows if after is None or key(row) > after), key=key)
    shown = following[:limit]
    return Page(shown, str(key(shown[-1])) if len(following) > limit else None)


def address_after(last: str | None) -> str | None:
    """The address of the page that follows a key: this one with another `after`."""
    if last is None:
        return None
    kept = [(name, value) for name, value in request.args.items(multi=True) if name != "after"]
    return f"{request.path}?{urlencode([*kept, ('after', last)])}"

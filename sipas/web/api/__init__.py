"""For programs: /api/v1, the same figures as the pages and files, by token; what is published needs none."""

from __future__ import annotations

from sipas.web.api import aggregates, catalogue, home, openapi, rankings, releases, reports
from sipas.web.api.operations import pages

__all__ = ["aggregates", "catalogue", "home", "openapi", "pages", "rankings", "releases", "reports"]

"""Charts of a report (matplotlib's Figure, never pyplot)."""

from __future__ import annotations

from sipas.reports import Report


def report_svg(found: Report, language: str) -> bytes:
    """The report's fields as dots with their intervals, as SVG."""
    raise NotImplementedError


def description(found: Report, language: str) -> str:
    """The chart in words."""
    raise NotImplementedError

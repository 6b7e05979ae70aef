"""The picture of the province as a table for files: a row for each unit, its factors, its months, its falls."""

from __future__ import annotations

from sipas.core.languages import named
from sipas.files.tables import Cell, Table
from sipas.numbers.shares import FACTORS, METHOD, Share, per_cent
from sipas.reporting.province_picture import ProvincePicture
from sipas.reporting.unit_outlook import Fall, Outlook

_HEAD = ("unit_code", "unit", "responses", "satisfaction", "low", "high", *FACTORS)
_CHANGE = ("change_points", "change_low", "change_high", "change_is_real")
_FALLS = ("low_since", "before", "since", "fields_low_since", "is_below_others")
_FOOT = ("field_code", "period_from", "period_to", "method")


def figures(found: ProvincePicture, language: str) -> Table:
    """All that the picture shows, to two decimals; `2026-09` names a month, and an empty cell has no figure."""
    months = tuple(f"{month.start:%Y-%m}" for month in found.span.months)
    foot: tuple[Cell, ...] = (
        found.field.code if found.field else None,
        found.span.period.start,
        found.span.period.last_day,
        METHOD,
    )
    rows = (
        (*_figures(one, language), *(_points(month.satisfaction) for month in one.months), *_falls(one), *foot)
        for one in found.outlooks
    )
    return Table((*_HEAD, *months, *_CHANGE, *_FALLS, *_FOOT), tuple(rows))


def _figures(one: Outlook, language: str) -> tuple[Cell, ...]:
    share = one.satisfaction
    return (
        one.unit.code,
        named(one.unit, language),
        one.responses,
        _points(share),
        per_cent(share.low) if share else None,
        per_cent(share.high) if share else None,
        *map(_points, one.factors),
    )


def _falls(one: Outlook) -> tuple[Cell, ...]:
    change, fall = one.change, one.fall
    return (
        *((per_cent(change.value), per_cent(change.low), per_cent(change.high)) if change else (None, None, None)),
        int(change.is_real) if change else None,
        f"{fall.month:%Y-%m}" if fall else None,
        _points(fall.onset.before) if fall else None,
        _points(fall.onset.since) if fall else None,
        ";".join(map(_named, one.fields)) or None,
        int(one.is_low),
    )


def _named(fall: Fall) -> str:
    return f"{fall.field.code if fall.field else ''}:{fall.month:%Y-%m}"


def _points(share: Share | None) -> Cell:
    return per_cent(share.value) if share else None

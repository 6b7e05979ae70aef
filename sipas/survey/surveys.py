"""Surveys: what one touchpoint asks, read whole so that a page can be made and an answer checked from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from types import MappingProxyType

from sqlalchemy import bindparam, select

from sipas.catalogue import first_fields, lookups, models, questionnaires
from sipas.catalogue.first_fields import FIELDS_FIRST
from sipas.catalogue.models import ServiceField, Touchpoint, Unit
from sipas.catalogue.questionnaires import NothingPublished, Version
from sipas.comments import replies
from sipas.core.db import db
from sipas.core.languages import LANGUAGES, named
from sipas.numbers.periods import Period
from sipas.responses import tally_reads
from sipas.responses.recording import ResponsePlace
from sipas.responses.tally_reads import TallyRequest

_LOOK_BACK = timedelta(days=365)


class TouchpointClosed(Exception):
    """The touchpoint takes no more answers; the argument is its code."""


@dataclass(frozen=True)
class Named:
    """Something with a code and names by language."""

    id: int
    code: str
    names: Mapping[str, str]


@dataclass(frozen=True)
class Survey:
    """What a touchpoint asks: `field` where it fixes one, else the fields to choose from; what its unit answered."""

    code: str
    place: ResponsePlace
    unit: Named
    label: Named
    field: Named | None
    fields_first: tuple[Named, ...]
    fields_rest: tuple[Named, ...]
    sheet: Version
    answers: tuple[replies.ReplyShown, ...] = ()

    @cached_property
    def fields(self) -> Mapping[str, Named]:
        """All fields that an answer may name, by code."""
        return {field.code: field for field in self.fields_first + self.fields_rest}

    @cached_property
    def field_codes(self) -> tuple[str, ...]:
        """Their codes, in an order that is the same for every unit."""
        return tuple(sorted(self.fields))


def is_open(touchpoint: Touchpoint) -> bool:
    """Whether a touchpoint and its unit still take answers."""
    return not (touchpoint.closed_on or touchpoint.unit.closed_on)


def survey(code: str, today: date, version: int | None = None, questionnaire: str | None = None) -> Survey:
    """What a touchpoint asks today; `version`, and of which questionnaire, is that of a form opened before it changed.

    Raises places.NotFound, TouchpointClosed or questionnaires.NothingPublished.
    """
    touchpoint = lookups.touchpoint(code)
    if not is_open(touchpoint):
        raise TouchpointClosed(touchpoint.code)
    asked = touchpoint.questionnaire
    opened = questionnaires.published(questionnaire or asked, version, today) if version else None
    sheet_id = opened or _current(asked, today)
    first, rest = ((), ()) if touchpoint.field else _offered(touchpoint.unit_id, today)
    return Survey(
        touchpoint.code,
        ResponsePlace(touchpoint.id, touchpoint.unit_id, touchpoint.channel),
        _named(touchpoint.unit),
        Named(touchpoint.id, touchpoint.code, _names(touchpoint, "label")),
        _named(touchpoint.field) if touchpoint.field else None,
        first,
        rest,
        questionnaires.sheet(sheet_id),
        replies.shown(touchpoint.unit_id, today, touchpoint.field_id),
    )


def _current(questionnaire: str, today: date) -> int:
    """What is asked now; the usual questions where a touchpoint's own are asked from a later day on."""
    try:
        return questionnaires.current(questionnaire, today)
    except NothingPublished:
        return questionnaires.current(questionnaires.DEFAULT, today)


def preview(sheet: Version, unit: Unit, label: Mapping[str, str], today: date) -> Survey:
    """What a touchpoint of a unit would ask with a sheet, for staff to look at; there is no such touchpoint."""
    first, rest = _offered(unit.id, today)
    return Survey("", ResponsePlace(0, unit.id, "qr"), _named(unit), Named(0, "", label), None, first, rest, sheet)


def _offered(unit_id: int, today: date) -> tuple[tuple[Named, ...], tuple[Named, ...]]:
    """The fields that somebody chose for the unit, then its most used ones; then the rest, "other" last."""
    chosen = [field for field in first_fields.chosen(unit_id) if field.closed_on is None]
    used = [field for field, _ in by_use(unit_id, today) if field not in chosen]
    first = [*chosen, *used][:FIELDS_FIRST]
    rest = [field for field in lookups.fields() if field.closed_on is None and field not in first]
    rest.sort(key=lambda field: field.code == models.OTHER_FIELD)
    return tuple(map(_named, first)), tuple(map(_named, rest))


def by_use(unit_id: int, today: date) -> list[tuple[ServiceField, int]]:
    """The open fields with how often citizens answered for each in a unit's last year, the most used first.

    The built-in field of those who do not find theirs is left out.
    """
    counted = tally_reads.by_field(TallyRequest(unit_id, Period(today - _LOOK_BACK, today)), with_factors=False)
    offered = [field for field in lookups.fields() if field.closed_on is None and field.code != models.OTHER_FIELD]
    used = [(field, counted[field.id].stand.responses if field.id in counted else 0) for field in offered]
    return sorted(used, key=lambda one: -one[1])


def _named(thing: models.Unit | ServiceField) -> Named:
    return Named(thing.id, thing.code, _names(thing, "name"))


def _names(thing: object, attribute: str) -> Mapping[str, str]:
    return MappingProxyType({language: named(thing, language, attribute) for language in LANGUAGES})


def check_open(known: Survey) -> None:
    """Look whether a touchpoint that was read earlier has been closed since. Raises TouchpointClosed."""
    closed = db.session.execute(_CLOSED, {"touchpoint_id": known.place.touchpoint_id}).one()
    if any(closed):
        raise TouchpointClosed(known.code)


_CLOSED = (
    select(Touchpoint.closed_on, Unit.closed_on)
    .join(Unit, Unit.id == Touchpoint.unit_id)
    .where(Touchpoint.id == bindparam("touchpoint_id"))
)

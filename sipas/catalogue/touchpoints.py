"""Putting up survey points: one or a whole set, their labels, closing, reopening, moving. Their codes never change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from sipas.catalogue import unit_history
from sipas.catalogue.models import Touchpoint, Unit
from sipas.catalogue.questionnaires import DEFAULT
from sipas.core import codes, edit_conflicts
from sipas.core.audit import AuditEntry
from sipas.core.db import db, writing
from sipas.core.edit_conflicts import ALONE

HUNG = ("qr", "receipt", "kiosk", "link")
"""Channels of the points that people hang; the one for paper forms is made when the first form is typed."""

EDITED = ("label_vi", "label_en", "field_id", "questionnaire")
"""What of a hung point may be changed; `change` puts it in."""

MOST_AT_ONCE = 100
"""How many points a set may have; no office has as many counters."""


NUMBER, FIELD = "{n}", "{field}"
"""What stands in the pattern of a set's labels for the number of the counter and for its field."""


def label(pattern: str, number: int, field: str) -> str:
    """A counter's label from a pattern such as "Quầy {n} · {field}"; without a field what would join it goes too."""
    made = pattern.replace(NUMBER, str(number)).replace(FIELD, field)
    return " ".join(made.split()).strip(" ·-–:,")


class LabelTaken(Exception):
    """The unit has points with these labels already, in the same channels; `labels` lists them."""

    def __init__(self, labels: Collection[str]) -> None:
        super().__init__(", ".join(labels))
        self.labels = tuple(labels)


class UnitClosed(Exception):
    """Nothing is hung in a unit that is closed; the argument is its code."""


@dataclass(frozen=True)
class NewTouchpoint:
    """A point that is to be hung; without a field the citizen chooses."""

    channel: str
    label_vi: str
    label_en: str | None = None
    field_id: int | None = None
    questionnaire: str = DEFAULT


def hang(unit: Unit, wanted: Sequence[NewTouchpoint], today: date) -> list[Touchpoint]:
    """Hang new points in a unit, all of them or none. Raises LabelTaken or UnitClosed."""
    unit_id, labels = unit.id, [one.label_vi for one in wanted]
    with _free_labels(labels), writing() as session:
        _check_open(unit_id)
        if found := taken(unit_id, wanted):
            raise LabelTaken(found)
        hung = [_new(unit_id, one, today) for one in wanted]
        session.add_all(hung)
    return hung


def _new(unit_id: int, one: NewTouchpoint, today: date) -> Touchpoint:
    return Touchpoint(
        code=codes.new_code(),
        unit_id=unit_id,
        label_vi=one.label_vi,
        label_en=one.label_en,
        channel=one.channel,
        field_id=one.field_id,
        questionnaire=one.questionnaire,
        opened_on=today,
    )


def taken(unit_id: int, wanted: Sequence[NewTouchpoint]) -> list[str]:
    """The labels among those wanted that the unit has already, or that are wanted twice."""
    listed = select(Touchpoint.channel, Touchpoint.label_vi).where(Touchpoint.unit_id == unit_id)
    known = {(channel, label) for channel, label in db.session.execute(listed)}
    times = Counter((one.channel, one.label_vi) for one in wanted)
    return [label for (channel, label), number in times.items() if number > 1 or (channel, label) in known]


def change(point: Touchpoint, values: Mapping[str, object], seen: str) -> None:
    """Change a point's label, field or questionnaire (`EDITED`). Raises editing.ChangedMeanwhile or LabelTaken."""
    label = str(values["label_vi"])
    with _free_labels([label]), writing() as session:
        edit_conflicts.change(session.get_one(Touchpoint, point.id, with_for_update=ALONE), values, seen)


def close(point: Touchpoint, day: date) -> None:
    """Take no more answers through a point from this day on; its poster says so to who scans it."""
    with writing() as session:
        row = session.get_one(Touchpoint, point.id)
        row.closed_on = row.closed_on or day


def reopen(point: Touchpoint) -> None:
    """Take answers through a closed point again. Raises UnitClosed."""
    with writing() as session:
        row = session.get_one(Touchpoint, point.id)
        _check_open(row.unit_id)
        row.closed_on = None


MOVED = ("unit_id", "label_vi", "label_en")
"""What of a point another place changes; `move` puts it in."""


def move(point: Touchpoint, unit: Unit, label_vi: str, label_en: str | None, seen: str) -> None:
    """Hang a point in another unit: what comes from now on counts there, what came before stays where it was given.

    Offices number their counters alike, so it may get another label on the way. Raises LabelTaken, UnitClosed or
    editing.ChangedMeanwhile.
    """
    unit_id, point_id = unit.id, point.id
    with _free_labels([label_vi]), writing() as session:
        _check_open(unit_id)
        row = session.get_one(Touchpoint, point_id, with_for_update=ALONE)
        unit_history.keep_home(row, unit_id)
        edit_conflicts.change(row, {"unit_id": unit_id, "label_vi": label_vi, "label_en": label_en}, seen)


def _check_open(unit_id: int) -> None:
    """Raise UnitClosed where nothing is hung; else the unit stays open until the caller's transaction ends."""
    unit = db.session.get_one(Unit, unit_id, with_for_update={"read": True}, populate_existing=True)
    if unit.closed_on:
        raise UnitClosed(unit.code)


@contextmanager
def _free_labels(labels: Sequence[str]) -> Iterator[None]:
    """The unique key of the table decides, not a look beforehand. Raises LabelTaken."""
    try:
        yield
    except IntegrityError as error:
        if "label_vi" not in str(error.orig):
            raise
        raise LabelTaken(labels) from error


def history(code: str, most: int = 50) -> list[AuditEntry]:
    """Who changed a point and when, the newest first."""
    acts = [f"{Touchpoint.__audited__}.{how}" for how in ("added", "changed", "removed")]
    listed = select(AuditEntry).where(AuditEntry.act.in_(acts), AuditEntry.subject == code)
    return list(db.session.scalars(listed.order_by(AuditEntry.id.desc()).limit(most)))

"""Paper forms: typed in by staff or imported from a file, counted like every response and always shown apart.

Who types and when is noted in the audit, with the receipt and without the answers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from hashlib import sha256
from pathlib import Path

from sqlalchemy import func, select

from sipas.catalogue import lookups, questionnaires, touchpoints
from sipas.catalogue.models import Touchpoint, Unit
from sipas.catalogue.questionnaires import COMMENT_LENGTH, OVERALL, Item
from sipas.catalogue.touchpoints import LabelTaken, NewTouchpoint
from sipas.core import audit
from sipas.core.audit import AuditEntry
from sipas.core.db import db, writing
from sipas.core.languages import DEFAULT_LANGUAGE, one_line
from sipas.files import table_reader
from sipas.files.table_reader import Reason, TableRow, reason
from sipas.responses import recording
from sipas.responses.recording import Answers, KeyReused, Recorded, ResponseDraft, ResponsePlace
from sipas.survey import surveys

CHANNEL = "paper"
LABEL_VI, LABEL_EN = "Phiếu giấy", "Paper forms"
"""What the point is called that a unit gets with its first paper form."""

DAYS_BACK = 31
"""How old a form may be: figures of longer ago were read and reported, and stay."""

NUMBER_LENGTH = 40
MOST_ROWS = 5_000
"""Forms in one file: while they are written, citizens wait."""

DOES_NOT_APPLY = ("0", "-", "–", "na")
"""How people type that a question does not apply."""

KEYS = "paper-"
"""What the keys of numbered forms begin with, and no other key."""

TYPED, IMPORTED = "paper.typed", "paper.imported"


class ScoreWrong(ValueError):
    """A text that is no answer to its question; the argument is the text."""


class DayWrong(ValueError):
    """A day that is to come, or too long ago; the argument is the day."""


@dataclass(frozen=True)
class Form:
    """One paper form: its day, field and answers; `key` tells it from every other of its unit."""

    key: str
    day: date
    field_id: int
    answers: Answers


@dataclass(frozen=True)
class FormsImported:
    """How many forms of a file were counted, and how many had been before."""

    added: int
    same: int


@dataclass(frozen=True)
class Desk:
    """What was typed at a unit on one day: how many forms, and the last few notes of it."""

    typed: int
    last: Sequence[AuditEntry]


def point_of(unit: Unit) -> Touchpoint | None:
    """The point through which a unit's paper forms are counted, an open one first; None before the first form."""
    found = db.session.scalars(select(Touchpoint).where(Touchpoint.unit_id == unit.id, Touchpoint.channel == CHANNEL))
    return min(found, key=lambda one: (one.closed_on is not None, one.id), default=None)


def sheet_of(unit: Unit, today: date) -> questionnaires.Version:
    """The questions on a unit's paper forms today. Raises questionnaires.NothingPublished."""
    point = point_of(unit)
    return questionnaires.sheet(questionnaires.current(point.questionnaire if point else questionnaires.DEFAULT, today))


def _place(unit: Unit, today: date) -> ResponsePlace:
    """Where a unit's forms are counted; made at first use. Raises surveys.TouchpointClosed."""
    point = point_of(unit)
    if point is None:
        try:
            (point,) = touchpoints.hang(unit, [NewTouchpoint(CHANNEL, LABEL_VI, LABEL_EN)], today)
        except LabelTaken:  # another typed the first form meanwhile
            point = point_of(unit)
    if point is None or not surveys.is_open(point):
        raise surveys.TouchpointClosed(point.code if point else unit.code)
    return ResponsePlace(point.id, unit.id, CHANNEL)


def key_of(unit: Unit, day: date, number: str) -> str:
    """The key of a form with a number: the same number at the same unit and day is the same form."""
    same = f"{unit.id}|{day}|{one_line(number).casefold()}"
    return f"{KEYS}{sha256(same.encode()).hexdigest()[:48]}"


def score(item: Item, typed: str) -> Mapping[str, int | None]:
    """What was typed for a question, by its code; empty where it was left blank. Raises ScoreWrong."""
    text = typed.strip().casefold()
    if not text and item.code != OVERALL:
        return {}
    if text in DOES_NOT_APPLY and item.kind == "rating_na":
        return {item.code: None}
    if text not in ("1", "2", "3", "4", "5"):
        raise ScoreWrong(typed)
    return {item.code: int(text)}


def check_day(day: date, today: date) -> None:
    """Raise DayWrong where a form cannot be of this day."""
    if not today - timedelta(days=DAYS_BACK) <= day <= today:
        raise DayWrong(day)


def type_in(unit: Unit, form: Form, today: date, zone: tzinfo) -> Recorded:
    """Count one form; the same again is the same response.

    Raises responses.KeyReused where its number stands for other answers, DayWrong, surveys.TouchpointClosed,
    touchpoints.UnitClosed.
    """
    check_day(form.day, today)
    sheet, unit_id = sheet_of(unit, today), unit.id
    draft = _draft(form, _place(unit, today), sheet, zone)
    with writing() as session:
        (outcome,) = recording.keep(session, [draft], zone)
        if isinstance(outcome, KeyReused):
            raise outcome
        if not outcome.is_repeat:
            audit.note(TYPED, outcome.receipt, unit_id, after={"day": form.day})
    return outcome


def _draft(form: Form, place: ResponsePlace, sheet: questionnaires.Version, zone: tzinfo) -> ResponseDraft:
    """Of the day of a form only the day is known: noon stands for it."""
    noon = datetime.combine(form.day, time(12), zone)
    return ResponseDraft(form.key, place, sheet, form.field_id, form.answers, DEFAULT_LANGUAGE, noon)


def import_file(unit: Unit, path: Path, today: date, zone: tzinfo) -> FormsImported:
    """Count the forms of a CSV file, all of them or none; forms that were counted before are not counted again.

    Columns: form_number, day, field_code, overall, codes of further questions, comment. Raises
    sheets.FileFaulty with every fault, and what `type_in` raises of closed places.
    """
    sheet, unit_id = sheet_of(unit, today), unit.id
    rows = table_reader.read(path, ("form_number", "day", "field_code", OVERALL), MOST_ROWS)
    rows.unique("form_number", "day")
    fields = {one.code: one.id for one in lookups.fields() if not one.closed_on}
    forms = [_form(row, unit, sheet, fields, today) for row in rows]
    rows.stop_if_faulty()
    place = _place(unit, today)
    with writing() as session:
        outcomes = recording.keep(session, [_draft(form, place, sheet, zone) for form in forms], zone)
        for row, outcome in zip(rows, outcomes, strict=True):
            if isinstance(outcome, KeyReused):
                row.fault("form_number", reason("was typed before with other answers"))
        rows.stop_if_faulty()
        same = sum(isinstance(one, Recorded) and one.is_repeat for one in outcomes)
        audit.note(IMPORTED, path.name, unit_id, after={"added": len(forms) - same, "same": same})
    return FormsImported(len(forms) - same, same)


def _form(row: TableRow, unit: Unit, sheet: questionnaires.Version, fields: Mapping[str, int], today: date) -> Form:
    number, day = row.text("form_number", NUMBER_LENGTH), _day(row, today)
    field_code = row.cells["field_code"].strip()
    if field_code not in fields:
        row.fault("field_code", reason("is no open service field"))
    scores: dict[str, int | None] = {}
    for item in sheet.ratings:
        try:
            scores |= score(item, row.cells.get(item.code, ""))
        except ScoreWrong:
            row.fault(item.code, _offered(item))
    comment = row.text("comment", COMMENT_LENGTH, needed=False)
    return Form(key_of(unit, day, number), day, fields.get(field_code, 0), Answers(scores, (), comment))


def _offered(item: Item) -> Reason:
    offered = "1, 2, 3, 4, 5, 0" if item.kind == "rating_na" else "1, 2, 3, 4, 5"
    return reason("is none of %(values)s", values=offered)


def _day(row: TableRow, today: date) -> date:
    text = row.cells["day"].strip()
    try:
        day = date.fromisoformat(text)
        check_day(day, today)
    except DayWrong:
        row.fault("day", reason("is to come, or more than %(days)s days ago", days=DAYS_BACK))
    except ValueError:
        row.fault("day", reason("is no day such as 2025-07-01"))
    else:
        return day
    return today


def columns(unit: Unit, today: date) -> tuple[str, ...]:
    """The columns of a file for a unit."""
    return ("form_number", "day", "field_code", *(item.code for item in sheet_of(unit, today).ratings), "comment")


def desk(unit: Unit, today: date, zone: tzinfo, most: int = 5) -> Desk:
    """What was typed at a unit today, by whomever; the answers are not in it."""
    midnight = datetime.combine(today, time(), zone)
    notes = (AuditEntry.act == TYPED, AuditEntry.unit_id == unit.id, AuditEntry.at >= midnight)
    typed = db.session.scalar(select(func.count()).where(*notes)) or 0
    last = db.session.scalars(select(AuditEntry).where(*notes).order_by(AuditEntry.id.desc()).limit(most))
    return Desk(typed, list(last))

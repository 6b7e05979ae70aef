"""Drafts of questionnaires: begun, changed, published, withdrawn; a published version is changed by nobody.

The database refuses it too (a trigger on each table of the questions): what citizens were asked is kept as it was.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date

from flask_sqlalchemy.session import Session
from sqlalchemy import Select, func, select
from sqlalchemy.orm import scoped_session

from sipas.catalogue import questionnaire_diff, questionnaires
from sipas.catalogue.questionnaire_rules import UNFINISHED, SheetFault, faults
from sipas.catalogue.questionnaires import (
    OVERALL,
    Item,
    Option,
    OptionWording,
    Question,
    Questionnaire,
    Version,
    Wording,
)
from sipas.core import audit, edit_conflicts
from sipas.core.db import db, keep_writers_out, writing
from sipas.core.edit_conflicts import ChangedMeanwhile
from sipas.core.errors import NotFound
from sipas.numbers import periods
from sipas.responses.models import Response

Writer = scoped_session[Session]
_TABLE = db.metadata.tables[Questionnaire.__tablename__]


class Frozen(Exception):
    """A version is published and cannot be changed; the argument is its code and number."""


class DraftExists(Exception):
    """A questionnaire has a draft already; the argument is its code."""


class QuestionnaireExists(Exception):
    """There is a questionnaire with this code already; the argument is the code."""


class QuestionExists(Exception):
    """A draft asks a question with this code already; the argument is the code."""


class VersionInForce(Exception):
    """A version cannot be withdrawn: it is asked already, or somebody answered it."""


class TooEarly(Exception):
    """A version cannot be asked from this day on; `first` is the first day that it can."""

    def __init__(self, first: date) -> None:
        super().__init__(first)
        self.first = first


class Faulty(Exception):
    """A sheet breaks rules; `faults` names them all."""

    def __init__(self, found: Sequence[SheetFault]) -> None:
        super().__init__(found)
        self.faults = found


def publish_at_once(sheet: Version) -> Version | None:
    """Keep a sheet as the next version of its questionnaire, asked from now on; None where the newest asks the same."""
    with writing() as session:
        keep_writers_out(session, _TABLE)
        newest = next((one for one in questionnaires.versions(sheet.code) if one.published_at), None)
        if newest and questionnaires.sheet(newest.id) == sheet:
            return None
        row = _added(session, sheet)
        row.published_at = periods.now()
        session.flush()
        identity = row.id
    return questionnaires.sheet(identity)


def begin(sheets: Sequence[Version], is_new: bool = False) -> list[Questionnaire]:
    """Keep sheets as drafts, all or none; `is_new`: under codes that no questionnaire has.

    Raises DraftExists, CodeTaken or Faulty.
    """
    with writing() as session:
        keep_writers_out(session, _TABLE)
        return [_begun(session, sheet, is_new) for sheet in sheets]


def _begun(session: Writer, sheet: Version, is_new: bool) -> Questionnaire:
    known = questionnaires.versions(sheet.code)
    if is_new and known:
        raise QuestionnaireExists(sheet.code)
    if any(one.published_at is None for one in known):
        raise DraftExists(sheet.code)
    _stop_if_broken(sheet, next((questionnaires.sheet(one.id) for one in known), None))
    row = _added(session, sheet)
    audit.note("questionnaire.drafted", row.audit_subject, after=questionnaire_diff.whole(sheet))
    return row


def _added(session: Writer, sheet: Version) -> Questionnaire:
    """The rows of a sheet, as a draft with the next number: the tables of a published version take no rows."""
    newest = session.scalar(select(func.max(Questionnaire.version)).where(Questionnaire.code == sheet.code))
    row = Questionnaire(code=sheet.code, version=(newest or 0) + 1, questions=_questions(sheet))
    session.add(row)
    session.flush()
    return row


def put(draft_id: int, item: Item, seen: str, languages: Collection[str]) -> None:
    """Put a question into a draft in place of what it was, by an editor who saw it with the fingerprint `seen`.

    What another person removed meanwhile is put back at the end once its editor was told.
    Raises Frozen, ChangedMeanwhile or Faulty.
    """

    def with_item(sheet: Version) -> Version:
        before = sheet.item(item.code)
        now = form_values(before, languages) if before else {}
        if seen != edit_conflicts.fingerprint(now) and before != item:
            raise ChangedMeanwhile(now)
        if before is None:
            return replace(sheet, items=(*sheet.items, item))
        return replace(sheet, items=tuple(item if one.code == item.code else one for one in sheet.items))

    _edit(draft_id, with_item)


def add(draft_id: int, item: Item) -> None:
    """Add a question at a draft's end, before its comment. Raises Frozen, QuestionExists or Faulty."""

    def with_item(sheet: Version) -> Version:
        if sheet.item(item.code):
            raise QuestionExists(item.code)
        items = [*sheet.items, item]
        if len(items) > 1 and items[-2].kind == "comment":
            items[-2:] = [items[-1], items[-2]]
        return replace(sheet, items=tuple(items))

    _edit(draft_id, with_item)


def remove(draft_id: int, code: str) -> None:
    """Take a question out of a draft; that it is gone already is no fault. Raises Frozen or Faulty (`overall`)."""
    if code == OVERALL:
        raise Faulty([SheetFault("no-overall", part="question")])
    _edit(draft_id, lambda sheet: replace(sheet, items=tuple(item for item in sheet.items if item.code != code)))


def move(draft_id: int, code: str, by: int) -> None:
    """Move a question of a draft up (-1) or down (1); at either end it stays. Raises Frozen."""

    def moved(sheet: Version) -> Version:
        items = list(sheet.items)
        place = next((place for place, item in enumerate(items) if item.code == code), None)
        if place is not None and 0 <= place + by < len(items):
            items[place], items[place + by] = items[place + by], items[place]
        return replace(sheet, items=tuple(items))

    _edit(draft_id, moved)


def form_values(item: Item, languages: Collection[str]) -> dict[str, object]:
    """What a form edits of a question, by the names of its fields; texts of other languages stay as they are."""
    said: dict[str, object] = {"kind": item.kind, "factor": item.factor or "", "when_low": item.when_low}
    for language in languages:
        said[f"text_{language}"] = item.texts.get(language)
        said[f"not_applicable_{language}"] = item.not_applicable.get(language)
    for number, choice in enumerate(item.choices, 1):
        said[f"choice_{number}"] = choice.code
        said |= {f"choice_{number}_{language}": choice.texts.get(language) for language in languages}
    return said


def _edit(draft_id: int, change: Callable[[Version], Version]) -> None:
    """Change a draft's sheet as a whole and note what that changed."""
    with writing() as session:
        row = _draft(session, draft_id)
        before = questionnaires.sheet(row.id)
        after = change(before)
        if after == before:
            return
        _stop_if_broken(after, before)
        for question in row.questions:
            _delete(session, question)
        session.flush()
        row.questions = _questions(after)
        session.flush()
        _note("questionnaire.edited", row, questionnaire_diff.whole(before), questionnaire_diff.whole(after))


def _draft(session: Writer, draft_id: int) -> Questionnaire:
    row = _kept(session, draft_id)
    if row.published_at is not None:
        raise Frozen(row.audit_subject)
    return row


def _kept(session: Writer, version_id: int) -> Questionnaire:
    """A version that nobody else changes until this transaction ends. Raises NotFound where it is gone meanwhile."""
    keep_writers_out(session, _TABLE)
    row = session.get(Questionnaire, version_id)
    if row is None:
        raise NotFound(str(version_id))
    return row


def _stop_if_broken(after: Version, before: Version | None) -> None:
    """Refuse new faults that no draft may hold either; what is only missing can come later.

    What was published under older rules can be mended question by question.
    """
    meanings = questionnaires.meanings(after.code)
    known = faults(before, (), meanings) if before else []
    found = [fault for fault in faults(after, (), meanings) if fault.why not in UNFINISHED]
    if broken := [fault for fault in found if fault not in known]:
        raise Faulty(broken)


def _note(act: str, row: Questionnaire, before: Mapping[str, str], after: Mapping[str, str]) -> None:
    """One entry with what differs."""
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    was = {name: before[name] for name in names if name in before}
    audit.note(act, row.audit_subject, None, was, {name: after[name] for name in names if name in after})


def publish(draft_id: int, first_day: date, today: date, seen: str, languages: Collection[str]) -> Questionnaire:
    """Freeze a draft and ask it from a day on, by somebody who saw the sheet with the fingerprint `seen`.

    A day before that of an earlier version would leave that one never asked.
    Raises Frozen, Faulty, TooEarly or ChangedMeanwhile.
    """
    with writing() as session:
        row = _draft(session, draft_id)
        sheet = questionnaires.sheet(row.id)
        if found := faults(sheet, languages, questionnaires.meanings(row.code)):
            raise Faulty(found)
        if seen != edit_conflicts.fingerprint(questionnaire_diff.whole(sheet)):
            raise ChangedMeanwhile(questionnaire_diff.whole(sheet))
        earlier = [one for one in questionnaires.versions(row.code) if one.published_at]
        possible = max([today, *(one.effective_on for one in earlier if one.effective_on)])
        if first_day < possible:
            raise TooEarly(possible)
        row.version = max([row.version, *(one.version + 1 for one in earlier)])
        row.published_at, row.effective_on = periods.now(), first_day
        session.flush()
        audit.note("questionnaire.published", row.audit_subject, after={"effective_on": first_day})
    return row


def withdraw(version_id: int, today: date) -> None:
    """Make a published version that nobody was asked yet a draft again. Raises InForce or DraftExists."""
    with writing() as session:
        row = _kept(session, version_id)
        if row.published_at is None:
            return
        if not can_withdraw(row, today) or session.scalar(_answer_to(row)) is not None:
            raise VersionInForce(row.audit_subject)
        if any(one.published_at is None for one in questionnaires.versions(row.code)):
            raise DraftExists(row.code)
        first_day, row.published_at, row.effective_on = row.effective_on, None, None
        session.flush()
        audit.note("questionnaire.withdrawn", row.audit_subject, before={"effective_on": first_day})


def can_withdraw(version: Questionnaire, today: date) -> bool:
    """Whether a version is published but not asked yet."""
    return bool(version.published_at and version.effective_on and version.effective_on > today)


def _answer_to(version: Questionnaire) -> Select[int]:
    return select(Response.id).where(Response.questionnaire_id == version.id).limit(1)


def discard(draft_id: int) -> None:
    """Throw a draft away; the audit keeps what it said. Raises Frozen."""
    with writing() as session:
        row = _draft(session, draft_id)
        said = questionnaire_diff.whole(questionnaires.sheet(row.id))
        for question in row.questions:
            _delete(session, question)
        session.flush()
        audit.note("questionnaire.discarded", row.audit_subject, before=said)
        session.delete(row)


def _delete(session: Writer, question: Question) -> None:
    for option in question.options:
        for option_wording in option.wordings:
            session.delete(option_wording)
        session.delete(option)
    for wording in question.wordings:
        session.delete(wording)
    session.delete(question)


def _questions(sheet: Version) -> list[Question]:
    return [_question(place, item) for place, item in enumerate(sheet.items, 1)]


def _question(place: int, item: Item) -> Question:
    return Question(
        code=item.code,
        position=place,
        kind=item.kind,
        factor=item.factor,
        when_low=item.when_low,
        wordings=[
            Wording(language=language, text=text, not_applicable=item.not_applicable.get(language))
            for language, text in item.texts.items()
        ],
        options=[
            Option(
                code=choice.code,
                position=number,
                wordings=[OptionWording(language=language, text=text) for language, text in choice.texts.items()],
            )
            for number, choice in enumerate(item.choices, 1)
        ],
    )

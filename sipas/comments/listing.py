"""The comments of a unit's subtree as staff see them: found by what is shown, beside labels that single out nobody."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_, select

from sipas.catalogue import lookups
from sipas.catalogue.models import Unit
from sipas.comments import label_counts
from sipas.comments.cases import NEW, Case, Tag
from sipas.core import languages
from sipas.core.db import db
from sipas.core.errors import NotFound
from sipas.numbers import comment_labels, periods
from sipas.numbers.comment_labels import CommentLabel
from sipas.numbers.periods import Period
from sipas.responses.models import Comment

NOBODY = 0
"""Sought as an assignee: comments that nobody looks into."""


@dataclass(frozen=True)
class CommentSearch:
    """Which comments somebody looks for; what is empty does not narrow."""

    period: Period | None = None
    field_id: int | None = None
    mood: str | None = None
    state: str | None = None
    assignee_id: int | None = None
    tag: str | None = None
    words: str = ""


@dataclass(frozen=True)
class Listed:
    """A comment in a list; no text is left of one that was erased."""

    code: str
    response_id: int
    unit_id: int
    label: CommentLabel
    text: str | None
    state: str
    assignee_id: int | None
    note: str | None


def found(unit: Unit, sought: CommentSearch, last_day: date) -> list[Listed]:
    """The comments sought in a unit's subtree, of days up to and including `last_day`, the newest first.

    They are ordered by the end of what is shown of their time, and among equals by a random code.
    """
    unit_ids = lookups.subtree(unit.id)
    rows = db.session.execute(_asked(unit_ids, sought, last_day)).all()
    made = label_counts.labelled({row.unit_id for row in rows}, last_day, sought.period)
    listed = [
        Listed(row.code, row.response_id, row.unit_id, label, row.text, row.state or NEW, row.assignee_id, row.note)
        for row in rows
        if _fits(
            label := made[row.unit_id].of(row.day, row.field_id, comment_labels.mood(row.overall)), sought, last_day
        )
    ]
    if words := _marked(sought.words):
        listed = [one for one in listed if one.text is not None and _holds(one.text, words)]
    return sorted(listed, key=_newest_first)


def newest(unit: Unit, period: Period, last_day: date, field_id: int | None = None, most: int = 3) -> list[Listed]:
    """The newest comments of a period that have a text, perhaps of one field.

    Its last months are asked first, then more: where many write, a year is not read for three of them. Whole months,
    because beside most comments of those who were not satisfied no day is told: in some days only praise is found.
    """
    month = periods.month_of(min(period.last_day, last_day)).start
    listed: list[Listed] = []
    for start in (month, periods.add_months(month, -2), period.start):
        last = Period(max(period.start, start), period.end)
        listed = [one for one in found(unit, CommentSearch(last, field_id), last_day) if one.text is not None][:most]
        if len(listed) == most:
            break
    return listed


def _newest_first(one: Listed) -> tuple[int, int, str]:
    """By the last day that it may be of: what came in an unfinished time, the months, each before its own days."""
    told = one.label.period
    end, start = (told.end, told.start) if told else (date.max, date.max)
    return (-end.toordinal(), -start.toordinal(), one.code)


def _asked(unit_ids: Collection[int], sought: CommentSearch, last_day: date) -> Select[*tuple[Any, ...]]:
    columns = (
        Comment.code, Comment.response_id, Comment.unit_id, Comment.day, Comment.field_id, Comment.overall,
        Comment.text, Case.state, Case.assignee_id, Case.note,
    )  # fmt: skip
    asked = select(*columns).outerjoin(Case, Case.response_id == Comment.response_id)
    return asked.where(Comment.unit_id.in_(unit_ids), Comment.day <= last_day, *_conditions(sought))


def _conditions(sought: CommentSearch) -> Iterator[ColumnElement[bool]]:
    """What rules a comment out at once; whether what is sought is shown is asked later."""
    if sought.period:
        yield and_(Comment.day >= sought.period.start, Comment.day < sought.period.end)
    if sought.field_id is not None:
        yield Comment.field_id == sought.field_id
    if sought.state:
        yield (
            or_(Case.state == sought.state, Case.state.is_(None)) if sought.state == NEW else Case.state == sought.state
        )
    if sought.assignee_id is not None:
        yield Case.assignee_id.is_(None) if sought.assignee_id == NOBODY else Case.assignee_id == sought.assignee_id
    if sought.tag:
        yield Comment.response_id.in_(select(Tag.response_id).where(Tag.tag == sought.tag))
    for word in languages.plain(sought.words).split():
        yield Comment.plain.contains(word, autoescape=True)


def _fits(label: CommentLabel, sought: CommentSearch, last_day: date) -> bool:
    """Whether a comment is found by what is shown of it; of a month that is not over, the days up to `last_day`."""
    asked, told = sought.period, label.period and label.period.until(last_day)
    is_within = asked is None or (told is not None and asked.start <= told.start and told.end <= asked.end)
    return is_within and sought.field_id in (None, label.field_id) and sought.mood in (None, label.mood)


def _marked(words: str) -> list[str]:
    """The words that were typed with marks: these must be written so; without marks anything fits."""
    typed = languages.nfc(words).casefold().split()
    return [word for word in typed if languages.plain(word) != word]


def _holds(text: str, words: Collection[str]) -> bool:
    written = languages.nfc(text).casefold()
    return all(word in written for word in words)


def comment(unit: Unit, code: str, last_day: date) -> Comment:
    """A comment of a unit's subtree by its code. Raises NotFound, also while its day has not closed."""
    kept = db.session.scalar(select(Comment).where(Comment.code == code)) if code.isprintable() else None
    if kept is None or kept.day > last_day or kept.unit_id not in lookups.subtree(unit.id):
        raise NotFound(code)
    return kept


def comments(unit: Unit, codes: Collection[str], last_day: date) -> list[Comment]:
    """Those of some comments that lie in a unit's subtree and whose days have closed."""
    known = [code for code in codes if code.isprintable()]
    wanted = select(Comment).where(
        Comment.code.in_(known), Comment.unit_id.in_(lookups.subtree(unit.id)), Comment.day <= last_day
    )
    return list(db.session.scalars(wanted))


def unit_of(kept: Comment) -> Unit:
    """The unit that a comment is about."""
    return db.session.get_one(Unit, kept.unit_id)


def label(kept: Comment, last_day: date) -> CommentLabel:
    """What may be said beside one comment: the same as in every list."""
    made = label_counts.labelled([kept.unit_id], last_day)[kept.unit_id]
    return made.of(kept.day, kept.field_id, comment_labels.mood(kept.overall))


def tags(listed: Collection[Listed]) -> dict[int, list[str]]:
    """The tags of some comments, by response."""
    wanted = select(Tag).where(Tag.response_id.in_([one.response_id for one in listed])).order_by(Tag.tag)
    grouped: dict[int, list[str]] = defaultdict(list)
    for one in db.session.scalars(wanted):
        grouped[one.response_id].append(one.tag)
    return grouped

"""What becomes of a comment: its state, who looks into it, a note, tags; and that its text is erased."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ForeignKey, String, func, or_, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from sipas.catalogue import lookups
from sipas.core import audit, edit_conflicts, languages
from sipas.core.audit import HIDDEN, AuditEntry
from sipas.core.db import Model, db, one_of, overwrite_what_goes, text_check, writing
from sipas.core.edit_conflicts import ALONE
from sipas.core.masking import is_masked
from sipas.responses.models import Comment
from sipas.staff.accounts import User

NEW, LOOKING, DONE, NO_ACTION = "new", "looking", "done", "no_action"
STATES = (NEW, LOOKING, DONE, NO_ACTION)
MOST_TAGS, MOST_OF_A_TAG, MOST_OF_A_NOTE = 10, 30, 1000

ABLE = ("manager", "province", "administrator")
"""Roles that may look into a comment, within their unit's subtree."""

EDITED = ("state", "assignee_id", "note", "tags")


class TooManyTags(Exception):
    """A comment takes no more tags; the argument is its code."""


class NotAble(Exception):
    """The account may not look into comments of this unit."""


class PersonalData(Exception):
    """A text that is to be kept or shown holds what leads to a person; the argument is the text's name."""


class Tag(Model):
    """A word that a comment is found by."""

    __tablename__ = "comment_tag"
    __table_args__ = (text_check("tag", MOST_OF_A_TAG),)

    response_id: Mapped[int] = mapped_column(ForeignKey("comment_case.response_id"), primary_key=True)
    tag: Mapped[str] = mapped_column(String(MOST_OF_A_TAG), primary_key=True)


class Case(Model):
    """What was done about a comment; one without a case is new."""

    __tablename__ = "comment_case"
    __table_args__ = (one_of("state", STATES), text_check("note", MOST_OF_A_NOTE))

    response_id: Mapped[int] = mapped_column(ForeignKey("comment.response_id"), primary_key=True)
    state: Mapped[str] = mapped_column(String(10))
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    note: Mapped[str | None] = mapped_column(String(MOST_OF_A_NOTE))

    assignee: Mapped[User | None] = relationship()
    _tags: Mapped[list[Tag]] = relationship(cascade="all, delete-orphan", order_by=Tag.tag)

    @property
    def tags(self) -> list[str]:
        """Its tags, in order."""
        return sorted(one.tag for one in self._tags)

    @tags.setter
    def tags(self, tags: Iterable[str]) -> None:
        wanted = dict.fromkeys(tags)
        kept = {one.tag: one for one in self._tags}
        self._tags = [kept.get(tag) or Tag(tag=tag) for tag in wanted]


@dataclass(frozen=True)
class Act:
    """One thing done to many comments: the name of a value of EDITED, or `tag` for one tag more."""

    name: str
    value: object


def tidy_tags(written: str) -> list[str]:
    """The tags in a line of them, each once, without doubled white space."""
    tags = (languages.one_line(one.replace("#", " ")) for one in written.split(","))
    return sorted(dict.fromkeys(tag for tag in tags if tag))


def opened(comment: Comment) -> Case:
    """A comment's case; one that is not kept where nothing was done yet."""
    return db.session.get(Case, comment.response_id) or Case(response_id=comment.response_id, state=NEW)


def able(unit_id: int) -> list[User]:
    """The accounts that may look into a unit's comments, by address."""
    above = lookups.above([unit_id])[unit_id]
    scope = or_(User.unit_id.in_(above), User.unit_id.is_(None))
    return list(db.session.scalars(select(User).where(User.active, User.role.in_(ABLE), scope).order_by(User.email)))


def edit(comment: Comment, values: Mapping[str, object], seen: str) -> None:
    """Keep what was done about a comment: the values of EDITED.

    Raises editing.ChangedMeanwhile, or NotAble for an assignee who may not see the comment.
    """
    with writing():
        _edit(comment.response_id, values, seen)


def edit_all(comments: Collection[Comment], act: Act) -> int:
    """Do one thing to many comments in one transaction, and say to how many it was new.

    Raises NotAble or TooManyTags, doing nothing.
    """
    response_ids = sorted(one.response_id for one in comments)
    with writing():
        return sum(_edit(response_id, _changed(response_id, act), None) for response_id in response_ids)


def _changed(response_id: int, act: Act) -> dict[str, object]:
    if act.name != "tag":
        return {act.name: act.value}
    kept = db.session.get(Case, response_id)
    return {"tags": sorted({*(kept.tags if kept else ()), str(act.value)})}


def close(response_ids: Collection[int]) -> None:
    """Set comments to done, within the caller's transaction."""
    for response_id in sorted(response_ids):
        _edit(response_id, {"state": DONE}, None)


def _edit(response_id: int, values: Mapping[str, object], seen: str | None) -> bool:
    """Change a case, within the caller's transaction, and note it; whether anything changed."""
    comment = db.session.get_one(Comment, response_id, with_for_update=ALONE)
    case = opened(comment)
    before = edit_conflicts.values_of(case, values)
    _check(comment, values)
    edit_conflicts.change(case, values, seen if seen is not None else edit_conflicts.fingerprint(before))
    changed = {name: value for name, value in edit_conflicts.values_of(case, values).items() if value != before[name]}
    if changed:
        db.session.add(case)
        was = {name: before[name] for name in changed}
        audit.note("comment.handled", comment.code, comment.unit_id, _told(was), _told(changed))
    return bool(changed)


def _check(comment: Comment, values: Mapping[str, object]) -> None:
    tags, assignee_id = values.get("tags"), values.get("assignee_id")
    if isinstance(tags, Sequence) and len(tags) > MOST_TAGS:
        raise TooManyTags(comment.code)
    kept = db.session.get(Case, comment.response_id)
    if assignee_id is None or (kept and kept.assignee_id == assignee_id):
        return
    if assignee_id not in {one.id for one in able(comment.unit_id)}:
        raise NotAble(comment.code)


def _told(values: Mapping[str, object]) -> dict[str, object]:
    """Values as the audit keeps them: a note may repeat what is erased later, and the audit forgets nothing."""
    named = {"assignee_id": "assignee"}
    told = {named.get(name, name): value for name, value in values.items() if value not in (None, [], "")}
    if "note" in told:
        told["note"] = HIDDEN
    if "assignee" in told:
        told["assignee"] = db.session.scalar(select(User.email).where(User.id == told["assignee"]))
    return told


def erase(comment: Comment, why: str) -> None:
    """Erase a comment's text for good; its ratings stay. The audit keeps who and why, never the text.

    Erasing it again changes nothing. Raises PersonalData where the reason itself holds any.
    """
    if not is_masked(why):
        raise PersonalData("why")
    with writing() as session:
        overwrite_what_goes(session)
        kept = session.get_one(Comment, comment.response_id, with_for_update=ALONE)
        if kept.text is not None:
            kept.text = kept.plain = None
            audit.note("comment.erased", kept.code, kept.unit_id, after={"why": why})


def tags_in_use(unit_ids: Collection[int]) -> list[str]:
    """The tags of some units' comments, the most used first."""
    used = select(Tag.tag).join(Comment, Comment.response_id == Tag.response_id).where(Comment.unit_id.in_(unit_ids))
    return list(db.session.scalars(used.group_by(Tag.tag).order_by(func.count().desc(), Tag.tag)))


def assignees(unit_ids: Collection[int]) -> list[User]:
    """Who looks, or looked, into some units' comments, by address."""
    asked = (
        select(User)
        .join(Case, Case.assignee_id == User.id)
        .join(Comment, Comment.response_id == Case.response_id)
        .where(Comment.unit_id.in_(unit_ids))
    )
    return list(db.session.scalars(asked.distinct().order_by(User.email)))


def history(comment: Comment, most: int = 50) -> list[AuditEntry]:
    """What was done about a comment and by whom, the newest first."""
    listed = select(AuditEntry).where(
        AuditEntry.act.in_(("comment.handled", "comment.erased")), AuditEntry.subject == comment.code
    )
    return list(db.session.scalars(listed.order_by(AuditEntry.id.desc()).limit(most)))

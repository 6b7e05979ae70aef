"""The audit: who of the staff did what and when, kept for good; nothing here changes or deletes an entry.

Changes of rows that call themselves `__audited__` are noted as they are stored, with what they were before,
in the transaction that changes them: no verb can forget to, and an act that is not noted did not happen.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, ForeignKey, Index, String, Text, event, insert, inspect, or_, select
from sqlalchemy.orm import InstanceState, InstrumentedAttribute, Mapped, Session, UOWTransaction, mapped_column

from sipas.core.db import Instant, Model, WideId, db, text_check, writing

INSTALLATION = "installation"
"""Who acts where no person does: setting up, the sample catalogue."""

_actor: ContextVar[str] = ContextVar("actor", default=INSTALLATION)

HIDDEN = "•••"
"""What stands in an entry for a value that nobody may read."""


class AuditEntry(Model):
    """One act. `subject` is the code, address or name of what it was done to; values are JSON objects."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        text_check("actor", 255),
        text_check("act", 60),
        Index("ix_audit_entry_act", "act"),
        Index("ix_audit_entry_actor", "actor"),
        Index("ix_audit_entry_at", "at"),
    )

    id: Mapped[int] = mapped_column(WideId, primary_key=True)
    at: Mapped[datetime] = mapped_column(Instant)
    actor: Mapped[str] = mapped_column(String(255))
    act: Mapped[str] = mapped_column(String(60))
    subject: Mapped[str] = mapped_column(String(300))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"), index=True)
    before: Mapped[str | None] = mapped_column(Text)
    after: Mapped[str | None] = mapped_column(Text)

    @property
    def changes(self) -> list[tuple[str, Any, Any]]:
        """(name, before, after) of each value that the act touched."""
        before, after = (json.loads(text) if text else {} for text in (self.before, self.after))
        return [(name, before.get(name), after.get(name)) for name in dict.fromkeys([*before, *after])]


def act_as(actor: str) -> None:
    """Say who does what comes next in this thread: an e-mail address, or what runs without a person."""
    _actor.set(actor)


def actor() -> str:
    """Who does what comes next in this thread."""
    return _actor.get()


@contextmanager
def acting(actor: str) -> Iterator[None]:
    """The same for a while."""
    token = _actor.set(actor)
    try:
        yield
    finally:
        _actor.reset(token)


def note(
    act: str,
    subject: str,
    unit_id: int | None = None,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
) -> None:
    """Note an act within the caller's transaction."""
    _insert(db.session.connection(), [_entry(act, subject, unit_id, before, after)])


def _insert(connection: Any, entries: list[dict[str, object]]) -> None:  # noqa: ANN401 - a Connection or what acts as one
    if entries:
        connection.execute(insert(AuditEntry), entries)


def _entry(
    act: str,
    subject: str,
    unit_id: int | None,
    before: Mapping[str, object] | None,
    after: Mapping[str, object] | None,
) -> dict[str, object]:
    return {
        "at": datetime.now(UTC),
        "actor": _actor.get(),
        "act": act,
        "subject": subject[:300],
        "unit_id": unit_id,
        "before": _written(before),
        "after": _written(after),
    }


def _written(values: Mapping[str, object] | None) -> str | None:
    return json.dumps(values, ensure_ascii=False, default=str) if values else None


@event.listens_for(Session, "after_flush")
def _note_changes(session: Session, _: UOWTransaction) -> None:
    """Note every row that was added or changed, if its table is audited."""
    entries = [_changed(row, "added") for row in session.new if _is_audited(row)]
    entries += [_changed(row, "changed") for row in session.dirty if _is_audited(row)]
    entries += [_changed(row, "removed") for row in session.deleted if _is_audited(row)]
    _insert(session.connection(), [entry for entry in entries if entry])


def _is_audited(row: object) -> bool:
    return hasattr(row, "__audited__")


def _changed(row: Any, how: str) -> dict[str, object]:  # noqa: ANN401 - a row of any audited table
    """The entry for one row; empty where nothing that counts was changed."""
    state: InstanceState[Any] = inspect(row)
    secret, silent = getattr(row, "__secret__", ()), getattr(row, "__silent__", ())
    before: dict[str, object] = {}
    after: dict[str, object] = {}
    for column in state.mapper.column_attrs:
        history = state.attrs[column.key].history
        if column.key in ("id", *silent) or (how == "changed" and not history.has_changes()):
            continue
        now = getattr(row, column.key)
        was = history.deleted[0] if history.deleted else (now if how == "removed" else None)
        if how != "added" and was is not None:
            before[column.key] = HIDDEN if column.key in secret else _plain(was)
        if how != "removed" and now is not None:
            after[column.key] = HIDDEN if column.key in secret else _plain(now)
    if not (before or after):
        return {}
    return _entry(f"{row.__audited__}.{how}", row.audit_subject, row.audit_unit_id, before, after)


def _plain(value: object) -> object:
    return value if isinstance(value, str | int | bool) else str(value)


def keep(act: str, subject: str, unit_id: int | None = None, after: Mapping[str, object] | None = None) -> None:
    """Note an act that changes nothing else, as a transaction of its own. Raises db.Unwritable."""
    with writing():
        note(act, subject, unit_id, after=after)


@dataclass(frozen=True)
class AuditSearch:
    """Which entries somebody looks for; what is empty does not narrow.

    `since` and `until` bound the instant half-open; `unit_ids` are those whose acts the asker may see.
    """

    actor: str = ""
    act: str = ""
    words: str = ""
    since: datetime | None = None
    until: datetime | None = None
    unit_ids: Sequence[int] | None = None


def found(sought: AuditSearch, most: int | None = None, before: int | None = None) -> Iterator[AuditEntry]:
    """The entries sought, the newest first: at most so many, and only those before one with a known id.

    They come as they are read, so that a whole audit can be written to a file without being held.
    """
    wanted = select(AuditEntry).where(*_conditions(sought)).order_by(AuditEntry.id.desc()).limit(most)
    if before is not None:
        wanted = wanted.where(AuditEntry.id < before)
    yield from db.session.scalars(wanted.execution_options(yield_per=500))


def _conditions(sought: AuditSearch) -> Iterator[ColumnElement[bool]]:
    if sought.unit_ids is not None:
        yield AuditEntry.unit_id.in_(sought.unit_ids)
    if sought.actor:
        yield AuditEntry.actor == sought.actor
    if sought.act:
        yield AuditEntry.act.startswith(sought.act, autoescape=True)
    if sought.words:
        texts = (AuditEntry.subject, AuditEntry.before, AuditEntry.after)
        yield or_(*(text.icontains(sought.words, autoescape=True) for text in texts))
    if sought.since:
        yield AuditEntry.at >= sought.since
    if sought.until:
        yield AuditEntry.at < sought.until


def actors(unit_ids: Sequence[int] | None = None) -> list[str]:
    """Everybody who ever acted on some units; on whatever, where none are given."""
    return _distinct(AuditEntry.actor, unit_ids)


def acts(unit_ids: Sequence[int] | None = None) -> list[str]:
    """Every kind of act that ever happened to some units, likewise."""
    return _distinct(AuditEntry.act, unit_ids)


def _distinct(column: InstrumentedAttribute[str], unit_ids: Sequence[int] | None) -> list[str]:
    listed = select(column).where(*_conditions(AuditSearch(unit_ids=unit_ids)))
    return list(db.session.scalars(listed.distinct().order_by(column)))

"""Where Flask-Security finds and keeps accounts: what it changes is written as everything else is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask_security import SQLAlchemyUserDatastore
from sqlalchemy import inspect

from sipas.core import audit
from sipas.core.db import Unwritable, db, writing
from sipas.staff.accounts import Role, User

_UNKNOWN = object()
"""What a column held that had not been read when it was changed."""


class AccountStore(SQLAlchemyUserDatastore):
    """Keeps accounts by whole writes.

    Flask-Security changes rows that it read before; a commit of that session would fail on SQLite whenever a
    citizen wrote in between. So what it changed is let go, and put into the rows anew within a whole write.
    """

    def __init__(self) -> None:
        super().__init__(db, User, Role)

    def commit(self) -> None:
        """Write what was changed, if anything was."""
        self.keep()

    def keep(self, *acts: Callable[[], object]) -> None:
        """Write what was changed and do some acts in the same transaction.

        Raises Unwritable, too where another request changed the same values in between.
        """
        changed = [_changes(row) for row in db.session.dirty if isinstance(row, User)]
        changed = [one for one in changed if one[1]]
        if not (changed or acts):
            return
        with writing() as session:
            for user_id, values in changed:
                _put(session.get_one(User, user_id, with_for_update=True, populate_existing=True), values)
            for act in acts:
                act()

    def mf_set_recovery_codes(self, user: Any, rcs: list[str] | None) -> None:  # noqa: ANN401 - Flask-Security's own
        """Keep new recovery codes at once: the page that shows them reads on, and would write them by the way."""
        user.mf_recovery_codes = rcs
        self.keep(lambda: audit.note("account.recovery_codes_made", user.email, user.unit_id))

    def mf_delete_recovery_code(self, user: Any, idx: int) -> bool:  # noqa: ANN401 - Flask-Security's own
        """Use a recovery code up: a new list in place of the old, so that two uses at once are noticed."""
        codes = list(user.mf_recovery_codes or ())
        user.mf_recovery_codes = codes[:idx] + codes[idx + 1 :]
        return idx < len(codes)


def _changes(user: User) -> tuple[int, dict[str, tuple[Any, Any]]]:
    """An account's id, and of each column that was changed what it was and what it is to be."""
    state = inspect(user)
    changed = {}
    for column in state.mapper.column_attrs:
        history = state.attrs[column.key].history
        if history.added:
            changed[column.key] = (history.deleted[0] if history.deleted else _UNKNOWN, history.added[0])
    return user.id, changed


def _put(user: User, values: dict[str, tuple[Any, Any]]) -> None:
    for name, (before, after) in values.items():
        if before is not _UNKNOWN and getattr(user, name) != before:
            raise Unwritable(f"{user.email}: {name} was changed by another request")
        setattr(user, name, list(after) if isinstance(after, list) else after)

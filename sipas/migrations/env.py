"""Alembic's way into the application: the database in use, each migration in one transaction."""

from __future__ import annotations

from typing import Literal

from alembic import context
from flask_security import AsaList

from sipas.catalogue import first_fields, unit_history
from sipas.comments import cases, replies
from sipas.core import audit, turns
from sipas.core.db import Instant, db
from sipas.dossiers import dossier_counts
from sipas.letters import alerts, delivery, outbox, subscriptions, thresholds
from sipas.publishing import releases
from sipas.reporting import other_indices
from sipas.responses import recount, set_asides
from sipas.run import installation
from sipas.staff import accounts, api_tokens, sessions
from sipas.survey import scans

TABLES_OF = (
    accounts,
    alerts,
    replies,
    audit,
    cases,
    dossier_counts,
    first_fields,
    other_indices,
    installation,
    unit_history,
    outbox,
    delivery,
    recount,
    releases,
    turns,
    scans,
    sessions,
    set_asides,
    subscriptions,
    thresholds,
    api_tokens,
)
"""Modules that declare tables, so that all are known whatever part of the program runs."""


def _render(kind: str, thing: object, _: object) -> str | Literal[False]:
    """A migration stands alone: it names plain types, not ours, which may change later."""
    if kind == "type" and isinstance(thing, AsaList):
        return "sa.UnicodeText()"
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(thing, Instant) else False


with db.engine.connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=db.metadata,
        render_as_batch=True,
        compare_type=True,
        render_item=_render,
        transaction_per_migration=True,
        # SQLite can roll a CREATE TABLE back, though Alembic does not count on it: half a migration is none.
        transactional_ddl=True,
    )
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
    is_newest = set(context.get_context().get_current_heads()) == set(context.script.get_heads())

if is_newest and recount.is_behind():
    recount.differences(mend=True)

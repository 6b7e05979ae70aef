"""tallies by language and touchpoint, of options and hours; set-asides.

Tallies are dropped and made anew with more to tell apart; env.py has them counted from the responses once the
tables stand as the program knows them.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op
from flask import current_app

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_SCORES = ("score_1", "score_2", "score_3", "score_4", "score_5")
_SUMS = ("citizens", "k", "m", "kk", "km", "mm")
_COUNTERS = (
    *_SCORES,
    *(f"{scope}_{sum_}" for scope in ("index", "access", "procedure", "staff", "result", "feedback") for sum_ in _SUMS),
)
_KEYS: dict[str, Any] = {
    "unit_id": sa.Integer(),
    "touchpoint_id": sa.Integer(),
    "span": sa.String(5),
    "day": sa.Date(),
    "month": sa.Date(),
    "hour": sa.SmallInteger(),
    "field_id": sa.Integer(),
    "channel": sa.String(10),
    "language": sa.String(10),
    "question_id": sa.Integer(),
    "option_id": sa.Integer(),
    "aside": sa.Boolean(),
}
_PARENTS = {
    "unit_id": "unit.id",
    "touchpoint_id": "touchpoint.id",
    "field_id": "service_field.id",
    "question_id": "question.id",
    "option_id": "option.id",
}
_CHECKS = {
    "span": ("span_known", "span IN ('day', 'month')"),
    "channel": ("channel_known", "channel IN ('qr', 'receipt', 'kiosk', 'link', 'paper')"),
    "hour": ("hour_of_a_day", "hour BETWEEN -1 AND 23"),
}

_OLD = {
    "tally": (("unit_id", "span", "day", "field_id", "channel"), _COUNTERS),
    "question_tally": (("unit_id", "month", "field_id", "channel", "question_id"), (*_SCORES, "not_applicable")),
}
_NEW = {
    "tally": ((*_OLD["tally"][0], "language", "aside"), _COUNTERS),
    "touchpoint_tally": (("unit_id", "touchpoint_id", *_OLD["tally"][0][1:], "language", "aside"), _COUNTERS),
    "question_tally": ((*_OLD["question_tally"][0], "aside"), (*_SCORES, "not_applicable")),
    "option_tally": (("unit_id", "span", "day", "field_id", "channel", "option_id", "aside"), ("chosen",)),
    "hour_tally": (("unit_id", "day", "hour", "aside"), ("responses", "satisfied")),
}


def _create(name: str, keys: tuple[str, ...], counters: tuple[str, ...]) -> None:
    """A tally: keys and counters; a named check or parent for each key that has one."""
    op.create_table(
        name,
        *(sa.Column(key, _KEYS[key], nullable=False, autoincrement=False) for key in keys),
        *(sa.Column(counter, sa.Integer(), nullable=False) for counter in counters),
        *(
            sa.CheckConstraint(_CHECKS[key][1], name=op.f(f"ck_{name}_{_CHECKS[key][0]}"))
            for key in keys
            if key in _CHECKS
        ),
        *(
            sa.ForeignKeyConstraint([key], [_PARENTS[key]], name=op.f(f"fk_{name}_{key}"))
            for key in keys
            if key in _PARENTS
        ),
        sa.PrimaryKeyConstraint(*keys, name=op.f(f"pk_{name}")),
        sqlite_with_rowid=False,
    )


def upgrade() -> None:
    """Do it."""
    for name in _OLD:
        op.drop_table(name)
    for name, (keys, counters) in _NEW.items():
        _create(name, keys, counters)
    op.add_column("response", sa.Column("hour", sa.SmallInteger(), nullable=False, server_default="-1"))
    _fill_hours()
    op.create_table(
        "set_aside",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("touchpoint_id", sa.Integer(), nullable=True),
        sa.Column("start", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end", sa.DateTime(timezone=True), nullable=True),
        sa.Column("receipt", sa.String(length=20), nullable=True),
        sa.Column("responses", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("begun_by", sa.String(length=255), nullable=False),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lifted_by", sa.String(length=255), nullable=True),
        sa.Column("lift_reason", sa.String(length=500), nullable=True),
        sa.CheckConstraint("(lifted_at IS NULL) = (lifted_by IS NULL)", name=op.f("ck_set_aside_lifted_by_somebody")),
        sa.CheckConstraint("length(trim(reason)) BETWEEN 1 AND 500", name=op.f("ck_set_aside_reason_length")),
        sa.CheckConstraint("responses > 0", name=op.f("ck_set_aside_of_some")),
        sa.CheckConstraint('start < "end"', name=op.f("ck_set_aside_start_before_end")),
        sa.ForeignKeyConstraint(["touchpoint_id"], ["touchpoint.id"], name=op.f("fk_set_aside_touchpoint_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_set_aside_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_set_aside")),
    )
    with op.batch_alter_table("set_aside", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_set_aside_touchpoint_id"), ["touchpoint_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_set_aside_unit_id"), ["unit_id"], unique=False)

    op.create_table(
        "set_aside_response",
        sa.Column("set_aside_id", sa.Integer(), nullable=False),
        sa.Column("response_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["response_id"], ["response.id"], name=op.f("fk_set_aside_response_response_id")),
        sa.ForeignKeyConstraint(["set_aside_id"], ["set_aside.id"], name=op.f("fk_set_aside_response_set_aside_id")),
        sa.PrimaryKeyConstraint("set_aside_id", "response_id", name=op.f("pk_set_aside_response")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("set_aside_response", schema=None) as batch_op:
        batch_op.create_index("ix_set_aside_response_response_id", ["response_id"], unique=False)


_AT_ONCE = 20_000


def _fill_hours() -> None:
    """The local hour of each response but those on paper, which say when staff typed them in."""
    bind, zone = op.get_bind(), current_app.config["SIPAS"].zone
    response = sa.table(
        "response", sa.column("id", sa.BigInteger()), sa.column("received_at", sa.DateTime(timezone=True)),
        sa.column("channel"), sa.column("hour"),
    )  # fmt: skip
    wanted = sa.select(response.c.id, response.c.received_at).where(response.c.channel != "paper")
    filling = response.update().where(response.c.id == sa.bindparam("key")).values(hour=sa.bindparam("there"))
    last = -1
    while rows := bind.execute(wanted.where(response.c.id > last).order_by(response.c.id).limit(_AT_ONCE)).all():
        bind.execute(filling, [{"key": key, "there": _utc(at).astimezone(zone).hour} for key, at in rows])
        last = rows[-1][0]


def _utc(at: datetime) -> datetime:
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def downgrade() -> None:
    """Undo it: what was set aside counts again, for the version before knows no set-asides."""
    op.drop_table("set_aside_response")
    op.drop_table("set_aside")
    op.drop_column("response", "hour")
    for name in ("hour_tally", "option_tally", "touchpoint_tally"):
        op.drop_table(name)
    for name, (keys, counters) in _OLD.items():
        _pool(name, keys, counters)


def _pool(name: str, keys: tuple[str, ...], counters: tuple[str, ...]) -> None:
    """A tally as the version before had it, from the rows that tell more apart."""
    new = sa.table(name, *map(sa.column, (*keys, *counters)))
    columns = [new.c[key] for key in keys]
    sums: list[Any] = [sa.func.sum(new.c[counter]) for counter in counters]
    rows = op.get_bind().execute(sa.select(*columns, *sums).group_by(*columns)).all()
    op.drop_table(name)
    _create(name, keys, counters)
    if rows:
        old = sa.table(name, *(sa.column(key, _KEYS[key]) for key in keys), *map(sa.column, counters))
        op.bulk_insert(old, [dict(zip((*keys, *counters), _plain(row, keys), strict=True)) for row in rows])


def _plain(row: Any, keys: tuple[str, ...]) -> list[Any]:  # noqa: ANN401 - a row of any of the tables
    """A row's values; SQLite gives days as text where the column's type is not known."""
    values = list(row)
    for place, key in enumerate(keys):
        if key in ("day", "month") and isinstance(values[place], str):
            values[place] = datetime.fromisoformat(values[place]).date()
    return [int(value) if place >= len(keys) else value for place, value in enumerate(values)]

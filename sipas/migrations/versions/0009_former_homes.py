"""former homes of survey points."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_MOVED_BEFORE = """
INSERT INTO former_home (touchpoint_id, unit_id)
SELECT DISTINCT counted.touchpoint_id, counted.unit_id
FROM touchpoint_tally AS counted
JOIN touchpoint ON touchpoint.id = counted.touchpoint_id
WHERE counted.span = 'month' AND counted.unit_id <> touchpoint.unit_id
"""
"""Points that were moved before homes were kept: where they brought answers that count elsewhere."""


def upgrade() -> None:
    """Do it."""
    op.create_table(
        "former_home",
        sa.Column("touchpoint_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["touchpoint_id"], ["touchpoint.id"], name=op.f("fk_former_home_touchpoint_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_former_home_unit_id")),
        sa.PrimaryKeyConstraint("touchpoint_id", "unit_id", name=op.f("pk_former_home")),
    )
    with op.batch_alter_table("former_home", schema=None) as batch_op:
        batch_op.create_index("ix_former_home_unit_id", ["unit_id"], unique=False)
    op.execute(_MOVED_BEFORE)


def downgrade() -> None:
    """Undo it."""
    with op.batch_alter_table("former_home", schema=None) as batch_op:
        batch_op.drop_index("ix_former_home_unit_id")

    op.drop_table("former_home")

"""other indices."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Do it."""
    op.create_table(
        "index_value",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("body", sa.String(length=200), nullable=False),
        sa.Column("level", sa.String(length=20), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=True),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("index_name", sa.String(length=100), nullable=False),
        sa.Column("value", sa.String(length=20), nullable=True),
        sa.Column("scale", sa.String(length=20), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=True),
        sa.Column("out_of", sa.Integer(), nullable=True),
        sa.Column("change_value", sa.String(length=20), nullable=True),
        sa.Column("change_rank", sa.Integer(), nullable=True),
        sa.Column("comparable", sa.Boolean(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=True),
        sa.Column("source", sa.String(length=500), nullable=False),
        sa.CheckConstraint(
            "level IN ('national', 'province', 'department', 'district', 'commune', 'centre', 'other')",
            name=op.f("ck_index_value_level_known"),
        ),
        sa.CheckConstraint(
            "scale IN ('percent', 'points') OR substr(scale, 1, 3) = 'of '", name=op.f("ck_index_value_scale_known")
        ),
        sa.CheckConstraint(
            "status IN ('VERIFIED', 'DERIVED', 'PARTLY', 'INFERRED', 'UNVERIFIED')",
            name=op.f("ck_index_value_status_known"),
        ),
        sa.CheckConstraint("length(trim(body)) BETWEEN 1 AND 200", name=op.f("ck_index_value_body_length")),
        sa.CheckConstraint(
            "length(trim(change_value)) BETWEEN 1 AND 20", name=op.f("ck_index_value_change_value_length")
        ),
        sa.CheckConstraint("length(trim(index_name)) BETWEEN 1 AND 100", name=op.f("ck_index_value_index_name_length")),
        sa.CheckConstraint("length(trim(source)) BETWEEN 1 AND 500", name=op.f("ck_index_value_source_length")),
        sa.CheckConstraint("length(trim(value)) BETWEEN 1 AND 20", name=op.f("ck_index_value_value_length")),
        sa.CheckConstraint(
            "rank >= 1 AND (out_of IS NULL OR rank <= out_of)", name=op.f("ck_index_value_rank_within_field")
        ),
        sa.CheckConstraint("value IS NOT NULL OR rank IS NOT NULL", name=op.f("ck_index_value_says_something")),
        sa.CheckConstraint("year BETWEEN 1990 AND 2200", name=op.f("ck_index_value_year_known")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_index_value_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_index_value")),
        sa.UniqueConstraint(
            "index_name", "year", "level", "body", name=op.f("uq_index_value_index_name_year_level_body")
        ),
    )
    with op.batch_alter_table("index_value", schema=None) as batch_op:
        batch_op.create_index("ix_index_value_unit_id", ["unit_id"], unique=False)


def downgrade() -> None:
    """Undo it."""
    with op.batch_alter_table("index_value", schema=None) as batch_op:
        batch_op.drop_index("ix_index_value_unit_id")

    op.drop_table("index_value")

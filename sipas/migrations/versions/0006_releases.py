"""releases: what was published, which the database itself keeps as it is, and the responses behind it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Do it."""
    op.create_table(
        "release",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("start", sa.Date(), nullable=False),
        sa.Column("end", sa.Date(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_on", sa.Date(), nullable=False),
        sa.Column("published_by", sa.String(length=255), nullable=False),
        sa.Column("note", sa.String(length=1000), nullable=False),
        sa.Column("note_en", sa.String(length=1000), nullable=True),
        sa.Column("responses", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint(
            "edition = 1 OR length(trim(note)) > 0", name=op.f("ck_release_correction_says_what_changed")
        ),
        sa.CheckConstraint("length(sha256) = 64", name=op.f("ck_release_sha256_length")),
        sa.CheckConstraint("number > 0 AND edition > 0", name=op.f("ck_release_counted_from_one")),
        sa.CheckConstraint('start < "end"', name=op.f("ck_release_start_before_end")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_release")),
        sa.UniqueConstraint("number", "edition", name=op.f("uq_release_number_edition")),
    )
    op.create_table(
        "published_place",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("place_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["place_id"], ["unit.id"], name=op.f("fk_published_place_place_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_published_place_unit_id")),
        sa.PrimaryKeyConstraint("number", "unit_id", name=op.f("pk_published_place")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("published_place", schema=None) as batch_op:
        batch_op.create_index("ix_published_place_place_id", ["place_id"], unique=False)

    op.create_table(
        "published_response",
        sa.Column("response_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("removed_in", sa.Integer(), nullable=True),
        sa.CheckConstraint("removed_in > 1", name=op.f("ck_published_response_removed_by_correction")),
        sa.ForeignKeyConstraint(["response_id"], ["response.id"], name=op.f("fk_published_response_response_id")),
        sa.PrimaryKeyConstraint("response_id", name=op.f("pk_published_response")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("published_response", schema=None) as batch_op:
        batch_op.create_index("ix_published_response_number", ["number"], unique=False)
    _guard()


def downgrade() -> None:
    """Undo it."""
    _free()
    with op.batch_alter_table("published_response", schema=None) as batch_op:
        batch_op.drop_index("ix_published_response_number")

    op.drop_table("published_response")
    with op.batch_alter_table("published_place", schema=None) as batch_op:
        batch_op.drop_index("ix_published_place_place_id")

    op.drop_table("published_place")
    op.drop_table("release")


def _guard() -> None:
    """Let the database itself refuse to change or delete what was published."""
    if op.get_bind().dialect.name == "sqlite":
        for act in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER release_no_{act.lower()} BEFORE {act} ON release "
                "BEGIN SELECT RAISE(ABORT, 'releases are kept as they are'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION release_kept() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'releases are kept as they are'; END $$"
    )
    op.execute(
        "CREATE TRIGGER release_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON release "
        "FOR EACH STATEMENT EXECUTE FUNCTION release_kept()"
    )


def _free() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for act in ("update", "delete"):
            op.execute(f"DROP TRIGGER release_no_{act}")
        return
    op.execute("DROP TRIGGER release_no_change ON release")
    op.execute("DROP FUNCTION release_kept()")

"""staff, history, audit."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from alembic.operations import BatchOperations

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Do it."""
    with op.batch_alter_table("user_account", schema=None) as batch_op:
        batch_op.add_column(sa.Column("name", sa.String(length=120), nullable=True))
        batch_op.add_column(sa.Column("created_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("tf_primary_method", sa.String(length=20), nullable=True))
        batch_op.add_column(sa.Column("tf_totp_secret", sa.String(length=255), nullable=True))
        batch_op.add_column(sa.Column("mf_recovery_codes", sa.UnicodeText(), nullable=True))
        _roles(batch_op, "'viewer', 'manager', 'province', 'administrator', 'auditor'", "'administrator', 'auditor'")

    op.create_table(
        "audit_entry",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=255), nullable=False),
        sa.Column("act", sa.String(length=60), nullable=False),
        sa.Column("subject", sa.String(length=300), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=True),
        sa.Column("before", sa.Text(), nullable=True),
        sa.Column("after", sa.Text(), nullable=True),
        sa.CheckConstraint("length(trim(act)) BETWEEN 1 AND 60", name=op.f("ck_audit_entry_act_length")),
        sa.CheckConstraint("length(trim(actor)) BETWEEN 1 AND 255", name=op.f("ck_audit_entry_actor_length")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_audit_entry_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
    )
    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.create_index("ix_audit_entry_act", ["act"], unique=False)
        batch_op.create_index("ix_audit_entry_actor", ["actor"], unique=False)
        batch_op.create_index("ix_audit_entry_at", ["at"], unique=False)
        batch_op.create_index(batch_op.f("ix_audit_entry_unit_id"), ["unit_id"], unique=False)

    op.create_table(
        "former_name",
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("name_vi", sa.String(length=300), nullable=False),
        sa.Column("name_en", sa.String(length=300), nullable=True),
        sa.CheckConstraint("length(trim(name_vi)) BETWEEN 1 AND 300", name=op.f("ck_former_name_name_vi_length")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_former_name_unit_id")),
        sa.PrimaryKeyConstraint("unit_id", "until", name=op.f("pk_former_name")),
    )
    op.create_table(
        "former_parent",
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("parent_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["parent_id"], ["unit.id"], name=op.f("fk_former_parent_parent_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_former_parent_unit_id")),
        sa.PrimaryKeyConstraint("unit_id", "until", name=op.f("pk_former_parent")),
    )
    op.create_table(
        "succession",
        sa.Column("predecessor_id", sa.Integer(), nullable=False),
        sa.Column("successor_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.CheckConstraint("predecessor_id <> successor_id", name=op.f("ck_succession_successor_is_another")),
        sa.ForeignKeyConstraint(["predecessor_id"], ["unit.id"], name=op.f("fk_succession_predecessor_id")),
        sa.ForeignKeyConstraint(["successor_id"], ["unit.id"], name=op.f("fk_succession_successor_id")),
        sa.PrimaryKeyConstraint("predecessor_id", "successor_id", name=op.f("pk_succession")),
    )
    with op.batch_alter_table("succession", schema=None) as batch_op:
        batch_op.create_index("ix_succession_successor_id", ["successor_id"], unique=False)

    op.create_table(
        "first_field",
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("field_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["field_id"], ["service_field.id"], name=op.f("fk_first_field_field_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_first_field_unit_id")),
        sa.PrimaryKeyConstraint("unit_id", "position", name=op.f("pk_first_field")),
        sa.UniqueConstraint("unit_id", "field_id", name=op.f("uq_first_field_unit_id_field_id")),
    )
    op.create_table(
        "staff_session",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("browser", sa.String(length=120), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_staff_session_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_session")),
    )
    with op.batch_alter_table("staff_session", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_staff_session_user_id"), ["user_id"], unique=False)

    op.create_table(
        "scan",
        sa.Column("touchpoint_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("scans", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["touchpoint_id"], ["touchpoint.id"], name=op.f("fk_scan_touchpoint_id")),
        sa.PrimaryKeyConstraint("touchpoint_id", "day", name=op.f("pk_scan")),
    )
    op.add_column("procedure", sa.Column("closed_on", sa.Date(), nullable=True))

    op.add_column("questionnaire", sa.Column("effective_on", sa.Date(), nullable=True))

    op.add_column("touchpoint", sa.Column("opened_on", sa.Date(), nullable=True))

    op.add_column("unit", sa.Column("opened_on", sa.Date(), nullable=True))

    _guard_audit()


def _roles(table: BatchOperations, roles: str, whole: str) -> None:
    table.drop_constraint(op.f("ck_user_account_role_known"), type_="check")
    table.create_check_constraint(op.f("ck_user_account_role_known"), sa.text(f"role IN ({roles})"))
    table.drop_constraint(op.f("ck_user_account_unit_bounds_the_scope"), type_="check")
    table.create_check_constraint(
        op.f("ck_user_account_unit_bounds_the_scope"), sa.text(f"unit_id IS NOT NULL OR role IN ({whole})")
    )


def _guard_audit() -> None:
    """Let the database itself refuse to change or delete an entry."""
    if op.get_bind().dialect.name == "sqlite":
        for act in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER audit_entry_no_{act.lower()} BEFORE {act} ON audit_entry "
                "BEGIN SELECT RAISE(ABORT, 'audit entries are kept as they are'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION audit_entry_kept() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'audit entries are kept as they are'; END $$"
    )
    op.execute(
        "CREATE TRIGGER audit_entry_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entry "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit_entry_kept()"
    )


def _free_audit() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for act in ("update", "delete"):
            op.execute(f"DROP TRIGGER audit_entry_no_{act}")
        return
    op.execute("DROP TRIGGER audit_entry_no_change ON audit_entry")
    op.execute("DROP FUNCTION audit_entry_kept()")


def downgrade() -> None:
    """Undo it."""

    op.drop_column("unit", "opened_on")

    op.drop_column("touchpoint", "opened_on")

    op.drop_column("questionnaire", "effective_on")

    op.drop_column("procedure", "closed_on")

    op.drop_table("scan")
    with op.batch_alter_table("staff_session", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_staff_session_user_id"))

    op.drop_table("staff_session")
    op.drop_table("first_field")
    with op.batch_alter_table("succession", schema=None) as batch_op:
        batch_op.drop_index("ix_succession_successor_id")

    op.drop_table("succession")
    op.drop_table("former_parent")
    op.drop_table("former_name")
    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_audit_entry_unit_id"))
        batch_op.drop_index("ix_audit_entry_at")
        batch_op.drop_index("ix_audit_entry_actor")
        batch_op.drop_index("ix_audit_entry_act")

    _free_audit()
    op.drop_table("audit_entry")
    # The version before knows neither; to make them something else would let them do more than they may.
    op.execute("DELETE FROM user_account WHERE role IN ('viewer', 'auditor')")
    with op.batch_alter_table("user_account", schema=None) as batch_op:
        _roles(batch_op, "'manager', 'province', 'administrator'", "'administrator'")
        batch_op.drop_column("mf_recovery_codes")
        batch_op.drop_column("tf_totp_secret")
        batch_op.drop_column("tf_primary_method")
        batch_op.drop_column("created_at")
        batch_op.drop_column("name")

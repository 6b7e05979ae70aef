"""alerts, letters, subscriptions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Do it."""
    op.create_table(
        "mail_pause",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("why", sa.String(length=500), nullable=True),
        sa.CheckConstraint("id = 1", name=op.f("ck_mail_pause_only_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_pause")),
    )
    op.create_table(
        "work_round",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("turn", sa.String(length=20), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("length(trim(name)) BETWEEN 1 AND 40", name=op.f("ck_work_round_name_length")),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_work_round")),
    )
    op.create_table(
        "threshold",
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("percent", sa.Integer(), nullable=False),
        sa.CheckConstraint("percent BETWEEN 50 AND 99", name=op.f("ck_threshold_percent_bounded")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_threshold_unit_id")),
        sa.PrimaryKeyConstraint("unit_id", name=op.f("pk_threshold")),
    )
    op.create_table(
        "letter",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("address", sa.String(length=255), nullable=False),
        sa.Column("subject", sa.String(length=300), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("unsubscribe", sa.String(length=500), nullable=True),
        sa.Column("message_id", sa.String(length=120), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("queued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_try", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer", sa.String(length=500), nullable=True),
        sa.CheckConstraint("(state = 'sent') = (sent_at IS NOT NULL)", name=op.f("ck_letter_sent_has_its_time")),
        sa.CheckConstraint("kind IN ('alerts', 'weekly', 'monthly')", name=op.f("ck_letter_kind_known")),
        sa.CheckConstraint("state <> 'sending' OR claimed_at IS NOT NULL", name=op.f("ck_letter_sending_is_claimed")),
        sa.CheckConstraint(
            "state IN ('waiting', 'sending', 'sent', 'unclear', 'given-up', 'left')", name=op.f("ck_letter_state_known")
        ),
        sa.CheckConstraint("length(trim(key)) BETWEEN 1 AND 120", name=op.f("ck_letter_key_length")),
        sa.CheckConstraint("length(trim(subject)) BETWEEN 1 AND 300", name=op.f("ck_letter_subject_length")),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_letter_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter")),
        sa.UniqueConstraint("key", name=op.f("uq_letter_key")),
        sa.UniqueConstraint("message_id", name=op.f("uq_letter_message_id")),
    )
    with op.batch_alter_table("letter", schema=None) as batch_op:
        batch_op.create_index("ix_letter_state_next_try", ["state", "next_try"], unique=False)
        batch_op.create_index(batch_op.f("ix_letter_user_id"), ["user_id"], unique=False)

    op.create_table(
        "subscription",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("alerts", sa.Boolean(), nullable=False),
        sa.Column("weekly", sa.Boolean(), nullable=False),
        sa.Column("monthly", sa.Boolean(), nullable=False),
        sa.Column("language", sa.String(length=10), nullable=False),
        sa.Column("quiet_from", sa.Integer(), nullable=False),
        sa.Column("quiet_until", sa.Integer(), nullable=False),
        sa.Column("weekends", sa.Boolean(), nullable=False),
        sa.Column("most_a_day", sa.Integer(), nullable=False),
        sa.CheckConstraint("most_a_day BETWEEN 1 AND 20", name=op.f("ck_subscription_most_a_day_bounded")),
        sa.CheckConstraint(
            "quiet_from BETWEEN 0 AND 23 AND quiet_until BETWEEN 0 AND 23",
            name=op.f("ck_subscription_quiet_hours_exist"),
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_subscription_user_id")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_subscription")),
    )
    op.create_table(
        "alert",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("field_id", sa.Integer(), nullable=True),
        sa.Column("touchpoint_id", sa.Integer(), nullable=True),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen_by", sa.String(length=255), nullable=True),
        sa.Column("note", sa.String(length=500), nullable=True),
        sa.CheckConstraint("kind IN ('low', 'drop', 'low-ratings', 'silent')", name=op.f("ck_alert_kind_known")),
        sa.CheckConstraint("(seen_at IS NULL) = (seen_by IS NULL)", name=op.f("ck_alert_seen_by_somebody")),
        sa.CheckConstraint("ended_at IS NULL OR ended_at >= begun_at", name=op.f("ck_alert_ends_after_it_began")),
        sa.CheckConstraint("length(trim(key)) BETWEEN 1 AND 80", name=op.f("ck_alert_key_length")),
        sa.ForeignKeyConstraint(["field_id"], ["service_field.id"], name=op.f("fk_alert_field_id")),
        sa.ForeignKeyConstraint(["touchpoint_id"], ["touchpoint.id"], name=op.f("fk_alert_touchpoint_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_alert_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert")),
    )
    with op.batch_alter_table("alert", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_alert_touchpoint_id"), ["touchpoint_id"], unique=False)
        batch_op.create_index("ix_alert_unit_id_begun_at", ["unit_id", "begun_at"], unique=False)
        batch_op.create_index(
            "uq_alert_open_key",
            ["key"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )

    op.create_table(
        "letter_file",
        sa.Column("letter_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=100), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("length(trim(name)) BETWEEN 1 AND 200", name=op.f("ck_letter_file_name_length")),
        sa.ForeignKeyConstraint(["letter_id"], ["letter.id"], name=op.f("fk_letter_file_letter_id")),
        sa.PrimaryKeyConstraint("letter_id", "position", name=op.f("pk_letter_file")),
    )
    op.create_table(
        "alert_told",
        sa.Column("alert_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["alert_id"], ["alert.id"], name=op.f("fk_alert_told_alert_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_alert_told_user_id")),
        sa.PrimaryKeyConstraint("alert_id", "user_id", name=op.f("pk_alert_told")),
    )
    with op.batch_alter_table("alert_told", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_alert_told_user_id"), ["user_id"], unique=False)


def downgrade() -> None:
    """Undo it."""
    with op.batch_alter_table("alert_told", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_alert_told_user_id"))

    op.drop_table("alert_told")
    op.drop_table("letter_file")
    with op.batch_alter_table("alert", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_alert_open_key", sqlite_where=sa.text("ended_at IS NULL"), postgresql_where=sa.text("ended_at IS NULL")
        )
        batch_op.drop_index("ix_alert_unit_id_begun_at")
        batch_op.drop_index(batch_op.f("ix_alert_touchpoint_id"))

    op.drop_table("alert")
    op.drop_table("subscription")
    with op.batch_alter_table("letter", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_letter_user_id"))
        batch_op.drop_index("ix_letter_state_next_try")

    op.drop_table("letter")
    op.drop_table("threshold")
    op.drop_table("work_round")
    op.drop_table("mail_pause")

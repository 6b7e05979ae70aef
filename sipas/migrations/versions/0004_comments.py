"""comments: what a list of them needs, what was done about them, answers to citizens."""

from __future__ import annotations

import secrets
import unicodedata

import sqlalchemy as sa
from alembic import op

from sipas.core.masking import mask

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Do it."""
    with op.batch_alter_table("comment", schema=None) as batch_op:
        batch_op.add_column(sa.Column("code", sa.String(length=12), nullable=True))
        batch_op.add_column(sa.Column("unit_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("day", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("field_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("overall", sa.SmallInteger(), nullable=True))
        batch_op.add_column(sa.Column("plain", sa.Text(), nullable=True))
    _fill()
    with op.batch_alter_table("comment", schema=None) as batch_op:
        for name in ("code", "unit_id", "day", "field_id", "overall"):
            batch_op.alter_column(name, nullable=False)
        batch_op.alter_column("text", existing_type=sa.String(length=1000), nullable=True)
        batch_op.create_index("ix_comment_unit_id_day", ["unit_id", "day"], unique=False)
        batch_op.create_unique_constraint(op.f("uq_comment_code"), ["code"])
        batch_op.create_foreign_key(op.f("fk_comment_field_id"), "service_field", ["field_id"], ["id"])
        batch_op.create_foreign_key(op.f("fk_comment_unit_id"), "unit", ["unit_id"], ["id"])
        batch_op.create_check_constraint(op.f("ck_comment_overall_on_scale"), sa.text("overall BETWEEN 1 AND 5"))
        batch_op.create_check_constraint(
            op.f("ck_comment_erased_for_good"), sa.text("(text IS NULL) = (plain IS NULL)")
        )
    _create_cases()
    _create_answers()


def _fill() -> None:
    """Take what a list needs from each comment's response; give it a code, and its text without marks.

    The version before masked less than this one, and nobody could read comments in it: they are masked anew.
    """
    op.execute(
        """
        UPDATE comment SET
          unit_id = (SELECT unit_id FROM response WHERE id = response_id),
          day = (SELECT day FROM response WHERE id = response_id),
          field_id = (SELECT field_id FROM response WHERE id = response_id),
          overall = (SELECT score FROM rating JOIN question ON question.id = rating.question_id
                     WHERE rating.response_id = comment.response_id AND question.code = 'overall')
        """
    )
    connection = op.get_bind()
    rows = connection.execute(sa.text("SELECT response_id, text FROM comment")).all()
    filled = [
        {"id": number, "code": secrets.token_hex(6), "text": (masked := mask(text)), "plain": _plain(masked)}
        for number, text in rows
    ]
    if filled:
        changed = "UPDATE comment SET code = :code, text = :text, plain = :plain WHERE response_id = :id"
        connection.execute(sa.text(changed), filled)


def _plain(text: str) -> str:
    parts = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    return "".join(part for part in parts if not unicodedata.combining(part))


def _create_cases() -> None:
    op.create_table(
        "comment_case",
        sa.Column("response_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("assignee_id", sa.Integer(), nullable=True),
        sa.Column("note", sa.String(length=1000), nullable=True),
        sa.CheckConstraint(
            "state IN ('new', 'looking', 'done', 'no_action')", name=op.f("ck_comment_case_state_known")
        ),
        sa.CheckConstraint("length(trim(note)) BETWEEN 1 AND 1000", name=op.f("ck_comment_case_note_length")),
        sa.ForeignKeyConstraint(["assignee_id"], ["user_account.id"], name=op.f("fk_comment_case_assignee_id")),
        sa.ForeignKeyConstraint(["response_id"], ["comment.response_id"], name=op.f("fk_comment_case_response_id")),
        sa.PrimaryKeyConstraint("response_id", name=op.f("pk_comment_case")),
    )
    with op.batch_alter_table("comment_case", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_comment_case_assignee_id"), ["assignee_id"], unique=False)

    op.create_table(
        "comment_tag",
        sa.Column("response_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("tag", sa.String(length=30), nullable=False),
        sa.CheckConstraint("length(trim(tag)) BETWEEN 1 AND 30", name=op.f("ck_comment_tag_tag_length")),
        sa.ForeignKeyConstraint(["response_id"], ["comment_case.response_id"], name=op.f("fk_comment_tag_response_id")),
        sa.PrimaryKeyConstraint("response_id", "tag", name=op.f("pk_comment_tag")),
    )


def _create_answers() -> None:
    op.create_table(
        "answer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("field_id", sa.Integer(), nullable=True),
        sa.Column("said_vi", sa.String(length=300), nullable=False),
        sa.Column("done_vi", sa.String(length=500), nullable=False),
        sa.Column("said_en", sa.String(length=300), nullable=True),
        sa.Column("done_en", sa.String(length=500), nullable=True),
        sa.Column("published_on", sa.Date(), nullable=True),
        sa.CheckConstraint("(said_en IS NULL) = (done_en IS NULL)", name=op.f("ck_answer_english_is_whole")),
        sa.CheckConstraint("length(trim(done_en)) BETWEEN 1 AND 500", name=op.f("ck_answer_done_en_length")),
        sa.CheckConstraint("length(trim(done_vi)) BETWEEN 1 AND 500", name=op.f("ck_answer_done_vi_length")),
        sa.CheckConstraint("length(trim(said_en)) BETWEEN 1 AND 300", name=op.f("ck_answer_said_en_length")),
        sa.CheckConstraint("length(trim(said_vi)) BETWEEN 1 AND 300", name=op.f("ck_answer_said_vi_length")),
        sa.ForeignKeyConstraint(["field_id"], ["service_field.id"], name=op.f("fk_answer_field_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_answer_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answer")),
    )
    with op.batch_alter_table("answer", schema=None) as batch_op:
        batch_op.create_index("ix_answer_unit_id_published_on", ["unit_id", "published_on"], unique=False)

    op.create_table(
        "answered_comment",
        sa.Column("answer_id", sa.Integer(), nullable=False),
        sa.Column("response_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["answer_id"], ["answer.id"], name=op.f("fk_answered_comment_answer_id")),
        sa.ForeignKeyConstraint(["response_id"], ["comment.response_id"], name=op.f("fk_answered_comment_response_id")),
        sa.PrimaryKeyConstraint("answer_id", "response_id", name=op.f("pk_answered_comment")),
    )
    with op.batch_alter_table("answered_comment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_answered_comment_response_id"), ["response_id"], unique=False)


def downgrade() -> None:
    """Undo it; of a comment that was erased nothing is left to keep."""
    for name in ("comment_tag", "comment_case", "answered_comment", "answer"):
        op.drop_table(name)
    op.execute("DELETE FROM comment WHERE text IS NULL")
    with op.batch_alter_table("comment", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_comment_erased_for_good"), type_="check")
        batch_op.drop_constraint(op.f("ck_comment_overall_on_scale"), type_="check")
        batch_op.drop_constraint(op.f("fk_comment_unit_id"), type_="foreignkey")
        batch_op.drop_constraint(op.f("fk_comment_field_id"), type_="foreignkey")
        batch_op.drop_constraint(op.f("uq_comment_code"), type_="unique")
        batch_op.drop_index("ix_comment_unit_id_day")
        batch_op.alter_column("text", existing_type=sa.String(length=1000), nullable=False)
        for name in ("plain", "overall", "field_id", "day", "unit_id", "code"):
            batch_op.drop_column(name)

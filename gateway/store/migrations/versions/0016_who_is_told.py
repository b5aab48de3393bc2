"""who is told of a notice, who approved it, and who gets no news at all."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
TIME = sa.DateTime(timezone=True)

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Apply."""
    for column in (
        sa.Column("facts", JSON, nullable=False, server_default="{}"),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False, server_default="1"),
        sa.Column("content_hash", sa.String(), nullable=True),
        sa.Column("audience_hash", sa.String(), nullable=True),
        sa.Column("begun_at", TIME, nullable=True),
        sa.Column("canary", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("hold_until", TIME, nullable=True),
    ):
        op.add_column("notice", column)
    barred = sa.text("state IN ('paused', 'stopped')")
    op.create_index(
        "ix_notice_barred", "notice", ["id"], sqlite_where=barred, postgresql_where=barred
    )
    op.create_table(
        "approval",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("notice_id", sa.Integer(), sa.ForeignKey("notice.id"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("content_hash", sa.String(), nullable=False),
        sa.Column("audience_hash", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_approval_notice_id", "approval", ["notice_id"])
    _only_added("approval")
    op.create_table(
        "approval_token",
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("notice_id", sa.Integer(), sa.ForeignKey("notice.id"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("asked_by", sa.String(), nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
        sa.Column("used_at", TIME, nullable=True),
        sa.PrimaryKeyConstraint("token_hash"),
    )
    op.create_index("ix_approval_token_notice_id", "approval_token", ["notice_id"])
    op.create_table(
        "notice_recipient",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("notice_id", sa.Integer(), sa.ForeignKey("notice.id"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("why", JSON, nullable=False),
        sa.Column("reported_at", TIME, nullable=True),
        sa.Column("in_reply_to", sa.String(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("letter_id", sa.Integer(), sa.ForeignKey("letter.id"), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("notice_id", "key"),
    )
    op.create_index("ix_notice_recipient_state", "notice_recipient", ["notice_id", "state", "id"])
    op.create_index("ix_notice_recipient_letter", "notice_recipient", ["letter_id"])
    op.create_table(
        "suppression",
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.Column("since", TIME, nullable=False),
        sa.Column("changed_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("address"),
    )


def _only_added(table: str) -> None:
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append only'); END"
            )
        return
    op.execute(
        f"CREATE FUNCTION {table}_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{table} is append only'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {table}_append_only()"
    )


def downgrade() -> None:
    """Take back."""
    for table in ("suppression", "notice_recipient", "approval_token", "approval"):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION approval_append_only()")
    op.drop_index("ix_notice_barred", "notice")
    with op.batch_alter_table("notice") as notice:
        for column in ("facts", "reason", "version", "content_hash", "audience_hash", "begun_at",
                       "canary", "hold_until"):  # fmt: skip
            notice.drop_column(column)

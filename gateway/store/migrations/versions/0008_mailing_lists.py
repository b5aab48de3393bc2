"""mailing lists that we are subscribed to, and what their managers ask and tell."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "subscription",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("list", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("system", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("asked_by", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("list", "address"),
    )
    op.create_table(
        "list_notice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.Integer(), sa.ForeignKey("message.id"), nullable=False),
        sa.Column("subscription_id", sa.Integer(), sa.ForeignKey("subscription.id"), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("system", sa.String(), nullable=False),
        sa.Column("list", sa.String(), nullable=False),
        sa.Column("mail_to", sa.String(), nullable=False),
        sa.Column("mail_subject", sa.String(), nullable=False),
        sa.Column("mail_body", sa.String(), nullable=False),
        sa.Column("link", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("answered_by", sa.String(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("message_id"),
    )
    op.create_index("ix_list_notice_subscription_id", "list_notice", ["subscription_id"])
    op.create_index("ix_list_notice_state", "list_notice", ["state"])


def downgrade() -> None:
    """Take back."""
    op.drop_table("list_notice")
    op.drop_table("subscription")

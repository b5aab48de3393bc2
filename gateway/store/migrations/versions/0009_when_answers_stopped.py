"""when answers stopped: the breaker of the firewall against loops, and what it counts."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "breaker",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_index("ix_letter_kind", "letter", ["kind", "created_at"])


def downgrade() -> None:
    """Take back."""
    op.drop_index("ix_letter_kind", "letter")
    op.drop_table("breaker")

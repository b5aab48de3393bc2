"""what somebody did is found at once."""

from alembic import op

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    """Apply."""
    op.create_index("ix_audit_who", "audit", ["who", "id"])


def downgrade() -> None:
    """Take back."""
    op.drop_index("ix_audit_who", "audit")

"""who waits is found at once, however many wait; indexes that nobody asks are gone."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Two indexes of what waits, in place of one that had to be sorted."""
    op.drop_index("ix_message_waiting", "message")
    op.drop_index("ix_message_sha256", "message")
    op.drop_index("ix_message_message_id", "message")
    op.create_index("ix_message_state", "message", ["state", "id"])
    claimed = sa.text("claimed_by IS NOT NULL")
    op.create_index(
        "ix_message_claimed",
        "message",
        ["claimed_by"],
        sqlite_where=claimed,
        postgresql_where=claimed,
    )


def downgrade() -> None:
    """As it was before."""
    op.drop_index("ix_message_claimed", "message")
    op.drop_index("ix_message_state", "message")
    op.create_index("ix_message_message_id", "message", ["message_id"])
    op.create_index("ix_message_sha256", "message", ["sha256"])
    op.create_index("ix_message_waiting", "message", ["state", "claim_until", "id"])

"""whom to believe: what became of checking where a message comes from."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Apply."""
    op.add_column("message", sa.Column("trust", JSON, nullable=True))


def downgrade() -> None:
    """Take back."""
    with op.batch_alter_table("message") as message:
        message.drop_column("trust")

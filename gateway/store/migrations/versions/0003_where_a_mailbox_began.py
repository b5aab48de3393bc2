"""where a mailbox began, and what of it could not be taken."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("cursor") as cursor:
        cursor.alter_column("uidvalidity", type_=sa.BigInteger(), existing_nullable=False)
        cursor.alter_column("uid", type_=sa.BigInteger(), existing_nullable=False)
        cursor.add_column(sa.Column("since", sa.DateTime(timezone=True), nullable=True))
        cursor.add_column(
            sa.Column("doubtful", sa.BigInteger(), nullable=False, server_default="0")
        )
        cursor.add_column(sa.Column("passed", JSON, nullable=False, server_default="[]"))


def downgrade() -> None:
    """Take back."""
    with op.batch_alter_table("cursor") as cursor:
        for column in ("passed", "doubtful", "since"):
            cursor.drop_column(column)

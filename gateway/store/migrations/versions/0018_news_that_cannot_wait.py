"""news that goes out in quiet hours, too."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    """Apply."""
    op.add_column(
        "notice", sa.Column("is_urgent", sa.Boolean(), nullable=False, server_default=sa.false())
    )


def downgrade() -> None:
    """Take back."""
    with op.batch_alter_table("notice") as notice:
        notice.drop_column("is_urgent")

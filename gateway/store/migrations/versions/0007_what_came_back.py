"""which letters came back, by the return path of each, and the key that signs these."""

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Apply."""
    op.add_column("letter", sa.Column("bounce", sa.String(), nullable=True))
    op.add_column("letter", sa.Column("bounced_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("letter", sa.Column("bounce_reason", sa.String(), nullable=True))
    given = sa.text("sender <> ''")
    op.create_index(
        "ix_letter_sender", "letter", ["sender"], sqlite_where=given, postgresql_where=given
    )
    back = sa.text("bounced_at IS NOT NULL")
    op.create_index(
        "ix_letter_bounced", "letter", ["bounced_at"], sqlite_where=back, postgresql_where=back
    )
    op.create_table(
        "signing_key",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    table = sa.table("signing_key", sa.column("name"), sa.column("key"))
    op.execute(table.insert().values(name="return-path", key=secrets.token_hex(32)))


def downgrade() -> None:
    """Take back."""
    op.drop_table("signing_key")
    op.drop_index("ix_letter_bounced", "letter")
    op.drop_index("ix_letter_sender", "letter")
    with op.batch_alter_table("letter") as letter:
        for column in ("bounce_reason", "bounced_at", "bounce"):
            letter.drop_column(column)

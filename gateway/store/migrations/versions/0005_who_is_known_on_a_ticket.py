"""who is known on a ticket; an id may lead to several tickets, and one ticket into another."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "participant",
        sa.Column("ticket_id", sa.Integer(), sa.ForeignKey("ticket.id"), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("wrote", sa.Boolean(), nullable=False),
        sa.Column("verified", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("ticket_id", "who"),
    )
    # Whoever has reported is known; that anybody may be, where nobody has, needs no row.
    for who in ("address", "'*'"):
        op.execute(
            "INSERT INTO participant (ticket_id, who, wrote, verified) "
            f"SELECT DISTINCT ticket_id, {who}, true, false FROM reporter"
        )
    _thread(["message_id", "ticket_id"])
    op.add_column(
        "thread", sa.Column("cited", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    # In plain words both databases add it in place, and numbers are still never given twice.
    op.execute("ALTER TABLE ticket ADD COLUMN merged_into INTEGER REFERENCES ticket (id)")
    op.create_index("ix_ticket_merged_into", "ticket", ["merged_into"])
    op.create_index("ix_mirror_reference", "mirror", ["reference"])


def downgrade() -> None:
    """Take back."""
    op.drop_index("ix_mirror_reference", "mirror")
    op.drop_index("ix_ticket_merged_into", "ticket")
    with op.batch_alter_table("ticket", table_kwargs={"sqlite_autoincrement": True}) as ticket:
        ticket.drop_column("merged_into")
    _thread(["message_id"])
    op.drop_table("participant")


def _thread(key: list[str]) -> None:
    """The table anew, with this key and the oldest ticket of each."""
    op.drop_index("ix_thread_ticket_id", "thread")
    op.rename_table("thread", "thread_before")
    if op.get_context().dialect.name == "postgresql":
        op.execute("ALTER TABLE thread_before DROP CONSTRAINT thread_pkey")
    op.create_table(
        "thread",
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), sa.ForeignKey("ticket.id"), nullable=False),
        sa.PrimaryKeyConstraint(*key),
    )
    op.execute(
        "INSERT INTO thread (message_id, ticket_id) "
        "SELECT message_id, min(ticket_id) FROM thread_before GROUP BY message_id"
    )
    op.drop_table("thread_before")
    op.create_index("ix_thread_ticket_id", "thread", ["ticket_id"])

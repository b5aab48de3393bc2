"""what is to be done with a ticket: priority, owner, hand-over, commands by mail, timers."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0013"
down_revision = "0012"

JSON = sa.JSON().with_variant(JSONB(), "postgresql")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Apply."""
    for name in (
        "disposition",
        "disposition_rule",
        "disposition_why",
        "owner",
        "written_by",
        "error",
    ):
        _add(sa.Column(name, sa.String(), nullable=False, server_default=""))
    _add(sa.Column("priority", sa.Integer(), nullable=False, server_default="0"))
    _add(sa.Column("pinned", JSON, nullable=False, server_default="{}"))
    _add(sa.Column("signs", JSON, nullable=False, server_default="[]"))
    op.create_index("ix_ticket_priority", "ticket", ["priority", "id"])
    op.create_table(
        "timer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), sa.ForeignKey("ticket.id"), nullable=True),
        sa.Column("facts", JSON, nullable=False),
        sa.Column("due_at", TIME, nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("done_at", TIME, nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
    )
    op.create_index("ix_timer_ticket_id", "timer", ["ticket_id"])
    op.create_index("ix_timer_due", "timer", ["state", "due_at"])
    op.create_table(
        "command",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("message_id", sa.Integer(), sa.ForeignKey("message.id"), nullable=False),
        sa.Column("ticket_id", sa.Integer(), sa.ForeignKey("ticket.id"), nullable=True),
        sa.Column("at", TIME, nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("word", sa.String(), nullable=False),
        sa.Column("argument", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("said", sa.String(), nullable=False),
        sa.Column("secret", sa.String(), nullable=True),
        sa.Column("expires_at", TIME, nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
        sa.UniqueConstraint("secret"),
    )
    op.create_index("ix_command_message_id", "command", ["message_id"])
    op.create_index("ix_command_ticket_id", "command", ["ticket_id"])
    op.create_table(
        "handoff",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), sa.ForeignKey("ticket.id"), nullable=False),
        sa.Column("team", sa.String(), nullable=False),
        sa.Column("addresses", JSON, nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("answered_at", TIME, nullable=True),
        sa.Column("answered_by", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_handoff_ticket_id", "handoff", ["ticket_id"])


def _add(column: sa.Column[Any]) -> None:
    op.add_column("ticket", column)


def downgrade() -> None:
    """Take back."""
    for table in ("handoff", "command", "timer"):
        op.drop_table(table)
    op.drop_index("ix_ticket_priority", "ticket")
    with op.batch_alter_table("ticket", table_kwargs={"sqlite_autoincrement": True}) as ticket:
        for name in (
            "disposition", "disposition_rule", "disposition_why", "owner", "written_by", "error",
            "priority", "pinned", "signs",
        ):  # fmt: skip
            ticket.drop_column(name)

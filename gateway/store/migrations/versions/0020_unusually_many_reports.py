"""unusually many reports: what is counted, and the runs that were found."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"

TIME = sa.DateTime(timezone=True)
OPEN = sa.text("state = 'open'")


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "spike",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("service", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), sa.ForeignKey("ticket.id"), nullable=True),
        sa.Column("opened", sa.Boolean(), nullable=False),
        sa.Column("began_at", TIME, nullable=False),
        sa.Column("last_at", TIME, nullable=False),
        sa.Column("start", TIME, nullable=False),
        sa.Column("hours", sa.Integer(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.Column("usual", sa.Float(), nullable=False),
        sa.Column("limit", sa.Integer(), nullable=False),
        sa.Column("known_hours", sa.Integer(), nullable=False),
        sa.Column("found_at", TIME, nullable=False),
        sa.Column("settled_at", TIME, nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_spike_service", "spike", ["service", "last_at"])
    op.create_index("ix_spike_ticket_id", "spike", ["ticket_id"])
    op.create_index(
        "ix_spike_open", "spike", ["service"], unique=True,
        sqlite_where=OPEN, postgresql_where=OPEN,
    )  # fmt: skip
    op.create_table(
        "spike_report",
        sa.Column("service", sa.String(), nullable=False),
        sa.Column("message_id", sa.Integer(), sa.ForeignKey("message.id"), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("hampered", sa.String(), nullable=False),
        sa.Column("spike_id", sa.Integer(), sa.ForeignKey("spike.id"), nullable=True),
        sa.PrimaryKeyConstraint("service", "message_id"),
    )
    op.create_index("ix_spike_report_at", "spike_report", ["service", "at"])
    op.create_index("ix_spike_report_spike_id", "spike_report", ["spike_id"])
    op.create_table(
        "spike_count",
        sa.Column("service", sa.String(), nullable=False),
        sa.Column("hour", TIME, nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("counted", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("service", "hour"),
    )
    op.create_index("ix_spike_count_hour", "spike_count", ["hour"])


def downgrade() -> None:
    """Take back."""
    op.drop_table("spike_count")
    op.drop_table("spike_report")
    op.drop_table("spike")

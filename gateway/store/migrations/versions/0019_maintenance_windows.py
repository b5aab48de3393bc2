"""maintenance windows as objects, their history, and their copies at trackers."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    """Apply."""
    json = sa.JSON().with_variant(JSONB(), "postgresql")
    op.create_table(
        "maintenance_window",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(), nullable=False),
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("maintenance", sa.String(), nullable=False),
        sa.Column("source_uid", sa.String(), nullable=False),
        sa.Column("source_sequence", sa.Integer(), nullable=True),
        sa.Column("ticket_id", sa.Integer(), sa.ForeignKey("ticket.id"), nullable=True),
        sa.Column("message_id", sa.Integer(), sa.ForeignKey("message.id"), nullable=True),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("services", json, nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("impact", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("reviewed", sa.Boolean(), nullable=False),
        sa.Column("reviewed_by", sa.String(), nullable=True),
        sa.Column("doubts", json, nullable=False),
        sa.Column("published", json, nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("uid"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_window_ticket_id", "maintenance_window", ["ticket_id"])
    op.create_index("ix_window_message_id", "maintenance_window", ["message_id"])
    op.create_index("ix_window_ends", "maintenance_window", ["ends_at", "starts_at"])
    op.create_table(
        "window_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "window_id", sa.Integer(), sa.ForeignKey("maintenance_window.id"), nullable=False
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("facts", json, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_window_event_window_id", "window_event", ["window_id"])
    op.create_table(
        "window_mirror",
        sa.Column(
            "window_id", sa.Integer(), sa.ForeignKey("maintenance_window.id"), nullable=False
        ),
        sa.Column("tracker", sa.String(), nullable=False),
        sa.Column("wanted", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reference", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("window_id", "tracker"),
    )
    op.create_index("ix_window_mirror_due", "window_mirror", ["tracker", "state", "due_at"])
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER window_event_no_{verb.lower()} BEFORE {verb} ON window_event "
                "BEGIN SELECT RAISE(ABORT, 'window_event is append only'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION window_event_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'window_event is append only'; END $$"
    )
    op.execute(
        "CREATE TRIGGER window_event_append_only BEFORE UPDATE OR DELETE ON window_event "
        "FOR EACH ROW EXECUTE FUNCTION window_event_append_only()"
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("window_mirror")
    op.drop_table("window_event")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION window_event_append_only()")
    op.drop_table("maintenance_window")

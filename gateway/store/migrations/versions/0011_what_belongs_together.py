"""what belongs together: references, likeness, accounts, suggestions, and what a person parted."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0011"
down_revision = "0010"

JSON = sa.JSON().with_variant(JSONB(), "postgresql")
TIMES = ("began_at", "last_at", "over_at")


def _ticket(name: str = "ticket_id", *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), sa.ForeignKey("ticket.id"), nullable=nullable)


def _time(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    """Apply."""
    for name in TIMES:
        op.add_column("ticket", _time(name, nullable=True))
    op.add_column("reporter", sa.Column("person", sa.String(), nullable=True))
    op.create_table(
        "reference",
        sa.Column("name", sa.String(), nullable=False),
        _ticket(),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("verified", sa.Boolean(), nullable=False),
        sa.Column("recurs", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("name", "ticket_id"),
    )
    op.create_index("ix_reference_ticket_id", "reference", ["ticket_id"])
    op.create_table(
        "sighting",
        sa.Column("service", sa.String(), nullable=False),
        _ticket(),
        _time("began_at"),
        _time("last_at"),
        sa.PrimaryKeyConstraint("service", "ticket_id"),
    )
    op.create_index("ix_sighting_ticket_id", "sighting", ["ticket_id"])
    op.create_index("ix_sighting_when", "sighting", ["service", "last_at"])
    op.create_table(
        "profile",
        _ticket(),
        sa.Column("said", JSON, nullable=False),
        sa.PrimaryKeyConstraint("ticket_id"),
    )
    op.create_table(
        "account",
        _ticket(),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("message_id", sa.Integer(), sa.ForeignKey("message.id"), nullable=False),
        _time("at"),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("reach", sa.String(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=True),
        sa.Column("hampered", sa.String(), nullable=False),
        sa.Column("is_person", sa.Boolean(), nullable=False),
        sa.Column("is_over", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("ticket_id", "who"),
    )
    op.create_index("ix_account_message_id", "account", ["message_id"])
    op.create_table(
        "suggestion",
        sa.Column("id", sa.Integer(), nullable=False),
        _ticket(),
        _ticket("other_id"),
        sa.Column("message_id", sa.Integer(), sa.ForeignKey("message.id"), nullable=True),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("reasons", JSON, nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        _time("at"),
        sa.Column("decided_by", sa.String(), nullable=True),
        _time("decided_at", nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("ticket_id", "other_id"),
    )
    for name in ("other_id", "message_id", "state"):
        op.create_index(f"ix_suggestion_{name}", "suggestion", [name])
    op.create_table(
        "separation",
        _ticket("one_id"),
        _ticket("other_id"),
        _time("at"),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("one_id", "other_id"),
    )
    op.create_index("ix_separation_other_id", "separation", ["other_id"])
    # What each ticket was first and last heard of, as far as its messages tell.
    op.execute("UPDATE ticket SET began_at = created_at, last_at = updated_at")


def downgrade() -> None:
    """Take back."""
    for name in ("separation", "suggestion", "account", "profile", "sighting", "reference"):
        op.drop_table(name)
    with op.batch_alter_table("reporter") as reporter:
        reporter.drop_column("person")
    with op.batch_alter_table("ticket", table_kwargs={"sqlite_autoincrement": True}) as ticket:
        for name in TIMES:
            ticket.drop_column(name)

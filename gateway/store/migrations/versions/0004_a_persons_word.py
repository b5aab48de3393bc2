"""what a person said of how a message was read."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Apply."""
    op.add_column("message", sa.Column("corrected", JSON, nullable=True))
    op.create_table(
        "correction",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("before", JSON, nullable=False),
        sa.Column("after", JSON, nullable=False),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_correction_message_id", "correction", ["message_id"], unique=False)
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER correction_no_{verb.lower()} BEFORE {verb} ON correction "
                "BEGIN SELECT RAISE(ABORT, 'correction is append only'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION correction_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'correction is append only'; END $$"
    )
    op.execute(
        "CREATE TRIGGER correction_append_only BEFORE UPDATE OR DELETE ON correction "
        "FOR EACH ROW EXECUTE FUNCTION correction_append_only()"
    )


def downgrade() -> None:
    """Take back."""
    op.drop_index("ix_correction_message_id", "correction")
    op.drop_table("correction")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION correction_append_only()")
    with op.batch_alter_table("message") as message:
        message.drop_column("corrected")

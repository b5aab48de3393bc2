"""what subscribers want and agreed to, what is to be confirmed, and who wants no news at all."""

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

JSON = sa.JSON().with_variant(sa.dialects.postgresql.JSONB(), "postgresql")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Apply."""
    # Addresses are in lower case from now on, so that nobody stands there twice.
    op.execute(
        "DELETE FROM subscriber WHERE id NOT IN "
        "(SELECT MIN(id) FROM subscriber GROUP BY lower(address), service)"
    )
    op.execute("UPDATE subscriber SET address = lower(address)")
    with op.batch_alter_table("subscriber") as subscriber:
        subscriber.add_column(sa.Column("wants", sa.String(), nullable=False, server_default="all"))
        subscriber.add_column(sa.Column("digest", sa.String(), nullable=False, server_default="no"))
        subscriber.add_column(sa.Column("digested_at", TIME, nullable=True))
        subscriber.add_column(sa.Column("consent_at", TIME, nullable=True))
        subscriber.add_column(
            sa.Column("consent_how", sa.String(), nullable=False, server_default="operator")
        )
        subscriber.add_column(
            sa.Column("consent_words", sa.String(), nullable=False, server_default="")
        )
    op.execute("UPDATE subscriber SET consent_at = created_at")
    with op.batch_alter_table("subscriber") as subscriber:
        subscriber.alter_column("consent_at", existing_type=TIME, nullable=False)
        for column in ("wants", "digest", "consent_how", "consent_words"):
            subscriber.alter_column(
                column, existing_type=sa.String(), existing_nullable=False, server_default=None
            )
    op.create_index("ix_subscriber_digest", "subscriber", ["digest"])
    op.create_table(
        "news_request",
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("services", JSON, nullable=False),
        sa.Column("wants", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("how", sa.String(), nullable=False),
        sa.Column("asked_at", TIME, nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
        sa.Column("confirmed_at", TIME, nullable=True),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_index("ix_news_request_address", "news_request", ["address"])
    op.create_index("ix_news_request_asked_at", "news_request", ["asked_at"])
    op.create_table(
        "refusal",
        sa.Column("mark", sa.String(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("how", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("mark"),
    )
    table = sa.table("signing_key", sa.column("name"), sa.column("key"))
    op.execute(table.insert().values(name="subscriptions", key=secrets.token_hex(32)))


def downgrade() -> None:
    """Take back."""
    op.execute("DELETE FROM signing_key WHERE name = 'subscriptions'")
    op.drop_table("refusal")
    op.drop_table("news_request")
    op.drop_index("ix_subscriber_digest", "subscriber")
    with op.batch_alter_table("subscriber") as subscriber:
        for column in (
            "consent_words", "consent_how", "consent_at", "digested_at", "digest", "wants",
        ):  # fmt: skip
            subscriber.drop_column(column)

"""How Alembic reaches the store: always through the engine that `upgrade` hands over."""

from alembic import context
from sqlmodel import SQLModel

import gateway.store.tables  # noqa: F401  the tables register themselves on import

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=SQLModel.metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    version_table="gateway_schema",
)
with context.begin_transaction():
    context.run_migrations()

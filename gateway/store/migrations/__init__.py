"""The schema's history, for Alembic; `upgrade` brings a store to the newest."""

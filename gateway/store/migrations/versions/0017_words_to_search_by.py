"""the words of messages, to search by: FTS5 on SQLite, tsvector on PostgreSQL, kept by triggers."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"

SQLITE = (
    "CREATE VIRTUAL TABLE message_words USING fts5(subject, sender, body, content='message_text', "
    "content_rowid='message_id', tokenize='unicode61 remove_diacritics 2')",
    "CREATE TRIGGER message_text_added AFTER INSERT ON message_text BEGIN "
    "INSERT INTO message_words(rowid, subject, sender, body) "
    "VALUES (new.message_id, new.subject, new.sender, new.body); END",
    "CREATE TRIGGER message_text_gone AFTER DELETE ON message_text BEGIN "
    "INSERT INTO message_words(message_words, rowid, subject, sender, body) "
    "VALUES ('delete', old.message_id, old.subject, old.sender, old.body); END",
    "CREATE TRIGGER message_text_changed AFTER UPDATE ON message_text BEGIN "
    "INSERT INTO message_words(message_words, rowid, subject, sender, body) "
    "VALUES ('delete', old.message_id, old.subject, old.sender, old.body); "
    "INSERT INTO message_words(rowid, subject, sender, body) "
    "VALUES (new.message_id, new.subject, new.sender, new.body); END",
)
POSTGRESQL = (
    "CREATE TABLE message_words (message_id integer PRIMARY KEY "
    "REFERENCES message_text ON DELETE CASCADE, words tsvector NOT NULL)",
    "CREATE INDEX ix_message_words ON message_words USING gin (words)",
    "CREATE FUNCTION message_text_indexed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
    "INSERT INTO message_words VALUES (new.message_id, to_tsvector('simple', "
    "new.subject || ' ' || new.sender || ' ' || new.body)) "
    "ON CONFLICT (message_id) DO UPDATE SET words = excluded.words; RETURN NULL; END $$",
    "CREATE TRIGGER message_text_indexed AFTER INSERT OR UPDATE ON message_text "
    "FOR EACH ROW EXECUTE FUNCTION message_text_indexed()",
)


def upgrade() -> None:
    """Apply. Of what is there already, only subjects; `triage console index` adds the rest."""
    op.create_table(
        "message_text",
        sa.Column("message_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("sender", sa.String(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"]),
        sa.PrimaryKeyConstraint("message_id"),
    )
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in SQLITE if is_sqlite else POSTGRESQL:
        op.execute(statement)
    op.execute(
        "INSERT INTO message_text (message_id, subject, sender, body) "
        "SELECT id, coalesce(subject, ''), '', '' FROM message WHERE state = 'done'"
    )


def downgrade() -> None:
    """Take back."""
    if op.get_bind().dialect.name == "sqlite":
        for name in ("added", "gone", "changed"):
            op.execute(f"DROP TRIGGER message_text_{name}")
    else:
        op.execute("DROP TRIGGER message_text_indexed ON message_text")
        op.execute("DROP FUNCTION message_text_indexed()")
    op.execute("DROP TABLE message_words")
    op.drop_table("message_text")

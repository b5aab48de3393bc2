"""The schema: what migrations make is what the tables say, on both databases, once."""

import threading
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, SQLModel

from gateway.errors import Permanent
from gateway.model import Cursor, utcnow
from gateway.spool import Spool
from gateway.store import schema
from gateway.store.database import Database
from gateway.store.schema import VERSION_TABLE, upgrade
from gateway.store.tables import (
    APPEND_ONLY,
    ApprovalRow,
    AuditRow,
    CorrectionRow,
    HistoryRow,
    LetterEventRow,
    LetterRow,
    MessageRow,
    NoticeRow,
    TicketRow,
    WindowEventRow,
    WindowRow,
    as_number,
)


def ours(_object: object, name: str | None, kind: str, _reflected: bool, other: object) -> bool:
    """Whether alembic should look at it: DBOS's tables and its own version table are not ours."""
    return kind != "table" or name in SQLModel.metadata.tables


def test_migrations_make_the_tables_that_the_program_knows(database: Database) -> None:
    with database.engine.connect() as connection:
        options = {"compare_type": True, "include_object": ours, "version_table": VERSION_TABLE}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, SQLModel.metadata) == []


def test_the_newest_schema_is_known_by_the_names_of_its_files() -> None:
    found = list(ScriptDirectory.from_config(schema._config()).walk_revisions())
    assert all(Path(one.path).name.startswith(f"{one.revision}_") for one in found)
    assert [one.revision for one in found] == sorted((one.revision for one in found), reverse=True)


def test_a_store_of_the_first_schema_is_upgraded_with_what_is_in_it(store_url: str) -> None:
    database = Database(store_url)
    config = schema._config()
    with database.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.execute(
            text("INSERT INTO cursor VALUES ('box', 7, 12, '2026-11-02 09:00:00.000000')")
        )
    upgrade(database)
    assert Spool(database).cursor("box") == Cursor("box", 7, 12)
    database.close()


def test_migrations_and_tables_forbid_the_same_doubles(database: Database) -> None:
    """Unique and foreign keys, which the comparison passes over on SQLite."""
    found = inspect(database.engine)
    for name, table in SQLModel.metadata.tables.items():
        told = {
            tuple(sorted(column.name for column in constraint.columns))
            for constraint in table.constraints
            if type(constraint).__name__ == "UniqueConstraint"
        } | {(column.name,) for column in table.columns if column.unique}
        made = {tuple(sorted(one["column_names"])) for one in found.get_unique_constraints(name)}
        assert made == told, name
        keys = {(tuple(one["constrained_columns"]), one["referred_table"])
                for one in found.get_foreign_keys(name)}  # fmt: skip
        assert keys == {
            ((key.parent.name,), key.column.table.name) for key in table.foreign_keys
        }, name


def test_to_upgrade_twice_changes_nothing(database: Database) -> None:
    before = inspect(database.engine).get_table_names()
    upgrade(database)
    assert inspect(database.engine).get_table_names() == before


def test_who_comes_at_the_same_time_finds_it_done(store_url: str) -> None:
    together = threading.Barrier(4)
    failures: list[Exception] = []

    def come() -> None:
        database = Database(store_url)
        together.wait()
        try:
            upgrade(database)
        except Exception as error:
            failures.append(error)
        database.close()

    threads = [threading.Thread(target=come) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_a_store_of_a_newer_program_is_left_alone(database: Database) -> None:
    with database.engine.begin() as connection:
        connection.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '9999'"))
    with pytest.raises(Permanent, match="newer than this program"):
        upgrade(database)


def test_a_file_that_is_no_database_is_said_to_be_none(tmp_path: Path) -> None:
    file = tmp_path / "store.db"
    file.write_bytes(b"This is a letter to my aunt.\n" * 100)
    database = Database(f"sqlite:///{file}")
    with pytest.raises(Permanent, match="not a database"):
        upgrade(database)
    database.close()
    assert file.read_bytes().startswith(b"This is a letter")


# --- append only --------------------------------------------------------------------------------


def fill(session: Session) -> None:
    session.add(TicketRow(id=1, token="t", title="Down", source="other", event="outage"))
    session.flush()
    session.add(
        LetterRow(id=1, key="k", kind="resolution", recipient="ann@people.example", sender="",
                  message_id="m@gateway.example", subject="Up", raw=b"Up", ticket_id=1)
    )  # fmt: skip
    session.flush()
    session.add(HistoryRow(id=1, ticket_id=1, who="ann", what="opened"))
    session.add(LetterEventRow(id=1, letter_id=1, what="queued"))
    session.add(MessageRow(id=1, trace="m-1", key="k", sha256="", size=0, door="files",
                           received_at=utcnow()))  # fmt: skip
    session.flush()
    session.add(CorrectionRow(id=1, message_id=1, who="ann"))
    session.add(WindowRow(id=1, uid="u", starts_at=utcnow()))
    session.flush()
    session.add(WindowEventRow(id=1, window_id=1, who="ann", what="added"))
    session.add(AuditRow(id=1, who="ann", what="merged"))
    session.add(NoticeRow(id=1, ticket_id=1, kind="update", text="Up", drafted_by="ann"))
    session.flush()
    session.add(ApprovalRow(id=1, notice_id=1, version=1, who="bob", by="command",
                            content_hash="c", audience_hash="a"))  # fmt: skip


@pytest.mark.parametrize("table", APPEND_ONLY)
@pytest.mark.parametrize("statement", ["UPDATE {} SET id = 9", "DELETE FROM {}"])
def test_what_happened_cannot_be_changed(database: Database, table: str, statement: str) -> None:
    with database.transaction() as session:
        fill(session)

    def change() -> None:
        with database.transaction() as session:
            session.connection().execute(text(statement.format(table)))

    with pytest.raises(DBAPIError, match="append only"):
        change()
    with database.read() as session:
        assert session.connection().execute(text(f"SELECT id FROM {table}")).scalar() == 1


def test_every_append_only_table_is_one() -> None:
    rows = (HistoryRow, LetterEventRow, CorrectionRow, AuditRow, ApprovalRow, WindowEventRow)
    assert {row.__tablename__ for row in rows} == set(APPEND_ONLY)


def test_a_time_without_a_zone_is_refused(database: Database) -> None:
    from datetime import datetime

    def add() -> None:
        with database.transaction() as session:
            row = TicketRow(token="t", title="x", source="other", event="info")
            row.created_at = datetime(2026, 1, 1)
            session.add(row)

    with pytest.raises(Exception, match="without a zone"):
        add()


def test_a_ticket_number_is_never_given_again(store: Database) -> None:
    """A letter may still name the old one."""
    with store.transaction() as session:
        session.add(TicketRow(token="a", title="x", source="other", event="info"))
    with store.transaction() as session:
        session.delete(session.get_one(TicketRow, 1))
    with store.transaction() as session:
        session.add(TicketRow(token="b", title="x", source="other", event="info"))
    with store.read() as session:
        assert session.get(TicketRow, 2) is not None


def test_a_message_needs_bytes_of_its_own(database: Database) -> None:
    """A raw row without its message, or an arrival of none, cannot exist."""
    for statement in (
        "INSERT INTO arrival (message_id, at, door, recipients) "
        "VALUES (7, '2026-01-01 00:00:00+00:00', 'smtp', '[]')",
        "INSERT INTO raw (message_id, content) VALUES (7, 'x')",
    ):
        with pytest.raises(DBAPIError), database.transaction() as session:
            session.connection().execute(text(statement))


@pytest.mark.parametrize(
    ("name", "number"),
    [("1", 1), ("0", None), ("-1", None), ("", None), ("²", None), ("x", None),
     ("2147483647", 2147483647), ("2147483648", None), ("9" * 5000, None)],
)  # fmt: skip
def test_a_typed_number_is_one_only_if_it_can_be(name: str, number: int | None) -> None:
    assert as_number(name) == number

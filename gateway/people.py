"""A person's data: all that is held about an address, and how it is erased.

Found by the address wherever it stands, in every table, so that no room has to be asked. Erased
means: what only concerns that person goes (subscriptions, requests, suppressions); the mail they
wrote and the letters they got lose their content; everywhere else, on the append-only records too,
the address gives way to a pseudonym that leads back to nobody, so that counts and sequences stay
true. What remains is the keyed mark by which no list that is imported later brings them news.
"""

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import JSON, Connection, LargeBinary, String, Table, cast, func, or_, select
from sqlmodel import AutoString, Session, SQLModel, col, delete
from sqlmodel import select as select_rows

from gateway.errors import Permanent
from gateway.incidents import subscribers
from gateway.store.database import Database
from gateway.store.tables import (
    LetterRow,
    MessageRow,
    MessageTextRow,
    NewsRequestRow,
    RawRow,
    ReporterRow,
    SubscriberRow,
    SuppressionRow,
)

ERASED = "(erased)"
CONTENT = b"Subject: (erased)\r\n\r\n(erased)\r\n"
SECRET = {"signing_key", "console_session", "sign_in_link", "approval_token"}
NAMES = {"name", "from_name"}
OWN = (SubscriberRow, NewsRequestRow, SuppressionRow)


@dataclass(frozen=True, slots=True)
class Erased:
    """What was done: rows that went, contents emptied, rows in which the pseudonym stands now."""

    pseudonym: str
    removed: int
    emptied: int
    changed: int


class People:
    """Finds and erases what is held about an address."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def export(self, address: str) -> dict[str, Any]:
        """Every row that names the address, by table; what was written and sent, as text."""
        who = subscribers.normal(address)
        with self._database.read() as session:
            found = {
                table.name: [_plain(row) for row in _rows(session.connection(), table, who)]
                for table in _tables()
            }
            refusal = subscribers.refused(session, [who])
            mails = [
                raw.content.decode("utf-8", "replace")
                for raw in session.exec(
                    select_rows(RawRow).where(col(RawRow.message_id).in_(_written(session, who)))
                )
            ]
        held = {name: rows for name, rows in found.items() if rows}
        return {
            "address": who, "no_news_since": refusal.get(who), "held": held, "mails": mails,
        }  # fmt: skip

    def erase(self, address: str) -> Erased:
        """Forget that person, in one transaction; see above what stays and how."""
        who = subscribers.normal(address)
        pseudonym = f"erased-{secrets.token_hex(8)}@erased.invalid"
        with self._database.transaction() as session:
            emptied = self._empty(session, who)
            removed = 0
            for table in OWN:
                removed += session.exec(
                    delete(table).where(func.lower(col(table.address)) == who)
                ).rowcount
            session.flush()
            connection = session.connection()
            changed = sum(_replace(connection, table, who, pseudonym) for table in _tables())
            subscribers.refuse(session, who, "erased")
            session.expire_all()
        if not removed + emptied + changed:
            raise Permanent("nothing is held about that address")
        return Erased(pseudonym, removed, emptied, changed)

    @staticmethod
    def _empty(session: Session, who: str) -> int:
        """Mail that they wrote and letters that went to them."""
        ids = _written(session, who)
        number = 0
        for raw in session.exec(select_rows(RawRow).where(col(RawRow.message_id).in_(ids))):
            raw.content = CONTENT
            session.add(raw)
            number += 1
        for message in session.exec(select_rows(MessageRow).where(col(MessageRow.id).in_(ids))):
            message.subject = ERASED
            if message.reading:
                message.reading = {**message.reading, "evidence": {}}
            session.add(message)
        session.exec(delete(MessageTextRow).where(col(MessageTextRow.message_id).in_(ids)))
        letters = select_rows(LetterRow).where(func.lower(col(LetterRow.recipient)) == who)
        for letter in session.exec(letters):
            letter.raw = CONTENT
            if letter.state in {"queued", "held"}:
                letter.state, letter.reason = "stopped", "its recipient's data was erased"
            session.add(letter)
            number += 1
        return number


def _written(session: Session, who: str) -> list[int]:
    """The messages that they wrote, by number."""
    reported = select_rows(ReporterRow.message_id).where(
        func.lower(col(ReporterRow.address)) == who
    )
    sent = select_rows(MessageRow.id).where(func.lower(col(MessageRow.sender)) == who)
    return sorted({*session.exec(reported), *(one for one in session.exec(sent) if one)})


def _tables() -> list[Table]:
    return [table for table in SQLModel.metadata.sorted_tables if table.name not in SECRET]


def _spoken(table: Table) -> list[Any]:
    """The columns that can hold an address."""
    return [one for one in table.columns if isinstance(one.type, String | AutoString | JSON)]


def _rows(connection: Connection, table: Table, who: str) -> list[Any]:
    columns = _spoken(table)
    if not columns:
        return []
    like = "%" + re.sub(r"([%_\\])", r"\\\1", who) + "%"
    named = or_(*(func.lower(cast(one, String)).like(like, escape="\\") for one in columns))
    kept = [one for one in table.columns if not isinstance(one.type, LargeBinary)]
    pattern = _pattern(who)
    return [
        row
        for row in connection.execute(select(*kept).where(named))
        if any(pattern.search(str(row._mapping[one])) for one in columns)
    ]


def _plain(row: Any) -> dict[str, Any]:
    return {one: value for one, value in row._mapping.items() if not isinstance(value, bytes)}


def _pattern(who: str) -> re.Pattern[str]:
    """The address by itself, not as a part of another."""
    return re.compile(rf"(?<![\w.+-]){re.escape(who)}(?![\w-]|\.\w)", re.IGNORECASE)


def _replace(connection: Connection, table: Table, who: str, pseudonym: str) -> int:
    rows = _rows(connection, table, who)
    if not rows:
        return 0
    pattern = _pattern(who)
    keys = list(table.primary_key.columns)
    with _unsealed(connection, table):
        for row in rows:
            known = row._mapping
            values = {
                one.name: _changed(known[one], pattern, pseudonym)
                for one in _spoken(table)
                if known[one] is not None
            }
            if any(pattern.fullmatch(str(known[one]).strip()) for one in _spoken(table)):
                values |= dict.fromkeys(NAMES & set(table.columns.keys()), "")
            where = [key == known[key] for key in keys]
            connection.execute(table.update().where(*where).values(**values))
    return len(rows)


def _changed(value: Any, pattern: re.Pattern[str], pseudonym: str) -> Any:
    if isinstance(value, str):
        return pattern.sub(pseudonym, value)
    if isinstance(value, list):
        return [_changed(one, pattern, pseudonym) for one in value]
    if isinstance(value, dict):
        return {key: _changed(one, pattern, pseudonym) for key, one in value.items()}
    return value


@contextmanager
def _unsealed(connection: Connection, table: Table) -> Iterator[None]:
    """An append-only record is open to this change alone, within the caller's transaction."""
    if connection.dialect.name != "sqlite":
        quoted = connection.dialect.identifier_preparer.format_table(table)
        connection.exec_driver_sql(f"ALTER TABLE {quoted} DISABLE TRIGGER USER")
        yield
        connection.exec_driver_sql(f"ALTER TABLE {quoted} ENABLE TRIGGER USER")
        return
    found = connection.exec_driver_sql(
        "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ? "
        "AND sql LIKE '%append only%'",
        (table.name,),
    ).all()
    for name, _ in found:
        connection.exec_driver_sql(f'DROP TRIGGER "{name}"')
    yield
    for _, sql in found:
        connection.exec_driver_sql(sql)

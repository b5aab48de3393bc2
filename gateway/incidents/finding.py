"""Search: messages by their words, incidents by what they are or by the words of their messages.

The words are written down where a message is filed, in its transaction; an index of the database
at hand (SQLite FTS5, PostgreSQL tsvector) follows by triggers. Pages are by key, never by offset:
the hundredth costs what the first does.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import String, cast, text
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from gateway.incidents.tickets import OVER, STATES
from gateway.model import Message
from gateway.store.database import Database, insert_into, write_rows
from gateway.store.tables import MAX_ID, MessageRow, MessageTextRow, RawRow, TicketRow

MOST_WORDS = 12
BODY = 20_000  # characters of a message that are found
OPEN = tuple(state for state in STATES if state not in OVER)
_WORD = re.compile(r"[^\s\"'():*&|!<>\\]+")
# What matches is asked for first (OFFSET 0 keeps PostgreSQL from trying each ticket instead), or
# only the newest of it, where nothing else is wanted of a message.
_MATCH = {
    True: "SELECT rowid FROM message_words WHERE message_words MATCH :words{newest}",
    False: "SELECT message_id FROM message_words WHERE words @@ to_tsquery('simple', :words)"
    "{newest} OFFSET 0",
}
_NEWEST = " AND {id} < :before ORDER BY {id} DESC LIMIT :most"
# PostgreSQL fetches each match before it can order them. Where words are that common, the newest
# tickets are asked one by one instead (LIMIT keeps it from fetching them all after all).
COMMON = 2000  # matches
NEWEST_TICKETS = 4000
_HOW_MANY = (
    "SELECT count(*) FROM (SELECT 1 FROM message_words"
    " WHERE words @@ to_tsquery('simple', :words) LIMIT :most) AS matches"
)
_ITS_WORDS = (
    "(SELECT true FROM message AS said JOIN message_words ON message_words.message_id = said.id"
    " WHERE said.ticket_id = ticket.id AND words @@ to_tsquery('simple', :words) LIMIT 1)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is looked for. `state` may be "open"; `before` is the last one of the page before."""

    words: str = ""
    state: str = ""
    severity: str = ""
    event: str = ""
    service: str = ""
    owner: str | None = None
    look: bool = False
    ticket: int | None = None
    since: datetime | None = None
    before: int | None = None
    limit: int = 30


def remember(session: Session, found: Sequence[tuple[int, str, str, str]]) -> None:
    """The words of these messages (id, subject, sender, text), in the caller's transaction."""
    if not found:
        return
    rows = [
        {"message_id": id_, "subject": subject[:500], "sender": sender[:500], "body": body[:BODY]}
        for id_, subject, sender, body in found
    ]
    insert = insert_into(session, MessageTextRow)
    again = {name: getattr(insert.excluded, name) for name in ("subject", "sender", "body")}
    write_rows(
        session, insert.on_conflict_do_update(index_elements=["message_id"], set_=again), rows
    )


def words_of(number: int, message: Message) -> tuple[int, str, str, str]:
    """What a message is found by."""
    sender = message.sender
    who = f"{sender.name} {sender.address}" if sender else "-"
    return number, message.subject, who, message.text


class Finder:
    """Looks in one store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def tickets(self, wanted: Wanted) -> list[TicketRow]:
        """Incidents, the newest first."""
        query = select(TicketRow).where(col(TicketRow.merged_into).is_(None), *self._of(wanted))
        if wanted.before is not None:
            query = query.where(col(TicketRow.id) < wanted.before)
        newest = query.order_by(col(TicketRow.id).desc())
        with self._database.read() as session:
            if not wanted.words:
                return list(session.exec(newest.limit(wanted.limit)))
            matching = self._matching(wanted.words)
            if matching is None:
                return []
            found = self._common(session, newest, wanted)
            if found is None:
                of = select(MessageRow.ticket_id).where(col(MessageRow.id).in_(matching))
                rare = newest.where(col(TicketRow.id).in_(of)).limit(wanted.limit)
                found = session.exec(rare).all()
            return list(found)

    def _common(self, session: Session, newest: Any, wanted: Wanted) -> Sequence[TicketRow] | None:
        """A full page by words that very many messages have; None where that is not the way."""
        if self._database.is_sqlite:
            return None
        words = self._asked(wanted.words)
        many = text(_HOW_MANY).bindparams(words=words, most=COMMON)
        if session.execute(many).scalar_one() < COMMON:
            return None
        near = aliased(TicketRow, newest.limit(NEWEST_TICKETS).subquery("ticket"))
        query = select(near).where(text(_ITS_WORDS).bindparams(words=words))
        page = session.exec(query.order_by(col(near.id).desc()).limit(wanted.limit)).all()
        return page if len(page) == wanted.limit else None

    def messages(self, wanted: Wanted) -> list[tuple[MessageRow, str]]:
        """Messages, the newest first, each with the text that is searched."""
        query = select(MessageRow, MessageTextRow.body).outerjoin(
            MessageTextRow, col(MessageTextRow.message_id) == col(MessageRow.id)
        )
        of = self._of(wanted)
        if wanted.words:
            is_all = not of and wanted.ticket is None
            matching = self._matching(wanted.words, wanted if is_all else None)
            if matching is None:
                return []
            query = query.where(col(MessageRow.id).in_(matching))
        if wanted.ticket is not None:
            query = query.where(MessageRow.ticket_id == wanted.ticket)
        if wanted.before is not None:
            query = query.where(col(MessageRow.id) < wanted.before)
        if of:
            query = query.join(TicketRow, col(TicketRow.id) == col(MessageRow.ticket_id)).where(*of)
        query = query.order_by(col(MessageRow.id).desc()).limit(wanted.limit)
        with self._database.read() as session:
            return [(row, body or "") for row, body in session.exec(query)]

    @staticmethod
    def _of(wanted: Wanted) -> list[Any]:
        """What is asked of the ticket."""
        found: list[Any] = []
        if wanted.state == "open":
            found.append(col(TicketRow.state).in_(OPEN))
        elif wanted.state:
            found.append(TicketRow.state == wanted.state)
        if wanted.severity:
            found.append(TicketRow.severity == wanted.severity)
        if wanted.event:
            found.append(TicketRow.event == wanted.event)
        if wanted.service:
            found.append(cast(col(TicketRow.services), String).contains(f'"{wanted.service}"'))
        if wanted.owner is not None:
            found.append(TicketRow.owner == wanted.owner)
        if wanted.look:
            found.append(col(TicketRow.needs_review))
        if wanted.since is not None:
            found.append(col(TicketRow.created_at) >= wanted.since)
        return found

    def _matching(self, words: str, page: Wanted | None = None) -> Any:
        """The messages that have all of the words, or a page of them; None where words are none."""
        asked = self._asked(words)
        if not asked:
            return None
        is_sqlite = self._database.is_sqlite
        if page is None:
            return text(_MATCH[is_sqlite].format(newest="")).bindparams(words=asked)
        newest = _NEWEST.format(id="rowid" if is_sqlite else "message_id")
        return text(_MATCH[is_sqlite].format(newest=newest)).bindparams(
            words=asked, before=page.before or MAX_ID, most=page.limit
        )

    def _asked(self, words: str) -> str:
        """The words as the database's index is asked for them; nothing where words are none."""
        found = [one for one in _WORD.findall(words)[:MOST_WORDS] if any(map(str.isalnum, one))]
        if self._database.is_sqlite:
            return " ".join(f'"{one}"*' for one in found)
        return " & ".join(f"'{one}':*" for one in found)

    def add(self, found: Sequence[tuple[int, Message]]) -> None:
        """Write down the words of messages that were read anew."""
        with self._database.transaction() as session:
            remember(session, [words_of(number, message) for number, message in found])

    def lacking(self, limit: int = 200) -> list[tuple[int, bytes]]:
        """Finished messages whose text was never written down, with their bytes."""
        query = (
            select(MessageRow.id, RawRow.content)
            .join(RawRow, col(RawRow.message_id) == col(MessageRow.id))
            .outerjoin(MessageTextRow, col(MessageTextRow.message_id) == col(MessageRow.id))
            .where(MessageRow.state == "done")
            .where(col(MessageTextRow.sender).is_(None) | (MessageTextRow.sender == ""))
            .order_by(col(MessageRow.id))
        )
        with self._database.read() as session:
            return [(id_ or 0, raw) for id_, raw in session.exec(query.limit(limit))]

"""The docket of a batch: what is known about its tickets, and all that is to be written.

What the batch needs is looked up in a few statements at the start, changed in memory, and
written in a few statements at the end, since one statement a fact would cost more than reading
the mail. It lives inside the caller's transaction.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import insert, or_
from sqlmodel import Session, SQLModel, col, select

from gateway.errors import Temporary
from gateway.incidents import mirrors, threads, tickets
from gateway.model import Address, Message, utcnow
from gateway.store.database import insert_into
from gateway.store.tables import (
    HistoryRow,
    LetterEventRow,
    LetterRow,
    ReporterRow,
    ThreadRow,
    TicketRow,
)

# The tables themselves: rows that are only written need no class.
_ADD_HISTORY, _ADD_EVENT = (
    insert(SQLModel.metadata.tables[str(row.__tablename__)]) for row in (HistoryRow, LetterEventRow)
)


class Docket:
    """Tickets as one batch sees them. `asked` is each message with the addresses it went to.

    Tickets that change are marked for the `trackers`.
    """

    def __init__(
        self,
        session: Session,
        asked: Sequence[tuple[Message, Sequence[str]]],
        replayed: Iterable[int] = (),
        trackers: Sequence[str] = (),
    ) -> None:
        self._session = session
        self._trackers = trackers
        self._new: list[TicketRow] = []
        self._joined: list[tuple[str, TicketRow]] = []
        self._history: list[tuple[TicketRow, dict[str, Any]]] = []
        self._reporters: dict[tuple[int, str], dict[str, Any]] = {}
        self._events: list[dict[str, Any]] = []
        self._load(asked, set(replayed))

    def _load(self, asked: Sequence[tuple[Message, Sequence[str]]], replayed: set[int]) -> None:
        ids = {id_ for message, _ in asked for id_ in threads.named(message)}
        tokens = {token for message, to in asked for token in threads.tokens(message, to)}
        rows = self._session.execute(
            select(col(ThreadRow.message_id), col(ThreadRow.ticket_id)).where(
                col(ThreadRow.message_id).in_(ids)
            )
        )
        numbers: dict[str, int] = dict(rows.all())
        wanted = {*numbers.values(), *replayed}
        found: Sequence[TicketRow] = ()
        if wanted or tokens:
            found = self._session.exec(
                select(TicketRow)
                .where(or_(col(TicketRow.id).in_(wanted), col(TicketRow.token).in_(tokens)))
                .order_by(col(TicketRow.id))
                .with_for_update()
            ).all()
        self._by_number = {tickets.number(ticket): ticket for ticket in found}
        self._by_token = {ticket.token: ticket for ticket in found}
        self._by_id = {
            message_id: self._by_number[ticket_id]
            for message_id, ticket_id in numbers.items()
            if ticket_id in self._by_number
        }

    # --- finding and changing ---

    def ticket(self, number: int) -> TicketRow | None:
        """The ticket of a message that is replayed."""
        return self._by_number.get(number)

    def find(self, message: Message, recipients: Sequence[str]) -> tuple[TicketRow, str] | None:
        """The ticket that the message belongs to, and why; None if it begins something new."""
        for token in threads.tokens(message, recipients):
            if token in self._by_token:
                return self._by_token[token], "it carries the ticket's token"
        for id_ in threads.ancestors(message):
            if id_ in self._by_id:
                return self._by_id[id_], "it answers a message on the ticket"
        if message.message_id in self._by_id:
            return self._by_id[message.message_id], "it is another copy of a message on the ticket"
        return None

    def open(self, title: str, facts: tickets.Facts, why: str) -> TicketRow:
        """A new ticket; it has its number after `number_tickets`."""
        ticket = tickets.new_ticket(title, facts)
        self._new.append(ticket)
        self.note(ticket, "opened", why, severity=facts.severity)
        return ticket

    def add_to(
        self,
        ticket: TicketRow,
        facts: tickets.Facts,
        severity_of: tickets.SeverityOf,
        why: str,
        *,
        by_person: bool,
    ) -> None:
        """A further message on a ticket (see tickets.add_to)."""
        before = ticket.state
        changes = tickets.add_to(ticket, facts, severity_of, by_person=by_person)
        self.note(ticket, "message added", why, **changes)
        if before in tickets.OVER:
            reads = f"it reads as {facts.event} ({facts.sure:.0%} sure)"
            self.note(ticket, f"somebody wrote after it was {before}", reads, event=facts.event,
                      services=list(facts.services), hampered=facts.hampered)  # fmt: skip
        if ticket.state != before:
            why = "a person reports that it does not work"
            self.note(ticket, f"state {before} -> {ticket.state}", why)

    def join(self, ticket: TicketRow, message: Message) -> None:
        """The message and what it answers belong to the ticket from now on."""
        for id_ in threads.named(message):
            if id_ not in self._by_id:
                self._by_id[id_] = ticket
                self._joined.append((id_, ticket))

    def join_id(self, ticket: TicketRow, message_id: str) -> None:
        """A letter of ours belongs to the ticket."""
        self._joined.append((message_id, ticket))

    def note(self, ticket: TicketRow, what: str, why: str = "", **facts: Any) -> None:
        """A line of history."""
        line = {"at": utcnow(), "who": "gateway", "what": what, "why": why, "facts": facts}
        self._history.append((ticket, line))

    def report(
        self, ticket: TicketRow, who: Address, language: str, message: int, *, answerable: bool
    ) -> None:
        """Somebody wrote to the ticket; once each, answerable if any of their messages was."""
        key = tickets.number(ticket), who.address.lower()
        known = self._reporters.setdefault(
            key,
            {
                "ticket_id": key[0],
                "address": key[1],
                "name": who.name[:200],
                "language": language,
                "answerable": answerable,
                "message_id": message,
                "created_at": utcnow(),
            },
        )
        known["answerable"] = known["answerable"] or answerable

    def letters_known(self, keys: Iterable[str]) -> set[str]:
        """Which of these letters have been written before."""
        wanted = set(keys)
        if not wanted:
            return set()
        return set(self._session.exec(select(LetterRow.key).where(col(LetterRow.key).in_(wanted))))

    def bounced(self, message: Message) -> int | None:
        """Note a bounce in the ledger of the letter that bounced; its ticket, or None."""
        ids = [message.returned_message_id, *threads.ancestors(message)]
        wanted = [id_ for id_ in ids if id_]
        if not wanted:
            return None
        letter = self._session.exec(
            select(LetterRow).where(col(LetterRow.message_id).in_(wanted)).limit(1)
        ).first()
        if letter is None:
            return None
        self._events.append(
            {
                "letter_id": letter.id,
                "at": utcnow(),
                "what": "bounced",
                "detail": message.bounce_kind or "hard",
            }
        )
        return letter.ticket_id

    # --- writing ---

    def number_tickets(self) -> None:
        """Write the new tickets, so that they have numbers."""
        if self._new:
            self._session.add_all(self._new)
            self._session.flush()

    def write(self) -> None:
        """Write everything else. Raises Temporary where another process was quicker."""
        self._session.flush()
        self._write_threads()
        if self._history:
            rows = [{"ticket_id": ticket.id, **line} for ticket, line in self._history]
            self._session.connection().execute(_ADD_HISTORY, rows)
            # Whatever changes a ticket is on its history.
            changed = (tickets.number(ticket) for ticket, _ in self._history)
            mirrors.mark(self._session, changed, self._trackers)
        if self._reporters:
            upsert = insert_into(self._session, ReporterRow)
            self._session.execute(
                upsert.on_conflict_do_update(
                    index_elements=["ticket_id", "address"],
                    set_={
                        "answerable": or_(col(ReporterRow.answerable), upsert.excluded.answerable)
                    },
                ),
                list(self._reporters.values()),
            )
        if self._events:
            self._session.connection().execute(_ADD_EVENT, self._events)

    def _write_threads(self) -> None:
        if not self._joined:
            return
        mine = {id_: tickets.number(ticket) for id_, ticket in self._joined}
        rows = [{"message_id": id_, "ticket_id": number} for id_, number in mine.items()]
        self._session.execute(insert_into(self._session, ThreadRow).on_conflict_do_nothing(), rows)
        if self._session.get_bind().dialect.name == "sqlite":
            return  # one writer at a time: nobody was quicker
        found = self._session.execute(
            select(col(ThreadRow.message_id), col(ThreadRow.ticket_id)).where(
                col(ThreadRow.message_id).in_(mine)
            )
        )
        if any(mine[message_id] != ticket_id for message_id, ticket_id in found):
            raise Temporary("another process opened a ticket for the same thread: once more")

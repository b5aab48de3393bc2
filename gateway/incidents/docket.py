"""The docket of a batch: what is known about its tickets, and all that is to be written.

What the batch needs is looked up in a few statements at the start, changed in memory, and
written in a few statements at the end, since one statement a fact would cost more than reading
the mail. It lives inside the caller's transaction.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import insert, or_
from sqlmodel import Session, SQLModel, col, select

from classifiers import Grouping
from gateway.incidents import mailing_lists, merging, mirrors, parting, people, threads, tickets
from gateway.incidents.asked import Asked
from gateway.incidents.candidates import Mode
from gateway.incidents.deciding import Deciding
from gateway.incidents.explaining import Near
from gateway.incidents.leads import Found, Leads
from gateway.incidents.testimony import Testimony
from gateway.model import Address, Message, utcnow
from gateway.store import suppressions
from gateway.store.database import insert_into, write_rows
from gateway.store.tables import (
    HistoryRow,
    LetterEventRow,
    LetterRow,
    ReporterRow,
    TicketRow,
)

# The tables themselves: rows that are only written need no class.
_ADD_HISTORY, _ADD_EVENT = (
    insert(SQLModel.metadata.tables[str(row.__tablename__)]) for row in (HistoryRow, LetterEventRow)
)
ANOTHER = "an answer began another matter"


class Docket:
    """Tickets as one batch sees them. `asked` is each message of it.

    Tickets that change are marked for the `trackers`, and `rules` say what is to be done with them.
    `soft`: so many soft bounces within so many days end the news to an address.
    """

    def __init__(
        self,
        session: Session,
        asked: Sequence[Asked],
        *,
        replayed: Iterable[int] = (),
        trackers: Sequence[str] = (),
        rules: Deciding | None = None,
        words: Grouping | None = None,
        mode: Mode = "off",
        soft: tuple[int, int] = (5, 30),
    ) -> None:
        self._session = session
        self._rules = rules
        self._soft = soft
        self._trackers = trackers
        self._leads = Leads(
            session, asked, set(replayed), has_trackers=bool(trackers), words=words, mode=mode
        )
        self.testimony = Testimony(session, self._leads, self.note)
        self.near = Near(session)
        self._new: list[TicketRow] = []
        self._history: list[tuple[TicketRow, dict[str, Any]]] = []
        self._reporters: dict[tuple[int, str], dict[str, Any]] = {}
        self._events: list[dict[str, Any]] = []

    # --- finding and changing ---

    def ticket(self, number: int) -> TicketRow | None:
        """The ticket of a message that is replayed."""
        return self._leads.ticket(number)

    def fetch(self, number: int) -> TicketRow | None:
        """Any ticket, whether or not a message of the batch named it."""
        return self._leads.fetch(number)

    def now(self, ticket: TicketRow) -> TicketRow:
        """The ticket that this one has become a part of; mostly itself."""
        return self._leads.now(ticket)

    def find(self, asked: Asked) -> Found:
        """Where the message belongs, and why; no ticket if it begins something new."""
        return self._leads.find(asked)

    def join(self, ticket: TicketRow, asked: Asked, found: Found, *, adds: bool = True) -> None:
        """The message, what it cites and whom it names belong to the ticket from now on.

        Where it `adds` nothing to what the ticket says, others are not found by it.
        """
        barred = (*found.refused, *found.left)
        self._leads.join(ticket, asked, barred, is_report=found.is_report)
        if adds and asked.signal is not None:
            self._leads.candidates.add(ticket, asked.signal, is_report=found.is_report)

    def suggest(self, ticket: TicketRow, found: Found, message: int) -> None:
        """Note those tickets that this one may belong to; a person decides."""
        for likely in found.suggested:
            other = self.now(likely.ticket)
            if other is ticket or not self._leads.candidates.suggest(ticket, likely, message):
                continue
            self.number_tickets()
            self.note(
                ticket, "may belong elsewhere",
                f"to {other.ref}: triage tickets merge {ticket.ref} {other.ref}, "
                f"or dismiss it: triage suggestions dismiss {ticket.ref} {other.ref}",
                other=other.ref, score=likely.score.value, reasons=likely.score.reasons,
                **({"but": likely.score.cap} if likely.score.cap else {}),
            )  # fmt: skip

    def part(self, ticket: TicketRow, found: Found) -> None:
        """The message answers what is on other tickets, with another matter: they stay apart."""
        for other in map(self.now, found.left):
            if other is ticket or self._leads.candidates.are_apart(ticket, other):
                continue
            self.number_tickets()
            parting.hold_apart(
                self._session, tickets.number(ticket), tickets.number(other), "gateway", ANOTHER
            )
            self._leads.candidates.hold_apart(ticket, other)
            self.note(ticket, "begins another matter", f"in an answer to {other.ref}")

    def join_id(self, ticket: TicketRow, message_id: str) -> None:
        """A letter of ours belongs to the ticket."""
        self._leads.join_id(ticket, message_id)

    def merge(self, one: TicketRow, other: TicketRow, severity_of: tickets.SeverityOf) -> TicketRow:
        """A message belongs to both, so they are one: the older, which is returned.

        But what a person holds apart stays two.
        """
        self.number_tickets()
        if self._leads.candidates.are_apart(one, other):
            self.note(one, "not made one", f"it is held apart from {other.ref}")
            return one
        into, gone = sorted((one, other), key=tickets.number)
        merging.merge(
            self._session, into, gone, severity_of,
            who="gateway", why="a message belongs to both", trackers=self._trackers,
        )  # fmt: skip
        self._leads.merged(gone, into)
        self.testimony.merged(gone, into)
        return into

    def absorb(self, ticket: TicketRow, found: Found, severity_of: tickets.SeverityOf) -> TicketRow:
        """The ticket, with a thread of one writer on it, is a report on another one."""
        if found.goes_to is None:
            return ticket
        self.number_tickets()
        self._session.flush()
        into = self.now(found.goes_to)
        if into is ticket:
            return ticket
        merging.merge(
            self._session, into, ticket, severity_of, who="gateway",
            why=f"{found.score}: {'; '.join(found.reasons)}", trackers=self._trackers,
            as_guests=True,
        )  # fmt: skip
        self._leads.merged(ticket, into, as_guests=True)
        self.testimony.merged(ticket, into)
        return into

    def merge_by_hand(
        self, into: TicketRow, gone: TicketRow, severity_of: tickets.SeverityOf, who: str
    ) -> None:
        """A person makes them one, by mail."""
        self.number_tickets()
        self._session.flush()
        parting.end(self._session, tickets.number(into), tickets.number(gone), who)
        merging.merge(
            self._session, into, gone, severity_of,
            who=who, why="commanded by mail", trackers=self._trackers,
        )  # fmt: skip
        self._leads.merged(gone, into)
        self.testimony.merged(gone, into)
        self.note(into, "commanded", f"#merge by {who}")

    def open(self, title: str, facts: tickets.Facts, why: str) -> TicketRow:
        """A new ticket; it has its number after `number_tickets`."""
        ticket = tickets.new_ticket(title, facts)
        self._new.append(ticket)
        decided = self._rules(ticket) if self._rules else []
        told = {key: value for line in decided for key, value in line.facts.items()}
        self.note(ticket, "opened", why, severity=facts.severity, **told)
        return ticket

    def add_to(
        self,
        ticket: TicketRow,
        facts: tickets.Facts,
        severity_of: tickets.SeverityOf,
        found: Found,
        asked: Asked,
        *,
        by_person: bool,
    ) -> None:
        """A further message on a ticket (see tickets.add_to), or only a report."""
        before = ticket.state
        if found.is_report or not self.testimony.is_news(ticket, asked, facts):
            changes = tickets.add_report(ticket, facts, severity_of)
        else:
            changes = tickets.add_to(ticket, facts, severity_of, by_person=by_person)
            self._leads.candidates.refresh(ticket)
        told = {"score": found.score, "reasons": list(found.reasons)} if found.reasons else {}
        self.note(ticket, "report added" if found.is_report else "message added", found.why,
                  **changes, **told)  # fmt: skip
        if before in tickets.OVER:
            reads = f"it reads as {facts.event} ({facts.sure:.0%} sure)"
            self.note(ticket, f"somebody wrote after it was {before}", reads, event=facts.event,
                      services=list(facts.services), hampered=facts.hampered)  # fmt: skip
        if ticket.state != before:
            why = "a person reports that it does not work"
            self.note(ticket, f"state {before} -> {ticket.state}", why)
        for other in found.apart:
            self.note(ticket, "not made one", f"it is held apart from {other.ref}")

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
                "person": None,
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

    def letter_back(self, message: Message, return_paths: Sequence[str]) -> LetterRow | None:
        """The letter of which the message tells: by its return path, or by its Message-ID."""
        if return_paths:
            by_path = select(LetterRow).where(col(LetterRow.sender).in_(return_paths))
            found = self._session.exec(by_path.limit(1)).first()
            if found is not None:
                return found
        ids = [message.returned_message_id, *threads.ancestors(message)]
        wanted = [id_ for id_ in ids if id_]
        if not wanted:
            return None
        by_id = select(LetterRow).where(col(LetterRow.message_id).in_(wanted)).limit(1)
        return self._session.exec(by_id).first()

    def came_back(self, letter: LetterRow, message: Message) -> None:
        """Note in the letter's ledger, and on its ticket, that it bounced.

        What is hard stays hard: a report of delay may come late.
        """
        kind, why = message.bounce_kind or "hard", message.bounce_reason[:300]
        if letter.bounce not in {"hard", "complaint"}:
            letter.bounce, letter.bounced_at, letter.bounce_reason = kind, utcnow(), why or None
            self._session.add(letter)
        self.note_letter(letter, "bounced", f"{kind}: {why}" if why else kind)
        limit, days = self._soft
        suppressions.note(self._session, letter.recipient, kind, why, limit=limit, days=days)
        if letter.ticket_id is not None and kind == "hard":
            ticket = self._session.get(TicketRow, letter.ticket_id)
            if ticket is not None:  # to whom it went is the ledger's business
                self.note(
                    self.now(ticket), "a letter came back", f"{letter.kind} {letter.id}, for good"
                )

    def complained(self, letter: LetterRow) -> None:
        """Its reader reported the letter as unwanted: no news goes there any more."""
        letter.bounce, letter.bounced_at = "complaint", utcnow()
        letter.bounce_reason = "reported as unwanted"
        self._session.add(letter)
        self.note_letter(letter, "complained", "its reader reported it as unwanted")
        suppressions.note(self._session, letter.recipient, "complaint", f"{letter.kind} letter")

    def note_letter(self, letter: LetterRow, what: str, detail: str) -> None:
        """A line in the letter's ledger."""
        line = {"letter_id": letter.id, "at": utcnow(), "what": what, "detail": detail[:500]}
        self._events.append(line)

    def list_notice(self, number: int, message: Message, recipients: Sequence[str]) -> str:
        """Keep what a list manager wrote; why it opens no ticket."""
        return mailing_lists.note(self._session, number, message, recipients)

    def _decide(self, rules: Deciding) -> None:
        """What is to be done with each ticket on which something happened."""
        touched = {tickets.number(ticket): ticket for ticket, _ in self._history}
        for number in sorted(touched):
            ticket = touched[number]
            if ticket.merged_into is None:
                for line in rules(ticket):
                    self.note(ticket, line.what, line.why, **line.facts)
                rules.schedule(self._session, ticket)
        self._session.flush()

    def _know_people(self) -> None:
        """Which of the reporters are one person, also with those who reported before."""
        if not self._reporters:
            return
        numbers = {number for number, _ in self._reporters}
        names = {row["name"] for row in self._reporters.values() if people.full_name(row["name"])}
        mailboxes = {people.key_of(address) for _, address in self._reporters}
        columns = ReporterRow.ticket_id, ReporterRow.person, ReporterRow.address, ReporterRow.name
        query = select(*columns).where(  # type: ignore[type-var]  # person may be absent
            col(ReporterRow.ticket_id).in_(numbers),
            or_(col(ReporterRow.name).in_(names), col(ReporterRow.person).in_(mailboxes)),
        )
        known: dict[int, list[tuple[str, Address]]] = {}
        for number, person, address, name in self._session.execute(query):
            key = person or people.key_of(address)
            known.setdefault(number, []).append((key, Address(address, name)))
        for (number, address), row in self._reporters.items():
            one, met = Address(address, row["name"]), known.setdefault(number, [])
            row["person"] = people.person_of(one, met)
            met.append((row["person"], one))
            self.testimony.is_person(number, people.key_of(address), row["person"])

    # --- writing ---

    def number_tickets(self) -> None:
        """Write the new tickets, so that they have numbers."""
        if self._new:
            self._session.add_all(self._new)
            self._session.flush()
            self._new = []

    def write(self, severity_of: tickets.SeverityOf | None = None) -> None:
        """Write everything else; where it is ranked, by what everybody has told."""
        self._know_people()
        if severity_of is not None:
            self.testimony.weigh(severity_of)
        self._session.flush()
        if self._rules:
            self._decide(self._rules)
        self._leads.write()
        if self._history:
            rows = [{"ticket_id": ticket.id, **line} for ticket, line in self._history]
            self._session.connection().execute(_ADD_HISTORY, rows)
            # Whatever changes a ticket is on its history.
            changed = (tickets.number(ticket) for ticket, _ in self._history)
            mirrors.mark(self._session, changed, self._trackers)
        if self._reporters:
            upsert = insert_into(self._session, ReporterRow)
            write_rows(
                self._session,
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

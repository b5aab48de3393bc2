"""A person parts what came together, or says what belongs together: split, merge, suggestions.

What a ticket says, and what leads to it, is made anew of the messages that stay on it; a person's
own word on a label stays. Nothing is made one again, or suggested again, across a separation.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete
from sqlmodel import Session, col, or_, select

from classifiers import Grouping
from gateway import reading as reader
from gateway.errors import InvalidState
from gateway.incidents import merging, mirrors, parting, references, signals, threads, tickets
from gateway.incidents.candidates import windows_of, write_profiles
from gateway.incidents.likeness import Standing
from gateway.incidents.signals import Profile, Signal
from gateway.model import Message
from gateway.store.database import Database, insert_into
from gateway.store.tables import (
    MessageRow,
    ProfileRow,
    RawRow,
    ReferenceRow,
    SightingRow,
    SuggestionRow,
    TicketRow,
)
from gateway.understanding import reading_from_json

MOST_READ = 300  # messages of a ticket that are read again
Decide = Callable[[Session, TicketRow], None]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """That `ticket` may belong to `other`, with what speaks for it."""

    ticket: TicketRow
    other: TicketRow
    score: float
    reasons: tuple[str, ...]
    state: str


@dataclass(frozen=True, slots=True)
class _Read:
    row: MessageRow
    message: Message
    signal: Signal


class Regrouping:
    """Parts and joins tickets by a person's word."""

    def __init__(
        self,
        database: Database,
        severity_of: tickets.SeverityOf,
        words: Grouping,
        trackers: Sequence[str],
        decide: Decide,
    ) -> None:
        self._database = database
        self._severity_of = severity_of
        self._words = words
        self._trackers = trackers
        self._decide = decide

    def merge(self, name: str, into: str, who: str, why: str) -> TicketRow:
        """The ticket `name` becomes a part of `into`, whatever was held apart before."""
        with self._database.transaction() as session:
            first, second = sorted((name, into))  # everybody locks in one order
            found = {one: tickets.get(session, one, to_change=True) for one in (first, second)}
            gone, kept = found[name], found[into]
            if gone is kept:
                raise InvalidState(f"{kept.ref} cannot become a part of itself")
            parting.end(session, tickets.number(gone), tickets.number(kept), who)
            merging.merge(
                session, kept, gone, self._severity_of,
                who=who, why=why, trackers=self._trackers,
            )  # fmt: skip
            self._decide(session, kept)
            return kept

    def split(self, name: str, messages: Sequence[str], who: str, why: str = "") -> TicketRow:
        """These messages become a ticket of their own, which is returned; NotFound."""
        with self._database.transaction() as session:
            old = tickets.get(session, name, to_change=True)
            moving = parting.messages_of(session, old, messages)
            first = min(moving, key=lambda row: row.at)
            new = tickets.new_ticket(first.subject or "", _facts(first.read_as or {}))
            session.add(new)
            session.flush()
            numbers = tickets.number(old), tickets.number(new)
            parting.move(session, moving, *numbers)
            parting.hold_apart(session, *numbers, who, why)
            traces = [row.trace for row in moving]
            told = f"messages {', '.join(traces[:5])}" + (" and more" if len(traces) > 5 else "")
            tickets.note(session, numbers[0], who, f"split: {new.ref}", why or told, moved=traces)
            tickets.note(session, numbers[1], who, f"split from {old.ref}", why or told)
            for ticket in (old, new):
                self._say_again(session, ticket)
                self._decide(session, ticket)
            mirrors.mark(session, list(numbers), self._trackers)
            return new

    def _say_again(self, session: Session, ticket: TicketRow) -> None:
        """What the ticket says, and what leads to it, by the messages that are on it."""
        number = tickets.number(ticket)
        query = (
            select(MessageRow, RawRow.content)
            .join(RawRow, col(RawRow.message_id) == col(MessageRow.id))
            .where(MessageRow.ticket_id == number)
            .order_by(col(MessageRow.id))
            .limit(MOST_READ)
        )
        found = []
        for row, raw in session.exec(query).all():
            if row.read_as is not None:
                message = reader.read(raw)
                read = reading_from_json(row.read_as)
                signal = signals.signal_of(message, read, row.at, self._words)
                found.append(_Read(row, message, signal))
        found.sort(key=lambda one: one.row.at)
        if found:
            self._relabel(ticket, found)
            self._lead_again(session, ticket, found)
        session.add(ticket)
        session.flush()

    def _relabel(self, ticket: TicketRow, found: Sequence[_Read]) -> None:
        first, *more = [_facts(one.row.read_as or {}) for one in found]
        whole = tickets.new_ticket(ticket.title, first)
        for facts in more:
            tickets.add_to(whole, facts, self._severity_of, by_person=False)
        for label in ("event", "services", "reach", "people", "hampered", "severity"):
            tickets.keep(ticket, label, getattr(whole, label))
        ticket.windows, ticket.window_status = whole.windows, whole.window_status
        ticket.began_at, ticket.last_at = found[0].row.at, found[-1].row.at

    def _lead_again(self, session: Session, ticket: TicketRow, found: Sequence[_Read]) -> None:
        number, profile = tickets.number(ticket), Profile()
        keys: set[str] = set()
        names: dict[str, dict[str, Any]] = {}
        for one in found:
            if one.signal.is_shared:
                profile.add(one.signal, self._words.limits["terms"])
                keys |= set(one.signal.keys)
            verified = (one.row.trust or {}).get("verdict") == "verified"
            party = threads.party(one.message, (), verified=verified)
            for ref in one.signal.references:
                owner = references.owner_of(party) if ref.is_own else ""
                row = {"name": ref.name, "owner": owner, "verified": verified, "recurs": ref.recurs}
                known = names.setdefault(ref.name, row)
                known["owner"] = known["owner"] or owner
        for table in (ReferenceRow, SightingRow, ProfileRow):
            session.execute(delete(table).where(col(table.ticket_id) == number))
        if names:
            session.execute(
                insert_into(session, ReferenceRow),
                [{**row, "ticket_id": number} for row in names.values()],
            )
        if profile.messages:
            standing = Standing(
                number, tuple(ticket.services), found[0].row.at, found[-1].row.at, ticket.over_at,
                ticket.state in tickets.OVER, windows_of(ticket.windows), profile,
            )  # fmt: skip
            write_profiles(session, [(number, standing, keys)])

    # --- suggestions ---

    def suggestions(self, name: str | None = None, *, every: bool = False) -> list[Suggestion]:
        """What waits for a person to decide, the likeliest first; of one ticket, or all."""
        query = select(SuggestionRow).order_by(
            col(SuggestionRow.score).desc(), col(SuggestionRow.id)
        )
        if not every:
            query = query.where(SuggestionRow.state == "open")
        with self._database.read() as session:
            if name is not None:
                number = tickets.number(tickets.get(session, name))
                one, other = col(SuggestionRow.ticket_id), col(SuggestionRow.other_id)
                query = query.where(or_(one == number, other == number))
            rows = session.exec(query.limit(1000)).all()
            numbers = {number for row in rows for number in (row.ticket_id, row.other_id)}
            found = session.exec(select(TicketRow).where(col(TicketRow.id).in_(numbers))).all()
        by_number = {tickets.number(one): one for one in found}
        return [
            Suggestion(by_number[row.ticket_id], by_number[row.other_id], row.score,
                       tuple(row.reasons), row.state)
            for row in rows
        ]  # fmt: skip

    def accept(self, name: str, other: str, who: str, why: str = "") -> TicketRow:
        """Yes: `name` becomes a part of `other`."""
        return self.merge(name, other, who, why or "it was suggested")

    def dismiss(self, name: str, other: str, who: str, why: str = "") -> None:
        """No: they are held apart from now on."""
        with self._database.transaction() as session:
            parting.dismiss(session, name, other, who, why)


def _facts(read: Mapping[str, Any]) -> tickets.Facts:
    return tickets.Facts(
        source=read.get("source", "other"),
        event=read.get("event", "info"),
        services=tuple(read.get("services", ())),
        reach=read.get("reach", "unknown"),
        people=read.get("people"),
        hampered=read.get("hampered", "unknown"),
        severity=read.get("severity", "none"),
        windows=tuple(read.get("windows", ())),
        window_status=read.get("window_status"),
        needs_review=read.get("needs_review", False),
        sure=read.get("confidence", {}).get("event", 0.0),
        written_by=read.get("written_by", ""),
    )

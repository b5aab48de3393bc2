"""What people do to copies at the trackers reaches their tickets: once, and never what we wrote.

A comment is a line of the ticket's history. A copy that was closed there asks a person to look, or
resolves the ticket where the settings say so; nobody is told by that. None of it is shown to
the trackers again.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from gateway.incidents import tickets
from gateway.model import utcnow
from gateway.store.database import insert_into
from gateway.store.tables import HeardRow, MirrorRow, TicketRow, TrackerCursorRow
from gateway.trackers import Heard, TrackerSettings

MOST_WORDS = 4_000


@dataclass(frozen=True, slots=True)
class Ear:
    """Hears of one `tracker`. What changes a ticket marks it under `marks`."""

    tracker: str
    settings: TrackerSettings
    marks: tuple[str, ...] = ()

    def hear(self, session: Session, events: Sequence[Heard]) -> int:
        """Take down what is new of it, in the caller's transaction; returns how much that was."""
        count = 0
        for event in events:
            ticket = _ticket(session, self.tracker, event.reference)
            if ticket is not None and _is_new(session, self.tracker, event, ticket):
                self._take_down(session, event, ticket)
                count += 1
        return count

    def _take_down(self, session: Session, event: Heard, ticket: TicketRow) -> None:
        there = self.tracker
        who = f"somebody at {there}"
        if self.settings.authors == "named" and event.who:
            who = f"{event.who[:100]} at {there}"
        number, is_over = tickets.number(ticket), ticket.state in tickets.OVER
        if event.kind == "comment":
            tickets.note(session, number, who, f"comment at {there}", event.text[:MOST_WORDS])
            return
        if self.settings.on_close == "ignore" or is_over == (event.kind == "closed"):
            return  # here it is so already
        if event.kind == "closed" and self.settings.on_close == "resolve":
            why = f"closed at {there}"
            tickets.move(session, ticket, "resolved", who, why, trackers=self.marks)
            return
        tickets.note(session, number, who, f"{event.kind} at {there}", "a person is to look")
        ticket.needs_review, ticket.updated_at = True, utcnow()
        session.add(ticket)


def cursor(session: Session, tracker: str) -> TrackerCursorRow | None:
    """How far that tracker has been asked, and when."""
    return session.get(TrackerCursorRow, tracker)


def move_cursor(session: Session, tracker: str, to: str) -> None:
    """It has been asked so far."""
    values = {"cursor": to, "asked_at": utcnow()}
    statement = insert_into(session, TrackerCursorRow).values(tracker=tracker, **values)
    session.execute(statement.on_conflict_do_update(index_elements=["tracker"], set_=values))


def _ticket(session: Session, tracker: str, reference: str) -> TicketRow | None:
    """The ticket of that copy, or what it has become a part of."""
    query = select(MirrorRow.ticket_id).where(
        MirrorRow.reference == reference, MirrorRow.tracker == tracker
    )
    number = session.exec(query.order_by(col(MirrorRow.ticket_id)).limit(1)).first()
    if number is None:
        return None
    found = tickets.get(session, number)
    while found.merged_into is not None:
        found = tickets.get(session, found.merged_into)
    return tickets.get(session, tickets.number(found), to_change=True)


def _is_new(session: Session, tracker: str, event: Heard, ticket: TicketRow) -> bool:
    row = {"tracker": tracker, "event": event.event[:200], "ticket_id": ticket.id, "at": event.at}
    statement = insert_into(session, HeardRow).values(**row)
    statement = statement.on_conflict_do_nothing(index_elements=["tracker", "event"])
    return session.execute(statement.returning(col(HeardRow.event))).first() is not None

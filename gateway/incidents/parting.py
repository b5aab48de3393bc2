"""What a person separates stays so: tickets that are split, suggestions that are dismissed.

A separation is of two tickets, and follows each into what it becomes a part of. No machine makes
two such tickets one, or suggests it; a person who merges them after all ends it. It lives inside
the caller's transaction.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, or_, update
from sqlmodel import Session, col, select

from gateway.errors import InvalidState, NotFound
from gateway.incidents import tickets
from gateway.model import utcnow
from gateway.store.database import insert_into
from gateway.store.tables import (
    AccountRow,
    LetterRow,
    MessageRow,
    ParticipantRow,
    ReporterRow,
    SeparationRow,
    SuggestionRow,
    ThreadRow,
    TicketRow,
)


def hold_apart(session: Session, one: int, other: int, who: str, why: str = "") -> None:
    """A person says that these two are not the same."""
    low, high = sorted((one, other))
    if low == high:
        return
    add = insert_into(session, SeparationRow).on_conflict_do_nothing()
    session.execute(
        add, [{"one_id": low, "other_id": high, "at": utcnow(), "who": who, "why": why}]
    )
    _decide(session, one, other, "dismissed", who)


def are_apart(session: Session, one: int, other: int) -> bool:
    """Whether a person holds these two apart."""
    low, high = sorted((one, other))
    return session.get(SeparationRow, (low, high)) is not None


def end(session: Session, one: int, other: int, who: str) -> None:
    """A person makes them one after all."""
    low, high = sorted((one, other))
    session.execute(
        delete(SeparationRow).where(
            col(SeparationRow.one_id) == low, col(SeparationRow.other_id) == high
        )
    )
    _decide(session, one, other, "accepted", who)


def follow(session: Session, kept: int, lost: int) -> None:
    """What was held apart from the one, and what was suggested of it, goes for the other now."""
    one, other = col(SeparationRow.one_id), col(SeparationRow.other_id)
    rows = session.exec(select(SeparationRow).where(or_(one == lost, other == lost))).all()
    for row in rows:
        third = row.other_id if row.one_id == lost else row.one_id
        if third != kept:
            hold_apart(session, kept, third, row.who, row.why)
        session.delete(row)
    for suggestion in session.exec(
        select(SuggestionRow).where(
            or_(col(SuggestionRow.ticket_id) == lost, col(SuggestionRow.other_id) == lost)
        )
    ).all():
        pair = (suggestion.ticket_id, suggestion.other_id)
        moved = [kept if number == lost else number for number in pair]
        known = select(SuggestionRow.id).where(
            SuggestionRow.ticket_id == moved[0], SuggestionRow.other_id == moved[1]
        )
        if moved[0] == moved[1]:
            suggestion.state = "accepted" if suggestion.state == "open" else suggestion.state
        elif session.exec(known).first() is None:
            suggestion.ticket_id, suggestion.other_id = moved
        elif suggestion.state == "open":
            suggestion.state = "dismissed"
        session.add(suggestion)
    session.flush()


def _decide(session: Session, one: int, other: int, state: str, who: str) -> None:
    pair = (one, other)
    session.execute(
        update(SuggestionRow)
        .where(
            col(SuggestionRow.ticket_id).in_(pair),
            col(SuggestionRow.other_id).in_(pair),
            col(SuggestionRow.state) == "open",
        )
        .values(state=state, decided_by=who, decided_at=utcnow())
    )


def dismiss(session: Session, name: str, other: str, who: str, why: str = "") -> None:
    """A person says that the one does not belong to the other: it is not suggested again."""
    one, two = tickets.get(session, name, to_change=True), tickets.get(session, other)
    numbers = tickets.number(one), tickets.number(two)
    if numbers[0] == numbers[1]:
        raise InvalidState(f"{one.ref} is one ticket: name two")
    hold_apart(session, *numbers, who, why)
    tickets.note(session, numbers[0], who, f"held apart from {two.ref}", why)
    tickets.note(session, numbers[1], who, f"held apart from {one.ref}", why)


# --- split -----------------------------------------------------------------------------------


def messages_of(session: Session, ticket: TicketRow, names: Sequence[str]) -> list[MessageRow]:
    """The messages of these traces or numbers on the ticket; NotFound for one that is not there."""
    rows = session.exec(select(MessageRow).where(MessageRow.ticket_id == ticket.id)).all()
    by_name = {str(row.id): row for row in rows} | {row.trace: row for row in rows}
    unknown = [name for name in names if name not in by_name]
    if unknown:
        missing = ", ".join(unknown)
        raise NotFound(f"no message {missing} on {ticket.ref}: see `triage tickets show` of it")
    found = list({row.id: row for row in (by_name[name] for name in names)}.values())
    if len(found) == len(rows):
        raise InvalidState(f"these are all the messages of {ticket.ref}: one at least must stay")
    return found


def move(session: Session, messages: Sequence[MessageRow], old: int, new: int) -> None:
    """These messages, with all that came of them, are on the ticket `new` from now on.

    Who is known on the one is known on the other: they all thought that they wrote of one thing.
    """
    traces = [message.trace for message in messages]
    for message in messages:
        message.ticket_id = new
        session.add(message)
    query = select(LetterRow).where(col(LetterRow.trace).in_(traces), LetterRow.ticket_id == old)
    letters = session.exec(query).all()
    for letter in letters:
        letter.ticket_id = new
        letter.key = letter.key.replace(f":{old}:", f":{new}:", 1)
        session.add(letter)
    session.flush()
    ids = [message.message_id for message in messages] + [letter.message_id for letter in letters]
    numbers = [message.id for message in messages]
    _move(session, ThreadRow, old, new, col(ThreadRow.message_id).in_(ids))
    for table in (ReporterRow, AccountRow):
        _move(session, table, old, new, col(table.message_id).in_(numbers))
    rows = session.exec(select(ParticipantRow).where(ParticipantRow.ticket_id == old)).all()
    if rows:
        session.execute(
            insert_into(session, ParticipantRow).on_conflict_do_nothing(),
            [{"ticket_id": new, "who": row.who, "wrote": row.wrote, "verified": row.verified}
             for row in rows],
        )  # fmt: skip


def _move(session: Session, table: Any, old: int, new: int, which: Any) -> None:
    session.execute(update(table).where(col(table.ticket_id) == old, which).values(ticket_id=new))

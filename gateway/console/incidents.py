"""One incident as its page shows it: the newest of what there is much of, and how much there is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlmodel import Session, col, func, select

from gateway import words
from gateway.console.desk import Desk
from gateway.errors import InvalidState
from gateway.incidents import tickets
from gateway.incidents.timeline import Entry, Step
from gateway.store.tables import (
    HistoryRow,
    LetterRow,
    MessageRow,
    MirrorRow,
    NoticeRow,
    ReporterRow,
    SuggestionRow,
    TicketRow,
    WindowRow,
)

MOST = 40  # rows of what there may be thousands of
ENTRIES = 120
HUGE = 500  # messages of an incident whose whole timeline nobody would read
POINTS = 200
NEAR = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Incident:
    """All of the page."""

    ticket: TicketRow
    seen: int  # the last line of its history: what the reader of the page knows of
    summary: str
    messages: Sequence[MessageRow]
    message_count: int
    reporters: Sequence[ReporterRow]
    reporter_count: int
    letters: dict[str, int]
    notices: Sequence[NoticeRow]
    mirrors: Sequence[MirrorRow]
    suggestions: Sequence[tuple[SuggestionRow, TicketRow]]
    reasons: Sequence[HistoryRow]
    entries: Sequence[Entry]
    entry_count: int
    people: Sequence[Step]
    moves: Sequence[str]
    needs: Sequence[str]  # services that its services depend on
    windows: Sequence[WindowRow]  # announced for any of these, near in time


def find(desk: Desk, name: str) -> Incident:
    """The incident of that number or reference; NotFound."""
    with desk.database.read() as session:
        number = tickets.number(tickets.get(session, name))
        many = select(func.count()).where(MessageRow.ticket_id == number)
        is_huge = session.exec(many).one() > HUGE
    found = desk.timelines.of(name, most=ENTRIES if is_huge else None)
    ticket = found.ticket
    with desk.database.read() as session:

        def count(table: Any) -> int:
            query = select(func.count()).select_from(table).where(table.ticket_id == number)
            return session.exec(query).one()

        def newest(table: Any, limit: int = MOST) -> list[Any]:
            query = select(table).where(table.ticket_id == number)
            return list(session.exec(query.order_by(table.id.desc()).limit(limit)))

        reporters = count(ReporterRow)
        by_state = select(LetterRow.state, func.count()).where(LetterRow.ticket_id == number)
        mirrors = select(MirrorRow).where(MirrorRow.ticket_id == number)
        return Incident(
            ticket=ticket,
            seen=last_line(session, number),
            summary=summary(ticket, reporters, desk),
            messages=newest(MessageRow),
            message_count=count(MessageRow),
            reporters=newest(ReporterRow),
            reporter_count=reporters,
            letters=dict(session.exec(by_state.group_by(col(LetterRow.state))).all()),
            notices=newest(NoticeRow),
            mirrors=session.exec(mirrors.order_by(col(MirrorRow.tracker))).all(),
            suggestions=_suggestions(session, number),
            reasons=_reasons(session, number),
            entries=found.entries[-ENTRIES:],
            entry_count=len(found.entries),
            people=_written(session, number) if is_huge else thinned(found.people),
            needs=(needs := _needs(desk, ticket)),
            windows=_windows(session, ticket, needs),
            moves=[one for one in tickets.MOVES[ticket.state] if one != "resolved"],
        )


def _written(session: Session, number: int) -> Sequence[Step]:
    """How many people had written as time went by, of an incident that many write about."""
    query = select(ReporterRow.created_at).where(ReporterRow.ticket_id == number)
    times = session.exec(query.order_by(col(ReporterRow.created_at))).all()
    return thinned([Step(at, place, None) for place, at in enumerate(times, 1)])


def thinned(steps: Sequence[Step]) -> Sequence[Step]:
    """No more of them than a plot can show; the first and the last are there."""
    if len(steps) <= POINTS:
        return steps
    return [steps[round(at * (len(steps) - 1) / (POINTS - 1))] for at in range(POINTS)]


def last_line(session: Session, number: int) -> int:
    """The number of the newest line of a ticket's history."""
    query = select(func.max(HistoryRow.id)).where(HistoryRow.ticket_id == number)
    return session.exec(query).one() or 0


def since(desk: Desk, name: str, seen: int, who: str) -> list[HistoryRow]:
    """What others did to a ticket after the line `seen` of its history."""
    with desk.database.read() as session:
        ticket = tickets.get(session, name)
        query = select(HistoryRow).where(
            HistoryRow.ticket_id == ticket.id, col(HistoryRow.id) > seen, HistoryRow.who != who
        )
        return list(session.exec(query.order_by(col(HistoryRow.id))))


def summary(ticket: TicketRow, reporters: int, desk: Desk) -> str:
    """What it is, in one sentence."""
    services = [desk.service_names.get(one, one) for one in ticket.services]
    what = ticket.event.replace("_", " ")
    article = "An" if what[0] in "aeiou" else "A"
    if ticket.event in {"maintenance", "info", "noise"}:
        start = what.capitalize()
    elif ticket.event in {"resolved", "cancelled"}:
        start = f"Something {what}"
    else:
        start = f"{article} {what}"
    of = f" of {_and(services)}" if services else ""
    parts = []
    if ticket.reach != "unknown" or ticket.people is not None or ticket.hampered != "unknown":
        parts.append(
            words.affected(ticket.reach, ticket.people, ticket.hampered).replace("; ", ", ")
        )
    wrote = f"{reporters:,} {'person has' if reporters == 1 else 'people have'} written"
    parts.append(wrote if reporters else "no person has written")
    parts.append(f"{ticket.owner} owns it" if ticket.owner else "nobody owns it")
    state = "" if ticket.state not in tickets.OVER else f" It is {ticket.state}."
    return f"{start}{of}: {'; '.join(parts)}.{state}"


def _and(names: Sequence[str]) -> str:
    shown = list(names[:4]) + ([f"{len(names) - 4} more"] if len(names) > 4 else [])
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


def _needs(desk: Desk, ticket: TicketRow) -> list[str]:
    found = (other for one in ticket.services for other in desk.depends_on.get(one, ()))
    return [one for one in dict.fromkeys(found) if one not in ticket.services]


def _windows(session: Session, ticket: TicketRow, needs: Sequence[str]) -> list[WindowRow]:
    """Maintenance announced on it, or of its services and what they need around when it began."""
    concerned = {*ticket.services, *needs}
    at = ticket.began_at or ticket.created_at
    ends = col(WindowRow.ends_at)
    is_near = (col(WindowRow.starts_at) < at + NEAR) & (ends.is_(None) | (ends > at - NEAR))
    query = select(WindowRow).where(is_near | (col(WindowRow.ticket_id) == ticket.id))
    rows = session.exec(query.order_by(col(WindowRow.starts_at).desc()).limit(200))
    return [row for row in rows if row.ticket_id == ticket.id or concerned & set(row.services)][:6]


def _suggestions(session: Session, number: int) -> list[tuple[SuggestionRow, TicketRow]]:
    """What may belong to it, or it to what."""
    query = (
        select(SuggestionRow, TicketRow)
        .join(TicketRow, col(TicketRow.id) == col(SuggestionRow.other_id))
        .where(SuggestionRow.ticket_id == number, SuggestionRow.state == "open")
    )
    other = (
        select(SuggestionRow, TicketRow)
        .join(TicketRow, col(TicketRow.id) == col(SuggestionRow.ticket_id))
        .where(SuggestionRow.other_id == number, SuggestionRow.state == "open")
    )
    return [*session.exec(query.limit(10)), *session.exec(other.limit(10))]


def _reasons(session: Session, number: int) -> list[HistoryRow]:
    """Why its messages are together, by the lines of its history that say so."""
    query = select(HistoryRow).where(
        HistoryRow.ticket_id == number,
        col(HistoryRow.what).regexp_match("merged|joined|message added|split|attached"),
    )
    return list(session.exec(query.order_by(col(HistoryRow.id).desc()).limit(12)))


def note(desk: Desk, name: str, text: str, who: str) -> TicketRow:
    """A person's note, on the ticket's history."""
    if not text.strip():
        raise InvalidState("a note needs words")
    with desk.database.transaction() as session:
        ticket = tickets.get(session, name, to_change=True)
        tickets.note(session, tickets.number(ticket), who, "note", text.strip()[:5000])
        return ticket


def ask_again(desk: Desk, name: str, who: str) -> TicketRow:
    """Somebody should look at it after all."""
    with desk.database.transaction() as session:
        ticket = tickets.get(session, name, to_change=True)
        ticket.needs_review = True
        session.add(ticket)
        tickets.note(session, tickets.number(ticket), who, "somebody should look at it again")
        return ticket

"""Two tickets turn out to be one: all that is on the younger moves to the older.

The younger one stays, closed and empty, and leads on to the other: what people call it, its token
and its history are still good. Everything happens in the caller's transaction.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, literal, select, update
from sqlmodel import Session, SQLModel, col
from sqlmodel import select as select_rows

from gateway.incidents import answering, mirrors, parting, signals, threads, tickets
from gateway.model import utcnow
from gateway.store.database import insert_into
from gateway.store.tables import (
    AccountRow,
    CommandRow,
    HandoffRow,
    LetterRow,
    MessageRow,
    NoticeRow,
    ParticipantRow,
    ProfileRow,
    ReferenceRow,
    ReporterRow,
    SightingRow,
    ThreadRow,
    TicketRow,
    TimerRow,
    WindowRow,
)


def merge(
    session: Session,
    into: TicketRow,
    gone: TicketRow,
    severity_of: tickets.SeverityOf,
    *,
    who: str,
    why: str,
    trackers: Sequence[str],
    as_guests: bool = False,
) -> None:
    """Make `gone` a part of `into`, for the `trackers` to hear. Both are locked by the caller.

    Who was known on the one is known on the other, or `as_guests`: they may add reports.
    """
    kept, lost = tickets.number(into), tickets.number(gone)
    session.flush()
    if as_guests:
        _let_in_as_guests(session, lost)
    _keep_what_was_answered(session, kept, lost)
    for moved in (MessageRow, LetterRow, NoticeRow, HandoffRow, CommandRow, TimerRow, WindowRow):
        session.execute(
            update(moved).where(col(moved.ticket_id) == lost).values(ticket_id=kept)
        )  # fmt: skip
    for listed in (ReporterRow, ThreadRow, ParticipantRow, ReferenceRow, SightingRow, AccountRow):
        _move_what_is_not_there(session, listed, kept, lost)
    parting.follow(session, kept, lost)
    _add_profiles(session, kept, lost)
    # Those who point at what has gone now point at where it went.
    session.execute(
        update(TicketRow).where(col(TicketRow.merged_into) == lost).values(merged_into=kept)
    )
    end = into.over_at if as_guests else _end(into, gone)  # guests do not undo it
    _add_up(into, gone, severity_of)
    into.over_at = end
    gone.state, gone.merged_into, gone.needs_review = "closed", kept, False
    gone.updated_at = utcnow()
    session.add_all([into, gone])
    tickets.note(session, kept, who, f"{gone.ref} merged into this", why)
    tickets.note(session, lost, who, f"merged into {into.ref}", why)
    mirrors.mark(session, [kept, lost], trackers)


def _keep_what_was_answered(session: Session, kept: int, lost: int) -> None:
    """Whoever was acknowledged on either ticket is not acknowledged again."""
    mine, theirs = (f"{answering.ACKNOWLEDGEMENT}:{number}:" for number in (kept, lost))
    query = select(col(LetterRow.key)).where(col(LetterRow.ticket_id).in_([kept, lost]))
    keys = set(session.scalars(query))
    for key in keys:
        anew = mine + key.removeprefix(theirs)
        if key.startswith(theirs) and anew not in keys:
            session.execute(update(LetterRow).where(col(LetterRow.key) == key).values(key=anew))


def _move_what_is_not_there(session: Session, listed: type[SQLModel], kept: int, lost: int) -> None:
    """Rows of which each ticket has one a key: those that the other has already are dropped."""
    table = SQLModel.metadata.tables[str(listed.__tablename__)]
    columns = [one for one in table.columns if one.name not in {"id", "ticket_id"}]
    rows = select(literal(kept).label("ticket_id"), *columns).where(table.c.ticket_id == lost)
    names = ["ticket_id", *(one.name for one in columns)]
    session.execute(insert_into(session, table).from_select(names, rows).on_conflict_do_nothing())
    session.execute(delete(table).where(table.c.ticket_id == lost))


def _let_in_as_guests(session: Session, lost: int) -> None:
    rows = session.exec(select_rows(ParticipantRow).where(ParticipantRow.ticket_id == lost)).all()
    known = {row.who: threads.Standing(row.wrote, row.verified) for row in rows}
    session.execute(delete(ParticipantRow).where(col(ParticipantRow.ticket_id) == lost))
    for name, standing in threads.as_guests(known).items():
        session.execute(
            insert_into(session, ParticipantRow).on_conflict_do_nothing(),
            [{"ticket_id": lost, "who": name, "wrote": standing.wrote,
              "verified": standing.verified}],
        )  # fmt: skip


def _add_profiles(session: Session, kept: int, lost: int) -> None:
    mine, theirs = session.get(ProfileRow, kept), session.get(ProfileRow, lost)
    if theirs is None:
        return
    if mine is None:
        mine = ProfileRow(ticket_id=kept)
    both = signals.together(
        signals.profile_of(mine.said), signals.profile_of(theirs.said), signals.MAX_TERMS
    )
    mine.said = both.as_json()
    session.add(mine)
    session.delete(theirs)


def _end(one: TicketRow, other: TicketRow) -> datetime | None:
    """Since when both are believed to be over; None where one was heard of after that."""
    end = max((ticket.over_at for ticket in (one, other) if ticket.over_at), default=None)
    if end is None:
        return None
    goes_on = (ticket.last_at for ticket in (one, other) if ticket.over_at is None)
    return None if any(last is None or last > end for last in goes_on) else end


def _add_up(into: TicketRow, gone: TicketRow, severity_of: tickets.SeverityOf) -> None:
    facts = tickets.Facts(
        source=gone.source,
        event=gone.event,
        services=tuple(gone.services),
        reach=gone.reach,
        people=gone.people,
        hampered=gone.hampered,
        severity=gone.severity,
        windows=tuple(gone.windows),
        window_status=gone.window_status,
        needs_review=gone.needs_review,
        signs=tuple(gone.signs),
        written_by=gone.written_by,
        error=gone.error,
    )
    for label, mark in gone.pinned.items():  # what a person said of either stays
        if label not in into.pinned:
            setattr(into, label, getattr(gone, label))
            into.pinned = {**into.pinned, label: mark}
    times = [one for one in (into.began_at, gone.began_at) if one]
    into.began_at = min(times, default=None)
    into.last_at = max((one for one in (into.last_at, gone.last_at) if one), default=None)
    was_over, is_over = into.state in tickets.OVER, gone.state in tickets.OVER
    tickets.add_to(into, facts, severity_of, by_person=False)
    if was_over and not is_over:
        into.state = gone.state
        tickets.keep(into, "event", facts.event)
        tickets.keep(into, "severity", severity_of(into.event, into.reach, into.hampered))

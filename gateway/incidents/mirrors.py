"""The mirrors' rows: which tickets a tracker has yet to hear of, and what came of it.

Whoever changes a ticket marks it in the same transaction: `wanted` goes up by one. Who mirrors it
notes in `done` which `wanted` it had seen, so that a change that came meanwhile is mirrored too.
Works on SQLite and PostgreSQL.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import case, exists, func, select, update
from sqlmodel import Session, SQLModel

from gateway.model import utcnow
from gateway.store import tables
from gateway.store.database import insert_into

MIRROR = SQLModel.metadata.tables[str(tables.MirrorRow.__tablename__)]
M = MIRROR.c
NEWS = "channels"  # a changed ticket is marked under this name too: no tracker can have it
T = SQLModel.metadata.tables[str(tables.TicketRow.__tablename__)].c


@dataclass(frozen=True, slots=True)
class Due:
    """A ticket that a tracker is to hear of now; `wanted` is as it was when it was looked up."""

    ticket_id: int
    wanted: int
    reference: str | None
    attempts: int
    begun_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of telling `tracker` of a ticket.

    With no `reason` it went well. With one it is tried again in `wait` seconds, or for None
    set aside.
    """

    tracker: str
    due: Due
    reference: str | None = None
    reason: str | None = None
    wait: float | None = None


def mark(session: Session, ticket_ids: Iterable[int], trackers: Sequence[str]) -> None:
    """These tickets changed: their mirrors are to be brought up to date.

    In the caller's transaction, by one statement; with no trackers nothing is written.
    """
    now = utcnow()
    rows = [
        {"ticket_id": ticket, "tracker": tracker, "wanted": 1, "done": 0, "attempts": 0,
         "state": "waiting", "due_at": now}
        for ticket in sorted(set(ticket_ids))
        for tracker in trackers
    ]  # fmt: skip
    if not rows:
        return
    session.flush()  # the tickets must be there before them
    is_waiting = M.state == "waiting"  # maybe after a failure: its wait is not cut short
    statement = insert_into(session, MIRROR).on_conflict_do_update(
        index_elements=["ticket_id", "tracker"],
        set_={
            "wanted": M.wanted + 1,
            "state": "waiting",
            "due_at": case((is_waiting, M.due_at), else_=now),
            "attempts": case((is_waiting, M.attempts), else_=0),
            "reason": case((is_waiting, M.reason), else_=None),
        },
    )
    session.connection().execute(statement, rows)


def catch_up(session: Session, tracker: str, over: Collection[str], limit: int) -> int:
    """Mark tickets that are not `over` and that the tracker never heard of; returns how many.

    They were filed before it was configured. At most `limit`: call it until it returns less.
    """
    query = (
        select(T.id)
        .where(T.state.not_in(over), ~exists().where(M.ticket_id == T.id, M.tracker == tracker))
        .order_by(T.id)
        .limit(limit)
    )
    found = list(session.execute(query).scalars())
    mark(session, found, [tracker])
    return len(found)


def due(session: Session, tracker: str, now: datetime, limit: int) -> list[Due]:
    """The mirrors of that tracker whose time has come, those that wait longest first."""
    query = (
        select(M.ticket_id, M.wanted, M.reference, M.attempts, M.begun_at)
        .where(M.tracker == tracker, M.state == "waiting", M.due_at <= now)
        .order_by(M.due_at, M.ticket_id)
        .limit(limit)
    )
    return [Due(*row) for row in session.execute(query)]


def begin(session: Session, tracker: str, ticket_id: int, now: datetime) -> None:
    """The tracker is about to be asked for a copy for the first time: no copy of it is older."""
    mine = (M.ticket_id == ticket_id, M.tracker == tracker)
    session.connection().execute(update(MIRROR).where(*mine).values(begun_at=now))


def record(session: Session, outcomes: Sequence[Outcome]) -> list[None]:
    """Write down what came of it; one (empty) answer each, as the store's writer wants it."""
    # In the order in which `mark` locks them, so that the two do not wait for one another.
    for outcome in sorted(outcomes, key=lambda one: (one.due.ticket_id, one.tracker)):
        mine = (M.ticket_id == outcome.due.ticket_id, M.tracker == outcome.tracker)
        is_newer = M.wanted > outcome.due.wanted  # it changed meanwhile: again, at once
        now = utcnow()
        if outcome.reason is None:
            statement = update(MIRROR).values(
                done=outcome.due.wanted,
                reference=func.coalesce(outcome.reference, M.reference),
                state=case((is_newer, "waiting"), else_="done"),
                attempts=0,
                reason=None,
                due_at=case((is_newer, M.due_at), else_=now),
            ).where(M.done < outcome.due.wanted)  # fmt: skip
        else:
            is_set_aside = outcome.wait is None
            state = case((is_newer, "waiting"), else_="failed") if is_set_aside else "waiting"
            statement = update(MIRROR).values(
                state=state,
                attempts=M.attempts + 1,
                reason=outcome.reason[:500],
                due_at=case((is_newer, M.due_at), else_=now)
                if is_set_aside
                else now + timedelta(seconds=outcome.wait or 0.0),
            ).where(M.state == "waiting")  # fmt: skip
        session.connection().execute(statement.where(*mine))
    return [None] * len(outcomes)


# --- what a person sees and does ------------------------------------------------------------


def counts(session: Session, trackers: Sequence[str]) -> dict[str, dict[str, int]]:
    """For each of the trackers how many mirrors are in which state."""
    query = select(M.tracker, M.state, func.count()).where(M.tracker.in_(trackers))
    found: dict[str, dict[str, int]] = {tracker: {} for tracker in trackers}
    for tracker, state, count in session.execute(query.group_by(M.tracker, M.state)):
        found[tracker][state] = count
    return found


def retry(session: Session, tickets: Collection[int] | None, trackers: Sequence[str]) -> set[int]:
    """Try these again now, waiting or failed (all of them, for None); returns their tickets."""
    statement = (
        update(MIRROR)
        .where(M.tracker.in_(trackers), M.state.in_(["waiting", "failed"]))
        .values(state="waiting", attempts=0, reason=None, due_at=utcnow())
        .returning(M.ticket_id)
    )
    if tickets is not None:
        statement = statement.where(M.ticket_id.in_(tickets))
    return set(session.execute(statement).scalars())

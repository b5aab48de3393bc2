"""The mirrors' rows: which tickets a tracker has yet to hear of, and what came of it.

Whoever changes a ticket marks it in the same transaction: `wanted` goes up by one. Who mirrors it
notes in `done` which `wanted` it had seen, so that a change that came meanwhile is mirrored too.
Maintenance windows (`WINDOWS`) are mirrored in the same way. Works on SQLite and PostgreSQL.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import case, exists, func, select, update
from sqlmodel import Session, SQLModel

from gateway.model import utcnow
from gateway.store import tables
from gateway.store.database import insert_into

NEWS = "channels"  # a changed ticket is marked under this name too: no tracker can have it
T = SQLModel.metadata.tables[str(tables.TicketRow.__tablename__)].c


@dataclass(frozen=True, slots=True)
class Due:
    """A ticket that a tracker is to hear of now; `wanted` is as it was when it was looked up."""

    ticket_id: int  # or the window's
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


class Queue:
    """The mirrors of one kind of things: `row` is their table, whose first key names the thing."""

    def __init__(self, row: type[SQLModel]) -> None:
        self.table = SQLModel.metadata.tables[str(row.__tablename__)]
        self.columns = self.table.c
        self.key, _ = self.table.primary_key.columns

    def mark(self, session: Session, numbers: Iterable[int], trackers: Sequence[str]) -> None:
        """These changed: their mirrors are to be brought up to date.

        In the caller's transaction, by one statement; with no trackers nothing is written.
        """
        c, now = self.columns, utcnow()
        rows = [
            {self.key.name: number, "tracker": tracker, "wanted": 1, "done": 0, "attempts": 0,
             "state": "waiting", "due_at": now}
            for number in sorted(set(numbers))
            for tracker in trackers
        ]  # fmt: skip
        if not rows:
            return
        session.flush()  # what they mirror must be there before them
        is_waiting = c.state == "waiting"  # maybe after a failure: its wait is not cut short
        statement = insert_into(session, self.table).on_conflict_do_update(
            index_elements=[self.key.name, "tracker"],
            set_={
                "wanted": c.wanted + 1,
                "state": "waiting",
                "due_at": case((is_waiting, c.due_at), else_=now),
                "attempts": case((is_waiting, c.attempts), else_=0),
                "reason": case((is_waiting, c.reason), else_=None),
            },
        )
        session.connection().execute(statement, rows)

    def due(self, session: Session, tracker: str, now: datetime, limit: int) -> list[Due]:
        """The mirrors of that tracker whose time has come, those that wait longest first."""
        c = self.columns
        query = (
            select(self.key, c.wanted, c.reference, c.attempts, c.begun_at)
            .where(c.tracker == tracker, c.state == "waiting", c.due_at <= now)
            .order_by(c.due_at, self.key)
            .limit(limit)
        )
        return [Due(*row) for row in session.execute(query)]

    def begin(self, session: Session, tracker: str, number: int, now: datetime) -> None:
        """The tracker is to be asked for a copy for the first time: no copy of it is older."""
        mine = (self.key == number, self.columns.tracker == tracker)
        session.connection().execute(update(self.table).where(*mine).values(begun_at=now))

    def record(self, session: Session, outcomes: Sequence[Outcome]) -> list[None]:
        """Write down what came of it; one (empty) answer each, as the store's writer wants it."""
        c = self.columns
        # In the order in which `mark` locks them, so that the two do not wait for one another.
        for outcome in sorted(outcomes, key=lambda one: (one.due.ticket_id, one.tracker)):
            mine = (self.key == outcome.due.ticket_id, c.tracker == outcome.tracker)
            is_newer = c.wanted > outcome.due.wanted  # it changed meanwhile: again, at once
            now = utcnow()
            if outcome.reason is None:
                statement = update(self.table).values(
                    done=outcome.due.wanted,
                    reference=func.coalesce(outcome.reference, c.reference),
                    state=case((is_newer, "waiting"), else_="done"),
                    attempts=0,
                    reason=None,
                    due_at=case((is_newer, c.due_at), else_=now),
                ).where(c.done < outcome.due.wanted)  # fmt: skip
            else:
                is_set_aside = outcome.wait is None
                state = case((is_newer, "waiting"), else_="failed") if is_set_aside else "waiting"
                statement = update(self.table).values(
                    state=state,
                    attempts=c.attempts + 1,
                    reason=outcome.reason[:500],
                    due_at=case((is_newer, c.due_at), else_=now)
                    if is_set_aside
                    else now + timedelta(seconds=outcome.wait or 0.0),
                ).where(c.state == "waiting")  # fmt: skip
            session.connection().execute(statement.where(*mine))
        return [None] * len(outcomes)

    # --- what a person sees and does

    def counts(self, session: Session, trackers: Sequence[str]) -> dict[str, dict[str, int]]:
        """For each of the trackers how many mirrors are in which state."""
        c = self.columns
        query = select(c.tracker, c.state, func.count()).where(c.tracker.in_(trackers))
        found: dict[str, dict[str, int]] = {tracker: {} for tracker in trackers}
        for tracker, state, count in session.execute(query.group_by(c.tracker, c.state)):
            found[tracker][state] = count
        return found

    def retry(
        self, session: Session, numbers: Collection[int] | None, trackers: Sequence[str]
    ) -> set[int]:
        """Try these again now, waiting or failed (all, for None); returns which those were."""
        c = self.columns
        statement = (
            update(self.table)
            .where(c.tracker.in_(trackers), c.state.in_(["waiting", "failed"]))
            .values(state="waiting", attempts=0, reason=None, due_at=utcnow())
            .returning(self.key)
        )
        if numbers is not None:
            statement = statement.where(self.key.in_(numbers))
        return set(session.execute(statement).scalars())


TICKETS, WINDOWS = Queue(tables.MirrorRow), Queue(tables.WindowMirrorRow)
M = TICKETS.columns
mark, due, begin, record = TICKETS.mark, TICKETS.due, TICKETS.begin, TICKETS.record
counts, retry = TICKETS.counts, TICKETS.retry


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

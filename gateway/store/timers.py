"""The timers' rows: set and cancelled in the transaction of whatever wants them.

A timer's `key` makes it one, ever: to set it twice is to set it once, and one that has rung stays
rung, so that whatever is repeated after a crash repeats nothing. See `gateway.timers` for who
rings them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlmodel import Session, SQLModel

from gateway.model import utcnow
from gateway.store.database import insert_into
from gateway.store.tables import TimerRow

TIMER = SQLModel.metadata.tables[str(TimerRow.__tablename__)]
T = TIMER.c


@dataclass(frozen=True, slots=True)
class Timer:
    """A timer whose time has come."""

    id: int
    key: str
    kind: str
    ticket_id: int | None
    due_at: datetime
    attempts: int = 0
    facts: dict[str, Any] = field(default_factory=dict)


def set_timer(
    session: Session,
    kind: str,
    key: str,
    due_at: datetime,
    *,
    ticket_id: int | None = None,
    **facts: Any,
) -> bool:
    """Have `kind` happen at `due_at`; False where that key was set before. `facts` are JSON."""
    session.flush()  # its ticket must be there before it
    row = {
        "key": key, "kind": kind, "ticket_id": ticket_id, "facts": facts, "due_at": due_at,
        "state": "waiting", "attempts": 0, "created_at": utcnow(),
    }  # fmt: skip
    added = session.connection().execute(
        insert_into(session, TIMER)
        .values(row)
        .on_conflict_do_nothing(index_elements=["key"])
        .returning(T.id)
    )
    return added.first() is not None


def move_timer(session: Session, key: str, due_at: datetime) -> bool:
    """Another time for a timer that waits; False where none of that key does."""
    statement = update(TIMER).where(T.key == key, T.state == "waiting").values(due_at=due_at)
    return bool(session.connection().execute(statement).rowcount)


def cancel_timers(session: Session, *keys: str) -> int:
    """Those of these keys that wait will not ring; returns how many that were."""
    statement = (
        update(TIMER)
        .where(T.key.in_(keys), T.state == "waiting")
        .values(state="cancelled", done_at=utcnow())
    )
    return session.connection().execute(statement).rowcount


# --- for whoever rings them ---------------------------------------------------------------------


def due(session: Session, kinds: Sequence[str], now: datetime, limit: int) -> list[Timer]:
    """The timers of these kinds whose time has come, the oldest first."""
    query = (
        select(T.id, T.key, T.kind, T.ticket_id, T.due_at, T.attempts, T.facts)
        .where(T.state == "waiting", T.due_at <= now, T.kind.in_(kinds))
        .order_by(T.due_at, T.id)
        .limit(limit)
    )
    return [Timer(*row) for row in session.execute(query)]


def done(session: Session, timer: Timer, now: datetime) -> bool:
    """It rings; False where it was cancelled or moved meanwhile, or another process rang it."""
    statement = (
        update(TIMER)
        .where(T.id == timer.id, T.state == "waiting", T.due_at == timer.due_at)
        .values(state="done", done_at=now, reason=None)
    )
    return bool(session.connection().execute(statement).rowcount)


def failed(session: Session, timer: Timer, reason: str, again_at: datetime | None) -> None:
    """It could not be done: again at that time, or for None set aside with its reason."""
    values: dict[str, Any] = {"attempts": T.attempts + 1, "reason": reason[:500]}
    values |= {"due_at": again_at} if again_at else {"state": "failed"}
    mine = (T.id == timer.id, T.state == "waiting")
    session.connection().execute(update(TIMER).where(*mine).values(values))


def retry(session: Session, ids: Sequence[int] | None) -> list[int]:
    """Ring these again that were set aside (all of them, for None); returns which that were."""
    statement = (
        update(TIMER)
        .where(T.state == "failed")
        .values(state="waiting", attempts=0, reason=None, due_at=utcnow())
        .returning(T.id)
    )
    if ids is not None:
        statement = statement.where(T.id.in_(ids))
    return list(session.connection().execute(statement).scalars())

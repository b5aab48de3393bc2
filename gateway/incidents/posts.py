"""The posts' rows: which news each channel has yet to get, and what came of it.

A row is written in the transaction that makes the news; its key and channel make it one, ever.
News of one ticket goes out in its order. Works on SQLite and PostgreSQL.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, func, select
from sqlmodel.sql.expression import SelectOfScalar

from gateway.model import utcnow
from gateway.store.database import insert_into
from gateway.store.tables import PostRow, TicketRow


@dataclass(frozen=True, slots=True)
class Posted:
    """What came of a post. With no `reason` it went well.

    With one it is tried again in `wait` seconds, or for None set aside. `is_doubtful`: it may have
    been posted for all that.
    """

    id: int
    reference: str | None = None
    reason: str | None = None
    wait: float | None = None
    is_doubtful: bool = False


def add(
    session: Session, ticket: TicketRow, channels: Sequence[str], *, key: str, kind: str, text: str
) -> int:
    """News of a ticket for these channels, in the caller's transaction; how many were new."""
    session.flush()  # the ticket must be there before it
    now = utcnow()
    rows = [
        {"key": key, "channel": channel, "ticket_id": ticket.id, "kind": kind, "text": text,
         "severity": ticket.severity, "ticket_state": ticket.state, "at": now, "state": "waiting",
         "is_doubtful": False, "attempts": 0, "due_at": now}
        for channel in channels
    ]  # fmt: skip
    if not rows:
        return 0
    statement = insert_into(session, PostRow).values(rows)
    statement = statement.on_conflict_do_nothing(index_elements=["key", "channel"])
    return len(session.execute(statement.returning(col(PostRow.id))).all())


def last(session: Session, ticket_id: int, channel: str) -> PostRow | None:
    """The newest news of that ticket for the channel."""
    return session.exec(_of(ticket_id, channel).order_by(col(PostRow.id).desc()).limit(1)).first()


def first_reference(session: Session, ticket_id: int, channel: str) -> str | None:
    """What the channel calls its first post of that ticket."""
    query = _of(ticket_id, channel).where(col(PostRow.reference).is_not(None))
    found = session.exec(query.order_by(col(PostRow.id)).limit(1)).first()
    return found.reference if found else None


def due(session: Session, channel: str, now: datetime, limit: int) -> list[PostRow]:
    """The posts whose time has come, in their order; none before an earlier one of its ticket."""
    earlier = aliased(PostRow)
    waits_for = select(earlier.id).where(
        col(earlier.channel) == channel,
        col(earlier.ticket_id) == PostRow.ticket_id,
        col(earlier.state) == "waiting",
        col(earlier.id) < PostRow.id,
    )
    query = (
        select(PostRow)
        .where(PostRow.channel == channel, PostRow.state == "waiting", PostRow.due_at <= now)
        .where(~waits_for.exists())
        .order_by(col(PostRow.id))
        .limit(limit)
    )
    return list(session.exec(query))


def begin(session: Session, id_: int) -> None:
    """It is about to be posted: should this process die now, nobody knows whether it was."""
    session.execute(update(PostRow).where(col(PostRow.id) == id_).values(is_doubtful=True))


def record(session: Session, outcomes: Sequence[Posted]) -> list[None]:
    """Write down what came of them; one (empty) answer each, as the store's writer wants it."""
    for one in sorted(outcomes, key=lambda outcome: outcome.id):
        mine = (col(PostRow.id) == one.id, col(PostRow.state) == "waiting")
        if one.reason is None:
            values: dict[str, Any] = {"state": "done", "reference": one.reference, "attempts": 0}
            values["reason"] = None
        else:
            values = {
                "state": "failed" if one.wait is None else "waiting",
                "attempts": PostRow.attempts + 1,
                "reason": one.reason[:500],
                "due_at": utcnow() + timedelta(seconds=one.wait or 0.0),
            }
        values["is_doubtful"] = one.is_doubtful
        session.execute(update(PostRow).where(*mine).values(**values))
    return [None] * len(outcomes)


# --- what a person sees and does ------------------------------------------------------------


def counts(session: Session, channels: Sequence[str]) -> dict[str, dict[str, int]]:
    """For each of the channels how many posts are in which state."""
    query = select(PostRow.channel, PostRow.state, func.count())
    query = query.where(col(PostRow.channel).in_(channels))
    found: dict[str, dict[str, int]] = {channel: {} for channel in channels}
    grouped = query.group_by(col(PostRow.channel), col(PostRow.state))
    for channel, state, count in session.execute(grouped):
        found[channel][state] = count
    return found


def retry(session: Session, ids: Collection[int] | None, channels: Sequence[str]) -> set[int]:
    """Try these again now, waiting or failed (all of them, for None); returns which.

    Whoever says so has looked: what may have been posted is posted again.
    """
    statement = (
        update(PostRow)
        .where(col(PostRow.channel).in_(channels), col(PostRow.state).in_(["waiting", "failed"]))
        .values(state="waiting", attempts=0, reason=None, due_at=utcnow(), is_doubtful=False)
        .returning(col(PostRow.id))
    )
    if ids is not None:
        statement = statement.where(col(PostRow.id).in_(ids))
    return set(session.execute(statement).scalars())


def _of(ticket_id: int, channel: str) -> SelectOfScalar[PostRow]:
    return select(PostRow).where(PostRow.ticket_id == ticket_id, PostRow.channel == channel)

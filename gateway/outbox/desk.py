"""What a person sees and does at the outbox; each act has its line in the ledger, with the name."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import and_, func, or_, select, update
from sqlmodel import Session

from gateway.model import utcnow
from gateway.outbox.ledger import BARRED, LETTER, NOT_BARRED, L, note


def released(session: Session, ids: Collection[int] | None, who: str) -> list[int]:
    """Queue these (all that are held, for None) again; those in another state are left out."""
    connection = session.connection()
    states = ["held"] if ids is None else ["held", "failed", "stopped"]
    conditions = [L.state.in_(states)] + ([] if ids is None else [L.id.in_(ids)])
    done = connection.execute(
        update(LETTER)
        .where(*conditions)
        .values(state="queued", reason=None, attempts=0, due_at=utcnow())
        .returning(L.id)
    )
    found = sorted(done.scalars())
    note(connection, found, "released", f"by {who}")
    return found


def stopped(session: Session, ids: Collection[int], who: str) -> list[int]:
    """Stop these; those that are not held or queued are left out."""
    connection = session.connection()
    done = connection.execute(
        update(LETTER)
        .where(L.id.in_(ids), or_(L.state == "held", L.state == "queued"))
        .values(state="stopped", reason=f"stopped by {who}"[:500])
        .returning(L.id)
    )
    found = sorted(done.scalars())
    note(connection, found, "stopped", f"by {who}")
    return found


def withdrawn(session: Session, notice_id: int, why: str) -> list[int]:
    """Stop the letters of a notice that are held or queued."""
    connection = session.connection()
    done = connection.execute(
        update(LETTER)
        .where(L.notice_id == notice_id, or_(L.state == "held", L.state == "queued"))
        .values(state="stopped", reason=why[:500])
        .returning(L.id)
    )
    found = sorted(done.scalars())
    note(connection, found, "stopped", why)
    return found


def backlog(session: Session, now: datetime, most: int) -> int:
    """How many letters are due by `now`, counted up to `most`."""
    due = select(L.id).where(L.state == "queued", L.due_at <= now).limit(most)
    if session.execute(BARRED.limit(1)).first():  # else the index alone tells
        due = due.where(NOT_BARRED)
    return int(session.execute(select(func.count()).select_from(due.subquery())).scalar_one())


def states(session: Session, ids: Collection[int]) -> dict[int, str]:
    """The states of those of `ids` that exist."""
    rows = session.execute(select(L.id, L.state).where(L.id.in_(ids)))
    return {row.id: row.state for row in rows}


def counts(session: Session) -> dict[str, int]:
    """How many letters are in each state."""
    rows = session.execute(select(L.state, func.count().label("number")).group_by(L.state))
    return {row.state: row.number for row in rows}


def any_due(session: Session, now: datetime) -> bool:
    """Whether a letter is being sent, or due by `now`."""
    is_due = and_(L.state == "queued", L.due_at <= now, NOT_BARRED)
    query = select(L.id).where(or_(L.state == "sending", is_due)).limit(1)
    return session.execute(query).first() is not None

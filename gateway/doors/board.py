"""The board: how each door is, written by the process that runs it, read by any other.

The way out stands there as well, in the words of a door.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Literal, cast

from sqlmodel import col, delete, select

from gateway.model import DoorHealth, utcnow
from gateway.store import leases
from gateway.store.database import Database
from gateway.store.tables import DoorRow

FRESH = timedelta(seconds=30)


def publish(database: Database, owner: str, healths: Sequence[DoorHealth]) -> None:
    """Write down how the doors of `owner` are; doors of processes that are gone are removed."""
    now = utcnow()
    with database.transaction() as session:
        names = [health.name for health in healths]
        for row in session.exec(select(DoorRow)).all():
            is_gone = leases.is_dead(row.owner) or row.seen_at < now - FRESH
            if row.owner == owner or row.name in names or is_gone:
                session.delete(row)
        session.flush()
        for health in healths:
            session.add(
                DoorRow(
                    name=health.name,
                    owner=owner,
                    state=health.state,
                    detail=health.detail[:500],
                    since=health.since,
                    accepted=health.accepted,
                    last_accepted_at=health.last_accepted_at,
                    seen_at=now,
                )
            )


def withdraw(database: Database, owner: str) -> None:
    """The doors of `owner` are closed."""
    with database.transaction() as session:
        session.exec(delete(DoorRow).where(col(DoorRow.owner) == owner))


def read(database: Database) -> list[DoorHealth]:
    """The doors of processes that live, as they last said."""
    with database.read() as session:
        rows = session.exec(select(DoorRow).order_by(col(DoorRow.name))).all()
    now = utcnow()
    return [
        DoorHealth(
            name=row.name,
            state=cast("Literal['up', 'starting', 'down', 'paused']", row.state),
            detail=row.detail,
            since=row.since,
            accepted=row.accepted,
            last_accepted_at=row.last_accepted_at,
        )
        for row in rows
        if row.seen_at > now - FRESH and not leases.is_dead(row.owner)
    ]

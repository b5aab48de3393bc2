"""Letters that lost their way: cut off by a crash, or held for a relay that there is now."""

from collections.abc import Collection
from datetime import timedelta
from typing import Any

from sqlalchemy import select, update
from sqlmodel import Session

from gateway.model import utcnow
from gateway.outbox.ledger import LETTER, NO_RELAY, L, note
from gateway.store import leases

TOO_OLD = "no relay was configured when it was written, a day ago or more: release it by hand"
CRASHED = "sending was cut off, so it may have arrived: release it to send it again"
REPEATED = "its sending was cut off: again, under its own Message-ID"
YOUNG = timedelta(hours=24)


def take_over(session: Session, owner: str, busy: Collection[int], *, repeat: bool) -> list[int]:
    """Letters left in `sending` by whoever sends no more: queued again, or held.

    `owner` is this process and `busy` all that it may be sending now. Another's letters are left
    alone until it is dead or their time is over.
    """
    connection = session.connection()
    now = utcnow()
    sending = connection.execute(
        select(L.id, L.claimed_by, L.claim_until).where(L.state == "sending")
    ).all()
    taken: list[int] = []
    for id_, holder, until in sending:
        # What is ours and not in `busy` never reached SMTP: the sender keeps a letter in `busy`
        # from before its `sending` is submitted until its outcome is on the disk, takes no new
        # letter while this runs, and lets go of one whose `sending` it could not see committed
        # (a database that died in that very commit). Waiting for its time would gain nothing.
        is_left = holder is None or until is None or until < now or leases.is_dead(holder)
        if id_ in busy or not (is_left or holder == owner):
            continue
        values: dict[str, Any] = {"claimed_by": None, "claim_until": None, "due_at": now}
        values |= {"state": "queued"} if repeat else {"state": "held", "reason": CRASHED}
        mine = (L.id == id_, L.state == "sending", L.claimed_by.is_not_distinct_from(holder))
        if connection.execute(update(LETTER).where(*mine).values(values)).rowcount:
            taken.append(id_)
    note(connection, taken, *(("repeated", REPEATED) if repeat else ("held", CRASHED)))
    return taken


def now_there_is_a_relay(session: Session) -> int:
    """Queue what was held only for want of a relay, unless it is too old to surprise with."""
    connection = session.connection()
    waiting = (L.state == "held", L.reason == NO_RELAY)
    young = L.created_at > utcnow() - YOUNG
    queued = connection.execute(
        update(LETTER)
        .where(*waiting, young)
        .values(state="queued", reason=None, due_at=utcnow())
        .returning(L.id)
    )
    ids = list(queued.scalars())
    note(connection, ids, "queued", "a relay is configured now")
    old = connection.execute(update(LETTER).where(*waiting).values(reason=TOO_OLD).returning(L.id))
    note(connection, list(old.scalars()), "held", TOO_OLD)
    return len(ids)

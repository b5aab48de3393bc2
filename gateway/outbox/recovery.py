"""Letters that lost their way: cut off by a crash, or held for a relay that there is now."""

from collections.abc import Collection, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select, update
from sqlmodel import Session

from gateway.model import utcnow
from gateway.outbox import journal
from gateway.outbox.journal import Noted
from gateway.outbox.ledger import LETTER, NO_RELAY, L, note
from gateway.store import leases

TOO_OLD = "no relay was configured when it was written, a day ago or more: release it by hand"
CRASHED = "sending was cut off, so it may have arrived: release it to send it again"
REPEATED = "its sending was cut off: again, under its own Message-ID"
NEVER_BEGAN = "its sending was cut off before it began"
FROM_JOURNAL = "known from the journal of the connection, which was cut off"
YOUNG = timedelta(hours=24)


def take_over(
    session: Session, owner: str, busy: Collection[int], *, repeat: bool, journals: Path
) -> tuple[list[int], set[str]]:
    """Letters left in `sending` by whoever sends no more: sent, queued again, or held.

    `owner` is this process and `busy` all that it may be sending now. Another's letters are left
    alone until it is dead or their time is over. Returns those that may be repeated, and whose
    journals were read: they can be thrown away once this is committed.
    """
    connection = session.connection()
    now = utcnow()
    sending = connection.execute(
        select(L.id, L.claimed_by, L.claim_until).where(L.state == "sending")
    ).all()
    left: dict[str | None, list[int]] = {}
    for id_, holder, until in sending:
        # What is ours and not in `busy` never reached SMTP: the sender keeps a letter in `busy`
        # from before its `sending` is submitted until its outcome is on the disk, takes no new
        # letter while this runs, and lets go of one whose `sending` it could not see committed
        # (a database that died in that very commit). Waiting for its time would gain nothing.
        is_left = holder is None or until is None or until < now or leases.is_dead(holder)
        if id_ not in busy and (is_left or holder == owner):
            left.setdefault(holder, []).append(id_)
    taken: list[int] = []
    for holder, ids in left.items():
        known = journal.read(journals, holder) if holder and holder != owner else Noted()
        went = {id_: known.sent[id_] for id_ in ids if id_ in known.sent}
        _went(connection, went)
        fresh = [one for one in ids if known.is_there and one not in known.begun]
        _give_back(connection, fresh, holder, {"state": "queued", "attempts": L.attempts - 1})
        note(connection, fresh, "returned", NEVER_BEGAN)
        doubtful = [one for one in ids if one not in went and one not in fresh]
        values: dict[str, Any] = {"state": "queued"}
        if not repeat:
            values = {"state": "held", "reason": CRASHED}
        taken += _give_back(connection, doubtful, holder, values)
    note(connection, taken, *(("repeated", REPEATED) if repeat else ("held", CRASHED)))
    return taken, {one for one in left if one is not None and one != owner}


def _went(connection: Connection, went: Mapping[int, int]) -> None:
    """These were sent, as a journal says."""
    now = utcnow()
    values = {"state": "sent", "sent_at": now, "claimed_by": None, "claim_until": None}
    connection.execute(update(LETTER).where(L.id.in_(went), L.state == "sending").values(values))
    for letter, code in went.items():
        note(connection, [letter], "sent", f"{code}, {FROM_JOURNAL}")


def _give_back(
    connection: Connection, ids: Collection[int], holder: str | None, values: dict[str, Any]
) -> list[int]:
    mine = (L.id.in_(ids), L.state == "sending", L.claimed_by.is_not_distinct_from(holder))
    values = {"claimed_by": None, "claim_until": None, "due_at": utcnow(), **values}
    found = connection.execute(update(LETTER).where(*mine).values(values).returning(L.id))
    return sorted(found.scalars())


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

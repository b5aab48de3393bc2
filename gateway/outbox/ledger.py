"""The outbox's rows: every change of a letter's state, each with its line in the ledger.

A letter is queued, then `sending` (committed before SMTP sees it), then sent, or queued again
for later, or failed. Only the change from queued to sending decides who sends it, so that no two
can; `sent` is recorded whatever the row says, since it is a fact. Works on SQLite and PostgreSQL.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, case, func, insert, or_, select, update
from sqlmodel import Session, SQLModel

from gateway.model import Letter, utcnow
from gateway.outbox.pace import growing
from gateway.outbox.relay import Verdict
from gateway.store import suppressions, tables
from gateway.store.database import insert_into

LETTER = SQLModel.metadata.tables[str(tables.LetterRow.__tablename__)]
EVENT = SQLModel.metadata.tables[str(tables.LetterEventRow.__tablename__)]
L = LETTER.c

# Letters of a notice that somebody stopped or paused stay where they are: queued, and barred.
_NOTICE = SQLModel.metadata.tables[str(tables.NoticeRow.__tablename__)]
BARRED = select(_NOTICE.c.id).where(_NOTICE.c.state.in_(("paused", "stopped")))
NOT_BARRED = or_(L.notice_id.is_(None), L.notice_id.not_in(BARRED))

# The relay knows already that there is no such mailbox or domain (RFC 3463 section 3.2).
_NO_MAILBOX = re.compile(r"^5\d\d[ -].{0,3}5\.1\.(?:0|1|2|3|6|10)\b")
NO_RELAY = "no relay is configured"
LONGEST_WAIT = 4 * 3600.0

# Made once: to put a statement together takes longer than to execute it.
_LETTERS = L.id.in_(bindparam("letters", expanding=True))
_SENT = (
    update(LETTER)
    .where(_LETTERS, L.state != "sent")
    .values(state="sent", sent_at=bindparam("now"), reason=None, claimed_by=None, claim_until=None)
)
# In a form that no index is used for: there may be many queued letters, and these are named.
_IS_QUEUED = case((L.state == "queued", 1), else_=0) == 1
_INTEND = (
    update(LETTER)
    .where(_LETTERS, _IS_QUEUED, NOT_BARRED)
    .values(
        state="sending",
        attempts=L.attempts + 1,
        claimed_by=bindparam("owner"),
        claim_until=bindparam("until"),
    )
    .returning(L.id)
)
_IS_SENDING = case((L.state == "sending", 1), else_=0) == 1
_RETURN = (
    update(LETTER)
    .where(_LETTERS, _IS_SENDING, L.claimed_by == bindparam("owner"))
    .values(
        state="queued",
        attempts=L.attempts - 1,
        reason=bindparam("why"),
        claimed_by=None,
        claim_until=None,
    )
    .returning(L.id)
)


@dataclass(frozen=True, slots=True)
class Due:
    """A letter whose turn it is."""

    id: int
    kind: str
    recipient: str
    sender: str
    raw: bytes
    trace: str | None
    has_waited: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """What one connection has to write down: what became of its letters, which ones are next.

    Both in one commit, so that a few letters cost one. `until` is when the next ones' sending
    will have ended for certain.
    """

    done: Sequence[tuple[Due, Verdict]]
    next: Sequence[int]
    until: datetime


@dataclass(frozen=True, slots=True)
class Patience:
    """How often and how long a letter is tried."""

    retry_seconds: float
    give_up_hours: float


# --- letters come in ---------------------------------------------------------------------------


def add(
    connection: Connection,
    letters: Sequence[Letter],
    *,
    trace: str | None,
    notice_id: int | None,
    hold: str | None,
) -> int:
    """Insert those whose key is new; returns how many that were."""
    now, state = utcnow(), "held" if hold else "queued"
    rows = [
        {
            "key": one.key, "kind": one.kind, "ticket_id": one.ticket_id, "notice_id": notice_id,
            "trace": one.trace or trace, "recipient": one.recipient, "sender": one.sender,
            "message_id": one.message_id, "subject": one.subject, "raw": one.raw,
            "state": state, "reason": hold, "attempts": 0, "created_at": now, "due_at": now,
        }
        for one in letters
    ]  # fmt: skip
    added = connection.execute(
        insert_into(connection, LETTER)
        .on_conflict_do_nothing(index_elements=["key"])
        .returning(L.id),
        rows,
    )
    ids = list(added.scalars())
    note(connection, ids, state, hold or "")
    return len(ids)


def note(connection: Connection, ids: Collection[int], what: str, detail: str = "") -> None:
    """A line in the ledger for each of these letters."""
    now = utcnow()
    if ids:
        lines = [{"letter_id": i, "at": now, "what": what, "detail": detail[:500]} for i in ids]
        connection.execute(insert(EVENT), lines)


# --- letters go out ----------------------------------------------------------------------------


def due(session: Session, limit: int, leave_out: Collection[int]) -> list[Due]:
    """The oldest letters whose time has come, without those in `leave_out`."""
    query = (
        select(L.id, L.kind, L.recipient, L.sender, L.raw, L.trace, L.reason.is_not(None))
        .where(L.state == "queued", L.due_at <= utcnow(), L.id.not_in(leave_out), NOT_BARRED)
        .order_by(L.due_at, L.id)
        .limit(limit)
    )
    return [Due(*row) for row in session.execute(query)]


def sent_lately(
    session: Session, recipients: Collection[str], at_least: int, besides: Collection[int] = ()
) -> dict[str, list[datetime]]:
    """When those who were sent that many acknowledgements within an hour got them, oldest first.

    Letters `besides` are not counted: they are on their way, or were a moment ago.
    """
    lately = (
        L.id.not_in(besides),
        L.recipient.in_(recipients),
        L.sent_at > utcnow() - timedelta(hours=1),
        L.kind == "acknowledgement",
    )
    many = select(L.recipient).where(*lately).group_by(L.recipient)
    query = (
        select(L.recipient, L.sent_at)
        .where(*lately, L.recipient.in_(many.having(func.count() >= at_least)))
        .order_by(L.sent_at)
    )
    found: dict[str, list[datetime]] = {}
    for recipient, at in session.execute(query):
        found.setdefault(recipient, []).append(at)
    return found


def postpone(session: Session, moved: Mapping[int, datetime], why: str) -> None:
    """These wait until then, for the same reason."""
    connection = session.connection()
    statement = (
        update(LETTER)
        .where(L.id == bindparam("letter"), L.state == "queued")
        .values(due_at=bindparam("then"), reason=why)
    )
    connection.execute(statement, [{"letter": i, "then": then} for i, then in moved.items()])
    note(connection, moved, "postponed", why)


def record(
    session: Session, steps: Sequence[Step], owner: str, patience: Patience
) -> list[frozenset[int]]:
    """Write the steps of `owner` down; for each, which of its next letters are its to send.

    Not those that were stopped, or taken by another, in the meantime.
    """
    connection = session.connection()
    finished = [one for step in steps for one in step.done]
    _record_sent(connection, finished)
    _record_returned(connection, finished, owner)
    for one, verdict in finished:
        if verdict.what not in {"sent", "returned"}:
            _record_trouble(session, owner, one.id, verdict, patience)
    return _begin(connection, steps, owner)


def _record_sent(connection: Connection, finished: Sequence[tuple[Due, Verdict]]) -> None:
    sent = [(one.id, verdict) for one, verdict in finished if verdict.what == "sent"]
    if not sent:
        return
    now = utcnow()
    connection.execute(_SENT, {"letters": [i for i, _ in sent], "now": now})
    lines = [
        {"letter_id": i, "at": now, "what": "sent", "detail": f"{v.code} {v.reason}"[:500]}
        for i, v in sent
    ]
    connection.execute(insert(EVENT), lines)


def _record_returned(
    connection: Connection, finished: Sequence[tuple[Due, Verdict]], owner: str
) -> None:
    """Those whose turn it was not keep their place, and pay nothing."""
    back: dict[str, list[int]] = {}
    for one, verdict in finished:
        if verdict.what == "returned":
            back.setdefault(verdict.reason[:500], []).append(one.id)
    for reason, ids in back.items():
        found = connection.execute(_RETURN, {"letters": ids, "owner": owner, "why": reason})
        note(connection, sorted(found.scalars()), "returned", reason)


def _record_trouble(
    session: Session, owner: str, letter: int, verdict: Verdict, patience: Patience
) -> None:
    connection = session.connection()
    mine = (L.id == letter, L.state == "sending", L.claimed_by == owner)
    attempts = connection.execute(select(L.attempts).where(*mine)).scalar()
    if attempts is None:
        return
    state, reason, wait = "failed", verdict.reason, 0.0
    if verdict.what == "deferred":
        state, reason, wait = _later(connection, letter, attempts, reason, patience)
    elif verdict.what == "held":
        state = "held"
    now = utcnow()
    connection.execute(
        update(LETTER)
        .where(*mine)
        .values(
            state=state,
            reason=reason[:500],
            due_at=now + timedelta(seconds=wait),
            claimed_by=None,
            claim_until=None,
        )
    )
    detail = f"{reason}; next try in {wait:.0f} s" if wait else reason
    note(connection, [letter], "failed" if state == "failed" else verdict.what, detail)
    if state == "failed" and _NO_MAILBOX.search(reason):
        query = select(L.recipient).where(L.id == letter, L.notice_id.is_not(None))
        recipient = connection.execute(query).scalar()
        if recipient:
            suppressions.note(session, recipient, "hard", reason)


def _later(
    connection: Connection, letter: int, attempts: int, reason: str, patience: Patience
) -> tuple[str, str, float]:
    """State, reason and wait of a letter that did not get through this time.

    Patience counts from the first try since it was last released: time spent waiting for a
    relay that was away altogether is not the letter's.
    """
    released = select(func.max(EVENT.c.id)).where(
        EVENT.c.letter_id == letter, EVENT.c.what == "released"
    )
    first = select(func.min(EVENT.c.at)).where(
        EVENT.c.letter_id == letter,
        EVENT.c.what == "sending",
        EVENT.c.id > func.coalesce(released.scalar_subquery(), 0),
    )
    now = utcnow()
    since = connection.execute(first).scalar() or now
    left = patience.give_up_hours * 3600 - (now - since).total_seconds()
    if left <= 0:
        return "failed", f"given up after {patience.give_up_hours:g} hours: {reason}", 0.0
    return "queued", reason, min(growing(patience.retry_seconds, attempts, LONGEST_WAIT), left)


def _begin(connection: Connection, steps: Sequence[Step], owner: str) -> list[frozenset[int]]:
    """The intents: from queued to sending, by whoever is first."""
    wanted = [letter for step in steps for letter in step.next]
    if not wanted:
        return [frozenset()] * len(steps)
    until = max(step.until for step in steps)
    begun = connection.execute(_INTEND, {"letters": wanted, "owner": owner, "until": until})
    ids = set(begun.scalars())
    note(connection, ids, "sending")
    return [frozenset(ids.intersection(step.next)) for step in steps]

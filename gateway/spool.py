"""The spool: custody of every message, from the moment a door may promise it.

`submit` ends in one transaction that keeps the raw bytes, the envelope and, for a mailbox, the
cursor; only then is its future done. The same message is kept once: its key is made of its
content and its route, so that neither a second door nor a second delivery makes a second one,
while every arrival is on record. Who works on a message holds a claim on it; the claim of a
process that died is free again.
"""

import hashlib
import re
import secrets
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, case, false, func, insert, or_
from sqlalchemy import select as select_columns
from sqlmodel import Session, SQLModel, col, select, update

from gateway.errors import InvalidState, NotFound
from gateway.model import Accepted, Arrival, Cursor, Envelope, utcnow
from gateway.store import leases
from gateway.store.database import Database, insert_into
from gateway.store.tables import ArrivalRow, CursorRow, MessageRow, RawRow, as_number

# The hot path speaks to the tables themselves: a class for each row would cost more than the disk.
MESSAGE, RAW, ARRIVAL = (SQLModel.metadata.tables[name] for name in ("message", "raw", "arrival"))
# Put together once, not for every commit.
_KNOWN = select_columns(MESSAGE.c.key, MESSAGE.c.id, MESSAGE.c.trace).where(
    MESSAGE.c.key.in_(bindparam("keys", expanding=True))
)
_ADD_MESSAGE, _ADD_RAW, _ADD_ARRIVAL = insert(MESSAGE), insert(RAW), insert(ARRIVAL)

# Header fields that transport adds on the way (RFC 5321 section 4.4 and common practice): two
# deliveries of one message differ in them, so they are no part of its content.
TRACE_FIELDS = (
    rb"received|return-path|delivered-to|x-original-to|envelope-to|x-envelope-\w+|received-spf"
    rb"|authentication-results|arc-[\w-]+|dkim-signature|x-google-[\w-]+|x-received|x-spam-[\w-]+"
    rb"|x-virus-[\w-]+|x-gm-message-state|x-uid|x-uidl|x-keywords|x-status|status|content-length"
    rb"|lines|x-mozilla-[\w-]+|x-delivered-to|x-ms-exchange-organization-[\w-]+"
)
_TRACE = re.compile(rb"(?im)^(?:" + TRACE_FIELDS + rb")[ \t]*:[^\n]*\n(?:[ \t][^\n]*(?:\n|\Z))*")
_MBOX_FROM = re.compile(rb"\A>?From [^\n]*\n")


def fingerprint(raw: bytes) -> bytes:
    """SHA-256 of the content: trace fields, line endings and trailing blank lines left aside."""
    text = raw.replace(b"\r", b"")  # a tenth of the time that CRLF by LF takes
    text = _MBOX_FROM.sub(b"", text)
    end = text.find(b"\n\n")
    head, body = (text, b"") if end < 0 else (text[: end + 1], text[end:])
    digest = hashlib.sha256(_TRACE.sub(b"", head))
    digest.update(body.rstrip(b"\n"))
    return digest.digest()


def message_key(raw: bytes, envelope: Envelope) -> str:
    """What makes two arrivals one message: the same content on the same route (recipients)."""
    route = "\0".join(sorted({recipient.lower() for recipient in envelope.recipients}))
    return hashlib.sha256(fingerprint(raw) + route.encode("utf-8", "replace")).hexdigest()


@dataclass(frozen=True, slots=True)
class _Incoming:
    arrival: Arrival
    key: str
    sha256: str


@dataclass(frozen=True, slots=True)
class _Delivery:
    incoming: tuple[_Incoming, ...]
    cursor: Cursor | None


@dataclass(frozen=True, slots=True)
class Claim:
    """Messages that this process works on now; `token` fences off whoever held them before."""

    token: str
    ids: tuple[int, ...]


class Held(NamedTuple):
    """A message under work, as far as filing needs it."""

    id: int
    trace: str
    sender: str | None
    recipients: list[str]
    received_at: datetime
    ticket_id: int | None
    door: str


@dataclass(frozen=True, slots=True)
class Finished:
    """What became of a message."""

    id: int
    message_id: str | None
    subject: str
    reading: dict[str, Any]
    ticket_id: int | None
    reason: str | None
    trust: dict[str, Any] | None = None
    written_at: datetime | None = None


class Spool:
    """The spool of one store. Safe to use from any thread."""

    def __init__(self, database: Database, *, on_accepted: Callable[[], None] | None = None):
        self._database = database
        self._on_accepted = on_accepted

    # --- custody (gateway.model.Custody) ---

    def submit(
        self, arrivals: Sequence[Arrival], cursor: Cursor | None = None
    ) -> "Future[tuple[Accepted, ...]]":
        """Take `arrivals` over, with `cursor` in the same transaction."""
        incoming = tuple(
            _Incoming(
                arrival=arrival,
                key=message_key(arrival.raw, arrival.envelope),
                sha256=hashlib.sha256(arrival.raw).hexdigest(),
            )
            for arrival in arrivals
        )
        future = self._database.writer.submit(_keep, _Delivery(incoming, cursor))
        if self._on_accepted is not None and arrivals:
            poke = self._on_accepted
            future.add_done_callback(lambda done: None if done.exception() else poke())
        return future

    def accept(
        self, arrivals: Sequence[Arrival], cursor: Cursor | None = None
    ) -> tuple[Accepted, ...]:
        """Like `submit`, and wait for it."""
        return self.submit(arrivals, cursor).result()

    def cursor(self, mailbox: str) -> Cursor | None:
        """How far that mailbox has been read."""
        with self._database.read() as session:
            row = session.get(CursorRow, mailbox)
            if row is None:
                return None
            passed = tuple((uid, reason) for uid, reason in row.passed)
            return Cursor(mailbox, row.uidvalidity, row.uid, row.since, row.doubtful, passed)

    def passed(self, mailboxes: Sequence[str]) -> dict[str, list[tuple[int, str]]]:
        """Of these mailboxes what could not be taken and lies there still: UIDs with reasons."""
        query = select(CursorRow).where(col(CursorRow.mailbox).in_(mailboxes))
        with self._database.read() as session:
            rows = session.exec(query.order_by(col(CursorRow.mailbox))).all()
        return {row.mailbox: [(uid, why) for uid, why in row.passed] for row in rows if row.passed}

    def acquire(self, name: str, owner: str, seconds: float) -> bool:
        """Take or renew a lease."""
        with self._database.transaction() as session:
            return leases.acquire(session, name, owner, seconds)

    def release(self, name: str, owner: str) -> None:
        """Give a lease back."""
        with self._database.transaction() as session:
            leases.release(session, name, owner)

    # --- work ---

    def claim(self, owner: str, limit: int, seconds: float) -> Claim | None:
        """Take up to `limit` waiting messages to work on; one alone if it failed before."""
        if not self._anything_waiting():
            return None
        token = secrets.token_hex(8)
        with self._database.transaction() as session:
            waiting = self._waiting(session)
            found = session.exec(waiting.limit(limit)).all()
            if not found:
                return None
            tried = [row for row in found if row[1] > 0]
            chosen = [found[0]] if found[0] in tried else [row for row in found if row[1] == 0]
            ids = tuple(row[0] for row in chosen)
            session.exec(
                update(MessageRow)
                .where(col(MessageRow.id).in_(ids))
                .values(
                    claim=token,
                    claimed_by=owner,
                    claim_until=utcnow() + timedelta(seconds=seconds),
                )
            )
        return Claim(token, ids)

    def _waiting(self, session: Session) -> Any:
        free = [col(MessageRow.claim_until).is_(None), col(MessageRow.claim_until) < utcnow()]
        owners = session.exec(  # of waiting ones: who is done with a message claims it no more
            select(MessageRow.claimed_by).where(col(MessageRow.claimed_by).is_not(None)).distinct()
        ).all()
        dead = [owner for owner in owners if owner and leases.is_dead(owner)]
        if dead:
            free.append(col(MessageRow.claimed_by).in_(dead))
        return (
            select(MessageRow.id, MessageRow.attempts)
            .where(MessageRow.state == "accepted", or_(*free))
            .order_by(col(MessageRow.id))
            .with_for_update(skip_locked=True)
        )

    def _anything_waiting(self) -> bool:
        with self._database.read() as session:
            waiting = select(MessageRow.id).where(MessageRow.state == "accepted").limit(1)
            return session.exec(waiting).first() is not None

    def raw(self, ids: Sequence[int]) -> dict[int, bytes]:
        """The bytes of these messages."""
        query = select(RawRow.message_id, RawRow.content).where(col(RawRow.message_id).in_(ids))
        with self._database.read() as session:
            return dict(session.exec(query).all())

    def envelopes(self, ids: Sequence[int]) -> dict[int, Envelope]:
        """How each of these messages first came."""
        query = select(ArrivalRow).where(col(ArrivalRow.message_id).in_(ids))
        with self._database.read() as session:
            rows = session.exec(query.order_by(col(ArrivalRow.id).desc())).all()
        return {
            row.message_id: Envelope(
                row.door, row.sender, tuple(row.recipients), row.at, row.peer, row.helo, row.tls
            )
            for row in rows
        }

    def beliefs(self, ids: Sequence[int]) -> dict[int, dict[str, Any]]:
        """What was found out about their senders when these were worked on before."""
        query = select(MessageRow.id, MessageRow.trust).where(
            col(MessageRow.id).in_(ids), col(MessageRow.finished_at).is_not(None)
        )
        with self._database.read() as session:
            rows = session.exec(query).all()
        return {id_: dict(trust) for id_, trust in rows if id_ is not None and trust}

    def give_back(self, claim: Claim, reason: str, *, attempts: int, wait: float) -> None:
        """Work on these failed for `reason`: each waits `wait` seconds and is then tried alone.

        A message that failed `attempts` times is set aside, held, for a person to see, but none
        for a failure that it shared; with `attempts` 0 this failure does not count (it was not
        the message's fault).
        """
        tried = col(MessageRow.attempts) + (1 if attempts else 0)
        is_last = (tried >= attempts) if attempts and len(claim.ids) == 1 else false()
        with self._database.transaction() as session:
            session.exec(
                self._claimed(update(MessageRow), claim).values(
                    attempts=tried,
                    claim=None,
                    claimed_by=None,
                    claim_until=utcnow() + timedelta(seconds=wait),
                    state=case((is_last, "held"), else_="accepted"),
                    reason=reason[:500],
                )
            )

    def extend(self, claim: Claim, seconds: float) -> None:
        """Work on these goes on: keep the claim for `seconds` more."""
        with self._database.transaction() as session:
            session.exec(
                self._claimed(update(MessageRow), claim).values(
                    claim_until=utcnow() + timedelta(seconds=seconds)
                )
            )

    def claimed(self, session: Session, claim: Claim) -> list[Held]:
        """Those of the claim that are still ours to finish, locked for this transaction."""
        query = self._claimed(
            select_columns(
                col(MessageRow.id), col(MessageRow.trace), col(MessageRow.sender),
                col(MessageRow.recipients), col(MessageRow.received_at), col(MessageRow.ticket_id),
                col(MessageRow.door),
            ),
            claim,
        )  # fmt: skip
        rows = session.execute(query.order_by(col(MessageRow.id)).with_for_update())
        return [Held(*row) for row in rows]

    @staticmethod
    def finish(session: Session, finished: Sequence[Finished]) -> None:
        """These are done, in the caller's transaction."""
        if not finished:
            return
        session.connection().execute(
            MESSAGE.update()
            .where(MESSAGE.c.id == bindparam("number"))
            .values(
                state="done", claim=None, claimed_by=None, claim_until=None,
                finished_at=utcnow(),
                message_id=bindparam("own_id"), subject=bindparam("title"),
                reading=bindparam("found"), trust=bindparam("believed"),
                ticket_id=bindparam("ticket"), written_at=bindparam("own_time"),
                reason=bindparam("why"),
            ),
            [
                {"number": one.id, "own_id": one.message_id, "title": one.subject,
                 "found": one.reading, "believed": one.trust, "ticket": one.ticket_id,
                 "why": one.reason, "own_time": one.written_at}
                for one in finished
            ],
        )  # fmt: skip

    @staticmethod
    def _claimed(query: Any, claim: Claim) -> Any:
        return query.where(
            col(MessageRow.id).in_(claim.ids),
            col(MessageRow.claim) == claim.token,
            col(MessageRow.state) == "accepted",
        )

    # --- what an operator sees and does ---

    def counts(self) -> dict[str, int]:
        """How many messages are accepted (waiting), done and held."""
        with self._database.read() as session:
            rows = session.exec(
                select(MessageRow.state, func.count()).group_by(col(MessageRow.state))
            ).all()
        return {"accepted": 0, "done": 0, "held": 0} | dict(rows)

    def oldest_waiting(self) -> datetime | None:
        """When the oldest message that still waits was received."""
        with self._database.read() as session:
            query = select(func.min(col(MessageRow.received_at)))
            found: datetime | None = session.exec(query.where(MessageRow.state == "accepted")).one()
            return found

    def listing(self, state: str | None = None, limit: int = 50) -> list[MessageRow]:
        """The newest messages, of one state if given."""
        query = select(MessageRow).order_by(col(MessageRow.id).desc()).limit(limit)
        with self._database.read() as session:
            return list(session.exec(query.where(MessageRow.state == state) if state else query))

    def unknown(self, limit: int = 1000) -> list[MessageRow]:
        """The oldest finished messages of which nobody could say whether the sender is proven."""
        verdict = col(MessageRow.trust)["verdict"].as_string()
        query = select(MessageRow).where(MessageRow.state == "done", verdict == "unknown")
        with self._database.read() as session:
            return list(session.exec(query.order_by(col(MessageRow.id)).limit(limit)))

    def find(self, name: str) -> MessageRow:
        """The message of that number or trace; NotFound if there is none."""
        with self._database.read() as session:
            row = session.exec(select(MessageRow).where(MessageRow.trace == name)).first()
            number = as_number(name)
            if row is None and number is not None:
                row = session.get(MessageRow, number)
        if row is None:
            raise NotFound(f"no message {name} in the spool: see `triage spool list`")
        return row

    def arrivals(self, message: MessageRow) -> list[ArrivalRow]:
        """Every time and way it reached us."""
        query = select(ArrivalRow).where(ArrivalRow.message_id == message.id)
        with self._database.read() as session:
            return list(session.exec(query.order_by(col(ArrivalRow.id))))

    def release_held(self, message: MessageRow) -> None:
        """A held message gets another chance; InvalidState if it is not held."""
        if message.state != "held":
            raise InvalidState(f"message {message.id} is {message.state}, not held")
        self._again(message)

    def replay(self, message: MessageRow) -> None:
        """Read a finished or held message again: its ticket is kept, nothing is answered twice."""
        if message.state == "accepted":
            raise InvalidState(f"message {message.id} is still waiting: nothing to replay")
        self._again(message)

    def _again(self, message: MessageRow) -> None:
        with self._database.transaction() as session:
            session.exec(
                update(MessageRow)
                .where(col(MessageRow.id) == message.id)
                .values(
                    state="accepted", reason=None, attempts=0,
                    claim=None, claimed_by=None, claim_until=None,
                )
            )  # fmt: skip
        if self._on_accepted is not None:
            self._on_accepted()


def _keep(session: Session, deliveries: list[_Delivery]) -> list[tuple[Accepted, ...]]:
    """One commit's worth: new messages, their bytes, every arrival, the cursors."""
    connection = session.connection()
    incoming = [item for delivery in deliveries for item in delivery.incoming]
    known = _known(connection, {item.key for item in incoming})
    fresh = {item.key: item for item in incoming if item.key not in known}
    if fresh:
        connection.execute(_ADD_MESSAGE, [_message_values(item) for item in fresh.values()])
        new = _known(connection, set(fresh))
        connection.execute(
            _ADD_RAW,
            [
                {"message_id": new[key][0], "content": item.arrival.raw}
                for key, item in fresh.items()
            ],
        )
        known |= new
    if incoming:
        connection.execute(_ADD_ARRIVAL, [_arrival_values(item, known) for item in incoming])
    for delivery in deliveries:
        if delivery.cursor is not None:
            _move(session, delivery.cursor)
    results = []
    for delivery in deliveries:
        receipts = []
        for item in delivery.incoming:
            id_, trace = known[item.key]
            receipts.append(Accepted(id_, trace, duplicate=fresh.pop(item.key, None) is None))
        results.append(tuple(receipts))
    return results


def _known(connection: Connection, keys: set[str]) -> dict[str, tuple[int, str]]:
    if not keys:
        return {}
    rows = connection.execute(_KNOWN, {"keys": list(keys)})
    return {key: (id_, trace) for key, id_, trace in rows}


def _message_values(item: _Incoming) -> dict[str, Any]:
    envelope = item.arrival.envelope
    return {
        "trace": f"m-{secrets.token_hex(6)}",
        "key": item.key,
        "sha256": item.sha256,
        "size": len(item.arrival.raw),
        "door": envelope.door,
        "sender": envelope.sender,
        "recipients": list(envelope.recipients),
        "received_at": envelope.received_at,
        "state": "held" if item.arrival.hold else "accepted",
        "reason": item.arrival.hold and item.arrival.hold[:500],
        "attempts": 0,
    }


def _arrival_values(item: _Incoming, known: dict[str, tuple[int, str]]) -> dict[str, Any]:
    envelope = item.arrival.envelope
    return {
        "message_id": known[item.key][0],
        "at": envelope.received_at,
        "door": envelope.door,
        "sender": envelope.sender,
        "recipients": list(envelope.recipients),
        "peer": envelope.peer,
        "helo": envelope.helo,
        "tls": envelope.tls,
    }


def _move(session: Session, cursor: Cursor) -> None:
    values = {
        "uidvalidity": cursor.uidvalidity, "uid": cursor.uid, "since": cursor.since,
        "doubtful": cursor.doubtful, "passed": list(cursor.passed), "updated_at": utcnow(),
    }  # fmt: skip
    session.execute(
        insert_into(session, CursorRow)
        .values(mailbox=cursor.mailbox, **values)
        .on_conflict_do_update(index_elements=["mailbox"], set_=values)
    )

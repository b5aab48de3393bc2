"""Keeps the copies of tickets at the trackers up to date.

Tickets are marked in the transaction that changes them (`gateway.incidents.mirrors`), and open
ones at start that were filed before their tracker was configured; here they
are shown to each tracker, one after the other, by one process at a time (the lease
`mirror:<tracker>`). A copy may be put twice, after a crash, never forgotten. What fails for now is
tried again with growing waits, what fails for good is set aside for a person. Title and text
are masked anew from the ticket's first message; where masking fails nothing is sent.
"""

import asyncio
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, get_args

import structlog
from sqlmodel import Session, col, select

from gateway import reading as reader
from gateway.errors import GatewayError, NotFound, Permanent, is_temporary
from gateway.incidents import mirrors, tickets
from gateway.incidents.mirrors import Due, Outcome
from gateway.model import Message, MirrorState, utcnow
from gateway.outbox.pace import growing
from gateway.reading.redaction import WITHHELD
from gateway.store import leases
from gateway.store.database import Database, as_gateway_error, is_of_the_store
from gateway.store.tables import HistoryRow, MessageRow, MirrorRow, RawRow, TicketRow
from gateway.trackers import Line, Service, TicketView, Tracker

POLL_SECONDS = 2.0
LEASE_SECONDS = 60.0
PUT_SECONDS = 30.0
STOP_SECONDS = 10.0
FIRST_WAIT, LONGEST_WAIT = 5.0, 600.0
BATCH = 50
CATCH_UP = 200  # tickets in one transaction
MAX_TEXT, MAX_READ, MARGIN = 20_000, 100_000, 2_000
MAX_HISTORY = 200
MOST_WORDS = 20
STATES: tuple[MirrorState, ...] = get_args(MirrorState)

log = structlog.get_logger()


class Mirroring:
    """The mirrors of one store. `owner` names this process; without trackers it does nothing."""

    def __init__(
        self,
        database: Database,
        trackers: Sequence[Tracker],
        owner: str,
        service_names: Mapping[str, str],
        published: frozenset[str] = frozenset(),
    ) -> None:
        self._database = database
        self._workers = [
            _Worker(database, one, owner, service_names, published) for one in trackers
        ]
        self._tasks: list[asyncio.Task[None]] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self.names = tuple(tracker.name for tracker in trackers)

    async def start(self) -> None:
        """Begin to mirror, if there are trackers."""
        self._loop = asyncio.get_running_loop()
        for worker in self._workers:
            worker.stopping = False
        self._tasks = [asyncio.create_task(worker.run()) for worker in self._workers]

    async def stop(self) -> None:
        """Finish the tickets in flight, within seconds; the rest keeps waiting."""
        self._loop = None
        for worker in self._workers:
            worker.stopping = True
            worker.woken.set()
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=STOP_SECONDS)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        self._tasks = []

    def wake(self) -> None:
        """Changes were committed: look at once. From any thread."""
        loop = self._loop
        if loop is not None and self._workers:
            with suppress(RuntimeError):  # the loop has just ended
                loop.call_soon_threadsafe(self._wake)

    def _wake(self) -> None:
        for worker in self._workers:
            worker.woken.set()

    # --- what a person sees and does ---

    def status(self) -> list[dict[str, Any]]:
        """Of each tracker: name, and how many tickets wait or are set aside."""
        if not self.names:
            return []
        with self._database.read() as session:
            found = mirrors.counts(session, self.names)
        return [
            {"name": n, "waiting": c.get("waiting", 0), "failed": c.get("failed", 0)}
            for n, c in found.items()
        ]

    def due(self, now: datetime) -> bool:
        """Whether a tracker is to hear of a ticket by `now`."""
        with self._database.read() as session:
            return any(mirrors.due(session, name, now, 1) for name in self.names)

    def listing(self, state: str | None = None, limit: int = 50) -> list[MirrorRow]:
        """The mirrors of the newest tickets, of one state if given; of former trackers, too."""
        query = select(MirrorRow).order_by(col(MirrorRow.ticket_id).desc(), col(MirrorRow.tracker))
        query = query.where(MirrorRow.state == state) if state else query
        with self._database.read() as session:
            return list(session.exec(query.limit(limit)))

    def retry(self, names: Sequence[str] | None) -> int:
        """Try these tickets again now, or for None all that wait or are set aside.

        Returns how many tickets that were. NotFound for one with which there is nothing to do.
        """
        with self._database.transaction() as session:
            ids = None
            if names is not None:
                ids = {tickets.number(tickets.get(session, name)) for name in names}
            done = mirrors.retry(session, ids, self.names)
            for missed in sorted((ids or set()) - done):
                raise NotFound(f"TG-{missed}: none of its mirrors waits or has failed")
        self.wake()
        return len(done)


class _Worker:
    """Shows tickets to one tracker while this process holds its lease."""

    def __init__(
        self, database: Database, tracker: Tracker, owner: str, service_names: Mapping[str, str],
        published: frozenset[str],
    ) -> None:  # fmt: skip
        self._database = database
        self._tracker = tracker
        self._owner = owner
        self._names = service_names
        self._published = published
        self._lease = f"mirror:{tracker.name}"
        self._renew_at = 0.0
        self._is_caught_up = False
        self.woken = asyncio.Event()
        self.stopping = False

    async def run(self) -> None:
        """Until `stopping`: whatever is due; then wait for a wake, or a while."""
        try:
            while not self.stopping:
                self.woken.clear()
                if not await self._guarded_round():
                    with suppress(TimeoutError):
                        await asyncio.wait_for(self.woken.wait(), POLL_SECONDS)
        finally:
            await self._leave()
            with suppress(Exception):  # it is closed or it is not: nobody waits for it
                await self._tracker.close()

    async def _guarded_round(self) -> bool:
        """A store that is away for a while must not end the worker."""
        try:
            return await self._round()
        except Exception as error:
            name = self._tracker.name
            log.warning("mirroring.failed", tracker=name, error=str(as_gateway_error(error)))
            return False

    async def _round(self) -> bool:
        """Show what is due; False where there was nothing to do, or another process does it."""
        while not (self._is_caught_up or self.stopping):
            self._is_caught_up = await asyncio.to_thread(self._catch_up)
        found = await asyncio.to_thread(self._due)
        if not found:
            await self._leave()
        for due in found:
            if self.stopping or not await self._lead():
                return False
            outcome = await self._shown(due)
            # By the store's writer: it shares its commit with mail that comes in meanwhile.
            writing = self._database.writer.submit(mirrors.record, outcome)
            await asyncio.shield(asyncio.wrap_future(writing))
        return bool(found)

    async def _shown(self, due: Due) -> Outcome:
        """Show the tracker one ticket, and say what came of it."""
        name, reference = self._tracker.name, None
        try:
            view = await asyncio.to_thread(self._view, due)
            async with asyncio.timeout(PUT_SECONDS):
                reference = await self._tracker.put(view)
        except Exception as error:
            reason = _reason(error)
            wait = None
            if is_temporary(error):
                wait = growing(FIRST_WAIT, due.attempts + 1, LONGEST_WAIT)
            log.warning("mirror.failed", tracker=name, ticket=f"TG-{due.ticket_id}",
                        error=type(error).__name__, next_try_s=wait and round(wait))  # fmt: skip
            return Outcome(name, due, reason=reason, wait=wait)
        log.info("ticket.mirrored", tracker=name, ticket=view.key, reference=reference)
        return Outcome(name, due, reference=reference)

    # --- the lease ---

    async def _lead(self) -> bool:
        """Take or keep the lease, so that it outlasts a put; False while another has it."""
        now = time.monotonic()
        if now < self._renew_at:
            return True
        if not await asyncio.to_thread(self._take_lease):
            self._renew_at = 0.0
            return False
        self._renew_at = now + LEASE_SECONDS - PUT_SECONDS - 10
        return True

    async def _leave(self) -> None:
        if self._renew_at:
            self._renew_at = 0.0
            with suppress(Exception):  # a lease that is not given back ends by itself
                await asyncio.to_thread(self._give_lease_back)

    def _take_lease(self) -> bool:
        with self._database.transaction() as session:
            return leases.acquire(session, self._lease, self._owner, LEASE_SECONDS)

    def _give_lease_back(self) -> None:
        with self._database.transaction() as session:
            leases.release(session, self._lease, self._owner)

    # --- in a thread: the database and long texts take their time ---

    def _catch_up(self) -> bool:
        """Mark tickets that were filed before this tracker was configured; True for the last."""
        with self._database.transaction() as session:
            marked = mirrors.catch_up(session, self._tracker.name, tickets.OVER, CATCH_UP)
        if marked:
            log.info("mirroring.catches_up", tracker=self._tracker.name, tickets=marked)
        return marked < CATCH_UP

    def _due(self) -> list[Due]:
        with self._database.read() as session:
            return mirrors.due(session, self._tracker.name, utcnow(), BATCH)

    def _view(self, due: Due) -> TicketView:
        with self._database.read() as session:
            ticket = tickets.get(session, due.ticket_id)
            history = tuple(_history(session, due.ticket_id))
            raw = _first_message(session, ticket.merged_into or due.ticket_id)
        title, text = masked(raw, self._published)
        return TicketView(
            key=ticket.ref,
            title=title,
            text=text,
            history=history,
            reference=due.reference,
            **self._labels(ticket),
        )

    def _labels(self, ticket: TicketRow) -> dict[str, Any]:
        return {
            "state": ticket.state,
            "event": ticket.event,
            "services": tuple(Service(s, self._names.get(s, s)) for s in ticket.services),
            "severity": ticket.severity,
            "reach": ticket.reach,
            "people": ticket.people,
            "hampered": ticket.hampered,
            "windows": tuple((w["start"], w["end"]) for w in ticket.windows),
            "created_at": ticket.created_at,
            "updated_at": ticket.updated_at,
        }


def _reason(error: Exception) -> str:
    named = as_gateway_error(error) if is_of_the_store(error) else error
    if isinstance(named, GatewayError):
        return str(named)
    if isinstance(named, TimeoutError):
        return f"no answer within {PUT_SECONDS:.0f} s"
    return f"{type(named).__name__}: {named}"


# --- what may leave ---------------------------------------------------------------------------


def masked(raw: bytes, published: frozenset[str] = frozenset()) -> tuple[str, str]:
    """Subject and text of a message without personal identifiers; Permanent if that fails."""
    message = reader.read(raw)
    if message.error is not None:
        raise Permanent(f"nothing was sent, since the message {message.error}")
    try:
        names = (*reader.people_named(message), *_writers(message))
    except Exception as error:
        raise Permanent("nothing was sent, since masking failed: report a bug") from error
    title = " ".join(_masked(message.subject, names, published).split()) or "(no subject)"
    return title[:200], _masked(message.text, names, published)


def _writers(message: Message) -> Iterator[str]:
    """The names of those who wrote it: on a public board they are nobody's business."""
    forwarded = message.forwarded.sender if message.forwarded else None
    writers = (message.sender, message.reply_to) if message.auto_kind is None else ()
    for writer in (*writers, forwarded):
        if writer is not None and writer.name:
            yield writer.name.partition(" via ")[0]


def _masked(text: str, names: tuple[str, ...], published: frozenset[str]) -> str:
    """Masked, then cut: an identifier that is cut first would no longer be known for one."""
    found = reader.redact(text[:MAX_READ], names, published)
    if found == WITHHELD and text.strip() != WITHHELD:
        raise Permanent("nothing was sent, since masking failed: report a bug")
    if len(text) > MAX_READ:
        found = found[:-MARGIN]
    return found if len(found) <= MAX_TEXT else found[:MAX_TEXT] + "\n[...]"


def _first_message(session: Session, ticket_id: int) -> bytes:
    """The message that opened the ticket; Permanent where there is none to mask its words by."""
    raw = session.exec(
        select(RawRow.content)
        .join(MessageRow, col(MessageRow.id) == col(RawRow.message_id))
        .where(MessageRow.ticket_id == ticket_id)
        .order_by(col(MessageRow.id))
        .limit(1)
    ).first()
    if raw is None:
        raise Permanent("nothing was sent, since the ticket has no message")
    return raw


def _history(session: Session, ticket_id: int) -> Iterator[Line]:
    """The newest lines, oldest first, without who and why: these may name people."""
    query = select(HistoryRow).where(HistoryRow.ticket_id == ticket_id)
    newest = session.exec(query.order_by(col(HistoryRow.id).desc()).limit(MAX_HISTORY)).all()
    for row in reversed(newest):
        changes = [
            f"{label} {row.facts[label][0]} -> {row.facts[label][1]}"
            for label in ("event", "severity")
            if isinstance(row.facts.get(label), list)
        ]
        yield Line(row.at, "; ".join([row.what, *changes]))

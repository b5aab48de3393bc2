"""Keeps the copies of tickets at the trackers up to date.

Tickets are marked in the transaction that changes them (`gateway.incidents.mirrors`), and open
ones at start that were filed before their tracker was configured; here they
are shown to each tracker, one after the other, by one process at a time (the lease
`mirror:<tracker>`). A copy may be put twice, after a crash, never forgotten. What fails for now is
tried again with growing waits, what fails for good is set aside for a person. Title and text
are masked anew from the ticket's first message; where masking fails nothing is sent.
"""

import asyncio
import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, get_args

import structlog
from sqlmodel import Session, col, select

from gateway import hearing
from gateway.errors import NotFound, Permanent, is_temporary
from gateway.incidents import mirrors, tickets
from gateway.incidents.mirrors import NEWS, Due, Outcome
from gateway.masking import first_message, masked
from gateway.model import MirrorState, utcnow
from gateway.outbox.pace import growing
from gateway.postmortem_filing import Draft, PostmortemMirror, mark_of, takes
from gateway.rounds import FIRST_WAIT, LONGEST_WAIT, Crew, Worker, reason_of
from gateway.store.database import Database
from gateway.store.tables import HistoryRow, MirrorRow, ReporterRow, TicketRow, WindowMirrorRow
from gateway.trackers import Heard, Line, Service, TicketView, Tracker, TrackerSettings
from gateway.window_mirroring import WindowMirror

PUT_SECONDS = 30.0
BATCH = 50
CATCH_UP = 200  # tickets in one transaction
MAX_HISTORY = 200
MOST_WORDS = 20
STATES: tuple[MirrorState, ...] = get_args(MirrorState)

log = structlog.get_logger()


class Mirroring(Crew):
    """The mirrors of one store. `owner` names this process; without trackers it does nothing."""

    def __init__(
        self,
        database: Database,
        trackers: Sequence[Tracker],
        owner: str,
        service_names: Mapping[str, str],
        published: frozenset[str] = frozenset(),
        *,
        draft: Draft | None = None,
    ) -> None:
        workers = {
            one.name: _Mirror(database, one, owner, service_names, published) for one in trackers
        }
        live = [one for one in trackers if not workers[one.name].settings.dry_run]
        windows = [
            WindowMirror(database, one, owner, service_names, published)
            for one in live
            if hasattr(one, "put_window")
        ]
        papers = [
            PostmortemMirror(database, one, owner, draft) for one in live if draft and takes(one)
        ]
        super().__init__([*(workers[one.name] for one in live), *windows, *papers])
        self._papers = papers
        self._database = database
        self._workers_by_name = workers
        self.names = tuple(workers)
        self._marks = (*self.names, *(mark_of(one.name) for one in trackers if takes(one)))

    def tell(self, marks: Sequence[str]) -> None:
        """The names under which a ticket is marked that changes because of what people do there."""
        for worker in self._workers_by_name.values():
            worker.marks = tuple(marks)

    # --- what a person sees and does ---

    def status(self) -> list[dict[str, Any]]:
        """Of each tracker: name, and how many tickets wait or are set aside."""
        if not self.names:
            return []
        with self._database.read() as session:
            found = mirrors.counts(session, self.names)
        return [
            {"name": n, "waiting": c.get("waiting", 0), "failed": c.get("failed", 0)}
            | ({"dry_run": True} if self._workers_by_name[n].settings.dry_run else {})
            for n, c in found.items()
        ]

    def due(self, now: datetime) -> bool:
        """Whether a tracker is to hear of a ticket by `now`."""
        workers = self._workers_by_name.items()
        live = [name for name, worker in workers if not worker.settings.dry_run]
        live += [one.mark for one in self._papers]
        with self._database.read() as session:
            return any(mirrors.due(session, name, now, 1) for name in live)

    async def preview(self, name: str, tracker: str | None = None) -> dict[str, list[str]]:
        """What each tracker (or that one) would be sent of a ticket now; sends nothing.

        Where that depends on what is there already, as if nothing were. NotFound.
        """
        if tracker is not None and tracker not in self.names:
            known = ", ".join(self.names) or "none"
            raise NotFound(f"no tracker {tracker} is configured: {known}")
        workers = self._workers_by_name
        wanted = [tracker] if tracker else self.names
        return {one: await workers[one].rehearsed(name) for one in wanted}

    def waiting(self) -> list[str]:
        """The tickets that some tracker is to hear of."""
        query = select(MirrorRow.ticket_id).where(col(MirrorRow.tracker).in_(self.names))
        query = query.where(MirrorRow.state == "waiting").distinct()
        with self._database.read() as session:
            return [f"TG-{n}" for n in session.exec(query.order_by(col(MirrorRow.ticket_id)))]

    def received(self, tracker: str, body: bytes, headers: Mapping[str, str]) -> int:
        """What a signed webhook of that tracker tells; returns how much of it was new.

        NotFound where no such tracker takes any, NotSigned, or Permanent for another form.
        """
        worker = self._workers_by_name.get(tracker)
        if worker is None:
            raise NotFound(f"no tracker {tracker} is configured")
        return worker.received(body, headers)

    def windows(self, state: str | None = None, limit: int = 50) -> list[WindowMirrorRow]:
        """The mirrors of the newest maintenance windows, of one state if given."""
        key = col(WindowMirrorRow.window_id)
        query = select(WindowMirrorRow).order_by(key.desc(), col(WindowMirrorRow.tracker))
        query = query.where(WindowMirrorRow.state == state) if state else query
        with self._database.read() as session:
            return list(session.exec(query.limit(limit)))

    def listing(self, state: str | None = None, limit: int = 50) -> list[MirrorRow]:
        """The mirrors of the newest tickets, of one state if given; of former trackers, too."""
        query = select(MirrorRow).order_by(col(MirrorRow.ticket_id).desc(), col(MirrorRow.tracker))
        query = query.where(MirrorRow.tracker != NEWS)
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
            done = mirrors.retry(session, ids, self._marks)
            for missed in sorted((ids or set()) - done):
                raise NotFound(f"TG-{missed}: none of its mirrors waits or has failed")
        self.wake()
        return len(done)


class _Mirror(Worker):
    """Shows tickets to one tracker while this process holds its lease."""

    def __init__(
        self, database: Database, tracker: Tracker, owner: str, service_names: Mapping[str, str],
        published: frozenset[str],
    ) -> None:  # fmt: skip
        super().__init__(database, f"mirror:{tracker.name}", owner, tracker.close)
        self._tracker = tracker
        self._names = service_names
        self._published = published
        self._is_caught_up = False
        self.settings: TrackerSettings = getattr(tracker, "settings", TrackerSettings())
        self.marks: tuple[str, ...] = ()

    async def _round(self) -> bool:
        """Show what is due; False where there was nothing to do, or another process does it."""
        while not (self._is_caught_up or self.stopping):
            self._is_caught_up = await asyncio.to_thread(self._catch_up)
        if hasattr(self._tracker, "heard") and await asyncio.to_thread(self._is_to_ask):
            if not await self._lead():
                return False
            await self._listen()
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
            if self.is_resting:
                return False
        return bool(found)

    async def _shown(self, due: Due) -> Outcome:
        """Show the tracker one ticket, and say what came of it."""
        name, reference = self._tracker.name, None
        try:
            view = await asyncio.to_thread(self._view, due)
            if due.begun_at is None:
                await asyncio.to_thread(self._begin, due)
            async with asyncio.timeout(PUT_SECONDS):
                reference = await self._tracker.put(view)
        except Exception as error:
            reason = reason_of(error, PUT_SECONDS)
            wait = None
            if is_temporary(error):
                asked = getattr(error, "seconds", None) or 0.0
                wait = max(asked, growing(FIRST_WAIT, due.attempts + 1, LONGEST_WAIT))
                if asked:  # it wants to be left alone: by every ticket
                    self._rest(asked)
            log.warning("mirror.failed", tracker=name, ticket=f"TG-{due.ticket_id}",
                        error=type(error).__name__, next_try_s=wait and round(wait))  # fmt: skip
            return Outcome(name, due, reason=reason, wait=wait)
        log.info("ticket.mirrored", tracker=name, ticket=view.key, reference=reference)
        return Outcome(name, due, reference=reference)

    # --- what people did there ---

    def _is_to_ask(self) -> bool:
        if not self.settings.poll_seconds:
            return False
        with self._database.read() as session:
            last = hearing.cursor(session, self._tracker.name)
        age = (utcnow() - last.asked_at).total_seconds() if last else math.inf
        return age >= self.settings.poll_seconds

    async def _listen(self) -> None:
        """Ask what people did there, and take it down."""
        name = self._tracker.name
        last = await asyncio.to_thread(self._cursor)
        try:
            async with asyncio.timeout(PUT_SECONDS):
                heard = self._tracker.heard  # type: ignore[attr-defined]  # it was asked whether it has it
                events, cursor = await heard(last)
        except Exception as error:
            # It is asked again in its time; the copies have the same trouble, with its reason.
            log.warning("tracker.not_heard", tracker=name, error=type(error).__name__)
            await asyncio.to_thread(self._take_down, [], last or "")
            return
        count = await asyncio.to_thread(self._take_down, events, cursor)
        if count:
            log.info("tracker.heard", tracker=name, events=count)

    def _ear(self) -> hearing.Ear:
        return hearing.Ear(self._tracker.name, self.settings, self.marks)

    def _cursor(self) -> str | None:
        with self._database.read() as session:
            last = hearing.cursor(session, self._tracker.name)
        return (last.cursor or None) if last else None

    def _take_down(self, events: Sequence[Heard], cursor: str) -> int:
        with self._database.transaction() as session:
            name = self._tracker.name
            hearing.move_cursor(session, name, cursor)
            return self._ear().hear(session, events)

    def received(self, body: bytes, headers: Mapping[str, str]) -> int:
        """See Mirroring.received."""
        if not hasattr(self._tracker, "received"):
            raise NotFound(f"{self._tracker.name} takes no webhooks")
        events = self._tracker.received(body, headers)
        with self._database.transaction() as session:
            return self._ear().hear(session, events)

    # --- shown beforehand ---

    async def rehearsed(self, ticket: str) -> list[str]:
        """What it would be sent of that ticket."""
        if not hasattr(self._tracker, "rehearse"):
            raise Permanent(f"{self._tracker.name} cannot show beforehand what it would do")
        view = await asyncio.to_thread(self._view, await asyncio.to_thread(self._as_due, ticket))
        shown: list[str] = await self._tracker.rehearse(view)
        return shown

    def _as_due(self, ticket: str) -> Due:
        with self._database.read() as session:
            number = tickets.number(tickets.get(session, ticket))
            row = session.get(MirrorRow, (number, self._tracker.name))
            return Due(number, 0, row.reference if row else None, 0, row.begun_at if row else None)

    # --- in a thread: the database and long texts take their time ---

    def _catch_up(self) -> bool:
        """Mark tickets that were filed before this tracker was configured; True for the last."""
        with self._database.transaction() as session:
            marked = mirrors.catch_up(session, self._tracker.name, tickets.OVER, CATCH_UP)
        if marked:
            log.info("mirroring.catches_up", tracker=self._tracker.name, tickets=marked)
        return marked < CATCH_UP

    def _begin(self, due: Due) -> None:
        with self._database.transaction() as session:
            mirrors.begin(session, self._tracker.name, due.ticket_id, utcnow())

    def _due(self) -> list[Due]:
        with self._database.read() as session:
            return mirrors.due(session, self._tracker.name, utcnow(), BATCH)

    def _view(self, due: Due) -> TicketView:
        with self._database.read() as session:
            ticket = tickets.get(session, due.ticket_id)
            history = tuple(_history(session, due.ticket_id))
            raw = first_message(session, ticket.merged_into or due.ticket_id)
            mention = self._mention(session, due.ticket_id)
        title, text, _ = masked(raw, self._published)
        return TicketView(
            key=ticket.ref,
            title=title,
            text=text,
            history=history,
            reference=due.reference,
            asked_at=due.begun_at or utcnow(),
            mention=mention,
            **self._labels(ticket),
        )

    def _mention(self, session: Session, ticket_id: int) -> str | None:
        """What whoever reported it first is called there, where the settings say so."""
        names: Mapping[str, str] = getattr(self._tracker, "mentions", {})
        if not names:
            return None
        query = select(ReporterRow.address).where(ReporterRow.ticket_id == ticket_id)
        first = session.exec(query.order_by(col(ReporterRow.id)).limit(1)).first()
        return names.get(first.lower()) if first else None

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
        yield Line(row.at, "; ".join([row.what, *changes]), row.id or 0)

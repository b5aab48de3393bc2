"""Keeps maintenance windows at the trackers that have `put_window`: only what is published leaves.

As `gateway.mirroring` does with tickets: marked in the transaction that publishes the window,
shown by one process at a time (the lease `windows:<tracker>`), tried again or set aside. Whatever
else is shown piece by piece (`Pieces`) goes the same way.
"""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import structlog

from gateway import reading as reader
from gateway.errors import Permanent, is_temporary
from gateway.incidents import mirrors
from gateway.incidents.mirrors import Due, Outcome, Queue
from gateway.model import utcnow
from gateway.outbox.pace import growing
from gateway.rounds import FIRST_WAIT, LONGEST_WAIT, PIECE_SECONDS, Worker, reason_of
from gateway.store.database import Database
from gateway.store.tables import WindowRow
from gateway.trackers import Service, WindowView

BATCH = 50

log = structlog.get_logger()


class Pieces(Worker):
    """Shows what one queue has under one `mark` to a tracker, while this process holds its lease.

    A subclass says what `_put` shows there, and how a piece is called.
    """

    queue: Queue
    kind: str

    def __init__(self, database: Database, tracker: Any, owner: str, lease: str, mark: str) -> None:
        super().__init__(database, lease, owner, tracker.close)
        self._tracker = tracker
        self.mark = mark

    async def _put(self, due: Due) -> str | None:
        raise NotImplementedError

    def _called(self, due: Due) -> str:
        raise NotImplementedError

    async def _round(self) -> bool:
        found = await asyncio.to_thread(self._due)
        if not found:
            await self._leave()
        for due in found:
            if self.stopping or not await self._lead():
                return False
            outcome = await self._shown(due)
            writing = self._database.writer.submit(self.queue.record, outcome)
            await asyncio.shield(asyncio.wrap_future(writing))
        return bool(found)

    async def _shown(self, due: Due) -> Outcome:
        name, what = self._tracker.name, {self.kind: self._called(due)}
        try:
            async with asyncio.timeout(PIECE_SECONDS):
                reference = await self._put(due)
        except Exception as error:
            wait = None
            if is_temporary(error):
                wait = growing(FIRST_WAIT, due.attempts + 1, LONGEST_WAIT)
            error_name = type(error).__name__
            log.warning(f"{self.kind}.failed", tracker=name, error=error_name, **what)
            return Outcome(self.mark, due, reason=reason_of(error, PIECE_SECONDS), wait=wait)
        log.info(f"{self.kind}.mirrored", tracker=name, **what)
        return Outcome(self.mark, due, reference=reference)

    def _due(self) -> list[Due]:
        with self._database.read() as session:
            return self.queue.due(session, self.mark, utcnow(), BATCH)


class WindowMirror(Pieces):
    """Shows published windows to one tracker."""

    queue, kind = mirrors.WINDOWS, "window"

    def __init__(
        self, database: Database, tracker: Any, owner: str, service_names: Mapping[str, str],
        published: frozenset[str],
    ) -> None:  # fmt: skip
        super().__init__(database, tracker, owner, f"windows:{tracker.name}", tracker.name)
        self._names = service_names
        self._published = published

    async def _put(self, due: Due) -> str | None:
        found: str | None = await self._tracker.put_window(await asyncio.to_thread(self._view, due))
        return found

    def _called(self, due: Due) -> str:
        return f"MW-{due.ticket_id}"

    def _view(self, due: Due) -> WindowView:
        """The window as it was published; its words masked, or nothing is sent."""
        with self._database.read() as session:
            row = session.get_one(WindowRow, due.ticket_id)
        told = row.published
        if told is None:
            raise Permanent("nothing was sent, since nobody has reviewed it")
        text = reader.redact(told["text"], (), self._published)
        if text == reader.WITHHELD and told["text"].strip() != reader.WITHHELD:
            raise Permanent("nothing was sent, since masking failed: report a bug")
        services = tuple(Service(one, self._names.get(one, one)) for one in told["services"])
        about = ", ".join(one.name for one in services)
        return WindowView(
            key=row.ref,
            title=f"Maintenance: {about}"[:200],
            text=text or f"{about} may not work during this time.",
            services=services,
            start=datetime.fromisoformat(told["start"]),
            end=datetime.fromisoformat(told["end"]) if told["end"] else None,
            status=told["status"],
            ticket=f"TG-{row.ticket_id}" if row.ticket_id else None,
            reference=due.reference,
        )

"""Durable timers: what is to happen later happens once, also over restarts.

A room sets a timer in its own transaction (`gateway.store.timers`); `app.py` says which function
each kind rings. One process rings at a time (the lease `timers`). Most kinds are `inside`: they
write in the transaction that notes that the timer has rung, so that both happen or neither does.
A kind that opens transactions of its own is `alone`: after a crash it may be rung again, so it must
be harmless twice. What fails for now is tried again with growing waits, what fails for good is set
aside for a person.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlmodel import Session, col, select

from gateway.errors import GatewayError, NotFound, is_temporary
from gateway.model import utcnow
from gateway.outbox.pace import growing
from gateway.store import leases
from gateway.store import timers as rows
from gateway.store.database import Database, as_gateway_error, is_of_the_store
from gateway.store.tables import TimerRow
from gateway.store.timers import Timer, cancel_timers, move_timer, set_timer

__all__ = ["Alone", "Inside", "Kind", "Timer", "Timers", "cancel_timers", "move_timer", "set_timer"]

LEASE, LEASE_SECONDS = "timers", 60.0
POLL_SECONDS = 2.0
STOP_SECONDS = 10.0
FIRST_WAIT, LONGEST_WAIT = 5.0, 3600.0
ATTEMPTS = 10  # then a person looks
BATCH = 50

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Inside:
    """Rung in the transaction that notes it: all that it does is rows of the store."""

    ring: Callable[[Session, Timer], None]


@dataclass(frozen=True, slots=True)
class Alone:
    """Rung outside any transaction, maybe twice after a crash."""

    ring: Callable[[Timer], None]


Kind = Inside | Alone


class Timers:
    """The timers of one store. `owner` names this process; `clock` says what time it is."""

    def __init__(
        self,
        database: Database,
        owner: str,
        kinds: Mapping[str, Kind],
        clock: Callable[[], datetime] = utcnow,
        after: Callable[[], None] = lambda: None,
    ) -> None:
        self._database = database
        self._owner = owner
        self._kinds = dict(kinds)
        self._clock = clock
        self._after = after  # called once something rang: letters may wait
        self._task: asyncio.Task[None] | None = None
        self._woken = asyncio.Event()
        self._stopping = False

    async def start(self) -> None:
        """Begin to ring."""
        self._stopping = False
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Finish the one that rings, within seconds; the rest keeps waiting."""
        self._stopping = True
        self._woken.set()
        if self._task is not None:
            _, late = await asyncio.wait([self._task], timeout=STOP_SECONDS)
            for task in late:
                task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        self._task = None

    @property
    def is_running(self) -> bool:
        """Whether it rings what is due."""
        return self._task is not None and not (self._task.done() or self._stopping)

    async def _run(self) -> None:
        try:
            while not self._stopping:
                if not await self._guarded():
                    with suppress(TimeoutError):
                        await asyncio.wait_for(self._woken.wait(), POLL_SECONDS)
        finally:
            with suppress(Exception):  # a lease that is not given back ends by itself
                await asyncio.to_thread(self._give_lease_back)

    async def _guarded(self) -> int:
        """A store that is away for a while must not end the worker."""
        try:
            return await asyncio.to_thread(self.ring)
        except Exception as error:
            log.warning("timers.failed", error=str(as_gateway_error(error)))
            return 0

    def ring(self) -> int:
        """Ring what is due; returns how many rang. Nothing while another process rings."""
        with self._database.read() as session:
            found = rows.due(session, list(self._kinds), self._clock(), BATCH)
        rung = 0
        for timer in found:
            if self._stopping or not self._lead():
                break
            rung += self._rung(timer)
        if rung:
            self._after()
        return rung

    def _rung(self, timer: Timer) -> bool:
        kind = self._kinds[timer.kind]
        try:
            if isinstance(kind, Alone):
                kind.ring(timer)
            with self._database.transaction() as session:
                if not rows.done(session, timer, self._clock()):
                    return False
                if isinstance(kind, Inside):
                    kind.ring(session, timer)
        except Exception as error:
            self._failed(timer, error)
            return False
        log.info("timer.rang", timer=timer.id, kind=timer.kind, ticket=timer.ticket_id)
        return True

    def _failed(self, timer: Timer, error: Exception) -> None:
        again_at = None
        if is_temporary(error) and (timer.attempts + 1 < ATTEMPTS or is_of_the_store(error)):
            wait = growing(FIRST_WAIT, timer.attempts + 1, LONGEST_WAIT)
            again_at = self._clock() + timedelta(seconds=wait)
        log.warning("timer.failed", timer=timer.id, kind=timer.kind, ticket=timer.ticket_id,
                    error=type(error).__name__, again_at=again_at)  # fmt: skip
        with self._database.transaction() as session:
            rows.failed(session, timer, _reason(error), again_at)

    # --- the lease ---

    def _lead(self) -> bool:
        with self._database.transaction() as session:
            return leases.acquire(session, LEASE, self._owner, LEASE_SECONDS)

    def _give_lease_back(self) -> None:
        with self._database.transaction() as session:
            leases.release(session, LEASE, self._owner)

    # --- what a person sees and does ---

    def listing(self, state: str | None = None, limit: int = 50) -> list[TimerRow]:
        """The timers that ring next, or those of one state."""
        query = select(TimerRow).where(TimerRow.state == (state or "waiting"))
        with self._database.read() as session:
            return list(session.exec(query.order_by(col(TimerRow.due_at)).limit(limit)))

    def retry(self, ids: Sequence[int] | None) -> int:
        """Ring these again that were set aside (all of them, for None). NotFound for any other."""
        with self._database.transaction() as session:
            done = rows.retry(session, ids)
            for missed in sorted(set(ids or ()) - set(done)):
                raise NotFound(f"no timer {missed} was set aside: see triage timers --state failed")
        return len(done)


def _reason(error: Exception) -> str:
    named = as_gateway_error(error) if is_of_the_store(error) else error
    return str(named) if isinstance(named, GatewayError) else f"{type(named).__name__}: {named}"

"""Rounds: what is due elsewhere is worked off by one process at a time, for as long as one serves.

A worker asks the store what is due, does it piece by piece while it holds its lease, and then
waits for a wake, or a while. A crew is the workers of one process: started, woken and stopped
together. What they do is `gateway.mirroring` and `gateway.posting`.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

import structlog

from gateway.errors import GatewayError
from gateway.store import leases
from gateway.store.database import Database, as_gateway_error, is_of_the_store

POLL_SECONDS = 2.0
LEASE_SECONDS = 60.0
PIECE_SECONDS = 30.0  # what one piece of work may take at most
STOP_SECONDS = 10.0
FIRST_WAIT, LONGEST_WAIT = 5.0, 600.0

log = structlog.get_logger()


class Worker:
    """Works off what is due while this process holds the lease `name`. `close` ends it."""

    def __init__(
        self, database: Database, name: str, owner: str, close: Callable[[], Awaitable[None]]
    ) -> None:
        self._database = database
        self._owner = owner
        self._close = close
        self._lease = name
        self._renew_at = 0.0
        self._rest_until = 0.0
        self.woken = asyncio.Event()
        self.stopping = False

    async def _round(self) -> bool:
        """Do what is due; False where there was nothing to do, or another process does it."""
        raise NotImplementedError

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
                await self._close()

    async def _guarded_round(self) -> bool:
        """A store that is away for a while must not end the worker."""
        if self.is_resting:
            return False
        try:
            return await self._round()
        except Exception as error:
            log.warning("round.failed", of=self._lease, error=str(as_gateway_error(error)))
            return False

    @property
    def is_resting(self) -> bool:
        """Whether the far side wants to be left alone just now."""
        return time.monotonic() < self._rest_until

    def _rest(self, seconds: float) -> None:
        """Do nothing for a while: the far side asked for it."""
        self._rest_until = time.monotonic() + seconds

    # --- the lease ---

    async def _lead(self) -> bool:
        """Take or keep the lease, so that it outlasts a piece; False while another has it."""
        now = time.monotonic()
        if now < self._renew_at:
            return True
        if not await asyncio.to_thread(self._take_lease):
            self._renew_at = 0.0
            return False
        self._renew_at = now + LEASE_SECONDS - PIECE_SECONDS - 10
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


class Crew:
    """The workers of one process; without any it does nothing."""

    def __init__(self, workers: Sequence[Worker]) -> None:
        self._workers = workers
        self._tasks: list[asyncio.Task[None]] = []
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def is_running(self) -> bool:
        """Whether all of them work."""
        return len(self._tasks) == len(self._workers) and not any(t.done() for t in self._tasks)

    async def start(self) -> None:
        """Begin to work."""
        self._loop = asyncio.get_running_loop()
        for worker in self._workers:
            worker.stopping, worker.woken = False, asyncio.Event()  # an event is of one loop
        self._tasks = [asyncio.create_task(worker.run()) for worker in self._workers]

    async def stop(self) -> None:
        """Finish the pieces in flight, within seconds; the rest keeps waiting."""
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


def reason_of(error: Exception, seconds: float) -> str:
    """Why a piece did not work, for its row; `seconds` is what it was given."""
    named = as_gateway_error(error) if is_of_the_store(error) else error
    if isinstance(named, GatewayError):
        return str(named)
    if isinstance(named, TimeoutError):
        return f"no answer within {seconds:.0f} s"
    return f"{type(named).__name__}: {named}"

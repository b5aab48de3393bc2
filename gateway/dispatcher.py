"""The dispatcher: claims what waits in the spool and has the engine work on it, batch by batch.

What queued up while the last batch was worked on makes the next one. A batch that fails is
taken apart: each of its messages is tried alone, and one that keeps failing is held with its
reason. A failure of the store is nobody's fault and costs no message a try.
"""

import threading
import time
from collections.abc import Callable
from typing import TypeVar

import structlog

from gateway.config import WorkerSettings
from gateway.engine import Engine
from gateway.errors import GatewayError, Temporary
from gateway.spool import Claim, Spool
from gateway.store.database import as_gateway_error, is_of_the_store

HEARTBEAT_SECONDS = 15.0
POLL_SECONDS = 1.0
STOP_SECONDS = 60.0

T = TypeVar("T")

log = structlog.get_logger()


class Dispatcher:
    """Works off the spool until stopped. `process` does one batch, or raises."""

    def __init__(
        self,
        *,
        spool: Spool,
        engine: Engine,
        process: Callable[[Claim], None],
        workers: WorkerSettings,
        owner: str,
    ) -> None:
        self._spool = spool
        self._engine = engine
        self._process = process
        self._workers = workers
        self._owner = owner
        self._changed = threading.Condition()
        self._poked = False
        self._stopping = False
        self._running: dict[str, Claim] = {}
        self._thread = threading.Thread(target=self._dispatch, name="dispatcher", daemon=True)

    def start(self) -> None:
        """Begin to work."""
        self._engine.launch(self._work, threads=self._at_once)
        self._thread.start()

    def wake(self) -> None:
        """Something new is in the spool. Call it from any thread."""
        with self._changed:
            self._poked = True
            self._changed.notify_all()

    def stop(self) -> None:
        """Finish the batches under way, take no new ones."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        self._thread.join()
        with self._changed:
            self._changed.wait_for(lambda: not self._running, timeout=STOP_SECONDS)
        self._engine.stop(0)

    @property
    def is_running(self) -> bool:
        """Whether it takes new batches."""
        return self._thread.is_alive() and not self._stopping

    @property
    def _at_once(self) -> int:
        # One batch is read while another is written.
        return self._workers.readers + 1

    def _dispatch(self) -> None:
        beat = time.monotonic()
        while not self._stopping:
            if time.monotonic() - beat > HEARTBEAT_SECONDS:
                beat = time.monotonic()
                self._guarded(self._heartbeat)
            claim = self._guarded(self._claim) if len(self._running) < self._at_once else None
            if claim is None:
                self._wait()
            else:
                self._begin(claim)

    def _claim(self) -> Claim | None:
        return self._spool.claim(self._owner, self._workers.batch, self._workers.lease_seconds)

    def _wait(self) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._poked or self._stopping, POLL_SECONDS)
            self._poked = False

    def _begin(self, claim: Claim) -> None:
        with self._changed:
            self._running[claim.token] = claim
        try:
            self._engine.start(claim.token, claim.ids)
        except Exception as error:
            self._give_back(claim, error)
            self._finished(claim)

    def _guarded(self, call: Callable[[], T]) -> T | None:
        """A store that is away for a while must not end the dispatcher."""
        try:
            return call()
        except Exception as error:
            log.error("dispatcher.store_failed", error=str(as_gateway_error(error)))
            return None

    def _heartbeat(self) -> None:
        self._engine.keep_alive()
        for claim in list(self._running.values()):
            self._spool.extend(claim, self._workers.lease_seconds)
        self._engine.prune()

    def _work(self, token: str, ids: list[int]) -> None:
        claim = Claim(token, tuple(ids))
        try:
            self._process(claim)
        except Exception as error:
            self._give_back(claim, error)
        finally:
            self._finished(claim)

    def _give_back(self, claim: Claim, error: Exception) -> None:
        named = as_gateway_error(error) if is_of_the_store(error) else error
        is_known = isinstance(named, GatewayError)
        reason = str(named) if is_known else f"{type(named).__name__}: {named}"
        log.warning("dispatcher.batch_failed", messages=len(claim.ids), error=type(error).__name__)
        attempts = 0 if isinstance(named, Temporary) else self._workers.attempts
        wait = POLL_SECONDS if isinstance(named, Temporary) or len(claim.ids) == 1 else 0.0
        self._guarded(lambda: self._spool.give_back(claim, reason, attempts=attempts, wait=wait))

    def _finished(self, claim: Claim) -> None:
        with self._changed:
            self._running.pop(claim.token, None)
            self._poked = True
            self._changed.notify_all()

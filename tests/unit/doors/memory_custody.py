"""Custody in memory, after the protocol in `gateway.model`: for tests of doors without a store."""

import hashlib
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future

from gateway.model import Accepted, Arrival, Cursor


class MemoryCustody:
    """All that was submitted, in order. A failure appended to `failures` meets the next submit."""

    def __init__(self) -> None:
        self.arrivals: list[Arrival] = []
        self.cursors: dict[str, Cursor] = {}
        self.history: list[Cursor] = []
        self.failures: list[Exception] = []
        self.refused: dict[bytes, Exception] = {}
        self._kept: dict[str, int] = {}
        self._leases: dict[str, tuple[str, float]] = {}
        self._lock = threading.Lock()

    @property
    def bodies(self) -> list[bytes]:
        """The distinct messages, in the order they came."""
        with self._lock:
            return list(dict.fromkeys(arrival.raw for arrival in self.arrivals))

    def submit(
        self, arrivals: Sequence[Arrival], cursor: Cursor | None = None
    ) -> "Future[tuple[Accepted, ...]]":
        future: Future[tuple[Accepted, ...]] = Future()
        with self._lock:
            failure = self._failure(arrivals)
            if failure is not None:
                future.set_exception(failure)
                return future
            future.set_result(tuple(self._accept(arrival) for arrival in arrivals))
            if cursor is not None:
                self.cursors[cursor.mailbox] = cursor
                self.history.append(cursor)
        return future

    def _failure(self, arrivals: Sequence[Arrival]) -> Exception | None:
        refusals = [self.refused[a.raw] for a in arrivals if a.raw in self.refused]
        if refusals:
            return refusals[0]
        return self.failures.pop(0) if arrivals and self.failures else None

    def _accept(self, arrival: Arrival) -> Accepted:
        self.arrivals.append(arrival)
        key = hashlib.sha256(arrival.raw).hexdigest()
        is_known = key in self._kept
        number = self._kept.setdefault(key, len(self._kept) + 1)
        return Accepted(number, key[:8], is_known)

    def cursor(self, mailbox: str) -> Cursor | None:
        with self._lock:
            return self.cursors.get(mailbox)

    def acquire(self, name: str, owner: str, seconds: float) -> bool:
        with self._lock:
            holder, until = self._leases.get(name, (owner, 0.0))
            if holder != owner and time.monotonic() < until:
                return False
            self._leases[name] = (owner, time.monotonic() + seconds)
            return True

    def release(self, name: str, owner: str) -> None:
        with self._lock:
            if self._leases.get(name, ("", 0.0))[0] == owner:
                del self._leases[name]

    def take_away(self, name: str, owner: str) -> None:
        """Give that lease to `owner` for a minute, as if it had run out."""
        with self._lock:
            self._leases[name] = (owner, time.monotonic() + 60)

    def holder(self, name: str) -> str | None:
        """Who holds that lease."""
        with self._lock:
            return self._leases.get(name, (None, 0.0))[0]

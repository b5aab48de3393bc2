"""The DNS, asked with care: every question ends in time, and every answer is kept for its TTL.

An answer is a name that is not there, or its rows (none of that type: an empty tuple). Anything
else, a server that fails, refuses or says nothing within the time, is `Unanswered`: nobody may
take that for either answer.
"""

import threading
import time
from collections.abc import Sequence
from typing import Any, NamedTuple

import dns.exception
import dns.name
import dns.nameserver
import dns.resolver

MOST_KEPT = 20_000
LONGEST_KEPT, SHORTEST_KEPT = 3600.0, 1.0
NOTHING_KEPT, FAILURE_KEPT = 60.0, 5.0
ONE_QUESTION = 3.0


class Unanswered(Exception):
    """The DNS did not answer: nothing is known."""


class NoResolver(Exception):
    """Nobody is there to ask."""


class Answer(NamedTuple):
    """What a name holds of one type; `exists` is false where there is no such name (NXDOMAIN)."""

    exists: bool
    rows: tuple[Any, ...] = ()


NO_SUCH_NAME = Answer(exists=False)


class Dns:
    """The resolvers of `addresses` (host and port; the system's where there are none), cached.

    Safe to use from any thread.
    """

    def __init__(self, addresses: Sequence[tuple[str, int]] = ()) -> None:
        try:
            self._resolver = dns.resolver.Resolver(configure=not addresses)
        except (dns.resolver.NoResolverConfiguration, OSError) as error:
            raise NoResolver("this machine names no resolver") from error
        if addresses:
            self._resolver.nameservers = [
                dns.nameserver.Do53Nameserver(host, port) for host, port in addresses
            ]
        self._resolver.use_edns(0, 0, 1232)
        self._kept: dict[tuple[str, str], tuple[float, Answer | None]] = {}
        self._lock = threading.Lock()

    def asker(self, seconds: float) -> "Asker":
        """Whoever asks for one message: all its questions together may take `seconds`."""
        return Asker(self, time.monotonic() + seconds)

    def ask(self, name: str, kind: str, until: float) -> Answer:
        """What `name` holds. Raises Unanswered."""
        try:
            wanted = dns.name.from_text(name)
        except (dns.exception.DNSException, UnicodeError):
            return NO_SUCH_NAME  # no name that could be there
        key = wanted.to_text().lower(), kind
        with self._lock:
            kept_until, answer = self._kept.get(key, (0.0, None))
        if kept_until > time.monotonic():
            if answer is None:
                raise Unanswered(f"{name} {kind}: no answer a moment ago")
            return answer
        return self._asked(key, wanted, kind, until)

    def _asked(self, key: tuple[str, str], name: dns.name.Name, kind: str, until: float) -> Answer:
        seconds = min(ONE_QUESTION, until - time.monotonic())
        if seconds <= 0:
            raise Unanswered(f"{key[0]} {kind}: no time was left to ask")
        try:
            found = self._resolver.resolve(
                name, kind, search=False, lifetime=seconds, raise_on_no_answer=False
            )
        except dns.resolver.NXDOMAIN:
            return self._keep(key, NO_SUCH_NAME, NOTHING_KEPT)
        except (dns.exception.DNSException, OSError) as error:
            if seconds == ONE_QUESTION or not isinstance(error, dns.exception.Timeout):
                self._note(key, None, FAILURE_KEPT)
            raise Unanswered(f"{key[0]} {kind}: {type(error).__name__}") from error
        if not found.rrset:
            return self._keep(key, Answer(exists=True), NOTHING_KEPT)
        kept = min(LONGEST_KEPT, max(SHORTEST_KEPT, found.expiration - time.time()))
        return self._keep(key, Answer(True, tuple(found.rrset)), kept)

    def _keep(self, key: tuple[str, str], answer: Answer, seconds: float) -> Answer:
        self._note(key, answer, seconds)
        return answer

    def _note(self, key: tuple[str, str], answer: Answer | None, seconds: float) -> None:
        """Keep an answer, or that there was none."""
        with self._lock:
            if len(self._kept) >= MOST_KEPT:
                self._forget()
            self._kept[key] = time.monotonic() + seconds, answer

    def _forget(self) -> None:
        """Make room: what is over, and where nothing is, all of it."""
        now = time.monotonic()
        self._kept = {key: kept for key, kept in self._kept.items() if kept[0] > now}
        if len(self._kept) >= MOST_KEPT:
            self._kept.clear()


class Asker:
    """Asks the DNS for one message, until its time is over."""

    def __init__(self, dns_: Dns, until: float) -> None:
        self._dns = dns_
        self._until = until

    def ask(self, name: str, kind: str) -> Answer:
        """What `name` holds of that type. Raises Unanswered."""
        return self._dns.ask(name, kind, self._until)

    def texts(self, name: str) -> list[bytes]:
        """The TXT records of `name`, the strings of each joined. Raises Unanswered."""
        return [b"".join(row.strings) for row in self.ask(name, "TXT").rows]

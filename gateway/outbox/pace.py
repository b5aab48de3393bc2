"""How fast letters go: a token bucket for the relay, growing waits for what did not work.

Own code, since the rate must hold over every letter of every kind, smoothly, and a limiter
that counts starts lets bursts through.
"""

import random
import time
from collections.abc import Callable, Mapping

LONGEST_PAUSE = 300.0
FIRST_PAUSE = 2.0


class Bucket:
    """Lets `per_minute` letters through, evenly, a quarter of a second's worth at once."""

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = per_minute / 60
        self._size = max(1.0, self._rate / 4)
        self._clock = clock
        self._tokens = self._size
        self._at = clock()

    def take(self) -> float:
        """Take a token: 0.0 if there was one, else the seconds after which to ask again."""
        now = self._clock()
        self._tokens = min(self._size, self._tokens + (now - self._at) * self._rate)
        self._at = now
        if self._tokens >= 1:
            self._tokens -= 1
            return 0.0
        return max(0.001, (1 - self._tokens) / self._rate)  # never too little to move a clock


def growing(first: float, tries: int, longest: float) -> float:
    """Seconds to wait after `tries` failures (1 or more): doubling, a fifth of it chance."""
    wait: float = min(longest, first * 2 ** min(tries - 1, 30))
    return wait * random.uniform(0.8, 1.2)  # noqa: S311 - to spread load, not to keep a secret


class Pause:
    """Whether to leave the relay alone for now, and why: it is down for all letters or for none."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._until = 0.0
        self._failures = 0
        self.reason = ""

    @property
    def left(self) -> float:
        """Seconds until the relay may be tried again; 0.0 where it may be tried now."""
        return max(0.0, self._until - self._clock())

    @property
    def is_on(self) -> bool:
        """True from a failure until the next success."""
        return self._failures > 0

    def failed(self, reason: str, longest: float = LONGEST_PAUSE) -> None:
        """The relay could not be used: wait, longer each time."""
        self._failures += 1
        self.reason = reason
        self._until = self._clock() + growing(FIRST_PAUSE, self._failures, longest)

    def succeeded(self) -> None:
        """The relay works."""
        self._failures, self._until, self.reason = 0, 0.0, ""


class Domains:
    """How fast letters go to each domain of recipients, and which are left alone for a while.

    `per_minute` letters to each (0: as many as there are), `special` numbers for some. A domain
    that puts off SEVERAL letters in a row, with no success between, is left alone for growing
    times: what is asked of it meanwhile would only make it angrier.
    """

    SEVERAL = 3
    FIRST, LONGEST = 30.0, 3600.0

    def __init__(
        self,
        per_minute: int,
        special: Mapping[str, int],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._per_minute = per_minute
        self._special = special
        self._clock = clock
        self._buckets: dict[str, Bucket] = {}
        self._tails: dict[str, float] = {}  # until when places in the line are given away
        self._failures: dict[str, int] = {}
        self._until: dict[str, float] = {}

    @property
    def is_idle(self) -> bool:
        """Whether no domain is limited or left alone."""
        return not (self._per_minute or self._special or self._until)

    def wait(self, domain: str, *, has_waited: bool) -> tuple[float, str]:
        """Seconds until a letter may go there, 0.0 for now, and why it must wait.

        One that `has_waited` comes before those that have not.
        """
        now = self._clock()
        until = self._until.get(domain, 0.0)
        if until > now:
            # Not all at one moment.
            return (until - now) * random.uniform(1.0, 1.2), f"{domain} puts letters off"  # noqa: S311
        rate = self._special.get(domain, self._per_minute)
        if not rate:
            return 0.0, ""
        if domain not in self._buckets:
            self._buckets[domain] = Bucket(rate, self._clock)
        tail = self._tails.get(domain, 0.0)
        if (has_waited or tail <= now) and self._buckets[domain].take() == 0.0:
            return 0.0, ""
        self._tails[domain] = max(now, tail) + 60 / rate
        return self._tails[domain] - now, f"{rate} letters a minute go to {domain}"

    def deferred(self, domain: str) -> bool:
        """It put a letter off; whether it is left alone from now on."""
        failures = self._failures[domain] = self._failures.get(domain, 0) + 1
        if failures < self.SEVERAL or self._until.get(domain, 0.0) > self._clock():
            return False
        pause = growing(self.FIRST, failures - self.SEVERAL + 1, self.LONGEST)
        self._until[domain] = self._clock() + pause
        return True

    def succeeded(self, domain: str) -> None:
        """It took a letter."""
        self._failures.pop(domain, None)
        self._until.pop(domain, None)


def domain_of(recipient: str) -> str:
    """The domain of an address, in lower case."""
    return recipient.rpartition("@")[2].lower()

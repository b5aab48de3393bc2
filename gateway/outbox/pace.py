"""How fast letters go: a token bucket for the relay, growing waits for what did not work.

Own code, since the rate must hold over every letter of every kind, smoothly, and a limiter
that counts starts lets bursts through.
"""

import random
import time
from collections.abc import Callable

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

"""Room in memory for messages under way: how much all connections of a door may take at once.

A message takes room as it grows and holds it until it is on the disk, however long that takes:
a client that hears 451 and comes again must not pile up what the disk has not taken yet. The
numbers are octets of messages; the rest of a connection is small and bounded elsewhere.
"""

import asyncio
from typing import Any


class Room:
    """The room of one door. Only for its event loop."""

    def __init__(self, octets: int) -> None:
        self.left = octets

    def share(self) -> "Share":
        """For one message; nothing is taken yet."""
        return Share(self)


class Share:
    """What one message takes. As a context it is given back at the end, or once it is on disk."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._octets = 0
        self._is_kept = False

    def resize(self, octets: int) -> bool:
        """Take more, or give some back; False, and nothing changes, where there is no room."""
        more = octets - self._octets
        if more > self._room.left:
            return False
        self._room.left -= more
        self._octets = octets
        return True

    def keep_until(self, done: "asyncio.Future[Any]") -> None:
        """Hold it until then, also beyond the end of the context."""
        self._is_kept = True
        done.add_done_callback(lambda _: self.resize(0))

    def __enter__(self) -> "Share":
        return self

    def __exit__(self, *_: object) -> None:
        if not self._is_kept:
            self.resize(0)

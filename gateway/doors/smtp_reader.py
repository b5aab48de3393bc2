"""Reads lines and blocks from an SMTP client for aiosmtpd, and takes only CRLF for a line's end.

aiosmtpd ends a command at a bare LF. Two servers that read such a line differently can be made to
see two messages in one (SMTP smuggling), so here it ends the connection (RFC 5321 section 2.3.8).
"""

import asyncio
from typing import Final

# asyncio pauses reading above twice this much unread input (octets), and takes no longer line.
LIMIT: Final = 128 * 1024
BLOCK: Final = 4 * LIMIT
# A pipelining client is served this many commands before the others have their turn.
TURN: Final = 100
BARE_NEWLINE: Final = b"500 5.5.2 Lines end in CRLF; closing"


class Hangup(BaseException):
    """End the connection with this reply; "" when the client will send nothing more.

    No Exception, since aiosmtpd answers every Exception and goes on.
    """

    def __init__(self, reply: bytes = b"") -> None:
        super().__init__()
        self.reply = reply


class StrictReader(asyncio.StreamReader):
    """Every reading method raises Hangup when the client sends nothing more."""

    _buffer: bytearray  # asyncio's

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(limit=LIMIT, loop=loop)
        self._lines = 0

    async def readuntil(self, separator: bytes = b"\n") -> bytes:  # type: ignore[override]
        # Python 3.13 widens the argument; aiosmtpd gives none.
        """The next line with its CRLF. Raises Hangup when it ends otherwise."""
        self._lines += 1
        if self._lines % TURN == 0:
            await asyncio.sleep(0)
        try:
            line = await super().readuntil(separator)
        except asyncio.IncompleteReadError:
            raise Hangup from None
        if not line.endswith(b"\r\n") or line.find(b"\r") < len(line) - 2:
            raise Hangup(BARE_NEWLINE)
        return line

    async def read_block(self) -> bytes:
        """All that has come, at least one octet."""
        block = await self.read(BLOCK)
        if not block:
            raise Hangup
        return block

    def has_line(self) -> bool:
        """Whether a line is there, and reading one will not wait."""
        return b"\n" in self._buffer

    def put_back(self, block: bytes) -> None:
        """Return what was read too far."""
        self._buffer[:0] = block

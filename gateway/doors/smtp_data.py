"""Takes a message out of the SMTP DATA stream (RFC 5321 section 4.5.2), block by block.

Only CRLF.CRLF ends a message, wherever the blocks are cut; what follows it is handed back, since
it is the next command of a pipelining client. A CR or LF that stands alone is refused at once,
for two servers that read such a line differently can be made to see two messages in one
(SMTP smuggling). Size and line length are enforced while the data arrives: what is beyond them
is dropped, never gathered, but read to its end, so that the client sees the refusal.

Every step is one bytes operation over a block; there is no loop over lines.
"""

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from gateway.config import SmtpSettings
from gateway.doors.smtp_reader import StrictReader
from gateway.doors.smtp_room import Share

CRLF: Final = b"\r\n"
END: Final = b"\r\n.\r\n"
RECEIVED: Final = b"\r\nreceived:"
# Patterns, since they are looked for in half the time that bytes.find and bytes.count take.
LEADING_DOT: Final = re.compile(rb"\r\n\.")
BARE_CR: Final = re.compile(rb"\r(?!\n)")

# A client whose message is refused already may send this much (octets) before it is cut off.
OVERRUN: Final = 64 * 2**20
# Slower than this (octets a second) over a whole message is no mail but a slot being held.
MIN_RATE: Final = 500


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a message is not taken: the SMTP reply, and whether the connection ends with it."""

    reply: bytes
    close: bool = False


BARE_NEWLINE: Final = Refusal(b"550 5.6.0 CR and LF must stand together; closing", close=True)
TOO_BIG: Final = Refusal(b"552 5.3.4 Message too big")
MUCH_TOO_BIG: Final = Refusal(b"552 5.3.4 Message too big; closing", close=True)
LINE_TOO_LONG: Final = Refusal(b"552 5.6.0 Line too long")
NO_ROOM: Final = Refusal(b"452 4.3.1 Busy with other messages, try again later")
TOO_MANY_HOPS: Final = Refusal(b"554 5.4.6 Too many hops: this message is going in circles")


class DataReader:
    """One message being received.

    Give `feed` every block as it comes until it returns what follows the end marker; then either
    `refusal` says why the message is not taken, or `raw()` is the message. A refusal with `close`
    may stand before the end has come: answer it and read no further.
    """

    def __init__(self, max_size: int, max_line: int) -> None:
        self.refusal: Refusal | None = None
        self.received = 0
        self._max_size = max_size
        self._max_line = max_line
        self._size = 0
        self._pieces: list[bytes] = []
        # The data is seen as lines that each *begin* with CRLF, the first one's being that of
        # the DATA command. So the rest always starts at a CRLF, where a dot may follow.
        self._rest = CRLF

    def feed(self, block: bytes) -> bytes | None:
        """Take the next block. None: the end has not come; else what stands behind the end."""
        self.received += len(block)
        data = self._rest + block
        dot = LEADING_DOT.search(data)
        end = data.find(END, dot.start()) if dot else -1
        if end >= 0:
            self._take(data[: end + 2])
            return data[end + len(END) :]
        cut = data.rfind(CRLF)
        self._take(data[:cut])
        self._rest = data[cut:]
        self._judge_rest()
        if self.received > self._max_size + OVERRUN:
            self.refusal = MUCH_TOO_BIG
        return None

    @property
    def held(self) -> int:
        """How many octets are in memory."""
        return self._size + len(self._rest) if self.refusal is None else 0

    def refuse(self, refusal: Refusal) -> None:
        """Keep nothing of it, and read it to its end."""
        self.refusal = refusal
        self._pieces.clear()

    def raw(self) -> bytes:
        """The message, byte for byte as it was before the client doubled its leading dots."""
        return b"".join(self._pieces)[2:]

    def _take(self, lines: bytes) -> None:
        """Check whole lines (CRLF first) and keep them without their transparency dots."""
        if self.refusal is not None:
            return
        if BARE_CR.search(lines) or lines.count(b"\n") != lines.count(b"\r"):
            self.refuse(BARE_NEWLINE)
        elif self._has_long_line(lines):
            self.refuse(LINE_TOO_LONG)
        else:
            if LEADING_DOT.search(lines):
                lines = lines.replace(b"\r\n.", CRLF)
            self._size += len(lines)
            self._pieces.append(lines)
            if self._size - 2 > self._max_size:
                self.refuse(TOO_BIG)

    def _has_long_line(self, lines: bytes) -> bool:
        """Jump from CRLF to CRLF, each time as far as a line may reach."""
        at, step = 0, self._max_line + 2
        while len(lines) - at > step:
            following = lines.rfind(CRLF, at + 2, at + step + 2)
            if following < 0:
                return True
            at = following
        return False

    def _judge_rest(self) -> None:
        """Look at the unfinished line, whose only complete CRLF is its first two bytes."""
        rest = self._rest
        if self.refusal is not None:
            pass
        elif rest.find(b"\n", 2) >= 0 or rest.find(b"\r", 2, -1) >= 0:
            self.refuse(BARE_NEWLINE)
        elif len(rest) > self._max_line + 3:
            self.refuse(LINE_TOO_LONG)
        elif self._size + len(rest) - 4 > self._max_size:
            self.refuse(TOO_BIG)
        if self.refusal is not None:
            # Nothing of it is kept: what may become the end marker is enough.
            self._rest = rest[-len(END) :]


async def receive(
    stream: StrictReader,
    settings: SmtpSettings,
    set_deadline: Callable[[float], None],
    share: Share,
) -> bytes | Refusal:
    """The message that the client sends now, or why it is refused; then nothing of it is kept.

    What follows the message is left in the stream. `set_deadline` is told, before each wait, how
    many seconds it may take; `share` is what the message takes of the room for messages under
    way. Raises what the stream raises.
    """
    reader = DataReader(settings.max_size, settings.max_line)
    clock = asyncio.get_running_loop().time
    started = clock()
    while reader.refusal is None or not reader.refusal.close:
        patience = started + settings.timeout + reader.received / MIN_RATE - clock()
        set_deadline(max(min(patience, settings.timeout), 0.001))
        rest = reader.feed(await stream.read_block())
        if not share.resize(reader.held):
            reader.refuse(NO_ROOM)
            share.resize(0)
        if rest is not None:
            stream.put_back(rest)
            break
    return reader.refusal or reader.raw()


def hops(raw: bytes) -> int:
    """How many Received fields the header has: the servers it came through (RFC 5321 6.3)."""
    header, _, _ = (CRLF + raw).partition(b"\r\n\r\n")
    return header.lower().count(RECEIVED)

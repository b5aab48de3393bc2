"""One SMTP connection as lines, blocks and replies: buffering, deadlines and TLS, no protocol.

Own instead of asyncio's streams, because what was read ahead must be ours: a message's end lies
inside a block, whose remainder is the next command; and what a client sent in clear before TLS
began must be thrown away. Replies gather until the client has nothing more for us to read, so that
a pipelined group is answered in one packet (RFC 2920).
"""

import asyncio
import ssl
from collections.abc import Callable
from contextlib import suppress
from typing import Final, cast

# Reading pauses above this much unread input (octets); a block of DATA is at most about as much.
HIGH_WATER: Final = 256 * 1024
# A pipelining client is served this many commands before the others have their turn.
TURN: Final = 100
HANDSHAKE_SECONDS: Final = 60.0
LINGER_SECONDS: Final = 2.0


class Closed(Exception):
    """The client has gone, or will send nothing more."""


class TimedOut(Exception):
    """The client took too long."""


class Interrupted(Exception):
    """The door is being closed."""


class BareNewline(Exception):
    """A command line with a CR or LF that stands alone."""


class LineTooLong(Exception):
    """A command line beyond the limit; it was read to its end and dropped."""


class Wire(asyncio.Protocol):
    """A connection. One task at a time reads from it.

    Every reading method raises Closed, TimedOut or Interrupted instead of waiting for ever.
    """

    def __init__(self, connected: Callable[["Wire"], None], timeout: float) -> None:
        self.timeout = timeout
        self._connected = connected
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray()
        self._replies: list[bytes] = []
        self._waiter: asyncio.Future[None] | None = None
        self._failure: Exception | None = None
        self._at_eof = False
        self._paused = False
        self._clogged = False
        self._deadline = 0.0
        self._watchdog: asyncio.TimerHandle | None = None

    # --- what the event loop calls --------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport and tell the door."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's derives from nothing
        self._connected(self)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  asyncio's signature
        """Nobody will read or write any more."""
        self._at_eof = True
        self._failure = self._failure or Closed()
        self._clogged = False
        if self._watchdog is not None:
            self._watchdog.cancel()
        self._wake()

    def data_received(self, data: bytes) -> None:
        """Buffer it; a client that sends faster than we read is made to wait."""
        self._buffer += data
        if len(self._buffer) > HIGH_WATER and not self._paused and self._transport is not None:
            self._paused = True
            self._transport.pause_reading()
        self._wake()

    def eof_received(self) -> bool:
        """What is buffered still counts, and replies still go out, except over TLS."""
        self._at_eof = True
        self._wake()
        return self.tls is None

    def pause_writing(self) -> None:
        """The client does not fetch its replies."""
        self._clogged = True

    def resume_writing(self) -> None:
        """It does again."""
        self._clogged = False
        self._wake()

    # --- reading --------------------------------------------------------------------------

    async def read_line(self, limit: int) -> bytes:
        """The next line without its CRLF, at most `limit` octets long."""
        self.set_deadline(self.timeout)
        if len(self._replies) >= TURN:
            self.flush()
            await asyncio.sleep(0)
        buffer = self._buffer
        dropped = seen = 0
        while (end := buffer.find(b"\n", seen)) < 0:
            if len(buffer) > limit + 2:
                dropped += len(buffer)
                buffer.clear()
                if dropped > 4 * HIGH_WATER:
                    raise Closed
            seen = len(buffer)
            await self._more()
        line = bytes(buffer[:end])
        del buffer[: end + 1]
        if dropped or len(line) > limit + 1:
            raise LineTooLong
        if not line.endswith(b"\r") or line.find(b"\r", 0, -1) >= 0:
            raise BareNewline
        return line[:-1]

    async def read_block(self) -> bytes:
        """All that has come, at least one octet."""
        while not self._buffer:
            await self._more()
        block = bytes(self._buffer)
        self._buffer.clear()
        return block

    def put_back(self, block: bytes) -> None:
        """Return what was read too far."""
        self._buffer[:0] = block

    def set_deadline(self, seconds: float) -> None:
        """Reading fails with TimedOut when the client lets us wait until `seconds` from now."""
        # One timer a connection that looks when it rings, not one a read: timers are not free.
        self._deadline = self._loop.time() + seconds
        if self._watchdog is None or self._watchdog.when() > self._deadline:
            self._watch()

    def interrupt(self) -> None:
        """Let the reader, now or at its next wait, fail with Interrupted."""
        self._failure = self._failure or Interrupted()
        self._wake()

    async def _more(self) -> None:
        """Send what is to be sent, then wait for input."""
        self.flush()
        if self._paused and self._transport is not None:
            self._paused = False
            self._transport.resume_reading()
        size = len(self._buffer)
        while len(self._buffer) == size or self._clogged:
            if self._failure is not None:
                raise self._failure
            if self._at_eof and not self._clogged:
                raise Closed
            self._waiter = self._loop.create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _watch(self) -> None:
        if self._watchdog is not None:
            self._watchdog.cancel()
        self._watchdog = self._loop.call_at(self._deadline, self._ring)

    def _ring(self) -> None:
        self._watchdog = None
        if self._waiter is None:
            # The client waits for us: no fault of its own. Look again after a full timeout.
            self._deadline = max(self._deadline, self._loop.time() + self.timeout)
        if self._loop.time() < self._deadline:
            self._watch()
        else:
            self._failure = self._failure or TimedOut()
            self._wake()

    # --- writing --------------------------------------------------------------------------

    def reply(self, line: bytes) -> None:
        """Answer with this line, in one go with others once the client waits for it."""
        self._replies.append(line)

    def flush(self) -> None:
        """Send the replies now."""
        if self._replies and self._transport is not None and not self._transport.is_closing():
            self._transport.write(b"\r\n".join(self._replies) + b"\r\n")
        self._replies.clear()

    # --- TLS and the end ------------------------------------------------------------------

    @property
    def peer(self) -> str | None:
        """The client's address, without port."""
        name = self._transport.get_extra_info("peername") if self._transport else None
        return str(name[0]) if name else None

    @property
    def tls(self) -> str | None:
        """Protocol and cipher, None in clear."""
        session = self._transport.get_extra_info("ssl_object") if self._transport else None
        if session is None:
            return None
        return f"{session.version()} {session.cipher()[0]}"

    async def start_tls(self, context: ssl.SSLContext) -> None:
        """Send the replies, forget all input so far and shake hands. Raises OSError, Closed."""
        transport = self._transport
        if transport is None or transport.is_closing() or self._at_eof:
            raise Closed
        self.flush()
        # What came with STARTTLS was sent in clear, perhaps by somebody else (RFC 3207 section 6).
        self._buffer.clear()
        if self._paused:
            self._paused = False
            transport.resume_reading()
        secured = await self._loop.start_tls(
            transport,
            self,
            context,
            server_side=True,
            ssl_handshake_timeout=min(self.timeout, HANDSHAKE_SECONDS),
        )
        if secured is None:
            raise Closed
        self._transport = secured

    def close(self) -> None:
        """Send what is left and close; a client that does not fetch it is cut off."""
        self.flush()
        if self._transport is not None:
            self._transport.close()
            if self._transport.get_write_buffer_size():
                self._loop.call_later(LINGER_SECONDS, self._transport.abort)

    async def linger(self) -> None:
        """Send what is left, and drop the client's input until it has read that and gone.

        Closing with unread input would reset the connection, and the reset would overtake our
        last words. Returns after LINGER_SECONDS at the latest; then `close`.
        """
        self.flush()
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        if transport.can_write_eof():
            transport.write_eof()
        if not isinstance(self._failure, Closed):
            self._failure = None
        self.set_deadline(LINGER_SECONDS)
        with suppress(Closed, TimedOut, Interrupted):
            while True:
                self._buffer.clear()
                await self._more()

    def abort(self) -> None:
        """Close at once."""
        if self._transport is not None:
            self._transport.abort()

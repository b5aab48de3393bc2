"""The dialogue on an open connection to the relay: an envelope, a text, and what it answers.

aiosmtplib opens a connection, secures it and logs in; then its line is taken over here. Where the
relay offers PIPELINING (RFC 2920) MAIL, RCPT and DATA are said together and answered together,
else one after the other; the text only goes once the relay waits for it. Replies are paired with
commands by their order, so a line that answers out of turn, late or in no known form is dropped.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import cast

LONGEST_REPLY = 32_768
MALFORMED = -1
OK, FORWARDED, GO_AHEAD = 250, 251, 354
_GOOD = ((OK,), (OK, FORWARDED), (GO_AHEAD,))  # what MAIL, RCPT and DATA are answered


@dataclass(frozen=True, slots=True)
class Reply:
    """What the relay said. A reply that is none has the code MALFORMED."""

    code: int
    text: str


class Lost(Exception):
    """The line is gone; the reason names no host and no address."""


class Line(asyncio.Protocol):
    """The line of `transport`, whose protocol this becomes. Not for use by two tasks at once."""

    def __init__(
        self, transport: asyncio.BaseTransport, *, timeout: float, pipelining: bool
    ) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._timeout = timeout
        self._pipelining = pipelining
        self._said = b""  # received, and no whole reply yet
        self._text: list[bytes] = []  # the lines of a reply whose last one is still to come
        self._replies: list[Reply] = []
        self._awaited = 0
        self._waiter: asyncio.Future[None] | None = None
        self._end: BaseException | None = None
        self._loop = asyncio.get_running_loop()
        self._too_late_at = 0.0
        self._watch: asyncio.TimerHandle | None = None
        self._transport.set_protocol(self)

    @property
    def is_open(self) -> bool:
        """True while connected, as far as is known."""
        return self._end is None and not self._transport.is_closing()

    def close(self) -> None:
        """Drop it without a word."""
        with suppress(RuntimeError):  # the loop has just been closed
            self._transport.close()

    # --- what is said ---

    async def envelope(self, mail: bytes, rcpt: bytes) -> Reply | None:
        """Say whose letter goes to whom; None where its text may follow, else the refusal."""
        commands = (mail, rcpt, b"DATA\r\n")
        if not self._pipelining:
            for command, good in zip(commands, _GOOD, strict=True):
                if (reply := await self.ask(command)).code not in good:
                    return reply
            return None
        replies = await self._say(b"".join(commands), 3)
        pairs = zip(replies, _GOOD, strict=False)
        refusal = next((reply for reply, good in pairs if reply.code not in good), None)
        if refusal is None:
            return None
        if replies[-1].code == GO_AHEAD:  # it waits for a text all the same: an empty one
            with suppress(Lost):
                await self._say(b".\r\n", 1)
        return refusal

    async def text(self, raw: bytes) -> Reply:
        """Say the text of the letter whose envelope was taken."""
        return (await self._say(_dotted(raw), 1))[0]

    async def ask(self, command: bytes) -> Reply:
        """Say one command."""
        return (await self._say(command, 1))[0]

    async def _say(self, words: bytes, number: int) -> Sequence[Reply]:
        """So many replies; fewer where the line ended after a refusal."""
        if not self.is_open:
            raise Lost(_why(self._end)) from self._end
        self._said, self._text, self._replies, self._awaited = b"", [], [], number
        self._transport.write(words)
        self._waiter = self._loop.create_future()
        self._too_late_at = self._loop.time() + self._timeout
        if self._watch is None:
            self._watch = self._loop.call_later(self._timeout, self._look)
        try:
            await self._waiter
        finally:
            self._awaited, self._waiter = 0, None
        if len(self._replies) < number and not any(one.code >= 400 for one in self._replies):
            raise Lost(_why(self._end)) from self._end
        return self._replies[:number]

    def _look(self) -> None:
        """Whether a reply is late. One timer for many letters: a timer each takes longer."""
        self._watch = None
        if self._waiter is None or self._end is not None:
            return
        left = self._too_late_at - self._loop.time()
        if left > 0:
            self._watch = self._loop.call_later(left, self._look)
        else:
            self._end = TimeoutError()
            self.close()
            self._heard()

    # --- what is heard ---

    def data_received(self, data: bytes) -> None:
        """Pair replies with what was asked; what nobody asked for is not listened to."""
        if not self._awaited:
            return
        *lines, self._said = (self._said + data).split(b"\n")
        for line in lines:
            self._text.append(line[4:].strip())
            if line[3:4] != b"-":
                self._replied(line[:3])
        if len(self._said) + sum(map(len, self._text)) > LONGEST_REPLY:
            self._replied(b"too long")
        if len(self._replies) >= self._awaited:
            self._awaited = 0
            self._heard()

    def _replied(self, code: bytes) -> None:
        text = b"\n".join(self._text).decode("utf-8", "replace")
        self._text = []
        if len(code) == 3 and code.isdigit():
            self._replies.append(Reply(int(code), text))
        else:  # nothing that follows could be paired
            self._replies += [Reply(MALFORMED, text)] * (self._awaited - len(self._replies))
            self.close()

    def _heard(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:
        """It ended, from either side."""
        self._end = self._end or exc or EOFError()
        if self._watch is not None:
            self._watch.cancel()
        self._heard()

    def eof_received(self) -> bool:
        """The relay says no more: then the line is closed."""
        return False


def _why(end: BaseException | None) -> str:
    if isinstance(end, TimeoutError):
        return "timed out"
    return "the relay closed it" if end is None or isinstance(end, EOFError) else type(end).__name__


def _dotted(raw: bytes) -> bytes:
    """A text as it goes on the wire (RFC 5321 section 4.5.2): CRLF lines, dots doubled, its end."""
    if raw.count(b"\n") != raw.count(b"\r\n") or raw.count(b"\r") != raw.count(b"\r\n"):
        raw = b"\r\n".join(raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n"))
    if b"\n." in raw:
        raw = raw.replace(b"\n.", b"\n..")
    if raw.startswith(b"."):
        raw = b"." + raw
    return raw + (b".\r\n" if raw.endswith(b"\r\n") else b"\r\n.\r\n")

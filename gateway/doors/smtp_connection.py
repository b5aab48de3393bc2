"""One SMTP or LMTP connection: aiosmtpd's, with what it does wrong or slowly put right.

aiosmtpd has the command loop, all commands but DATA and their state, sizes, STARTTLS, timers and
hooks. Ours is: CRLF alone ends a line; DATA in blocks, since a message line by line costs three
times as much; the parsing of paths, where aiosmtpd's takes half of an address for an address and
twenty times as long; enhanced status codes and a configured count of errors; a last word to
whoever is sent away; and a client that goes does not cancel the commit of its message.
"""
# ruff: noqa: N802  aiosmtpd names the commands

import asyncio
import logging
import ssl
from collections import defaultdict
from collections.abc import Awaitable, Callable
from contextlib import suppress
from copy import copy
from typing import Any, Final, Self, cast

import structlog
from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import ALLOWED_BEFORE_STARTTLS, SMTP, Envelope, TLSSetupException

from gateway.doors.smtp_data import NO_ROOM, Refusal, receive
from gateway.doors.smtp_handler import Client, Handler
from gateway.doors.smtp_path import parse_path
from gateway.doors.smtp_reader import BLOCK, Hangup, StrictReader
from gateway.doors.smtp_status import with_status

log = structlog.get_logger()

# aiosmtpd writes peers, addresses and commands into its log.
logging.getLogger("mail.log").disabled = True
# LMTP's greeting must be allowed where EHLO is (RFC 2033 section 4.1, RFC 3207 section 4).
ALLOWED_BEFORE_STARTTLS.add("LHLO")

Command = Callable[[str | None], Awaitable[None]]

MAX_COMMAND: Final = 2048
LINGER_SECONDS: Final = 2.0
FOREIGN: Final = {"GET", "POST", "PUT", "HEAD", "OPTIONS", "CONNECT"}
CLOSING_DOWN: Final = b"421 4.3.2 Closing down, come again later"


class Commands(dict[str, Command]):
    """The commands of a connection, as in aiosmtpd's own table."""

    def __init__(self, connection: "Connection") -> None:
        super().__init__()
        self._connection = connection

    def get(self, name: str, _default: object = None) -> Command:
        """The command. Never None, or aiosmtpd would count to five, whatever our limit is."""
        connection = self._connection
        if name in FOREIGN:
            return connection.refuse_browser
        command: Command = getattr(connection, f"smtp_{name}", connection.smtp_AUTH)
        return command


class Connection(SMTP):
    """A client's connection; and, before there is one, the model that `anew` makes others from.

    `handler.settings` are its limits; `context` is for STARTTLS, None offers none. `admit` is told
    of each connection at once, and may `end` it.
    """

    ident = "ESMTP"
    command_size_limit = MAX_COMMAND
    task: asyncio.Task[None]
    session: Client
    envelope: Envelope
    _reader: StrictReader
    _timeout_handle: asyncio.TimerHandle

    def __init__(
        self,
        handler: Handler,
        context: ssl.SSLContext | None,
        admit: Callable[["Connection"], None],
    ) -> None:
        settings = handler.settings
        super().__init__(
            handler,
            data_size_limit=settings.max_size,
            enable_SMTPUTF8=True,
            hostname=settings.hostname,
            ident=self.ident,
            tls_context=context,
            require_starttls=settings.require_starttls,
            timeout=settings.timeout,
            loop=asyncio.get_running_loop(),
        )
        self._settings = settings
        self._handler = handler
        self._admit = admit
        self._replies = bytearray()
        self._errors = 0
        self._stopping = False
        self._mute = False

    def anew(self) -> Self:
        """Another connection.

        A copy, since aiosmtpd's __init__ inspects all members of itself and of its handler, which
        takes as long as it takes to receive a message.
        """
        other = copy(self)
        other._replies = bytearray()
        other._smtp_methods = Commands(other)
        # aiosmtpd's is one for all connections, and every EHLO of any adds to it.
        other.command_size_limits = defaultdict(lambda: MAX_COMMAND)
        # Our own reader, where aiosmtpd leaves no choice.
        asyncio.StreamReaderProtocol.__init__(
            other, StrictReader(self.loop), other._cb_client_connected, self.loop
        )
        return other

    def _create_session(self) -> Client:
        return Client(self.loop)

    # --- beginning and end ----------------------------------------------------------------

    def stop(self) -> None:
        """Take no further message; a dialogue that has none under way ends now."""
        self._stopping = True
        if not self._has_mail():
            self.end(CLOSING_DOWN)

    def end(self, reply: bytes) -> None:
        """Close now, with this last word unless it would answer a message that may be kept."""
        self._say(reply)
        self.task.cancel()
        self._close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The connection begins, or begins again in TLS."""
        is_new = self.transport is None
        super().connection_made(transport)
        peer = transport.get_extra_info("peername")
        self.session.address = str(peer[0]) if peer else None
        secured = transport.get_extra_info("ssl_object")
        self.session.tls = f"{secured.version()} {secured.cipher()[0]}" if secured else None
        if is_new:
            self.task = cast("asyncio.Task[None]", self._handler_coroutine)
            self._admit(self)

    def eof_received(self) -> bool:
        """What has come still counts: aiosmtpd would cancel it, even in its commit."""
        super(SMTP, self).eof_received()
        return self.session.tls is None

    def connection_lost(self, error: Exception | None) -> None:  # noqa: ARG002  all are the same
        """The dialogue ends where it next reads or writes: aiosmtpd would cancel a commit."""
        self._timeout_handle.cancel()
        if self._original_transport is not None:
            self._original_transport.close()
        super(SMTP, self).connection_lost(None)
        self.transport = None

    def _timeout_cb(self) -> None:
        self.end(b"421 4.4.2 Waited too long for you, closing")

    def _say(self, last_word: bytes) -> None:
        if not self._mute:
            self._replies += last_word + b"\r\n"
        self._mute = True
        self._flush()

    def _flush(self) -> None:
        if self._replies and not self._writer.is_closing():
            self._writer.write(bytes(self._replies))
        self._replies.clear()

    def _close(self) -> None:
        """Close; a client that does not fetch what is still to be sent is cut off."""
        self._timeout_handle.cancel()
        transport = self._writer.transport
        if not transport.is_closing():
            if transport.get_write_buffer_size():
                self.loop.call_later(LINGER_SECONDS, transport.abort)
            transport.close()

    # --- dialogue -------------------------------------------------------------------------

    async def _handle_client(self) -> None:
        try:
            await super()._handle_client()
        except Hangup as hangup:
            if hangup.reply:
                with suppress(OSError, TimeoutError):
                    await self._linger(hangup.reply)
        except ConnectionResetError:
            pass
        finally:
            self._close()

    async def _linger(self, last_word: bytes) -> None:
        """Say it, and drop the client's input until it has read that and gone.

        Closing with unread input would reset the connection, and the reset would overtake our
        last word.
        """
        self._timeout_handle.cancel()
        self._say(last_word)
        if self._writer.can_write_eof():
            self._writer.write_eof()
        async with asyncio.timeout(LINGER_SECONDS):
            while await self._reader.read(BLOCK):
                pass

    async def push(self, status: str | bytes) -> None:
        """Answer; then see whether the dialogue goes on. What aiosmtpd itself says is str.

        While the client has sent more commands, their replies go together (RFC 2920).
        """
        reply = with_status(status) if isinstance(status, str) else status
        if reply.startswith(b"421"):
            raise Hangup(reply)
        self._replies += reply + b"\r\n"
        if not (reply.startswith(b"250") and self._reader.has_line()):
            self._flush()
            await self._writer.drain()
        if reply.startswith(b"5"):
            self._errors += 1
            if self._errors >= self._settings.max_errors:
                raise Hangup(b"421 4.7.0 Too many errors, closing")
        if self._stopping and not self._has_mail():
            raise Hangup(CLOSING_DOWN)

    async def handle_exception(self, error: Exception) -> Any:
        """The reply to a command that failed."""
        if isinstance(error, TLSSetupException):
            reason = type(error.__cause__).__name__
            log.info("door.tls_failed", door=self._handler.name, reason=reason)
        else:
            log.exception("door.session_failed", door=self._handler.name)
        return b"421 4.3.0 Internal error, closing"

    def _has_mail(self) -> bool:
        return bool(self.envelope.mail_from)

    # --- commands -------------------------------------------------------------------------

    def _getaddr(self, arg: str) -> tuple[str, str]:
        # aiosmtpd answers 501 to "", and means the null path by "<>".
        path = parse_path(arg)
        return ("", "") if path is None else (path[0] or "<>", path[1])

    async def smtp_STARTTLS(self, arg: str) -> None:
        """TLS, once; aiosmtpd would begin it within itself."""
        if self.session.tls is not None:
            await self.push(b"503 5.5.1 TLS is on already")
        elif self.tls_context is None:
            await self.push(b"502 5.5.1 TLS is not available")
        else:
            await super().smtp_STARTTLS(arg)

    async def smtp_DATA(self, arg: str) -> None:
        """Take a message, block by block, and answer when it is kept."""
        envelope = self.envelope
        if not envelope.rcpt_tos:
            return await self.push(b"503 5.5.1 MAIL and an accepted RCPT first")
        if arg:
            return await self.push(b"501 5.5.4 DATA takes no argument")
        room = self._handler.room
        if room.left < self._settings.max_size:  # what there is, those under way may need
            log.warning("door.deferred", door=self._handler.name, reason="too much under way")
            return await self.push(NO_ROOM.reply)
        await self.push(b"354 End data with <CR><LF>.<CR><LF>")
        with room.share() as self.session.share:
            received = await receive(
                self._reader, self._settings, self._reset_timeout, self.session.share
            )
            if isinstance(received, Refusal):
                reply = received.reply
            else:
                envelope.content = received
                reply = await self._commit()
        answer = self._answer(reply)
        self.envelope = self._create_envelope()
        if isinstance(received, Refusal) and received.close:
            raise Hangup(answer)
        if not reply.startswith(b"5"):
            self._errors = 0
        await self.push(answer)

    async def _commit(self) -> bytes:
        """The handler's reply. That it waits is no fault of the client's: the timer stops."""
        self._timeout_handle.cancel()
        self._mute = True
        reply: bytes = await self._call_handler_hook("DATA")
        self._mute = False
        self._reset_timeout()
        return reply

    def _answer(self, reply: bytes) -> bytes:
        return reply

    async def smtp_QUIT(self, arg: str) -> None:  # noqa: ARG002  aiosmtpd gives it
        """Close; aiosmtpd would wait for ever for a client that does not fetch its reply."""
        self.end(b"221 2.0.0 Bye")

    async def smtp_HELP(self, arg: str) -> None:  # noqa: ARG002  aiosmtpd gives it
        """Its number is 214 (RFC 5321 section 4.2.3), not aiosmtpd's 250."""
        await self.push(b"214 2.0.0 See RFC 5321")

    async def smtp_AUTH(self, arg: str | None) -> None:  # noqa: ARG002  aiosmtpd gives it
        """As any unknown command: we take mail, nobody has to log in."""
        await self.push(b"500 5.5.1 Command not recognised")

    async def refuse_browser(self, arg: str | None) -> None:  # noqa: ARG002  aiosmtpd gives it
        """A browser can be made to talk to any port; what follows is not to be obeyed."""
        await self.push(b"421 4.7.0 This is no web server")


class LmtpConnection(Connection, LMTP):
    """LMTP: LHLO, and an answer for each recipient (RFC 2033)."""

    ident = "LMTP"

    def _answer(self, reply: bytes) -> bytes:
        return b"\r\n".join([reply] * len(self.envelope.rcpt_tos))

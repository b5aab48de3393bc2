"""One SMTP connection to the relay: kept open, reused, secured as configured.

TLS never falls back: with "required" or smtps:// the certificate is verified (against `ca_file`
where given) or nothing is sent; with "auto" what the relay offers is used, unverified unless
`ca_file` is given, since clear text would be allowed too. A password only goes over TLS or
loopback. A failure is either the letter's (`Refused`, `Deferred`) or the relay's (`RelayDown`).
"""

import asyncio
import os
import re
import ssl
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal

import aiosmtplib
from aiosmtplib import SMTPException, SMTPResponseException
from aiosmtplib.email import parse_address

from gateway.config import LOOPBACK, RelaySettings
from gateway.errors import Temporary
from gateway.outbox.line import OK, Line, Lost, Reply

# Replies that speak of us to the relay and not of the letter (RFC 4954 section 6, RFC 3207).
NOT_THE_LETTERS_FAULT = {530, 534, 535, 538}
CLOSING = 421
GOODBYE_SECONDS = 2.0
PROBE_AFTER = 10.0
# As nearly all addresses are; the others are looked at closely.
_PLAIN = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9.-]+")


class RelayDown(Temporary):
    """The relay cannot be used at all, for whatever letter. The text names no address."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a letter. `code` is the relay's reply code, None where none came.

    deferred: to be tried later; failed: refused for good; returned: it was not its turn after
    all, since the relay works for no letter; held: it must not go out before a person has looked.
    """

    what: Literal["sent", "deferred", "failed", "returned", "held"]
    code: int | None
    reason: str


def _context(settings: RelaySettings) -> ssl.SSLContext:
    ca_file = str(settings.ca_file) if settings.ca_file else None
    context = ssl.create_default_context(cafile=ca_file)
    if not (settings.tls or settings.starttls == "required" or ca_file):
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


class Connection:
    """A connection that opens itself when it is needed. Not for use by two tasks at once."""

    def __init__(self, settings: RelaySettings, hostname: str) -> None:
        self._settings = settings
        self._hostname = hostname
        self._line: Line | None = None
        self._takes_utf8 = False
        self._used_at = 0.0
        self._served = 0

    @property
    def is_open(self) -> bool:
        """True while connected, as far as is known."""
        return self._line is not None and self._line.is_open

    async def ready(self) -> None:
        """Be open, and alive if it was idle. Raises RelayDown."""
        if self.is_open and self._now() - self._used_at > PROBE_AFTER:
            await self._reset()
        if not self.is_open:
            await self._open()

    async def close(self) -> None:
        """Say goodbye, if anyone is there."""
        line, self._line = self._line, None
        if line is not None:
            with suppress(Lost, TimeoutError):
                async with asyncio.timeout(GOODBYE_SECONDS):
                    await line.ask(b"QUIT\r\n")
            line.close()

    def abandon(self) -> None:
        """Drop the line without a word."""
        line, self._line = self._line, None
        if line is not None:
            line.close()

    async def deliver(self, sender: str, recipient: str, raw: bytes) -> Verdict:
        """Give one letter to the relay.

        Raises RelayDown where the relay refused to work at all: then nothing was delivered.
        """
        reused = self._served > 0
        try:
            return await self._transfer(sender, recipient, raw)
        except _Gone as gone:
            self.abandon()
            if not (reused and gone.is_safe):
                return Verdict("deferred", gone.code, gone.reason)
        # A kept connection had ended meanwhile and nothing was transferred: a fresh one decides.
        await self._open()
        try:
            return await self._transfer(sender, recipient, raw)
        except _Gone as gone:
            self.abandon()
            return Verdict("deferred", gone.code, gone.reason)

    # --- steps ---

    async def _open(self) -> None:
        settings = self._settings
        self.abandon()
        self._served = 0
        client = aiosmtplib.SMTP(
            hostname=settings.host,
            port=settings.port,
            timeout=settings.timeout,
            local_hostname=settings.hostname or self._hostname,
            use_tls=settings.tls,
            start_tls=False,
            tls_context=_context(settings),
        )
        try:
            await client.connect()
            await client.ehlo()
            await self._secure(client)
            await self._log_in(client)
            self._take_over(client)
        except RelayDown:
            client.close()
            raise
        except SMTPResponseException as error:
            client.close()
            raise RelayDown(f"the relay answers {error.code}") from error
        except (SMTPException, OSError, ValueError) as error:
            client.close()
            raise RelayDown(f"no connection to the relay: {_named(error)}") from error
        except asyncio.CancelledError:
            client.close()
            raise

    def _take_over(self, client: aiosmtplib.SMTP) -> None:
        """From here on the line is ours."""
        if client.transport is None:
            raise RelayDown("no connection to the relay: it closed it")
        pipelining = client.supports_extension("pipelining")
        self._takes_utf8 = client.supports_extension("smtputf8")
        self._line = Line(client.transport, timeout=self._settings.timeout, pipelining=pipelining)
        self._used_at = self._now()

    async def _secure(self, client: aiosmtplib.SMTP) -> None:
        wanted = self._settings.starttls
        if self._settings.tls or wanted == "never":
            return
        if client.supports_extension("starttls"):
            await client.starttls()
            await client.ehlo()
        elif wanted == "required":
            raise RelayDown("the relay does not offer STARTTLS, which is required")

    async def _log_in(self, client: aiosmtplib.SMTP) -> None:
        settings = self._settings
        if settings.user is None:
            return
        is_secure = client.get_transport_info("sslcontext") is not None
        if not is_secure and settings.host not in LOOPBACK:
            raise RelayDown("the password is not sent over an unprotected connection")
        secret = settings.password.get_secret_value() if settings.password else ""
        try:
            await client.login(settings.user, secret)
        except SMTPResponseException:
            raise
        except SMTPException as error:
            raise RelayDown("the relay offers no way to log in that we know") from error

    async def _transfer(self, sender: str, recipient: str, raw: bytes) -> Verdict:
        line = self._line
        if line is None:
            raise _Gone("the connection was lost", is_safe=True)
        try:
            mail, rcpt = self._commands(sender, recipient)
        except ValueError:
            return Verdict("failed", None, "the address cannot be given to a mail server")
        is_safe = True
        try:
            reply = await line.envelope(mail, rcpt)
            if reply is None:
                is_safe = False
                reply = await line.text(raw)
                if reply.code == OK:
                    self._served += 1
                    self._used_at = self._now()
                    return Verdict("sent", reply.code, reply.text[:200])
        except Lost as error:
            raise _Gone(f"the connection was lost: {error}", is_safe=is_safe) from error
        return await self._refused(reply, is_safe=is_safe)

    def _commands(self, sender: str, recipient: str) -> tuple[bytes, bytes]:
        for address in (sender, recipient):
            # Whatever else stood there might name another reader, or command something.
            is_bare = not address or _PLAIN.fullmatch(address) or parse_address(address) == address
            if not is_bare:
                raise ValueError("not a bare address")
        option = ""
        if not (sender.isascii() and recipient.isascii()):
            if not self._takes_utf8:
                raise ValueError("the relay does not know SMTPUTF8 (RFC 6531)")
            option = " SMTPUTF8"
        return (
            f"MAIL FROM:<{sender}>{option}\r\n".encode(),
            f"RCPT TO:<{recipient}>\r\n".encode(),
        )

    async def _refused(self, reply: Reply, *, is_safe: bool) -> Verdict:
        reason = f"{reply.code} {reply.text[:300]}"
        if reply.code == CLOSING:
            raise _Gone(reason, is_safe=is_safe, code=CLOSING)
        if reply.code in NOT_THE_LETTERS_FAULT:
            self.abandon()
            raise RelayDown(f"the relay answers {reply.code}: it wants a login")
        self._served += 1
        await self._reset()
        # Anything but 5xx is no final word (RFC 5321 section 4.2.1); what is no reply least of all.
        what: Literal["failed", "deferred"] = "failed" if 500 <= reply.code < 600 else "deferred"
        return Verdict(what, reply.code, reason)

    async def _reset(self) -> None:
        """Forget a transaction that was begun; a line that cannot even do that is dropped."""
        if self._line is None:
            return
        try:
            reply = await self._line.ask(b"RSET\r\n")
        except Lost:
            self.abandon()
            return
        if reply.code == OK:
            self._used_at = self._now()
        else:
            self.abandon()

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()


class _Gone(Exception):
    """The connection ended under a letter; `is_safe`: before any of it was transferred."""

    def __init__(self, reason: str, *, is_safe: bool, code: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.is_safe = is_safe
        self.code = code


def _named(error: BaseException) -> str:
    """What a connection failure is called: no host, no address."""
    cause = error.__cause__ if isinstance(error.__cause__, OSError) else error
    if isinstance(cause, ssl.SSLError):
        why = getattr(cause, "verify_message", "") or cause.reason or "the handshake failed"
        return f"TLS: {why}"
    if isinstance(error, TimeoutError) or isinstance(cause, TimeoutError):
        return "timed out"
    if isinstance(cause, OSError) and cause.errno and cause.errno > 0:
        return os.strerror(cause.errno)
    return type(cause).__name__

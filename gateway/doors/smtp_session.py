"""The server's side of one SMTP or LMTP dialogue (RFC 5321, RFC 2033): commands in, replies out.

A message is answered 250 only when its custody future is done, that is, when the raw bytes and
their envelope are on disk. Anything else is a 4xx (the client keeps it and tries again) or a 5xx,
and nothing of it is kept. Of the extensions we speak PIPELINING (RFC 2920), SIZE (1870), 8BITMIME
(6152), SMTPUTF8 (6531), ENHANCEDSTATUSCODES (2034) and STARTTLS (3207).

Addresses, peers and content never reach a log.
"""

import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import ClassVar, Final, Literal

import structlog

from gateway.config import SmtpSettings
from gateway.doors.smtp_custody import hand_over
from gateway.doors.smtp_data import Refusal, receive
from gateway.doors.smtp_path import judge_mail, parse_path
from gateway.doors.smtp_wire import (
    BareNewline,
    Closed,
    Interrupted,
    LineTooLong,
    TimedOut,
    Wire,
)
from gateway.model import Accepted, Arrival, Custody, Envelope

log = structlog.get_logger()

SmtpProtocol = Literal["smtp", "lmtp"]

MAX_COMMAND: Final = 2048
BEFORE_TLS: Final = {"EHLO", "HELO", "LHLO", "NOOP", "QUIT", "STARTTLS"}
# A browser can be made to send these to any port; what follows must not be read as commands.
FOREIGN: Final = {"GET", "POST", "PUT", "HEAD", "OPTIONS", "CONNECT"}
# The same answer whatever is asked; who or what exists is not disclosed.
FIXED: Final = {
    "NOOP": b"250 2.0.0 Ok",
    "HELP": b"214 2.0.0 See RFC 5321",
    "VRFY": b"252 2.5.0 Send some mail, we will try",
    "EXPN": b"502 5.5.1 Lists are not disclosed",
}


@dataclass(frozen=True, slots=True)
class Terms:
    """What all dialogues of a door share. `accepted` is told of each message, after its commit."""

    name: str
    settings: SmtpSettings
    custody: Custody
    accepts: Callable[[str], bool]
    accepted: Callable[[Accepted], None]
    protocol: SmtpProtocol
    context: ssl.SSLContext | None
    max_wait: float


@dataclass(slots=True)
class Transaction:
    """A message under way, from MAIL to the answer to its data."""

    sender: str
    utf8: bool
    recipients: list[str] = field(default_factory=list)


class Goodbye(Exception):
    """End the dialogue with this reply."""

    def __init__(self, reply: bytes) -> None:
        super().__init__(reply)
        self.reply = reply


class Session:
    """One dialogue. `run` it as a task; `stop` ends it after the message under way."""

    def __init__(self, wire: Wire, terms: Terms) -> None:
        self.wire = wire
        self._terms = terms
        self._settings = terms.settings
        self._host = terms.settings.hostname.encode()
        self._peer = wire.peer
        self._tls = wire.tls
        self._helo: str | None = None
        self._extended = False
        self._mail: Transaction | None = None
        self._errors = 0
        self._stopping = False

    def stop(self) -> None:
        """Take no further message; a dialogue that has none under way ends now."""
        self._stopping = True
        if self._mail is None:
            self.wire.interrupt()

    async def run(self) -> None:
        """Greet, then obey until one side has had enough."""
        try:
            self.wire.reply(b"220 %s %s" % (self._host, self._kind))
            while True:
                await self._next_command()
        except Goodbye as goodbye:
            self.wire.reply(goodbye.reply)
            await self.wire.linger()
        except Interrupted:
            self.wire.reply(b"421 4.3.2 Closing down, come again later")
        except TimedOut:
            self.wire.reply(b"421 4.4.2 Waited too long for you, closing")
        except Closed:
            pass
        except Exception:
            log.exception("door.session_failed", door=self._terms.name)
            self.wire.reply(b"421 4.3.0 Internal error, closing")
        finally:
            self.wire.close()

    @property
    def _kind(self) -> bytes:
        return b"LMTP" if self._terms.protocol == "lmtp" else b"ESMTP"

    async def _next_command(self) -> None:
        if self._errors >= self._settings.max_errors:
            raise Goodbye(b"421 4.7.0 Too many errors, closing")
        if self._stopping and self._mail is None:
            raise Interrupted
        try:
            line = await self.wire.read_line(MAX_COMMAND)
            word, _, rest = line.decode().partition(" ")
        except LineTooLong:
            return self._refuse(b"500 5.5.2 Line too long")
        except UnicodeDecodeError:
            return self._refuse(b"500 5.5.2 Commands are ASCII or UTF-8")
        except BareNewline:
            raise Goodbye(b"500 5.5.2 Lines end in CRLF; closing") from None
        verb = word.upper()
        if verb in FOREIGN:
            raise Goodbye(b"421 4.7.0 This is no web server")
        if self._settings.require_starttls and not self._tls and verb not in BEFORE_TLS:
            return self._refuse(b"530 5.7.0 Must issue a STARTTLS command first")
        if verb in FIXED:
            self.wire.reply(FIXED[verb])
        elif verb in self._commands:
            await self._commands[verb](self, rest.strip())
        else:
            self._refuse(b"500 5.5.1 Command not recognised")

    def _refuse(self, reply: bytes) -> None:
        self._errors += 1
        self.wire.reply(reply)

    # --- greetings ------------------------------------------------------------------------

    async def _do_helo(self, argument: str) -> None:
        if self._terms.protocol == "lmtp":
            return self._refuse(b"500 5.5.1 This is LMTP: say LHLO")
        if self._greeted(argument, extended=False):
            self.wire.reply(b"250 " + self._host)

    async def _do_ehlo(self, argument: str) -> None:
        if self._terms.protocol == "lmtp":
            return self._refuse(b"500 5.5.1 This is LMTP: say LHLO")
        self._greet_extended(argument)

    async def _do_lhlo(self, argument: str) -> None:
        if self._terms.protocol != "lmtp":
            return self._refuse(b"500 5.5.1 This is SMTP: say EHLO")
        self._greet_extended(argument)

    def _greet_extended(self, argument: str) -> None:
        if not self._greeted(argument, extended=True):
            return
        lines = [self._host, b"PIPELINING", b"SIZE %d" % self._settings.max_size, b"8BITMIME"]
        lines += [b"SMTPUTF8", b"ENHANCEDSTATUSCODES"]
        if self._terms.context is not None and self._tls is None:
            lines.insert(1, b"STARTTLS")
        *others, last = lines
        for line in others:
            self.wire.reply(b"250-" + line)
        self.wire.reply(b"250 " + last)

    def _greeted(self, argument: str, *, extended: bool) -> bool:
        if not argument or len(argument) > 255 or not argument.isprintable():
            self._refuse(b"501 5.5.4 Say who you are: a host name")
            return False
        self._helo, self._extended, self._mail = argument, extended, None
        return True

    async def _do_starttls(self, argument: str) -> None:
        context = self._terms.context
        if context is None:
            return self._refuse(b"502 5.5.1 TLS is not available")
        if self._tls is not None:
            return self._refuse(b"503 5.5.1 TLS is on already")
        if argument:
            return self._refuse(b"501 5.5.4 STARTTLS takes no argument")
        self.wire.reply(b"220 2.0.0 Ready to start TLS")
        try:
            await self.wire.start_tls(context)
        except OSError as error:
            log.info("door.tls_failed", door=self._terms.name, reason=type(error).__name__)
            raise Closed from error
        # RFC 3207 section 4.2: whatever was said in clear counts no more.
        self._tls, self._helo, self._mail = self.wire.tls, None, None

    # --- envelope -------------------------------------------------------------------------

    async def _do_mail(self, argument: str) -> None:
        if self._helo is None:
            return self._refuse(b"503 5.5.1 Greet first")
        if self._mail is not None:
            return self._refuse(b"503 5.5.1 Nested MAIL command")
        path = parse_path(argument[5:]) if argument[:5].upper() == "FROM:" else None
        if path is None:
            return self._refuse(b"501 5.5.4 Syntax: MAIL FROM:<address>")
        sender, parameters = path
        refusal = judge_mail(parameters, self._settings.max_size if self._extended else None)
        if refusal is not None:
            return self._refuse(refusal)
        utf8 = "SMTPUTF8" in parameters
        if not utf8 and not sender.isascii():
            return self._refuse(b"553 5.6.7 This address needs SMTPUTF8")
        self._mail = Transaction(sender, utf8)
        self.wire.reply(b"250 2.1.0 Ok")

    async def _do_rcpt(self, argument: str) -> None:
        if self._mail is None:
            return self._refuse(b"503 5.5.1 MAIL first")
        path = parse_path(argument[3:]) if argument[:3].upper() == "TO:" else None
        if path is None or not path[0]:
            return self._refuse(b"501 5.1.3 Syntax: RCPT TO:<address>")
        recipient, parameters = path
        if parameters:
            return self._refuse(b"555 5.5.4 Unknown parameter")
        if not self._mail.utf8 and not recipient.isascii():
            return self._refuse(b"553 5.6.7 This address needs SMTPUTF8")
        if not self._terms.accepts(recipient):
            return self._refuse(b"550 5.1.1 No such mailbox here")
        if len(self._mail.recipients) >= self._settings.max_recipients:
            # No fault of the client, which sends the rest in another transaction.
            return self.wire.reply(b"452 4.5.3 Too many recipients")
        self._mail.recipients.append(recipient)
        self.wire.reply(b"250 2.1.5 Ok")

    # --- data -----------------------------------------------------------------------------

    async def _do_data(self, argument: str) -> None:
        mail = self._mail
        if mail is None or not mail.recipients:
            return self._refuse(b"503 5.5.1 MAIL and an accepted RCPT first")
        if argument:
            return self._refuse(b"501 5.5.4 DATA takes no argument")
        self.wire.reply(b"354 End data with <CR><LF>.<CR><LF>")
        received = await receive(self.wire, self._settings)
        if isinstance(received, Refusal):
            reply = received.reply
        else:
            reply = await self._keep(received, mail)
        self._mail = None
        self._errors = self._errors + 1 if reply.startswith(b"5") else 0
        answers = len(mail.recipients) if self._terms.protocol == "lmtp" else 1
        if isinstance(received, Refusal) and received.close:
            raise Goodbye(b"\r\n".join([reply] * answers))
        for _ in range(answers):
            self.wire.reply(reply)

    async def _keep(self, raw: bytes, mail: Transaction) -> bytes:
        """Give it into custody; the reply to its data."""
        terms = self._terms
        envelope = Envelope(
            door=terms.name,
            sender=mail.sender,
            recipients=tuple(dict.fromkeys(mail.recipients)),
            peer=self._peer,
            helo=self._helo,
            tls=self._tls,
        )
        self.wire.flush()
        reply, receipt = await hand_over(terms.custody, Arrival(raw, envelope), terms.max_wait)
        if receipt is not None:
            terms.accepted(receipt)
        return reply

    # --- the rest -------------------------------------------------------------------------

    async def _do_rset(self, argument: str) -> None:  # noqa: ARG002  every command has one
        self._mail = None
        self.wire.reply(b"250 2.0.0 Ok")

    async def _do_quit(self, argument: str) -> None:  # noqa: ARG002  every command has one
        self.wire.reply(b"221 2.0.0 Bye")
        raise Closed

    _commands: ClassVar[dict[str, Callable[["Session", str], Awaitable[None]]]] = {
        "HELO": _do_helo,
        "EHLO": _do_ehlo,
        "LHLO": _do_lhlo,
        "STARTTLS": _do_starttls,
        "MAIL": _do_mail,
        "RCPT": _do_rcpt,
        "DATA": _do_data,
        "RSET": _do_rset,
        "QUIT": _do_quit,
    }

"""aiosmtpd's handler: who may greet, which paths are taken, and the message given into custody.

A message is answered 250 only when its custody future is done, that is, when the raw bytes and
their envelope are on disk. Anything else is a 4xx (the client keeps it and tries again) or a 5xx,
and nothing of it is kept. Addresses, peers and content never reach a log.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from aiosmtpd.smtp import Envelope as Transaction
from aiosmtpd.smtp import Session

from gateway.config import SmtpSettings
from gateway.doors.smtp_custody import hand_over
from gateway.model import Accepted, Arrival, Custody, Envelope

BAD_GREETING = b"501 5.5.4 Say who you are: a host name"
NEEDS_UTF8 = b"553 5.6.7 This address needs SMTPUTF8"


class Server(Protocol):
    """What the hooks ask of a connection."""

    @property
    def peer(self) -> str | None:
        """The client's address."""

    @property
    def tls(self) -> str | None:
        """Protocol and cipher, None in clear."""


@dataclass(frozen=True, slots=True)
class Handler:
    """One for all connections of a door. Each hook is called for a well-formed command.

    `kept` is told of each message, after its commit; `max_wait` is in seconds.
    """

    name: str
    settings: SmtpSettings
    custody: Custody
    accepts: Callable[[str], bool]
    kept: Callable[[Accepted], None]
    max_wait: float

    def __dir__(self) -> list[str]:
        """The hooks: aiosmtpd looks through all there is, for each connection anew."""
        return [name for name in vars(Handler) if name.startswith("handle_")]

    async def handle_HELO(  # noqa: N802  aiosmtpd's name
        self, _server: Server, session: Session, _transaction: Transaction, name: str
    ) -> bytes:
        """The reply to a greeting."""
        if not _is_host(name):
            return BAD_GREETING
        session.host_name = name
        return b"250 " + self.settings.hostname.encode()

    async def handle_EHLO(  # noqa: N802  aiosmtpd's name
        self,
        _server: Server,
        session: Session,
        _transaction: Transaction,
        name: str,
        lines: list[str],
    ) -> list[bytes]:
        """The one reply to EHLO or LHLO, from the lines that aiosmtpd would send."""
        if not _is_host(name):
            return [BAD_GREETING]
        session.host_name = name
        # We take mail, so nobody has to log in; and HELP helps nobody.
        ours = [line for line in lines if line[4:8] not in {"AUTH", "HELP"}]
        ours += ["250-PIPELINING", "250 ENHANCEDSTATUSCODES"]
        return ["\r\n".join(ours).encode()]

    async def handle_MAIL(  # noqa: N802  aiosmtpd's name
        self,
        _server: Server,
        _session: Session,
        transaction: Transaction,
        sender: str,
        _options: list[str],
    ) -> bytes:
        """Begin a message."""
        if not (transaction.smtp_utf8 or sender.isascii()):
            return NEEDS_UTF8
        transaction.mail_from = sender
        return b"250 2.1.0 Ok"

    async def handle_RCPT(  # noqa: N802  aiosmtpd's name
        self,
        _server: Server,
        _session: Session,
        transaction: Transaction,
        recipient: str,
        _options: list[str],
    ) -> bytes:
        """Take a recipient, if it is one of ours."""
        if recipient == "<>":
            return b"501 5.1.3 Syntax: RCPT TO:<address>"
        if not (transaction.smtp_utf8 or recipient.isascii()):
            return NEEDS_UTF8
        if not self.accepts(recipient):
            return b"550 5.1.1 No such mailbox here"
        if len(transaction.rcpt_tos) >= self.settings.max_recipients:
            # No fault of the client, which sends the rest in another transaction.
            return b"452 4.5.3 Too many recipients"
        transaction.rcpt_tos.append(recipient)
        return b"250 2.1.5 Ok"

    async def handle_DATA(  # noqa: N802  aiosmtpd's name
        self, server: Server, session: Session, transaction: Transaction
    ) -> bytes:
        """Give the message into custody and wait for the commit."""
        assert isinstance(transaction.content, bytes)
        sender = transaction.mail_from
        envelope = Envelope(
            door=self.name,
            sender="" if sender == "<>" else sender,
            recipients=tuple(dict.fromkeys(transaction.rcpt_tos)),
            peer=server.peer,
            helo=session.host_name,
            tls=server.tls,
        )
        arrival = Arrival(transaction.content, envelope)
        reply, receipt = await hand_over(self.custody, arrival, self.max_wait)
        if receipt is not None:
            self.kept(receipt)
        return reply


def _is_host(name: str) -> bool:
    return len(name) <= 255 and name.isprintable()

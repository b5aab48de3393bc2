"""aiosmtpd's handler: who may greet, which paths are taken, and the message given into custody.

A message is answered 250 only when its custody future is done, that is, when the raw bytes and
their envelope are on disk. Anything else is a 4xx (the client keeps it and tries again) or a 5xx,
and nothing of it is kept. Addresses, peers and content never reach a log.
"""
# ruff: noqa: N802  aiosmtpd names the hooks

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from aiosmtpd.smtp import Envelope as Mail
from aiosmtpd.smtp import Session

from gateway.config import SmtpSettings
from gateway.doors.smtp_custody import hand_over
from gateway.doors.smtp_room import Room, Share
from gateway.model import Accepted, Arrival, Custody, Envelope

BAD_GREETING: Final = b"501 5.5.4 Say who you are: a host name"
NEEDS_UTF8: Final = b"553 5.6.7 This address needs SMTPUTF8"


class Client(Session):
    """aiosmtpd's session, with more: the client's IP address; TLS protocol and cipher if it is on;
    what the message under way takes of the door's room.
    """

    address: str | None = None
    tls: str | None = None
    share: Share


@dataclass(frozen=True, slots=True)
class Handler:
    """One for all connections of a door. Each hook gives the reply to a well-formed command.

    `kept` is told of each message, after its commit; `max_wait` is in seconds.
    """

    name: str
    settings: SmtpSettings
    custody: Custody
    accepts: Callable[[str], bool]
    kept: Callable[[Accepted], None]
    max_wait: float
    room: Room

    async def handle_HELO(self, _: Any, client: Client, _mail: Mail, name: str) -> bytes:
        """Greet."""
        if not _is_host(name):
            return BAD_GREETING
        client.host_name = name
        return b"250 " + self.settings.hostname.encode()

    async def handle_EHLO(
        self, _: Any, client: Client, _mail: Mail, name: str, lines: list[str]
    ) -> list[bytes]:
        """Greet and announce, in one reply made of the lines that aiosmtpd would send."""
        if not _is_host(name):
            return [BAD_GREETING]
        client.host_name = name
        # We take mail, so nobody has to log in; and HELP helps nobody.
        ours = [line for line in lines if line[4:8] not in {"AUTH", "HELP"}]
        ours += ["250-PIPELINING", "250 ENHANCEDSTATUSCODES"]
        return ["\r\n".join(ours).encode()]

    async def handle_MAIL(self, _: Any, _client: Client, mail: Mail, path: str, _o: Any) -> bytes:
        """Begin a message."""
        if not (mail.smtp_utf8 or path.isascii()):
            return NEEDS_UTF8
        mail.mail_from = path
        return b"250 2.1.0 Ok"

    async def handle_RCPT(self, _: Any, _client: Client, mail: Mail, path: str, _o: Any) -> bytes:
        """Take a recipient, if it is one of ours."""
        if path == "<>":
            return b"501 5.1.3 Syntax: RCPT TO:<address>"
        if not (mail.smtp_utf8 or path.isascii()):
            return NEEDS_UTF8
        if not self.accepts(path):
            return b"550 5.1.1 No such mailbox here"
        if len(mail.rcpt_tos) >= self.settings.max_recipients:
            # No fault of the client, which sends the rest in another transaction.
            return b"452 4.5.3 Too many recipients"
        mail.rcpt_tos.append(path)
        return b"250 2.1.5 Ok"

    async def handle_DATA(self, _: Any, client: Client, mail: Mail) -> bytes:
        """Give the message into custody and wait for the commit."""
        assert isinstance(mail.content, bytes)
        envelope = Envelope(
            door=self.name,
            sender="" if mail.mail_from == "<>" else mail.mail_from,
            recipients=tuple(dict.fromkeys(mail.rcpt_tos)),
            peer=client.address,
            helo=client.host_name,
            tls=client.tls,
        )
        arrival = Arrival(mail.content, envelope)
        reply, receipt = await hand_over(self.custody, arrival, self.max_wait, client.share)
        if receipt is not None:
            self.kept(receipt)
        return reply


def _is_host(name: str) -> bool:
    return len(name) <= 255 and name.isprintable()

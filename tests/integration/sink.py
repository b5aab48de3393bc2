"""A mail server for tests that takes letters in, and refuses or breaks off when told to.

`with Sink() as sink:` listens on a free loopback port until the end of the block. What it
should answer otherwise than 250 is put into `rcpt` and `data`: a list of replies by recipient,
used up in order; the reply "drop" closes the connection instead. Of connections it grants
`most_connections` in all. Commands may come several at a time where it says so (`pipelining`).
"""

import asyncio
import email
import ssl
import threading
from dataclasses import dataclass
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.integration.postfix import HOST, await_condition, free_port


@dataclass(frozen=True)
class Received:
    """A letter as it came: envelope, bytes, and the number of the connection it came on."""

    sender: str
    recipient: str
    raw: bytes
    connection: int
    tls: bool

    @property
    def message_id(self) -> str:
        return str(email.message_from_bytes(self.raw)["Message-ID"]).strip("<>")


class Sink:
    """See above. `tls` turns STARTTLS on, or implicit TLS with `smtps`."""

    def __init__(
        self,
        *,
        port: int | None = None,
        tls: ssl.SSLContext | None = None,
        smtps: bool = False,
        password: str | None = None,
        patience: float = 300.0,
        most_connections: int | None = None,
        pipelining: bool = True,
    ) -> None:
        self.port = port or free_port()
        self.received: list[Received] = []
        self.rcpt: dict[str, list[str]] = {}
        self.data: dict[str, list[str]] = {}
        self.logins = 0
        self.connections = 0
        self.gate = threading.Event()
        self.gate.set()
        self.waiting = 0
        self._password = password
        self._most = most_connections
        self._offers = ["250-PIPELINING"] if pipelining else []
        self._numbers: dict[int, int] = {}
        options: dict[str, Any] = {"timeout": patience, "enable_SMTPUTF8": False}
        if password is not None:
            options |= {"authenticator": self._log_in, "auth_require_tls": tls is not None}
        if tls is not None and not smtps:
            options |= {"tls_context": tls}
        self._controller = Controller(
            self, hostname=HOST, port=self.port, ssl_context=tls if smtps else None, **options
        )

    @property
    def url(self) -> str:
        return f"smtp://{HOST}:{self.port}"

    def __enter__(self) -> "Sink":
        self._controller.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.gate.set()
        self._controller.stop()

    def await_letters(self, number: int) -> None:
        """Wait until so many have come."""
        await_condition(lambda: len(self.received) >= number, f"{number} letters at the sink")

    @property
    def recipients(self) -> list[str]:
        return [one.recipient for one in self.received]

    # --- aiosmtpd's hooks ---

    def _log_in(self, _server: Any, _session: Any, _envelope: Any, _way: str, given: Any) -> Any:
        self.logins += 1
        right = isinstance(given, LoginPassword) and given.password.decode() == self._password
        return AuthResult(success=right, handled=False)

    async def handle_EHLO(  # noqa: N802 - named by aiosmtpd
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, lines: list[str]
    ) -> list[str]:
        session.host_name = hostname  # type: ignore[assignment]  # aiosmtpd declares it None
        if id(server) not in self._numbers:
            if self._most is not None and self.connections >= self._most:
                self._drop(server)
                return lines
            self.connections += 1
            self._numbers[id(server)] = self.connections
        return [*lines[:-1], *self._offers, *lines[-1:]]

    async def handle_RCPT(  # noqa: N802 - named by aiosmtpd
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        reply = self._next(self.rcpt, address)
        if reply == "drop":
            self._drop(server)
        if reply is None:
            envelope.rcpt_tos.append(address)
        return reply or "250 OK"

    async def handle_DATA(  # noqa: N802 - named by aiosmtpd
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        self.waiting += 1
        await asyncio.to_thread(self.gate.wait)
        self.waiting -= 1
        (recipient,) = envelope.rcpt_tos
        reply = self._next(self.data, recipient)
        if reply is None or reply == "drop":
            content = envelope.original_content or b""
            number = self._numbers.get(id(server), 0)
            assert server.transport is not None
            tls = server.transport.get_extra_info("sslcontext") is not None
            sender = (envelope.mail_from or "").strip("<>")  # the null sender comes as "<>"
            self.received.append(Received(sender, recipient, content, number, tls))
        if reply == "drop":
            self._drop(server)
        return reply or "250 OK"

    @staticmethod
    def _next(replies: dict[str, list[str]], recipient: str) -> str | None:
        waiting = replies.get(recipient)
        return waiting.pop(0) if waiting else None

    @staticmethod
    def _drop(server: SMTP) -> None:
        assert server.transport is not None
        server.transport.abort()

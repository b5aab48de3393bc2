"""The SMTP and LMTP door: listens, and starts a dialogue on each connection it has room for.

Raw bytes go to the spool as they came, without a Received field of ours: the envelope, kept beside
them, has who brought the message and how. A door that has no room says 421 and the client comes
again. Stopping ends idle dialogues at once and lets a message under way be finished.

The server is aiosmtpd: it has the command loop, all commands but DATA with their sizes and states,
STARTTLS, timers and hooks. Ours is what it does wrong (bare newlines, halves of addresses, commits
dropped when a client half-closes, addresses in logs) or slowly (DATA line by line), replies with
status codes, and all that concerns custody and limits: see `smtp_connection` and `smtp_handler`.
"""

import asyncio
import ssl
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import Final, Literal

import structlog

from gateway.config import SmtpSettings, host_port
from gateway.doors.smtp_connection import CLOSING_DOWN, Connection, LmtpConnection
from gateway.doors.smtp_handler import Handler
from gateway.doors.smtp_room import Room
from gateway.errors import ConfigError
from gateway.model import Accepted, Custody, DoorHealth, utcnow

log = structlog.get_logger()

# Clients wait ten minutes for the answer to their data (RFC 5321 section 4.5.3.2.6).
MAX_WAIT: Final = 60.0
GRACE: Final = 5.0
LAST_WORDS: Final = 1.0
HANDSHAKE_SECONDS: Final = 60.0

SmtpProtocol = Literal["smtp", "lmtp"]


class SmtpDoor:
    """Implements `model.Door` on the running event loop, asyncio's own or uvloop.

    `accepts` says whether a recipient (its domain in lower case) is ours. `max_wait` is how long,
    in seconds, an answer may wait for the commit before it is 451; `grace` how long `stop` waits
    for messages under way. With `implicit_tls`, TLS begins at once (RFC 8314), without STARTTLS.
    """

    def __init__(
        self,
        name: str,
        settings: SmtpSettings,
        custody: Custody,
        accepts: Callable[[str], bool],
        protocol: SmtpProtocol = "smtp",
        *,
        implicit_tls: bool = False,
        max_wait: float = MAX_WAIT,
        grace: float = GRACE,
    ) -> None:
        self.name = name
        self._settings = settings
        self._implicit_tls = implicit_tls
        self._grace = grace
        room = Room(settings.max_in_flight)
        self._handler = Handler(
            name, settings, custody, accepts, self._note_accepted, max_wait, room
        )
        self._kind = LmtpConnection if protocol == "lmtp" else Connection
        self._open = False
        self._server: asyncio.Server | None = None
        self._connections: dict[asyncio.Task[None], Connection] = {}
        self._peers: Counter[str | None] = Counter()
        self._port: int | None = None
        self._since = utcnow()
        self._accepted = 0
        self._last_accepted_at: datetime | None = None

    @property
    def port(self) -> int:
        """The port it listens on, also where `listen` asked for any (0)."""
        return self._port if self._port is not None else host_port(self._settings.listen)[1]

    async def start(self) -> None:
        """Listen. Raises ConfigError when the certificate or the address cannot be used."""
        context = self._tls_context()
        if self._implicit_tls and context is None:
            raise ConfigError(f"{self.name}: TLS needs a certificate and a key: name both")
        at_once, later = (context, None) if self._implicit_tls else (None, context)
        self._open = True
        host, port = host_port(self._settings.listen)
        loop = asyncio.get_running_loop()
        try:
            self._server = await loop.create_server(
                self._kind(self._handler, later, self._admit).anew,
                host,
                port,
                backlog=self._settings.max_connections,
                ssl=at_once,
                ssl_handshake_timeout=HANDSHAKE_SECONDS if at_once else None,
            )
        except OSError as error:
            self._open = False
            raise ConfigError(
                f"{self.name}: cannot listen on {self._settings.listen}: {error}: choose a free "
                "port of this machine, and one above 1023 without privileges"
            ) from error
        self._port = self._server.sockets[0].getsockname()[1]
        self._since = utcnow()
        log.info("door.open", door=self.name, port=self._port)

    async def stop(self) -> None:
        """Listen no more, end idle dialogues, give the others `grace` seconds, then end them."""
        server, self._server = self._server, None
        if server is None:
            return
        self._open = False
        server.close()
        for connection in list(self._connections.values()):
            connection.stop()
        await self._finished(self._grace)
        for connection in list(self._connections.values()):
            connection.end(CLOSING_DOWN)
        await self._finished(None)
        # A client that hangs in its TLS handshake is not waited for.
        with suppress(TimeoutError):
            await asyncio.wait_for(server.wait_closed(), LAST_WORDS)
        self._since = utcnow()
        log.info("door.closed", door=self.name)

    def health(self) -> DoorHealth:
        """Up while it listens."""
        up = self._server is not None
        return DoorHealth(
            name=self.name,
            state="up" if up else "down",
            detail=f"port {self.port}, {len(self._connections)} connections" if up else "not open",
            since=self._since,
            accepted=self._accepted,
            last_accepted_at=self._last_accepted_at,
        )

    def _tls_context(self) -> ssl.SSLContext | None:
        certificate, key = self._settings.certificate, self._settings.key
        if certificate is None:
            return None
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        try:
            context.load_cert_chain(certificate, key)
        except (OSError, ValueError) as error:
            raise ConfigError(
                f"{self.name}: {certificate} and {key} cannot be used for TLS: {error}: name a "
                "certificate chain and its unencrypted key, in PEM"
            ) from error
        return context

    def _admit(self, connection: Connection) -> None:
        """Let the dialogue begin, if there is room for it."""
        peer = connection.session.address
        refusal = self._why_not(peer)
        if refusal is not None:
            log.info("door.turned_away", door=self.name, reason=refusal.decode())
            return connection.end(refusal)
        self._connections[connection.task] = connection
        self._peers[peer] += 1
        connection.task.add_done_callback(partial(self._forget, peer))

    def _why_not(self, peer: str | None) -> bytes | None:
        if not self._open:
            return CLOSING_DOWN
        if len(self._connections) >= self._settings.max_connections:
            return b"421 4.3.2 Too many connections, come again later"
        if self._peers[peer] >= self._settings.max_connections_per_peer:
            return b"421 4.7.0 Too many connections from you, come again later"
        return None

    def _forget(self, peer: str | None, task: asyncio.Task[None]) -> None:
        del self._connections[task]
        self._peers[peer] -= 1
        if not self._peers[peer]:
            del self._peers[peer]

    def _note_accepted(self, receipt: Accepted) -> None:  # noqa: ARG002  counted, not looked at
        self._accepted += 1
        self._last_accepted_at = utcnow()

    async def _finished(self, seconds: float | None) -> None:
        if self._connections:
            await asyncio.wait(list(self._connections), timeout=seconds)

"""The IMAP door: takes over what arrives in one mailbox, for as long as it runs.

One mailbox, one thread, so that a mailbox that hangs or fails stops no other. Only the holder of
the mailbox's lease reads it; another process stands by. New messages are told by IDLE (RFC 2177),
renewed well under half an hour, or asked for every `poll_seconds` where the server has no IDLE.
Every failure, of the server or of the spool, ends the visit; the next begins after a growing,
jittered pause at the cursor that the spool has, so nothing depends on what this thread remembers.
"""

import asyncio
import imaplib
import random
import ssl
import threading
import time
from collections.abc import Sequence
from concurrent.futures import wait as wait_for_futures
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Literal

import structlog

from gateway.config import ImapSettings
from gateway.doors.header_scan import return_path
from gateway.doors.imap_folder import Folder, Taken
from gateway.doors.imap_login import Login
from gateway.doors.imap_wire import DISCONNECTED, Client, Waker, plainly
from gateway.errors import ConfigError, Temporary
from gateway.model import Arrival, Cursor, Custody, DoorHealth, Envelope, utcnow

log = structlog.get_logger(__name__)

State = Literal["up", "starting", "down"]


class Stopped(Exception):
    """The door is being closed."""


class LeaseLost(Exception):
    """Another process reads this mailbox now."""


@dataclass(slots=True)
class Pause:
    """The pause after a failure, in seconds: doubles from `first` to `longest`, with jitter."""

    first: float
    longest: float
    failures: int = 0

    def next(self) -> float:
        """The next pause: between half of its nominal length and all of it."""
        nominal: float = min(self.first * 2 ** min(self.failures, 30), self.longest)
        self.failures += 1
        return nominal * random.uniform(0.5, 1.0)  # noqa: S311 - spreads load, guards nothing


class ImapDoor:
    """`model.Door` for one mailbox. Mail goes to `deliver_to`, or else to `default_recipient`.

    `owner` is this process's name in leases, `lease_seconds` their length; `pauses` are the first
    and the longest pause after failures, in seconds.
    """

    def __init__(
        self,
        settings: ImapSettings,
        custody: Custody,
        owner: str,
        default_recipient: str,
        *,
        lease_seconds: float = 60.0,
        pauses: tuple[float, float] = (1.0, 300.0),
    ) -> None:
        self.name = f"imap:{settings.name}"
        self._settings = settings
        self._custody = custody
        self._owner = owner
        self._recipients = (settings.deliver_to or default_recipient,)
        self._lease_seconds = lease_seconds
        self._renew_at: float | None = None  # monotonic; None: we do not hold the lease
        self._pause = Pause(*pauses)
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._health = DoorHealth(self.name, "starting")
        self._folder = Folder(
            settings.name, settings.folder, self._keep, batch=settings.batch, first_pause=pauses[0]
        )

    # --- model.Door ----------------------------------------------------------------------

    async def start(self) -> None:
        """Start reading; returns at once, also where the server is down (see `health`).

        Raises ConfigError where the settings cannot work: a CA file that is none, for example.
        """
        context = tls_context(self._settings)
        self._waker = Waker(self._look_up, every=min(5.0, self._lease_seconds / 4))
        self._login = Login(self._settings, self._waker.look_up)
        self._stopping.clear()
        self._report("starting", "connecting")
        self._thread = threading.Thread(target=self._run, args=(context,), name=self.name)
        self._thread.start()

    async def stop(self) -> None:
        """Stop reading: what is in the spool stays there, what is not will be read again."""
        if self._thread is None:
            return
        self._stopping.set()
        self._waker.ring()
        await asyncio.to_thread(self._thread.join)
        self._waker.close()
        self._thread = None

    def health(self) -> DoorHealth:
        """How the mailbox is; messages that cannot be read are named by UID."""
        trouble = sorted(self._folder.trouble.copy().items())
        if not trouble or self._health.state == "starting":
            return self._health
        some = ", ".join(f"UID {uid} ({one.reason})" for uid, one in trouble[:5])
        more = f" and {len(trouble) - 5} more" if len(trouble) > 5 else ""
        text = f"cannot be read: {some}{more}"
        return replace(self._health, detail="; ".join(filter(None, [self._health.detail, text])))

    # --- the thread ----------------------------------------------------------------------

    def _run(self, context: ssl.SSLContext | None) -> None:
        with suppress(Stopped):
            while True:
                try:
                    self._await_lease()
                    self._visit(context)
                except Stopped:
                    break
                except LeaseLost:
                    log.info("imap_lease_lost", door=self.name)
                except Exception as error:
                    self._failed(error)
                    self._waker.wait(self._pause.next())
        self._release()
        self._report("down", "stopped")

    def _failed(self, error: Exception) -> None:
        detail = plainly(error)
        if self._health.state != "down" or self._health.detail != detail:
            log.warning("imap_door_down", door=self.name, reason=detail, kind=type(error).__name__)
        self._report("down", detail)
        self._release()

    def _visit(self, context: ssl.SSLContext | None) -> None:
        """Connect, and read until something fails."""
        settings = self._settings
        client = Client(settings.host, settings.port, context, self._waker, settings.timeout)
        try:
            self._login(client)
            known = self._custody.cursor(self._folder.mailbox)
            self._folder.open(client, known, backfill=settings.backfill)
            idle = settings.idle and client.has_capability("IDLE")
            self._report("up", "" if idle else f"no IDLE: asks every {settings.poll_seconds:g} s")
            while True:
                self._folder.sweep(client)
                self._pause.failures = 0
                self._await_news(client, idle)
        finally:
            client.close()

    def _await_news(self, client: Client, idle: bool) -> None:
        next_try = self._folder.seconds_to_next_try()
        if not idle:
            self._waker.wait(min(self._settings.poll_seconds, next_try))
            return
        try:
            tag = client.wire.begin_idle()
        except DISCONNECTED:
            raise
        except imaplib.IMAP4.error:  # promised, and refused all the same: ask instead
            self._waker.wait(min(self._settings.poll_seconds, next_try))
            return
        client.wire.wait_for_news(min(self._settings.idle_seconds, next_try))
        client.wire.end_idle(tag)

    def _keep(self, taken: Sequence[Taken], cursor: Cursor) -> None:
        """Hand these to the spool, with the cursor, and wait until they are on disk."""
        self._look_up()
        arrivals = [Arrival(raw, self._envelope(raw), hold) for raw, hold in taken]
        future = self._custody.submit(arrivals, cursor)
        while not future.done():
            wait_for_futures([future], timeout=min(1.0, self._lease_seconds / 4))
            self._look_up()
        new = sum(not receipt.duplicate for receipt in future.result())
        if new:
            accepted = self._health.accepted + new
            self._health = replace(self._health, accepted=accepted, last_accepted_at=utcnow())

    def _envelope(self, raw: bytes) -> Envelope:
        return Envelope(door=self.name, sender=return_path(raw), recipients=self._recipients)

    # --- the lease -----------------------------------------------------------------------

    def _look_up(self) -> None:
        """Called before and during every wait: shall we go on, and is the mailbox still ours?"""
        if self._stopping.is_set():
            raise Stopped
        if self._renew_at is not None and time.monotonic() >= self._renew_at and not self._take():
            raise LeaseLost

    def _take(self) -> bool:
        asked_at = time.monotonic()
        self._renew_at = None
        if self._custody.acquire(self.name, self._owner, self._lease_seconds):
            self._renew_at = asked_at + self._lease_seconds / 3
        return self._renew_at is not None

    def _await_lease(self) -> None:
        while not self._take():
            self._report("up", "stands by: another process reads this mailbox")
            self._waker.wait(self._lease_seconds / 3)

    def _release(self) -> None:
        """Let another process try: the network may be broken for us alone."""
        if self._renew_at is None:
            return
        self._renew_at = None
        try:
            self._custody.release(self.name, self._owner)
        except Exception as error:  # it ends by itself
            log.warning("imap_lease_not_released", door=self.name, reason=plainly(error))

    # --- the rest ------------------------------------------------------------------------

    def _report(self, state: State, detail: str) -> None:
        since = self._health.since if state == self._health.state else utcnow()
        self._health = replace(self._health, state=state, detail=detail, since=since)


def try_mailbox(settings: ImapSettings) -> str:
    """Connect, log in, look at the folder: what was found. Raises ConfigError or Temporary."""
    context = tls_context(settings)
    waker = Waker(lambda: None, every=settings.timeout)
    try:
        client = Client(settings.host, settings.port, context, waker, settings.timeout)
        try:
            Login(settings, waker.look_up)(client)
            messages = client.select_folder(settings.folder, readonly=True).get(b"EXISTS", 0)
            news = "IDLE" if client.has_capability("IDLE") else "no IDLE: it will be polled"
        finally:
            client.close()
    except (imaplib.IMAP4.error, OSError, ValueError) as error:
        raise Temporary(f"{settings.name}: {plainly(error)}") from error
    finally:
        waker.close()
    return f"{settings.folder} has {messages} messages; {news}"


def tls_context(settings: ImapSettings) -> ssl.SSLContext | None:
    """How to check the server's certificate; None for imap:// (loopback). Raises ConfigError."""
    if not settings.tls:
        return None
    try:
        return ssl.create_default_context(cafile=settings.ca_file)
    except OSError as error:
        raise ConfigError(f"imap.ca_file: {settings.ca_file}: {error}") from error

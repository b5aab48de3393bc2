"""How things stand: what is waiting, what is stuck, and what a person should know of."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import structlog

from gateway.announcing import Announcing
from gateway.doors import board
from gateway.incidents.tickets import TicketBook
from gateway.incidents.window_book import WindowBook
from gateway.mirroring import Mirroring
from gateway.model import Door, DoorHealth, utcnow
from gateway.outbox import FirewallHealth, Outbox
from gateway.posting import Posting
from gateway.spool import Spool
from gateway.store import leases
from gateway.store.database import Database, as_gateway_error
from gateway.subscribing import Subscribing
from gateway.timers import Timers
from gateway.understanding import stamp

if TYPE_CHECKING:
    from gateway.dispatcher import Dispatcher

PUBLISH_SECONDS = 5.0
BOUNCES_TOLD = timedelta(days=7)  # for how long status speaks of a letter that came back
WAY_OUT = "outbox"  # its line on the board, beside those of the doors

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Status:
    """What `triage status` tells; see `as_json`."""

    spool: dict[str, int]
    outbox: dict[str, int]
    tickets: int
    needs_review: int
    windows_to_review: int
    oldest_unprocessed_s: float
    doors: list[dict[str, Any]]
    outbox_health: dict[str, Any]
    trackers: list[dict[str, Any]]
    channels: list[dict[str, Any]]
    lists: dict[str, int]
    firewall: dict[str, Any]
    warnings: list[str]

    def as_json(self) -> dict[str, Any]:
        """Plain data, in the terms of the command line's JSON."""
        return {
            "spool": self.spool,
            "outbox": self.outbox,
            "tickets": self.tickets,
            "needs_review": self.needs_review,
            "windows_to_review": self.windows_to_review,
            "oldest_unprocessed_s": self.oldest_unprocessed_s,
            "doors": self.doors,
            "outbox_health": self.outbox_health,
            "trackers": self.trackers,
            "channels": self.channels,
            "lists": self.lists,
            "firewall": self.firewall,
            "warnings": self.warnings,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The parts that are asked."""

    database: Database
    owner: str
    spool: Spool
    outbox: Outbox
    tickets: TicketBook
    windows: WindowBook
    mirroring: Mirroring
    posting: Posting
    subscribing: Subscribing
    announcing: Announcing
    timers: Timers
    has_relay: bool
    mailboxes: list[str]


class Standing:
    """How the store and this process are. `doors` and `dispatcher` are those that run here."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self.doors: list[Door] = []
        self.dispatcher: Dispatcher | None = None

    def _own_healths(self) -> list[DoorHealth]:
        """How this process is: its doors, and the way out."""
        outbox = self._parts.outbox.health()
        way_out = DoorHealth(
            WAY_OUT, outbox.state, outbox.detail, last_accepted_at=outbox.last_sent_at
        )
        return [*(door.health() for door in self.doors), way_out]

    def _healths(self) -> tuple[list[DoorHealth], dict[str, str]]:
        """How the doors and the outbox are: here where they run, else as a gateway last said."""
        told = (
            board.read(self._parts.database)
            if not self.doors or not self._parts.outbox.is_running
            else []
        )
        doors = [door.health() for door in self.doors]
        if not doors:
            doors = [one for one in told if one.name != WAY_OUT]
        if self._parts.outbox.is_running or not self._parts.has_relay:
            outbox = self._parts.outbox.health()
            return doors, {"state": outbox.state, "detail": outbox.detail}
        for one in told:
            if one.name == WAY_OUT:
                return doors, {"state": one.state, "detail": one.detail}
        return doors, {"state": "unknown", "detail": "no gateway runs"}

    async def publish(self) -> None:
        """Tell other processes, every few seconds, how the doors and the outbox are."""
        while True:
            try:
                await asyncio.to_thread(
                    board.publish, self._parts.database, self._parts.owner, self._own_healths()
                )
            except Exception as error:
                log.warning("board.failed", error=str(as_gateway_error(error)))
            await asyncio.sleep(PUBLISH_SECONDS)

    def withdraw(self) -> None:
        """The doors are closed."""
        try:
            board.withdraw(self._parts.database, self._parts.owner)
        except Exception as error:  # what nobody renews is soon believed no more
            log.warning("board.failed", error=str(as_gateway_error(error)))

    def status(self) -> Status:
        """How things stand."""
        oldest = self._parts.spool.oldest_waiting()
        age = max(0.0, (utcnow() - oldest).total_seconds()) if oldest else 0.0
        doors, outbox = self._healths()
        filed, needs_review = self._parts.tickets.counts()
        firewall = self._parts.outbox.firewall()
        return Status(
            spool=self._parts.spool.counts(),
            outbox=self._parts.outbox.counts(),
            tickets=filed,
            needs_review=needs_review,
            windows_to_review=self._parts.windows.to_review(),
            oldest_unprocessed_s=round(age, 1),
            doors=[
                {
                    "name": health.name,
                    "state": health.state,
                    "detail": health.detail,
                    "since": stamp(health.since),
                    "accepted": health.accepted,
                    "last_accepted_at": stamp(health.last_accepted_at),
                }
                for health in doors
            ],
            outbox_health=outbox,
            trackers=self._parts.mirroring.status(),
            channels=self._parts.posting.status(),
            lists=self._parts.subscribing.counts(),
            firewall={
                "open_since": stamp(firewall.open_since),
                "why": firewall.why,
                "held": firewall.held,
            },
            warnings=self._warnings(firewall),
        )

    def missing(self) -> list[str]:
        """What this process lacks to take mail and work it off. Asks the store."""
        self._parts.spool.oldest_waiting()
        workers: dict[str, Any] = {
            "the workers": self.dispatcher,
            "the timers": self._parts.timers,
            "the trackers' workers": self._parts.mirroring,
            "the channels' workers": self._parts.posting,
        }
        if self._parts.has_relay:
            workers["the outbox"] = self._parts.outbox
        return [
            f"{name}: not running"
            for name, worker in workers.items()
            if worker is None or not worker.is_running
        ]

    def warnings(self) -> list[str]:
        """What a person should know of, while all else goes on."""
        return self._warnings(self._parts.outbox.firewall())

    def _warnings(self, firewall: FirewallHealth) -> list[str]:
        with self._parts.database.read() as session:
            working = leases.holders(session, leases.EXECUTOR)
        found = []
        if self._parts.database.is_sqlite and len(working) > 1:
            found.append(f"{len(working)} processes work on this SQLite store: keep to one of them")
        bounced = self._parts.outbox.bounced_since(utcnow() - BOUNCES_TOLD)
        if bounced:
            found.append(
                f"letters that came back for good in the last {BOUNCES_TOLD.days} days: "
                f"{bounced}; see triage outbox list --bounced"
            )
        found += _of_the_firewall(firewall)
        found += [
            f"notice {one.id} ({one.kind}) of TG-{one.ticket_id} is {one.reason or one.state}: see "
            f"triage announce show {one.id}, then resume or revise it"
            for one in self._parts.announcing.barred()
        ]
        passed = self._parts.spool.passed(self._parts.mailboxes)
        for mailbox, messages in passed.items():
            some = ", ".join(f"UID {uid} ({reason})" for uid, reason in messages[:5])
            more = f" and {len(messages) - 5} more" if len(messages) > 5 else ""
            found.append(f"set aside in {mailbox}, since it cannot be taken: {some}{more}")
        return found


def _of_the_firewall(found: FirewallHealth) -> list[str]:
    look = "look for a loop in triage outbox list --state held"
    if found.open_since is not None:
        since = stamp(found.open_since)
        return [
            f"nobody is answered since {since}: {found.why}; answers held: {found.held}"
            f"; {look}, then triage outbox resume"
        ]
    if found.held:
        return [f"the firewall against loops holds answers ({found.held}): {look}"]
    return []

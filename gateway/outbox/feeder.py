"""The feeder: decides whether this process sends, and which letters are next.

One process sends at a time (the lease `outbox`), so that pace and limits hold over all of them;
when it dies another takes over within seconds, and what it was just sending is looked after.
"""

import asyncio
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

import structlog

from gateway.config import AnswerSettings, RelaySettings
from gateway.model import utcnow
from gateway.outbox import journal, ledger, recovery
from gateway.outbox.ledger import Due
from gateway.outbox.pace import Domains, domain_of
from gateway.store import leases
from gateway.store.database import Database

LEASE = "outbox"
LEASE_SECONDS = 30.0
ASK_SECONDS = 3.0  # how often a process that does not send asks whether it may
LOOK_AFTER_SECONDS = 15.0  # how often letters that another left behind are looked for

log = structlog.get_logger()


class Feeder:
    """Chooses letters for the sender, while this process holds the lease.

    `is_turned_away`: another process was found to hold it when last asked.
    """

    def __init__(
        self,
        database: Database,
        relay: RelaySettings,
        answers: AnswerSettings,
        owner: str,
        journals: Path,
    ) -> None:
        self._database = database
        self._owner = owner
        self._journals = journals
        self._limit = answers.per_sender_per_hour
        self.domains = Domains(relay.per_domain_per_minute, relay.domains)
        self._repeat = relay.after_crash == "repeat"
        self._lease_until = 0.0
        self._ask_at = 0.0
        self._look_after_at = 0.0
        self._is_at_start = True
        self.is_turned_away = False

    @property
    def is_leading(self) -> bool:
        """True while the lease is surely ours."""
        return time.monotonic() < self._lease_until

    async def lead(self, busy: Mapping[int, Due]) -> bool:
        """Take or keep the lease, and look after what was cut off; False while another has it.

        `busy` are the letters this process is sending.
        """
        now = time.monotonic()
        if now < self._ask_at:
            return self.is_leading
        if not await asyncio.to_thread(self._take_lease):
            self._lease_until, self._ask_at, self._is_at_start = 0.0, now + ASK_SECONDS, True
            self.is_turned_away = True
            return False
        self.is_turned_away = False
        if self._is_at_start or now >= self._look_after_at:
            at_start = self._is_at_start
            await asyncio.to_thread(self._look_after, tuple(busy), at_start=at_start)
            self._is_at_start, self._look_after_at = False, now + LOOK_AFTER_SECONDS
        self._lease_until, self._ask_at = now + LEASE_SECONDS, now + LEASE_SECONDS / 3
        return True

    async def leave(self) -> None:
        """Give the lease back."""
        if self._lease_until:
            self._lease_until, self._ask_at, self._is_at_start = 0.0, 0.0, True
            with suppress(Exception):  # a lease that is not given back ends by itself
                await asyncio.to_thread(self._give_lease_back)

    async def pick(self, room: int, busy: Mapping[int, Due]) -> tuple[list[Due], bool]:
        """Up to `room` letters to send next, and whether there may be more."""
        return await asyncio.to_thread(self._pick, room, dict(busy))

    # --- in a thread: the database blocks ---

    def _take_lease(self) -> bool:
        with self._database.transaction() as session:
            return leases.acquire(session, LEASE, self._owner, LEASE_SECONDS)

    def _give_lease_back(self) -> None:
        with self._database.transaction() as session:
            leases.release(session, LEASE, self._owner)

    def _look_after(self, busy: Sequence[int], *, at_start: bool) -> None:
        with self._database.transaction() as session:
            queued = recovery.now_there_is_a_relay(session) if at_start else 0
            lost, read = recovery.take_over(
                session, self._owner, busy, repeat=self._repeat, journals=self._journals
            )
        for holder in read:
            journal.forget(self._journals, holder)
        if at_start:
            log.info("outbox.leads", formerly_held=queued)
        for letter in lost:
            log.warning("letter.cut_off", letter=letter, repeated=self._repeat)

    def _pick(self, room: int, busy: Mapping[int, Due]) -> tuple[list[Due], bool]:
        with self._database.read() as session:
            found = ledger.due(session, room, tuple(busy))
            answers = {one.recipient for one in found if one.kind == "acknowledgement"}
            # Who is further from the limit than that cannot get over it now.
            near = self._limit - len(found) - len(busy)
            lately = ledger.sent_lately(session, answers, near, busy) if answers else {}
        moved = self._over_the_limit(found, lately, busy)
        slow = {} if self.domains.is_idle else self._too_fast(found, moved)
        if moved:
            why = f"more than {self._limit} answers to this address within an hour"
            with self._database.transaction() as session:
                ledger.postpone(session, moved, why)
            log.info("letters.postponed", letters=sorted(moved), limit=self._limit)
        if slow:
            with self._database.transaction() as session:
                for why, some in slow.items():
                    ledger.postpone(session, some, why)
            log.info("letters.spread", letters=sum(map(len, slow.values())))
        waits = set(moved).union(*slow.values())
        return [one for one in found if one.id not in waits], len(found) == room

    def _too_fast(
        self, found: Sequence[Due], moved: Mapping[int, datetime]
    ) -> dict[str, dict[int, datetime]]:
        """Letters that their domain must not get yet, until when, by the reason."""
        slow: dict[str, dict[int, datetime]] = {}
        now = utcnow()
        for one in found:
            if one.id in moved:
                continue
            wait, why = self.domains.wait(domain_of(one.recipient), has_waited=one.has_waited)
            if wait:
                slow.setdefault(why, {})[one.id] = now + timedelta(seconds=wait)
        return slow

    def _over_the_limit(
        self,
        found: Sequence[Due],
        lately: Mapping[str, Sequence[datetime]],
        busy: Mapping[int, Due],
    ) -> dict[int, datetime]:
        """Answers that must wait, and until when: so many go to an address within an hour."""
        going: dict[str, int] = {}
        for one in busy.values():
            if one.kind == "acknowledgement":
                going[one.recipient] = going.get(one.recipient, 0) + 1
        moved = {}
        for one in found:
            if one.kind != "acknowledgement":
                continue
            times = lately.get(one.recipient, [])
            over = len(times) + going.get(one.recipient, 0) - self._limit
            going[one.recipient] = going.get(one.recipient, 0) + 1
            if over >= 0:
                freed = times[over] if over < len(times) else utcnow()
                moved[one.id] = freed + timedelta(hours=1)
        return moved

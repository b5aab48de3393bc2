"""The sender: due letters go to the relay over a few kept connections, at a measured pace.

A connection takes a few letters, as many as go in a moment: a connection is made sure of, their
`sending` is committed, SMTP happens to each, and the outcomes are committed together with the next
ones' `sending`: one commit for a few letters, shared between connections. What may go wrong, and
what follows:

- before `sending` is on the disk: the letter is still queued, nobody noticed;
- between `sending` and the outcome (a crash, a lost database): the journal of the connection
  tells which letters went and which never began; the one in flight may have arrived: it is
  repeated under its own Message-ID, or held for a person, as `after_crash` says;
- somebody stops a letter: those that a connection took go on the wire within half a second, or
  go back and are asked for anew;
- the relay is away: nothing is taken and no letter pays for it; the whole sender pauses;
- the relay grants fewer connections than are configured: those there are do the work.
"""

import asyncio
import time
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal

import structlog
from sqlmodel import Session

from gateway.config import AnswerSettings, RelaySettings, data_home
from gateway.errors import GatewayError, Permanent
from gateway.model import utcnow
from gateway.outbox import journal as journals
from gateway.outbox import ledger
from gateway.outbox.feeder import Feeder
from gateway.outbox.journal import BEGUN, SENT, Journal, folder_of
from gateway.outbox.ledger import Due, Patience, Step
from gateway.outbox.pace import Bucket, Pause, domain_of
from gateway.outbox.relay import CLOSING, Connection, RelayDown, Verdict
from gateway.store.database import Database, as_gateway_error

if TYPE_CHECKING:
    from gateway.outbox.signing import Signer

POLL_SECONDS = 1.0
BATCH = 512  # letters in memory
CHUNK = 96  # letters that one connection takes in one commit, at most
MOMENT_SECONDS = 0.1  # what sending those may take
OBEY_SECONDS = 0.5  # letters taken longer ago go back: they may have been stopped meanwhile
IDLE_SECONDS = 30.0  # a connection unused for so long is closed
GRACE_SECONDS = 10.0  # how long a stop waits for what is in flight
SIT_OUT_SECONDS = 30.0  # how long a connection is done without that the relay does not grant

Done = tuple[Due, Verdict]
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class OutboxHealth:
    """How sending is. `detail` is for an operator and names no person."""

    state: Literal["up", "down", "paused"]
    detail: str = ""
    connections: int = 0
    last_sent_at: datetime | None = None


class Sender:
    """Sends what is due, from `start` to `stop`, both in the event loop."""

    def __init__(
        self,
        database: Database,
        relay: RelaySettings,
        answers: AnswerSettings,
        owner: str,
        hostname: str,
        *,
        signer: "Signer | None" = None,
    ) -> None:
        self._database = database
        self._owner = owner
        self._signer = signer
        self._journals = folder_of(database.url, data_home())
        self._feeder = Feeder(database, relay, answers, owner, self._journals)
        self._patience = Patience(relay.retry_seconds, relay.give_up_hours)
        self._connections = [Connection(relay, hostname) for _ in range(relay.connections)]
        self._deadline = relay.timeout * 4
        self._bucket = Bucket(relay.per_minute)
        self._chunk = 1
        self._pause = Pause()
        self._busy: dict[int, Due] = {}  # taken into memory, outcome not written down yet
        self._is_more = False
        self._is_stopping = False
        self.on_low: Callable[[], None] | None = None  # there is little left to send
        self._trouble = ""
        self._last_sent_at: datetime | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._tasks: list[asyncio.Task[None]] = []

    # --- life ---

    async def start(self) -> None:
        """Begin to send."""
        self._loop = asyncio.get_running_loop()
        self._is_stopping = False
        self._woken = asyncio.Event()
        self._ending = asyncio.Event()
        self._opening = asyncio.Lock()
        self._queue: asyncio.Queue[Due | None] = asyncio.Queue()
        await asyncio.to_thread(journals.sweep, self._journals)
        feeding = asyncio.create_task(self._feed(), name="outbox-feeder")
        working = [
            asyncio.create_task(self._work(one, self._journal(number)), name=f"outbox-{number}")
            for number, one in enumerate(self._connections, 1)
        ]
        self._tasks = [feeding, *working]

    def _journal(self, number: int) -> Journal:
        opened = Journal(self._journals, self._owner, number)
        opened.open()
        return opened

    async def stop(self) -> None:
        """Finish what is in flight, within seconds; leave the rest queued."""
        if not self._tasks:
            return
        self._is_stopping = True
        self._woken.set()
        self._ending.set()
        while not self._queue.empty():
            self._queue.get_nowait()
        for _ in self._connections:
            self._queue.put_nowait(None)
        _, unfinished = await asyncio.wait(self._tasks, timeout=GRACE_SECONDS)
        for task in unfinished:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks, self._busy, self._loop = [], {}, None
        await self._feeder.leave()

    def wake(self) -> None:
        """There may be new letters. From any thread."""
        loop = self._loop
        if loop is not None:
            with suppress(RuntimeError):  # the loop has just been closed
                loop.call_soon_threadsafe(self._woken.set)

    @property
    def is_running(self) -> bool:
        """Whether it has been started, and not stopped."""
        return bool(self._tasks)

    def health(self) -> OutboxHealth:
        """How it is. Does not block."""
        is_open = sum(one.is_open for one in self._connections)
        if not self.is_running:
            return OutboxHealth("down", "the sender does not run", 0, self._last_sent_at)
        if self._trouble:
            return OutboxHealth("down", self._trouble, is_open, self._last_sent_at)
        if self._pause.is_on:
            detail = f"{self._pause.reason}; next try in {self._pause.left:.0f} s"
            return OutboxHealth("paused", detail, is_open, self._last_sent_at)
        detail = "another process sends" if self._feeder.is_turned_away else ""
        return OutboxHealth("up", detail, is_open, self._last_sent_at)

    # --- feeding: what is due comes into memory ---

    async def _feed(self) -> None:
        while not self._is_stopping:
            self._woken.clear()
            try:
                await self._feed_once()
                self._trouble = ""
            except Exception as error:
                self._in_trouble(as_gateway_error(error))
            await self._nap(min(POLL_SECONDS, self._pause.left or POLL_SECONDS))

    async def _feed_once(self) -> None:
        if not await self._feeder.lead(self._busy) or self._pause.left > 0:
            return
        # While it is not known whether the relay works again, one letter is enough to find out.
        room = (1 if self._pause.is_on else BATCH) - len(self._busy)
        if room <= 0:
            return
        found, self._is_more = await self._feeder.pick(room, self._busy)
        if self._is_stopping:
            return
        for letter in found:
            self._busy[letter.id] = letter
            self._queue.put_nowait(letter)
        if self._is_more and not found:
            self._woken.set()
        if not self._is_more and self.on_low is not None:
            self.on_low()

    async def _nap(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._woken.wait()

    def _in_trouble(self, error: GatewayError) -> None:
        self._trouble = str(error)
        log.warning("outbox.trouble", why=str(error))

    # --- working: one task a connection ---

    async def _work(self, connection: Connection, journal: Journal) -> None:
        done: list[Done] = []
        try:
            while True:
                if self._queue.empty():
                    await self._settle(done)
                    done = []
                letter = await self._wait_for_one(connection)
                if letter is None:
                    break
                wait = self._bucket.take()
                if wait or not connection.is_open:
                    await self._settle(done)
                    done = []
                if not await self._may_send(wait) or not await self._is_ready(connection):
                    self._forget(letter)
                    await self._sit_out(connection)
                    continue
                taken = [letter, *self._more()]
                ours = await self._write_down(done, [one.id for one in taken])
                journal.clear()
                done = await self._deliver_each(connection, journal, taken, ours)
            await self._settle(done)
            await connection.close()
        finally:
            connection.abandon()
            journal.close()

    def _more(self) -> list[Due]:
        """Further letters for the same commit: as many as go in a moment, at the pace."""
        taken: list[Due] = []
        size = min(self._chunk, self._queue.qsize() // len(self._connections) + 1)
        while len(taken) + 1 < size and self._bucket.take() == 0:
            letter = self._queue.get_nowait()
            if letter is None:
                self._queue.put_nowait(None)
                break
            taken.append(letter)
        return taken

    async def _deliver_each(
        self, connection: Connection, journal: Journal, taken: Sequence[Due], ours: Collection[int]
    ) -> list[Done]:
        """One after the other; what cannot go soon goes back, since it may be stopped."""
        done: list[Done] = []
        began = time.monotonic()
        for letter in taken:
            if letter.id not in ours:
                self._forget(letter)
                continue
            if done and not self._is_time_for_another(connection, began):
                done.append((letter, Verdict("returned", None, "its turn comes later")))
                continue
            journal.note(BEGUN, letter.id)
            verdict = await self._deliver(connection, letter)
            if verdict.what == "sent":
                journal.note(SENT, letter.id, verdict.code or 0)
            done.append((letter, verdict))
        self._adapt(len(done), time.monotonic() - began)
        return done

    def _is_time_for_another(self, connection: Connection, began: float) -> bool:
        is_well = connection.is_open and self._pause.left == 0 and not self._is_stopping
        return is_well and time.monotonic() - began < OBEY_SECONDS

    def _adapt(self, letters: int, seconds: float) -> None:
        """Take as many letters at a time as go in a moment."""
        if not letters:
            return
        if seconds > MOMENT_SECONDS:
            self._chunk = max(1, int(letters * MOMENT_SECONDS / seconds))
        elif letters >= self._chunk:
            self._chunk = min(CHUNK, self._chunk * 2)

    async def _wait_for_one(self, connection: Connection) -> Due | None:
        """The next letter; None when it is time to stop. No connection idles for long."""
        try:
            async with asyncio.timeout(IDLE_SECONDS):
                return await self._queue.get()
        except TimeoutError:
            await connection.close()
        return await self._queue.get()

    async def _may_send(self, wait: float) -> bool:
        """Wait for the pace; whether it is still ours to send then."""
        while wait and not self._is_stopping:
            await self._doze(min(wait, POLL_SECONDS))
            wait = self._bucket.take()
        return not self._is_stopping and self._feeder.is_leading and self._pause.left == 0

    async def _is_ready(self, connection: Connection) -> bool:
        """Make sure of the connection; False where the relay does not grant it."""
        try:
            if connection.is_open:
                await connection.ready()
            else:
                async with self._opening:  # a relay that is down is asked by one at a time
                    if self._pause.left == 0:
                        await connection.ready()
        except RelayDown as error:
            if any(one.is_open for one in self._connections):
                log.info("outbox.fewer_connections", why=str(error))
            else:
                self._rest(str(error))
        return connection.is_open and not self._is_stopping

    async def _sit_out(self, connection: Connection) -> None:
        """Leave the letters to other connections for a while, if there are any."""
        self._woken.set()
        if not connection.is_open and any(one.is_open for one in self._connections):
            await self._doze(SIT_OUT_SECONDS)

    async def _doze(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._ending.wait()

    async def _deliver(self, connection: Connection, letter: Due) -> Verdict:
        try:
            raw = await self._signed(letter.raw)
        except Permanent as error:
            log.error("letter.unsigned", letter=letter.id, trace=letter.trace, why=str(error))
            return Verdict("held", None, str(error))
        try:
            async with asyncio.timeout(self._deadline):
                verdict = await connection.deliver(letter.sender, letter.recipient, raw)
        except RelayDown as error:
            self._rest(str(error))
            return Verdict("returned", None, str(error))
        except TimeoutError:
            connection.abandon()
            verdict = Verdict("deferred", None, "the relay took too long")
        except Exception as error:
            connection.abandon()
            log.exception("letter.trouble", letter=letter.id, trace=letter.trace)
            return Verdict("deferred", None, f"unexpected: {type(error).__name__}")
        if verdict.what == "deferred" and verdict.code in {None, CLOSING}:
            self._rest("the relay ended the connection")
        else:
            self._pause.succeeded()
            self._tell_domain(letter, verdict)
        return verdict

    def _tell_domain(self, letter: Due, verdict: Verdict) -> None:
        domain = domain_of(letter.recipient)
        if verdict.what == "sent":
            self._feeder.domains.succeeded(domain)
        elif verdict.what == "deferred" and self._feeder.domains.deferred(domain):
            log.warning("outbox.domain_left_alone", domain=domain, why=f"it answers {verdict.code}")

    async def _signed(self, raw: bytes) -> bytes:
        """What goes on the wire. Raises Permanent: nothing leaves unsigned where keys are."""
        return await asyncio.to_thread(self._signer.sign, raw) if self._signer else raw

    def _rest(self, why: str) -> None:
        if self._pause.left == 0:
            self._pause.failed(why)
            log.warning("outbox.paused", why=why, seconds=round(self._pause.left, 1))

    # --- writing down ---

    async def _write_down(self, done: Sequence[Done], ids: Sequence[int]) -> frozenset[int]:
        """Commit outcomes and intents together; which of the intents' letters are ours."""
        try:
            ours = await self._commit(done, ids)
        except GatewayError as error:
            self._in_trouble(error)
            await self._doze(POLL_SECONDS)  # they come again at once, and would fail as often
            await self._settle(done)
            return frozenset()
        self._settled(done)
        return ours

    async def _settle(self, done: Sequence[Done]) -> None:
        """Commit outcomes, however long the store takes: they are facts."""
        while done:
            try:
                await self._commit(done, ())
                break
            except GatewayError as error:
                self._in_trouble(error)
                await asyncio.sleep(POLL_SECONDS)
        self._settled(done)

    async def _commit(self, done: Sequence[Done], ids: Sequence[int]) -> frozenset[int]:
        # Twice the deadline: the store may be slow before and after.
        until = utcnow() + timedelta(seconds=2 * self._deadline)
        step = Step(done, ids, until)
        future = asyncio.wrap_future(self._database.writer.submit(self._record, step))
        return await asyncio.shield(future)  # what was submitted cannot be taken back

    def _record(self, session: Session, steps: list[Step]) -> Sequence[frozenset[int]]:
        return ledger.record(session, steps, self._owner, self._patience)

    def _settled(self, done: Sequence[Done]) -> None:
        for letter, verdict in done:
            # Of news nobody follows a single letter here: the ledger has each.
            if verdict.what != "sent" or letter.trace is not None:
                log.info(f"letter.{verdict.what}", letter=letter.id, trace=letter.trace,
                         code=verdict.code)  # fmt: skip
            self._busy.pop(letter.id, None)
        if any(verdict.what == "sent" for _, verdict in done):
            self._last_sent_at = utcnow()
        plain = sum(verdict.what == "sent" and letter.trace is None for letter, verdict in done)
        if plain:
            log.info("letters.sent", letters=plain)
        self._ask_for_more()

    def _forget(self, letter: Due) -> None:
        self._busy.pop(letter.id, None)
        self._ask_for_more()

    def _ask_for_more(self) -> None:
        if self._is_more and len(self._busy) <= BATCH // 2:
            self._woken.set()

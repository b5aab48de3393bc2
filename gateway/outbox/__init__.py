"""The outbox: every letter that leaves the house has its row here before SMTP sees it.

Letters come in inside the caller's transaction, once a key; they go out through the sender, or
wait here: for their time, for a relay, for a person. None is dropped and none is sent twice,
but for the few that a crash caught between SMTP and the disk.
"""

import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlmodel import Session, col, func, select

from gateway.config import AnswerSettings, RelaySettings
from gateway.errors import InvalidState, NotFound
from gateway.model import Letter, utcnow
from gateway.outbox import desk, firewall, ledger
from gateway.outbox.firewall import Firewall, FirewallHealth
from gateway.outbox.ledger import NO_RELAY
from gateway.outbox.sender import OutboxHealth, Sender
from gateway.store.database import Database
from gateway.store.tables import LetterEventRow, LetterRow

if TYPE_CHECKING:
    from gateway.outbox.signing import Signer

__all__ = ["NO_RELAY", "STATES", "FirewallHealth", "Outbox", "OutboxHealth", "Shown"]

STATES = ("held", "queued", "sending", "sent", "failed", "stopped")


@dataclass(frozen=True, slots=True)
class Shown:
    """A letter and its ledger, oldest line first."""

    letter: LetterRow
    events: tuple[LetterEventRow, ...]


class Outbox:
    """The outbox of one store. `owner` names this process (gateway.store.leases.this_process).

    Without a `relay` every letter is held; with a `signer` none leaves unsigned. `hostname` is how
    we greet the relay, unless its settings say otherwise.
    """

    def __init__(
        self,
        database: Database,
        relay: RelaySettings | None,
        answers: AnswerSettings,
        owner: str,
        hostname: str | None = None,
        *,
        signer: "Signer | None" = None,
    ) -> None:
        self._database = database
        greeting = hostname or socket.gethostname()
        self._firewall = Firewall(answers)
        self._sender = (
            Sender(database, relay, answers, owner, greeting, signer=signer) if relay else None
        )

    # --- letters come in ---

    def enqueue(
        self,
        session: Session,
        letters: Sequence[Letter],
        *,
        trace: str | None = None,
        notice_id: int | None = None,
        hold: str | None = None,
    ) -> int:
        """Keep `letters` in the caller's transaction; returns how many were new by their key.

        They are held for the reason `hold`, if given, else where the firewall against loops says
        so. `trace` is for those that name none
        themselves. Call `wake` once it is committed.
        """
        if not letters:
            return 0
        session.flush()  # their ticket and notice must be there before them
        reason = hold or (None if self._sender else NO_RELAY)
        held = {} if reason else self._firewall.screen(session, letters)
        alike: dict[str | None, list[Letter]] = {}
        for one in letters:
            alike.setdefault(held.get(one.key, reason), []).append(one)
        connection = session.connection()
        return sum(
            ledger.add(connection, some, trace=trace, notice_id=notice_id, hold=why)
            for why, some in alike.items()
        )

    # --- letters go out ---

    async def start(self) -> None:
        """Begin to send, if there is a relay."""
        if self._sender:
            await self._sender.start()

    async def stop(self) -> None:
        """Finish what is in flight, within seconds; the rest stays queued."""
        if self._sender:
            await self._sender.stop()

    def wake(self) -> None:
        """New letters were committed: look at once. From any thread."""
        if self._sender:
            self._sender.wake()

    @property
    def on_low(self) -> Callable[[], None] | None:
        """Who is told when the sender has nearly nothing left to send."""
        return self._sender.on_low if self._sender else None

    @on_low.setter
    def on_low(self, told: Callable[[], None]) -> None:
        if self._sender:
            self._sender.on_low = told

    @property
    def is_running(self) -> bool:
        """Whether this process sends."""
        return self._sender is not None and self._sender.is_running

    def health(self) -> OutboxHealth:
        """How sending is. Does not block."""
        if self._sender is None:
            return OutboxHealth("paused", f"{NO_RELAY}: every letter is held")
        return self._sender.health()

    # --- what a person sees and does ---

    def firewall(self) -> FirewallHealth:
        """How the firewall against loops stands."""
        with self._database.read() as session:
            return firewall.health(session)

    def resume(self, who: str) -> None:
        """Answer again after the firewall stopped it; InvalidState where it did not.

        What was held meanwhile stays held until somebody releases it.
        """
        with self._database.transaction() as session:
            firewall.close(session, who)

    def counts(self) -> dict[str, int]:
        """How many letters are in each state."""
        with self._database.read() as session:
            return dict.fromkeys(STATES, 0) | desk.counts(session)

    def due(self, now: datetime) -> bool:
        """Whether a letter is under way, or queued with its time come by `now`."""
        with self._database.read() as session:
            return desk.any_due(session, now)

    def listing(
        self,
        state: str | None = None,
        limit: int = 50,
        notice_id: int | None = None,
        trace: str | None = None,
        *,
        bounced: bool = False,
    ) -> list[LetterRow]:
        """The newest letters: of one state, of one notice, in answer to one message, or bounced."""
        query = select(LetterRow).order_by(col(LetterRow.id).desc()).limit(limit)
        if state is not None:
            query = query.where(LetterRow.state == state)
        if notice_id is not None:
            query = query.where(LetterRow.notice_id == notice_id)
        if trace is not None:
            query = query.where(LetterRow.trace == trace)
        if bounced:
            query = query.where(col(LetterRow.bounced_at).is_not(None))
        with self._database.read() as session:
            return list(session.exec(query))

    def bounced_since(self, moment: datetime) -> int:
        """How many letters came back for good since then."""
        query = select(func.count()).where(
            LetterRow.bounce == "hard", col(LetterRow.bounced_at) >= moment
        )
        with self._database.read() as session:
            return session.exec(query).one()

    def show(self, letter_id: int) -> Shown:
        """A letter with its ledger; NotFound if there is none of that number."""
        events = select(LetterEventRow).where(LetterEventRow.letter_id == letter_id)
        with self._database.read() as session:
            letter = session.get(LetterRow, letter_id)
            if letter is None:
                raise NotFound(f"no letter {letter_id} in the outbox: see `triage outbox list`")
            return Shown(letter, tuple(session.exec(events.order_by(col(LetterEventRow.id)))))

    def release(self, ids: Sequence[int] | None, who: str) -> int:
        """Send these after all (held, failed or stopped ones), or for None all that are held.

        All of them or none: NotFound or InvalidState for one with which that cannot be done.
        """
        if self._sender is None:
            raise InvalidState(f"{NO_RELAY}: give [relay] a url first")
        with self._database.transaction() as session:
            done = desk.released(session, ids, who)
            self._all_or_none(session, ids, done, "only held, failed and stopped ones are released")
        self.wake()
        return len(done)

    def stop_letters(self, ids: Sequence[int], who: str) -> int:
        """Do not send these (held or queued ones).

        All of them or none: NotFound or InvalidState for one with which that cannot be done.
        """
        with self._database.transaction() as session:
            done = desk.stopped(session, ids, who)
            self._all_or_none(session, ids, done, "only held and queued ones can be stopped")
        return len(done)

    def withdraw(self, session: Session, notice_id: int, why: str) -> int:
        """Letters of a notice that have not gone never will; in the caller's transaction."""
        return len(desk.withdrawn(session, notice_id, why))

    def backlog(self, session: Session, most: int) -> int:
        """How many letters could go now, counted up to `most`."""
        return desk.backlog(session, utcnow(), most)

    @staticmethod
    def stop_within(session: Session, ids: Sequence[int], why: str) -> int:
        """Stop those of these that still wait, in the caller's transaction; how many did."""
        return len(desk.stopped(session, ids, why)) if ids else 0

    @staticmethod
    def _all_or_none(
        session: Session, ids: Sequence[int] | None, done: Sequence[int], rule: str
    ) -> None:
        missed = sorted(set(ids or ()) - set(done))
        if not missed:
            return
        known = desk.states(session, missed)
        for letter_id in missed:
            if letter_id not in known:
                raise NotFound(f"no letter {letter_id} in the outbox: see `triage outbox list`")
            raise InvalidState(f"letter {letter_id} is {known[letter_id]}: {rule}")

"""Writes the letters of large notices, just ahead of the sender, by one process at a time.

So much that the sender always has some, and no more, so that a notice that is stopped, an address
that bounces and a person who unsubscribes count at once. The ledger says what is left to do: after
a crash another process goes on there. The first letters of a large notice (the canary) go alone,
and it is waited for what comes back of them. Too many failures, bounces or complaints stop a
notice by itself. No news goes out in quiet hours.
"""

import asyncio
import time
from datetime import timedelta

import structlog
from sqlalchemy import and_, or_
from sqlmodel import Session, col, select

from gateway.announcing import ledger
from gateway.announcing.handing import Handing
from gateway.announcing.notices import bar
from gateway.announcing.quiet import quiet_until
from gateway.config import NoticeSettings
from gateway.incidents import tickets
from gateway.model import utcnow
from gateway.outbox import Outbox
from gateway.rounds import Crew, Worker
from gateway.store.database import Database
from gateway.store.tables import NoticeRow, TicketRow

BATCH = 400
LOOK_SECONDS = 2.0  # how often it is looked how the letters of a notice fare
AHEAD_SECONDS = 5.0
WATCHED = timedelta(hours=1)  # after the last letter was written
GATEWAY = "gateway"

log = structlog.get_logger()


class FanOut(Crew):
    """The worker that writes letters, while a gateway serves. `per_minute` is the relay's pace."""

    def __init__(
        self,
        database: Database,
        outbox: Outbox,
        handing: Handing,
        owner: str,
        *,
        settings: NoticeSettings,
        zone: str,
        per_minute: int,
    ) -> None:
        ahead = min(2000, max(BATCH, int(per_minute / 60 * AHEAD_SECONDS)))
        self._worker = _Writer(
            database, outbox, handing, owner, settings=settings, zone=zone, ahead=ahead
        )
        super().__init__([self._worker])

    def due(self) -> bool:
        """Whether a notice waits for its letters to be written now."""
        return self._worker.is_due()


class _Writer(Worker):
    def __init__(
        self,
        database: Database,
        outbox: Outbox,
        handing: Handing,
        owner: str,
        *,
        settings: NoticeSettings,
        zone: str,
        ahead: int,
    ) -> None:
        super().__init__(database, "notices", owner, _nothing)
        self._outbox = outbox
        self._handing = handing
        self._settings = settings
        self._zone = zone
        self._ahead = ahead
        self._look_at: dict[int, float] = {}  # when it is looked again how a notice fares

    async def _round(self) -> bool:
        found = await asyncio.to_thread(self._under_way)
        if not found:
            await self._leave()
            return False
        if not await self._lead():
            return False
        wrote = 0
        for notice_id in found:
            if not self.stopping:
                wrote += await asyncio.to_thread(self._step, notice_id)
        return wrote > 0

    def _under_way(self) -> list[int]:
        """Notices that are being written, or were a moment ago and are still watched."""
        lately = and_(col(NoticeRow.state) == "sent", col(NoticeRow.sent_at) > utcnow() - WATCHED)
        query = select(NoticeRow.id).where(or_(col(NoticeRow.state) == "sending", lately))
        with self._database.read() as session:
            return [one for one in session.exec(query.order_by(col(NoticeRow.id))) if one]

    def is_due(self) -> bool:
        query = select(NoticeRow).where(NoticeRow.state == "sending")
        with self._database.read() as session:
            found = session.exec(query).all()
        now = utcnow()
        return any(one.hold_until is None or one.hold_until <= now for one in found)

    def _step(self, notice_id: int) -> int:
        """Write the next letters of a notice, if it is their time; how many."""
        seen = self._look(notice_id)
        with self._database.transaction() as session:
            notice, ticket = self._locked(session, notice_id)
            if self._is_bad(session, notice, seen) or notice.state != "sending":
                return 0
            if not self._may_go(session, notice):
                return 0
            found = ledger.waiting(session, notice_id, self._room(session, notice))
            self._end(session, notice)
        if not found:
            return 0
        # Rendering takes longest: it holds up nobody's commit.
        letters = self._handing.write(notice, ticket, found)
        with self._database.transaction() as session:
            now, _ = self._locked(session, notice_id)
            if now.state != "sending" or now.version != notice.version:
                return 0
            self._handing.store(session, now, found, letters)
            self._end(session, now)
        self._outbox.wake()
        return len(found)

    @staticmethod
    def _locked(session: Session, notice_id: int) -> tuple[NoticeRow, TicketRow]:
        notice = session.get_one(NoticeRow, notice_id, with_for_update=True)
        return notice, session.get_one(TicketRow, notice.ticket_id)

    def _room(self, session: Session, notice: NoticeRow) -> int:
        """How many letters may be written now."""
        room = min(BATCH, self._ahead - self._outbox.backlog(session, self._ahead))
        if notice.canary:
            room = min(room, notice.canary - self._written(session, notice))
        return max(0, room)

    @staticmethod
    def _written(session: Session, notice: NoticeRow) -> int:
        return ledger.how_many(session, ledger.number(notice)).get("written", 0)

    @staticmethod
    def _end(session: Session, notice: NoticeRow) -> None:
        if not ledger.is_any_waiting(session, ledger.number(notice)):
            notice.state, notice.sent_at, notice.canary = "sent", utcnow(), 0
            notice.hold_until = notice.reason = None
            log.info("notice.written", notice=notice.id)
        session.add(notice)

    # --- whether it may go on ---

    def _may_go(self, session: Session, notice: NoticeRow) -> bool:
        if not notice.is_urgent:
            until = quiet_until(self._settings, self._zone, notice.kind, utcnow())
            if until is not None:
                notice.hold_until, notice.reason = until, "quiet hours"
                session.add(notice)
                return False
        if notice.canary and self._written(session, notice) >= notice.canary:
            return self._is_canary_well(session, notice)
        notice.hold_until = notice.reason = None
        return True

    def _look(self, notice_id: int) -> ledger.Figures | None:
        """How the letters of a notice fared, if it is time to look; this holds up no commit."""
        with self._database.read() as session:
            notice = session.get_one(NoticeRow, notice_id)
            is_waiting = notice.hold_until is not None or notice.canary
            if not (is_waiting or self._is_time_to_look(notice)):
                return None
            started = time.monotonic()
            seen = ledger.figures(session, notice_id)
        # Of a large notice looking takes long: it may cost a twentieth of the time.
        took = time.monotonic() - started
        self._look_at[notice_id] = started + max(LOOK_SECONDS, 20 * took)
        return seen if seen.on_their_way or is_waiting else None

    def _is_bad(self, session: Session, notice: NoticeRow, seen: ledger.Figures | None) -> bool:
        """Stop a notice of which too much came back."""
        if seen is None or notice.state not in {"sending", "sent"}:
            return False
        why = self._why_to_stop(seen, notice)
        if why:
            bar(session, notice, "stopped", GATEWAY, why)
        return bool(why)

    def _is_time_to_look(self, notice: NoticeRow) -> bool:
        return time.monotonic() >= self._look_at.get(ledger.number(notice), 0.0)

    def _why_to_stop(self, seen: ledger.Figures, notice: NoticeRow) -> str:
        """Too much came back; "" where it did not. Of the first letters each one counts."""
        settings, bad = self._settings, seen.failed + seen.hard
        least = 1 if notice.canary else settings.stop_least
        if bad >= least and bad > settings.stop_share * seen.written:
            return f"{bad} of {seen.written} letters failed or bounced"
        if seen.complaints and seen.complaints > settings.stop_complaints * seen.written:
            return f"{seen.complaints} of {seen.written} letters were reported as unwanted"
        return ""

    def _is_canary_well(self, session: Session, notice: NoticeRow) -> bool:
        """Whether nothing bad came back of the first letters for long enough."""
        seen = ledger.figures(session, ledger.number(notice))
        if seen.untried or self._why_to_stop(seen, notice):  # the next look stops it
            return False
        quiet = timedelta(minutes=self._settings.canary_minutes)
        ready_at = (seen.last_sent_at or notice.begun_at or utcnow()) + quiet
        if utcnow() < ready_at:
            notice.hold_until = ready_at
            notice.reason = f"the first {notice.canary} went out: waiting for what comes back"
            session.add(notice)
            return False
        tickets.note(session, notice.ticket_id, GATEWAY, f"{notice.kind} goes on",
                     f"the first {notice.canary} letters went well", notice=notice.id)  # fmt: skip
        notice.canary, notice.hold_until, notice.reason = 0, None, None
        session.add(notice)
        return True


async def _nothing() -> None:
    """Nothing is held."""

"""Digests: who chose so gets the news of a day or a week in one letter.

A timer rings each morning and each Monday. Letters are written a portion at a time; each has a key
of reader and period, so that whatever is repeated after a crash writes nobody twice.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from sqlmodel import Session, col, select

from gateway import reading as reader
from gateway.errors import Permanent
from gateway.incidents import subscribers
from gateway.letters import named
from gateway.model import Address, Letter, utcnow
from gateway.readership import Readership
from gateway.store.tables import NoticeRow, SubscriberRow, TicketRow
from gateway.store.timers import Timer, set_timer

KIND = "digest"
HOUR = 8  # in the morning, by the house's clock
PORTION = 200
MOST_ITEMS = 20
DAYS = {"daily": 1, "weekly": 7}

News = list[tuple[NoticeRow, TicketRow]]
log = structlog.get_logger()


class Digests:
    """Writes digests. `zone` is the house's."""

    def __init__(self, readership: Readership, zone: str) -> None:
        self._readership = readership
        self._zone = ZoneInfo(zone)

    def set_timers(self, now: datetime | None = None) -> None:
        """Have the next of each ring; set already, nothing changes."""
        with self._readership.database.transaction() as session:
            for rhythm in DAYS:
                self._set(session, rhythm, now or utcnow())

    def _set(self, session: Session, rhythm: str, now: datetime) -> None:
        local = now.astimezone(self._zone)
        due = local.replace(hour=HOUR, minute=0, second=0, microsecond=0)
        while due <= local or (rhythm == "weekly" and due.weekday()):
            due += timedelta(days=1)
        key = f"{KIND}:{rhythm}:{due.date().isoformat()}"
        set_timer(session, KIND, key, due, rhythm=rhythm, day=due.date().isoformat())

    def ring(self, timer: Timer) -> None:
        """Write the digests of that day, and set the next."""
        rhythm, day = str(timer.facts["rhythm"]), str(timer.facts["day"])
        since = timer.due_at - timedelta(days=DAYS[rhythm])
        written, after = 0, ""
        while True:
            with self._readership.database.transaction() as session:
                news = self._news(session, since, timer.due_at)
                addresses = self._addresses(session, rhythm, after)
                if not news or not addresses:
                    break
                letters = list(self._letters(session, addresses, news, rhythm, day))
                outbox = self._readership.outbox
                written += outbox.enqueue(session, letters, hold=self._readership.hold)
            after = addresses[-1]
        with self._readership.database.transaction() as session:
            self._set(session, rhythm, timer.due_at)
        log.info("digests.written", rhythm=rhythm, letters=written)

    @staticmethod
    def _news(session: Session, since: datetime, until: datetime) -> News:
        query = (
            select(NoticeRow, TicketRow)
            .join(TicketRow, col(TicketRow.id) == col(NoticeRow.ticket_id))
            .where(col(NoticeRow.sent_at) > since, col(NoticeRow.sent_at) <= until)
            .order_by(col(NoticeRow.sent_at))
        )
        return list(session.exec(query))

    @staticmethod
    def _addresses(session: Session, rhythm: str, after: str) -> list[str]:
        query = (
            select(SubscriberRow.address)
            .where(SubscriberRow.digest == rhythm, SubscriberRow.address > after)
            .distinct()
            .order_by(SubscriberRow.address)
            .limit(PORTION)
        )
        return list(session.exec(query))

    def _letters(
        self, session: Session, addresses: list[str], news: News, rhythm: str, day: str
    ) -> Iterable[Letter]:
        rows = session.exec(
            select(SubscriberRow)
            .where(col(SubscriberRow.address).in_(addresses), SubscriberRow.digest == rhythm)
            .order_by(SubscriberRow.address, SubscriberRow.service)
        )
        for address, some in groupby(rows, key=lambda row: row.address):
            mine = list(some)
            items = [one for one in news if any(_concerns(row, *one) for row in mine)]
            if not items:
                continue
            try:
                yield self._letter(address, mine, items, f"{KIND}:{rhythm}:{day}:{address}")
            except Permanent as error:
                log.warning("digest.not_written", why=str(error))

    def _letter(self, address: str, mine: list[SubscriberRow], items: News, key: str) -> Letter:
        names = self._readership.services
        return self._readership.letters.write(
            KIND,
            key=key,
            recipient=Address(address, mine[0].name),
            language=mine[0].language,
            facts={
                "rhythm": mine[0].digest,
                "services": named([row.service for row in mine], names),
                "items": [self._item(notice, ticket) for notice, ticket in items[:MOST_ITEMS]],
                "more": max(0, len(items) - MOST_ITEMS),
            },
        )

    def _item(self, notice: NoticeRow, ticket: TicketRow) -> dict[str, Any]:
        return {
            "at": notice.sent_at, "kind": notice.kind, "ref": ticket.ref,
            "subject": reader.redact(ticket.title), "text": notice.text,
            "services": named(ticket.services, self._readership.services),
        }  # fmt: skip


def _concerns(row: SubscriberRow, notice: NoticeRow, ticket: TicketRow) -> bool:
    """Whether that news is of what the reader chose, and not older than their choice."""
    return (
        row.service in ticket.services
        and row.wants in subscribers.tells_of(notice.kind)
        and notice.sent_at is not None
        and notice.sent_at > row.consent_at
    )

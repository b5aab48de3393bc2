"""The second story: a piece of news reaches everyone concerned, once each.

Drafted, previewed, approved by a person, then sent: in one transaction the audience is taken
down, each of them gets a letter in the outbox's ledger, and the ticket moves on. A letter's key
names notice and address, so that no repetition can make a second one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, get_args

import structlog
from sqlmodel import Session, col, select

from gateway.errors import InvalidState, NotFound, Permanent
from gateway.incidents import subscribers, threads, tickets
from gateway.letters import Letters, is_reachable, named
from gateway.model import Address, Letter, NoticeKind, utcnow
from gateway.outbox import Outbox
from gateway.reading import redact
from gateway.store.database import Database
from gateway.store.tables import (
    MessageRow,
    NoticeRow,
    ReporterRow,
    TicketRow,
)

KINDS: tuple[NoticeKind, ...] = get_args(NoticeKind)
MAX_TEXT = 20_000
_NEXT = {  # what to do with a notice that is not where one thinks
    "draft": "approve it first (triage announce approve)",
    "approved": "send it (triage announce send)",
    "sent": "nobody is told twice; for further news draft another",
}
UNREACHABLE = "no mail can be sent to its address"
NO_NEWS = "asked for no news"

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Addressee:
    """Somebody who is told, and why."""

    address: Address
    language: str
    why: str
    reported_at: Any = None
    in_reply_to: str | None = None


@dataclass(frozen=True, slots=True)
class Audience:
    """Who is told, and who is not and why."""

    told: tuple[Addressee, ...]
    left_out: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """A notice as it would go out now: the audience and one letter of each language."""

    notice: NoticeRow
    ticket: TicketRow
    audience: Audience
    samples: tuple[Letter, ...]


class Announcing:
    """Drafts, shows, approves and sends notices."""

    def __init__(
        self,
        database: Database,
        outbox: Outbox,
        letters: Letters,
        service_names: dict[str, str],
        trackers: Sequence[str] = (),
    ) -> None:
        self._database = database
        self._trackers = trackers
        self._outbox = outbox
        self._letters = letters
        self._names = service_names

    def draft(self, ticket: str, kind: str, text: str, who: str) -> NoticeRow:
        """Write a notice down; nothing goes out."""
        with self._database.transaction() as session:
            return self._draft(session, ticket, kind, text, who)

    def preview(self, notice_id: int) -> Preview:
        """What would go out, and to whom."""
        with self._database.read() as session:
            notice = self._get(session, notice_id)
            return self._preview(session, notice)

    def preview_of(self, ticket: str, kind: str, text: str, who: str) -> Preview:
        """The same for a notice that is not written down yet; changes nothing."""
        with self._database.read() as session:
            notice = self._draft(session, ticket, kind, text, who)
            session.flush()
            return self._preview(session, notice)

    def approve(self, notice_id: int, who: str) -> NoticeRow:
        """A person says yes."""
        with self._database.transaction() as session:
            notice = self._get(session, notice_id)
            self._approve(session, notice, who)
            return notice

    def send(self, notice_id: int, who: str) -> int:
        """Send an approved notice; returns how many letters went into the outbox."""
        with self._database.transaction() as session:
            sent = self._send(session, self._get(session, notice_id), who)
        self._outbox.wake()
        return sent

    def resolve(self, ticket: str, text: str, who: str) -> tuple[NoticeRow, int]:
        """The ticket is over and everyone hears it: draft, approval and sending in one act."""
        with self._database.transaction() as session:
            notice = self._draft(session, ticket, "resolution", text, who)
            session.flush()
            self._approve(session, notice, who)
            sent = self._send(session, notice, who)
        self._outbox.wake()
        return notice, sent

    def listing(self, limit: int = 100) -> list[NoticeRow]:
        """The newest notices."""
        with self._database.read() as session:
            query = select(NoticeRow).order_by(col(NoticeRow.id).desc()).limit(limit)
            return list(session.exec(query))

    # --- steps, each in the caller's transaction ---

    def _draft(self, session: Session, ticket: str, kind: str, text: str, who: str) -> NoticeRow:
        if kind not in KINDS:
            raise Permanent(f"{kind} is no kind of notice: {', '.join(KINDS)}")
        if not text.strip():
            raise Permanent("a notice needs a message: say what happened and what to do now")
        if len(text) > MAX_TEXT:
            raise Permanent(f"the message is longer than {MAX_TEXT} characters: shorten it")
        row = tickets.get(session, ticket)
        self._must_be_open(row)
        notice = NoticeRow(
            ticket_id=tickets.number(row), kind=kind, text=text.strip(), drafted_by=who
        )
        session.add(notice)
        return notice

    @staticmethod
    def _must_be_open(ticket: TicketRow) -> None:
        if "resolved" not in tickets.MOVES[ticket.state]:
            raise InvalidState(f"{ticket.ref} is {ticket.state} already: nobody is told twice")

    @staticmethod
    def _get(session: Session, notice_id: int) -> NoticeRow:
        notice = session.get(NoticeRow, notice_id)
        if notice is None:
            raise NotFound(f"no notice {notice_id}: see `triage announce list`")
        return notice

    @staticmethod
    def _approve(session: Session, notice: NoticeRow, who: str) -> None:
        if notice.state != "draft":
            raise InvalidState(
                f"notice {notice.id} is {notice.state} already: {_NEXT[notice.state]}"
            )
        notice.state, notice.approved_by, notice.approved_at = "approved", who, utcnow()
        session.add(notice)

    def _send(self, session: Session, notice: NoticeRow, who: str) -> int:
        if notice.state != "approved":
            raise InvalidState(f"notice {notice.id} is {notice.state}: {_NEXT[notice.state]}")
        ticket = tickets.get(session, notice.ticket_id, to_change=True)
        self._must_be_open(ticket)
        audience = self._audience(session, ticket, notice.kind)
        written = [self._letter(notice, ticket, one) for one in audience.told]
        sent: int = self._outbox.enqueue(session, written, notice_id=notice.id)
        threads.remember(session, [(one.message_id, notice.ticket_id) for one in written])
        notice.state, notice.sent_at = "sent", utcnow()
        session.add(notice)
        tickets.move(session, ticket, "resolved", who, notice.text[:500], trackers=self._trackers)
        tickets.note(
            session, notice.ticket_id, who, f"{notice.kind} sent",
            f"to {sent} people", notice=notice.id, left_out=len(audience.left_out),
        )  # fmt: skip
        log.info("notice.sent", notice=notice.id, ticket=ticket.ref, letters=sent)
        return sent

    def _preview(self, session: Session, notice: NoticeRow) -> Preview:
        ticket = tickets.get(session, notice.ticket_id)
        audience = self._audience(session, ticket, notice.kind)
        one_each = {one.language: one for one in reversed(audience.told)}
        samples = tuple(self._letter(notice, ticket, one) for one in one_each.values())
        return Preview(notice, ticket, audience, samples)

    def _audience(self, session: Session, ticket: TicketRow, kind: str) -> Audience:
        """Every reporter of the ticket and every subscriber of its services, once each."""
        told: dict[str, Addressee] = {}
        left_out: dict[str, str] = {}
        reporters = session.exec(
            select(ReporterRow, MessageRow)
            .join(MessageRow, col(MessageRow.id) == col(ReporterRow.message_id))
            .where(ReporterRow.ticket_id == ticket.id)
            .order_by(col(ReporterRow.id))
        )
        for reporter, message in reporters:
            if not reporter.answerable:
                left_out[reporter.address] = "nothing vouches for its address, or answers are off"
                continue
            told[reporter.address] = Addressee(
                Address(reporter.address, reporter.name),
                reporter.language,
                "reporter",
                message.received_at,
                message.message_id,
            )
        for one in subscribers.readers(session, ticket.services, kind):
            address = Address(one.address, one.name)
            told.setdefault(one.address.lower(), Addressee(address, one.language, "subscriber"))
            left_out.pop(one.address.lower(), None)
        for key in subscribers.refused(session, told):
            del told[key]
            left_out[key] = NO_NEWS
        for key in [key for key, one in told.items() if not is_reachable(one.address.address)]:
            del told[key]
            left_out[key] = UNREACHABLE
        return Audience(tuple(told.values()), tuple(left_out.items()))

    def _letter(self, notice: NoticeRow, ticket: TicketRow, one: Addressee) -> Letter:
        return self._letters.write(
            notice.kind,
            key=f"{notice.kind}:{notice.id}:{one.address.address.lower()}",
            recipient=one.address,
            language=one.language,
            ref=ticket.ref,
            token=ticket.token,
            ticket_id=ticket.id,
            service=ticket.services[0] if ticket.services else None,
            source=ticket.source,
            in_reply_to=one.in_reply_to,
            facts={
                "text": notice.text,
                # Others read it than whoever wrote it.
                "subject": redact(ticket.title),
                "services": named(ticket.services, self._names),
                "reporter": one.address.name,
                "reported_at": one.reported_at,
                "why": one.why,
                "started": None,
                "ended": None,
            },
        )

"""Letters of a notice are written a batch at a time and handed to the outbox.

In one transaction: the letters come into the outbox and their lines in the ledger say so. Cut off
at any point, the next batch begins where the last one ended.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlmodel import Session

from gateway import reading as reader
from gateway.announcing import ledger
from gateway.announcing.audience import GROUP, LIST, SUBSCRIBER
from gateway.incidents import threads
from gateway.letters import Letters, named
from gateway.letters.mime import CalendarPart
from gateway.model import Address, Letter
from gateway.outbox import Outbox
from gateway.store.tables import NoticeRow, TicketRow

TEST = "TEST"
MOVED = "maintenance_moved"
TEST_LINE = "This is a test copy of a notice. Nobody else got it."


class Handing:
    """Writes the letters of notices."""

    def __init__(self, outbox: Outbox, letters: Letters, service_names: dict[str, str]) -> None:
        self._outbox = outbox
        self._letters = letters
        self._names = service_names
        #: The calendar of a ticket's maintenance windows, if there are any.
        self.calendar_of: Callable[[int], CalendarPart | None] = lambda _ticket: None
        #: When its windows were to be before they were moved.
        self.earlier_of: Callable[[int], Sequence[Mapping[str, Any]]] = lambda _ticket: ()

    def hand_out(self, session: Session, notice: NoticeRow, ticket: TicketRow, limit: int) -> int:
        """Write up to `limit` further letters; returns how many lines of the ledger are done."""
        found = ledger.waiting(session, ledger.number(notice), limit)
        if not found:
            return 0
        self.store(session, notice, found, self.write(notice, ticket, found))
        return len(found)

    def write(
        self, notice: NoticeRow, ticket: TicketRow, found: Sequence[ledger.Waiting]
    ) -> list[Letter]:
        """Their letters; touches no store."""
        facts = self.facts(notice, ticket)
        return [self.letter(notice, ticket, one, facts) for one in found]

    def store(
        self, session: Session, notice: NoticeRow, found: Sequence[ledger.Waiting],
        letters: Sequence[Letter],
    ) -> None:  # fmt: skip
        """The letters of these lines come into the outbox."""
        notice_id = ledger.number(notice)
        self._outbox.enqueue(session, letters, notice_id=notice_id)
        threads.remember(session, [(one.message_id, notice.ticket_id) for one in letters])
        lines = {one.key: line.id for one, line in zip(letters, found, strict=True)}
        ledger.wrote(session, lines)

    def facts(self, notice: NoticeRow, ticket: TicketRow) -> dict[str, Any]:
        """What is the same in every letter of a notice."""
        is_work = notice.kind.startswith("maintenance")
        return {
            "started": None,
            "ended": None,
            **notice.facts,
            "text": notice.text,
            # Others read it than whoever wrote it.
            "subject": reader.redact(ticket.title),
            "services": named(ticket.services, self._names),
            "windows": ticket.windows if is_work else [],
            "earlier": self.earlier_of(notice.ticket_id) if notice.kind == MOVED else (),
            "calendar": self.calendar_of(notice.ticket_id) if is_work else None,
        }

    def letter(
        self, notice: NoticeRow, ticket: TicketRow, one: Any, facts: dict[str, Any] | None = None
    ) -> Letter:
        """The letter to one of the audience (`Addressee` or `Waiting`)."""
        facts = facts or self.facts(notice, ticket)
        address: Address = one.address
        codes = tuple(dict.fromkeys(_code(why) for why in one.why))
        return self._letters.write(
            notice.kind,
            key=_key(notice, address),
            recipient=address,
            language=one.language or "en",
            ref=ticket.ref,
            token=ticket.token,
            ticket_id=ticket.id,
            service=ticket.services[0] if ticket.services else None,
            source=ticket.source,
            in_reply_to=one.in_reply_to,
            calendar=facts["calendar"],
            facts=facts,
            own={"reporter": address.name, "reported_at": one.reported_at, "why": codes},
        )

    def test_copy(self, notice: NoticeRow, ticket: TicketRow, one: Any, key: str) -> Letter:
        """The same letter to somebody of ours, marked as a test."""
        facts = self.facts(notice, ticket)
        facts["subject"] = f"{TEST}: {facts['subject']}"
        facts["text"] = f"{TEST}. {TEST_LINE}\n\n{notice.text}"
        return replace(self.letter(notice, ticket, one, facts), key=key, kind="test")


def _key(notice: NoticeRow, address: Address) -> str:
    """What makes a letter one: a new version is another to those who had none of the old."""
    version = "" if notice.version == 1 else f".{notice.version}"
    return f"{notice.kind}:{notice.id}{version}:{address.address.lower()}"


def _code(why: str) -> str:
    """The reason without its detail, as templates know it."""
    for code in (SUBSCRIBER, GROUP, LIST):
        if why.startswith(code):
            return code.rstrip(":")
    return why

"""A ticket is handed to its owner by mail, and followed up until somebody answers.

The owner is written to at the first address (what, evidence, who waits, since when, how severe and
why); the answer comes back to the ticket and marks it taken over. Where none comes a reminder
goes out, then the next address is asked, then a person here is. What goes to another organization
is masked first; where masking fails nothing is sent.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlmodel import Session, col, select

from classifiers import Owner, Owners
from gateway import reading as reader
from gateway.config import HandoffSettings
from gateway.errors import ConfigError, InvalidState, NotFound, Permanent
from gateway.incidents import mirrors, threads, tickets
from gateway.incidents.deciding import HAND_AT_ONCE, pin
from gateway.letters import Letters, is_reachable, named
from gateway.masking import first_message, masked
from gateway.model import Address, Letter, Message, utcnow
from gateway.outbox import Outbox
from gateway.store.database import Database
from gateway.store.tables import HandoffRow, LetterRow, MessageRow, ReporterRow, TicketRow
from gateway.timers import Inside, Kind, Timer, cancel_timers, set_timer

KIND = "handoff"  # of letters, and of the timers that follow them up
ASK, REMIND, ESCALATE = "ask", "remind", "escalate"
OPEN = ("waiting", "silent")
MAX_TEXT, MAX_WORDS, MAX_WAITING = 6_000, 12, 20

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class To:
    """Who is asked, in order."""

    team: str
    name: str
    addresses: tuple[str, ...]
    language: str = "en"


class Handoffs:
    """Hands tickets over and follows them up. `own` are the organization's own domains."""

    def __init__(
        self,
        database: Database,
        outbox: Outbox,
        letters: Letters,
        *,
        owners: Owners,
        service_names: dict[str, str],
        settings: HandoffSettings,
        own: Sequence[str],
        published: frozenset[str] = frozenset(),
        trackers: Sequence[str] = (),
        hold: str | None = None,
        clock: Callable[[], datetime] = utcnow,
    ) -> None:
        self._database = database
        self._outbox = outbox
        self._letters = letters
        self._owners = owners
        self._names = service_names
        self._settings = settings
        self._own = {one.lower() for one in (*own, *settings.own_domains)}
        self._published = published
        self._trackers = trackers
        self._hold = hold
        self._clock = clock

    @property
    def kinds(self) -> dict[str, Kind]:
        """The timers that these ring."""
        return {KIND: Inside(self._follow_up), HAND_AT_ONCE: Inside(self._at_once)}

    # --- what a person does ---

    def hand_off(self, name: str, to: str, who: str, why: str = "") -> HandoffRow:
        """Hand the ticket to a team or an address; ConfigError where nobody knows its address."""
        with self._database.transaction() as session:
            ticket = tickets.get(session, name, to_change=True)
            row = self.within(session, ticket, to, who, why)
        self._outbox.wake()
        return row

    def preview(self, name: str, to: str, who: str, why: str = "") -> Letter:
        """The letter that would go out; changes nothing."""
        with self._database.read() as session:
            ticket, team = tickets.get(session, name), self.to(to)
            row = HandoffRow(id=0, ticket_id=tickets.number(ticket), team=team.team, who=who,
                             addresses=list(team.addresses), why=why)  # fmt: skip
            return self._letter(session, row, ticket, ASK)

    def within(
        self, session: Session, ticket: TicketRow, to: str, who: str, why: str = ""
    ) -> HandoffRow:
        """The same in the caller's transaction."""
        team = self.to(to)
        if ticket.state in tickets.OVER:
            raise InvalidState(f"{ticket.ref} is {ticket.state}: there is nothing to hand over")
        for open_ in self._open(session, ticket):
            if open_.team == team.team and open_.state == "waiting":
                since = f"{open_.at:%Y-%m-%d %H:%M} UTC"
                raise InvalidState(f"{ticket.ref} is with {team.name} already, since {since}")
            self._end(session, open_, "ended")
        if ticket.state != "handed_off":
            tickets.move(
                session, ticket, "handed_off", who, f"to {team.name}", trackers=self._trackers
            )
        ticket.owner = team.team
        pin(ticket, "owner", who)
        session.add(ticket)
        return self._begin(session, ticket, team, who, why)

    def to(self, name: str) -> To:
        """Whom that name means: an owner's id or name, or an address."""
        wanted = name.strip().lower()
        if "@" in wanted:
            if not is_reachable(wanted):
                raise NotFound(f"{name} is no address that mail can be sent to")
            owner = next((one for one in self._teams() if wanted in _lower(one.addresses)), None)
            return To(owner.id if owner else wanted, owner.name if owner else wanted, (wanted,))
        for owner in self._teams():
            if wanted in {owner.id, owner.name.lower()}:
                if not owner.addresses:
                    raise ConfigError(
                        f"{self._owners.file}: no address is known of {owner.name}: put "
                        f'addresses = ["..."] under id = "{owner.id}" in owners.toml of your '
                        "data folder"
                    )
                return To(owner.id, owner.name, owner.addresses, owner.language)
        known = ", ".join(sorted(self._owners.by_id)) or "none"
        raise NotFound(f"no owner {name} in {self._owners.file}: known are {known}, or an address")

    def _teams(self) -> Sequence[Owner]:
        return list(self._owners.by_id.values())

    def is_ours(self, address: str) -> bool:
        """Whether that address is within the organization, so that nothing need be masked."""
        domain = address.lower().rpartition("@")[2]
        return any(domain == own or domain.endswith(f".{own}") for own in self._own)

    def is_known(self, to: str) -> bool:
        """Whether that is an owner of the list, or an address of one or of our own."""
        found = self.to(to)
        return found.team in self._owners.by_id or self.is_ours(found.addresses[0])

    # --- what comes back ---

    def handed(self, session: Session, numbers: Collection[int]) -> set[int]:
        """Those of these tickets that somebody was asked to take over, and did not answer."""
        if not numbers:
            return set()
        query = select(HandoffRow.ticket_id).where(
            col(HandoffRow.ticket_id).in_(numbers), col(HandoffRow.state).in_(OPEN)
        )
        return set(session.exec(query))

    def answered(self, session: Session, ticket: TicketRow, message: Message) -> HandoffRow | None:
        """The hand-over that this message answers, now taken; None if it answers none.

        By one of those who were asked, or by whoever answers the letter itself: its Message-ID is
        known to nobody else.
        """
        sender = message.sender.address.lower() if message.sender else ""
        for row in self._open(session, ticket):
            asked = _lower(row.addresses[: row.step + 1])
            if sender in asked or self._cites(session, row, message):
                self._end(session, row, "taken")
                row.answered_at, row.answered_by = self._clock(), sender
                tickets.note(
                    session, tickets.number(ticket), "gateway", f"taken over by {row.team}",
                    f"{sender} answered", handoff=row.id,
                )  # fmt: skip
                return row
        return None

    def _cites(self, session: Session, row: HandoffRow, message: Message) -> bool:
        ids = threads.ancestors(message)
        query = select(LetterRow.id).where(
            col(LetterRow.message_id).in_(ids),
            LetterRow.ticket_id == row.ticket_id,
            col(LetterRow.key).startswith(f"{KIND}:{row.id}:"),
        )
        return bool(ids) and session.exec(query.limit(1)).first() is not None

    # --- steps, each in the caller's transaction ---

    def _open(self, session: Session, ticket: TicketRow) -> list[HandoffRow]:
        query = select(HandoffRow).where(
            HandoffRow.ticket_id == ticket.id, col(HandoffRow.state).in_(OPEN)
        )
        return list(session.exec(query.order_by(col(HandoffRow.id))))

    def _begin(
        self, session: Session, ticket: TicketRow, team: To, who: str, why: str
    ) -> HandoffRow:
        row = HandoffRow(
            ticket_id=tickets.number(ticket), team=team.team, addresses=list(team.addresses),
            who=who, why=why, at=self._clock(),
        )  # fmt: skip
        session.add(row)
        session.flush()
        self._ask(session, row, ticket)
        return row

    def _ask(self, session: Session, row: HandoffRow, ticket: TicketRow) -> None:
        """Write to the address whose turn it is, and set the timers that follow it up."""
        self._write(session, row, ticket, ASK)
        now, settings = self._clock(), self._settings
        waits = ((REMIND, settings.remind_hours), (ESCALATE, settings.escalate_hours))
        for what, hours in waits:
            set_timer(
                session, KIND, _key(row, what), now + timedelta(hours=hours),
                ticket_id=row.ticket_id, handoff=row.id, step=row.step, what=what,
            )  # fmt: skip
        whom = row.addresses[row.step]
        what = "handed over" if row.step == 0 else "handed on, since nobody answered"
        tickets.note(
            session, row.ticket_id, row.who if row.step == 0 else "gateway", what,
            f"to {row.team} <{whom}>" + (f": {row.why}" if row.why else ""), handoff=row.id,
        )  # fmt: skip
        mirrors.mark(session, [row.ticket_id], self._trackers)

    def _follow_up(self, session: Session, timer: Timer) -> None:
        """Nobody has answered yet: remind, then ask the next, then a person here."""
        row = session.get_one(HandoffRow, timer.facts["handoff"], with_for_update=True)
        if row.state != "waiting" or row.step != timer.facts["step"]:
            return
        ticket = tickets.get(session, row.ticket_id)
        if ticket.state in tickets.OVER:
            self._end(session, row, "ended")
        elif timer.facts["what"] == REMIND:
            self._write(session, row, ticket, REMIND)
            whom = row.addresses[row.step]
            tickets.note(session, row.ticket_id, "gateway", "reminded", f"{row.team} <{whom}>")
        elif row.step + 1 < len(row.addresses):
            row.step += 1
            session.add(row)
            self._ask(session, row, ticket)
        else:
            row.state, ticket.needs_review = "silent", True
            session.add_all([row, ticket])
            tickets.note(
                session, row.ticket_id, "gateway", f"{row.team} does not answer",
                "nobody is left to be asked: a person should", handoff=row.id,
            )  # fmt: skip
            mirrors.mark(session, [row.ticket_id], self._trackers)

    def _at_once(self, session: Session, timer: Timer) -> None:
        """A rule has somebody told at once, beside whatever else is done."""
        ticket = tickets.get(session, timer.ticket_id or 0)
        to, why = timer.facts["to"], timer.facts["why"]
        if ticket.merged_into is not None or ticket.state in tickets.OVER:
            return
        try:
            team = self.to(to)
        except Permanent as error:
            ticket.needs_review = True
            session.add(ticket)
            tickets.note(session, tickets.number(ticket), "gateway", f"{to} not told", str(error))
            log.error("officer.not_told", ticket=ticket.ref, to=to, why=str(error))
            return
        if all(row.team != team.team for row in self._open(session, ticket)):
            self._begin(session, ticket, team, "gateway", why)

    def _end(self, session: Session, row: HandoffRow, state: str) -> None:
        row.state = state
        session.add(row)
        cancel_timers(session, _key(row, REMIND), _key(row, ESCALATE))

    # --- the letter ---

    def _write(self, session: Session, row: HandoffRow, ticket: TicketRow, what: str) -> None:
        letter = self._letter(session, row, ticket, what)
        self._outbox.enqueue(session, [letter], hold=self._hold)
        threads.remember(session, [(letter.message_id, row.ticket_id)])

    def _letter(self, session: Session, row: HandoffRow, ticket: TicketRow, what: str) -> Letter:
        whom = row.addresses[row.step]
        owner = self._owners.by_id.get(row.team)
        first = session.exec(
            select(LetterRow.message_id).where(LetterRow.key == _letter_key(row, ASK))
        ).first()
        return self._letters.write(
            KIND,
            key=_letter_key(row, what),
            recipient=Address(whom, owner.name if owner else ""),
            language=owner.language if owner else "en",
            ref=ticket.ref,
            token=ticket.token,
            ticket_id=ticket.id,
            in_reply_to=first if what == REMIND else None,
            facts=self._packet(session, row, ticket, inside=self.is_ours(whom))
            | {"reminder": what == REMIND, "escalated": row.step > 0, "asked_at": row.at},
        )

    def _packet(
        self, session: Session, row: HandoffRow, ticket: TicketRow, *, inside: bool
    ) -> dict[str, Any]:
        """What the owner needs to know; for another organization without anybody's name."""
        number, raw = row.ticket_id, first_message(session, row.ticket_id)
        beside = "\n".join([row.why, ticket.error])
        if inside:
            title, text = ticket.title, reader.read(raw).text
        else:
            title, text, beside = masked(raw, self._published, beside)
        why, _, error = beside.partition("\n")
        reporters = session.exec(
            select(ReporterRow).where(ReporterRow.ticket_id == number).order_by(col(ReporterRow.id))
        ).all()
        waiting = [f"{one.name} <{one.address}>" if one.name else one.address for one in reporters]
        return {
            "subject": title,
            "text": text if len(text) <= MAX_TEXT else f"{text[:MAX_TEXT]}\n[...]",
            "note": why,
            "error": error,
            "by": row.who if inside else "",
            "event": ticket.event,
            "services": named(ticket.services, self._names),
            "reach": ticket.reach,
            "people": ticket.people,
            "hampered": ticket.hampered,
            "severity": ticket.severity,
            "rule": ticket.disposition_why if ticket.disposition_rule != "a person" else "",
            "since": self._since(ticket),
            "windows": ticket.windows,
            "reports": len(reporters),
            "waiting": waiting[:MAX_WAITING] if inside else [],
            "evidence": _evidence(session, number) if inside else [],
            "masked": not inside,
        }

    @staticmethod
    def _since(ticket: TicketRow) -> Any:
        starts = [one["start"] for one in ticket.windows if one.get("start")]
        if ticket.event in tickets.TROUBLE and starts:
            return min(starts)
        return ticket.began_at or ticket.created_at


def _evidence(session: Session, number: int) -> list[dict[str, str]]:
    """The words of the first message that led to its labels."""
    row = session.exec(
        select(MessageRow)
        .where(MessageRow.ticket_id == number, col(MessageRow.reading).is_not(None))
        .order_by(col(MessageRow.id))
    ).first()
    found: dict[tuple[str, str], None] = {}
    for label, evidence in ((row.reading or {}) if row else {}).get("evidence", {}).items():
        for one in evidence:
            if one["text"].strip() and label != "severity":
                found.setdefault((label, " ".join(one["text"].split())[:160]))
    return [{"label": label, "text": text} for label, text in list(found)[:MAX_WORDS]]


def _lower(addresses: Sequence[str]) -> set[str]:
    return {one.lower() for one in addresses}


def _key(row: HandoffRow, what: str) -> str:
    return f"{KIND}:{row.id}:{row.step}:{what}"


_letter_key = _key

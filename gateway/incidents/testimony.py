"""What the messages of a batch say of how many are affected, how badly, and whether it is over.

Severity rises and falls with the evidence, each change with its reason. A monitor's clear or an
all-clear is believed, where no other monitor fires and nobody else waits; it settles nothing: a
person moves the ticket on. It lives inside the caller's transaction.
"""

from collections.abc import Callable, Collection

from sqlmodel import Session

from gateway.incidents import accounts, people, tickets
from gateway.incidents.accounts import Account, Accounts, Affected
from gateway.incidents.asked import Asked
from gateway.incidents.leads import Found, Leads
from gateway.store.tables import TicketRow

Note = Callable[..., None]  # a line of the ticket's history: see Docket.note


class Testimony:
    """Who says what of the tickets of a batch."""

    def __init__(self, session: Session, leads: Leads, note: Note) -> None:
        self._accounts = Accounts(session, leads.loaded)
        self._leads = leads
        self._note = note

    def merged(self, gone: TicketRow, into: TicketRow) -> None:
        """What was told of the one is told of the other now."""
        self._accounts.merged(gone, into)

    def is_person(self, number: int, mailbox: str, person: str) -> None:
        """Behind this mailbox is that person, on the ticket of that number."""
        self._accounts.persons[number, mailbox] = person

    def is_news(self, ticket: TicketRow, asked: Asked, facts: tickets.Facts) -> bool:
        """Whether what the message says of the event counts now: it may come late, or be early."""
        signal = asked.signal
        if signal is None:
            return True
        if facts.event in tickets.TROUBLE:
            return ticket.over_at is None or signal.at > ticket.over_at
        return facts.event != "resolved" or self._is_all_clear(ticket, asked)

    def tell(self, ticket: TicketRow, asked: Asked, facts: tickets.Facts, found: Found,
             message: int) -> None:  # fmt: skip
        """What the message says of how many are affected and how badly, or that it is over."""
        signal = asked.signal
        if signal is None or facts.event not in {*tickets.TROUBLE, "resolved"}:
            return
        if signal.family == "none" or not signal.is_shared:
            return
        is_over = facts.event == "resolved"
        fired = self._accounts.firing(ticket)
        for who, is_person in self._witnesses(asked):
            one = Account(
                who, message, signal.at, facts.event, facts.reach, facts.people, facts.hampered,
                is_person, is_over, signal.is_smaller,
            )  # fmt: skip
            self._accounts.tell(ticket, one)
            if signal.is_smaller and not found.is_report and not is_over:
                self._accounts.take_back(ticket, one)
                if others := self._accounts.others(ticket, {who}):
                    ticket.needs_review = True
                    self._note(
                        ticket, "corrected by one alone", f"others who reported it: {others}"
                    )
        if is_over:
            self._cleared(ticket, asked, found, fired)
        elif ticket.over_at and signal.at > ticket.over_at and ticket.state not in tickets.OVER:
            self._goes_on(ticket, asked)

    def _witnesses(self, asked: Asked) -> list[tuple[str, bool]]:
        """Whose accounts the message gives, and whether they are people's."""
        signal, message = asked.signal, asked.message
        if signal is not None and signal.watch is not None:
            own = [ref.name for ref in signal.references if ref.is_own and not ref.recurs]
            return [(name, False) for name in own[:1] or [signal.watch.name]]
        if not asked.by_person:
            return [(signal.speaker if signal and signal.speaker else asked.party.writer, False)]
        writer = people.writer_of(message)
        return [(people.key_of(writer.address), True)] if writer else []

    def _is_all_clear(self, ticket: TicketRow, asked: Asked) -> bool:
        """Whether this word ends it: no monitor fires, and nobody else who reported waits."""
        mine = {who for who, _ in self._witnesses(asked)}
        firing = self._accounts.firing(ticket) - mine
        signal = asked.signal
        if signal is not None and signal.watch is not None:
            return not firing
        return not asked.by_person or not self._accounts.others(ticket, mine)

    def _cleared(
        self, ticket: TicketRow, asked: Asked, found: Found, fired: Collection[str]
    ) -> None:
        """Somebody tells that it is over: it is believed where that may be, and a person asked.

        A monitor that adds reports clears what it told itself, and nothing that others told.
        """
        signal = asked.signal
        if signal is None or ticket.state in tickets.OVER:
            return
        firing = self._accounts.firing(ticket)
        mine = {who for who, _ in self._witnesses(asked)}
        others = self._accounts.others(ticket, mine)
        if firing and signal.watch is not None:
            self._note(ticket, "cleared in part", f"{accounts.whose(firing)} has not cleared")
            return
        if found.is_report and ticket.over_at is not None and signal.watch is not None:
            return
        may_clear = mine & {*fired} and self._leads.may_clear(ticket, asked)
        if found.is_report and not may_clear:
            self._note(ticket, "said to be over", "by somebody who may only add reports")
            ticket.needs_review = True
            return
        if asked.by_person and others:
            self._note(ticket, "said to be over", f"by one of {others + 1} who reported it")
            ticket.needs_review = True
            return
        ticket.over_at = max(signal.at, ticket.over_at or signal.at)
        self._leads.candidates.refresh(ticket)
        why = "the monitors have cleared" if signal.watch else "a message says so"
        self._note(ticket, "believed over", why, since=ticket.over_at.isoformat())
        if others:
            ticket.needs_review = True
            self._note(
                ticket, "to be looked at", f"{others} people reported it: is it over for them?"
            )

    def _goes_on(self, ticket: TicketRow, asked: Asked) -> None:
        if asked.signal is not None and asked.signal.watch is not None:
            ticket.over_at = None
            self._note(ticket, "not over", "a monitor fires again")
        else:
            ticket.needs_review = True
            self._note(ticket, "not over for all", "somebody reports it after it was believed over")
        self._leads.candidates.refresh(ticket)

    def weigh(self, severity_of: tickets.SeverityOf) -> None:
        """What each ticket comes to by the accounts that stand, with the reason of each change."""
        for ticket, now, fell in self._accounts.write():
            if ticket.event not in tickets.TROUBLE or ticket.state in tickets.OVER:
                continue
            before = ticket.severity, ticket.reach, ticket.people, ticket.hampered
            _come_to(ticket, now, is_less=bool(fell and now.standing))
            tickets.keep(
                ticket, "severity", severity_of(ticket.event, ticket.reach, ticket.hampered)
            )
            after = ticket.severity, ticket.reach, ticket.people, ticket.hampered
            if before == after:
                continue
            what = "affected"
            if before[0] != after[0]:
                what = f"severity {before[0]} -> {after[0]}"
            why = accounts.in_words(now) + (f", after {fell}" if fell else "")
            self._note(ticket, what, why, before=list(before), after=list(after))


def _come_to(ticket: TicketRow, now: Affected, *, is_less: bool) -> None:
    """The labels of a ticket by the accounts; not less than they were but for a reason."""
    if not is_less:
        now = Affected(
            tickets.worse(tickets.REACHES, ticket.reach, now.reach),
            max((n for n in (ticket.people, now.people) if n is not None), default=None),
            tickets.worse(tickets.HAMPERED, ticket.hampered, now.hampered),
        )
    for label in ("reach", "people", "hampered"):
        tickets.keep(ticket, label, getattr(now, label))

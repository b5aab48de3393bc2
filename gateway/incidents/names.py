"""Tickets by what others call their happening: looked up for a batch, remembered after it.

Who gave a name, or a monitor that fires for the same run, tells of the happening. Anybody else who
cites a name may add a report, where the name was brought by its own house, or where the content
fits as well. Whoever names several happenings joins none. It lives inside the caller's transaction.
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlmodel import Session, col, select

from classifiers import Grouping
from gateway.incidents import references, tickets
from gateway.incidents.asked import Asked
from gateway.incidents.candidates import Candidates, Likely
from gateway.incidents.likeness import Score
from gateway.incidents.references import Reference
from gateway.incidents.signals import Signal
from gateway.store.database import insert_into, write_rows
from gateway.store.tables import ReferenceRow, TicketRow

QUIET = timedelta(days=14)  # for so long a monitor that fired may say no more
MOST_NAMES = 4  # of one happening
Now = Callable[[TicketRow], TicketRow]


@dataclass(frozen=True, slots=True)
class Called:
    """The ticket that a message calls by name; where it only `is_cited`, anybody could do that."""

    ticket: TicketRow | None = None
    why: str = ""
    is_cited: bool = False
    suggested: tuple[Likely, ...] = ()


@dataclass(slots=True)
class _Lead:
    ticket: TicketRow
    owner: str
    verified: bool


@dataclass(frozen=True, slots=True)
class _Cited:
    """A ticket that is named. Two houses that each count on their own may give the same name."""

    ticket: TicketRow
    name: str
    is_of_its_house: bool
    is_of_the_writers: bool

    def is_meant(self, signal: Signal, candidates: Candidates) -> bool:
        """Whether a message that names it may add a report."""
        fits = candidates.fits(signal, self.ticket)
        if signal.is_apart or (fits is not None and fits.is_barred):
            return False
        if self.is_of_its_house and self.is_of_the_writers:
            return self.is_like(signal, candidates)
        return self.is_of_its_house or candidates.is_likely(fits)

    def is_like(self, signal: Signal, candidates: Candidates) -> bool:
        """Whether the content says the same as the name."""
        fits = candidates.fits(signal, self.ticket)
        return fits is not None and candidates.is_likely(fits) and not fits.cap


PASSED_ON = "it passes on a message that is there"


class Names:
    """Which tickets go by these names."""

    def __init__(self, session: Session, names: Collection[str], words: Grouping | None) -> None:
        self._session = session
        self._hours = words.hours if words else {}
        self._leads: dict[str, list[_Lead]] = {}
        self._new: dict[tuple[str, str], tuple[TicketRow, dict[str, Any]]] = {}
        query = select(ReferenceRow).where(col(ReferenceRow.name).in_(names))
        query = query.order_by(col(ReferenceRow.ticket_id))
        self._rows = session.exec(query).all() if names else ()

    @property
    def numbers(self) -> set[int]:
        """The tickets found: to be locked before `bind`."""
        return {row.ticket_id for row in self._rows}

    def bind(self, by_number: dict[int, TicketRow]) -> None:
        """These are the tickets, locked, as they are now."""
        for row in self._rows:
            ticket = by_number.get(row.ticket_id)
            if ticket is not None:
                lead = _Lead(ticket, row.owner, row.verified)
                self._leads.setdefault(row.name, []).append(lead)

    def find(self, asked: Asked, now: Now, candidates: Candidates) -> Called | None:
        """The ticket whose happening the message calls by name; None where it calls none."""
        signal = asked.signal
        if signal is None or signal.event == "noise":
            return None
        told: dict[str, tuple[TicketRow, str]] = {}
        cited: dict[str, _Cited] = {}
        for ref, lead in self._led(signal, is_copy=False):
            ticket = now(lead.ticket)
            speaks = ref.is_own and references.speaks_for(lead.owner, lead.verified, asked.party)
            if ref.recurs:
                if speaks and self._is_same_run(signal, ticket):
                    told[ticket.token] = ticket, ref.name
            elif speaks:
                told.setdefault(ticket.token, (ticket, ref.name))
            else:
                one = _Cited(ticket, ref.name, bool(lead.owner), ref.is_own)
                cited.setdefault(ticket.token, one)
        if told:
            return _told(told)
        return self._copied(signal, now, candidates) or _cited(signal, cited, candidates)

    def _led(self, signal: Signal, *, is_copy: bool) -> Iterator[tuple[Reference, _Lead]]:
        for ref in signal.references:
            if bool(ref.of_copy) is is_copy:
                for lead in self._leads.get(ref.name, ()):
                    yield ref, lead

    def _copied(self, signal: Signal, now: Now, candidates: Candidates) -> Called | None:
        """The newest ticket with the message that this one passes on, or says once more."""
        if candidates.mode == "off":
            return None
        led = [(ref, now(lead.ticket)) for ref, lead in self._led(signal, is_copy=True)]
        found = [ticket for ref, ticket in led
                 if ref.of_copy == "passed on" or self._is_once_more(signal, ticket)]  # fmt: skip
        if not found:
            return None
        newest = max(found, key=lambda one: one.id or tickets.LAST)
        if candidates.mode == "suggest":
            return Called(suggested=(Likely(newest, Score(1.0, [PASSED_ON])),))
        return Called(newest, PASSED_ON, is_cited=True)

    def _is_once_more(self, signal: Signal, ticket: TicketRow) -> bool:
        """Whether the same words, written again, are of the same happening."""
        if not signal.is_shared or signal.watch is not None or ticket.state in tickets.OVER:
            return False
        began, last = ticket.began_at, ticket.last_at
        if ticket.over_at is not None or began is None or last is None:
            return False
        gap = max(began - signal.at, signal.at - last, timedelta(0))
        return gap <= timedelta(hours=self._hours["trouble"])

    def _is_same_run(self, signal: Signal, ticket: TicketRow) -> bool:
        """Whether what a monitor tells belongs to what it told before; it fires for others too."""
        began, last = ticket.began_at, ticket.last_at
        if began is None or last is None:
            return False
        gap = max(began - signal.at, signal.at - last, timedelta(0))
        if ticket.over_at is not None or ticket.state in tickets.OVER:
            return gap <= timedelta(hours=self._hours["flapping"])
        fires = signal.watch is None or signal.watch.state == "fires"
        return gap <= (timedelta(hours=self._hours["trouble"]) if fires else QUIET)

    def add(self, ticket: TicketRow, asked: Asked, now: Now) -> None:
        """What the message calls the happening leads to the ticket from now on."""
        signal = asked.signal
        if signal is None:
            return
        owner = references.owner_of(asked.party)
        lasting = [ref for ref in signal.references if not (ref.recurs or ref.of_copy)]
        # Who lists many happenings tells of none of them.
        passing = lasting if len(lasting) > MOST_NAMES else []
        for ref in signal.references:
            if ref in passing or (signal.family == "none" and not ref.of_copy):
                continue
            lead = _Lead(ticket, owner if ref.is_own else "", asked.party.verified)
            there = self._leads.setdefault(ref.name, [])
            known = next((one for one in there if now(one.ticket) is ticket), None)
            if known is None or (lead.owner and not known.owner):
                there.append(lead)
                row = {"owner": lead.owner, "verified": lead.verified, "recurs": ref.recurs}
                self._new[ref.name, ticket.token] = ticket, row

    def write(self, now: Now) -> None:
        """Keep what the batch has added."""
        rows = {
            (name, tickets.number(now(ticket))): row
            for (name, _), (ticket, row) in self._new.items()
        }
        if not rows:
            return
        add = insert_into(self._session, ReferenceRow)
        write_rows(
            self._session,
            add.on_conflict_do_update(
                index_elements=["name", "ticket_id"],
                set_={"owner": add.excluded.owner, "verified": add.excluded.verified},
            ),
            [{**row, "name": name, "ticket_id": number} for (name, number), row in rows.items()],
        )


def _told(told: dict[str, tuple[TicketRow, str]]) -> Called:
    found = sorted(told.values(), key=lambda pair: pair[0].id or 0)
    is_monitor = all(name.startswith("monitor:") for _, name in found)
    if len(found) > 1 and not is_monitor:
        return Called(suggested=tuple(Likely(ticket, _score(name)) for ticket, name in found))
    ticket, name = found[-1]
    return Called(ticket, f"it tells of {_short(name)}")


def _cited(signal: Signal, cited: dict[str, _Cited], candidates: Candidates) -> Called | None:
    """A ticket that the message names as anybody may: a report, or only perhaps."""
    if not cited:
        return None
    found = list(cited.values())
    suggested = tuple(Likely(one.ticket, _score(one.name)) for one in found)
    if len(found) > 1:  # one number of several houses: the content says which
        found = [one for one in found if one.is_like(signal, candidates)]
    if len(found) == 1 and found[0].is_meant(signal, candidates):
        return Called(found[0].ticket, f"it names {_short(found[0].name)}", is_cited=True)
    return Called(suggested=suggested)


def _score(name: str) -> Score:
    return Score(0.5, [f"it names {_short(name)}"])


def _short(name: str) -> str:
    """A name as people read it: without whose it is."""
    if name.startswith(("monitor:", "@")):
        return name.partition(":")[2]
    return name.replace(":", " ", 1)

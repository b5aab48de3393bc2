"""Tickets: opened, added to, moved from state to state; each change is on the history.

The functions that take a session write in the caller's transaction; `TicketBook` is what an
operator looks things up in.
"""

import base64
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, get_args

from sqlalchemy import func, or_
from sqlmodel import Session, col, select

from gateway.errors import InvalidState, NotFound
from gateway.incidents import mirrors
from gateway.model import TicketState, utcnow
from gateway.store.database import Database
from gateway.store.tables import (
    AccountRow,
    HandoffRow,
    HistoryRow,
    LetterRow,
    MessageRow,
    NoticeRow,
    ReporterRow,
    SuggestionRow,
    TicketRow,
    as_number,
)

STATES: tuple[TicketState, ...] = get_args(TicketState)
MOVES: Mapping[str, tuple[TicketState, ...]] = {
    "new": ("triaged", "investigating", "handed_off", "resolved", "closed"),
    "triaged": ("investigating", "handed_off", "resolved", "closed"),
    "investigating": ("triaged", "handed_off", "resolved", "closed"),
    "handed_off": ("triaged", "investigating", "resolved", "closed"),
    "resolved": ("investigating", "closed"),
    "closed": ("investigating",),
}
REACHES = ("unknown", "one", "some", "many", "all")
HAMPERED = ("unknown", "none", "partial", "blocked")
NOT_NEWS = {"question", "info", "noise"}
EVENTS = ("access_problem", "degradation", "outage")  # of trouble, by how grave it is
TROUBLE = {"outage", "degradation", "access_problem"}
OVER = {"resolved", "closed"}
REOPENED: TicketState = "investigating"
WRITERS = ("", "machine", "form", "person")
NOT_ANSWERED = "not answered"  # a line of history, with its reason
MOST_SHOWN = 200
LAST = 2**31  # greater than any ticket's number
SURE = 0.6  # how sure a report of trouble must be to reopen what is over

SeverityOf = Callable[..., str]  # of event, reach and hampered


@dataclass(frozen=True, slots=True)
class Facts:
    """What a reading says, as a ticket keeps it (the values of the labels)."""

    source: str
    event: str
    services: tuple[str, ...]
    reach: str
    people: int | None
    hampered: str
    severity: str
    windows: tuple[dict[str, Any], ...]
    window_status: str | None
    needs_review: bool
    sure: float = 0.0  # how sure the event is, 0 to 1
    signs: tuple[str, ...] = ()  # groups of words that it uses (see classifiers.priority)
    written_by: str = ""  # who waits for an answer
    error: str = ""  # the error text that it gives


def new_token() -> str:
    """80 random bits, in letters that survive in an address: nobody guesses a ticket."""
    return base64.b32encode(secrets.token_bytes(10)).decode("ascii").lower()


def note(
    session: Session, ticket_id: int, who: str, what: str, why: str = "", **facts: Any
) -> None:
    """Add a line to the ticket's history."""
    session.add(HistoryRow(ticket_id=ticket_id, who=who, what=what, why=why, facts=facts))


def new_ticket(title: str, facts: Facts) -> TicketRow:
    """A ticket of what a message says, not yet stored."""
    return TicketRow(
        token=new_token(),
        title=title[:200] or "(no subject)",
        source=facts.source,
        event=facts.event,
        services=list(facts.services),
        reach=facts.reach,
        people=facts.people,
        hampered=facts.hampered,
        severity=facts.severity,
        windows=list(facts.windows),
        window_status=facts.window_status,
        needs_review=facts.needs_review,
        signs=list(facts.signs),
        written_by=facts.written_by,
        error=facts.error,
    )


def number(ticket: TicketRow) -> int:
    """The id of a ticket that is in the store."""
    if ticket.id is None:
        raise RuntimeError("the ticket is not stored yet")
    return ticket.id


def reports_trouble(facts: Facts) -> bool:
    """Whether it says for sure that something does not work."""
    return facts.event in TROUBLE and facts.sure >= SURE and not facts.needs_review


def add_to(
    ticket: TicketRow, facts: Facts, severity_of: SeverityOf, *, by_person: bool
) -> dict[str, list[str]]:
    """A further message: what it says news of wins, the rest is added up; returns what changed.

    A ticket that is over is reopened by a person who reports trouble for sure. Anything else that
    is news leaves it as it is; either way a person is asked to look.
    """
    before = {"event": ticket.event, "severity": ticket.severity}
    was_over = ticket.state in OVER
    if was_over and by_person and reports_trouble(facts):
        ticket.state, ticket.over_at = REOPENED, None
    is_over = ticket.state in OVER
    merged = merge(ticket, facts)
    if not is_over:
        keep(ticket, "event", merged.event)
    keep(ticket, "services", list(merged.services))
    keep(ticket, "reach", merged.reach)
    keep(ticket, "people", merged.people)
    keep(ticket, "hampered", merged.hampered)
    if not is_over:
        keep(ticket, "severity", severity_of(ticket.event, ticket.reach, ticket.hampered))
    ticket.windows = list(merged.windows)
    ticket.window_status = merged.window_status
    asks = was_over and facts.event not in NOT_NEWS | {"resolved"}
    ticket.needs_review = merged.needs_review or asks
    ticket.signs = list(dict.fromkeys([*ticket.signs, *facts.signs]))
    ticket.written_by = max(ticket.written_by, facts.written_by, key=WRITERS.index)
    ticket.error = ticket.error or facts.error
    ticket.updated_at = utcnow()
    after = {"event": ticket.event, "severity": ticket.severity}
    return {key: [before[key], after[key]] for key in before if before[key] != after[key]}


def keep(ticket: TicketRow, label: str, value: Any) -> None:
    """Give the ticket this label; where a person pinned it, note what it would be instead."""
    mark = ticket.pinned.get(label)
    if mark is None:
        setattr(ticket, label, value)
        return
    other = None if value == getattr(ticket, label) else value
    if other != mark["otherwise"]:
        told = other is None
        ticket.pinned = {**ticket.pinned, label: {**mark, "otherwise": other, "told": told}}


def add_report(ticket: TicketRow, facts: Facts, severity_of: SeverityOf) -> dict[str, list[str]]:
    """A further report by somebody who may add no more than that; returns what changed.

    It counts for how many are affected and how badly; services, times and state are not theirs to
    change, and no event but to a graver one.
    """
    before = {"severity": ticket.severity}
    is_over = ticket.state in OVER
    if facts.event in TROUBLE and not is_over and ticket.event in TROUBLE:
        worst = worse(EVENTS, ticket.event, facts.event)
        keep(ticket, "event", worst if not facts.needs_review else ticket.event)
        keep(ticket, "reach", worse(REACHES, ticket.reach, facts.reach))
        keep(ticket, "hampered", worse(HAMPERED, ticket.hampered, facts.hampered))
        known = (number for number in (ticket.people, facts.people) if number is not None)
        keep(ticket, "people", max(known, default=None))
        keep(ticket, "severity", severity_of(ticket.event, ticket.reach, ticket.hampered))
    ticket.needs_review = ticket.needs_review or (is_over and facts.event in TROUBLE)
    ticket.updated_at = utcnow()
    after = {"severity": ticket.severity}
    return {key: [before[key], after[key]] for key in before if before[key] != after[key]}


def merge(ticket: TicketRow, facts: Facts) -> Facts:
    """What the ticket says together with what a further message says (pure)."""
    is_news = facts.event not in NOT_NEWS
    windows = facts.windows if is_news and facts.windows else tuple(ticket.windows)
    if facts.event == "cancelled":
        windows = ()
    return Facts(
        source=ticket.source,
        event=facts.event if is_news else ticket.event,
        services=tuple(dict.fromkeys([*ticket.services, *facts.services])),
        reach=worse(REACHES, ticket.reach, facts.reach if is_news else "unknown"),
        people=max((n for n in (ticket.people, facts.people) if n is not None), default=None),
        hampered=worse(HAMPERED, ticket.hampered, facts.hampered if is_news else "unknown"),
        severity=ticket.severity,
        windows=windows,
        window_status=facts.window_status or ticket.window_status,
        needs_review=ticket.needs_review or facts.needs_review,
    )


def worse(order: Sequence[str], one: str, other: str) -> str:
    """The one of two words that comes later in their order."""
    return max(one, other, key=order.index)


def move(
    session: Session,
    ticket: TicketRow,
    state: str,
    who: str,
    why: str = "",
    *,
    trackers: Sequence[str],
) -> None:
    """Change the ticket's state, for the `trackers` to hear; InvalidState for no such way."""
    if state not in STATES:
        raise InvalidState(f"{state} is no state of a ticket: {', '.join(STATES)}")
    if state not in MOVES[ticket.state]:
        allowed = ", ".join(MOVES[ticket.state])
        raise InvalidState(f"{ticket.ref} is {ticket.state}: from there it can go to {allowed}")
    before, ticket.state, ticket.updated_at = ticket.state, state, utcnow()
    if state not in OVER:
        ticket.over_at = None
    elif ticket.over_at is None:
        ticket.over_at = ticket.updated_at
    ticket.needs_review = False  # who moves it has looked at it
    session.add(ticket)
    note(session, number(ticket), who, f"state {before} -> {state}", why)
    mirrors.mark(session, [number(ticket)], trackers)


def get(session: Session, name: str | int, *, to_change: bool = False) -> TicketRow:
    """The ticket of that number or reference (17, TG-17); NotFound if there is none.

    `to_change` waits for whoever is changing it, and then gives it as they left it; one that was
    merged cannot be changed any more.
    """
    number = as_number(str(name).upper().removeprefix("TG-"))
    ticket = None
    if number is not None:
        ticket = session.get(
            TicketRow,
            number,
            populate_existing=to_change,
            # Not as strong as FOR UPDATE, for which every new row of the ticket would wait.
            with_for_update={"key_share": True} if to_change else None,
        )
    if ticket is None:
        raise NotFound(f"no ticket {name}: see `triage tickets list`")
    if to_change and ticket.merged_into is not None:
        raise InvalidState(f"{ticket.ref} was merged into TG-{ticket.merged_into}: change that one")
    return ticket


@dataclass(frozen=True, slots=True)
class TicketSummary:
    """A ticket with its counts: different people, mails, and suggestions that wait."""

    ticket: TicketRow
    reporters: int
    messages: int
    suggestions: int = 0


@dataclass(frozen=True, slots=True)
class TicketDetails:
    """A ticket with everything on it."""

    summary: TicketSummary
    messages: list[MessageRow]
    reporters: list[ReporterRow]
    history: list[HistoryRow]
    letters: list[LetterRow]
    notices: list[NoticeRow]
    handoffs: list[HandoffRow]
    accounts: list[AccountRow]
    suggestions: list[SuggestionRow]


class TicketBook:
    """Look-ups, and the changes a person makes by hand."""

    def __init__(self, database: Database, trackers: Sequence[str] = ()) -> None:
        self._database = database
        self._trackers = trackers

    def listing(
        self,
        state: str | None = None,
        limit: int = 1000,
        *,
        review: bool = False,
        by_priority: bool = False,
    ) -> list[TicketSummary]:
        """The newest tickets, or the most urgent of those that are open.

        Of one state, or only those a person should look at.

        What was merged into another stands there.
        """
        query = select(TicketRow).where(col(TicketRow.merged_into).is_(None))
        if by_priority:
            query = query.order_by(col(TicketRow.priority).desc())
            if state is None:
                query = query.where(col(TicketRow.state).not_in(OVER))
        query = query.order_by(col(TicketRow.id).desc()).limit(limit)
        if state is not None:
            query = query.where(TicketRow.state == state)
        if review:
            query = query.where(col(TicketRow.needs_review))
        with self._database.read() as session:
            return self._summaries(session, session.exec(query).all())

    def summaries(self, tickets: Sequence[TicketRow]) -> list[TicketSummary]:
        """These tickets with their counts."""
        with self._database.read() as session:
            return self._summaries(session, tickets)

    def details(self, name: str) -> TicketDetails:
        """Everything on one ticket; NotFound."""
        with self._database.read() as session:
            ticket = get(session, name)

            def of(table: Any) -> list[Any]:
                query = select(table).where(table.ticket_id == ticket.id)
                return list(session.exec(query.order_by(table.id)))

            return TicketDetails(
                summary=self._summaries(session, [ticket])[0],
                messages=of(MessageRow),
                reporters=of(ReporterRow),
                history=of(HistoryRow),
                letters=of(LetterRow),
                notices=of(NoticeRow),
                handoffs=of(HandoffRow),
                accounts=self._accounts(session, number(ticket)),
                suggestions=self._suggestions(session, number(ticket)),
            )

    @staticmethod
    def _accounts(session: Session, number: int) -> list[AccountRow]:
        """Who told how many are affected, and how badly: the sources of what the ticket says."""
        query = select(AccountRow).where(AccountRow.ticket_id == number)
        return list(session.exec(query.order_by(col(AccountRow.at)).limit(MOST_SHOWN)))

    @staticmethod
    def _suggestions(session: Session, number: int) -> list[SuggestionRow]:
        one, other = col(SuggestionRow.ticket_id), col(SuggestionRow.other_id)
        query = select(SuggestionRow).where(or_(one == number, other == number))
        return list(session.exec(query.order_by(col(SuggestionRow.score).desc())))

    def move(self, name: str, state: str, who: str, why: str = "") -> TicketRow:
        """A person changes the state."""
        with self._database.transaction() as session:
            ticket = get(session, name, to_change=True)
            move(session, ticket, state, who, why, trackers=self._trackers)
            return ticket

    def reviewed(self, name: str, who: str) -> TicketRow:
        """A person has looked; InvalidState where nobody was asked to."""
        with self._database.transaction() as session:
            ticket = get(session, name, to_change=True)
            if not ticket.needs_review:
                raise InvalidState(f"{ticket.ref} waits for nobody to look at it")
            ticket.needs_review, ticket.updated_at = False, utcnow()
            session.add(ticket)
            note(session, number(ticket), who, "looked at")
            mirrors.mark(session, [number(ticket)], self._trackers)
            return ticket

    def not_answered(self, since: datetime) -> dict[str, int]:
        """Why messages that came since then got no answer, and how many."""
        query = (
            select(HistoryRow.why, func.count())
            .where(HistoryRow.what == NOT_ANSWERED, col(HistoryRow.at) >= since)
            .group_by(col(HistoryRow.why))
        )
        with self._database.read() as session:
            return dict(session.exec(query).all())

    def counts(self) -> tuple[int, int]:
        """How many tickets there are, and how many of them a person should look at."""
        to_review = func.count().filter(col(TicketRow.needs_review))
        with self._database.read() as session:
            query = select(func.count(), to_review).where(col(TicketRow.merged_into).is_(None))
            return session.exec(query.select_from(TicketRow)).one()

    @staticmethod
    def _summaries(session: Session, tickets: Sequence[TicketRow]) -> list[TicketSummary]:
        ids = [ticket.id for ticket in tickets]

        def counts(key: Any, counted: Any = None, *when: Any) -> dict[int, int]:
            count = func.count() if counted is None else func.count(counted.distinct())
            query = select(key, count).where(key.in_(ids), *when)
            return dict(session.exec(query.group_by(key)).all())

        is_open = col(SuggestionRow.state) == "open"
        person = func.coalesce(ReporterRow.person, ReporterRow.address)
        reporters = counts(col(ReporterRow.ticket_id), person)
        messages = counts(col(MessageRow.ticket_id))
        ours = counts(col(SuggestionRow.ticket_id), None, is_open)
        theirs = counts(col(SuggestionRow.other_id), None, is_open)
        return [
            TicketSummary(
                ticket, reporters.get(number(ticket), 0), messages.get(number(ticket), 0),
                ours.get(number(ticket), 0) + theirs.get(number(ticket), 0),
            )
            for ticket in tickets
        ]  # fmt: skip

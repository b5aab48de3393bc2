"""Who is told of a notice, and why; who is not, and why.

Told are: everyone who wrote about the incident, the subscribers of its services, the groups and
lists of the organization, and everyone who was told of it before. Each is told once, and every
reason is kept. Who was told before hears of its end (resolution, false alarm) whatever kind of
news they asked for; only who has unsubscribed since, or whose address is suppressed, does not.
"""

import hashlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy
from sqlmodel import Session, col, select

from gateway.announcing.circle import Circle
from gateway.incidents import answering, subscribers
from gateway.letters import is_reachable
from gateway.model import Address
from gateway.store import suppressions
from gateway.store.tables import (
    MessageRow,
    NoticeRow,
    ParticipantRow,
    RecipientRow,
    ReporterRow,
    SubscriberRow,
    SuppressionRow,
    TicketRow,
)

UNREACHABLE = "no mail can be sent to its address"
UNVERIFIED = "nothing vouches for its address, or answers are off"
UNSUBSCRIBED = "unsubscribed"
NO_NEWS = "asked for no news"
FEW = 1000
OURSELVES = "the address is our own"
END = {"resolution", "false_alarm"}
REPORTER, WROTE, TOLD = "reporter", "thread", "told before"
SUBSCRIBER, GROUP, LIST = "subscriber:", "group:", "list:"


@dataclass(slots=True)
class Addressee:
    """Somebody who is told, and every reason why."""

    address: Address
    language: str
    why: list[str]
    reported_at: datetime | None = None
    in_reply_to: str | None = None

    @property
    def key(self) -> str:
        """What makes them one."""
        return self.address.address.lower()


@dataclass(frozen=True, slots=True)
class Audience:
    """Who is told, and who is not and why, by address."""

    told: tuple[Addressee, ...]
    left_out: tuple[tuple[str, str], ...]

    @property
    def hash(self) -> str:
        """What an approval is for: who is told, in which language."""
        digest = hashlib.sha256()
        for line in sorted(f"{one.key}\t{one.language}\n" for one in self.told):
            digest.update(line.encode("utf-8"))
        return digest.hexdigest()

    @property
    def counts(self) -> dict[str, int]:
        """How many are told for each reason; who has several counts for each."""
        found: dict[str, int] = {}
        for one in self.told:
            for why in one.why:
                found[why] = found.get(why, 0) + 1
        return found


def is_planned_work(kind: str, ticket: TicketRow) -> bool:
    """Whether a notice is news of planned work, and not of an outage."""
    return kind.startswith("maintenance") or ticket.event == "maintenance"


def of(
    session: Session, ticket: TicketRow, kind: str, circle: Circle = (), own: Collection[str] = ()
) -> Audience:
    """The audience that a notice of that `kind` has now."""
    found = _Gathering()
    wanted = {"all", "maintenance" if is_planned_work(kind, ticket) else "outages"}
    _who_wrote(session, ticket, found)
    _subscribers(session, ticket, wanted, found)
    _circle(circle, ticket, wanted, found)
    _told_before(session, ticket, kind, found)
    never = dict.fromkeys(subscribers.refused(session, found.told), NO_NEWS) | _suppressed(session)
    return found.audience(never, own=own)


@dataclass(slots=True)
class _Gathering:
    told: dict[str, Addressee] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)

    def tell(
        self, address: Address, language: str, why: str, at: datetime | None = None,
        in_reply_to: str | None = None,
    ) -> None:  # fmt: skip
        key = address.address.lower()
        known = self.told.get(key)
        if known is None:
            self.told[key] = Addressee(address, language, [why], at, in_reply_to)
        elif why not in known.why:
            known.why.append(why)

    def leave_out(self, address: str, why: str) -> None:
        self.left_out.setdefault(address.lower(), why)

    def audience(self, never: dict[str, str], own: Collection[str]) -> Audience:
        """Who is wanted for one reason is not left out for another; some can never be told."""
        mine = {one.lower() for one in own}
        out = {key: why for key, why in self.left_out.items() if key not in self.told}
        for key in list(self.told):
            why = (
                (UNREACHABLE if not is_reachable(key) else None)
                or (OURSELVES if _plain(key) in mine else None)
                or never.get(key)
            )
            if why:
                del self.told[key]
                out[key] = why
        return Audience(tuple(self.told.values()), tuple(out.items()))


def _plain(address: str) -> str:
    local, _, domain = address.rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"


def _suppressed(session: Session) -> dict[str, str]:
    rows = session.exec(select(SuppressionRow).where(col(SuppressionRow.is_on)))
    return {row.address: suppressions.in_words(row) for row in rows}


def _who_wrote(session: Session, ticket: TicketRow, found: _Gathering) -> None:
    reporters = session.execute(
        sqlalchemy.select(
            col(ReporterRow.address), col(ReporterRow.name), col(ReporterRow.language),
            col(ReporterRow.answerable), col(MessageRow.received_at), col(MessageRow.message_id),
        )
        .join(MessageRow, col(MessageRow.id) == col(ReporterRow.message_id))
        .where(col(ReporterRow.ticket_id) == ticket.id)
        .order_by(col(ReporterRow.id))
    )  # fmt: skip
    known = set()
    for address, name, language, answerable, at, message_id in reporters:
        known.add(address)
        if answerable:
            found.tell(Address(address, name), language, REPORTER, at, message_id)
        else:
            found.leave_out(address, UNVERIFIED)
    # Others of the threads who wrote: never a list, and nobody that is no person's address.
    participants = session.exec(
        select(ParticipantRow).where(
            ParticipantRow.ticket_id == ticket.id, col(ParticipantRow.wrote)
        )
    )
    machines = _machines(session, ticket)
    for row in participants:
        who = row.who
        if who in known or not who.partition("@")[0] or not answering.is_read(who):
            continue
        if who in machines or who.startswith("list:"):
            continue
        if row.verified:
            found.tell(Address(who), "en", WROTE)
        else:
            found.leave_out(who, UNVERIFIED)


def _machines(session: Session, ticket: TicketRow) -> set[str]:
    """Whose mail on the ticket was a machine's, or came by a list."""
    rows = session.exec(select(MessageRow.reading).where(MessageRow.ticket_id == ticket.id))
    return {
        str(reading.get("from") or "").lower()
        for reading in rows
        if reading and (reading.get("is_auto") or reading.get("is_bulk") or reading.get("list_id"))
    }


def _subscribers(
    session: Session, ticket: TicketRow, wanted: Collection[str], found: _Gathering
) -> None:
    row = SubscriberRow
    query = sqlalchemy.select(
        col(row.address), col(row.name), col(row.language), col(row.service), col(row.wants),
        col(row.digest),
    ).where(col(row.service).in_(ticket.services))  # fmt: skip
    for address, name, language, service, wants, digest in session.execute(
        query.order_by(col(row.id))
    ):
        if wants not in wanted:
            found.leave_out(address, f"asked for news of {wants} only")
        elif digest != "no":
            found.leave_out(address, f"reads it in the {digest} digest")
        else:
            found.tell(Address(address, name), language, f"{SUBSCRIBER}{service}")


def _circle(circle: Circle, ticket: TicketRow, wanted: Collection[str], found: _Gathering) -> None:
    for group in circle:
        if not group.hears_of(ticket.services, ticket.severity):
            continue
        for one in group.addresses:
            if group.kinds in wanted:
                why = f"{LIST if group.is_list else GROUP}{group.name}"
                found.tell(one, group.language, why)
            else:
                found.leave_out(one.address, f"{group.name} hears of {group.kinds} only")


def _told_before(session: Session, ticket: TicketRow, kind: str, found: _Gathering) -> None:
    """Those of earlier notices of the incident, whatever reached them."""
    query = (
        select(RecipientRow)
        .join(NoticeRow, col(NoticeRow.id) == col(RecipientRow.notice_id))
        .where(NoticeRow.ticket_id == ticket.id, RecipientRow.state == "written")
        .order_by(col(RecipientRow.id))
    )
    before: dict[str, RecipientRow] = {}
    reasons: dict[str, set[str]] = {}
    for row in session.exec(query):
        if "@" in row.key:
            before[row.key] = row
            reasons.setdefault(row.key, set()).update(row.why)
    gone = unsubscribed(session, reasons.items())
    for key, row in before.items():
        if key in gone:
            if key not in found.told:
                found.left_out[key] = UNSUBSCRIBED
        elif key in found.told or kind in END or key not in found.left_out:
            at = row.reported_at
            found.tell(Address(row.address, row.name), row.language, TOLD, at, row.in_reply_to)


def unsubscribed(session: Session, reasons: Iterable[tuple[str, Collection[str]]]) -> set[str]:
    """Those (by key) who are told only as subscribers, and subscribe to none of that any more."""
    asked: dict[str, set[str]] = {}
    for key, whys in reasons:
        services = {why.removeprefix(SUBSCRIBER) for why in whys if why.startswith(SUBSCRIBER)}
        if services and all(why.startswith(SUBSCRIBER) or why == TOLD for why in whys):
            asked[key] = services
    if not asked:
        return set()
    still: set[str] = set()
    wanted = set().union(*asked.values())
    query = select(SubscriberRow.address, SubscriberRow.service)
    query = query.where(col(SubscriberRow.service).in_(wanted))
    if len(asked) <= FEW:  # of a batch: not all subscribers there are
        query = query.where(col(SubscriberRow.address).in_(asked))
    for address, service in session.execute(query):
        if service in asked.get(address.lower(), ()):
            still.add(address.lower())
    return set(asked) - still

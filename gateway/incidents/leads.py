"""Where the messages of a batch lead: looked up at its start, remembered at its end.

The tickets that they name by token, id or tracker's reference, who is known on each, and what
the batch itself adds to that. Everything is found by an index, so that it costs the same however
many tickets there are. It lives inside the caller's transaction.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from sqlalchemy import or_, text
from sqlmodel import Session, col, select

from classifiers import Grouping
from gateway.incidents import threads, tickets
from gateway.incidents.asked import Asked
from gateway.incidents.candidates import Candidates, Likely, Mode
from gateway.incidents.names import Names
from gateway.store.database import insert_into, write_rows
from gateway.store.tables import MirrorRow, ParticipantRow, ThreadRow, TicketRow

BY_TOKEN = "it carries the ticket's token"  # noqa: S105  # a reason, not a secret
BY_ANCESTOR = "it answers a message on the ticket"
BY_ITS_ID = "a message on the ticket is another copy of it, or answers it"
IN_THREAD = frozenset({BY_TOKEN, BY_ANCESTOR, BY_ITS_ID})
BY_CONTENT = "it is about the same"
BY_REFERENCE = "it names the copy of the ticket at a tracker"
BY_ITS_TRACKER = "the tracker writes about its copy of the ticket"


Known = dict[str, threads.Standing]


@dataclass(frozen=True, slots=True)
class Found:
    """The tickets that a message leads to: `ticket` takes it, for the reason `why`.

    The `others` take it too, so that all are one; those in `refused` do not know its sender. Where
    it `is_report` it adds that and changes nothing else. To those `suggested` it may belong; where
    two tickets that it leads to are held `apart`, it goes to one alone. With its ticket it
    `goes_to` another one, as a report. It has `left` those whose thread it answers with another
    matter.
    """

    ticket: TicketRow | None = None
    why: str = ""
    others: tuple[TicketRow, ...] = ()
    refused: tuple[TicketRow, ...] = ()
    is_report: bool = False
    suggested: tuple[Likely, ...] = ()
    apart: tuple[TicketRow, ...] = ()
    left: tuple[TicketRow, ...] = ()
    goes_to: TicketRow | None = None
    reasons: tuple[str, ...] = ()
    score: float | None = None


class Leads:
    """What leads where. `asked` are the messages of the batch."""

    def __init__(
        self,
        session: Session,
        asked: Sequence[Asked],
        replayed: Collection[int],
        *,
        has_trackers: bool,
        words: Grouping | None = None,
        mode: Mode = "off",
    ) -> None:
        self._session = session
        self._words = words
        self._joined: list[tuple[str, TicketRow]] = []
        self._cited: list[tuple[str, TicketRow]] = []
        self._met: dict[tuple[str, str], threads.Standing] = {}
        self._moved: dict[str, TicketRow] = {}
        ids = {id_ for one in asked for id_ in threads.named(one.message)}
        tokens = {token for one in asked for token in threads.tokens(one.message, one.recipients)}
        asking = [one.signal for one in asked if one.signal is not None]
        names = {ref.name for one in asking for ref in one.references}
        services = {f"service:{key}" for one in asking for key in one.services}
        self._lock({*ids, *names, *services})
        by_id, on_it = self._threads(ids)
        references = {
            name
            for one in (asked if has_trackers else ())
            for name in threads.tracker_references(one.message)
        }
        by_reference = self._numbers(MirrorRow.reference, MirrorRow.ticket_id, references)
        numbers = {n for found in (*by_id.values(), *by_reference.values()) for n in found}
        self._names = Names(session, names, words)
        self.candidates = Candidates(session, asking if words else (), words, mode)
        likely = self._names.numbers | self.candidates.numbers
        self._load({*numbers, *replayed, *likely}, tokens)
        self.candidates.bind(self._by_number)
        self._names.bind(self._by_number)
        self._by_id, self._by_reference = (
            {name: [self._by_number[n] for n in sorted(found)] for name, found in named.items()}
            for named in (by_id, by_reference)
        )
        self._holds = {(id_, self._by_number[number].token) for id_, number in on_it}
        people = {name for one in asked for name in one.party.names}
        self._known = self._participants({*self._by_number}, people)

    # --- what is known at the start ---

    def _lock(self, ids: Collection[str]) -> None:
        """One process at a time works on a thread: where writers do not wait for each other."""
        if ids and self._session.get_bind().dialect.name == "postgresql":
            statement = "SELECT pg_advisory_xact_lock(k) FROM unnest(CAST(:keys AS bigint[])) k"
            self._session.execute(text(statement), {"keys": threads.locks(ids)})

    def _threads(self, ids: Collection[str]) -> tuple[dict[str, list[int]], list[tuple[str, int]]]:
        """The tickets that these ids lead to, and those of them that are on the ticket itself."""
        found: dict[str, list[int]] = {}
        on_it = []
        query = select(ThreadRow.message_id, ThreadRow.ticket_id, ThreadRow.cited)
        for id_, number, cited in self._session.execute(
            query.where(col(ThreadRow.message_id).in_(ids))
        ):
            found.setdefault(id_, []).append(number)
            if not cited:
                on_it.append((id_, number))
        return found, on_it

    def _numbers(self, name: Any, number: Any, wanted: Collection[str]) -> dict[str, list[int]]:
        """The tickets that these names stand for."""
        found: dict[str, list[int]] = {}
        if wanted:
            query = select(name, number).where(col(name).in_(wanted))
            for key, ticket in self._session.execute(query):
                found.setdefault(key, []).append(ticket)
        return found

    def _load(self, numbers: Collection[int], tokens: Collection[str]) -> None:
        """These tickets, and those that merged ones among them have become a part of."""
        self._by_number = {tickets.number(one): one for one in self._tickets(numbers, tokens)}
        onwards = {one.merged_into for one in self._by_number.values() if one.merged_into}
        missing = onwards - self._by_number.keys()
        self._by_number |= {tickets.number(one): one for one in self._tickets(missing, ())}
        self._by_token = {one.token: one for one in self._by_number.values()}
        for one in self._by_number.values():
            if one.merged_into:
                self._moved[one.token] = self._by_number[one.merged_into]

    def _tickets(self, numbers: Collection[int], tokens: Collection[str]) -> Sequence[TicketRow]:
        if not numbers and not tokens:
            return ()
        return self._session.exec(
            select(TicketRow)
            .where(or_(col(TicketRow.id).in_(numbers), col(TicketRow.token).in_(tokens)))
            .order_by(col(TicketRow.id))
            .with_for_update()
        ).all()

    def _participants(self, numbers: Collection[int], names: Collection[str]) -> dict[str, Known]:
        """By each ticket's token, who of these is known there."""
        known: dict[str, Known] = {}
        if not numbers:
            return known
        rows = self._session.exec(
            select(ParticipantRow).where(
                col(ParticipantRow.ticket_id).in_(numbers), col(ParticipantRow.who).in_(names)
            )
        )
        for row in rows:
            on_it = known.setdefault(self._by_number[row.ticket_id].token, {})
            on_it[row.who] = threads.Standing(row.wrote, row.verified)
        return known

    @property
    def loaded(self) -> list[TicketRow]:
        """The tickets that the batch was found to lead to at its start."""
        return list(self._by_number.values())

    # --- finding ---

    def ticket(self, number: int) -> TicketRow | None:
        """The ticket of a message that is replayed."""
        found = self._by_number.get(number)
        return self.now(found) if found else None

    def fetch(self, number: int) -> TicketRow | None:
        """The ticket of that number, looked up now where nothing in the batch named it."""
        for one in self._tickets([number], ()) if number not in self._by_number else ():
            self._by_number[number] = self._by_token[one.token] = one
            into = self.fetch(one.merged_into) if one.merged_into else None
            if into is not None:
                self._moved[one.token] = into
        return self.ticket(number)

    def now(self, ticket: TicketRow) -> TicketRow:
        """The ticket that this one has become a part of; mostly itself."""
        while ticket.token in self._moved:
            ticket = self._moved[ticket.token]
        return ticket

    def find(self, asked: Asked) -> Found:
        """Where the message belongs, and why; no ticket if it begins something new."""
        left: list[TicketRow] = []
        for token in threads.tokens(asked.message, asked.recipients):
            if token in self._by_token:
                ticket = self.now(self._by_token[token])
                if not self._is_another(ticket, asked):
                    return Found(ticket, BY_TOKEN, is_report=self._is_guest(ticket, asked))
                left.append(ticket)
        led_to: dict[str, tuple[TicketRow, str]] = {}
        for ticket, why in self._led_to(asked):
            led_to.setdefault(ticket.token, (ticket, why))
        admits = [pair for pair in led_to.values() if self._admits(*pair, asked.party)]
        refused = tuple(pair[0] for pair in led_to.values() if pair not in admits)
        takes = [pair for pair in admits if not self._is_another(pair[0], asked)]
        left += [pair[0] for pair in admits if pair not in takes]
        if len(takes) == 1 and self._is_long_over(takes[0][0], asked):
            anew = self._alike(asked)
            if anew.ticket is not None and anew.ticket is not takes[0][0]:
                return replace(anew, refused=refused, left=(*left, takes[0][0]))
        if not takes:
            return replace(self._anew(asked, left), refused=refused, left=tuple(left))
        (ticket, why), *rest = takes
        others = [other for other, _ in rest]
        apart = tuple(one for one in others if self.candidates.are_apart(ticket, one))
        guest = self._is_guest(ticket, asked)
        # Whoever may only add reports makes no two tickets one.
        joined = () if guest else tuple(one for one in others if one not in apart)
        found = Found(ticket, why, joined, refused, is_report=guest, apart=apart)
        found = replace(found, left=tuple(left))
        return self._on_its_way(found, asked)

    def _anew(self, asked: Asked, left: Sequence[TicketRow]) -> Found:
        """Where a message belongs by its own words."""
        if left and asked.signal is not None:  # it is apart from what it left, not from others
            asked = replace(asked, signal=replace(asked.signal, is_apart=False))
        found = self._named_by(asked) or self._alike(asked)
        tokens = {one.token for one in left}
        if found.ticket is not None and found.ticket.token in tokens:
            return Found()
        kept = tuple(one for one in found.suggested if one.ticket.token not in tokens)
        return replace(found, suggested=kept)

    def _is_long_over(self, ticket: TicketRow, asked: Asked) -> bool:
        """Whether an answer tells of trouble after its ticket was believed over: maybe of new."""
        one, words = asked.signal, self._words
        over = ticket.over_at or self.candidates.cleared_at(ticket)
        if one is None or words is None or one.family != "trouble" or over is None:
            return False
        return one.at > over + timedelta(hours=words.hours["straggling"])

    def _is_another(self, ticket: TicketRow, asked: Asked) -> bool:
        """Whether an answer begins another matter: of other services, and it says so.

        It does where its subject is a new one that names them, or by its words.
        """
        one, words = asked.signal, self._words
        if one is None or words is None or self.candidates.mode == "off":
            return False
        if one.is_another:
            return not one.services or bool({*one.services} - {*ticket.services})
        if one.family not in {"trouble", "planned"} or one.doubts:
            return False
        mine, theirs = set(one.services), {*ticket.services, *self.candidates.services_of(ticket)}
        if not mine or not ticket.services or mine & theirs:
            return False
        if any(one in words.needs.get(other, ()) or other in words.needs.get(one, ())
               for one in mine for other in theirs):  # fmt: skip
            return False
        return bool(one.headed & mine and not one.headed & theirs)

    def _on_its_way(self, found: Found, asked: Asked) -> Found:
        """Where a reply came before what it answers, its ticket belongs where that does."""
        signal, ticket = asked.signal, found.ticket
        if ticket is None or signal is None or not signal.is_shared:
            return found
        if not self.candidates.is_alone(ticket) or ticket.state in tickets.OVER:
            return found
        alike = self._alike(asked)
        if alike.ticket is None or self.candidates.are_apart(ticket, alike.ticket):
            return found
        return replace(found, goes_to=alike.ticket, score=alike.score, reasons=alike.reasons)

    def _is_guest(self, ticket: TicketRow, asked: Asked) -> bool:
        return threads.is_guest(self._known.get(ticket.token, {}), asked.party)

    def _has_a_say(self, ticket: TicketRow, asked: Asked) -> bool:
        """Whether its house or list wrote there before, other than as a guest."""
        return threads.is_known(self._known.get(ticket.token, {}), asked.party)

    def may_clear(self, ticket: TicketRow, asked: Asked) -> bool:
        """Whether a guest's word that it is over counts: a monitor's, as proven as others are."""
        signal, known = asked.signal, self._known.get(ticket.token, {})
        if signal is None or signal.watch is None:
            return False
        proven = any(one.verified for one in known.values())
        return asked.party.verified or not proven

    # --- by what it is called ---

    def _named_by(self, asked: Asked) -> Found | None:
        """The ticket whose happening the message calls by name; None where there is none."""
        called = self._names.find(asked, self.now, self.candidates)
        if called is None:
            return None
        if called.ticket is None:
            return Found(suggested=called.suggested)
        is_report = called.is_cited or not self._has_a_say(called.ticket, asked)
        return Found(called.ticket, called.why, is_report=is_report)

    # --- by what it says ---

    def _alike(self, asked: Asked) -> Found:
        """The ticket that a message is about by its content; or those that it may be about."""
        signal = asked.signal
        if signal is None:
            return Found()
        choice = self.candidates.choose(signal)
        if choice.taken is None:
            return Found(suggested=choice.suggested)
        ticket, score = choice.taken.ticket, choice.taken.score
        is_news = signal.family in {"planned", "over"}
        return Found(
            ticket, BY_CONTENT, is_report=not (is_news and self._has_a_say(ticket, asked)),
            suggested=choice.suggested, reasons=tuple(score.reasons), score=score.value,
        )  # fmt: skip

    def _admits(self, ticket: TicketRow, why: str, party: threads.Party) -> bool:
        return why == BY_ITS_TRACKER or threads.admits(self._known.get(ticket.token, {}), party)

    def _led_to(self, asked: Asked) -> Iterator[tuple[TicketRow, str]]:
        message = asked.message
        for id_ in threads.ancestors(message):
            for ticket in self._by_id.get(id_, ()):
                yield self.now(ticket), BY_ANCESTOR
        for ticket in self._by_id.get(message.message_id or "", ()):
            yield self.now(ticket), BY_ITS_ID
        if self._by_reference:
            for reference in threads.tracker_references(message):
                by_itself = threads.speaks_for(reference, asked.party)
                for ticket in self._by_reference.get(reference, ()):
                    yield self.now(ticket), BY_ITS_TRACKER if by_itself else BY_REFERENCE

    # --- what the batch adds ---

    def join(
        self,
        ticket: TicketRow,
        asked: Asked,
        refused: Sequence[TicketRow],
        *,
        is_report: bool = False,
    ) -> None:
        """What the message names leads to the ticket from now on, and its people are known there.

        But a message that is on a ticket which refused this one leads there alone. Whoever only
        adds a report is known as a guest.
        """
        self._names.add(ticket, asked, self.now)
        own = asked.message.message_id
        if own:
            self.join_id(ticket, own)
        barred = {one.token for one in refused}
        for id_ in threads.ancestors(asked.message):
            there = {self.now(one).token for one in self._by_id.get(id_, ())}
            if ticket.token in there or any((id_, token) in self._holds for token in barred):
                continue
            self._cited.append((id_, ticket))
            self._by_id.setdefault(id_, []).append(ticket)
        self._by_token[ticket.token] = ticket
        known = self._known.setdefault(ticket.token, {})
        met = threads.guest(asked.party) if is_report else threads.known_by(asked.party)
        for who, standing in met.items():
            now = known.get(who, threads.Standing()).and_also(standing)
            if known.get(who) != now:
                known[who] = self._met[ticket.token, who] = now

    def join_id(self, ticket: TicketRow, message_id: str) -> None:
        """A message or letter of this id is on the ticket."""
        if (message_id, ticket.token) in self._holds:
            return
        self._holds.add((message_id, ticket.token))
        self._joined.append((message_id, ticket))
        self._by_id.setdefault(message_id, []).append(ticket)

    def merged(self, gone: TicketRow, into: TicketRow, *, as_guests: bool = False) -> None:
        """What led to the one leads to the other now; who was known there, is known, or a guest."""
        if as_guests:
            known = threads.as_guests(self._known.get(gone.token, {}))
            self._known[gone.token] = known
            for key in [key for key in self._met if key[0] == gone.token]:
                del self._met[key]
            self._by_token.setdefault(gone.token, gone)
            self._met |= {(gone.token, who): one for who, one in known.items()}
        self.candidates.merged(gone, into)
        self._moved[gone.token] = into
        self._holds |= {(id_, into.token) for id_, token in self._holds if token == gone.token}
        both = self._known.setdefault(into.token, {})
        for who, standing in self._known.pop(gone.token, {}).items():
            both[who] = both.get(who, threads.Standing()).and_also(standing)

    def write(self) -> None:
        """Keep what the batch has added."""
        self.candidates.write()
        self._names.write(self.now)
        for leads, cited in ((self._cited, True), (self._joined, False)):
            numbered = [(id_, tickets.number(self.now(ticket))) for id_, ticket in leads]
            threads.remember(self._session, numbered, cited=cited)
        met: dict[tuple[int, str], threads.Standing] = {}
        for (token, who), standing in self._met.items():
            key = tickets.number(self.now(self._by_token[token])), who
            met[key] = met.get(key, threads.Standing()).and_also(standing)
        if not met:
            return
        upsert = insert_into(self._session, ParticipantRow)
        new = upsert.excluded
        upsert = upsert.on_conflict_do_update(
            index_elements=["ticket_id", "who"],
            set_={
                "wrote": or_(col(ParticipantRow.wrote), new.wrote),
                "verified": or_(col(ParticipantRow.verified), new.verified),
            },
        )
        write_rows(
            self._session,
            upsert,
            [
                {"ticket_id": number, "who": who, "wrote": one.wrote, "verified": one.verified}
                for (number, who), one in met.items()
            ],
        )

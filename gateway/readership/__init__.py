"""The fourth story: people ask for our news, say yes from where it will go, change it, leave.

Nobody gets news who did not say yes from that very address: whoever asks, by page or by mail, sets
off one letter that asks back, and nothing else. How many such letters an address may get is
bounded, whoever asks, and what the asker is told never says who subscribes. Leaving is the easy
way: it takes effect at once, also for what waits in the outbox.
"""

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Literal

import structlog
from sqlalchemy import func
from sqlmodel import Session, col, delete, select

from gateway.errors import Permanent, Temporary
from gateway.incidents import importing, subscribers
from gateway.incidents.importing import Taken
from gateway.incidents.subscribers import Choice, Consent
from gateway.letters import NEWS, Letters, Links, is_reachable, named
from gateway.model import Address, Letter, utcnow
from gateway.outbox import Outbox
from gateway.store.database import Database
from gateway.store.tables import (
    LetterRow,
    NewsRequestRow,
    ReporterRow,
    SubscriberRow,
    TicketRow,
)

VALID = timedelta(hours=48)  # how long a request can be confirmed
KEPT = timedelta(days=7)  # then it is forgotten
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
PER_ADDRESS, PER_HOUR = 3, 500  # letters that ask back: to one address a day, in all an hour
ANSWERS_PER_DAY = 10  # other letters about one's subscriptions
AGAIN = timedelta(minutes=10)  # whoever presses twice gets one letter
LEFT = "left our news"

How = Literal["page", "mail"]
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Mine:
    """What a reader gets: their own view of it. `refused`: they want no news at all."""

    address: str
    language: str
    rows: tuple[SubscriberRow, ...]
    refused: bool


class Readership:
    """Keeps who reads our news. `services` are names by id."""

    def __init__(
        self,
        database: Database,
        outbox: Outbox,
        letters: Letters,
        links: Links,
        *,
        services: Mapping[str, str],
        hold: str | None = None,
    ) -> None:
        self.database = database
        self.outbox = outbox
        self.letters = letters
        self.links = links
        self.services = services
        self.hold = hold

    # --- asked for ---

    def ask(self, address: str, choice: Choice, language: str, how: How = "page") -> None:
        """Somebody who may be anybody wants news at `address`: ask back there.

        Raises Permanent for what is no address or no service, Temporary where too much is asked.
        Nothing is said of whether a letter went out.
        """
        self.must_know(choice.services)
        with self.database.transaction() as session:
            wanted = NewsRequestRow(
                number="", address=self._normal(address), services=list(choice.services),
                wants=choice.wants, digest=choice.digest, language=language, how=how,
                asked_at=utcnow(), expires_at=utcnow(),
            )  # fmt: skip
            letter = self.ask_back(session, wanted)
            self.outbox.enqueue(session, [letter] if letter else [], hold=self.hold)
        self.outbox.wake()

    def ask_back(self, session: Session, wanted: NewsRequestRow) -> Letter | None:
        """Keep the request, and write the letter that asks back; None where that would be much.

        Raises Temporary where all together ask for too much.
        """
        now = utcnow()
        session.exec(delete(NewsRequestRow).where(col(NewsRequestRow.asked_at) < now - KEPT))
        asked = col(NewsRequestRow.asked_at)
        lately = select(func.count()).select_from(NewsRequestRow).where(asked > now - HOUR)
        if session.exec(lately).one() >= PER_HOUR:
            log.warning("news.too_many_requests", within="an hour", most=PER_HOUR)
            raise Temporary("too many people ask for news just now: try again in an hour")
        times = session.exec(
            select(NewsRequestRow.asked_at).where(
                NewsRequestRow.address == wanted.address, asked > now - DAY
            )
        ).all()
        if len(times) >= PER_ADDRESS or any(one > now - AGAIN for one in times):
            return None
        token = self.links.new_request()
        wanted.number = self.links.number_of(token) or ""
        wanted.asked_at, wanted.expires_at = now, now + VALID
        session.add(wanted)
        return self.letter(
            "confirm", wanted.address, wanted.language, name=wanted.name,
            reply_to=self.links.reply_address(token),
            action=wanted.action, services=named(wanted.services, self.services),
            wants=wanted.wants, digest=wanted.digest, hours=int(VALID.total_seconds() // 3600),
            confirm_url=self.links.confirm_page(token),
        )  # fmt: skip

    # --- confirmed ---

    def waiting(self, token: str) -> NewsRequestRow | None:
        """The request of that token, while it can be confirmed or if it was."""
        number = self.links.number_of(token)
        with self.database.read() as session:
            return self._request(session, number) if number else None

    def confirm(self, token: str) -> NewsRequestRow | None:
        """Whoever opened the letter says yes on the page; None where the time is over."""
        number = self.links.number_of(token)
        if number is None:
            return None
        with self.database.transaction() as session:
            row, letters = self.confirmed(session, number, "page")
            self.outbox.enqueue(session, letters, hold=self.hold)
        self.outbox.wake()
        return row

    def confirmed(
        self, session: Session, number: str, how: How
    ) -> tuple[NewsRequestRow | None, list[Letter]]:
        """What was asked for counts from now on; said twice, it is done once."""
        row = self._request(session, number, to_change=True)
        if row is None or row.confirmed_at is not None:
            return row, []
        row.confirmed_at = utcnow()
        session.add(row)
        if row.action == "unsubscribe":
            return row, [self.leave(session, row.address, row.services or None, how)]
        choice = Choice(tuple(row.services), row.wants, row.digest)  # type: ignore[arg-type]
        words = f"request {row.number} by {row.how}, confirmed by {how}"
        return row, self.subscribe(session, row.address, choice, Consent(how, words), row)

    def subscribe(
        self,
        session: Session,
        address: str,
        choice: Choice,
        consent: Consent,
        who: NewsRequestRow | Mine,
    ) -> list[Letter]:
        """News from now on, and the letter that says so."""
        name = who.name if isinstance(who, NewsRequestRow) else ""
        subscribers.welcome_back(session, address)
        subscribers.subscribe(session, address, choice, consent, name=name, language=who.language)
        log.info("news.subscribed", services=list(choice.services), how=consent.how)
        letter = self.letter(
            "welcome", address, who.language, name=name,
            services=named(choice.services, self.services), wants=choice.wants,
            digest=choice.digest,
        )  # fmt: skip
        return self.within_limits(session, address, letter)

    # --- one's own ---

    def mine(self, token: str) -> Mine | None:
        """What the reader with that token gets; None for a token that we never gave out."""
        address = self.links.reader(token)
        if address is None:
            return None
        with self.database.read() as session:
            return self.of(session, address)

    def of(self, session: Session, address: str) -> Mine:
        """What somebody gets."""
        rows = tuple(subscribers.of(session, address))
        refused = bool(subscribers.refused(session, [address]))
        return Mine(address, rows[0].language if rows else "", rows, refused)

    def change(self, token: str, choice: Choice, language: str) -> Mine | None:
        """The reader with that token chooses anew; services that are not chosen end."""
        self.must_know(choice.services)
        address = self.links.reader(token)
        if address is None:
            return None
        with self.database.transaction() as session:
            before = replace(self.of(session, address), language=language)
            gone = {row.service for row in before.rows} - set(choice.services)
            if gone:
                self._end(session, address, gone)
            if choice.services:
                consent = Consent("page", "chosen on the reader's own page")
                subscribers.welcome_back(session, address)
                subscribers.subscribe(session, address, choice, consent, language=language)
            return self.of(session, address)

    def leave_by_page(self, token: str, service: str | None) -> Mine | None:
        """The reader with that token wants no news about `service`, or none at all."""
        address = self.links.reader(token)
        if address is None:
            return None
        with self.database.transaction() as session:
            self.leave(session, address, [service] if service else None, "page")
            return self.of(session, address)

    def send_link(self, address: str) -> None:
        """Write to `address` where it changes what it gets, if it gets anything.

        Raises Permanent for what is no address.
        """
        with self.database.transaction() as session:
            mine = self.of(session, self._normal(address))
            letters = self.help(session, mine, "") if mine.rows else []
            self.outbox.enqueue(session, letters, hold=self.hold)
        self.outbox.wake()

    # --- left ---

    def leave(
        self, session: Session, address: str, services: Sequence[str] | None, how: How
    ) -> Letter:
        """No more news about these services, or for None none at all; returns the goodbye."""
        before = self.of(session, address)
        self._end(session, address, services)
        if services is None:
            subscribers.refuse(session, address, how)
        log.info("news.left", services=services or "all", how=how)
        return self.letter(
            "goodbye", address, before.language,
            services=named(services or (), self.services),
        )  # fmt: skip

    def _end(self, session: Session, address: str, services: Collection[str] | None) -> None:
        subscribers.unsubscribe(session, address, services)
        waiting = session.exec(
            select(LetterRow, TicketRow)
            .outerjoin(TicketRow, col(TicketRow.id) == col(LetterRow.ticket_id))
            .where(
                col(LetterRow.state).in_(["queued", "held"]),
                func.lower(LetterRow.recipient) == address,
                col(LetterRow.kind).in_(NEWS),
            )
        ).all()
        gone = [
            letter.id
            for letter, ticket in waiting
            if services is None or self._only_for(session, address, ticket, services)
        ]
        self.outbox.stop_within(session, [one for one in gone if one is not None], LEFT)

    @staticmethod
    def _only_for(
        session: Session, address: str, ticket: TicketRow | None, services: Collection[str]
    ) -> bool:
        """Whether somebody is told of the ticket because of these services alone."""
        if ticket is None or not set(ticket.services) & set(services):
            return False
        others = {row.service for row in subscribers.of(session, address)}
        wrote = select(ReporterRow.id).where(
            ReporterRow.ticket_id == ticket.id, func.lower(ReporterRow.address) == address
        )
        return not others & set(ticket.services) and session.exec(wrote).first() is None

    # --- taken over ---

    def take(self, text: str, consent: str) -> Taken:
        """Take over a list of readers (CSV), all of it or nothing. Raises Permanent."""
        with self.database.transaction() as session:
            return importing.take(session, text, self.services, consent, is_reachable)

    # --- letters ---

    def help(
        self, session: Session, mine: Mine, language: str, *, with_services: bool = False
    ) -> list[Letter]:
        """What somebody gets and can ask for."""
        known = named(sorted(self.services), self.services) if with_services else []
        letter = self.letter(
            "help", mine.address, mine.language or language,
            subscriptions=[
                {"name": self.services.get(row.service, row.service), "wants": row.wants,
                 "digest": row.digest}
                for row in mine.rows
            ],
            known=known, page=self.links.page,
        )  # fmt: skip
        return self.within_limits(session, mine.address, letter)

    def within_limits(self, session: Session, address: str, letter: Letter) -> list[Letter]:
        """The letter, unless too many of its like went to that address within a day."""
        query = select(func.count()).where(
            col(LetterRow.kind).startswith("subscription_"),
            func.lower(LetterRow.recipient) == address,
            col(LetterRow.created_at) > utcnow() - DAY,
        )
        return [] if session.exec(query).one() >= ANSWERS_PER_DAY else [letter]

    def letter(
        self,
        what: str,
        address: str,
        language: str,
        *,
        name: str = "",
        reply_to: str | None = None,
        **facts: Any,
    ) -> Letter:
        """A letter about somebody's subscriptions."""
        return self.letters.write(
            f"subscription_{what}",
            key=f"subscription_{what}:{secrets.token_hex(16)}",
            recipient=Address(address, name),
            language=language or "en",
            facts=facts,
            reply_to=reply_to,
        )

    # --- checks ---

    def must_know(self, services: Collection[str]) -> None:
        """Raises Permanent for a service that the catalogue lacks."""
        for one in services:
            if one not in self.services:
                raise Permanent(f"no service {one[:60]} in the catalogue")

    @staticmethod
    def _normal(address: str) -> str:
        found = subscribers.normal(address)
        if not is_reachable(found):
            raise Permanent("the address is not one that mail can be sent to")
        return found

    @staticmethod
    def _request(
        session: Session, number: str, *, to_change: bool = False
    ) -> NewsRequestRow | None:
        query = select(NewsRequestRow).where(NewsRequestRow.number == number)
        row = session.exec(query.with_for_update() if to_change else query).first()
        return row if row is not None and row.expires_at > utcnow() else None

"""Configuration to a wired gateway: the only file that names concrete parts."""

import asyncio
import getpass
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from ipaddress import ip_network
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal

import structlog

from classifiers import House, load_house
from gateway import channels, trackers
from gateway.announcing import Announcing, Circle, FanOut, load_circle
from gateway.announcing.calendars import Calendars
from gateway.commanding import Commanding
from gateway.config import ConsoleSettings, Role, Settings, host_port, resolver_address, shipped
from gateway.doors import board
from gateway.errors import ConfigError
from gateway.handoff import Handoffs
from gateway.incidents import subscribers, threads, tickets
from gateway.incidents.corrections import Corrections
from gateway.incidents.deciding import Deciding, decide
from gateway.incidents.finding import Finder
from gateway.incidents.maintenance import Maintenance
from gateway.incidents.operators import Operators
from gateway.incidents.overruling import Overruling
from gateway.incidents.spikes import TIMER as SPIKE_SETTLES
from gateway.incidents.spikes import Spikes
from gateway.incidents.subscribers import Subscribers
from gateway.incidents.tickets import TicketBook
from gateway.incidents.timeline import Timelines
from gateway.incidents.window_book import WindowBook
from gateway.letters import Letters, Links, ReturnPaths
from gateway.letters.calendar import Publisher
from gateway.mirroring import Mirroring
from gateway.model import Door, DoorHealth, belongs_to, utcnow
from gateway.outbox import NO_RELAY, FirewallHealth, Outbox
from gateway.people import People
from gateway.posting import Posting
from gateway.postmortem import Postmortems
from gateway.postmortem_filing import Filing, takes
from gateway.readership import Readership, digests
from gateway.readership.digests import Digests
from gateway.regrouping import Regrouping
from gateway.spool import Claim, Spool
from gateway.store import leases
from gateway.store.database import Database, as_gateway_error
from gateway.store.schema import signing_key, upgrade
from gateway.store.tables import TicketRow
from gateway.subscribing import Subscribing
from gateway.timers import Alone, Inside, Kind, Timers
from gateway.trackers.mail import Copy, Mail
from gateway.understanding import Understanding, stamp, understanding

if TYPE_CHECKING:
    from starlette.routing import BaseRoute

    from classifiers.rulebook import Rulebook
    from gateway.console.desk import Desk
    from gateway.console.web import Console
    from gateway.dispatcher import Dispatcher
    from gateway.lab import Bench
    from gateway.learning import Corpora
    from gateway.outbox.signing import Signer
    from gateway.pipeline import HouseRules
    from gateway.readers import Readers
    from gateway.trust import Judge

PUBLISH_SECONDS = 5.0
BOUNCES_TOLD = timedelta(days=7)  # for how long status speaks of a letter that came back
WAY_OUT = "outbox"  # its line on the board, beside those of the doors
NO_WAY_IN = "nothing can come in: give [smtp], [smtps], [lmtp] or [[imap]]"

log = structlog.get_logger()


def laboratory(settings: Settings, data: Path | None, model: Path | None) -> "Bench":
    """What `triage replay-lab` needs: rules to try, and no way to write or send anything."""
    from gateway.lab import Bench  # noqa: PLC0415  # spaCy takes a second

    overlay = data or settings.data
    try:
        changed = Understanding(shipped("data"), overlay, settings.zone, model)
        severity = load_house(shipped("data"), overlay).severity.of
    except ValueError as error:
        raise ConfigError(str(error)) from error
    before = _house(settings).severity.of
    return Bench(settings.store, changed, lambda: understanding(settings), (before, severity))


def rulebook(settings: Settings) -> "Rulebook":
    """The rules with the catalogue in use: no store, no network."""
    from classifiers.rulebook import Rulebook  # noqa: PLC0415  # spaCy takes a second

    try:
        return Rulebook(shipped("data"), settings.data)
    except ValueError as error:
        raise ConfigError(str(error)) from error


def corpora(settings: Settings) -> "Corpora":
    """What `triage train` and `triage evaluate` need: no store, no network."""
    from gateway.learning import Corpora  # noqa: PLC0415  # spaCy takes a second

    try:
        return Corpora(shipped("data"), settings.data, settings.zone)
    except ValueError as error:
        raise ConfigError(str(error)) from error


def _house(settings: Settings) -> House:
    try:
        return load_house(shipped("data"), settings.data)
    except ValueError as error:
        raise ConfigError(str(error)) from error


def _circle(settings: Settings, house: House) -> Circle:
    try:
        return load_circle(shipped("data"), settings.data, house.service_names)
    except ValueError as error:
        raise ConfigError(str(error)) from error


def judge(settings: Settings) -> "Judge":
    """Who finds out whom to believe. Raises ConfigError where there is no resolver to ask."""
    from gateway.trust import Judge  # noqa: PLC0415  # these take a while
    from gateway.trust.dns import Dns, NoResolver  # noqa: PLC0415

    trust = settings.trust
    try:
        dns = Dns([resolver_address(one) for one in trust.resolvers]) if trust.dns else None
    except NoResolver as error:
        raise ConfigError(f"{settings.file}: trust.dns: {error}: set trust.resolvers") from error
    relays = [ip_network(one) for one in trust.relays]
    return Judge(settings.authserv, dns, trust.seconds, relays)


def _signer(settings: Settings) -> "Signer | None":
    if not settings.dkim:
        return None
    from gateway.outbox import signing  # noqa: PLC0415  # its libraries take a while

    return signing.load(settings.dkim, settings.file)


def letters(settings: Settings) -> Letters:
    """Who writes letters. Raises ConfigError for templates that cannot work."""
    folders: list[Path] = [settings.templates] if settings.templates else []
    address = settings.addresses[0]
    found = Letters(
        [*folders, shipped("templates")],
        sender=settings.answers.sender or address,
        name=settings.answers.name,
        organization=settings.answers.organization,
        address=address,
        language=settings.answers.language,
        zone=settings.zone,
    )
    language, known = settings.answers.language, found.languages
    if language not in known:
        raise ConfigError(
            f"{settings.file}: answers.language: not every letter is there in {language!r}: "
            f"choose one of {', '.join(known)}, or write them (see templates)"
        )
    return found


def service_names(settings: Settings) -> dict[str, str]:
    """The services of the catalogue in use, by id."""
    return _house(settings).service_names


def sample_links(settings: Settings) -> Links:
    """Links that lead nowhere, for letters that are only looked at."""
    url = settings.console.url if settings.console else None
    return Links(b"preview", settings.addresses[0], url or "https://triage.example")


@dataclass(frozen=True, slots=True)
class Status:
    """What `triage status` tells; see `as_json`."""

    spool: dict[str, int]
    outbox: dict[str, int]
    tickets: int
    needs_review: int
    windows_to_review: int
    oldest_unprocessed_s: float
    doors: list[dict[str, Any]]
    outbox_health: dict[str, Any]
    trackers: list[dict[str, Any]]
    channels: list[dict[str, Any]]
    lists: dict[str, int]
    firewall: dict[str, Any]
    warnings: list[str]

    def as_json(self) -> dict[str, Any]:
        """Plain data, in the terms of the command line's JSON."""
        return {
            "spool": self.spool,
            "outbox": self.outbox,
            "tickets": self.tickets,
            "needs_review": self.needs_review,
            "windows_to_review": self.windows_to_review,
            "oldest_unprocessed_s": self.oldest_unprocessed_s,
            "doors": self.doors,
            "outbox_health": self.outbox_health,
            "trackers": self.trackers,
            "channels": self.channels,
            "lists": self.lists,
            "firewall": self.firewall,
            "warnings": self.warnings,
        }


class Gateway:
    """Every part, wired, on one store. Use it as a context manager.

    Opening it opens the store and nothing else: looking things up needs no more. `hold_letters`
    is a reason to hold every letter that is written.
    """

    def __init__(self, settings: Settings, *, hold_letters: str | None = None) -> None:
        self.settings = settings
        self.owner = leases.this_process()
        house = self._house = _house(settings)
        # Templates that cannot work are told before a store is made.
        self._letters = letters(settings)
        signer = _signer(settings)
        found = trackers.load(settings.trackers, settings.file)
        posted = channels.load(settings.channels, settings.file)
        self.database = Database(settings.store)
        upgrade(self.database)
        key = signing_key(self.database, "return-path")
        self.return_paths = ReturnPaths(key, settings.addresses[0])
        self._letters.return_paths = self.return_paths
        self.links = Links(
            signing_key(self.database, subscribers.KEY),
            settings.addresses[0],
            settings.console.url if settings.console else None,
        )
        self._letters.links = self.links
        self.deciding = Deciding(house.priority, house.owners)
        self.spool = Spool(self.database, on_accepted=self._accepted)
        for one in found:
            if isinstance(one, Mail):
                one.send = self._send_copy
            if (know := getattr(one, "know_services", None)) is not None:
                know(house.pagerduty_ids)
        self.postmortems = Postmortems(
            self.database, house.service_names, [*filter(None, [settings.templates]),
            shipped("templates")], settings.zone, house.published,
        )  # fmt: skip
        self.mirroring = Mirroring(
            self.database, found, self.owner, house.service_names, house.published,
            draft=self.postmortems.body,
        )  # fmt: skip
        self.filing = Filing(
            self.database, {one.name: one for one in found if takes(one)}, self.postmortems.body
        )
        self.posting = Posting(
            self.database, posted, self.owner, house.service_names, house.published
        )
        # Whoever changes a ticket marks it under these: for the trackers, and for news of it.
        names = self._marks = (*self.mirroring.names, *self.posting.marks)
        self.mirroring.tell(names)
        self.tickets = TicketBook(self.database, names)
        self.timelines = Timelines(self.database, house.service_names)
        self.corrections = Corrections(
            self.database, house.severity.of, house.service_names, names, self.deciding
        )
        self.overruling = Overruling(
            self.database, self.deciding, house.severity, self.corrections, names
        )
        self.subscribers = Subscribers(self.database, house.service_names)
        self.outbox = Outbox(
            self.database, settings.relay, settings.answers, self.owner, signer=signer
        )
        self.announcing = Announcing(
            self.database, self.outbox, self._letters, house.service_names, names,
            settings=settings.notices,
            zone=settings.zone,
            circle=_circle(settings, house),
            own=settings.addresses,
            post=self.posting.enqueue,
        )  # fmt: skip
        self.readership = Readership(
            self.database, self.outbox, self._letters, self.links,
            services=house.service_names, hold=hold_letters,
        )  # fmt: skip
        self.fan_out = FanOut(
            self.database, self.outbox, self.announcing.handing, self.owner,
            settings=settings.notices,
            zone=settings.zone,
            per_minute=settings.relay.per_minute if settings.relay else 0,
        )  # fmt: skip
        self.announcing.on_work = self.fan_out.wake
        self.outbox.on_low = self.fan_out.wake
        self.subscribing = Subscribing(
            self.database, self.outbox, self._letters, settings.addresses, hold_letters
        )
        self.spikes = Spikes(
            self.database, house.spikes, house.service_names, settings.zone,
            severity_of=house.severity.of, trackers=names, deciding=self.deciding,
        )  # fmt: skip
        # What each kind of timer rings (see gateway.timers).
        self._make_ways_of_people(house, hold_letters)
        kinds: dict[str, Kind] = {
            **self.handoffs.kinds,
            **self.commanding.kinds,
            SPIKE_SETTLES: Inside(self.spikes.ring),
            digests.KIND: Alone(self.digests.ring),
        }
        self.timers = Timers(self.database, self.owner, kinds, after=self.outbox.wake)
        self.service_names = house.service_names
        self._keep_windows(found)
        self._domains = {"", *(own.rpartition("@")[2] for own in settings.addresses)}
        self._hold = hold_letters
        self._dispatcher: Dispatcher | None = None
        self.doors: list[Door] = []
        self.console: Console | None = None

    def _make_ways_of_people(self, house: House, hold_letters: str | None) -> None:
        """What hands tickets over, and what is commanded by mail."""
        settings, names = self.settings, self._marks
        self.handoffs = Handoffs(
            self.database, self.outbox, self._letters,
            owners=house.owners, service_names=house.service_names, settings=settings.handoff,
            own=[one.rpartition("@")[2] for one in settings.addresses],
            published=house.published, trackers=names, hold=hold_letters,
        )  # fmt: skip
        self.commanding = Commanding(
            self.database, self.outbox, self._letters,
            overruling=self.overruling, handoffs=self.handoffs, announcing=self.announcing,
            owners=house.owners, severity_of=house.severity.of, address=settings.addresses[0],
            split=self.regrouping.split, confirm_minutes=settings.operators.confirm_minutes,
            trackers=names, hold=hold_letters,
        )  # fmt: skip

    def _keep_windows(self, found: Sequence[trackers.Tracker]) -> None:
        """Maintenance windows, and those of the trackers that keep them."""
        house, settings = self._house, self.settings
        keepers = tuple(one.name for one in found if hasattr(one, "put_window"))
        self._maintenance = Maintenance(house.maintenance, house.depends_on, keepers)
        self.windows = WindowBook(
            self.database, house.service_names, house.depends_on,
            trackers=keepers, marks=self._marks,
        )  # fmt: skip
        publisher = Publisher(settings.answers.name, settings.addresses[0], settings.zone)
        self.calendars = Calendars(self.windows, house.service_names, publisher)
        self.announcing.handing.calendar_of = self.calendars.of_ticket
        self.announcing.handing.earlier_of = self.windows.earlier

    def __enter__(self) -> "Gateway":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.database.close()

    def _accepted(self) -> None:
        if self._dispatcher is not None:
            self._dispatcher.wake()

    def _send_copy(self, copy: Copy) -> None:
        """A letter to the mailbox that keeps copies of tickets, once."""
        with self.database.transaction() as session:
            ticket = tickets.get(session, copy.ref)
            letter = self._letters.copy(
                copy.to, key=f"copy:{copy.ref}:{copy.number}:{copy.to}", ref=copy.ref,
                token=ticket.token, number=copy.number, subject=copy.subject, body=copy.text,
            )  # fmt: skip
            if self.outbox.enqueue(session, [letter], hold=self._hold):
                threads.remember(session, [(letter.message_id, tickets.number(ticket))])
        self.outbox.wake()

    @cached_property
    def regrouping(self) -> Regrouping:
        """By whom a person parts tickets and makes them one."""
        return Regrouping(
            self.database, self._house.severity.of, self._house.grouping, self._marks,
            lambda session, ticket: decide(session, ticket, self.deciding),
        )  # fmt: skip

    def merge_tickets(self, name: str, into: str, who: str, why: str) -> TicketRow:
        """A person makes the ticket `name` a part of the ticket `into`."""
        return self.regrouping.merge(name, into, who, why)

    def desk(self) -> "Desk":
        """What the console may ask and do."""
        # Few commands need the web, which takes longer to load than they run.
        from gateway.console.desk import Desk  # noqa: PLC0415
        from gateway.console.record import Record  # noqa: PLC0415
        from gateway.console.sessions import Sessions  # noqa: PLC0415
        from gateway.console.tokens import Tokens  # noqa: PLC0415

        console = self.settings.console or ConsoleSettings()
        return Desk(
            settings=self.settings,
            database=self.database,
            sessions=Sessions(self.database, console, signing_key(self.database, "console")),
            tokens=Tokens(self.database),
            record=Record(self.database),
            status=self.status,
            spool=self.spool,
            tickets=self.tickets,
            timelines=self.timelines,
            finder=Finder(self.database),
            postmortems=self.postmortems,
            corrections=self.corrections,
            overruling=self.overruling,
            announcing=self.announcing,
            handoffs=self.handoffs,
            outbox=self.outbox,
            letters=self._letters,
            mirroring=self.mirroring,
            subscribers=self.subscribers,
            subscribing=self.subscribing,
            windows=self.windows,
            service_names=self.service_names,
            depends_on=self._house.depends_on,
            published=self._house.published,
            severities=tuple(self._house.severity.words),
            dispositions=self._house.priority.dispositions,
            owners={one.id: one.name for one in self._house.owners.by_id.values()},
            merge=self.merge_tickets,
            split=self.regrouping.split,
        )

    def console_link(self, who: str, role: Role, base: str | None = None) -> str:
        """A link that signs `who` in at the console, once."""
        console = self.settings.console or ConsoleSettings()
        token = self.desk().sessions.link(who, role, "link")
        return f"{base or console.url or f'http://{console.listen}'}/sign-in/{token}"

    def house_rules(self) -> "HouseRules":
        """What the organization's data files and configuration say of filing and answering."""
        from gateway.pipeline import HouseRules  # noqa: PLC0415  # see `work`

        operators = self.settings.operators
        return HouseRules(
            self._house.service_names,
            self._house.answers,
            self._house.severity.of,
            Operators(operators.addresses, operators.domains),
            self.deciding,
            self._house.grouping,
            self.settings.matching.content,
            (self.settings.notices.soft_limit, self.settings.notices.soft_days),
        )

    @property
    def digests(self) -> Digests:
        """Who collects news for readers that chose so."""
        return Digests(self.readership, self.settings.zone)

    @property
    def people(self) -> People:
        """What is held about a person."""
        return People(self.database)

    @property
    def is_silent(self) -> bool:
        """Whether whoever called us wants nothing to leave the house."""
        return self._hold is not None

    @property
    def held_because(self) -> str | None:
        """Why every letter that is written now is held; None where they go out."""
        return self._hold or (None if self.settings.relay else NO_RELAY)

    # --- what `serve` and `ingest` run ---

    def work(self) -> "Working":
        """Work off the spool for as long as the context lasts."""
        # Few commands work: the engine and what reads mail take longer to load than the rest runs.
        from gateway.dispatcher import Dispatcher  # noqa: PLC0415
        from gateway.engine import Engine  # noqa: PLC0415
        from gateway.pipeline import Pipeline  # noqa: PLC0415
        from gateway.readers import Readers  # noqa: PLC0415
        from gateway.readership.by_mail import ByMail  # noqa: PLC0415
        from gateway.reading.lists.news_requests import Names  # noqa: PLC0415

        settings = self.settings
        readers = Readers(settings.workers.readers, shipped("data"), settings.data, settings.zone)
        engine = Engine(self.database, self.owner)
        pipeline = Pipeline(
            spool=self.spool,
            engine=engine,
            readers=readers,
            outbox=self.outbox,
            letters=self._letters,
            rules=self.house_rules(),
            workers=settings.workers,
            answers=settings.answers,
            addresses=settings.addresses,
            return_paths=self.return_paths,
            hold_letters=self._hold,
            trackers=self._marks,
            spikes=self.spikes,
            judge=judge(settings),
            news=ByMail(
                self.readership, Names(self._house.service_names, self._house.service_aliases)
            ),
            handoffs=self.handoffs,
            maintenance=self._maintenance,
            commanding=self.commanding,
        )

        def process(claim: Claim) -> None:
            pipeline.process(claim)
            self.mirroring.wake()
            self.posting.wake()

        self._dispatcher = Dispatcher(
            spool=self.spool,
            engine=engine,
            process=process,
            workers=settings.workers,
            owner=self.owner,
        )
        return Working(self._dispatcher, readers)

    def accepts(self, address: str) -> bool:
        """True for our addresses, their sub-addresses (triage+anything@), and the postmaster.

        The postmaster of our domains, or of none, must be there (RFC 5321 section 4.5.1); such
        mail is read and filed like any other.
        """
        local, _, domain = address.lower().partition("@")
        if local == "postmaster" and domain in self._domains:
            return True
        return any(belongs_to(address, own) for own in self.settings.addresses)

    def make_doors(self) -> list[Door]:
        """The doors that the configuration names."""
        from gateway.doors.imap import ImapDoor  # noqa: PLC0415  # few commands have a door
        from gateway.doors.smtp import SmtpDoor  # noqa: PLC0415

        settings = self.settings
        listeners: list[tuple[Literal["smtp", "smtps", "lmtp"], Any]] = [
            ("smtp", settings.smtp),
            ("smtps", settings.smtps),
            ("lmtp", settings.lmtp),
        ]
        doors: list[Door] = [
            SmtpDoor(
                name,
                listener,
                self.spool,
                self.accepts,
                protocol="lmtp" if name == "lmtp" else "smtp",
                implicit_tls=name == "smtps",
            )
            for name, listener in listeners
            if listener is not None
        ]
        doors += [
            ImapDoor(box, self.spool, self.owner, settings.addresses[0]) for box in settings.imap
        ]
        self.doors = doors
        return doors

    def _own_healths(self) -> list[DoorHealth]:
        """How this process is: its doors, and the way out."""
        outbox = self.outbox.health()
        way_out = DoorHealth(
            WAY_OUT, outbox.state, outbox.detail, last_accepted_at=outbox.last_sent_at
        )
        return [*(door.health() for door in self.doors), way_out]

    def _healths(self) -> tuple[list[DoorHealth], dict[str, str]]:
        """How the doors and the outbox are: here where they run, else as a gateway last said."""
        told = board.read(self.database) if not self.doors or not self.outbox.is_running else []
        doors = [door.health() for door in self.doors]
        if not doors:
            doors = [one for one in told if one.name != WAY_OUT]
        if self.outbox.is_running or self.settings.relay is None:
            outbox = self.outbox.health()
            return doors, {"state": outbox.state, "detail": outbox.detail}
        for one in told:
            if one.name == WAY_OUT:
                return doors, {"state": one.state, "detail": one.detail}
        return doors, {"state": "unknown", "detail": "no gateway runs"}

    async def publish(self) -> None:
        """Tell other processes, every few seconds, how the doors and the outbox are."""
        while True:
            try:
                await asyncio.to_thread(
                    board.publish, self.database, self.owner, self._own_healths()
                )
            except Exception as error:
                log.warning("board.failed", error=str(as_gateway_error(error)))
            await asyncio.sleep(PUBLISH_SECONDS)

    def withdraw(self) -> None:
        """The doors are closed."""
        try:
            board.withdraw(self.database, self.owner)
        except Exception as error:  # what nobody renews is soon believed no more
            log.warning("board.failed", error=str(as_gateway_error(error)))

    def status(self) -> Status:
        """How things stand."""
        oldest = self.spool.oldest_waiting()
        age = max(0.0, (utcnow() - oldest).total_seconds()) if oldest else 0.0
        doors, outbox = self._healths()
        filed, needs_review = self.tickets.counts()
        firewall = self.outbox.firewall()
        return Status(
            spool=self.spool.counts(),
            outbox=self.outbox.counts(),
            tickets=filed,
            needs_review=needs_review,
            windows_to_review=self.windows.to_review(),
            oldest_unprocessed_s=round(age, 1),
            doors=[
                {
                    "name": health.name,
                    "state": health.state,
                    "detail": health.detail,
                    "since": stamp(health.since),
                    "accepted": health.accepted,
                    "last_accepted_at": stamp(health.last_accepted_at),
                }
                for health in doors
            ],
            outbox_health=outbox,
            trackers=self.mirroring.status(),
            channels=self.posting.status(),
            lists=self.subscribing.counts(),
            firewall={
                "open_since": stamp(firewall.open_since),
                "why": firewall.why,
                "held": firewall.held,
            },
            warnings=self._warnings(firewall),
        )

    def missing(self) -> list[str]:
        """What this process lacks to take mail and work it off. Asks the store."""
        self.spool.oldest_waiting()
        workers: dict[str, Any] = {
            "the workers": self._dispatcher,
            "the timers": self.timers,
            "the trackers' workers": self.mirroring,
            "the channels' workers": self.posting,
        }
        if self.settings.relay is not None:
            workers["the outbox"] = self.outbox
        return [
            f"{name}: not running"
            for name, worker in workers.items()
            if worker is None or not worker.is_running
        ]

    def warnings(self) -> list[str]:
        """What a person should know of, while all else goes on."""
        return self._warnings(self.outbox.firewall())

    def _warnings(self, firewall: FirewallHealth) -> list[str]:
        with self.database.read() as session:
            working = leases.holders(session, leases.EXECUTOR)
        found = []
        if self.database.is_sqlite and len(working) > 1:
            found.append(f"{len(working)} processes work on this SQLite store: keep to one of them")
        bounced = self.outbox.bounced_since(utcnow() - BOUNCES_TOLD)
        if bounced:
            found.append(
                f"letters that came back for good in the last {BOUNCES_TOLD.days} days: "
                f"{bounced}; see triage outbox list --bounced"
            )
        found += _of_the_firewall(firewall)
        found += [
            f"notice {one.id} ({one.kind}) of TG-{one.ticket_id} is {one.reason or one.state}: see "
            f"triage announce show {one.id}, then resume or revise it"
            for one in self.announcing.barred()
        ]
        passed = self.spool.passed([box.name for box in self.settings.imap])
        for mailbox, messages in passed.items():
            some = ", ".join(f"UID {uid} ({reason})" for uid, reason in messages[:5])
            more = f" and {len(messages) - 5} more" if len(messages) > 5 else ""
            found.append(f"set aside in {mailbox}, since it cannot be taken: {some}{more}")
        return found


def _of_the_firewall(found: FirewallHealth) -> list[str]:
    look = "look for a loop in triage outbox list --state held"
    if found.open_since is not None:
        since = stamp(found.open_since)
        return [
            f"nobody is answered since {since}: {found.why}; answers held: {found.held}"
            f"; {look}, then triage outbox resume"
        ]
    if found.held:
        return [f"the firewall against loops holds answers ({found.held}): {look}"]
    return []


class Working:
    """The workers, as a context: started on entry, on exit the batch under way is finished."""

    def __init__(self, dispatcher: "Dispatcher", readers: "Readers") -> None:
        self._dispatcher = dispatcher
        self._readers = readers

    def __enter__(self) -> "Dispatcher":
        self._readers.warm()
        self._dispatcher.start()
        return self._dispatcher

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            self._dispatcher.stop()
        finally:
            self._readers.stop()


async def serve(
    gateway: Gateway,
    stop: asyncio.Event,
    ready: asyncio.Event | None = None,
    *,
    invites: bool = True,
) -> None:
    """Run doors, workers, outbox and console until `stop` is set; then finish what is half done.

    `invites`: say how to get in at the console, where nobody is named who may.
    """
    loop = asyncio.get_running_loop()
    working = gateway.work()
    console = gateway.console = _console(gateway)
    await loop.run_in_executor(None, working.__enter__)
    opened: list[Any] = []
    try:
        for part in _parts(gateway, console):
            await part.start()
            opened.append(part)
        if not gateway.settings.ways_in:
            log.error("gateway.no_way_in", why=f"{gateway.settings.file}: {NO_WAY_IN}")
        await asyncio.to_thread(gateway.digests.set_timers)
        for warning in await asyncio.to_thread(gateway.warnings):
            log.warning("gateway.warning", why=warning)
        log.info("gateway.ready", doors=[door.name for door in gateway.doors])
        publishing = asyncio.create_task(gateway.publish())
        if console is not None and invites:
            await asyncio.to_thread(_invite, gateway, console.port)
        if ready is not None:
            ready.set()
        await stop.wait()
        log.info("gateway.stopping")
        publishing.cancel()
    finally:
        # Doors first: nothing new comes in while the rest is finished.
        for part in reversed(opened):
            await part.stop()
        await loop.run_in_executor(None, working.__exit__, None, None, None)
        await asyncio.to_thread(gateway.withdraw)


def _console(gateway: Gateway) -> "Console | None":
    from gateway.console import calendar, site  # noqa: PLC0415
    from gateway.console.hooks import Hooks  # noqa: PLC0415
    from gateway.console.metrics import Gauging, Metrics  # noqa: PLC0415
    from gateway.console.web import Console  # noqa: PLC0415

    settings = gateway.settings.console
    if settings is None:
        return None
    pages = site.make(gateway.desk(), settings) if settings.has_pages else None
    calendars = calendar.routes(gateway.calendars.feed) if settings.has_pages else []
    news = [*_news_pages(gateway, settings), *calendars]
    hooks = Hooks(gateway.mirroring.received).routes()
    return Console(
        settings, gateway.status, pages, [*news, *hooks],
        metrics=Metrics(gateway.status, Gauging(gateway.database)),
        missing=gateway.missing,
    )  # fmt: skip


def _news_pages(gateway: Gateway, settings: ConsoleSettings) -> "list[BaseRoute]":
    """The pages for readers of our news, where people can reach them."""
    from gateway.console import subscriptions  # noqa: PLC0415
    from gateway.console.guard import Guard  # noqa: PLC0415

    if not settings.has_pages:
        return []
    own = gateway.settings.templates
    folders = [one / "news" for one in (own, shipped("templates")) if one]
    app = subscriptions.make(
        gateway.readership,
        [one for one in folders if one.is_dir()],
        gateway.settings.answers.organization,
    )
    return subscriptions.routes(app, lambda app: Guard(app, settings))


def _invite(gateway: Gateway, port: int) -> None:
    """Where nobody else could sign in: a link for whoever started us, on this machine alone.

    To the terminal and not to the log, since it is a secret, if for minutes only.
    """
    settings = gateway.settings.console
    if settings is None or not settings.on_loopback or settings.names_people:
        return
    host = host_port(settings.listen)[0]
    base = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    if not sys.stderr.isatty():  # it may be a log
        log.info("console.ready", url=settings.url or base, sign_in="triage console link")
        return
    link = gateway.console_link(getpass.getuser(), "administrator", settings.url or base)
    sys.stderr.write(
        f"Console: {link}\n(signs in once, within {settings.link_minutes:g} minutes; "
        "for another: triage console link)\n"
    )
    sys.stderr.flush()


def _parts(gateway: Gateway, console: "Console | None") -> Sequence[Any]:
    return [
        gateway.outbox,
        gateway.fan_out,
        gateway.mirroring,
        gateway.timers,
        gateway.posting,
        *([console] if console else []),
        *gateway.make_doors(),
    ]

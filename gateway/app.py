"""Configuration to a wired gateway: the only file that names concrete parts."""

from collections.abc import Sequence
from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal

import structlog

from classifiers import House
from gateway import channels, trackers
from gateway.announcing import Announcing, FanOut
from gateway.announcing.calendars import Calendars
from gateway.commanding import Commanding
from gateway.config import ConsoleSettings, Role, Settings, shipped
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
from gateway.letters import Links, ReturnPaths
from gateway.letters.calendar import Publisher
from gateway.mirroring import Mirroring
from gateway.model import Door, belongs_to
from gateway.outbox import NO_RELAY, Outbox
from gateway.parts import circle_of, house_of, judge, letters, signer_of
from gateway.people import People
from gateway.posting import Posting
from gateway.postmortem import Postmortems
from gateway.postmortem_filing import Filing, takes
from gateway.readership import Readership, digests
from gateway.readership.digests import Digests
from gateway.regrouping import Regrouping
from gateway.spool import Claim, Spool
from gateway.standing import Parts, Standing
from gateway.store import leases
from gateway.store.database import Database
from gateway.store.schema import signing_key, upgrade
from gateway.store.tables import TicketRow
from gateway.subscribing import Subscribing
from gateway.timers import Alone, Inside, Kind, Timers
from gateway.trackers.mail import Copy, Mail

if TYPE_CHECKING:
    from gateway.console.desk import Desk
    from gateway.console.web import Console
    from gateway.dispatcher import Dispatcher
    from gateway.pipeline import HouseRules
    from gateway.readers import Readers


log = structlog.get_logger()


class Gateway:
    """Every part, wired, on one store. Use it as a context manager.

    Opening it opens the store and nothing else: looking things up needs no more. `hold_letters`
    is a reason to hold every letter that is written.
    """

    def __init__(self, settings: Settings, *, hold_letters: str | None = None) -> None:
        self.settings = settings
        self.owner = leases.this_process()
        house = self._house = house_of(settings)
        # Templates that cannot work are told before a store is made.
        self._letters = letters(settings)
        signer = signer_of(settings)
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
            circle=circle_of(settings, house),
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
        self.standing = Standing(
            Parts(
                database=self.database,
                owner=self.owner,
                spool=self.spool,
                outbox=self.outbox,
                tickets=self.tickets,
                windows=self.windows,
                mirroring=self.mirroring,
                posting=self.posting,
                subscribing=self.subscribing,
                announcing=self.announcing,
                timers=self.timers,
                has_relay=settings.relay is not None,
                mailboxes=[box.name for box in settings.imap],
            )
        )
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
        if (dispatcher := self.standing.dispatcher) is not None:
            dispatcher.wake()

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
            status=self.standing.status,
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

        self.standing.dispatcher = Dispatcher(
            spool=self.spool,
            engine=engine,
            process=process,
            workers=settings.workers,
            owner=self.owner,
        )
        return Working(self.standing.dispatcher, readers)

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
        self.standing.doors = doors
        return doors


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

"""The desk: all that a page may ask and do. Made by `gateway.app`, which alone wires parts.

What a person does takes `who`, so that it is on the ticket's history by name; that it was done at
the console, and from where, is on the record (`gateway.console.record`).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from gateway.announcing import Announcing
from gateway.config import Settings
from gateway.console.record import Record
from gateway.console.sessions import Sessions
from gateway.console.tokens import Tokens
from gateway.console.web import Status
from gateway.handoff import Handoffs
from gateway.incidents.corrections import Corrections
from gateway.incidents.finding import Finder
from gateway.incidents.overruling import Overruling
from gateway.incidents.subscribers import Subscribers
from gateway.incidents.tickets import TicketBook
from gateway.incidents.timeline import Timelines
from gateway.incidents.window_book import WindowBook
from gateway.letters import Letters
from gateway.mirroring import Mirroring
from gateway.outbox import Outbox
from gateway.postmortem import Postmortems
from gateway.spool import Spool
from gateway.store.database import Database
from gateway.store.tables import TicketRow
from gateway.subscribing import Subscribing


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """The parts of a gateway, as the console has them."""

    settings: Settings
    database: Database
    sessions: Sessions
    tokens: Tokens
    record: Record
    status: Callable[[], Status]
    spool: Spool
    tickets: TicketBook
    timelines: Timelines
    finder: Finder
    postmortems: Postmortems
    corrections: Corrections
    overruling: Overruling
    announcing: Announcing
    handoffs: Handoffs
    outbox: Outbox
    letters: Letters
    mirroring: Mirroring
    subscribers: Subscribers
    subscribing: Subscribing
    windows: WindowBook
    service_names: Mapping[str, str]
    depends_on: Mapping[str, Sequence[str]]  # a service, and what it needs
    published: frozenset[str]
    severities: Sequence[str]
    owners: Mapping[str, str]  # teams by their id, and what people call them
    dispositions: Mapping[str, str]  # the word, and what people call it
    merge: Callable[[str, str, str, str], TicketRow]  # ticket, into, who, why
    split: Callable[[str, Sequence[str], str, str], TicketRow]  # ticket, messages, who, why

"""Tickets: looked up, moved, set, merged, noted on."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query
from pydantic import Field
from sqlmodel import col, select
from starlette.responses import Response

from gateway import plain
from gateway.console import incidents
from gateway.console.api.calls import Call, Given, Item, Page, Pages, Reading, Triage
from gateway.incidents.tickets import TicketDetails, TicketSummary
from gateway.model import TicketState
from gateway.reading import redact
from gateway.store.tables import TicketRow
from gateway.understanding import stamp

router = APIRouter(tags=["tickets"])
_HARMLESS = ("message_list", "reporter_list", "history", "letters", "notices")
Ref = Annotated[
    str, Path(pattern=r"^(TG-)?[0-9]{1,9}$", description="Its number or reference: TG-17.")
]
Why = Annotated[str, Field(max_length=2000, pattern=r"^[^\x00]*$")]


class Ticket(Item):
    """An incident."""

    id: int
    ref: str
    title: str
    state: str
    source: str
    event: str
    services: list[str]
    severity: str
    reach: str
    people: int | None
    hampered: str
    needs_review: bool
    reporters: int
    messages: int


class Details(Ticket):
    """An incident with its messages, history, letters and notices.

    Without the scope `personal` addresses and names are null and history tells no reasons.
    """

    message_list: list[dict[str, Any]]
    reporter_list: list[dict[str, Any]]
    history: list[dict[str, Any]]
    letters: list[dict[str, Any]]
    notices: list[dict[str, Any]]


class Entry(Item):
    """A line of a ticket's timeline."""

    at: str
    kind: str


class Move(Given):
    """To which state, and why."""

    state: TicketState
    why: Why = ""


class Because(Given):
    """Why."""

    why: Why = ""


class Merge(Given):
    """Into which ticket, and why."""

    into: Annotated[str, Field(pattern=r"^(TG-)?[0-9]{1,9}$")]
    why: Why = ""


class Words(Given):
    """A note."""

    text: Annotated[str, Field(min_length=1, max_length=5000, pattern=r"^[^\x00]*\S[^\x00]*$")]


class Decision(Given):
    """What a person decides otherwise; "auto" gives it back to the rules."""

    severity: Annotated[str, Field(pattern="^[a-z_]{1,30}$")] | None = None
    disposition: Annotated[str, Field(pattern="^[a-z_]{1,30}$")] | None = None
    owner: Annotated[str, Field(max_length=200, pattern=r"^[^\x00\r\n]*$")] | None = None
    why: Why = ""


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which tickets."""

    state: Annotated[TicketState | None, Query()] = None
    severity: Annotated[str | None, Query(max_length=30, pattern="^[a-z_]+$")] = None
    service: Annotated[str | None, Query(max_length=60, pattern=r"^[\w-]+$")] = None
    review: Annotated[Literal["true", "false"], Query(description="To be looked at.")] = "false"


@router.get("/tickets", response_model=Page[Ticket])
def listed(
    call: Reading,
    pages: Pages,
    chosen: Annotated[Chosen, Depends()],
) -> Any:
    """The tickets, the newest first."""
    query = select(TicketRow).where(col(TicketRow.merged_into).is_(None))
    if chosen.state:
        query = query.where(TicketRow.state == chosen.state)
    if chosen.severity:
        query = query.where(TicketRow.severity == chosen.severity)
    if chosen.review == "true":
        query = query.where(col(TicketRow.needs_review))
    if pages.before:
        query = query.where(col(TicketRow.id) < pages.before)
    query = query.order_by(col(TicketRow.id).desc())
    with call.desk.database.read() as session:
        rows = []
        for row in session.exec(query.execution_options(yield_per=200)):
            if chosen.service is None or chosen.service in row.services:
                rows.append(row)
            if len(rows) > pages.limit:
                break
    counted = {one.ticket.id: one for one in call.desk.tickets.summaries(rows[: pages.limit])}
    return pages.page(call, rows, lambda row: _ticket(call, counted[row.id]))


@router.get("/tickets/{ref}", response_model=Details)
def shown(call: Reading, ref: Ref) -> Any:
    """Everything on one ticket."""
    return _told(call, call.desk.tickets.details(ref))


@router.get("/tickets/{ref}/timeline", response_model=list[Entry])
def timeline(call: Reading, ref: Ref) -> Any:
    """What happened, in its order; only what may be published."""
    found = call.desk.timelines.of(ref)
    return [
        {"at": stamp(entry.at), "kind": entry.kind, "text": entry.public}
        for entry in found.entries
        if entry.public
    ]


@router.post("/tickets/{ref}/move", response_model=Ticket)
def move(call: Triage, ref: Ref, given: Move) -> Response:
    """To another state. Nobody is told: for that, send a notice."""

    def do() -> Any:
        return _done(call, "moved a ticket",
                     call.desk.tickets.move(ref, given.state, call.who, given.why))  # fmt: skip

    return call.once(given, do)


@router.post("/tickets/{ref}/reviewed", response_model=Ticket)
def reviewed(call: Triage, ref: Ref, given: Because) -> Response:
    """Somebody has looked at it."""

    def do() -> Any:
        return _done(call, "looked at a ticket",
                     call.desk.tickets.reviewed(ref, call.who))  # fmt: skip

    return call.once(given, do)


@router.post("/tickets/{ref}/merge", response_model=Ticket)
def merge(call: Triage, ref: Ref, given: Merge) -> Response:
    """It becomes a part of another, which is given back."""

    def do() -> Any:
        return _done(call, "merged tickets",
                     call.desk.merge(ref, given.into, call.who, given.why))  # fmt: skip

    return call.once(given, do)


@router.post("/tickets/{ref}/note", response_model=Ticket)
def note(call: Triage, ref: Ref, given: Words) -> Response:
    """A line on its history."""

    def do() -> Any:
        return _done(call, "noted on a ticket",
                     incidents.note(call.desk, ref, given.text, call.who))  # fmt: skip

    return call.once(given, do)


@router.post("/tickets/{ref}/set", response_model=Ticket)
def decide(call: Triage, ref: Ref, given: Decision) -> Response:
    """Severity, disposition or owner as a person decides: later mail does not undo it."""

    def do() -> Any:
        changes = given.model_dump(exclude_none=True, exclude={"why"})
        ticket = call.desk.overruling.set(ref, changes, call.who, given.why)
        return _done(call, "decided otherwise", ticket)

    return call.once(given, do)


def _done(call: Call, what: str, ticket: TicketRow) -> Any:
    call.record(what, ticket.ref)
    return _ticket(call, call.desk.tickets.summaries([ticket])[0])


def _ticket(call: Call, summary: TicketSummary) -> dict[str, Any]:
    found = plain.ticket_as_json(summary)
    if not call.is_open:
        found["title"] = redact(found["title"])
        found["disposition_why"] = None
    return found


def _told(call: Call, details: TicketDetails) -> Any:
    found = plain.details_as_json(details)
    if call.is_open:
        call.record("saw who is on a ticket", found["ref"])
        return found
    for message in found["message_list"]:
        message["subject"] = None
        message["trust"] = (message["trust"] or {}).get("verdict")
        message["reading"] = without_words(message["reading"])
    for reporter in found["reporter_list"]:
        reporter["address"] = reporter["name"] = None
    for line in found["history"]:
        line["who"] = line["who"] if line["who"] == "gateway" else None
        line["why"], line["facts"] = None, {}
    for letter in found["letters"]:
        hide_reader(letter)
    # What is not known to be harmless is not told.
    return _ticket(call, details.summary) | {key: found[key] for key in _HARMLESS}


def without_words(reading: dict[str, Any] | None) -> dict[str, Any] | None:
    """A reading without the evidence, which are words of the message."""
    if reading is None:
        return None
    return {key: value for key, value in reading.items() if key not in {"evidence", "doubts"}}


def hide_reader(letter: dict[str, Any]) -> None:
    """A letter as it may be told without the scope `personal`."""
    letter["recipient"] = letter["subject"] = letter["bounce_reason"] = letter["reason"] = None
    letter["key"] = None

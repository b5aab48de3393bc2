"""Messages in custody and letters in the outbox; messages handed in."""

import asyncio
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from pydantic import BeforeValidator, Field
from sqlmodel import select
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from classifiers import Event, Hampered, Reach, Source
from gateway import plain
from gateway.console.api.calls import (
    Announce,
    Call,
    Given,
    Intake,
    Item,
    Page,
    Pages,
    Personal,
    Reading,
    Triage,
)
from gateway.console.api.tickets import Why, hide_reader, without_words
from gateway.errors import InvalidState
from gateway.model import Arrival, Envelope, LetterState, MessageState
from gateway.store.tables import MAX_ID, LetterRow, MessageRow

DOOR = "api"
MOST = 50 * 2**20  # bytes of a message
router = APIRouter()
Trace = Annotated[str, Path(pattern=r"^[0-9A-Za-z-]{1,40}$", description="Its number or trace.")]
Number = Annotated[int, Path(ge=1, le=MAX_ID)]
Moment = Annotated[
    str,
    Field(
        pattern=r"^[0-9]{4}(-[0-9]{2}){2}T[0-9]{2}(:[0-9]{2}){2}Z$",
        examples=["2026-11-25T22:00:00Z"],
    ),
]
ServiceId = Annotated[str, Field(pattern=r"^[\w-]{1,60}$")]


class Mail(Item):
    """A message in custody."""

    id: int
    trace: str
    state: str
    door: str
    size: int
    ticket_id: int | None


class Correction(Item):
    """What somebody said of a message."""

    id: int
    trace: str
    after: dict[str, Any]


class Outgoing(Item):
    """A letter."""

    id: int
    kind: str
    state: str
    ticket_id: int | None


class Taken(Item):
    """A message that was handed in: it is on disk, and will be read."""

    trace: str
    duplicate: bool


def _whole(value: object) -> object:
    """3.0 is an integer, as JSON Schema sees it."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


class Span(Given):
    """From when to when; an end of null is open."""

    start: Moment
    end: Moment | None = None


class Means(Given):
    """Labels as people set them; `services` are ids of the catalogue."""

    source: Source = "other"
    event: Event = "info"
    services: Annotated[list[ServiceId], Field(max_length=50)] = Field(default_factory=list)
    reach: Reach = "unknown"
    people: Annotated[int, Field(ge=0, le=10**9), BeforeValidator(_whole)] | None = None
    hampered: Hampered = "unknown"
    windows: Annotated[list[Span], Field(max_length=50)] = Field(default_factory=list)


class Labels(Given):
    """What the message means; what is not named was read right."""

    labels: Means = Field(default_factory=Means)
    why: Why = ""


@router.get("/messages", response_model=Page[Mail], tags=["messages"])
def listed(
    call: Reading,
    pages: Pages,
    state: Annotated[MessageState | None, Query()] = None,
) -> Any:
    """The messages in custody, the newest first."""
    query = select(MessageRow)
    if state:
        query = query.where(MessageRow.state == state)
    return pages.of(call, query, MessageRow, lambda row: _mail(call, row))


@router.get("/messages/{trace}", response_model=Mail, tags=["messages"])
def shown(call: Reading, trace: Trace) -> Any:
    """One message, with how it was read and whom to believe."""
    row = call.desk.spool.find(trace)
    is_open = call.is_open
    reading = row.read_as if is_open else without_words(row.read_as)
    trust = row.trust if is_open else (row.trust or {}).get("verdict")
    return _mail(call, row) | {"reading": reading, "trust": trust}


@router.get(
    "/messages/{trace}/raw", tags=["messages"], response_class=Response,
    responses={200: {"content": {"message/rfc822": {}}, "description": "The bytes as they came."}},
)  # fmt: skip
def raw(call: Personal, trace: Trace) -> Response:
    """The bytes of a message, as they came."""
    row = call.desk.spool.find(trace)
    call.record("saw the raw text of a message", row.trace)
    return Response(call.desk.spool.raw([row.id or 0])[row.id or 0], media_type="message/rfc822")


@router.post(
    "/messages", response_model=Taken, tags=["messages"], status_code=202,
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"message/rfc822": {"schema": {"type": "string", "format": "binary"}}},
        }
    },
)  # fmt: skip
async def hand_in(call: Intake) -> Response:
    """Hand in a message, as `message/rfc822`. It is on disk when this answers; twice is once."""
    if call.request.headers.get("content-type", "").partition(";")[0].strip() != "message/rfc822":
        raise HTTPException(415, "Send the message as message/rfc822.")
    body = bytearray()
    async for chunk in call.request.stream():
        body += chunk
        if len(body) > MOST:
            raise HTTPException(413, f"A message may have {MOST >> 20} MB.")
    envelope = Envelope(
        DOOR, None, (), peer=call.request.client.host if call.request.client else None
    )
    (taken,) = await asyncio.wrap_future(call.desk.spool.submit([Arrival(bytes(body), envelope)]))
    return JSONResponse({"trace": taken.trace, "duplicate": taken.duplicate}, 202)


@router.post("/messages/{trace}/correct", response_model=Correction, tags=["messages"])
def correct(call: Triage, trace: Trace, given: Labels) -> Response:
    """Say what a message really means; its ticket says so at once."""

    def do() -> Any:
        row = call.desk.spool.find(trace)
        labels = given.labels.model_dump(exclude_unset=True)
        for span in labels.get("windows", ()):
            _check(span)
        entry = call.desk.corrections.add(row, labels, call.who, given.why)
        call.record("corrected a reading", row.trace)
        return plain.correction_as_json(entry, row.trace)

    return call.once(given, do)


def _check(span: dict[str, str | None]) -> None:
    span.setdefault("end", None)
    try:
        start, end = (datetime.fromisoformat(one) if one else None for one in span.values())
    except ValueError as error:
        raise InvalidState(f"{span['start']} to {span['end']}: there is no such time") from error
    if start and end and end <= start:
        raise InvalidState(f"{span['start']} to {span['end']} ends before it begins")


@router.post("/messages/{trace}/release", response_model=Mail, tags=["messages"])
def release(call: Triage, trace: Trace) -> Response:
    """A held message gets another chance."""

    def do() -> Any:
        call.desk.spool.release_held(call.desk.spool.find(trace))
        call.record("released a message", trace)
        return _mail(call, call.desk.spool.find(trace))

    return call.once(None, do)


@router.post("/messages/{trace}/replay", response_model=Mail, tags=["messages"])
def replay(call: Triage, trace: Trace) -> Response:
    """A finished message is read again; its ticket is kept, nothing is answered twice."""

    def do() -> Any:
        call.desk.spool.replay(call.desk.spool.find(trace))
        call.record("had a message read again", trace)
        return _mail(call, call.desk.spool.find(trace))

    return call.once(None, do)


@router.get("/letters", response_model=Page[Outgoing], tags=["letters"])
def letters(
    call: Reading,
    pages: Pages,
    state: Annotated[LetterState | None, Query()] = None,
) -> Any:
    """The letters, the newest first."""
    query = select(LetterRow)
    if state:
        query = query.where(LetterRow.state == state)
    return pages.of(call, query, LetterRow, lambda row: _letter(call, row))


@router.get("/letters/{number}", response_model=Outgoing, tags=["letters"])
def letter(call: Reading, number: Number) -> Any:
    """One letter, with its ledger."""
    found = call.desk.outbox.show(number)
    ledger = [plain.event_as_json(event) for event in found.events]
    if not call.is_open:
        for event in ledger:
            event["detail"] = None
    return _letter(call, found.letter) | {"ledger": ledger}


@router.post("/letters/{number}/release", response_model=Outgoing, tags=["letters"])
def release_letter(call: Announce, number: Number) -> Response:
    """A letter that is held or set aside goes out after all."""

    def do() -> Any:
        call.desk.outbox.release([number], call.who)
        call.record("released a letter", str(number))
        return _letter(call, call.desk.outbox.show(number).letter)

    return call.once(None, do)


@router.post("/letters/{number}/stop", response_model=Outgoing, tags=["letters"])
def stop_letter(call: Announce, number: Number) -> Response:
    """A letter that has not gone out yet never does."""

    def do() -> Any:
        call.desk.outbox.stop_letters([number], call.who)
        call.record("stopped a letter", str(number))
        return _letter(call, call.desk.outbox.show(number).letter)

    return call.once(None, do)


def _mail(call: Call, row: MessageRow) -> dict[str, Any]:
    found = plain.message_as_json(row)
    if not call.is_open:
        found["subject"] = found["message_id"] = None
    return found


def _letter(call: Call, row: LetterRow) -> dict[str, Any]:
    found = plain.letter_as_json(row)
    if not call.is_open:
        hide_reader(found)
    return found

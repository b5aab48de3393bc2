"""Notices: drafted, previewed, approved, sent, stopped; and how the gateway is."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from pydantic import Field
from sqlmodel import select
from starlette.responses import Response

from gateway import plain
from gateway.console.api.calls import (
    Announce,
    Call,
    Given,
    Item,
    Page,
    Pages,
    Personal,
    Reading,
)
from gateway.console.api.tickets import Why
from gateway.model import NoticeKind
from gateway.store.tables import MAX_ID, NoticeRow

router = APIRouter()
Number = Annotated[int, Path(ge=1, le=MAX_ID)]


class Notice(Item):
    """A piece of news for everyone concerned."""

    id: int
    ticket_id: int
    kind: str
    state: str
    text: str


class Preview(Item):
    """A notice as it would go out now."""

    ticket_id: int
    kind: str
    told: list[dict[str, Any]]
    left_out: list[dict[str, Any]]


class Health(Item):
    """How things stand."""

    spool: dict[str, int]
    outbox: dict[str, int]
    tickets: int
    needs_review: int
    windows_to_review: int
    oldest_unprocessed_s: float


class Draft(Given):
    """What to say to everyone on that ticket."""

    ticket: Annotated[str, Field(pattern=r"^(TG-)?[0-9]{1,9}$")]
    kind: NoticeKind
    text: Annotated[str, Field(min_length=1, max_length=20_000, pattern=r"^[^\x00]*\S[^\x00]*$")]


class Because(Given):
    """Why."""

    why: Why = ""


@router.get("/status", response_model=Health, tags=["operation"])
def status(call: Reading) -> Any:
    """How things stand: messages, letters, tickets, doors, trackers."""
    return call.desk.status().as_json()


@router.get("/notices", response_model=Page[Notice], tags=["notices"])
def listed( call: Reading, pages: Pages,
    state: Annotated[str | None, Query(max_length=20, pattern="^[a-z_]+$")] = None,
) -> Any:  # fmt: skip
    """The notices, the newest first."""
    query = select(NoticeRow)
    if state:
        query = query.where(NoticeRow.state == state)
    return pages.of(call, query, NoticeRow, plain.notice_as_json)


@router.post("/notices", response_model=Notice, tags=["notices"])
def draft(call: Announce, given: Draft) -> Response:
    """Write one down; nothing goes out."""

    def do() -> Any:
        row = call.desk.announcing.draft(given.ticket, given.kind, given.text, call.who)
        return _done(call, "drafted a notice", row)

    return call.once(given, do)


@router.get("/notices/{number}", response_model=Notice, tags=["notices"])
def shown(call: Reading, number: Number) -> Any:
    """One notice, and how far it is."""
    found = call.desk.announcing.show(number)
    return plain.notice_as_json(found.notice) | {
        "counts": found.counts,
        "approvals": [one.who for one in found.approvals],
    }


@router.get("/notices/{number}/preview", response_model=Preview, tags=["notices"])
def preview(call: Personal, number: Number) -> Any:
    """To whom it would go now and why, who is left out, and a letter of each kind."""
    found = plain.preview_as_json(call.desk.announcing.preview(number))
    call.record("previewed a notice", str(number))
    return found


@router.post("/notices/{number}/approve", response_model=Notice, tags=["notices"])
def approve(call: Announce, number: Number) -> Response:
    """Say yes to the text and the audience as they are now."""

    def do() -> Any:
        row = call.desk.announcing.approve(number, call.who, "api")
        return _done(call, "approved a notice", row)

    return call.once(None, do)


@router.post("/notices/{number}/send", response_model=Notice, tags=["notices"])
def send(call: Announce, number: Number) -> Response:
    """An approved notice begins to go out."""

    def do() -> Any:
        call.desk.announcing.send(number, call.who)
        row = call.desk.announcing.show(number).notice
        return _done(call, "sent a notice", row)

    return call.once(None, do)


@router.post("/notices/{number}/stop", response_model=Notice, tags=["notices"])
def stop( call: Announce, number: Number, given: Because,
) -> Response:  # fmt: skip
    """What of it is not on the wire yet never goes out."""

    def do() -> Any:
        call.desk.announcing.stop(number, call.who, given.why)
        row = call.desk.announcing.show(number).notice
        return _done(call, "stopped a notice", row)

    return call.once(given, do)


def _done(call: Call, what: str, row: NoticeRow) -> Any:
    call.record(what, str(row.id))
    return plain.notice_as_json(row)

"""A notice: its kinds and states, how it begins, how it is found, and how it is barred.

Each step is in the caller's transaction.
"""

from typing import Any, get_args

import structlog
from sqlmodel import Session

from gateway.errors import InvalidState, NotFound, Permanent
from gateway.incidents import tickets
from gateway.model import NoticeKind, TicketState
from gateway.store.tables import NoticeRow, TicketRow

KINDS: tuple[NoticeKind, ...] = get_args(NoticeKind)
ALSO_CALLED = {"resolved": "resolution"}
ENDS: dict[str, TicketState] = {"resolution": "resolved", "false_alarm": "closed"}
MAX_TEXT = 20_000
NEXT = {  # what to do with a notice that is not where one thinks
    "draft": "approve it first (triage announce approve)",
    "approved": "send it (triage announce send)",
    "sending": "it is on its way (triage announce show)",
    "paused": "let it go on (triage announce resume), or write a new version of it (revise)",
    "stopped": "let it go on (triage announce resume), or write a new version of it (revise)",
    "sent": "nobody is told twice; for further news draft another",
}


log = structlog.get_logger()


def draft(session: Session, ticket: str, kind: str, text: str, who: str) -> NoticeRow:
    """A new notice; nothing goes out."""
    kind = ALSO_CALLED.get(kind, kind)
    if kind not in KINDS:
        raise Permanent(f"{kind} is no kind of notice: {', '.join(KINDS)}")
    row = tickets.get(session, ticket)
    may_end(row, kind)
    notice = NoticeRow(
        ticket_id=tickets.number(row), kind=kind, text=checked(text), drafted_by=who,
        facts=affected(row, kind),
    )  # fmt: skip
    session.add(notice)
    return notice


def may_end(ticket: TicketRow, kind: str) -> None:
    """InvalidState where the incident is over already, and this notice would say so again."""
    if kind in ENDS and ENDS[kind] not in tickets.MOVES[ticket.state]:
        raise InvalidState(f"{ticket.ref} is {ticket.state} already: nobody is told twice")


def get(session: Session, notice_id: int, *, to_change: bool = False) -> NoticeRow:
    """The notice of that number; NotFound where there is none."""
    notice = session.get(
        NoticeRow, notice_id, populate_existing=to_change, with_for_update=to_change or None
    )
    if notice is None:
        raise NotFound(f"no notice {notice_id}: see `triage announce list`")
    return notice


def must_be(notice: NoticeRow, *states: str) -> None:
    """InvalidState, with what to do, where it is in none of these states."""
    if notice.state not in states:
        raise InvalidState(f"notice {notice.id} is {notice.state}: {NEXT[notice.state]}")


def bar(session: Session, notice: NoticeRow, state: str, who: str, why: str) -> None:
    """Let no letter of a notice go to the wire any more, and say so on its ticket."""
    notice.state, notice.reason = state, f"{state} by {who}{f': {why}' if why else ''}"[:500]
    session.add(notice)
    tickets.note(session, notice.ticket_id, who, f"{notice.kind} {state}", why, notice=notice.id)
    log.warning(f"notice.{state}", notice=notice.id, by=who, why=why)


def post_key(notice: NoticeRow) -> str:
    """What makes its posts one at each channel."""
    return f"notice:{notice.id}{f'.{notice.version}' if notice.version > 1 else ''}"


def affected(ticket: TicketRow, kind: str) -> dict[str, Any]:
    """Who was affected, as it was known when this was written: each report may change it."""
    if kind not in {"opened", "update", "resolution"}:
        return {}
    return {"reach": ticket.reach, "people": ticket.people}


def checked(text: str) -> str:
    """The text without space around it. Raises Permanent for none, and for too much."""
    if not text.strip():
        raise Permanent("a notice needs a message: say what happened and what to do now")
    if len(text) > MAX_TEXT:
        raise Permanent(f"the message is longer than {MAX_TEXT} characters: shorten it")
    return text.strip()

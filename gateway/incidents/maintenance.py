"""Maintenance in the story of a message: what it tells of windows, and what windows explain.

The one place that the pipeline asks.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import Any

from sqlmodel import Session

from classifiers import MaintenanceRules, Reading
from gateway.incidents import explaining, windows
from gateway.incidents.docket import Docket
from gateway.incidents.explaining import Dependencies, Finding, Judge
from gateway.incidents.notices import Filed, is_notice, told
from gateway.model import Message, utcnow
from gateway.store.tables import TicketRow

REPORTED = "report explained by maintenance"  # lines of history, with their reasons
SUGGESTED = "perhaps explained by maintenance"
OVERRUN = "perhaps maintenance that overran"
MAY_HAVE_OVERRUN = "may have overrun"


@dataclass(frozen=True, slots=True)
class Maintenance:
    """The rules of the house for windows; `trackers` are those that keep windows."""

    rules: MaintenanceRules = field(default_factory=MaintenanceRules)
    depends_on: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    trackers: Sequence[str] = ()

    @staticmethod
    def lock(session: Session, messages: Sequence[tuple[Message, Reading]]) -> None:
        """Before anything else is locked: whoever files a notice is alone in it."""
        if any(is_notice(message, reading) for message, reading in messages):
            windows.lock(session)

    def explains(self, docket: Docket, filed: Filed) -> Finding | None:
        """What explains a report, might explain it, or overran."""
        needs = Dependencies(self.depends_on)
        judge = Judge(filed, self.rules, needs)
        return explaining.find(docket.near, judge)

    @staticmethod
    def attach(docket: Docket, ticket: TicketRow, found: Finding, reading: Reading) -> None:
        """The report is on the window's ticket, and changes nothing of what that says."""
        ticket.updated_at = utcnow()
        docket.note(ticket, REPORTED, found.why, window=found.window.ref, event=reading.event,
                    services=list(reading.services), hampered=reading.hampered)  # fmt: skip

    @staticmethod
    def cite(docket: Docket, ticket: TicketRow, found: Finding, *, is_new: bool) -> None:
        """The report stands on its own ticket, which names the window. An overrun is looked at."""
        what = OVERRUN if found.kind == "overrun" else SUGGESTED
        docket.note(ticket, what, found.why, window=found.window.ref)
        if found.kind == "overrun" and is_new:
            ticket.needs_review = True
            announced = docket.fetch(found.window.ticket_id) if found.window.ticket_id else None
            if announced is not None:
                docket.number_tickets()
                docket.note(announced, MAY_HAVE_OVERRUN, f"{ticket.ref} tells of trouble after the "
                            f"end of {found.window.ref}", window=found.window.ref)  # fmt: skip

    def heard(self, session: Session, docket: Docket, ticket: TicketRow, filed: Filed) -> None:
        """A message was filed on the `ticket`: keep what it tells of maintenance, if it does."""
        if not is_notice(filed.message, filed.reading):
            return
        docket.number_tickets()
        ticket = docket.now(ticket)

        def note(what: str, why: str = "", **facts: Any) -> None:
            docket.note(ticket, what, why, **facts)

        record = windows.Record(session, note)
        windows.keep(record, told(filed, self.rules), ticket.id, self.trackers)
        docket.near.forget()


def as_facts(
    found: Finding | None, names: Mapping[str, str], message: Message
) -> dict[str, Any] | None:
    """What a letter may say of it: the services, the end, whether that is sure or is past already.

    `there` is the end by the clock of whoever wrote.
    """
    if found is None:
        return None
    until = found.window.ends_at
    there = _by_the_clock_of(message, until) if until is not None else None
    return {
        "window": found.window.ref,
        "services": [{"id": one, "name": names.get(one, one)} for one in found.services],
        "until": until,
        "there": there and {"hour": there.hour, "minute": there.minute},
        "is_sure": found.kind == "explained",
        "overran": found.kind == "overrun",
    }


def _by_the_clock_of(message: Message, moment: datetime) -> datetime | None:
    """The moment in the zone of the message's Date; None where that says none but UTC."""
    try:
        written = parsedate_to_datetime(message.header("date") or "")
        offset = written.utcoffset()
        return moment.astimezone(timezone(offset)) if offset else None
    except (ValueError, TypeError, OverflowError):
        return None

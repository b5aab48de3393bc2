"""What a person says of how a message was read: their word goes before the reading.

It is kept with the message (beside the reading, so that reading it again does not undo it),
counts for its ticket at once, and is what `triage train --with-corrections` learns from.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

from sqlmodel import Session, col, select

from classifiers import Event, Hampered, Reach, Source
from gateway.errors import InvalidState
from gateway.incidents import mirrors, tickets
from gateway.incidents.deciding import Deciding, decide
from gateway.model import utcnow
from gateway.store.database import Database
from gateway.store.tables import CorrectionRow, MessageRow, RawRow, TicketRow

LABELS = ("source", "event", "services", "reach", "people", "hampered", "windows")
_WORDS: Mapping[str, Sequence[str]] = {
    "source": get_args(Source),
    "event": get_args(Event),
    "reach": get_args(Reach),
    "hampered": get_args(Hampered),
}
# What an event says of the other labels, by the labelling guide.
_NOTHING: Mapping[str, Any] = {
    "services": [],
    "reach": "unknown",
    "people": None,
    "hampered": "unknown",
}
_FOLLOWS: Mapping[str, Mapping[str, Any]] = {
    "question": _NOTHING,
    "info": _NOTHING,
    "noise": {**_NOTHING, "windows": []},
    "access_problem": {"reach": "one", "windows": []},
    "cancelled": {"reach": "unknown", "hampered": "none"},
}


@dataclass(frozen=True, slots=True)
class Corrected:
    """A message that a person has looked at, with the labels it has by their word."""

    trace: str
    raw: bytes
    labels: Mapping[str, Any]


class Corrections:
    """Writes them down, applies them, and gives them to learn from."""

    def __init__(
        self,
        database: Database,
        severity_of: tickets.SeverityOf,
        services: Mapping[str, str],
        trackers: Sequence[str] = (),
        deciding: Deciding | None = None,
    ) -> None:
        self._database = database
        self._deciding = deciding
        self._severity_of = severity_of
        self._services = services
        self._trackers = trackers

    def add(
        self, message: MessageRow, labels: Mapping[str, Any], who: str, why: str = ""
    ) -> CorrectionRow:
        """These labels are what the message means; those not named are right as they were read.

        With no labels all are right. InvalidState for a word that is none, or a message that has
        not been read.
        """
        self.check(labels)
        with self._database.transaction() as session:
            row = session.get_one(
                MessageRow, message.id, populate_existing=True, with_for_update=True
            )
            entry = self.record(session, row, labels, who, why)
            if row.ticket_id is not None:
                self._apply(session, row, entry.after, entry)
            session.flush()
            session.refresh(entry)
            return entry

    def record(
        self, session: Session, row: MessageRow, labels: Mapping[str, Any], who: str, why: str
    ) -> CorrectionRow:
        """The same for the message alone, in the caller's transaction."""
        self.check(labels)
        before = row.read_as
        if before is None:
            raise InvalidState(f"message {row.trace} is {row.state}: it has not been read yet")
        after = self._complete(before, labels)
        row.corrected = (row.corrected or {}) | after
        session.add(row)
        entry = CorrectionRow(
            message_id=row.id or 0, who=who, why=why,
            before={label: before[label] for label in after}, after=after,
        )  # fmt: skip
        session.add(entry)
        return entry

    def listing(self, limit: int = 50) -> list[tuple[CorrectionRow, str]]:
        """The newest corrections, each with the trace of its message."""
        query = (
            select(CorrectionRow, MessageRow.trace)
            .where(CorrectionRow.message_id == MessageRow.id)
            .order_by(col(CorrectionRow.id).desc())
            .limit(limit)
        )
        with self._database.read() as session:
            return list(session.exec(query))

    def corrected(self) -> Iterator[Corrected]:
        """Every message that a person has looked at, the oldest first."""
        query = (
            select(MessageRow, RawRow.content)
            .where(MessageRow.id == RawRow.message_id, col(MessageRow.corrected).is_not(None))
            .order_by(col(MessageRow.id))
        )
        with self._database.read() as session:
            for row, raw in session.exec(query):
                if row.read_as is not None and row.corrected is not None:
                    yield Corrected(row.trace, raw, row.read_as)

    def check(self, labels: Mapping[str, Any]) -> None:
        """InvalidState for a word that is no value of its label."""
        for label, words in _WORDS.items():
            if label in labels and labels[label] not in words:
                raise InvalidState(f"{labels[label]} is no {label}: {', '.join(words)}")
        for service in labels.get("services", ()):
            if service not in self._services:
                known = ", ".join(sorted(self._services))
                raise InvalidState(f"no service {service} is in the catalogue: {known}")

    def _complete(self, before: Mapping[str, Any], labels: Mapping[str, Any]) -> dict[str, Any]:
        """The labels with what follows from them."""
        follows = _FOLLOWS.get(labels.get("event", ""), {})
        after = {**follows, **labels}
        whole = {**before, **after}
        after["severity"] = self._severity_of(whole["event"], whole["reach"], whole["hampered"])
        return after

    def _apply(
        self, session: Session, row: MessageRow, after: Mapping[str, Any], entry: CorrectionRow
    ) -> None:
        """The ticket says what the person said; who did that has looked at it."""
        ticket = session.get_one(
            TicketRow, row.ticket_id, populate_existing=True, with_for_update={"key_share": True}
        )
        for label in LABELS:
            if label in after and label != "services":
                setattr(ticket, label, after[label])
        if "services" in after:
            wrong = set(entry.before["services"]) - set(after["services"])
            kept = [service for service in ticket.services if service not in wrong]
            ticket.services = list(dict.fromkeys([*kept, *after["services"]]))
        ranked = self._severity_of(ticket.event, ticket.reach, ticket.hampered)
        tickets.keep(ticket, "severity", ranked)
        ticket.needs_review = False
        ticket.updated_at = utcnow()
        session.add(ticket)
        changed = {label: [entry.before[label], after[label]] for label in entry.changed}
        what = f"reading of {row.trace} " + ("corrected" if changed else "found right")
        tickets.note(session, tickets.number(ticket), entry.who, what, entry.why, **changed)
        if self._deciding is not None:
            decide(session, ticket, self._deciding)
        mirrors.mark(session, [tickets.number(ticket)], self._trackers)

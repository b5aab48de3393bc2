"""A person overrules what was read or decided: it is so at once, and no later mail undoes it.

What concerns a label is kept as a correction to learn from, where the ticket has one message, so
that it is plain which one was read wrong. `auto` takes a person's word back.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlmodel import Session, col, select

from classifiers import Severity
from gateway.errors import InvalidState
from gateway.incidents import mirrors, tickets
from gateway.incidents.corrections import Corrections
from gateway.incidents.deciding import BY_A_PERSON, Deciding, decide, pin, unpin
from gateway.model import utcnow
from gateway.store.database import Database
from gateway.store.tables import CorrectionRow, MessageRow, TicketRow

LABELS = ("event", "services", "reach", "people", "hampered")
SETTABLE = ("severity", "disposition", "owner", *LABELS)
AUTO = "auto"


class Overruling:
    """Sets what a person says."""

    def __init__(
        self,
        database: Database,
        deciding: Deciding,
        severity: Severity,
        corrections: Corrections,
        trackers: Sequence[str] = (),
    ) -> None:
        self._database = database
        self._deciding = deciding
        self._severity_of: tickets.SeverityOf = severity.of
        self._severities = severity.words
        self._corrections = corrections
        self._trackers = trackers

    def set(self, name: str, changes: Mapping[str, Any], who: str, why: str = "") -> TicketRow:
        """The ticket is so from now on; InvalidState for a word that is none."""
        with self._database.transaction() as session:
            ticket = tickets.get(session, name, to_change=True)
            self.apply(session, ticket, changes, who, why)
            return ticket

    def apply(
        self, session: Session, ticket: TicketRow, changes: Mapping[str, Any], who: str, why: str
    ) -> list[str]:
        """The same in the caller's transaction; what changed, in words."""
        self._check(changes)
        before = {label: getattr(ticket, label) for label in changes}
        given = {label: value for label, value in changes.items() if value != AUTO}
        for label, value in given.items():
            setattr(ticket, label, value)
            pin(ticket, label, who)
        for label in changes.keys() - given.keys():
            unpin(ticket, label)  # what mail said meanwhile counts
        tickets.keep(
            ticket, "severity", self._severity_of(ticket.event, ticket.reach, ticket.hampered)
        )
        if "disposition" in given:
            ticket.disposition_rule = BY_A_PERSON
            ticket.disposition_why = f"{who}: {why}" if why else who
        elif "disposition" in changes:
            ticket.disposition_rule = ""  # the rules speak anew
        ticket.needs_review, ticket.updated_at = False, utcnow()
        session.add(ticket)
        learned = self._learn(session, ticket, before, given, (who, why))
        facts = {label: [before[label], changes[label]] for label in changes}
        said = [f"{label} {_word(old)} -> {_word(new)}" for label, (old, new) in facts.items()]
        tickets.note(
            session, tickets.number(ticket), who, f"set: {'; '.join(said)}", why,
            learned=learned, **facts,
        )  # fmt: skip
        decide(session, ticket, self._deciding, overruled=True)
        mirrors.mark(session, [tickets.number(ticket)], self._trackers)
        return said

    def _check(self, changes: Mapping[str, Any]) -> None:
        if not changes:
            raise InvalidState(f"nothing to set: {', '.join(f'{one}=...' for one in SETTABLE)}")
        for label in changes:
            if label not in SETTABLE:
                raise InvalidState(f"{label} cannot be set: {', '.join(SETTABLE)}")
        given = {label: value for label, value in changes.items() if value != AUTO}
        for label, known in (
            ("severity", self._severities),
            ("disposition", tuple(self._deciding.priority.dispositions)),
        ):
            if label in given and given[label] not in known:
                raise InvalidState(f"{given[label]} is no {label}: {', '.join(known)}, or {AUTO}")
        self._corrections.check({key: value for key, value in given.items() if key in LABELS})

    def _learn(
        self, session: Session, ticket: TicketRow, before: Mapping[str, Any],
        given: Mapping[str, Any], by: tuple[str, str],
    ) -> bool:  # fmt: skip
        """Keep what concerns labels as a correction of the ticket's only message."""
        who, why = by
        labels = {key: value for key, value in given.items() if key in LABELS}
        if not labels and "severity" not in given:
            return False
        query = select(MessageRow).where(MessageRow.ticket_id == ticket.id)
        rows = session.exec(query.order_by(col(MessageRow.id)).limit(2)).all()
        if len(rows) != 1 or rows[0].reading is None:
            return False
        if labels:
            self._corrections.record(session, rows[0], labels, who, why)
        if "severity" in given:  # on record; it follows from the labels and is not learned
            session.add(
                CorrectionRow(
                    message_id=rows[0].id or 0, who=who, why=why,
                    before={"severity": before["severity"]}, after={"severity": given["severity"]},
                )
            )  # fmt: skip
        return True


def _word(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(value) or "none"
    return "none" if value in {None, ""} else str(value)

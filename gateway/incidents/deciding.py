"""What is to be done with a ticket, decided anew whenever its evidence changes.

The rules are the organization's (`data/priority.toml`). What a person overruled is pinned: no
later mail undoes it, but where the evidence would now decide otherwise, the history says so, once
for each other answer.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from classifiers import Labels, Owners, Priority
from gateway.incidents import tickets
from gateway.model import utcnow
from gateway.store.tables import TicketRow
from gateway.store.timers import set_timer

HAND_AT_ONCE = "hand off at once"  # a kind of timer
BY_A_PERSON = "a person"  # the rule of what somebody set by hand


@dataclass(frozen=True, slots=True)
class Line:
    """A line for the ticket's history."""

    what: str
    why: str
    facts: Mapping[str, Any]


Decide = Callable[[TicketRow], list[Line]]


def undecided(_ticket: TicketRow) -> list[Line]:
    """Where there are no rules."""
    return []


class Deciding:
    """Applies the rules to tickets."""

    def __init__(self, priority: Priority, owners: Owners) -> None:
        self.priority = priority
        self.owners = owners

    def __call__(self, ticket: TicketRow) -> list[Line]:
        """Decide: the ticket says what is to be done; what changed, for its history."""
        owner = self.owners.of(ticket.services)
        decided = self.priority.decide(
            Labels(
                severity=ticket.severity,
                event=ticket.event,
                reach=ticket.reach,
                people=ticket.people,
                hampered=ticket.hampered,
                source=ticket.source,
                written_by=ticket.written_by,
                services=tuple(ticket.services),
                owner=owner.id if owner else "",
                ours=bool(owner and owner.ours),
                words=tuple(ticket.signs),
                needs_review=ticket.needs_review,
            )
        )
        ticket.priority = decided.priority
        lines = _said_otherwise(ticket)
        if "owner" not in ticket.pinned:
            ticket.owner = decided.tell or (owner.id if owner else "")
        if "disposition" in ticket.pinned:
            lines += _would_be(ticket, decided.disposition, f'"{decided.rule}": {decided.why}')
            return lines
        if (ticket.disposition, ticket.disposition_rule) != (decided.disposition, decided.rule):
            before = ticket.disposition
            ticket.disposition, ticket.disposition_rule = decided.disposition, decided.rule
            ticket.disposition_why = decided.why
            what = f"disposition {before} -> {decided.disposition}" if before else "disposition"
            facts = {"disposition": decided.disposition, "rule": decided.rule}
            lines.append(Line(what, f'by the rule "{decided.rule}": {decided.why}', facts))
        return lines

    def tells(self, ticket: TicketRow) -> str:
        """Whom the rule that decided has told at once; "" for nobody."""
        rules = self.priority.rules
        return next((one.tell for one in rules if one.name == ticket.disposition_rule), "")

    def schedule(self, session: Session, ticket: TicketRow) -> None:
        """Have the ticket handed to whom its rule tells at once; once each, ever."""
        tell = self.tells(ticket)
        if tell:
            number = tickets.number(ticket)
            set_timer(
                session, HAND_AT_ONCE, f"{HAND_AT_ONCE}:{number}:{tell}", utcnow(),
                ticket_id=number, to=tell, why=ticket.disposition_why,
            )  # fmt: skip


def decide(
    session: Session, ticket: TicketRow, rules: Deciding, *, overruled: bool = False
) -> None:
    """Decide anew and write it down, in the caller's transaction.

    Whoever has just `overruled` something need not be told what it would be otherwise.
    """
    for line in rules(ticket):
        if not (overruled and "kept" in line.facts):
            tickets.note(
                session, tickets.number(ticket), "gateway", line.what, line.why, **line.facts
            )
    session.add(ticket)
    rules.schedule(session, ticket)


# --- what a person overruled --------------------------------------------------------------------


def pin(ticket: TicketRow, label: str, who: str) -> None:
    """From now on the label is what `who` said."""
    ticket.pinned = {**ticket.pinned, label: {"by": who, "otherwise": None, "told": True}}


def unpin(ticket: TicketRow, label: str) -> None:
    """The rules and the mail decide again."""
    otherwise = ticket.pinned.get(label, {}).get("otherwise")
    ticket.pinned = {key: value for key, value in ticket.pinned.items() if key != label}
    if otherwise is not None and label != "disposition":
        setattr(ticket, label, otherwise)


def _said_otherwise(ticket: TicketRow) -> list[Line]:
    """What mail would have changed, had nobody pinned it (see `tickets.keep_pinned`)."""
    lines = []
    for label, pinned in ticket.pinned.items():
        if label != "disposition" and not pinned["told"]:
            lines.append(_kept(ticket, label, pinned, pinned["otherwise"], "what came since"))
            ticket.pinned = {**ticket.pinned, label: {**pinned, "told": True}}
    return lines


def _would_be(ticket: TicketRow, disposition: str, why: str) -> list[Line]:
    pinned = ticket.pinned["disposition"]
    if disposition in {ticket.disposition, pinned["otherwise"]}:
        return []
    ticket.pinned = {**ticket.pinned, "disposition": {**pinned, "otherwise": disposition}}
    return [_kept(ticket, "disposition", pinned, disposition, f"the rule {why}")]


def _kept(ticket: TicketRow, label: str, pinned: Mapping[str, Any], other: Any, by: str) -> Line:
    now = getattr(ticket, label)
    shown = ", ".join(other) if isinstance(other, list) else other
    return Line(
        f"{label} stays as {pinned['by']} said",
        f"by {by} it would now be {shown}: triage tickets set {ticket.ref} {label}=auto has it so",
        {"kept": {label: [now, other]}},
    )

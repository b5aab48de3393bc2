"""What has been, for people and programs: timelines, as tables and as plain data."""

from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from gateway.incidents.timeline import Entry, Step, Timeline
from gateway.layout import Column, Table
from gateway.shown import when
from gateway.understanding import stamp


def entry_as_json(entry: Entry) -> dict[str, Any]:
    """One line of `triage tickets timeline --json`: what happened."""
    return {
        "what": "entry",
        "at": stamp(entry.at),
        "kind": entry.kind,
        "sentence": entry.sentence,
        "quoted": entry.quoted,
        "who": entry.who,
        "link": {"kind": entry.link.kind, "id": entry.link.id},
        "received_at": stamp(entry.received_at),
        "is_public": entry.is_public,
        "public": entry.public,
    }


def step_as_json(step: Step) -> dict[str, Any]:
    """And how many people it was about from then on."""
    return {
        "what": "people",
        "at": stamp(step.at),
        "reporters": step.reporters,
        "estimate": step.estimate,
    }


def timeline(found: Timeline, zone: str) -> RenderableType:
    """What happened on a ticket, and how many people it was about."""
    happened = Table(f"{found.ticket.ref}: when", Column("what", folds=True),
                     Column("in their words", folds=True, rank=1), Column("who", rank=2),
                     Column("see", rank=3))  # fmt: skip
    for one in found.entries:
        see = f"{one.link.kind} {one.link.id}"
        happened.add_row(when(one.at, zone), one.sentence, one.quoted[:200], one.who, see)
    if not found.people:
        return happened
    people = Table("people: since", "wrote", "said to be affected")
    for step in found.people:
        estimate = "-" if step.estimate is None else str(step.estimate)
        people.add_row(when(step.at, zone), str(step.reporters), estimate)
    return Group(happened, Text(""), people)

"""What has been, for people and programs: timelines and spikes, as tables and as plain data."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from gateway.incidents.timeline import Entry, Step, Timeline
from gateway.layout import Column, Table
from gateway.shown import when
from gateway.store.tables import SpikeRow
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


def spike_as_json(row: SpikeRow, words: str) -> dict[str, Any]:
    """One line of `triage spikes list --json`."""
    return {
        "id": row.id,
        "service": row.service,
        "state": row.state,
        "ticket": f"TG-{row.ticket_id}" if row.ticket_id else None,
        "opened_it": row.opened,
        "began_at": stamp(row.began_at),
        "last_at": stamp(row.last_at),
        "start": stamp(row.start),
        "hours": row.hours,
        "people": row.people,
        "usual": round(row.usual, 2),
        "limit": row.limit,
        "known_hours": row.known_hours,
        "words": words,
        "settled_at": stamp(row.settled_at),
    }


def spikes(found: Sequence[SpikeRow], words: Mapping[int | None, str], zone: str) -> RenderableType:
    """Runs of unusually many reports."""
    if not found:
        return Text("No unusual numbers of reports so far.")
    table = Table("service", "state", "ticket", Column("since", rank=2), Column("until", rank=3),
                  Column("what", folds=True))  # fmt: skip
    for row in found:
        table.add_row(
            row.service, row.state, f"TG-{row.ticket_id}" if row.ticket_id else "-",
            when(row.began_at, zone), when(row.last_at, zone), words[row.id],
        )  # fmt: skip
    return table

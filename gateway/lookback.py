"""What has been, for people and programs: timelines, spikes, the lab; tables and plain data."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from gateway.incidents.timeline import Entry, Step, Timeline
from gateway.lab import Bench, Change
from gateway.layout import Column, Table, counted
from gateway.shown import when, word_of
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


# --- the replay lab -----------------------------------------------------------------------------


def change_as_json(change: Change) -> dict[str, Any]:
    """One line of `triage replay-lab --json`: a label that would be read otherwise."""
    return {
        "what": "change",
        "message": change.message,
        "ticket": f"TG-{change.ticket_id}" if change.ticket_id else None,
        "label": change.label,
        "old": change.old,
        "new": change.new,
        "confidence": change.confidence,
        "words": list(change.words),
    }


def outcome_as_json(bench: Bench) -> Iterator[dict[str, Any]]:
    """The lines after these: tickets, what people had said, and the sum."""
    found = bench.outcome
    for number, old, new in bench.ranked():
        yield {"what": "ranked", "ticket": f"TG-{number}", "old": old, "new": new}
    for number, was, now in bench.apart():
        yield {"what": "services", "ticket": f"TG-{number}", "old": was, "new": now}
    for label in found.looked_at:
        yield {"what": "people", "label": label, "messages": found.looked_at[label],
               "right_before": found.right_before[label],
               "right_after": found.right_after[label]}  # fmt: skip
    yield {
        "what": "summary",
        "messages": found.messages,
        "changed": found.changed,
        "failed": found.failed,
        "labels": [
            {"label": label, "old": old, "new": new, "messages": count}
            for (label, old, new), count in found.labels.most_common()
        ],
    }


def lab(bench: Bench, shown: Sequence[Change]) -> RenderableType:
    """What would be different, for people."""
    found = bench.outcome
    parts: list[RenderableType] = [
        Text(f"{counted(found.messages, 'message')} read again, {found.changed} of them otherwise")
    ]
    parts += [Text(f"{path}: {why}") for path, why in bench.unreadable]
    if found.labels:
        table = Table("label", Column("read as", folds=True), Column("would be", folds=True),
                      "messages")  # fmt: skip
        for (label, old, new), count in found.labels.most_common(50):
            table.add_row(label, old, new, str(count))
        parts += [Text(""), table]
    if shown:
        table = Table("message", Column("ticket", rank=2), "label", Column("read as", folds=True),
                      Column("would be", folds=True), Column("sure", rank=3),
                      Column("because of", folds=True, rank=1))  # fmt: skip
        for one in shown:
            ticket = f"TG-{one.ticket_id}" if one.ticket_id else "-"
            sure = "" if one.confidence is None else f"{one.confidence:.0%}"
            table.add_row(one.message, ticket, one.label, word_of(one.old), word_of(one.new), sure,
                          "; ".join(one.words))  # fmt: skip
        parts += [Text(""), table]
    ranked, apart = bench.ranked(), bench.apart()
    if ranked or apart:
        table = Table("ticket", "what", Column("is", folds=True), Column("would be", folds=True))
        for number, old, new in ranked[:100]:
            table.add_row(f"TG-{number}", "severity", old, new)
        for number, was, now in apart[:100]:
            table.add_row(f"TG-{number}", "services", ", ".join(was), ", ".join(now))
        parts += [Text(""), table]
    if found.looked_at:
        table = Table("label", "people spoke of", "right before", "right after", "")
        for label, count in found.looked_at.items():
            before, after = found.right_before[label], found.right_after[label]
            word = "better" if after > before else "worse" if after < before else "as before"
            table.add_row(label, str(count), str(before), str(after), word)
        parts += [Text(""), table]
    return Group(*parts)

"""What a person sees on the terminal: readings, tickets, spool and outbox in plain words.

Everything that came from outside is stripped of control characters and of markup, so that a
message cannot paint on the terminal.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from rich import box
from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from classifiers import Evidence
from gateway.announcing import Preview
from gateway.app import Status
from gateway.incidents.tickets import TicketDetails, TicketSummary
from gateway.outbox import Shown
from gateway.store.tables import ArrivalRow, LetterRow, MessageRow, MirrorRow, NoticeRow
from gateway.understanding import Understood

LABELS = ("source", "event", "services", "reach", "people", "hampered", "severity", "windows")
MARKS = {
    "event": "bold red", "services": "bold blue", "reach": "bold magenta",
    "people": "bold magenta", "hampered": "bold yellow", "windows": "bold green",
    "source": "bold cyan",
}  # fmt: skip
UNSURE = 0.6


def clean(text: str) -> str:
    """Without control and direction-changing characters, but for line breaks and tabs."""
    return "".join(
        c if c in "\n\t" or unicodedata.category(c) not in {"Cc", "Cf", "Cs"} else "\N{MIDDLE DOT}"
        for c in text
    )


def when(moment: datetime | None, zone: str) -> str:
    """A time in the site's zone."""
    return moment.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M %Z") if moment else "-"


def _grid() -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    return table


def plain_table(*columns: str) -> Table:
    """A table without lines."""
    table = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def window_words(windows: Iterable[Any], zone: str) -> str:
    """From when to when, in the site's zone."""
    return "; ".join(
        f"{when(w.start, zone)} to {when(w.end, zone) if w.end else 'open'}" for w in windows
    )


def reading(path: str, understood: Understood, zone: str) -> RenderableType:
    """One message: what it says, what was made of it, and the words that led to it."""
    message, found = understood.message, understood.reading
    head = _grid()
    sender = message.sender
    head.add_row("from", Text(clean(f"{sender.name} <{sender.address}>" if sender else "(nobody)")))
    head.add_row("subject", Text(clean(message.subject) or "(none)"))
    head.add_row("date", when(message.date, zone))
    signals = [
        name
        for name, is_on in (
            (message.auto_kind or "automatic", message.is_auto),
            ("bulk", message.is_bulk),
            ("bounce", message.is_bounce),
            (f"list {message.list_id}", bool(message.list_id)),
        )
        if is_on
    ]
    if signals:
        head.add_row("signals", Text(clean(", ".join(dict.fromkeys(signals)))))
    if message.defects:
        head.add_row("mended", Text(clean("; ".join(message.defects))))
    values: dict[str, str] = {
        "source": found.source,
        "event": found.event,
        "services": ", ".join(found.services) or "-",
        "reach": found.reach,
        "people": str(found.people) if found.people is not None else "-",
        "hampered": found.hampered,
        "severity": found.severity,
        "windows": window_words(found.windows, zone) or "-",
    }
    labels = plain_table("label", "value", "sure", "because of")
    for label in LABELS:
        sure = found.confidence.get(label)
        words = [because(one) for one in found.evidence.get(label, ())[:3]]
        certainty = "" if sure is None else f"{sure:.0%}" + (" not sure" if sure < UNSURE else "")
        labels.add_row(label, Text(values[label], style=MARKS.get(label, "bold")), certainty,
                       Text("; ".join(words)))  # fmt: skip
    parts: list[RenderableType] = [head, labels]
    if found.needs_review:
        doubts = "; ".join(found.doubts) or "the reading is not certain"
        parts.append(Text(f"A person should look: {clean(doubts)}", style="bold yellow"))
    parts.append(_marked(understood))
    return Panel(Group(*parts), title=Text(clean(path)), title_align="left")


def because(evidence: Evidence) -> str:
    """What led to a label: the words, or what a header says."""
    why = clean(evidence.why)
    return f"{clean(evidence.text)[:60]!r} ({why})" if evidence.text else why


def _marked(understood: Understood, limit: int = 1500) -> Text:
    text = Text(understood.message.text[:limit])
    for label, found in understood.reading.evidence.items():
        for evidence in found:
            if evidence.field == "text" and 0 <= evidence.start < evidence.end <= limit:
                text.stylize(MARKS.get(label, "bold"), evidence.start, evidence.end)
    plain = clean(text.plain)
    text.plain = plain if len(plain) == len(text.plain) else text.plain
    if len(understood.message.text) > limit:
        text.append(" [...]", style="dim")
    return text


def tickets(found: Sequence[TicketSummary], zone: str) -> RenderableType:
    """The list of tickets."""
    if not found:
        return Text("No tickets yet. Mail that comes in is filed here; try: triage ingest PATH")
    table = plain_table("ref", "state", "severity", "event", "services", "people", "mails", "title",
                   "opened")  # fmt: skip
    for one in found:
        ticket = one.ticket
        people = str(ticket.people) if ticket.people is not None else ticket.reach
        table.add_row(
            ticket.ref, ticket.state, ticket.severity,
            ticket.event + (" ?" if ticket.needs_review else ""),
            ", ".join(ticket.services) or "-", people, str(one.messages),
            Text(clean(ticket.title)), when(ticket.created_at, zone),
        )  # fmt: skip
    return table


def ticket(details: TicketDetails, zone: str) -> RenderableType:
    """Everything on one ticket."""
    row = details.summary.ticket
    head = _grid()
    head.add_row("title", Text(clean(row.title)))
    head.add_row("state", row.state)
    head.add_row("severity", row.severity)
    head.add_row("event", row.event + (" (a person should look)" if row.needs_review else ""))
    head.add_row("services", ", ".join(row.services) or "-")
    head.add_row("people", f"{row.people if row.people is not None else row.reach}, {row.hampered}")
    windows = "; ".join(f"{w['start']} to {w['end'] or 'open'}" for w in row.windows)
    head.add_row("windows", windows or "-")
    mails = plain_table("message", "received", "door", "subject")
    for message in details.messages:
        mails.add_row(message.trace, when(message.received_at, zone), message.door,
                      Text(clean(message.subject or "")))  # fmt: skip
    people = plain_table("reporter", "gets letters")
    for reporter in details.reporters:
        people.add_row(Text(clean(f"{reporter.name} <{reporter.address}>")),
                       "yes" if reporter.answerable else "no")  # fmt: skip
    history = plain_table("when", "who", "what", "why")
    for line in details.history:
        history.add_row(
            when(line.at, zone), Text(clean(line.who)), line.what, Text(clean(line.why))
        )
    return Panel(
        Group(head, mails, people, letters(details.letters, zone), history),
        title=row.ref, title_align="left",
    )  # fmt: skip


def letters(found: Sequence[LetterRow], zone: str) -> RenderableType:
    """The list of letters."""
    if not found:
        return Text("No letters.", style="dim")
    table = plain_table("letter", "state", "kind", "to", "subject", "written", "reason")
    for row in found:
        table.add_row(
            str(row.id), row.state, row.kind, Text(clean(row.recipient)),
            Text(clean(row.subject)), when(row.created_at, zone), Text(clean(row.reason or "")),
        )  # fmt: skip
    return table


def letter(shown: Shown, zone: str) -> RenderableType:
    """One letter, its ledger, and its text as it goes out."""
    ledger = plain_table("when", "what", "detail")
    for event in shown.events:
        ledger.add_row(when(event.at, zone), event.what, Text(clean(event.detail)))
    text = shown.letter.raw.decode("utf-8", "replace").replace("\r\n", "\n")
    return Group(letters([shown.letter], zone), ledger, Panel(Text(clean(text))))


def spool(found: Sequence[MessageRow], zone: str) -> RenderableType:
    """The list of messages in custody."""
    if not found:
        return Text("The spool is empty.")
    table = plain_table("message", "state", "received", "door", "bytes", "subject", "reason")
    for row in found:
        table.add_row(
            row.trace, row.state, when(row.received_at, zone), row.door, str(row.size),
            Text(clean(row.subject or "(not read yet)")), Text(clean(row.reason or "")),
        )  # fmt: skip
    return table


def spooled(row: MessageRow, arrivals: Sequence[ArrivalRow], zone: str) -> RenderableType:
    """One message in custody with each of its arrivals."""
    table = plain_table("arrived", "door", "envelope sender", "recipients", "tls")
    for arrival in arrivals:
        sender = "(none carried)" if arrival.sender is None else arrival.sender or "<>"
        table.add_row(
            when(arrival.at, zone), arrival.door, Text(clean(sender)),
            Text(clean(", ".join(arrival.recipients))), arrival.tls or "-",
        )  # fmt: skip
    return Group(spool([row], zone), table)


def notices(found: Sequence[NoticeRow], zone: str) -> RenderableType:
    """The list of notices."""
    if not found:
        return Text("No notices yet. Write one: triage announce draft TICKET --message TEXT")
    table = plain_table("notice", "state", "kind", "ticket", "drafted", "by", "text")
    for row in found:
        table.add_row(
            str(row.id), row.state, row.kind, f"TG-{row.ticket_id}", when(row.drafted_at, zone),
            Text(clean(row.drafted_by)), Text(clean(row.text[:80])),
        )  # fmt: skip
    return table


def mirrors(found: Sequence[MirrorRow], zone: str) -> RenderableType:
    """The copies of tickets at the trackers."""
    if not found:
        return Text("No mirrors. A tracker is named in the configuration: [trackers.folder]")
    table = plain_table("ticket", "tracker", "state", "there", "next try", "reason")
    for row in found:
        table.add_row(
            f"TG-{row.ticket_id}", row.tracker, row.state, Text(clean(row.reference or "-")),
            when(row.due_at, zone) if row.state == "waiting" else "-",
            Text(clean(row.reason or "")),
        )  # fmt: skip
    return table


def preview(found: Preview) -> RenderableType:
    """A notice as it would go out: to whom, to whom not, and a letter of each language."""
    told = plain_table("would be told", "why", "language")
    for one in found.audience.told:
        told.add_row(Text(clean(one.address.address)), one.why, one.language)
    parts: list[RenderableType] = [
        Text(f"{found.notice.kind} of {found.ticket.ref}: {len(found.audience.told)} letters"),
        told,
    ]
    if found.audience.left_out:
        left_out = plain_table("would not be told", "because")
        for who, why in found.audience.left_out:
            left_out.add_row(Text(clean(who)), why)
        parts.append(left_out)
    for sample in found.samples:
        text = sample.raw.decode("utf-8", "replace").replace("\r\n", "\n")
        parts.append(Panel(Text(clean(text)), title=Text(clean(sample.subject))))
    return Group(*parts)


def status(found: Status) -> RenderableType:
    """How things stand, the troubles first."""
    grid = _grid()
    spool_words = ", ".join(f"{count} {state}" for state, count in found.spool.items())
    grid.add_row("messages", spool_words)
    if found.spool["accepted"]:
        grid.add_row("", f"the oldest waits for {found.oldest_unprocessed_s:.0f} s")
    if found.spool["held"]:
        grid.add_row("", "see why some are held: triage spool list --state held")
    grid.add_row("tickets", str(found.tickets))
    if found.needs_review:
        look = f"{found.needs_review} of them need a person to look: triage tickets list --review"
        grid.add_row("", look)
    grid.add_row(
        "letters", ", ".join(f"{n} {state}" for state, n in found.outbox.items() if n) or "none"
    )
    if found.outbox["held"] or found.outbox["failed"]:
        grid.add_row("", "see why some do not go out: triage outbox list --state held (or failed)")
    state, detail = found.outbox_health["state"], found.outbox_health["detail"]
    grid.add_row("relay", f"{state} ({detail})" if detail else state)
    for one in found.trackers:
        grid.add_row("tracker", f"{one['name']}: {one['waiting']} waiting, {one['failed']} failed")
    if any(one["failed"] for one in found.trackers):
        grid.add_row("", "see why some are not mirrored: triage trackers list --state failed")
    for door in found.doors:
        grid.add_row("door", f"{door['name']}: {door['state']} {door['detail']}")
    if not found.doors:
        grid.add_row("door", "none is open: no gateway runs on this store (triage serve)")
    for warning in found.warnings:
        grid.add_row("mind", warning)
    return grid


def console(*, stderr: bool = False) -> Console:
    """A console that colours only on a terminal, and is wide enough for a file or a pipe."""
    made = Console(stderr=stderr, highlight=False, markup=False)
    if not made.is_terminal:
        made.width = 160
    return made

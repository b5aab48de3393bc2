"""What a person sees on the terminal: readings, tickets, spool and outbox in plain words."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from rich.console import Group, RenderableType
from rich.text import Text

from classifiers import LABELS, Evidence
from gateway.announcing import Line, Preview, Record
from gateway.incidents.tickets import TicketDetails, TicketSummary
from gateway.layout import Column, Facts, Framed, Table, clean, console, counted, one_line
from gateway.letters.wording import shortened
from gateway.model import Message
from gateway.outbox import Shown
from gateway.regrouping import Suggestion
from gateway.standing import Status
from gateway.store.tables import (
    ApiTokenRow,
    ArrivalRow,
    ConsoleSessionRow,
    CorrectionRow,
    LetterRow,
    ListNoticeRow,
    MessageRow,
    MirrorRow,
    NoticeRow,
    PostRow,
    SubscriptionRow,
    SuppressionRow,
    TicketRow,
    TimerRow,
    WindowMirrorRow,
)
from gateway.understanding import NOT_ASKED, Understood
from gateway.words import (
    HAMPERED,
    REACH,
    affected,
    believed,
    claimed,
    in_a_line,
    span,
    spans,
    when,
    word_of,
)

if TYPE_CHECKING:  # they bring spaCy, which takes a second
    from classifiers.collisions import Finding
    from classifiers.services import Service

__all__ = [
    "HAMPERED", "REACH", "affected", "clean", "console", "corrections", "letter", "letters",
    "mirrors", "notices", "preview", "reading", "record", "sessions", "span", "spans", "spool",
    "spooled", "status", "subscribers", "suppressions", "ticket", "tickets", "timers",
    "when", "word_of",
]  # fmt: skip

LONGEST_SUBJECT = 300  # characters of it that are shown
MARKS = {
    "event": "bold red", "services": "bold blue", "reach": "bold magenta",
    "people": "bold magenta", "hampered": "bold yellow", "windows": "bold green",
    "source": "bold cyan",
}  # fmt: skip
UNSURE = 0.6
MOST_TOLD = 100  # people of a preview that are named


def _in_both(start: datetime, end: datetime | None, zone: str) -> str:
    """The same, with UTC beside it."""
    here, there = span(start, end, zone), span(start, end, "UTC")
    return here if here == there else f"{here} ({there})"


# --- one message ------------------------------------------------------------------------------


def reading(path: str, understood: Understood, zone: str) -> RenderableType:
    """One message: what it says, what was made of it, and the words that led to it."""
    message, found = understood.message, understood.reading
    head = Facts()
    sender = message.sender
    head.add_row("from", f"{sender.name} <{sender.address}>" if sender else "(nobody)")
    head.add_row("subject", shortened(message.subject, LONGEST_SUBJECT) or "(none)")
    head.add_row("date", when(message.date, zone))
    head.add_row("sender", f"{NOT_ASKED.verdict}: {NOT_ASKED.why}")
    signals = [
        name
        for name, is_on in (
            (message.auto_kind or "automatic", message.is_auto),
            ("bulk", message.is_bulk),
            ("bounce", message.is_bounce),
            (f"list {message.list_id}", bool(message.list_id)),
            (_notice_in_words(message), message.list_notice is not None),
        )
        if is_on
    ]
    if signals:
        head.add_row("signals", ", ".join(dict.fromkeys(signals)))
    if message.defects:
        head.add_row("mended", "; ".join(message.defects))
    values: dict[str, str] = {
        "source": found.source,
        "event": found.event,
        "services": ", ".join(found.services) or "-",
        "reach": found.reach,
        "people": str(found.people) if found.people is not None else "-",
        "hampered": found.hampered,
        "severity": found.severity,
        "windows": "; ".join(span(w.start, w.end, zone) for w in found.windows) or "-",
    }
    labels = Table("label", Column("value", folds=True), Column("sure", folds=True),
                   Column("because of", folds=True))  # fmt: skip
    for label in LABELS:
        sure = found.confidence.get(label)
        words = list(dict.fromkeys(map(because, found.evidence.get(label, ()))))[:3]
        certainty = "" if sure is None else f"{sure:.0%}" + (" not sure" if sure < UNSURE else "")
        value = Text(values[label], style=MARKS.get(label, "bold"))
        labels.add_row(label, value, certainty, "; ".join(words))
    parts: list[RenderableType] = [head, labels]
    if found.needs_review:
        doubts = "; ".join(found.doubts) or "the reading is not certain"
        parts.append(Text(f"A person should look: {clean(doubts)}", style="bold yellow"))
    parts.append(_marked(understood))
    return Framed(path, *parts)


def because(evidence: Evidence) -> str:
    """What led to a label: the words, or what a header says."""
    why = one_line(evidence.why)
    return f"'{one_line(evidence.text)[:60]}' ({why})" if evidence.text else why


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


# --- tickets ----------------------------------------------------------------------------------


def tickets(found: Sequence[TicketSummary], zone: str, *, is_filtered: bool) -> RenderableType:
    """The list of tickets."""
    if not found and is_filtered:
        return Text("No such tickets.")
    if not found:
        return Text("No tickets yet. Mail that comes in is filed here; try: triage ingest PATH")
    table = Table("ref", "state", "severity", "event", Column("to do", rank=3),
                  Column("owner", rank=4), Column("services", folds=True, rank=1),
                  Column("people", rank=5), Column("mails", rank=6), Column("title", folds=True),
                  Column("opened", rank=2))  # fmt: skip
    for one in found:
        row = one.ticket
        table.add_row(
            row.ref, row.state, row.severity, row.event + (" ?" if row.needs_review else ""),
            row.disposition or "-", row.owner or "-", ", ".join(row.services) or "-",
            str(row.people) if row.people is not None else row.reach,
            str(one.messages), row.title, when(row.created_at, zone),
        )  # fmt: skip
    told = [Text("? a person should look: triage tickets show REF", style="dim")]
    told = told if any(one.ticket.needs_review for one in found) else []
    waiting = sum(one.suggestions for one in found)
    if waiting:
        hint = "tickets that may belong together wait for a person: triage suggestions"
        told.append(Text(hint, style="dim"))
    return Group(table, *told) if told else table


def _by(row: TicketRow, label: str) -> str:
    return f" (as {row.pinned[label]['by']} said)" if label in row.pinned else ""


def ticket(details: TicketDetails, zone: str) -> RenderableType:
    """Everything on one ticket."""
    row = details.summary.ticket
    head = Facts()
    head.add_row("title", row.title)
    head.add_row("state", row.state)
    if row.merged_into:
        head.add_row("merged", f"into TG-{row.merged_into}, where all that came is")
    head.add_row("severity", row.severity + _by(row, "severity"))
    if row.disposition:
        head.add_row("to do", row.disposition)
        by = row.disposition_why if "disposition" in row.pinned else (
            f'by the rule "{row.disposition_rule}": {row.disposition_why}')  # fmt: skip
        head.add_row("because", by)
    head.add_row("owner", (row.owner or "-") + _by(row, "owner"))
    for handed in details.handoffs:
        asked = handed.addresses[handed.step]
        head.add_row("handed to", f"{handed.team} <{asked}>: {handed.state}")
    head.add_row("event", row.event)
    head.add_row("services", ", ".join(row.services) or "-")
    head.add_row("affected", affected(row.reach, row.people, row.hampered))
    for number, (start, end) in enumerate(spans(row.windows)):
        head.add_row("" if number else "windows", _in_both(start, end, zone))
    if row.needs_review:
        head.add_row("look", f"a person should; then: triage tickets reviewed {row.ref}")
    mails = Table("message", Column("received", rank=2), Column("door", rank=3),
                  Column("read as", folds=True), Column("sender", folds=True, rank=1),
                  Column("subject", folds=True))  # fmt: skip
    for message in details.messages:
        mails.add_row(message.trace, when(message.received_at, zone), message.door,
                      in_a_line(message.read_as) if message.read_as else "-",
                      believed(message.trust) if message.trust else "-",
                      message.subject or "")  # fmt: skip
    people = Table(Column("reporter", folds=True), "gets letters")
    for reporter in details.reporters:
        name = f"{reporter.name} <{reporter.address}>" if reporter.name else reporter.address
        people.add_row(name, "yes" if reporter.answerable else "no")
    history = Table(Column("when", rank=1), "who", Column("what", folds=True),
                    Column("why", folds=True))  # fmt: skip
    for line in details.history:
        history.add_row(when(line.at, zone), line.who, line.what, in_full(line.why, line.facts))
    parts = [head, mails, people, *_told(details, zone), letters(details.letters, zone), history]
    return Framed(row.ref, *parts)


def in_full(why: str, facts: Mapping[str, Any]) -> str:
    """The reason of a change, with what likeness was made of."""
    reasons = facts.get("reasons")
    if not reasons:
        return why
    score = facts.get("score")
    return f"{why} ({f'{score:.2f}: ' if score is not None else ''}{'; '.join(reasons)})"


def _told(details: TicketDetails, zone: str) -> list[RenderableType]:
    """Who told how many, and what may belong to the ticket: nothing where there is none."""
    found: list[RenderableType] = []
    if details.accounts:
        told = Table(Column("who told", folds=True), Column("last", rank=1), "event", "how many")
        for one in details.accounts:
            many = affected(one.reach, one.people, one.hampered)
            told.add_row(one.who, when(one.at, zone), one.event,
                         "says it is over" if one.is_over else many)  # fmt: skip
        found.append(told)
    if details.suggestions:
        perhaps = Table("may belong to", "score", "state", Column("reasons", folds=True))
        for row in details.suggestions:
            mine = details.summary.ticket.id
            other = row.other_id if row.ticket_id == mine else row.ticket_id
            perhaps.add_row(f"TG-{other}", f"{row.score:.2f}", row.state, "; ".join(row.reasons))
        found.append(perhaps)
    return found


def suggestions(found: Sequence[Suggestion]) -> RenderableType:
    """Tickets that may belong together."""
    if not found:
        return Text("No suggestions wait for a person.")
    table = Table("ticket", "may belong to", "score", "state", Column("title", folds=True),
                  Column("reasons", folds=True, rank=1))  # fmt: skip
    for one in found:
        table.add_row(one.ticket.ref, one.other.ref, f"{one.score:.2f}", one.state,
                      one.ticket.title, "; ".join(one.reasons))  # fmt: skip
    hint = "triage suggestions accept TICKET OTHER, or dismiss TICKET OTHER"
    return Group(table, Text(hint, style="dim"))


# --- spool ------------------------------------------------------------------------------------


def spool(found: Sequence[MessageRow], zone: str) -> RenderableType:
    """The list of messages in custody."""
    if not found:
        return Text("No messages.")
    table = Table("message", "state", Column("ticket", rank=2), Column("received", rank=3),
                  Column("door", rank=4), Column("bytes", rank=5), Column("subject", folds=True),
                  Column("reason", folds=True))  # fmt: skip
    for row in found:
        table.add_row(
            row.trace, row.state, f"TG-{row.ticket_id}" if row.ticket_id else "-",
            when(row.received_at, zone), row.door, str(row.size),
            _subject(row),
            row.reason or "",
        )  # fmt: skip
    return table


def _subject(row: MessageRow) -> str:
    return "(not read yet)" if row.subject is None else row.subject or "(none)"


def spooled(
    row: MessageRow, arrivals: Sequence[ArrivalRow], answers: Sequence[LetterRow], zone: str
) -> RenderableType:
    """One message in custody: what became of it, and each of its arrivals."""
    head = Facts()
    head.add_row("state", f"{row.state}: {row.reason}" if row.reason else row.state)
    head.add_row("subject", _subject(row))
    head.add_row("received", when(row.received_at, zone))
    head.add_row("size", f"{row.size} bytes")
    if row.ticket_id:
        head.add_row("ticket", f"TG-{row.ticket_id}")
    if row.read_as:
        _add_reading(head, row.read_as, zone)
    if row.trust:
        _add_trust(head, row.trust)
    for letter in answers:
        head.add_row("answered", f"to {letter.recipient}: letter {letter.id}, {letter.state}")
    table = Table(Column("arrived", rank=1), "door", Column("envelope sender", folds=True),
                  Column("recipients", folds=True), Column("tls", folds=True, rank=2))  # fmt: skip
    for arrival in arrivals:
        sender = "(none carried)" if arrival.sender is None else arrival.sender or "<>"
        table.add_row(
            when(arrival.at, zone), arrival.door, sender,
            ", ".join(arrival.recipients) or "(none carried)", arrival.tls or "-",
        )  # fmt: skip
    return Framed(row.trace, head, table)


def corrections(found: Sequence[tuple[CorrectionRow, str]], zone: str) -> RenderableType:
    """What people said of readings."""
    if not found:
        return Text("No corrections. Say what a message really means: triage correct MESSAGE ...")
    table = Table("message", Column("when", rank=2), "who", Column("label", rank=1),
                  Column("read as", folds=True), Column("means", folds=True),
                  Column("why", folds=True))  # fmt: skip
    for entry, trace in found:
        rows = [
            (label, word_of(entry.before[label]), word_of(entry.after[label]))
            for label in entry.changed
        ]
        for label, before, after in rows or [("-", "(all)", "read right")]:
            table.add_row(trace, when(entry.at, zone), entry.who, label, before, after, entry.why)
    return table


def _add_trust(head: Facts, found: Mapping[str, Any]) -> None:
    """Whom to believe: the verdict, and each claim with what came of checking it."""
    domain = f" ({found['domain']})" if found["domain"] else ""
    head.add_row("sender", f"{found['verdict']}{domain}: {found['why']}")
    for claim in found["claims"]:
        head.add_row("", claimed(claim))


def _add_reading(head: Facts, found: Mapping[str, Any], zone: str) -> None:
    head.add_row("source", found["source"])
    head.add_row("event", found["event"])
    head.add_row("services", ", ".join(found["services"]) or "-")
    head.add_row("affected", affected(found["reach"], found["people"], found["hampered"]))
    head.add_row("severity", found["severity"])
    for number, (start, end) in enumerate(spans(found["windows"])):
        head.add_row("" if number else "windows", _in_both(start, end, zone))
    if found.get("corrected"):
        head.add_row("corrected", ", ".join(found["corrected"]))
    if found["needs_review"]:
        head.add_row("look", f"a person should: {'; '.join(found['doubts']) or 'not certain'}")


# --- outbox -----------------------------------------------------------------------------------


def letters(found: Sequence[LetterRow], zone: str) -> RenderableType:
    """The list of letters."""
    if not found:
        return Text("No letters.", style="dim")
    table = Table("letter", "state", Column("kind", rank=2), Column("to", folds=True),
                  Column("subject", folds=True, rank=1), Column("written", rank=3),
                  Column("reason", folds=True))  # fmt: skip
    for row in found:
        table.add_row(
            str(row.id), f"{row.state}, bounced" if row.bounce else row.state, row.kind,
            row.recipient, row.subject, when(row.created_at, zone), _why(row, zone),
        )  # fmt: skip
    return table


def _why(row: LetterRow, zone: str) -> str:
    """Why a letter is where it is, or why and when it came back."""
    if not row.bounce:
        return row.reason or ""
    return f"{row.bounce}, {when(row.bounced_at, zone)}: {row.bounce_reason or 'no reason given'}"


def letter(shown: Shown, zone: str) -> RenderableType:
    """One letter, its ledger, and its text as it goes out."""
    ledger = Table("when", "what", Column("detail", folds=True))
    for event in shown.events:
        ledger.add_row(when(event.at, zone), event.what, event.detail)
    return Group(
        letters([shown.letter], zone), ledger, Framed("as it goes out", _source(shown.letter.raw))
    )


def _source(raw: bytes) -> Text:
    return Text(clean(raw.decode("utf-8", "replace").replace("\r\n", "\n")))


# --- news, trackers, subscribers --------------------------------------------------------------


def notices(found: Sequence[NoticeRow], zone: str) -> RenderableType:
    """The list of notices."""
    if not found:
        return Text("No notices yet. Write one: triage announce draft TICKET --message TEXT")
    table = Table("notice", "state", "kind", "ticket", Column("drafted", rank=2),
                  Column("by", rank=1), Column("text", folds=True))  # fmt: skip
    for row in found:
        table.add_row(
            str(row.id), row.state, row.kind, f"TG-{row.ticket_id}", when(row.drafted_at, zone),
            row.drafted_by, row.text[:80],
        )  # fmt: skip
    return table


def preview(found: Preview) -> RenderableType:
    """A notice as it would go out: to whom, to whom not, and letters of each kind of reader."""
    told = Table(Column("would be told", folds=True), "why", "language")
    for one in found.audience.told[:MOST_TOLD]:
        told.add_row(one.address.address, ", ".join(one.why), one.language)
    count = len(found.audience.told)
    parts: list[RenderableType] = [
        Text(f"{found.notice.kind} of {found.ticket.ref}: {counted(count, 'letter')}"),
        *(Text(clean(line)) for line in _of_a_preview(found)),
        told,
    ]
    if found.audience.left_out:
        left_out = Table(Column("would not be told", folds=True), Column("because", folds=True))
        for who, why in found.audience.left_out:
            left_out.add_row(who, why)
        parts.append(left_out)
    parts += [Framed(sample.subject, _source(sample.raw)) for sample in found.samples]
    return Group(*parts)


def _of_a_preview(found: Preview) -> Iterator[str]:
    """What a person should know before they say yes."""
    for why, number in sorted(found.audience.counts.items(), key=lambda one: -one[1]):
        yield f"  {why}: {number}"
    if len(found.audience.told) > MOST_TOLD:
        yield f"the first {MOST_TOLD} of them:"
    by = ", ".join(found.approvals) or "nobody yet"
    yield f"needs {counted(found.needed, 'approval')}; approved by {by}"
    if found.previous is not None:
        yield (
            f"since the last notice ({found.previous.kind}, number {found.previous.id}): "
            f"{len(found.since_then.added)} more people, {len(found.since_then.removed)} fewer"
        )
    if found.text_changed or found.since_approval:
        changed = found.since_approval
        yield (
            "CHANGED since it was approved, so it needs a new approval: "
            + ("what it says; " if found.text_changed else "")
            + f"{len(changed.added) if changed else 0} more people, "
            f"{len(changed.removed) if changed else 0} fewer"
        )


def record(found: Record, lines: Iterable[Line], zone: str) -> RenderableType:
    """A notice, how it went, and its ledger."""
    row, seen = found.notice, found.figures
    facts = [
        f"notice {row.id}, version {row.version}: {row.kind} of {found.ticket.ref}, {row.state}"
        + (f" ({row.reason})" if row.reason else ""),
        f"drafted by {row.drafted_by} {when(row.drafted_at, zone)}",
        *(f"approved by {one.who} {when(one.at, zone)}, version {one.version}, by {one.by}"
          for one in found.approvals),
        f"letters: {seen.written} written, {seen.sent} delivered to the relay, {seen.on_their_way} "
        f"on their way, {seen.failed} failed, {seen.hard} bounced, {seen.complaints} complaints; "
        f"{found.counts.get('waiting', 0)} to be written, "
        f"{found.counts.get('left_out', 0)} left out",
        *(f"channel {one.channel}: {one.state} {one.reference or one.reason or ''}"
          for one in found.posts),
        *(f"tracker {one.tracker}: {one.state} {one.reference or one.reason or ''}"
          for one in found.mirrors),
    ]  # fmt: skip
    table = Table(Column("address", folds=True), "result", Column("why", rank=2, folds=True),
                  Column("when", rank=1), Column("reason", folds=True))  # fmt: skip
    for line in lines:
        at = line.bounced_at or line.sent_at
        table.add_row(line.address, line.result, ", ".join(line.why),
                      when(at, zone) if at else "-", line.reason or "")  # fmt: skip
    return Group(*(Text(clean(one)) for one in facts), Text(clean(row.text)), table)


def suppressions(found: Sequence[SuppressionRow], zone: str) -> RenderableType:
    """Addresses that get no news."""
    if not found:
        return Text("No address is suppressed.")
    table = Table(Column("address", folds=True), "kind", "since", Column("reason", folds=True))
    for row in found:
        table.add_row(row.address, row.kind, when(row.since, zone), row.reason)
    return table


def mirrors(found: Sequence[MirrorRow | WindowMirrorRow], zone: str) -> RenderableType:
    """The copies of tickets and of maintenance windows at the trackers."""
    if not found:
        return Text("No copies. A tracker is named in the configuration: [trackers.folder]")
    table = Table("of", "tracker", "state", Column("there", folds=True),
                  Column("next try", rank=1), Column("reason", folds=True))  # fmt: skip
    for row in found:
        table.add_row(
            f"MW-{row.window_id}" if isinstance(row, WindowMirrorRow) else f"TG-{row.ticket_id}",
            row.tracker, row.state, row.reference or "-",
            when(row.due_at, zone) if row.state == "waiting" else "-", row.reason or "",
        )  # fmt: skip
    return table


def timers(found: Sequence[TimerRow], zone: str) -> RenderableType:
    """What is to happen later."""
    if not found:
        return Text("No such timers.")
    table = Table("timer", "kind", "ticket", "state", "due", Column("reason", folds=True))
    for row in found:
        table.add_row(
            str(row.id), row.kind, f"TG-{row.ticket_id}" if row.ticket_id else "-", row.state,
            when(row.due_at, zone), row.reason or "",
        )  # fmt: skip
    return table


def posts(found: Sequence[PostRow], zone: str) -> RenderableType:
    """News for the channels."""
    if not found:
        return Text("No news. A channel is named in the configuration: [channels.slack]")
    table = Table("post", "ticket", "channel", "kind", "state", Column("there", folds=True),
                  Column("next try", rank=1), Column("reason", folds=True))  # fmt: skip
    for row in found:
        table.add_row(
            str(row.id), f"TG-{row.ticket_id}", row.channel, row.kind, row.state,
            row.reference or "-", when(row.due_at, zone) if row.state == "waiting" else "-",
            row.reason or "",
        )  # fmt: skip
    return table


def subscribers(found: Sequence[Any]) -> RenderableType:
    """Who hears about what."""
    if not found:
        return Text("No subscribers yet. Add one: triage subscribers add ADDRESS SERVICE")
    table = Table("service", Column("address", folds=True), "language")
    for row in found:
        table.add_row(row.service, row.address, row.language)
    return table


def sessions(found: Sequence[ConsoleSessionRow], zone: str) -> RenderableType:
    """Who is signed in at the console."""
    if not found:
        return Text("Nobody is signed in. A link for somebody: triage console link --as ADDRESS")
    table = Table("session", Column("who", folds=True), "role", Column("by", rank=1), "from",
                  "last here", Column("until", rank=2))  # fmt: skip
    for row in found:
        table.add_row(str(row.id), row.who, row.role, row.how, row.origin, when(row.seen_at, zone),
                      when(row.expires_at, zone))  # fmt: skip
    return table


def tokens(found: Sequence[ApiTokenRow], zone: str) -> RenderableType:
    """The programs that may use the API."""
    if not found:
        return Text("No program may use the API. A token: triage tokens new NAME --scope read")
    table = Table("token", Column("program", folds=True), Column("may", folds=True), "until",
                  Column("last used", rank=1), Column("made by", rank=2))  # fmt: skip
    for row in found:
        until = "revoked" if row.revoked_at else when(row.expires_at, zone)
        table.add_row(str(row.id), row.name, ", ".join(row.scopes), until,
                      when(row.used_at, zone), row.made_by)  # fmt: skip
    return table


# --- mailing lists ----------------------------------------------------------------------------

NOTICES = {
    "confirm": "asks whether we mean to subscribe", "leave": "asks whether we mean to leave",
    "welcome": "says that we are on it", "goodbye": "says that we are off it",
    "held": "holds what we wrote", "moderate": "asks us to approve something",
    "rejected": "refused what we wrote", "disabled": "warns that it stops sending to us",
    "reminder": "reminds of what we are on",
}  # fmt: skip
NOTICE_STATES = {
    "waits": "confirm it: triage lists confirm", "unasked": "nobody here asked for it: let it be",
    "answered": "answered", "noted": "",
}  # fmt: skip


def _notice_in_words(message: Message) -> str:
    notice = message.list_notice
    return f"its manager {NOTICES[notice.kind]} ({notice.list})" if notice else ""


def lists(
    subscriptions: Sequence[SubscriptionRow], notices: Sequence[ListNoticeRow], zone: str
) -> RenderableType:
    """Our subscriptions, and what list managers wrote."""
    if not subscriptions and not notices:
        return Text("No mailing lists yet. Ask for one: triage lists subscribe LIST")
    ours = Table(Column("list", folds=True), Column("as", folds=True), "state",
                 Column("asked by", rank=1), Column("since", rank=2))  # fmt: skip
    for row in subscriptions:
        ours.add_row(row.list, row.address, row.state, row.asked_by, when(row.updated_at, zone))
    told = Table("notice", Column("list", folds=True), Column("what it does", folds=True),
                 Column("what to do", folds=True), Column("message", rank=1),
                 Column("came", rank=2))  # fmt: skip
    for one in notices:
        what_to_do = NOTICE_STATES[one.state] + (f" {one.id}" if one.state == "waits" else "")
        told.add_row(str(one.id), one.list or "-", NOTICES[one.kind], what_to_do,
                     str(one.message_id), when(one.at, zone))  # fmt: skip
    return Group(ours, told)


# --- status -----------------------------------------------------------------------------------


def _far_sides(grid: Facts, found: Status) -> None:
    """How trackers and channels stand."""
    for of, rows, group in (
        ("tracker", found.trackers, "trackers"),
        ("channel", found.channels, "posts"),
    ):
        for one in rows:
            dry = " (dry run: nothing is sent)" if one.get("dry_run") else ""
            stands = f"{one['waiting']} waiting, {one['failed']} failed"
            grid.add_row(of, f"{one['name']}: {stands}{dry}")
        if any(one["failed"] for one in rows):
            grid.add_row("", f"see why some have failed: triage {group} list --state failed")


def status(found: Status) -> RenderableType:
    """How things stand, and beside each trouble what to look at."""
    grid = Facts()
    grid.add_row("messages", ", ".join(f"{count} {state}" for state, count in found.spool.items()))
    if found.spool["accepted"]:
        grid.add_row("", f"the oldest waits for {found.oldest_unprocessed_s:.0f} s")
    if found.spool["held"]:
        grid.add_row("", "see why some are held: triage spool list --state held")
    grid.add_row("tickets", str(found.tickets))
    if found.needs_review:
        look = f"{found.needs_review} of them need a person to look: triage tickets list --review"
        grid.add_row("", look)
    if found.windows_to_review:
        look = f"{found.windows_to_review} to be reviewed: triage windows list --review"
        grid.add_row("windows", look)
    grid.add_row(
        "letters", ", ".join(f"{n} {state}" for state, n in found.outbox.items() if n) or "none"
    )
    for state in ("held", "failed"):
        if found.outbox[state]:
            grid.add_row("", f"see why some are {state}: triage outbox list --state {state}")
    state, detail = found.outbox_health["state"], found.outbox_health["detail"]
    grid.add_row("relay", f"{state} ({detail})" if detail else state)
    _far_sides(grid, found)
    waiting, unasked = found.lists["to_confirm"], found.lists["unasked"]
    if waiting:
        look = "triage lists list"
        grid.add_row("lists", f"{counted(waiting, 'subscription')} to be confirmed: {look}")
    if unasked:
        grid.add_row("" if waiting else "lists", f"{unasked} asked to confirm what nobody wanted")
    for door in found.doors:
        grid.add_row("door", f"{door['name']}: {door['state']} {door['detail']}")
    if not found.doors:
        grid.add_row("door", "none is open: no gateway runs on this store (triage serve)")
    for warning in found.warnings:
        grid.add_row("mind", warning)
    return grid


def figures(found: Mapping[str, Mapping[str, float]]) -> RenderableType:
    """The figures of each model, side by side."""
    table = Table("", *found)
    for name in next(iter(found.values())):
        table.add_row(name, *(f"{one[name]:.3f}" for one in found.values()))
    return table


def catalogue(services: "Iterable[Service]") -> RenderableType:
    """The services of a catalogue."""
    table = Table("service", Column("name", folds=True), Column("also called", folds=True),
                  Column("needs", folds=True, rank=2),
                  Column("owner", folds=True, rank=1))  # fmt: skip
    for one in services:
        also, needs = ", ".join(one.aliases), ", ".join(one.depends_on)
        table.add_row(one.id, one.name, also or "-", needs or "-", one.owner or "-")
    return table


def findings(found: "Sequence[Finding]") -> RenderableType:
    """What would mislead in a catalogue."""
    table = Table("service", Column("name", folds=True), "", Column("problem", folds=True),
                  Column("remedy", folds=True))  # fmt: skip
    for one in found:
        kind = "risk" if one.risk else "collision"
        table.add_row(one.service, one.name, kind, one.problem, one.remedy)
    return table


def coverage(label: str, found: Sequence[tuple[float, float, float]]) -> RenderableType:
    """What a threshold gives: how much is said, and how much of that is right."""
    table = Table(f"{label} at least", "said", "right")
    for least, said, right in found:
        table.add_row(f"{least:.1f}", f"{said:.3f}", f"{right:.3f}")
    return table


def confusion(label: str, counts: Mapping[tuple[str, str], int]) -> RenderableType:
    """What was read (across) where something was meant (down)."""
    values = sorted({value for pair in counts for value in pair})
    table = Table(label, *values)
    for wanted in values:
        table.add_row(wanted, *(str(counts.get((wanted, read), "")) for read in values))
    return table

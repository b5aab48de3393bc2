"""The draft of a post-mortem: what the store knows of an incident, and gaps for what it does not.

The document is a template (`postmortem.md`, which an organization replaces by its own); every
value in it goes through `markdown.plain`, so that no subject of a mail is markup there. For the
public no reporter is named and no words of reporters stand in it; what else people wrote is
masked, and before it is given out the whole is looked through once more: what should not be there
is an error, and then there is no document (fail closed).
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import FileSystemLoader, StrictUndefined
from jinja2.exceptions import TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from sqlalchemy import func
from sqlalchemy import select as select_columns
from sqlmodel import Session, col, select

from gateway import reading as reader
from gateway.errors import ConfigError, Permanent
from gateway.incidents import tickets
from gateway.incidents.timeline import Entry, Timeline, timeline_of
from gateway.letters.wording import zone_name
from gateway.markdown import plain
from gateway.model import utcnow
from gateway.reading.structure.addresses_in import find
from gateway.reading.structure.hosts import mask_hosts
from gateway.store.database import Database
from gateway.store.tables import LetterRow, NoticeRow, ReporterRow, TicketRow

TEMPLATE = "postmortem.md"
TITLES: Mapping[str, str] = {
    "outage": "Outage", "degradation": "Degradation", "maintenance": "Maintenance",
    "cancelled": "Cancelled maintenance", "resolved": "Incident",
    "access_problem": "Access problem", "question": "Question", "info": "Information",
    "noise": "Noise",
}  # fmt: skip
MOST_PEOPLE = 100  # who was told is told by name up to here
WHERE: Mapping[str, str] = {  # what shows it
    "message": "triage spool show", "letter": "triage outbox show",
    "notice": "triage announce show", "ticket": "triage tickets show",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Document:
    """A finished draft: `body` is Markdown."""

    ref: str
    title: str
    body: str
    is_public: bool


class Postmortems:
    """Drafts post-mortems from one store. `folders` hold the template, the first that has it wins.

    `names` are the services' names by id, `published` what the organization publishes of itself.
    """

    def __init__(
        self,
        database: Database,
        names: Mapping[str, str],
        folders: Sequence[Path],
        zone: str,
        published: Collection[str] = (),
    ) -> None:
        self._database = database
        self._names = names
        self._folders = folders
        self._zone = ZoneInfo(zone)
        self._published = published

    def draft(self, name: str, *, public: bool = False) -> Document:
        """The draft for that ticket; Permanent where one for the public cannot be made safe."""
        with self._database.read() as session:
            ticket = tickets.get(session, name)
            found = timeline_of(session, ticket, self._names)
            told = list(_told(session, tickets.number(ticket), self._zone, by_name=not public))
            people = session.exec(
                select(ReporterRow).where(ReporterRow.ticket_id == ticket.id)
            ).all()
        unnamed = tuple({one.name for one in people if " " in one.name.strip()})
        guard = _Guard(unnamed, {one.address for one in people}, self._published)
        facts = self._facts(found, told, guard if public else None)
        body = self._render(facts)
        if public:
            guard.look_through(body)
        return Document(ticket.ref, facts["title"], body, public)

    def body(self, name: str) -> tuple[str, str]:
        """Title and text as an issue at a tracker can carry them: for the public, always."""
        found = self.draft(name, public=True)
        return found.title, found.body

    # --- facts ---

    def _facts(
        self, found: Timeline, told: Sequence[Mapping[str, Any]], guard: "_Guard | None"
    ) -> dict[str, Any]:
        ticket, zone = found.ticket, self._zone
        services = [self._names.get(one, one) for one in ticket.services]
        entries = [one for one in found.entries if one.is_public or guard is None]
        messages = [one for one in found.entries if one.kind == "message"]
        began = min((one.at for one in messages), default=ticket.created_at)
        clock = _Clock(zone)
        notes = [_noted(one, number, guard) for number, one in enumerate(entries, 1)]
        return {
            "title": _title(ticket, services, clock.date(began)),
            "ref": ticket.ref,
            "public": guard is not None,
            "subject": ticket.title if guard is None else "",
            "date": clock.date(began),
            "written": clock.time(utcnow()),
            "zone": zone_name(began.astimezone(zone)),
            "status": ticket.state.replace("_", " "),
            "event": TITLES.get(ticket.event, ticket.event).lower(),
            "severity": ticket.severity,
            "services": services,
            "reach": ticket.reach,
            "people": ticket.people,
            "hampered": ticket.hampered,
            "reporters": found.people[-1].reporters if found.people else 0,
            "messages": len(messages),
            "detection": _detection(messages, clock),
            "clocks": _clocks(found, began),
            "steps": [
                {"at": clock.time(one.at), "reporters": one.reporters, "estimate": one.estimate}
                for one in found.people
            ],
            "told": [
                {**row, "words": guard.masked(row["words"]) if guard else row["words"]}
                for row in told
            ],
            "timeline": [
                {"at": clock.time(entry.at), "sentence": note["sentence"], "note": note["note"],
                 "quoted": entry.quoted if guard is None else "",
                 "who": entry.who if guard is None else ""}
                for entry, note in zip(entries, notes, strict=True)
            ],
            "footnotes": [note for note in notes if note["see"]],
            "copies": [one.link.id for one in found.entries if one.kind == "tracker"]
            if guard is None else [],
            "follow_ups": list(_follow_ups(found, told)),
        }  # fmt: skip

    def _render(self, facts: Mapping[str, Any]) -> str:
        environment = ImmutableSandboxedEnvironment(
            loader=FileSystemLoader([str(folder) for folder in self._folders]),
            undefined=StrictUndefined,
            autoescape=False,  # Markdown: `plain` makes every value safe
            finalize=plain,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        try:
            return environment.get_template(TEMPLATE).render(facts).strip() + "\n"
        except (TemplateError, OSError, UnicodeDecodeError, TypeError, ValueError) as error:
            line = getattr(error, "lineno", None)
            where = f"line {line}: " if line else ""
            raise ConfigError(f"template {TEMPLATE}: {where}{error}") from error


class _Clock:
    """Times in the organization's zone."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone

    def time(self, moment: datetime) -> str:
        return moment.astimezone(self._zone).strftime("%Y-%m-%d %H:%M")

    def date(self, moment: datetime) -> str:
        there = moment.astimezone(self._zone)
        return f"{there.day} {there:%B %Y}"


def _title(ticket: TicketRow, services: Sequence[str], date: str) -> str:
    what = TITLES.get(ticket.event, "Incident")
    return f"{what} of {', '.join(services)}, {date}" if services else f"{what}, {date}"


def _noted(entry: Entry, number: int, guard: "_Guard | None") -> dict[str, str]:
    """The sentence of an entry and the footnote that leads to what it is about."""
    sentence = entry.sentence if guard is None else guard.masked(entry.public)
    see = f"{entry.link.kind} {entry.link.id}"
    if guard is None and entry.link.kind in WHERE:
        see += f" ({WHERE[entry.link.kind]} {entry.link.id})"
    return {"sentence": sentence, "note": str(number), "see": see}


def _detection(messages: Sequence[Entry], clock: _Clock) -> dict[str, str] | None:
    """By which kind of source it was first told, when, and who first told it as a person."""
    if not messages:
        return None
    first = min(messages, key=lambda one: one.at)
    return {
        "sentence": first.sentence,
        "at": clock.time(first.at),
        "received": clock.time(first.received_at or first.at),
    }


def _clocks(found: Timeline, began: datetime) -> list[dict[str, str]]:
    """How long it took until it came in, was acknowledged, triaged and resolved."""
    messages = [one for one in found.entries if one.kind == "message"]
    came = min((one.received_at or one.at for one in messages), default=began)

    def first(*, kind: str, beginning: str) -> datetime | None:
        moments = (one.at for one in found.entries
                   if one.kind == kind and one.sentence.startswith(beginning))  # fmt: skip
        return next((at for at in moments if at >= came), None)

    resolved = [one.at for one in found.entries
                if one.kind == "state" and one.sentence.endswith(" to resolved.")]  # fmt: skip
    measured = (
        ("first word of it until it came in", began, came),
        ("coming in until the first acknowledgement", came,
         first(kind="letter", beginning="Acknowledgement sent")),
        ("coming in until a person or a rule moved it on", came,
         first(kind="state", beginning="State changed from new")),
        ("coming in until it was resolved", came, resolved[-1] if resolved else None),
        ("first word of it until it was resolved", began, resolved[-1] if resolved else None),
    )  # fmt: skip
    return [
        {"what": what, "took": "" if until is None else lasted(until - since)}
        for what, since, until in measured
    ]


def lasted(span: timedelta) -> str:
    """A duration in words, to the minute."""
    minutes = max(0, round(span.total_seconds() / 60))
    if minutes < 1:
        return "less than a minute"
    days, rest = divmod(minutes, 24 * 60)
    hours, left = divmod(rest, 60)
    parts = [(days, "day"), (hours, "hour"), (left if not days else 0, "minute")]
    return " ".join(f"{n} {word}{'' if n == 1 else 's'}" for n, word in parts if n)


def _told(
    session: Session, number: int, zone: ZoneInfo, *, by_name: bool
) -> Iterator[dict[str, Any]]:
    """Who was told what, when: a row a notice, and those who were acknowledged."""
    clock = _Clock(zone)
    groups = (
        select_columns(
            col(LetterRow.notice_id), col(LetterRow.kind), func.count().label("letters"),
            func.min(col(LetterRow.sent_at)).label("first"),
            func.max(col(LetterRow.sent_at)).label("last"),
            func.count(col(LetterRow.sent_at)).label("sent"),
            func.count(col(LetterRow.bounced_at)).label("bounced"),
        )
        .where(col(LetterRow.ticket_id) == number)
        .group_by(col(LetterRow.notice_id), col(LetterRow.kind))
    )  # fmt: skip
    texts = {
        row.id: row.text for row in session.exec(
            select(NoticeRow).where(NoticeRow.ticket_id == number)
        )
    }  # fmt: skip
    rows = sorted(session.execute(groups), key=lambda row: str(row.first or "9"))
    for row in rows:
        people: Sequence[str] = ()
        if by_name and row.letters <= MOST_PEOPLE:
            same = col(LetterRow.notice_id) == row.notice_id
            query = select(LetterRow.recipient).where(
                LetterRow.ticket_id == number, LetterRow.kind == row.kind,
                same if row.notice_id else col(LetterRow.notice_id).is_(None),
            )  # fmt: skip
            people = session.exec(query.order_by(col(LetterRow.id))).all()
        yield {
            "what": row.kind.replace("_", " "),
            "letters": row.letters, "sent": row.sent, "bounced": row.bounced,
            "first": clock.time(_aware(row.first)) if row.first else "",
            "last": clock.time(_aware(row.last)) if row.last else "",
            "people": list(people),
            "group": "those who wrote" if row.notice_id is None else "everyone concerned",
            "words": texts.get(row.notice_id, ""),
        }  # fmt: skip


def _aware(moment: Any) -> datetime:
    found = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _follow_ups(found: Timeline, told: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """What the record itself says is still to be done."""
    ticket = found.ticket
    if ticket.state not in tickets.OVER:
        yield f"It is {ticket.state.replace('_', ' ')} still: resolve it and tell everyone."
    if ticket.needs_review:
        yield "A person should look at how it was read."
    back = sum(row["bounced"] for row in told)
    if back:
        yield f"Letters that came back: {back}. Tell these people by another way."
    waiting = sum(row["letters"] - row["sent"] for row in told)
    if waiting:
        yield f"Letters that have not gone out: {waiting}. See why they wait."
    mended = sum("corrected" in one.sentence for one in found.entries if one.kind == "person")
    if mended:
        yield f"Readings that people corrected: {mended}. Train with them."
    if any(one.kind == "tracker" and "could not" in one.sentence for one in found.entries):
        yield "A copy at a tracker could not be made: see why, and try again."


# --- for the public -----------------------------------------------------------------------------


class _Guard:
    """Masks what may not be published, and refuses what should have been masked."""

    def __init__(
        self, names: tuple[str, ...], addresses: set[str], published: Collection[str]
    ) -> None:
        self._names = names
        self._addresses = addresses
        self._published = published

    def masked(self, text: str) -> str:
        """Without personal identifiers, names of reporters and internal hosts; Permanent."""
        found = reader.redact(text, self._names, self._published)
        if found == reader.WITHHELD and text.strip() != reader.WITHHELD:
            raise Permanent("no post-mortem for the public was made, since masking failed")
        return mask_hosts(found)

    def look_through(self, body: str) -> None:
        """Permanent where a reporter or an address that is not published stands in it."""
        text = body.replace("\\", "").replace("\u2060", "").lower()
        named = [name for name in self._names if name.lower() in text]
        written = [one.address.lower() for one in find(text)]
        known = [one for one in self._addresses if one.lower() in text]
        if named or known or any(one not in self._published for one in written):
            raise Permanent(
                "no post-mortem for the public was made: a person's name or address would stand in "
                "it. Look for it in the template postmortem.md and in the services' names; an "
                "address of the organization belongs in data/published.toml"
            )

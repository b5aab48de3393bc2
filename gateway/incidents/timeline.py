"""What happened on a ticket, in the order in which it happened: one plain sentence each.

A message stands at the time at which it was written (`moments`), with its receipt beside it; all
else at the time at which it was done. Letters of a notice are told together, since there may be
thousands. Each entry says who, leads to what it is about, and has the sentence that may be
published: it names no person and quotes nobody; where there is none, nothing of it may.

Pure but for its queries, of which there are as many for a thousand messages as for one.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, NamedTuple

from sqlalchemy import func, or_
from sqlalchemy import select as select_columns
from sqlmodel import Session, col, select

from gateway.incidents import tickets
from gateway.store.database import Database
from gateway.store.tables import (
    HistoryRow,
    LetterRow,
    MessageRow,
    MirrorRow,
    NoticeRow,
    PostRow,
    RecipientRow,
    ReporterRow,
    SpikeReportRow,
    SpikeRow,
    TicketRow,
    WindowEventRow,
    WindowRow,
)

Kind = Literal[
    "message", "opened", "state", "severity", "event", "disposition", "owner", "grouping",
    "letter", "notice", "tracker", "channel", "window", "spike", "note", "person", "other",
]  # fmt: skip

SOURCES: Mapping[str, str] = {
    "alert": "A monitor", "error_tracker": "The error tracker", "service_desk": "The service desk",
    "downtime_list": "A downtime list", "chat_relay": "A chat", "stakeholder": "A stakeholder",
    "signin_help": "A sign-in help request", "contact_center": "The contact center",
    "inquiry": "An inquiry", "survey": "A survey comment", "social": "A post in social media",
    "other": "Somebody",
}  # fmt: skip
EVENTS: Mapping[str, str] = {
    "outage": "reports an outage", "degradation": "reports a degradation",
    "maintenance": "announces maintenance", "cancelled": "calls something off",
    "resolved": "says that it is over", "access_problem": "reports a problem of access",
    "question": "asks something", "info": "tells something", "noise": "wrote what is no report",
}  # fmt: skip
HAMPERED: Mapping[str, str] = {"none": "not hampered", "partial": "partly hampered",
                               "blocked": "cannot do it at all"}  # fmt: skip

# What a line of history is about, by how it begins. Some are told by their own row: no entry.
_TOLD_ELSEWHERE = re.compile(
    r"message added|report added|message read again|acknowledged|a letter came back|merged into"
    r"|\w+ sent$"
)
_BEGINNINGS: Sequence[tuple[str, Kind]] = (
    (r"opened$", "opened"),
    (r"unusually many|reports are as usual", "spike"),
    (r"state ", "state"),
    (r"severity", "severity"),
    (r"disposition|handed off|hand-?off|escalat|remind", "disposition"),
    (r"believed over|not over|cleared in part|said to be over", "state"),
    (r"assigned|owner", "owner"),
    (r"merged|.{0,80} merged|split|.{0,80} split|not joined|joined|grouped", "grouping"),
    (r"suggest|attached|may belong|not made one", "grouping"),
    (r"not answered|asked back|automatic reply|a letter", "letter"),
    (r"notice|announce", "notice"),
    (r"tracker|mirror|.{0,80} tracker|\w{1,40} at ", "tracker"),
    (r"channel|posted|slack", "channel"),
    (r"window|maintenance", "window"),
    (r"note", "note"),
    (r"looked at|reading of|corrected|overruled", "person"),
)
_LINES = tuple((re.compile(pattern, re.IGNORECASE), kind) for pattern, kind in _BEGINNINGS)
# Their first words are fixed phrases and values of labels: they name nobody.
_PUBLIC: frozenset[Kind] = frozenset(
    {"opened", "state", "severity", "event", "disposition", "window", "spike"}
)
_CHANGE = re.compile(r"(\w+) (\S+) -> (\S+)")  # what is `state new -> triaged` in the history
_CHANGES: Mapping[str, Kind] = {"severity": "severity", "event": "event",
                                "disposition": "disposition"}  # fmt: skip


_PLANNED = ("The announced window begins.", "The announced window ends.")
_REPORTED = ("By what was reported, it began.", "By what was reported, it ended.")


class Link(NamedTuple):
    """What an entry is about: a message (by its trace), letter, notice, history line, copy."""

    kind: str
    id: str


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that happened. `quoted` is a stranger's or an operator's own words, if any.

    `public` is the sentence as it may be published; "" where nothing may be.
    """

    at: datetime
    kind: Kind
    sentence: str
    link: Link
    who: str = ""
    quoted: str = ""
    public: str = ""
    received_at: datetime | None = None

    @property
    def is_public(self) -> bool:
        """Whether it may be published (as its `public` sentence)."""
        return bool(self.public)


class Step(NamedTuple):
    """From `at` on so many had written, and so many were said to be affected."""

    at: datetime
    reporters: int
    estimate: int | None


@dataclass(frozen=True, slots=True)
class Timeline:
    """A ticket, what happened on it, and how many people it was about as time went by."""

    ticket: TicketRow
    entries: tuple[Entry, ...]
    people: tuple[Step, ...]


class Timelines:
    """The timelines of one store. `names` are the services' names by id."""

    def __init__(self, database: Database, names: Mapping[str, str]) -> None:
        self._database = database
        self._names = names

    def of(self, ticket: str, most: int | None = None) -> Timeline:
        """What happened on that ticket, or the `most` newest of each kind; NotFound."""
        with self._database.read() as session:
            return timeline_of(session, tickets.get(session, ticket), self._names, most)


def timeline_of(
    session: Session, ticket: TicketRow, names: Mapping[str, str], most: int | None = None
) -> Timeline:
    """What happened on `ticket`, or the `most` newest of each kind."""
    number = tickets.number(ticket)
    # Those of a run of single reports are on tickets of their own, and are cited here.
    cited = (
        select_columns(col(SpikeReportRow.message_id))
        .join(SpikeRow, col(SpikeRow.id) == col(SpikeReportRow.spike_id))
        .where(col(SpikeRow.ticket_id) == number)
    )
    of = select(MessageRow).where(
        or_(col(MessageRow.ticket_id) == number, col(MessageRow.id).in_(cited))
    )
    messages = session.exec(of.order_by(col(MessageRow.id).desc()).limit(most)).all()
    wrote = select(ReporterRow).where(ReporterRow.ticket_id == number)
    if most is not None:
        wrote = wrote.where(col(ReporterRow.message_id).in_([one.id for one in messages]))
    reporters = session.exec(wrote).all()
    entries = [
        *_messages(messages, reporters, names),
        *_history(session, number, most),
        *_letters(session, number, most),
        *_notices(session, number),
        *_copies(session, number),
        *_posts(session, number),
        *_windows(ticket),
        *_window_events(session, number),
    ]
    entries.sort(key=lambda one: (one.at, one.kind != "message"))
    return Timeline(ticket, tuple(entries), people_over_time(messages, reporters))


def people_over_time(
    messages: Iterable[MessageRow], reporters: Iterable[ReporterRow]
) -> tuple[Step, ...]:
    """How many different people had written, and the highest number told, after each change."""
    rows = list(messages)
    written = {row.id: row.at for row in rows}
    wrote = [(written.get(one.message_id, one.created_at), 1, None) for one in reporters]
    told = [
        (row.at, 0, row.read_as["people"])
        for row in rows
        if row.read_as and row.read_as["people"] and row.read_as["event"] not in tickets.NOT_NEWS
    ]
    steps: list[Step] = []
    so_far, estimate = 0, None
    for at, more, people in sorted([*wrote, *told], key=lambda one: one[0]):
        so_far += more
        estimate = max(filter(None, (estimate, people)), default=None)
        if steps and steps[-1].at == at:
            steps.pop()
        if not steps or steps[-1][1:] != (so_far, estimate):
            steps.append(Step(at, so_far, estimate))
    return tuple(steps)


# --- what each row tells ------------------------------------------------------------------------


def _messages(
    messages: Iterable[MessageRow], reporters: Iterable[ReporterRow], names: Mapping[str, str]
) -> Iterator[Entry]:
    by = {one.message_id: one.address for one in reporters}
    for row in messages:
        sentence = said(row, names)
        yield Entry(
            row.at, "message", sentence, Link("message", row.trace), by.get(row.id or 0, ""),
            row.subject or "", sentence, row.received_at,
        )  # fmt: skip


def said(row: MessageRow, names: Mapping[str, str]) -> str:
    """What a message says, by how it was read, in a sentence that names nobody."""
    found = row.read_as
    if found is None:
        return "A message came in that has not been read yet."
    services = ", ".join(names.get(one, one) for one in found["services"])
    details = [services, HAMPERED.get(found["hampered"], "")]
    if found["people"]:
        details.insert(1, f"{found['people']} {'person' if found['people'] == 1 else 'people'}")
    told = "; ".join(filter(None, details))
    who, what = SOURCES.get(found["source"], "Somebody"), EVENTS.get(found["event"], "writes")
    return f"{who} {what}{': ' if told else ''}{told}."


def _history(session: Session, number: int, most: int | None = None) -> Iterator[Entry]:
    """Lines of the ticket, and of those that became a part of it."""
    parts = select_columns(col(TicketRow.id)).where(col(TicketRow.merged_into) == number)
    query = select(HistoryRow).where(
        or_(col(HistoryRow.ticket_id) == number, col(HistoryRow.ticket_id).in_(parts))
    )
    for row in session.exec(query.order_by(col(HistoryRow.id).desc()).limit(most)).all()[::-1]:
        link = Link("history", str(row.id))
        yield from _changes(row, link)
        if _TOLD_ELSEWHERE.match(row.what):
            continue
        kind = _kind_of(row.what)
        sentence = _sentence(f"{row.what}: {row.why}" if kind == "spike" else row.what)
        public = sentence if kind in _PUBLIC else ""
        quoted = "" if kind == "spike" else row.why
        yield Entry(row.at, kind, sentence, link, row.who, quoted, public)


def _kind_of(line: str) -> Kind:
    """What a line of history is about."""
    return next((kind for pattern, kind in _LINES if pattern.match(line)), "other")


def _changes(row: HistoryRow, link: Link) -> Iterator[Entry]:
    """Labels of the ticket that the line says have changed."""
    for label, kind in _CHANGES.items():
        change = row.facts.get(label)
        if isinstance(change, list) and len(change) == 2 and not row.what.startswith(label):
            sentence = f"{label.capitalize()} changed from {change[0]} to {change[1]}."
            yield Entry(row.at, kind, sentence, link, row.who, "", sentence)


def _letters(session: Session, number: int, most: int | None = None) -> Iterator[Entry]:
    """Letters to one person each; those of notices are told with the notice."""
    wanted = (
        LetterRow.id, LetterRow.kind, LetterRow.recipient, LetterRow.state, LetterRow.reason,
        LetterRow.created_at, LetterRow.sent_at, LetterRow.bounced_at, LetterRow.bounce,
        LetterRow.bounce_reason,
    )  # fmt: skip
    query = select_columns(*map(col, wanted)).where(
        col(LetterRow.ticket_id) == number, col(LetterRow.notice_id).is_(None)
    )
    for row in session.execute(query.order_by(col(LetterRow.id).desc()).limit(most)).all()[::-1]:
        link, what = Link("letter", str(row.id)), _capital(row.kind.replace("_", " "))
        if row.sent_at:
            yield Entry(row.sent_at, "letter", f"{what} sent to {row.recipient}.", link, "gateway")
        else:
            why = f" ({row.reason})" if row.reason else ""
            sentence = f"{what} to {row.recipient} written; it is {row.state}{why}."
            yield Entry(row.created_at, "letter", sentence, link, "gateway")
        if row.bounced_at:
            sentence = f"{what} to {row.recipient} came back ({row.bounce})."
            quoted = row.bounce_reason or ""
            yield Entry(row.bounced_at, "letter", sentence, link, "", quoted)


def _notices(session: Session, number: int) -> Iterator[Entry]:
    """Notices with what came of their letters."""
    counts = (
        select_columns(
            col(LetterRow.notice_id),
            func.count().label("letters"),
            func.count(col(LetterRow.sent_at)).label("sent"),
            func.max(col(LetterRow.sent_at)).label("last"),
            func.count(col(LetterRow.bounced_at)).label("bounced"),
        )
        .where(col(LetterRow.ticket_id) == number, col(LetterRow.notice_id).is_not(None))
        .group_by(col(LetterRow.notice_id))
    )
    told = {row.notice_id: row for row in session.execute(counts)}
    ledger = (
        select_columns(col(RecipientRow.notice_id), func.count())
        .join(NoticeRow, col(NoticeRow.id) == col(RecipientRow.notice_id))
        .where(col(NoticeRow.ticket_id) == number, col(RecipientRow.state) != "left_out")
        .group_by(col(RecipientRow.notice_id))
    )
    listed = {row[0]: row[1] for row in session.execute(ledger)}
    query = select(NoticeRow).where(NoticeRow.ticket_id == number).order_by(col(NoticeRow.id))
    for row in session.exec(query):
        link, what = Link("notice", str(row.id)), f"Notice of {row.kind.replace('_', ' ')}"
        yield Entry(row.drafted_at, "notice", f"{what} drafted.", link, row.drafted_by, row.text)
        if row.approved_at:
            yield Entry(row.approved_at, "notice", f"{what} approved.", link, row.approved_by or "")
        found, out_at = told.get(row.id), row.begun_at or row.sent_at
        if out_at:
            number_told = listed.get(row.id) or (found.letters if found else 0)
            to = f" to {number_told} {_people(number_told)}" if number_told else ""
            sentence = f"{what} goes out{to}."
            yield Entry(out_at, "notice", sentence, link, row.approved_by or "", row.text,
                        sentence)  # fmt: skip
        if found and found.last:
            sentence = f"{what}: {found.sent} of {found.letters} letters delivered to the relay"
            sentence += f", {found.bounced} came back." if found.bounced else "."
            yield Entry(_aware(found.last), "letter", sentence, link, "gateway", "", sentence)


def _copies(session: Session, number: int) -> Iterator[Entry]:
    """How copies at trackers stand: when they were last brought up to date, or why they are not."""
    query = select(MirrorRow).where(MirrorRow.ticket_id == number)
    for row in session.exec(query.order_by(col(MirrorRow.tracker))):
        link = Link("tracker", f"{row.tracker}:{row.reference or ''}")
        if row.state == "done":
            sentence = f"The copy at {row.tracker} ({row.reference or 'no number'}) is up to date."
        elif row.state == "failed":
            sentence = f"The copy at {row.tracker} could not be made."
        else:
            continue
        yield Entry(row.due_at, "tracker", sentence, link, "gateway", row.reason or "")


def _posts(session: Session, number: int) -> Iterator[Entry]:
    """News that channels were told."""
    query = select(PostRow).where(PostRow.ticket_id == number).order_by(col(PostRow.id))
    for row in session.exec(query):
        what, link = _capital(row.kind.replace("_", " ")), Link("post", str(row.id))
        said = f"{what}: told to {row.channel}" if row.state == "done" else (
            f"{what}: to be told to {row.channel}; it is {row.state}"
        )  # fmt: skip
        yield Entry(row.at, "channel", f"{said}.", link, "gateway", row.reason or row.text)


def _windows(ticket: TicketRow) -> Iterator[Entry]:
    """When what the ticket is about begins and ends, by what was written."""
    is_planned = ticket.event in {"maintenance", "cancelled"}
    start, end = _PLANNED if is_planned else _REPORTED
    for row in ticket.windows:
        for sentence, moment in ((start, row["start"]), (end, row["end"])):
            if moment:
                at = datetime.fromisoformat(moment).astimezone(UTC)
                yield Entry(at, "window", sentence, Link("ticket", ticket.ref), "", "", sentence)


def _window_events(session: Session, number: int) -> Iterator[Entry]:
    """What happened to the maintenance windows of the ticket."""
    query = (
        select(WindowEventRow)
        .join(WindowRow, col(WindowRow.id) == col(WindowEventRow.window_id))
        .where(col(WindowRow.ticket_id) == number)
    )
    for row in session.exec(query.order_by(col(WindowEventRow.id))):
        window = f"MW-{row.window_id}"
        sentence = f"Maintenance window {window}: {row.what}."
        yield Entry(row.at, "window", sentence, Link("window", window), row.who, row.why)


def _people(count: int) -> str:
    return "person" if count == 1 else "people"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _sentence(line: str) -> str:
    """A line of history as a sentence."""
    if line == "opened":
        return "The ticket was opened."
    change = _CHANGE.fullmatch(line)
    if change is not None:
        return f"{_capital(change[1])} changed from {change[2]} to {change[3]}."
    return f"{_capital(line)}."


def _aware(moment: Any) -> datetime:
    """What the database made of the latest of several times."""
    found = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)

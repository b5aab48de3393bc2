"""What the pages of notices show: how far each is, who is told and why, and a page of names.

A notice that is frozen by its approval is told from its ledger, by key: nothing here holds all of
its readers at once. Only a draft's audience is gathered, since nobody has written it down yet; that
of many people takes seconds, and is gathered once somebody asks to see it.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import col, func, select

from gateway.announcing import Line, Preview, Record
from gateway.console.desk import Desk
from gateway.errors import NotFound
from gateway.store.tables import NoticeRow, RecipientRow, SubscriberRow, TicketRow, as_number

PAGE = 50
NAMES = 200
MOST_CHANGED = 50
FEW = 5000  # people who are gathered at once
UNDER_WAY = ("sending", "paused", "stopped")


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a notice is."""

    total: int
    done: int
    waiting: int
    sent: int
    failed: int
    bounced: int
    complaints: int
    a_minute: int

    @property
    def minutes_left(self) -> int | None:
        """At the pace of the last minute."""
        return -(-(self.total - self.done) // self.a_minute) if self.a_minute else None


@dataclass(frozen=True, slots=True)
class Name:
    """Somebody on a page of names. `at` is where the next page begins after them."""

    at: int
    address: str
    why: str
    result: str


@dataclass(frozen=True, slots=True)
class Listed:
    """A line of the list."""

    notice: NoticeRow
    ticket: TicketRow | None
    progress: Progress | None


@dataclass(frozen=True, slots=True)
class Seen:
    """Everything on the page of one notice. `about`: how many may be told, where none asked yet."""

    record: Record
    about: int
    progress: Progress
    preview: Preview | None
    told: Mapping[str, int]
    left_out: Mapping[str, int]
    told_count: int
    left_out_count: int
    names: Sequence[Name]
    names_after: int | None

    @property
    def notice(self) -> NoticeRow:
        """The notice itself."""
        return self.record.notice

    @property
    def is_going(self) -> bool:
        """Whether letters of it are still to go, and may."""
        return is_going(self.notice, self.progress)

    @property
    def mark(self) -> str:
        """What a form carries to be known for an old one."""
        return f"{self.notice.version}.{self.notice.state}"


def number_of(text: str) -> int:
    """The number of a notice in a path; NotFound for what can be none."""
    found = as_number(text)
    if found is None:
        raise NotFound(f"no notice {text[:30]}")
    return found


def listing(desk: Desk, before: int | None) -> tuple[list[Listed], int | None]:
    """A page of notices, the newest first, and where the next begins."""
    rows = desk.announcing.listing(PAGE + 1, before)
    shown = rows[:PAGE]
    ids = {row.ticket_id for row in shown}
    with desk.database.read() as session:
        found = session.exec(select(TicketRow).where(col(TicketRow.id).in_(ids)))
        tickets = {ticket.id: ticket for ticket in found}
    lines = [
        Listed(
            row, tickets.get(row.ticket_id),
            progress(desk.announcing.show(row.id or 0)) if row.state in UNDER_WAY else None,
        )
        for row in shown
    ]  # fmt: skip
    return lines, shown[-1].id if len(rows) > PAGE else None


def progress(record: Record) -> Progress:
    """How far it is, of the figures of its letters and its ledger."""
    seen, counts = record.figures, record.counts
    waiting = counts.get("waiting", 0)
    return Progress(
        total=waiting + counts.get("written", 0), done=seen.sent + seen.failed, waiting=waiting,
        sent=seen.sent, failed=seen.failed, bounced=seen.hard, complaints=seen.complaints,
        a_minute=seen.lately,
    )  # fmt: skip


def is_going(notice: NoticeRow, progress: Progress) -> bool:
    """Whether letters of a notice are still to go, and may."""
    is_left = progress.done < progress.total
    return notice.state == "sending" or (notice.state == "sent" and is_left)


def see(desk: Desk, number: int, *, letters: bool) -> Seen:
    """The notice of that number; `letters`: with its letters, though it is on its way."""
    record = desk.announcing.show(number)
    is_before = record.notice.state in {"draft", "approved"}
    about = _about(desk, record.ticket) if is_before else 0
    is_wanted = letters or (is_before and about <= FEW)
    preview = desk.announcing.preview(number) if is_wanted else None
    if preview is not None and record.notice.state == "draft":
        told = preview.audience.counts
        left_out = dict(Counter(why for _, why in preview.audience.left_out))
        told_count = len(preview.audience.told)
        names = _gathered(preview, 0, left_out=False)
    else:
        told, left_out = desk.announcing.reasons(number)
        told_count = progress(record).total
        names = _frozen(desk, number, 0, left_out=False)
    return Seen(
        record=record, about=about, progress=progress(record), preview=preview, told=_ordered(told),
        left_out=_ordered(left_out), told_count=told_count,
        left_out_count=sum(left_out.values()), names=names[:NAMES],
        names_after=names[NAMES - 1].at if len(names) > NAMES else None,
    )  # fmt: skip


def _about(desk: Desk, ticket: TicketRow) -> int:
    """How many may be told of a ticket: a count, nobody is gathered."""
    subscribed = select(func.count()).where(col(SubscriberRow.service).in_(ticket.services))
    before = (
        select(func.count())
        .select_from(RecipientRow)
        .join(NoticeRow, col(NoticeRow.id) == col(RecipientRow.notice_id))
        .where(NoticeRow.ticket_id == ticket.id, RecipientRow.state == "written")
    )
    with desk.database.read() as session:
        return max(session.exec(subscribed).one(), session.exec(before).one())


def names(desk: Desk, number: int, after: int, *, left_out: bool) -> list[Name]:
    """One more than a page of those who are told, or left out, after that place."""
    if desk.announcing.show(number).notice.state == "draft":
        return _gathered(desk.announcing.preview(number), after, left_out=left_out)
    return _frozen(desk, number, after, left_out=left_out)


def _gathered(preview: Preview, after: int, *, left_out: bool) -> list[Name]:
    end = after + NAMES + 1
    if left_out:
        out = preview.audience.left_out[after:end]
        return [Name(at, key, why, "left out") for at, (key, why) in enumerate(out, after + 1)]
    told = preview.audience.told[after:end]
    return [
        Name(at, one.address.address, ", ".join(one.why), "would be told")
        for at, one in enumerate(told, after + 1)
    ]


def _frozen(desk: Desk, number: int, after: int, *, left_out: bool) -> list[Name]:
    found = desk.announcing.page(number, after, NAMES + 1, left_out=left_out)
    return [Name(line.id, line.address, _why(line), line.result) for line in found]


def _why(line: Line) -> str:
    """Why they are told, and what went wrong."""
    return "; ".join(filter(None, [", ".join(line.why), line.reason]))


def _ordered(counts: Mapping[str, int]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda one: (-one[1], one[0])))


def differences(preview: Preview) -> list[tuple[str, Any]]:
    """How the audience differs from the last notice, and from what was approved, in words."""
    found: list[tuple[str, Any]] = []
    if preview.previous is not None:
        found.append((f"since notice {preview.previous.id}", preview.since_then))
    if preview.since_approval is not None:
        found.append(("since it was approved", preview.since_approval))
    return found

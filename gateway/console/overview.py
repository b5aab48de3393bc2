"""What stands on Now, asked of the store: a few questions, each by an index."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import case
from sqlmodel import Session, col, func, select

from gateway.console.desk import Desk
from gateway.console.web import Status
from gateway.incidents.tickets import OVER, STATES
from gateway.store.tables import (
    HandoffRow,
    ListNoticeRow,
    MessageRow,
    NoticeRow,
    ReporterRow,
    SuggestionRow,
    TicketRow,
)

SEVERITIES = ("critical", "high", "medium", "low", "planned", "none")
OPEN = tuple(state for state in STATES if state not in OVER)
SHOWN = 60


@dataclass(frozen=True, slots=True)
class Open:
    """An open incident, as a line."""

    ticket: TicketRow
    reporters: int
    owner: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something that waits for a person."""

    one: str
    many: str
    count: int
    path: str
    hint: str

    @property
    def what(self) -> str:
        """What so many of them are called."""
        return self.one if self.count == 1 else self.many


@dataclass(frozen=True, slots=True)
class Now:
    """All of the page."""

    open: list[Open]
    open_count: int
    waiting: list[Waiting]
    status: Status


def by_severity() -> Any:
    """The worst first."""
    ranks = {word: rank for rank, word in enumerate(SEVERITIES)}
    return case(ranks, value=col(TicketRow.severity), else_=len(ranks))


def now(desk: Desk) -> Now:
    """How things stand."""
    status = desk.status()
    with desk.database.read() as session:
        is_open = (col(TicketRow.state).in_(OPEN), col(TicketRow.merged_into).is_(None))
        query = select(TicketRow).where(*is_open)
        query = query.order_by(
            col(TicketRow.priority).desc(), by_severity(),
            col(TicketRow.people).desc().nulls_last(), col(TicketRow.id).desc(),
        )  # fmt: skip
        tickets = session.exec(query.limit(SHOWN)).all()
        count = session.exec(select(func.count()).select_from(TicketRow).where(*is_open)).one()
        reporters = _reporters(session, [one.id or 0 for one in tickets])
        waiting = _waiting(session, status)
    lines = [
        Open(one, reporters.get(one.id or 0, 0), str(getattr(one, "owner", None) or ""))
        for one in tickets
    ]
    return Now(lines, count, waiting, status)


def _reporters(session: Session, ids: list[int]) -> dict[int, int]:
    query = select(ReporterRow.ticket_id, func.count()).where(col(ReporterRow.ticket_id).in_(ids))
    return dict(session.exec(query.group_by(col(ReporterRow.ticket_id))).all())


def _waiting(session: Session, status: Status) -> list[Waiting]:
    """What waits for a person; nothing that does not."""
    drafts = session.exec(
        select(func.count()).select_from(NoticeRow).where(NoticeRow.state == "draft")
    ).one()
    lists = session.exec(
        select(func.count()).select_from(ListNoticeRow).where(ListNoticeRow.state == "waits")
    ).one()
    held = session.exec(
        select(func.count()).select_from(MessageRow).where(MessageRow.state == "held")
    ).one()
    silent = session.exec(
        select(func.count()).select_from(HandoffRow).where(HandoffRow.state == "silent")
    ).one()
    alike = session.exec(
        select(func.count()).select_from(SuggestionRow).where(SuggestionRow.state == "open")
    ).one()
    found = [
        Waiting("unsure reading", "unsure readings", status.needs_review, "/search?look=1",
                "say whether they were read right"),
        Waiting("maintenance window to review", "maintenance windows to review",
                status.windows_to_review, "/calendar", "put the times right, then review"),
        Waiting("held message", "held messages", held, "/spool?state=held",
                "release them, or leave them"),
        Waiting("draft to approve", "drafts to approve", drafts, "/announce",
                "read, then approve or drop"),
        Waiting("owner that is silent", "owners that are silent", silent,
                "/search?state=handed_off", "ask them another way, or hand on"),
        Waiting("pair that may belong together", "pairs that may belong together", alike,
                "/search?state=open", "merge, or hold apart"),
        Waiting("letter set aside", "letters set aside", status.outbox.get("failed", 0),
                "/outbox?state=failed", "their relay or reader refused them"),
        Waiting("letter held", "letters held", status.outbox.get("held", 0), "/outbox?state=held",
                "release what should go out"),
        Waiting("mailing list that asks back", "mailing lists that ask back", lists, "/lists",
                "confirm what you asked for"),
    ]  # fmt: skip
    return [one for one in found if one.count]

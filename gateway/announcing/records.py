"""Looking notices up: which there are, who is told by each, and whether it arrived."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlmodel import col, select

from gateway.announcing import ledger, notices
from gateway.announcing.notices import post_key
from gateway.errors import NotFound
from gateway.incidents import tickets
from gateway.store import suppressions
from gateway.store.database import Database
from gateway.store.tables import (
    ApprovalRow,
    MirrorRow,
    NoticeRow,
    PostRow,
    SuppressionRow,
    TicketRow,
)


@dataclass(frozen=True, slots=True)
class Record:
    """A notice and how it went. Its ledger is read by `Announcing.lines`."""

    notice: NoticeRow
    ticket: TicketRow
    approvals: tuple[ApprovalRow, ...]
    counts: dict[str, int]
    figures: ledger.Figures
    posts: tuple[PostRow, ...]
    mirrors: tuple[MirrorRow, ...]


class Records:
    """The notices of one store, and the addresses that get none."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def listing(self, limit: int = 100, before: int | None = None) -> list[NoticeRow]:
        """The newest notices; of those before that one."""
        query = select(NoticeRow).order_by(col(NoticeRow.id).desc()).limit(limit)
        if before is not None:
            query = query.where(col(NoticeRow.id) < before)
        with self._database.read() as session:
            return list(session.exec(query))

    def show(self, notice_id: int) -> Record:
        """A notice, who approved it, and how its letters fared."""
        with self._database.read() as session:
            notice = notices.get(session, notice_id)
            approvals = select(ApprovalRow).where(ApprovalRow.notice_id == notice_id)
            posts = select(PostRow).where(PostRow.key == post_key(notice))
            mirrors = select(MirrorRow).where(MirrorRow.ticket_id == notice.ticket_id)
            return Record(
                notice,
                tickets.get(session, notice.ticket_id),
                tuple(session.exec(approvals.order_by(col(ApprovalRow.id)))),
                ledger.how_many(session, notice_id),
                ledger.figures(session, notice_id),
                tuple(session.exec(posts.order_by(col(PostRow.channel)))),
                tuple(session.exec(mirrors.order_by(col(MirrorRow.tracker)))),
            )

    def lines(self, notice_id: int) -> Iterator[ledger.Line]:
        """Who is told by a notice, why, and whether it arrived; one at a time."""
        with self._database.read() as session:
            notices.get(session, notice_id)
            yield from ledger.lines(session, notice_id)

    def page(
        self, notice_id: int, after: int = 0, limit: int = 200, *, left_out: bool | None = None
    ) -> list[ledger.Line]:
        """So many lines of the ledger, after that one; see `ledger.page`."""
        with self._database.read() as session:
            notices.get(session, notice_id)
            return ledger.page(session, notice_id, after, limit, left_out=left_out)

    def reasons(self, notice_id: int) -> tuple[dict[str, int], dict[str, int]]:
        """How many stand in the ledger as told, and as left out, for each reason."""
        with self._database.read() as session:
            return ledger.reasons(session, notice_id)

    def barred(self) -> list[NoticeRow]:
        """Notices that are stopped or paused, for a person to decide about."""
        query = select(NoticeRow).where(col(NoticeRow.state).in_(("stopped", "paused")))
        with self._database.read() as session:
            return list(session.exec(query.order_by(col(NoticeRow.id))))

    def suppressed(self) -> list[SuppressionRow]:
        """Addresses that get no news."""
        with self._database.read() as session:
            return suppressions.every(session)

    def unsuppress(self, address: str) -> None:
        """An address gets news again; NotFound where it was not on the list."""
        with self._database.transaction() as session:
            if not suppressions.remove(session, address):
                raise NotFound(f"{address} is not suppressed: see triage suppressions list")

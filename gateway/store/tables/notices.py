"""Notices: what is announced, who approved it, and each one who is told."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    text,
)
from sqlmodel import Field, Index, SQLModel, UniqueConstraint

from gateway.store.tables.columns import json_column, link_to, now_column, time_column

BARRED = text("state IN ('paused', 'stopped')")


class NoticeRow(SQLModel, table=True):
    """A piece of news for everyone concerned.

    `state`: draft, approved, sending (letters are being written, or `hold_until` has not come, for
    `reason`), paused or stopped (none of its letters goes to the wire), sent (all are written).
    What was approved is `content_hash` and `audience_hash`; a changed text is a new `version`.
    Once `canary` letters are written it is waited for what comes back; 0 where there is no first
    batch, or it is over. `is_urgent`: it goes out in quiet hours, too.
    """

    __tablename__ = "notice"
    __table_args__ = (
        Index("ix_notice_barred", "id", sqlite_where=BARRED, postgresql_where=BARRED),
    )

    id: int | None = Field(default=None, primary_key=True)
    ticket_id: int = link_to("ticket.id")
    kind: str
    text: str
    facts: dict[str, Any] = json_column(dict)
    state: str = "draft"
    reason: str | None = None
    version: int = 1
    drafted_by: str
    drafted_at: datetime = now_column()
    approved_by: str | None = None
    approved_at: datetime | None = time_column(nullable=True)
    content_hash: str | None = None
    audience_hash: str | None = None
    begun_at: datetime | None = time_column(nullable=True)
    is_urgent: bool = False
    canary: int = 0
    hold_until: datetime | None = time_column(nullable=True)
    sent_at: datetime | None = time_column(nullable=True)


class ApprovalRow(SQLModel, table=True):
    """Who said yes to which version of a notice, of what content and audience. Append only."""

    __tablename__ = "approval"

    id: int | None = Field(default=None, primary_key=True)
    notice_id: int = link_to("notice.id")
    version: int
    who: str
    by: str
    at: datetime = now_column()
    content_hash: str
    audience_hash: str


class ApprovalTokenRow(SQLModel, table=True):
    """A word by which one person may approve one version of a notice by mail, once."""

    __tablename__ = "approval_token"

    token_hash: str = Field(primary_key=True)
    notice_id: int = link_to("notice.id")
    version: int
    address: str
    asked_by: str
    expires_at: datetime = time_column()
    used_at: datetime | None = time_column(nullable=True)


class RecipientRow(SQLModel, table=True):
    """The ledger of a notice: who is told, why, and where it stands. Frozen by the approval.

    `key` is the address in lower case, or a channel's name. `state`: waiting (for its letter),
    written (its letter, `letter_id`, tells the rest), or left_out (for `reason`). `why` keeps every
    reason.
    """

    __tablename__ = "notice_recipient"
    __table_args__ = (
        UniqueConstraint("notice_id", "key"),
        Index("ix_notice_recipient_state", "notice_id", "state", "id"),
        Index("ix_notice_recipient_letter", "letter_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    notice_id: int = link_to("notice.id", index=False)
    version: int
    key: str
    address: str
    name: str = ""
    language: str = "en"
    why: list[str] = json_column(list)
    reported_at: datetime | None = time_column(nullable=True)
    in_reply_to: str | None = None
    state: str = "waiting"
    reason: str | None = None
    letter_id: int | None = link_to("letter.id", nullable=True, index=False)

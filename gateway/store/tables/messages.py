"""What came in, from door to spool, and who works on it."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    ForeignKey,
    LargeBinary,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, Index, SQLModel

from gateway.store.tables.columns import json_column, link_to, now_column, time_column

CLAIMED = text("claimed_by IS NOT NULL")


class MessageRow(SQLModel, table=True):
    """One message in custody. `key` (content and route) makes it one, whatever door it took.

    `state` is accepted, done or held. While accepted, whoever holds `claim` works on it;
    `claimed_by` and `claim_until` say who and for how long. `written_at` is by its own Date, where
    that can be true (gateway.incidents.moments). `corrected` is labels of `reading` that a person
    overruled, by name.
    """

    __tablename__ = "message"
    __table_args__ = (
        Index("ix_message_state", "state", "id"),
        Index("ix_message_claimed", "claimed_by", sqlite_where=CLAIMED, postgresql_where=CLAIMED),
    )

    id: int | None = Field(default=None, primary_key=True)
    trace: str = Field(unique=True)
    key: str = Field(unique=True)
    sha256: str
    size: int
    door: str
    sender: str | None = None
    recipients: list[str] = json_column(list)
    received_at: datetime = time_column()
    written_at: datetime | None = time_column(nullable=True)
    state: str = "accepted"
    reason: str | None = None
    attempts: int = 0
    claim: str | None = None
    claimed_by: str | None = None
    claim_until: datetime | None = time_column(nullable=True)
    finished_at: datetime | None = time_column(nullable=True)
    message_id: str | None = None
    subject: str | None = None
    reading: dict[str, Any] | None = Field(
        default=None, sa_column=Column(JSON().with_variant(JSONB(), "postgresql"), nullable=True)
    )
    corrected: dict[str, Any] | None = Field(
        default=None, sa_column=Column(JSON().with_variant(JSONB(), "postgresql"), nullable=True)
    )
    trust: dict[str, Any] | None = Field(
        default=None, sa_column=Column(JSON().with_variant(JSONB(), "postgresql"), nullable=True)
    )
    ticket_id: int | None = link_to("ticket.id", nullable=True)

    @property
    def at(self) -> datetime:
        """When it was written; where that is not known (yet), when it came."""
        return self.written_at or self.received_at

    @property
    def read_as(self) -> dict[str, Any] | None:
        """The reading, with what a person said of it in place of what was read."""
        if self.reading is None or not self.corrected:
            return self.reading
        looked = {"needs_review": False, "doubts": [], "corrected": sorted(self.corrected)}
        return self.reading | self.corrected | looked


class CorrectionRow(SQLModel, table=True):
    """A person's word on how a message was read: who, when, why; labels before and after."""

    __tablename__ = "correction"

    id: int | None = Field(default=None, primary_key=True)
    message_id: int = link_to("message.id")
    at: datetime = now_column()
    who: str
    why: str = ""
    before: dict[str, Any] = json_column(dict)
    after: dict[str, Any] = json_column(dict)

    @property
    def changed(self) -> list[str]:
        """The labels that had been read wrong."""
        return [label for label, value in self.after.items() if self.before[label] != value]


class RawRow(SQLModel, table=True):
    """The bytes of a message, as they came."""

    __tablename__ = "raw"

    message_id: int = Field(
        sa_column=Column(ForeignKey("message.id"), primary_key=True, autoincrement=False)
    )
    content: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class MessageTextRow(SQLModel, table=True):
    """The words of a message, for the search; an index of each database follows it by triggers."""

    __tablename__ = "message_text"

    message_id: int = Field(
        sa_column=Column(ForeignKey("message.id"), primary_key=True, autoincrement=False)
    )
    subject: str = ""
    sender: str = ""
    body: str = ""


class ArrivalRow(SQLModel, table=True):
    """Each time and way a message reached us, duplicates included."""

    __tablename__ = "arrival"

    id: int | None = Field(default=None, primary_key=True)
    message_id: int = link_to("message.id")
    at: datetime = time_column()
    door: str
    sender: str | None = None
    recipients: list[str] = json_column(list)
    peer: str | None = None
    helo: str | None = None
    tls: str | None = None


class CursorRow(SQLModel, table=True):
    """How far a mailbox has been read: see gateway.model.Cursor. A UID may have 32 bits."""

    __tablename__ = "cursor"

    mailbox: str = Field(primary_key=True)
    uidvalidity: int = Field(sa_column=Column(BigInteger, nullable=False))
    uid: int = Field(sa_column=Column(BigInteger, nullable=False))
    since: datetime | None = time_column(nullable=True)
    doubtful: int = Field(default=0, sa_column=Column(BigInteger, nullable=False))
    passed: list[tuple[int, str]] = json_column(list)
    updated_at: datetime = now_column()


class LeaseRow(SQLModel, table=True):
    """Who may do a thing that only one may do at a time, and until when."""

    __tablename__ = "lease"

    name: str = Field(primary_key=True)
    owner: str
    until: datetime = time_column()


class BreakerRow(SQLModel, table=True):
    """What was stopped by itself, why, and who let it go on. Open while nobody has closed it."""

    __tablename__ = "breaker"

    name: str = Field(primary_key=True)
    opened_at: datetime = time_column()
    why: str
    closed_at: datetime | None = time_column(nullable=True)
    closed_by: str | None = None


class DoorRow(SQLModel, table=True):
    """How a door last was, told by the process that runs it every few seconds."""

    __tablename__ = "door"

    name: str = Field(primary_key=True)
    owner: str
    state: str
    detail: str = ""
    since: datetime = time_column()
    accepted: int = 0
    last_accepted_at: datetime | None = time_column(nullable=True)
    seen_at: datetime = time_column()

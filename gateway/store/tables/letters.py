"""Letters that go out, what became of them, and the keys that sign them."""

from datetime import datetime

from sqlalchemy import (
    Column,
    LargeBinary,
    text,
)
from sqlmodel import Field, Index, SQLModel

from gateway.store.tables.columns import link_to, now_column, time_column

GIVEN = text("sender <> ''")  # letters with a return path of their own


BACK = text("bounced_at IS NOT NULL")


class SuppressionRow(SQLModel, table=True):
    """An address that gets no news: what is sent there comes back, or its owner complained.

    `kind`: hard, complaint, by_hand, or soft, which counts from a `score` on (`is_on`).
    """

    __tablename__ = "suppression"

    address: str = Field(primary_key=True)
    kind: str
    reason: str
    score: int = 1
    is_on: bool = True
    since: datetime = now_column()
    changed_at: datetime = now_column()


class LetterRow(SQLModel, table=True):
    """An outgoing letter and where it stands. `key` makes it one, ever.

    `state`: held (for a person or a relay), queued, sending (promised to SMTP), sent, failed
    (set aside), stopped. Waiting letters have `due_at` in the future. A letter that was sent and
    came back has `bounce` (hard, soft or complaint), with when and why.
    """

    __tablename__ = "letter"
    __table_args__ = (
        Index("ix_letter_due", "state", "due_at", "id"),
        Index("ix_letter_recipient", "recipient", "sent_at"),
        Index("ix_letter_kind", "kind", "created_at"),
        Index("ix_letter_sender", "sender", sqlite_where=GIVEN, postgresql_where=GIVEN),
        Index("ix_letter_bounced", "bounced_at", sqlite_where=BACK, postgresql_where=BACK),
    )

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True)
    kind: str
    ticket_id: int | None = link_to("ticket.id", nullable=True)
    notice_id: int | None = link_to("notice.id", nullable=True)
    trace: str | None = None
    recipient: str
    sender: str
    message_id: str = Field(unique=True)
    subject: str
    raw: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    state: str = "queued"
    reason: str | None = None
    attempts: int = 0
    claimed_by: str | None = None
    claim_until: datetime | None = time_column(nullable=True)
    created_at: datetime = now_column()
    due_at: datetime = now_column()
    sent_at: datetime | None = time_column(nullable=True)
    bounce: str | None = None
    bounced_at: datetime | None = time_column(nullable=True)
    bounce_reason: str | None = None


class SigningKeyRow(SQLModel, table=True):
    """A key of the store's own, made with it, in hexadecimal."""

    __tablename__ = "signing_key"

    name: str = Field(primary_key=True)
    key: str


class LetterEventRow(SQLModel, table=True):
    """The ledger: what happened to a letter, when. Append only."""

    __tablename__ = "letter_event"

    id: int | None = Field(default=None, primary_key=True)
    letter_id: int = link_to("letter.id")
    at: datetime = now_column()
    what: str
    detail: str = ""

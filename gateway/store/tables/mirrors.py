"""What other systems hold of a ticket: issues, posts, and what was heard of them."""

from datetime import datetime

from sqlalchemy import (
    Column,
    ForeignKey,
)
from sqlmodel import Field, Index, SQLModel, UniqueConstraint

from gateway.store.tables.columns import link_to, now_column, time_column


class MirrorRow(SQLModel, table=True):
    """The copy of a ticket at a tracker, and where it stands.

    `wanted` counts the ticket's changes, `done` is the one that the tracker last heard of.
    `state`: waiting (until `due_at`), done, or failed (set aside with its `reason`). `reference`
    is what the tracker calls its copy; `begun_at` is when it was first asked for one.
    """

    __tablename__ = "mirror"
    __table_args__ = (
        Index("ix_mirror_due", "tracker", "state", "due_at"),
        Index("ix_mirror_reference", "reference"),
    )

    ticket_id: int = Field(
        sa_column=Column(ForeignKey("ticket.id"), primary_key=True, autoincrement=False)
    )
    tracker: str = Field(primary_key=True)
    wanted: int = 1
    done: int = 0
    state: str = "waiting"
    reference: str | None = None
    reason: str | None = None
    attempts: int = 0
    begun_at: datetime | None = time_column(nullable=True)
    due_at: datetime = now_column()


class PostRow(SQLModel, table=True):
    """A piece of news for a channel, and where it stands. `key` and channel make it one, ever.

    `state`: waiting (until `due_at`), done, or failed (set aside with its `reason`). `is_doubtful`:
    it may have been posted, since nobody heard the end of it. `severity` and `ticket_state` are the
    ticket's as this news tells them; `reference` is what the channel calls the post.
    """

    __tablename__ = "post"
    __table_args__ = (
        UniqueConstraint("key", "channel"),
        Index("ix_post_due", "channel", "state", "due_at"),
        Index("ix_post_ticket", "ticket_id", "channel", "id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    key: str
    channel: str
    ticket_id: int = link_to("ticket.id", index=False)
    kind: str
    text: str = ""
    severity: str
    ticket_state: str
    at: datetime = now_column()
    state: str = "waiting"
    is_doubtful: bool = False
    reference: str | None = None
    reason: str | None = None
    attempts: int = 0
    due_at: datetime = now_column()


class TrackerCursorRow(SQLModel, table=True):
    """How far a tracker has been asked what people did there; what it is, the tracker knows."""

    __tablename__ = "tracker_cursor"

    tracker: str = Field(primary_key=True)
    cursor: str
    asked_at: datetime = now_column()


class HeardRow(SQLModel, table=True):
    """What people did at a tracker and we have taken down: each once, whatever way it came."""

    __tablename__ = "heard"

    tracker: str = Field(primary_key=True)
    event: str = Field(primary_key=True)
    ticket_id: int = link_to("ticket.id")
    at: datetime = now_column()

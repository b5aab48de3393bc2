"""Maintenance windows, their history and their copies at trackers."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    ForeignKey,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, Index, SQLModel

from gateway.store.tables.columns import json_column, link_to, now_column, time_column


class WindowRow(SQLModel, table=True):
    """A maintenance window, whatever notices told of it: see gateway.incidents.windows.

    `provider`, `maintenance`, `source_uid` and `source_sequence` are the notice's own names for
    it; `told_at` is when the newest notice of it was written. `uid` is its name in our calendars,
    `sequence` rises with each change. Why it waits for a person is in `doubts`. `published` is
    what was last reviewed or trusted: nothing else ever leaves the house.
    """

    __tablename__ = "maintenance_window"
    __table_args__ = (
        Index("ix_window_ticket_id", "ticket_id"),
        Index("ix_window_message_id", "message_id"),
        Index("ix_window_ends", "ends_at", "starts_at"),
        {"sqlite_autoincrement": True},
    )

    id: int | None = Field(default=None, primary_key=True)
    uid: str = Field(unique=True)
    provider: str = ""
    maintenance: str = ""
    source_uid: str = ""
    source_sequence: int | None = None
    ticket_id: int | None = link_to("ticket.id", nullable=True, index=False)
    message_id: int | None = link_to("message.id", nullable=True, index=False)
    told_at: datetime = now_column()
    services: list[str] = json_column(list)
    starts_at: datetime = time_column()
    ends_at: datetime | None = time_column(nullable=True)
    status: str = "CONFIRMED"
    impact: str = ""
    text: str = ""
    sequence: int = 0
    reviewed: bool = False
    reviewed_by: str | None = None
    doubts: list[str] = json_column(list)
    published: dict[str, Any] | None = Field(
        default=None, sa_column=Column(JSON().with_variant(JSONB(), "postgresql"), nullable=True)
    )
    created_at: datetime = now_column()
    updated_at: datetime = now_column()

    @property
    def ref(self) -> str:
        """What people call it, for example MW-3."""
        return f"MW-{self.id}"


class WindowEventRow(SQLModel, table=True):
    """What happened to a maintenance window: who, when, what, why. Append only."""

    __tablename__ = "window_event"

    id: int | None = Field(default=None, primary_key=True)
    window_id: int = link_to("maintenance_window.id")
    at: datetime = now_column()
    who: str
    what: str
    why: str = ""
    facts: dict[str, Any] = json_column(dict)


class WindowMirrorRow(SQLModel, table=True):
    """The copy of a maintenance window at a tracker, and where it stands: as MirrorRow."""

    __tablename__ = "window_mirror"
    __table_args__ = (Index("ix_window_mirror_due", "tracker", "state", "due_at"),)

    window_id: int = Field(
        sa_column=Column(ForeignKey("maintenance_window.id"), primary_key=True, autoincrement=False)
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

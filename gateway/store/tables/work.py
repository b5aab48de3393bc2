"""What is done with a ticket: timers, commands by mail, hand-offs; and spikes, which open one."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    Column,
    ForeignKey,
    text,
)
from sqlmodel import Field, Index, SQLModel

from gateway.store.tables.columns import UtcDateTime, json_column, link_to, now_column, time_column

OPEN = text("state = 'open'")


class TimerRow(SQLModel, table=True):
    """Something that is to happen at a time. `key` makes it one, ever; see gateway.timers.

    `state`: waiting, done, cancelled, or failed (set aside with its `reason`).
    """

    __tablename__ = "timer"
    __table_args__ = (Index("ix_timer_due", "state", "due_at"),)

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True)
    kind: str
    ticket_id: int | None = link_to("ticket.id", nullable=True)
    facts: dict[str, Any] = json_column(dict)
    due_at: datetime = time_column()
    state: str = "waiting"
    attempts: int = 0
    reason: str | None = None
    created_at: datetime = now_column()
    done_at: datetime | None = time_column(nullable=True)


class CommandRow(SQLModel, table=True):
    """A command that came by mail, and what came of it. `key` makes it one, however often it comes.

    `state`: done, refused, or asks (until `expires_at`, for the word of which `secret` is the
    digest), then confirmed (about to be done).
    """

    __tablename__ = "command"

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True)
    message_id: int = link_to("message.id")
    ticket_id: int | None = link_to("ticket.id", nullable=True)
    at: datetime = now_column()
    who: str
    word: str
    argument: str = ""
    state: str
    said: str = ""
    secret: str | None = Field(default=None, unique=True)
    expires_at: datetime | None = time_column(nullable=True)


class HandoffRow(SQLModel, table=True):
    """A ticket handed to its owner: who is asked, one address after the other.

    `state`: waiting (for the one at `step` of `addresses`), taken, silent (nobody answered), ended.
    """

    __tablename__ = "handoff"

    id: int | None = Field(default=None, primary_key=True)
    ticket_id: int = link_to("ticket.id")
    team: str
    addresses: list[str] = json_column(list)
    step: int = 0
    state: str = "waiting"
    who: str
    why: str = ""
    at: datetime = now_column()
    answered_at: datetime | None = time_column(nullable=True)
    answered_by: str | None = None


class SpikeReportRow(SQLModel, table=True):
    """One person's trouble with a service, and the run that counts it. `who` is only a digest."""

    __tablename__ = "spike_report"
    __table_args__ = (
        Index("ix_spike_report_at", "service", "at"),
        Index("ix_spike_report_spike_id", "spike_id"),
    )

    service: str = Field(primary_key=True)
    message_id: int = Field(
        sa_column=Column(ForeignKey("message.id"), primary_key=True, autoincrement=False)
    )
    at: datetime = time_column()
    who: str
    hampered: str = "unknown"
    spike_id: int | None = link_to("spike.id", nullable=True, index=False)


class SpikeCountRow(SQLModel, table=True):
    """How many people wrote about a service in an hour (UTC), each for himself.

    `counted` is what it tells of what is usual: no more than was just not unusual.
    """

    __tablename__ = "spike_count"
    __table_args__ = (Index("ix_spike_count_hour", "hour"),)

    service: str = Field(primary_key=True)
    hour: datetime = Field(sa_column=Column(UtcDateTime, primary_key=True))
    people: int
    counted: int


class SpikeRow(SQLModel, table=True):
    """A run of unusually many reports of a service: open, then settled; one open run a service.

    `people` is the most in one window (from `start`, so many `hours`), `usual` and `limit` what
    was expected there, `told` what was last spoken of. `opened`: it opened its ticket.
    """

    __tablename__ = "spike"
    __table_args__ = (
        Index("ix_spike_service", "service", "last_at"),
        Index("ix_spike_open", "service", unique=True, sqlite_where=OPEN, postgresql_where=OPEN),
    )

    id: int | None = Field(default=None, primary_key=True)
    service: str
    state: str
    ticket_id: int | None = link_to("ticket.id", nullable=True)
    opened: bool = False
    began_at: datetime = time_column()
    last_at: datetime = time_column()
    start: datetime = time_column()
    hours: int
    people: int
    told: int
    usual: float
    limit: int
    known_hours: int
    found_at: datetime = now_column()
    settled_at: datetime | None = time_column(nullable=True)

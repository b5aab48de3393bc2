"""Tickets, which are the incidents, and what joins mail to them."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    Column,
    ForeignKey,
)
from sqlmodel import Field, Index, SQLModel, UniqueConstraint

from gateway.store.tables.columns import json_column, link_to, now_column, time_column


class TicketRow(SQLModel, table=True):
    """A ticket: an incident. `token` is unguessable and stands in our letters' addresses and ids.

    It `began_at` and was `last_at` heard of by the messages' own times; `over_at` is since when it
    is believed to be over, by a monitor's or a notice's word. A person settles that by its `state`.

    What is to be done with it: `priority` (greater is more urgent), `disposition`, the rule that
    spoke and why, and its `owner`, a person or a team. `pinned` is labels that a person overruled,
    by name (see gateway.incidents.deciding); `signs` names the groups of words that its messages
    used, `written_by` who waits for an answer, `error` the error text that somebody gave.
    """

    __tablename__ = "ticket"
    __table_args__ = (
        Index("ix_ticket_priority", "priority", "id"),
        {"sqlite_autoincrement": True},
    )

    id: int | None = Field(default=None, primary_key=True)
    token: str = Field(unique=True)
    title: str
    state: str = Field(default="new", index=True)
    source: str
    event: str
    services: list[str] = json_column(list)
    reach: str = "unknown"
    people: int | None = None
    hampered: str = "unknown"
    severity: str = "none"
    windows: list[dict[str, Any]] = json_column(list)
    window_status: str | None = None
    needs_review: bool = False
    merged_into: int | None = link_to("ticket.id", nullable=True)
    began_at: datetime | None = time_column(nullable=True)
    last_at: datetime | None = time_column(nullable=True)
    over_at: datetime | None = time_column(nullable=True)
    priority: int = 0
    disposition: str = ""
    disposition_rule: str = ""
    disposition_why: str = ""
    owner: str = ""
    pinned: dict[str, Any] = json_column(dict)
    signs: list[str] = json_column(list)
    written_by: str = ""
    error: str = ""
    created_at: datetime = now_column()
    updated_at: datetime = now_column()

    @property
    def ref(self) -> str:
        """What people call it, for example TG-17."""
        return f"TG-{self.id}"


class ThreadRow(SQLModel, table=True):
    """A Message-ID that leads to a ticket: of what is on it, or only `cited` there."""

    __tablename__ = "thread"

    message_id: str = Field(primary_key=True)
    ticket_id: int = Field(
        sa_column=Column(ForeignKey("ticket.id"), primary_key=True, index=True, autoincrement=False)
    )
    cited: bool = False


class ParticipantRow(SQLModel, table=True):
    """Who is known on a ticket: an address, a "@domain", a "list:id", or "*" for all who wrote.

    See gateway.incidents.threads.
    """

    __tablename__ = "participant"

    ticket_id: int = Field(
        sa_column=Column(ForeignKey("ticket.id"), primary_key=True, autoincrement=False)
    )
    who: str = Field(primary_key=True)
    wrote: bool = False
    verified: bool = False


class ReferenceRow(SQLModel, table=True):
    """What a machine or another house calls the happening on a ticket: "pagerduty:4127".

    `owner` is whose word it is ("@domain" or "list:id"), `verified` whether that was proven; see
    gateway.incidents.references. A monitor that `recurs` fires again for another happening.
    """

    __tablename__ = "reference"

    name: str = Field(primary_key=True)
    ticket_id: int = Field(
        sa_column=Column(ForeignKey("ticket.id"), primary_key=True, index=True, autoincrement=False)
    )
    owner: str = ""
    verified: bool = False
    recurs: bool = False


class SightingRow(SQLModel, table=True):
    """A service on a ticket that others may be about too, from when to when it was spoken of.

    The service "*" stands for any. See gateway.incidents.candidates.
    """

    __tablename__ = "sighting"
    __table_args__ = (Index("ix_sighting_when", "service", "last_at"),)

    service: str = Field(primary_key=True)
    ticket_id: int = Field(
        sa_column=Column(ForeignKey("ticket.id"), primary_key=True, index=True, autoincrement=False)
    )
    began_at: datetime = time_column()
    last_at: datetime = time_column()


class ProfileRow(SQLModel, table=True):
    """What the messages on a ticket have said, as far as likeness is told by it."""

    __tablename__ = "profile"

    ticket_id: int = Field(
        sa_column=Column(ForeignKey("ticket.id"), primary_key=True, autoincrement=False)
    )
    said: dict[str, Any] = json_column(dict)


class AccountRow(SQLModel, table=True):
    """What one witness last said of how many are affected and how badly, and in which message.

    `who` is a person's key (see gateway.incidents.people), or a machine's or list's name.
    """

    __tablename__ = "account"

    ticket_id: int = Field(
        sa_column=Column(ForeignKey("ticket.id"), primary_key=True, autoincrement=False)
    )
    who: str = Field(primary_key=True)
    message_id: int = link_to("message.id")
    at: datetime = time_column()
    event: str
    reach: str = "unknown"
    people: int | None = None
    hampered: str = "unknown"
    is_person: bool = False
    is_over: bool = False


class SuggestionRow(SQLModel, table=True):
    """A message, and with it its ticket, that may belong to another one; a person decides.

    `state` is open, accepted or dismissed; `reasons` are the parts of the score, in words.
    """

    __tablename__ = "suggestion"
    __table_args__ = (UniqueConstraint("ticket_id", "other_id"),)

    id: int | None = Field(default=None, primary_key=True)
    ticket_id: int = link_to("ticket.id", index=False)
    other_id: int = link_to("ticket.id")
    message_id: int | None = link_to("message.id", nullable=True)
    score: float
    reasons: list[str] = json_column(list)
    state: str = Field(default="open", index=True)
    at: datetime = now_column()
    decided_by: str | None = None
    decided_at: datetime | None = time_column(nullable=True)


class SeparationRow(SQLModel, table=True):
    """Two tickets that are held apart, mostly by a person: nothing makes them one, or suggests it.

    `one_id` is the lower number.
    """

    __tablename__ = "separation"

    one_id: int = Field(
        sa_column=Column(ForeignKey("ticket.id"), primary_key=True, autoincrement=False)
    )
    other_id: int = Field(
        sa_column=Column(ForeignKey("ticket.id"), primary_key=True, index=True, autoincrement=False)
    )
    at: datetime = now_column()
    who: str
    why: str = ""


class ReporterRow(SQLModel, table=True):
    """Someone who wrote to a ticket, once each address. `answerable`: letters may go there.

    `person` is the same for all addresses of one person, as far as that is sure.
    """

    __tablename__ = "reporter"
    __table_args__ = (UniqueConstraint("ticket_id", "address"),)

    id: int | None = Field(default=None, primary_key=True)
    ticket_id: int = link_to("ticket.id", index=False)
    address: str
    name: str = ""
    person: str | None = None
    language: str = "en"
    answerable: bool = False
    message_id: int = link_to("message.id", index=False)
    created_at: datetime = now_column()


class HistoryRow(SQLModel, table=True):
    """What happened to a ticket: who, when, what, why. Append only."""

    __tablename__ = "history"

    id: int | None = Field(default=None, primary_key=True)
    ticket_id: int = link_to("ticket.id")
    at: datetime = now_column()
    who: str
    what: str
    why: str = ""
    facts: dict[str, Any] = json_column(dict)

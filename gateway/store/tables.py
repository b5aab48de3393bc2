"""The tables: everything the gateway remembers, as SQLModel classes.

The schema itself is made by the migrations beside this file; a test compares the two. Times
are aware UTC. Rows of APPEND_ONLY are only ever added (triggers see to it).
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    DateTime,
    Dialect,
    ForeignKey,
    LargeBinary,
    TypeDecorator,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, Index, SQLModel, UniqueConstraint

from gateway.model import utcnow

CLAIMED = text("claimed_by IS NOT NULL")
GIVEN = text("sender <> ''")  # letters with a return path of their own
BACK = text("bounced_at IS NOT NULL")
BARRED = text("state IN ('paused', 'stopped')")
OPEN = text("state = 'open'")
MAX_ID = 2**31 - 1  # what an id column of either database can be compared with


def as_number(name: str) -> int | None:
    """The id that somebody typed; None where it can be none."""
    number = int(name) if name.isascii() and name.isdigit() and len(name) < 20 else 0
    return number if 0 < number <= MAX_ID else None


class UtcDateTime(TypeDecorator[datetime]):
    """An aware datetime in UTC, on databases with and without time zones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Refuse naive times: they would be read back as another moment."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone must not be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Attach UTC where the database forgot it."""
        if value is None or value.tzinfo is not None:
            return value and value.astimezone(UTC)
        return value.replace(tzinfo=UTC)


def _time(*, nullable: bool = False, index: bool = False) -> Any:
    return Field(
        default=None if nullable else ...,
        sa_column=Column(UtcDateTime, nullable=nullable, index=index),
    )


def _now() -> Any:
    return Field(default_factory=utcnow, sa_column=Column(UtcDateTime, nullable=False))


def _json(default: Any) -> Any:
    kind = JSON().with_variant(JSONB(), "postgresql")
    return Field(default_factory=default, sa_column=Column(kind, nullable=False))


def _to(target: str, *, nullable: bool = False, index: bool = True) -> Any:
    column: Column[int] = Column(ForeignKey(target), nullable=nullable, index=index)
    return Field(default=None if nullable else ..., sa_column=column)


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
    recipients: list[str] = _json(list)
    received_at: datetime = _time()
    written_at: datetime | None = _time(nullable=True)
    state: str = "accepted"
    reason: str | None = None
    attempts: int = 0
    claim: str | None = None
    claimed_by: str | None = None
    claim_until: datetime | None = _time(nullable=True)
    finished_at: datetime | None = _time(nullable=True)
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
    ticket_id: int | None = _to("ticket.id", nullable=True)

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
    message_id: int = _to("message.id")
    at: datetime = _now()
    who: str
    why: str = ""
    before: dict[str, Any] = _json(dict)
    after: dict[str, Any] = _json(dict)

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
    message_id: int = _to("message.id")
    at: datetime = _time()
    door: str
    sender: str | None = None
    recipients: list[str] = _json(list)
    peer: str | None = None
    helo: str | None = None
    tls: str | None = None


class CursorRow(SQLModel, table=True):
    """How far a mailbox has been read: see gateway.model.Cursor. A UID may have 32 bits."""

    __tablename__ = "cursor"

    mailbox: str = Field(primary_key=True)
    uidvalidity: int = Field(sa_column=Column(BigInteger, nullable=False))
    uid: int = Field(sa_column=Column(BigInteger, nullable=False))
    since: datetime | None = _time(nullable=True)
    doubtful: int = Field(default=0, sa_column=Column(BigInteger, nullable=False))
    passed: list[tuple[int, str]] = _json(list)
    updated_at: datetime = _now()


class LeaseRow(SQLModel, table=True):
    """Who may do a thing that only one may do at a time, and until when."""

    __tablename__ = "lease"

    name: str = Field(primary_key=True)
    owner: str
    until: datetime = _time()


class BreakerRow(SQLModel, table=True):
    """What was stopped by itself, why, and who let it go on. Open while nobody has closed it."""

    __tablename__ = "breaker"

    name: str = Field(primary_key=True)
    opened_at: datetime = _time()
    why: str
    closed_at: datetime | None = _time(nullable=True)
    closed_by: str | None = None


class DoorRow(SQLModel, table=True):
    """How a door last was, told by the process that runs it every few seconds."""

    __tablename__ = "door"

    name: str = Field(primary_key=True)
    owner: str
    state: str
    detail: str = ""
    since: datetime = _time()
    accepted: int = 0
    last_accepted_at: datetime | None = _time(nullable=True)
    seen_at: datetime = _time()


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
    services: list[str] = _json(list)
    reach: str = "unknown"
    people: int | None = None
    hampered: str = "unknown"
    severity: str = "none"
    windows: list[dict[str, Any]] = _json(list)
    window_status: str | None = None
    needs_review: bool = False
    merged_into: int | None = _to("ticket.id", nullable=True)
    began_at: datetime | None = _time(nullable=True)
    last_at: datetime | None = _time(nullable=True)
    over_at: datetime | None = _time(nullable=True)
    priority: int = 0
    disposition: str = ""
    disposition_rule: str = ""
    disposition_why: str = ""
    owner: str = ""
    pinned: dict[str, Any] = _json(dict)
    signs: list[str] = _json(list)
    written_by: str = ""
    error: str = ""
    created_at: datetime = _now()
    updated_at: datetime = _now()

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
    began_at: datetime = _time()
    last_at: datetime = _time()


class ProfileRow(SQLModel, table=True):
    """What the messages on a ticket have said, as far as likeness is told by it."""

    __tablename__ = "profile"

    ticket_id: int = Field(
        sa_column=Column(ForeignKey("ticket.id"), primary_key=True, autoincrement=False)
    )
    said: dict[str, Any] = _json(dict)


class AccountRow(SQLModel, table=True):
    """What one witness last said of how many are affected and how badly, and in which message.

    `who` is a person's key (see gateway.incidents.people), or a machine's or list's name.
    """

    __tablename__ = "account"

    ticket_id: int = Field(
        sa_column=Column(ForeignKey("ticket.id"), primary_key=True, autoincrement=False)
    )
    who: str = Field(primary_key=True)
    message_id: int = _to("message.id")
    at: datetime = _time()
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
    ticket_id: int = _to("ticket.id", index=False)
    other_id: int = _to("ticket.id")
    message_id: int | None = _to("message.id", nullable=True)
    score: float
    reasons: list[str] = _json(list)
    state: str = Field(default="open", index=True)
    at: datetime = _now()
    decided_by: str | None = None
    decided_at: datetime | None = _time(nullable=True)


class SeparationRow(SQLModel, table=True):
    """Two tickets that a person holds apart: nothing makes them one, or suggests it, ever again.

    `one_id` is the lower number.
    """

    __tablename__ = "separation"

    one_id: int = Field(
        sa_column=Column(ForeignKey("ticket.id"), primary_key=True, autoincrement=False)
    )
    other_id: int = Field(
        sa_column=Column(ForeignKey("ticket.id"), primary_key=True, index=True, autoincrement=False)
    )
    at: datetime = _now()
    who: str
    why: str = ""


class ReporterRow(SQLModel, table=True):
    """Someone who wrote to a ticket, once each address. `answerable`: letters may go there.

    `person` is the same for all addresses of one person, as far as that is sure.
    """

    __tablename__ = "reporter"
    __table_args__ = (UniqueConstraint("ticket_id", "address"),)

    id: int | None = Field(default=None, primary_key=True)
    ticket_id: int = _to("ticket.id", index=False)
    address: str
    name: str = ""
    person: str | None = None
    language: str = "en"
    answerable: bool = False
    message_id: int = _to("message.id", index=False)
    created_at: datetime = _now()


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
    begun_at: datetime | None = _time(nullable=True)
    due_at: datetime = _now()


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
    ticket_id: int = _to("ticket.id", index=False)
    kind: str
    text: str = ""
    severity: str
    ticket_state: str
    at: datetime = _now()
    state: str = "waiting"
    is_doubtful: bool = False
    reference: str | None = None
    reason: str | None = None
    attempts: int = 0
    due_at: datetime = _now()


class TrackerCursorRow(SQLModel, table=True):
    """How far a tracker has been asked what people did there; what it is, the tracker knows."""

    __tablename__ = "tracker_cursor"

    tracker: str = Field(primary_key=True)
    cursor: str
    asked_at: datetime = _now()


class HeardRow(SQLModel, table=True):
    """What people did at a tracker and we have taken down: each once, whatever way it came."""

    __tablename__ = "heard"

    tracker: str = Field(primary_key=True)
    event: str = Field(primary_key=True)
    ticket_id: int = _to("ticket.id")
    at: datetime = _now()


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
    ticket_id: int | None = _to("ticket.id", nullable=True, index=False)
    message_id: int | None = _to("message.id", nullable=True, index=False)
    told_at: datetime = _now()
    services: list[str] = _json(list)
    starts_at: datetime = _time()
    ends_at: datetime | None = _time(nullable=True)
    status: str = "CONFIRMED"
    impact: str = ""
    text: str = ""
    sequence: int = 0
    reviewed: bool = False
    reviewed_by: str | None = None
    doubts: list[str] = _json(list)
    published: dict[str, Any] | None = Field(
        default=None, sa_column=Column(JSON().with_variant(JSONB(), "postgresql"), nullable=True)
    )
    created_at: datetime = _now()
    updated_at: datetime = _now()

    @property
    def ref(self) -> str:
        """What people call it, for example MW-3."""
        return f"MW-{self.id}"


class WindowEventRow(SQLModel, table=True):
    """What happened to a maintenance window: who, when, what, why. Append only."""

    __tablename__ = "window_event"

    id: int | None = Field(default=None, primary_key=True)
    window_id: int = _to("maintenance_window.id")
    at: datetime = _now()
    who: str
    what: str
    why: str = ""
    facts: dict[str, Any] = _json(dict)


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
    begun_at: datetime | None = _time(nullable=True)
    due_at: datetime = _now()


class SubscriberRow(SQLModel, table=True):
    """Someone who wants to hear about a service, and has said so.

    `address` is in lower case. `wants`: all, outages or maintenance; `digest`: no (each piece of
    news at once), daily or weekly, the last one `digested_at`. Of the consent it is kept when it
    was given, how (page, mail, import, operator) and in what words or by whose hand.
    """

    __tablename__ = "subscriber"
    __table_args__ = (UniqueConstraint("address", "service"),)

    id: int | None = Field(default=None, primary_key=True)
    address: str
    name: str = ""
    language: str = "en"
    service: str = Field(index=True)
    wants: str = "all"
    digest: str = Field(default="no", index=True)
    digested_at: datetime | None = _time(nullable=True)
    consent_at: datetime = _now()
    consent_how: str = "operator"
    consent_words: str = ""
    created_at: datetime = _now()


class NewsRequestRow(SQLModel, table=True):
    """What somebody at an address asked for, which counts once it is confirmed from there.

    `number` stands in the link and the reply address of the letter that asks back. `action`:
    subscribe or unsubscribe (then no `services` means all); `how`: page or mail.
    """

    __tablename__ = "news_request"

    number: str = Field(primary_key=True)
    address: str = Field(index=True)
    name: str = ""
    language: str = "en"
    action: str = "subscribe"
    services: list[str] = _json(list)
    wants: str = "all"
    digest: str = "no"
    how: str
    asked_at: datetime = _time(index=True)
    expires_at: datetime = _time()
    confirmed_at: datetime | None = _time(nullable=True)


class RefusalRow(SQLModel, table=True):
    """An address that is to get no news, whatever list it stands on, since when and how said.

    It is kept as a keyed digest: it must outlive the erasure of all else about that person.
    """

    __tablename__ = "refusal"

    mark: str = Field(primary_key=True)
    at: datetime = _time()
    how: str


class SubscriptionRow(SQLModel, table=True):
    """A mailing list that an operator wants us on, under one of our addresses.

    `state`: asked (nothing heard yet), to_confirm (its manager asks whether we mean it), confirming
    (answered), subscribed, disabled (its manager has stopped sending), ended.
    """

    __tablename__ = "subscription"
    __table_args__ = (UniqueConstraint("list", "address"),)

    id: int | None = Field(default=None, primary_key=True)
    list: str
    address: str
    system: str = ""
    state: str = "asked"
    asked_by: str
    created_at: datetime = _now()
    updated_at: datetime = _now()


class ListNoticeRow(SQLModel, table=True):
    """What a list manager wrote: see gateway.model.ListNotice.

    `state`: waits (for the operator to confirm), unasked (nobody here wanted it: never confirmed),
    answered, or noted (there is nothing to do).
    """

    __tablename__ = "list_notice"

    id: int | None = Field(default=None, primary_key=True)
    message_id: int = Field(sa_column=Column(ForeignKey("message.id"), nullable=False, unique=True))
    subscription_id: int | None = _to("subscription.id", nullable=True)
    at: datetime = _now()
    kind: str
    system: str = ""
    list: str
    mail_to: str = ""
    mail_subject: str = ""
    mail_body: str = ""
    link: str = ""
    state: str = Field(index=True)
    answered_by: str | None = None
    answered_at: datetime | None = _time(nullable=True)


class HistoryRow(SQLModel, table=True):
    """What happened to a ticket: who, when, what, why. Append only."""

    __tablename__ = "history"

    id: int | None = Field(default=None, primary_key=True)
    ticket_id: int = _to("ticket.id")
    at: datetime = _now()
    who: str
    what: str
    why: str = ""
    facts: dict[str, Any] = _json(dict)


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
    ticket_id: int = _to("ticket.id")
    kind: str
    text: str
    facts: dict[str, Any] = _json(dict)
    state: str = "draft"
    reason: str | None = None
    version: int = 1
    drafted_by: str
    drafted_at: datetime = _now()
    approved_by: str | None = None
    approved_at: datetime | None = _time(nullable=True)
    content_hash: str | None = None
    audience_hash: str | None = None
    begun_at: datetime | None = _time(nullable=True)
    is_urgent: bool = False
    canary: int = 0
    hold_until: datetime | None = _time(nullable=True)
    sent_at: datetime | None = _time(nullable=True)


class ApprovalRow(SQLModel, table=True):
    """Who said yes to which version of a notice, of what content and audience. Append only."""

    __tablename__ = "approval"

    id: int | None = Field(default=None, primary_key=True)
    notice_id: int = _to("notice.id")
    version: int
    who: str
    by: str
    at: datetime = _now()
    content_hash: str
    audience_hash: str


class ApprovalTokenRow(SQLModel, table=True):
    """A word by which one person may approve one version of a notice by mail, once."""

    __tablename__ = "approval_token"

    token_hash: str = Field(primary_key=True)
    notice_id: int = _to("notice.id")
    version: int
    address: str
    asked_by: str
    expires_at: datetime = _time()
    used_at: datetime | None = _time(nullable=True)


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
    notice_id: int = _to("notice.id", index=False)
    version: int
    key: str
    address: str
    name: str = ""
    language: str = "en"
    why: list[str] = _json(list)
    reported_at: datetime | None = _time(nullable=True)
    in_reply_to: str | None = None
    state: str = "waiting"
    reason: str | None = None
    letter_id: int | None = _to("letter.id", nullable=True, index=False)


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
    since: datetime = _now()
    changed_at: datetime = _now()


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
    ticket_id: int | None = _to("ticket.id", nullable=True)
    notice_id: int | None = _to("notice.id", nullable=True)
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
    claim_until: datetime | None = _time(nullable=True)
    created_at: datetime = _now()
    due_at: datetime = _now()
    sent_at: datetime | None = _time(nullable=True)
    bounce: str | None = None
    bounced_at: datetime | None = _time(nullable=True)
    bounce_reason: str | None = None


class TimerRow(SQLModel, table=True):
    """Something that is to happen at a time. `key` makes it one, ever; see gateway.timers.

    `state`: waiting, done, cancelled, or failed (set aside with its `reason`).
    """

    __tablename__ = "timer"
    __table_args__ = (Index("ix_timer_due", "state", "due_at"),)

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True)
    kind: str
    ticket_id: int | None = _to("ticket.id", nullable=True)
    facts: dict[str, Any] = _json(dict)
    due_at: datetime = _time()
    state: str = "waiting"
    attempts: int = 0
    reason: str | None = None
    created_at: datetime = _now()
    done_at: datetime | None = _time(nullable=True)


class CommandRow(SQLModel, table=True):
    """A command that came by mail, and what came of it. `key` makes it one, however often it comes.

    `state`: done, refused, or asks (until `expires_at`, for the word of which `secret` is the
    digest), then confirmed (about to be done).
    """

    __tablename__ = "command"

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True)
    message_id: int = _to("message.id")
    ticket_id: int | None = _to("ticket.id", nullable=True)
    at: datetime = _now()
    who: str
    word: str
    argument: str = ""
    state: str
    said: str = ""
    secret: str | None = Field(default=None, unique=True)
    expires_at: datetime | None = _time(nullable=True)


class HandoffRow(SQLModel, table=True):
    """A ticket handed to its owner: who is asked, one address after the other.

    `state`: waiting (for the one at `step` of `addresses`), taken, silent (nobody answered), ended.
    """

    __tablename__ = "handoff"

    id: int | None = Field(default=None, primary_key=True)
    ticket_id: int = _to("ticket.id")
    team: str
    addresses: list[str] = _json(list)
    step: int = 0
    state: str = "waiting"
    who: str
    why: str = ""
    at: datetime = _now()
    answered_at: datetime | None = _time(nullable=True)
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
    at: datetime = _time()
    who: str
    hampered: str = "unknown"
    spike_id: int | None = _to("spike.id", nullable=True, index=False)


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
    ticket_id: int | None = _to("ticket.id", nullable=True)
    opened: bool = False
    began_at: datetime = _time()
    last_at: datetime = _time()
    start: datetime = _time()
    hours: int
    people: int
    told: int
    usual: float
    limit: int
    known_hours: int
    found_at: datetime = _now()
    settled_at: datetime | None = _time(nullable=True)


class SigningKeyRow(SQLModel, table=True):
    """A key of the store's own, made with it, in hexadecimal."""

    __tablename__ = "signing_key"

    name: str = Field(primary_key=True)
    key: str


class LetterEventRow(SQLModel, table=True):
    """The ledger: what happened to a letter, when. Append only."""

    __tablename__ = "letter_event"

    id: int | None = Field(default=None, primary_key=True)
    letter_id: int = _to("letter.id")
    at: datetime = _now()
    what: str
    detail: str = ""


class ConsoleSessionRow(SQLModel, table=True):
    """Somebody who is signed in at the console; of their cookie only the hash is kept.

    `role` is what they had when they signed in; for `how` = mail the configuration decides anew.
    `kept` is a form that came after the end of the session, for the same person to take up again.
    """

    __tablename__ = "console_session"

    id: int | None = Field(default=None, primary_key=True)
    token_hash: str = Field(unique=True)
    who: str = Field(index=True)
    role: str
    how: str
    origin: str = ""
    agent: str = ""
    created_at: datetime = _now()
    seen_at: datetime = _now()
    expires_at: datetime = _time()
    ended_at: datetime | None = _time(nullable=True)
    ended_by: str | None = None
    kept: dict[str, Any] | None = Field(
        default=None, sa_column=Column(JSON().with_variant(JSONB(), "postgresql"), nullable=True)
    )


class SignInLinkRow(SQLModel, table=True):
    """A link that signs somebody in, once; only its hash is kept."""

    __tablename__ = "sign_in_link"

    token_hash: str = Field(primary_key=True)
    who: str = Field(index=True)
    role: str
    how: str
    created_at: datetime = _now()
    expires_at: datetime = _time()
    used_at: datetime | None = _time(nullable=True)


class AuditRow(SQLModel, table=True):
    """What somebody did at the console or by its API: who, when, what, to what, from where.

    Append only.
    """

    __tablename__ = "audit"
    __table_args__ = (
        Index("ix_audit_target", "target", "id"),
        Index("ix_audit_who", "who", "id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = _now()
    who: str
    what: str
    target: str = ""
    origin: str = ""
    facts: dict[str, Any] = _json(dict)


class ApiTokenRow(SQLModel, table=True):
    """A program's token for the API; only its hash is kept. `scopes` is what it may do."""

    __tablename__ = "api_token"

    id: int | None = Field(default=None, primary_key=True)
    token_hash: str = Field(unique=True)
    name: str
    scopes: list[str] = _json(list)
    made_by: str
    created_at: datetime = _now()
    expires_at: datetime = _time()
    used_at: datetime | None = _time(nullable=True)
    revoked_at: datetime | None = _time(nullable=True)


class ApiAnswerRow(SQLModel, table=True):
    """What a request with an Idempotency-Key was answered; no status while nobody knows."""

    __tablename__ = "api_answer"

    token_id: int = Field(
        sa_column=Column(ForeignKey("api_token.id"), primary_key=True, autoincrement=False)
    )
    key: str = Field(primary_key=True)
    request: str
    at: datetime = Field(
        default_factory=utcnow, sa_column=Column(UtcDateTime, nullable=False, index=True)
    )
    status: int | None = None
    body: dict[str, Any] | None = Field(
        default=None, sa_column=Column(JSON().with_variant(JSONB(), "postgresql"), nullable=True)
    )


APPEND_ONLY = ("history", "letter_event", "correction", "audit", "approval", "window_event")

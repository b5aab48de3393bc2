"""The nouns of the gateway: frozen values that every room may hold and none may change.

Standard library only. Times are timezone-aware UTC `datetime`s; addresses are bare
(`a@b.c`), lower case in the domain; identifiers (Message-ID and the like) carry no brackets.
"""

import re
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal, Protocol

ClaimOf = Literal["sender", "route", "signature", "seal", "list"]
Belief = Literal["verified", "unverified", "unknown", "not checked"]
AutoKind = Literal[
    "vacation", "ack", "receipt", "notification", "bounce", "feedback_loop", "challenge"
]
BounceKind = Literal["hard", "soft"]
MessageState = Literal["accepted", "done", "held"]
LetterState = Literal["held", "queued", "sending", "sent", "failed", "stopped"]
MirrorState = Literal["waiting", "failed", "done"]
PostState = Literal["waiting", "failed", "done"]
NoticeKind = Literal[
    "opened",
    "update",
    "maintenance_planned",
    "maintenance_moved",
    "maintenance_cancelled",
    "maintenance_done",
    "resolution",
    "false_alarm",
]
NoticeState = Literal["draft", "approved", "sending", "paused", "stopped", "sent"]
NoticeSubject = Literal[
    "confirm", "leave", "welcome", "goodbye", "held", "moderate", "rejected", "disabled", "reminder"
]
TimerState = Literal["waiting", "done", "cancelled", "failed"]
TicketState = Literal["new", "triaged", "investigating", "handed_off", "resolved", "closed"]


def utcnow() -> datetime:
    """The current time, aware, in UTC."""
    return datetime.now(UTC)


def belongs_to(address: str, ours: str) -> bool:
    """Whether `address` is `ours` or a sub-address of it (`triage+anything@...`)."""
    local, _, domain = address.lower().rpartition("@")
    own_local, _, own_domain = ours.lower().rpartition("@")
    return domain == own_domain and (local == own_local or local.startswith(f"{own_local}+"))


# --- ways in -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Envelope:
    """How a message reached us (RFC 5321 section 2.3.1), as far as its door knows it.

    `sender` is the reverse path: "" is the null sender, None means that the door carries none
    (a file, most mailboxes). `recipients` are the forward paths; empty means unknown.
    """

    door: str
    sender: str | None = None
    recipients: tuple[str, ...] = ()
    received_at: datetime = field(default_factory=utcnow)
    peer: str | None = None
    helo: str | None = None
    tls: str | None = None


@dataclass(frozen=True, slots=True)
class Arrival:
    """What a door hands to the spool: the bytes as they came, and how they came.

    With a reason to `hold` it is set aside at once, for a person to release.
    """

    raw: bytes
    envelope: Envelope
    hold: str | None = None


@dataclass(frozen=True, slots=True)
class Accepted:
    """The spool's receipt: the message is committed to disk.

    `trace` follows the message through every log line; `duplicate` says that the same message
    was there already, so that only the arrival was added.
    """

    id: int
    trace: str
    duplicate: bool


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a mailbox has been read (RFC 9051 section 2.3.1.1).

    `since` is when reading began, where it did not begin with the first message. UIDs up to
    `doubtful` were there when the mailbox was last renumbered: among them is mail from before
    `since`. `passed` are the UIDs up to `uid` that could not be taken, each with the reason.
    """

    mailbox: str
    uidvalidity: int
    uid: int
    since: datetime | None = None
    doubtful: int = 0
    passed: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class DoorHealth:
    """What a door says of itself, in or out. `detail` is for an operator and names no person."""

    name: str
    state: Literal["up", "starting", "down", "paused"]
    detail: str = ""
    since: datetime = field(default_factory=utcnow)
    accepted: int = 0
    last_accepted_at: datetime | None = None


class Custody(Protocol):
    """What a door needs of the spool. All of it may be called from any thread."""

    def submit(
        self, arrivals: Sequence[Arrival], cursor: Cursor | None = None
    ) -> "Future[tuple[Accepted, ...]]":
        """Take these over: the future is done when they, and `cursor` with them, are on disk.

        It fails with Temporary (busy, disk full: nothing was kept) or Permanent.
        """

    def cursor(self, mailbox: str) -> Cursor | None:
        """How far that mailbox has been read; None on first sight."""

    def acquire(self, name: str, owner: str, seconds: float) -> bool:
        """Take or renew the lease `name` for `owner`; False while another holds it."""

    def release(self, name: str, owner: str) -> None:
        """Give the lease back, if `owner` holds it."""


class Door(Protocol):
    """A way in. Duties: end every message in the spool and promise nothing before it is committed;
    never stop another door; stop cleanly, finishing or refusing what is half done.
    """

    name: str

    async def start(self) -> None:
        """Open the door, or raise: ConfigError for what a person must mend."""

    async def stop(self) -> None:
        """Close the door; returns when nothing of it runs any more."""

    def health(self) -> DoorHealth:
        """How the door is. Must not block."""


# --- a message, read ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Address:
    """A mailbox: bare address and display name ("" where there is none)."""

    address: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Forwarded:
    """The message that somebody passed on, inline or attached."""

    sender: Address | None
    subject: str
    date: datetime | None
    text: str


@dataclass(frozen=True, slots=True)
class ListNotice:
    """What the manager of a mailing list tells or asks: see `gateway.reading.lists.list_notices`.

    A request to `confirm` a subscription is answered by a letter to `mail_to`, or by opening
    `link`; to confirm one to `leave` would end it.
    """

    kind: NoticeSubject
    list: str
    system: str = ""
    mail_to: str = ""
    mail_subject: str = ""
    mail_body: str = ""
    link: str = ""


_FORMER = re.compile(
    r"(?<=\S)\s{0,9}[(\[](?:was|formerly|antes|war)\s{0,3}:[^)\]]{0,300}[)\]]?\s{0,9}$", re.I
)


@dataclass(frozen=True, slots=True)
class Message:
    """One message, read: what its bytes say, before anyone asks what it means.

    Every text is free of NUL and lone surrogates. `text` is the whole readable text (HTML
    turned into text); `reply_text` what this sender newly wrote; `digest` holds the messages of
    a list's digest. `headers` are all header fields in order, decoded. `defects` names what was
    mended while reading.
    """

    raw_sha256: str
    message_id: str | None = None
    in_reply_to: str | None = None
    references: tuple[str, ...] = ()
    subject: str = ""
    sender: Address | None = None
    reply_to: Address | None = None
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    date: datetime | None = None
    text: str = ""
    reply_text: str = ""
    html: str | None = None
    forwarded: Forwarded | None = None
    digest: tuple[Forwarded, ...] = ()
    attachments: tuple[str, ...] = ()
    calendars: tuple[str, ...] = ()
    is_auto: bool = False
    is_bulk: bool = False
    is_bounce: bool = False
    auto_kind: AutoKind | None = None
    failed_recipients: tuple[str, ...] = ()
    bounce_kind: BounceKind | None = None
    bounce_reason: str = ""
    returned_message_id: str | None = None
    list_id: str | None = None
    list_notice: ListNotice | None = None
    language: str = "en"
    headers: tuple[tuple[str, str], ...] = ()
    defects: tuple[str, ...] = ()
    error: str | None = None

    @property
    def topic(self) -> str:
        """The subject without what it says that it was before: "Printer down (was: Lunch)"."""
        return _FORMER.sub("", self.subject)

    def header(self, name: str) -> str | None:
        """The first header field of that name (case does not matter), or None."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), None)


# --- whom to believe ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Claim:
    """Something that a message says of where it comes from, and what came of checking it.

    `what` is the sender (From), the route (MAIL FROM or HELO), a signature, a seal (ARC) or the
    list; `method` and `result` are the words of RFC 8601. `aligned`: it speaks for the From domain.
    """

    what: ClaimOf
    value: str
    method: str
    result: str
    aligned: bool = False
    why: str = ""


@dataclass(frozen=True, slots=True)
class Trust:
    """Whether the domain in From is proven, who found it out (`by`), and each claim."""

    verdict: Belief = "not checked"
    why: str = "nothing is configured to check it with"
    by: str | None = None
    domain: str | None = None
    claims: tuple[Claim, ...] = ()


# --- letters -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Letter:
    """An outgoing letter, written but not yet sent. `key` is unique: one letter each, ever.

    `raw` is the finished message (CRLF lines); its Message-ID is `message_id`, fixed for good.
    `sender` is the envelope sender: its own return path, or "" where bounces must end. `trace`
    names the message that it answers. `is_in_thread`: that message may have answered a letter of
    ours, as a loop must.
    """

    key: str
    kind: str
    recipient: str
    message_id: str
    subject: str
    sender: str
    raw: bytes
    ticket_id: int | None = None
    trace: str | None = None
    is_in_thread: bool = True

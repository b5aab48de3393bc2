"""What a classifier is given and what it must say: the contract of this room.

Standard library only, and nothing of the gateway. The labels and their meaning are those of
the "Labels" section of data/README.md; where something cannot be told, `unknown`, an empty tuple or
None is the right answer. Duties of a classifier: never raise on any document, be pure (the
same document gives the same reading), and give for each label that it sets the words that
led to it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

Source = Literal[
    "alert", "error_tracker", "service_desk", "downtime_list", "chat_relay", "stakeholder",
    "signin_help", "contact_center", "inquiry", "survey", "social", "other",
]  # fmt: skip
Event = Literal[
    "outage", "degradation", "maintenance", "cancelled", "resolved", "access_problem",
    "question", "info", "noise",
]  # fmt: skip
Reach = Literal["one", "some", "many", "all", "unknown"]
Hampered = Literal["none", "partial", "blocked", "unknown"]
WindowStatus = Literal[
    "CONFIRMED", "TENTATIVE", "RE-SCHEDULED", "CANCELLED", "IN-PROCESS", "COMPLETED"
]
LABELS = ("source", "event", "services", "reach", "people", "hampered", "severity", "windows")


@dataclass(frozen=True, slots=True)
class Document:
    """A message as a classifier sees it.

    `text` is the whole readable text and evidence spans point into it; `reply_text` is what
    the sender newly wrote and `forwarded_text` what they passed on, both usually parts of
    `text`. `headers` are (name, decoded value) in order. `date` is aware, UTC.
    """

    subject: str = ""
    text: str = ""
    reply_text: str = ""
    forwarded_text: str = ""
    forwarded_date: datetime | None = None
    headers: tuple[tuple[str, str], ...] = ()
    from_address: str = ""
    from_name: str = ""
    to: tuple[str, ...] = ()
    list_id: str | None = None
    is_auto: bool = False
    is_bulk: bool = False
    is_bounce: bool = False
    auto_kind: str | None = None
    date: datetime | None = None
    language: str = "en"
    calendars: tuple[str, ...] = ()
    html: str | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """The words that led to a label: characters `start` to `end` of `field`, and why.

    What stands in a header has no place there: it is told in `why`, with an empty `text`.
    """

    start: int
    end: int
    text: str
    why: str
    field: Literal["text", "subject"] = "text"


@dataclass(frozen=True, slots=True)
class Window:
    """From `start` to `end`, both aware UTC; `end` None means open."""

    start: datetime
    end: datetime | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of a calendar part: what makes it the same work in a later notice (RFC 5545, BCOP).

    `formal`: it is a MAINTNOTE, whose provider, maintenance id and impact are its own words; ""
    where it says none. `zoned`: its times say where they are. `repeats`: `window` is the first.
    """

    uid: str
    sequence: int | None = None
    window: Window | None = None
    status: WindowStatus | None = None
    provider: str = ""
    maintenance: str = ""
    impact: str = ""
    formal: bool = False
    zoned: bool = True
    repeats: bool = False


@dataclass(frozen=True, slots=True)
class Windows:
    """The windows in force, their status (None where none is told), doubts and evidence.

    `zone_assumed`: no zone stands beside the times, so that they were taken for the site's.
    """

    windows: tuple[Window, ...] = ()
    status: WindowStatus | None = None
    doubts: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    entries: tuple[Entry, ...] = ()
    zone_assumed: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """What a message means. `confidence` is 0..1 a label; `doubts` is why a person should look.

    `written_by` is who waits for an answer: a `person`, a person behind a `form`, or nobody, since
    a `machine` or a list wrote it. `entries` are those of calendar parts of a notice;
    `zone_assumed` says that its windows are in the site's zone since it names none.
    """

    source: Source = "other"
    written_by: Literal["person", "form", "machine"] = "person"
    event: Event = "info"
    services: tuple[str, ...] = ()
    reach: Reach = "unknown"
    people: int | None = None
    hampered: Hampered = "unknown"
    severity: str = "none"
    windows: tuple[Window, ...] = ()
    window_status: WindowStatus | None = None
    entries: tuple[Entry, ...] = ()
    zone_assumed: bool = False
    needs_review: bool = False
    doubts: tuple[str, ...] = ()
    confidence: Mapping[str, float] = field(default_factory=dict)
    evidence: Mapping[str, tuple[Evidence, ...]] = field(default_factory=dict)


class Classifier(Protocol):
    """Reads one document."""

    def read(self, document: Document) -> Reading:
        """The reading of `document`. Never raises."""

"""The tables: everything the gateway remembers, as SQLModel classes.

The schema itself is made by the migrations beside this folder; a test compares the two. Times
are aware UTC. Rows of APPEND_ONLY are only ever added (triggers see to it).
"""

from gateway.store.tables.columns import MAX_ID, UtcDateTime, as_number
from gateway.store.tables.console import (
    ApiAnswerRow,
    ApiTokenRow,
    AuditRow,
    ConsoleSessionRow,
    SignInLinkRow,
)
from gateway.store.tables.incidents import (
    AccountRow,
    HistoryRow,
    ParticipantRow,
    ProfileRow,
    ReferenceRow,
    ReporterRow,
    SeparationRow,
    SightingRow,
    SuggestionRow,
    ThreadRow,
    TicketRow,
)
from gateway.store.tables.letters import LetterEventRow, LetterRow, SigningKeyRow, SuppressionRow
from gateway.store.tables.messages import (
    ArrivalRow,
    BreakerRow,
    CorrectionRow,
    CursorRow,
    DoorRow,
    LeaseRow,
    MessageRow,
    MessageTextRow,
    RawRow,
)
from gateway.store.tables.mirrors import HeardRow, MirrorRow, PostRow, TrackerCursorRow
from gateway.store.tables.notices import ApprovalRow, ApprovalTokenRow, NoticeRow, RecipientRow
from gateway.store.tables.subscriptions import (
    ListNoticeRow,
    NewsRequestRow,
    RefusalRow,
    SubscriberRow,
    SubscriptionRow,
)
from gateway.store.tables.windows import WindowEventRow, WindowMirrorRow, WindowRow
from gateway.store.tables.work import (
    CommandRow,
    HandoffRow,
    SpikeCountRow,
    SpikeReportRow,
    SpikeRow,
    TimerRow,
)

APPEND_ONLY = ("history", "letter_event", "correction", "audit", "approval", "window_event")

__all__ = [
    "APPEND_ONLY",
    "MAX_ID",
    "AccountRow",
    "ApiAnswerRow",
    "ApiTokenRow",
    "ApprovalRow",
    "ApprovalTokenRow",
    "ArrivalRow",
    "AuditRow",
    "BreakerRow",
    "CommandRow",
    "ConsoleSessionRow",
    "CorrectionRow",
    "CursorRow",
    "DoorRow",
    "HandoffRow",
    "HeardRow",
    "HistoryRow",
    "LeaseRow",
    "LetterEventRow",
    "LetterRow",
    "ListNoticeRow",
    "MessageRow",
    "MessageTextRow",
    "MirrorRow",
    "NewsRequestRow",
    "NoticeRow",
    "ParticipantRow",
    "PostRow",
    "ProfileRow",
    "RawRow",
    "RecipientRow",
    "ReferenceRow",
    "RefusalRow",
    "ReporterRow",
    "SeparationRow",
    "SightingRow",
    "SignInLinkRow",
    "SigningKeyRow",
    "SpikeCountRow",
    "SpikeReportRow",
    "SpikeRow",
    "SubscriberRow",
    "SubscriptionRow",
    "SuggestionRow",
    "SuppressionRow",
    "ThreadRow",
    "TicketRow",
    "TimerRow",
    "TrackerCursorRow",
    "UtcDateTime",
    "WindowEventRow",
    "WindowMirrorRow",
    "WindowRow",
    "as_number",
]

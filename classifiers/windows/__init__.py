"""When: the windows that a message says are in force, their status, and what is doubtful.

Policy by event: planned work gives windows, an outage the beginning that is said of it, what is
over only a window whose both ends are said; everything else gives none. A formal calendar part
comes first, then what the sender newly wrote with the subject, what they passed on, a plain
calendar entry, and what they answer. A time without a zone is in the one that its text names; a
plan's else in the site's, a report's in its sender's.
"""

import re

from classifiers.contract import Document, Event, Windows
from classifiers.windows.calendars import calendar_entries
from classifiers.windows.finder import Finder, Hours
from classifiers.windows.notices import events_of
from classifiers.windows.status import status_of

__all__ = ["UNREADABLE", "Hours", "events_of", "find_windows", "hours_of"]

_READ = 4_000  # characters in which hours are looked for
#: What may be one end of hours.
_TIME = re.compile(
    r"\d:\d\d|\d ?[ap]\.? ?m\b|\d[ap]\b|\d ?(?:h|uhr|hrs)\b|\b(?!19\d\d|20[0-4]\d)\d{4}\b"
    r"|\bnoon|midnight|\d ?(?:-|–|to|bis|until|till) ?\d",
    re.I,
)
UNREADABLE = "The times of this message could not be read."


def find_windows(document: Document, zone: str, event: Event) -> Windows:
    """The windows of `document`, whose event is known; times without a zone are in `zone` (IANA).

    Never raises: a text that cannot be made sense of gives no window and says so.
    """
    try:
        if event in ("maintenance", "outage", "degradation", "resolved"):
            return Finder(document, zone, event).windows()
        entries = calendar_entries(document.calendars, zone) if event == "cancelled" else ()
        return Windows(status=status_of(document, event), entries=entries)
    except Exception:
        return Windows(doubts=(UNREADABLE,))


def hours_of(document: Document, zone: str) -> Hours:
    """Where the hours "from - to" of a text stand to its writing. Never raises."""
    text = document.reply_text or document.forwarded_text or document.text
    if not _TIME.search(f"{document.subject[:300]}\n{text[:_READ]}"):
        return "none"
    try:
        return Finder(document, zone, "maintenance").hours()
    except Exception:
        return "none"

"""When: the windows that a message says are in force, their status, and what is doubtful.

Policy by event: planned work gives windows, an outage the beginning that is said of it, what is
over only a window whose both ends are said; everything else gives none. A formal calendar part
comes first, then what the sender newly wrote with the subject, what they passed on, a plain
calendar entry, and what they answer. A time without a zone is in the one that its text names; a
plan's else in the site's, a report's in its sender's.
"""

from classifiers.contract import Document, Event, Windows
from classifiers.windows.finder import Finder
from classifiers.windows.notices import events_of
from classifiers.windows.status import status_of

__all__ = ["UNREADABLE", "events_of", "find_windows"]

UNREADABLE = "The times of this message could not be read."


def find_windows(document: Document, zone: str, event: Event) -> Windows:
    """The windows of `document`, whose event is known; times without a zone are in `zone` (IANA).

    Never raises: a text that cannot be made sense of gives no window and says so.
    """
    try:
        if event in ("maintenance", "outage", "degradation", "resolved"):
            return Finder(document, zone, event).windows()
        return Windows(status=status_of(document, event))
    except Exception:
        return Windows(doubts=(UNREADABLE,))

"""How the tables of windows are written: Eastern clock times of July 2025, as a person reads them.

"11 22:00 > 12 02:00" is from 22:00 on the 11th to 02:00 on the 12th; "11 22:00 >" has no end;
several windows are joined with " & "; "" is none. Days of other months are written "1-03" (with
the year after a slash where it is not 2025: "2026/1-03").
"""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from classifiers import Document, Event, Windows
from classifiers.windows import find_windows

EASTERN = "America/New_York"
#: Monday, 7 July 2025, noon in the East.
WRITTEN = datetime(2025, 7, 7, 16, 0, tzinfo=UTC)


def moment(written: str) -> datetime:
    """The moment of "11 22:00"."""
    day, clock = written.split()
    year, _, day = day.rpartition("/")
    month, _, day = day.rpartition("-")
    hour, minute, *second = map(int, clock.split(":"))
    local = datetime(int(year or 2025), int(month or 7), int(day), hour, minute, *second)
    return local.replace(tzinfo=ZoneInfo(EASTERN)).astimezone(UTC)


def table(windows: str) -> list[tuple[datetime, datetime | None]]:
    """The windows of a table's cell."""
    found = []
    for window in filter(None, windows.split(" & ")):
        start, _, end = window.partition(">")
        found.append((moment(start), moment(end) if end.strip() else None))
    return found


def read(text: str, event: Event = "maintenance", **more: Any) -> Windows:
    """What is found in a message with this body."""
    given = {"text": text, "reply_text": text, "date": WRITTEN} | more
    zone = given.pop("zone", EASTERN)
    return find_windows(Document(**given), zone, event)


def pairs(found: Windows) -> list[tuple[datetime, datetime | None]]:
    """Windows as pairs."""
    return [(window.start, window.end) for window in found.windows]

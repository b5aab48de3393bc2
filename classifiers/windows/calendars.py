"""Read windows from iCalendar parts: MAINTNOTE notices and plain events (RFC 5545, BCOP).

An event that is itself a meeting ("monitoring bridge", a Teams location and no word of work) is
nobody's window.
Zone names of Windows are known to the `icalendar` package; a time without any zone is the site's.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from classifiers.contract import Entry, Window, WindowStatus
from classifiers.windows.zones import Zone, site_zone

_LIMIT = 100_000
_NAME = 200  # characters of an id that are kept
_STATUS: dict[str, WindowStatus] = {
    "TENTATIVE": "TENTATIVE", "CONFIRMED": "CONFIRMED", "CANCELLED": "CANCELLED",
    "CANCELED": "CANCELLED", "IN-PROCESS": "IN-PROCESS", "IN-PROGRESS": "IN-PROCESS",
    "COMPLETED": "COMPLETED", "RE-SCHEDULED": "RE-SCHEDULED", "RESCHEDULED": "RE-SCHEDULED",
    "NO-CHANGE": "CONFIRMED",
}  # fmt: skip
_MEETING = re.compile(
    r"\b(?:bridge|meeting|call|sync|stand-?up|webex|zoom|teams|briefing|training|webinar|review"
    r"|reuni[óo]n|go/no-go)\b",
    re.I,
)

_WORK = re.compile(
    r"\b(?:upgrade|outage|downtime|maintenance|mantenimiento|migration|patch\w*|deploy\w*|release"
    r"|cut-?over|failover)\b",
    re.I,
)

_SUMMARY = re.compile(r"^SUMMARY[^:\n]{0,80}:([^\n]{0,300})", re.M | re.I)


@dataclass(frozen=True, slots=True)
class Noted:
    """What calendars say. `formal` is a MAINTNOTE, which nothing in the text outweighs."""

    windows: tuple[Window, ...] = ()
    status: WindowStatus | None = None
    formal: bool = False


def is_work_event(text: str) -> bool:
    """Whether a calendar part is an event of work, neither a meeting nor an answer to one."""
    if "BEGIN:VEVENT" not in text or "METHOD:REPLY" in text:
        return False
    found = _SUMMARY.search(text[:_LIMIT])
    return not found or not _is_meeting(found[1], "")


def read_calendars(calendars: tuple[str, ...], zone: Zone) -> Noted:
    """The windows and the status of all calendars; nothing where none can be read."""
    noted = Noted()
    for text in calendars[:5]:
        if "VEVENT" not in text:
            continue
        for event, method in _events(text[:_LIMIT]):
            noted = _with(noted, event, method, zone)
    return noted


def calendar_entries(calendars: tuple[str, ...], zone: str) -> tuple[Entry, ...]:
    """The entries of work in all calendars, once each; also those that are called off."""
    site = site_zone(zone) if calendars else None
    found: dict[tuple[str, int | None, Window | None], Entry] = {}
    for text in calendars[:5]:
        if site is None or "VEVENT" not in text or "METHOD:REPLY" in text:
            continue
        for event, method in _events(text[:_LIMIT]):
            entry = _sound_entry(event, method, site)
            if entry is not None:
                found.setdefault((entry.uid, entry.sequence, entry.window), entry)
    formal = [entry for entry in found.values() if entry.formal]
    return tuple(formal or found.values())


def _sound_entry(event: Any, method: str, zone: Zone) -> Entry | None:
    try:
        return _entry(event, method, zone)
    except Exception:  # what is damaged is found out only when it is looked at
        return None


def _entry(event: Any, method: str, zone: Zone) -> Entry | None:
    formal = any(str(key).upper().startswith("X-MAINTNOTE") for key in event)
    if not formal and _is_meeting(_text(event, "SUMMARY"), _text(event, "LOCATION")):
        return None
    said = (_text(event, "X-MAINTNOTE-STATUS") or _text(event, "STATUS")).upper()
    return Entry(
        uid=_text(event, "UID").strip()[:_NAME],
        sequence=_sequence(event),
        window=_window(event, zone),
        status="CANCELLED" if method == "CANCEL" else _STATUS.get(said),
        provider=_text(event, "X-MAINTNOTE-PROVIDER").strip()[:_NAME],
        maintenance=_text(event, "X-MAINTNOTE-MAINTENANCE-ID").strip()[:_NAME],
        impact=_text(event, "X-MAINTNOTE-IMPACT").strip().upper()[:_NAME],
        formal=formal,
        zoned=_is_zoned(event),
        repeats="RRULE" in event or "RDATE" in event,
    )


def _sequence(event: Any) -> int | None:
    said = _text(event, "SEQUENCE").strip()
    return int(said) if said.isascii() and said.isdigit() and len(said) < 10 else None


def _is_zoned(event: Any) -> bool:
    given = event.get("DTSTART")
    value = getattr(given, "dt", None)
    named = getattr(given, "params", {}).get("TZID", "")
    return isinstance(value, datetime) and (value.tzinfo is not None or bool(named))


def _events(text: str) -> list[tuple[Any, str]]:
    from icalendar import Calendar  # noqa: PLC0415  # slow to import, rarely needed

    try:
        calendars = Calendar.from_ical(text, multiple=True)
        return [
            (event, str(calendar.get("METHOD", "")).upper())
            for calendar in calendars
            for event in calendar.walk("VEVENT")[:20]
        ]
    except Exception:
        return []


def _with(noted: Noted, event: Any, method: str, zone: Zone) -> Noted:
    formal_status = _text(event, "X-MAINTNOTE-STATUS")
    is_formal = any(str(key).upper().startswith("X-MAINTNOTE") for key in event)
    if noted.formal and not is_formal:
        return noted
    if not is_formal and _is_meeting(_text(event, "SUMMARY"), _text(event, "LOCATION")):
        return noted
    status = _STATUS.get((formal_status or _text(event, "STATUS")).upper())
    if method == "CANCEL":
        status = "CANCELLED"
    if status == "CANCELLED":
        return Noted(noted.windows, noted.status or status, is_formal)
    window = _window(event, zone)
    windows = noted.windows if noted.formal == is_formal else ()
    if window and window not in windows:
        windows = (*windows, window)
    return Noted(
        windows, status if noted.status in (None, "CANCELLED") else noted.status, is_formal
    )


def _is_meeting(summary: str, location: str) -> bool:
    if _MEETING.search(summary):
        return True
    return _MEETING.search(location) is not None and not _WORK.search(summary)


def _text(event: Any, key: str) -> str:
    value = event.get(key)
    return str(value if not isinstance(value, list) else value[0]) if value is not None else ""


def _window(event: Any, zone: Zone) -> Window | None:
    try:
        start = _moment(event, "DTSTART", zone)
        end = _moment(event, "DTEND", zone)
        if start and end is None:
            end = _by_length(event, start)
    except (ValueError, OverflowError, TypeError, AttributeError):
        return None
    if start is None:
        return None
    return Window(start, end if end and end > start else None)


def _by_length(event: Any, start: datetime) -> datetime | None:
    length = getattr(event.get("DURATION"), "dt", None)
    if isinstance(length, timedelta):
        return start + length
    first = getattr(event.get("DTSTART"), "dt", None)
    is_all_day = isinstance(first, date) and not isinstance(first, datetime)
    return start + timedelta(days=1) if is_all_day else None


def _moment(event: Any, key: str, zone: Zone) -> datetime | None:
    given = event.get(key)
    value = getattr(given, "dt", None)
    if isinstance(value, datetime):
        if value.tzinfo is None:
            named = str(getattr(given, "params", {}).get("TZID", ""))
            value = value.replace(tzinfo=site_zone(named).tz if "/" in named else zone.tz)
        return value.astimezone(UTC)
    if isinstance(value, date):
        return datetime.combine(value, time(), zone.tz).astimezone(UTC)
    return None

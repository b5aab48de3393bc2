"""What a calendar says, as text: for mail that holds a calendar and no words beside it.

Each event is its summary, time, place and description, in the times of the calendar itself.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from gateway.reading.structure import charsets

MAX_EVENTS = 20
MAX_CALENDAR = 100_000


def as_text(calendars: list[str]) -> str:
    """The events of these calendars, in readable lines; "" where none can be read."""
    events = (event for one in calendars for event in _events(one[:MAX_CALENDAR]))
    told = ["\n".join(_lines(event)) for event, _ in zip(events, range(MAX_EVENTS), strict=False)]
    return charsets.clean("\n\n".join(one for one in told if one))


def _events(text: str) -> list[Any]:
    from icalendar import Calendar  # noqa: PLC0415  # slow to import, rarely needed

    try:
        return [one for found in Calendar.from_ical(text, multiple=True) for one in found.events]
    except Exception:  # whatever a stranger's calendar does to the parser
        return []


def _lines(event: Any) -> Iterator[str]:
    yield from _said(event, "SUMMARY")
    if time := _time(event):
        yield f"When: {time}"
    yield from (f"Where: {place}" for place in _said(event, "LOCATION"))
    yield from (f"Status: {status.lower()}" for status in _said(event, "STATUS"))
    yield from _said(event, "DESCRIPTION")


def _said(event: Any, key: str) -> list[str]:
    value = event.get(key)
    first = value[0] if isinstance(value, list) and value else value
    text = str(first or "").strip()
    return [text] if text else []


def _time(event: Any) -> str:
    start, end = _moment(event, "DTSTART"), _moment(event, "DTEND", is_end=True)
    return f"{start} to {end}" if start and end and start != end else start


def _moment(event: Any, key: str, *, is_end: bool = False) -> str:
    given = event.get(key)
    try:
        value = getattr(given, "dt", None)
    except Exception:  # it may be read only now
        return ""
    if isinstance(value, datetime):
        zone = value.tzname() or getattr(given, "params", {}).get("TZID", "")
        return f"{value:%Y-%m-%d %H:%M} {zone}".strip()
    if isinstance(value, date):  # the end of whole days is the day after the last
        return (value - timedelta(days=1) if is_end and value > date.min else value).isoformat()
    return ""

"""Maintenance windows as calendars: RFC 5545 with MAINTNOTE properties, for letters and feeds.

An entry keeps its UID for good and its SEQUENCE rises, so that calendars move or strike out what
they have instead of showing it twice. Times are in UTC: no reader can mistake them. What is said
is for everybody: no attendee stands in it, and nothing asks for an answer (METHOD:PUBLISH). Pure.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from gateway.letters.mime import CalendarPart, one_line

PRODUCT = "-//Triage Gateway//EN"
Method = Literal["PUBLISH", "CANCEL"]
_STATUS = {"TENTATIVE": "TENTATIVE", "CANCELLED": "CANCELLED"}  # what others are is CONFIRMED
_MOST = 2_000  # characters of a text


@dataclass(frozen=True, slots=True)
class Entry:
    """A window as a calendar tells it; times aware, `end` None while nobody knows.

    `key` is what people call it (MW-12), `status` a word of MAINTNOTE, `services` names as people
    know them. `updated` is when it last changed.
    """

    uid: str
    key: str
    sequence: int
    start: datetime
    end: datetime | None
    status: str
    services: Sequence[str]
    text: str
    updated: datetime
    impact: str = ""


@dataclass(frozen=True, slots=True)
class Publisher:
    """Who publishes the calendar: our name, our address, and what a feed is called."""

    name: str
    address: str
    zone: str = "UTC"


def part(entries: Sequence[Entry], publisher: Publisher) -> CalendarPart:
    """The calendar of a letter: its method is CANCEL where every entry is called off."""
    off = bool(entries) and all(entry.status == "CANCELLED" for entry in entries)
    method: Method = "CANCEL" if off else "PUBLISH"
    return CalendarPart(_calendar(entries, publisher, method), method)


def feed(entries: Sequence[Entry], publisher: Publisher, title: str) -> bytes:
    """A calendar to subscribe to (RFC 7986): all entries, also those that are called off."""
    named = {"NAME": title, "X-WR-CALNAME": title, "X-WR-TIMEZONE": publisher.zone}
    return _calendar(entries, publisher, "PUBLISH", named)


def _calendar(
    entries: Sequence[Entry],
    publisher: Publisher,
    method: Method,
    names: Mapping[str, str] | None = None,
) -> bytes:
    """The calendar; with `names` it is one to subscribe to, looked at every quarter of an hour."""
    from icalendar import Calendar, vDuration  # noqa: PLC0415  # slow to import, rarely needed

    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", method)
    calendar.add("calscale", "GREGORIAN")
    for name, value in (names or {}).items():
        calendar.add(name, value)
    if names:
        quarter = vDuration(timedelta(minutes=15))
        quarter.params["VALUE"] = "DURATION"
        calendar["REFRESH-INTERVAL"] = quarter
        calendar.add("X-PUBLISHED-TTL", "PT15M")
    for entry in entries:
        calendar.add_component(_event(entry, publisher))
    return bytes(calendar.to_ical())


def _event(entry: Entry, publisher: Publisher) -> Any:
    from icalendar import Event, vCalAddress, vText  # noqa: PLC0415  # see above

    event = Event()
    event.add("uid", entry.uid)
    event.add("dtstamp", entry.updated.astimezone(UTC))
    event.add("last-modified", entry.updated.astimezone(UTC))
    event.add("sequence", entry.sequence)
    event.add("dtstart", entry.start.astimezone(UTC))
    if entry.end is not None:
        event.add("dtend", entry.end.astimezone(UTC))
    event.add("summary", summary(entry))
    event.add("description", description(entry))
    event.add("status", _STATUS.get(entry.status, "CONFIRMED"))
    event.add("transp", "TRANSPARENT")  # nobody is busy because a service is down
    event.add("class", "PUBLIC")
    organizer = vCalAddress(f"mailto:{publisher.address}")
    organizer.params["CN"] = vText(one_line(publisher.name))
    event["organizer"] = organizer
    event.add("x-maintnote-provider", publisher.address.rpartition("@")[2] or publisher.name)
    event.add("x-maintnote-account", "all")
    event.add("x-maintnote-maintenance-id", entry.key)
    for service in entry.services:
        event.add("x-maintnote-object-id", one_line(service))
    event.add("x-maintnote-impact", one_line(entry.impact) or "OUTAGE")
    event.add("x-maintnote-status", entry.status)
    return event


def summary(entry: Entry) -> str:
    """The line that a calendar shows."""
    about = ", ".join(entry.services) or entry.key
    mark = "Cancelled: " if entry.status == "CANCELLED" else ""
    return one_line(f"{mark}Maintenance: {about}")[:200]


def description(entry: Entry) -> str:
    """What users are told; where nobody wrote it, what is true of every window."""
    about = ", ".join(entry.services) or "Some services"
    if entry.status == "CANCELLED":
        said = f"The maintenance of {about} will not take place."
    else:
        said = entry.text.strip()[:_MOST] or f"{about} may not work during this time."
    open_end = "" if entry.end or entry.status == "CANCELLED" else "\n\nNo end was given."
    return f"{said}{open_end}\n\n{entry.key}"

"""A calendar that comes alone is readable; one beside words adds none."""

import pytest

from gateway.reading import read

EVENT = b"""BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//x//y
BEGIN:VEVENT
UID:1@x.example
SUMMARY:Login.gov maintenance
%s
LOCATION:Data centre 2
DESCRIPTION:Login.gov will be unavailable.\\nNo one can sign in.
STATUS:CONFIRMED
END:VEVENT
END:VCALENDAR
"""
HEAD = b"From: ann@people.example\nSubject: x\nContent-Type: text/calendar\n\n"


@pytest.mark.parametrize(
    ("times", "when"),
    [
        (b"DTSTART:20261122T040000Z\nDTEND:20261122T080000Z",
         "2026-11-22 04:00 UTC to 2026-11-22 08:00 UTC"),
        (b"DTSTART;TZID=America/New_York:20261121T230000", "2026-11-21 23:00 EST"),
        (b"DTSTART;TZID=Home:20261121T230000", "2026-11-21 23:00 Home"),
        (b"DTSTART;VALUE=DATE:20261121\nDTEND;VALUE=DATE:20261122", "2026-11-21"),
        (b"DTSTART;VALUE=DATE:20261121\nDTEND;VALUE=DATE:20261123", "2026-11-21 to 2026-11-22"),
    ],
)  # fmt: skip
def test_a_calendar_that_comes_alone_is_told_in_words(times: bytes, when: str) -> None:
    assert read(HEAD + EVENT % times).text.split("\n") == [
        "Login.gov maintenance", f"When: {when}", "Where: Data centre 2", "Status: confirmed",
        "Login.gov will be unavailable.", "No one can sign in.",
    ]  # fmt: skip


def test_a_calendar_beside_words_adds_none() -> None:
    message = read(
        b"From: ann@people.example\nContent-Type: multipart/mixed; boundary=b\n\n"
        b"--b\n\nSee the calendar.\n--b\nContent-Type: text/calendar\n\n"
        + EVENT % b"DTSTART:20261122T040000Z" + b"--b--\n"
    )  # fmt: skip
    assert message.text == "See the calendar."
    assert len(message.calendars) == 1


@pytest.mark.parametrize(
    "calendar",
    [b"", b"BEGIN:VCALENDAR", b"no calendar", EVENT % b"DTSTART:none", EVENT % b"DTSTART:00010101"],
)
def test_a_calendar_that_is_none_is_no_trouble(calendar: bytes) -> None:
    message = read(HEAD + calendar)
    assert (message.error, len(message.calendars)) == (None, 1)

"""Calendar parts: MAINTNOTE notices and plain events."""

import pytest

from tests.unit.classifiers.windows_table import pairs, read, table

TEXT = "Maintenance July 11, 10 PM - 11 PM ET"


def calendar(*lines: str, method: str = "REQUEST") -> str:
    """An iCalendar part of one event with these lines."""
    head = ("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//x//EN", f"METHOD:{method}", "BEGIN:VEVENT")
    return "\r\n".join([*head, "UID:1@x.example", *lines, "END:VEVENT", "END:VCALENDAR", ""])


def maintnote(status: str) -> str:
    return calendar(
        "DTSTART:20250712T020000Z",
        "DTEND:20250712T060000Z",
        "X-MAINTNOTE-PROVIDER:example.net",
        f"X-MAINTNOTE-STATUS:{status}",
        "SUMMARY:Maintenance call-out of circuit 7",
    )


EVENTS = [
    (("DTSTART:20250712T020000Z", "DTEND:20250712T060000Z"), "11 22:00 > 12 02:00"),
    (("DTSTART;TZID=Eastern Standard Time:20250711T220000", "DTEND:20250712T060000Z"),
     "11 22:00 > 12 02:00"),
    (("DTSTART;TZID=America/Chicago:20250711T210000", "DURATION:PT4H"), "11 22:00 > 12 02:00"),
    (("DTSTART:20250711T220000", "DTEND:20250712T020000"), "11 22:00 > 12 02:00"),
    (("DTSTART;VALUE=DATE:20250711", "DTEND;VALUE=DATE:20250713"), "11 00:00 > 13 00:00"),
    (("DTSTART;VALUE=DATE:20250711",), "11 00:00 > 12 00:00"),
    (("DTSTART:20250712T020000Z",), "11 22:00 >"),
    (("DTSTART:20250712T020000Z", "DTEND:20250712T010000Z"), "11 22:00 >"),
]  # fmt: skip


@pytest.mark.parametrize(("lines", "expected"), EVENTS)
def test_an_event_is_a_window(lines: tuple[str, ...], expected: str) -> None:
    found = read("See the calendar.", calendars=(calendar("SUMMARY:Upgrade", *lines),))
    assert pairs(found) == table(expected)


def test_a_maintnote_outweighs_the_text_without_a_doubt() -> None:
    found = read(TEXT, calendars=(maintnote("TENTATIVE"),))
    assert pairs(found) == table("11 22:00 > 12 02:00")
    assert (found.status, found.doubts) == ("TENTATIVE", ())


def test_a_text_outweighs_a_plain_event_that_contradicts_it_and_is_doubted() -> None:
    event = calendar("DTSTART:20250713T020000Z", "DTEND:20250713T030000Z", "SUMMARY:Upgrade")
    found = read(TEXT, calendars=(event,))
    assert pairs(found) == table("11 22:00 > 11 23:00")
    assert found.doubts


def test_a_plain_event_outweighs_a_text_that_says_less() -> None:
    event = calendar("DTSTART:20250713T020000Z", "DTEND:20250713T030000Z", "SUMMARY:Upgrade")
    found = read("Maintenance starts July 12 at 10 PM.", calendars=(event,))
    assert pairs(found) == table("12 22:00 > 12 23:00")


def test_a_hold_for_work_is_a_window_wherever_it_is_talked_about() -> None:
    event = calendar(
        "DTSTART:20250712T014500Z", "DTEND:20250712T031500Z",
        "SUMMARY:HOLD: claims upgrade", "LOCATION:Teams",
    )  # fmt: skip
    assert pairs(read("See the entry.", calendars=(event,))) == table("11 21:45 > 11 23:15")


@pytest.mark.parametrize(
    "line", ["SUMMARY:Maintenance - monitoring bridge", "LOCATION:Microsoft Teams Meeting"]
)
def test_an_invitation_to_a_meeting_is_no_window(line: str) -> None:
    event = calendar("DTSTART:20250712T014500Z", "DTEND:20250712T031500Z", line)
    found = read(TEXT, calendars=(event,))
    assert pairs(found) == table("11 22:00 > 11 23:00")
    assert found.doubts == ()


@pytest.mark.parametrize(
    "part",
    [
        maintnote("CANCELLED"),
        calendar("DTSTART:20250712T020000Z", "STATUS:CANCELLED", "SUMMARY:Upgrade"),
        calendar("DTSTART:20250712T020000Z", "SUMMARY:Upgrade", method="CANCEL"),
    ],
)
def test_a_cancelled_event_has_no_window(part: str) -> None:
    found = read(TEXT, calendars=(part,))
    assert (pairs(found), found.status) == ([], "CANCELLED")


@pytest.mark.parametrize(
    "part", ["", "BEGIN:VCALENDAR", "BEGIN:VEVENT\r\nDTSTART:nonsense\r\nEND:VEVENT", "\0" * 50]
)
def test_a_damaged_calendar_leaves_the_text(part: str) -> None:
    assert pairs(read(TEXT, calendars=(part,))) == table("11 22:00 > 11 23:00")


def test_several_events_are_several_windows() -> None:
    parts = tuple(
        calendar(f"DTSTART:202507{day}T020000Z", f"DTEND:202507{day}T030000Z", "SUMMARY:Upgrade")
        for day in (12, 13)
    )
    found = read("See the calendars.", calendars=parts)
    assert pairs(found) == table("11 22:00 > 11 23:00 & 12 22:00 > 12 23:00")


def test_a_finished_maintnote_gives_its_window_where_the_text_gives_none() -> None:
    found = read("Done.", "resolved", calendars=(maintnote("COMPLETED"),))
    assert pairs(found) == table("11 22:00 > 12 02:00")

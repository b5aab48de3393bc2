"""Formal notices of planned work: what they can report, by their form and their own words."""

import pytest

from classifiers.contract import Document
from classifiers.windows import events_of
from tests.unit.classifiers.windows_table import pairs, read, table

PLANNED = frozenset({"maintenance"})


def events(text: str, subject: str = "Planned maintenance 4411", **more: object) -> frozenset[str]:
    return events_of(Document(subject=subject, text=text, **more))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text",
    [
        "Start: 2025-07-11 22:00 UTC\nEnd: 2025-07-12 04:00 UTC",
        "Begin 2025-07-11 22:00\nEnd 2025-07-12 04:00",
        "*Start Time:*\n07/11/2025 22:00\n*End Time:*\n07/12/2025 04:00",
        "| Start | 2025-07-11 22:00 |\n| Finish | 2025-07-12 04:00 |",
        "Maintenance window: 22:00 - 04:00 UTC, July 11",
        "Beginn: 11.07.2025, 22:00 Uhr\nEnde: 12.07.2025, 04:00 Uhr",
        "Schedule: 07/11/2025, 0200-0400 EDT",
    ],
)
def test_a_label_for_the_start_and_one_for_the_end_make_a_notice(text: str) -> None:
    assert events(text) == PLANNED


@pytest.mark.parametrize(
    ("subject", "text", "expected"),
    [
        ("Planned works - completed", "", "resolved"),
        ("CANCELLED: planned works", "", "cancelled"),
        ("Planned works", "Status: Cancelled", "cancelled"),
        ("CHG40 planned works: Closed Incomplete", "", "cancelled"),
        ("CHG40 planned works: approval complete", "", "maintenance"),
        ("Planned works", "We are sorry: the works will not take place.", "cancelled"),
        ("Planned works", "The works have been postponed. A new date will follow.", "cancelled"),
        ("Planned works", "The works have been successfully completed.", "resolved"),
        ("Planned works", "You will be told once they have been completed.", "maintenance"),
        ("ANNULATION - travaux programmés", "", "cancelled"),
        ("Abgeschlossen: Wartungsarbeiten", "", "resolved"),
        ("Planned works rescheduled", "", "maintenance"),
        ("Planned works", "PLEASE NOTE: THIS WORK HAS BEEN CANCELED.", "cancelled"),
        ("Planned works", "To cancel this subscription or to reschedule, call us.", "maintenance"),
    ],
)
def test_what_a_notice_says_of_itself_tells_the_event(
    subject: str, text: str, expected: str
) -> None:
    form = "\n\nStart: 2025-07-11 22:00\nEnd: 2025-07-12 04:00"
    found = events(text + form, subject)
    assert found == {expected}


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Planned maintenance", "VBMS is down. Was this the maintenance of Saturday, 10 to 11?"),
        ("Lunch", "Start: 2025-07-11 12:00\nEnd: 2025-07-11 13:00"),
        ("Accepted: maintenance", "When: 2025-07-11 12:00 to 2025-07-11 13:00"),
        ("Re: maintenance window", "Maintenance window: when they write 22:00, is it ours?"),
    ],
)
def test_prose_questions_answers_and_other_forms_are_no_notice(subject: str, text: str) -> None:
    assert events(text, subject) == frozenset()


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ("Network maintenance on August 27, 2025 00:00 EDT - 06:00 EDT", PLANNED),
        ("Direct Link Planned Maintenance Cancelled", {"cancelled"}),
        ("Planned maintenance completed: VIE3", {"resolved"}),
        ("Re: maintenance on August 27, 2025 00:00 EDT - 06:00 EDT", set()),
        ("Re: planned maintenance cancelled?", set()),
    ],
)
def test_a_subject_alone_makes_a_notice(subject: str, expected: set[str]) -> None:
    assert events("As per the subject.", subject) == expected


def test_what_is_only_quoted_makes_no_notice() -> None:
    own = "Off again, they just called."
    text = f"{own}\n\n> Start: 2025-07-11 22:00\n> End: 2025-07-12 04:00"
    assert events(text, reply_text=own) == frozenset()


def test_a_formal_calendar_makes_a_notice_and_tells_its_event() -> None:
    lines = "BEGIN:VCALENDAR\n{}BEGIN:VEVENT\nX-MAINTNOTE-STATUS:{}\nEND:VEVENT"
    assert events("See attached.", calendars=(lines.format("", "CONFIRMED"),)) == PLANNED
    assert events("See attached.", calendars=(lines.format("", "COMPLETED"),)) == {"resolved"}
    cancelled = lines.format("METHOD:CANCEL\n", "CONFIRMED")
    assert events("See attached.", calendars=(cancelled,)) == {"cancelled"}


def test_an_end_put_off_in_the_subject_changes_the_end() -> None:
    found = read(
        "The copy is slow.\nBegin: July 11, 10 PM ET\nEnd: July 12, 2 AM ET",
        subject="EXTENDED TILL 4 AM - storage migration (was 2 AM)",
    )
    assert pairs(found) == table("11 22:00 > 12 04:00")


def test_work_done_early_has_its_planned_window() -> None:
    found = read(
        "The planned work has been completed.\nStart: July 7, 10 AM\nEnd: July 7, 11 PM", "resolved"
    )
    assert pairs(found) == table("7 10:00 > 7 23:00")
    assert found.status == "COMPLETED"

"""The calendar of a maintenance notice: as others read it, and as our own reader does."""

import email
import email.policy
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from icalendar import Calendar

from classifiers.windows.calendars import calendar_entries
from gateway import reading as reader
from gateway.letters import calendar, mime
from gateway.letters.calendar import Entry, Publisher

START = datetime(2026, 3, 15, 2, 0, tzinfo=UTC)
US = Publisher("Triage", "triage@gateway.example", "America/New_York")
ENTRY = Entry(
    uid="0f9c2d31-5f35-4a39-9a5e-0a43d0a2f8f1", key="MW-3", sequence=2, start=START,
    end=START + timedelta(minutes=90), status="CONFIRMED", services=("Login.gov", "DS Logon"),
    text="You may not be able to sign in; please come back later, gracias.\nCafé, 100 % sure.",
    updated=datetime(2026, 3, 9, 14, 0, tzinfo=UTC), impact="OUTAGE",
)  # fmt: skip


def changed(**what: Any) -> Entry:
    from dataclasses import replace

    return replace(ENTRY, **what)


def letter(*entries: Entry, html: str | None = "<p>Hello</p>\n") -> Any:
    fields = [
        mime.mailbox("From", "triage@gateway.example", "Triage"),
        mime.mailbox("To", "triage@gateway.example"),
        mime.unstructured("Subject", "Upcoming maintenance: Login.gov"),
        b"Date: Mon, 09 Mar 2026 14:00:00 +0000\r\n",
        mime.identifiers("Message-ID", ["n1@gateway.example"]),
    ]
    raw = mime.message(fields, "Hello\n", html, calendar.part(entries, US))
    return raw, email.message_from_bytes(raw, policy=email.policy.default)


def events(content: bytes) -> list[Any]:
    return list(Calendar.from_ical(content).walk("VEVENT"))


def test_the_calendar_is_the_last_alternative_and_a_file() -> None:
    _, message = letter(ENTRY)
    assert message.get_content_type() == "multipart/mixed"
    body, file = message.iter_parts()
    assert [part.get_content_type() for part in body.iter_parts()] == [
        "text/plain", "text/html", "text/calendar"
    ]  # fmt: skip
    inline = list(body.iter_parts())[-1]
    assert inline.get_param("method") == "PUBLISH"
    assert (file.get_content_type(), file.get_filename()) == ("application/ics", "maintenance.ics")
    assert events(file.get_content()) == events(inline.get_payload(decode=True))


def test_it_says_what_the_window_is() -> None:
    (event,) = events(calendar.part([ENTRY], US).content)
    assert (event["UID"], event["SEQUENCE"]) == (ENTRY.uid, 2)
    assert (event["DTSTART"].dt, event["DTEND"].dt) == (ENTRY.start, ENTRY.end)
    assert event["STATUS"] == "CONFIRMED"
    assert event["X-MAINTNOTE-STATUS"] == "CONFIRMED"
    assert event["X-MAINTNOTE-MAINTENANCE-ID"] == "MW-3"
    assert [str(one) for one in event["X-MAINTNOTE-OBJECT-ID"]] == ["Login.gov", "DS Logon"]
    assert event["SUMMARY"] == "Maintenance: Login.gov, DS Logon"
    assert str(event["DESCRIPTION"]).startswith(ENTRY.text)
    assert "ATTENDEE" not in event


def test_its_lines_are_no_longer_than_any_reader_takes() -> None:
    content = calendar.part([changed(text="ñandú, " * 400)], US).content
    assert max(len(line) for line in content.split(b"\r\n")) <= 75
    assert b"\n" not in content.replace(b"\r\n", b"")


def test_what_is_called_off_cancels() -> None:
    part = calendar.part([changed(status="CANCELLED", sequence=3)], US)
    assert part.method == "CANCEL"
    (event,) = events(part.content)
    assert (event["UID"], event["SEQUENCE"], event["STATUS"]) == (ENTRY.uid, 3, "CANCELLED")


def test_a_window_without_an_end_has_none() -> None:
    (event,) = events(calendar.part([changed(end=None)], US).content)
    assert "DTEND" not in event
    assert "No end was given." in event["DESCRIPTION"]


def test_a_text_cannot_become_a_property() -> None:
    text = "Down\r\nATTENDEE:mailto:x@x.example\nEND:VEVENT\nSTATUS:CANCELLED"
    (event,) = events(calendar.part([changed(text=text, services=(text,))], US).content)
    assert event["STATUS"] == "CONFIRMED"
    assert "ATTENDEE" not in event


@pytest.mark.parametrize("html", ["<p>Hello</p>\n", None])
def test_our_own_reader_reads_the_same_window(html: str | None) -> None:
    raw, _ = letter(ENTRY, html=html)
    message = reader.read(raw)
    assert not message.defects
    (entry,) = calendar_entries(message.calendars, "America/New_York")
    assert (entry.uid, entry.sequence, entry.status) == (ENTRY.uid, 2, "CONFIRMED")
    assert entry.window is not None
    assert (entry.window.start, entry.window.end) == (ENTRY.start, ENTRY.end)
    assert (entry.formal, entry.zoned, entry.impact) == (True, True, "OUTAGE")


def test_a_feed_holds_all_and_has_a_name() -> None:
    off = changed(uid="other", key="MW-4", status="CANCELLED")
    content = calendar.feed([ENTRY, off], US, "Maintenance: Login.gov")
    found = Calendar.from_ical(content)
    assert (found["METHOD"], found["NAME"]) == ("PUBLISH", "Maintenance: Login.gov")
    assert [event["STATUS"] for event in events(content)] == ["CONFIRMED", "CANCELLED"]

"""No text stops the reading, and work grows with its length only."""

from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifiers import Document, Event
from classifiers.windows import UNREADABLE, find_windows
from classifiers.windows.lexer import tokens_of
from classifiers.windows.sections import LIMIT
from tests.unit.classifiers.windows_table import WRITTEN, read

EVENTS: tuple[Event, ...] = ("maintenance", "outage", "degradation", "resolved", "cancelled")
BITS = (
    "July", "11", "7/11", "31/31/2025", "2025-02-30", "24:00", "99:99", "2400", "10 PM", "12 AM",
    "noon", "midnight", "tonight", "next", "Friday", "the", "31st", "Feb 29", "to", "-", "–", "->",
    "until", "between", "and", "from", "(", ")", "/", "ET", "UTC-05:00", "GMT+99", "PT", "\n",
    "\n\n", ":", "Start:", "End:", "moved from", "extended until", "for 2 hours", "maintenance",
    "was:", "Update #2", "Original message", ">", "11/1200Z", "999999Z", "0:00 a.m.", "this",
    "morning", "9999-12-31", "0001-01-01", "1/1/0001", "12/31/9999 23:59", "for 999 days",
)  # fmt: skip
TEXTS = st.lists(st.sampled_from(BITS), max_size=25).map(" ".join) | st.text(max_size=120)


@settings(max_examples=1000, deadline=None)
@given(
    text=TEXTS,
    subject=TEXTS,
    event=st.sampled_from(EVENTS),
    written=st.none() | st.datetimes(timezones=st.timezones()),
    calendars=st.lists(st.text(max_size=80).map("BEGIN:VCALENDAR\nBEGIN:VEVENT\n{}".format)),
)
def test_any_text_gives_windows_that_hold(
    text: str, subject: str, event: Event, written: datetime | None, calendars: list[str]
) -> None:
    document = Document(
        subject=subject, text=text, reply_text=text, date=written, calendars=tuple(calendars)
    )
    found = find_windows(document, "America/New_York", event)
    assert found == find_windows(document, "America/New_York", event)
    assert UNREADABLE not in found.doubts
    for window in found.windows:
        assert window.start.utcoffset() is not None
        assert window.end is None or window.end > window.start
    for shown in found.evidence:
        source = subject if shown.field == "subject" else text
        assert source[shown.start : shown.end] == shown.text


@settings(max_examples=200, deadline=None)
@given(TEXTS)
def test_tokens_stand_in_order_within_the_text(text: str) -> None:
    place = 0
    for token in tokens_of(text):
        assert place <= token.start <= token.end <= len(text)
        place = token.start


@pytest.mark.parametrize(
    "bit",
    ["10 PM - ", "7/11 ", "> ", "9", "a", "@", "https://", "Start: ", "(", "\n", "was: ",
     " update:",
     "10 PM ET / ", "July 11 and ", "for two ", "<s>", "moved ", "Date:\n", "-", "11 -> ", "...",
     "Start  End\n", "Start | 7/11 10 PM | ", "  x", "From: a\nSent: b\n\n", "July 11, same hours ",
     "half past ", "----------\nDate: 7/11\n", "UPDATE 1 (9:00 ET) ", "AB-1", "hora de ",
     "every July 11 "],
)  # fmt: skip
def test_a_mail_of_one_thing_repeated_reads_no_more_than_its_limit(bit: str) -> None:
    """The time limit of the suite ends this if the work grows with the square."""
    text = bit * (2_000_000 // len(bit))
    for event in ("maintenance", "resolved"):
        found = read(text, event, html=text)
        assert all(shown.end <= LIMIT for shown in found.evidence)


def test_a_year_at_the_end_of_time_is_no_window() -> None:
    found = read("Maintenance 9999-12-31 23:00 to 9999-12-31 23:30", date=WRITTEN)
    assert all(window.end is None or window.end > window.start for window in found.windows)

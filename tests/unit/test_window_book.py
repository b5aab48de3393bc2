"""Maintenance windows in the hands of people: review, cancel, add, conflicts, the feed."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from icalendar import Calendar
from sqlmodel import col, select
from starlette.applications import Starlette
from starlette.testclient import TestClient
from typer.testing import CliRunner

from gateway.announcing.calendars import Calendars
from gateway.cli import app
from gateway.console import calendar as pages
from gateway.errors import InvalidState, NotFound
from gateway.incidents import tickets
from gateway.incidents.window_book import Changes, WindowBook
from gateway.letters.calendar import Publisher
from gateway.model import utcnow
from gateway.store.database import Database
from gateway.store.tables import HistoryRow, MirrorRow, TicketRow, WindowMirrorRow, WindowRow

NAMES = {"bgs": "BGS", "appeals": "Appeals", "idme": "ID.me"}
NEEDS = {"appeals": ("bgs",)}
SOON = utcnow().replace(microsecond=0) + timedelta(days=3)


def hours(from_: float, length: float | None = 2, *services: str, **more: Any) -> Changes:
    start = SOON + timedelta(hours=from_)
    end = None if length is None else start + timedelta(hours=length)
    return Changes(start=start, end=end, services=services or ("bgs",), **more)


@pytest.fixture
def book(store: Database) -> WindowBook:
    return WindowBook(store, NAMES, NEEDS, trackers=("board",), marks=("folder",))


def unreviewed(store: Database) -> str:
    """A window as a notice leaves it, with its ticket."""
    with store.transaction() as session:
        ticket = TicketRow(token="t", title="Maintenance", source="other", event="maintenance")
        session.add(ticket)
        session.flush()
        row = WindowRow(
            uid="u1", ticket_id=tickets.number(ticket), services=[], starts_at=SOON,
            doubts=["No end is given."],
        )  # fmt: skip
        session.add(row)
        session.flush()
        return row.ref


def marked(store: Database) -> list[tuple[int, int]]:
    with store.read() as session:
        query = select(WindowMirrorRow.window_id, WindowMirrorRow.wanted)
        return list(session.exec(query.order_by(col(WindowMirrorRow.window_id))))


def test_nothing_leaves_before_a_person_has_reviewed_it(store: Database, book: WindowBook) -> None:
    unreviewed(store)
    assert book.published() == []
    assert marked(store) == []
    assert book.to_review() == 1


def test_a_reviewed_window_is_published_as_it_was_put_right(
    store: Database, book: WindowBook
) -> None:
    ref = unreviewed(store)
    end = SOON + timedelta(hours=3)
    said = Changes(end=end, services=("bgs",), text="Claims may not load.")
    row = book.review(ref, said, "ann")
    assert (row.reviewed_by, row.doubts, row.sequence) == ("ann", [], 1)
    (told,) = book.published("bgs")
    assert told.published is not None
    assert told.published["text"] == "Claims may not load."
    assert book.published("idme") == []
    assert marked(store) == [(1, 1)]
    with store.read() as session:
        (line,) = session.exec(select(HistoryRow))
        assert (line.who, line.what) == ("ann", f"{ref}: window corrected and reviewed")
        assert session.exec(select(MirrorRow.tracker)).all() == ["folder"]
    assert [one.what for one in book.details(ref).history] == ["window corrected and reviewed"]


def test_it_is_known_when_a_window_was_to_be_before_it_was_moved_last(
    store: Database, book: WindowBook
) -> None:
    ref = unreviewed(store)
    book.review(ref, hours(0, 3), "ann")
    assert book.earlier(1) == [], "it stands where it stood"
    for start in (24, 48):
        book.review(ref, hours(start, 3), "ann")
    book.review(ref, hours(48, 5), "ann")  # longer, and not moved
    day_before = SOON + timedelta(hours=24)
    times = [day_before, day_before + timedelta(hours=3)]
    stamps = [one.strftime("%Y-%m-%dT%H:%M:%SZ") for one in times]
    assert book.earlier(1) == [dict(zip(("start", "end"), stamps, strict=True))]


def test_a_window_of_no_service_cannot_be_published(store: Database, book: WindowBook) -> None:
    ref = unreviewed(store)
    with pytest.raises(InvalidState, match="--services"):
        book.review(ref, Changes(), "ann")
    with pytest.raises(NotFound, match="no service nonsense"):
        book.review(ref, Changes(services=("nonsense",)), "ann")
    with pytest.raises(InvalidState, match="the end is not after the start"):
        book.review(ref, Changes(services=("bgs",), end=SOON - timedelta(hours=1)), "ann")
    assert book.published() == []


def test_to_review_it_twice_is_told(book: WindowBook) -> None:
    row = book.add(hours(0), "ann")
    with pytest.raises(InvalidState, match="reviewed already"):
        book.review(row.ref, Changes(), "bob")


def test_what_is_cancelled_is_told_to_those_who_know_of_it(
    store: Database, book: WindowBook
) -> None:
    row = book.add(hours(0), "ann")
    gone = book.cancel(row.ref, "ann", "no crew")
    assert gone.published is not None
    assert (gone.published["status"], gone.published["sequence"]) == ("CANCELLED", 1)
    assert marked(store) == [(1, 2)]
    with pytest.raises(InvalidState, match="CANCELLED already"):
        book.cancel(row.ref, "ann")


def test_what_nobody_knew_of_is_cancelled_in_silence(store: Database, book: WindowBook) -> None:
    book.cancel(unreviewed(store), "ann")
    assert book.published() == []
    assert marked(store) == []


@pytest.mark.parametrize(
    ("other", "how"),
    [
        (hours(1), "overlaps it"),
        (hours(0), "the same time"),
        (hours(0.5, 1), "around it"),
        (hours(-1, 5), "inside it"),
        (hours(1, 2, "appeals"), "overlaps it"),
        (hours(1, None), "overlaps it"),
        (hours(2), None),
        (hours(0, 2, "idme"), None),
    ],
    ids=["overlaps", "same", "around", "inside", "needs it", "open", "after", "another service"],
)
def test_windows_that_meet_are_shown(book: WindowBook, other: Changes, how: str | None) -> None:
    row = book.add(hours(0), "ann")
    book.add(other, "ann")
    found = book.details(row.ref).conflicts
    assert [one.how for one in found] == ([how] if how else [])


def test_a_moved_window_that_now_collides_says_so(book: WindowBook) -> None:
    row, other = book.add(hours(0), "ann"), book.add(hours(10), "ann")
    assert book.details(row.ref).conflicts == []
    moved = hours(1, status="RE-SCHEDULED")
    book.review(other.ref, moved, "ann")
    (found,) = book.details(row.ref).conflicts
    assert (found.other.ref, found.how) == (other.ref, "overlaps it, since it moved")
    book.cancel(other.ref, "ann")
    assert book.details(row.ref).conflicts == []


def test_an_unknown_window_is_named(book: WindowBook) -> None:
    for name in ("MW-9", "9", "nonsense", "-1", "9" * 40):
        with pytest.raises(NotFound, match="triage windows list"):
            book.details(name)


# --- the feed ----------------------------------------------------------------------------------


def test_the_feed_moves_and_cancels_under_the_same_uid(book: WindowBook) -> None:
    calendars = Calendars(book, NAMES, Publisher("Triage", "triage@gateway.example"))

    def event() -> Any:
        (found,) = Calendar.from_ical(calendars.feed("bgs")).walk("VEVENT")
        return found

    row = book.add(hours(0), "ann")
    first = event()
    book.review(row.ref, hours(5, status="RE-SCHEDULED"), "ann")
    moved = event()
    book.cancel(row.ref, "ann")
    gone = event()
    assert first["UID"] == moved["UID"] == gone["UID"] == row.uid
    assert [one["SEQUENCE"] for one in (first, moved, gone)] == [0, 1, 2]
    assert moved["DTSTART"].dt == SOON + timedelta(hours=5)
    assert (moved["X-MAINTNOTE-STATUS"], gone["STATUS"]) == ("RE-SCHEDULED", "CANCELLED")


def test_the_feed_is_served_to_calendars(book: WindowBook) -> None:
    calendars = Calendars(book, NAMES, Publisher("Triage", "triage@gateway.example"))
    book.add(hours(0), "ann")
    client = TestClient(Starlette(routes=pages.routes(calendars.feed)))
    answer = client.get("/calendar/bgs.ics")
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert b"BEGIN:VEVENT" in answer.content
    assert b"BEGIN:VEVENT" not in client.get("/calendar/idme.ics").content
    assert client.get("/calendar/all.ics").content.count(b"BEGIN:VEVENT") == 1
    again = client.get("/calendar/bgs.ics", headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304
    assert client.get("/calendar/nonsense.ics").status_code == 404


# --- the command -------------------------------------------------------------------------------


def test_the_command_adds_shows_reviews_and_writes_the_feed(tmp_path: Path) -> None:
    file = tmp_path / "triage.toml"
    file.write_text(f'store = "sqlite:///{tmp_path / "triage.db"}"\n')

    def run(*words: str, code: int = 0) -> str:
        found = CliRunner().invoke(app, ["windows", *words, "--config", str(file)])
        if code:
            assert found.exception is not None
            return str(found.exception)
        assert found.exit_code == 0, found.output
        return found.stdout

    assert "No maintenance windows" in run("list")
    start = (SOON.astimezone(UTC) + timedelta(days=1)).strftime("%Y-%m-%dT22:00")
    run("add", "--start", start, "--end", f"{start[:11]}23:30", "--services", "bgs,vbms")
    (line,) = run("list", "--json").splitlines()
    row = json.loads(line)
    assert (row["ref"], row["services"], row["reviewed"]) == ("MW-1", ["bgs", "vbms"], True)
    given = datetime.fromisoformat(row["start"])
    assert given.hour in (2, 3)  # ten in the evening in New York, summer or winter
    run("review", "MW-1", "--text", "Claims may not load.", "--by", "ann")
    shown = run("show", "MW-1")
    assert "Claims may not load." in shown
    assert "corrected and reviewed" in shown
    run("feed", "--service", "bgs", "--out", str(tmp_path / "bgs.ics"))
    assert b"SUMMARY:Maintenance:" in (tmp_path / "bgs.ics").read_bytes()
    assert "is no time" in run("add", "--start", "soon", "--services", "bgs", code=2)
    assert "needs --start" in run("add", "--services", "bgs", code=1)

"""The timeline of a ticket: in the order in which it happened, in plain sentences."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event

from gateway.errors import NotFound
from gateway.incidents import tickets
from gateway.incidents.timeline import Kind, Timeline, Timelines
from gateway.model import utcnow
from gateway.store.database import Database
from gateway.store.tables import (
    LetterRow,
    MessageRow,
    MirrorRow,
    NoticeRow,
    ReporterRow,
    TicketRow,
    WindowEventRow,
    WindowRow,
)

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
READING = {
    "source": "stakeholder", "event": "outage", "services": ["idme"], "reach": "some",
    "people": None, "hampered": "blocked", "severity": "high", "windows": [],
}  # fmt: skip


class Desk:
    """A store with one ticket, to which things happen."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.timelines = Timelines(database, {"idme": "ID.me"})
        self.count = 0
        with database.transaction() as session:
            row = tickets.new_ticket("ID.me down", tickets.Facts(
                "stakeholder", "outage", ("idme",), "some", None, "blocked", "high", (), None,
                needs_review=False,
            ))  # fmt: skip
            session.add(row)
            session.flush()
            self.number = tickets.number(row)

    def add(self, *rows: Any) -> None:
        with self.database.transaction() as session:
            for row in rows:
                session.add(row)

    def message(
        self, minutes: float, who: str = "", *, late: float = 1, **changes: Any
    ) -> MessageRow:
        """One that was written so many minutes after noon; the reporter is new if `who` is."""
        self.count += 1
        at = NOON + timedelta(minutes=minutes)
        row = MessageRow(
            trace=f"m{self.count}", key=f"k{self.count}", sha256="", size=1, door="smtp",
            received_at=at + timedelta(minutes=late), written_at=at, state="done",
            subject="It is down", reading=READING | changes, ticket_id=self.number,
        )  # fmt: skip
        with self.database.transaction() as session:
            session.add(row)
            session.flush()
            if who:
                assert row.id
                session.add(ReporterRow(ticket_id=self.number, address=who, message_id=row.id))
        return row

    def letter(self, **changes: Any) -> None:
        self.count += 1
        name = f"l{self.count}"
        self.add(
            LetterRow(
                **{"key": name, "kind": "acknowledgement", "ticket_id": self.number,
                   "recipient": "ann@people.example", "sender": "", "message_id": name,
                   "subject": "Re", "raw": b"secret"} | changes
            )
        )  # fmt: skip

    def note(self, who: str, what: str, why: str = "", **facts: Any) -> None:
        with self.database.transaction() as session:
            tickets.note(session, self.number, who, what, why, **facts)

    def of(self) -> Timeline:
        return self.timelines.of(f"TG-{self.number}")

    def sentences(self, kind: Kind) -> list[str]:
        return [one.sentence for one in self.of().entries if one.kind == kind]


@pytest.fixture
def desk(database: Database) -> Desk:
    return Desk(database)


@pytest.fixture
def here(store: Database) -> Desk:
    return Desk(store)


@contextmanager
def statements(database: Database) -> Iterator[list[str]]:
    told: list[str] = []

    def listen(_connection: Any, _cursor: Any, statement: str, *_others: Any) -> None:
        told.append(statement)

    event.listen(database.engine, "before_cursor_execute", listen)
    try:
        yield told
    finally:
        event.remove(database.engine, "before_cursor_execute", listen)


# --- messages -----------------------------------------------------------------------------------


def test_messages_stand_in_the_order_in_which_they_were_written(desk: Desk) -> None:
    desk.message(10, late=1, source="alert")
    desk.message(5, late=300)
    desk.message(7, late=2, source="signin_help", event="access_problem", hampered="unknown")
    found = [one for one in desk.of().entries if one.kind == "message"]
    assert [one.link.id for one in found] == ["m2", "m3", "m1"]
    assert found[0].received_at == NOON + timedelta(minutes=305)
    assert [one.sentence for one in found] == [
        "A stakeholder reports an outage: ID.me; cannot do it at all.",
        "A sign-in help request reports a problem of access: ID.me.",
        "A monitor reports an outage: ID.me; cannot do it at all.",
    ]


def test_what_a_person_said_of_a_message_goes_before_its_reading(here: Desk) -> None:
    row = here.message(1, people=40)
    row.corrected = {"event": "degradation", "people": 4}
    here.add(row)
    assert here.sentences("message") == [
        "A stakeholder reports a degradation: ID.me; 4 people; cannot do it at all."
    ]


def test_nothing_of_a_stranger_stands_in_what_may_be_published(here: Desk) -> None:
    here.message(1, "ann@people.example")
    here.letter(sent_at=NOON)
    here.note("Bob Builder", "note", "Ann Doe called, 202-555-0144")
    here.note("Bob Builder", "state new -> triaged", "Ann is right")
    here.note("gateway", "reading of m1 corrected", "Ann says so")
    for one in here.of().entries:
        for word in ("ann@", "Ann", "Bob", "555", "It is down"):
            assert word not in one.public
    assert {one.kind for one in here.of().entries if one.is_public} == {"message", "state"}


# --- the rest -----------------------------------------------------------------------------------


def test_a_change_of_severity_is_told_where_a_message_brought_it(desk: Desk) -> None:
    desk.note("gateway", "message added", "by wording", severity=["low", "high"])
    desk.note("ann", "severity low -> critical", "I know better", severity=["low", "critical"])
    assert desk.sentences("severity") == [
        "Severity changed from low to high.", "Severity changed from low to critical.",
    ]  # fmt: skip


def test_letters_are_told_with_what_came_of_them(desk: Desk) -> None:
    desk.letter(sent_at=NOON, bounced_at=NOON + timedelta(hours=1), bounce="hard",
                bounce_reason="no such user")  # fmt: skip
    desk.letter(state="held", reason="no relay is configured", created_at=NOON,
                recipient="bob@people.example")  # fmt: skip
    assert sorted(desk.sentences("letter")) == [
        "Acknowledgement sent to ann@people.example.",
        "Acknowledgement to ann@people.example came back (hard).",
        "Acknowledgement to bob@people.example written; it is held (no relay is configured).",
    ]


def test_letters_of_a_notice_are_told_together(desk: Desk) -> None:
    notice = NoticeRow(
        ticket_id=desk.number, kind="resolution", text="It works again.", state="sent",
        drafted_by="ann", drafted_at=NOON, approved_by="bob",
        approved_at=NOON + timedelta(minutes=1), sent_at=NOON + timedelta(minutes=2),
    )  # fmt: skip
    desk.add(notice)
    for number in range(3):
        sent_at = NOON + timedelta(minutes=3 + number) if number else None
        desk.letter(notice_id=notice.id, kind="resolution", sent_at=sent_at)
    desk.note("bob", "resolution sent", "to 3 people", notice=notice.id)
    found = [one for one in desk.of().entries if one.kind in {"notice", "letter", "other"}]
    assert [(one.sentence, one.who) for one in found] == [
        ("Notice of resolution drafted.", "ann"),
        ("Notice of resolution approved.", "bob"),
        ("Notice of resolution goes out to 3 people.", "bob"),
        ("Notice of resolution: 2 of 3 letters delivered to the relay.", "gateway"),
    ]
    assert found[3].at == NOON + timedelta(minutes=5)


def test_copies_and_windows_have_their_place(here: Desk) -> None:
    here.add(
        MirrorRow(ticket_id=here.number, tracker="board", state="done", reference="7", due_at=NOON),
        MirrorRow(ticket_id=here.number, tracker="other", state="failed", reason="401"),
    )
    with here.database.transaction() as session:
        row = session.get_one(TicketRow, here.number)
        row.windows = [{"start": "2026-11-20T22:00:00Z", "end": None}]
        session.add(row)
    assert here.sentences("window") == ["By what was reported, it began."]
    assert here.sentences("tracker") == [
        "The copy at board (7) is up to date.", "The copy at other could not be made.",
    ]  # fmt: skip


def test_what_happened_to_a_window_of_the_ticket_is_told(here: Desk) -> None:
    window = WindowRow(uid="w1", ticket_id=here.number, starts_at=NOON)
    here.add(window)
    here.add(WindowEventRow(window_id=window.id, who="ann", what="moved", why="the vendor wrote"))
    (found,) = [one for one in here.of().entries if one.link.kind == "window"]
    assert (found.sentence, found.who) == (f"Maintenance window {window.ref}: moved.", "ann")


def test_what_was_on_a_ticket_that_was_merged_is_told_with_the_other(here: Desk) -> None:
    gone = Desk(here.database)
    gone.note("ann", "note", "called the vendor")
    with here.database.transaction() as session:
        row = session.get_one(TicketRow, gone.number)
        row.merged_into = here.number
        session.add(row)
    assert [one.quoted for one in here.of().entries] == ["called the vendor"]


# --- people -------------------------------------------------------------------------------------


def test_people_are_counted_once_each_from_when_they_wrote(desk: Desk) -> None:
    desk.message(20, "cy@people.example", people=12)
    desk.message(0, "ann@people.example")
    desk.message(10, "bob@people.example", people=40, late=500)
    desk.message(15, people=7)
    desk.message(30, event="question", people=900)
    steps = [(int((one.at - NOON).total_seconds() // 60), one.reporters, one.estimate)
             for one in desk.of().people]  # fmt: skip
    assert steps == [(0, 1, None), (10, 2, 40), (20, 3, 40)]


def test_a_thousand_messages_take_as_many_statements_as_one(here: Desk) -> None:
    here.message(0, "a@people.example")
    with statements(here.database) as few:
        here.of()
    here.count = 1000
    rows = [
        MessageRow(
            trace=f"n{n}", key=f"n{n}", sha256="", size=1, door="smtp", received_at=utcnow(),
            reading=READING, ticket_id=here.number,
        )
        for n in range(999)
    ]  # fmt: skip
    here.add(*rows)
    with statements(here.database) as many:
        assert len(here.of().entries) == 1000
    assert len(many) == len(few) <= 12


def test_a_ticket_that_is_not_there_has_no_timeline(here: Desk) -> None:
    with pytest.raises(NotFound):
        here.timelines.of("TG-999")

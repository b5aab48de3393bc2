"""A person's word on a reading: kept with the message, said by its ticket, learned from."""

from typing import Any

import pytest
from sqlmodel import select

from gateway.errors import InvalidState
from gateway.incidents.corrections import Corrections
from gateway.learning import of_corrections
from gateway.model import utcnow
from gateway.store.database import Database
from gateway.store.tables import HistoryRow, MessageRow, RawRow, TicketRow
from tests.acceptance.mails import mail

READING = {
    "source": "stakeholder", "event": "outage", "services": ["idme", "mhv"], "reach": "all",
    "people": None, "hampered": "blocked", "severity": "critical", "windows": [],
    "window_status": None, "needs_review": True, "doubts": ["it is unsure what happened"],
    "confidence": {"event": 0.4}, "evidence": {},
}  # fmt: skip


def severity(event: str, reach: str, hampered: str) -> str:
    return f"{event}/{reach}/{hampered}"


@pytest.fixture
def book(database: Database) -> Corrections:
    return Corrections(
        database, severity, {"idme": "ID.me", "mhv": "My HealtheVet", "ebenefits": ""}
    )


@pytest.fixture
def message(database: Database) -> MessageRow:
    return stored(database, READING)


def stored(database: Database, reading: dict[str, Any] | None) -> MessageRow:
    with database.transaction() as session:
        ticket = TicketRow(token="t", title="Down", source="stakeholder", event="outage",
                           services=["idme", "mhv", "ebenefits"], needs_review=True)  # fmt: skip
        session.add(ticket)
        session.flush()
        row = MessageRow(trace="m-1", key="k", sha256="", size=0, door="files", state="done",
                         received_at=utcnow(), reading=reading, ticket_id=ticket.id)  # fmt: skip
        session.add(row)
        session.flush()
        session.add(RawRow(message_id=row.id or 0, content=mail("ann@people.example", "Down")))
        session.flush()
        session.refresh(row)
        return row


def of_store(database: Database, row: MessageRow) -> tuple[MessageRow, TicketRow]:
    with database.read() as session:
        return session.get_one(MessageRow, row.id), session.get_one(TicketRow, row.ticket_id)


def test_a_correction_goes_before_the_reading_and_leaves_it_as_it_was(
    database: Database, book: Corrections, message: MessageRow
) -> None:
    book.add(message, {"reach": "some", "people": 12}, "ann", "they called")
    row, _ = of_store(database, message)
    assert row.reading == READING
    read_as = row.read_as
    assert read_as is not None
    assert (read_as["reach"], read_as["people"], read_as["hampered"]) == ("some", 12, "blocked")
    assert read_as["severity"] == "outage/some/blocked"
    assert not read_as["needs_review"]
    assert read_as["corrected"] == ["people", "reach", "severity"]


def test_the_ticket_says_it_too_and_who_said_so(
    database: Database, book: Corrections, message: MessageRow
) -> None:
    book.add(message, {"services": ["mhv"], "hampered": "partial"}, "ann", "they called")
    _, ticket = of_store(database, message)
    assert ticket.services == ["mhv", "ebenefits"]  # what other messages named stays
    assert (ticket.hampered, ticket.needs_review) == ("partial", False)
    with database.read() as session:
        line = session.exec(select(HistoryRow)).one()
    assert (line.who, line.what, line.why) == ("ann", "reading of m-1 corrected", "they called")
    assert line.facts["services"] == [["idme", "mhv"], ["mhv"]]


@pytest.mark.parametrize(
    ("event", "follows"),
    [
        ("noise", {"services": [], "reach": "unknown", "hampered": "unknown"}),
        ("access_problem", {"reach": "one"}),
        ("cancelled", {"reach": "unknown", "hampered": "none"}),
    ],
)
def test_an_event_brings_what_follows_from_it(
    book: Corrections, message: MessageRow, event: str, follows: dict[str, Any]
) -> None:
    after = book.add(message, {"event": event}, "ann").after
    assert {label: after[label] for label in follows} == follows


def test_reading_it_again_does_not_undo_it(
    database: Database, book: Corrections, message: MessageRow
) -> None:
    book.add(message, {"event": "degradation"}, "ann")
    with database.transaction() as session:
        session.get_one(MessageRow, message.id).reading = READING | {"event": "info"}
    row, _ = of_store(database, message)
    assert row.read_as is not None
    assert row.read_as["event"] == "degradation"


def test_a_later_word_goes_before_an_earlier_one_and_both_are_on_record(
    database: Database, book: Corrections, message: MessageRow
) -> None:
    book.add(message, {"reach": "some"}, "ann")
    second = book.add(message, {"reach": "many"}, "bob")
    assert second.before["reach"] == "some"
    row, ticket = of_store(database, message)
    assert row.read_as is not None
    assert (row.read_as["reach"], ticket.reach) == ("many", "many")
    assert [(entry.who, trace) for entry, trace in book.listing()] == [
        ("bob", "m-1"),
        ("ann", "m-1"),
    ]


@pytest.mark.parametrize(
    ("labels", "named"),
    [
        ({"event": "boom"}, "boom is no event: outage"),
        ({"services": ["idme", "nope"]}, "no service nope .*ebenefits, idme, mhv"),
    ],
)
def test_a_word_that_is_none_changes_nothing(
    database: Database, book: Corrections, message: MessageRow, labels: dict[str, Any], named: str
) -> None:
    with pytest.raises(InvalidState, match=named):
        book.add(message, labels, "ann")
    assert book.listing() == []
    assert of_store(database, message)[0].corrected is None


def test_what_has_not_been_read_cannot_be_corrected(database: Database, book: Corrections) -> None:
    with pytest.raises(InvalidState, match="not been read yet"):
        book.add(stored(database, None), {"event": "info"}, "ann")


def test_corrected_mail_is_labelled_mail(book: Corrections, message: MessageRow) -> None:
    assert of_corrections(book.corrected()) == []
    book.add(message, {"people": 12}, "ann")
    (found,) = of_corrections(book.corrected())
    assert (found.id, found.raw) == ("m-1", mail("ann@people.example", "Down"))
    assert (found.labels["people"], found.labels["services"]) == (12, ["idme", "mhv"])
    assert found.is_ours
    assert not found.never_answer


def test_a_correction_is_for_the_trackers_to_hear(database: Database, message: MessageRow) -> None:
    from gateway.store.tables import MirrorRow

    Corrections(database, severity, {}, ["folder"]).add(message, {"reach": "one"}, "ann")
    with database.read() as session:
        assert session.exec(select(MirrorRow.ticket_id)).all() == [message.ticket_id]

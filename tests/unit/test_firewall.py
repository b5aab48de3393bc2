"""The firewall against loops: what is over a cap is held, and answers stop until a person looks."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import update
from structlog.testing import capture_logs

from gateway.config import AnswerSettings, RelaySettings
from gateway.errors import InvalidState
from gateway.model import Letter, utcnow
from gateway.outbox import Outbox
from gateway.store.database import Database
from gateway.store.leases import this_process
from gateway.store.tables import LetterRow, TicketRow

RELAY = RelaySettings(url="smtp://127.0.0.1:9")


def outbox_of(database: Database, relay: RelaySettings | None = RELAY, **caps: int) -> Outbox:
    return Outbox(database, relay, AnswerSettings(**caps), this_process(), "gateway.example")


def answer(number: int, to: str | None = None, ticket: int | None = None, **changes: Any) -> Letter:
    message_id = f"TG-1.tok.{number}@gateway.example"
    given: dict[str, Any] = {
        "key": f"acknowledgement:{number}",
        "kind": "acknowledgement",
        "recipient": to or f"reader{number}@people.example",
        "message_id": message_id,
        "subject": "Received",
        "sender": "",
        "raw": f"Message-ID: <{message_id}>\r\n\r\nReceived\r\n".encode(),
        "ticket_id": ticket,
    }
    return Letter(**(given | changes))


def put(outbox: Outbox, *letters: Letter) -> None:
    with outbox._database.transaction() as session:
        outbox.enqueue(session, letters)


def ticket(database: Database) -> int:
    with database.transaction() as session:
        row = TicketRow(token="tok", title="Down", source="stakeholder", event="outage")
        session.add(row)
        session.flush()
        assert row.id is not None
        return row.id


def states(outbox: Outbox) -> dict[str, int]:
    return {state: number for state, number in outbox.counts().items() if number}


def test_one_address_gets_so_many_answers_a_day(database):
    outbox = outbox_of(database, per_sender_per_day=3)
    for number in range(5):
        put(outbox, answer(number, to="loop@people.example"))
    put(outbox, answer(9))
    assert states(outbox) == {"queued": 4, "held": 2}
    assert {one.reason for one in outbox.listing("held")} == {
        "firewall against loops: more than 3 answers to this address within a day"
    }
    health = outbox.firewall()
    assert (health.open_since, health.held) == (None, 2)


def test_one_ticket_gets_so_many_whoever_writes(database):
    outbox = outbox_of(database, per_ticket_per_day=3)
    mine, other = ticket(database), None
    put(outbox, *(answer(number, ticket=mine) for number in range(5)), answer(9, ticket=other))
    assert states(outbox) == {"queued": 4, "held": 2}


def test_many_who_write_about_one_outage_are_all_answered_and_a_loop_on_it_is_not(database):
    outbox = outbox_of(database, per_ticket_per_day=3)
    mine = ticket(database)
    put(outbox, *(replace(answer(number, ticket=mine), is_in_thread=False) for number in range(5)))
    assert states(outbox) == {"queued": 5}
    put(outbox, answer(9, ticket=mine))
    assert states(outbox) == {"queued": 5, "held": 1}


def test_over_the_cap_in_all_every_answer_is_held_until_a_person_resumes(database):
    outbox = outbox_of(database, per_day=3)
    with capture_logs() as logs:
        put(outbox, *(answer(number) for number in range(5)))
    assert [one["log_level"] for one in logs if one["event"] == "answers.stopped"] == ["error"]
    put(outbox, answer(6))
    assert states(outbox) == {"queued": 3, "held": 3}
    health = outbox.firewall()
    assert health.open_since is not None
    assert (health.why, health.held) == ("more than 3 answers within a day", 3)

    outbox.resume("eve")
    put(outbox, answer(7))
    assert states(outbox) == {"queued": 4, "held": 3}, "counted from when it was resumed"
    assert outbox.firewall().open_since is None
    with pytest.raises(InvalidState, match="nothing to resume"):
        outbox.resume("eve")


def test_what_a_day_old_letter_was_does_not_count(store):
    outbox = outbox_of(store, per_sender_per_day=1, per_day=1)
    put(outbox, answer(1, to="ann@people.example"))
    with store.transaction() as session:
        session.exec(update(LetterRow).values(created_at=utcnow() - timedelta(hours=25)))
    put(outbox, answer(2, to="ann@people.example"))
    assert states(outbox) == {"queued": 2}


def test_news_is_never_held_and_counts_for_nothing(store):
    outbox = outbox_of(store, per_day=2, per_sender_per_day=2)
    news = [
        answer(n, to="ann@people.example", kind="resolution", key=f"resolution:{n}")
        for n in range(4)
    ]
    put(outbox, *news)
    put(outbox, answer(8, to="ann@people.example"))
    assert states(outbox) == {"queued": 5}


def test_what_nobody_sends_is_not_counted(store):
    put(outbox_of(store, relay=None, per_day=2), *(answer(number) for number in range(4)))
    outbox = outbox_of(store, per_day=2)
    put(outbox, answer(8), answer(9))
    assert states(outbox) == {"queued": 2, "held": 4}
    assert outbox.firewall().held == 0

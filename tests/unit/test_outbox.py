"""The outbox: one row a letter, one letter a key, and what becomes of it at the relay."""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select, update
from structlog.testing import capture_logs

from gateway.config import AnswerSettings, RelaySettings
from gateway.errors import InvalidState, NotFound
from gateway.model import Letter, utcnow
from gateway.outbox import STATES, Outbox, desk, journal, ledger, recovery
from gateway.outbox.journal import BEGUN, SENT, Journal
from gateway.outbox.ledger import NO_RELAY, Due, Patience, Step
from gateway.outbox.pace import LONGEST_PAUSE, Bucket, Domains, Pause, growing
from gateway.outbox.recovery import CRASHED, TOO_OLD
from gateway.outbox.relay import Verdict
from gateway.store.database import Database
from gateway.store.leases import this_process
from gateway.store.tables import LeaseRow, LetterEventRow, LetterRow
from tests.integration.postfix import HOST, free_port
from tests.integration.sink import Sink

ME = this_process()
DEAD = ME.replace("/", "/9999", 1)
PATIENCE = Patience(retry_seconds=60, give_up_hours=72)
OK = Verdict("sent", 250, "OK")


@pytest.fixture
def sink() -> Iterator[Sink]:
    with Sink() as sink:
        yield sink


def letter(number: int = 1, **changes: Any) -> Letter:
    message_id = f"TG-1.tok.{number}@gateway.example"
    given: dict[str, Any] = {
        "key": f"letter:{number}",
        "kind": "resolution",
        "recipient": f"reader{number}@people.example",
        "message_id": message_id,
        "subject": "Over",
        "sender": "",
        "raw": f"Message-ID: <{message_id}>\r\nSubject: Over\r\n\r\n.Over\r\n".encode(),
    }
    return Letter(**(given | changes))


def outbox_of(database: Database, relay: str | None = None, **changes: Any) -> Outbox:
    answers = AnswerSettings(per_sender_per_hour=changes.pop("per_hour", 10))
    owner = changes.pop("owner", ME)
    defaults = {"per_minute": 60_000, "timeout": 10}
    settings = RelaySettings(url=relay, **(defaults | changes)) if relay else None
    return Outbox(database, settings, answers, owner, "gateway.example")


def put(outbox: Outbox, *letters: Letter, **options: Any) -> int:
    with outbox._database.transaction() as session:
        return outbox.enqueue(session, letters, **options)


def change(database: Database, **values: Any) -> None:
    with database.transaction() as session:
        session.exec(update(LetterRow).values(**values))


def rows(database: Database) -> list[LetterRow]:
    with database.read() as session:
        return list(session.exec(select(LetterRow).order_by(col(LetterRow.id))))


def lease(database: Database) -> LeaseRow | None:
    with database.read() as session:
        return session.get(LeaseRow, "outbox")


def story(outbox: Outbox, letter_id: int = 1) -> list[str]:
    return [event.what for event in outbox.show(letter_id).events]


async def until(condition: Callable[[], Any], what: str = "the condition") -> None:
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end, f"not within 30 s: {what}"
        await asyncio.sleep(0.01)


def run(outbox: Outbox, condition: Callable[[], Any]) -> None:
    """Let the outbox send until the condition holds."""

    async def main() -> None:
        await outbox.start()
        try:
            await until(condition)
        finally:
            await outbox.stop()

    asyncio.run(main())


def run_with(outbox: Outbox, act: Callable[[], Awaitable[None]]) -> None:
    async def main() -> None:
        await outbox.start()
        try:
            await act()
        finally:
            await outbox.stop()

    asyncio.run(main())


def all_sent(outbox: Outbox) -> Callable[[], bool]:
    return lambda: outbox.counts()["sent"] == sum(outbox.counts().values())


# --- letters come in ---------------------------------------------------------------------------


def test_a_letter_is_kept_once_however_often_it_is_enqueued(database: Database) -> None:
    outbox = outbox_of(database, "smtp://127.0.0.1:1")
    assert put(outbox, letter(1), letter(2), trace="m-1") == 2
    again = letter(1, message_id="other@gateway.example")
    assert put(outbox, again, letter(3), letter(3, message_id="x@gateway.example")) == 1
    assert [row.message_id for row in rows(database)] == [letter(n).message_id for n in (1, 2, 3)]
    assert rows(database)[0].trace == "m-1"
    assert outbox.counts() == dict.fromkeys(STATES, 0) | {"queued": 3}
    assert story(outbox) == ["queued"]


def test_a_letter_keeps_the_trace_of_the_message_it_answers(database: Database) -> None:
    outbox = outbox_of(database)
    put(outbox, letter(1, trace="m-2"), letter(2), trace="m-1")
    assert [row.trace for row in rows(database)] == ["m-2", "m-1"]


def test_nothing_is_kept_of_a_transaction_that_fails(database: Database) -> None:
    outbox = outbox_of(database, "smtp://127.0.0.1:1")

    def file_and_fail() -> None:
        with database.transaction() as session:
            outbox.enqueue(session, [letter()])
            raise RuntimeError("filing failed")

    with pytest.raises(RuntimeError):
        file_and_fail()
    assert rows(database) == []


def test_two_letters_cannot_share_an_identity(database: Database) -> None:
    outbox = outbox_of(database)
    put(outbox, letter(1))
    with pytest.raises(IntegrityError):
        put(outbox, letter(2, message_id=letter(1).message_id))


def test_without_a_relay_letters_are_held_and_say_why(database: Database) -> None:
    outbox = outbox_of(database)
    put(outbox, letter())
    (row,) = rows(database)
    assert (row.state, row.reason) == ("held", NO_RELAY)
    assert story(outbox) == ["held"]
    assert outbox.health().state == "paused"


def test_letters_are_held_on_demand(database: Database) -> None:
    put(outbox_of(database, "smtp://127.0.0.1:1"), letter(), hold="a rehearsal")
    (row,) = rows(database)
    assert (row.state, row.reason) == ("held", "a rehearsal")


# --- the ledger's steps, on both databases -------------------------------------------------------


def due(database: Database, leave_out: tuple[int, ...] = ()) -> list[int]:
    with database.read() as session:
        return [one.id for one in ledger.due(session, 10, leave_out)]


def as_due(number: int) -> Due:
    return Due(number, "resolution", "reader@people.example", "", b"", None)


def step(
    database: Database,
    done: tuple[int, Verdict] | None = None,
    next_id: int | None = None,
    owner: str = ME,
    patience: Patience = PATIENCE,
) -> bool:
    outcomes = [(as_due(done[0]), done[1])] if done else []
    wanted = [] if next_id is None else [next_id]
    one = Step(outcomes, wanted, utcnow() + timedelta(minutes=5))
    with database.transaction() as session:
        (ours,) = ledger.record(session, [one], owner, patience)
    return next_id in ours


def take_over(database: Database, **options: Any) -> list[int]:
    given = {"repeat": True, "busy": (), "journals": Path("nowhere")} | options
    with database.transaction() as session:
        return recovery.take_over(session, ME, **given)[0]


def test_letters_are_due_in_order_when_their_time_has_come(database: Database) -> None:
    put(outbox_of(database, "smtp://127.0.0.1:1"), *map(letter, range(1, 5)))
    with database.transaction() as session:
        ledger.postpone(session, {2: utcnow() + timedelta(hours=1)}, "later")
    assert due(database) == [1, 3, 4]
    assert due(database, leave_out=(1,)) == [3, 4]


def test_only_who_was_sent_that_many_answers_lately_is_looked_at(database: Database) -> None:
    answers = [
        letter(n, kind="acknowledgement", recipient=who)
        for n, who in enumerate(["ann@people.example"] * 3 + ["bob@people.example"], 1)
    ]
    put(outbox_of(database, "smtp://127.0.0.1:1"), *answers, letter(9))
    moment = utcnow() - timedelta(minutes=5)
    change(database, state="sent", sent_at=moment)
    asked = ["ann@people.example", "bob@people.example", "eve@people.example"]
    with database.read() as session:
        found = [ledger.sent_lately(session, asked, least) for least in (0, 1, 2, 3, 4)]
        # A letter that is still being sent, as far as this process knows, is counted there.
        without_busy = ledger.sent_lately(session, asked, 1, {1: "busy", 2: "busy"})
    ann, bob = {asked[0]: [moment] * 3}, {asked[1]: [moment]}
    assert found == [ann | bob, ann | bob, ann, ann, {}]
    assert without_busy == {asked[0]: [moment], asked[1]: [moment]}


def test_a_letter_is_begun_by_one_only(database: Database) -> None:
    put(outbox_of(database, "smtp://127.0.0.1:1"), letter(1))
    assert step(database, next_id=1)
    assert not step(database, next_id=1, owner="other/1/1")
    (row,) = rows(database)
    assert (row.state, row.claimed_by, row.attempts) == ("sending", ME, 1)


def test_an_outcome_and_the_next_intent_share_one_commit(database: Database) -> None:
    outbox = outbox_of(database, "smtp://127.0.0.1:1")
    put(outbox, letter(1), letter(2))
    step(database, next_id=1)
    assert step(database, done=(1, OK), next_id=2)
    first, second = rows(database)
    assert (first.state, second.state) == ("sent", "sending")
    assert first.sent_at is not None
    assert story(outbox, 1) == ["queued", "sending", "sent"]


def test_that_a_letter_was_sent_is_a_fact_whatever_was_thought_meanwhile(
    database: Database,
) -> None:
    put(outbox_of(database, "smtp://127.0.0.1:1"), letter())
    step(database, next_id=1)
    change(database, claim_until=utcnow() - timedelta(seconds=1))
    assert take_over(database) == [1]
    step(database, done=(1, OK))
    assert rows(database)[0].state == "sent"


def test_the_failure_of_a_letter_that_was_taken_over_changes_nothing(database: Database) -> None:
    put(outbox_of(database, "smtp://127.0.0.1:1"), letter())
    step(database, next_id=1, owner=DEAD)
    take_over(database)
    step(database, done=(1, Verdict("failed", 550, "550 no")), owner=DEAD)
    assert rows(database)[0].state == "queued"


def test_a_deferred_letter_waits_longer_each_time(database: Database) -> None:
    put(outbox_of(database, "smtp://127.0.0.1:1"), letter())
    waits = []
    for _ in range(4):
        step(database, next_id=1)
        step(database, done=(1, Verdict("deferred", 451, "451 later")))
        row = rows(database)[0]
        assert (row.state, row.reason) == ("queued", "451 later")
        waits.append((row.due_at - utcnow()).total_seconds())
    for number, wait in enumerate(waits):
        assert 0.7 * 60 * 2**number < wait < 1.3 * 60 * 2**number


def test_patience_ends_after_the_hours_that_are_configured(database: Database) -> None:
    outbox = outbox_of(database, "smtp://127.0.0.1:1")
    put(outbox, letter())
    step(database, next_id=1)
    step(database, done=(1, Verdict("deferred", 451, "451 later")), patience=Patience(60, 0))
    (row,) = rows(database)
    assert (row.state, row.reason) == ("failed", "given up after 0 hours: 451 later")
    assert story(outbox) == ["queued", "sending", "failed"]


def test_patience_starts_anew_when_a_person_releases_the_letter(database: Database) -> None:
    outbox = outbox_of(database, "smtp://127.0.0.1:1")
    put(outbox, letter())
    change(database, state="failed")
    with database.transaction() as session:
        long_ago = utcnow() - timedelta(hours=100)
        session.add(LetterEventRow(letter_id=1, what="sending", at=long_ago))
    outbox.release([1], "Grace")
    step(database, next_id=1)
    step(database, done=(1, Verdict("deferred", 451, "451 later")))
    assert rows(database)[0].state == "queued"


def test_a_letter_that_the_relay_had_no_time_for_pays_nothing(database: Database) -> None:
    outbox = outbox_of(database, "smtp://127.0.0.1:1")
    put(outbox, letter())
    step(database, next_id=1)
    step(database, done=(1, Verdict("returned", None, "the relay is away")))
    (row,) = rows(database)
    assert (row.state, row.attempts) == ("queued", 0)
    assert due(database) == [1]
    assert story(outbox) == ["queued", "sending", "returned"]


def test_what_a_dead_process_was_sending_is_repeated(database: Database) -> None:
    outbox = outbox_of(database, "smtp://127.0.0.1:1")
    put(outbox, letter(1), letter(2), letter(3))
    step(database, next_id=1, owner=DEAD)
    step(database, next_id=2, owner=ME)
    step(database, next_id=3, owner="elsewhere/1/1")
    assert take_over(database, busy=(2,)) == [1]
    assert [row.state for row in rows(database)] == ["queued", "sending", "sending"]
    assert story(outbox, 1) == ["queued", "sending", "repeated"]


def test_of_what_a_dead_process_took_only_the_letter_in_flight_is_repeated(
    database: Database, tmp_path: Path
) -> None:
    outbox = outbox_of(database, "smtp://127.0.0.1:1")
    put(outbox, *map(letter, range(1, 5)))
    for number in range(1, 5):
        step(database, next_id=number, owner=DEAD)
    folder = tmp_path / "journals"
    left = Journal(folder, DEAD, 1)
    left.open()
    left.note(BEGUN, 3)
    left.clear()
    for number in (1, 2):
        left.note(BEGUN, number)
    left.note(SENT, 1, 250)
    left._write(b"s 4")  # cut off in the line
    assert take_over(database, journals=folder) == [2]
    assert [row.state for row in rows(database)] == ["sent", "queued", "queued", "queued"]
    assert [row.attempts for row in rows(database)] == [1, 1, 0, 0]
    assert story(outbox, 1) == ["queued", "sending", "sent"]
    assert story(outbox, 2) == ["queued", "sending", "repeated"]
    assert story(outbox, 4) == ["queued", "sending", "returned"]
    journal.forget(folder, DEAD)
    assert list(folder.iterdir()) == []


def test_empty_journals_of_killed_processes_are_removed_at_the_next_start(tmp_path: Path) -> None:
    for owner in (DEAD, ME, "elsewhere/99999999/1"):
        for number in (1, 2):
            Journal(tmp_path, owner, number).open()
    left = Journal(tmp_path, DEAD, 2)
    left.open()
    left.note(BEGUN, 7)
    before = {file.name for file in tmp_path.iterdir()}
    journal.sweep(tmp_path)
    gone = before - {file.name for file in tmp_path.iterdir()}
    assert gone == {f"{re.sub('[^A-Za-z0-9]', '-', DEAD)}.1"}
    assert journal.read(tmp_path, DEAD).begun == {7}
    journal.sweep(tmp_path / "nowhere")


def test_a_journal_of_another_boot_or_one_that_lacks_lines_says_nothing_of_what_never_began(
    tmp_path: Path,
) -> None:
    first, second = (Journal(tmp_path, DEAD, number) for number in (1, 2))
    first.open()
    second.open()
    for number in range(2000):  # more than were foreseen
        first.note(BEGUN, number)
        first.note(SENT, number, 250)
    assert len(journal.read(tmp_path, DEAD).sent) == 2000
    assert journal.read(tmp_path, DEAD).is_there
    first.clear()
    assert journal.read(tmp_path, DEAD).begun == set()
    file = tmp_path / f"{re.sub('[^A-Za-z0-9]', '-', DEAD)}.2"
    file.write_bytes(file.read_bytes().replace(b"boot ", b"boot 0"))
    first.note(SENT, 7, 250)
    known = journal.read(tmp_path, DEAD)
    assert (known.is_there, known.sent) == (False, {7: 250})


def test_a_letter_of_ours_that_we_let_go_of_is_taken_up_again(database: Database) -> None:
    """Its `sending` was committed, and the database died before it could say so."""
    outbox = outbox_of(database, "smtp://127.0.0.1:1")
    put(outbox, letter())
    step(database, next_id=1, owner=ME)
    assert take_over(database, busy=(1,)) == []
    assert take_over(database) == [1]
    assert story(outbox) == ["queued", "sending", "repeated"]


def test_what_a_dead_process_was_sending_is_held_if_that_is_the_policy(database: Database) -> None:
    put(outbox_of(database, "smtp://127.0.0.1:1"), letter())
    step(database, next_id=1, owner=DEAD)
    assert take_over(database, repeat=False) == [1]
    (row,) = rows(database)
    assert (row.state, row.reason) == ("held", CRASHED)


def test_a_relay_that_comes_late_gets_the_young_letters(database: Database) -> None:
    put(outbox_of(database), letter(1), letter(2))
    put(outbox_of(database), letter(3), hold="a rehearsal")
    with database.transaction() as session:
        old = utcnow() - timedelta(hours=25)
        session.exec(update(LetterRow).where(col(LetterRow.id) == 2).values(created_at=old))
    with database.transaction() as session:
        assert recovery.now_there_is_a_relay(session) == 1
    states = [(row.state, row.reason) for row in rows(database)]
    assert states == [("queued", None), ("held", TOO_OLD), ("held", "a rehearsal")]
    with database.transaction() as session:
        assert recovery.now_there_is_a_relay(session) == 0


# --- what a person does --------------------------------------------------------------------------


def test_a_person_releases_what_is_held(database: Database) -> None:
    outbox = outbox_of(database, "smtp://127.0.0.1:1")
    put(outbox, letter(1), letter(2), letter(3), hold="a rehearsal")
    assert outbox.release([2], "Grace") == 1
    assert [row.state for row in rows(database)] == ["held", "queued", "held"]
    assert outbox.release(None, "Grace") == 2
    assert outbox.counts()["queued"] == 3
    last = outbox.show(2).events[-1]
    assert (last.what, last.detail) == ("released", "by Grace")


def test_nothing_is_released_to_nowhere(database: Database) -> None:
    outbox = outbox_of(database)
    put(outbox, letter())
    with pytest.raises(InvalidState, match="no relay"):
        outbox.release(None, "Grace")


def test_a_person_stops_what_has_not_begun_and_may_think_again(database: Database) -> None:
    outbox = outbox_of(database, "smtp://127.0.0.1:1")
    put(outbox, letter(1), letter(2))
    assert outbox.stop_letters([1], "Grace") == 1
    assert outbox.listing("stopped")[0].reason == "stopped by Grace"
    assert due(database) == [2]
    assert outbox.release([1], "Grace") == 1
    assert story(outbox) == ["queued", "stopped", "released"]


def test_what_is_under_way_or_gone_cannot_be_stopped(database: Database) -> None:
    outbox = outbox_of(database, "smtp://127.0.0.1:1")
    put(outbox, letter(1), letter(2), letter(3))
    step(database, next_id=2)
    with pytest.raises(InvalidState, match="letter 2 is sending"):
        outbox.stop_letters([1, 2], "Grace")
    assert rows(database)[0].state == "queued", "all of them or none"
    step(database, done=(2, OK))
    with pytest.raises(InvalidState, match="letter 2 is sent"):
        outbox.release([2], "Grace")
    with pytest.raises(NotFound, match="99"):
        outbox.stop_letters([99], "Grace")
    with pytest.raises(NotFound, match="99"):
        outbox.show(99)


def test_a_stopped_letter_that_was_already_chosen_is_not_begun(database: Database) -> None:
    outbox = outbox_of(database, "smtp://127.0.0.1:1")
    put(outbox, letter())
    outbox.stop_letters([1], "Grace")
    assert not step(database, next_id=1)
    assert story(outbox) == ["queued", "stopped"]


def test_one_can_tell_whether_anything_is_still_to_be_sent(database: Database) -> None:
    outbox = outbox_of(database, "smtp://127.0.0.1:1")
    put(outbox, letter(1), hold="a rehearsal")
    assert not outbox.due(utcnow())
    put(outbox, letter(2))
    assert outbox.due(utcnow())
    step(database, next_id=2)
    assert outbox.due(utcnow()), "one that is under way counts"
    step(database, done=(2, Verdict("deferred", 451, "451 later")))
    assert not outbox.due(utcnow())
    assert outbox.due(utcnow() + timedelta(hours=2))
    step(database, next_id=2)
    step(database, done=(2, OK))
    assert not outbox.due(utcnow() + timedelta(hours=2))


def test_the_list_shows_the_newest_of_a_state(database: Database) -> None:
    outbox = outbox_of(database, "smtp://127.0.0.1:1")
    put(outbox, letter(1), letter(2), letter(3))
    outbox.stop_letters([2], "Grace")
    assert [row.id for row in outbox.listing()] == [3, 2, 1]
    assert [row.id for row in outbox.listing(limit=1)] == [3]
    assert [row.id for row in outbox.listing("stopped")] == [2]
    with database.read() as session:
        assert desk.states(session, [1, 2, 99]) == {1: "queued", 2: "stopped"}


# --- sending -------------------------------------------------------------------------------------


def test_letters_arrive_as_they_were_written(store: Database, sink: Sink) -> None:
    outbox = outbox_of(store, sink.url)
    put(outbox, letter(1), letter(2, sender="bounces@gateway.example"))
    run(outbox, all_sent(outbox))
    got = {one.recipient: one for one in sink.received}
    assert got["reader1@people.example"].raw == letter(1).raw
    assert got["reader1@people.example"].sender == ""
    assert got["reader2@people.example"].sender == "bounces@gateway.example"
    assert story(outbox) == ["queued", "sending", "sent"]


def test_many_letters_share_few_connections(store: Database, sink: Sink) -> None:
    outbox = outbox_of(store, sink.url, connections=3)
    put(outbox, *map(letter, range(200)))
    run(outbox, all_sent(outbox))
    assert sorted(one.message_id for one in sink.received) == sorted(
        letter(number).message_id for number in range(200)
    )
    assert sink.connections == 3


def test_a_relay_that_grants_fewer_connections_gets_the_letters_over_those(
    store: Database,
) -> None:
    with Sink(most_connections=1) as sink:
        outbox = outbox_of(store, sink.url, connections=4)
        put(outbox, *map(letter, range(30)))

        async def act() -> None:
            await until(all_sent(outbox))
            assert outbox.health().state == "up"

        with capture_logs() as logs:
            run_with(outbox, act)
    assert {row.attempts for row in rows(store)} == {1}
    assert "outbox.paused" not in {line["event"] for line in logs}
    assert "outbox.fewer_connections" in {line["event"] for line in logs}


def test_a_new_letter_goes_when_the_outbox_is_woken(store: Database, sink: Sink) -> None:
    outbox = outbox_of(store, sink.url)

    async def act() -> None:
        await until(lambda: lease(store) is not None, "the sender has begun")
        await asyncio.to_thread(put, outbox, letter())
        await asyncio.to_thread(outbox.wake)
        await until(all_sent(outbox))

    run_with(outbox, act)
    assert sink.recipients == ["reader1@people.example"]
    assert outbox.health().last_sent_at is not None


@pytest.mark.parametrize("pipelining", [True, False])
def test_a_letter_that_is_refused_for_good_is_set_aside(store: Database, pipelining: bool) -> None:
    with Sink(pipelining=pipelining) as sink:
        refused_for_good(store, sink)


def refused_for_good(store: Database, sink: Sink) -> None:
    sink.rcpt["reader1@people.example"] = ["550 5.1.1 nobody of that name"]
    sink.data["reader2@people.example"] = ["554 5.7.1 we do not want this"]
    outbox = outbox_of(store, sink.url, connections=1)
    put(outbox, letter(1), letter(2), letter(3))
    run(outbox, lambda: outbox.counts()["sent"] == 1)
    first, second, _ = rows(store)
    assert (first.state, first.reason) == ("failed", "550 5.1.1 nobody of that name")
    assert (second.state, second.reason) == ("failed", "554 5.7.1 we do not want this")
    assert sink.connections == 1, "a refusal is no reason to hang up"


def test_a_letter_that_is_refused_for_now_is_tried_again(store: Database, sink: Sink) -> None:
    sink.rcpt["reader1@people.example"] = ["450 4.2.1 busy", "451 4.3.0 still busy"]
    outbox = outbox_of(store, sink.url, retry_seconds=0.01)
    put(outbox, letter())
    run(outbox, all_sent(outbox))
    assert rows(store)[0].attempts == 3
    assert story(outbox) == [
        "queued", "sending", "deferred", "sending", "deferred", "sending", "sent",
    ]  # fmt: skip


def test_a_connection_that_breaks_off_costs_its_letter_a_try_and_no_other(
    store: Database, sink: Sink
) -> None:
    sink.data["reader1@people.example"] = ["drop"]
    outbox = outbox_of(store, sink.url, retry_seconds=0.01, connections=1)
    put(outbox, letter(1), letter(2))
    run(outbox, all_sent(outbox))
    first, second = rows(store)
    assert (first.attempts, second.attempts) == (2, 1)
    mine = [one.message_id for one in sink.received if one.recipient == first.recipient]
    assert mine == [first.message_id] * 2, "again, under its own Message-ID"


def test_a_kept_connection_that_has_ended_costs_nobody_a_try(store: Database) -> None:
    with Sink(patience=0.3) as sink:
        outbox = outbox_of(store, sink.url, connections=1)
        put(outbox, letter(1))

        async def act() -> None:
            await until(all_sent(outbox))
            await until(lambda: outbox.health().connections == 0, "the server hangs up")
            put(outbox, letter(2))
            outbox.wake()
            await until(all_sent(outbox))

        run_with(outbox, act)
        assert [row.attempts for row in rows(store)] == [1, 1]
        assert sink.connections == 2


def test_a_server_that_closes_after_some_letters_is_called_again(
    store: Database, sink: Sink
) -> None:
    sink.rcpt["reader2@people.example"] = ["421 4.7.0 enough for one session"]
    outbox = outbox_of(store, sink.url, connections=1)
    put(outbox, letter(1), letter(2))
    run(outbox, all_sent(outbox))
    assert [row.attempts for row in rows(store)] == [1, 1]
    assert sink.connections == 2


def test_a_relay_that_is_away_costs_no_letter_anything(store: Database) -> None:
    port = free_port()
    outbox = outbox_of(store, f"smtp://{HOST}:{port}")
    put(outbox, *map(letter, range(5)))

    async def act() -> None:
        await until(lambda: outbox.health().state == "paused")
        assert "Connection refused; next try in" in outbox.health().detail
        assert {(row.state, row.attempts) for row in rows(store)} == {("queued", 0)}
        with Sink(port=port) as sink:
            await until(all_sent(outbox))
            assert len(sink.received) == 5
            assert outbox.health().state == "up"

    run_with(outbox, act)
    assert {row.attempts for row in rows(store)} == {1}


def test_a_relay_that_wants_a_login_pauses_everything(store: Database, sink: Sink) -> None:
    sink.rcpt["reader1@people.example"] = ["530 5.7.0 Authentication required"]
    outbox = outbox_of(store, sink.url)
    put(outbox, letter())

    async def act() -> None:
        await until(lambda: outbox.health().state == "paused")
        assert "wants a login" in outbox.health().detail
        await until(all_sent(outbox))

    run_with(outbox, act)
    assert story(outbox) == ["queued", "sending", "returned", "sending", "sent"]


def test_an_address_that_no_relay_could_take_fails_alone(store: Database, sink: Sink) -> None:
    outbox = outbox_of(store, sink.url, connections=1)
    put(
        outbox,
        letter(1, recipient="a@x.example> NOTIFY=NEVER"),
        letter(2, recipient="ünal@people.example"),
        letter(3),
    )
    run(outbox, lambda: outbox.counts()["sent"] == 1)
    assert [row.state for row in rows(store)] == ["failed", "failed", "sent"]
    assert sink.recipients == ["reader3@people.example"]


def test_a_stop_finishes_what_is_in_flight_and_leaves_the_rest_queued(
    store: Database, sink: Sink
) -> None:
    outbox = outbox_of(store, sink.url, connections=2)
    put(outbox, *map(letter, range(20)))
    sink.gate.clear()

    async def main() -> None:
        await outbox.start()
        await until(lambda: sink.waiting == 2, "two letters in flight")
        stopping = asyncio.create_task(outbox.stop())
        await asyncio.sleep(0)
        sink.gate.set()
        await stopping

    asyncio.run(main())
    assert outbox.counts() == dict.fromkeys(STATES, 0) | {"sent": 2, "queued": 18}
    assert len(sink.received) == 2
    assert lease(store) is None
    run(outbox, all_sent(outbox))
    assert len({one.message_id for one in sink.received}) == len(sink.received) == 20


def test_one_process_sends_at_a_time(store: Database, sink: Sink) -> None:
    first = outbox_of(store, sink.url)
    second = outbox_of(store, sink.url, owner="another.example/1/1")
    put(first, *map(letter, range(50)))

    async def main() -> None:
        await first.start()
        await until(lambda: first.counts()["sent"] == 50)
        await second.start()
        await until(lambda: second.health().detail == "another process sends")
        put(first, letter(99))
        second.wake()
        first.wake()
        await until(all_sent(first))
        assert second.health().last_sent_at is None
        await first.stop()
        put(first, letter(100))
        await until(all_sent(first), "the second takes over")
        await until(lambda: second.health().last_sent_at is not None)
        await second.stop()

    asyncio.run(main())
    assert len({one.message_id for one in sink.received}) == len(sink.received) == 52


def test_answers_to_one_address_are_spread_and_none_is_lost(store: Database, sink: Sink) -> None:
    outbox = outbox_of(store, sink.url, per_hour=3)
    busy = "busy@people.example"
    answers = [letter(n, kind="acknowledgement", recipient=busy) for n in range(10)]
    news = [letter(n, recipient=busy) for n in range(10, 15)]
    put(outbox, *answers, *news, letter(20, kind="acknowledgement"))
    run(outbox, lambda: outbox.counts()["sent"] == 9)
    waiting = outbox.listing("queued")
    assert len(waiting) == 7
    assert all(
        row.reason == "more than 3 answers to this address within an hour" for row in waiting
    )
    assert all(row.due_at > utcnow() + timedelta(minutes=55) for row in waiting)
    change(store, due_at=utcnow())
    with store.transaction() as session:
        an_hour_ago = utcnow() - timedelta(hours=1)
        session.exec(
            update(LetterRow).where(col(LetterRow.state) == "sent").values(sent_at=an_hour_ago)
        )
    run(outbox, lambda: outbox.counts()["sent"] == 12)
    assert outbox.counts()["queued"] == 4


def test_the_log_names_letters_and_codes_and_no_person(store: Database, sink: Sink) -> None:
    sink.rcpt["reader1@people.example"] = ["550 reader1@people.example is unknown"]
    outbox = outbox_of(store, sink.url)
    put(outbox, letter(1), letter(2), trace="m-7")
    with capture_logs() as logs:
        run(outbox, lambda: outbox.counts()["sent"] == 1 and outbox.counts()["failed"] == 1)
    assert {"event": "letter.failed", "log_level": "info", "letter": 1, "trace": "m-7",
            "code": 550} in logs  # fmt: skip
    assert {"event": "letter.sent", "log_level": "info", "letter": 2, "trace": "m-7",
            "code": 250} in logs  # fmt: skip
    assert "people.example" not in str(logs)


def test_without_a_relay_starting_and_stopping_is_nothing(store: Database) -> None:
    outbox = outbox_of(store)
    outbox.wake()
    asyncio.run(outbox.start())
    asyncio.run(outbox.stop())


# --- pace ----------------------------------------------------------------------------------------


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize("per_minute", [30, 600, 6000])
def test_no_second_sees_more_letters_than_the_rate_and_a_quarter(per_minute: int) -> None:
    clock = Clock()
    bucket = Bucket(per_minute, clock)
    went: list[float] = []
    while clock.now < 130:
        wait = bucket.take()
        if wait:
            clock.now += wait
        else:
            went.append(clock.now)
    worst = max(sum(1 for at in went if start <= at < start + 1) for start in went)
    assert worst <= max(1, per_minute / 60 * 1.25) + 1
    assert len(went) == pytest.approx(30 * per_minute / 60, rel=0.1, abs=2)


def test_waits_grow_and_end_somewhere() -> None:
    assert 0.8 <= growing(1, 1, 100) <= 1.2
    assert 6.4 <= growing(1, 4, 100) <= 9.6
    assert 80 <= growing(1, 5000, 100) <= 120


def test_a_pause_grows_until_the_relay_works() -> None:
    clock = Clock()
    pause = Pause(clock)
    assert not pause.is_on
    for _ in range(20):
        pause.failed("refused")
    assert LONGEST_PAUSE * 0.8 <= pause.left <= LONGEST_PAUSE * 1.2
    clock.now += 1000
    assert pause.left == 0
    assert pause.is_on
    pause.succeeded()
    assert not pause.is_on


def test_a_domain_gets_so_many_a_minute_and_those_that_waited_come_first() -> None:
    clock = [0.0]
    domains = Domains(0, {"slow.example": 60}, lambda: clock[0])
    assert domains.wait("fast.example", has_waited=False) == (0.0, "")
    waits = [domains.wait("slow.example", has_waited=False)[0] for _ in range(4)]
    assert waits == [0.0, 1.0, 2.0, 3.0], "each has a place of its own in the line"
    clock[0] = 1.0
    assert domains.wait("slow.example", has_waited=False)[0] == 3.0
    assert domains.wait("slow.example", has_waited=True) == (0.0, "")


def test_a_domain_that_puts_off_letter_after_letter_is_left_alone_until_one_goes() -> None:
    clock = [0.0]
    domains = Domains(0, {}, lambda: clock[0])
    assert [domains.deferred("full.example") for _ in range(2)] == [False, False]
    domains.succeeded("full.example")
    assert [domains.deferred("full.example") for _ in range(3)] == [False, False, True]
    wait, why = domains.wait("full.example", has_waited=True)
    assert wait >= 24
    assert why == "full.example puts letters off"
    clock[0] = 60.0
    assert domains.wait("full.example", has_waited=True) == (0.0, "")
    assert domains.deferred("full.example"), "and longer the next time"
    assert domains.wait("full.example", has_waited=True)[0] >= 48


def test_letters_to_a_slow_domain_do_not_hold_up_the_others(database: Database, sink: Sink) -> None:
    settings = RelaySettings(url=sink.url, per_minute=100_000, domains={"slow.example": 1})
    outbox = Outbox(database, settings, AnswerSettings(), ME)
    slow = [replace(letter(n), recipient=f"r{n}@slow.example") for n in range(1, 6)]
    put(outbox, *slow, *map(letter, range(6, 11)))

    async def going() -> None:
        await outbox.start()
        try:
            await asyncio.to_thread(sink.await_letters, 6)
        finally:
            await outbox.stop()

    asyncio.run(going())
    assert [one for one in sink.recipients if one.endswith("slow.example")] == ["r1@slow.example"]
    waiting = [row.reason for row in rows(database) if row.state == "queued"]
    assert waiting == ["1 letters a minute go to slow.example"] * 4

"""The spool: custody of each message once, whoever brings it, and who may work on it."""

import queue
import random
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, event
from sqlmodel import Session, col, select, update

from gateway.errors import InvalidState, NotFound, Temporary
from gateway.model import Accepted, Arrival, Cursor, Envelope, utcnow
from gateway.spool import Claim, Finished, Spool, fingerprint, message_key
from gateway.store.database import Database
from gateway.store.leases import this_process
from gateway.store.tables import ArrivalRow, MessageRow, RawRow

ME = this_process()
HOST = ME.partition("/")[0]
DEAD = f"{HOST}/999999999/1"
ELSEWHERE = "otherhost.example/17/1"
RAW = b"From: ann@people.example\r\nSubject: Down\r\n\r\nIt is down.\r\n"
US = ("triage@gateway.example",)


def arrival(raw: bytes = RAW, **changes: Any) -> Arrival:
    given = {"door": "smtp", "sender": "ann@people.example", "recipients": US}
    return Arrival(raw, Envelope(**(given | changes)))


def numbered(count: int) -> list[Arrival]:
    return [arrival(RAW + b"%d\r\n" % number) for number in range(count)]


@pytest.fixture
def spool(database: Database) -> Spool:
    return Spool(database)


def rows(spool: Spool, table: Any) -> list[Any]:
    with spool._database.read() as session:
        return list(session.exec(select(table).order_by(table.id)))


def claimed(spool: Spool, limit: int = 20, owner: str = ME, seconds: float = 60) -> Claim:
    claim = spool.claim(owner, limit, seconds)
    assert claim is not None
    return claim


def finish(spool: Spool, claim: Claim, **changes: Any) -> list[int]:
    """File what is still ours of the claim, as the pipeline does; the numbers of that."""
    given = {"message_id": "a@b.example", "subject": "Down", "reading": {"event": "outage"},
             "ticket_id": None, "reason": None}  # fmt: skip
    with spool._database.transaction() as session:
        mine = spool.claimed(session, claim)
        spool.finish(session, [Finished(id=held.id, **(given | changes)) for held in mine])
        return [held.id for held in mine]


# --- what makes two messages one ----------------------------------------------------------------

TRACES = [
    b"Received: from a.example by b.example; Tue, 17 Nov 2026 09:12:00 -0500\r\n",
    b"Received: from a.example\r\n\tby b.example;\r\n Tue, 17 Nov 2026 09:12:00 -0500\r\n",
    b"Return-Path: <ann@people.example>\r\n",
    b"Delivered-To: triage@gateway.example\r\n",
    b"Authentication-Results: mx.example; spf=pass\r\n",
    b"DKIM-Signature: v=1; a=rsa-sha256;\r\n b=abc\r\n",
    b"X-Spam-Score: 0.1\r\n",
    b"Status: RO\r\n",
]


@pytest.mark.parametrize("field", TRACES)
def test_a_field_that_transport_adds_makes_no_other_message(field: bytes) -> None:
    assert fingerprint(field + RAW) == fingerprint(RAW)
    assert fingerprint(RAW.replace(b"Subject:", field + b"Subject:")) == fingerprint(RAW)


@given(st.lists(st.sampled_from(TRACES)), st.booleans(), st.booleans(), st.integers(0, 3))
def test_no_way_of_storing_it_makes_another_message(
    fields: list[bytes], bare_newlines: bool, mbox: bool, blank_lines: int
) -> None:
    stored = b"".join(fields) + RAW + b"\r\n" * blank_lines
    if mbox:
        stored = b"From ann@people.example Tue Nov 17 09:12:00 2026\r\n" + stored
    if bare_newlines:
        stored = stored.replace(b"\r\n", b"\n")
    assert fingerprint(stored) == fingerprint(RAW)


@pytest.mark.parametrize(
    ("there", "instead"),
    [
        (b"Subject: Down", b"Subject: Up"),
        (b"It is down.", b"It is down!"),
        (b"ann@people.example", b"bob@people.example"),
        (b"\r\n\r\n", b"\r\nX-Priority: 1\r\n\r\n"),
        (b"It is down.", b"Received: yesterday\r\nIt is down."),
        (b"It is down.\r\n", b"\r\nIt is down.\r\n"),
    ],
)
def test_other_content_is_another_message(there: bytes, instead: bytes) -> None:
    assert fingerprint(RAW.replace(there, instead)) != fingerprint(RAW)


def test_a_trace_field_in_the_body_is_content() -> None:
    one = RAW + b"Received: one\r\n"
    assert fingerprint(one) != fingerprint(RAW)
    assert fingerprint(one) != fingerprint(RAW + b"Received: other\r\n")


def test_the_route_belongs_to_the_message_but_not_its_order_or_case() -> None:
    both = Envelope("smtp", recipients=("a@x.example", "b@x.example"))
    turned = Envelope("lmtp", recipients=("B@X.example", "a@x.example"))
    other = Envelope("smtp", recipients=("a@x.example",))
    assert message_key(RAW, both) == message_key(RAW, turned) != message_key(RAW, other)


@given(st.binary(max_size=300))
def test_any_bytes_have_a_fingerprint(raw: bytes) -> None:
    assert len(fingerprint(raw)) == 32


# --- custody ------------------------------------------------------------------------------------


def test_bytes_are_kept_as_they_came(spool: Spool) -> None:
    raw = bytes(range(256)) * 40 + b"\x00\r\n.\r\n"
    (receipt,) = spool.accept([arrival(raw)])
    kept = spool.find(receipt.trace)
    assert spool.raw([receipt.id])[receipt.id] == raw
    assert (kept.door, kept.sender, tuple(kept.recipients)) == (
        "smtp", "ann@people.example", US,
    )  # fmt: skip


def test_envelope_keeps_null_sender_and_unknown_sender_apart(spool: Spool) -> None:
    ids = [spool.accept([arrival(RAW + s, sender=sender)])[0].id
           for s, sender in ((b"1", ""), (b"2", None))]  # fmt: skip
    assert [spool.find(str(id_)).sender for id_ in ids] == ["", None]


def test_the_same_message_is_kept_once_and_each_arrival_is_on_record(spool: Spool) -> None:
    first, second = spool.accept([arrival(), arrival(door="imap:box", sender=None)])
    (third,) = spool.accept(
        [arrival(b"Received: later\r\n" + RAW, tls="TLSv1.3", peer="192.0.2.1")]
    )
    assert [one.duplicate for one in (first, second, third)] == [False, True, True]
    assert len({one.id for one in (first, second, third)}) == 1
    assert len({one.trace for one in (first, second, third)}) == 1
    assert [(row.door, row.sender, row.tls, row.peer) for row in rows(spool, ArrivalRow)] == [
        ("smtp", "ann@people.example", None, None),
        ("imap:box", None, None, None),
        ("smtp", "ann@people.example", "TLSv1.3", "192.0.2.1"),
    ]
    assert len(rows(spool, MessageRow)) == 1


def test_receipts_come_in_the_order_of_the_messages(spool: Spool) -> None:
    receipts = spool.accept([*numbered(5), numbered(5)[2]])
    found = spool.raw([receipt.id for receipt in receipts])
    contents = [found[receipt.id] for receipt in receipts]
    assert contents == [one.raw for one in [*numbered(5), numbered(5)[2]]]
    assert [receipt.duplicate for receipt in receipts] == [False] * 5 + [True]


def test_many_doors_at_once_keep_each_message_once(spool: Spool) -> None:
    arrivals = numbered(40) * 3
    random.Random(3).shuffle(arrivals)
    with ThreadPoolExecutor(12) as doors:
        receipts = list(doors.map(lambda one: spool.accept([one])[0], arrivals))
    assert sum(not receipt.duplicate for receipt in receipts) == 40
    assert spool.counts() == {"accepted": 40, "done": 0, "held": 0}
    assert len(rows(spool, ArrivalRow)) == 120


def test_the_cursor_moves_with_the_messages(spool: Spool) -> None:
    assert spool.cursor("box") is None
    spool.accept(numbered(2), Cursor("box", 7, 12))
    assert spool.cursor("box") == Cursor("box", 7, 12)
    spool.accept([], Cursor("box", 8, 1))
    assert spool.cursor("box") == Cursor("box", 8, 1)
    assert spool.cursor("other") is None


def test_a_cursor_keeps_all_that_its_door_says(spool: Spool) -> None:
    since = utcnow().replace(microsecond=0)
    cursor = Cursor("box", 2**32 - 1, 2**32 - 2, since, 17, ((3, "too large"), (9, "no answer")))
    spool.accept([], cursor)
    assert spool.cursor("box") == cursor
    spool.accept([], Cursor("other", 1, 1))
    assert spool.passed(["box", "other"]) == {"box": [(3, "too large"), (9, "no answer")]}
    assert spool.passed(["other"]) == {}


def test_what_its_door_wants_held_waits_for_a_person(spool: Spool) -> None:
    (plain,) = numbered(1)
    (receipt,) = spool.accept([replace(plain, hold="it is old")])
    message = spool.find(receipt.trace)
    assert (message.state, message.reason) == ("held", "it is old")
    assert spool.claim(ME, 10, 60) is None
    # What is known already stays what it is.
    assert spool.accept([plain])[0].duplicate
    assert spool.find(receipt.trace).state == "held"
    spool.release_held(message)
    assert spool.claim(ME, 10, 60) is not None


def test_a_delivery_that_fails_keeps_neither_message_nor_cursor(spool: Spool) -> None:
    impossible = arrival(received_at=datetime(2026, 1, 1))
    with pytest.raises(Temporary):
        spool.accept([*numbered(1), impossible], Cursor("box", 7, 12))
    assert spool.counts()["accepted"] == 0
    assert spool.cursor("box") is None
    assert rows(spool, ArrivalRow) == []
    with spool._database.read() as session:
        assert session.exec(select(RawRow)).first() is None


def test_whoever_works_hears_of_a_new_message_after_the_commit(database: Database) -> None:
    heard: queue.SimpleQueue[int] = queue.SimpleQueue()
    spool = Spool(database, on_accepted=lambda: heard.put(spool.counts()["accepted"]))
    spool.accept([arrival()])
    assert heard.get(timeout=30) == 1
    spool.accept([], Cursor("box", 1, 1))
    spool.accept(numbered(1))
    assert heard.get(timeout=30) == 2, "a cursor alone wakes nobody"
    assert heard.empty()


def test_a_door_has_a_lease_while_it_holds_it(spool: Spool) -> None:
    assert spool.acquire("imap:box", ME, 60)
    assert not spool.acquire("imap:box", ELSEWHERE, 60)
    spool.release("imap:box", ELSEWHERE)
    assert not spool.acquire("imap:box", ELSEWHERE, 60)
    spool.release("imap:box", ME)
    assert spool.acquire("imap:box", ELSEWHERE, 60)


# --- work ---------------------------------------------------------------------------------------


def test_a_claim_takes_the_oldest_and_nobody_gets_them_twice(spool: Spool) -> None:
    ids = [receipt.id for receipt in spool.accept(numbered(5))]
    assert claimed(spool, 3).ids == tuple(ids[:3])
    assert claimed(spool, 3).ids == tuple(ids[3:])
    assert spool.claim(ME, 3, 60) is None


def test_nothing_is_claimed_of_an_empty_spool(spool: Spool) -> None:
    assert spool.claim(ME, 3, 60) is None


def test_a_claim_that_ran_out_is_free_and_its_holder_can_write_no_more(spool: Spool) -> None:
    spool.accept(numbered(2))
    old = claimed(spool, owner=ELSEWHERE, seconds=-1)
    new = claimed(spool)
    assert new.ids == old.ids
    assert finish(spool, old) == []
    assert finish(spool, new) == list(new.ids)
    assert finish(spool, new) == [], "what is done is done once"


def test_the_claim_of_a_dead_process_is_free_at_once(spool: Spool) -> None:
    spool.accept(numbered(1))
    dead = claimed(spool, owner=DEAD, seconds=3600)
    assert claimed(spool).ids == dead.ids


def test_the_claim_of_another_host_is_respected(spool: Spool) -> None:
    spool.accept(numbered(1))
    claimed(spool, owner=ELSEWHERE, seconds=3600)
    assert spool.claim(ME, 3, 60) is None


def test_a_claim_is_kept_by_extending_it(spool: Spool) -> None:
    spool.accept(numbered(1))
    claim = claimed(spool, owner=ELSEWHERE, seconds=-1)
    spool.extend(claim, 60)
    assert spool.claim(ME, 3, 60) is None


def test_claims_at_the_same_moment_share_the_messages_out(spool: Spool) -> None:
    ids = {receipt.id for receipt in spool.accept(numbered(60))}
    together = threading.Barrier(6)

    def take(number: int) -> list[int]:
        taken: list[int] = []
        together.wait()
        while (claim := spool.claim(f"otherhost.example/{number}/1", 7, 60)) is not None:
            taken += claim.ids
        return taken

    with ThreadPoolExecutor(6) as workers:
        found = [id_ for taken in workers.map(take, range(6)) for id_ in taken]
    assert sorted(found) == sorted(ids)


def test_what_failed_together_is_tried_alone(spool: Spool) -> None:
    ids = [receipt.id for receipt in spool.accept(numbered(3))]
    spool.give_back(claimed(spool), "it failed", attempts=3, wait=0)
    claims = [claimed(spool) for _ in ids]
    assert [claim.ids for claim in claims] == [(id_,) for id_ in ids]


def test_what_is_new_goes_on_in_batches_beside_what_failed(spool: Spool) -> None:
    (failed,) = spool.accept(numbered(1))
    spool.give_back(claimed(spool), "it failed", attempts=3, wait=60)
    others = [receipt.id for receipt in spool.accept(numbered(4)[1:])]
    assert claimed(spool).ids == tuple(others)
    assert spool.find(str(failed.id)).state == "accepted"


def test_what_keeps_failing_alone_is_held_with_its_reason(spool: Spool) -> None:
    (receipt,) = spool.accept(numbered(1))
    for _ in range(2):
        spool.give_back(claimed(spool), "not yet", attempts=3, wait=0)
        assert spool.find(receipt.trace).state == "accepted"
    spool.give_back(claimed(spool), "the reader died over it", attempts=3, wait=0)
    row = spool.find(receipt.trace)
    assert (row.state, row.reason, row.attempts) == ("held", "the reader died over it", 3)
    assert spool.claim(ME, 3, 60) is None


def test_nobody_is_held_for_a_failure_that_was_shared(spool: Spool) -> None:
    spool.accept(numbered(3))
    spool.give_back(claimed(spool), "one of them", attempts=1, wait=0)
    assert spool.counts() == {"accepted": 3, "done": 0, "held": 0}
    spool.give_back(claimed(spool), "that one", attempts=1, wait=0)
    assert spool.counts() == {"accepted": 2, "done": 0, "held": 1}


def test_a_failure_of_the_store_costs_no_try(spool: Spool) -> None:
    (receipt,) = spool.accept(numbered(1))
    for _ in range(5):
        spool.give_back(claimed(spool), "the store was away", attempts=0, wait=0)
    assert spool.find(receipt.trace).attempts == 0


def test_what_is_given_back_waits_its_time(spool: Spool) -> None:
    spool.accept(numbered(1))
    spool.give_back(claimed(spool), "later", attempts=3, wait=60)
    assert spool.claim(ME, 3, 60) is None


def test_a_lost_claim_gives_nothing_back(spool: Spool) -> None:
    (receipt,) = spool.accept(numbered(1))
    old = claimed(spool, owner=ELSEWHERE, seconds=-1)
    claimed(spool)
    spool.give_back(old, "too late", attempts=1, wait=0)
    row = spool.find(receipt.trace)
    assert (row.state, row.attempts, row.reason) == ("accepted", 0, None)


def test_a_transaction_that_fails_leaves_the_claim(spool: Spool) -> None:
    spool.accept(numbered(1))
    claim = claimed(spool)

    def fail(session: Session) -> None:
        spool.finish(session, [Finished(claim.ids[0], None, "", {}, None, None)])
        raise RuntimeError("filing failed")

    with pytest.raises(RuntimeError), spool._database.transaction() as session:
        fail(session)
    assert spool.counts()["accepted"] == 1
    assert finish(spool, claim) == list(claim.ids)


def test_what_is_finished_says_what_became_of_it(spool: Spool) -> None:
    (receipt,) = spool.accept(numbered(1))
    finish(spool, claimed(spool), reason="no ticket: vacation")
    row = spool.find(receipt.trace)
    assert (row.state, row.message_id, row.subject) == ("done", "a@b.example", "Down")
    assert row.reading == {"event": "outage"}
    assert row.reason == "no ticket: vacation"
    assert (row.claim, row.claimed_by, row.claim_until) == (None, None, None)
    assert row.finished_at is not None


# --- what an operator sees and does -------------------------------------------------------------


def test_counts_name_every_state(spool: Spool) -> None:
    assert spool.counts() == {"accepted": 0, "done": 0, "held": 0}


def test_the_oldest_that_waits_is_known(spool: Spool) -> None:
    assert spool.oldest_waiting() is None
    times = [datetime(2026, 11, 17, 9, minute, tzinfo=UTC) for minute in (5, 1, 9)]
    spool.accept([arrival(RAW + b"%d" % n, received_at=at) for n, at in enumerate(times)])
    assert spool.oldest_waiting() == min(times)
    finish(spool, claimed(spool))
    assert spool.oldest_waiting() is None


def test_the_list_has_the_newest_first_and_one_state_if_asked(spool: Spool) -> None:
    receipts: tuple[Accepted, ...] = spool.accept(numbered(3))
    finish(spool, claimed(spool, 1))
    assert [row.id for row in spool.listing()] == [one.id for one in reversed(receipts)]
    assert [row.id for row in spool.listing("done")] == [receipts[0].id]
    assert [row.id for row in spool.listing(limit=1)] == [receipts[2].id]


def test_a_message_is_found_by_number_and_by_trace(spool: Spool) -> None:
    (receipt,) = spool.accept(numbered(1))
    assert spool.find(receipt.trace).id == spool.find(str(receipt.id)).id == receipt.id
    for name in ("99", "m-0", "", "TG-1", "²", "9" * 10, "9" * 30):
        with pytest.raises(NotFound):
            spool.find(name)


def test_arrivals_of_one_message_are_told_in_order(spool: Spool) -> None:
    spool.accept(numbered(2))
    spool.accept([arrival(numbered(1)[0].raw, door="file")])
    row = spool.find("1")
    assert [one.door for one in spool.arrivals(row)] == ["smtp", "file"]


def test_only_what_is_held_is_released(spool: Spool) -> None:
    (receipt,) = spool.accept(numbered(1))
    with pytest.raises(InvalidState):
        spool.release_held(spool.find(receipt.trace))
    spool.give_back(claimed(spool), "bad", attempts=1, wait=0)
    spool.release_held(spool.find(receipt.trace))
    row = spool.find(receipt.trace)
    assert (row.state, row.reason, row.attempts) == ("accepted", None, 0)
    assert claimed(spool).ids == (receipt.id,)


def test_only_finished_messages_of_unknown_senders_are_unknown(spool: Spool) -> None:
    spool.accept(numbered(4))
    for verdict in ("verified", "unknown", "unknown", None):
        finish(spool, claimed(spool, 1), trust=verdict and {"verdict": verdict})
    found = [row.id for row in spool.unknown()]
    assert len(found) == 2
    spool.replay(spool.find(str(found[0])))
    assert [row.id for row in spool.unknown()] == found[1:]


def test_what_still_waits_is_not_replayed(spool: Spool) -> None:
    (receipt,) = spool.accept(numbered(1))
    with pytest.raises(InvalidState):
        spool.replay(spool.find(receipt.trace))
    finish(spool, claimed(spool))
    spool.replay(spool.find(receipt.trace))
    assert claimed(spool).ids == (receipt.id,)


def test_whoever_works_hears_of_a_release(database: Database) -> None:
    heard: queue.SimpleQueue[str] = queue.SimpleQueue()
    spool = Spool(database, on_accepted=lambda: heard.put("new"))
    spool.accept(numbered(1))
    finish(spool, claimed(spool))
    assert heard.get(timeout=30) == "new"
    spool.replay(spool.find("1"))
    assert heard.get(timeout=30) == "new"


def test_times_are_kept_in_utc(spool: Spool) -> None:
    at = datetime(2026, 11, 17, 9, 0, tzinfo=UTC)
    spool.accept([arrival(received_at=at.astimezone(tz=None))])
    assert spool.find("1").received_at == at
    with spool._database.transaction() as session:
        later = at + timedelta(days=1)
        session.exec(update(MessageRow).where(col(MessageRow.id) == 1).values(received_at=later))
    assert spool.find("1").received_at == at + timedelta(days=1)


def test_what_waits_is_found_without_sorting_all_that_waits(store: Database) -> None:
    spool = Spool(store)
    asked: list[tuple[str, Any]] = []

    def note(*call: Any) -> None:
        if call[2].startswith("SELECT"):
            asked.append((call[2], call[3]))

    spool.accept([arrival()])
    event.listen(Engine, "before_cursor_execute", note)
    claimed(spool)
    event.remove(Engine, "before_cursor_execute", note)
    with store.engine.connect() as connection:
        plans = [
            str(connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}", values).all())
            for query, values in asked
        ]
    assert len(plans) == 3
    assert all("USING" in plan and "INDEX ix_message_" in plan for plan in plans)
    assert "TEMP B-TREE" not in str(plans)

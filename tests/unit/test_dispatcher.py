"""The dispatcher on the real engine: batches, failures, and what each of them costs whom."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from gateway import dispatcher as module
from gateway.config import WorkerSettings
from gateway.dispatcher import Dispatcher
from gateway.engine import Engine
from gateway.errors import Permanent, Temporary
from gateway.model import Arrival, Envelope
from gateway.spool import Claim, Finished, Spool
from gateway.store.database import Database
from gateway.store.leases import this_process
from tests.integration.postfix import await_condition

ME = this_process()
Process = Callable[[Claim], None]


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What failed is tried again soon."""
    monkeypatch.setattr(module, "POLL_SECONDS", 0.05)


class Desk:
    """Does the work: files each message, but for those whose bytes hold a word that fails."""

    def __init__(self, database: Database, **workers: int) -> None:
        self.database = database
        self.spool = Spool(database, on_accepted=self._wake)
        self.engine = Engine(database, ME)
        self.workers = WorkerSettings(**({"readers": 0, "batch": 10} | workers))
        self.batches: list[int] = []
        self.trouble: dict[bytes, Exception] = {}
        self.dispatcher: Dispatcher | None = None

    def _wake(self) -> None:
        if self.dispatcher is not None:
            self.dispatcher.wake()

    def put(self, *words: str) -> None:
        envelope = Envelope("file", recipients=("triage@gateway.example",))
        self.spool.accept([Arrival(f"Subject: {w}\r\n\r\n{w}\r\n".encode(), envelope)
                           for w in words])  # fmt: skip

    def process(self, claim: Claim) -> None:
        self.batches.append(len(claim.ids))
        for raw in self.spool.raw(claim.ids).values():
            for word, error in self.trouble.items():
                if word in raw:
                    raise error

        def write(session: Session) -> None:
            mine = self.spool.claimed(session, claim)
            self.spool.finish(session, [Finished(h.id, None, "", {}, None, None) for h in mine])

        self.engine.transaction("file", write)

    @contextmanager
    def working(self, process: Process | None = None) -> Iterator[Dispatcher]:
        self.dispatcher = Dispatcher(
            spool=self.spool, engine=self.engine, process=process or self.process,
            workers=self.workers, owner=ME,
        )  # fmt: skip
        self.dispatcher.start()
        try:
            yield self.dispatcher
        finally:
            self.dispatcher.stop()

    def drained(self) -> None:
        """Until nothing waits any more: every message is done or held."""
        await_condition(lambda: not self.spool.counts()["accepted"], "nothing waits any more")

    def states(self) -> dict[str, int]:
        return self.spool.counts()


@pytest.fixture
def desk(database: Database) -> Desk:
    return Desk(database)


def test_what_waits_is_worked_off_in_batches(desk: Desk) -> None:
    desk.put(*map(str, range(25)))
    with desk.working():
        desk.drained()
    assert desk.states() == {"accepted": 0, "done": 25, "held": 0}
    assert sorted(desk.batches, reverse=True) == [10, 10, 5]


def test_what_comes_later_is_worked_on_at_once(desk: Desk) -> None:
    with desk.working():
        for word in ("one", "two", "three"):
            desk.put(word)
            desk.drained()
    assert desk.states()["done"] == 3


def test_one_that_fails_is_held_and_the_others_of_its_batch_are_done(desk: Desk) -> None:
    desk.trouble[b"bad"] = ValueError("cannot be read")
    desk.put("a", "b", "bad", "c")
    with desk.working():
        desk.drained()
    assert desk.states() == {"accepted": 0, "done": 3, "held": 1}
    (held,) = desk.spool.listing("held")
    assert held.reason == "ValueError: cannot be read"
    assert held.attempts == 3
    assert sorted(desk.batches) == [1] * 5 + [4], "the batch, each alone, the bad one twice more"


def test_with_one_attempt_only_the_guilty_is_held(database: Database) -> None:
    desk = Desk(database, attempts=1)
    desk.trouble[b"bad"] = ValueError("cannot be read")
    desk.put("a", "bad", "c")
    with desk.working():
        desk.drained()
    assert desk.states() == {"accepted": 0, "done": 2, "held": 1}


def test_a_named_failure_is_told_in_its_own_words(desk: Desk) -> None:
    desk.trouble[b"bad"] = Permanent("the address is none")
    desk.put("bad")
    with desk.working():
        desk.drained()
    assert desk.spool.listing("held")[0].reason == "the address is none"


@pytest.mark.parametrize(
    "error",
    [Temporary("the store is busy"), OperationalError("INSERT", {}, Exception("locked"))],
    ids=["temporary", "of the store"],
)
def test_a_temporary_failure_costs_no_try(store: Database, error: Exception) -> None:
    desk = Desk(store)
    desk.trouble[b"b"] = error
    desk.put("a", "b", "c")
    with desk.working():
        await_condition(lambda: len(desk.batches) >= 6, "six tries, twice as many as attempts")
        desk.trouble.clear()
        desk.drained()
    assert desk.states() == {"accepted": 0, "done": 3, "held": 0}
    assert {row.attempts for row in desk.spool.listing()} == {0}


def test_what_was_written_before_the_failure_is_gone(desk: Desk) -> None:
    desk.put("a")
    tries = []

    def half(claim: Claim) -> None:
        def write(session: Session) -> None:
            desk.spool.finish(session, [Finished(claim.ids[0], None, "", {}, None, "half")])
            tries.append(1)
            if len(tries) == 1:
                raise RuntimeError("in the middle")

        desk.engine.transaction("file", write)

    with desk.working(half):
        await_condition(lambda: tries, "a first try")
        desk.drained()
    assert desk.states()["done"] == 1
    assert len(tries) == 2


def test_stopping_finishes_the_batch_under_way_and_begins_no_other(desk: Desk) -> None:
    started, finish = threading.Event(), threading.Event()

    def slow(claim: Claim) -> None:
        started.set()
        assert finish.wait(30)
        desk.process(claim)

    desk.put(*map(str, range(25)))
    with desk.working(slow) as dispatcher:
        assert started.wait(30)
        stopping = threading.Thread(target=dispatcher.stop)
        stopping.start()
        await_condition(lambda: dispatcher._stopping, "the stop is asked for")
        finish.set()
        stopping.join(30)
        assert not stopping.is_alive()
        done = desk.states()
    assert done == {"accepted": 15, "done": 10, "held": 0}
    # Nobody has a claim on the rest: whoever comes next begins at once.
    assert desk.spool.claim("other.example/1/1", 100, 60) is not None


def test_a_store_that_is_away_for_a_while_does_not_end_it(
    store: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk(store)
    claim, failures = desk.spool.claim, [OperationalError("BEGIN", {}, Exception("away"))] * 3

    def failing(owner: str, limit: int, seconds: float) -> Claim | None:
        if failures:
            raise failures.pop()
        return claim(owner, limit, seconds)

    monkeypatch.setattr(desk.spool, "claim", failing)
    desk.put("a")
    with desk.working():
        desk.drained()
    assert failures == []
    assert desk.states()["done"] == 1


def test_the_claim_on_a_long_batch_is_kept(
    store: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "HEARTBEAT_SECONDS", 0.02)
    desk = Desk(store)
    extended = threading.Event()
    extend = desk.spool.extend

    def note(claim: Claim, seconds: float) -> None:
        extend(claim, seconds)
        extended.set()

    monkeypatch.setattr(desk.spool, "extend", note)

    def slow(claim: Claim) -> None:
        assert extended.wait(30)
        desk.process(claim)

    desk.put("a")
    with desk.working(slow):
        desk.drained()
    assert desk.states()["done"] == 1


def test_it_can_start_again_after_a_stop(desk: Desk) -> None:
    for word in ("one", "two"):
        desk.put(word)
        with desk.working():
            desk.drained()
    assert desk.states()["done"] == 2

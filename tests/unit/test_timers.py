"""Timers: what is to happen later happens once, at its time, also over restarts and crashes."""

import asyncio
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import Session, select

from gateway.errors import NotFound, Permanent, Temporary
from gateway.store import leases
from gateway.store.database import Database
from gateway.store.leases import this_process
from gateway.store.tables import TicketRow, TimerRow
from gateway.timers import Alone, Inside, Kind, Timer, Timers, cancel_timers, move_timer, set_timer

ME = this_process()
NOON = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


class Clock:
    """A clock that stands until somebody moves it."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def set_at(database: Database, due_at: datetime, key: str = "k", **facts: object) -> bool:
    with database.transaction() as session:
        return set_timer(session, "call", key, due_at, **facts)


def of(database: Database, clock: Clock, kind: Kind, owner: str = ME) -> Timers:
    return Timers(database, owner, {"call": kind}, clock)


def only(database: Database) -> TimerRow:
    with database.read() as session:
        return session.get_one(TimerRow, 1)


def raising(error: Exception) -> Callable[[Timer], None]:
    def ring(_timer: Timer) -> None:
        raise error

    return ring


def opened(session: Session, timer: Timer) -> None:
    session.add(TicketRow(token=timer.key, title="rung", source="other", event="info"))


def tickets(database: Database) -> int:
    with database.read() as session:
        return len(session.exec(select(TicketRow)).all())


def test_it_rings_at_its_time_once_with_its_facts(store: Database, clock: Clock) -> None:
    rung: list[Timer] = []
    timers = of(store, clock, Alone(rung.append))
    set_at(store, NOON + HOUR, step=2)
    assert timers.ring() == 0
    clock.now += HOUR
    assert timers.ring() == 1
    assert timers.ring() == 0
    assert [(timer.key, timer.facts) for timer in rung] == [("k", {"step": 2})]


def test_to_set_it_twice_is_to_set_it_once_also_after_it_rang(
    database: Database, clock: Clock
) -> None:
    timers = of(database, clock, Inside(opened))
    assert set_at(database, NOON)
    assert not set_at(database, NOON)
    assert timers.ring() == 1
    assert not set_at(database, NOON)
    assert timers.ring() == 0
    assert tickets(database) == 1


def test_what_is_cancelled_does_not_ring_and_what_is_moved_rings_later(
    store: Database, clock: Clock
) -> None:
    timers = of(store, clock, Inside(opened))
    set_at(store, NOON, "gone")
    set_at(store, NOON, "later")
    with store.transaction() as session:
        assert cancel_timers(session, "gone", "never set") == 1
        assert move_timer(session, "later", NOON + HOUR)
        assert not move_timer(session, "gone", NOON + HOUR)
    assert timers.ring() == 0
    clock.now += HOUR
    assert timers.ring() == 1


def test_what_it_does_and_that_it_rang_are_kept_together_or_not_at_all(
    database: Database, clock: Clock
) -> None:
    def half(session: Session, timer: Timer) -> None:
        opened(session, timer)
        session.flush()
        raise Temporary("the store is busy")

    set_at(database, NOON)
    assert of(database, clock, Inside(half)).ring() == 0
    assert (tickets(database), only(database).state) == (0, "waiting")
    clock.now += HOUR
    assert of(database, clock, Inside(opened)).ring() == 1
    assert (tickets(database), only(database).state) == (1, "done")


def test_what_fails_for_now_is_tried_again_later_and_later(store: Database, clock: Clock) -> None:
    timers = of(store, clock, Alone(raising(Temporary("away"))))
    set_at(store, NOON)
    waits = []
    for _ in range(3):
        timers.ring()
        row = only(store)
        waits.append(row.due_at - clock.now)
        clock.now = row.due_at
    assert waits == sorted(waits)
    assert (row.state, row.attempts, row.reason) == ("waiting", 3, "away")


def test_what_fails_for_good_is_set_aside_until_a_person_says_so(
    store: Database, clock: Clock
) -> None:
    set_at(store, NOON)
    timers = of(store, clock, Alone(raising(Permanent("no such team"))))
    timers.ring()
    assert (only(store).state, only(store).reason) == ("failed", "no such team")
    assert [row.id for row in timers.listing("failed")] == [1]
    with pytest.raises(NotFound, match="no timer 7 was set aside"):
        timers.retry([7])
    assert timers.retry(None) == 1
    clock.now = only(store).due_at
    assert of(store, clock, Inside(opened)).ring() == 1


def test_what_nobody_knows_how_to_ring_waits(store: Database, clock: Clock) -> None:
    set_at(store, NOON)
    assert Timers(store, ME, {"other": Inside(opened)}, clock).ring() == 0
    assert only(store).state == "waiting"


def test_it_rings_once_however_many_ring(database: Database, clock: Clock) -> None:
    for number in range(20):
        set_at(database, NOON, f"k{number}")
    both = [of(database, clock, Inside(opened)) for _ in range(2)]
    threads = [threading.Thread(target=one.ring) for one in both]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert tickets(database) == 20


def test_one_process_rings_at_a_time_and_a_dead_one_is_taken_over(
    store: Database, clock: Clock
) -> None:
    set_at(store, NOON)
    host = ME.partition("/")[0]
    for owner, rings in ((f"elsewhere-{host}/1/2", 0), (ME.replace("/", "/9999", 1), 1)):
        with store.transaction() as session:
            leases.release(session, "timers", f"elsewhere-{host}/1/2")
            assert leases.acquire(session, "timers", owner, 60)
        assert of(store, clock, Inside(opened)).ring() == rings


def test_serving_rings_and_stops_at_once(store: Database, clock: Clock) -> None:
    rung, letters_wait = threading.Event(), threading.Event()
    set_at(store, NOON)

    async def serve() -> None:
        kind = Alone(lambda _timer: rung.set())
        timers = Timers(store, ME, {"call": kind}, clock, after=letters_wait.set)
        await timers.start()
        assert await asyncio.to_thread(letters_wait.wait, 20)
        await timers.stop()

    asyncio.run(serve())
    assert rung.is_set()
    assert only(store).state == "done"

"""Leases: one holder at a time, and a dead one holds nothing."""

import multiprocessing
import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from gateway.store import leases
from gateway.store.database import Database
from gateway.store.tables import LeaseRow

ME = leases.this_process()
HOST = ME.partition("/")[0]
ONE, OTHER = "one.example/1/1", "other.example/1/1"
ROOT = Path(__file__).parents[2]


def acquire(database: Database, owner: str, seconds: float = 60, name: str = "job") -> bool:
    with database.transaction() as session:
        return leases.acquire(session, name, owner, seconds)


def release(database: Database, owner: str, name: str = "job") -> None:
    with database.transaction() as session:
        leases.release(session, name, owner)


def holder(database: Database, name: str = "job") -> str | None:
    with database.read() as session:
        row = session.get(LeaseRow, name)
        return row.owner if row else None


def test_one_holds_it_until_it_is_given_back(database: Database) -> None:
    assert acquire(database, ONE)
    assert not acquire(database, OTHER)
    release(database, ONE)
    assert acquire(database, OTHER)


def test_those_who_live_and_hold_one_of_a_kind_are_known(database: Database) -> None:
    assert acquire(database, ONE, name="seat:0")
    assert acquire(database, OTHER, name="seat:1")
    assert acquire(database, "third.example/1/1", -1, name="seat:2")
    assert acquire(database, f"{HOST}/4194304/1", name="seat:3")
    assert acquire(database, ME, name="sea")
    with database.read() as session:
        assert leases.holders(session, "seat:") == {ONE, OTHER}


def test_a_holder_renews_it(database: Database) -> None:
    assert acquire(database, ONE, -1)
    assert acquire(database, ONE, 60)
    assert not acquire(database, OTHER)


def test_a_lease_that_ran_out_is_free(database: Database) -> None:
    assert acquire(database, ONE, -1)
    assert acquire(database, OTHER)
    assert holder(database) == OTHER
    assert not acquire(database, ONE)


def test_only_its_holder_gives_it_back(database: Database) -> None:
    acquire(database, ONE)
    release(database, OTHER)
    assert holder(database) == ONE


def test_leases_of_other_names_do_not_matter(database: Database) -> None:
    assert acquire(database, ONE, name="a")
    assert acquire(database, OTHER, name="b")


def test_of_many_at_once_one_gets_it(database: Database) -> None:
    together = threading.Barrier(6)

    def take(number: int) -> bool:
        together.wait()
        return acquire(database, f"host{number}.example/1/1")

    with ThreadPoolExecutor(6) as workers:
        assert sorted(workers.map(take, range(6))) == [False] * 5 + [True]


def test_a_transaction_that_fails_takes_no_lease(database: Database) -> None:
    def fail() -> None:
        with database.transaction() as session:
            assert leases.acquire(session, "job", ONE, 60)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert holder(database) is None


# --- who is dead --------------------------------------------------------------------------------


def other_process() -> "subprocess.Popen[bytes]":
    """One that waits until its standard input ends; it says who it is."""
    code = (
        "import sys; from gateway.store.leases import this_process\n"
        "print(this_process(), flush=True); sys.stdin.read()"
    )
    return subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )


def test_the_lease_of_a_process_that_died_is_free_at_once(database: Database) -> None:
    with other_process() as process:
        assert process.stdout is not None
        owner = process.stdout.readline().decode().strip()
        assert not leases.is_dead(owner)
        assert acquire(database, owner, 3600)
        assert not acquire(database, ME)
        process.kill()
        process.wait()
    assert leases.is_dead(owner)
    assert acquire(database, ME)


def test_this_process_is_alive_and_has_one_name() -> None:
    assert not leases.is_dead(ME)
    assert leases.this_process() == ME
    assert ME.split("/")[1] == str(os.getpid())


def test_a_process_that_got_a_dead_ones_number_is_another() -> None:
    assert leases.is_dead(f"{HOST}/{os.getpid()}/1")


def test_a_fork_is_not_its_parent() -> None:
    with multiprocessing.get_context("fork").Pool(1) as pool:
        assert pool.apply(leases.this_process) != ME


@pytest.mark.parametrize(
    "owner", [ONE, "", "nonsense", "/", "//", f"{HOST}/abc/1", f"{HOST}/", f"{HOST}/1/"]
)
def test_who_may_live_is_not_called_dead(owner: str) -> None:
    assert not leases.is_dead(owner)


def test_a_number_that_no_process_has_is_dead() -> None:
    assert leases.is_dead(f"{HOST}/999999999/1")

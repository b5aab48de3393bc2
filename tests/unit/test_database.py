"""The database: opened so that a commit lasts; the one writer whose commits are shared."""

import sqlite3
import threading
from collections.abc import Sequence
from concurrent.futures import wait
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlmodel import Session, select

from gateway.errors import GatewayError, Permanent, Temporary
from gateway.store import database as module
from gateway.store.database import Database, as_gateway_error, is_of_the_store
from gateway.store.schema import upgrade
from gateway.store.tables import CursorRow


def cursor(name: str) -> CursorRow:
    return CursorRow(mailbox=name, uidvalidity=1, uid=1)


class Handler:
    """Writes each item as a row, and notes which came together."""

    def __init__(self) -> None:
        self.calls: list[list[str]] = []

    def __call__(self, session: Session, items: list[str]) -> Sequence[str]:
        self.calls.append(list(items))
        for item in items:
            if item == "bad":
                raise ValueError("no")
            session.add(cursor(item))
        session.flush()
        return [item.upper() for item in items]


def kept(database: Database) -> list[str]:
    with database.read() as session:
        return sorted(session.exec(select(CursorRow.mailbox)))


class Gate:
    """Keeps the writer busy, so that what follows queues up behind."""

    def __init__(self, database: Database) -> None:
        self._open, self._entered = threading.Event(), threading.Event()
        database.writer.submit(self._wait, None)
        assert self._entered.wait(30)

    def _wait(self, _session: Session, items: list[None]) -> Sequence[None]:
        self._entered.set()
        self._open.wait(30)
        return items

    def open(self) -> None:
        self._open.set()


# --- transactions -------------------------------------------------------------------------------


def test_a_transaction_is_kept_whole_or_not_at_all(database: Database) -> None:
    with database.transaction() as session:
        session.add(cursor("kept"))

    def fail() -> None:
        with database.transaction() as session:
            session.add(cursor("lost"))
            session.flush()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert kept(database) == ["kept"]


def test_nothing_done_in_a_reading_session_is_kept(database: Database) -> None:
    with database.read() as session:
        session.add(cursor("lost"))
        session.flush()
    assert kept(database) == []


def test_two_writers_wait_for_one_another(database: Database) -> None:
    """Each reads, then writes: without the lock at the start one of them would fail."""
    with database.transaction() as session:
        session.add(CursorRow(mailbox="counter", uidvalidity=1, uid=0))

    def count() -> None:
        for _ in range(20):
            with database.transaction() as session:
                row = session.get(CursorRow, "counter", with_for_update=True)
                assert row is not None
                row.uid += 1
                session.add(row)

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.read() as session:
        row = session.get(CursorRow, "counter")
        assert row is not None
        assert row.uid == 80


def test_who_waits_too_long_for_another_writer_is_told_that_the_store_is_busy(
    store: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BUSY_SECONDS", 0.01)
    with store.turn():
        with pytest.raises(Temporary, match="busy"):
            store.writer.submit(Handler(), "a").result(30)
        with store.read() as session:  # readers wait for nobody
            assert session.exec(select(CursorRow)).all() == []
    assert store.writer.submit(Handler(), "a").result(30) == "A"


def test_a_commit_of_sqlite_is_on_the_disk(store: Database) -> None:
    with store.engine.connect() as connection:
        found = {
            name: connection.execute(text(f"PRAGMA {name}")).scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


def test_the_folder_of_the_store_is_made(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'deep' / 'down' / 'store.db'}")
    upgrade(database)
    assert kept(database) == []
    database.close()


def test_a_store_that_cannot_be_opened_is_named_without_its_password() -> None:
    with pytest.raises(Permanent) as caught:
        Database("sqlite:////proc/nowhere/store.db")
    assert "/proc/nowhere/store.db" in str(caught.value)
    database = Database("postgresql://triage:sesame@127.0.0.1:1/triage")
    with pytest.raises(Permanent) as caught:
        upgrade(database)
    assert "sesame" not in str(caught.value)
    database.close()


# --- what others see of its failures ------------------------------------------------------------


def test_a_failure_shows_no_sql_and_no_values(database: Database) -> None:
    with database.transaction() as session:
        session.add(cursor("ann@people.example"))

    def again() -> None:
        with database.transaction() as session:
            session.add(cursor("ann@people.example"))

    with pytest.raises(IntegrityError) as caught:
        again()
    named = as_gateway_error(caught.value)
    assert isinstance(named, Temporary)
    assert "ann@people.example" not in str(named)
    assert "INSERT" not in str(named)
    assert "ann@people.example" not in str(caught.value.with_traceback(None).statement)
    assert not is_of_the_store(caught.value), "what one message did wrong is not the store's fault"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("database or disk is full", "full"),
        ("disk I/O error", "full or cannot be written"),
        ('could not extend file "base/1": No space left on device', "full"),
        ("database is locked", "not available: database is locked"),
        ("connection refused", "not available"),
    ],
)
def test_a_failing_store_is_temporary_and_says_what_it_lacks(words: str, said: str) -> None:
    error = OperationalError("INSERT ...", {}, sqlite3.OperationalError(words))
    named = as_gateway_error(error)
    assert isinstance(named, Temporary)
    assert said in str(named)
    assert is_of_the_store(error)


def test_what_is_already_named_stays_as_it_is() -> None:
    error = Permanent("no")
    assert as_gateway_error(error) is error


def test_what_is_unknown_is_temporary_and_quotes_nothing() -> None:
    named = as_gateway_error(ValueError("ann@people.example"))
    assert isinstance(named, Temporary)
    assert "ann" not in str(named)


# --- commits that are shared --------------------------------------------------------------------


def test_what_is_submitted_is_on_the_disk_when_its_future_is_done(database: Database) -> None:
    assert database.writer.submit(Handler(), "a").result(30) == "A"
    assert kept(database) == ["a"]


def test_what_queued_up_shares_one_commit(database: Database) -> None:
    handler, gate = Handler(), Gate(database)
    futures = [database.writer.submit(handler, name) for name in "abcde"]
    gate.open()
    assert [future.result(30) for future in futures] == list("ABCDE")
    assert handler.calls == [list("abcde")]


def test_each_handler_gets_its_own_items_and_each_item_its_own_result(database: Database) -> None:
    one, other, gate = Handler(), Handler(), Gate(database)
    futures = [database.writer.submit(h, n) for h, n in ((one, "a"), (other, "b"), (one, "c"))]
    gate.open()
    assert [future.result(30) for future in futures] == ["A", "B", "C"]
    assert (one.calls, other.calls) == ([["a", "c"]], [["b"]])


def test_only_what_is_at_fault_fails(database: Database) -> None:
    handler, gate = Handler(), Gate(database)
    futures = [database.writer.submit(handler, name) for name in ("a", "bad", "c")]
    gate.open()
    wait(futures, 30)
    assert [future.exception() is None for future in futures] == [True, False, True]
    assert isinstance(futures[1].exception(), GatewayError)
    assert isinstance(futures[1].exception().__cause__, ValueError)
    assert kept(database) == ["a", "c"]


def test_more_than_one_commit_can_hold_are_all_kept(store: Database) -> None:
    handler, gate = Handler(), Gate(store)
    names = [f"{n:04}" for n in range(600)]
    futures = [store.writer.submit(handler, name) for name in names]
    gate.open()
    wait(futures, 60)
    assert kept(store) == names
    assert max(len(call) for call in handler.calls) == store.writer.LIMIT


def test_a_waiter_that_gives_up_disturbs_nobody(database: Database) -> None:
    handler, gate = Handler(), Gate(database)
    futures = [database.writer.submit(handler, name) for name in "abc"]
    futures[1].cancel()
    gate.open()
    assert (futures[0].result(30), futures[2].result(30)) == ("A", "C")
    assert database.writer.submit(handler, "d").result(30) == "D"


def test_a_handler_with_too_few_results_fails_and_keeps_nothing(database: Database) -> None:
    def forgetful(session: Session, items: list[str]) -> Sequence[str]:
        session.add(cursor(items[0]))
        return []

    with pytest.raises(Temporary):
        database.writer.submit(forgetful, "a").result(30)
    assert kept(database) == []


def test_a_locked_database_is_temporary_and_nothing_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BUSY_SECONDS", 0)
    file = tmp_path / "store.db"
    database = Database(f"sqlite:///{file}")
    upgrade(database)
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Temporary, match="locked"):
        database.writer.submit(Handler(), "a").result(30)
    other.rollback()
    other.close()
    assert kept(database) == []
    assert database.writer.submit(Handler(), "a").result(30) == "A"
    database.close()


def test_closing_commits_what_is_pending_and_takes_nothing_more(store: Database) -> None:
    handler, gate = Handler(), Gate(store)
    futures = [store.writer.submit(handler, name) for name in "abc"]
    closing = threading.Thread(target=store.writer.close)
    closing.start()
    gate.open()
    closing.join(30)
    assert [future.result(0) for future in futures] == ["A", "B", "C"]
    with pytest.raises(Temporary):
        store.writer.submit(handler, "d")


def test_a_result_of_any_kind_comes_through(database: Database) -> None:
    def echo(_session: Session, items: list[Any]) -> Sequence[Any]:
        return items

    things: list[Any] = [None, 0, (), ValueError("a value, not raised")]
    assert [database.writer.submit(echo, one).result(30) for one in things] == things

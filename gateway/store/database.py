"""The database: one URL, SQLite or PostgreSQL, opened so that a commit is on the disk.

SQLite runs in WAL mode with synchronous=FULL and takes the write lock at the start of a
writing transaction, so that two writers wait for one another instead of failing.
`GroupCommit` is the one writer for small durable writes: what queued up during the previous
commit shares the next one (natural batching), and a caller's future is done only when its
write is on the disk.
"""

import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.exc import (
    DBAPIError,
    InterfaceError,
    InternalError,
    OperationalError,
    SQLAlchemyError,
)
from sqlmodel import Session

from gateway.errors import GatewayError, Permanent, Temporary

BUSY_SECONDS = 30
WRITER_CACHE_KIB = 32 * 1024

T = TypeVar("T")
R = TypeVar("R")


def _sqlite_pragmas(connection: Any, _record: Any) -> None:
    connection.isolation_level = "IMMEDIATE"
    connection.execute(f"PRAGMA busy_timeout={BUSY_SECONDS * 1000}")
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA foreign_keys=ON")
    # Moving the log into the database holds up commits: do it seldom, every 16 MB.
    connection.execute("PRAGMA wal_autocheckpoint=4000")


def _sqlite_memory(connection: Any, _record: Any) -> None:
    connection.execute(f"PRAGMA cache_size={-WRITER_CACHE_KIB}")


def _writing_engine(url: str) -> Engine:
    """One connection, with which this process writes to SQLite.

    What a connection has read it forgets as soon as another one writes. The one that writes always
    keeps it, and with room enough none of a large transaction is written to the disk before its
    commit.
    """
    engine = create_engine(
        url,
        connect_args={"check_same_thread": False, "cached_statements": 256},
        pool_size=1,
        max_overflow=0,
        hide_parameters=True,
    )
    event.listen(engine, "connect", _sqlite_pragmas)
    event.listen(engine, "connect", _sqlite_memory)
    return engine


def _engine(url: str) -> Engine:
    if url.startswith("sqlite:///"):
        path = Path(url.removeprefix("sqlite:///"))
        path.parent.mkdir(parents=True, exist_ok=True)
        # check_same_thread: connections move between threads, never in use by two at once.
        # hide_parameters, here and below: what is stored must not reach a log in an error.
        engine = create_engine(
            url,
            # cached_statements: one for each length of a list, on each connection, takes memory.
            connect_args={"check_same_thread": False, "cached_statements": 64},
            pool_size=32,
            max_overflow=32,
            pool_use_lifo=True,
            hide_parameters=True,
        )
        event.listen(engine, "connect", _sqlite_pragmas)
        return engine
    parsed = make_url(url).set(drivername="postgresql+psycopg")
    return create_engine(
        parsed, pool_size=16, max_overflow=16, pool_pre_ping=True, hide_parameters=True
    )


def not_there(url: str) -> Path | None:
    """The file of a store on SQLite that nobody has made yet; None where there is one."""
    path = Path(url.removeprefix("sqlite:///"))
    return path if url.startswith("sqlite:///") and not path.exists() else None


def as_gateway_error(error: BaseException) -> GatewayError:
    """What the rest of the house may see of a database failure: no SQL, no parameters."""
    if isinstance(error, GatewayError):
        return error
    if isinstance(error, DBAPIError):
        text = str(error.orig).strip().splitlines()[0] if error.orig else type(error).__name__
        lowered = text.lower()
        if any(words in lowered for words in ("is full", "no space", "disk i/o", "readonly")):
            return Temporary(f"the disk of the store is full or cannot be written: {text}")
        return Temporary(f"the store is not available: {text}")
    return Temporary(f"the store failed: {type(error).__name__}")


def insert_into(bind: Session | Connection, table: Any) -> Any:
    """An INSERT into `table` that may say ON CONFLICT, in the words of the database at hand."""
    connection = bind.connection() if isinstance(bind, Session) else bind
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    return dialect.insert(table)


def write_rows(session: Session, statement: Any, rows: Sequence[dict[str, Any]]) -> None:
    """Write many rows by one statement, once what the session holds is written.

    Past the ORM, which would sort them by what they leave out, and write each sort by itself.
    """
    session.flush()
    session.connection().execute(statement, rows)


def is_of_the_store(error: BaseException) -> bool:
    """True where the database itself failed (busy, away, full), whatever was being written."""
    return isinstance(error, (OperationalError, InterfaceError, InternalError))


class Database:
    """The store's connections. `url` is as in the configuration."""

    def __init__(self, url: str) -> None:
        self.url = url
        try:
            self.engine = _engine(url)
        except (OSError, SQLAlchemyError) as error:
            raise Permanent(
                f"store: {make_url(url).render_as_string()} cannot be opened: {error}"
            ) from error
        self.is_sqlite = self.engine.dialect.name == "sqlite"
        self._writing = _writing_engine(url) if self.is_sqlite else self.engine
        self.writer = GroupCommit(self)
        self._turn = threading.Lock()

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """A writing session: committed at the end of the block, rolled back on any error."""
        with (
            self.turn(),
            Session(self._writing, expire_on_commit=False) as session,
            session.begin(),
        ):
            if self.is_sqlite:
                # Take the write lock now: a lock taken later, after a read, can only fail.
                session.connection().exec_driver_sql("BEGIN IMMEDIATE")
            yield session

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for the other writers of this process, where the store takes one at a time.

        SQLite would keep them apart as well, but whoever waits for it sleeps, and asks ever more
        rarely.
        """
        if not self.is_sqlite:
            yield
            return
        if not self._turn.acquire(timeout=BUSY_SECONDS):
            raise Temporary(f"the store is not available: it was busy for {BUSY_SECONDS} s")
        try:
            yield
        finally:
            self._turn.release()

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session for reading; nothing done in it is kept."""
        with Session(self.engine, expire_on_commit=False) as session:
            yield session

    def close(self) -> None:
        """Finish what was submitted, then close every connection."""
        self.writer.close()
        self._writing.dispose()
        self.engine.dispose()


class _Work:
    __slots__ = ("future", "handler", "item")

    def __init__(self, handler: Callable[[Session, list[Any]], Sequence[Any]], item: Any) -> None:
        self.handler = handler
        self.item = item
        self.future: Future[Any] = Future()


class GroupCommit:
    """One thread that commits small writes together.

    A handler takes a session and a list of items and returns one result an item; the items of
    one handler that are pending together go to it in one call. If a shared commit fails, its
    works are tried again one by one, so that only the one at fault fails.
    """

    LIMIT = 256

    def __init__(self, database: Database) -> None:
        self._database = database
        self._queue: queue.SimpleQueue[_Work | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._closed = False

    def submit(self, handler: Callable[[Session, list[T]], Sequence[R]], item: T) -> "Future[R]":
        """Have `handler` write `item`; the future is done when that is on the disk."""
        with self._lock:
            if self._closed:
                raise Temporary("the store is closing")
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="group-commit", daemon=True)
                self._thread.start()
            work = _Work(handler, item)
            self._queue.put(work)
        return work.future

    def close(self) -> None:
        """Commit what is pending and end the thread."""
        with self._lock:
            self._closed = True
            thread = self._thread
            self._queue.put(None)
        if thread is not None:
            thread.join()

    def _run(self) -> None:
        while (first := self._queue.get()) is not None:
            works = [first]
            while len(works) < self.LIMIT:
                try:
                    work = self._queue.get_nowait()
                except queue.Empty:
                    break
                if work is None:
                    self._queue.put(None)
                    break
                works.append(work)
            self._commit_all(works)

    def _commit_all(self, works: list[_Work]) -> None:
        # From here on nobody can cancel them: what is being written will be answered for.
        works = [work for work in works if self._begin(work)]
        if not works:
            return
        try:
            results = self._commit(works)
        except Exception as error:
            if len(works) == 1:
                works[0].future.set_exception(self._named(error))
                return
            for work in works:
                self._commit_all([work])
            return
        for work, result in zip(works, results, strict=True):
            work.future.set_result(result)

    @staticmethod
    def _begin(work: _Work) -> bool:
        return work.future.running() or work.future.set_running_or_notify_cancel()

    def _commit(self, works: list[_Work]) -> list[Any]:
        groups: dict[Callable[..., Any], list[int]] = {}
        for index, work in enumerate(works):
            groups.setdefault(work.handler, []).append(index)
        results: list[Any] = [None] * len(works)
        with self._database.transaction() as session:
            for handler, indexes in groups.items():
                found = handler(session, [works[index].item for index in indexes])
                for index, result in zip(indexes, found, strict=True):
                    results[index] = result
        return results

    @staticmethod
    def _named(error: Exception) -> GatewayError:
        named = as_gateway_error(error)
        if named is not error:
            named.__cause__ = error
        return named

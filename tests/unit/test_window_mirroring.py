"""Published windows reach the trackers that keep windows, and nothing else does."""

import asyncio
from datetime import timedelta

import pytest
from sqlmodel import select

from gateway.errors import Permanent, Temporary
from gateway.incidents.window_book import Changes, WindowBook
from gateway.model import utcnow
from gateway.store.database import Database
from gateway.store.leases import this_process
from gateway.store.tables import WindowMirrorRow
from gateway.trackers import WindowView
from gateway.window_mirroring import WindowMirror

SOON = utcnow().replace(microsecond=0) + timedelta(days=3)


class Board:
    """The smallest tracker that keeps windows; `errors` are what goes wrong at first."""

    name = "board"

    def __init__(self, *errors: Exception) -> None:
        self.windows: dict[str, WindowView] = {}
        self.errors = list(errors)

    async def put_window(self, window: WindowView) -> str:
        if self.errors:
            raise self.errors.pop(0)
        self.windows[window.key] = window
        return f"there-{window.key}"

    async def close(self) -> None:
        """Nothing is held."""


def rounds(database: Database, board: Board) -> WindowMirrorRow:
    async def main() -> None:
        worker = WindowMirror(database, board, this_process(), {"bgs": "BGS"}, frozenset())
        while await worker._round():
            pass

    asyncio.run(main())
    with database.read() as session:
        return session.exec(select(WindowMirrorRow)).one()


@pytest.fixture
def book(database: Database) -> WindowBook:
    return WindowBook(database, {"bgs": "BGS"}, {}, trackers=("board",))


def added(book: WindowBook, text: str = "") -> str:
    end = SOON + timedelta(hours=2)
    return book.add(Changes(start=SOON, end=end, services=("bgs",), text=text), "ann").ref


def test_a_window_is_made_moved_and_cancelled_there(database: Database, book: WindowBook) -> None:
    board, ref = Board(), added(book, "Call 212-555-0147, SSN 900-12-3456.")
    assert rounds(database, board).reference == f"there-{ref}"
    assert "900-12-3456" not in board.windows[ref].text
    end = SOON + timedelta(hours=5)
    book.review(ref, Changes(end=end, status="RE-SCHEDULED"), "ann")
    assert rounds(database, board).state == "done"
    assert (board.windows[ref].end, board.windows[ref].reference) == (end, f"there-{ref}")
    book.cancel(ref, "ann")
    rounds(database, board)
    assert board.windows[ref].status == "CANCELLED"


def test_what_fails_for_now_waits_and_for_good_is_set_aside(
    database: Database, book: WindowBook
) -> None:
    added(book)
    row = rounds(database, Board(Temporary("it is down")))
    assert (row.state, row.reason, row.attempts) == ("waiting", "it is down", 1)
    book.review("MW-1", Changes(text="News"), "ann")
    with database.transaction() as session:
        row = session.exec(select(WindowMirrorRow)).one()
        row.due_at = utcnow() - timedelta(seconds=1)
    row = rounds(database, Board(Permanent("it refuses")))
    assert (row.state, row.reason) == ("failed", "it refuses")

"""Mirroring: every change of a ticket reaches the trackers, nothing that names a person does."""

import asyncio
import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from rich.progress import Progress
from sqlmodel import col, select, update
from typer.testing import CliRunner

from gateway import config, masking, mirroring, rounds
from gateway import reading as reader
from gateway.app import Gateway
from gateway.cli import app
from gateway.errors import NotFound, Permanent, Temporary
from gateway.incidents import mirrors, tickets
from gateway.incidents.docket import Docket
from gateway.incidents.leads import Asked
from gateway.incidents.threads import Party
from gateway.ingest import ingest
from gateway.masking import masked
from gateway.mirroring import Mirroring
from gateway.model import utcnow
from gateway.reading.personal import redaction
from gateway.store import leases
from gateway.store.database import Database
from gateway.store.leases import this_process
from gateway.store.tables import HistoryRow, MessageRow, MirrorRow, RawRow, TicketRow
from gateway.trackers import TicketView
from gateway.trackers.folder import Folder

ME = this_process()
DEAD = ME.replace("/", "/9999", 1)
NAMES = {"vbms": "VBMS"}
FACTS = tickets.Facts(
    source="user",
    event="outage",
    services=("vbms",),
    reach="one",
    people=None,
    hampered="blocked",
    severity="major",
    windows=({"start": "2026-11-03T09:00:00Z", "end": None},),
    window_status=None,
    needs_review=False,
)
MAIL = b"""\
From: Marisol Quintanar <marisol.quintanar@gmail.com>
To: triage@gateway.example
Subject: VBMS is down, says Marisol Quintanar (SSN 900-12-3456)
Message-ID: <m1@people.example>

VBMS has been down since nine. My claim is CHG0123456.

Call me at (212) 555-0147 or write to m.quintanar@people.example.
My SSN is 900-12-3456, born 03/04/1961.

Marisol Quintanar
"""
SECRETS = ("marisol", "quintanar", "900-12-3456", "555-0147", "03/04/1961", "gmail", "people.ex")


class Board(Folder):
    """The folder, with what is to go wrong (or to happen) at each put; None for nothing."""

    def __init__(self, path: Path, *events: Exception | Callable[[], Any] | None) -> None:
        super().__init__(path)
        self.events = list(events)
        self.seen: list[TicketView] = []
        self.closed = 0

    async def put(self, ticket: TicketView) -> str:
        self.seen.append(ticket)
        event = self.events.pop(0) if self.events else None
        if isinstance(event, Exception):
            raise event
        if event is not None:
            await asyncio.to_thread(event)
        return await super().put(ticket)

    async def close(self) -> None:
        self.closed += 1


def file_ticket(
    database: Database, raw: bytes | None = MAIL, trackers: Sequence[str] = ("folder",)
) -> int:
    """A ticket as the pipeline files it."""
    message = reader.read(raw or b"")
    with database.transaction() as session:
        asked = Asked(message, (), Party("", "", (), (), verified=False))
        docket = Docket(session, [asked], trackers=trackers)
        ticket = docket.open(message.subject, FACTS, "it begins something new")
        docket.number_tickets()
        docket.write()
        if raw is not None:
            row = MessageRow(
                trace=f"t{ticket.id}", key=f"k{ticket.id}", sha256=message.raw_sha256,
                size=len(raw), door="file", received_at=utcnow(), state="done",
                ticket_id=ticket.id,
            )  # fmt: skip
            session.add(row)
            session.flush()
            session.add(RawRow(message_id=row.id or 0, content=raw))
        return tickets.number(ticket)


def move(database: Database, number: int, state: str, why: str = "") -> None:
    tickets.TicketBook(database, ("folder",)).move(str(number), state, "o.perator", why)


def rows(database: Database) -> list[MirrorRow]:
    with database.read() as session:
        return list(session.exec(select(MirrorRow).order_by(col(MirrorRow.ticket_id))))


def row(database: Database) -> MirrorRow:
    (found,) = rows(database)
    return found


def states(database: Database) -> list[str]:
    return [one.state for one in rows(database)]


def mirroring_of(database: Database, board: Board, owner: str = ME) -> Mirroring:
    return Mirroring(database, [board], owner, NAMES)


async def until(condition: Callable[[], Any]) -> None:
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end, "not within 30 s"
        await asyncio.sleep(0.01)


def run(mirroring: Mirroring, condition: Callable[[], Any]) -> None:
    """Let it mirror until the condition holds."""

    async def main() -> None:
        await mirroring.start()
        try:
            await until(condition)
        finally:
            await mirroring.stop()

    asyncio.run(main())


def run_all(database: Database, board: Board) -> None:
    """Let it mirror until nothing is due now."""
    mirroring = mirroring_of(database, board)
    run(mirroring, lambda: not mirroring.due(utcnow()))


def make_due(database: Database) -> None:
    with database.transaction() as session:
        session.exec(update(MirrorRow).values(due_at=utcnow()))


# --- a tracker that came later -----------------------------------------------------------------


def test_open_tickets_from_before_the_tracker_are_mirrored_at_start(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mirroring, "CATCH_UP", 2)
    numbers = [file_ticket(database, trackers=()) for _ in range(6)]
    file_ticket(database)  # is known already
    with database.transaction() as session:
        for number, state in ((numbers[1], "closed"), (numbers[2], "resolved")):
            session.exec(update(TicketRow).where(col(TicketRow.id) == number).values(state=state))
    board = Board(tmp_path / "board")
    started = mirroring_of(database, board)
    run(started, lambda: states(database) == ["done"] * 5)
    assert sorted(one.key for one in board.seen) == [f"TG-{n}" for n in (1, 4, 5, 6, 7)]
    run_all(database, board)
    assert len(board.seen) == 5, "once is enough"


# --- a changed ticket is marked ----------------------------------------------------------------


def test_a_new_ticket_waits_to_be_mirrored(database: Database) -> None:
    number = file_ticket(database)
    found = row(database)
    assert (found.ticket_id, found.tracker, found.state) == (number, "folder", "waiting")
    assert (found.wanted, found.done) == (1, 0)


def test_each_change_is_counted_once(database: Database) -> None:
    number = file_ticket(database)
    move(database, number, "triaged")
    move(database, number, "closed")
    assert row(database).wanted == 3


def test_the_mark_shares_the_fate_of_the_change(database: Database) -> None:
    number = file_ticket(database)
    with database.transaction() as session:
        ticket = tickets.get(session, number)
        tickets.move(session, ticket, "closed", "o.perator", trackers=("folder",))
        session.flush()
        session.rollback()
    assert row(database).wanted == 1


def test_without_a_tracker_nothing_is_written(database: Database) -> None:
    number = file_ticket(database, trackers=())
    tickets.TicketBook(database).move(str(number), "closed", "o.perator")
    assert rows(database) == []


def test_several_trackers_are_marked_each(database: Database) -> None:
    with database.transaction() as session:
        mirrors.mark(session, [], ("folder", "other"))
    assert rows(database) == []
    file_ticket(database, trackers=("folder", "other"))
    assert sorted(one.tracker for one in rows(database)) == ["folder", "other"]


# --- and mirrored ------------------------------------------------------------------------------


def test_a_waiting_ticket_is_mirrored(database: Database, tmp_path: Path) -> None:
    number = file_ticket(database)
    board = Board(tmp_path / "board")
    run_all(database, board)
    found = row(database)
    assert (found.state, found.done, found.reference) == ("done", 1, f"TG-{number}.md")
    text = (tmp_path / "board" / f"TG-{number}.md").read_text(encoding="utf-8")
    assert "VBMS has been down since nine" in text
    assert "Services: VBMS" in text
    assert board.closed == 1


def test_a_further_change_is_put_with_the_reference_of_the_first(
    database: Database, tmp_path: Path
) -> None:
    number = file_ticket(database)
    board = Board(tmp_path / "board")
    run_all(database, board)
    move(database, number, "closed")
    run_all(database, board)
    assert [one.reference for one in board.seen] == [None, f"TG-{number}.md"]
    assert [one.state for one in board.seen] == ["new", "closed"]
    assert (row(database).state, row(database).done) == ("done", 2)


def test_a_change_during_a_put_is_mirrored_too(database: Database, tmp_path: Path) -> None:
    number = file_ticket(database)
    board = Board(tmp_path / "board", lambda: move(database, number, "closed"))
    run_all(database, board)
    assert [one.state for one in board.seen] == ["new", "closed"]
    assert (row(database).state, row(database).wanted, row(database).done) == ("done", 2, 2)


def test_a_change_during_a_put_that_fails_for_good_is_tried(
    database: Database, tmp_path: Path
) -> None:
    number = file_ticket(database)

    def change_and_refuse() -> None:
        move(database, number, "closed")
        raise Permanent("refused")

    board = Board(tmp_path / "board", change_and_refuse)
    run_all(database, board)
    assert [one.state for one in board.seen] == ["new", "closed"]
    assert row(database).state == "done"


def test_a_wake_from_any_thread_is_enough(
    store: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rounds, "POLL_SECONDS", 3600.0)
    board = Board(tmp_path / "board")
    one = mirroring_of(store, board)
    file_ticket(store)

    async def main() -> None:
        await one.start()
        await until(lambda: states(store) == ["done"])
        file_ticket(store)
        threading.Thread(target=one.wake).start()
        await until(lambda: states(store) == ["done", "done"])
        await one.stop()

    asyncio.run(main())


def test_a_wake_before_the_start_and_after_the_stop_is_harmless(
    store: Database, tmp_path: Path
) -> None:
    one = mirroring_of(store, Board(tmp_path / "board"))
    one.wake()
    run(one, lambda: True)
    one.wake()


# --- what goes wrong ---------------------------------------------------------------------------


@pytest.mark.parametrize("error", [Temporary("busy"), ValueError("who knows")])
def test_what_fails_for_now_is_tried_again_later(
    database: Database, tmp_path: Path, error: Exception
) -> None:
    file_ticket(database)
    board = Board(tmp_path / "board", error)
    before = utcnow()
    run_all(database, board)
    found = row(database)
    assert (found.state, found.attempts) == ("waiting", 1)
    assert str(error) in (found.reason or "")
    assert timedelta(seconds=4) <= found.due_at - before
    make_due(database)
    run_all(database, board)
    found = row(database)
    assert (found.state, found.attempts, found.reason) == ("done", 0, None)


def test_the_waits_grow_to_ten_minutes(store: Database, tmp_path: Path) -> None:
    file_ticket(store)
    waits = []
    board = Board(tmp_path / "board", *[Temporary("busy")] * 10)
    for _ in range(10):
        before = utcnow()
        run_all(store, board)
        waits.append((row(store).due_at - before).total_seconds())
        make_due(store)
    assert 4 <= waits[0] <= 36
    assert 480 <= waits[-1] <= 750
    assert waits[0] < waits[3] < waits[6]


def test_a_change_does_not_cut_the_wait_short(database: Database, tmp_path: Path) -> None:
    number = file_ticket(database)
    run_all(database, Board(tmp_path / "board", Temporary("busy")))
    before = row(database)
    move(database, number, "closed")
    after = row(database)
    assert (after.due_at, after.attempts, after.wanted) == (before.due_at, 1, 2)


def test_what_fails_for_good_is_set_aside_and_the_others_go_on(
    database: Database, tmp_path: Path
) -> None:
    file_ticket(database)
    file_ticket(database)
    board = Board(tmp_path / "board", Permanent("no such project: name another"))
    one = mirroring_of(database, board)
    run(one, lambda: not one.due(utcnow()))
    assert states(database) == ["failed", "done"]
    assert rows(database)[0].reason == "no such project: name another"
    assert one.status() == [{"name": "folder", "waiting": 0, "failed": 1}]


def test_a_person_has_it_tried_again(database: Database, tmp_path: Path) -> None:
    number = file_ticket(database)
    board = Board(tmp_path / "board", Permanent("no"), Temporary("busy"))
    one = mirroring_of(database, board)
    run(one, lambda: states(database) == ["failed"])
    assert one.retry([f"TG-{number}"]) == 1
    run(one, lambda: row(database).reason == "busy")
    assert one.retry(None) == 1
    run(one, lambda: states(database) == ["done"])
    with pytest.raises(NotFound, match=f"TG-{number}"):
        one.retry([str(number)])


def test_a_retry_is_all_or_nothing(database: Database, tmp_path: Path) -> None:
    first, second = file_ticket(database), file_ticket(database)
    one = mirroring_of(database, Board(tmp_path / "board", Permanent("no")))
    run(one, lambda: states(database) == ["failed", "done"])
    with pytest.raises(NotFound, match=f"TG-{second}"):
        one.retry([str(first), str(second)])
    assert states(database) == ["failed", "done"]


def test_a_change_has_what_was_set_aside_tried_again(database: Database, tmp_path: Path) -> None:
    number = file_ticket(database)
    board = Board(tmp_path / "board", Permanent("no"))
    run_all(database, board)
    move(database, number, "closed")
    run_all(database, board)
    assert states(database) == ["done"]


def test_a_put_that_hangs_is_cut_off(
    store: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mirroring, "PUT_SECONDS", 0.05)
    released = threading.Event()
    file_ticket(store)
    board = Board(tmp_path / "board", released.wait)
    one = mirroring_of(store, board)

    async def main() -> None:
        await one.start()
        await until(lambda: row(store).reason)
        released.set()
        await one.stop()

    asyncio.run(main())
    assert (row(store).state, row(store).attempts) == ("waiting", 1)
    assert "no answer within" in (row(store).reason or "")


def test_a_stop_does_not_wait_for_ever(
    store: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rounds, "STOP_SECONDS", 0.05)
    file_ticket(store)

    class Hanging(Board):
        async def put(self, ticket: TicketView) -> str:
            self.seen.append(ticket)
            await asyncio.Event().wait()
            return ""

    board = Hanging(tmp_path / "board")
    run(mirroring_of(store, board), lambda: board.seen)
    assert (row(store).state, row(store).attempts) == ("waiting", 0)
    assert board.closed == 1


KILLED = """
import asyncio, os, signal, sys
from pathlib import Path
from gateway.mirroring import Mirroring
from gateway.store.database import Database
from gateway.store.leases import this_process
from gateway.trackers.folder import Folder

class Deadly(Folder):
    async def put(self, ticket):
        await super().put(ticket)
        os.kill(os.getpid(), signal.SIGKILL)

async def main():
    await Mirroring(Database(sys.argv[1]), [Deadly(Path(sys.argv[2]))], this_process(), {}).start()
    await asyncio.sleep(60)

asyncio.run(main())
"""


def test_a_kill_between_put_and_commit_repeats_harmlessly(
    database: Database, tmp_path: Path
) -> None:
    number = file_ticket(database)
    folder = tmp_path / "board"
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, database.url, str(folder)], check=False, timeout=60
    )
    assert killed.returncode == -signal.SIGKILL
    file = folder / f"TG-{number}.md"
    before = file.stat()
    assert row(database).state == "waiting"

    # No wait for the lease of the dead; and no service names here, so that the page is the same.
    one = Mirroring(database, [Board(folder)], ME, {})
    run(one, lambda: states(database) == ["done"])
    assert [found.name for found in folder.iterdir()] == [file.name]
    assert (file.stat().st_ino, file.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_only_one_process_mirrors(database: Database, tmp_path: Path) -> None:
    file_ticket(database)
    with database.transaction() as session:
        assert leases.acquire(session, "mirror:folder", "elsewhere/1/1", 3600)
    board = Board(tmp_path / "board")
    one = mirroring_of(database, board)

    assert asyncio.run(one._workers[0]._round()) is False
    assert not board.seen
    with database.transaction() as session:
        leases.release(session, "mirror:folder", "elsewhere/1/1")
    run(one, lambda: states(database) == ["done"])
    assert board.seen


def test_the_lease_of_a_dead_process_is_taken_over(database: Database, tmp_path: Path) -> None:
    file_ticket(database)
    with database.transaction() as session:
        assert leases.acquire(session, "mirror:folder", DEAD, 3600)
    run_all(database, Board(tmp_path / "board"))
    assert states(database) == ["done"]


def test_the_lease_is_given_back(database: Database, tmp_path: Path) -> None:
    file_ticket(database)
    run_all(database, Board(tmp_path / "board"))
    with database.transaction() as session:
        assert leases.acquire(session, "mirror:folder", "elsewhere/1/1", 1)


# --- what may leave ----------------------------------------------------------------------------


def test_no_identifier_of_the_mail_or_its_people_is_in_the_file(
    store: Database, tmp_path: Path
) -> None:
    number = file_ticket(store)
    move(store, number, "investigating", "Marisol Quintanar called again")
    run_all(store, Board(tmp_path / "board"))
    (file,) = (tmp_path / "board").iterdir()
    text = file.read_text(encoding="utf-8").lower()
    assert "vbms is down" in text
    assert "chg0123456" in text
    assert "state new -> investigating" in text.replace("\\", "")  # as Markdown shows it
    for secret in (*SECRETS, "o.perator"):
        assert secret not in text


def test_an_identifier_at_the_cut_of_a_long_title_is_masked_first() -> None:
    title, *_ = masked(b"Subject: " + b"so " * 65 + b"900-12-3456\r\n\r\nx")
    assert "900" not in title
    assert len(title) <= 200


def test_of_a_long_text_only_the_beginning_is_sent() -> None:
    line = b"It is down. " * 5 + b"\n"
    text = masked(b"Subject: a\r\n\r\n" + line * 4000)[1]
    assert text.endswith("[...]")
    assert len(text) < masking.MAX_TEXT + 10


def test_where_the_reading_stops_no_piece_of_an_identifier_is_sent() -> None:
    address = b"q" * 60 + b"@people.example "  # masked, it is short: the end is what is sent
    text = masked(b"Subject: a\r\n\r\n" + address * 1_500)[1]
    assert "[EMAIL]" in text
    assert "q" not in text


def test_what_the_organization_publishes_is_sent() -> None:
    raw = b"Subject: a\r\n\r\nI called 202-555-0173 and 202-555-0174."
    assert masked(raw, frozenset({"2025550173"}))[1] == "I called 202-555-0173 and [PHONE]."


def test_a_title_that_is_nothing_but_an_identifier_is_masked_and_sent() -> None:
    assert masked(b"Subject: 900-12-3456\r\n\r\nIt is down.")[0] == "[SSN]"


@pytest.mark.parametrize("broken", ["gateway.reading.people_named", "_spans"])
def test_where_masking_fails_nothing_is_sent(
    store: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    def fail(*_: object) -> None:
        raise RecursionError

    if broken == "_spans":
        monkeypatch.setattr(redaction, broken, fail)
    else:
        monkeypatch.setattr(broken, fail)
    file_ticket(store)
    board = Board(tmp_path / "board")
    run(mirroring_of(store, board), lambda: states(store) == ["failed"])
    assert board.seen == []
    assert "masking failed" in (row(store).reason or "")


def test_a_ticket_without_a_message_is_not_sent(store: Database, tmp_path: Path) -> None:
    file_ticket(store, raw=None)
    board = Board(tmp_path / "board")
    run(mirroring_of(store, board), lambda: states(store) == ["failed"])
    assert board.seen == []


def test_of_the_history_what_happened_is_told_and_to_which_labels(
    store: Database, tmp_path: Path
) -> None:
    number = file_ticket(store)
    with store.transaction() as session:
        tickets.note(session, number, "gateway", "message added", "Ana wrote",
                     severity=["minor", "major"], letter="note:1:ana@b.example")  # fmt: skip
    board = Board(tmp_path / "board")
    run_all(store, board)
    said = [line.what for line in board.seen[0].history]
    assert said == ["opened", "message added; severity minor -> major"]


def test_of_a_long_history_the_newest_lines_are_sent(store: Database, tmp_path: Path) -> None:
    number = file_ticket(store)
    with store.transaction() as session:
        session.add_all(
            HistoryRow(ticket_id=number, who="gateway", what=f"line {n}") for n in range(300)
        )
    board = Board(tmp_path / "board")
    run_all(store, board)
    assert len(board.seen[0].history) == 200
    assert board.seen[0].history[-1].what == "line 299"


# --- in the gateway ----------------------------------------------------------------------------


def configured(tmp_path: Path) -> Path:
    file = tmp_path / "triage.toml"
    file.write_text(
        f'store = "sqlite:///{tmp_path / "triage.db"}"\n'
        f'[workers]\nreaders = 0\n[trackers.folder]\npath = "{tmp_path / "board"}"\n',
        encoding="utf-8",
    )
    (tmp_path / "m1.eml").write_bytes(MAIL)
    return file


def take_in(tmp_path: Path, hold: str | None = None) -> None:
    settings = config.load(configured(tmp_path))
    with Gateway(settings, hold_letters=hold) as gateway:
        asyncio.run(ingest(gateway, [str(tmp_path / "m1.eml")], BytesIO(), Progress(disable=True)))


def told(tmp_path: Path, *arguments: str) -> str:
    found = CliRunner().invoke(app, [*arguments, "--config", str(tmp_path / "triage.toml")])
    assert found.exit_code == 0, found.output
    return found.stdout


def test_ingest_mirrors_what_it_filed(tmp_path: Path) -> None:
    take_in(tmp_path)
    assert [file.name for file in (tmp_path / "board").iterdir()] == ["TG-1.md"]
    status = json.loads(told(tmp_path, "status", "--json"))
    assert status["trackers"] == [{"name": "folder", "waiting": 0, "failed": 0}]
    line = json.loads(told(tmp_path, "trackers", "list", "--json"))
    assert (line["ticket"], line["state"], line["reference"]) == ("TG-1", "done", "TG-1.md")


def test_where_letters_are_held_the_trackers_wait_too(tmp_path: Path) -> None:
    take_in(tmp_path, hold="by a person")
    assert not (tmp_path / "board").exists()
    status = json.loads(told(tmp_path, "status", "--json"))
    assert status["trackers"] == [{"name": "folder", "waiting": 1, "failed": 0}]
    assert "1 ticket\n" in told(tmp_path, "trackers", "retry", "--all")
    take_in(tmp_path)
    assert (tmp_path / "board" / "TG-1.md").is_file()


def test_a_resolution_reaches_the_trackers(tmp_path: Path) -> None:
    take_in(tmp_path)
    told(tmp_path, "tickets", "resolve", "TG-1", "--message", "It works again.")
    take_in(tmp_path)
    text = (tmp_path / "board" / "TG-1.md").read_text(encoding="utf-8")
    assert 'state: "resolved"' in text
    assert "resolution sent" in text

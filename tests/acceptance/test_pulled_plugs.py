"""The plugs pulled around the gateway: database locked, disk full, relay away, PostgreSQL gone."""

import os
import select
import smtplib
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.acceptance.conftest import APART, FAST, IN_ONE, answering_house
from tests.acceptance.house import ADDRESS, House, own_port, parsed
from tests.acceptance.load import Senders, check_each_filed_and_answered_once, reports
from tests.acceptance.mails import OUTAGE, mail
from tests.integration.postfix import HOST
from tests.integration.postgres import own_postgres
from tests.integration.sink import Sink

ANN = "ann@people.example"
REPORT = mail(ANN, "It is down")
# The real command but for one number: nobody wants to wait half a minute for a locked database.
IMPATIENT = (
    "-c",
    "import gateway.store.database as store; store.BUSY_SECONDS = 1\n"
    "from gateway.cli import main; main()",
)


# --- the database locked ------------------------------------------------------------------------


@contextmanager
def locked(store: Path) -> Iterator[None]:
    """Another program holds the write lock."""
    connection = sqlite3.connect(store, isolation_level=None, timeout=30)
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        connection.rollback()
        connection.close()


def test_no_250_comes_while_the_database_is_locked(small_house: House, sink: Sink) -> None:
    with small_house.running() as house, smtplib.SMTP(HOST, house.smtp_port, timeout=30) as client:
        client.ehlo()
        client.mail(ANN)
        client.rcpt(ADDRESS)
        client.putcmd("DATA")
        assert client.getreply()[0] == 354
        assert client.sock is not None
        with locked(house.store_file):
            client.send(REPORT + b".\r\n")
            # Silence has no event to wait for: a second is a hundred times what a commit takes.
            assert select.select([client.sock], [], [], 1.0)[0] == []
        assert client.getreply()[0] == 250
        house.await_done(1)
        assert len(house.answers_to(ANN)) == 1


def test_a_database_that_stays_locked_gives_451_and_keeps_nothing(small_house: House) -> None:
    with small_house.running(program=IMPATIENT) as house:
        with locked(house.store_file):
            assert house.post(REPORT, ANN).startswith("451 4.3.0 ")
        assert house.ask("status")[0]["spool"] == {"accepted": 0, "done": 0, "held": 0}
        house.take(REPORT, ANN)
        house.await_done(1)
        (message,) = house.ask("spool", "list")
        assert len(house.arrivals(message["trace"])) == 1
        assert len(house.answers_to(ANN)) == 1


# --- the disk full ------------------------------------------------------------------------------


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 24 MB."""
    if os.geteuid() != 0:
        pytest.skip("only root mounts a small disk")
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(folder)]
    done = subprocess.run(mount, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"mounting a small disk is refused: {done.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(folder: Path, leave: int) -> Path:
    """Leave so many bytes free."""
    filler = folder / "filler"
    free = os.statvfs(folder).f_bavail * os.statvfs(folder).f_frsize
    with filler.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, free - leave)
    return filler


def test_a_full_disk_gives_452_keeps_nothing_half_and_is_got_over(
    tmp_path: Path, small_disk: Path, sink: Sink
) -> None:
    big = mail(ANN, "Big report", OUTAGE + f"{'more ' * 12}\n" * 20_000)
    house = answering_house(tmp_path / "house", f"sqlite:///{small_disk / 'triage.db'}", sink)
    house.configure(matching=APART, workers=IN_ONE)
    with house.running():
        house.take(REPORT, "bob@people.example")
        house.await_done(1)
        filler = fill(small_disk, leave=100_000)
        for _ in range(3):
            assert house.post(big, ANN).startswith(("452 4.3.1 ", "451 4.3.0 "))
        filler.unlink()
        assert sum(house.ask("status")[0]["spool"].values()) == 1
        house.take(big, ANN)
        house.await_done(2)
        (message,) = [one for one in house.ask("spool", "list") if one["subject"] == "Big report"]
        assert len(house.arrivals(message["trace"])) == 1
        assert len(house.answers_to(ANN)) == 2
        assert house.stop() == 0
    with sqlite3.connect(house.store_file) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


@pytest.mark.parametrize("leave", [120_000, 300_000])
def test_a_gateway_on_a_full_disk_says_so_in_lines_and_stops_and_starts_cleanly(
    tmp_path: Path, small_disk: Path, sink: Sink, leave: int
) -> None:
    """Wherever it ends: in the spool, in the engine's own records, in the outbox."""
    house = answering_house(tmp_path / "house", f"sqlite:///{small_disk / 'triage.db'}", sink)
    house.configure(matching=APART, workers=IN_ONE)
    house.configure(workers={"lease_seconds": 2})
    with house.running():
        house.take(REPORT, "bob@people.example")
        house.await_done(1)
        filler = fill(small_disk, leave)
        answers = [
            house.post(mail(ANN, f"Report {number}", OUTAGE + "more\n" * 2000), ANN)[:9]
            for number in range(30)
        ]
        taken = answers.count("250 2.0.0")
        assert answers == ["250 2.0.0"] * taken + ["452 4.3.1"] * (30 - taken)
        assert taken < 30
        house.await_(lambda: "is full" in house.log, "it is said")
        assert house.stop() == 0
        assert [line for line in house.log.splitlines() if line[:1] != "{"] == []
        filler.unlink()
        house.start()
        house.await_done(1 + taken)
        # What was sent just when nothing could be written down may be repeated, as the same letter.
        letters = {parsed(one.raw)["Message-ID"] for one in house.answers_to(ANN)}
        assert len(letters) == 1 + taken
        assert house.stop() == 0


# --- the relay away, or of another opinion ------------------------------------------------------


def test_letters_wait_while_the_relay_is_down_and_go_out_when_it_is_back(tmp_path: Path) -> None:
    sink = Sink(port=own_port())
    house = answering_house(tmp_path, f"sqlite:///{tmp_path / 'triage.db'}", sink)
    with house.running():
        for number in range(5):
            house.take(mail(f"person{number}@people.example", f"Report {number}"))
        house.await_done(5)
        house.await_(lambda: house.ask("status")[0]["outbox"]["queued"] == 5, "5 letters wait")
        answer = house.healthz()
        assert answer is not None
        with sink:
            house.await_settled()
            assert sorted(sink.recipients) == [f"person{n}@people.example" for n in range(5)]
        (status,) = house.ask("status")
        assert (status["outbox"]["sent"], status["outbox"]["failed"]) == (5, 0)
        letter = house.ask("outbox", "list")[0]
        assert letter["attempts"] <= 1, "a relay that is away costs a letter no try"


def test_a_letter_put_off_by_the_relay_is_tried_again(small_house: House, sink: Sink) -> None:
    small_house.configure(relay=FAST | {"url": sink.url, "retry_seconds": 0.2})
    sink.rcpt[ANN] = ["451 4.7.1 greylisted", "450 4.2.0 busy"]
    with small_house.running() as house:
        house.take(REPORT, ANN)
        house.await_done(1)
        assert len(house.answers_to(ANN)) == 1
        (letter,) = house.ask("outbox", "list")
        ledger = house.ask("outbox", "show", letter["id"])[0]["ledger"]
        happened = [line["what"] for line in ledger]
        assert happened == ["queued", *["sending", "deferred"] * 2, "sending", "sent"]
        assert "greylisted" in ledger[2]["detail"]


def test_a_letter_refused_for_good_is_failed_and_to_be_seen(small_house: House, sink: Sink) -> None:
    sink.rcpt[ANN] = ["550 5.1.1 no such mailbox"]
    with small_house.running() as house:
        house.take(REPORT, ANN)
        house.take(mail("bob@people.example", "Mine too"))
        house.await_done(2)
        assert len(house.answers_to("bob@people.example")) == 1
        assert house.ask("status")[0]["outbox"]["failed"] == 1
        (failed,) = house.ask("outbox", "list", "--state", "failed")
        assert failed["reason"] == "550 5.1.1 no such mailbox"
        assert house.letters("failed") == 1

        house.do("outbox", "release", failed["id"])
        house.await_(lambda: house.letters("sent") == 2, "the released letter is sent")
        assert len(house.answers_to(ANN)) == 1


# --- PostgreSQL stopped and started again -------------------------------------------------------


@pytest.mark.needs_server("postgresql")
@pytest.mark.xdist_group("on postgresql")
def test_postgresql_goes_and_comes_back_under_load(tmp_path: Path, sink: Sink) -> None:
    messages = reports(120)
    with own_postgres() as server:
        server.execute(["CREATE DATABASE triage"])
        house = answering_house(tmp_path, server.url("triage"), sink)
        # A letter whose intent was committed while the server died is looked after when its
        # sending must have ended, which is eight times the timeout.
        house.configure(relay=FAST | {"url": sink.url, "timeout": 2.0})
        with house.running(), Senders(house, messages) as senders:
            for letters in (5, 30):
                house.await_(lambda n=letters: len(sink.received) >= n, f"{letters} letters")
                server.halt()
                assert house.post(REPORT, "late@people.example").startswith("451 4.3.0 ")
                assert house.get("/healthz")[0] == 503
                server.start()
                house.await_(lambda: house.get("/healthz")[0] == 200, "healthy again")
            senders.join()
            check_each_filed_and_answered_once(house, sink, messages)
            assert house.stop() == 0


def test_a_gateway_that_cannot_reach_its_store_says_so(tmp_path: Path) -> None:
    url = f"postgresql://postgres@{HOST}:{own_port()}/triage"
    done = House(tmp_path, url).triage("status")
    assert done.code == 1
    assert done.out == ""
    assert "Traceback" not in done.err
    assert done.err.startswith("triage: store: ")

"""A message that cannot be processed: set aside with its reason, and nobody waits behind it."""

import shutil
from pathlib import Path

import pytest

from tests.acceptance.house import ROOT, House
from tests.acceptance.mails import mail
from tests.integration.sink import Sink

# Backtracks for longer than any patience on a row of a's that ends otherwise.
HANGS = """
[[signature]]
name = "hangs"
subject = ['^(?:a+)+$']
"""
POISON = mail("eve@people.example", "a" * 60 + "!")


@pytest.fixture
def hanging(tmp_path: Path, small_house: House) -> House:
    """A gateway whose own data hang on one message."""
    overlay = tmp_path / "data"
    (overlay / "sources").mkdir(parents=True)
    shipped = ROOT / "data" / "sources" / "survey.toml"
    (overlay / "sources" / "survey.toml").write_text(shipped.read_text() + HANGS)
    small_house.configure(
        data=str(overlay), workers={"readers": 1, "read_seconds": 1.0, "attempts": 1}
    )
    return small_house


def cure(house: House, tmp_path: Path) -> None:
    shutil.rmtree(tmp_path / "data")
    house.configure(data=None)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Four messages, one of them poisonous."""
    folder = tmp_path / "mail"
    folder.mkdir()
    (folder / "3-poison.eml").write_bytes(POISON)
    for number in (1, 2, 4):
        sender = f"person{number}@people.example"
        (folder / f"{number}.eml").write_bytes(mail(sender, f"Report {number}"))
    return folder


def test_the_poisonous_is_held_with_its_reason_and_the_others_of_its_batch_are_filed(
    hanging: House, folder: Path, sink: Sink, tmp_path: Path
) -> None:
    done = hanging.triage("ingest", folder, "--json")
    assert done.code == 1, "something is held: somebody must look"
    (result,) = done.lines
    assert (result["taken"], result["held"], result["tickets"]) == (4, 1, 3)
    assert sorted(sink.recipients) == [f"person{n}@people.example" for n in (1, 2, 4)]

    (held,) = hanging.ask("spool", "list", "--state", "held")
    assert held["reason"] == "reading took longer than 1 s"
    assert hanging.ask("status")[0]["spool"] == {"accepted": 0, "done": 3, "held": 1}
    shown = hanging.do("spool", "show", held["id"])
    assert "reading took longer" in shown
    raw = hanging.triage("spool", "show", held["trace"], "--raw").out
    assert raw == POISON.decode()

    cure(hanging, tmp_path)
    hanging.do("spool", "release", held["trace"])
    assert hanging.ask("status")[0]["spool"]["accepted"] == 1
    hanging.do("ingest", folder)
    assert hanging.ask("status")[0]["spool"] == {"accepted": 0, "done": 4, "held": 0}
    assert sink.recipients.count("eve@people.example") == 1


def test_a_poisonous_message_by_smtp_stops_nobody(hanging: House, sink: Sink) -> None:
    with hanging.running() as house:
        house.take(POISON, "eve@people.example")
        for number in range(3):
            sender = f"person{number}@people.example"
            house.take(mail(sender, f"Report {number}"), sender)
        house.await_done(3)
        house.await_(lambda: house.messages("held") == 1, "one held")
        house.await_settled()
        assert sorted(sink.recipients) == [f"person{n}@people.example" for n in range(3)]


def test_a_replay_keeps_the_ticket_and_answers_nobody_twice(small_house: House, sink: Sink) -> None:
    with small_house.running() as house:
        house.take(mail("ann@people.example", "Read me again"), "ann@people.example")
        house.await_settled()
        (message,) = house.ask("spool", "list")
        ticket = house.ticket_of("Read me again")
        house.do("spool", "replay", message["trace"])
        house.await_settled()
        house.await_done(1)
        after = house.ticket_of("Read me again")
        assert after["messages"] == 1
        assert "message read again" in [line["what"] for line in after["history"]]
        assert [one["id"] for one in after["letters"]] == [one["id"] for one in ticket["letters"]]
        assert sink.recipients == ["ann@people.example"]


@pytest.mark.parametrize("command", ["show", "release", "replay"])
def test_what_is_not_in_the_spool_is_an_error_of_one_line(small_house: House, command: str) -> None:
    done = small_house.triage("spool", command, "99")
    assert (done.code, done.out) == (1, "")
    assert done.err == "triage: no message 99 in the spool: see `triage spool list`\n"


def test_only_what_is_held_is_released(small_house: House, tmp_path: Path) -> None:
    file = tmp_path / "one.eml"
    file.write_bytes(mail("ann@people.example", "Well"))
    small_house.do("ingest", file)
    done = small_house.triage("spool", "release", "1")
    assert done.code == 1
    assert "is done, not held" in done.err

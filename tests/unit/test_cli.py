"""The command line: answers on standard output, trouble on standard error, exit codes."""

import hashlib
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import typer

from gateway import __version__, cli
from gateway.app import Gateway
from gateway.config import load, shipped
from gateway.model import Cursor
from tests.acceptance.house import ROOT, Done, asked, toml, triage
from tests.acceptance.mails import bounce, mail

ADDRESS = "triage@gateway.example"


class Desk:
    """The command with one configuration, called in this process."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.config = folder / "triage.toml"
        self.configure()

    def configure(self, **tables: object) -> None:
        table = {
            "store": f"sqlite:///{self.folder / 'triage.db'}",
            "addresses": [ADDRESS],
            "answers": {"to": "anyone"},
            # In this process: a reader of its own takes seconds to start.
            "workers": {"readers": 0},
        }
        self.config.write_text(toml(table | tables))

    def __call__(self, *arguments: object) -> Done:
        return asked(*arguments, "--config", self.config)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.fixture(scope="module")
def used(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """With two messages in it, one of them answered, and a bounce. Only to be looked at."""
    folder = tmp_path_factory.mktemp("used")
    box = folder / "mail"
    box.mkdir()
    (box / "1.eml").write_bytes(mail("ann@people.example", "Login.gov fällt aus"))
    slow = "VBMS is slow for all of us in Tampa.\n"
    (box / "2.eml").write_bytes(mail("bob@people.example", "VBMS", slow, Precedence="bulk"))
    (box / "3.eml").write_bytes(bounce("strange@x.example", "cy@people.example"))
    desk = Desk(folder)
    done = desk("ingest", box, "--json")
    assert done.code == 0, done
    return desk


# --- every command ------------------------------------------------------------------------------


def commands(app: typer.Typer, *above: str) -> Iterator[tuple[str, ...]]:
    for command in app.registered_commands:
        name = command.name or command.callback.__name__  # type: ignore[union-attr]  # has one
        yield (*above, name)
    for group in app.registered_groups:
        assert group.typer_instance is not None
        yield from commands(group.typer_instance, *above, str(group.name))


ALL = list(commands(cli.app))


def test_the_commands_that_people_and_scripts_use_are_there() -> None:
    names = {" ".join(one) for one in ALL}
    assert names >= {
        "demo", "serve", "read", "ingest", "status", "doctor", "tickets list", "tickets show",
        "tickets resolve", "spool list", "spool show", "spool release", "spool replay",
        "outbox list", "outbox show", "outbox release", "outbox stop", "announce draft",
        "announce preview", "announce approve", "announce send",
    }  # fmt: skip


@pytest.mark.parametrize("command", ALL, ids=" ".join)
def test_every_command_says_what_it_is_for(command: tuple[str, ...]) -> None:
    done = asked(*command, "--help")
    assert done.code == 0
    # Paragraphs: how long the usage is, and so where it is wrapped, depends on the program's name.
    usage, sentence, *_ = re.split(r"\n\s*\n", done.out.strip())
    assert usage.lstrip().startswith("Usage: ")
    assert re.match(r" *[A-Z]\w*\W+\w", sentence)


@pytest.mark.parametrize("command", ALL, ids=" ".join)
def test_an_unknown_option_is_wrong_usage(command: tuple[str, ...]) -> None:
    done = asked(*command, "--no-such-option")
    assert (done.code, done.out) == (2, "")
    assert "no-such-option" in done.err


def test_the_version_is_told() -> None:
    assert asked("--version").out == f"{__version__}\n"


@pytest.mark.parametrize("words", [["nonesuch"], ["tickets", "nonesuch"], ["read"], ["ingest"]])
def test_wrong_usage_exits_2_and_says_nothing_on_standard_output(words: list[str]) -> None:
    done = asked(*words)
    assert (done.code, done.out) == (2, "")
    assert done.err


# --- trouble ------------------------------------------------------------------------------------

WITH_STORE = [
    ["status"], ["tickets"], ["tickets", "list"], ["spool", "list"], ["outbox", "list"],
    ["announce", "list"], ["subscribers", "list"], ["doctor"], ["ingest", "."],
]  # fmt: skip


@pytest.mark.parametrize("command", WITH_STORE, ids=" ".join)
def test_a_configuration_that_is_wrong_exits_2_with_file_key_and_remedy(
    desk: Desk, command: list[str]
) -> None:
    desk.configure(adresses=["x"])
    done = desk(*command)
    assert (done.code, done.out) == (2, "")
    assert str(desk.config) in done.err
    assert "adresses: unknown key. Did you mean addresses?" in done.err


@pytest.mark.parametrize("command", [one for one in WITH_STORE if one != ["doctor"]], ids=" ".join)
def test_a_store_that_cannot_be_used_exits_1_without_a_traceback(
    desk: Desk, command: list[str]
) -> None:
    (desk.folder / "triage.db").write_bytes(b"no database at all\n" * 200)
    done = desk(*command)
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("triage: store: ")


@pytest.mark.parametrize(
    "command",
    [
        ["tickets", "show", "TG-7"], ["tickets", "move", "TG-7", "triaged"],
        ["tickets", "resolve", "TG-7", "--message", "x"], ["spool", "show", "7"],
        ["tickets", "merge", "TG-7", "TG-8"], ["lists", "confirm", "7"],
        ["spool", "release", "m-7"], ["spool", "replay", "7"], ["outbox", "show", "7"],
        ["outbox", "stop", "7"], ["announce", "preview", "7"], ["announce", "approve", "7"],
        ["announce", "send", "7"], ["announce", "draft", "TG-7", "--message", "x"],
        ["subscribers", "remove", "a@x.example", "logingov"],
        ["subscribers", "add", "a@x.example", "nonesuch"],
    ],
    ids=" ".join,
)  # fmt: skip
def test_what_is_not_there_exits_1_with_one_line(desk: Desk, command: list[str]) -> None:
    done = desk(*command)
    assert (done.code, done.out) == (1, "")
    assert re.fullmatch(r"triage: .+\n", done.err)


@pytest.mark.parametrize(
    "command",
    [["outbox", "release"], ["outbox", "release", "1", "--all"], ["outbox", "show", "0"],
     ["outbox", "show", "99999999999"], ["spool", "list", "--limit", "0"],
     ["tickets", "move", "1", "resolved"], ["tickets", "resolve", "1"]],
    ids=" ".join,
)  # fmt: skip
def test_what_makes_no_sense_is_wrong_usage(desk: Desk, command: list[str]) -> None:
    done = desk(*command)
    assert (done.code, done.out) == (2, "")


def test_held_letters_cannot_be_released_without_a_relay(desk: Desk) -> None:
    done = desk("outbox", "release", "--all")
    assert done.code == 1
    assert "[relay]" in done.err


# --- answers ------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", WITH_STORE[1:7], ids=" ".join)
def test_an_empty_store_has_nothing_to_list(desk: Desk, command: list[str]) -> None:
    assert desk(*command, "--json") == Done(0, "", "")
    assert desk(*command).code == 0


def test_each_line_of_json_is_an_object_in_utf_8(used: Desk) -> None:
    for command in (["tickets"], ["spool", "list"], ["outbox", "list"], ["status"]):
        done = used(*command, "--json")
        assert done.code == 0
        assert done.lines
        assert all(isinstance(line, dict) for line in done.lines)
    assert "fällt" in used("tickets", "--json").out


GROUPS = ["tickets", "spool", "outbox", "announce", "trackers", "subscribers"]


@pytest.mark.parametrize("group", GROUPS)
def test_options_of_any_command_stand_before_or_after_it(used: Desk, group: str) -> None:
    config = ["--config", used.config]
    plain = asked(group, "list", "--json", *config)
    assert plain.code == 0
    for words in (
        [group, "--json", *config], [group, "--json", *config, "list"],
        [group, *config, "list", "--json"], ["--json", *config, group, "list"],
        [*config, group, "--json"],
    ):  # fmt: skip
        assert asked(*words) == plain


def test_json_is_not_promised_where_there_is_none(used: Desk) -> None:
    done = asked("spool", "--json", "--config", used.config, "release", "1")
    assert (done.code, done.out) == (2, "")
    assert done.err == "triage: release has no --json\n"


@pytest.mark.parametrize("group", ["tickets", "spool", "outbox", "trackers"])
def test_a_state_that_there_is_not_is_wrong_usage_and_the_known_are_named(
    used: Desk, group: str
) -> None:
    done = used(group, "list", "--state", "bogus")
    assert (done.code, done.out) == (2, "")
    known = {"tickets": "handed_off", "spool": "accepted", "outbox": "queued"}
    assert known.get(group, "waiting") in done.err


@pytest.mark.parametrize("command", ALL, ids=" ".join)
def test_help_shows_every_word_of_every_option(command: tuple[str, ...]) -> None:
    """Brackets in a help text would be taken for markup and vanish."""
    found: Any = typer.main.get_command(cli.app)
    for word in command:
        found = found.commands[word]
    said = set(re.sub("[^ -~]", " ", asked(*command, "--help").out).split())
    for param in found.params:
        assert set((getattr(param, "help", None) or "").split()) <= said, param.name
    if any(param.name == "limit" and param.default == 50 for param in found.params):
        assert said >= {"[default:", "50]"}


def test_options_stand_before_or_after_the_sub_command(used: Desk) -> None:
    plain = used("tickets", "--json").out
    assert used("tickets", "list", "--json").out == plain
    assert used("tickets", "--json", "list").out == plain
    assert asked("tickets", "--config", used.config, "list", "--json").out == plain
    assert asked("tickets", "--config", used.config, "--json").out == plain


def test_the_status_counts_what_there_is(used: Desk) -> None:
    (status,) = used("status", "--json").lines
    assert status["spool"] == {"accepted": 0, "done": 3, "held": 0}
    assert status["tickets"] == 2
    assert status["outbox"]["held"] == 1
    assert status["doors"] == []
    said = used("status").out
    assert "3 done" in said


@pytest.mark.parametrize("command", ["status", "doctor"])
def test_to_ask_how_a_store_is_makes_none_where_its_name_is_mistyped(
    desk: Desk, command: str
) -> None:
    mistyped = desk.folder / "triaeg.db"
    desk.configure(store=f"sqlite:///{mistyped}")
    assert str(mistyped) in desk(command, "--json").out
    assert not mistyped.exists()
    desk.configure(store=f"sqlite:///{desk.folder}/elsewhere/triage.db")
    done = desk(command)
    assert done.code == 1
    assert "elsewhere" in done.out + done.err
    assert not (desk.folder / "elsewhere").exists()


def test_the_status_names_what_a_mailbox_could_not_give(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRIAGE_BOX", "sesame")
    desk.configure()
    with desk.config.open("a") as file:
        file.write('[[imap]]\nurl = "imaps://ann@mail.example/"\npassword_env = "TRIAGE_BOX"\n')
    with Gateway(load(desk.config)) as gateway:
        (box,) = gateway.settings.imap
        passed = tuple((number, "it is too large") for number in range(1, 8))
        gateway.spool.accept([], Cursor(box.name, 1, 9, passed=passed))
        gateway.spool.accept([], Cursor("of another time", 1, 9, passed=passed))
    (status,) = desk("status", "--json").lines
    (warning,) = status["warnings"]
    assert "ann@mail.example:993/INBOX" in warning
    assert "UID 1 (it is too large)" in warning
    assert warning.endswith(" and 2 more")
    assert warning in " ".join(desk("status").out.split())


def test_lists_can_be_of_one_state(used: Desk) -> None:
    assert len(used("spool", "list", "--state", "done", "--json").lines) == 3
    assert used("spool", "list", "--state", "held", "--json").lines == []
    assert len(used("outbox", "list", "--state", "held", "--json").lines) == 1
    assert len(used("tickets", "list", "--state", "new", "--json").lines) == 2
    assert len(used("spool", "list", "--limit", "1", "--json").lines) == 1


def test_what_a_person_should_look_at_is_counted_listed_and_taken_off(
    desk: Desk, tmp_path: Path
) -> None:
    (tmp_path / "1.eml").write_bytes(mail("ann@people.example", "Login.gov is down"))
    (tmp_path / "2.eml").write_bytes(
        mail(
            "bob@people.example",
            "Hm",
            "VBMS maintenance: Monday, November 25, 2026, 10 to 11 PM.\n",
        )
    )
    desk("ingest", tmp_path)
    (status,) = desk("status", "--json").lines
    (line,) = desk("tickets", "list", "--review", "--json").lines
    assert (status["needs_review"], line["title"]) == (1, "Hm")
    assert "tickets list --review" in desk("status").out
    assert desk("tickets", "reviewed", line["ref"]).code == 0
    assert desk("tickets", "list", "--review", "--json").lines == []
    assert "tickets list --review" not in desk("status").out
    assert desk("tickets", "reviewed", line["ref"]).code == 1


def test_a_window_waits_for_a_person_until_one_has_reviewed_it(desk: Desk, tmp_path: Path) -> None:
    day = datetime.now(UTC) + timedelta(days=3)
    wrong = day + timedelta(days=1)  # of the week: somebody has to look
    said = f"VBMS maintenance: {wrong:%A}, {day:%B %d, %Y}, 10 to 11 PM.\n"
    (tmp_path / "1.eml").write_bytes(mail("bob@people.example", "Hm", said))
    desk("ingest", tmp_path)
    (window,) = desk("windows", "list", "--review", "--json").lines
    (status,) = desk("status", "--json").lines
    assert status["windows_to_review"] == 1
    assert "windows list --review" in desk("status").out
    (message,) = desk("spool", "list", "--json").lines
    done = desk("correct", message["trace"], "windows=none")
    assert f"triage windows review {window['ref']}" in " ".join(done.out.split())
    assert desk("windows", "review", window["ref"]).code == 0
    (status,) = desk("status", "--json").lines
    assert status["windows_to_review"] == 0
    assert "windows list --review" not in desk("status").out


def test_people_see_what_scripts_see(used: Desk) -> None:
    (ticket,) = [one for one in used("tickets", "--json").lines if "Login" in one["title"]]
    (letter,) = used("outbox", "list", "--json").lines
    message = used("spool", "list", "--json").lines[0]
    for command, words in (
        (["tickets"], ticket["title"]),
        (["tickets", "show", ticket["ref"]], "ann@people.example"),
        (["outbox", "list"], "ann@people.example"),
        (["outbox", "show", letter["id"]], "no relay is configured"),
        (["spool", "list"], message["trace"]),
        (["spool", "show", message["trace"]], message["trace"]),
        (["spool", "show", ticket["id"]], f"ticket    {ticket['ref']}"),
        (["spool", "show", ticket["id"]], "services  logingov"),
        (["spool", "show", ticket["id"]], "to ann@people.example: letter 1, held"),
        (["tickets", "show", ticket["ref"]], "to ann@people.example"),
        (["tickets", "show", ticket["ref"]], "outage, logingov"),
    ):
        done = used(*command)
        assert done.code == 0
        assert words in done.out
        assert "\x1b" not in done.out, "colour only on a terminal"


def test_a_letter_is_shown_with_its_ledger_and_its_text(used: Desk) -> None:
    (letter,) = used("outbox", "list", "--json").lines
    (shown,) = used("outbox", "show", letter["id"], "--json").lines
    assert [line["what"] for line in shown["ledger"]] == ["held"]
    assert shown["raw"].startswith("From: ")


def test_a_letter_that_came_back_is_listed_with_when_and_why(desk: Desk, tmp_path: Path) -> None:
    one, two = tmp_path / "1.eml", tmp_path / "2.eml"
    one.write_bytes(mail("ann@people.example", "Login.gov is down"))
    desk("ingest", one)
    (letter,) = desk("outbox", "list", "--json").lines
    assert desk("outbox", "list", "--bounced", "--json").lines == []
    two.write_bytes(bounce(letter["message_id"], "ann@people.example"))
    desk("ingest", two)
    (found,) = desk("outbox", "list", "--bounced", "--json").lines
    assert (found["bounce"], found["bounce_reason"]) == ("hard", "550 5.1.1 User unknown")
    assert found["bounced_at"]
    assert "bounced" in desk("outbox", "list").out


def test_a_ticket_moves_by_hand_and_says_who_did_it(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "one.eml"
    file.write_bytes(mail("ann@people.example", "Login.gov is down"))
    desk("ingest", file)
    assert desk("tickets", "move", "1", "investigating", "--by", "eve", "--why", "mine").code == 0
    (shown,) = desk("tickets", "show", "TG-1", "--json").lines
    assert shown["state"] == "investigating"
    assert [(line["who"], line["why"]) for line in shown["history"]][-1] == ("eve", "mine")
    done = desk("tickets", "move", "1", "new")
    assert done.code == 1
    assert "from there it can go to" in done.err


def test_a_post_mortem_is_shown_and_then_filed_at_a_tracker(desk: Desk, tmp_path: Path) -> None:
    board = tmp_path / "board"
    desk.configure(**{"trackers.folder": {"path": str(board)}})
    file = tmp_path / "one.eml"
    file.write_bytes(mail("ann@people.example", "Login.gov is down"))
    desk("ingest", file)
    shown = desk("postmortem", "TG-1", "--to", "folder", "--dry-run")
    assert (shown.code, "ann@people.example" in shown.out) == (0, False)
    assert "TG-1-post-mortem.md" in shown.out
    assert desk("postmortem", "TG-1", "--to", "slack").code == 1
    assert desk("postmortem", "TG-1", "--dry-run").code == 2
    assert [one.name for one in board.iterdir()] == ["TG-1.md"]
    (asked,) = desk("postmortem", "TG-1", "--to", "folder", "--by", "eve", "--json").lines
    assert (asked["state"], asked["reference"]) == ("waiting", None)
    desk("ingest", file)  # it works off what waits
    filed = (board / "TG-1-post-mortem.md").read_text()
    assert filed.splitlines()[0] in shown.out
    again = desk("postmortem", "TG-1", "--to", "folder").out
    assert again == "folder has the post-mortem of TG-1 already: TG-1-post-mortem.md\n"


def test_a_ticket_becomes_a_part_of_another_by_hand(desk: Desk, tmp_path: Path) -> None:
    for name, text in ("one", "Login.gov is down.\n"), ("other", "VBMS is slow for all of us.\n"):
        file = tmp_path / f"{name}.eml"
        file.write_bytes(mail(f"{name}@people.example", "Trouble", text))
        desk("ingest", file)
    done = desk("tickets", "merge", "TG-2", "TG-1", "--by", "eve")
    assert (done.code, done.out) == (0, "TG-2 is a part of TG-1 now\n")
    (kept,) = desk("tickets", "--json").lines
    assert (kept["ref"], kept["messages"], kept["reporters"]) == ("TG-1", 2, 2)
    (gone,) = desk("tickets", "show", "TG-2", "--json").lines
    assert (gone["state"], gone["merged_into"]) == ("closed", "TG-1")
    assert "into TG-1" in desk("tickets", "show", "TG-2").out
    assert desk("tickets", "move", "TG-2", "investigating").code == 1


def test_a_ticket_shows_reach_beside_the_number_and_both_clocks(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "one.eml"
    words = (
        "Login.gov will be unavailable on November 21, 2026 from 11:00 PM to 11:30 PM Eastern.\n"
        "Nobody can sign in. 40 users cannot sign in.\n"
    )
    file.write_bytes(mail("ann@people.example", "Planned maintenance of Login.gov", words))
    desk("ingest", file)
    said = desk("tickets", "show", "TG-1").out
    assert "(40 counted)" in said
    assert (
        "2026-11-21 23:00 EST to 2026-11-21 23:30 EST "
        "(2026-11-22 04:00 UTC to 2026-11-22 04:30 UTC)"
    ) in said


def test_a_notice_that_was_sent_is_not_sent_again_and_the_reason_is_right(
    desk: Desk, tmp_path: Path
) -> None:
    file = tmp_path / "one.eml"
    file.write_bytes(mail("ann@people.example", "Login.gov is down"))
    desk("ingest", file)
    desk("announce", "draft", "TG-1", "--message", "It works again.")
    assert "approve it first" in desk("announce", "send", "1").err
    desk("announce", "approve", "1")
    assert "send it" in desk("announce", "approve", "1").err
    assert "1 letter written (held: no relay is configured)" in desk("announce", "send", "1").out
    for command in ("send", "approve"):
        done = desk("announce", command, "1")
        assert (done.code, "nobody is told twice" in done.err) == (1, True)
        assert "approve it first" not in done.err


def test_subscribers_come_and_go(desk: Desk) -> None:
    assert "now hears" in desk("subscribers", "add", "ann@people.example", "logingov").out
    assert "already hears" in desk("subscribers", "add", "ann@people.example", "logingov").out
    (line,) = desk("subscribers", "list", "--json").lines
    assert (line["address"], line["service"]) == ("ann@people.example", "logingov")
    assert desk("subscribers", "remove", "ann@people.example", "logingov").code == 0
    assert desk("subscribers", "list", "--json").lines == []


def test_ingest_tells_in_words_what_it_did(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "one.eml"
    file.write_bytes(mail("ann@people.example", "Login.gov is down"))
    done = desk("ingest", file)
    assert (done.code, done.err) == (0, "")
    assert done.out == (
        "1 message taken in, 1 of them new; 1 ticket opened; "
        "letters: 1 held (no relay is configured)\n"
    )


def test_ingest_says_why_nobody_is_answered(desk: Desk, tmp_path: Path) -> None:
    desk.configure(answers={"to": "verified"})
    (tmp_path / "1.eml").write_bytes(mail("ann@people.example", "Login.gov is down"))
    (tmp_path / "2.eml").write_bytes(mail("bob@people.example", "News", Precedence="bulk"))
    said = desk("ingest", tmp_path).out
    assert "letters: none" in said
    assert "not answered: 1 message, its sender is not verified" in said
    assert 'to = "anyone" in [answers]' in said
    (tmp_path / "3.eml").write_bytes(mail("cy@people.example", "Login.gov is down"))
    (line,) = desk("ingest", tmp_path / "3.eml", "--json").lines
    assert line["not_answered"] == {"its sender is not verified": 1}, "of this call only"


def test_ingest_names_what_cannot_be_read_and_takes_the_rest(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "one.eml"
    file.write_bytes(mail("ann@people.example", "Login.gov is down"))
    done = desk("ingest", tmp_path / "none.eml", file, "--json")
    assert done.code == 1
    assert (done.lines[0]["taken"], done.lines[0]["failed"]) == (1, 1)
    assert f"triage: {tmp_path / 'none.eml'}: " in done.err


def test_the_doctor_says_what_is_well_and_what_is_not(desk: Desk) -> None:
    desk.configure(smtp={"listen": "127.0.0.1:0"})
    done = desk("doctor", "--json")
    assert done.code == 0, done
    parts = {line["part"]: line for line in done.lines}
    assert {"store", "data", "[relay]"} <= set(parts)
    assert all(line["ok"] is True and line["detail"] for line in parts.values())
    desk.configure(smtp={"listen": "127.0.0.1:0"}, relay={"url": "smtp://127.0.0.1:1"})
    done = desk("doctor", "--json")
    assert done.code == 1
    assert [line["part"] for line in done.lines if not line["ok"]] == ["[relay] 127.0.0.1:1"]
    assert "MEND" in desk("doctor").out


def test_the_doctor_says_that_nothing_can_come_in(desk: Desk) -> None:
    done = desk("doctor", "--json")
    assert done.code == 1
    (sick,) = [line for line in done.lines if not line["ok"]]
    assert sick["part"] == "ways in"
    assert f"{desk.config}: nothing can come in: give [smtp]" in sick["detail"]


@pytest.mark.parametrize("command", [["status"], ["ingest", "."], ["doctor"]], ids=" ".join)
@pytest.mark.parametrize(
    ("store", "said"),
    [
        ("postgresql://ann:sesame@127.0.0.1:1/x", "does postgresql://ann:***@127.0.0.1:1/x run"),
        ("sqlite:////proc/no/such.db", "/proc/no"),
        ("sqlite:////dev/null", "is /dev/null a store of ours"),
    ],
)
def test_a_store_that_is_not_there_is_named_with_the_remedy_in_one_line(
    desk: Desk, command: list[str], store: str, said: str
) -> None:
    desk.configure(store=store)
    done = desk(*command)
    assert done.code == 1
    (line,) = [one for one in (done.out + done.err).splitlines() if said in one]
    for raw in ("sesame", "sqlalche", "Background", "Traceback", "Error)"):
        assert raw not in done.out + done.err, line


def test_a_language_in_which_letters_are_missing_is_named_with_those_there_are(desk: Desk) -> None:
    desk.configure(answers={"language": "xx"})
    done = desk("status")
    assert done.code == 2
    assert f"{desk.config}: answers.language: not every letter is there in 'xx'" in done.err
    assert "choose one of en, es" in done.err


# --- standard output ----------------------------------------------------------------------------

ANSWERS = [["read", "--json"], ["read"], ["--version"], ["read", "--help"]]


@pytest.mark.parametrize("command", ANSWERS, ids=" ".join)
@pytest.mark.parametrize("how", [">/dev/full", ">&-"])
def test_output_that_cannot_be_written_is_one_line_and_exit_1(
    tmp_path: Path, command: list[str], how: str
) -> None:
    file = tmp_path / "one.eml"
    file.write_bytes(mail("ann@people.example", "Login.gov is down"))
    words = [*command, *([str(file)] if command in (["read"], ["read", "--json"]) else [])]
    done = subprocess.run(
        ["sh", "-c", f'"$@" {how}', "sh", sys.executable, "-m", "gateway", *words],
        stderr=subprocess.PIPE, text=True, check=False, cwd=ROOT,
    )  # fmt: skip
    assert done.returncode == 1
    assert re.fullmatch(r"triage: standard output cannot be written: .+\n", done.stderr)


def test_a_closed_standard_output_harms_nobody_who_says_nothing(desk: Desk) -> None:
    done = subprocess.run(
        ["sh", "-c", '"$@" >&- 2>&-', "sh", sys.executable, "-m", "gateway", "spool", "list",
         "--json", "--config", desk.config],
        check=False, cwd=ROOT,
    )  # fmt: skip
    assert done.returncode == 0


# --- read ---------------------------------------------------------------------------------------


def test_reading_needs_no_store_and_leaves_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    sample = next(iter(sorted(shipped("data").joinpath("samples").glob("*.eml"))))
    done = asked("read", "--json", sample)
    assert done.code == 0
    assert done.lines[0]["path"] == str(sample)
    assert os.listdir(tmp_path) == []  # noqa: PTH208 - hidden files too


def test_an_empty_file_is_told_as_such_and_has_the_hash_of_nothing(tmp_path: Path) -> None:
    (tmp_path / "empty.eml").write_bytes(b"")
    done = asked("read", "--json", tmp_path / "empty.eml", tmp_path / "none.eml")
    assert done.code == 1
    empty, none = done.lines
    assert empty["error"] == "the file is empty"
    assert empty["raw_sha256"] == hashlib.sha256(b"").hexdigest()
    assert none["raw_sha256"] == "", "its bytes are not known"


def test_what_a_header_says_is_evidence_without_a_span(tmp_path: Path) -> None:
    file = tmp_path / "one.eml"
    file.write_bytes(mail("x@people.example", "Issue", X_Sentry_Project="a-project"))
    (line,) = asked("read", "--json", file).lines
    found = [one for one in line["evidence"]["source"] if not one["text"]]
    assert {"start": 0, "end": 0, "text": "", "why": "Sentry: x-sentry-project: a-project"} in found
    assert "x-sentry-project: a-project" in asked("read", file).out


def test_a_table_marks_the_words_that_led_to_it(tmp_path: Path) -> None:
    file = tmp_path / "one.eml"
    file.write_bytes(mail("ann@people.example", "Login.gov is down"))
    done = asked("read", file)
    assert done.code == 0
    assert "logingov" in done.out
    assert "outage" in done.out


def test_a_line_is_one_line_whatever_the_mail_says(tmp_path: Path) -> None:
    """Also for those to whom other characters end a line, such as Python's splitlines."""
    file = tmp_path / "one.eml"
    file.write_bytes(mail("ann@people.example", "a\u2028b", "x\u2028y\u2029\u0085z\x0c\x1e\x1b\n"))
    done = asked("read", "--json", file)
    assert done.code == 0
    (line,) = done.lines
    assert "x\u2028y\u2029" in line["text"]


def test_a_file_name_in_no_encoding_is_told_all_the_same(tmp_path: Path) -> None:
    name = os.fsencode(tmp_path) + b"/caf\xe9.eml"
    with open(name, "wb") as file:  # noqa: PTH123 - a path is text
        file.write(mail("ann@people.example", "Login.gov is down"))
    done = triage("read", "--json", tmp_path)
    assert done.code == 0, done
    (line,) = done.lines
    assert os.fsencode(line["path"]) == name
    assert triage("read", tmp_path).code == 0


def test_json_is_utf_8_and_prose_is_readable_whatever_the_terminal_speaks(used: Desk) -> None:
    ascii_only = {"PYTHONIOENCODING": "ascii"}
    done = triage("tickets", "--json", "--config", used.config, environment=ascii_only)
    assert (done.code, "fällt" in done.out) == (0, True)
    done = triage("tickets", "--config", used.config, environment=ascii_only)
    assert (done.code, "Login.gov f" in done.out) == (0, True)


def test_a_catalogue_is_checked_and_a_collision_is_an_error(desk: Desk) -> None:
    done = desk("catalogue", "check")
    assert done.code == 0, done
    assert "every name is read as its own service's" in done.out
    own = desk.folder / "own" / "services"
    own.mkdir(parents=True)
    rows = (f'[[service]]\nid = "{name}"\nname = "{name}"\naliases = ["OPAC"]\n'
            for name in ("library", "archive"))  # fmt: skip
    (own / "own.toml").write_text("".join(rows))
    desk.configure(data=str(desk.folder / "own"))
    done = desk("catalogue", "check")
    assert done.code == 1
    assert "archive has this name too" in done.out
    assert "would be read as another service's" in done.err


def test_a_trained_model_lies_where_the_data_folder_is_looked_for(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Learning itself takes minutes: what is made here is the shipped model again."""
    from classifiers.learning.model import find_model
    from gateway import learning

    all_of = learning.Corpora.labelled
    monkeypatch.setattr(learning.Corpora, "train", lambda self, extra, corrected=(): self.model())
    monkeypatch.setattr(
        learning.Corpora, "labelled", lambda self, files, part: all_of(self, files, part)[:5]
    )
    own = desk.folder / "own"
    done = desk("train", "--out", own, "--with-corrections")
    assert done.code == 0, done
    assert (own / "models" / "labeller.npz").is_file()
    assert find_model(shipped("data"), own).about == find_model(shipped("data"), None).about


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('{"id": 1}\n', "line 1: not a labelled message"),
        ("xx\n", "line 1: not a labelled message"),
        ("", "no labelled message is there"),
        (None, "No such file or directory"),
    ],
)
def test_what_is_wrong_with_a_labelled_file_is_said_in_a_line(
    desk: Desk, content: str | None, said: str
) -> None:
    file = desk.folder / "mine.jsonl"
    if content is not None:
        file.write_text(content)
    done = desk("evaluate", file)
    assert (done.code, done.out) == (2, "")
    assert said in done.err
    assert "mine.jsonl" in done.err
    assert "Traceback" not in done.err


def test_the_timeline_of_a_ticket_is_told_line_by_line(used: Desk) -> None:
    done = used("tickets", "timeline", "TG-1", "--json")
    messages = [line for line in done.lines if line.get("kind") == "message"]
    assert (done.code, messages[0]["at"]) == (0, "2026-11-17T14:12:00Z")  # by its own Date
    assert done.lines[-1] | {"at": ""} == {
        "what": "people", "at": "", "reporters": 1, "estimate": None,
    }  # fmt: skip
    assert "reports an outage" in used("tickets", "timeline", "1").out


def test_a_post_mortem_is_written_to_a_file_that_was_not_there(used: Desk) -> None:
    file = used.folder / "postmortem.md"
    assert used("postmortem", "TG-1", "--out", file).code == 0
    assert file.read_text().startswith("# Post-mortem: Outage of Login.gov")
    again = used("postmortem", "TG-1", "--out", file)
    assert (again.code, "is there already" in again.err) == (2, True)
    assert "ann@people.example" not in used("postmortem", "TG-1", "--public").out
    assert used("postmortem", "TG-1", "--json").lines[0]["ticket"] == "TG-1"


def test_mail_of_many_people_about_one_service_is_an_incident(desk: Desk) -> None:
    box = desk.folder / "many"
    box.mkdir()
    body = "Hello,\n\nI cannot sign in with ID.me this morning. It just says error.\n\nThanks\n"
    for number in range(14):
        file = mail(f"user{number}@home{number}.example", "cannot sign in with ID.me", body,
                    Date=f"Tue, 17 Nov 2026 09:{2 + 4 * number:02} -0500")  # fmt: skip
        (box / f"{number}.eml").write_bytes(file)
    assert desk("ingest", box, "--json").code == 0
    (run,) = desk("spikes", "list", "--json").lines
    assert (run["service"], run["people"]) == ("idme", 14)
    assert "14 people wrote about ID.me between" in desk("spikes", "list").out
    told = desk("tickets", "timeline", run["ticket"], "--json").lines
    said = [line["public"] for line in told if line.get("kind") == "spike"]
    assert any(
        one.startswith("Unusually many reports: 14 people wrote about ID.me") for one in said
    )
    assert told[-1]["reporters"] == 14

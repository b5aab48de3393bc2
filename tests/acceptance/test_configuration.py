"""The command with its configuration, right and wrong, as people and scripts meet it."""

import json
import mailbox
import subprocess
import sys
from email import message_from_bytes
from pathlib import Path

import pytest

from tests.acceptance.house import ROOT, House, triage
from tests.acceptance.mails import mail

SAMPLES = sorted((ROOT / "data" / "samples").glob("*.eml"))
READ_KEYS = {
    "path", "error", "raw_sha256", "message_id", "in_reply_to", "references", "subject", "from",
    "from_name", "reply_to", "to", "date", "text", "reply_text", "forwarded", "attachments",
    "is_auto", "is_bulk", "is_bounce", "auto_kind", "failed_recipients", "bounce_kind", "list_id",
    "source", "event", "services", "reach", "people", "hampered", "severity", "windows",
    "needs_review", "window_status", "redacted", "confidence", "evidence",
}  # fmt: skip


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return tmp_path / "triage.toml"


def write(config: Path, text: str) -> Path:
    config.write_text(f'store = "sqlite:///{config.parent / "triage.db"}"\n{text}')
    return config


# --- wrong --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "key", "remedy"),
    [
        ("[smtp]\nlisten_on = 25\n", "smtp.listen_on: unknown key", "Did you mean listen?"),
        ('[answers]\nto = "all"\n', "answers.to: ", "'verified', 'anyone' or 'nobody'"),
        (
            '[[imap]]\nurl = "imaps://u@mail.example/INBOX"\npassword_env = "TRIAGE_NO_SUCH"\n',
            "imap.0.password_env: ",
            "TRIAGE_NO_SUCH is not set: set it",
        ),
        ("[smtp\n", "not valid TOML", "line 2"),
    ],
    ids=["unknown key", "bad value", "missing secret", "no TOML"],
)
@pytest.mark.parametrize("command", [["serve"], ["status", "--json"], ["ingest", "."]])
def test_a_wrong_configuration_exits_2_and_names_file_key_and_remedy(
    config: Path, command: list[str], text: str, key: str, remedy: str
) -> None:
    done = triage(*command, "--config", write(config, text))
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(f"triage: {config}: ")
    assert key in done.err
    assert remedy in done.err
    assert not (config.parent / "triage.db").exists()


def test_a_file_that_is_not_there_exits_2(config: Path) -> None:
    done = triage("status", "--config", config)
    assert done.code == 2
    assert f"{config}: cannot be read" in done.err


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('zone = "Nowhere/Atlantis"\n', "zone: Nowhere/Atlantis"),
        ('templates = "/no/such/folder"\n', "/no/such/folder"),
        ('data = "/no/such/folder"\n', "/no/such/folder"),
        ("[trackers.nonesuch]\n", "nonesuch"),
    ],
    ids=["zone", "templates", "data", "tracker"],
)
def test_what_only_shows_when_it_is_used_is_a_wrong_configuration_too(
    config: Path, text: str, said: str
) -> None:
    done = triage("serve", "--config", write(config, text))
    assert (done.code, done.out) == (2, ""), done
    assert said in done.err
    assert "Traceback" not in done.err


def test_an_address_that_is_taken_exits_2_and_is_named(small_house: House, tmp_path: Path) -> None:
    with small_house.running() as house:
        other = House(tmp_path / "other", f"sqlite:///{tmp_path / 'other.db'}")
        for part, port in (("smtp", house.smtp_port), ("console", house.console_port)):
            other.configure(**{part: {"listen": f"127.0.0.1:{port}"}})
            done = other.triage("serve")
            assert done.code == 2, done
            assert f"127.0.0.1:{port}" in done.err
            assert "Traceback" not in done.err
            other.configure(**{part: None})


# --- the example --------------------------------------------------------------------------------


def test_the_example_serves_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "triage.toml").write_text((ROOT / "triage.example.toml").read_text())
    done = triage("status", "--json", cwd=tmp_path)
    assert done.code == 0, done
    assert done.lines[0]["spool"] == {"accepted": 0, "done": 0, "held": 0}


def test_without_a_configuration_the_store_is_in_the_data_folder_of_the_user(
    tmp_path: Path,
) -> None:
    home = {"HOME": str(tmp_path), "XDG_DATA_HOME": ""}
    done = triage("tickets", "list", "--json", cwd=tmp_path, environment=home)
    assert done.code == 0, done
    assert (tmp_path / ".local/share/triage-gateway/triage.db").exists()


# --- doctor -------------------------------------------------------------------------------------


def test_the_doctor_tries_each_part_and_says_what_to_mend(small_house: House) -> None:
    done = small_house.triage("doctor", "--json")
    assert done.code == 0, done
    parts = {line["part"]: line for line in done.lines}
    assert {"store", "data", "letters", "ways in", "sending domain"} <= set(parts)
    assert [name for name in parts if name.startswith("[relay]")]

    small_house.configure(relay={"url": "smtp://127.0.0.1:1"})
    done = small_house.triage("doctor", "--json")
    assert done.code == 1
    (sick,) = [line for line in done.lines if not line["ok"]]
    assert sick["part"] == "[relay] 127.0.0.1:1"
    assert sick["detail"]


# --- demo ---------------------------------------------------------------------------------------


def test_a_demo_leaves_one_folder_in_place_of_the_last_one_and_says_where(tmp_path: Path) -> None:
    temporary, home = tmp_path / "tmp", tmp_path / "share"
    last = home / "triage-gateway" / "demo"
    for folder in (temporary, last):
        folder.mkdir(parents=True)
    (last / "triage.db").write_text("of the last demo")
    places = {"TMPDIR": str(temporary), "XDG_DATA_HOME": str(home)}
    done = triage("demo", environment=places, cwd=tmp_path)
    assert done.code == 0, done.err
    assert list(temporary.iterdir()) == []
    assert [one.name for one in last.parent.iterdir()] == ["demo"]
    assert str(last / "letters") in done.out
    assert list((last / "letters").glob("*.eml"))
    assert triage("tickets", "--json", "--config", last / "triage.toml").lines


# --- read ---------------------------------------------------------------------------------------


def test_every_sample_is_read_and_each_line_has_every_key() -> None:
    done = triage("read", "--json", ROOT / "data" / "samples")
    assert done.code == 0, done.err
    lines = [line for line in done.lines if line["path"].endswith(".eml")]
    assert [line["path"] for line in lines] == [str(path) for path in SAMPLES]
    for line in done.lines:
        assert line.keys() >= READ_KEYS
        assert line["error"] is None
        assert set(line["redacted"]) == {"subject", "text"}
        for found in line["evidence"].values():
            for one in found:
                assert one.keys() - {"field"} == {"start", "end", "text", "why"}
                assert one.get("field", "subject") == "subject"
                where = line["subject"] if "field" in one else line["text"]
                assert where[one["start"] : one["end"]] == one["text"]
                assert one["why"]


def test_a_message_from_standard_input_is_read() -> None:
    done = triage("read", "--json", "-", given=SAMPLES[0].read_bytes())
    assert done.code == 0, done
    (line,) = done.lines
    assert line["path"] == "-"


def test_one_path_that_cannot_be_opened_exits_1_and_the_others_are_read(tmp_path: Path) -> None:
    done = triage("read", "--json", SAMPLES[0], tmp_path / "none.eml", SAMPLES[1])
    assert done.code == 1
    good, bad, other = done.lines
    assert (good["path"], good["error"]) == (str(SAMPLES[0]), None)
    assert (bad["path"], bool(bad["error"])) == (str(tmp_path / "none.eml"), True)
    assert bad.keys() >= READ_KEYS
    assert (other["path"], other["error"]) == (str(SAMPLES[1]), None)
    assert f"{tmp_path / 'none.eml'}: " in done.err


def test_mbox_and_maildir_are_read_message_by_message(tmp_path: Path) -> None:
    box = mailbox.mbox(tmp_path / "box.mbox")
    folder = mailbox.Maildir(tmp_path / "maildir")
    for path in SAMPLES[:3]:
        box.add(message_from_bytes(path.read_bytes()))
        folder.add(message_from_bytes(path.read_bytes()))
    box.close()
    done = triage("read", "--json", tmp_path / "box.mbox", tmp_path / "maildir")
    assert done.code == 0, done.err
    paths = [line["path"] for line in done.lines]
    assert paths[:3] == [f"{tmp_path / 'box.mbox'}#{number}" for number in (1, 2, 3)]
    assert len(paths) == 6
    assert all(path.startswith(str(tmp_path / "maildir")) for path in paths[3:])


@pytest.mark.parametrize(
    "words", [[], ["read"], ["read", "--nonesuch"], ["nonesuch"], ["tickets", "show"]], ids=" ".join
)
def test_wrong_usage_exits_2(words: list[str]) -> None:
    done = triage(*words)
    assert done.code == 2
    assert done.err or not words, "the help, where nothing was asked"


def test_a_reader_of_the_output_that_goes_away_is_no_failure(tmp_path: Path) -> None:
    folder = tmp_path / "mail"
    folder.mkdir()
    for number in range(300):
        (folder / f"{number}.eml").write_bytes(mail("ann@people.example", f"Report {number}"))
    command = [sys.executable, "-m", "gateway", "read", "--json", str(folder)]
    reading = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert reading.stdout is not None
    assert json.loads(reading.stdout.readline())["error"] is None
    reading.stdout.close()
    assert reading.stderr is not None
    said = reading.stderr.read()
    reading.stderr.close()
    assert reading.wait(timeout=60) == 1
    assert "Traceback" not in said
    assert "BrokenPipe" not in said


def test_the_command_of_the_installation_is_the_same(tmp_path: Path) -> None:
    command = Path(sys.executable).parent / "triage"
    if not command.exists():
        pytest.skip("the project is not installed: make install")
    done = subprocess.run([command, "--version"], capture_output=True, check=True, cwd=tmp_path)
    assert done.stdout.decode() == triage("--version").out

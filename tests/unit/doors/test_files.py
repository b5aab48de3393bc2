"""Messages from files: what is found, how it is named, and that its bytes are its own."""

import io
import mailbox
import os
from email.message import EmailMessage
from pathlib import Path

import pytest

from gateway.doors.files import NO_FILE, Found, arrivals, envelope_of

ONE = b"From: a@b.example\r\nSubject: one\r\n\r\nThe first.\r\n"
TWO = b"From: c@d.example\nSubject: two\n\nFrom here on\n>From there\nthe second.\n"
MBOX = (
    b"From a@b.example Mon Jan  5 10:00:00 2026\n"
    b"Subject: one\n\nThe first.\n\n"
    b"From MAILER-DAEMON Tue Jan  6 10:00:00 2026\n"
    b"Subject: two\n\n>From here on\n>>From there\nthe second.\n\n"
    b"From list at lists.example  Wed Jan  7 10:00:00 2026\n"
    b"Subject: three\n\nThe third.\n"
)


def found(*paths: str | Path, stdin: bytes = b"") -> list[tuple[str, bytes | None]]:
    return [(one.path, one.raw) for one in arrivals(paths, io.BytesIO(stdin))]


def test_a_message_is_taken_byte_for_byte(tmp_path: Path) -> None:
    raw = ONE + bytes(range(256))
    file = tmp_path / "message.txt"
    file.write_bytes(raw)
    assert list(arrivals([str(file)])) == [Found(str(file), raw, None)]


def test_an_mbox_is_split_numbered_and_unquoted(tmp_path: Path) -> None:
    file = tmp_path / "box.mbox"
    file.write_bytes(MBOX)
    one, two, three = arrivals([file])
    assert (one.path, one.raw) == (f"{file}#1", b"Subject: one\n\nThe first.\n")
    assert (two.path, two.raw) == (
        f"{file}#2",
        b"Subject: two\n\nFrom here on\n>From there\nthe second.\n",
    )
    assert (three.path, three.raw) == (f"{file}#3", b"Subject: three\n\nThe third.\n")
    assert [one.from_line, two.from_line, three.from_line] == ["a@b.example", "", None]


def test_what_the_standard_library_writes_is_read_back(tmp_path: Path) -> None:
    file = tmp_path / "box"
    box = mailbox.mbox(file)
    bodies = [f"Report {number}\n\nFrom me to you\n\nEnd\n" for number in range(12)]
    for body in bodies:
        letter = EmailMessage()
        letter["Subject"] = "report"
        letter.set_content(body)
        box.add(letter)
    box.close()
    read = [raw.partition(b"\n\n")[2] for _, raw in found(file) if raw is not None]
    assert read == [body.encode() for body in bodies]
    assert found(file)[11][0] == f"{file}#12"


def test_crlf_mboxes_are_split_too(tmp_path: Path) -> None:
    file = tmp_path / "box.mbox"
    file.write_bytes(MBOX.replace(b"\n", b"\r\n"))
    assert [path for path, _ in found(file)] == [f"{file}#{number}" for number in (1, 2, 3)]
    assert found(file)[0][1] == b"Subject: one\r\n\r\nThe first.\r\n"


def test_a_sentence_that_begins_with_from_splits_nothing(tmp_path: Path) -> None:
    file = tmp_path / "box.mbox"
    text = b"Subject: one\n\nHello.\n\nFrom what I see it is down.\nFrom there on, too.\n"
    file.write_bytes(b"From a@b.example Mon Jan  5 10:00:00 2026\n" + text)
    assert found(file) == [(f"{file}#1", text)]


def test_separators_without_a_date_are_known_by_the_first(tmp_path: Path) -> None:
    file = tmp_path / "box.mbox"
    file.write_bytes(
        b"From a@b.example\nSubject: one\n\nx\n\nFrom c@d.example\nSubject: two\n\ny\n"
    )
    assert [raw for _, raw in found(file)] == [b"Subject: one\n\nx\n", b"Subject: two\n\ny\n"]


@pytest.mark.parametrize(
    "line",
    [
        b"From - Mon Jan 05 10:00:00 2026",
        b"From 1234567@xxx Mon Jan 05 10:00:00 +0000 2026",
        b"From someone at agency.example  Mon Jan  5 10:00 2026",
        b"From a@b.example Mon Jan  5 10:00:00 EST 2026",
        b"From a@b.example 2026-01-05 10:00:00",
        b"From 0123456789abcdef Mon Sep 17 00:00:00 2001",
    ],
)
def test_separators_of_many_programs_are_known(tmp_path: Path, line: bytes) -> None:
    file = tmp_path / "box.mbox"
    file.write_bytes((line + b"\nSubject: x\n\nx\n\n") * 2)
    assert [raw for _, raw in found(file)] == [b"Subject: x\n\nx\n"] * 2


def test_a_single_message_saved_with_its_separator_keeps_its_name(tmp_path: Path) -> None:
    file = tmp_path / "saved.eml"
    file.write_bytes(
        b"From a@b.example Mon Jan  5 10:00:00 2026\n" + TWO.replace(b"\n>F", b"\n>>F")
    )
    (one,) = arrivals([file])
    assert (one.path, one.raw, one.from_line) == (str(file), TWO, "a@b.example")


def test_a_text_that_merely_begins_with_from_is_left_whole(tmp_path: Path) -> None:
    file = tmp_path / "note"
    file.write_bytes(b"From the desk of somebody\nit is down\n")
    assert found(file) == [(str(file), b"From the desk of somebody\nit is down\n")]


def test_standard_input_is_a_message_or_an_mbox() -> None:
    assert found("-", stdin=ONE) == [("-", ONE)]
    assert [path for path, _ in found("-", stdin=MBOX)] == ["-#1", "-#2", "-#3"]


def test_a_maildir_is_read_without_what_is_unfinished(tmp_path: Path) -> None:
    box = tmp_path / "Maildir"
    for folder in ("cur", "new", "tmp", ".Reports/cur", ".Reports/new", ".Reports/tmp"):
        (box / folder).mkdir(parents=True)
    (box / "cur/1.host:2,S").write_bytes(ONE)
    (box / "new/2.host").write_bytes(b"no header at all")
    (box / "tmp/3.host").write_bytes(ONE)
    (box / ".Reports/new/4.host").write_bytes(TWO)
    (box / "dovecot.index.log").write_bytes(b"\0\1\2")
    assert found(box) == [
        (f"{box}/.Reports/new/4.host", TWO),
        (f"{box}/cur/1.host:2,S", ONE),
        (f"{box}/new/2.host", b"no header at all"),
    ]


def test_a_folder_is_read_in_order_and_only_its_mail(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / ".git").mkdir()
    mail = {"a.eml": ONE, "b/1": TWO, "b/2.EML": b"", "c.mbox": MBOX, "z.txt": ONE}
    other = {
        "README.md": b"# Mail\n\nFrom: here\n",
        "labels.json": b"{}",
        "notes": b"Subject: only one field\n\nx\n",
        "key.pem": b"-----BEGIN\nProc-Type: 4\n",
        "outlook.msg": b"\xd0\xcf\x11\xe0",
        ".hidden.eml": ONE,
        ".git/x.eml": ONE,
    }
    for name, raw in (mail | other).items():
        (tmp_path / name).write_bytes(raw)
    paths = [path.removeprefix(f"{tmp_path}/") for path, _ in found(tmp_path)]
    assert paths == ["a.eml", "b/1", "b/2.EML", "c.mbox#1", "c.mbox#2", "c.mbox#3", "z.txt"]
    monkeypatch.chdir(tmp_path)
    assert found("b")[0] == ("b/1", TWO)
    assert found("b/")[0] == ("b/1", TWO)


def test_a_link_that_leads_in_a_circle_ends(tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_bytes(ONE)
    (tmp_path / "again").symlink_to(tmp_path)
    assert [path for path, _ in found(tmp_path)] == [f"{tmp_path}/a.eml"]


@pytest.mark.parametrize("name", ["nowhere.eml", "17", "note"])
def test_a_link_to_nothing_in_a_folder_is_told(tmp_path: Path, name: str) -> None:
    (tmp_path / "a.eml").write_bytes(ONE)
    (tmp_path / name).symlink_to(tmp_path / "missing")
    assert list(arrivals([tmp_path])) == sorted(
        [
            Found(f"{tmp_path}/a.eml", ONE, None),
            Found(f"{tmp_path}/{name}", None, "No such file or directory"),
        ],
        key=lambda one: one.path,
    )


def test_a_pipe_is_no_file_and_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    os.mkfifo(tmp_path / "pipe.eml")
    assert list(arrivals([tmp_path / "pipe"])) == [Found(f"{tmp_path}/pipe", None, NO_FILE)]
    # In a folder it is passed over like any other thing, unless it is called mail.
    assert list(arrivals([tmp_path])) == [Found(f"{tmp_path}/pipe.eml", None, NO_FILE)]


def test_what_cannot_be_opened_is_told_and_the_rest_go_on(tmp_path: Path) -> None:
    good = tmp_path / "good.eml"
    good.write_bytes(ONE)
    empty = tmp_path / "empty.eml"
    empty.write_bytes(b"")
    missing = tmp_path / "missing.eml"
    read = list(arrivals([missing, empty, good]))
    assert read == [
        Found(str(missing), None, "No such file or directory"),
        Found(str(empty), b"", "the file is empty"),
        Found(str(good), ONE, None),
    ]


def test_a_large_mbox_is_read_as_a_stream() -> None:
    class Endless(io.RawIOBase):
        """An mbox without end: reading it whole would never return."""

        number = 0

        def readable(self) -> bool:
            return True

        def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # one of many
            self.number += 1
            line = b"From a@b.example Mon Jan  5 10:00:00 2026\nSubject: %d\n\nx\n\n"
            data = line % self.number
            buffer[: len(data)] = data
            return len(data)

    stream = arrivals(["-"], io.BufferedReader(Endless()))
    assert [next(stream).path for _ in range(1000)][-1] == "-#1000"


def test_the_envelope_of_a_file_is_what_its_header_says() -> None:
    ours = ["triage@agency.example", "help@agency.example"]
    raw = b"Return-Path: <a@b.example>\nTo: help+7@agency.example\n\nx\n"
    envelope = envelope_of(raw, ours, "a.eml")
    assert (envelope.door, envelope.sender) == ("file", "a@b.example")
    assert envelope.recipients == ("help+7@agency.example",)
    bare = envelope_of(b"To: all@lists.example\n\nx\n", ours, "box.mbox#1", "c@d.example")
    assert (bare.sender, bare.recipients) == ("c@d.example", ("triage@agency.example",))
    assert envelope_of(b"Subject: x\n\nx\n", ours, "x").sender is None

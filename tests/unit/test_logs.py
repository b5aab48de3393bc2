"""Logging never gets in the way of the work."""

import errno
import io
import json
import logging
import sys

import pytest
import structlog

from gateway import logs


def test_a_line_is_written_to_standard_error_with_its_facts(
    capsys: pytest.CaptureFixture[str],
) -> None:
    logs.configure("json")
    structlog.get_logger().info("door.accepted", trace="m-1")
    line = json.loads(capsys.readouterr().err)
    assert (line["event"], line["trace"], line["level"]) == ("door.accepted", "m-1", "info")


def test_a_standard_error_that_is_closed_hinders_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    logs.configure("text")
    closed = io.StringIO()
    closed.close()
    monkeypatch.setattr(sys, "stderr", closed)
    structlog.get_logger().error("letter.failed", code=550)


class Full(io.StringIO):
    """A file on a disk without room."""

    def write(self, text: str) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_standard_error_on_a_full_disk_hinders_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    logs.configure("text")
    monkeypatch.setattr(sys, "stderr", Full())
    structlog.get_logger().error("letter.failed", code=550)


def test_what_a_library_says_is_masked() -> None:
    record = logging.LogRecord("imaplib", 30, "", 1, "bad line: SSN %s", ("900-41-7712",), None)
    assert logs.Masked("%(name)s: %(message)s").format(record) == "imaplib: bad line: SSN [SSN]"


class Terminal(io.StringIO):
    """A standard error that a person looks at."""

    def isatty(self) -> bool:
        return True


def test_a_traceback_quotes_neither_mail_nor_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    logs.configure("text")
    mail = "a text that " + "nobody may read"
    try:
        raise ValueError(f"cannot read {mail[:1]} <jo@post.example>")
    except ValueError:
        structlog.get_logger().exception("letter.trouble")
    assert "ValueError: cannot read a <[EMAIL]>" in terminal.getvalue()
    assert "nobody may read" not in terminal.getvalue()

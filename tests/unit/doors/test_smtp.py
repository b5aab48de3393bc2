"""The door over real TCP: the dialogue, the commit before 250, and what happens when it fails."""

import asyncio
import errno
import logging
import smtplib
from collections.abc import Iterator
from typing import Any

import pytest
from structlog.testing import capture_logs

from gateway.config import SmtpSettings
from gateway.doors.smtp import SmtpDoor
from gateway.errors import Permanent, Temporary
from gateway.model import Door
from tests.unit.doors.smtp_running import LOOPS, MemoryCustody, Running, await_true, running_door

BODY = b"Subject: down\r\n\r\nNothing works.\r\n"


@pytest.fixture(params=sorted(LOOPS))
def running(request: pytest.FixtureRequest) -> Iterator[Running]:
    with running_door(request.param) as it:
        yield it


def test_a_message_is_kept_byte_for_byte_with_its_envelope(running: Running) -> None:
    raw = b"Subject: dots\r\n\r\n.one\r\n..two\r\n\xff\x00 8 bit\r\n"
    with smtplib.SMTP("127.0.0.1", running.port, local_hostname="client.example") as client:
        client.sendmail("Ada@Sender.Example", ["triage@Gateway.Example"], raw, ["BODY=8BITMIME"])
    (arrival,) = running.custody.kept
    envelope = arrival.envelope
    assert arrival.raw == raw
    assert envelope.door == "smtp"
    assert envelope.sender == "Ada@sender.example"
    assert envelope.recipients == ("triage@gateway.example",)
    assert (envelope.peer, envelope.helo, envelope.tls) == ("127.0.0.1", "client.example", None)


def test_the_null_sender_is_kept_as_an_empty_one(running: Running) -> None:
    with running.client() as talk:
        assert talk.say("MAIL FROM:<>").startswith("250 2.1.0")
        assert talk.say("RCPT TO:<Postmaster>").startswith("550 5.1.1")
        assert talk.say("RCPT TO:<postmaster>").startswith("250 2.1.5")
        assert talk.say("DATA").startswith("354")
        talk.send(BODY + b".\r\n")
        assert talk.reply().startswith("250 2.0.0")
    assert running.custody.kept[0].envelope.sender == ""


def test_nothing_is_answered_before_the_commit(running: Running) -> None:
    custody = running.custody
    custody.gate.clear()
    with running.client() as talk:
        talk.say("MAIL FROM:<ada@sender.example>")
        talk.say("RCPT TO:<triage@gateway.example>")
        talk.say("DATA")
        talk.send(BODY + b".\r\n")
        custody.await_submitted(1)
        talk.socket.settimeout(0.2)
        with pytest.raises(TimeoutError):
            talk.socket.recv(1)
        talk.socket.settimeout(20)
        assert custody.kept == []
        custody.gate.set()
        assert talk.reply() == "250 2.0.0 Ok: kept as trace1"


def test_messages_that_wait_together_share_a_commit(running: Running) -> None:
    custody = running.custody
    custody.gate.clear()
    talks = [running.client() for _ in range(5)]
    for talk in talks:
        talk.say("MAIL FROM:<ada@sender.example>")
        talk.say("RCPT TO:<triage@gateway.example>")
        talk.say("DATA")
        talk.send(BODY + b".\r\n")
    custody.await_submitted(5)
    custody.gate.set()
    for talk in talks:
        assert talk.reply().startswith("250")
        talk.socket.close()
    assert sum(custody.commits) == 5
    assert len(custody.commits) < 5


def full_disk() -> Temporary:
    error = Temporary("the spool cannot write")
    error.__cause__ = OSError(errno.ENOSPC, "No space left on device")
    return error


@pytest.mark.parametrize(
    ("error", "reply"),
    [
        (Temporary("the database is busy"), "451 4.3.0"),
        (Temporary("disk full: /var/lib/triage.db"), "452 4.3.1"),
        (full_disk(), "452 4.3.1"),
        (OSError(errno.ENOSPC, "No space left on device"), "452 4.3.1"),
        (Permanent("never"), "554 5.3.0"),
        (RuntimeError("nobody knows"), "451 4.3.0"),
        (BaseException("the future is cancelled"), "451 4.3.0"),
    ],
    ids=repr,
)
def test_a_message_that_cannot_be_kept_is_answered_by_the_kind_of_failure(
    running: Running, error: BaseException, reply: str
) -> None:
    running.custody.fail_with = error
    with running.client() as talk:
        assert talk.deliver(BODY + b".\r\n").startswith(reply)
        assert running.custody.kept == []
        running.custody.fail_with = None
        assert talk.deliver(BODY + b".\r\n").startswith("250")
    assert [arrival.raw for arrival in running.custody.kept] == [BODY]


def test_a_spool_that_refuses_to_listen_defers_the_message(running: Running) -> None:
    def broken(*_: Any) -> Any:
        raise Temporary("the spool is closing")

    running.custody.submit = broken  # type: ignore[method-assign]  # a failure only this can make
    with running.client() as talk:
        assert talk.deliver(BODY + b".\r\n").startswith("451 4.3.0")


def test_a_commit_that_takes_too_long_is_answered_451() -> None:
    custody = MemoryCustody()
    custody.gate.clear()
    with running_door(custody=custody, max_wait=0.1) as running, running.client() as talk:
        assert talk.deliver(BODY + b".\r\n").startswith("451 4.3.0")
        custody.gate.set()
        await_true(lambda: len(custody.kept) == 1)
        assert running.door.health().accepted == 0
        # The spool is unharmed: it could set its future, and takes the next message.
        assert custody.is_alive()


def test_a_client_that_leaves_during_the_commit_does_not_harm_the_spool(running: Running) -> None:
    custody = running.custody
    custody.gate.clear()
    talk = running.client()
    talk.say("MAIL FROM:<ada@sender.example>")
    talk.say("RCPT TO:<triage@gateway.example>")
    talk.say("DATA")
    talk.send(BODY + b".\r\n")
    custody.await_submitted(1)
    talk.reset()
    with running.client() as other:
        # The door has seen it go, and waits for the commit all the same.
        custody.gate.set()
        await_true(lambda: running.door.health().accepted == 1)
        assert len(custody.kept) == 1
        assert other.deliver(BODY + b".\r\n").startswith("250")


def test_half_a_message_is_no_message(running: Running) -> None:
    with running.client() as talk:
        talk.say("MAIL FROM:<ada@sender.example>")
        talk.say("RCPT TO:<triage@gateway.example>")
        talk.say("DATA")
        talk.send(BODY + b".")
    await_true(lambda: "0 connections" in running.door.health().detail)
    assert running.custody.waiting == 0


def test_a_whole_pipelined_session_is_answered_in_order_even_after_a_half_close(
    running: Running,
) -> None:
    with running.client(greeted=False) as talk:
        one = b"MAIL FROM:<a@sender.example>\r\nRCPT TO:<triage@gateway.example>\r\nDATA\r\n"
        talk.send(
            b"EHLO c.example\r\n" + one + b"first\r\n.\r\n" + one + b"second\r\n.\r\nQUIT\r\n"
        )
        talk.socket.shutdown(1)
        replies = [talk.reply()[:3] for _ in range(11)]
    assert " ".join(replies) == "220 250 250 250 354 250 250 250 354 250 221"
    assert [arrival.raw for arrival in running.custody.kept] == [b"first\r\n", b"second\r\n"]


def test_a_half_close_does_not_cancel_the_commit(running: Running) -> None:
    custody = running.custody
    custody.gate.clear()
    with running.client() as talk:
        talk.say("MAIL FROM:<ada@sender.example>")
        talk.say("RCPT TO:<triage@gateway.example>")
        talk.say("DATA")
        talk.send(BODY + b".\r\n")
        talk.socket.shutdown(1)
        custody.await_submitted(1)
        custody.gate.set()
        assert talk.reply().startswith("250")
        assert talk.reply() == ""


def test_the_replies_to_a_pipelined_group_come_together(running: Running) -> None:
    with running.client() as talk:
        talk.send(b"MAIL FROM:<>\r\nRCPT TO:<triage@gateway.example>\r\nDATA\r\n")
        assert talk.socket.recv(1000).split(b"\r\n")[:3:2] == [
            b"250 2.1.0 Ok",
            b"354 End data with <CR><LF>.<CR><LF>",
        ]


def test_an_address_that_is_no_utf_8_is_refused(running: Running) -> None:
    with running.client() as talk:
        talk.send(b"MAIL FROM:<\xe4@sender.example> SMTPUTF8\r\n")
        assert talk.reply().startswith("501")
        talk.send(b"MAIL FROM:<> SIZE=\xc2\xb2\r\nEHLO \xe4\r\n")
        assert talk.reply().startswith("501")
        assert talk.reply().startswith("501")


def test_many_pipelined_commands_are_all_answered(running: Running) -> None:
    with running.client() as talk:
        talk.send(b"NOOP\r\n" * 5000)
        assert {talk.reply() for _ in range(5000)} == {"250 2.0.0 OK"}


@pytest.mark.parametrize(
    ("commands", "reply"),
    [
        (["MAIL FROM:<a@b.example>"], "503"),
        (["EHLO"], "501"),
        (["HELO c.example", "MAIL FROM:<a@b.example> SIZE=1"], "501"),
        (["EHLO c", "RCPT TO:<triage@gateway.example>"], "503"),
        (["EHLO c", "DATA"], "503"),
        (["EHLO c", "MAIL FROM:<a@b.example>", "DATA"], "503"),
        (["EHLO c", "MAIL FROM:<a@b.example>", "MAIL FROM:<a@b.example>"], "503"),
        (["EHLO c", "MAIL TO:<a@b.example>"], "501"),
        (["EHLO c", "MAIL FROM:<a@b.example"], "501"),
        (["EHLO c", "MAIL FROM:<a@b.example> COLOUR=red"], "555"),
        (["EHLO c", "MAIL FROM:<a@b.example> BODY=BINARYMIME"], "501"),
        (["EHLO c", "MAIL FROM:<a@b.example> SIZE=x"], "501"),
        (["EHLO c", "MAIL FROM:<a@b.example> SIZE=99999999999"], "552 5.3.4"),
        (["EHLO c", "MAIL FROM:<ä@b.example>"], "553 5.6.7"),
        (["EHLO c", "MAIL FROM:<ä@b.example> SMTPUTF8"], "250"),
        (["EHLO c", "MAIL FROM:<>", "RCPT TO:<>"], "501"),
        (["EHLO c", "MAIL FROM:<>", "RCPT TO:<nobody@gateway.example>"], "550 5.1.1"),
        (["EHLO c", "MAIL FROM:<>", "RCPT TO:<triage@gateway.example> NOTIFY=NEVER"], "555"),
        (["EHLO c", "MAIL FROM:<>", "RSET", "MAIL FROM:<>"], "250"),
        (["EHLO c", "VRFY triage@gateway.example"], "252"),
        (["EHLO c", "VRFY nobody@gateway.example"], "252"),
        (["EHLO c", "EXPN staff"], "502"),
        (["EHLO c", "LHLO c"], "500"),
        (["EHLO c", "STARTTLS"], "502"),
        (["EHLO c", "AUTH PLAIN AHgAeA=="], "500"),
        (["HELP"], "214"),
        (["GET / HTTP/1.1"], "421"),
        (["EHLO c", "NOOP " + "x" * 1500], "250"),
        (["NOOP " + "x" * 3000], "500 5.5.2"),
        (["QUIT"], "221"),
    ],
    ids=lambda value: value[-1][:40] if isinstance(value, list) else value,
)
def test_a_command_out_of_place_or_form_is_answered(commands: list[str], reply: str) -> None:
    with running_door() as running, running.client(greeted=False) as talk:
        talk.reply()
        for command in commands[:-1]:
            talk.say(command)
        assert talk.say(commands[-1]).startswith(reply)


def test_the_extensions_are_announced(running: Running) -> None:
    with running.client(greeted=False) as talk:
        assert talk.reply() == "220 mx.gateway.example ESMTP"
        lines = talk.say("EHLO c.example").split("\n")
    assert lines[0] == "250-mx.gateway.example"
    assert {line[4:] for line in lines[1:]} == {
        "PIPELINING",
        "SIZE 26214400",
        "8BITMIME",
        "SMTPUTF8",
        "ENHANCEDSTATUSCODES",
    }


def test_vrfy_says_the_same_of_everyone(running: Running) -> None:
    with running.client() as talk:
        assert talk.say("VRFY triage@gateway.example") == talk.say("VRFY nobody@gateway.example")


def test_a_door_is_a_door_and_says_how_it_is(running: Running) -> None:
    door: Door = running.door
    with running.client() as talk:
        talk.deliver(BODY + b".\r\n")
        health = door.health()
    assert (health.state, health.accepted) == ("up", 1)
    assert health.last_accepted_at is not None
    running.loop.run(door.stop())
    assert door.health().state == "down"


def test_a_door_is_not_up_before_it_listens() -> None:
    async def opened() -> tuple[str, str]:
        loop = asyncio.get_running_loop()
        door = SmtpDoor("smtp", SmtpSettings(listen="127.0.0.1:0"), MemoryCustody(), bool)
        listen, before = loop.create_server, []

        async def create_server(*arguments: Any, **more: Any) -> asyncio.Server:
            before.append(door.health().state)
            return await listen(*arguments, **more)

        loop.create_server = create_server  # type: ignore[method-assign,assignment]  # watched
        await door.start()
        after = door.health().state
        await door.stop()
        return before[0], after

    assert asyncio.run(opened()) == ("down", "up")


def test_the_log_follows_a_message_but_names_nobody() -> None:
    with capture_logs() as logs, running_door() as running, running.client() as talk:
        talk.deliver(BODY + b".\r\n")
        running.custody.fail_with = RuntimeError("INSERT ... ada@sender.example")
        talk.deliver(BODY + b".\r\n")
        talk.say("MAIL FROM:<ada@sender.example>")
        talk.say("RCPT TO:<nobody@gateway.example>")
    accepted = next(entry for entry in logs if entry["event"] == "door.accepted")
    assert (accepted["trace"], accepted["size"], accepted["door"]) == ("trace1", len(BODY), "smtp")
    everything = repr(logs)
    assert "door.deferred" in everything
    for personal in ("ada", "sender.example", "nobody", "127.0.0.1", "Nothing works"):
        assert personal not in everything


def test_aiosmtpd_logs_nothing(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, logger="mail.log")
    with running_door() as running, running.client() as talk:
        assert talk.deliver(BODY + b".\r\n").startswith("250")
        talk.say("RCPT TO:<nobody@gateway.example>")
        talk.say("NONSENSE ada@sender.example")
    assert not [record for record in caplog.records if record.name == "mail.log"]
    for personal in ("ada", "sender.example", "nobody", "Nothing works"):
        assert personal not in caplog.text

"""What the door does not put up with: smuggling, floods, dawdlers; and how it closes."""

import threading
from collections.abc import Callable
from contextlib import suppress
from select import select

import pytest

from gateway.errors import ConfigError
from tests.unit.doors.smtp_running import MemoryCustody, Talk, await_true, running_door

BODY = b"Subject: down\r\n\r\nNothing works.\r\n"
SECOND = b"MAIL FROM:<x@evil.example>\r\nRCPT TO:<triage@gateway.example>\r\nDATA\r\nevil\r\n.\r\n"


@pytest.mark.parametrize(
    "marker", [b"\n.\r\n", b"\r.\r\n", b"\n.\n", b"\r\n.\n", b"\r\n.\r", b"\r.\r", b"\x00\n.\r\n"]
)
def test_a_false_end_marker_smuggles_no_second_message(marker: bytes) -> None:
    with running_door() as running, running.client() as talk:
        reply = talk.deliver(BODY + b"x" + marker + SECOND)
        assert reply.startswith("550 5.6.0")
        assert talk.reply() == ""
        assert running.custody.waiting == 0


@pytest.mark.parametrize("text", [b"bare\nline\r\n", b"bare\rline\r\n", b"bare\r\r\nline\r\n"])
def test_bare_newlines_are_refused_and_the_connection_ends(text: bytes) -> None:
    with running_door() as running, running.client() as talk:
        assert talk.deliver(BODY + text + b".\r\n").startswith("550 5.6.0")
        assert talk.reply() == ""
        assert running.custody.waiting == 0


@pytest.mark.parametrize("command", [b"NOOP\n", b"NOOP\rNOOP\r\n", b"NOOP\r\r\n", b"\n"])
def test_a_command_with_a_bare_newline_ends_the_connection(command: bytes) -> None:
    with running_door() as running, running.client() as talk:
        talk.send(command + b"NOOP\r\n")
        assert talk.reply().startswith("500 5.5.2")
        assert talk.reply() == ""


def test_the_refusal_reaches_a_client_that_is_still_sending() -> None:
    with running_door() as running, running.client() as talk:
        reply = talk.deliver(b"a\nb\r\n" + b"x" * 70_000 + b"\r\n" * 3 + BODY * 250_000 + b".\r\n")
        assert reply.startswith("550 5.6.0")


@pytest.mark.parametrize("step", [1 << 20, 1000])
def test_a_message_beyond_the_size_limit_is_refused_and_the_dialogue_goes_on(step: int) -> None:
    with running_door(max_size=10_000) as running, running.client() as talk:
        big = (b"x" * 70 + b"\r\n") * 2000 + b".\r\n"
        talk.deliver(BODY + b".\r\n")
        talk.say("MAIL FROM:<ada@sender.example> SIZE=10000")
        talk.say("RCPT TO:<triage@gateway.example>")
        talk.say("DATA")
        for at in range(0, len(big), step):
            talk.send(big[at : at + step])
        assert talk.reply().startswith("552 5.3.4")
        assert talk.deliver(BODY + b".\r\n").startswith("250")
        assert len(running.custody.kept) == 2


def test_a_line_beyond_the_limit_is_refused_and_the_dialogue_goes_on() -> None:
    with running_door(max_line=1000) as running, running.client() as talk:
        assert talk.deliver(b"x" * 1001 + b"\r\n.\r\n").startswith("552 5.6.0")
        assert talk.deliver(b"x" * 1000 + b"\r\n.\r\n").startswith("250")
        assert len(running.custody.kept) == 1


def test_a_message_that_goes_in_circles_is_refused() -> None:
    hop = b"Received: from a.example by b.example\r\n"
    with running_door() as running, running.client() as talk:
        assert talk.deliver(hop * 100 + BODY + b".\r\n").startswith("250")
        assert talk.deliver(hop * 101 + BODY + b".\r\n").startswith("554 5.4.6")
        assert len(running.custody.kept) == 1


def test_recipients_beyond_the_limit_are_asked_to_wait() -> None:
    with running_door(max_recipients=2, max_errors=3) as running, running.client() as talk:
        talk.say("MAIL FROM:<ada@sender.example>")
        assert talk.say("RCPT TO:<triage@gateway.example>").startswith("250")
        assert talk.say("RCPT TO:<desk@gateway.example>").startswith("250")
        for _ in range(5):
            assert talk.say("RCPT TO:<postmaster>").startswith("452 4.5.3")
        talk.say("DATA")
        talk.send(BODY + b".\r\n")
        assert talk.reply().startswith("250")
        (arrival,) = running.custody.kept
        assert len(arrival.envelope.recipients) == 2


def test_too_many_errors_end_the_dialogue_and_a_kept_message_forgives_them() -> None:
    with running_door(max_errors=3) as running, running.client() as talk:
        talk.say("NONSENSE")
        talk.say("NONSENSE")
        talk.deliver(BODY + b".\r\n")
        for _ in range(3):
            assert talk.say("NONSENSE").startswith("500")
        assert talk.reply().startswith("421 4.7.0")
        assert talk.reply() == ""


def test_connections_are_limited_for_each_peer_and_in_all() -> None:
    for limits, code in (
        ({"max_connections": 2}, "421 4.3.2"),
        ({"max_connections_per_peer": 2}, "421 4.7.0"),
    ):
        with running_door(**limits) as running:
            one, two = running.client(), running.client()
            with running.client(greeted=False) as three:
                assert three.reply().startswith(code)
                assert three.reply() == ""
            one.say("QUIT")
            one.socket.close()
            await_true(lambda running=running: "1 connections" in running.door.health().detail)
            with running.client() as four:
                assert four.deliver(BODY + b".\r\n").startswith("250")
            two.socket.close()


def silent(talk: Talk) -> None:
    talk.say("NOOP")


def in_data(talk: Talk) -> None:
    talk.say("MAIL FROM:<ada@sender.example>")
    talk.say("RCPT TO:<triage@gateway.example>")
    talk.say("DATA")
    talk.send(b"Subject: ")


def half_a_command(talk: Talk) -> None:
    talk.send(b"NOO")


@pytest.mark.parametrize("dawdle", [silent, in_data, half_a_command])
def test_a_client_that_dawdles_is_sent_away(dawdle: Callable[[Talk], None]) -> None:
    with running_door(timeout=0.2) as running, running.client() as talk:
        dawdle(talk)
        assert talk.reply().startswith("421 4.4.2")
        assert talk.reply() == ""
        assert running.custody.waiting == 0


def test_a_client_that_sends_drop_by_drop_is_sent_away() -> None:
    with running_door(timeout=0.4) as running, running.client() as talk:
        in_data(talk)
        for _ in range(200):
            # Never silent for long, but far too slow for a message.
            talk.send(b"x")
            if select([talk.socket], [], [], 0.05)[0]:
                break
        else:
            pytest.fail("it was let in for as long as it liked")
        assert talk.reply().startswith("421 4.4.2")
        assert running.custody.waiting == 0


def test_a_slow_commit_is_no_fault_of_the_client() -> None:
    custody = MemoryCustody()
    custody.gate.clear()
    with running_door(custody=custody, timeout=0.2) as running, running.client() as talk:
        threading.Timer(0.7, custody.gate.set).start()
        assert talk.deliver(BODY + b".\r\n").startswith("250")
        assert talk.say("NOOP").startswith("250")


def test_a_client_that_reads_no_replies_is_sent_away() -> None:
    with running_door(timeout=0.5) as running, running.client() as talk:
        talk.socket.settimeout(0.5)
        with suppress(TimeoutError, ConnectionError):
            while True:
                talk.send(b"HELP\r\n" * 10_000)
        await_true(lambda: "0 connections" in running.door.health().detail)
        # And cut off in the end: what it did not fetch is not kept for it.
        await_true(lambda: is_cut_off(talk))


def is_cut_off(talk: Talk) -> bool:
    talk.socket.setblocking(False)
    try:
        talk.socket.send(b"NOOP\r\n")
    except BlockingIOError:
        return False
    except ConnectionError:
        return True
    return False


def test_stopping_sends_idle_clients_away_and_lets_a_message_be_finished() -> None:
    custody = MemoryCustody()
    custody.gate.clear()
    with running_door(custody=custody, grace=60) as running:
        idle, busy, waiting = running.client(), running.client(), running.client()
        in_data(busy)
        in_data(waiting)
        waiting.send(b"x\r\n\r\n.\r\n")
        custody.await_submitted(1)
        stopped = running.loop.begin(running.door.stop())
        assert idle.reply().startswith("421 4.3.2")
        assert idle.reply() == ""
        with pytest.raises(OSError, match="refused"):
            Talk(running.port)
        custody.gate.set()
        busy.send(b"x\r\n\r\n.\r\n")
        for talk in (busy, waiting):
            assert talk.reply().startswith("250")
            assert talk.reply().startswith("421 4.3.2")
            assert talk.reply() == ""
        stopped.result(20)
        assert len(custody.kept) == 2


def test_stopping_waits_no_longer_than_its_grace() -> None:
    custody = MemoryCustody()
    custody.gate.clear()
    with running_door(custody=custody, grace=0.1) as running:
        dawdler, committing = running.client(), running.client()
        in_data(dawdler)
        in_data(committing)
        committing.send(b"x\r\n\r\n.\r\n")
        custody.await_submitted(1)
        running.loop.begin(running.door.stop()).result(20)
        assert dawdler.reply().startswith("421 4.3.2")
        assert committing.reply() == ""
        assert custody.kept == []


def test_a_door_can_be_opened_again() -> None:
    with running_door() as running:
        running.loop.run(running.door.stop())
        running.loop.run(running.door.stop())
        running.loop.run(running.door.start())
        with running.client() as talk:
            assert talk.deliver(BODY + b".\r\n").startswith("250")


def test_an_address_in_use_is_an_error_that_names_it() -> None:
    with running_door() as running:
        listen = f"127.0.0.1:{running.port}"
        with pytest.raises(ConfigError, match=listen), running_door(listen=listen):
            pass


# --- messages under way -------------------------------------------------------------------------

ENVELOPE = ("MAIL FROM:<ada@sender.example>", "RCPT TO:<triage@gateway.example>")
BIG = BODY + (b"x" * 70 + b"\r\n") * 120 + b".\r\n"  # about 8700 octets


def begun(talk: Talk) -> str:
    for command in ENVELOPE:
        assert talk.say(command).startswith("250")
    return talk.say("DATA")


def begun_again(talk: Talk) -> str:
    assert talk.say("RSET").startswith("250")
    return begun(talk)


def test_what_all_messages_under_way_may_take_is_bounded_until_they_are_on_disk() -> None:
    custody = MemoryCustody()
    custody.gate.clear()
    with (
        running_door(custody=custody, max_size=10_000, max_in_flight=20_000) as running,
        running.client() as first, running.client() as second, running.client() as third,
    ):  # fmt: skip
        for talk in (first, second):
            assert begun(talk).startswith("354")
            talk.send(BIG)
            await_true(lambda talk=talk: custody.waiting == (1 if talk is first else 2))
        assert begun(third).startswith("452 4.3.1")
        custody.gate.set()
        assert first.reply().startswith("250")
        assert second.reply().startswith("250")
        assert third.say("DATA").startswith("354")
        third.send(BIG)
        assert third.reply().startswith("250")
        assert len(custody.kept) == 3


def test_a_message_that_grows_beyond_the_room_there_is_is_put_off_and_the_other_is_kept() -> None:
    custody = MemoryCustody()
    custody.gate.clear()
    with (
        running_door(custody=custody, max_size=10_000, max_in_flight=12_000) as running,
        running.client() as first, running.client() as second,
    ):  # fmt: skip
        assert begun(first).startswith("354")
        assert begun(second).startswith("354"), "nothing of the first has come"
        first.send(BIG)
        await_true(lambda: custody.waiting == 1)
        second.send(BIG)
        assert second.reply().startswith("452 4.3.1")
        custody.gate.set()
        assert first.reply().startswith("250")
        await_true(lambda: begun_again(second).startswith("354"))
        second.send(BIG)
        assert second.reply().startswith("250")
        assert len(custody.kept) == 2


def test_a_message_holds_its_room_though_its_client_was_told_to_come_again() -> None:
    custody = MemoryCustody()
    custody.gate.clear()
    with (
        running_door(
            custody=custody, max_size=10_000, max_in_flight=10_000, max_wait=0.1
        ) as running,
        running.client() as talk,
    ):
        assert talk.deliver(BIG).startswith("451 4.3.0")
        assert begun(talk).startswith("452 4.3.1")
        custody.gate.set()
        await_true(lambda: talk.say("DATA").startswith("354"))
        talk.send(BIG)
        assert talk.reply().startswith("250")


def test_half_a_message_gives_its_room_back() -> None:
    with running_door(max_size=10_000, max_in_flight=10_000) as running:
        with running.client() as talk:
            assert begun(talk).startswith("354")
            talk.send(BIG[:5000])
            with running.client() as other:
                await_true(lambda: begun_again(other).startswith("452"))
        with running.client() as talk:
            await_true(lambda: begun_again(talk).startswith("354"))
            talk.send(BIG)
            assert talk.reply().startswith("250")

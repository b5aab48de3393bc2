"""The IMAP door against servers that misbehave; what a sound one does is in integration/."""

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway.config import ImapSettings, imap_secrets
from gateway.doors.imap import ImapDoor, Pause
from gateway.doors.imap_folder import BEFORE_US
from gateway.errors import ConfigError, Permanent, Temporary
from gateway.model import Accepted, Arrival, Cursor, utcnow
from tests.unit.doors.imap_server import ImapServer
from tests.unit.doors.memory_custody import MemoryCustody

PATIENCE = 30.0


def await_condition(condition: Callable[[], Any], what: str) -> Any:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        value = condition()
        if value:
            return value
        time.sleep(0.005)
    raise AssertionError(f"not within {PATIENCE:g} s: {what}")


def message(number: int) -> bytes:
    return b"Subject: report %d\r\n\r\nIt is down.\r\n" % number


@pytest.fixture
def server() -> Iterator[ImapServer]:
    with ImapServer() as running_server:
        yield running_server


@pytest.fixture
def custody() -> MemoryCustody:
    return MemoryCustody()


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    file = tmp_path / "password"
    file.write_text("sesame")
    return file


@pytest.fixture
def box(server: ImapServer, secret: Path) -> Callable[..., ImapSettings]:
    def make(**more: Any) -> ImapSettings:
        given = {"password_file": secret, "timeout": 20.0, "backfill": True, **more}
        url = f"imap://triage@127.0.0.1:{server.port}/INBOX"
        return imap_secrets(ImapSettings(url=url, **given))

    return make


@contextmanager
def running(settings: ImapSettings, custody: MemoryCustody, **more: Any) -> Iterator[ImapDoor]:
    given = {"lease_seconds": 5.0, "pauses": (0.001, 0.05), **more}
    door = ImapDoor(settings, custody, "one", "triage@agency.example", **given)
    asyncio.run(door.start())
    try:
        yield door
    finally:
        asyncio.run(asyncio.wait_for(door.stop(), PATIENCE))


def await_position(custody: MemoryCustody, settings: ImapSettings, uid: int) -> None:
    def there() -> bool:
        cursor = custody.cursor(settings.name)
        return cursor is not None and (cursor.uidvalidity, cursor.uid) == (7, uid)

    await_condition(there, f"a cursor at {uid}, not {custody.cursors}")


def fill(server: ImapServer, *uids: int) -> None:
    for uid in uids:
        server.deliver(uid, message(uid))


# --- one bad message ---------------------------------------------------------------------


@pytest.mark.parametrize("fault", ["refused", "withheld", "nil", "deadly"])
def test_a_message_that_cannot_be_read_stops_no_other_and_is_passed_at_last(
    fault: str, server: ImapServer, custody: MemoryCustody, box: Callable[..., ImapSettings]
) -> None:
    fill(server, 1, 2, 3, 4)
    getattr(server, fault).add(2)
    settings = box()
    with running(settings, custody) as door:
        await_position(custody, settings, 4)
        await_condition(lambda: "UID 2" in door.health().detail, "the UID in its health")
        fill(server, 5)
        await_position(custody, settings, 5)
    assert sorted(custody.bodies) == [message(uid) for uid in (1, 3, 4, 5)]
    # The cursor waited before it, and it was tried five times, at most once among others.
    assert 1 in {cursor.uid for cursor in custody.history}
    alone = [c for c in server.received("UID FETCH 2 ") if "BODY" in c]
    assert len(alone) >= 4
    assert len(custody.arrivals) == 4, "nothing was taken twice"


def test_the_newest_message_is_never_passed_while_it_cannot_be_read(
    server: ImapServer, custody: MemoryCustody, box: Callable[..., ImapSettings]
) -> None:
    fill(server, 1, 2)
    server.refused.add(2)
    settings = box()
    with running(settings, custody):
        await_condition(
            lambda: len([c for c in server.received("UID FETCH 2 ") if "BODY" in c]) > 5,
            "more attempts than its patience",
        )
        assert custody.cursor(settings.name) == Cursor(settings.name, 7, 1)
        fill(server, 3)
        await_position(custody, settings, 3)
    assert custody.bodies == [message(1), message(3)]


def test_a_message_that_can_be_read_again_is_taken_and_forgotten(
    server: ImapServer, custody: MemoryCustody, box: Callable[..., ImapSettings]
) -> None:
    fill(server, 1, 2, 3)
    server.refused.add(2)
    settings = box()
    with running(settings, custody) as door:
        await_condition(lambda: "UID 2" in door.health().detail, "the UID in its health")
        server.refused.clear()
        await_position(custody, settings, 3)
        await_condition(lambda: door.health().detail == "", "a clean bill of health")
    assert sorted(custody.bodies) == [message(uid) for uid in (1, 2, 3)]
    assert len(custody.arrivals) == 3


def test_a_message_that_the_spool_refuses_stops_no_other(
    server: ImapServer, custody: MemoryCustody, box: Callable[..., ImapSettings]
) -> None:
    fill(server, 1, 2, 3)
    custody.refused[message(2)] = Permanent("not this one")
    settings = box()
    with running(settings, custody) as door:
        await_position(custody, settings, 3)
        assert "not this one" in door.health().detail
    assert custody.bodies == [message(1), message(3)]


def test_a_spool_that_refuses_everything_moves_no_cursor(
    server: ImapServer, custody: MemoryCustody, box: Callable[..., ImapSettings]
) -> None:
    fill(server, 1, 2)
    custody.refused = {message(1): Permanent("closed"), message(2): Permanent("closed")}
    settings = box()
    with running(settings, custody) as door:
        await_condition(
            lambda: (
                all(t.failures >= 6 for t in door._folder.trouble.copy().values())
                and len(door._folder.trouble) == 2
            ),
            "more attempts than its patience",
        )
        assert custody.cursor(settings.name) == Cursor(settings.name, 7, 0)
        custody.refused.clear()
        await_position(custody, settings, 2)
    assert sorted(custody.bodies) == [message(1), message(2)]


def test_a_message_too_large_for_memory_is_named_and_not_fetched(
    server: ImapServer, custody: MemoryCustody, box: Callable[..., ImapSettings]
) -> None:
    fill(server, 1, 2, 3)
    server.sizes[2] = 5_000_000_000
    settings = box()
    with running(settings, custody) as door:
        await_position(custody, settings, 3)
        assert "UID 2 (it has 5000000000 bytes)" in door.health().detail
    assert custody.bodies == [message(1), message(3)]
    assert not [c for c in server.received("UID FETCH 2 ") if "BODY" in c]


def test_what_was_passed_stands_at_the_cursor_until_it_can_be_taken_also_by_another_process(
    server: ImapServer, custody: MemoryCustody, box: Callable[..., ImapSettings]
) -> None:
    def passed() -> tuple[tuple[int, str], ...]:
        cursor = custody.cursor(settings.name)
        return cursor.passed if cursor else ()

    fill(server, 1, 2, 3)
    server.sizes[2] = 5_000_000_000
    settings = box()
    with running(settings, custody):
        await_position(custody, settings, 3)
        assert passed() == ((2, "it has 5000000000 bytes"),)
    with running(settings, custody) as door:
        await_condition(lambda: "UID 2" in door.health().detail, "the UID in its health")
        server.sizes.clear()
        await_condition(lambda: passed() == (), "it to be taken at last")
        assert "UID 2" not in door.health().detail
    assert sorted(custody.bodies) == [message(uid) for uid in (1, 2, 3)]
    assert len(custody.arrivals) == 3


def test_large_messages_are_fetched_one_by_one(
    server: ImapServer, custody: MemoryCustody, box: Callable[..., ImapSettings]
) -> None:
    fill(server, 1, 2, 3, 4, 5)
    server.sizes = {2: 6_000_000, 3: 6_000_000, 4: 20_000_000}
    settings = box()
    with running(settings, custody):
        await_position(custody, settings, 5)
    bodies = [c.split()[2] for c in server.received("UID FETCH") if "BODY" in c]
    assert bodies == ["1,2", "3", "4", "5"]


def test_a_busy_spool_is_tried_again_from_its_own_cursor(
    server: ImapServer, custody: MemoryCustody, box: Callable[..., ImapSettings]
) -> None:
    fill(server, 1, 2, 3)
    custody.failures = [Temporary("busy"), OSError("disk full"), RuntimeError("unknown")]
    settings = box(batch=1)
    with running(settings, custody) as door:
        await_position(custody, settings, 3)
        await_condition(lambda: door.health().state == "up", "the door to be up")
    assert [arrival.raw for arrival in custody.arrivals] == [message(uid) for uid in (1, 2, 3)]


# --- odd servers -------------------------------------------------------------------------


def test_only_examine_and_peek_are_ever_asked(
    server: ImapServer, custody: MemoryCustody, box: Callable[..., ImapSettings]
) -> None:
    fill(server, 1)
    settings = box()
    with running(settings, custody):
        await_position(custody, settings, 1)
        fill(server, 2)
        await_position(custody, settings, 2)
    words = {command.split(" ")[0] for command in server.commands}
    assert words <= {"CAPABILITY", "AUTHENTICATE", "EXAMINE", "NOOP", "UID", "IDLE", "DONE"}
    assert all("PEEK" in c for c in server.received("UID FETCH") if "BODY" in c)
    assert not [c for c in server.commands if "UNSEEN" in c or "SINCE" in c or "STORE" in c]


def test_the_newest_message_that_a_range_always_returns_is_not_read_again(
    server: ImapServer, custody: MemoryCustody, box: Callable[..., ImapSettings]
) -> None:
    fill(server, 1, 2)
    settings = box(idle=False, poll_seconds=0.01)
    with running(settings, custody):
        await_position(custody, settings, 2)
        polled = len(server.received("UID SEARCH"))
        await_condition(lambda: len(server.received("UID SEARCH")) > polled + 3, "three polls")
    assert len(custody.arrivals) == 2


def test_a_server_that_tells_no_uidnext_is_begun_after_its_newest_message(
    server: ImapServer, custody: MemoryCustody, box: Callable[..., ImapSettings]
) -> None:
    fill(server, 1, 9)
    server.uidnext = None
    settings = box(backfill=False)
    with running(settings, custody):
        await_position(custody, settings, 9)
        fill(server, 12)
        await_position(custody, settings, 12)
    assert custody.bodies == [message(12)]


def test_uids_that_went_back_are_read_from_the_beginning(
    server: ImapServer, custody: MemoryCustody, box: Callable[..., ImapSettings]
) -> None:
    settings = box(backfill=False)
    custody.cursors[settings.name] = Cursor(settings.name, 7, 50)
    fill(server, 1, 2)
    with running(settings, custody):
        await_position(custody, settings, 2)
    assert custody.bodies == [message(1), message(2)]


def test_a_new_uidvalidity_is_read_from_the_beginning(
    server: ImapServer, custody: MemoryCustody, box: Callable[..., ImapSettings]
) -> None:
    settings = box(backfill=False)
    custody.cursors[settings.name] = Cursor(settings.name, 6, 2)
    fill(server, 1, 2, 3)
    with running(settings, custody):
        await_position(custody, settings, 3)
    assert custody.bodies == [message(1), message(2), message(3)]


def test_after_a_new_uidvalidity_mail_from_before_our_time_is_kept_but_held(
    server: ImapServer, custody: MemoryCustody, box: Callable[..., ImapSettings]
) -> None:
    settings = box(backfill=False, batch=2)
    fill(server, 1)
    with running(settings, custody):
        await_position(custody, settings, 1)
    cursor = custody.cursor(settings.name)
    assert cursor is not None
    assert cursor.since is not None
    assert abs(utcnow() - cursor.since) < timedelta(minutes=5)
    custody.cursors[settings.name] = replace(cursor, uidvalidity=6)
    fill(server, 2, 3)
    later = (utcnow() + timedelta(seconds=5)).strftime("%d-%b-%Y %H:%M:%S +0000")
    server.dates = {1: "05-Jan-2020 10:00:00 +0000", 2: later, 3: later}
    with running(settings, custody):
        await_position(custody, settings, 3)
    held = {arrival.raw: arrival.hold for arrival in custody.arrivals}
    assert held == {message(1): BEFORE_US, message(2): None, message(3): None}


def test_what_may_be_from_before_our_time_is_known_by_another_process_too(
    server: ImapServer, custody: MemoryCustody, box: Callable[..., ImapSettings]
) -> None:
    settings = box(backfill=False)
    since = datetime(2026, 11, 2, 9, tzinfo=UTC)
    custody.cursors[settings.name] = Cursor(settings.name, 7, 1, since, doubtful=3)
    fill(server, 1, 2, 3, 4)
    server.dates = dict.fromkeys((2, 4), "02-Nov-2026 08:59:59 +0000")
    server.dates[3] = "02-Nov-2026 10:00:00 +0100"
    with running(settings, custody):
        await_position(custody, settings, 4)
    held = {arrival.raw: arrival.hold for arrival in custody.arrivals}
    # The last came later, however old it is: somebody moved it here for us to read.
    assert held == {message(2): BEFORE_US, message(3): None, message(4): None}


def test_a_mailbox_that_was_read_from_its_first_message_holds_nothing(
    server: ImapServer, custody: MemoryCustody, box: Callable[..., ImapSettings]
) -> None:
    settings = box()
    custody.cursors[settings.name] = Cursor(settings.name, 6, 1)
    fill(server, 1, 2)
    with running(settings, custody):
        await_position(custody, settings, 2)
    assert [arrival.hold for arrival in custody.arrivals] == [None, None]


def test_a_server_without_uidvalidity_is_said_to_be_down(
    server: ImapServer, custody: MemoryCustody, box: Callable[..., ImapSettings]
) -> None:
    server.validity = None
    with running(box(), custody) as door:
        await_condition(lambda: "UIDVALIDITY" in door.health().detail, "its name")
        assert door.health().state == "down"
    assert custody.history == []


@pytest.mark.parametrize("where", ["with", "before"])
def test_news_beside_the_answer_to_idle_is_not_missed(
    where: str, server: ImapServer, custody: MemoryCustody, box: Callable[..., ImapSettings]
) -> None:
    server.idle = where  # this server says it then, and never again
    settings = box()
    with running(settings, custody) as door:
        await_condition(lambda: len(server.received("IDLE")) > 3, "IDLE to end by its news")
        fill(server, 1)
        await_position(custody, settings, 1)
        assert door.health().state == "up"


def test_idle_that_is_promised_and_refused_gives_way_to_polling(
    server: ImapServer, custody: MemoryCustody, box: Callable[..., ImapSettings]
) -> None:
    server.idle = "refused"
    settings = box(poll_seconds=0.02)
    with running(settings, custody) as door:
        await_position(custody, settings, 0)
        fill(server, 1)
        await_position(custody, settings, 1)
        assert door.health().state == "up"
        assert len(server.received("EXAMINE")) == 1


# --- silence and stopping ------------------------------------------------------------------


@pytest.mark.parametrize("command", ["", "AUTHENTICATE", "UID FETCH", "DONE"])
def test_a_server_that_falls_silent_is_noticed(
    command: str, server: ImapServer, custody: MemoryCustody, box: Callable[..., ImapSettings]
) -> None:
    fill(server, 1)
    server.silent_on = command
    with running(box(timeout=0.1, idle_seconds=0.1), custody) as door:
        await_condition(lambda: "no answer within" in door.health().detail, "its silence")
        server.silent_on = None
        await_condition(lambda: door.health().state == "up", "the door to be up")
        await_condition(lambda: custody.bodies == [message(1)], "the message")


@pytest.mark.parametrize("command", ["", "AUTHENTICATE", "EXAMINE", "UID FETCH", "IDLE"])
def test_a_door_stops_at_once_whatever_it_waits_for(
    command: str, server: ImapServer, custody: MemoryCustody, box: Callable[..., ImapSettings]
) -> None:
    fill(server, 1)
    server.silent_on = command
    # Every deadline is far beyond the test's own: only an interruption ends the wait.
    settings = box(timeout=3600.0, idle_seconds=1700.0)
    with running(settings, custody, lease_seconds=14400.0) as door:
        if command:
            await_condition(lambda: server.received(command), "the wait to begin")
        thread = door._thread
    assert thread is not None
    assert not thread.is_alive()
    assert door.health().state == "down"
    assert custody.holder(door.name) is None


def test_a_door_stops_while_the_spool_is_at_work(
    server: ImapServer, custody: MemoryCustody, box: Callable[..., ImapSettings]
) -> None:
    fill(server, 1)
    never: list[Future[tuple[Accepted, ...]]] = []

    def submit(arrivals: Sequence[Arrival], cursor: Cursor | None = None) -> Any:
        never.append(Future())
        return never[-1]

    custody.submit = submit  # type: ignore[method-assign]  # a disk that hangs
    with running(box(), custody) as door:
        await_condition(lambda: never, "something to be submitted")
        thread = door._thread
    assert thread is not None
    assert not thread.is_alive()


def test_a_mailbox_that_cannot_be_reached_does_not_hinder_the_start(
    server: ImapServer, custody: MemoryCustody, box: Callable[..., ImapSettings]
) -> None:
    settings = box()
    # A socket that is still waited on goes on listening after its close: end the waiting first.
    server.shutdown()
    server.server_close()
    with running(settings, custody) as door:
        await_condition(lambda: door.health().state == "down", "it to be down")
        assert door.health().detail == "Connection refused"


def test_a_ca_file_that_is_none_is_a_configuration_error(
    custody: MemoryCustody, secret: Path, tmp_path: Path
) -> None:
    url = "imaps://triage@mail.agency.example/INBOX"
    for ca_file in (tmp_path / "missing.pem", secret):
        settings = ImapSettings(url=url, password_file=secret, ca_file=ca_file)
        door = ImapDoor(settings, custody, "one", "triage@agency.example")
        with pytest.raises(ConfigError, match="ca_file"):
            asyncio.run(door.start())


# --- lease and pauses ----------------------------------------------------------------------


def test_a_door_whose_lease_was_taken_stands_by(
    server: ImapServer, custody: MemoryCustody, box: Callable[..., ImapSettings]
) -> None:
    settings = box()
    with running(settings, custody, lease_seconds=0.3) as door:
        await_condition(lambda: door.health().state == "up", "the door to be up")
        await_position(custody, settings, 0)
        custody.take_away(door.name, "two")
        await_condition(lambda: "stands by" in door.health().detail, "it to stand by")
        fill(server, 1)
        custody.release(door.name, "two")
        await_position(custody, settings, 1)


def test_pauses_double_up_to_the_longest_and_are_jittered() -> None:
    pause = Pause(1.0, 300.0)
    lengths = [pause.next() for _ in range(40)]
    for number, length in enumerate(lengths):
        nominal = min(2.0**number, 300.0)
        assert nominal / 2 <= length <= nominal
    assert len(set(lengths[10:])) > 1
    pause.failures = 0
    assert pause.next() <= 1.0

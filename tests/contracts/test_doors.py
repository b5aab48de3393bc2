"""Every door of the house fulfils `model.Door`: a new one is tested as soon as its file is there.

A door that needs more than a name here says in MAKE how a small one is made.
"""

import asyncio
import importlib
import inspect
import pkgutil
import smtplib
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_type_hints

import pytest

from gateway import doors
from gateway.config import ImapSettings, SmtpSettings, imap_secrets
from gateway.model import Door, DoorHealth
from tests.acceptance.house import deliver
from tests.integration.postfix import HOST, await_condition
from tests.unit.doors.imap_server import ImapServer
from tests.unit.doors.memory_custody import MemoryCustody

MAIL = b"Subject: Down\r\n\r\nIt is down.\r\n"
OURS = "triage@gateway.example"


def door_classes() -> list[type]:
    """The classes in the room that are doors: they start, stop and say how they are."""
    found = []
    for module in pkgutil.iter_modules(doors.__path__, f"{doors.__name__}."):
        room = importlib.import_module(module.name)
        for _, one in inspect.getmembers(room, inspect.isclass):
            is_door = all(hasattr(one, name) for name in ("start", "stop", "health"))
            if one.__module__ == room.__name__ and is_door:
                found.append(one)
    return found


class Outside:
    """What stands before a door: a way to bring it a message, and its end."""

    def __init__(self, door: Door, bring: Callable[[], None], close: Callable[[], None]) -> None:
        self.door, self.bring, self.close = door, bring, close


def smtp(make: Any, custody: MemoryCustody, _folder: Path) -> Outside:
    door = make("smtp", SmtpSettings(listen=f"{HOST}:0"), custody, lambda one: one == OURS)

    def bring() -> None:
        with smtplib.SMTP(HOST, door.port, timeout=30) as client:
            assert deliver(client, MAIL, "ann@people.example", OURS).startswith("250 ")

    return Outside(door, bring, lambda: None)


def imap(make: Any, custody: MemoryCustody, folder: Path) -> Outside:
    secret = folder / "password"
    secret.write_text("sesame")
    server = ImapServer()
    server.__enter__()
    box = ImapSettings(
        url=f"imap://triage@127.0.0.1:{server.port}/INBOX", password_file=secret, backfill=True
    )
    door = make(imap_secrets(box), custody, "here/1/1", OURS)
    return Outside(door, lambda: server.deliver(1, MAIL), lambda: server.__exit__(None, None, None))


MAKE: dict[str, Callable[[Any, MemoryCustody, Path], Outside]] = {
    "SmtpDoor": smtp,
    "ImapDoor": imap,
}


@pytest.fixture(params=door_classes(), ids=lambda one: one.__name__)
def outside(request: pytest.FixtureRequest, custody: MemoryCustody, tmp_path: Path) -> Any:
    assert request.param.__name__ in MAKE, "say in MAKE how this door is made for its contract"
    made = MAKE[request.param.__name__](request.param, custody, tmp_path)
    yield made
    made.close()


@pytest.fixture
def custody() -> MemoryCustody:
    return MemoryCustody()


def test_the_room_has_doors_and_all_of_them_can_be_made() -> None:
    assert {one.__name__ for one in door_classes()} == set(MAKE)


@pytest.mark.parametrize("door", door_classes(), ids=lambda one: one.__name__)
def test_a_door_has_the_duties_of_the_protocol(door: type) -> None:
    assert inspect.getdoc(door), "it says how it behaves"
    for name in ("start", "stop"):
        duty = getattr(door, name)
        assert inspect.iscoroutinefunction(duty)
        assert list(inspect.signature(duty).parameters) == ["self"]
    assert not inspect.iscoroutinefunction(door.health)  # type: ignore[attr-defined]  # found so
    assert get_type_hints(door.health)["return"] is DoorHealth  # type: ignore[attr-defined]


def test_a_message_ends_in_the_spool_and_is_counted(
    outside: Outside, custody: MemoryCustody
) -> None:
    door = outside.door

    async def main() -> None:
        assert door.health().state != "up", "not before it is opened"
        await door.start()
        await asyncio.to_thread(outside.bring)
        await asyncio.to_thread(await_condition, lambda: door.health().accepted, "it is counted")
        health = door.health()
        assert (health.name, health.state) == (door.name, "up")
        assert health.last_accepted_at is not None
        await door.stop()
        assert door.health().state != "up"

    asyncio.run(main())
    assert custody.bodies == [MAIL]
    (arrival,) = custody.arrivals
    assert arrival.envelope.door == door.name
    assert arrival.envelope.recipients == (OURS,)


def test_nothing_of_a_closed_door_runs_any_more(outside: Outside) -> None:
    threads = set(threading.enumerate())

    async def main() -> None:
        await outside.door.start()
        await outside.door.stop()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        assert {task.get_name() for task in others if not task.done()} == set()

    asyncio.run(main())
    ours = {one for one in set(threading.enumerate()) - threads if one.name.startswith("imap")}
    assert ours == set()


def test_a_door_can_be_closed_twice_and_without_having_been_opened(outside: Outside) -> None:
    async def main() -> None:
        await outside.door.stop()
        await outside.door.start()
        await outside.door.stop()
        await outside.door.stop()

    asyncio.run(main())


def test_a_door_opens_again(outside: Outside, custody: MemoryCustody) -> None:
    async def main() -> None:
        await outside.door.start()
        await outside.door.stop()
        await outside.door.start()
        await asyncio.to_thread(outside.bring)
        await asyncio.to_thread(await_condition, lambda: custody.arrivals, "it arrives")
        await outside.door.stop()

    asyncio.run(main())
    assert custody.bodies == [MAIL]


def test_what_a_door_says_of_itself_names_nobody(outside: Outside) -> None:
    async def main() -> None:
        await outside.door.start()
        await asyncio.to_thread(outside.bring)
        detail = outside.door.health().detail
        await outside.door.stop()
        assert "ann@" not in detail

    asyncio.run(main())

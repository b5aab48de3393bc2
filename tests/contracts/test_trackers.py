"""Every file of gateway/trackers keeps the contract: a new tracker is tested without a test edit.

It brings its far side with it: tests/contracts/trackers/<word>.py (see bench.py there).
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from gateway import trackers
from gateway.errors import ConfigError
from gateway.section import Section
from gateway.trackers import Line, Tracker
from tests.contracts.trackers.bench import AT, TICKET, Bench

WORDS = trackers.known()
BENCHES = Path(__file__).parent / "trackers"
CHANGED = replace(
    TICKET, state="investigating", history=(*TICKET.history, Line(AT, "state new -> investigating"))
)


@pytest.fixture(params=WORDS)
def word(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def module(word: str) -> ModuleType:
    return import_module(f"gateway.trackers.{word}")


@pytest.fixture
def bench(word: str, tmp_path: Path) -> Iterator[Bench]:
    assert (BENCHES / f"{word}.py").is_file(), f"write tests/contracts/trackers/{word}.py"
    with import_module(f"tests.contracts.trackers.{word}").bench(tmp_path) as found:
        yield found


def made(word: str, bench: Bench) -> Tracker:
    (tracker,) = trackers.load({word: bench.table})
    return tracker


def with_tracker(word: str, bench: Bench, act: Callable[[Tracker], Awaitable[Any]]) -> Any:
    """What `act` returns of a tracker that is made for it and closed afterwards."""

    async def main() -> Any:
        tracker = made(word, bench)
        try:
            return await act(tracker)
        finally:
            await tracker.close()

    return asyncio.run(main())


def test_there_is_a_tracker() -> None:
    assert "folder" in WORDS


def test_it_has_settings_and_make_and_says_what_they_are(module: ModuleType) -> None:
    assert module.__doc__
    assert issubclass(module.Settings, Section)
    assert module.Settings.__doc__
    assert module.Settings.__doc__ != Section.__doc__
    assert module.make.__doc__


def test_its_name_is_the_word_of_the_configuration(word: str, bench: Bench) -> None:
    assert made(word, bench).name == word


def test_an_unknown_key_is_an_error_that_names_the_known_ones(word: str, bench: Bench) -> None:
    with pytest.raises(ConfigError, match=rf"trackers\.{word}\.colour: unknown key") as raised:
        trackers.load({word: bench.table | {"colour": "blue"}})
    for key in import_module(f"gateway.trackers.{word}").Settings.model_fields:
        assert key in str(raised.value)


def test_a_ticket_is_put_and_its_reference_told(word: str, bench: Bench) -> None:
    reference = with_tracker(word, bench, lambda tracker: tracker.put(TICKET))
    assert reference
    copies = bench.copies()
    assert list(copies) == ["TG-17"]
    for said in ("TG-17", "Nobody can sign in", "Since nine o'clock."):
        assert said in copies["TG-17"]


def test_putting_it_twice_is_the_same_as_once(word: str, bench: Bench) -> None:
    first = with_tracker(word, bench, lambda tracker: tracker.put(TICKET))
    once = bench.copies()

    async def again(tracker: Tracker) -> list[str | None]:
        known = replace(TICKET, reference=first)
        return [await tracker.put(known), await tracker.put(known)]

    assert with_tracker(word, bench, again) == [first, first]
    assert bench.copies() == once


def test_a_copy_whose_reference_was_lost_is_found_again(word: str, bench: Bench) -> None:
    first = with_tracker(word, bench, lambda tracker: tracker.put(TICKET))
    once = bench.copies()
    assert with_tracker(word, bench, lambda tracker: tracker.put(TICKET)) == first
    assert bench.copies() == once


def test_a_change_reaches_the_same_copy(word: str, bench: Bench) -> None:
    first = with_tracker(word, bench, lambda tracker: tracker.put(TICKET))
    before = bench.copies()
    changed = replace(CHANGED, reference=first)
    assert with_tracker(word, bench, lambda tracker: tracker.put(changed)) == first
    assert list(bench.copies()) == ["TG-17"]
    assert bench.copies() != before


def test_each_ticket_has_its_own_copy(word: str, bench: Bench) -> None:
    async def both(tracker: Tracker) -> list[str | None]:
        return [await tracker.put(TICKET), await tracker.put(replace(TICKET, key="TG-1"))]

    assert len(set(with_tracker(word, bench, both))) == 2
    assert set(bench.copies()) == {"TG-17", "TG-1"}


def test_the_check_says_what_is_well_and_changes_nothing(word: str, bench: Bench) -> None:
    assert with_tracker(word, bench, lambda tracker: tracker.check())
    assert bench.copies() == {}


def test_it_may_be_closed_twice_and_used_again(word: str, bench: Bench) -> None:
    async def act(tracker: Tracker) -> None:
        await tracker.close()
        await tracker.close()
        await tracker.put(TICKET)

    with_tracker(word, bench, act)
    assert "TG-17" in bench.copies()


def test_an_unknown_word_is_an_error_that_names_the_known_ones() -> None:
    with pytest.raises(ConfigError, match=r"trackers\.foldr: unknown tracker") as raised:
        trackers.load({"foldr": {}})
    assert "Did you mean folder?" in str(raised.value)
    assert all(word in str(raised.value) for word in WORDS)


def test_a_missing_key_is_named_with_its_table() -> None:
    with pytest.raises(ConfigError, match=r"my\.toml: trackers\.folder\.path: required") as raised:
        trackers.load({"folder": {}}, "my.toml")
    assert "add path = ..." in str(raised.value)

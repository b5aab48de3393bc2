"""Every file of gateway/trackers keeps the contract: a new tracker is tested without a test edit.

It brings its far side with it: tests/contracts/trackers/<word>.py (see bench.py there).
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from gateway import trackers
from gateway.errors import ConfigError, Permanent, Temporary
from gateway.section import Section
from gateway.trackers import Line, Tracker
from gateway.wire import Request, rehearsing
from tests.contracts.trackers.bench import AT, TICKET, Bench
from tests.contracts.trackers.server import FAULTS

WORDS = trackers.known()
BENCHES = Path(__file__).parent / "trackers"
CHANGED = replace(
    TICKET,
    state="investigating",
    history=(*TICKET.history, Line(AT + timedelta(minutes=1), "state new -> investigating", 2)),
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
    bench.ready(tracker)
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


# --- over HTTP ----------------------------------------------------------------------------------

HTTP = [word for word in WORDS if word not in {"folder", "mail"}]
LASTING = {"401", "403", "404", "422", "redirect"}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("word", HTTP)
def test_each_failure_is_for_now_or_for_good_says_why_and_mends(
    word: str, fault: str, bench: Bench
) -> None:
    server = bench.server
    assert server is not None
    if fault == "timeout":
        bench.table["timeout"] = 0.2

    async def act(tracker: Tracker) -> None:
        # 409 is looked into at once; that it stays so is what counts here.
        server.faults = [fault] * (2 if fault == "409" else 1)
        with pytest.raises(Permanent if fault in LASTING else Temporary) as raised:
            await tracker.put(TICKET)
        said = str(raised.value)
        assert word in said
        assert len(said) > len(word) + 5
        assert "Nobody can sign in" not in said
        if fault in {"429", "503"}:
            assert isinstance(raised.value, Temporary)
            assert raised.value.seconds == (77.0 if fault == "429" else 3600.0)
            assert raised.value.is_refusal
        server.faults = []
        await tracker.put(TICKET)
        assert list(bench.copies()) == ["TG-17"]

    with_tracker(word, bench, act)


@pytest.mark.parametrize("word", HTTP)
def test_a_copy_whose_making_was_not_heard_of_is_not_made_twice(word: str, bench: Bench) -> None:
    server = bench.server
    assert server is not None
    server.loses_answers = True
    with pytest.raises(Temporary):
        with_tracker(word, bench, lambda tracker: tracker.put(TICKET))
    server.loses_answers = False
    assert list(bench.copies()) == ["TG-17"]
    once = bench.copies()
    with_tracker(word, bench, lambda tracker: tracker.put(TICKET))
    assert bench.copies() == once


@pytest.mark.parametrize("word", HTTP)
def test_the_check_tells_a_person_what_to_mend(word: str, bench: Bench) -> None:
    server = bench.server
    assert server is not None
    if word == "webhook":
        pytest.skip("whoever answers is there")
    server.faults = ["401"]
    with pytest.raises(Permanent, match="renew"):
        with_tracker(word, bench, lambda tracker: tracker.check())


@pytest.mark.parametrize("word", HTTP)
def test_what_would_be_sent_is_shown_without_secrets_and_nothing_is_sent(
    word: str, bench: Bench
) -> None:
    server = bench.server
    assert server is not None

    async def act(tracker: Tracker) -> list[Request]:
        with rehearsing() as requests:
            await tracker.put(TICKET)
        assert server.seen == []
        # What was rehearsed is nothing to remember: the next call is for real, and again finds it.
        first = await tracker.put(TICKET)
        assert await tracker.put(TICKET) == first
        assert list(bench.copies()) == ["TG-17"]
        return requests

    shown = "\n".join(one.in_words() for one in with_tracker(word, bench, act))
    assert "Since nine o'clock." in shown
    assert server.url in shown
    (kept,) = {Path(v).read_text().strip() for k, v in bench.table.items() if k.endswith("_file")}
    assert kept not in shown


@pytest.mark.parametrize("word", HTTP)
def test_words_of_strangers_come_to_nothing(word: str, bench: Bench) -> None:
    hostile = replace(
        TICKET,
        title="@everyone <!-- triage-gateway TG-99 told=0 state=open -->\u202e",
        text="~~~\n@admin closes #1 <!channel> <script>\n~~~~\n" + "x" * 5_000,
    )
    with_tracker(word, bench, lambda tracker: tracker.put(hostile))
    other = replace(TICKET, key="TG-99")
    with_tracker(word, bench, lambda tracker: tracker.put(other))
    assert set(bench.copies()) == {"TG-17", "TG-99"}
    assert "\u202e" not in bench.copies()["TG-17"]


@pytest.mark.parametrize("word", HTTP)
def test_http_is_for_loopback_alone_and_no_secret_stands_in_the_file(
    word: str, bench: Bench
) -> None:
    table = bench.table | {"url": "http://tracker.example"}
    with pytest.raises(ConfigError, match=rf"trackers\.{word}\.url: http:// is only"):
        trackers.load({word: table})
    missing = {k: "/nowhere" if k.endswith("_file") else v for k, v in bench.table.items()}
    with pytest.raises(ConfigError, match="cannot be read"):
        trackers.load({word: missing})


def test_an_unknown_word_is_an_error_that_names_the_known_ones() -> None:
    with pytest.raises(ConfigError, match=r"trackers\.foldr: unknown tracker") as raised:
        trackers.load({"foldr": {}})
    assert "Did you mean folder?" in str(raised.value)
    assert all(word in str(raised.value) for word in WORDS)


def test_a_missing_key_is_named_with_its_table() -> None:
    with pytest.raises(ConfigError, match=r"my\.toml: trackers\.folder\.path: required") as raised:
        trackers.load({"folder": {}}, "my.toml")
    assert "add path = ..." in str(raised.value)

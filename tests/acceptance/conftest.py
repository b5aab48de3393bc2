"""Gateways to test: on both databases, with a mail server that takes their letters."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.acceptance.house import ROOT, House
from tests.integration.postgres import postgres_url
from tests.integration.sink import Sink

# A group each, so that one server of PostgreSQL, in one worker, does for all.
STORES = [
    pytest.param("sqlite", marks=pytest.mark.xdist_group("on sqlite")),
    pytest.param(
        "postgresql",
        marks=[pytest.mark.needs_server("postgresql"), pytest.mark.xdist_group("on postgresql")],
    ),
]
# Enough for the tests: what these limits do is tested where they are set lower.
FAST = {"connections": 4, "per_minute": 60_000, "timeout": 20.0}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Starting processes takes its time on a busy machine."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.timeout(300))


@contextmanager
def store_of(kind: str, folder: Path) -> Iterator[str]:
    """The URL of a fresh store."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'triage.db'}"
    else:
        with postgres_url() as url:
            yield url


@pytest.fixture
def sink() -> Iterator[Sink]:
    with Sink() as sink:
        yield sink


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    with store_of(request.param, tmp_path) as url:
        yield url


# All mail of these tests tells of one outage, and they are about each message: what becomes of it,
# who is answered. Elsewhere (kills, two gateways, nights) content joins, as for users.
APART = {"content": "off"}
IN_ONE = {"readers": 0}  # another process takes seconds to start


def without_spikes(folder: Path) -> str:
    """A folder of data in which no run of single reports is unusual, for what counts tickets."""
    overlay = folder / "data"
    overlay.mkdir()
    rules = (ROOT / "data" / "spikes.toml").read_text(encoding="utf-8")
    assert "at_least = 5\n" in rules
    overlay.joinpath("spikes.toml").write_text(rules.replace("at_least = 5\n", "at_least = 520\n"))
    return str(overlay)


def answering_house(folder: Path, store: str, sink: Sink) -> House:
    """A gateway that answers anyone, by way of `sink`."""
    relay = FAST | {"url": sink.url}
    return House(folder, store, sink, relay=relay, answers={"to": "anyone"})


@pytest.fixture
def house(tmp_path: Path, store: str, sink: Sink) -> House:
    """Not started yet, on either database; on SQLite with a process of its own that reads."""
    house = answering_house(tmp_path, store, sink)
    if store.startswith("postgresql"):
        house.configure(workers=IN_ONE)
    return house


@pytest.fixture
def small_house(tmp_path: Path, sink: Sink) -> House:
    """Not started yet, on SQLite: for what does not depend on the database.

    It reads in its own process, since another takes seconds to start.
    """
    house = answering_house(tmp_path, f"sqlite:///{tmp_path / 'triage.db'}", sink)
    house.configure(workers=IN_ONE, matching=APART)
    return house

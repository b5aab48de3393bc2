"""Gateways whose console is looked at: an empty one, and one that has the sample mail."""

import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from gateway.app import Gateway
from gateway.config import ConsoleSettings, Settings, WorkerSettings, shipped
from tests.browser.serving import take_in
from tests.unit.console.people import HOSTILE, Opened


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Gateways are made once for a file, so that one worker takes all of it."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.xdist_group("console"))


def settings_of(folder: Path, **parts: Any) -> Settings:
    known: dict[str, Any] = {
        "store": f"sqlite:///{folder / 'store.db'}",
        "addresses": ("triage@gateway.example",),
        "console": ConsoleSettings(),
        "workers": WorkerSettings(readers=0),
    }
    return Settings(**(known | parts))


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    """An empty gateway; its arguments are parts of the configuration."""
    with ExitStack() as stack:
        yield lambda **parts: stack.enter_context(
            Gateway(settings_of(tmp_path_factory.mktemp("empty"), **parts))
        )


@pytest.fixture(scope="session")
def sample_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a store that has the sample mail, and a hostile one; read once."""
    folder = tmp_path_factory.mktemp("samples")
    hostile = tmp_path_factory.mktemp("hostile") / "hostile.eml"
    hostile.write_bytes(HOSTILE)
    with Gateway(settings_of(folder)) as gateway:
        take_in(gateway, [shipped("data") / "samples", hostile])
    return folder


@pytest.fixture(scope="module")
def sampled(sample_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A gateway on a copy of it."""
    folder = shutil.copytree(sample_store, tmp_path_factory.mktemp("copy") / "store")
    with Gateway(settings_of(folder)) as gateway:
        yield gateway

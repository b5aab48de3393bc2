"""What tests may lean on: real servers where they are installed, and named where not."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from tests import quicker

# Debian keeps daemons out of an ordinary user's PATH, and PostgreSQL's in a folder a version.
SERVER_FOLDERS = ["/usr/sbin", "/usr/bin", *map(str, Path("/usr/lib/postgresql").glob("*/bin"))]
PROGRAMS = {
    "postfix": "postfix", "dovecot": "dovecot", "postgresql": "initdb", "swaks": "swaks",
    "knot": "knotd", "chromium": "chromium", "mailman": "mailman",
}  # fmt: skip


def server_program(name: str) -> str | None:
    """The path of the program that starts the server `name`, or None where it is not installed."""
    return shutil.which(PROGRAMS[name], path=":".join(SERVER_FOLDERS))


@pytest.fixture(autouse=True, scope="session")
def _prepared_once() -> Iterator[None]:
    with quicker.templates(), quicker.stores():
        yield


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    """A command that a test runs in this process sets up logging for the whole of it."""
    structlog.reset_defaults()
    yield
    structlog.reset_defaults()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        for marker in item.iter_markers("needs_server"):
            (name,) = marker.args
            if server_program(name) is None:
                reason = f"needs_server: {name} is not installed (see .ci/install-servers)"
                item.add_marker(pytest.mark.skip(reason=reason))
